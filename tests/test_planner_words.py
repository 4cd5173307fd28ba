"""Every question has words of its own that are read back as that question, and a form to keep."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from planner_scopes import QUESTIONS
from planner_view import VIEW
from tagwright.registry import load_registry
from tagwright_agent.planner.frames import frame_of_tool, frames
from tagwright_agent.planner.frames.costs import costs
from tagwright_agent.planner.question import Filter, Question, Scope
from tagwright_agent.planner.understand import understand
from tagwright_agent.planner.words import scope_from, scope_words

REGISTRY = load_registry()
MEASURED = replace(VIEW, usage=1000)


def plain(question: Question) -> Question:
    """Without notes, one row or several, and with the filters in one order."""
    ordered = sorted(question.scope.filters, key=repr)
    return question.within(notes=(), filters=tuple(ordered)).but(many=False)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", sorted(QUESTIONS))
@settings(deadline=None, max_examples=examples(100))
@given(data=st.data())
def test_the_words_of_a_question_are_read_as_that_question(kind: str, data: st.DataObject) -> None:
    """What a refusal offers is made of such words."""
    question = data.draw(QUESTIONS[kind])
    words = frames()[question.frame].words(question)
    view = MEASURED if question.frame == "units" else VIEW
    assert [plain(found) for found in understand(words, view)] == [plain(question)], words


@pytest.mark.parametrize("kind", sorted(QUESTIONS))
@settings(deadline=None, max_examples=examples(50))
@given(data=st.data())
def test_its_call_is_taken_and_read_back(kind: str, data: st.DataObject) -> None:
    """A call that another planner made of it is gone on from."""
    question = data.draw(QUESTIONS[kind])
    frame = frames()[question.frame]
    arguments = frame.call(question)
    REGISTRY.get(frame.tool).validate(arguments)
    reader = frame_of_tool(frame.tool)
    assert reader is not None
    assert reader.back is not None
    again = reader.back(arguments).scope
    assert again.filters[: len(question.scope.filters)] == question.scope.filters
    assert again.period == question.scope.period


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope(), "cost"),
        (Scope(metrics=("billed_cost",), period="2026-10"), "billed cost in October 2026"),
        (Scope(groups=("team", "month")), "cost by team and month"),
        (Scope(groups=("service_name",), limit=5), "cost by service, top 5"),
        (Scope(groups=("service_name",), order="asc", limit=3), "cost by service, bottom 3"),
        (Scope(filters=(Filter(dimension="team", op="is_null"),)), "cost without a team"),
        (
            Scope(filters=(Filter(dimension="team", op="not_in", values=("search", "data")),)),
            "cost without team search or data",
        ),
        (Scope(period="2026-09-05/2026-09-21"), "cost in 2026-09-05 to 2026-09-20"),
        (
            Scope(period="2026-10", compare_to="previous_year"),
            "cost in October 2026 compared with the same period last year",
        ),
    ],
)
def test_words_of_a_scope(scope: Scope, words: str) -> None:
    """Ends of periods are exclusive for us, and inclusive in words."""
    assert scope_words(scope) == words


def test_words_hold_no_control_characters() -> None:
    """A name from the bill is data: it turns no line, and no order of letters."""
    evil = Filter(dimension="team", values=("a\nb\u202ec",))
    words = frames()["costs"].words(costs(Scope(filters=(evil,))))
    assert "\n" not in words
    assert "\u202e" not in words


@pytest.mark.parametrize(
    ("arguments", "scope"),
    [
        ({}, Scope()),
        ({"group_by": "team", "limit": True, "order": "up"}, Scope(groups=("team",))),
        ({"by": ["team"], "period": "2026-10"}, Scope(groups=("team",), period="2026-10")),
        ({"filters": "team=search", "period": 2026, "metric": ["cost"]}, Scope()),
        (
            {"filters": [{"dimension": "team", "values": "search"}, {"op": "in"}, "x"]},
            Scope(filters=(Filter(dimension="team", values=("search",)),)),
        ),
        ({"having": ">5", "limit": 3, "order": "asc"}, Scope(having=">5", limit=3, order="asc")),
    ],
)
def test_a_scope_of_anybodys_call(arguments: dict[str, object], scope: Scope) -> None:
    """What is of another type is left out."""
    assert scope_from(arguments) == scope
