"""Ways to say the same are planned the same: whole questions, and what goes on from one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner_view import VIEW
from planner_wordings import FOLLOW_UPS, QUESTIONS
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.question import Question
from tagwright_agent.planner.understand import understand

MEASURED = replace(VIEW, usage=1000)


def _planned(*turns: str) -> list[tuple[str, dict[str, Any]]]:
    before: list[Question] = []
    for turn in turns:
        before = understand(turn, MEASURED, before=before)
    return [(frames()[item.frame].tool, frames()[item.frame].call(item)) for item in before]


@pytest.mark.parametrize("plain", QUESTIONS)
def test_a_question_in_other_words(plain: str) -> None:
    wordings = [line.strip() for line in QUESTIONS[plain].strip().splitlines()]
    assert {text: _planned(text) for text in wordings} == dict.fromkeys(wordings, _planned(plain))


@pytest.mark.parametrize(("first", "plain", "said"), FOLLOW_UPS)
def test_a_follow_up_in_other_words(first: str, plain: str, said: str) -> None:
    """After the first each means what the plain question says whole."""
    wordings = [line.strip() for line in said.strip().splitlines()]
    planned = {text: _planned(first, text) for text in wordings}
    assert planned == dict.fromkeys(wordings, _planned(plain))
