"""A chart as a Vega-Lite specification, made with altair.

Text from a bill stands in the values of the data and nowhere else: Vega never reads it as an
expression, a field name or a link. Bars are as long as floats say; every figure that is printed
is the chart's own exact text. Axes, ticks and legends are marks too, so that Vega formats nothing.

Importing this needs the ``charts`` extra; :mod:`tagwright.render.picture` says so where it lacks.
"""

from __future__ import annotations

import textwrap
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import east_asian_width

import altair as alt

from tagwright.blocks import summed
from tagwright.render.palette import INK, LESS, LINE, MORE, ONE, PAGE, SERIES, SOFT
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tagwright.blocks import Chart

__all__ = ["WIDTH", "vega_lite"]

WIDTH = 800
"""Pixels of the specification; a picture may be drawn larger."""
_EDGE = 16
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first one is part of vl-convert, the others of most machines that open an SVG."""
_TEXT, _SMALL, _TITLE = 11.5, 10, 15
_NAME = 34
_NAMES = 230
"""Pixels for names beside bars; Vega cuts what is wider."""
_ROW = 26
_COLUMNS = 250
"""Pixels of height of upright columns."""
_ABOVE = 16
"""Pixels for a figure over a column that reaches the uppermost tick."""
_SO_FAR = 200
"""Pixels for what the first bars of a Pareto make up together."""

Row = dict[str, Any]


def vega_lite(chart: Chart) -> dict[str, Any]:
    """The specification: one view of layers, 800 pixels wide, valid by altair's schema."""
    title = f"{chart.title} ({chart.unit})" if chart.unit else chart.title
    heads = _lines(title, 92, 2)
    top = _EDGE + 20 * len(heads) + 10
    words = [
        _word(line, _EDGE + 20 * at, size=_TITLE, bold=True, color=INK)
        for at, line in enumerate(heads)
    ]
    if chart.kind == "change" and (low := chart.floor()):
        words.append(_word(f"The axis begins at {chart.figure(low)}, not at 0.", top - 8))
        top += 14
    draw = _columns if chart.kind in {"trend", "stack"} else _bars
    layers, bottom = draw(chart, top)
    receipt = [f"Receipt {chart.receipt}"] if chart.receipt else []
    feet = _lines(" \u00b7 ".join([*receipt, *chart.notes]), 140, 3)
    words += [_word(line, bottom + 14 + 14 * at) for at, line in enumerate(feet)]
    height = bottom + 14 * len(feet) + _EDGE + (6 if feet else 0)
    view = alt.layer(
        *layers, *words, width=WIDTH, height=height, padding=0, background=PAGE,
        autosize=alt.AutoSizeParams(type="none"),
        config=alt.Config(font=_FONT, aria=False, view=alt.ViewConfig(stroke=None)),
    )  # fmt: skip
    found: dict[str, Any] = view.to_dict(validate=False)  # the tests do, which is slow
    return found


# --- text ------------------------------------------------------------------------------------


