"""What weights could not tell: pools and days without telemetry, rows without a measure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.allocation.model import TELEMETRY
from tagwright.allocation.statement import MISSING, SILENT, SOURCE
from tagwright.money import EXACT, display_text
from tagwright.text import counted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from tagwright.allocation.steps import Step

__all__ = ["gap_notes", "telemetry_notes"]

_SHOWN_DAYS = 5
_MEASURES = {
    "tokens": "input tokens",
    "priced": "price",
    "requests": "number of requests",
    "duration": "duration",
    "gpu_seconds": "duration",
    "kubernetes": "measure",
}


def gap_notes(steps: Sequence[Step], scale: int, rows: Iterable[Sequence[Any]]) -> list[str]:
    """Which rules found nothing to divide by, on which days, and how much that leaves.

    Args:
        steps: Of the statement.
        scale: Decimals of its units.
        rows: Its lines.
    """
    gaps: dict[int, tuple[dict[str, Decimal], set[dt.date]]] = {}
    for _, number, _, _, weighed, currency, _, _, _, day, units, _ in rows:
        if weighed:
            continue
        amounts, days = gaps.setdefault(int(number), ({}, set()))
        amount = Decimal(int(units)).scaleb(-scale, EXACT)
        amounts[currency] = EXACT.add(amounts.get(currency, Decimal(0)), amount)
        days.add(day)
    notes = []
    for number, (amounts, known) in sorted(gaps.items()):
        step = steps[number]
        sums = " and ".join(f"{display_text(v)} {c}" for c, v in sorted(amounts.items()))
        if step.rule is None or step.rule.by not in TELEMETRY:
            notes.append(f"Rule {step.id}: nothing to divide {sums} by: unallocated.")
            continue
        notes.append(
            f"Rule {step.id}: no telemetry to divide by on {counted(len(known), 'day')} "
            f"({_days(known)}): {sums} unallocated."
        )
    return notes


def telemetry_notes(steps: Sequence[Step], rows: Iterable[Sequence[Any]]) -> list[str]:
    """What telemetry does not say of charges that it does divide."""
    notes = []
    missing: dict[int, set[dt.date]] = {}
    sources: dict[int, list[str]] = {}
    for row in rows:
        what, number, day, units, count = row[0], int(row[1]), row[9], int(row[10]), int(row[11])
        rule = steps[number].rule
        if what == MISSING:
            missing.setdefault(number, set()).add(day)
        elif what == SOURCE:
            sources.setdefault(number, []).append(str(row[2]))
        elif what == SILENT and count and rule is not None:
            measure = _MEASURES[rule.by]
            what = f"says no {measure} and weighs" if count == 1 else f"say no {measure} and weigh"
            notes.append(
                f"Rule {steps[number].id}: {count:,} of {counted(units, 'row')} of telemetry "
                f"{what} nothing."
            )
    for number, days in sorted(missing.items()):
        rule = steps[number].rule
        what = (
            "their capacity is told as idle"
            if rule is not None and rule.may_idle
            else "they are divided by that of their other days"
        )
        notes.append(
            f"Rule {steps[number].id}: no telemetry on {counted(len(days), 'day')} ({_days(days)}) "
            f"that its charges cover: {what}."
        )
    for number, names in sorted(sources.items()):
        if len(names) > 1:
            notes.append(
                f"Rule {steps[number].id}: telemetry of {', '.join(sorted(names))}: a request that "
                "two of them tell of weighs twice. Name one in its `usage` (column x_source)."
            )
    return notes


def _days(known: set[dt.date]) -> str:
    shown = ", ".join(str(day) for day in sorted(known)[:_SHOWN_DAYS])
    return f"{shown} and {len(known) - _SHOWN_DAYS} more" if len(known) > _SHOWN_DAYS else shown
