"""Run a tool and keep a receipt.

A receipt holds the statements that were run, on which snapshot, and a digest of what came back.
Its id is the hash of its content, so the same question on the same snapshot has one id.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import tagwright
from tagwright.metrics.account_names import NAMED, account_names
from tagwright.metrics.aliases import OTHER_COLUMN
from tagwright.people import load_people, require
from tagwright.receipts.packing import packed
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from tagwright.context import RecordedQuery, ToolContext
    from tagwright.registry import Registry
    from tagwright.results import Scalar, ToolResult

__all__ = ["HASHED", "MAX_CHARACTERS", "MAX_ROWS", "NAMES", "harmless", "receipt_id", "run_tool"]

MAX_ROWS = 1000
"""No result holds more rows, whatever its tool returned."""

MAX_CHARACTERS = 200_000
"""No result's rows are longer, as JSON."""

NAMES = "names"
"""In a result's details: column to value to what people call it, for those that have a name.

The value stays the id: only who shows it to a person puts the name beside it."""

HASHED = ("tool", "arguments", "snapshot", "queries", "result")
"""What a receipt's id is made of."""


def run_tool(
    registry: Registry, name: str, arguments: Mapping[str, Any], ctx: ToolContext
) -> ToolResult:
    """Check the arguments, run the tool, store the receipt, return the result with its id.

    The result is capped at :data:`MAX_ROWS` and :data:`MAX_CHARACTERS`, and its text is made
    harmless to show. What people call its accounts is added, see :data:`NAMES`. A tool that asked
    nothing of the data has no receipt.

    Raises:
        UnknownNameError: There is no such tool, or the tool was given a name nobody knows.
        MisuseError: An argument is unknown, missing or wrong.
        AccessError: The tool proposes, and who asks may not.
        SnapshotError: There is no data yet.
    """
    found = registry.get(name)
    values = found.validate(arguments)
    if found.effect == "propose":
        require(load_people(ctx.settings), ctx.principal, "propose")
    first, ctx.resolved = len(ctx.queries), {}
    said = found.function(ctx, **values)
    if len(ctx.queries) > first:
        said = _with_names(said, ctx)
    result = harmless(said, ctx.lags)
    if isinstance(offset := values.get("offset"), int):
        result = result.model_copy(update={"offset": offset})
    queries = ctx.queries[first:]
    if not queries:
        return result
    plain = {key: _plain(value) for key, value in values.items()}
    receipt: dict[str, Any] = {
        "tool": name,
        "arguments": {**plain, **ctx.resolved},
        "snapshot": ctx.snapshot.info.id,
        "queries": [_query_dict(query) for query in queries],
        "result": {
            "rows": result.rows,
            "totals": result.totals,
            "currency": result.currency,
            "row_count": result.row_count,
        },
        "effect": found.effect,
        **({"scope": ctx.scope.as_list()} if ctx.scope else {}),
        "created_at": ctx.now.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "tagwright_version": tagwright.__version__,
    }
    ctx.call.step("Storing the receipt")
    receipt["id"] = receipt_id(receipt)
    ctx.state.save_receipt(receipt)
    return result.model_copy(update={"receipt": receipt["id"]})


def _with_names(result: ToolResult, ctx: ToolContext) -> ToolResult:
    """The result with the names of the accounts in its rows, where they do not stand there."""
    ids: dict[str, set[str]] = {}
    for row in result.rows[:MAX_ROWS]:
        # A row of explain_change says which dimension its value is of.
        pairs = {**row, str(row.get("dimension")): row.get("value")}
        for dimension in NAMED:
            value = pairs.get(dimension)
            if isinstance(value, str) and OTHER_COLUMN[dimension] not in row:
                ids.setdefault(dimension, set()).add(value)
    names = {
        dimension: called
        for dimension, values in ids.items()
        if (called := account_names(ctx.snapshot, dimension, values))
    }
    if not names or NAMES in result.details:
        return result
    return result.model_copy(update={"details": {**result.details, NAMES: names}})


def receipt_id(receipt: Mapping[str, Any]) -> str:
    """The id that a receipt's content gives: ``rcp_`` and 16 hexadecimal digits of its sha256."""
    hashed = json.dumps({key: receipt[key] for key in HASHED}, sort_keys=True)
    return "rcp_" + hashlib.sha256(hashed.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """An argument as JSON."""
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        model: BaseModel = value
        return model.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _query_dict(query: RecordedQuery) -> dict[str, Any]:
    found: dict[str, Any] = {
        "sql": query.sql,
        "params": [packed(value) for value in query.params],
        "rows": query.rows,
        "sha256": query.digest,
    }
    if query.whole:
        found["whole"] = True
    return found if query.free_limit is None else {**found, "free_limit": query.free_limit}


def harmless(result: ToolResult, lags: Sequence[str] = ()) -> ToolResult:
    """The result as it may be shown: no larger than it may be, text without hidden characters.

    ``lags`` are said before its own notes: they tell which period the figures are of.
    """
    notes = list(dict.fromkeys(clean(note) for note in (*lags, *result.notes)))
    rows = [_clean_row(row) for row in result.rows[:MAX_ROWS]]
    size, kept = 0, 0
    for row in rows:
        size += len(json.dumps(row, ensure_ascii=False))
        if size > MAX_CHARACTERS:
            break
        kept += 1
    if kept < len(result.rows):
        notes.append(f"Only {kept} of {len(result.rows)} rows are kept: the result is too large.")
    return result.model_copy(
        update={
            "rows": rows[:kept],
            "totals": [_clean_row(row) for row in result.totals],
            "row_count": max(result.row_count, len(result.rows)),
            "notes": notes,
            "details": _clean_tree(result.details),
        }
    )


def _clean_row(row: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {
        clean(key): clean(value) if isinstance(value, str) else value for key, value in row.items()
    }


def _clean_tree(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_clean_tree(item) for item in value]
    if isinstance(value, dict):
        return {clean(str(key)): _clean_tree(item) for key, item in value.items()}
    return value
