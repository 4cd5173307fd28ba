"""Rows that an answer left out: the same tool asked again, on the same snapshot, further down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.context import open_context
from tagwright.errors import DataError, MisuseError, SnapshotError
from tagwright.receipts.replay import load_receipt, scope_in
from tagwright.receipts.run import MAX_ROWS, NAMES, run_tool
from tagwright.registry import load_registry
from tagwright.results import ToolResult

if TYPE_CHECKING:
    from tagwright.config import Settings
    from tagwright.context import ToolContext
    from tagwright.people import Principal
    from tagwright.registry import Registry, Tool

__all__ = ["MOST_ROWS", "goes_on", "more_rows"]

MOST_ROWS = 100_000
"""No file of an answer has more rows."""


def goes_on(tool: str, registry: Registry | None = None) -> bool:
    """Whether that tool can be asked for rows further down: it reads, and takes an ``offset``."""
    known = registry or load_registry()
    return tool in known.names() and _skips(known.get(tool))


def more_rows(
    receipt_id: str,
    settings: Settings,
    principal: Principal,
    *,
    first: int = 0,
    last: int | None = None,
    registry: Registry | None = None,
) -> ToolResult:
    """The rows from number ``first`` (from 0) to before ``last`` of what a receipt was made of.

    Asked within the scope that the receipt was made in.

    Args:
        receipt_id: Of the answer.
        settings: The settings.
        principal: Who wants them.
        first: Rows before it are left out.
        last: None for all rows. Where it is given, the tool is asked in the steps of its own
            ``limit``, so that the order is that of the answer whatever a tool does with it.
        registry: The tools; default those that are installed.

    Raises:
        UnknownNameError: There is no such receipt that they may see.
        SnapshotError: Its snapshot is no longer kept.
        DataError: The tool gives something else now.
        MisuseError: They are more than :data:`MOST_ROWS`.
    """
    known = registry or load_registry()
    with open_context(settings, principal) as ctx:
        receipt = load_receipt(receipt_id, ctx)
        ctx.scope = scope_in(receipt)
        ctx.snapshot_id = receipt["snapshot"]
        stored = receipt["result"]
        if not goes_on(receipt["tool"], known) or stored["row_count"] <= len(stored["rows"]):
            rows = stored["rows"][first:last]
            return ToolResult.model_validate({**stored, "rows": rows, "receipt": receipt_id})
        count = stored["row_count"]
        if count > MOST_ROWS:
            raise MisuseError(
                f"The table has {count:,} rows; a file has at most {MOST_ROWS:,}.",
                hint="Ask for less: a filter, or a shorter period.",
            )
        try:
            ctx.snapshot  # noqa: B018  opened here to see whether it is still there
        except SnapshotError:
            raise SnapshotError(
                f"The data that this was asked of (snapshot {receipt['snapshot']}) is no longer "
                "kept, so the other rows are not known.",
                hint="Ask again: the answer is of the data as it is now.",
            ) from None
        arguments = dict(receipt["arguments"])
        if last is None and _most(known.get(receipt["tool"])) == MAX_ROWS:
            arguments["limit"] = MAX_ROWS
        steps = {**receipt, "arguments": arguments}
        return _asked(known, steps, ctx, first, count if last is None else min(last, count))


def _asked(
    registry: Registry, receipt: dict[str, Any], ctx: ToolContext, first: int, last: int
) -> ToolResult:
    tool, stored = registry.get(receipt["tool"]), receipt["result"]
    rows: list[dict[str, Any]] = []
    names: dict[str, dict[str, str]] = {}
    while first + len(rows) < last:
        asked = {**receipt["arguments"], "offset": first + len(rows)}
        result = run_tool(registry, tool.name, asked, ctx)
        same = (result.row_count, result.totals) == (stored["row_count"], stored["totals"])
        if not same or not result.rows:
            raise DataError(
                f"{tool.name} gives something else now than receipt {receipt['id']} says.",
                hint=f"tagwright receipt {receipt['id']} says what; or ask again.",
            )
        rows += result.rows
        for column, called in (result.details.get(NAMES) or {}).items():
            names.setdefault(column, {}).update(called)
    return ToolResult(
        rows=rows[: last - first], totals=stored["totals"], currency=stored["currency"],
        row_count=stored["row_count"], offset=first, details={NAMES: names} if names else {},
        receipt=receipt["id"],
    )  # fmt: skip


def _skips(tool: Tool) -> bool:
    return tool.effect == "read" and "offset" in tool.arguments_model.model_fields


def _most(tool: Tool) -> int | None:
    """The largest ``limit`` that it takes."""
    limit = tool.arguments_model.model_fields.get("limit")
    return next((m.le for m in limit.metadata if hasattr(m, "le")), None) if limit else None
