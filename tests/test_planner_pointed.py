"""What points at rows means those that the answer showed, by their names; else it is asked."""

from __future__ import annotations

import json

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from planner_questions import F
from planner_thread import bound
from planner_view import VIEW

_MODEL = bound(VIEW)
_AMOUNTS = (None, "search", "platform", "data", "payments")


def _result(call: dict[str, object]) -> dict[str, object]:
    """Rows of teams, or of what else is asked for by one thing, the largest first."""
    args = call["args"]
    assert isinstance(args, dict)
    [group, *more] = [*args.get("group_by", args.get("by", [])), ""]
    period = {"start": "2026-10-01", "end": "2026-11-01", "label": "2026-10"}
    if call["name"] == "explain_change":
        names = [{"dimension": group, "value": "AWS Lambda", "status": "new", "after": "3"}]
        rows = [{**row, "currency": "USD", "before": "0", "change": "3"} for row in names]
        still = {"dimension": group, "value": "Le Chat", "currency": "EUR"}
        rows.insert(0, {**still, "before": "400", "after": "401", "change": "1"})
        return {"totals": [], "rows": rows, "period": period}
    if call["name"] == "tag_coverage":
        shares = {"search": "0.5", "platform": "0.1", "data": "0.7"}
        rows = [{group: who, "currency": "USD", "coverage": one} for who, one in shares.items()]
        return {"totals": [], "rows": rows, "period": period}
    names = {"team": _AMOUNTS, "month": ("2026-07", "2026-08")}.get(group, ("Amazon Bedrock",))
    rows = [
        {group: name, "currency": "USD", "effective_cost": str(90 - at)}
        for at, name in enumerate(names)
    ]
    total = [{"currency": "USD", "effective_cost": "300"}]
    return {"totals": total, "rows": rows if group and more == [""] else [], "period": period}


def _asked(*turns: str) -> AIMessage:
    """What the planner says to the last turn, the earlier ones answered by the rows above."""
    thread: list[BaseMessage] = []
    said = AIMessage("")
    for turn in turns:
        thread.append(HumanMessage(turn))
        said = _MODEL.invoke(thread)
        thread.append(said)
        for call in said.tool_calls:
            done = json.dumps(_result({**call}))
            artifact = {"structured_content": json.loads(done)}
            thread.append(ToolMessage(done, tool_call_id=call["id"], artifact=artifact))
        if said.tool_calls:
            thread.append(_MODEL.invoke(thread))
    return said


_TEAMS = "cost by team in October"
_TOP = "top 2 teams in October"


