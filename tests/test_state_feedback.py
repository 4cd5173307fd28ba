"""Feedback on both databases: the last word of a person on an answer, newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tagwright.config import load_settings
from tagwright.state import Feedback, State, feedback_of, keep_feedback, open_state

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
SAID = Feedback("slack:T:C:1.1", 2, "ann", good=False, at=NOON, question="total cost")


@pytest.fixture
def state(home: Path, database: str) -> Iterator[State]:
    made = open_state(load_settings(home))
    yield made
    made.close()


def test_the_last_word_counts_in_whatever_order_they_come(state: State) -> None:
    later = replace(SAID, good=True, at=NOON + SECOND)
    for item in (SAID, later, SAID):
        keep_feedback(state, item)
    assert feedback_of(state) == [later]


def test_each_person_and_answer_has_a_word_and_they_come_newest_first(state: State) -> None:
    others = [
        replace(SAID, person="bob", at=NOON + SECOND),
        replace(SAID, number=3, at=NOON + 2 * SECOND),
        replace(SAID, thread="slack:T:C:2.2", at=NOON - SECOND),
    ]
    for item in (SAID, *others):
        keep_feedback(state, item)
    assert feedback_of(state) == [others[1], others[0], SAID, others[2]]
    assert feedback_of(state, "bob") == [others[0]]
