"""Cells of a tool's result, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tagwright.blocks.model import FIGURES, Cell, Column, Kind, Proposal, Sentence, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tagwright.blocks.model import Block
    from tagwright.results import Scalar, ToolResult

__all__ = ["ColumnOf", "Line", "Source", "extended", "misplaced", "tabled"]


@dataclass(frozen=True)
class Line:
    """One row of a result.

    Attributes:
        values: By column.
        part: ``rows``, ``totals`` or ``details/…``.
        row: Its place there.
        receipt: Of the result.
        names: Of the result: column to value to what people call it.
    """

    values: Mapping[str, Any]
    part: str
    row: int
    receipt: str | None = None
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def get(self, column: str) -> Scalar:
        """The raw value; None where there is none."""
        value: Scalar = self.values.get(column)
        return value

    def cell(self, column: str, kind: Kind, *, unit: str = "", signed: bool = False) -> Cell:
        """The value of a column as a cell."""
        return Cell(
            value=self.get(column), kind=kind, unit=unit, signed=signed,
            called=self.called(column) if kind == "name" else "",
            part=self.part, row=self.row, column=column, receipt=self.receipt,
        )  # fmt: skip

    def called(self, column: str) -> str:
        """What people call the value; empty where nothing is known but the value."""
        of = self.get("dimension") if column == "value" else column
        return self.names.get(str(of), {}).get(str(self.get(column)), "")

    def name(self, column: str) -> Cell:
        """A name from the data."""
        return self.cell(column, "name")

    def code(self, column: str) -> Cell:
        """What is copied as it stands."""
        return self.cell(column, "code")

    def amount(self, column: str, unit: object = None, *, signed: bool = False) -> Cell:
        """An amount; ``unit`` is the row's currency unless it is given."""
        own = self.get("currency") if unit is None else unit
        return self.cell(column, "amount", unit=str(own or ""), signed=signed)

    def rate(self, column: str) -> Cell:
        """An amount per something, in the row's currency."""
        return self.cell(column, "rate", unit=str(self.get("currency") or ""))

    def count(self, column: str) -> Cell:
        """A number of things."""
        return self.cell(column, "count")

    def ratio(self, column: str, *, signed: bool = False) -> Cell:
        """A ratio, for percent."""
        return self.cell(column, "ratio", signed=signed)

    def time(self, column: str) -> Cell:
        """A day or a time."""
        return self.cell(column, "time")


ColumnOf = tuple[str, Kind, str | Callable[[Line], Cell]]
"""Of a table: title, kind, and the column of the result or what makes a cell of a line."""


def tabled(
    lines: Sequence[Line],
    columns: Sequence[ColumnOf],
    *,
    row_count: int = 0,
    totals: Sequence[Line] = (),
    **more: Any,
) -> Table:
    """A table of a result's rows.

    A figure that is not there is a blank. Of a total, the first column says so and other names than
    its currency are blank; a share of a total says nothing.

    Args:
        lines: The rows that are shown.
        columns: From left to right, see :data:`ColumnOf`.
        row_count: How many rows there are in all, where these are not all.
        totals: Lines over all rows.
        more: Of the :class:`Table`.
    """
    return Table(
        columns=tuple(Column(title=title, kind=kind) for title, kind, _ in columns),
        rows=tuple(tuple(_made(line, kind, of) for _, kind, of in columns) for line in lines),
        totals=tuple(_total(line, columns) for line in totals),
        row_count=max(row_count, len(lines)),
        **more,
    )


def _made(line: Line, kind: Kind, of: str | Callable[[Line], Cell]) -> Cell:
    if not isinstance(of, str):
        return of(line)
    if kind in FIGURES and line.get(of) is None:
        return Cell()
    unit = str(line.get("currency") or "") if kind in {"amount", "rate"} else ""
    return line.cell(of, kind, unit=unit)


def _total(line: Line, columns: Sequence[ColumnOf]) -> tuple[Cell, ...]:
    cells = [
        _made(line, kind, of) if (kind in FIGURES and of != "share") or of == "currency" else Cell()
        for _, kind, of in columns
    ]
    return (Cell(value="Total"), *cells[1:])


