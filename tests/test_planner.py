"""The built-in planner: a table of questions, conversations, and text that nobody meant as one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from effort import examples
from planner_conversations import SEQUENCES
from planner_questions import CLARIFIED, PLANNED, REFUSED
from planner_thread import bound
from planner_view import VIEW
from tagwright.registry import load_registry
from tagwright_agent.planner.frames import frame_of_tool, frames
from tagwright_agent.planner.question import Question, Unclear
from tagwright_agent.planner.understand import understand

MODEL = bound(VIEW)


def _sorted(call: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    name, arguments = call
    if "filters" in arguments:
        ordered = sorted(arguments["filters"], key=json.dumps)
        arguments = {**arguments, "filters": ordered}
    return name, arguments


def _call_of(question: Question) -> tuple[str, dict[str, Any]]:
    frame = frames()[question.frame]
    return _sorted((frame.tool, frame.call(question)))


def _plan(text: str) -> list[tuple[str, dict[str, Any]]]:
    return [_call_of(question) for question in understand(text, VIEW)]


def _valid(name: str, arguments: dict[str, Any]) -> None:
    """The tool exists and takes these arguments."""
    tool = load_registry().tools[name]
    tool.validate(arguments)


@pytest.mark.parametrize(("question", "wanted"), PLANNED, ids=[q for q, _ in PLANNED])
def test_planned(question: str, wanted: tuple[str, dict[str, Any]]) -> None:
    """See the table in planner_questions."""
    assert _plan(question) == [_sorted(wanted)]
    _valid(*wanted)


@pytest.mark.parametrize("question", CLARIFIED)
def test_clarified(question: str) -> None:
    """Two readings, or too little: asked back, with no call made."""
    said = MODEL.invoke([HumanMessage(question)])
    assert said.response_metadata["tagwright_status"] == "clarify"
    assert not said.tool_calls


@pytest.mark.parametrize("question", REFUSED)
def test_refused(question: str) -> None:
    """Out of scope: refused, with no call made; test_planner_neighbours reads what is offered."""
    said = MODEL.invoke([HumanMessage(question)])
    assert said.response_metadata["tagwright_status"] == "refused"
    assert not said.tool_calls


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: sequence[0][0])
def test_follow_ups(sequence: list[tuple[str, tuple[str, dict[str, Any]]]]) -> None:
    """Each question with the one before as its context."""
    before: list[Question] = []
    for text, wanted in sequence:
        before = understand(text, VIEW, before=before)
        assert [_call_of(question) for question in before] == [_sorted(wanted)], text


def test_several_questions_in_one_message() -> None:
    """They are separable; the second leans on the first."""
    assert _plan("What did we spend on EC2 in October? And by region?") == [
        *_plan("EC2 cost in October"),
        *_plan("EC2 cost by region in October"),
    ]


def test_one_bad_question_of_two_answers_neither() -> None:
    """Half an answer would look like a whole one."""
    with pytest.raises(Unclear) as caught:
        understand("What did we spend in October? What will we spend next month?", VIEW)
    assert caught.value.status == "refused"


def test_names_side_by_side_of_different_dimensions_are_two_questions() -> None:
    """As filters of one question they would mean what is both: always nothing."""
    assert _plan("EC2 and OpenAI spend in October") == [
        *_plan("EC2 cost in October"),
        *_plan("OpenAI cost in October"),
    ]


def test_two_metrics_are_two_calls() -> None:
    """List against effective cost is not a comparison of periods."""
    assert [arguments["metric"] for _, arguments in _plan("list cost vs effective cost")] == [
        "list_cost",
        "effective_cost",
    ]


def test_the_answer_to_a_question_back_settles_it() -> None:
    """ "production" is an environment and an account; the person says which."""
    messages: list[BaseMessage] = [HumanMessage("cost of production in October")]
    asked = MODEL.invoke(messages)
    assert asked.response_metadata["tagwright_status"] == "clarify"
    assert "environment" in asked.text
    assert "account name" in asked.text
    said = MODEL.invoke([*messages, asked, HumanMessage("the account")])
    assert said.tool_calls[0]["args"] == {
        "period": "2026-10",
        "filters": [{"dimension": "sub_account_name", "op": "in", "values": ["production"]}],
    }


def test_unknown_names_are_asked_about_and_never_taken_for_another() -> None:
    """The word is far from every value: nothing is guessed."""
    with pytest.raises(Unclear) as caught:
        understand("cost of the zebra team", VIEW)
    assert "zebra" in caught.value.text


def test_only_bound_tools_are_called() -> None:
    """A tool that is not connected is said to be missing."""
    model = bound(VIEW, "describe_data")
    said = model.invoke([HumanMessage("total cost")])
    assert not said.tool_calls
    assert said.response_metadata["tagwright_status"] == "refused"
    assert "query_costs" in said.text


def test_a_failed_tool_is_said_in_its_own_words() -> None:
    """No figure, no traceback, no JSON."""
    question = HumanMessage("total cost")
    call = MODEL.invoke([question])
    error = {"type": "UnknownNameError", "message": "Unknown period 'x'.", "hint": "Say 2026-09."}
    failed = ToolMessage(
        json.dumps(error), tool_call_id=call.tool_calls[0]["id"], status="error", name="query_costs"
    )
    said = MODEL.invoke([question, call, failed])
    assert said.text == "Unknown period 'x'. Say 2026-09."
    assert said.response_metadata["tagwright_status"] == "refused"


def test_results_are_read_from_json_where_there_is_no_artifact() -> None:
    """Other clients hand the result over as text."""
    question = HumanMessage("total cost in October")
    call = MODEL.invoke([question])
    result = {
        "totals": [{"currency": "USD", "effective_cost": "12.345"}],
        "period": {"start": "2026-10-01", "end": "2026-11-01", "label": "2026-10"},
    }
    answer = ToolMessage(json.dumps(result), tool_call_id=call.tool_calls[0]["id"])
    said = MODEL.invoke([question, call, answer])
    assert said.text == "Effective cost, October 2026: 12.34 USD."
    assert said.response_metadata["tagwright_status"] == "answered"


@pytest.mark.parametrize(("text", "wanted"), PLANNED, ids=[q for q, _ in PLANNED])
def test_questions_are_read_back_from_calls(text: str, wanted: tuple[str, dict[str, Any]]) -> None:
    """Calls that another model made can be followed up like our own."""
    frame = frame_of_tool(wanted[0])
    assert frame is not None
    assert frame.back is not None
    again = frame.call(frame.back(wanted[1]))
    again.pop("limit", None)
    assert _sorted((wanted[0], again))[1].items() <= _sorted(wanted)[1].items(), text


_WORDS = st.sampled_from(
    [
        *sorted({word for question, _ in PLANNED for word in question.split()}),
        "|",
        "``",
        "2026-13-45",
        "99999999999999",
        "\u202e",
        "arn:aws:s3:::b",
        "tag:",
        "plan-1",
    ]
)


@settings(deadline=None, max_examples=examples(150))
@given(st.one_of(st.text(max_size=200), st.lists(_WORDS, max_size=12).map(" ".join)))
def test_any_text_plans_valid_calls_or_says_why_not(text: str) -> None:
    """Nothing crashes; every call is of a bound tool with arguments that its schema takes."""
    first = MODEL.invoke([HumanMessage("EC2 cost by region in October")])
    done = ToolMessage("{}", tool_call_id=first.tool_calls[0]["id"])
    history = [HumanMessage("EC2 cost by region in October"), first, done, AIMessage("Done.")]
    for messages in ([HumanMessage(text)], [*history, HumanMessage(text)]):
        said = MODEL.invoke(messages)
        for call in said.tool_calls:
            _valid(call["name"], call["args"])
        if not said.tool_calls:
            assert said.response_metadata["tagwright_status"] in {"answered", "clarify", "refused"}
            assert said.text
