"""The same figures of two periods side by side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.metrics import SET, Compiled
from tagwright.taxonomy.fold import quoted

if TYPE_CHECKING:
    from tagwright.builtin._question import Question
    from tagwright.context import ToolContext
    from tagwright.metrics import Query
    from tagwright.results import Period

__all__ = ["compared", "compared_period", "shifted"]


def compared_period(ctx: ToolContext, compare_to: str, period: Period) -> Period:
    """What ``compare_to`` means for ``period``, noted for the receipt.

    Raises:
        UnknownNameError: Nobody knows such a period.
    """
    from tagwright import periods

    named = {"previous_period": periods.previous, "previous_year": periods.year_before}
    if compare_to in named:
        found = named[compare_to](period)
        ctx.note_period("compare_to", found)
        return found
    return ctx.period(compare_to, argument="compare_to")


def compared(question: Question, query: Query, before: Period) -> tuple[list[dict[str, Any]], int]:
    """Rows of both periods side by side, and how many there are without the limit: one statement.

    Each row holds the group's values, its units, the metric and, as ``before``, the metric in the
    other period. A group that is in one period only has None in the other.

    Args:
        question: What is asked about, with its period.
        query: Of that question; its order is by the metric of its own period.
        before: The other period.
    """
    metric = query.metrics[0]
    both = question.compared(query, [query.group_by], before)
    # By place: two tags whose names differ by case alone are one name to DuckDB.
    places = {name: f"c{place}" for place, name in enumerate(both.columns)}
    now, then = places["now"], places["before"]
    keys = [name for name in both.columns if name not in (SET, "now", "before")]
    ties = "".join(f", {places[key]} NULLS LAST" for key in keys)
    direction = "DESC" if query.descending else "ASC"
    order = f"{now} {direction} NULLS LAST, {then} {direction} NULLS LAST{ties}"
    shown = ", ".join(f"{places[n]} AS {quoted(n)}" for n in both.columns if n != SET)
    sql = (
        f'SELECT {shown}, COUNT(*) OVER () AS "all" '
        f"FROM ({both.sql}) AS j({', '.join(places.values())})"
        f"{_kept(query, now, both.params)} ORDER BY {order}"
    )
    if query.limit is not None:
        sql += f" LIMIT {query.limit}"
    rows = question.run(Compiled(sql, both.params, both.table))
    for row in rows:
        row[metric] = row.pop("now")
    return rows, int(rows[0]["all"]) if rows else 0


def _kept(query: Query, now: str, params: list[Any]) -> str:
    """The threshold on the figure of the query's own period."""
    tests = []
    for op, bound in query.having.tests() if query.having else ():
        params.append(str(bound))
        tests.append(f"{now} {op} CAST(${len(params)} AS DECIMAL(38, 12))")
    return f" WHERE {' AND '.join(tests)}" if tests else ""


def shifted(sql: str, by: int) -> str:
    """The statement with its parameters numbered from ``by`` + 1.

    The compiler writes parameters as ``$1``, and no text of a question into the statement.
    """
    return re.sub(r"\$(\d+)", lambda match: f"${int(match[1]) + by}", sql)
