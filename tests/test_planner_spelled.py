"""Idioms, in the words that the frames read; tests of wordings play the rest of the table."""

from __future__ import annotations

import pytest

from planner_view import VIEW
from tagwright_agent.planner.spelled import spelled_out
from tagwright_agent.planner.view import CatalogueView


@pytest.mark.parametrize(
    ("said", "read"),
    [
        # After a month these kept that month.
        ("and for all the data we have", "and over all time"),
        ("and over all of our data", "and over all time"),
        ("and since the beginning", "and over all time"),
        ("for the whole period we have data for", "over all time"),
        # They say more than a time.
        ("all the data of team search", "all the data of team search"),
        ("since the beginning of October", "since the beginning of October"),
    ],
)
def test_all_time(said: str, read: str) -> None:
    assert spelled_out(said, CatalogueView()) == read


def test_an_idiom_that_holds_a_name_is_left_alone() -> None:
    """A team is called "data" there."""
    assert spelled_out("for all the data we have", VIEW) == "for all the data we have"
