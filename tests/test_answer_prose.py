"""A model's Markdown as blocks: its text whole, its tables as tables, its markup gone."""

from __future__ import annotations

import pytest

from tagwright.blocks import Sentence, Table
from tagwright.render.markdown import markdown
from tagwright_agent.answer.prose import prose_blocks


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("## EC2\n\nIt cost **12.00 USD** in `2026-09`.", "EC2\n\nIt cost 12.00 USD in `2026-09`."),
        ("- one\n- two\n\n1. first\n2. second", "- one\n- two\n\n1. first\n2. second"),
        ("two\nlines", "two lines"),
        ("```sql\nSELECT 1\n```", "`SELECT 1`"),
        ("a <b>bold</b> claim & co", r"a \<b\>bold\</b\> claim & co"),
        ("5 \\* 3", r"5 \* 3"),
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
