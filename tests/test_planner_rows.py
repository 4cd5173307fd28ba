"""Which rows are the first: what has no name takes no place among those that have one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tagwright.blocks import Source
from tagwright.results import ToolResult
from tagwright_agent.planner.frames.rows import foremost


def shown(rows: list[tuple[str | None, str]], limit: int, *groups: str) -> list[str | None]:
    """Names of the rows that are shown of (team, currency) rows."""
    result = ToolResult(rows=[{"team": team, "currency": currency} for team, currency in rows])
    lines = foremost(Source(result).rows, groups or ("team",), limit)
    return [line.get("team") for line in lines]  # type: ignore[misc]  # names


def usd(*teams: str | None) -> list[tuple[str | None, str]]:
    return [(team, "USD") for team in teams]


def test_what_has_no_name_is_shown_where_it_ranks_and_takes_no_place() -> None:
    assert shown(usd("a", None, "b", "c", "d"), 3) == ["a", None, "b", "c"]
    assert shown(usd(None, "a", "b"), 1) == [None, "a"]


def test_it_is_not_shown_behind_the_last() -> None:
    assert shown(usd("a", "b", None, "c"), 2) == ["a", "b"]
    assert shown(usd("a", None), 5) == ["a"]


def test_where_nothing_has_a_name_the_rows_are_shown_as_they_come() -> None:
    assert shown(usd(None, None), 1) == [None]
    assert shown([], 3) == []


def test_each_currency_has_its_own_first_rows() -> None:
    """1 EUR is neither more nor less than 1 USD."""
    rows = [("a", "USD"), ("b", "USD"), ("a", "EUR"), ("b", "EUR"), ("c", "EUR")]
    assert shown(rows, 1) == ["a", "a"]  # type: ignore[arg-type]
    assert shown(rows, 2) == ["a", "b", "a", "b"]  # type: ignore[arg-type]


def test_times_need_no_name() -> None:
    """A row of a month is of that month, whatever else it lacks."""
    assert shown(usd(None, None, None), 2, "month") == [None, None]


_ROWS = st.lists(st.tuples(st.sampled_from([None, "a", "b", "c"]), st.sampled_from(["USD", "EUR"])))


@given(_ROWS, st.integers(1, 4))
def test_no_more_than_the_limit_of_each_currency_have_a_name(
    rows: list[tuple[str | None, str]], limit: int
) -> None:
    result = ToolResult(rows=[{"team": team, "currency": currency} for team, currency in rows])
    source = Source(result).rows
    lines = foremost(source, ("team",), limit)
    for currency in ("USD", "EUR"):
        named = [x for x in lines if x.get("currency") == currency and x.get("team") is not None]
        there = [1 for team, other in rows if other == currency and team is not None]
        assert len(named) == min(limit, len(there))
