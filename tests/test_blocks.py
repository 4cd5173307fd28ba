"""Blocks: what is stored is what is read again, and a cell that lies about its place is found."""

from __future__ import annotations

import doctest
import importlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from charts import chart, series
from tagwright.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    ColumnOf,
    Note,
    Proposal,
    Sentence,
    Series,
    Source,
    Suggestions,
    Table,
    dumped,
    extended,
    grid,
    joined,
    loaded,
    misplaced,
    sentence,
    tabled,
)
from tagwright.results import ToolResult

TEXT = st.text(max_size=20)
KINDS = st.sampled_from(["text", "name", "code", "amount", "rate", "count", "ratio", "time"])
COUNTS = st.integers(0, 10**6)
CELLS = st.builds(
    Cell, value=st.none() | TEXT | st.booleans() | st.integers(), kind=KINDS, unit=TEXT,
    signed=st.booleans(), part=TEXT, row=COUNTS, column=TEXT, receipt=st.none() | TEXT,
)  # fmt: skip
NUMBERS = st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=6)


def tuples(items: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=4).map(tuple)


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    labels = draw(tuples(TEXT))
    values = st.tuples(*(NUMBERS for _ in labels))
    lines = st.lists(st.builds(Series, name=TEXT, values=values), min_size=1, max_size=3)
    kind = draw(st.sampled_from(["trend", "stack", "ranked", "pareto", "change"]))
    return Chart(kind=kind, title=draw(TEXT), unit=draw(TEXT), labels=labels,
                 series=tuple(draw(lines)), notes=draw(tuples(TEXT)))  # fmt: skip


BLOCKS = st.lists(
    st.one_of(
        st.builds(Sentence, parts=tuples(TEXT | CELLS), bullet=st.sampled_from(["", "-", "1."])),
        st.builds(Table, columns=tuples(st.builds(Column, title=TEXT, kind=KINDS)),
                  rows=tuples(tuples(CELLS)), totals=tuples(tuples(CELLS)), row_count=COUNTS,
                  offset=COUNTS, what=TEXT, order=TEXT),
        charts(),
        st.builds(Note, text=TEXT, kind=st.sampled_from(["note", "question", "left_out"]),
                  count=COUNTS),
        st.builds(Proposal, plan=TEXT, digest=TEXT, changes=COUNTS, resources=COUNTS,
                  amounts=tuples(CELLS), commands=tuples(st.tuples(TEXT, TEXT)),
                  asked=st.booleans()),
        st.builds(Suggestions, intro=TEXT, questions=tuples(TEXT)),
    ),
    max_size=4,
)  # fmt: skip


@given(BLOCKS)
def test_what_is_stored_as_json_is_read_again(blocks: list[Block]) -> None:
    assert loaded(json.loads(json.dumps(dumped(blocks)))) == blocks


@pytest.mark.parametrize(
    "stored",
    [None, "text", [{}], [{"type": "button"}], [{"type": "note", "kind": "warning"}],
     [{"type": "sentence", "parts": ["a"], "style": "bold"}], [{"type": "sentence"}]],
)  # fmt: skip
def test_what_no_block_is_is_refused(stored: object) -> None:
    with pytest.raises(ValueError, match="validation error"):
        loaded(stored)


RESULT = ToolResult(
    rows=[
        {"team": "a", "effective_cost": "1.00", "currency": "USD"},
        {"team": "b", "effective_cost": "2.00", "currency": "EUR"},
    ],
    totals=[{"effective_cost": "1.00", "currency": "USD"}],
    details={"parts": {"input": {"tokens": 12}}, "days": [{"day": "2026-10-01", "cost": "3.00"}]},
    receipt="rcp_1",
)


def test_cells_know_where_they_stand_and_their_currency() -> None:
    source = Source(RESULT)
    assert source.rows[1].amount("effective_cost") == Cell(
        value="2.00", kind="amount", unit="EUR", part="rows", row=1, column="effective_cost",
        receipt="rcp_1",
    )  # fmt: skip
    assert source.totals[0].amount("effective_cost").part == "totals"
    assert source.details("days")[0].amount("cost").part == "details/days"
    assert [line.get("tokens") for line in source.details("parts", "input")] == [12]
    assert source.details("nowhere", "at all") == []
    assert source.rows[0].get("nothing") is None


def test_what_is_made_from_a_result_is_in_its_place() -> None:
    source = Source(RESULT)
    blocks = [
        sentence("In all ", source.totals[0].amount("effective_cost"), "."),
        Table(columns=(Column(title="Team", kind="name"),),
              rows=tuple((line.name("team"),) for line in source.rows)),
        Proposal(plan="p", digest="d", amounts=(source.details("days")[0].amount("cost"),)),
        sentence(source.details("parts", "input")[0].count("tokens")),
    ]  # fmt: skip
    assert misplaced(blocks, [RESULT]) == []
    assert len(misplaced(blocks, [])) == 5


