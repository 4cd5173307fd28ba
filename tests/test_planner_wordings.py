"""Ways to say the same are planned the same: whole questions, and what goes on from one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner_follow_ups import FOLLOW_UPS
from planner_view import VIEW, planned
from planner_wordings import QUESTIONS
from planner_wordings_usage import USAGE

ASKED = {**QUESTIONS, **USAGE}
MEASURED = replace(VIEW, usage=1000)


@pytest.mark.parametrize("plain", ASKED)
def test_a_question_in_other_words(plain: str) -> None:
    wordings = [line.strip() for line in ASKED[plain].strip().splitlines()]
    said = {text: planned(text, view=MEASURED) for text in wordings}
    assert said == dict.fromkeys(wordings, planned(plain, view=MEASURED))
    assert not isinstance(planned(plain, view=MEASURED), str)


@pytest.mark.parametrize(("first", "plain", "said"), FOLLOW_UPS)
def test_a_follow_up_in_other_words(first: str, plain: str, said: str) -> None:
    """After the first each means what the plain question says whole."""
    wordings = [line.strip() for line in said.strip().splitlines()]
    calls = {text: planned(first, text, view=MEASURED) for text in wordings}
    assert calls == dict.fromkeys(wordings, planned(plain, view=MEASURED))
    assert not isinstance(planned(plain, view=MEASURED), str)
