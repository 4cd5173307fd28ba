"""Follow-ups: what a new message says takes the place of what was said, and nothing else does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from planner_questions import AWS, AZURE, EC2, GCP, OPENAI, S3, SEARCH, C, E, F, Q, W
from planner_scopes import QUESTIONS
from planner_view import VIEW
from tagwright.registry import load_registry
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.question import Question, Unclear
from tagwright_agent.planner.understand import understand

MEASURED = replace(VIEW, usage=1000)
REGISTRY = load_registry()
PLATFORM = F("team", "platform", op="not_in")
ALL = {"limit": 1000}


def talked(*messages: str) -> list[Question]:
    """What the last message asks, after the others; the newest that asked is the one before it."""
    before: list[Question] = []
    history: list[Question] = []
    for message in messages:
        found = understand(message, MEASURED, before=before, history=history)
        if found[0].frame != "talk":
            before, history = found, [*before, *history]
    return found


def called(question: Question) -> tuple[str, dict[str, Any]]:
    frame = frames()[question.frame]
    arguments = frame.call(question)
    if "filters" in arguments:
        arguments["filters"] = sorted(arguments["filters"], key=json.dumps)
    return frame.tool, arguments


def wanted(call: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    name, arguments = call
    if "filters" in arguments:
        arguments = {**arguments, "filters": sorted(arguments["filters"], key=json.dumps)}
    return name, arguments


CONVERSATIONS: list[tuple[list[str], tuple[str, dict[str, Any]]]] = [
    # a period takes the place of the period
    (["EC2 cost in October", "and in September?"], Q(filters=[EC2], period="2026-09")),
    (["EC2 cost in October", "in Q3"], Q(filters=[EC2], period="2026-Q3")),
    (["EC2 cost in October", "the month before"], Q(filters=[EC2], period="2026-09")),
    (["EC2 cost on 2026-10-05", "the day before"], Q(filters=[EC2], period="2026-10-04")),
    # a second period to compare with
    (["EC2 cost in October", "compare with September"],
     Q(filters=[EC2], period="2026-10", compare_to="2026-09")),
    (["EC2 cost in October", "vs the previous month"],
     Q(filters=[EC2], period="2026-10", compare_to="previous_period")),
    (["October vs September", "and in August?"], Q(period="2026-08", compare_to="previous_period")),
    # a group takes the place of the groups, "and by" adds, times stand beside things
    (["cost by service in October", "by region"], Q(group_by=["region_id"], period="2026-10")),
    (["cost by service in October", "and by team"],
     Q(group_by=["service_name", "team"], period="2026-10")),
    (["cost by service in October", "by team instead"], Q(group_by=["team"], period="2026-10")),
    (["cost by service in October", "daily"],
     Q(group_by=["service_name", "day"], period="2026-10", **ALL)),
    (["cost by service in October", "by day instead"],
     Q(group_by=["day"], period="2026-10", **ALL)),
    (["cost by service in October", "monthly"], Q(group_by=["service_name", "month"], **ALL)),
    # two times that are compared are both there by day or week
    (["October vs September by team", "daily"],
     Q(group_by=["team", "day"], period="2026-09-01/2026-11-01", **ALL)),
    (["EC2 in October", "compared to the month before"],
     Q(filters=[EC2], period="2026-10", compare_to="2026-09")),
    (["October vs September by service", "show only October"],
     Q(group_by=["service_name"], period="2026-10")),
    # the rest is all but the one that was named; of all there is, nothing stays left out
    (["AWS cost by team in October", "and the rest?"],
     Q(group_by=["team"], filters=[F("service_provider_name", "AWS", op="not_in")],
       period="2026-10")),
    (["AWS cost by team in October", "top 3 services overall"],
     Q(group_by=["service_name"], period="2026-10", limit=8)),
    # both, the two, which of them
    (["EC2 in October", "and S3?", "both by month"],
     Q(group_by=["service_name", "month"],
       filters=[F("service_name", *EC2["values"], *S3["values"])], **ALL)),
    (["EC2 in October", "and S3?", "no wait, both"],
     Q(filters=[F("service_name", *EC2["values"], *S3["values"])], period="2026-10")),
    (["EC2 in October", "and S3?", "which of the two grew since September"],
     Q(group_by=["service_name"], filters=[F("service_name", *EC2["values"], *S3["values"])],
       period="2026-10", compare_to="2026-09")),
    (["EC2 in October", "and S3?", "difference"],
     Q(group_by=["service_name"], filters=[F("service_name", *EC2["values"], *S3["values"])],
       period="2026-10")),
    # one that is spoken of takes the place in a comparison, and is put back where it was left out
    (["EC2 October vs September", "is S3 up too?"],
     Q(filters=[S3], period="2026-10", compare_to="2026-09")),
    (["cost by team in October without EC2 and S3", "put EC2 back in"],
     Q(group_by=["team"], filters=[F("service_name", *S3["values"], op="not_in")],
       period="2026-10")),
    (["cost through September"], Q(period="2025-07-01/2026-10-01")),
    # a filter takes the place of one on the same dimension, and of the same kind of thing
    (["EC2 cost in October", "and S3?"], Q(filters=[S3], period="2026-10")),
    (["EC2 cost in October", "what about OpenAI?"], Q(filters=[OPENAI], period="2026-10")),
    (["EC2 cost in October", "only team search"], Q(filters=[EC2, SEARCH], period="2026-10")),
    (["cost of team search", "only AWS"], Q(filters=[SEARCH, AWS])),
    (["cost of team search", "and team data?"], Q(filters=[F("team", "data")])),
    (["AWS cost by team", "without team platform"],
     Q(group_by=["team"], filters=[AWS, PLATFORM])),
    (["cost by service", "only S3"], Q(filters=[S3])),  # rows by the one that is left are one row
    (["cost of AWS and Azure", "and GCP?"], Q(filters=[GCP])),
    # limits, thresholds, order and metrics are added
    (["cost by team", "top 3"], Q(group_by=["team"], limit=8)),
    (["cost by team", "over $100"], Q(group_by=["team"], having=">100")),
    (["cost by team", "top 3", "over $100"], Q(group_by=["team"], having=">100", limit=8)),
    (["cost by team in October", "billed"],
     Q(group_by=["team"], period="2026-10", metric="billed_cost")),
    (["billed cost in October", "list cost"], Q(period="2026-10", metric="list_cost")),
    # reasons, and what goes on from them
    (["EC2 cost in October", "why?"], E(filters=[EC2], period="2026-10")),
    (["cost by month", "why?"], E()),
    (["October vs August", "why?"], E(compare_to="2026-08", period="2026-10")),
    (["Why did costs go up in October?", "by service"], E(period="2026-10", by=["service_name"])),
    (["Why did costs go up in October?", "which team was it?"], E(period="2026-10", by=["team"])),
    (["Why did costs go up in October?", "and in September?"], E(period="2026-09")),
    (["Why did AWS go up in October?", "top 3 services"],
     Q(filters=[AWS], period="2026-10", group_by=["service_name"], limit=8)),
    # coverage
    (["tag coverage by service", "and of product?"],
     C(group_by=["service_name"], keys=["product"])),
    (["product coverage by service", "by team"], C(group_by=["team"], keys=["product"])),
    (["tag coverage", "only Azure", "in October"], C(filters=[AZURE], period="2026-10")),
    (["EC2 cost in October", "how much of that is untagged?"], C(filters=[EC2], period="2026-10")),
    # shares, averages, counts
    (["share of EC2 in AWS in October", "and S3?"],
     Q(group_by=["service_name"], filters=[AWS], period="2026-10", **ALL)),
    (["cost in October", "how much of that is AWS?"],
     Q(group_by=["service_provider_name"], period="2026-10", **ALL)),
    (["average daily cost in October", "and in September?"],
     Q(group_by=["day"], period="2026-09", **ALL)),
    (["average daily cost in October", "for AWS"],
     Q(group_by=["day"], filters=[AWS], period="2026-10", **ALL)),
    # owners, workloads, units
    (["EC2 cost in October", "who owns it?"],
     Q(group_by=["team"], filters=[EC2], period="2026-10", limit=100)),
    (["AI workloads without a team in October", "and in September?"],
     W(show="no_team", period="2026-09")),
    (["cost per request by model in October", "by customer"],
     ("unit_costs", {"group_by": ["customer"], "period": "2026-10"})),
    # corrections, thanks, receipts
    (["EC2 cost in October", "no, I meant September"], Q(filters=[EC2], period="2026-09")),
    (["EC2 cost in October", "sorry, S3"], Q(filters=[S3], period="2026-10")),
    (["EC2 cost in October", "thanks", "and in September?"], Q(filters=[EC2], period="2026-09")),
    # back to what was asked before the last question
    (["cost by service in October", "Why did AWS change last month?", "again by service"],
     Q(group_by=["service_name"], period="2026-10")),
    # a time in words of the one that stands
    (["EC2 cost by day in October", "just the 14th to the 20th"],
     Q(group_by=["day"], filters=[EC2], period="2026-10-14/2026-10-21", limit=1000)),
    (["EC2 cost by day in October", "from the 5th to the 9th", "and the week before?"],
     Q(group_by=["day"], filters=[EC2], period="2026-09-28/2026-10-05", limit=1000)),
    (["EC2 cost in October", "on the 3rd"], Q(filters=[EC2], period="2026-10-03")),
    (["EC2 cost in October", "and the 31st of August?"], Q(filters=[EC2], period="2026-08-31")),
    (["EC2 cost in August", "the whole quarter"], Q(filters=[EC2], period="2026-Q3")),
    (["EC2 cost in August", "the whole quarter by team"],
     Q(group_by=["team"], filters=[EC2], period="2026-Q3")),
    (["EC2 cost in August", "and the following month?"], Q(filters=[EC2], period="2026-09")),
    (["EC2 cost on 2026-10-31", "the day after"], Q(filters=[EC2], period="2026-11-01")),
    (["EC2 cost in August", "the last day with data"], Q(filters=[EC2], period="2026-11-19")),
    # what was highest is of times alone, unless they are said to be beside
    (["cost by team per day in October", "which day was the highest?"],
     Q(group_by=["day"], period="2026-10", order="desc")),
    (["cost by team in Q3", "per month, largest first"],
     Q(group_by=["team", "month"], period="2026-Q3", order="desc")),
    (["EC2 cost by team", "how much in October?"],
     Q(group_by=["team"], filters=[EC2], period="2026-10")),
    # a list of what stands
    (["which accounts do we have?", "what did the biggest one cost in October?"],
     Q(group_by=["sub_account_id"], period="2026-10", limit=6)),
    (["EC2 cost in October", "list the accounts"],
     Q(group_by=["sub_account_id"], filters=[EC2], period="2026-10")),
    (["cost by service in October", "and each by team"],
     Q(group_by=["service_name", "team"], period="2026-10")),
    (["list our AI workloads", "which of them have no team?"], W(show="no_team")),
    # averages and shares
    (["average daily cost in October", "by team"],
     Q(group_by=["team", "day"], period="2026-10", limit=1000)),
    (["cost without EC2 in October", "what share is EC2?"],
     Q(group_by=["service_name"], period="2026-10", limit=1000)),
    (["share of OpenAI in October", "in dollars"], Q(filters=[OPENAI], period="2026-10")),
    (["savings plan coverage in October", "and utilization?"],
     Q(metric="commitment_utilization", period="2026-10")),
    # a comparison
    (["compare October with September", "by how much in percent?"],
     Q(period="2026-10", compare_to="2026-09")),
    (["compare October with September", "which services are responsible?"],
     E(by=["service_name"], period="2026-10", compare_to="2026-09")),
    (["why did EC2 go up in October", "when exactly?"], E(filters=[EC2], period="2026-10")),
    (["why did EC2 go up in October", "is it usage or price?"], E(filters=[EC2], period="2026-10")),
    # telemetry
    (["margin by customer in October", "how much does acme pay?"],
     ("unit_costs", {"group_by": ["customer"], "filters": [F("customer", "Acme")],
                     "period": "2026-10"})),
    (["cost by team in October", "and by customer?", "no, by environment"],
     Q(group_by=["environment"], period="2026-10")),
    (["tokens by model in October", "input only"],
     ("unit_costs", {"group_by": ["x_ai_model_id"], "period": "2026-10"})),
    (["allocate costs to teams in October", "how much goes to search?"],
     ("allocate_costs", {"dimension": "team", "period": "2026-10", "limit": 100})),
    # another thing
    (["untagged cost in October", "never mind, what did EC2 cost?"], Q(filters=[EC2])),
]  # fmt: skip


@pytest.mark.parametrize(
    ("messages", "call"), CONVERSATIONS, ids=[" | ".join(turns) for turns, _ in CONVERSATIONS]
)
def test_follow_ups(messages: list[str], call: tuple[str, dict[str, Any]]) -> None:
    [question] = talked(*messages)
    assert called(question) == wanted(call)


@pytest.mark.parametrize(
    "message",
    [
        "What did we spend in September?",
        "cost by region in September",
        "another question: total cost of AWS",
        "how good is tag coverage overall?",
        "How fresh is the data?",
        "list plans",
        "propose tag fixes",
        "which AI workloads do we have?",
        "allocate costs to teams in Q3",
        "Why did Azure go up in September?",
        "tag coverage in September",
        "which teams are there",
    ],
)
def test_a_question_of_its_own_takes_nothing_from_before(message: str) -> None:
    """Who asks a whole question means that one, whatever stood before."""
    before = understand("EC2 cost by account in October vs September", VIEW)
    assert understand(message, VIEW, before=before) == understand(message, VIEW)


@pytest.mark.parametrize(
    "message", ["cost by region", "total cost of AWS", "allocate costs to teams", "tag coverage"]
)
def test_a_question_of_its_own_is_of_the_time_that_is_spoken_of(message: str) -> None:
    """Its names and rows are its own; a time that it does not say is the conversation's."""
    before = understand("EC2 cost by account in October vs September", VIEW)
    [alone], [asked] = understand(message, VIEW), understand(message, VIEW, before=before)
    assert (alone.scope.period, asked) == ("", alone.within(period="2026-10"))