def _said(text: str, length: int) -> str:
    """Text that can be shown, and that XML can hold: two characters can stand in none."""
    return shorten(text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd"), length)


def _lines(text: str, width: int, most: int) -> list[str]:
    """At most so many lines; the last one says where more was cut off."""
    return textwrap.wrap(_said(text, width * most), width, max_lines=most, placeholder=" …")


def _wide(text: str, size: float = _TEXT) -> float:
    """About how many pixels a text takes: rather too many."""
    return size * sum(
        1.0 if east_asian_width(char) in "WF" else 0.8 if char.isupper() or char in "mw%@" else 0.56
        for char in text
    )


def _word(
    text: str, y: float, *, size: float = _SMALL, bold: bool = False, color: str = SOFT
) -> alt.Chart:
    """A line that begins at the left edge; ``y`` is its top."""
    mark: alt.Chart = alt.Chart(_data([{"text": text}])).mark_text(
        align="left", baseline="top", fontSize=size, color=color,
        fontWeight="bold" if bold else "normal", limit=WIDTH - 2 * _EDGE,
    )  # fmt: skip
    return mark.encode(x=alt.XValue(_EDGE), y=alt.YValue(y), text=alt.Text("text:N"))


def _data(rows: Sequence[Row]) -> alt.InlineData:
    return alt.InlineData(values=list(rows))


# --- bars that lie: ranked, pareto, change ---------------------------------------------------


def _bars(chart: Chart, top: float) -> tuple[list[alt.Chart], float]:
    """Layers, and where they end."""
    rows = _bar_rows(chart)
    shares = chart.shares() if chart.kind == "pareto" else []
    left = _EDGE + min(max(_wide(row["name"]) for row in rows), _NAMES) + 10
    end = WIDTH - _EDGE - (_SO_FAR if shares else 0)
    right = end - max(_wide(row["figure"]) for row in rows) - 8
    low = chart.floor() if chart.kind == "change" else Decimal(0)
    reach = [float(low), *(row[side] for row in rows for side in ("start", "stop"))]
    if low:
        rows[0]["start"] = rows[-1]["start"] = float(low)
        reach = [value for value in reach if value >= float(low)]
    first, last = min(reach), max(reach)
    scale = _scale(first, last if last > first else first + 1, left, right)
    bottom = top + _ROW * len(rows)
    at = alt.Y("at:O", axis=None, scale=_bands(len(rows), top, bottom))
    base = alt.Chart(_data([{"zero": max(first, 0.0)}])).mark_rule(color=LINE)
    layers = [
        base.encode(
            x=alt.X("zero:Q", axis=None, scale=scale), y=alt.YValue(top), y2=alt.Y2Value(bottom)
        )
    ]
    if chart.kind == "change":
        layers.append(_links(rows, scale, at))
    # What is not zero is seen: each bar has an edge.
    for kind, fill, edge in (("one", ONE, ONE), ("more", MORE, MORE), ("less", PAGE, LESS)):
        own = [row for row in rows if row["kind"] == kind and row["start"] != row["stop"]]
        if own:
            mark = alt.Chart(_data(own)).mark_bar(
                fill=fill, stroke=edge, strokeWidth=1 if fill == edge else 2
            )
            layers.append(
                mark.encode(x=alt.X("start:Q", axis=None, scale=scale), x2=alt.X2("stop"), y=at)
            )
    for bold in (False, True):
        own = [row for row in rows if row["bold"] == bold]
        if own:
            style: Row = {
                "color": INK,
                "fontSize": _TEXT,
                "fontWeight": "bold" if bold else "normal",
            }
            words = alt.Chart(_data(own))
            names = words.mark_text(align="right", limit=_NAMES, **style)
            layers.append(names.encode(x=alt.XValue(left - 8), y=at, text=alt.Text("name:N")))
            figures = words.mark_text(align="left", dx=6, **style)
            layers.append(
                figures.encode(
                    x=alt.X("end:Q", axis=None, scale=scale), y=at, text=alt.Text("figure:N")
                )
            )
    if shares:
        layers += _so_far(shares, at, top, bottom)
    return layers, bottom


def _bar_rows(chart: Chart) -> list[Row]:
    values = [value or Decimal(0) for value in chart.series[0].values]
    change = chart.kind == "change"
    reach = chart.steps() if change else [(Decimal(0), value) for value in values]
    rows: list[Row] = []
    for at, (start, stop) in enumerate(reach):
        step = change and 0 < at < len(values) - 1
        kind = "more" if step or chart.kind == "pareto" else "one"
        rows.append({
            "at": at, "name": _said(chart.labels[at], _NAME),
            "figure": chart.figure(chart.series[0].values[at], sign=step),
            "start": float(start), "stop": float(stop), "end": float(max(start, stop)),
            "kind": "less" if step and stop < start else kind, "bold": change and not step,
        })  # fmt: skip
    return rows


def _links(rows: Sequence[Row], scale: alt.Scale, at: alt.Y) -> alt.Chart:
    """Thin lines from where a step ends to where the next one begins."""
    lines = [
        {"stop": row["stop"], "at": row["at"], "next": row["at"] + 1} for row in rows[:-1]
    ]  # fmt: skip
    mark: alt.Chart = alt.Chart(_data(lines)).mark_rule(color=SOFT, strokeWidth=0.8)
    return mark.encode(x=alt.X("stop:Q", axis=None, scale=scale), y=at, y2=alt.Y2("next"))


def _so_far(shares: Sequence[str], at: alt.Y, top: float, bottom: float) -> list[alt.Chart]:
    """Beside a Pareto's bars: a line from 0 to 100 % down the rows, and the figures."""
    parts = [Decimal(share.rstrip("%").replace(",", "")) for share in shares]
    low, high = min(Decimal(0), *parts), max(Decimal(100), *parts)
    left, right = WIDTH - _EDGE - _SO_FAR + 26, WIDTH - _EDGE - 54
    # In pixels, not on the scale of the amounts.
    zero, whole, *places = (
        left + float((part - low) / (high - low)) * (right - left)
        for part in (Decimal(0), Decimal(100), *parts)
    )
    rows: list[Row] = [
        {"at": number, "place": place, "share": share}
        for number, (place, share) in enumerate(zip(places, shares, strict=True))
    ]
    x = alt.X("place:Q", axis=None, scale=None)
    data = alt.Chart(_data(rows))
    head = alt.Chart(_data([{"text": "so far"}])).mark_text(
        align="right", baseline="bottom", color=SOFT, fontSize=_SMALL
    )
    edges = alt.Chart(_data([{"place": zero}, {"place": whole}])).mark_rule(color=LINE)
    return [
        edges.encode(x=x, y=alt.YValue(top), y2=alt.Y2Value(bottom)),
        data.mark_line(color=SOFT, point=alt.OverlayMarkDef(color=SOFT, size=26)).encode(
            x=x, y=at, order=alt.Order("at:O")
        ),
        data.mark_text(align="right", color=SOFT, fontSize=_TEXT).encode(
            x=alt.XValue(WIDTH - _EDGE), y=at, text=alt.Text("share:N")
        ),
        head.encode(x=alt.XValue(WIDTH - _EDGE), y=alt.YValue(top), text=alt.Text("text:N")),
    ]


# --- columns that stand: trend, stack --------------------------------------------------------


def _columns(chart: Chart, top: float) -> tuple[list[alt.Chart], float]:
    """Layers, and where they end."""
    count = len(chart.labels)
    above, below = _ends(chart, positive=True), _ends(chart, positive=False)
    high = max([*above, Decimal(100 if chart.unit == "%" else 0)])
    ticks = _ticks(min([*below, Decimal(0)]), high)
    marks: list[Row] = [
        {"value": float(tick), "text": f"{tick:,f}{'%' if chart.unit == '%' else ''}"}
        for tick in ticks
    ]
    names = [_said(item.name, _NAME) for item in chart.series]
    legend = min(max(map(_wide, names)) + 32, _NAMES) if chart.kind == "stack" else 0
    left = _EDGE + max(_wide(mark["text"], _SMALL) for mark in marks) + 6
    right, ground = WIDTH - _EDGE - (legend or 12), top + _ABOVE + _COLUMNS
    x = alt.X("at:O", axis=None, scale=_bands(count, left, right))
    scale = _scale(float(ticks[0]), float(ticks[-1]), ground, top + _ABOVE)
    grid = alt.Chart(_data(marks))
    layers: list[alt.Chart] = [
        grid.mark_rule(color=LINE).encode(
            x=alt.XValue(left), x2=alt.X2Value(right), y=alt.Y("value:Q", axis=None, scale=scale)
        ),
        grid.mark_text(align="right", color=SOFT, fontSize=_SMALL).encode(
            x=alt.XValue(left - 6),
            y=alt.Y("value:Q", axis=None, scale=scale),
            text=alt.Text("text:N"),
        ),
    ]
    rows = [
        {"at": at, "series": number, "value": float(value)}
        for number, item in enumerate(chart.series)
        for at, value in enumerate(item.values)
        if value
    ]
    if rows:
        bars = alt.Chart(_data(rows)).mark_bar(
            stroke=PAGE, strokeWidth=0.8 if chart.kind == "stack" and count <= 40 else 0
        )
        colors = [ONE] if chart.kind == "trend" else list(SERIES)
        palette = alt.Scale(domain=list(range(len(colors))), range=colors)
        layers.append(bars.encode(
            x=x, y=alt.Y("value:Q", axis=None, scale=scale, stack="zero"),
            order=alt.Order("series:O"), color=alt.Color("series:O", scale=palette, legend=None),
        ))  # fmt: skip
    band = (right - left) / count
    layers += _labels(chart, x, band, ground)
    layers += _figures(chart, x, scale, band, above)
    if legend:
        layers += _legend(names, right + 14, top + _ABOVE)
    return layers, ground + 22


def _ends(chart: Chart, *, positive: bool) -> list[Decimal]:
    """How far the columns reach above zero, or below it."""
    return [
        summed(
            value
            for item in chart.series
            if (value := item.values[at]) is not None and (value > 0) == positive
        )
        for at in range(len(chart.labels))
    ]


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round figures from below the lowest to above the highest, at most eight.

    >>> [str(tick) for tick in _ticks(Decimal(0), Decimal("4711.08"))]
    ['0', '1000', '2000', '3000', '4000', '5000']
    """
    span = high - low or Decimal(1)
    power = Decimal(1).scaleb(span.adjusted() - 1)
    step = next(power * size for size in (2, 5, 10, 20) if span / (power * size) <= 6)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = ((low + span) / step).to_integral_value(ROUND_CEILING)
    return [_plain(step * number) for number in range(int(first), int(last) + 1)]


def _plain(value: Decimal) -> Decimal:
    """Without zeros at the end of its decimals, and without an exponent."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def _labels(chart: Chart, x: alt.X, band: float, ground: float) -> list[alt.Chart]:
    """As many labels as have room."""
    names = [_said(label, _NAME) for label in chart.labels]
    every = max(1, -(-int(max(_wide(name, _SMALL) for name in names) + 10) // int(band or 1)))
    rows = [{"at": at, "text": names[at]} for at in range(0, len(names), every)]
    mark = alt.Chart(_data(rows)).mark_text(
        baseline="top", color=SOFT, fontSize=_SMALL, limit=max(band * every - 4, 20)
    )
    return [mark.encode(x=x, y=alt.YValue(ground + 6), text=alt.Text("text:N"))]


def _figures(
    chart: Chart, x: alt.X, scale: alt.Scale, band: float, above: Sequence[Decimal]
) -> list[alt.Chart]:
    """The figure over each column where all have room; else over the highest, with its label."""
    totals = [chart.total(at) for at in range(len(chart.labels))]
    there = [at for at, total in enumerate(totals) if total is not None]
    if not there:
        return []
    rows: list[Row] = [
        {"at": at, "top": float(above[at]), "text": chart.figure(totals[at])} for at in there
    ]
    align: Literal["left", "center", "right"] = "center"
    shift, wide = 0.0, max(_wide(row["text"]) for row in rows)
    if wide > band:
        rows = [max(rows, key=lambda row: (above[row["at"]], -row["at"]))]
        rows[0]["text"] += f" \u00b7 {_said(chart.labels[rows[0]['at']], _NAME)}"
        wide = _wide(rows[0]["text"])
        place = rows[0]["at"] / len(totals)
        if not 0.15 < place < 0.85:  # it would stand out of the picture
            align, shift = ("left", wide / 2) if place < 0.5 else ("right", -wide / 2)
    data, top = alt.Chart(_data(rows)), alt.Y("top:Q", axis=None, scale=scale)
    blank = data.mark_bar(  # no line of the grid goes through a figure
        color=PAGE, width=wide, xOffset=shift, yOffset=-3, y2Offset=-15
    )
    text = data.mark_text(baseline="bottom", dy=-3, color=INK, fontSize=_TEXT, align=align)
    return [
        blank.encode(x=x, y=top, y2=alt.Y2("top")),
        text.encode(x=x, y=top, text=alt.Text("text:N")),
    ]


def _legend(names: Sequence[str], left: float, top: float) -> list[alt.Chart]:
    """Names with their colours, the uppermost part of a column first."""
    layers = []
    for row, (name, color) in enumerate(reversed(list(zip(names, SERIES, strict=False)))):
        place = alt.YValue(top + 8 + 20 * row)
        one = alt.Chart(_data([{"text": name}]))
        square = one.mark_point(shape="square", filled=True, opacity=1, size=120, color=color)
        text = one.mark_text(align="left", color=INK, fontSize=_TEXT, limit=WIDTH - left - 34)
        layers.append(square.encode(x=alt.XValue(left + 6), y=place))
        layers.append(text.encode(x=alt.XValue(left + 18), text=alt.Text("text:N"), y=place))
    return layers


# --- scales ----------------------------------------------------------------------------------


def _scale(low: float, high: float, first: float, last: float) -> alt.Scale:
    return alt.Scale(domain=[low, high], range=[first, last], nice=False, zero=False)


def _bands(count: int, first: float, last: float) -> alt.Scale:
    places: Iterable[int] = range(count)
    return alt.Scale(
        domain=list(places), range=[first, last],
        paddingInner=0.26 if count <= 60 else 0.1, paddingOuter=0.13,
    )  # fmt: skip
