"""Each charge as rules divide it: a row for each charge and target, with FOCUS's columns for that.

The rules of FOCUS 1.3, "Data Generator-Calculated Split Cost Allocation Handling": costs and
quantities of the allocated charges add up to their origin's, everything else is as there, and
``AllocatedRatio`` in ``AllocatedMethodDetails`` adds up to 1 over an origin charge.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from tagwright.allocation.engine import statement_of
from tagwright.allocation.statement import RATIO, RATIO_SCALE, Measure
from tagwright.taxonomy.fold import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.allocation.model import AllocationRules
    from tagwright.allocation.statement import Statement
    from tagwright.context import ToolContext
    from tagwright.metrics import Filter
    from tagwright.results import Period

__all__ = ["charge_lines"]

_SUMMABLE = (
    *("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"),
    *("PricingCurrencyEffectiveCost", "ConsumedQuantity", "PricingQuantity"),
)
"""Columns of a charge that add up; ``CommitmentDiscountQuantity`` too, where it is given."""


def charge_lines(
    ctx: ToolContext,
    rules: AllocationRules,
    *,
    dimension: str,
    cost_basis: str = "effective_cost",
    period: Period,
    filters: Sequence[Filter] = (),
    prefix: str = "",
) -> str:
    """SQL of the charges of a period, those that a rule divides as a row for each target.

    It has the columns of ``charges``. A row of a divided charge has its part of the costs and
    quantities, and ``AllocatedMethodId`` (``tokens:<rule>``), ``AllocatedResourceId`` and
    ``AllocatedResourceName`` (the target; NULL for what is idle or nobody's), ``AllocatedTags``
    (the dimension and the target) and ``AllocatedMethodDetails`` (the ratio, and ``x_Kind``). Each
    column of a charge adds up to the charge; a charge that no rule divides is as it was.

    All charges of a rule together are divided the finer: a target's sum over these rows and its
    line of :func:`~tagwright.allocation.allocate` differ by less than a last decimal a charge.

    Args:
        ctx: The call. Nothing is run but what is needed to write the SQL.
        rules: See :func:`tagwright.allocation.load_rules`.
        dimension: Key of the taxonomy, or a synonym.
        cost_basis: Decides shares of rules that follow other costs, as in ``allocate``.
        period: Of the charges, by ChargePeriodStart.
        filters: Which charges; all must hold.
        prefix: Before the names of tables: ``warehouse.`` where the snapshot is attached so.

    Raises:
        UnknownNameError, MisuseError, ConfigError: As ``allocate``.
        AccessError: Who asks may see a part of the charges only.
    """
    ctx.require_everything("The split of each charge")
    scales = _scales(ctx)
    names = [name for name in (*_SUMMABLE, "CommitmentDiscountQuantity") if name in scales]
    metrics = [Measure(name, scales[name]) for name in names]
    statement, _ = statement_of(
        ctx,
        rules,
        dimension=dimension,
        cost_basis=cost_basis,
        period=period,
        filters=filters,
        metrics=metrics,
        prefix=prefix,
    )
    basis = ctx.catalogue.metric(cost_basis).column
    ordered = [Measure(basis, scales[basis]), *(m for m in metrics if m.column != basis)]
    sql = _rows(statement, ordered, ctx.catalogue.dimension(dimension).name, prefix)
    return f"SELECT * FROM ({_with_values(sql, statement.params)})"


def _scales(ctx: ToolContext) -> dict[str, int]:
    """Decimals of the columns of charges that are decimals."""
    rows = ctx.snapshot.query(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'charges' "
        "AND data_type LIKE 'DECIMAL%'"
    ).rows
    return {str(name): int(str(kind).rstrip(")").rsplit(",", 1)[1]) for name, kind in rows}


def _rows(statement: Statement, metrics: Sequence[Measure], dimension: str, prefix: str) -> str:
    values = [
        f"max(CASE WHEN metric = {index} THEN {_decimal('units', metric.scale)} END) "
        f"AS {quoted(f'v_{metric.column}')}"
        for index, metric in enumerate(metrics)
    ]
    ratio = f"max(CASE WHEN metric = {RATIO} THEN {_decimal('units', RATIO_SCALE)} END)"
    parts = []
    for number in statement.split:
        step = statement.steps[number]
        method = literal(f"{step.rule.by if step.rule else 'none'}:{step.id}")
        parts.append(
            f"SELECT x_file, x_record, target, {method} AS method, "
            f"CASE WHEN idle THEN 'idle' WHEN target IS NULL THEN 'unallocated' "
            f"ELSE {literal(step.kind)} END AS kind, {', '.join(values)}, {ratio} AS ratio "
            f"FROM l{number} WHERE weighed AND wanted GROUP BY x_file, x_record, target, idle"
        )
    charges = f"{prefix}charges AS c JOIN (SELECT * FROM matched WHERE wanted) AS m"
    own = f"SELECT c.* FROM {charges} USING (x_file, x_record)"
    if not parts:
        return f"{statement.with_ctes()} {own}"
    details = (
        '\'{"Elements": [{"AllocatedRatio": \' || CAST(a.ratio AS VARCHAR) || '
        "'}], \"x_Kind\": \"' || a.kind || '\"}'"
    )
    tags = (
        f"CASE WHEN a.target IS NOT NULL THEN MAP {{{literal(dimension)}: a.target}} "
        "ELSE CAST(MAP {} AS MAP(VARCHAR, VARCHAR)) END"
    )
    replaced = [
        *(f"a.{quoted(f'v_{m.column}')} AS {quoted(m.column)}" for m in metrics),
        'a.method AS "AllocatedMethodId"',
        'a.target AS "AllocatedResourceId"',
        'a.target AS "AllocatedResourceName"',
        f'{tags} AS "AllocatedTags"',
        f'{details} AS "AllocatedMethodDetails"',
    ]
    return (
        f"{statement.with_ctes()}, allocated AS ({' UNION ALL '.join(parts)}) "
        f"SELECT c.* REPLACE ({', '.join(replaced)}) FROM {prefix}charges AS c "
        "JOIN allocated AS a USING (x_file, x_record) UNION ALL "
        f"{own} ANTI JOIN allocated AS a USING (x_file, x_record)"
    )


def _decimal(units: str, scale: int) -> str:
    """A whole number of last decimals as the decimal that it stands for."""
    if not scale:
        return f"CAST({units} AS DECIMAL(38, 0))"
    text = f"CAST(abs({units}) AS VARCHAR)"
    # lpad cuts what is longer.
    digits = f"lpad({text}, CAST(greatest(length({text}), {scale + 1}) AS INTEGER), '0')"
    text = f"CASE WHEN {units} < 0 THEN '-' ELSE '' END || d[:-{scale + 1}] || '.' || d[-{scale}:]"
    return f"list_transform([{digits}], lambda d: CAST({text} AS DECIMAL(38, {scale})))[1]"


def _with_values(sql: str, params: Sequence[Any]) -> str:
    """The statement with its values in place of its placeholders."""
    return re.sub(r"\$(\d+)", lambda found: _value(params[int(found[1]) - 1]), sql)


def _value(value: Any) -> str:
    if isinstance(value, dt.date):
        kind = "TIMESTAMP" if isinstance(value, dt.datetime) else "DATE"
        return f"{kind} '{value}'"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(value)
    return literal(str(value))