@pytest.mark.parametrize("talk", ["list plans", "propose tag fixes"])
def test_nothing_goes_on_from_what_has_no_scope(talk: str) -> None:
    before = understand(talk, VIEW)
    with pytest.raises(Unclear) as caught:
        understand("and in September?", VIEW, before=before)
    assert caught.value.status == "clarify"


def test_two_questions_both_go_on() -> None:
    """List and effective cost of October, then of September."""
    found = talked("list cost vs effective cost", "in September")
    assert [called(question) for question in found] == [
        Q(metric="list_cost", period="2026-09"),
        Q(metric="effective_cost", period="2026-09"),
    ]


def test_a_refused_question_goes_on_once_its_words_are_said_otherwise() -> None:
    """Its period stands; whether a period alone is meant without the word is asked."""
    with pytest.raises(Unclear) as caught:
        understand("cost of Snowflake in October", VIEW)
    partial = caught.value.partial
    assert partial is not None
    assert partial.unknown == ("snowflake",)
    [question] = understand("I meant EC2", VIEW, before=[partial])
    assert called(question) == Q(filters=[EC2], period="2026-10")
    assert question.unknown == ()
    asked = r"not answered \('snowflake'\). Do you mean: cost in September 2026"
    with pytest.raises(Unclear, match=asked) as again:
        understand("in September", VIEW, before=[partial])
    assert again.value.partial is not None
    # Who goes on from what was asked has read it.
    [question] = understand(
        "by team", VIEW, before=[again.value.partial], asked={**again.value.choice, "ask": "…"}
    )
    assert called(question) == Q(group_by=["team"], period="2026-09")
    [question] = understand("yes", VIEW, before=[again.value.partial], asked=again.value.choice)
    assert called(question) == Q(period="2026-09")


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (["EC2 cost", "the month before"], "The month before which one?"),
        (["cost in October", "in percent of the total"], "A share of what"),
        # what "the rest", "both", "the difference", "they", "that team" and "its" are of
        (["cost in October", "and the rest?"], "The rest of|The rest beside what"),
        (["top 3 services in October", "the rest"], "The rest beside what"),
        (["the difference"], "The difference between what"),
        (["billed cost in October", "effective cost in October", "difference"], "between what"),
        (["both"], "Both of what"),
        (["EC2 in October", "and both together?"], "Both of what"),
        (["cost of team search on EC2", "on what else"], "Beside what"),
        (["the same for OpenAI"], "the same as what"),
        (["EC2 in October", "what did they spend in September?"], "Who are they"),
        (["cost by team in October", "what did that service cost?"], "Which service do you mean"),
        (["cost by team in October", "is its cost going up?"], "Of which one of these"),
        (["what share of October was AI?", "which team is behind most of it?"], "Why that changed"),
        # and what would be something else than it seems
        (["cost by team without AWS", "add EC2"], "Add that to what"),
        (["cost without a team", "without a product"], "What has neither"),
        (["October vs August by team", "by week"], "Rows by time of"),
        (["which services use AWS but not Azure"], "A charge has one provider"),
        (["cost this year against last year"], "is not over"),
        (["AWS cost this year", "against last year"], "is not over"),
        (["October vs September by service", "the three biggest increases"], "changed the most"),
        (["cost by service in September", "the same for the most expensive month"], "Which month"),
        (["cost from 2026-09-25 to 2026-10-05", "the whole month"], "more than one month"),
        (
            ["what would two g5.2xlarge cost?", "how much do we spend on them?"],
            "Of a launch, or of",
        ),
        (["cost by September"], "All until the end of September, or that time alone"),
    ],
)
def test_what_is_not_sure_is_asked_back(messages: list[str], said: str) -> None:
    with pytest.raises(Unclear, match=said) as caught:
        talked(*messages)
    assert caught.value.status == "clarify"


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        (["annual run rate based on October", "by team"], "a run rate or pace of one total"),
        (["why did costs go up in October", "which ones dropped out?"], "not what is gone"),
        (["cost in October", "since the 14th"], "14th"),
        (["cost in October", "the 14th and the 20th"], "14th"),
        (["cost per request by model in October", "input only"], "input"),
        (["cost in October", "never mind the tax"], "never"),
    ],
)
def test_what_is_not_known_of_what_stands_is_refused(messages: list[str], why: str) -> None:
    with pytest.raises(Unclear, match=why) as caught:
        talked(*messages)
    assert caught.value.status == "refused"


