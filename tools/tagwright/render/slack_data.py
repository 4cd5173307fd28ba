"""Tables and charts as Slack's ``data_table`` and ``data_visualization``.

The exact form and the limits: https://docs.slack.dev/reference/block-kit/blocks/data-table-block
and https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block ; the names within
``series`` (``name``, ``data`` of ``label`` and ``value``) and ``axis_config`` (``categories``,
``x_label``, ``y_label``) as its example and two clients of others (the crates slack-messaging 0.7.7
and slack-morphism 2.31) have them. None of it was tried against Slack itself: where it says
``invalid_blocks``, :func:`tagwright.render.slack.text_messages` says the same as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.render.figures import column_texts, column_unit, decimal_of, heading_text
from tagwright.render.slack_text import broken, escaped_size
from tagwright.render.wording import shown_text
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagwright.blocks import Cell, Chart, Part, Table

__all__ = ["chart_blocks", "resource_end", "table_blocks", "undrawn"]

_ROWS = 100
_COLUMNS = 20
_CHARACTERS = 10_000
_CAPTION = 150
_PAGE = 20
_NAMES = 2000
"""Characters of a row that its names may take up together, escaped: it is a line of a text too."""
_PAGED = 6000
"""The same of all rows of a page, which is to be one message with what stands around it."""
_NAME = 500
_FIGURE = 150
"""No figure is longer; a unit from the data may be."""

_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:(.+)")

_SERIES = 6
_CATEGORIES = 20
_LABEL = 20
_TITLE = 50


@dataclass(frozen=True)
class _Column:
    """A column as Slack has it: its head and the texts of all cells, totals included."""

    head: str
    cells: Sequence[Cell]
    texts: Sequence[str]
    sorts: bool
    """Whether its figures are of one unit: only these are sorted as numbers."""

    @property
    def is_change(self) -> bool:
        """Whether it says how much more or less."""
        return any(cell.signed and cell.kind == "amount" for cell in self.cells)

    def names(self, part: range) -> list[str]:
        """What is no number in its head and those rows."""
        texts = (self.texts[number] for number in part if not _is_number(self.cells[number]))
        return [self.head, *texts]


def table_blocks(table: Table, shown: range | None = None) -> Iterator[dict[str, Any] | list[Part]]:
    """The rows as ``data_table`` blocks; totals as paragraphs, for a reader sorts the rows.

    More than 20 columns are tables beside each other, each with the first column.

    Args:
        table: The whole; figures are written as they are in it, whichever part is shown.
        shown: Numbers of the rows of one page; all of them where it is None.
    """
    every = [*table.rows, *table.totals]
    columns = []
    for index, column in enumerate(table.columns):
        cells = [row[index] for row in every]
        sorts = column.is_figure and column_unit(cells) is not None
        columns.append(_Column(heading_text(column, cells), cells, column_texts(cells), sorts))
    if not columns:
        return
    columns, told = _named_by_ends(_change_first(columns))
    count = len(table.rows)
    if not count:
        yield from context(f"{', '.join(column.head for column in columns)}: no rows.")
    first, *others = columns
    cut = False
    part = range(count) if shown is None else shown
    for at in range(0, max(len(others), 1) if part else 0, _COLUMNS - 1):
        group = [first, *others[at : at + _COLUMNS - 1]]
        names = _NAMES if shown is None else min(_NAMES, _PAGED // len(part))
        room = min(names // len(group), _NAME)
        rows = [[_raw(column, number, room) for column in group] for number in part]
        heads = [{"type": "raw_text", "text": _cut(c.head, room) or "-"} for c in group]
        cut = cut or any(_cut(text, room) != text for c in group for text in c.names(part))
        yield from _tables(heads, rows, table.offset + part.start if shown is not None else 0)
    if cut:
        yield from context("Long names are cut in the middle.")
    if told:
        yield from context("Resources of AWS are named by the end of their ARN.")
    yield from _totals(columns, range(count, len(every)))
    if said := shown_text(table if shown is None else _page_of(table, part)):
        yield from context(said)


def _change_first(columns: list[_Column]) -> list[_Column]:
    """Behind two names a phone has room for one figure: how much it changed."""
    names = next((n for n, it in enumerate(columns) if it.cells and it.cells[0].is_figure), 0)
    if names < 2:
        return columns
    figures = columns[names:]
    return [*columns[:names], *sorted(figures, key=lambda column: not column.is_change)]


def resource_end(text: str) -> str:
    """What tells an ARN from its neighbours; another text as it is.

    >>> resource_end("arn:aws:ec2:us-east-1:123456789012:instance/i-1"), resource_end("arn:x")
    ('instance/i-1', 'arn:x')
    """
    found = _ARN.fullmatch(text)
    return found[1] if found else text


def _named_by_ends(columns: list[_Column]) -> tuple[list[_Column], bool]:
    """ARNs by their ends where these tell them apart; whether there were any."""
    made = []
    for column in columns:
        ends = [column.texts[n] if cell.is_figure else resource_end(column.texts[n])
                for n, cell in enumerate(column.cells)]  # fmt: skip
        apart = len({*ends}) == len({*column.texts})
        made.append(replace(column, texts=ends) if apart else column)
    return made, any(a.texts != b.texts for a, b in zip(made, columns, strict=True))


def _page_of(table: Table, part: range) -> Table:
    """The rows of a page alone, for what is said of them."""
    whole = max(table.row_count, table.offset + len(table.rows))
    rows = table.rows[part.start : part.stop]
    offset = table.offset + (part.start if rows else 0)
    return table.model_copy(update={"rows": rows, "offset": offset, "row_count": whole})


def _tables(
    heads: list[dict[str, Any]], rows: Sequence[list[dict[str, Any]]], before: int = 0
) -> Iterator[dict[str, Any]]:
    """As many tables as the rows need; ``before`` rows stand on other pages."""
    first = 0
    caption = shorten(", ".join(cell["text"] for cell in heads), _CAPTION)
    above = _characters(heads) + len(caption)
    while first < len(rows):
        last, size = first, above
        while last < len(rows) and last < first + _ROWS:
            size += _characters(rows[last])
            if size > _CHARACTERS and last > first:
                break
            last += 1
        yield data_table(caption, [heads, *rows[first:last]])
        if last - first < len(rows):
            of = f" of {len(rows):,}" if not before else ""
            yield from context(f"Rows {before + first + 1:,} to {before + last:,}{of}.")
        first = last


def _characters(row: Sequence[dict[str, Any]]) -> int:
    return sum(len(cell["text"]) for cell in row)


def data_table(caption: str, rows: Sequence[list[dict[str, Any]]]) -> dict[str, Any]:
    """The block: a head of ``raw_text``, then rows as long as it."""
    return {
        "type": "data_table",
        "caption": caption,
        "page_size": min(len(rows) - 1, _PAGE),
        "rows": list(rows),
    }


def _raw(column: _Column, number: int, room: int) -> dict[str, Any]:
    """A cell; Slack sorts by ``value`` and shows ``text``, which is exact to its last digit."""
    cell, text = column.cells[number], column.texts[number]
    if not _is_number(cell):
        return {"type": "raw_text", "text": _cut(text, room) or "-"}
    if escaped_size(text) > _FIGURE:  # its digits are whole, its unit is a name
        digits, _, unit = text.partition(" ")
        text = f"{digits} {_cut(unit, _NAMES // _COLUMNS)}"
    if not column.sorts:
        return {"type": "raw_text", "text": text}
    return {"type": "raw_number", "value": float(str(cell.value)), "text": text}


def _is_number(cell: Cell) -> bool:
    return cell.is_figure and decimal_of(cell.value) is not None


def _cut(text: str, room: int) -> str:
    """A name as long as its part of the row may be."""
    found, width = text, room
    while escaped_size(found) > room:
        found = shorten(text, width)
        width = width * 3 // 4
    return found


def _totals(columns: Sequence[_Column], numbers: range) -> Iterator[list[Part]]:
    """Totals in words; those of one figure each, in several currencies, in one line."""
    made = [_total(columns, number) for number in numbers]
    alike = {(names, tuple(head for head, _ in figures)) for names, figures in made}
    if len(made) > 1 and len(alike) == 1 and all(len(figures) == 1 for _, figures in made):
        names, [(head, _)] = made[0]
        texts = " and ".join(text for _, [(_, text)] in made)
        made = [(names, [(head, texts)])]
    for names, figures in made:
        said: list[Part] = [f"{names}: "]
        for place, (head, text) in enumerate(figures):
            said += ["; " if place else "", f"{head} " if head else "", text]
        yield said


def _total(columns: Sequence[_Column], number: int) -> tuple[str, list[tuple[str, str]]]:
    """What a total is of, and each figure with its column's name before it."""
    names, figures = [], []
    for column in columns:
        text = column.texts[number]
        if not column.cells[number].is_figure:
            names += [text] if text else []
        elif column.cells[number].value is not None:
            figures.append((column.head, text))
    return ", ".join(names) or "Total", figures


