"""``coverage_drop``: less of what could be tagged has a required key than the month before."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.alerts.model import Finding, cause_of, label_of, receipts_of
from tagwright.blocks import Cell, joined, sentence
from tagwright.blocks.source import Source
from tagwright.money import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagwright.alerts.model import Ask
    from tagwright.alerts.rules import CoverageDrop
    from tagwright.blocks import Block, Part
    from tagwright.blocks.source import Line
    from tagwright.periods import Anchor
    from tagwright.results import ToolResult

__all__ = ["comparable", "coverage_drops"]

_DAYS = 7
"""A month of fewer days says nothing yet."""
_WORST = 3
_PARTS = {
    "untagged": "no tags at all", "missing": "other tags only",
    "invalid": "a value that is not valid",
}  # fmt: skip


def coverage_drops(
    ask: Ask, anchor: Anchor, rule: CoverageDrop, required: Sequence[str]
) -> list[Finding]:
    """Keys whose coverage fell in the last month of the data, largest gap first.

    Nothing is told of a month of less than a week, nor where one of the months is unknown.

    Args:
        ask: Asks a tool.
        anchor: The range of the data.
        rule: Thresholds.
        required: Keys that the taxonomy requires, for a rule that names none.
    """
    if anchor.data_end is None or not (keys := rule.keys or tuple(required)):
        return []
    last = anchor.data_end - dt.timedelta(days=1)
    if last.day < _DAYS:
        return []
    month, before = f"{last:%Y-%m}", f"{last.replace(day=1) - dt.timedelta(days=1):%Y-%m}"
    known = comparable(ask, month)
    found = []
    for key in keys:
        pair = [ask("tag_coverage", keys=[key], period=it) for it in (month, before)]
        now, then = ({line.get("currency"): line for line in Source(one).totals} for one in pair)
        for currency in sorted(known & {str(one) for one in now} & {str(one) for one in then}):
            if _fell(now[currency], then[currency], rule):
                told = list(_said(ask, key, now[currency], then[currency], pair))
                found.append(
                    Finding(
                        kind="coverage_drop",
                        cause=cause_of("coverage_drop",
                                       {"key": key, "month": month, "currency": currency}),
                        owner=None,
                        amount=_gap(now[currency]),
                        currency=currency,
                        began=last.replace(day=1),
                        ended=None,
                        headline=f"Tag coverage of {key} fell",
                        blocks=tuple(told),
                    )
                )  # fmt: skip
    return sorted(found, key=lambda one: (one.currency, -one.amount, one.cause))


def comparable(ask: Ask, period: str) -> set[str]:
    """Currencies whose bills of the period and of the one before are both known."""
    both = ask("query_costs", period=period, compare_to="previous_period")
    return {str(row["currency"]) for row in both.totals if row.get("change") is not None}


def _fell(now: Line, then: Line, rule: CoverageDrop) -> bool:
    covered, before = now.get("coverage"), then.get("coverage")
    if covered is None or before is None:  # nothing was taggable
        return False
    fall = (Decimal(str(before)) - Decimal(str(covered))) * 100
    return fall >= rule.points and _gap(now) >= rule.amount


def _gap(line: Line) -> Decimal:
    taggable, covered = (Decimal(str(line.get(name) or 0)) for name in ("taggable", "covered"))
    return EXACT.subtract(taggable, covered)


def _said(ask: Ask, key: str, now: Line, then: Line, pair: Sequence[ToolResult]) -> Iterator[Block]:
    month, before = (label_of(one.period) for one in pair)
    lacking: list[list[Part]] = [
        [f"{word} ", now.amount(part)]
        for part, word in _PARTS.items()
        if Decimal(str(now.get(part) or 0))
    ]
    yield sentence(
        "Tag coverage of ", Cell(value=key, kind="code"), " is ", now.ratio("coverage"), " in ",
        month, ", ", then.ratio("coverage"), " in ", before, ". Without a valid value: ",
        joined(lacking), ".",
    )  # fmt: skip
    worst = ask("tag_coverage", keys=[key], period=month, group_by=["resource_id"], limit=_WORST)
    named: list[list[Part]] = [
        [line.name("resource_id"), " ", _largest(line)]
        for line in Source(worst).rows
        if line.get("resource_id") and line.get("currency") == now.get("currency")
    ]
    if named:
        yield sentence("The most: ", joined(named), ".")
    yield sentence("What to do: ask ", Cell(value=f"propose tag fixes for {key}", kind="code"), ".")
    yield receipts_of([*pair, worst])


def _largest(line: Line) -> Cell:
    return line.amount(max(_PARTS, key=lambda part: Decimal(str(line.get(part) or 0))))
