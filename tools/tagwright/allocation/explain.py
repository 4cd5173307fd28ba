"""What each rule would take and divide by, before it does."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.allocation.engine import allocate, statement_of
from tagwright.allocation.statement import SILENT
from tagwright.money import EXACT, decimal_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.allocation.model import AllocatedLine, AllocationRules
    from tagwright.context import ToolContext
    from tagwright.results import Period

__all__ = ["explain"]


def explain(
    ctx: ToolContext,
    rules: AllocationRules,
    *,
    dimension: str,
    period: Period,
    cost_basis: str = "effective_cost",
) -> dict[str, Any]:
    """Each policy and rule of one dimension, in order, as JSON; and the allocation's notes.

    Of a step: ``rule``, ``by``, the ``charges`` and ``amounts`` it takes, how many ``targets`` they
    go to, what stays ``unallocated``, ``telemetry`` (rows found to divide by; null where it divides
    by something else) with how many of them are ``silent``, and ``taken_before``: charges that it
    fits as well, by the step that takes them.

    Raises:
        UnknownNameError, MisuseError, ConfigError: As :func:`~tagwright.allocation.allocate`.
        AccessError: Who asks may see a part of the charges only.
    """
    ctx.require_everything("What the allocation rules take")
    asked: dict[str, Any] = {"dimension": dimension, "cost_basis": cost_basis, "period": period}
    statement, scale = statement_of(ctx, rules, **asked)
    result = allocate(ctx, rules, **asked)
    rows = ctx.query(statement.lines(), statement.params).rows
    telemetry = {int(row[1]): (int(row[10]), int(row[11])) for row in rows if row[0] == SILENT}
    steps = []
    for number, step in enumerate(statement.steps):
        fits = ctx.query(statement.matched(number), statement.params).rows
        taken = [row for row in fits if row[0] == number]
        before: dict[str, int] = {}
        for by, _, charges, _ in fits:
            if by != number:
                other = statement.steps[by].id
                before[other] = before.get(other, 0) + int(charges)
        lines = [line for line in result.lines if line.rule == step.id]
        seen, silent = telemetry.get(number, (None, None))
        steps.append(
            {
                "rule": step.id,
                "by": step.rule.by if step.rule else "tags",
                "charges": sum(int(row[2]) for row in taken),
                "amounts": _amounts(
                    (row[1], Decimal(int(row[3])).scaleb(-scale, EXACT)) for row in taken
                ),
                "targets": len({line.target for line in lines if line.target is not None}),
                "unallocated": _amounts(_unallocated(lines)),
                "telemetry": seen,
                "silent": silent,
                "taken_before": before,
            }
        )
    return {
        "dimension": result.dimension,
        "cost_basis": result.cost_basis,
        "period": period.model_dump(mode="json"),
        "steps": steps,
        "notes": list(result.notes),
    }


def _unallocated(lines: Iterable[AllocatedLine]) -> Iterable[tuple[str, Decimal]]:
    return ((line.currency, line.amount) for line in lines if line.kind == "unallocated")


def _amounts(amounts: Iterable[tuple[str, Decimal]]) -> list[dict[str, str]]:
    """Sums by currency."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = EXACT.add(sums.get(currency, Decimal(0)), amount)
    return [{"currency": c, "amount": decimal_text(a)} for c, a in sorted(sums.items())]
