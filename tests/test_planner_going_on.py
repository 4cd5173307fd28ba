"""Follow-ups that were once answered with less, or with something else, than was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner_questions import AWS, EC2, S3, SEARCH, F
from planner_view import VIEW, planned

_VIEW = replace(VIEW, usage=1000)


def _costs(**arguments: Any) -> list[tuple[str, dict[str, Any]]]:
    return [("query_costs", arguments)]


_PLANNED = F("commitment_discount_id", op="not_null")
_BOTH = F("service_name", *S3["values"], *EC2["values"])


@pytest.mark.parametrize(
    ("turns", "calls"),
    [
        (("what share of cost had no team in October", "how was it in July?"),
         _costs(group_by=["team"], period="2026-07", limit=1000)),
        (("S3 cost in October", "and EC2?", "what did both cost in September?"),
         _costs(filters=[_BOTH], period="2026-09")),
        (("our bill for August", "plus September"),
         _costs(metric="billed_cost", period="2026-08-01/2026-10-01")),
        (("services over 500 in October", "make it 1,000", "in August too"),
         _costs(group_by=["service_name"], period="2026-08", having=">1000")),
        (("services over 500 in October", "remove the threshold"),
         _costs(group_by=["service_name"], period="2026-10")),
        (("cost by team and provider in October", "take out the provider"),
         _costs(group_by=["team"], period="2026-10")),
        (("AWS cost in October by team", "how much per week?"),
         _costs(group_by=["team", "week"], filters=[AWS], period="2026-10", limit=1000)),
        (("share of the search team in August", "per day on average"),
         _costs(group_by=["day"], filters=[SEARCH], period="2026-08", limit=1000)),
        (("top 3 services in October", "per month"), "clarify"),
        (("services over 2000 in October", "break EC2 down by team"),
         _costs(group_by=["team"], filters=[EC2], period="2026-10")),
        (("savings plan savings in October", "what was the utilization?", "and coverage?"),
         _costs(metric="commitment_coverage", period="2026-10")),
        (("tag coverage in October", "is it better than September?"),
         [("tag_coverage", {"period": "2026-09"}), ("tag_coverage", {"period": "2026-10"})]),
        (("team tag coverage in October", "has it improved since July?"),
         [("tag_coverage", {"period": time, "keys": ["team"]}) for time in ("2026-07", "2026-10")]),
        (("team tag coverage in October", "and vs September", "by account"),
         [("tag_coverage", {"period": time, "keys": ["team"], "group_by": ["sub_account_id"]})
          for time in ("2026-09", "2026-10")]),
        (("environment tag coverage by account", "same for team", "which account is worst?"),
         [("tag_coverage", {"keys": ["team"], "group_by": ["sub_account_id"], "limit": 1000})]),
        (("tag coverage by account", "which has the lowest coverage?"),
         [("tag_coverage", {"group_by": ["sub_account_id"], "limit": 1000})]),
        (("team tag coverage in October", "which team is worst?"),  # its own tag each of them has
         [("tag_coverage", {"period": "2026-10", "group_by": ["team"], "limit": 1000})]),
        (("untagged spend by account in October", "as a percentage please"),
         [("tag_coverage", {"period": "2026-10", "group_by": ["sub_account_id"],
                            "part": "untagged"})]),
        (("what AI workloads do we have in October", "any without an owner?"),
         [("map_workloads", {"period": "2026-10", "show": "no_team", "limit": 100})]),
        (("what AI workloads do we have in October", "do any of them lack an owner?"),
         [("map_workloads", {"period": "2026-10", "show": "no_team", "limit": 100})]),
        (("what AI workloads do we have in October", "are any new?"),
         [("map_workloads", {"period": "2026-10", "show": "new", "limit": 100})]),
        (("savings plan utilization in October", "what about coverage"),
         _costs(metric="commitment_coverage", period="2026-10")),
        (("savings plan utilization in October", "and coverage?", "how much did it save us"),
         _costs(metric="savings", filters=[_PLANNED], period="2026-10")),
        (("savings plan utilization in October", "how much did it save us over the whole period"),
         _costs(metric="savings", filters=[_PLANNED], period="2025-07-01/2026-11-20")),
        (("savings plan savings in October", "which services are covered"),
         _costs(metric="commitment_coverage", group_by=["service_name"], period="2026-10")),
        (("effective and list cost of October", "so how much do we save?"),
         _costs(metric="savings", period="2026-10")),
        (("cost by charge category in September", "usage only"),
         _costs(filters=[F("charge_category", "Usage")], period="2026-09")),
        (("cost by charge category in September", "just tax", "and usage?"),
         _costs(filters=[F("charge_category", "Usage")], period="2026-09")),
        (("search team cost in October", "how much is that of the total"),
         _costs(group_by=["team"], period="2026-10", limit=1000)),
        (("how much is the search team of our total cost in October",),
         _costs(group_by=["team"], period="2026-10", limit=1000)),
        (("how much is the total cost of the search team in October",),
         _costs(filters=[SEARCH], period="2026-10")),
        (("price of one g5.2xlarge for a month", "and three of them", "for 200 hours"),
         [("price_launch", {"sku": "g5.2xlarge", "count": 3, "hours": 200})]),
        (("price of 3 g5.2xlarge for 200 hours", "and one for the whole month?"),
         [("price_launch", {"sku": "g5.2xlarge"})]),
        (("search team vs total cost in October",),
         _costs(group_by=["team"], period="2026-10", limit=1000)),
        (("search team cost in October", "compare that with the total"),
         _costs(group_by=["team"], period="2026-10", limit=1000)),
        (("total cost in October vs September",),
         _costs(period="2026-10", compare_to="2026-09")),
        (("what AI workloads do we have in October", "are there any without an owner?"),
         [("map_workloads", {"period": "2026-10", "show": "no_team", "limit": 100})]),
        (("price of 3 g5.2xlarge", "what if we ran 5 of them for 100 hours"),
         [("price_launch", {"sku": "g5.2xlarge", "count": 5, "hours": 100})]),
        (("price of 3 g5.2xlarge", "and a p5.48xlarge in eu-west-1?"),
         [("price_launch", {"sku": "p5.48xlarge", "region": "eu-west-1"})]),
        (("price of 3 g5.2xlarge", "what did we spend in October"), _costs(period="2026-10")),
        (("margin by customer in October", "who is the worst?"),
         [("unit_costs", {"group_by": ["customer"], "period": "2026-10", "limit": 1000})]),
        (("showback by product for October", "what part of it is unallocated?"),
         [("allocate_costs", {"dimension": "product", "period": "2026-10", "limit": 100})]),
        (("showback by product for October", "versus September?"), "clarify"),
        (("average daily cost in October", "weekly instead of daily"),
         _costs(group_by=["week"], period="2026-10", limit=1000)),
        (("AWS cost in October", "never mind. Top 3 accounts last quarter"),
         _costs(group_by=["sub_account_id"], period="2026-Q3", limit=8)),
        (("AWS cost in October", "with Azure"),
         _costs(filters=[F("service_provider_name", *AWS["values"], "Microsoft Azure")],
                period="2026-10")),
        (("tag coverage in October", "what about product?"),
         [("tag_coverage", {"period": "2026-10", "keys": ["product"]})]),
        (("allocated cost by team in October", "and by product?"),
         [("allocate_costs", {"dimension": "product", "period": "2026-10", "limit": 100})]),
        (("cost by team in October", "top three are enough"),
         _costs(group_by=["team"], period="2026-10", limit=8)),
        (("AWS in the second half of October", "and the first half?"),
         _costs(filters=[AWS], period="2026-10-01/2026-10-16")),
        (("savings plan utilization in October", "is it better than in August?"),
         _costs(metric="commitment_utilization", period="2026-10", compare_to="2026-08")),
        (("AWS on October 15", "and on October 14?", "compare the two days"),
         _costs(filters=[AWS], period="2026-10-15", compare_to="2026-10-14")),
        (("what AI workloads do we have", "and which are new in October?"),
         [("map_workloads", {"period": "2026-10",
                             "show": "new", "limit": 100})]),
        (("AWS cost on October 15 by service", "what happened between the 14th and the 20th?"),
         [("explain_change", {"filters": [AWS], "by": ["service_name"], "period": "2026-10-20",
                              "compare_to": "2026-10-14"})]),
        (("why did GCP costs rise in October?", "is BigQuery the reason?"),
         [("explain_change", {"filters": [F("service_name", "BigQuery")], "period": "2026-10",
                              "compare_to": "previous_period"})]),
        (("EC2 cost in October", "which team is behind Lambda?"),
         _costs(group_by=["team"], filters=[F("service_name", "AWS Lambda")], period="2026-10",
                limit=100)),
        (("AWS cost on October 31", "same day a month earlier"),
         _costs(filters=[AWS], period="2026-09-30")),
        (("AWS cost October 5 to October 10", "same days a month earlier"),
         _costs(filters=[AWS], period="2026-09-05/2026-09-11")),
        (("AWS cost in October", "same month last year"),
         _costs(filters=[AWS], period="2025-10")),
        (("cost by team in October", "leave out the untagged part"),
         _costs(group_by=["team"], filters=[F("team", op="not_null")], period="2026-10")),
        (("how much did we save with savings plans in October?", "what's the rate?"),
         _costs(metric="effective_savings_rate", period="2026-10",
                filters=[F("commitment_discount_id", op="not_null")])),
        (("our bill by provider in October", "what's the difference to effective cost"),
         _costs(metric="billed_cost", group_by=["service_provider_name"], period="2026-10")
         + _costs(metric="effective_cost", group_by=["service_provider_name"], period="2026-10")),
        (("AWS cost per day on average last quarter", "and what would that be for a year"),
         _costs(group_by=["month"], filters=[AWS], period="2026-Q3", limit=1000)),
        (("AWS cost in October", "is that a lot compared to everything else?"),
         _costs(group_by=["service_provider_name"], period="2026-10", limit=1000)),
        (("which providers do we use?", "AWS cost", "what do we use it for?"),
         _costs(group_by=["service_name"], filters=[AWS])),
        (("cost by team in October", "what does search spend it on"),
         _costs(group_by=["service_name"], filters=[SEARCH], period="2026-10")),
        (("EC2 cost in October", "which team spent the most?"),
         _costs(group_by=["team"], filters=[EC2], period="2026-10")),
        (("EC2 cost in October against September", "who's the biggest spender"),
         _costs(group_by=["team"], filters=[EC2], period="2026-10", compare_to="2026-09")),
        (("EC2 cost by month since August 2025", "which team grew fastest"), "clarify"),
        (("compare Q3 with October per product", "ok, then just September vs October"),
         _costs(group_by=["product"], period="2026-10", compare_to="2026-09")),
        (("cost by provider in October", "only the three big ones: AWS, Azure and Google Cloud"),
         _costs(group_by=["service_provider_name"], period="2026-10", filters=[
             F("service_provider_name", "AWS", "Microsoft Azure", "Google Cloud")])),
        (("EC2, S3 and Lambda in October", "which of the three grew the most since August?"),
         [("explain_change", {"by": ["service_name"], "period": "2026-10", "compare_to": "2026-08",
                              "limit": 100, "filters": [
             F("service_name", "Amazon Elastic Compute Cloud", "Amazon Simple Storage Service",
               "AWS Lambda")]})]),
        (("EC2 cost by team in October without search", "who owns the rest of it"),
         _costs(group_by=["team"], period="2026-10", limit=100,
                filters=[EC2, F("team", "search", op="not_in")])),
        (("how much of EC2 has no team in October", "list those"),
         _costs(group_by=["resource_id"], filters=[F("team", op="is_null"), EC2],
                period="2026-10")),
        (("EC2 instances without a team in October", "can we fix the tags"),
         [("propose_tag_fixes", {"filters": [EC2], "period": "2026-10", "keys": ["team"]})]),
        (("Morning! What did we spend in October?", "how does that compare to September"),
         _costs(period="2026-10", compare_to="2026-09")),
        (("cost in October as far as you have it", "average per day?"),
         _costs(group_by=["day"], period="2026-10", limit=1000)),
    ],
    ids=lambda value: " >> ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_turn_keeps_all_that_stands(turns: tuple[str, ...], calls: Any) -> None:
    assert planned(*turns, view=_VIEW) == calls


def test_a_measure_goes_back_for_all_that_was_asked_at_once() -> None:
    """Of two questions side by side one alone was left."""
    both = planned("EC2 and the search team in October")
    again = planned("EC2 and the search team in October", "as billed", "go back to effective")
    assert [{**call, "metric": "effective_cost"} for _, call in both] == [c for _, c in again]
