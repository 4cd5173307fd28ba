"""What this planner asked back stays open: nothing is answered as if it had never been asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from planner_questions import EC2, F
from planner_thread import bound, said
from planner_view import VIEW, planned

_PLATFORM = "what did platform cost in October?"
"""A team and a product are called so."""


@pytest.mark.parametrize(
    "turn",
    [
        "which models",
        "cost per request",
        "only for Acme",
        "month by month",
        "when did it start?",
        "how many tokens was that",
        "what did they cost us, by model",
        "and the biggest one?",
        # They say a time or rows of it, and no more.
        "this year",
        "cost of each in October",
        "requests as well",
        "drop EC2",
        "staging only",
    ],
)
def test_what_goes_on_from_an_open_question_asks_it_again(turn: str) -> None:
    """It was answered of the whole company: what was asked back was dropped without a word."""
    told = said(_PLATFORM, turn)
    assert not told.tool_calls
    assert "the team 'platform'" in told.text


@pytest.mark.parametrize(
    ("turns", "arguments"),
    [
        ((_PLATFORM, "which models", "the team"),
         {"filters": [F("team", "platform")], "period": "2026-10"}),
        ((_PLATFORM, "prod only", "the team"),
         {"filters": [F("team", "platform"), F("environment", "production")],
          "period": "2026-10"}),
        (("what did platform cost", "this yr", "the team"),
         {"filters": [F("team", "platform")], "period": "2026"}),
        ((_PLATFORM, "EC2 cost in October"), {"filters": [EC2], "period": "2026-10"}),
        ((_PLATFORM, "never mind", "cost by team"), {"group_by": ["team"]}),
        ((_PLATFORM, "what data do you have?"), {}),
    ],
)  # fmt: skip
def test_until_it_is_settled_left_or_another_is_asked(
    turns: tuple[str, ...], arguments: dict[str, Any]
) -> None:
    [call] = said(*turns).tool_calls
    assert call["args"] == arguments


@pytest.mark.parametrize("answer", ["yes", "gpt-4o-mini", "gpt-4o-mini please", "yes, that one"])
def test_a_name_that_was_asked_back_is_chosen_by_saying_it(answer: str) -> None:
    """The answer lost the month of the question."""
    view = replace(
        VIEW,
        dimensions={
            **VIEW.dimensions,
            "x_ai_model_id": replace(
                VIEW.dimensions["x_ai_model_id"], values=("gpt-4o-mini", "claude-sonnet-4-5")
            ),
        },
    )
    model = bound(view)
    thread: list[BaseMessage] = [HumanMessage("what did we spend on gpt-4o in October")]
    thread.append(model.invoke(thread))
    assert "Do you mean gpt-4o-mini?" in thread[-1].text
    [call] = model.invoke([*thread, HumanMessage(answer)]).tool_calls
    assert call["args"] == {"filters": [F("x_ai_model_id", "gpt-4o-mini")], "period": "2026-10"}


@pytest.mark.parametrize(
    "text",
    [
        "how does that compare to September",
        "what do they cost by model",
        "what did those cost in October",
    ],
)
def test_who_they_are_is_asked_where_nobody_was_named(text: str) -> None:
    assert planned(text) == "clarify"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("how many requests did platform serve in October?", "product"),
        ("cost per request for platform in October", "product"),
        ("cost per request for the team platform in October", "team"),
    ],
)
def test_what_serves_requests_is_a_product(text: str, kind: str) -> None:
    [(tool, arguments)] = planned(text, view=replace(VIEW, usage=1000))
    assert tool == "unit_costs"
    assert arguments["filters"] == [F(kind, "platform")]
