"""A tool's result as people read it, at 80 columns: figures whole, long names cut in the middle."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.money import display_text
from tagwright.results import Period
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console
    from rich.table import Table

    from tagwright.results import Scalar, ToolResult

__all__ = ["percent_text", "print_result", "result_table"]

_AMOUNT = re.compile(r"-?\d+\.\d{2,}")
_RATIOS = ("share", "contribution", "coverage")
_SIGNED = ("change", "change_ratio")
_HOISTED = ("currency", "consumed_unit", "key")
_NO_VALUE = "(none)"
_GAP = 2
_LEAST = 8
_DETAIL = 300


@dataclass(frozen=True)
class _Column:
    """One column, with its cells as they are shown: those of the rows, then of the totals."""

    name: str
    is_figure: bool
    cells: list[str]

    @property
    def title(self) -> str:
        """What it is called; a currency's code needs no name."""
        # A raw tag's key is shown as it is written: case tells keys apart.
        if self.name == "currency":
            return ""
        return shorten(self.name if self.name.startswith("tag:") else _title(self.name), 40)

    @property
    def width(self) -> int:
        """What it needs to be shown whole; words of a figure's title stand below each other."""
        words = self.title.split() if self.is_figure else [self.title]
        return max(map(len, [*self.cells, *words]))


def print_result(out: Console, result: ToolResult, *, details: bool = False) -> None:
    """Period and unit, the table with its totals, how many of how many, notes and the receipt.

    Args:
        out: Where to; its width decides how long names may be.
        result: Of any tool.
        details: Also print what belongs to this tool alone, as far as it is short.
    """
    common = _common(result)
    above = [f"Period: {_period_text(result.period)}"] if result.period else []
    above += [f"{_title(name)}: {clean(str(value))}" for name, value in common.items()]
    if above:
        out.print("   ".join(above))
    if result.rows:
        out.print(result_table(result, width=out.width))
        for line in filter(None, (_beyond(t, result.rows, common) for t in result.totals)):
            out.print(line)
    else:
        out.print("No rows.")
    if result.row_count > len(result.rows):
        out.print(f"Shown: {len(result.rows):,} of {result.row_count:,}.")
    for name, value in (result.details if details else {}).items():
        if value not in (None, "", [], {}):
            out.print(f"{_title(name)}: {_detail_text(value)}")
    for note in result.notes:
        out.print(f"Note: {clean(note)}")
    if result.receipt:
        out.print(f"Receipt: {result.receipt}", style="dim")


def result_table(result: ToolResult, *, width: int = 80) -> Table:
    """The rows and, below a rule, the totals that are not among them.

    A column that says the same in every row (currency, unit, key) is left to the caller. Figures
    are never cut; where they leave no room for names, each row is a block of lines.
    """
    from rich.table import Table

    columns, count = _columns(result)
    names = [column for column in columns if not column.is_figure]
    figures = sum(column.width for column in columns if column.is_figure)
    least = figures + sum(min(_LEAST, column.width) for column in names)
    gap = _GAP if least + _GAP * (len(columns) - 1) <= width else 1
    if least + gap * (len(columns) - 1) > width:
        return _blocks(columns, count, width)
    room = width - figures - gap * (len(columns) - 1)
    widths = _shared(room, [column.width for column in names])
    table = Table(
        box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold", show_edge=False
    )
    fitted: list[list[str]] = []
    for column in columns:
        room = column.width if column.is_figure else widths[names.index(column)]
        table.add_column(
            "\n".join(textwrap.wrap(column.title, room)),
            justify="right" if column.is_figure else "left",
            vertical="bottom",
            no_wrap=True,
            width=room,
            overflow="ellipsis",
        )
        cells = column.cells
        fitted.append(cells if column.is_figure else [shorten(cell, room) for cell in cells])
    for index, line in enumerate(zip(*fitted, strict=True)):
        if index == count:
            # A rule under the figures says where the sum is.
            table.add_row(*("─" * column.width if column.is_figure else "" for column in columns))
        table.add_row(*line, style="bold" if index >= count else None)
    return table


