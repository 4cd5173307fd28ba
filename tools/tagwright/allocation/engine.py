"""Allocate the charges of a period to the values of one dimension."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.allocation.model import AllocatedLine, Allocation
from tagwright.allocation.notes import gap_notes, telemetry_notes
from tagwright.allocation.statement import LINE, Statement, months_of
from tagwright.allocation.within import over_everything, seen_lines, unfit
from tagwright.context import RecordedQuery, digest_of
from tagwright.errors import ConfigError, MisuseError
from tagwright.money import EXACT, display_text
from tagwright.warehouse import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tagwright.allocation.model import AllocationRules, Kind
    from tagwright.allocation.steps import Step
    from tagwright.context import ToolContext
    from tagwright.metrics import Filter
    from tagwright.people import Scope
    from tagwright.results import Period

__all__ = ["allocate", "statement_of"]

_WHOLE = "-- allocated over all charges; these lines of it are seen"
_PART = "Shares are of all charges; shown are the targets that you may see."


def statement_of(
    ctx: ToolContext,
    rules: AllocationRules,
    *,
    dimension: str,
    cost_basis: str,
    period: Period,
    filters: Sequence[Filter] = (),
    **how: Any,
) -> tuple[Statement, int]:
    """The statements of an allocation, and how many decimals their units stand for.

    ``how`` is as :class:`~tagwright.allocation.statement.Statement` has it.

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
    months = months_of(period)
    [(until,)] = ctx.snapshot.query(
        'SELECT CAST(max("ChargePeriodEnd") - INTERVAL 1 MICROSECOND AS DATE) + 1 FROM charges '
        'WHERE "ChargePeriodStart" >= ? AND "ChargePeriodStart" < ?',
        [months.start, months.end],
    ).rows
    sources = ctx.snapshot.query("SELECT COUNT(DISTINCT source) FROM files WHERE usage > 0").rows
    statement = Statement(
        rules,
        key,
        metric.column,
        scale,
        period=period,
        filters=filters,
        catalogue=ctx.catalogue,
        taxonomy=ctx.taxonomy,
        until=until,
        several=sources[0][0] > 1,
        **how,
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

    Who may see a part of the charges gets the lines of the targets in it, their sums as totals, and
    nothing of the others; the shares are of the whole all the same.

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
    asked: dict[str, Any] = {"dimension": dimension, "cost_basis": cost_basis, "period": period}
    if ctx.scope is not None:
        return _within(ctx, ctx.scope, rules, filters=filters, **asked)
    statement, scale = statement_of(ctx, rules, filters=filters, **asked)
    rows = ctx.query(statement.lines(), statement.params).rows
    ctx.call.step(f"Adding up {len(rows):,} parts of the charges")
    amounts = [row for row in rows if row[0] == LINE]
    lines = [_line(statement, scale, row) for row in amounts if row[4]]
    lines += _summed(_line(statement, scale, row) for row in amounts if not row[4])
    notes = [
        # What a question leaves out is no rule's fault.
        *(() if filters else _unused_notes(statement, lines)),
        *gap_notes(statement.steps, scale, amounts),
        *telemetry_notes(statement.steps, [row for row in rows if row[0] != LINE]),
        *_amount_notes(statement.steps, lines),
        *_currency_notes(lines),
        *_open_notes(ctx, statement.until, lines),
    ]
    return _allocation(ctx, rules, lines, notes, **asked)


def _allocation(
    ctx: ToolContext,
    rules: AllocationRules,
    lines: list[AllocatedLine],
    notes: Sequence[str],
    *,
    dimension: str,
    cost_basis: str,
    period: Period,
) -> Allocation:
    totals: dict[str, Decimal] = {}
    for line in lines:
        totals[line.currency] = EXACT.add(totals.get(line.currency, Decimal(0)), line.amount)
    return Allocation(
        tuple(sorted(lines, key=_order)),
        dict(sorted(totals.items())),
        tuple(notes),
        ctx.catalogue.dimension(dimension).name,
        ctx.catalogue.metric(cost_basis).name,
        period,
        rules.digest,
    )


def _within(
    ctx: ToolContext,
    scope: Scope,
    rules: AllocationRules,
    *,
    filters: Sequence[Filter],
    **asked: Any,
) -> Allocation:
    """What a person sees of it who may see a part.

    Recorded as the lines: the statement over everything tells of everything.
    """
    with over_everything(ctx) as whole:
        try:
            found = allocate(whole, rules, filters=filters, **asked)
        except ConfigError:
            raise unfit() from None
    lines = seen_lines(ctx, scope, asked["dimension"], found.lines)
    rows = [astuple(line) for line in lines]
    shown = Table(tuple(field.name for field in fields(AllocatedLine)), rows)
    ctx.queries.append(RecordedQuery(_WHOLE, (), len(rows), digest_of(shown), whole=True))
    notes = [_PART, *_currency_notes(lines), *_open_notes(ctx, ctx.anchor.data_end, lines)]
    return _allocation(ctx, rules, lines, notes, **asked)


def _line(statement: Statement, scale: int, row: Sequence[Any]) -> AllocatedLine:
    _, number, target, idle, weighed, currency, month, provider, service, _, units, charges = row
    step = statement.steps[number] if number >= 0 else None
    kind: Kind
    if step is None or step.own:
        kind, method = ("direct", "tags") if target is not None else ("unallocated", "none")
    elif step.rule is None:
        kind, method = step.kind, "tags"
    elif not weighed:
        kind, method = "unallocated", "none"
    else:
        kind, method = "idle" if idle else step.kind, step.rule.by
        if target is None and not idle:
            kind = "unallocated"
    return AllocatedLine(
        target,
        kind,
        step.id if step else None,
        method,
        str(currency),
        month,
        provider or "",
        service or "",
        Decimal(int(units)).scaleb(-scale, EXACT),
        int(charges),
    )


def _summed(lines: Iterable[AllocatedLine]) -> list[AllocatedLine]:
    """Lines that differ in nothing but amount and charges (days without a weight) as one."""
    found: dict[tuple[Any, ...], AllocatedLine] = {}
    for line in lines:
        before = found.get(key := _order(line))
        if before is not None:
            line = replace(  # noqa: PLW2901  the two together
                line,
                amount=EXACT.add(before.amount, line.amount),
                charges=before.charges + line.charges,
            )
        found[key] = line
    return list(found.values())


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


def _unused_notes(statement: Statement, lines: Sequence[AllocatedLine]) -> list[str]:
    took = {line.rule for line in lines}
    return [
        f"Rule {step.id} took no charge."
        for step in statement.steps
        if step.id not in took and not step.id.startswith("policy:")
    ]


def _amount_notes(steps: Sequence[Step], lines: Sequence[AllocatedLine]) -> list[str]:
    """Months in which given amounts are more than there is to divide."""
    notes = []
    for step in steps:
        if step.rule is None or not step.rule.amounts:
            continue
        given = sum(step.rule.amounts.values(), Decimal(0))
        months: dict[dt.date, Decimal] = {}
        for line in lines:
            if line.rule == step.id and line.currency == step.rule.currency:
                known = months.get(line.billing_period, Decimal(0))
                months[line.billing_period] = EXACT.add(known, line.amount)
        notes += [
            f"Rule {step.id}: its amounts are {display_text(given)} {step.rule.currency}, and "
            f"there are {display_text(amount)} in {month:%Y-%m}: divided in proportion."
            for month, amount in sorted(months.items())
            if amount < given
        ]
    return notes


def _currency_notes(lines: Sequence[AllocatedLine]) -> list[str]:
    found = sorted({line.currency for line in lines})
    return [f"Amounts are in {', '.join(found)}; they are not added up."] if len(found) > 1 else []


def _open_notes(
    ctx: ToolContext, last: dt.date | None, lines: Sequence[AllocatedLine]
) -> list[str]:
    """That the newest month is not over, or that its charges do not reach its end, ``last``."""
    if last is None or not lines:
        return []
    newest = max(line.billing_period for line in lines)
    closes = (newest.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    if closes <= last and closes < ctx.now.date():
        return []
    return [f"Billing month {newest:%Y-%m} is not closed: its amounts may change."]
