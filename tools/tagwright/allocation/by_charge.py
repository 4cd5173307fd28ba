"""Each charge divided by itself: rows of FOCUS with ``Allocated*``, for export and drill-down.

FOCUS 1.3 and later (1.4, "Split cost allocation"): every metric that can be summed adds up over the
rows of one origin charge to what the origin has, and the ratios in AllocatedMethodDetails add up
to 1. Each is split by the largest remainder. An answer's lines split whole pools instead; the two
differ by less than a unit of the last decimal for each charge.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tagwright.allocation.engine import statement_of
from tagwright.allocation.weights import POOL
from tagwright.sources.head import sql_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.allocation.model import AllocationRules
    from tagwright.context import ToolContext
    from tagwright.metrics import Filter
    from tagwright.results import Period

__all__ = ["charge_lines"]

_SUMMED = (
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "PricingCurrencyEffectiveCost",
    "PricingQuantity",
    "ConsumedQuantity",
    "CommitmentDiscountQuantity",
)
"""Metrics of a charge that can be summed."""

_FINE = 12
"""Ratios have so many decimals; weights no more digits than that, so that products fit."""


def charge_lines(
    ctx: ToolContext,
    rules: AllocationRules,
    *,
    dimension: str,
    period: Period,
    filters: Sequence[Filter] = (),
) -> tuple[str, list[Any]]:
    """A SELECT of the charges of a period, those that a rule divides as a row for each target.

    It has the columns of ``charges``, with AllocatedMethodId (the rule), AllocatedMethodDetails,
    AllocatedResourceId (the target, ``idle`` or ``unallocated``) and AllocatedTags filled where a
    rule divided the charge. It reads ``charges``, ``usage`` and ``kubernetes_usage``. A charge
    that a rule takes and finds nothing to divide by stays whole.

    Returns:
        The statement and the values of its placeholders.

    Raises:
        UnknownNameError, MisuseError, ConfigError: As :func:`tagwright.allocation.allocate`.
    """
    statement, _ = statement_of(
        ctx,
        rules,
        dimension=dimension,
        cost_basis="effective_cost",
        period=period,
        filters=filters,
    )
    types = dict(
        ctx.snapshot.query(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'charges'"
        ).rows
    )
    name = ctx.catalogue.dimension(dimension).name
    scales = {column: int(types[column].rstrip(")").rsplit(",", 1)[1]) for column in _SUMMED}
    ctes = [*statement.ctes]
    unions = []
    for number in statement.split:
        step = statement.steps[number]
        ctes += _ctes(number, scales)
        unions.append(_rows(number, step.id, step.rule.by if step.rule else "", name, types))
    divided = " UNION ALL ".join(
        f"SELECT x_file, x_record FROM y{number}" for number in statement.split
    )
    whole = "SELECT * FROM charges" + (
        f" ANTI JOIN ({divided}) USING (x_file, x_record)" if divided else ""
    )
    query = " UNION ALL ".join([whole, *unions])
    return f"SELECT * FROM ({statement.with_split(ctes)} {query})", statement.params


def _ctes(number: int, scales: Mapping[str, int]) -> list[str]:
    """``y<number>``: origin, target, idle, and the units of each metric and of the ratio."""
    n, pool = number, ", ".join(POOL)
    coarse = (
        f"SELECT CAST(greatest(1, ceil(COALESCE(max(CAST(t AS DOUBLE)), 0) / 1e{_FINE})) AS "
        f"HUGEINT) FROM (SELECT SUM(w) AS t FROM w{n} GROUP BY {pool})"
    )
    weights = (
        f"SELECT {pool}, target AS whose, idle, CAST(SUM(w) AS HUGEINT) // ({coarse}) AS w "
        f"FROM w{n} GROUP BY ALL"
    )
    total = f"SELECT {pool}, CAST(SUM(w) AS HUGEINT) AS t FROM v{n} GROUP BY ALL HAVING SUM(w) > 0"
    units = {"ratio": f"CAST({10**_FINE} AS HUGEINT)"} | {
        column: f"CAST(replace(CAST(c.\"{column}\" AS VARCHAR), '.', '') AS HUGEINT)"
        for column in scales
    }
    parts = ", ".join(
        f'{sql} AS "u_{name}", (abs({sql}) * v.w) // t.t AS "q_{name}", '
        f'(abs({sql}) * v.w) % t.t AS "r_{name}"'
        for name, sql in units.items()
    )
    joined = (
        f"SELECT m.x_file, m.x_record, v.whose, v.idle, {parts} FROM matched AS m "
        "JOIN charges AS c USING (x_file, x_record) "
        f"JOIN v{n} AS v USING ({pool}) JOIN ({total}) AS t USING ({pool}) "
        f"WHERE m.rule = {n} AND v.w > 0"
    )
    origin = "PARTITION BY x_file, x_record"
    settled = ", ".join(
        f'CASE WHEN "u_{name}" < 0 THEN -1 ELSE 1 END * ("q_{name}" + CASE WHEN row_number() OVER '
        f'({origin} ORDER BY "r_{name}" DESC, idle, whose NULLS LAST) <= abs("u_{name}") - '
        f'SUM("q_{name}") OVER ({origin}) THEN 1 ELSE 0 END) AS "{name}"'
        for name in units
    )
    return [
        f"v{n} AS ({weights})",
        f"x{n} AS ({joined})",
        f"y{n} AS (SELECT x_file, x_record, whose, idle, {settled} FROM x{n})",
    ]


def _rows(number: int, rule: str, method: str, dimension: str, types: Mapping[str, str]) -> str:
    """The origin's columns, with the parts in place of what is summed."""
    replaced = [f"{_decimal(f'y.{_q(name)}', types[name])} AS {_q(name)}" for name in _SUMMED]
    ratio = _decimal('y."ratio"', f"DECIMAL(13, {_FINE})")
    frame = {"x_Method": method, "x_Dimension": dimension, "Elements": [{"AllocatedRatio": 0}]}
    head = json.dumps(frame).removesuffix("0}]}")
    details = f"{sql_text(head)} || CAST({ratio} AS VARCHAR) || '}}]}}'"
    named = "CASE WHEN y.idle THEN 'idle' ELSE COALESCE(y.whose, 'unallocated') END"
    tags = f"CASE WHEN y.whose IS NOT NULL THEN MAP {{{sql_text(dimension)}: y.whose}} END"
    replaced += [
        f'{details} AS "AllocatedMethodDetails"',
        f'{sql_text(rule)} AS "AllocatedMethodId"',
        f'{named} AS "AllocatedResourceId"',
        f'{named} AS "AllocatedResourceName"',
        f'{tags} AS "AllocatedTags"',
    ]
    return (
        f"SELECT c.* REPLACE ({', '.join(replaced)}) FROM charges AS c "
        f"JOIN y{number} AS y USING (x_file, x_record)"
    )


def _q(name: str) -> str:
    return f'"{name}"'


def _decimal(units: str, kind: str) -> str:
    """Units back as the decimal that they are of."""
    scale = int(kind.rstrip(")").rsplit(",", 1)[1])
    one = 10**scale
    whole = f"CAST(abs({units}) // {one} AS VARCHAR)"
    rest = f" || '.' || lpad(CAST(abs({units}) % {one} AS VARCHAR), {scale}, '0')" if scale else ""
    sign = f"CASE WHEN {units} < 0 THEN '-' ELSE '' END"
    return f"CAST({sign} || {whole}{rest} AS {kind})"
