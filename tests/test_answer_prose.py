"""A model's Markdown as blocks: its text whole, its tables as tables, its markup gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.blocks import Cell, Sentence, Table
from tagwright.render.figures import cell_text
from tagwright.render.markdown import markdown
from tagwright.text import clean
from tagwright_agent.answer.prose import canonical, prose_blocks


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("## EC2\n\nIt cost **12.00 USD** in `2026-09`.", "EC2\n\nIt cost 12.00 USD in `2026-09`."),
        ("- one\n- two\n\n1. first\n2. second", "- one\n- two\n\n1. first\n2. second"),
        ("two\nlines", "two lines"),
        ("```sql\nSELECT 1\n```", "`SELECT 1`"),
        ("a <b>bold</b> claim & co", r"a \<b\>bold\</b\> claim & co"),
        ("5 \\* 3", r"5 \* 3"),
        ("3&comma;080 **3**80 3\\,080 [3][r]80 3![][r]80\n\n[r]: /x", "3,080 380 3,080 380 380"),
        ("`3`80 and `a``b`", "380 and ``` a``b ```"),
        ("In percent\n99. Good", "In percent 99. Good"),
        ("1. a\n\n7. b\n\n   > 99. c", "1. a\n\n7\\. b\n\n99\\. c"),
        ("- a\n\n1. b", "- a\n\n1. b"),
        ("```\n1\n\n2\n```", "`1`\n\n`2`"),
        ("", ""),
    ],
)
def test_text_stays_and_markup_goes(text: str, again: str) -> None:
    assert markdown(prose_blocks(text)) == again


def test_a_table_is_a_table() -> None:
    text = "Costs:\n\n| Team | Cost |\n|---|---|\n| a\\|b | 1,234.50 USD |\n| `c` | -2.00 USD |"
    first, table = prose_blocks(text)
    assert isinstance(first, Sentence)
    assert isinstance(table, Table)
    assert [column.is_figure for column in table.columns] == [False, True]
    assert markdown([table]) == (
        "| Team | Cost |\n| --- | ---: |\n| a\\|b | 1,234.50 USD |\n| c | -2.00 USD |"
    )


def test_rows_shorter_or_longer_than_the_head_are_as_long_as_it() -> None:
    [table] = prose_blocks("| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |")
    assert isinstance(table, Table)
    assert [len(row) for row in table.rows] == [2, 2]


def shown(text: str) -> list[object]:
    """What a person reads, spaces aside."""
    found: list[object] = []
    for block in prose_blocks(text):
        if isinstance(block, Sentence):
            parts = (cell_text(p) if isinstance(p, Cell) else clean(p) for p in block.parts)
            found.append(" ".join([block.bullet, *"".join(parts).split()]))
        elif isinstance(block, Table):
            rows = [[cell_text(cell) for cell in row] for row in block.rows]
            found.append(([clean(column.title) for column in block.columns], rows))
    return found


PIECES = (
    "a 3 80.00 USD - 1. 7) # > * ** _ ` `` \\ | &comma; &#53; &lt; <b> <!-- [ ] ](x) [x] ![ • ! = "
    "http://x.y é \u200b \u2028"
).split(" ")


@given(st.lists(st.sampled_from([*PIECES, " ", "\n", "\n\n", "    ", "\t", "```\n", "---\n", "\\\n",
       "| a | b |\n|---|---|\n", "\n[x]: /y\n"]), max_size=14))  # fmt: skip
def test_what_the_check_reads_is_what_is_shown(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert shown(canonical(text)) == shown(text)