def percent_text(ratio: Decimal, *, signed: bool = False) -> str:
    """A share in percent with one decimal; what is not quite none or all does not read so.

    >>> percent_text(Decimal("0.672131")), percent_text(Decimal("0.999999"))
    ('67.2 %', '>99.9 %')
    >>> percent_text(Decimal("0.0001")), percent_text(Decimal("0.25"), signed=True)
    ('<0.1 %', '+25.0 %')
    """
    text = display_text(ratio * 100, places=1)
    if not signed:
        if text == "100.0" and ratio < 1:
            return ">99.9 %"
        if text == "0.0" and ratio > 0:
            return "<0.1 %"
    return f"{'+' if signed and ratio > 0 else ''}{text} %"


# --- what is in the table --------------------------------------------------------------------


def _common(result: ToolResult) -> dict[str, Scalar]:
    """Units and key where all rows and totals say the same."""
    found: dict[str, Scalar] = {}
    everything = [*result.rows, *result.totals]
    for name in _HOISTED:
        values = {row.get(name) for row in everything if name in row}
        others = {key for row in result.rows for key in row} - {*_HOISTED}
        named = any(not _is_figure_column(key, result) for key in others)
        if len(values) == 1 and None not in values and (named or name != "key"):
            found[name] = next(iter(values))
    return found


def _columns(result: ToolResult) -> tuple[list[_Column], int]:
    """The columns, and how many of their cells belong to rows; those after are totals."""
    common = _common(result)
    names = [n for n in dict.fromkeys(n for row in result.rows for n in row) if n not in common]
    # All or none: one of two currencies' totals alone would read as the total of both.
    said = all(_among(total, result.rows, names) for total in result.totals)
    totals = [] if said else list(result.totals)
    if not any(not _is_figure_column(name, result) for name in names):
        totals = []  # nothing would tell a total from a row
    columns = []
    for name in names:
        figures = _is_figure_column(name, result)
        values = [row.get(name) for row in result.rows]
        bottom = [total.get(name) for total in totals]
        if figures:
            cells = _figure_texts(name, [*values, *bottom], len(values))
        else:
            cells = [_text(value) for value in values]
            cells += ["" if value is None else _text(value) for value in bottom]
        columns.append(_Column(name, figures, cells))
    first = next((column for column in columns if not column.is_figure), None)
    if first is not None:
        for index in range(len(result.rows), len(first.cells)):
            first.cells[index] = f"Total {first.cells[index]}".rstrip()
    return columns, len(result.rows)


def _is_figure_column(name: str, result: ToolResult) -> bool:
    """Whether every value is a figure: a number, a ratio, or an amount that totals know too.

    A tag's value may look like an amount (``1.25``), so text alone does not make one.
    """
    values = [row[name] for row in result.rows if row.get(name) is not None]
    if _is_ratio(name):
        return all(isinstance(value, str) for value in values)
    known = not result.totals or any(name in total for total in result.totals)
    return all(
        (isinstance(value, int) and not isinstance(value, bool))
        or (known and isinstance(value, str) and _AMOUNT.fullmatch(value) is not None)
        for value in values
    ) and (bool(values) or (known and name not in _HOISTED))


def _is_ratio(name: str) -> bool:
    return name in _RATIOS or name.endswith("_ratio")


def _among(
    total: Mapping[str, Scalar], rows: Sequence[Mapping[str, Scalar]], names: Sequence[str]
) -> bool:
    """Whether a row says already what the total says in these columns."""
    shared = [name for name in names if name in total]
    if not rows or not shared:
        return not shared
    return any(
        all(row.get(name) == total[name] for name in shared)
        and all(row.get(name) is None or name in total for name in names if not _is_ratio(name))
        for row in rows
    )


