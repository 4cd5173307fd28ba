"""Questions as other products' documents and their users ask them: the words that were unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner_view import CATALOGUE, VIEW, planned
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.understand import understand
from tagwright_agent.planner.view import CatalogueView

_LAST = {"period": "2026-10", "compare_to": "previous_period"}


def _on(dimension: str, *values: str, op: str = "in") -> dict[str, Any]:
    return {"dimension": dimension, "op": op, "values": list(values)}


_AWS = _on("service_provider_name", "AWS")
_EC2 = _on("service_name", "Amazon Elastic Compute Cloud")
_APIS = _on("x_ai_kind", "model-api")
_COSTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Show me costs grouped by service category", {"group_by": ["service_category"]}),
    ("What is our infra spend by team?", {"group_by": ["team"]}),
    ("Show me org-wide cloud costs", {}),
    ("What is our total infrastructure spend in October?", {"period": "2026-10"}),
    ("Which is our highest-spend account?", {"group_by": ["sub_account_id"]}),
    ("Analyze the different types of charges", {"group_by": ["charge_category"]}),
    ("What are the top cost drivers in our AWS account?",
     {"group_by": ["service_name"], "filters": [_AWS]}),
    ("costs by AWS account", {"group_by": ["sub_account_id"], "filters": [_AWS]}),
    ("Show costs where team is search and environment is production",
     {"filters": [_on("team", "search"), _on("environment", "production")]}),
    ("cost of everything tagged product:assistant", {"filters": [_on("product", "assistant")]}),
    ("token cost by model", {"group_by": ["x_ai_model_id"], "filters": [_APIS]}),
    ("Which services contribute the most to our bill?",
     {"metric": "billed_cost", "group_by": ["service_name"]}),
    ("What's eating our budget?", {"group_by": ["service_name"]}),
    ("how much credit was applied in October",
     {"filters": [_on("charge_category", "Credit")], "period": "2026-10"}),
    ("spend after credits in October", {"period": "2026-10"}),
    ("What are we saving compared with list price?", {"metric": "savings"}),
    ("How much do discounts save us per month?",
     {"metric": "savings", "group_by": ["month"], "limit": 1000}),
    ("how has spend grown over the last six months by team",
     {"group_by": ["team", "month"], "period": "2026-05-01/2026-11-01", "limit": 1000}),
    ("how did cost change over the last month", dict(_LAST)),
    ("costs for reserved instances vs on-demand in October", {
        "group_by": ["pricing_category"], "period": "2026-10",
        "filters": [_on("pricing_category", "Committed", "Standard")],
    }),
    ("Show the EC2 cost trend for the last 30 days of data", {
        "group_by": ["day"], "filters": [_EC2], "limit": 1000, "period": "2026-10-21/2026-11-20",
    }),
    ("credits aside, what did we spend",
     {"filters": [_on("charge_category", "Credit", op="not_in")]}),
    ("October cost, EC2 excluded", {
        "filters": [{**_EC2, "op": "not_in"}], "period": "2026-10",
    }),
    ("Which resources don't have a team tag?",
     {"group_by": ["resource_id"], "filters": [_on("team", op="is_null")]}),
    ("How are the October costs divided among the teams?",
     {"group_by": ["team"], "period": "2026-10"}),
    ("AWS spend in July, August and September 2026",
     {"group_by": ["month"], "filters": [_AWS], "period": "2026-Q3", "limit": 1000}),
    ("AWS spend in 10/2026", {"filters": [_AWS], "period": "2026-10"}),
    ("What was the cheapest month for the platform team?",
     {"group_by": ["month"], "filters": [_on("team", "platform")], "order": "asc"}),
    ("how many accounts do we have across all providers", {
        "group_by": ["sub_account_id"], "limit": 1000,
        "filters": [_on("sub_account_id", op="not_null")],
    }),
    ("Give me a summary of October spend", {"period": "2026-10"}),
    ("What makes up most of our AWS spend?", {"group_by": ["service_name"], "filters": [_AWS]}),
    ("sort teams by cost ascending", {"group_by": ["team"], "order": "asc"}),
    ("cost since the start of the year", {"period": "2026-01-01/2026-11-24"}),
    ("October spend vs October last year", {"period": "2026-10", "compare_to": "2025-10"}),
    ("How fast is our EC2 spend growing?", {"filters": [_EC2], **_LAST}),
)  # fmt: skip


@pytest.mark.parametrize(("text", "arguments"), _COSTS, ids=[text for text, _ in _COSTS])
def test_a_question_of_amounts_is_read(text: str, arguments: dict[str, Any]) -> None:
    assert planned(text) == [("query_costs", arguments)]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("Show me the top 5 services with the highest increase last month",
         {"by": ["service_name"], "limit": 100, **_LAST}),
        ("fastest growing services", {"by": ["service_name"], "limit": 100, **_LAST}),
        ("Did our token spend spike?", {"filters": [_APIS], **_LAST}),
        ("What new services appeared in October?", {"by": ["service_name"], "limit": 100, **_LAST}),
        ("How much of October's increase came from EC2?", {"by": ["service_name"], **_LAST}),
        ("What's driving our cloud bill?", {"metric": "billed_cost", **_LAST}),
    ],
)  # fmt: skip
def test_what_grew_most_is_ranked_by_its_change(text: str, arguments: dict[str, Any]) -> None:
    """By cost the first five are the dearest, not those that rose; what fell is left out."""
    assert planned(text) == [("explain_change", arguments)]


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("When was my data last refreshed?", ""), ("when was the bill last updated", ""),
        ("What providers do you have data for?", "service_provider_name"),
        ("Which providers are connected?", "service_provider_name"),
    ],
)  # fmt: skip
def test_what_is_loaded_and_when_is_told(text: str, dimension: str) -> None:
    [(tool, arguments)] = planned(text)
    assert (tool, arguments.get("dimension", "")) == ("describe_data", dimension)


def test_questions_in_a_row_are_each_answered_in_the_one_period() -> None:
    """The first of three was dropped, and its period given to the second."""
    text = "What was my cost last month, how much did we save, and what is the savings rate?"
    assert planned(text) == [
        ("query_costs", {"period": "2026-10"}),
        ("query_costs", {"metric": "savings", "period": "2026-10"}),
        ("query_costs", {"metric": "effective_savings_rate", "period": "2026-10"}),
    ]


def test_a_comma_between_a_place_and_its_question_cuts_nothing() -> None:
    assert planned("In October, which services cost the most") == [
        ("query_costs", {"group_by": ["service_name"], "period": "2026-10"})
    ]


@pytest.mark.parametrize(
    "text",
    ["How well are we using our Reserved Instances?", "How well do we utilize our savings plans?"],
)  # fmt: skip
def test_how_well_commitments_are_used_is_their_utilization(text: str) -> None:
    """Of all that is bought so: "instances" is no kind of resource there."""
    assert planned(text) == [("query_costs", {"metric": "commitment_utilization"})]


def test_usage_of_two_times_is_told_of_each() -> None:
    measured = replace(VIEW, usage=1000)
    both = planned("Compare token usage in October and September by model", view=measured)
    assert both == [
        ("unit_costs", {"group_by": ["x_ai_model_id"], "period": "2026-09"}),
        ("unit_costs", {"group_by": ["x_ai_model_id"], "period": "2026-10"}),
    ]
    assert planned("did tag coverage get better in October?") == [
        ("tag_coverage", {"period": "2026-09"}), ("tag_coverage", {"period": "2026-10"}),
    ]  # fmt: skip
    assert planned("Revenue vs cost by customer", view=measured) == [
        ("unit_costs", {"group_by": ["customer"]})
    ]


def test_what_the_taxonomy_calls_a_value_means_it() -> None:
    """Also as an alias's tag says it; but a word of any sentence is none."""
    product = next(key for key in CATALOGUE["taxonomy"] if key["name"] == "product")
    called = {
        "recommendation-engine": "recs",
        "copilot": "assistant",
        "shared": "platform",
        "advisory": "recs",
    }
    keys = [{**product, "called": called}]
    view = CatalogueView.from_catalogue({**CATALOGUE, "taxonomy": keys})
    for text, value in (
        ("recommendation engine cost", "recs"),
        ("what did Copilot cost", "assistant"),
    ):
        assert planned(text, view=view) == [("query_costs", {"filters": [_on("product", value)]})]
    for text, why in (("How much is shared cost?", "shared"), ("show the advisory", "waste")):
        with pytest.raises(Unclear, match=why):
            understand(text, view)


def test_two_measures_side_by_side_are_of_no_period_that_nobody_said() -> None:
    calls = planned("billed vs effective by service")
    assert calls == [
        ("query_costs", {"metric": "billed_cost", "group_by": ["service_name"]}),
        ("query_costs", {"metric": "effective_cost", "group_by": ["service_name"]}),
    ]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("net of credits, what did we spend in October?", "taken off already"),
        ("What is FOCUS?", "focus"),
        ("How much is shared cost?", "shared"),
        ("top 5 and bottom 5 services", "one after the other"),
        ("services with and without team search", "which"),
        ("services between 500 and 100", "which way round"),
        ("list every charge", "not each charge"),
        ("What would it cost to move from AWS to Azure?", "not what would have been"),
        ("Tag everything with team=search now", "I change nothing"),
        ("how much storage does S3 use", "by its unit"),
    ],
)
def test_what_has_two_meanings_or_none_is_not_answered(text: str, word: str) -> None:
    with pytest.raises(Unclear, match=word):
        understand(text, VIEW)
