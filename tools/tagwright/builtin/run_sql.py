"""``run_sql``: DuckDB SQL for what the other tools do not cover, where it can do no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from tagwright.builtin._arguments import Limit, Offset, page
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.registry import tool
from tagwright.results import ToolResult

if TYPE_CHECKING:
    from tagwright.free_sql import FreeAnswer
    from tagwright.results import Scalar

__all__ = ["run_sql"]

_CURRENCY = "BillingCurrency"
_EXAMPLE = "with BillingCurrency beside sums"


@tool(title="Run SQL")
def run_sql(
    ctx: ToolContext,
    *,
    sql: Annotated[str, Field(description=_EXAMPLE)],
    limit: Limit = 20,
    offset: Offset = 0,
) -> ToolResult:
    """One DuckDB SELECT on charges (FOCUS columns), usage, rollup_*; only if no other tool fits.

    Rows are the statement's own, with decimals as exact text and ``BillingCurrency`` as
    ``currency``. Without rows ``details.columns`` says which columns there are and of what type.
    ``details.sql`` is the statement.

    Raises:
        MisuseError: It is not allowed, or wrong.
        BusyError: It takes too long or too much memory.
    """
    from tagwright.free_sql import ask_free

    answer = ask_free(ctx, sql, offset + limit)
    columns = answer.table.columns
    details: dict[str, object] = {"sql": sql}
    if not answer.table.rows:
        details["columns"] = dict(zip(columns, answer.types, strict=True))
    only = answer.currencies[0] if answer.money and len(answer.currencies) == 1 else None
    return ToolResult(
        rows=page(_rows(answer), limit, offset),
        currency=only,
        row_count=answer.count,
        notes=[*_notes(answer), *_order_notes(sql, answer)],
        details=details,
    )


def _rows(answer: FreeAnswer) -> list[dict[str, Scalar]]:
    """The rows, which say their currency as every tool's do."""
    names = list(answer.table.columns)
    if _CURRENCY in names and "currency" not in names:
        names[names.index(_CURRENCY)] = "currency"
    return [dict(zip(names, row, strict=True)) for row in answer.table.rows]


def _order_notes(sql: str, answer: FreeAnswer) -> list[str]:
    """That pages of a statement without an order need not be pages of one list."""
    if answer.count <= len(answer.table.rows) or "order by" in " ".join(sql.casefold().split()):
        return []
    return ["Without ORDER BY the next page may repeat or miss rows."]


def _notes(answer: FreeAnswer) -> list[str]:
    notes = []
    if not answer.tables:
        notes.append("No table was read: every value stands in the statement itself.")
    if answer.mixes and len(answer.currencies) > 1:
        notes.append(
            f"The data has {len(answer.currencies)} currencies ({', '.join(answer.currencies)}): "
            "a figure that is neither grouped nor filtered by currency mixes them."
        )
    floats = [
        name
        for name, kind in zip(answer.table.columns, answer.types, strict=True)
        if kind in {"DOUBLE", "FLOAT"}
    ]
    if floats:
        notes.append(
            f"Approximate, for it was computed in floating point: {', '.join(floats[:5])}."
        )
    if not answer.counted:
        notes.append(f"There are at least {answer.count} rows; the others were not counted.")
    if answer.full:
        notes.append(f"Only {len(answer.table.rows)} rows are shown: the result is too long.")
    if answer.cut:
        notes.append("Long texts are cut, at an ellipsis.")
    return notes
