"""Text of strangers made harmless."""

from __future__ import annotations

import doctest
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright import text
from tagwright.text import clean, counted, shorten


def test_docstring_examples() -> None:
    assert doctest.testmod(text).failed == 0


@given(st.text())
def test_nothing_hidden_is_left_and_clean_text_stays(value: str) -> None:
    cleaned = clean(value)
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not any(unicodedata.category(char) in hidden for char in cleaned)
    assert clean(cleaned) == cleaned
    if not any(unicodedata.category(char) in hidden for char in value):
        assert cleaned == value


@pytest.mark.parametrize(
    "value", ["\x1b[2J", "a\u202eb", "a\u200bb", "\ufeffa", "a\rb", "a\x07", "\u2066x", "\x9b31m"]
)
def test_what_a_terminal_or_a_reader_would_be_fooled_by(value: str) -> None:
    assert clean(value).isprintable()
    assert "\\u" in clean(value)


@given(st.text(), st.integers(0, 30))
def test_shorten_fits_and_keeps_both_ends(value: str, width: int) -> None:
    short, whole = shorten(value, width), clean(value)
    assert len(short) <= width
    if len(whole) <= width:
        assert short == whole
    elif width >= 3:
        head, tail = short.split("…")[0], short.rsplit("…", 1)[1]
        assert whole.startswith(head)
        assert whole.endswith(tail)


def test_one_is_not_many() -> None:
    assert [counted(n, "row") for n in (0, 1, 2, 1200)] == [
        "0 rows",
        "1 row",
        "2 rows",
        "1,200 rows",
    ]
    assert counted(2, "entry", "entries") == "2 entries"