def _beyond(
    total: Mapping[str, Scalar], rows: Sequence[Mapping[str, Scalar]], common: Mapping[str, Scalar]
) -> str:
    """What a total says that no row has a column for."""
    known = {name for row in rows for name in row}
    extra = {n: v for n, v in total.items() if n not in known and v is not None}
    if not extra:
        return ""
    said = ", ".join(f"{_title(n).lower()} {_figure_texts(n, [v], 1)[0]}" for n, v in extra.items())
    unit = total.get("currency")
    return f"In all{f' ({unit})' if unit and 'currency' not in common else ''}: {said}."


# --- cells -----------------------------------------------------------------------------------


def _figure_texts(name: str, values: Sequence[Scalar], count: int) -> list[str]:
    """Figures of one column, with as many places as tell the largest apart from nothing."""
    numbers = [Decimal(value) if isinstance(value, int | str) else None for value in values]
    largest = max((abs(number) for number in numbers if number is not None), default=Decimal(0))
    places = 2 if not largest or largest >= 1 else min(12, max(2, 3 - largest.adjusted()))
    texts = []
    for index, (value, number) in enumerate(zip(values, numbers, strict=True)):
        if number is None:
            texts.append("-" if index < count else "")
        elif _is_ratio(name):
            texts.append(percent_text(number, signed=name in _SIGNED))
        elif isinstance(value, int):
            texts.append(f"{value:,}")
        else:
            text = display_text(number, places=places)
            if number and not Decimal(text.replace(",", "")):
                edge = format(Decimal(1).scaleb(-places), "f")
                text = f"<{edge}" if number > 0 else f">-{edge}"
            texts.append(f"+{text}" if name in _SIGNED and number > 0 and text[0] != "<" else text)
    return texts


def _text(value: Scalar) -> str:
    if value is None:
        return _NO_VALUE
    return clean(value) if isinstance(value, str) else str(value)


def _title(name: str) -> str:
    words = clean(name).replace("_", " ")
    return words[:1].upper() + words[1:]


def _detail_text(value: Any) -> str:
    """A detail in words: short ones whole, long ones named."""
    if isinstance(value, dict) and value.keys() == {"start", "end", "label"}:
        text = _period_text(Period.model_validate(value))
    elif isinstance(value, dict):
        text = ", ".join(f"{_title(str(k)).lower()} {_detail_text(v)}" for k, v in value.items())
    elif isinstance(value, list | tuple):
        between = "; " if any(isinstance(item, dict) for item in value) else ", "
        text = between.join(_detail_text(item) for item in value)
    elif isinstance(value, str) and _AMOUNT.fullmatch(value):
        text = _figure_texts("", [value], 1)[0]
    else:
        text = "-" if value is None else clean(str(value))
    return text if len(text) <= _DETAIL else f"{text[:_DETAIL]}… (all with --json)"


def _period_text(period: Period) -> str:
    first, last = str(period.start), str(period.end - dt.timedelta(days=1))
    span = first if first == last else f"{first} to {last}"
    return span if period.label in (span, "") else f"{clean(period.label)} ({span})"


# --- layout ----------------------------------------------------------------------------------


def _shared(room: int, wanted: Sequence[int]) -> list[int]:
    """``room`` shared out: narrow columns get all they want, the others equal parts of the rest."""
    widths = [0] * len(wanted)
    left = room
    for done, index in enumerate(sorted(range(len(wanted)), key=lambda i: wanted[i])):
        widths[index] = min(wanted[index], left // (len(wanted) - done))
        left -= widths[index]
    return widths


def _blocks(columns: Sequence[_Column], count: int, width: int) -> Table:
    """Each row as lines of name and value, where the columns do not fit beside each other."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    label = min(max(len(_title(column.name)) for column in columns), width // 2)
    table.add_column(no_wrap=True, width=label)
    table.add_column(no_wrap=True, overflow="ellipsis")
    size = len(columns[0].cells)
    for index in range(size):
        for column in columns:
            if cell := column.cells[index]:
                name = shorten(column.title or _title(column.name), label)
                table.add_row(
                    name,
                    cell if column.is_figure else shorten(cell, width - label - _GAP),
                    style="bold" if index >= count else None,
                )
        if index < size - 1:
            table.add_row("", "")
    return table
