"""Everyday ways of going on mean what the grammar has a word for, after a question alone."""

from __future__ import annotations

import pytest

from planner_questions import EC2, OPENAI, SEARCH, F, Q
from planner_view import VIEW
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.frames.costs import costs
from tagwright_agent.planner.onward import onward
from tagwright_agent.planner.question import Filter, Question, Scope, Unclear
from tagwright_agent.planner.understand import understand

_COSTS = [costs(Scope(groups=("team",)))]
_LACKING = [costs(Scope(filters=(Filter(dimension="team", op="is_null"),)))]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ok, drop AWS", "ok, without AWS"),
        ("hide the ones without a team", "those that have a team"),
        ("drill into search", "only search"),
        ("stack it by provider", "also by provider"),
        ("slice that by region", "by region"),
        ("put it in a chart", "as a chart"),
        ("and what's that made of?", "and what is it by service"),
        ("is that more than before?", "and vs the period before"),
        ("where is that from?", "receipt"),
        ("show me the sql", "receipt"),
        ("fix them", "propose tag fixes for it"),
        ("make a plan for it", "propose tag fixes for it"),
        ("cost per 1m", "cost per million tokens"),
        ("who's on top?", "the highest"),
        ("sort ascending", "smallest first"),
    ],
)
def test_a_way_of_going_on_is_read_as_what_it_means(said: str, meant: str) -> None:
    assert onward(said, _COSTS).endswith(meant)
    assert onward(said, []) == said


@pytest.mark.parametrize("said", ["drop in AWS cost", "cut costs", "and in September?", "drop it"])
def test_what_only_looks_so_stays(said: str) -> None:
    assert onward(said, _COSTS) == said


def test_a_list_is_of_resources_where_something_is_lacking() -> None:
    assert onward("list them", _LACKING) == "and it by resource"
    assert onward("list them", _COSTS) == "list them"


def _talk(*turns: str) -> list[Question]:
    before: list[Question] = []
    history: list[Question] = []
    for turn in turns:
        found = understand(turn, VIEW, before=before, history=history)
        before, history = found, [*before, *history]
    return before


@pytest.mark.parametrize(
    ("turns", "call"),
    [
        (("cost by month for AWS and OpenAI", "drop AWS"),
         Q(group_by=["month", "service_provider_name"], filters=[OPENAI], limit=1000)),
        (("monthly cost", "just AWS and OpenAI"),
         Q(group_by=["service_provider_name", "month"],
           filters=[F("service_provider_name", "AWS", "OpenAI")], limit=1000)),
        (("cost by month", "now add provider"),
         Q(group_by=["month", "service_provider_name"], limit=1000)),
        (("EC2 cost in October", "prod instead"),
         Q(filters=[F("environment", "production")], period="2026-10")),
        (("July vs August", "and August to September"), Q(period="2026-09", compare_to="2026-08")),
        (("EC2 cost in October", "is it up from September"),
         Q(filters=[EC2], period="2026-10", compare_to="2026-09")),
        (("cost in October", "run rate?"), Q(group_by=["month"], period="2026-10", limit=1000)),
        (("EC2 cost in October", "ok another thing: how many accounts do we have"),
         Q(group_by=["sub_account_id"], filters=[F("sub_account_id", op="not_null")], limit=1000)),
        (("compute cost in October", "and non-compute"),
         Q(filters=[F("service_category", "Compute", op="not_in")], period="2026-10")),
        (("list cost in October", "effective cost", "the difference"),
         Q(metric="savings", period="2026-10")),
        (("EC2 cost of team search in October", "and everyone else"),
         Q(filters=[EC2, F("team", "search", op="not_in")], period="2026-10")),
    ],
)  # fmt: skip
def test_the_rest_of_the_question_stays(turns: tuple[str, ...], call: tuple[str, object]) -> None:
    [question] = _talk(*turns)
    assert (frames()[question.frame].tool, frames()[question.frame].call(question)) == call


def test_fixes_are_proposed_of_what_lacks_tags_and_of_nothing_else() -> None:
    [question] = _talk("EC2 cost without a team in October", "fix those")
    assert frames()[question.frame].call(question) == {
        "filters": [EC2], "period": "2026-10", "keys": ["team"],
    }  # fmt: skip
    with pytest.raises(Unclear, match="The tags of what"):
        _talk("EC2 cost in October", "fix it")


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        (("cost of team search", "checkout"), "Beside search, or only what is both"),
        (("tax in October", "and EC2"), "Of Tax alone"),
        (("EC2 cost in October", "both side by side"), "Both of what"),
        (("AWS cost", "forget the region filter"), "no such filter"),
        (("AWS cost", "what would it change"), "A plan says"),
        (("which services are new in October", "their cost"), "Nothing is new there"),
    ],
)
def test_where_it_is_not_sure_nothing_is_answered(turns: tuple[str, ...], said: str) -> None:
    with pytest.raises(Unclear, match=said):
        _talk(*turns)


def test_yes_is_what_was_asked_back() -> None:
    [before] = understand("team search cost in October", VIEW)
    with pytest.raises(Unclear, match="Shall I leave out") as asked:
        understand("everything", VIEW, before=[before])
    known = {"question": "everything", **asked.value.choice}
    [question] = understand("yes please", VIEW, before=[before], asked=known)
    assert frames()[question.frame].call(question) == {"period": "2026-10"}
    with pytest.raises(Unclear, match="Do you mean 'team'") as asked:
        understand("teem cost in October", VIEW)
    [question] = understand("yes", VIEW, asked={"question": "", **asked.value.choice})
    assert frames()[question.frame].call(question) == {"group_by": ["team"], "period": "2026-10"}


def test_the_first_or_the_second_of_two_that_were_asked_about() -> None:
    asked = {"question": "platform cost", "value": "platform", "dimensions": ["product", "team"]}
    for said, name in (("the first one", "product"), ("the second", "team")):
        [question] = understand(said, VIEW, asked=asked)
        assert question.scope.filters == (Filter(dimension=name, values=("platform",)),)
    with pytest.raises(Unclear, match="Which of them") as again:
        understand("yes", VIEW, asked=asked)
    assert again.value.choice == asked


def test_a_correction_that_was_not_understood_is_not_passed_over() -> None:
    [before] = understand("EC2 cost by day from 14 to 16 October", VIEW)
    with pytest.raises(Unclear) as refused:
        understand("i meant frobnicated 18", VIEW, before=[before])
    partial = refused.value.partial
    assert partial is not None
    with pytest.raises(Unclear, match=r"not answered \('meant frobnicated 18'\)"):
        understand("in total", VIEW, before=[partial], history=[before])
    [said] = understand("from 14 to 18 October", VIEW, before=[partial], history=[before])
    assert said.scope.period == "2026-10-14/2026-10-19"


def test_search_is_a_team_here() -> None:
    """The table above means the team by its name alone."""
    [question] = understand("cost of team search", VIEW)
    assert [item.argument() for item in question.scope.filters] == [SEARCH]
