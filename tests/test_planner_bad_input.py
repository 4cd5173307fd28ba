"""What nobody meant as a question, or meant badly: told so, never answered with something else."""

from __future__ import annotations

import pytest

from planner_view import VIEW
from tagwright_agent.messages import STATUS, Call, Message
from tagwright_agent.planner.plan import say
from tagwright_agent.planner.question import Question, Unclear
from tagwright_agent.planner.understand import understand

BOUND = frozenset(VIEW.tools)


def refused(text: str, before: list[Question] | None = None) -> Unclear:
    with pytest.raises(Unclear) as caught:
        understand(text, VIEW, before=before or [])
    return caught.value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a" * 10_000, "at most 150 words"),
        ("cost by team last month? " * 200, "at most 150 words"),
        ("spend? " * 100, "at most 4 questions"),
        ("\U0001f642\U0001f642\U0001f4b8", "What do you want to know"),
        ("?!?", "What do you want to know"),
        ("Wie viel haben wir im Oktober ausgegeben?", "English"),
        ("¿cuánto gastamos en septiembre por equipo?", "English"),
        ("先月の費用はいくらですか", "English"),
        ("AWS but not AWS in October", "asked for and left out at once"),
        ("SELECT SUM(EffectiveCost) FROM charges; DROP TABLE charges;", "not SQL"),
        ("cost by team in October'; DROP TABLE charges; --", "not SQL"),
        ("cost of platform in October", "several things"),
        ("cost of who in October", "'who'"),
        ("teem costs in october", "'team'"),
        ("spend on 31 September 2026", "31"),
        ("top 0 services in October", "how many"),
    ],
)  # fmt: skip
def test_it_is_told(text: str, says: str) -> None:
    unclear = refused(text)
    assert says in unclear.text, unclear.text


def test_html_is_text_of_nobody() -> None:
    unclear = refused("<script>cost</script> cost by provider in October")
    assert "'script'" in unclear.text


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("cost of team growth in October", "team", "growth"),
        ("growth team cost in October", "team", "growth"),
        ("cost without team growth", "team", "growth"),
        ("what did the data team spend", "team", "data"),
        ("cost of product platform in October", "product", "platform"),
    ],
)
def test_names_that_are_also_words_are_names_beside_their_dimension(
    text: str, dimension: str, value: str
) -> None:
    [question] = understand(text, VIEW)
    item = question.scope.on(dimension)
    assert item is not None
    assert item.values == (value,)
    assert not question.scope.compare_to


def test_a_thread_of_five_hundred_turns_goes_on() -> None:
    """The last turns are what a message goes on from; the time does not grow with the square."""
    messages: list[Message] = []
    for number in range(500):
        month = f"2026-{number % 9 + 1:02d}"
        call = Call("query_costs", {"period": month, "group_by": ["team"]}, f"c{number}")
        messages += [
            Message("question", f"cost by team in {month}"),
            Message("said", calls=(call,)),
            Message("result", call=call.id, content={"rows": [], "totals": []}),
            Message("said", "Done.", about={STATUS: "answered"}),
        ]
    said = say(VIEW, [*messages, Message("question", "and by service instead?")], BOUND)
    [call] = said.calls
    assert call.arguments == {"period": "2026-05", "group_by": ["service_name"]}


def test_a_refused_turn_does_not_poison_the_next() -> None:
    first = understand("EC2 cost in October", VIEW)
    assert "flurb" in refused("and the flurb?", first).text
    [question] = understand("and in September?", VIEW, before=first)
    assert question.scope.period == "2026-09"
    assert question.scope.filters == first[0].scope.filters
