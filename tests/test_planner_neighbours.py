"""A refusal says what was understood, and offers questions that are answered when asked."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from effort import examples
from planner_questions import REFUSED
from planner_scopes import QUESTIONS
from planner_view import VIEW
from tagwright_agent.planner.beginnings import beginnings, kinds
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.neighbours import greeting, neighbours
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.reasons import reason
from tagwright_agent.planner.understand import understand
from tagwright_agent.planner.view import CatalogueView

MEASURED = replace(VIEW, usage=1000)
EMPTY = CatalogueView()


def refusal(text: str, view: CatalogueView = VIEW) -> Unclear:
    with pytest.raises(Unclear) as caught:
        understand(text, view)
    return caught.value


def answered(questions: tuple[str, ...] | list[str], view: CatalogueView = VIEW) -> None:
    """Each is planned, by a tool that there is."""
    for text in questions:
        assert all(frames()[question.frame].tool for question in understand(text, view)), text


@pytest.mark.parametrize("text", REFUSED)
def test_what_a_refusal_offers_is_answered(text: str) -> None:
    """Three at least, each another."""
    offered = refusal(text).questions
    assert len(set(offered)) == len(offered) >= 3
    answered(offered)


@pytest.mark.parametrize(
    ("text", "understood", "offered"),
    [
        ("Snowflake spend last month", "'last month'", "Cost in October 2026"),
        ("find idle EC2 instances", "'EC2'", "Cost for service Amazon Elastic Compute Cloud"),
        ("median cost per day", "'per day'", "Cost by day"),
        ("zorblat cost by team in October", "'team', 'October'", "Cost by team in October 2026"),
        ("zorblat tag coverage of AWS", "'tag coverage', 'AWS'", "Tag coverage for provider AWS"),
        ("why did zorblat go up in October", "'why'", "Why did cost in October 2026"),
    ],
)
def test_it_is_made_of_what_was_understood(text: str, understood: str, offered: str) -> None:
    said = refusal(text)
    assert understood in said.text
    assert said.questions[0].startswith(offered)
    assert said.partial is not None
    assert said.partial.unknown


@pytest.mark.parametrize("text", ["who is the president", "zorblat quux", "give me a recipe"])
def test_of_nothing_understood_the_beginnings_are_offered(text: str) -> None:
    said = refusal(text)
    assert "I did understand" not in said.text
    assert said.questions == tuple(beginnings(VIEW))
    assert said.partial is None


@pytest.mark.parametrize("kind", sorted({*QUESTIONS} - {"data", "plans"}))
@settings(deadline=None, max_examples=examples(25))
@given(data=st.data())
def test_a_word_more_that_nobody_knows_is_never_left_out(kind: str, data: st.DataObject) -> None:
    """Nothing is answered, the word is said, and what is offered is answered."""
    question = data.draw(QUESTIONS[kind])
    view = MEASURED if kind == "units" else VIEW
    words = frames()[question.frame].words(question)
    assume(not reason(words) and "unit price" not in words)  # those give a reason of their own
    unknown = data.draw(st.sampled_from(["zorblat", "quuxite", "xylograph"]))
    at = data.draw(st.sampled_from([0, len(words)]))
    said = refusal(f"{words[:at]} {unknown} {words[at:]}".strip(), view)
    assert re.search(rf"\b{unknown}\b", said.text)
    answered(said.questions, view)


@pytest.mark.parametrize("view", [VIEW, MEASURED], ids=["bill", "telemetry"])
def test_what_help_and_a_greeting_offer_is_answered(view: CatalogueView) -> None:
    answered(kinds(view), view)
    answered(greeting(view).questions, view)
    assert set(greeting(view).questions) <= set(kinds(view))
    assert ("Cost per request by model last month" in kinds(view)) is (view is MEASURED)


def test_without_keys_or_values_nothing_is_offered_that_needs_them() -> None:
    assert beginnings(EMPTY) == ["What did we spend last month?", "Cost by service last month"]


@pytest.mark.parametrize("text", ["approve the plan", "who approved the last plan?"])
def test_of_what_has_no_time_no_month_is_offered(text: str) -> None:
    """ "List plans last month" was answered with what Savings Plans cost."""
    offered = refusal(text).questions
    assert offered[0] == "List plans"
    assert "List plans last month" not in offered


@pytest.mark.parametrize(
    "text",
    [
        "Quanto abbiamo speso in ottobre?",
        "hoeveel hebben we uitgegeven aan AWS vorige maand",
        "Wie viel haben wir im Oktober ausgegeben?",
        "cuanto gastamos en AWS",
        "quanto gastamos mes passado",
        "combien avons nous depense en octobre",
    ],
)
def test_another_language_is_named_as_the_reason(text: str) -> None:
    assert refusal(text).text.startswith("I understand questions in English only.")


@pytest.mark.parametrize("text", ["zorblat quuxite cost by team", "cost of die casting by team"])
def test_unknown_words_are_not_another_language(text: str) -> None:
    assert "are nothing I know in this data" in refusal(text).text


def test_no_neighbour_is_offered_that_is_not_answered() -> None:
    """The judge says no to all: what is left are the beginnings."""
    [question] = understand("cost by team in October", VIEW)
    assert neighbours(question, VIEW, lambda _: False) == tuple(beginnings(VIEW))
    assert neighbours(question, VIEW, lambda _: True)[0] == "Cost by team in October 2026"
    assert neighbours(None, VIEW, lambda _: True) == tuple(beginnings(VIEW))
