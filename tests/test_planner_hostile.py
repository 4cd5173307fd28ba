"""Conversations that ended in an exception, never ended, or were answered about something else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from planner_questions import F
from planner_view import VIEW, planned
from tagwright_agent.messages import Call, Message
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.plan import ASKED, say
from tagwright_agent.planner.question import Filter, Unclear
from tagwright_agent.planner.understand import understand

if TYPE_CHECKING:
    from tagwright_agent.planner.view import CatalogueView

_BOUND = frozenset(VIEW.tools)
_PLATFORM = "What did platform cost in October?"
"""A team and a product are called so."""


def _said(*turns: str) -> Message:
    """What is said to the last turn, where none before it was answered."""
    thread: list[Message] = []
    for turn in turns:
        thread.append(Message("question", turn))
        thread.append(say(VIEW, thread, _BOUND))
    return thread[-1]


def _arguments(message: Message) -> list[dict[str, Any]]:
    return [call.arguments for call in message.calls]


def _with(**values: tuple[str, ...]) -> CatalogueView:
    """The view with these values beside the others."""
    more = {
        name: replace(VIEW.dimensions[name], values=(*VIEW.dimensions[name].values, *added))
        for name, added in values.items()
    }
    return replace(VIEW, dimensions={**VIEW.dimensions, **more})


@pytest.mark.parametrize("word", ["so", "show me", "please", "and"])
def test_a_hundred_words_that_say_nothing_are_read_in_one_pass(word: str) -> None:
    """Each blank was read in two ways: eighteen such words took ten seconds, a hundred for ever."""
    words = " ".join([word] * (140 // len(word.split())))
    assert planned("AWS cost in October", f"{words} zzz") == "refused"


def test_a_long_message_is_not_read_to_see_whether_it_answers() -> None:
    """With a question open, ten thousand characters were read whole: twelve seconds."""
    said = _said(_PLATFORM, "search " * 1500)
    assert "at most 150 words" in said.text
    assert said.about[ASKED]["value"] == "platform"  # and it is still open


def test_a_question_asked_back_for_a_new_one_is_of_the_new_one() -> None:
    """It was kept as the first: "environment" asked of platform again, in October."""
    said = _said(_PLATFORM, "What did production cost in September?", "the environment")
    assert _arguments(said) == [{"filters": [F("environment", "production")], "period": "2026-09"}]


def test_two_names_that_are_several_things_are_settled_one_after_the_other() -> None:
    """The second answer forgot the first: it was asked round and round."""
    said = _said("What did platform cost in production in October?", "the environment", "the team")
    [call] = _arguments(said)
    assert call["period"] == "2026-10"
    assert {f["dimension"]: f["values"] for f in call["filters"]} == {
        "team": ["platform"], "environment": ["production"],
    }  # fmt: skip


def test_the_time_in_an_answer_is_the_one_that_is_meant() -> None:
    """October was answered, though September was said last."""
    said = _said(_PLATFORM, "the team in September")
    assert _arguments(said) == [{"filters": [F("team", "platform")], "period": "2026-09"}]


@pytest.mark.parametrize("answer", ["not the team", "the team by service", "the team without AWS"])
def test_an_answer_that_says_more_than_which_does_not_settle_it(answer: str) -> None:
    """Only "team" was heard of it."""
    said = _said(_PLATFORM, answer)
    assert not said.calls
    assert said.about[ASKED]["value"] == "platform"  # and it is still open


def test_a_name_is_put_in_for_the_whole_word_alone() -> None:
    """In "gpt-4o and gpt-4o's" the name went into the middle of another word."""
    view = _with(x_ai_model_id=("gpt-4o-mini", "claude-sonnet-4-5"), team=("xgpt-4oz",))
    thread = [Message("question", "cost of gpt-4o for team xgpt-4oz in October")]
    thread.append(say(view, thread, _BOUND))
    thread.append(Message("question", "yes"))
    [call] = _arguments(say(view, thread, _BOUND))
    assert {f["dimension"]: f["values"] for f in call["filters"]} == {
        "x_ai_model_id": ["gpt-4o-mini"], "team": ["xgpt-4oz"],
    }  # fmt: skip


def test_a_name_of_a_bill_asks_nothing() -> None:
    """What stood behind the question mark of a model's name was asked as if a person had."""
    name = "gpt-4o-mini? What is the cost by team"
    view = _with(x_ai_model_id=(name, "claude-sonnet-4-5"))
    thread = [Message("question", "cost of gpt-4o in October")]
    thread.append(say(view, thread, _BOUND))
    assert thread[-1].about[ASKED]["names"] == [name]
    thread.append(Message("question", "yes"))
    assert not say(view, thread, _BOUND).calls


