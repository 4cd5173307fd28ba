"""The same figures of two periods side by side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.metrics import Compiled

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


def compared(
    question: Question, query: Query, before: Period, *, by_change: bool = False
) -> tuple[list[dict[str, Any]], int]:
    """Rows of both periods side by side, and how many there are without the limit: one statement.

    Each row holds the group's values, its units, the metric and, as ``before``, the metric in the
    other period. A group that is in one period only has None in the other.

    Args:
        question: What is asked about, with its period.
        query: Of that question; its order is by the metric of its own period.
        before: The other period.
        by_change: Order by the absolute change instead, largest first.
    """
    metric = query.metrics[0]
    bare = query.model_copy(update={"limit": None})
    now = question.compiled(bare)
    then = question.compiled(
        question.query(query.metrics, query.group_by, period=before, order_by=metric)
    )
    keys = [name for name in now.columns if name != metric]
    joined = " AND ".join(f'a."{key}" IS NOT DISTINCT FROM b."{key}"' for key in keys) or "TRUE"
    outputs = [f'COALESCE(a."{key}", b."{key}") AS "{key}"' for key in keys]
    outputs += [f'a."{metric}" AS "now"', f'b."{metric}" AS "before"']
    direction = "DESC" if query.descending else "ASC"
    ties = "".join(f', "{key}" NULLS LAST' for key in keys)
    order = f'"now" {direction} NULLS LAST, "before" {direction} NULLS LAST'
    if by_change:
        order = 'ABS(COALESCE("now", 0) - COALESCE("before", 0)) DESC'
    sql = (
        f"WITH a AS ({now.sql}), b AS ({shifted(then.sql, len(now.params))}), j AS (SELECT "
        f"{', '.join(outputs)} "
        f"FROM a FULL JOIN b ON {joined}) "
        f'SELECT *, COUNT(*) OVER () AS "all" FROM j '
        f"ORDER BY {order}{ties}"
    )
    if query.limit is not None:
        sql += f" LIMIT {query.limit}"
    rows = question.run(Compiled(sql, [*now.params, *then.params], now.table))
    for row in rows:
        row[metric] = row.pop("now")
    return rows, int(rows[0]["all"]) if rows else 0


def shifted(sql: str, by: int) -> str:
    """The statement with its parameters numbered from ``by`` + 1.

    The compiler writes parameters as ``$1``, and no text of a question into the statement.
    """
    return re.sub(r"\$(\d+)", lambda match: f"${int(match[1]) + by}", sql)
