"""Charts in a terminal: bars of block characters, with their figures beside them.

Drawn with Rich, which knows the width and the colours of the terminal. Where there is no colour,
series differ by their pattern.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from tagwright.blocks import summed
from tagwright.money import EXACT
from tagwright.render.palette import LESS, MORE, ONE, SERIES
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from tagwright.blocks import Chart

__all__ = ["can_draw", "print_chart", "print_sparkline"]

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_RISING = " ▁▂▃▄▅▆▇█"
_PATTERNS = "█▓▒░▚▞"
_NAME_WIDTH = 30
_ROWS = 31
"""A month of days is read line by line; longer trends stand upright."""
_HEIGHT = 8


def print_chart(out: Console, chart: Chart) -> None:
    """Draw a chart into the width of a console that can show it (:func:`can_draw`)."""
    out.print(Text(_with_unit(chart), style="bold"))
    if chart.kind == "stack" and len(chart.labels) <= _ROWS:
        _print_stack(out, chart)
    elif chart.kind == "change":
        _print_change(out, chart)
    elif chart.kind in ("trend", "stack") and len(chart.labels) > _ROWS:
        _print_columns(out, chart)
    else:
        _print_bars(out, chart)
    for note in chart.notes:
        out.print(Text(note, style="dim"))


def can_draw(out: Console) -> bool:
    """Whether the terminal is wide enough, and can print block characters."""
    if out.width < 40:
        return False
    try:
        (_EIGHTHS + _PATTERNS + _RISING).encode(out.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _with_unit(chart: Chart) -> str:
    return f"{chart.title} ({chart.unit})" if chart.unit else chart.title


def _grid(out: Console, names: Sequence[str], figures: Sequence[str], extra: int = 0
          ) -> tuple[Table, int, int]:  # fmt: skip
    """A table of name, bar and figure; with the widths of the name and of the bar."""
    wide = min(max(len(name) for name in names), _NAME_WIDTH)
    beside = max(len(figure) for figure in figures)
    room = max(out.width - wide - beside - extra - 4, 8)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=wide, no_wrap=True)
    table.add_column(width=room, no_wrap=True)
    table.add_column(width=beside, justify="right", no_wrap=True)
    return table, wide, room


def _print_bars(out: Console, chart: Chart) -> None:
    values = chart.series[0].values
    figures = [chart.figure(value) for value in values]
    shares = chart.shares() if chart.kind == "pareto" else []
    table, wide, room = _grid(out, chart.labels, figures, 7 if shares else 0)
    if shares:
        table.add_column(width=6, justify="right", no_wrap=True)
        table.add_row("", "", "", Text("so far", style="dim"))
    low, high = _span(values)
    for index, (label, value) in enumerate(zip(chart.labels, values, strict=True)):
        bar = Text(_bar(Decimal(0), value or Decimal(0), low, high, room))
        bar.stylize(MORE if chart.kind == "pareto" else ONE)
        row = [Text(shorten(label, wide)), bar, Text(figures[index])]
        table.add_row(*row, *([Text(shares[index], style="dim")] if shares else []))
    out.print(table)


def _span(values: Sequence[Decimal | None]) -> tuple[Decimal, Decimal]:
    there = [value for value in values if value is not None]
    return min([Decimal(0), *there]), max([Decimal(0), *there])


def _bar(start: Decimal, end: Decimal, low: Decimal, high: Decimal, width: int) -> str:
    """Blocks from ``start`` to ``end`` on a scale from ``low`` to ``high``, in eighths.

    What is not zero is seen.

    >>> _bar(Decimal(0), Decimal(5), Decimal(0), Decimal(8), 2)
    '█▎'
    """
    if high == low or start == end:
        return ""
    left, right = min(start, end), max(start, end)
    scale = (high - low) / (width * 8)
    first, last = int((left - low) / scale), int((right - low) / scale)
    last = max(last, first + 1)
    if first == 0:
        return "█" * (last // 8) + _EIGHTHS[last % 8].strip()
    # A bar that begins in the middle begins at a whole block: there are no right-hand eighths.
    begin = min(round(first / 8), width - 1)
    length = max(last - begin * 8, 1)
    return " " * begin + "█" * (length // 8) + _EIGHTHS[length % 8].strip()


def _print_change(out: Console, chart: Chart) -> None:
    """A waterfall lying on its side: each step begins where the one before it ended."""
    values = [value or Decimal(0) for value in chart.series[0].values]
    last = len(values) - 1
    figures = [chart.figure(value, sign=0 < index < last) for index, value in enumerate(values)]
    steps = chart.steps()
    stops = [stop for _, stop in steps]
    table, wide, room = _grid(out, chart.labels, figures)
    low, high = chart.floor(), max([*stops, Decimal(0)])
    for index, (label, (start, stop)) in enumerate(zip(chart.labels, steps, strict=True)):
        whole = index in (0, last)
        colour = ONE if whole else LESS if stop < start else MORE
        bar = Text(_bar(low if whole else start, stop, low, high, room), style=colour)
        style = "bold" if whole else ""
        table.add_row(Text(shorten(label, wide), style), bar, Text(figures[index], style))
    out.print(table)
    if low:
        said = f"The bars begin at {chart.figure(low)}, not at 0, so that the steps are seen."
        out.print(Text(said, style="dim"))


def _print_stack(out: Console, chart: Chart) -> None:
    totals = [chart.total(index) for index in range(len(chart.labels))]
    figures = [chart.figure(total) for total in totals]
    table, wide, room = _grid(out, chart.labels, figures)
    colour = out.color_system is not None
    reach = max(
        (
            sum((item.values[index] or Decimal(0) for item in chart.series
                 if (item.values[index] or 0) > 0), Decimal(0))
            for index in range(len(chart.labels))
        ),
        default=Decimal(0),
    )  # fmt: skip
    below = any((value or 0) < 0 for item in chart.series for value in item.values)
    for index, label in enumerate(chart.labels):
        bar, drawn, run = Text(), 0, Decimal(0)
        for number, item in enumerate(chart.series):
            value = item.values[index]
            if value is None or value <= 0 or not reach:
                continue
            run = EXACT.add(run, value)
            cells = int((run / reach * room).to_integral_value()) - drawn
            bar.append(_mark(number, colour=colour) * cells, style=SERIES[number])
            drawn += cells
        table.add_row(Text(shorten(label, wide)), bar, Text(figures[index]))
    out.print(table)
    _print_legend(out, chart, colour=colour)
    if below:
        out.print(Text("Negative amounts have no length; the figures hold them.", style="dim"))


def _print_legend(out: Console, chart: Chart, *, colour: bool) -> None:
    """Names with their marks, as many in a line as have room."""
    line = Text()
    for number, item in enumerate(chart.series):
        entry = Text(_mark(number, colour=colour) * 2, style=SERIES[number])
        entry.append(f" {shorten(item.name, _NAME_WIDTH)}", style="none")
        if line and line.cell_len + 3 + entry.cell_len > out.width:
            out.print(line)
            line = Text()
        line = line + Text("   ") + entry if line else entry
    out.print(line)


def _mark(number: int, *, colour: bool) -> str:
    return "█" if colour else _PATTERNS[number]


def _print_columns(out: Console, chart: Chart) -> None:
    """Upright columns for a long trend; a label at the first, the largest and the last."""
    labels = list(chart.labels)
    totals = [chart.total(index) for index in range(len(labels))]
    beside = _widest(chart, totals)
    folded = -(-len(totals) // max(out.width - beside - 1, 1))
    if folded > 1 and chart.unit == "%":
        said = f"{len(totals):,} points need a wider terminal, or --chart-file."
        out.print(Text(said, style="dim"))
        return
    if folded > 1:
        totals = [_together(totals[at : at + folded]) for at in range(0, len(totals), folded)]
        labels = labels[::folded]
        beside = _widest(chart, totals)
    low, high = _span(totals)
    figures = [chart.figure(value) for value in (low, high)]
    heights = _heights(totals, _HEIGHT * 8)
    for line in range(_HEIGHT - 1, -1, -1):
        head = figures[1] if line == _HEIGHT - 1 else figures[0] if line == 0 else ""
        blocks = "".join(_RISING[min(max(height - line * 8, 0), 8)] for height in heights)
        out.print(Text(f"{head:>{beside}} ") + Text(blocks, style=ONE))
    largest = max(
        (index for index, value in enumerate(totals) if value is not None),
        key=lambda index: (totals[index] or Decimal(0), -index),
    )
    first, last = labels[0], labels[-1]
    gap = max(len(totals) - len(first) - len(last), 1)
    out.print(Text(f"{'':{beside}} {first}{'':{gap}}{last}", style="dim"))
    most = f"Highest: {chart.figure(totals[largest])} at {labels[largest]}."
    out.print(Text(most, style="dim"))
    if folded > 1:
        rest = len(chart.labels) % folded
        said = f"Each column is {folded} of them together"
        said += f", the last is {rest}." if rest else "."
        out.print(Text(said, style="dim"))
    if chart.kind == "stack":
        out.print(Text("The groups are drawn as one: by month they are seen apart.", style="dim"))


def print_sparkline(out: Console, chart: Chart) -> None:
    """A ``trend`` as one line of small columns, and below it where it began, peaked and ended."""
    values = chart.series[0].values
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    if not known:
        return
    folded = -(-len(values) // out.width)
    parts = (values[at : at + folded] for at in range(0, len(values), folded))
    # The highest of neighbours: a sum would make the last column low where there are fewer.
    columns = [max((value for value in part if value is not None), default=None) for part in parts]
    line = "".join(
        " " if value is None else _RISING[max(height, 1)]
        for value, height in zip(columns, _heights(columns, 8), strict=True)
    )
    out.print(Text(_with_unit(chart), style="bold"))
    out.print(Text(line, style=ONE))
    at, most = max(known, key=lambda item: (item[1], -item[0]))
    said = (
        f"First {chart.figure(known[0][1])}, highest {chart.figure(most)} at {chart.labels[at]}, "
    )
    said += f"last {chart.figure(known[-1][1])}."
    if folded > 1:
        said += f" Each column is the highest of {folded}."
    out.print(Text(said, style="dim"))
    for note in chart.notes:
        out.print(Text(note, style="dim"))


def _heights(values: Sequence[Decimal | None], most: int) -> list[int]:
    """Of columns on a scale from 0, or the lowest below it, to the highest; unknown is 0."""
    low, high = _span(values)
    step = (high - low) / most if high > low else Decimal(1)
    return [0 if value is None else int((value - low) / step) for value in values]


def _together(values: Sequence[Decimal | None]) -> Decimal | None:
    there = [value for value in values if value is not None]
    return summed(there) if there else None


def _widest(chart: Chart, values: Sequence[Decimal | None]) -> int:
    return max(len(chart.figure(value)) for value in (*values, Decimal(0)))
