"""Blocks in a terminal: nothing is cut, nothing of the data is markup, ids can be copied."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from rich.cells import cell_len
from rich.console import Console

from charts import chart, series
from tagwright.blocks import (
    Block,
    Cell,
    Column,
    Note,
    Proposal,
    Suggestions,
    Table,
    grid,
    sentence,
)
from tagwright.render.terminal import print_blocks, table_lines


def shown(*blocks: Block, width: int = 80) -> list[str]:
    out = Console(file=io.StringIO(), width=width, markup=False, highlight=False, emoji=False)
    print_blocks(out, blocks)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_names_and_values_of_tags_are_never_cut() -> None:
    """They are copied into the taxonomy: what has no room goes on in the next line."""
    key, examples = "aws:cloudformation:stack-name", "recommendation-engine, copilot, search-api"
    table = grid(
        [("Tag", "name"), ("Currency", "name"), ("Key", "name"), ("For example", "name"),
         ("Coverage", "ratio"), ("Resources", "count"), ("Values", "count")],
        [[key, "USD", "cost-center", examples, "1", 1234567, 12]],
    )  # fmt: skip
    head, *lines = shown(table)
    assert "…" not in "".join(lines)
    assert [line for line in lines if len(line) > 80] == []
    start, end = head.index("For example"), head.index("Coverage")
    assert key in lines
    told = "".join(line[start:end].strip() for line in lines[1:])
    assert told.replace(" ", "") == examples.replace(" ", "")
    assert lines[1].endswith("12")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_an_id_stands_in_one_line_however_narrow_the_terminal_is(width: int) -> None:
    arn = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abc0123456789"
    table = grid([("Resource", "code"), ("Effective cost", "amount")], [[arn, "12.00"]])
    lines = shown(table, width=width)
    assert any(arn in line for line in lines)
    assert all(cell_len(line) <= width for line in lines if arn not in line)


def test_figures_of_several_currencies_say_theirs() -> None:
    rows = [
        (Cell(value="a", kind="name"), Cell(value="1.00", kind="amount", unit="USD")),
        (Cell(value="b", kind="name"), Cell(value="20.00", kind="amount", unit="EUR")),
    ]
    columns = (Column(title="Team", kind="name"), Column(title="Cost", kind="amount"))
    table = Table(columns=columns, rows=tuple(rows), row_count=2)
    assert shown(table) == ["Team       Cost", "a      1.00 USD", "b     20.00 EUR"]


def test_what_comes_from_the_data_is_text() -> None:
    name = Cell(value="[bold]\x1b[31m\n**x** | y", kind="name")
    lines = shown(
        sentence("By ", name, "."), Note(text="a\x07"), grid([("T", "name")], [["\u202ex"]])
    )
    assert lines == [
        "By [bold]\\u001b[31m\\u000a**x** | y.", "", "Note: a\\u0007", "", "T", "\\u202ex",
    ]  # fmt: skip


def test_what_looks_like_our_own_words_is_quoted() -> None:
    """A team may be called "(no value)"; no team at all is something else."""
    rows = [["(no value)"], [None], [""]]
    assert shown(grid([("Team", "name")], rows)) == [
        "Team", '"(no value)"', "(no value)", "(empty)",
    ]  # fmt: skip


def test_notes_and_items_stand_together() -> None:
    blocks = [sentence("One."), Note(text="a"), Note(text="b", kind="question"),
              Note(kind="left_out", count=2)]  # fmt: skip
    assert shown(*blocks) == [
        "One.", "", "Note: a", "Question: b",
        "Note: 2 statements were left out of the answer: no source in the data.",
    ]  # fmt: skip


def test_a_proposal_says_how_to_decide_unless_somebody_is_asked() -> None:
    plan = Proposal(
        plan="plan-1", digest="sha256:1", changes=1, resources=1,
        amounts=(Cell(value="5.00", kind="amount", unit="USD"),),
        commands=(("tagwright approve plan-1", "shows it whole, and asks"),),
    )  # fmt: skip
    assert shown(plan)[-2:] == ["  tagwright approve plan-1", "      shows it whole, and asks"]
    assert "tagwright approve" not in " ".join(shown(plan.model_copy(update={"asked": True})))


def test_suggestions_and_how_many_of_how_many() -> None:
    few = Table(
        columns=(Column(title="T", kind="name"),), rows=((Cell(value="a", kind="name"),),),
        row_count=1200, order="the largest first",
    )  # fmt: skip
    lines = shown(few, Suggestions(intro="Ask:", questions=("cost by [team]",)))
    assert lines == [
        "T", "a", "", "1 of 1,200 rows are shown, the largest first.", "", "Ask:",
        "- cost by [team]",
    ]  # fmt: skip
    rest = few.model_copy(update={"offset": 30})
    assert shown(rest)[-1] == "Rows 31 to 31 of 1,200."


@pytest.mark.parametrize(
    ("points", "charts", "lines"),
    [(12, None, 13), (13, None, 3), (13, True, 14), (13, False, 0)],
)
def test_a_long_trend_is_one_line_unless_a_chart_is_asked_for(
    points: int, charts: bool | None, lines: int
) -> None:
    """Its figures stand in the table above."""
    trend = chart(
        "trend", tuple(f"d{at}" for at in range(points)), series("", [Decimal(1)] * points)
    )
    out = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    print_blocks(out, [trend], charts=charts)
    assert len(out.file.getvalue().splitlines()) == lines  # type: ignore[attr-defined]


def test_an_id_longer_than_the_line_stays_in_one_piece() -> None:
    arn = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abc0123456789"
    lines = shown(
        sentence("The profile ", Cell(value=arn, kind="code"), " has no owner."),
        Note(text=f"Not tagged: {arn}."),
        width=40,
    )
    assert lines == ["The profile", arn, "has no owner.", "", "Note: Not tagged:", f"{arn}."]


@pytest.mark.parametrize("width", [1, 2, 3, 7])
def test_a_terminal_narrower_than_any_column_loses_nothing(width: int) -> None:
    table = grid([("Team", "name"), ("Cost", "amount")], [["a b", "5.00"]])
    text = "".join("".join(line.split()) for line, _ in table_lines(table, width))
    assert sorted(text) == sorted("TeamabCost5.00")
    assert table_lines(grid([], []), width) == []


def test_a_number_beyond_all_amounts_stands_as_it_is_written() -> None:
    table = grid([("Team", "name"), ("Cost", "amount")], [["a", "1E+300"]])
    assert table_lines(table, 40)[1][0] == "a     1E+300"


def test_a_short_word_breaks_and_an_id_does_not() -> None:
    """A column of names of columns is no column of ids."""
    rows = [["service_name", "two words", "1"], ["i-" + "0" * 24, "two words", "2"]]
    table = grid([("D", "name"), ("Value", "name"), ("N", "count")], rows)
    assert shown(table, width=24) == [
        "D           Value      N",
        "service_    two words  1",
        "name",
        "i-000000000000000000000000",
        "            two words  2",
    ]
