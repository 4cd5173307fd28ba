"""Blocks as Markdown: read again by a Markdown reader, every name is the text that it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from charts import chart, series
from effort import examples
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
from tagwright.render.markdown import markdown
from tagwright.text import clean

READER = MarkdownIt("commonmark").enable("table")
"""Tables as GitHub has them; the renderer knows nothing of this library."""

HOSTILE = (
    "a|b", "*b* _i_ **x** ~~s~~", "`c`", "``", "`", "\\", "\\|", "a\\", "[x](https://evil.example)",
    "![x](y)", "<b>x</b>", "&lt;b&gt;", "&amp;", "# head", "- item", "1. one", "1) one", "+ a",
    "> quote", "a\nb", "\n\n| x |", "---", "===", "\u202ecod", "(no value)", "", "    four", "_",
    "__init__", "snake_case_name", "<https://evil.example>", "```", "a_", "_a", "|",
    "---|---", "a_(b)_", "12.", "- - -", "-5.00",
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(HOSTILE), st.text(alphabet="ab1`|*_[]()<>&;#-+~\\!=.> \n", max_size=12),
    st.text(max_size=20),
)  # fmt: skip


def squeezed(text: str) -> str:
    """Markdown puts runs of blanks together."""
    return re.sub(r"\s+", " ", text).strip()


def told(name: str) -> str:
    """What a reader sees of a name."""
    text = clean(name)
    ours = {"(no value)", "(empty)", "(absent)", "(none)"}
    return f'"{text}"' if text in ours else text or "(empty)"


def plain(token: Token) -> str:
    """The text of a token's children; anything that is neither text nor code is markup."""
    kinds = {child.type for child in token.children or ()}
    assert kinds <= {"text", "code_inline", "softbreak"}, kinds
    return squeezed("".join(child.content or " " for child in token.children or ()))


def parts(text: str) -> list[tuple[str, str]]:
    """Kind and text of what stands in it: the element around it, as ``td`` or ``p``."""
    found, last = [], ""
    for token in READER.parse(text):
        if token.type == "inline":
            found.append((last, plain(token)))
        elif token.nesting == 1:
            last = token.tag
        else:
            assert token.nesting == -1, token.type
    return found


@settings(max_examples=examples(300))
@given(st.lists(NAMES, min_size=1, max_size=4), st.sampled_from(["name", "code", "text"]))
@example(list(HOSTILE), "name")
def test_whatever_the_names_are_a_table_is_a_table(names: list[str], kind: str) -> None:
    rows = [[name, number] for number, name in enumerate(names)]
    table = grid([(names[0], kind), ("Cost", "count")], rows)  # type: ignore[list-item]
    found = parts(markdown([table]))
    assert found[:2] == [("th", squeezed(clean(names[0]))), ("th", "Cost")]
    shown = [squeezed(clean(name) if kind == "text" else told(name)) for name in names]
    assert found[2:] == [
        ("td", text) for number, name in enumerate(shown) for text in (name, str(number))
    ]


@settings(max_examples=examples(300))
@given(NAMES)
def test_a_name_is_text_wherever_it_stands(name: str) -> None:
    cell, words = Cell(value=name, kind="name"), squeezed(clean(name))
    for block, text in (
        (sentence("By ", cell, "."), f"By {told(name)}."),
        (sentence(cell, " is first"), f"{told(name)} is first"),
        (sentence(cell, " is first", bullet="-"), f"{told(name)} is first"),
        (sentence(f"{name} in our words"), f"{clean(name)} in our words"),
        (Note(text=f"see {name}."), f"Note: see {clean(name)}."),
    ):
        assert parts(markdown([block])) == [("p", squeezed(text))]
    if words:
        asked = Suggestions(intro=name, questions=(name, f"cost of {name}?"))
        assert parts(markdown([asked])) == [
            ("p", words), ("p", words), ("p", squeezed(f"cost of {clean(name)}?")),
        ]  # fmt: skip


@settings(max_examples=examples(200))
@given(NAMES.filter(lambda name: clean(name).strip()))
def test_code_is_code_whatever_its_backticks(name: str) -> None:
    [token] = [
        token
        for token in READER.parse(markdown([sentence("Run ", Cell(value=name, kind="code"), ".")]))
        if token.type == "inline"
    ]
    before, code, after = token.children or ()
    assert (before.content, code.type, after.content) == ("Run ", "code_inline", ".")
    assert squeezed(code.content) == squeezed(told(name))


def test_figures_stand_at_the_right_with_their_unit_and_totals_below() -> None:
    rows = tuple(
        (Cell(value=team, kind="name"), Cell(value=cost, kind="amount", unit="USD"))
        for team, cost in (("a|b", "1234.567"), ("c", "5"))
    )
    total = (Cell(value="Total"), Cell(value="1239.567", kind="amount", unit="USD"))
    heads = (Column(title="Team", kind="name"), Column(title="Cost", kind="amount"))
    table = Table(columns=heads, rows=rows, totals=(total,), row_count=9, order="largest first")
    assert markdown([table]).split("\n") == [
        "| Team | Cost (USD) |", "| --- | ---: |", "| a\\|b | 1,234.57 |", "| c | 5.00 |",
        "| Total | 1,239.57 |", "", "2 of 9 rows are shown, largest first.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"), [("a", "`a`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```")]
)
def test_a_fence_is_longer_than_any_run_in_it(text: str, code: str) -> None:
    assert markdown([sentence(Cell(value=text, kind="code"))]) == code


def test_items_and_notes_stand_together_and_paragraphs_apart() -> None:
    blocks: list[Block] = [
        sentence("One."), sentence("a", bullet="-"), sentence("b", bullet="-"), sentence("Two."),
        Note(text="c"), Note(text="d", kind="question"), Note(kind="left_out", count=1),
    ]  # fmt: skip
    assert markdown(blocks).split("\n") == [
        "One.", "", "- a", "- b", "", "Two.", "", "Note: c", "Question: d",
        "Note: 1 statement was left out of the answer: no source in the data.",
    ]  # fmt: skip


def test_pictures_and_what_is_empty_are_left_out() -> None:
    drawn = chart("trend", ("a",), series("", [None]))
    blank = Table(columns=(), rows=())
    assert markdown([drawn, blank, sentence(""), sentence("x"), drawn]) == "x"


def test_a_proposal_says_how_to_decide_unless_somebody_is_asked() -> None:
    plan = Proposal(
        plan="p_1", digest="d", changes=2, resources=1, commands=(("approve p_1", "asks"),),
        amounts=(Cell(value="5", kind="amount", unit="USD"),),
    )  # fmt: skip
    first, command = markdown([plan]).split("\n")
    assert first.startswith("Plan `p_1` is stored: 2 changes of tags on 1 resource with 5.00 USD")
    assert command == "- `approve p_1`: asks"
    assert "approve p_1" not in markdown([plan.model_copy(update={"asked": True})])


def test_what_follows_a_list_is_no_part_of_its_last_item() -> None:
    """A line right below an item goes on with it, unless it begins an item of that list."""
    text = markdown([sentence("a", bullet="-"), sentence("b", bullet="5."), Note(text="c")])
    assert text == "- a\n\n5. b\n\nNote: c"
    paragraphs = [token.content for token in READER.parse(text) if token.type == "inline"]
    assert paragraphs == ["a", "b", "Note: c"]
