"""Charts as a terminal shows them: exact figures, bars in proportion, nothing past the edge."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from charts import chart, series
from effort import examples
from tagwright.blocks import Chart, ChartKind
from tagwright.render.bars import can_draw, print_chart, print_sparkline


def drawn(chart: Chart, *, width: int = 60, encoding: str = "utf-8") -> list[str]:
    """The lines; none where the console cannot show it."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    out = Console(file=stream, width=width, color_system=None, markup=False)
    if can_draw(out):
        print_chart(out, chart)
    stream.seek(0)
    return [line.rstrip() for line in stream.read().split("\n")][:-1]


def sparkline(chart: Chart, width: int = 80) -> list[str]:
    out = Console(file=io.StringIO(), width=width, color_system=None, markup=False)
    print_sparkline(out, chart)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def one(kind: ChartKind, values: list[str | None], labels: list[str] | None = None) -> Chart:
    numbers = tuple(None if value is None else Decimal(value) for value in values)
    names = tuple(labels or [f"l{at}" for at in range(len(values))])
    return chart(kind, names, series("", numbers), title="Title")


def test_bars_are_as_long_as_their_part_of_the_largest() -> None:
    assert drawn(one("ranked", ["40.00", "20.00", "0.01", "0.00"]), width=42) == [
        "Title (USD)",
        "l0 ███████████████████████████████ 40.00",
        "l1 ███████████████▌                20.00",
        "l2 ▏                                0.01",
        "l3                                  0.00",
    ]


def test_negative_bars_go_to_the_left_of_the_others() -> None:
    lines = drawn(one("trend", ["10.00", "-10.00"]), width=40)
    assert lines[1].index("█") > lines[2].index("█")
    assert lines[2].rstrip("█ ").endswith("-10.00")


def test_a_pareto_says_how_much_the_first_ones_make_up() -> None:
    lines = drawn(one("pareto", ["80.00", "15.00", "5.00"]))
    assert lines[1].strip() == "so far"
    assert [line.split()[-2:] for line in lines[2:]] == [
        ["80.00", "80.0%"], ["15.00", "95.0%"], ["5.00", "100.0%"],
    ]  # fmt: skip


def test_each_step_of_a_change_begins_where_the_one_before_ended() -> None:
    lines = drawn(one("change", ["8.00", "4.00", "-2.00", "10.00"]), width=44)
    starts = [line.index("█") for line in lines[1:]]
    assert starts[0] == starts[3] < starts[1] < starts[2]
    assert [line.split()[-1] for line in lines[1:]] == ["8.00", "+4.00", "-2.00", "10.00"]


def test_small_steps_are_seen_and_it_is_said_where_the_bars_begin() -> None:
    lines = drawn(one("change", ["182218.18", "27486.85", "209705.03"]))
    assert " ".join(lines).endswith(
        "The bars begin at 150,000.00, not at 0, so that the steps are seen."
    )


def test_a_stack_tells_its_series_apart_without_colour() -> None:
    stacked = (
        series("search", (Decimal(30), Decimal(10))),
        series("ads", (Decimal(10), None)),
        series("credits", (Decimal(-5), None)),
    )
    lines = drawn(chart("stack", ("m1", "m2"), *stacked), width=51)
    assert [lines[1].count("█"), lines[1].count("▓"), lines[2].count("█")] == [30, 10, 10]
    assert [line.split()[-1] for line in lines[1:3]] == ["35.00", "10.00"]
    assert lines[3] == "██ search   ▓▓ ads   ▒▒ credits"
    assert "Negative amounts have no length" in lines[4]


def test_a_long_trend_stands_upright_with_its_highest_point() -> None:
    values = ["1.00"] * 40
    values[17] = "8.00"
    labels = [f"d{at:02}" for at in range(40)]
    lines = drawn(one("trend", list(values), labels))
    assert lines[1].split() == ["8.00", "█"]
    assert lines[8] == "0.00 " + "█" * 40
    assert lines[10] == "Highest: 8.00 at d17."


def test_more_points_than_columns_are_added_up_and_it_is_said() -> None:
    labels = [f"d{at:03}" for at in range(101)]
    lines = drawn(one("trend", ["1.00"] * 101, labels))
    assert lines[-1] == "Each column is 2 of them together, the last is 1."
    assert "Highest: 2.00 at d000." in lines


def test_percentages_are_never_added_up() -> None:
    numbers = tuple(Decimal(50) for _ in range(101))
    labels = tuple(f"d{at}" for at in range(101))
    lines = drawn(chart("trend", labels, series("", numbers), unit="%"))
    assert lines == ["T (%)", "101 points need a wider terminal, or --chart-file."]


def test_a_sparkline_begins_at_0_and_shows_what_is_unknown_as_a_gap() -> None:
    values = ["4.00", None, "8.00", "0.00", "1.00", "0.01"]
    assert sparkline(one("trend", values)) == [
        "Title (USD)",
        "▄ █▁▁▁",
        "First 4.00, highest 8.00 at l2, last 0.01.",
    ]


def test_below_zero_a_sparkline_begins_at_the_lowest() -> None:
    assert sparkline(one("trend", ["-4.00", "0.00", "4.00"]))[1] == "▁▄█"


def test_more_points_than_columns_show_the_highest_of_neighbours() -> None:
    values = [str(at % 10) for at in range(101)]
    lines = sparkline(one("trend", list(values)), width=55)
    assert len(lines[1]) == 51
    assert lines[1][:6] == "▁▂▄▆█▁"
    assert " ".join(lines[2:]) == (
        "First 0.00, highest 9.00 at l9, last 0.00. Each column is the highest of 2."
    )


def test_nothing_known_is_no_sparkline() -> None:
    assert sparkline(one("trend", [None, None])) == []


@pytest.mark.parametrize(("width", "encoding"), [(30, "utf-8"), (80, "ascii")])
def test_nothing_is_drawn_where_it_cannot_be_read(width: int, encoding: str) -> None:
    assert drawn(one("ranked", ["2.00", "1.00"]), width=width, encoding=encoding) == []


@settings(max_examples=examples(150))
@given(
    st.sampled_from(["trend", "ranked", "pareto", "change", "stack"]),
    st.lists(st.one_of(st.none(), st.decimals(-(10**9), 10**9, places=2)), min_size=2, max_size=45),
    st.integers(50, 120),
)
def test_no_line_is_wider_than_the_terminal(
    kind: ChartKind, values: list[Decimal | None], width: int
) -> None:
    labels = tuple(f"name of {at}" for at in range(len(values)))
    picture = chart(kind, labels, series("s", values))
    assert all(cell_len(line) <= width for line in drawn(picture, width=width))