def extended(table: Table, had: ToolResult, more: ToolResult | None = None) -> Table | None:
    """The table with the rows of ``more`` below its own, each cell made as those above it are.

    Args:
        table: Its rows are the first of ``had``.
        had: The result it was made of.
        more: Further rows of the same; None for those of ``had`` that the table leaves out.

    Returns:
        None where its cells do not say how they are made: they are of several columns, say.
    """
    lines = Source(had).rows
    ways = [_way(cells) for cells in zip(*table.rows, strict=True)]
    if not ways or len(lines) < len(table.rows):
        return None
    again = tuple(tuple(way(line) for way in ways) for line in lines)
    if again[: len(table.rows)] != table.rows:
        return None
    below = again[len(table.rows) :]
    if more is not None:
        below = tuple(tuple(way(line) for way in ways) for line in Source(more).rows)
    return table.model_copy(update={"rows": (*table.rows, *below)})


def _way(cells: Sequence[Cell]) -> Callable[[Line], Cell]:
    """What makes a column's cells, as far as its first one tells."""
    first = next((cell for cell in cells if cell.column), None)
    if first is None:
        return lambda _: Cell()
    return partial(_like, first)


def _like(cell: Cell, line: Line) -> Cell:
    if cell.is_figure and line.get(cell.column) is None:
        return Cell()
    unit = str(line.get("currency") or "") if cell.unit else ""
    return line.cell(cell.column, cell.kind, unit=unit, signed=cell.signed)


class Source:
    """Reads a tool's result into lines of cells.

    >>> from tagwright.results import ToolResult
    >>> found = Source(ToolResult(rows=[{"team": "a", "x": "1.00", "currency": "USD"}]))
    >>> found.rows[0].amount("x").unit
    'USD'
    """

    def __init__(self, result: ToolResult) -> None:
        self.result = result
        self.names = _names(result)
        self.rows = self._lines("rows", result.rows)
        self.totals = self._lines("totals", result.totals)

    def details(self, *path: str) -> list[Line]:
        """The objects at a place of the details: each of a list, or the one that stands there."""
        found: Any = self.result.details
        for name in path:
            found = (found or {}).get(name)
        if isinstance(found, dict):
            found = [found]
        rows = [item for item in found or () if isinstance(item, dict)]
        return self._lines("/".join(("details", *path)), rows)

    def _lines(self, part: str, rows: Sequence[Mapping[str, Any]]) -> list[Line]:
        receipt = self.result.receipt
        return [Line(row, part, number, receipt, self.names) for number, row in enumerate(rows)]


def _names(result: ToolResult) -> dict[str, dict[str, str]]:
    """``details.names``; a tool that says something else there names nothing."""
    names = result.details.get("names")
    return {
        str(column): {str(value): str(name) for value, name in called.items()}
        for column, called in (names.items() if isinstance(names, dict) else ())
        if isinstance(called, dict)
    }


def _cells(blocks: Iterable[Block]) -> Iterator[Cell]:
    for block in blocks:
        if isinstance(block, Sentence):
            yield from (part for part in block.parts if isinstance(part, Cell))
        elif isinstance(block, Table):
            yield from (cell for row in (*block.rows, *block.totals) for cell in row)
        elif isinstance(block, Proposal):
            yield from block.amounts


def misplaced(blocks: Iterable[Block], results: Iterable[ToolResult]) -> list[Cell]:
    """Cells that no result has as they are, where they say; empty for every answer of ours.

    What comes from no result, such as a count of what is shown, is no cell with a place.
    """
    sources = [Source(result) for result in results]
    return [
        cell
        for cell in _cells(blocks)
        if (cell.part or cell.is_figure) and not any(_stands(cell, item) for item in sources)
    ]


def _stands(cell: Cell, source: Source) -> bool:
    if cell.receipt != source.result.receipt:
        return False
    part, *path = cell.part.split("/")
    lines = {"rows": source.rows, "totals": source.totals}.get(part)
    if lines is None:
        lines = source.details(*path) if part == "details" else []
    if cell.row >= len(lines):
        return False
    line = lines[cell.row]
    return line.get(cell.column) == cell.value and cell.called in ("", line.called(cell.column))
