"""Charts as PNG and SVG: the right size, colours where they belong, text as data, no network.

The first picture of a process starts the engine of vl-convert, which takes about a second.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, get_args
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from charts import chart, series
from tagwright.blocks import Chart, ChartKind
from tagwright.errors import ConfigError
from tagwright.extras import how_to_install
from tagwright.render.palette import LESS, MORE, ONE, SERIES
from tagwright.render.picture import png, svg

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("vl_convert", reason="the charts extra is not installed")

from tagwright.render.vega import vega_lite


def pixels(image: bytes) -> tuple[tuple[int, int], dict[str, int]]:
    """The size, and how many pixels have each colour."""
    with Image.open(io.BytesIO(image)) as opened:
        data = opened.convert("RGB").tobytes()
        counts = Counter(data[at : at + 3].hex() for at in range(0, len(data), 3))
        return opened.size, {f"#{colour}": count for colour, count in counts.items()}


def one(kind: ChartKind, *values: str, name: str = "l") -> Chart:
    labels = tuple(f"{name}{at}" for at in range(len(values)))
    numbers = tuple(Decimal(value) for value in values)
    return chart(kind, labels, series("", numbers), title="Title")


@pytest.mark.parametrize("kind", ["trend", "ranked"])
def test_one_series_has_one_colour_in_proportion(kind: ChartKind) -> None:
    _, small = pixels(png(one(kind, "10.00", "1.00")))
    size, large = pixels(png(one(kind, "10.00", "10.00")))
    assert size[0] == 1200
    assert 1.7 < large[ONE] / small[ONE] < 1.95
    assert MORE not in large


def test_a_change_has_a_colour_for_more_and_one_for_less() -> None:
    _, colours = pixels(png(one("change", "5.00", "8.00", "-1.00", "12.00")))
    assert min(colours[MORE], colours[ONE]) > 1000
    assert LESS == ONE  # what is less is also hatched, so that it differs from a total


def test_each_series_of_a_stack_has_its_colour() -> None:
    stacked = [series(f"s{at}", (Decimal(5), Decimal(5))) for at in range(6)]
    _, colours = pixels(png(chart("stack", ("a", "b"), *stacked)))
    areas = [colours[colour] for colour in SERIES]
    assert max(areas) < 1.3 * min(areas)


HOSTILE = [
    "datum.x", "</svg><script>alert(1)</script>", r"$\frac{1}{0}$", "\"'`;{}[]\\", "x" * 10_000,
    "\u202egnp.exe", "https://evil.example/a.png", "a\nb\tc\x00\x1b[31m", "]]>&amp;<!--",
    "\uffff\ud800",
]  # fmt: skip


def hostile(kind: ChartKind) -> Chart:
    names = HOSTILE[: 6 if kind == "stack" else 1]
    return Chart(
        kind=kind, title=HOSTILE[1], unit="USD", labels=tuple(HOSTILE), notes=tuple(HOSTILE),
        series=tuple(series(name, [Decimal(5)] * len(HOSTILE)) for name in names),
    )  # fmt: skip


@pytest.mark.parametrize("kind", get_args(ChartKind))
def test_an_svg_is_shapes_and_text_alone_whatever_the_names(kind: ChartKind) -> None:
    root = ET.fromstring(svg(hostile(kind)))  # noqa: S314  it is ours
    assert root.attrib["width"] == "800"
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "rect", "path", "text", "line"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in names if name.startswith("on") or "href" in name}
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("}text")]
    assert f"{HOSTILE[1]} (USD)" in texts
    assert not {"\u202e", "\x1b", "\n"} & set("".join(texts))


@pytest.mark.parametrize("kind", get_args(ChartKind))
def test_a_png_is_drawn_whatever_the_names(kind: ChartKind) -> None:
    size, colours = pixels(png(hostile(kind)))
    assert size[0] == 1200
    assert colours[MORE if kind in {"pareto", "change"} else ONE] > 1000


@pytest.mark.parametrize("draw", [png, svg])
def test_nothing_is_fetched_even_if_a_specification_asked(
    draw: Callable[[Chart], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours name no address (``test_render_vega.py``); this is the second lock."""
    asks = {**vega_lite(one("trend", "1.00", "2.00")), "data": {"url": "https://localhost/x.csv"}}
    asks |= {"layer": [{"mark": "point"}]}
    monkeypatch.setattr("tagwright.render.picture._spec", lambda _: asks)
    with pytest.raises(ValueError, match="url not allowed"):
        draw(one("trend", "1.00", "2.00"))


def test_zeros_and_a_hundred_days_are_drawn() -> None:
    assert png(one("pareto", "0.00", "0.00")).startswith(b"\x89PNG")
    assert png(one("trend", *(["0.00"] * 120))).startswith(b"\x89PNG")


def test_threads_draw_side_by_side() -> None:
    drawn = [one(kind, "3.00", "2.00", "5.00") for kind in ("ranked", "trend", "change")]
    alone = [(png(item), svg(item)) for item in drawn]
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda item: (png(item), svg(item)), drawn * 2))
    assert found == alone * 2


@pytest.mark.parametrize("library", ["altair", "vl_convert"])
@pytest.mark.parametrize("draw", [png, svg])
def test_without_its_libraries_it_is_said_how_to_get_them(
    draw: Callable[[Chart], object], library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigError, match="altair and vl-convert") as raised:
        draw(one("ranked", "3.00", "2.00"))
    assert raised.value.hint == how_to_install("charts")
    assert "vl-convert-python" in how_to_install("charts")
