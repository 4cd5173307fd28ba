"""Charts as PNG, for Slack and for files, drawn by Matplotlib.

Matplotlib is an extra (``charts``): large, and not needed to answer.
The figure is made without ``pyplot``, whose global state is not for servers with threads.
"""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.errors import ConfigError
from tagwright.extras import how_to_install
from tagwright.render.palette import INK, LESS, LINE, MORE, ONE, PAGE, SERIES, SOFT
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from tagwright.blocks import Chart

__all__ = ["png"]

_WIDTH, _DPI = 8.0, 150
"""Inches: 1,200 pixels wide, what Slack shows sharply on a laptop and a phone."""
_NAME = 34
_MARKS = 8


def png(chart: Chart) -> bytes:
    """The chart as a PNG image, 1,200 pixels wide.

    Lengths are drawn from floats; every printed figure is the exact decimal, rounded.

    Raises:
        ConfigError: Matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError(
            "Pictures need Matplotlib, which is not installed.",
            hint=how_to_install("charts"),
        ) from None
    bars = chart.kind in ("ranked", "pareto", "change")
    height = max(2.6, 0.34 * len(chart.labels) + 1.3) if bars else 4.2
    # Text from bills is never read as mathematics: a "$" in it would be.
    with rc_context({"text.parse_math": False, "font.family": "sans-serif", "font.size": 10}):
        figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, facecolor=PAGE, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        figure.suptitle(
            _wrapped(f"{chart.title} ({chart.unit})" if chart.unit else chart.title),
            x=0.012, ha="left", fontsize=12, fontweight="bold", color=INK,
        )  # fmt: skip
        _plain(axes)
        _DRAW[chart.kind](axes, chart)
        if below := [*chart.notes, *([f"Receipt {chart.receipt}"] if chart.receipt else [])]:
            figure.supxlabel("   ".join(below), x=0.012, ha="left", fontsize=8, color=SOFT)
        image = io.BytesIO()
        canvas.print_png(  # type: ignore[no-untyped-call]
            image, metadata={"Software": "Tagwright", "Title": chart.title}
        )
    return image.getvalue()


def _wrapped(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, 84)[:2])


def _plain(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(length=0, colors=SOFT, labelsize=9)
    axes.set_axisbelow(True)


def _floats(values: Sequence[Decimal | None]) -> list[float]:
    return [float(value or 0) for value in values]


def _axis_of_figures(axes: Axes, chart: Chart) -> None:
    """Ticks in whole thousands and a light grid across."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def text(value: float, _position: int) -> str:
        return f"{value:,.0f}%" if chart.unit == "%" else f"{value:,.10g}"

    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.yaxis.set_major_formatter(FuncFormatter(text))
    axes.grid(axis="y", color=LINE, linewidth=0.7)


def _marks(axes: Axes, labels: Sequence[str]) -> None:
    """As many labels as have room."""
    step = max(1, -(-len(labels) // _MARKS))
    places = range(0, len(labels), step)
    axes.set_xticks(list(places), [labels[place] for place in places])
    axes.set_xlim(-0.6, len(labels) - 0.4)


def _trend(axes: Axes, chart: Chart) -> None:
    values = chart.series[0].values
    few = len(values) <= 12
    places = [index for index, value in enumerate(values) if value is not None]
    bars = axes.bar(places, _floats([values[index] for index in places]), width=0.78, color=ONE)
    if few:
        axes.bar_label(
            bars, [chart.figure(values[index]) for index in places],
            padding=2, fontsize=8.5, color=INK,
        )  # fmt: skip
    else:
        top = max(places, key=lambda index: values[index] or Decimal(0))
        axes.annotate(
            f"{chart.figure(values[top])}\n{chart.labels[top]}",
            (top, float(values[top] or 0)), textcoords="offset points", xytext=(0, 4),
            ha="center", fontsize=8.5, color=INK,
        )  # fmt: skip
    axes.margins(y=0.16)
    _axis_of_figures(axes, chart)
    _marks(axes, chart.labels)


def _stack(axes: Axes, chart: Chart) -> None:
    size = len(chart.labels)
    above, below = [0.0] * size, [0.0] * size
    for number, item in enumerate(chart.series):
        values = _floats(item.values)
        base = [above[at] if value >= 0 else below[at] for at, value in enumerate(values)]
        axes.bar(
            range(size), values, 0.78, bottom=base, color=SERIES[number],
            label=shorten(item.name, _NAME), edgecolor=PAGE, linewidth=0.4 if size <= 40 else 0,
        )  # fmt: skip
        for at, value in enumerate(values):
            if value >= 0:
                above[at] += value
            else:
                below[at] += value
    if size <= 12:
        for at in range(size):
            axes.annotate(
                chart.figure(chart.total(at)), (at, above[at]), textcoords="offset points",
                xytext=(0, 3), ha="center", fontsize=8.5, color=INK,
            )  # fmt: skip
    axes.margins(y=0.12)
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9, labelcolor=INK,
        reverse=True, handlelength=1.0, handleheight=1.0,
    )  # fmt: skip
    _axis_of_figures(axes, chart)
    _marks(axes, chart.labels)


def _lying(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), [shorten(label, _NAME) for label in labels], color=INK)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _ranked(axes: Axes, chart: Chart) -> None:
    values = chart.series[0].values
    bars = axes.barh(range(len(values)), _floats(values), color=ONE, height=0.72)
    figures = [chart.figure(value) for value in values]
    if chart.kind == "pareto":
        for bar in bars:
            bar.set_color(MORE)
        shares = chart.shares() or ["0.0%"] * len(figures)
        figures = [
            f"{figure}  \u00b7  {share} so far"
            for figure, share in zip(figures, shares, strict=True)
        ]
    axes.bar_label(bars, figures, padding=4, fontsize=8.5, color=INK)
    axes.margins(x=0.3 if chart.kind == "pareto" else 0.18)
    _lying(axes, chart.labels)
    axes.axvline(0, color=LINE, linewidth=1)


def _change(axes: Axes, chart: Chart) -> None:
    values = [value or Decimal(0) for value in chart.series[0].values]
    last = len(values) - 1
    steps = chart.steps()
    colours = [
        ONE if index in (0, last) else LESS if stop < start else MORE
        for index, (start, stop) in enumerate(steps)
    ]
    bars = axes.barh(
        range(len(values)), _floats(values), left=_floats([start for start, _ in steps]),
        color=colours, height=0.72,
    )  # fmt: skip
    for index in range(1, last):
        if values[index] < 0:
            bars[index].set_hatch("////")
            bars[index].set_edgecolor(PAGE)
    for index, value in enumerate(values):
        axes.annotate(
            chart.figure(value, sign=0 < index < last),
            (float(max(steps[index])), index), textcoords="offset points",
            xytext=(4, 0), va="center", fontsize=8.5, color=INK,
            fontweight="bold" if index in (0, last) else "normal",
        )  # fmt: skip
    if low := chart.floor():
        most = max(stop for _, stop in steps)
        axes.set_xlim(float(low), float(most + (most - low) * Decimal("0.18")))
        axes.set_title(
            f"The axis begins at {chart.figure(low)}, not at 0.",
            loc="right", fontsize=8, color=SOFT,
        )  # fmt: skip
    else:
        axes.margins(x=0.18)
    _lying(axes, chart.labels)


_DRAW: dict[str, Any] = {
    "trend": _trend,
    "stack": _stack,
    "ranked": _ranked,
    "pareto": _ranked,
    "change": _change,
}