def context(text: str) -> Iterator[dict[str, Any]]:
    """Small lines below what they are about."""
    for piece in broken(clean(text)):
        element = {"type": "plain_text", "text": piece, "emoji": False}
        yield {"type": "context", "elements": [element]}


# --- charts ----------------------------------------------------------------------------------


def chart_blocks(chart: Chart) -> Iterator[dict[str, Any]]:
    """The chart and what belongs below it; where Slack cannot draw it, that it is left out."""
    title = clean(chart.title)
    drawn = _drawn(chart)
    if isinstance(drawn, str):
        yield from context(f"{title}: the picture is left out here; {drawn}.")
        return
    # A long one without its period, which the answer begins with; else cut, and whole below.
    brief = title if len(title) <= _TITLE else title.rpartition(", ")[0] or title
    yield data_visualization(shorten(brief, _TITLE), **drawn)
    below = [title] if len(brief) > _TITLE else []
    if below := [*below, *chart.notes]:
        yield from context("   ".join(below))


def undrawn(chart: Chart) -> str:
    """Why Slack cannot draw that chart; empty where it can."""
    drawn = _drawn(chart)
    return drawn if isinstance(drawn, str) else ""


def data_visualization(
    title: str, kind: str, categories: list[str], series: dict[str, list[float]], unit: str
) -> dict[str, Any]:
    """The block: each series has one value for each category, in their order."""
    axis: dict[str, Any] = {"categories": categories}
    if unit:
        axis["y_label"] = unit
    lines = [
        {
            "name": name,
            "data": [
                {"label": label, "value": value}
                for label, value in zip(categories, values, strict=True)
            ],
        }
        for name, values in series.items()
    ]
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {"type": kind, "series": lines, "axis_config": axis},
    }


