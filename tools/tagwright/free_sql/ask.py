"""Ask the data in SQL that a model or a person wrote, and keep what is needed for the receipt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.context import RecordedQuery, digest_of
from tagwright.errors import BusyError, MisuseError, TagwrightError
from tagwright.free_sql.pool import POOL
from tagwright.free_sql.process import MEMORY, Key
from tagwright.text import clean, shorten
from tagwright.warehouse import Table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tagwright.context import ToolContext

__all__ = ["MAX_SQL", "SECONDS", "FreeAnswer", "ask_free", "run_again"]

MAX_SQL = 20_000
"""Characters of a statement."""

SECONDS = 15.0
"""Of a statement, with the time it waits for its turn."""

_UNITS = {"MB": 10**6, "GB": 10**9, "MIB": 2**20, "GIB": 2**30}
_COLUMNS_HINT = "SELECT * FROM charges LIMIT 0 lists the columns."


@dataclass(frozen=True)
class FreeAnswer:
    """What a statement gave.

    Attributes:
        table: Rows of cells: exact text for decimals, else text, whole numbers, truth values.
        types: DuckDB's type of each column.
        count: Rows in all, or as many as were counted.
        counted: Whether all were counted.
        full: Whether rows were left out because the result was too long.
        cut: Whether a cell was cut.
        tables: Tables that were read.
        money: Whether an amount is named in it.
        mixes: Whether it may add amounts up whatever their currency.
        currencies: Of the tables that were read.
    """

    table: Table
    types: tuple[str, ...]
    count: int
    counted: bool
    full: bool
    cut: bool
    tables: tuple[str, ...]
    money: bool
    mixes: bool
    currencies: tuple[str, ...]


def ask_free(ctx: ToolContext, sql: str, limit: int) -> FreeAnswer:
    """Run ``sql`` for the asker, in a worker, and record it for the receipt.

    Raises:
        MisuseError: It is not allowed, or DuckDB does not understand it.
        BusyError: It takes too long or too much memory.
        TagwrightError: The worker died of it.
    """
    answer = _ask(ctx, sql, limit)
    ctx.queries.append(
        RecordedQuery(
            sql, (), len(answer.table.rows), digest_of(answer.table), free_limit=limit
        )
    )  # fmt: skip
    return answer


def run_again(ctx: ToolContext, sql: str, limit: int) -> Table:
    """The rows of a recorded statement, under the same rules as the first time."""
    return _ask(ctx, sql, limit).table


def _ask(ctx: ToolContext, sql: str, limit: int) -> FreeAnswer:
    if len(sql) > MAX_SQL:
        raise MisuseError(f"The statement has {len(sql):,} characters; {MAX_SQL:,} are allowed.")
    if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in sql):
        raise MisuseError("The statement holds a character that no text may hold.")
    path = ctx.snapshot.info.path
    ctx.call.step("Running SQL in a process of its own")
    key = Key(path, min(MEMORY, _bytes(ctx.settings.memory_limit)))
    answer, currencies = POOL.ask(key, sql, limit, SECONDS, ctx.call)
    for kind, error in (("refused", MisuseError), ("wrong", MisuseError), ("busy", BusyError)):
        if kind in answer:
            message = _said(str(answer[kind]), path)
            raise error(message, hint=_COLUMNS_HINT if "Referenced column" in message else "")
    return _read(answer, currencies)


def _read(answer: Mapping[str, Any], currencies: Mapping[str, list[str]]) -> FreeAnswer:
    """The worker's answer, looked at before anybody relies on its shape."""
    try:
        columns = _unlike([str(name) for name in answer["columns"]])
        rows = [_cells(row, len(columns)) for row in answer["rows"]]
        tables = tuple(str(name) for name in answer["tables"])
        kinds = {"usage" if name == "usage" else "charges" for name in tables}
        return FreeAnswer(
            table=Table(tuple(columns), rows),
            types=tuple(str(kind) for kind in answer["types"]),
            count=int(answer["count"]),
            counted=answer["counted"] is True,
            full=answer["full"] is True,
            cut=answer["cut"] is True,
            tables=tables,
            money=answer["money"] is True,
            mixes=answer["mixes"] is True,
            currencies=tuple(sorted({name for kind in kinds for name in currencies.get(kind, ())})),
        )
    except (KeyError, TypeError, ValueError):
        raise TagwrightError("The process that runs SQL gave no proper answer.") from None


def _cells(row: list[Any], count: int) -> tuple[Any, ...]:
    if len(row) != count or not all(value is None or isinstance(value, str | int) for value in row):
        raise ValueError
    return tuple(row)


def _unlike(names: list[str]) -> list[str]:
    """Column names, a number behind those that come again: a row is a mapping."""
    found: list[str] = []
    for name in names:
        unlike, number = name, 2
        while unlike in found:
            unlike, number = f"{name}_{number}", number + 1
        found.append(unlike)
    return found


def _said(message: str, path: Path) -> str:
    """An error of the worker's, without DuckDB's picture of the line and without any path."""
    first = re.split(r"\n\s*\n|\nLINE ", message.strip())[0]
    if path.stem in message or str(path.parent) in message:
        first = "DuckDB cannot run it."
    text = shorten(" ".join(first.split()), 400)
    return text if text.endswith((".", "!", "?")) else f"{clean(text)}."


def _bytes(limit: str) -> int:
    """``memory_limit`` of the settings, e.g. ``"4GB"``, as a number."""
    number, unit = re.fullmatch(r"([\d.]+)\s?([A-Za-z]+)", limit).groups()  # type: ignore[union-attr]
    return int(float(number) * _UNITS[unit.upper()])