@pytest.mark.parametrize(
    "forged",
    [
        {"value": "9.00"}, {"row": 1}, {"row": 7}, {"column": "billed_cost"}, {"part": "totals"},
        {"part": "details/days"}, {"part": "details"}, {"part": "notes"}, {"part": ""},
        {"receipt": "rcp_2"}, {"receipt": None},
    ],
)  # fmt: skip
def test_a_forged_cell_is_found_wherever_it_stands(forged: dict[str, object]) -> None:
    cell = Source(RESULT).rows[0].amount("effective_cost")
    false = cell.model_copy(update=forged)
    if forged == {"part": "totals"}:  # the total is the same amount: nothing false is said
        assert misplaced([sentence(false)], [RESULT]) == []
        return
    for block in (
        sentence("It is ", cell, " or ", false),
        Table(columns=(Column(title="C", kind="amount"),), rows=((cell,),), totals=((false,),)),
        Proposal(plan="p", digest="d", amounts=(false,)),
    ):
        assert misplaced([block], [RESULT]) == [false]


def test_a_name_needs_no_place_and_a_figure_does() -> None:
    name, figure = Cell(value="a", kind="name"), Cell(value=3, kind="count")
    assert misplaced([sentence(name, figure, Cell(value="12.00"))], [RESULT]) == [figure]


def test_text_that_stands_together_is_one_part() -> None:
    cell = Cell(value="5", kind="amount")
    assert sentence("a", ["b", cell, "c"], "", "d").parts == ("ab", cell, "cd")
    assert sentence(cell, cell).parts == (cell, cell)
    assert sentence("", []).parts == ()


@pytest.mark.parametrize(
    ("items", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", ["b", "!"], "c"], "a, b! and c")],
)  # fmt: skip
def test_a_list_in_words(items: list[str | list[str]], words: str) -> None:
    assert "".join(str(part) for part in joined(items)) == words


def test_a_list_in_words_of_our_own() -> None:
    assert joined(["a", "b", "c"], between="; ", last=" or ") == ["a", "; ", "b", " or ", "c"]


def test_a_grid_has_a_kind_for_each_column() -> None:
    table = grid([("Plan", "code"), ("Changes", "count")], [["p_1", 2], ["p_2", None]])
    assert [column.kind for column in table.columns] == ["code", "count"]
    assert table.rows[1] == (Cell(value="p_2", kind="code"), Cell(kind="count"))
    assert table.row_count == 2
    with pytest.raises(ValueError, match="longer"):
        grid([("A", "name"), ("B", "name")], [["a"]])


def test_a_chart_whose_series_are_not_as_long_as_its_labels_is_none() -> None:
    with pytest.raises(ValidationError, match="one value for each label"):
        chart("trend", ("a", "b"), series("", [Decimal(1)]))
    with pytest.raises(ValidationError, match="one value for each label"):
        chart("trend", ("a",))


@pytest.mark.parametrize(
    "name",
    ["blocks.chart", "blocks.model", "blocks.source", "render.bars", "render.figures",
     "render.markdown", "render.terminal", "render.wording"],
)  # fmt: skip
def test_what_the_docstrings_show(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"tagwright.{name}")).failed == 0


CALLED = ToolResult(
    rows=[
        {"sub_account_id": "111", "cost": "1.00"},
        {"sub_account_id": "222", "cost": "2.00"},
        {"dimension": "sub_account_id", "value": "111", "cost": "3.00"},
        {"dimension": "team", "value": "111", "cost": "4.00"},
    ],
    details={"names": {"sub_account_id": {"111": "shop-prod"}}},
)


def test_what_a_value_is_called_stands_beside_it() -> None:
    lines = Source(CALLED).rows
    shown = [lines[0].name("sub_account_id"), lines[1].name("sub_account_id"),
             lines[2].name("value"), lines[3].name("value")]  # fmt: skip
    assert [(cell.value, cell.called) for cell in shown] == [
        ("111", "shop-prod"), ("222", ""), ("111", "shop-prod"), ("111", ""),
    ]  # fmt: skip
    assert lines[0].code("sub_account_id").called == ""  # it is copied as it stands
    assert misplaced([sentence(*shown)], [CALLED]) == []
    forged = shown[0].model_copy(update={"called": "ads-prod"})
    assert misplaced([sentence(forged)], [CALLED]) == [forged]
    assert loaded(dumped([sentence(shown[0])])) == [sentence(shown[0])]


@pytest.mark.parametrize("names", ["a", ["a"], {"sub_account_id": "a"}, {"x": ["111"]}, None])
def test_details_of_another_shape_name_nothing(names: object) -> None:
    result = CALLED.model_copy(update={"details": {"names": names}})
    assert Source(result).rows[0].name("sub_account_id").called == ""


def test_a_table_goes_on_as_its_rows_say_and_only_if_they_do() -> None:
    rows: list[dict[str, Any]] = [
        {"team": name, "currency": unit, "cost": cost}
        for name, unit, cost in (("a", "USD", "2.00"), ("b", "EUR", "1.00"), ("c", "USD", None))
    ]
    result = ToolResult(rows=rows, row_count=4, receipt="rcp_1")
    columns: list[ColumnOf] = [("Team", "name", "team"), ("Cost", "amount", "cost")]
    whole = tabled(Source(result).rows, columns, row_count=4)
    short = whole.model_copy(update={"rows": whole.rows[:2]})
    assert extended(short, result) == whole
    more = ToolResult(rows=[{"team": "d", "currency": "USD", "cost": "0.10"}], receipt="rcp_2")
    longer = extended(whole, result, more)
    assert longer is not None
    assert [cell.value for cell in longer.rows[3]] == ["d", "0.10"]
    assert longer.rows[3][1].unit == "USD"
    odd = short.model_copy(update={"rows": (short.rows[1], short.rows[0])})
    assert extended(odd, result) is None