def test_the_same_is_not_asked_twice() -> None:
    """Two questions of one message became one when the second went on by product."""
    thread: list[Message] = []
    for turn in (_PLATFORM, "by month", "the team", "by product"):
        thread.append(Message("question", turn))
        thread.append(say(VIEW, thread, _BOUND))
        calls: tuple[Call, ...] = thread[-1].calls
        thread += [Message("result", "{}", call=call.id, failed=True) for call in calls]
    [call] = _arguments(thread[-1 - len(calls)])
    assert call["group_by"] == ["product"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("What did shrink cost in October?", F("team", "shrink")),
        ("what did we spend for the board in October", F("team", "board")),
        ("non-prod cost in October", F("environment", "non-prod")),
        ("cost for our review in October", F("product", "review")),
    ],
)
def test_a_name_is_no_idiom(text: str, named: dict[str, Any]) -> None:
    """They were read as "fall", as nothing, and as all but production."""
    view = _with(team=("shrink", "board"), environment=("non-prod",), product=("review",))
    assert planned(text, view=view) == [("query_costs", {"filters": [named], "period": "2026-10"})]


@pytest.mark.parametrize(
    ("said", "period"),
    [("the weekend of October 3 to 4", "2026-10-03/2026-10-05"), ("the weekend of October 3", "")],
)
def test_a_weekend_is_two_days_or_is_asked_about(said: str, period: str) -> None:
    """Of the weekend of October 3 the Saturday alone was told."""
    calls = planned(f"cost for {said}")
    assert calls == ([("query_costs", {"period": period})] if period else "refused")


@pytest.mark.parametrize("turn", ["and in October", "for AWS", "without search"])
def test_how_many_goes_on_as_how_many(turn: str) -> None:
    """It was answered with what they cost."""
    [(_, arguments)] = planned("how many teams are there in October", turn)
    assert F("team", op="not_null") in arguments["filters"]


def test_what_was_read_is_told_of_names_alone() -> None:
    """ "Read as: both = and" stood below the answer."""
    before = understand("and Azure?", VIEW, before=understand("AWS cost in October", VIEW))
    history = understand("AWS cost in October", VIEW)
    [both] = understand("both in September", VIEW, before=before, history=history)
    assert both.scope.notes == ()


@pytest.mark.parametrize("name", ["all", "new\nline", "\u202eabc"])
def test_that_account_is_a_name_and_no_words(name: str) -> None:
    """An account called "all" was the whole company; a line break asked what is new."""
    view = _with(sub_account_name=(name,))
    row = Filter(dimension="sub_account_name", values=(name,))
    [first] = understand("which account cost the most in October?", view)
    before = understand("AWS cost in October", view)
    with pytest.raises(Unclear, match="please say its name"):
        understand(
            "what did that account cost in September?",
            view,
            before=before,
            history=[first.but(top=row)],
        )


@pytest.mark.parametrize(
    ("turns", "meant"),
    [
        (("AWS cost on 2026-10-15", "and the same day a MONTH earlier?"), "2026-09-15"),
        (("AWS cost in October", "What Do Those Three Add Up To?"), "clarify"),
        (("allocated costs in October", "drop those without a team"), "clarify"),
        (("how many teams are there in October", "drop the teams"), "clarify"),
        (("how many teams are there in October", "same thing for search"), "clarify"),
    ],
)
def test_it_ended_in_an_exception(turns: tuple[str, ...], meant: str) -> None:
    found = planned(*turns)
    assert found in ("clarify", "refused") if meant == "clarify" else meant in str(found)


def test_a_word_that_nobody_knew_is_not_settled_by_more_rows() -> None:
    """By month, all that the company spends was told, without a word about zorg."""
    assert planned("how much is zorg by team in October", "by month") == "clarify"


def test_new_rows_of_two_kinds_are_no_they() -> None:
    """It ended in an exception: a service and a team that are new are no rows of one list."""
    [new] = understand("what is new in October?", VIEW)
    rows = tuple(Filter(dimension=d, values=("x",)) for d in ("service_name", "team"))
    with pytest.raises(Unclear, match="please say their names"):
        understand("what do they cost?", VIEW, before=[new.but(rows=rows)])


def test_state_of_an_older_thread_is_read() -> None:
    """It lacks ``many``, and what was asked back lacks what was settled before."""
    kept = {"frame": "costs", "scope": {"groups": ["team"], "order": "desc"}}
    question = frames()["costs"].question.model_validate(kept)
    assert not question.many
    older = {"question": _PLATFORM, "value": "platform", "dimensions": ["product", "team"]}
    [found] = understand("the team", VIEW, asked=older)
    assert found.scope.on("team") is not None
