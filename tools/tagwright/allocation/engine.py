"""Allocate the charges of a period to the values of one dimension."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.allocation.model import AllocatedLine, Allocation
from tagwright.allocation.statement import Statement
from tagwright.errors import MisuseError
from tagwright.money import display_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.allocation.model import AllocationRules, Kind
    from tagwright.context import ToolContext
    from tagwright.metrics import Filter
    from tagwright.results import Period

__all__ = ["allocate", "statement_of"]

_SHOWN_DAYS = 5


def statement_of(
    ctx: ToolContext,
    rules: AllocationRules,
    *,
    dimension: str,
    cost_basis: str,
    period: Period,
    filters: Sequence[Filter] = (),
) -> tuple[Statement, int]:
    """The statements of an allocation, and how many decimals their units stand for.

    Raises:
        UnknownNameError: Nobody knows the dimension, the cost basis or a filter.
        MisuseError: The dimension is no key of the taxonomy, or the cost basis is no cost.
    """
    found = ctx.catalogue.dimension(dimension)
    key = ctx.taxonomy.keys.get(found.name)
    if key is None:
        raise MisuseError(
            f"Costs are allocated to a key of the taxonomy, and {found.name!r} is none.",
            hint=f"Keys are: {', '.join(ctx.taxonomy.keys)}.",
        )
    metric = ctx.catalogue.metric(cost_basis)
    if not metric.is_money:
        raise MisuseError(
            f"{metric.name!r} is no cost.", hint="Allocate effective_cost or billed_cost."
        )
    [(kind,)] = ctx.snapshot.query(
        "SELECT data_type FROM duckdb_columns() WHERE table_name = 'charges' AND column_name = ?",
        [metric.column],
    ).rows
    scale = int(str(kind).rstrip(")").rsplit(",", 1)[1])
    statement = Statement(
        rules,
        key,
        metric.column,
        scale,
        period=period,
        filters=filters,
        catalogue=ctx.catalogue,
        taxonomy=ctx.taxonomy,
    )
    return statement, scale


def allocate(
    ctx: ToolContext,
    rules: AllocationRules,
    *,
    dimension: str,
    cost_basis: str = "effective_cost",
    period: Period,
    filters: Sequence[Filter] = (),
) -> Allocation:
    """Each charge of the period to targets: by the first rule that matches, else by its tags.

    The lines of a currency add up to its charges exactly. What nothing explains is a line without
    a target.

    Args:
        ctx: The call; what is run is recorded for its receipt.
        rules: See :func:`tagwright.allocation.load_rules`.
        dimension: Key of the taxonomy, or a synonym.
        cost_basis: One of the four costs.
        period: Of the charges, by ChargePeriodStart.
        filters: Which charges; all must hold.

    Raises:
        UnknownNameError, MisuseError, ConfigError: As :func:`statement_of`; a rule that does not
            fit this data.
    """
    statement, scale = statement_of(
        ctx, rules, dimension=dimension, cost_basis=cost_basis, period=period, filters=filters
    )
    rows = ctx.query(statement.lines(), statement.params).rows
    lines = [_line(statement, scale, row) for row in rows]
    totals: dict[str, Decimal] = {}
    for line in lines:
        totals[line.currency] = totals.get(line.currency, Decimal(0)) + line.amount
    notes = _notes(ctx, statement, scale, lines)
    lines.sort(key=_order)
    found = ctx.catalogue.dimension(dimension)
    return Allocation(
        tuple(lines),
        dict(sorted(totals.items())),
        tuple(notes),
        found.name,
        ctx.catalogue.metric(cost_basis).name,
        period,
        rules.digest,
    )


def _line(statement: Statement, scale: int, row: Sequence[Any]) -> AllocatedLine:
    number, target, idle, weighed, currency, month, provider, service, units, charges = row
    step = statement.steps[number] if number >= 0 else None
    kind: Kind
    if step is None:
        kind, method = ("direct", "tags") if target is not None else ("unallocated", "none")
    elif not weighed or (step.rule is not None and target is None and not idle):
        kind, method = "unallocated", step.rule.by if weighed and step.rule else "none"
    else:
        kind = "idle" if idle else step.kind
        method = step.rule.by if step.rule else "tags"
        if step.rule is None and not step.id.startswith("policy:"):
            kind = "direct" if target is not None else "unallocated"
    return AllocatedLine(
        target,
        kind,
        step.id if step else None,
        method,
        str(currency),
        month,
        provider or "",
        service or "",
        Decimal(int(units)).scaleb(-scale),
        int(charges),
    )


def _order(line: AllocatedLine) -> tuple[Any, ...]:
    return (
        line.currency,
        line.target is None,
        line.target or "",
        line.kind,
        line.rule or "",
        line.billing_period,
        line.service_provider_name,
        line.service_name,
    )


def _notes(
    ctx: ToolContext,
    statement: Statement,
    scale: int,
    lines: Sequence[AllocatedLine],
) -> list[str]:
    notes = []
    took = {line.rule for line in lines}
    notes += [
        f"Rule {step.id} took no charge."
        for step in statement.steps
        if step.id not in took and not step.id.startswith("policy:")
    ]
    if any(line.method == "none" and line.rule for line in lines):
        notes += _gap_notes(ctx, statement, scale)
    if len({line.currency for line in lines}) > 1:
        found = ", ".join(sorted({line.currency for line in lines}))
        notes.append(f"Amounts are in {found}; they are not added up.")
    last = ctx.anchor.data_end
    if last is not None and lines:
        newest = max(line.billing_period for line in lines)
        closes = (newest.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        if last < closes or ctx.now.date() <= closes:
            notes.append(f"Billing month {newest:%Y-%m} is not closed: its amounts may change.")
    return notes


def _gap_notes(ctx: ToolContext, statement: Statement, scale: int) -> list[str]:
    """Which rules found nothing to divide by, on which days, and how much that leaves."""
    gaps: dict[int, tuple[dict[str, Decimal], list[dt.date]]] = {}
    for number, currency, day, units in ctx.query(statement.gaps(), statement.params).rows:
        amounts, days = gaps.setdefault(int(number), ({}, []))
        amount = Decimal(int(units)).scaleb(-scale)
        amounts[currency] = amounts.get(currency, Decimal(0)) + amount
        days.append(day)
    notes = []
    for number, (amounts, days) in gaps.items():
        step = statement.steps[number]
        sums = " and ".join(f"{display_text(v)} {c}" for c, v in sorted(amounts.items()))
        if step.rule is not None and step.rule.by in ("even", "direct", "like", "fixed"):
            notes.append(f"Rule {step.id}: nothing to divide {sums} by: unallocated.")
            continue
        known = sorted(set(days))
        shown = ", ".join(str(day) for day in known[:_SHOWN_DAYS])
        more = f" and {len(known) - _SHOWN_DAYS} more" if len(known) > _SHOWN_DAYS else ""
        notes.append(
            f"Rule {step.id}: no telemetry for {len(known)} of its days ({shown}{more}): {sums} "
            "stay unallocated."
        )
    return notes