def _drawn(chart: Chart) -> dict[str, Any] | str:
    """What Slack draws, or why it does not.

    Slack needs a value everywhere and would draw an unknown one as zero. It has no floating bars
    for the steps of a change, and does not stack: several series over time are lines.
    """
    labels = [shorten(label, _LABEL) or "-" for label in chart.labels]
    unit = shorten(chart.unit, _LABEL)
    names = [shorten(item.name, _LABEL) or unit or "Count" for item in chart.series]
    figures = {
        name: [_number(chart, value) for value in item.values]
        for name, item in zip(names, chart.series, strict=True)
    }
    known = {name: [v for v in values if v is not None] for name, values in figures.items()}
    why = {
        "Slack has no chart of steps": chart.kind == "change",
        f"it has more than {_CATEGORIES} labels": len(labels) > _CATEGORIES,
        f"it has more than {_SERIES} series": len(names) > _SERIES,
        "it has nothing to draw": not labels or not chart.title,
        f"its names are the same in their first and last {_LABEL // 2} characters": (
            len({*labels}) < len(labels) or len({*names}) < len(names)
        ),
        "not all of its values are known": (
            any(value is None for item in chart.series for value in item.values)
        ),
        "its values have more digits than Slack can draw": (
            any(len(values) < len(labels) for values in known.values())
        ),
    }
    for reason, holds in why.items():
        if holds:
            return reason
    kind = "line" if len(names) > 1 and len(labels) > 3 else "bar"
    return {"kind": kind, "categories": labels, "series": known, "unit": unit}


def _number(chart: Chart, value: Decimal | None) -> float | None:
    """The printed figure as JSON has numbers; None where it would read differently."""
    if value is None:
        return None
    printed = Decimal(chart.figure(value).removesuffix("%").replace(",", ""))
    number = float(printed)
    return number if Decimal(repr(number)) == printed else None
