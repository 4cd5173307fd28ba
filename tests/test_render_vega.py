"""Charts as Vega-Lite: valid, exact in what is printed, and text of a bill nothing but data."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts import chart, series
from effort import examples
from tagwright.blocks import Chart, ChartKind
from tagwright.render.palette import LESS, MORE, ONE, PAGE, SERIES

if TYPE_CHECKING:
    from collections.abc import Iterator

alt = pytest.importorskip("altair", reason="the charts extra is not installed")

from tagwright.render.vega import WIDTH, vega_lite  # noqa: E402

KINDS: tuple[ChartKind, ...] = get_args(ChartKind)
HOSTILE = [
    "datum.x", "</svg><script>alert(1)</script>", r"$\frac{1}{0}$", "\"'`;{}[]\\", "x" * 10_000,
    "\u202egnp.exe", "https://evil.example/a.png", "{'signal': 'width'}", "a\nb\tc\x00\x1b[31m",
]  # fmt: skip


def one(kind: ChartKind, *values: str | None, labels: tuple[str, ...] = ()) -> Chart:
    numbers = tuple(None if value is None else Decimal(value) for value in values)
    names = labels or tuple(f"l{at}" for at in range(len(values)))
    return chart(kind, names, series("", numbers), title="Title")


def printed(spec: dict[str, Any]) -> list[str]:
    """Every text of the data, in the order of the layers."""
    found = []
    for layer in layers(spec):
        if layer["mark"]["type"] == "text":
            field = layer["encoding"]["text"]["field"]
            found += [row[field] for row in rows(spec, layer)]
    return found


def layers(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for layer in spec["layer"]:
        yield from layers(layer) if "layer" in layer else [layer]


def rows(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = spec["datasets"][layer["data"]["name"]]
    return found


def bars(spec: dict[str, Any], colour: str) -> list[dict[str, Any]]:
    """The rows that are drawn as bars with an edge of this colour."""
    return [
        row
        for layer in layers(spec)
        if layer["mark"]["type"] == "bar" and layer["mark"].get("stroke") == colour
        for row in rows(spec, layer)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_valid_and_says_title_unit_notes_and_receipt(kind: ChartKind) -> None:
    drawn = one(kind, "5.00", "3.00", "-1.00", "7.00").model_copy(update={"notes": ("A note.",)})
    spec = vega_lite(drawn)
    alt.Chart.from_dict(spec, validate=True)
    assert spec["width"] == WIDTH
    assert printed(spec)[-2:] == ["Title (USD)", "Receipt rcp_1 \u00b7 A note."]


def test_what_is_printed_is_the_exact_figure_however_long() -> None:
    spec = vega_lite(one("ranked", "12345678901234567890123.455", "0.1", "-2.006"))
    assert {"12,345,678,901,234,567,890,123.46", "0.10", "-2.01"} <= set(printed(spec))


def test_a_change_starts_each_step_where_the_one_before_ended() -> None:
    spec = vega_lite(one("change", "5.00", "8.00", "-1.00", "12.00"))
    reach = [(row["start"], row["stop"]) for colour in (ONE, MORE) for row in bars(spec, colour)]
    # LESS is the same blue as the totals: it differs by being hollow.
    assert reach == [(0, 5), (0, 12), (13, 12), (5, 13)]
    [hollow] = [
        layer for layer in layers(spec)
        if layer["mark"].get("stroke") == LESS and layer["mark"]["fill"] == PAGE
    ]  # fmt: skip
    assert [row["figure"] for row in rows(spec, hollow)] == ["-1.00"]
    assert "+8.00" in printed(spec)


def test_an_axis_that_does_not_begin_at_0_says_so() -> None:
    spec = vega_lite(one("change", "182218.18", "27486.85", "209705.03"))
    assert "The axis begins at 150,000.00, not at 0." in printed(spec)
    assert [row["start"] for row in bars(spec, ONE)] == [150000, 150000]


def test_a_pareto_says_how_much_the_first_ones_make_up() -> None:
    said = printed(vega_lite(one("pareto", "80.00", "15.00", "5.00")))
    assert [text for text in said if text.endswith("%")] == ["80.0%", "95.0%", "100.0%"]


def test_what_is_unknown_has_neither_a_column_nor_a_figure() -> None:
    spec = vega_lite(one("trend", "4.00", None, "0.00"))
    assert [row["at"] for row in bars(spec, PAGE)] == [0]
    said = printed(spec)
    assert [text for text in said if "." in text] == ["4.00", "0.00"]


def test_of_many_columns_the_highest_has_its_figure() -> None:
    values = ["1.00"] * 40
    values[17] = "80000.00"
    said = printed(vega_lite(one("trend", *values)))
    assert [text for text in said if "." in text and "rcp" not in text] == ["80,000.00 \u00b7 l17"]


def test_groups_have_their_colours_and_names_and_columns_their_totals() -> None:
    drawn = chart(
        "stack", ("m1", "m2"), series("search", (Decimal(30), Decimal("0.006"))),
        series("credits", (Decimal(-5), None)),
    )  # fmt: skip
    spec = vega_lite(drawn)
    assert [row["value"] for row in bars(spec, PAGE)] == [30, 0.006, -5]
    said = printed(spec)
    assert [text for text in said if "." in text] == ["25.00", "0.01"]
    assert said.index("credits") < said.index("search")  # as they lie
    marks = [layer["mark"] for layer in layers(spec) if layer["mark"]["type"] == "point"]
    assert [mark["color"] for mark in marks] == [SERIES[1], SERIES[0]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_of_a_bill_stands_in_the_data_and_nowhere_else(kind: ChartKind, text: str) -> None:
    drawn = Chart(
        kind=kind, title=text, unit=text[:20], labels=(text,) * 3, notes=(text,), receipt=text,
        series=(series(text, (Decimal(3), Decimal(2), Decimal(4))),),
    )  # fmt: skip
    spec = vega_lite(drawn)
    plain = vega_lite(one(kind, "3", "2", "4"))
    del plain["datasets"]
    alt.Chart.from_dict(spec, validate=True)
    data = spec.pop("datasets")
    told = json.dumps(spec)
    assert text not in told
    assert not {"expr", "signal", "href", "url", "params", "transform"} & set(keys(spec))
    assert set(keys(spec)) == set(keys(plain))
    shown = [value for found in data.values() for row in found for value in row.values()]
    assert max(len(value) for value in shown if isinstance(value, str)) <= 450
    assert not {"\u202e", "\x00", "\x1b", "\n"} & set("".join(map(str, shown)))


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


@settings(max_examples=examples(20), deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(st.one_of(st.none(), st.decimals(-(10**12), 10**12, places=9)), min_size=2,
             max_size=40),
    st.sampled_from(["USD", "%", ""]),
)  # fmt: skip
def test_whatever_is_drawn_is_valid_json_and_inside(
    kind: ChartKind, values: list[Decimal | None], unit: str
) -> None:
    labels = tuple(f"l{at}" for at in range(len(values)))
    spec = vega_lite(chart(kind, labels, series("s", values), unit=unit))
    json.dumps(spec, allow_nan=False)
    for layer in layers(spec):
        for encoding in layer["encoding"].values():
            places = (encoding.get("scale") or {}).get("range", [0])
            if not isinstance(places[0], str):  # colours
                assert 0 <= min(places) <= max(places) <= max(WIDTH, spec["height"])
