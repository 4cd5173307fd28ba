"""Follow-ups that were once told of something else: of one row, or of what is not both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner_questions import AWS, EC2, OPENAI, SEARCH, F
from planner_view import VIEW, planned

_DIRECTIONS = replace(VIEW.dimensions["x_ai_token_direction"], values=("Input", "Output"))
_VIEW = replace(
    VIEW,
    usage=1000,
    tags=("Team", "Subscription"),
    dimensions={**VIEW.dimensions, "x_ai_token_direction": _DIRECTIONS},
)


def _costs(**arguments: Any) -> list[tuple[str, dict[str, Any]]]:
    return [("query_costs", arguments)]


def _changes(**arguments: Any) -> list[tuple[str, dict[str, Any]]]:
    return [("explain_change", arguments)]


def _values(dimension: str) -> list[tuple[str, dict[str, Any]]]:
    return [("describe_data", {"dimension": dimension, "limit": 100})]


_OUTPUT = F("x_ai_token_direction", "Output")
_FELL = _changes(period="2026-10", by=["service_name"], compare_to="2026-09", limit=100)


@pytest.mark.parametrize(
    ("turns", "calls"),
    [
        # A filter from before is no row of what is asked by its kind.
        (("search team cost in October", "which team spends the most"),
         _costs(group_by=["team"], period="2026-10")),
        (("why did team search go up in October", "which team went down"),
         _changes(period="2026-10", by=["team"], compare_to="previous_period", limit=100)),
        (("search team cost in October", "by team"), "clarify"),
        (("AWS list vs effective cost in October", "where does the difference come from?"),
         [("query_costs", {"metric": metric, "group_by": ["service_name"], "filters": [AWS],
                           "period": "2026-10"}) for metric in ("list_cost", "effective_cost")]),
        # What has no customer is none of the others.
        (("requests of Acme in October", "and all the other customers"),
         [("unit_costs", {"group_by": [], "filters": [F("customer", "Acme", op="not_in"),
                                      F("customer", op="not_null")], "period": "2026-10"})]),
        (("billed vs effective AWS cost in October", "which account has the biggest difference"),
         "refused"),
        (("average monthly cost by team", "only those above 5,000"), "clarify"),
        (("biggest cost increases by service from September to October 2026", "just the top 5"),
         "clarify"),
        (("top 5 cost increases by service from September to October 2026",), "clarify"),
        (("cost by provider in October", "can I have that in EUR?"), "refused"),
        (("share of production in EC2 cost", "and the total EC2 cost"), _costs(filters=[EC2])),
        (("cost by team in October", "what is team search spending it on?"),
         _costs(group_by=["service_name"], filters=[SEARCH], period="2026-10")),
        (("AWS cost in October", "tag coverage of that provider in September"),
         [("tag_coverage", {"period": "2026-09", "filters": [AWS]})]),
        (("search team cost in October", "by team and service"),
         _costs(group_by=["team", "service_name"], filters=[SEARCH], period="2026-10")),
        (("search team cost in October", "by service"),
         _costs(group_by=["service_name"], filters=[SEARCH], period="2026-10")),
        # Another thing takes the place of the one before, unless it is said to be inside.
        (("who used EC2 the most in October", "i mean by product, not team",
          "and who uses OpenAI the most"),
         _costs(group_by=["product"], filters=[OPENAI], period="2026-10")),
        (("EC2 cost in October by team", "and OpenAI by product"),
         _costs(group_by=["product"], filters=[OPENAI], period="2026-10")),
        (("EC2 cost in October", "by team in AWS"),
         _costs(group_by=["team"], filters=[EC2, AWS], period="2026-10")),
        # All of a kind together.
        (("top 3 services of team search in October", "ok now all teams together"),
         _costs(group_by=["service_name"], period="2026-10", limit=8)),
        (("cost by team in October", "all teams together"), _costs(period="2026-10")),
        (("AWS cost by service in October", "leave out EC2", "everything else together"),
         "clarify"),
        (("staging cost in October", "the other environments together"),
         _costs(filters=[F("environment", "staging", op="not_in")], period="2026-10")),
        # Rows of the comparison that stands.
        (("October vs September by service", "what dropped?"), _FELL),
        (("October vs September by service", "which services fell"), _FELL),
        (("October vs September by service", "only those that went down"), _FELL),
        (("billed cost by provider in October", "put September next to it"),
         _costs(metric="billed_cost", group_by=["service_provider_name"], period="2026-10",
                compare_to="2026-09")),
        (("AWS cost in October", "put OpenAI next to it"),
         _costs(group_by=["service_provider_name"], period="2026-10",
                filters=[F("service_provider_name", "AWS", "OpenAI")])),
        (("AWS cost in October", "how does it look next to September"),
         _costs(filters=[AWS], period="2026-10", compare_to="2026-09")),
        (("what dropped in October?",),
         _changes(period="2026-10", by=["service_name"], compare_to="previous_period", limit=100)),
        (("October vs September", "what rose?"), _FELL),
        (("payments cost in October", "which teams spent more than that?"), "clarify"),
        # A period that nobody said does not go on; one that was said does.
        (("why did costs go up?", "how much did we spend on EC2"), _costs(filters=[EC2])),
        (("why did costs go up in October?", "how much did we spend on EC2"),
         _costs(filters=[EC2], period="2026-10")),
        (("why did costs go up?", "in October", "how much did we spend on EC2"),
         _costs(filters=[EC2], period="2026-10")),
        # Values of a tag, and of the next.
        (("what different values do we have for the team tag?",), _values("team")),
        (("what values does the subscription tag have",), _values("tag:Subscription")),
        (("what different values do we have for the team tag?", "and for subscription?"),
         _values("tag:Subscription")),
        (("list the values of team", "and environment?"), _values("environment")),
        (("list the values of team", "by service"), _costs(group_by=["service_name"])),
        (("what was different in October",),
         _changes(period="2026-10", compare_to="previous_period")),
        # What "of the X cost" names is the whole.
        (("how much of the EC2 cost can't be attributed to any team in October",),
         _costs(group_by=["team"], filters=[EC2], period="2026-10", limit=1000)),
        (("what share of the cost without a team comes from EC2 in October",),
         _costs(group_by=["service_name"], filters=[F("team", op="is_null")], period="2026-10",
                limit=1000)),
        # Tokens of one kind have a cost of their own, where the bill tells it apart.
        (("cost of output tokens in October",), _costs(filters=[_OUTPUT], period="2026-10")),
        (("output tokens per day in October", "how much did those cost?"),
         _costs(group_by=["day"], filters=[_OUTPUT], period="2026-10", limit=1000)),
        (("cached tokens per day in October", "how much did those cost?"), "clarify"),
        # A discount in percent is a rate.
        (("list vs effective cost of AWS in October", "so what's our discount in percent?"),
         _costs(metric="effective_savings_rate", filters=[AWS], period="2026-10")),
        (("our percentage discount in October by provider",),
         _costs(metric="effective_savings_rate", group_by=["service_provider_name"],
                period="2026-10")),
        # What is untagged, as money.
        (("list untagged EC2 instances in October", "how much do they cost us per day?"),
         _costs(group_by=["day"], period="2026-10", limit=1000,
                filters=[EC2, F("x_tagged", "false"), F("x_taggable", "true")])),
        (("suggest tag fixes for EC2", "how much money is behind those?"),
         [("tag_coverage", {"filters": [EC2]})]),
        (("suggest tag fixes for EC2", "how much do they cost?"),
         [("tag_coverage", {"filters": [EC2]})]),
        (("suggest tag fixes for EC2", "what do those cost per month?"), "clarify"),
        (("suggest tag fixes for EC2", "cost by team"), _costs(group_by=["team"])),
        (("how much is untagged in October", "whose"),
         [("tag_coverage", {"period": "2026-10", "group_by": ["team"], "part": "untagged"})]),
        # What stands, as one total; and what it was spent on.
        (("EC2 and Lambda by month", "only in eu-west-1", "the whole thing as one total"),
         _costs(filters=[F("service_name", "Amazon Elastic Compute Cloud", "AWS Lambda"),
                         F("region_id", "eu-west-1")])),
        (("cost in October", "what on"), _costs(group_by=["service_name"], period="2026-10")),
        (("cost of the search team", "on what?"),
         _costs(group_by=["service_name"], filters=[SEARCH])),
        (("cost of EC2", "on what?"), "clarify"),
        (("cost of EC2 for team search in October", "what else do they use?"),
         _costs(group_by=["service_name"], period="2026-10", filters=[
             SEARCH, F("service_name", "Amazon Elastic Compute Cloud", op="not_in")])),
        (("cost of EC2", "what else do they use?"), "clarify"),
        # Words of a trend beside what is compared with are no trend.
        (("cost by service in October", "and how did they move vs September"),
         _costs(group_by=["service_name"], period="2026-10", compare_to="2026-09")),
        # Usage counted in another way, and its busiest day.
        (("requests by model in October", "tokens instead of requests"),
         [("unit_costs", {"group_by": ["x_ai_model_id"], "period": "2026-10"})]),
        (("requests per day in October", "which day was the busiest"),
         [("unit_costs", {"group_by": ["day"], "period": "2026-10", "limit": 1000})]),
        (("requests by customer in October", "where does Acme rank"),
         [("unit_costs", {"group_by": ["customer"], "period": "2026-10", "limit": 1000})]),
        (("top 3 teams in October", "how does platform rank"),
         _costs(group_by=["team"], period="2026-10")),
        (("cost of the search team", "how does it rank"), "clarify"),
    ],
)  # fmt: skip
def test_a_follow_up_is_told_of_what_it_asks(turns: tuple[str, ...], calls: object) -> None:
    assert planned(*turns, view=_VIEW) == calls
