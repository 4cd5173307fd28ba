"""Charts as PNG: an image of the right size, its colours where they belong, texts as data."""

from __future__ import annotations

import io
import sys
import threading
from collections import Counter
from decimal import Decimal

import pytest

from charts import chart, series
from tagwright.blocks import Chart, ChartKind
from tagwright.errors import ConfigError
from tagwright.render.palette import LESS, MORE, ONE, SERIES

matplotlib = pytest.importorskip("matplotlib", reason="the charts extra is not installed")

from PIL import Image  # noqa: E402  it comes with Matplotlib

from tagwright.render.picture import png  # noqa: E402


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


def test_text_of_a_bill_is_never_mathematics_nor_markup() -> None:
    whole = one("ranked", "3.00", "2.00", name=r"$\frac{1}{0}$ <b>_^{")
    assert png(whole).startswith(b"\x89PNG")


def test_zeros_and_a_hundred_days_are_drawn() -> None:
    assert png(one("pareto", "0.00", "0.00")).startswith(b"\x89PNG")
    assert png(one("trend", *(["0.00"] * 120))).startswith(b"\x89PNG")


def test_threads_draw_side_by_side() -> None:
    whole = one("ranked", "3.00", "2.00")
    alone, found = png(whole), []
    threads = [threading.Thread(target=lambda: found.append(png(whole))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [pixels(image) for image in found] == [pixels(alone)] * 4


def test_without_matplotlib_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigError, match="Matplotlib") as raised:
        png(one("ranked", "3.00", "2.00"))
    assert "'matplotlib>=" in str(raised.value.hint)
