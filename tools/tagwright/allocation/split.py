"""A pool divided by weights, to the last unit: the largest remainder, in SQL of whole numbers.

Every target gets the whole part of its share, and what is left goes, a unit each, to the greatest
remainders, ties by name. So the parts of a pool add up to it whatever the weights are, and the same
pool and weights give the same parts each time (Hamilton's method).
"""

from __future__ import annotations

from tagwright.allocation.weights import POOL

__all__ = ["split_ctes"]

_ROOM = "1e37"
"""Units times weights stay below it, so that their product fits into 128 bits."""


def split_ctes(number: int, of: tuple[str, ...] = ("provider", "service")) -> list[str]:
    """CTEs that end in ``l<number>``, over ``taken`` and the weights ``w<number>``.

    ``l<number>`` has ``rule``, the columns of a pool, those of ``of``, ``target``, ``idle``,
    ``weighed``, ``units`` and ``charges``. A pool without a weight above nothing is one line
    without a target, not ``weighed``. The charges of a pool are counted in one of its lines.

    Args:
        number: Of the rule.
        of: In what else pools differ, beside :data:`tagwright.allocation.weights.POOL`.
    """
    pool, n, parted = ", ".join(POOL), number, ", ".join(of)
    pools = (
        f"SELECT row_number() OVER (ORDER BY {pool}, {parted}) AS pool, * FROM "
        f"(SELECT {pool}, {parted}, CAST(SUM(units) AS HUGEINT) AS units, "
        f"SUM(charges) AS charges FROM taken WHERE rule = {n} GROUP BY ALL)"
    )
    largest = f"SELECT COALESCE(max(abs(CAST(units AS DOUBLE))), 0) FROM p{n}"
    # Weights are made coarser, all alike, only where a product would not fit.
    coarse = (
        f"SELECT CAST(greatest(1, ceil(COALESCE(max(CAST(t AS DOUBLE)), 0) * ({largest}) "
        f"/ {_ROOM})) AS HUGEINT) FROM (SELECT SUM(w) AS t FROM w{n} GROUP BY {pool})"
    )
    weights = (
        f"SELECT {pool}, target, idle, CAST(SUM(w) AS HUGEINT) // ({coarse}) AS w FROM w{n} "
        "GROUP BY ALL"
    )
    parts = (
        "SELECT *, share - part * t AS rest FROM (SELECT *, share // t AS part FROM "
        "(SELECT p.*, s.target, s.idle, t.t, abs(p.units) * s.w AS share "
        f"FROM p{n} AS p JOIN s{n} AS s USING ({pool}) "
        f"JOIN (SELECT {pool}, CAST(SUM(w) AS HUGEINT) AS t FROM s{n} GROUP BY ALL "
        f"HAVING SUM(w) > 0) AS t USING ({pool}) WHERE s.w > 0))"
    )
    # Whole parts lack as many units as their remainders hold.
    missing = (
        f"SELECT pool, CAST(SUM(rest) AS HUGEINT) // any_value(t) AS missing FROM q{n} "
        "GROUP BY pool"
    )
    places = (
        "SELECT q.*, m.missing, row_number() OVER (PARTITION BY q.pool ORDER BY rest DESC, idle, "
        f"target NULLS LAST) AS place FROM q{n} AS q JOIN ({missing}) AS m USING (pool)"
    )
    lines = (
        f"SELECT {n} AS rule, {pool}, {parted}, target, idle, TRUE AS weighed, "
        "CAST(CASE WHEN units < 0 THEN -1 ELSE 1 END * (part + CASE WHEN place <= missing "
        "THEN 1 ELSE 0 END) AS HUGEINT) AS units, "
        f"CASE WHEN place = 1 THEN charges ELSE 0 END AS charges FROM r{n} UNION ALL "
        f"SELECT {n}, {pool}, {parted}, NULL, FALSE, FALSE, units, charges "
        f"FROM p{n} WHERE pool NOT IN (SELECT pool FROM q{n})"
    )
    steps = {"p": pools, "s": weights, "q": parts, "r": places, "l": lines}
    return [f"{name}{n} AS MATERIALIZED ({sql})" for name, sql in steps.items()]