def test_a_receipt_is_of_the_question_before() -> None:
    before = understand("EC2 cost in October", VIEW)
    assert understand("show me the receipt", VIEW, before=before) == [before[0].but(receipt=True)]
    with pytest.raises(Unclear, match="The receipt of which figure"):
        understand("show me the receipt", VIEW)


_GOES_ON = ("and in September?", "only AWS", "by region", "daily", "top 3", "why?", "list cost",
            "without team platform", "and in September by team?", "vs August")  # fmt: skip


@pytest.mark.parametrize("kind", sorted(QUESTIONS))
@settings(deadline=None, max_examples=examples(50))
@given(data=st.data())
def test_whatever_stood_before_a_follow_up_is_a_question_or_asked_back(
    kind: str, data: st.DataObject
) -> None:
    """Calls of what comes out are taken; a filter on what the message does not speak of stays."""
    before = data.draw(QUESTIONS[kind])
    message = data.draw(st.sampled_from(_GOES_ON))
    try:
        found = understand(message, MEASURED, before=[before])
    except Unclear:
        return
    for question in found:
        frame = frames()[question.frame]
        REGISTRY.get(frame.tool).validate(frame.call(question))
        if question.frame == before.frame == "costs" and message == "and in September?":
            assert question.scope.filters == before.scope.filters
            assert question.scope.period == "2026-09"
            assert question.scope.metrics == before.scope.metrics
        assert frame.question.model_validate(question.model_dump(mode="json")) == question
