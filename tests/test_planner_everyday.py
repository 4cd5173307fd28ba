"""Questions as people type them at work: whole sentences, notes without verbs, abbreviations."""

from __future__ import annotations

from typing import Any

import pytest

from planner_view import VIEW
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.understand import understand


def _on(dimension: str, *values: str, op: str = "in") -> dict[str, Any]:
    return {"dimension": dimension, "op": op, "values": list(values)}


_EC2 = _on("service_name", "Amazon Elastic Compute Cloud")
_AWS = _on("service_provider_name", "AWS")
_STATUS = "commitment_discount_status"
_COSTS = "query_costs"
_SINCE = {"period": "2026-10-01/2026-11-20", "compare_to": "previous_period"}


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("How much has been charged to us by AWS in Q3 2026?", _COSTS,
         {"filters": [_AWS], "period": "2026-Q3"}),
        ("list all the accounts whose October 2026 spend was under 10,000 USD", _COSTS,
         {"group_by": ["sub_account_id"], "period": "2026-10", "having": "<10000"}),
        ("tot spend oct 2026", _COSTS, {"period": "2026-10"}),
        ("svcs top3", _COSTS, {"group_by": ["service_name"], "limit": 8}),
        ("cost/team in sep-oct", _COSTS, {"group_by": ["team"], "period": "2026-09-01/2026-11-01"}),
        ("resources by cost desc limit 3", _COSTS, {"group_by": ["resource_id"], "limit": 8}),
        ("spend for every team, sorted from low to high", _COSTS,
         {"group_by": ["team"], "order": "asc"}),
        ("What's the most we spent on a single day in October 2026?", _COSTS,
         {"group_by": ["day"], "period": "2026-10", "order": "desc"}),
        ("which account is sandbox", _COSTS,
         {"group_by": ["sub_account_id"], "filters": [_on("sub_account_name", "sandbox")]}),
        ("count of ec2 instances by team", _COSTS,
         {"metric": "resource_count", "group_by": ["team"], "filters": [_EC2]}),
        ("how many teams use EC2 instances", _COSTS,
         {"group_by": ["team"], "filters": [_EC2, _on("team", op="not_null")], "limit": 1000}),
        ("How much did we save last month thanks to discounts?", _COSTS,
         {"metric": "savings", "period": "2026-10"}),
        ("which services have the biggest discounts", _COSTS,
         {"metric": "savings", "group_by": ["service_name"]}),
        ("non-AI EC2 cost", _COSTS,
         {"filters": [_on("service_category", "AI and Machine Learning", op="not_in"), _EC2]}),
        ("coverage of our commitments by month", _COSTS,
         {"metric": "commitment_coverage", "group_by": ["month"], "limit": 1000}),
        ("wasted commitments oct 2026", _COSTS,
         {"filters": [_on(_STATUS, "Unused")], "period": "2026-10"}),
        ("cost not covered by a savings plan", _COSTS, {"filters": [_on(_STATUS, op="is_null")]}),
        ("Is our savings plan fully utilised?", _COSTS, {"metric": "commitment_utilization"}),
        ("SP coverage q3 2026", _COSTS, {"metric": "commitment_coverage", "period": "2026-Q3"}),
        ("list price vs what we paid, by service", _COSTS,
         {"metric": "list_cost", "group_by": ["service_name"]}),
        ("How has our spend on EC2 been trending?", _COSTS,
         {"group_by": ["month"], "filters": [_EC2], "limit": 1000}),
        ("By how many percent did AWS change between August 2026 and October 2026?", _COSTS,
         {"filters": [_AWS], "period": "2026-10", "compare_to": "2026-08"}),
        ("Which team accounts for the largest share of EC2?", _COSTS,
         {"group_by": ["team"], "filters": [_EC2]}),
        ("What share of EC2 costs comes from us-east-1?", _COSTS,
         {"group_by": ["region_id"], "filters": [_EC2], "limit": 1000}),
        ("how the October 2026 figure for EC2 was calculated", _COSTS,
         {"filters": [_EC2], "period": "2026-10"}),
        ("Who pays for S3?", _COSTS,
         {"group_by": ["team"], "filters": [_on("service_name", "Amazon Simple Storage Service")],
          "limit": 100}),
        ("new services since 1 oct 2026", "explain_change",
         {"by": ["service_name"], "limit": 100, **_SINCE}),
        ("Which services did we use in October 2026 that we did not use in July 2026?",
         "explain_change",
         {"by": ["service_name"], "limit": 100, "period": "2026-10", "compare_to": "2026-07"}),
        ("services that we started using in October 2026", "explain_change",
         {"by": ["service_name"], "limit": 100, "period": "2026-10",
          "compare_to": "previous_period"}),
        ("Which provider's costs are rising fastest?", "explain_change",
         {"by": ["service_provider_name"], "period": "2026-10", "compare_to": "previous_period",
          "limit": 100}),
        ("Which services contributed most to the growth since July 2026?", "explain_change",
         {"by": ["service_name"], "period": "2026-10", "compare_to": "2026-07"}),
        ("How much of the AWS spend carries no tags at all?", "tag_coverage", {"filters": [_AWS]}),
        ("what fraction of EC2 instances is tagged with a team", "tag_coverage",
         {"filters": [_EC2], "keys": ["team"], "basis": "resources"}),
        ("How much money is spent on untagged resources each month?", "tag_coverage",
         {"group_by": ["month"]}),
        ("resources with an invalid team", "tag_coverage",
         {"keys": ["team"], "group_by": ["resource_id"], "part": "invalid"}),
        ("env cov by acct", "tag_coverage",
         {"keys": ["environment"], "group_by": ["sub_account_id"]}),
        ("workloads which have no product assigned", "map_workloads",
         {"show": "no_product", "limit": 100}),
        ("When was the billing data last updated?", "describe_data", {}),
        ("which providers do you have data for", "describe_data",
         {"dimension": "service_provider_name", "limit": 100}),
        ("which keys do we use for tagging", "describe_data", {"dimension": "tags", "limit": 100}),
        ("create a plan to fix the environment tags in account sandbox", "propose_tag_fixes",
         {"keys": ["environment"], "filters": [_on("sub_account_name", "sandbox")]}),
        ("which plans are still open", "get_plan", {}),
        ("What kinds of questions can you answer?", "", {}),
    ],
)  # fmt: skip
def test_everyday_words(text: str, tool: str, arguments: dict[str, Any]) -> None:
    question = understand(text, VIEW)[0]
    frame = frames()[question.frame]
    assert (frame.tool, frame.call(question)) == (tool, arguments)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("are we paying too much for S3", "too much"),
        ("cost not in us-east-1, team search", "left out too"),
        ("what proportion of untagged cost is EC2", "made of"),
        ("how much do commitments and caches save us", ""),
        ("which AI workloads cost more than 5,000 in October 2026", "amount"),
        ("does the AWS invoice match the usage report", "invoices or telemetry"),
        ("do our bills agree with the telemetry", "invoices or telemetry"),
        ("how much overhead does platform put on the other teams", "not whose it was"),
        ("cost by team including what has no product", "including"),
        ("how much each", "Each of what"),
        ("cost by spnd", "spnd"),  # no dimension, and not "by cost"
    ],
)
def test_what_cannot_be_told_is_not(text: str, says: str) -> None:
    with pytest.raises(Unclear) as caught:
        understand(text, VIEW)
    assert says in caught.value.text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("how much compute did each team use in October, in hours",
         "compute hours by team in October"),
        ("hours of compute per team in October", "compute hours by team in October"),
        ("which three days in October were the highest",
         "the three most expensive days in October"),
        ("which two weeks cost us the most", "the two most expensive weeks"),
        ("what did we spend on the last day with data", "cost on 2026-11-19"),
        ("cost by team on the latest day we have data for", "cost by team on 2026-11-19"),
        ("who called Bedrock in October", "who used Bedrock in October"),
    ],
)  # fmt: skip
def test_it_is_planned_as_in_plain_words(text: str, plain: str) -> None:
    calls = [
        [(frames()[q.frame].tool, frames()[q.frame].call(q)) for q in understand(said, VIEW)]
        for said in (text, plain)
    ]
    assert calls[0] == calls[1]


def test_wow_before_a_name_is_week_over_week() -> None:
    assert understand("wow EC2", VIEW)[0].scope.compare_to == "previous_period"
    assert understand("wow, what did EC2 cost?", VIEW)[0].scope.compare_to == ""
