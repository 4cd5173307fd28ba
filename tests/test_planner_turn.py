"""How a message begins: chatter says nothing, and a word that goes on says so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from planner_questions import PLANNED
from planner_view import VIEW
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.turn import opening
from tagwright_agent.planner.understand import MAX_QUESTIONS, understand


def flags(text: str) -> set[str]:
    found = opening(text)
    names = ("goes_on", "maybe", "corrects", "instead", "also", "back")
    return {name for name in names if getattr(found, name)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cost by team", set()),
        ("What did we spend last month?", set()),
        ("and in September?", {"goes_on"}),
        ("what about S3?", {"goes_on"}),
        ("only AWS", {"goes_on"}),
        ("the same for Azure", {"goes_on"}),
        ("make it October", {"goes_on"}),
        ("also by team", {"goes_on", "also"}),
        ("and by team", {"goes_on", "also"}),
        ("and also by team", {"goes_on", "also"}),
        ("but without S3", {"maybe"}),
        ("now by team", {"maybe"}),
        ("ok, and in September?", {"maybe", "goes_on"}),
        ("no, September", {"corrects"}),
        ("no team", set()),  # it asks for what has none
        ("no tags", set()),
        ("nope, S3", {"corrects"}),
        ("I meant September", {"corrects"}),
        ("sorry, I meant S3", {"corrects"}),
        ("wrong month, September", {"corrects"}),
        ("by team instead", {"instead"}),
        ("by team rather", {"instead"}),
        ("back to cost by team", {"back"}),
        ("again by team", {"maybe", "back"}),
    ],
)
def test_openings(text: str, said: set[str]) -> None:
    assert flags(text) == said


@pytest.mark.parametrize("text", ["", " ", "?", "and", "now", "ok", "no", "hello", "so"])
def test_a_message_of_nothing_else_is_no_crash(text: str) -> None:
    """What is taken lies inside the message, and no part is taken twice."""
    found = opening(text)
    assert all(0 <= start < end <= len(found.lower) for start, end in found.taken)


_BEFORE = ("hi", "hello there", "ok", "great, thanks", "sorry to bother", "good morning",
           "by the way", "please", "quick one:", "hey, quick one:")  # fmt: skip
_LISTS = ("list all services", "show me the accounts")
_ASKED = [text for text, _ in PLANNED if text not in _LISTS and not text.startswith("which EC2")]


@pytest.mark.parametrize("chatter", _BEFORE)
@settings(deadline=None, max_examples=examples(20))
@given(question=st.sampled_from(_ASKED))
def test_chatter_before_a_question_changes_nothing(chatter: str, question: str) -> None:
    """Of the first message of a thread."""
    assert understand(f"{chatter} {question}", VIEW) == understand(question, VIEW)
    assert understand(f"{chatter}, {question}", VIEW) == understand(question, VIEW)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("hello", "hello"),
        ("Good morning!", "hello"),
        ("what can I ask?", "help"),
        ("help", "help"),
        ("thanks", "thanks"),
        ("ok, thanks a lot", "thanks"),
        ("never mind", "nothing"),
    ],
)
def test_what_asks_for_nothing(text: str, about: str) -> None:
    """No tool is called; help and a greeting show what can be asked."""
    [question] = understand(text, VIEW)
    assert question.frame == "talk"
    assert question.about == about  # type: ignore[attr-defined]  # of talk
    assert bool(question.questions) is (about in ("hello", "help"))  # type: ignore[attr-defined]


def test_thanks_beside_a_question_are_left_out() -> None:
    assert understand("Thanks! What did we spend in October?", VIEW) == understand(
        "What did we spend in October?", VIEW
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cost? " * (MAX_QUESTIONS + 1), f"at most {MAX_QUESTIONS} questions"),
        ("cost " * 500, "at most 150 words"),
        ("...", "What do you want to know"),
        ("in October", "What of that time"),
    ],
)
def test_too_much_and_too_little_are_asked_back(text: str, said: str) -> None:
    with pytest.raises(Unclear, match=said) as caught:
        understand(text, VIEW)
    assert caught.value.status == "clarify"


def test_a_period_said_last_is_meant_of_all_in_a_sentence() -> None:
    """In two sentences it is not."""
    one = understand("show me the cost by team and show me the cost by service in October", VIEW)
    assert [question.scope.period for question in one] == ["2026-10", "2026-10"]
    two = understand("Show me the cost by team. Show me the cost by service in October", VIEW)
    assert [question.scope.period for question in two] == ["", "2026-10"]