@pytest.mark.parametrize(
    ("turns", "arguments"),
    [
        ((_TEAMS, "the second one"), {"filters": [F("team", "platform")], "period": "2026-10"}),
        ((_TEAMS, "and the second?"), {"filters": [F("team", "platform")], "period": "2026-10"}),
        ((_TEAMS, "who is third"), {"filters": [F("team", "data")], "period": "2026-10"}),
        ((_TEAMS, "the second one", "and the next"),
         {"filters": [F("team", "data")], "period": "2026-10"}),
        ((_TEAMS, "the last one", "by service"),
         {"group_by": ["service_name"], "filters": [F("team", "payments")], "period": "2026-10"}),
        ((_TEAMS, "what is the second one made of"),
         {"group_by": ["service_name"], "filters": [F("team", "platform")], "period": "2026-10"}),
        ((_TEAMS, "how many are there"),
         {"group_by": ["team"], "filters": [F("team", op="not_null")], "period": "2026-10",
          "limit": 1000}),
        ((_TOP, "those two"),
         {"group_by": ["team"], "filters": [F("team", "search", "platform")], "period": "2026-10"}),
        ((_TOP, "together"),
         {"filters": [F("team", "search", "platform")], "period": "2026-10"}),
        ((_TOP, "everything else together"),
         {"filters": [F("team", "search", "platform", op="not_in")], "period": "2026-10"}),
        ((_TOP, "all but those"),
         {"group_by": ["team"], "period": "2026-10",
          "filters": [F("team", "search", "platform", op="not_in")]}),
        (("the biggest team in October", "show me the services"),
         {"group_by": ["service_name"], "filters": [F("team", "search")], "period": "2026-10"}),
        ((_TOP, "their services"),
         {"group_by": ["service_name"], "filters": [F("team", "search", "platform")],
          "period": "2026-10"}),
        ((_TEAMS, "the second one", "by service", "same for the third"),
         {"group_by": ["service_name"], "filters": [F("team", "data")], "period": "2026-10"}),
        ((_TEAMS, "the biggest one's services"),
         {"group_by": ["service_name"], "filters": [F("team", "search")], "period": "2026-10"}),
        ((_TEAMS, "the biggest one by service", "now the second team"),
         {"group_by": ["service_name"], "filters": [F("team", "platform")], "period": "2026-10"}),
        ((_TEAMS, "just the top 2", "and the rest?"),
         {"group_by": ["team"], "filters": [F("team", "search", "platform", op="not_in")],
          "period": "2026-10"}),
        ((_TEAMS, "how much each?"), {"group_by": ["team"], "period": "2026-10"}),
        (("top 4 teams in October", "what do those four spend on EC2?"),
         {"group_by": ["team"], "period": "2026-10",
          "filters": [F("team", "search", "platform", "data", "payments"),
                      F("service_name", "Amazon Elastic Compute Cloud")]}),
        (("cost by month", "the first one"), {"period": "2026-07"}),
        (("which services are new in October", "their cost"),
         {"group_by": ["service_name"], "filters": [F("service_name", "AWS Lambda")],
          "period": "2026-10"}),
        (("which service grew the most in October?", "why?"),
         {"filters": [F("service_name", "AWS Lambda")], "period": "2026-10",
          "compare_to": "previous_period"}),
        (("which service grew the most in October?", "what did it cost in September?"),
         {"filters": [F("service_name", "AWS Lambda")], "period": "2026-09"}),
        ((_TOP, "what do those two spend on EC2?"),
         {"group_by": ["team"], "period": "2026-10",
          "filters": [F("team", "search", "platform"),
                      F("service_name", "Amazon Elastic Compute Cloud")]}),
        (("the biggest team in October", "split that by service"),
         {"group_by": ["service_name"], "filters": [F("team", "search")], "period": "2026-10"}),
        (("which month was the cheapest?", "by service"),
         {"group_by": ["service_name"], "period": "2026-07"}),
        (("which team was the cheapest in October?", "by product", "their cost in September"),
         {"group_by": ["product"], "period": "2026-09"}),
        ((_TEAMS, "who's behind number two"),
         {"group_by": ["team"], "filters": [F("team", "platform")], "period": "2026-10",
          "limit": 100}),
        ((_TOP, "what do those two add up to?"),
         {"group_by": ["team"], "filters": [F("team", "search", "platform")], "period": "2026-10"}),
        (("the biggest team in October", "excluding that one, what's the total?"),
         {"group_by": ["team"], "filters": [F("team", "search", op="not_in")],
          "period": "2026-10"}),
        (("cost by team in October", "which service grew the most since August", "why"),
         {"filters": [F("service_name", "AWS Lambda")], "period": "2026-10",
          "compare_to": "2026-08"}),
        (("which month was the highest?", "what did we pay for in that month?"),
         {"group_by": ["service_name"], "period": "2026-07"}),
        (("which month was the highest?", "by service", "and in the cheapest month"),
         {"group_by": ["month"], "order": "asc"}),
        (("which teams spent the most in October?", "what do they spend in September"),
         {"group_by": ["team"], "period": "2026-09"}),
        ((_TEAMS, "the biggest one by service"),
         {"group_by": ["service_name"], "filters": [F("team", "search")], "period": "2026-10"}),
        (("which service had the biggest jump in October?", "why?"),
         {"filters": [F("service_name", "AWS Lambda")], "period": "2026-10",
          "compare_to": "previous_period"}),
        (("top 2 teams in October", "how do I cook them?", "show the receipt"),
         {"group_by": ["team"], "period": "2026-10", "limit": 7}),
        (("cost by team and month", "without the months"), {"group_by": ["team"]}),
        (("AWS cost by team", "forget the filter"), {"group_by": ["team"]}),
        (("most expensive team in October", "and the runner up"),
         {"filters": [F("team", "platform")], "period": "2026-10"}),
        (("most expensive team in October", "what on"),
         {"group_by": ["service_name"], "filters": [F("team", "search")], "period": "2026-10"}),
        (("most expensive team in October", "what did that team cost in September"),
         {"filters": [F("team", "search")], "period": "2026-09"}),
        (("most expensive team in October", "only that team"),
         {"filters": [F("team", "search")], "period": "2026-10"}),
        (("most expensive team in October", "that team vs team payments"),
         {"group_by": ["team"], "period": "2026-10", "filters": [F("team", "search", "payments")]}),
        (("most expensive service in October", "which team uses that service"),
         {"group_by": ["team"], "filters": [F("service_name", "Amazon Bedrock")],
          "period": "2026-10"}),
        (("most expensive month", "what did we spend it on that month"),
         {"group_by": ["service_name"], "period": "2026-07"}),
        (("top 2 teams in October", "all in one sum"),
         {"filters": [F("team", "search", "platform")], "period": "2026-10"}),
    ],
)  # fmt: skip
def test_rows_are_those_that_were_shown(
    turns: tuple[str, ...], arguments: dict[str, object]
) -> None:
    [call] = _asked(*turns).tool_calls
    assert call["args"] == arguments


@pytest.mark.parametrize(
    "turns",
    [
        (_TEAMS, "those two"),
        (_TEAMS, "the fifth one"),
        (_TEAMS, "the next one"),
        ("cost in October", "the second one"),
        ("cost in October", "the bottom one"),
        ("cost in October", "same for the last one"),
        # the list was of another month than what is spoken of now
        (_TEAMS, "the second one", "in September", "and the third"),
    ],
)
def test_where_nothing_says_which_it_is_asked(turns: tuple[str, ...]) -> None:
    said = _asked(*turns)
    assert not said.tool_calls
    assert said.response_metadata["tagwright_status"] == "clarify"


def test_without_a_team_is_a_filter_and_without_teams_is_a_column_less() -> None:
    [kept] = _asked("cost by team and service", "without team").tool_calls
    [left] = _asked("cost by team and service", "without teams").tool_calls
    assert kept["args"]["filters"] == [F("team", op="is_null")]
    assert left["args"] == {"group_by": ["service_name"]}


def test_it_is_the_one_with_the_lowest_coverage_not_the_first_by_money() -> None:
    turns = ("team tag coverage by team in October", "which is worst?", "and it in September?")
    [call] = _asked(*turns).tool_calls
    assert call["args"]["filters"] == [F("team", "platform")]
