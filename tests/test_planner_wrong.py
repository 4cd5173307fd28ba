"""Questions that were once answered with another question's answer: the right call, or none."""

from __future__ import annotations

from typing import Any

import pytest

from planner_view import planned


def _costs(**arguments: Any) -> list[tuple[str, dict[str, Any]]]:
    return [("query_costs", arguments)]


def _on(dimension: str, *values: str, op: str = "in") -> dict[str, Any]:
    return {"dimension": dimension, "op": op, "values": list(values)}


_EC2 = _on("service_name", "Amazon Elastic Compute Cloud")
_NOT_ASKED = (
    "top 5% of services", "services over 40% of cost", "services with more than 40 percent of cost",
    "services that grew by more than 1000 dollars", "teams that increased by over 5k",
    "services that grew by more than 10%",
    "which services cost more than EC2", "is EC2 cheaper than OpenAI",
    "cost as of October 15", "OpenAI cost via AWS", "cost of OpenAI on AWS",
    "when did we start using Bedrock", "and others?", "which team grew the least in October 2026",
    "are we spending more on AI than on EC2", "October 2026 vs average month",
    "cost by state", "payment terms", "cost per weekday",
    "players cost", "cost of services provided by EC2",
    "EC2 in us-east-1 and Lambda in eu-west-1", "EC2 in October 2026 and Lambda in September 2026",
    "top 3 services and top 3 teams", "the most expensive service of each team",
    "resources with no team or no product", "share of increase by service",
    "which provider has the most services", "teams with more than 3 services",
    "services used by more than one team", "everything but the biggest team",
    "did AI's share grow in October 2026", "what share of accounts has a team",
    "all months but October 2026", "every month other than July 2026", "AWS vs Amazon Web Services",
    "Claude API vs AI on Bedrock in AWS vs OpenAI", "untagged cost over 1000 by service",
    "cost after tax", "how much cheaper than list was EC2",
    "is EC2 our most expensive service", "is October 2026 the most expensive month",
    "accounts with production in the name", "which accounts belong to team search",
    "average daily EC2 cost in October 2026 vs September 2026",
    "share of EC2 within AWS in October 2026 vs September 2026",
    "what share of the bill are Bedrock and OpenAI",
    "does production cost more than staging and development together",
    "is AWS more expensive than Azure and OpenAI combined", "Q3 2026 vs July to September 2026",
    "October 2026 vs October 2026", "cost by team not AWS, OpenAI",
    "what would EC2 have cost instead",
    "what would we have paid without the savings plan", "why do we use OpenAI", "why do we pay AWS",
    "services with rising costs", "teams whose spend is falling", "what was the biggest bill",
    "my team's spend in October 2026", "what did my account cost",
    "top 3 AWS services per month", "how much can savings plans save us",
    "EC2 cost in us-east-1 and everything else", "spend since mid October 2026",
    "We moved search to Bedrock in September 2026; what does it cost now?",
    "how many EC2 instances are running right now", "how many errors did EC2 return last month",
    "what is the latency of EC2", "charges for the CTO's account", "cost for the board product",
)  # fmt: skip


@pytest.mark.parametrize("question", _NOT_ASKED)
def test_what_is_not_asked_is_not_answered(question: str) -> None:
    assert planned(question) in ("clarify", "refused")


_MEANT: tuple[tuple[str, list[tuple[str, dict[str, Any]]]], ...] = (
    (
        "cost by service top 5 october 2026",
        _costs(group_by=["service_name"], period="2026-10", limit=10),
    ),
    (
        "services that cost between 500 and 2000 in October 2026",
        _costs(group_by=["service_name"], period="2026-10", having="500..2000"),
    ),
    (
        "which team has the worst coverage",  # of all of them: the tool's own first have most money
        [("tag_coverage", {"group_by": ["team"], "limit": 1000})],
    ),
    ("top 3 months", _costs(group_by=["month"], order="desc", limit=1000)),
    ("first 3 months", _costs(group_by=["month"], limit=1000)),
    (
        "how much did savings plans save us",
        _costs(metric="savings", filters=[_on("commitment_discount_id", op="not_null")]),
    ),
    (
        "list price vs what we paid in oct 2026",
        [
            *_costs(metric="list_cost", period="2026-10"),
            *_costs(metric="effective_cost", period="2026-10"),
        ],
    ),
    ("prod vs nonprod oct 2026", _costs(group_by=["environment"], period="2026-10")),
    ("are costs up or down", _costs(period="2026-10", compare_to="previous_period")),
    (
        "what moved in sept 2026",
        [("explain_change", {"period": "2026-09", "compare_to": "previous_period"})],
    ),
    ("oct 2026 spend incl. tax", _costs(period="2026-10")),
    (
        "spend by acct last mo excl. Azure",
        _costs(
            group_by=["sub_account_id"],
            filters=[_on("service_provider_name", "Microsoft Azure", op="not_in")],
            period="2026-10",
        ),
    ),
    (
        "lambda hrs by team",
        _costs(
            metric="consumed_quantity",
            group_by=["team"],
            filters=[_on("consumed_unit", "hours"), _on("service_name", "AWS Lambda")],
        ),
    ),
    ("who's burning the most money", _costs(group_by=["team"])),
    (
        "untagged ec2 instances",
        [("tag_coverage", {"filters": [_EC2], "group_by": ["resource_id"], "part": "untagged"})],
    ),
    ("not Bedrock, EC2", _costs(filters=[_EC2])),
    ("are we using our savings plans", _costs(metric="commitment_utilization")),
    ("what share of resources are untagged", [("tag_coverage", {"basis": "resources"})]),
    (
        "cost of everything else than AWS",
        _costs(filters=[_on("service_provider_name", "AWS", op="not_in")]),
    ),
    (
        "cost of all accounts but sandbox",
        _costs(
            group_by=["sub_account_id"], filters=[_on("sub_account_name", "sandbox", op="not_in")]
        ),
    ),
    ("cost by service rather than by team", _costs(group_by=["service_name"])),
    ("cost by service instead of team", _costs(group_by=["service_name"])),
    ("billed cost instead of list cost", _costs(metric="billed_cost")),
    ("cost in August 2026 instead of July 2026", _costs(period="2026-08")),
    (
        "cost without team or product",
        _costs(filters=[_on("team", op="is_null"), _on("product", op="is_null")]),
    ),
    ("cost without the search team", _costs(filters=[_on("team", "search", op="not_in")])),
    (
        "AWS cost apart from EC2",
        _costs(
            filters=[
                _on("service_provider_name", "AWS"),
                _on("service_name", "Amazon Elastic Compute Cloud", op="not_in"),
            ]
        ),
    ),
    ("cost by invoice", _costs(group_by=["invoice_id"])),
    (
        "EC2 for everyone but team search and team payments",
        _costs(filters=[_EC2, _on("team", "search", "payments", op="not_in")]),
    ),
    (
        "platform team vs platform product in October 2026",
        [
            *_costs(filters=[_on("team", "platform")], period="2026-10"),
            *_costs(filters=[_on("product", "platform")], period="2026-10"),
        ],
    ),
    (
        "Compute in staging vs Compute in development",
        _costs(
            group_by=["environment"],
            filters=[
                _on("service_category", "Compute"),
                _on("environment", "staging", "development"),
            ],
        ),
    ),
    (
        "daily EC2 cost for the first two weeks of October 2026",
        _costs(group_by=["day"], filters=[_EC2], period="2026-10-01/2026-10-15", limit=1000),
    ),
    ("what did we spend on the last day of October 2026", _costs(period="2026-10-31")),
    (
        "what would we have paid at on-demand rates in October 2026",
        _costs(metric="list_cost", period="2026-10"),
    ),
    (
        "AWS vs everything else in October 2026",
        _costs(group_by=["service_provider_name"], period="2026-10"),
    ),
    (
        "did anything get cheaper in October 2026",
        [
            (
                "explain_change",
                {
                    "by": ["service_name"],
                    "period": "2026-10",
                    "compare_to": "previous_period",
                    "limit": 100,
                },
            )
        ],
    ),
    (
        "cost by account in August 2026 from highest to lowest",
        _costs(group_by=["sub_account_id"], period="2026-08"),
    ),
    (
        "billed cost by provider for the monthly close",
        _costs(metric="billed_cost", group_by=["service_provider_name"]),
    ),
    ("second most expensive service", _costs(group_by=["service_name"], limit=7)),
    ("when did spend peak", _costs(group_by=["day"], order="desc")),
    (
        "find misspelled values of the team tag",
        [("tag_coverage", {"keys": ["team"], "group_by": ["resource_id"], "part": "invalid"})],
    ),
    ("who charges us", _costs(group_by=["service_provider_name"])),
    (
        "change since August 2026 by service",
        _costs(group_by=["service_name"], period="2026-10", compare_to="2026-08"),
    ),
    (
        "on which day did we spend most in October 2026",
        _costs(group_by=["day"], period="2026-10", order="desc"),
    ),
)


@pytest.mark.parametrize(("question", "calls"), _MEANT, ids=[item[0] for item in _MEANT])
def test_what_is_asked_is_answered(question: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    assert planned(question) == calls


_TURNS: tuple[tuple[tuple[str, ...], Any], ...] = (
    (
        ("Bedrock cost in October 2026 by team", "no, not Bedrock, EC2"),
        _costs(group_by=["team"], filters=[_EC2], period="2026-10"),
    ),
    (("EC2 cost in October 2026", "without credits", "and tax"), "clarify"),
    (("EC2 cost in October 2026", "net of credits"), "clarify"),  # taken off, or left out?
    (("who owns EC2", "by cost"), _costs(group_by=["team"], filters=[_EC2])),
    (
        ("tag coverage for team", "in environment production", "and product?"),
        [("tag_coverage", {"filters": [_on("environment", "production")], "keys": ["product"]})],
    ),
    (("tag coverage by service in October 2026", "why?"), "clarify"),
    (("EC2 cost by team in October 2026", "as a share"), "clarify"),
    (("cost of foo in October 2026", "only EC2"), "clarify"),
    (
        ("cost in October 2026", "vs September 2026", "in percent"),
        _costs(period="2026-10", compare_to="2026-09"),
    ),
    (
        ("AWS in October 2026", "and OpenAI", "and Azure", "sum"),
        _costs(
            filters=[_on("service_provider_name", "AWS", "OpenAI", "Microsoft Azure")],
            period="2026-10",
        ),
    ),
    (
        ("AWS in October 2026", "of that EC2"),
        _costs(filters=[_on("service_provider_name", "AWS"), _EC2], period="2026-10"),
    ),
    (
        ("EC2 by team in October 2026", "without search", "with search"),
        _costs(group_by=["team"], filters=[_EC2], period="2026-10"),
    ),
    (
        ("AWS cost in October 2026", "without EC2", "with EC2 again"),
        _costs(filters=[_on("service_provider_name", "AWS")], period="2026-10"),
    ),
    (("AWS cost in October 2026", "not AWS"), "clarify"),
    (
        ("AWS cost in October 2026", "all providers"),
        _costs(group_by=["service_provider_name"], period="2026-10"),
    ),
    (
        ("team search cost in October 2026", "and team payments?", "which is more expensive?"),
        _costs(group_by=["team"], filters=[_on("team", "search", "payments")], period="2026-10"),
    ),
    (("team search cost in October 2026", "compare them"), "clarify"),
    (("EC2 cost in October 2026", "more than OpenAI?"), "clarify"),
    (("savings by team in October 2026", "and cost?"), _costs(group_by=["team"], period="2026-10")),
    (("tag coverage by team", "and cost?"), _costs(group_by=["team"])),
    (
        ("why did AWS cost rise in October 2026", "how much did OpenAI cost"),
        _costs(filters=[_on("service_provider_name", "OpenAI")], period="2026-10"),
    ),
    (("services over 1000 in October 2026", "and 500"), "clarify"),
    (
        ("top 5 services in October 2026", "all"),
        _costs(group_by=["service_name"], period="2026-10"),
    ),
    (("top 5 services in October 2026", "more"), "clarify"),
    (("services in October 2026", "and the last two"), "clarify"),
    (("cost by service in October 2026", "which teams use the most expensive one"), "clarify"),
    (("cost by service in October 2026", "only the increases"), "refused"),
    (("cost by team in October 2026", "for AWS", "for all"), "clarify"),
    (("team search cost in October 2026", "no filter"), "clarify"),
    (("team search cost in October 2026", "really?"), "clarify"),
    (("team search cost in October 2026", "top 3"), "clarify"),
    (
        ("team search cost in October 2026", "compare with team payments"),
        _costs(group_by=["team"], filters=[_on("team", "search", "payments")], period="2026-10"),
    ),
    (("team search cost in October 2026", "compare with EC2"), "clarify"),
    (
        ("product platform cost in October 2026", "I mean the team platform"),
        _costs(filters=[_on("team", "platform")], period="2026-10"),
    ),
    (
        ("EC2 cost in October 2026", "and Lambda?", "together"),
        _costs(
            filters=[_on("service_name", "Amazon Elastic Compute Cloud", "AWS Lambda")],
            period="2026-10",
        ),
    ),
    (("cost by account without a team", "with team"), "clarify"),
    (
        ("EC2 cost in October 2026", "Lambda", "S3", "all of them together"),
        _costs(
            filters=[
                _on(
                    "service_name",
                    "Amazon Elastic Compute Cloud",
                    "AWS Lambda",
                    "Amazon Simple Storage Service",
                )
            ],
            period="2026-10",
        ),
    ),
    (
        ("EC2 cost in October 2026", "and in September 2026", "and the change"),
        _costs(filters=[_EC2], period="2026-10", compare_to="2026-09"),
    ),
    (("untagged resources", "over 100"), "refused"),
    (("what changed in October 2026", "in AWS", "top 3"), "clarify"),
    (
        ("who owns EC2", "and Lambda?"),
        _costs(group_by=["team"], filters=[_on("service_name", "AWS Lambda")], limit=100),
    ),
    (("share of EC2 in AWS in October 2026", "by team"), "clarify"),
    (("cost by team in October 2026", "with tax"), "clarify"),
    (
        ("cost by team in October 2026 without tax", "with tax"),
        _costs(group_by=["team"], period="2026-10"),
    ),
    (
        ("cost by team in October 2026 for staging", "also development"),
        _costs(
            group_by=["team"],
            filters=[_on("environment", "staging", "development")],
            period="2026-10",
        ),
    ),
    (("list services", "the first one"), "clarify"),
    (("cost by team in October 2026", "sans EC2", "monthly"), "clarify"),
    (("cost by team in October 2026", "and the second?"), "clarify"),
    (("new services in October 2026", "by team"), "clarify"),
    (
        ("EC2 in October 2026", "split by team"),
        _costs(group_by=["team"], filters=[_EC2], period="2026-10"),
    ),
    (
        ("AWS in October 2026", "incl. Azure"),
        _costs(filters=[_on("service_provider_name", "AWS", "Microsoft Azure")], period="2026-10"),
    ),
    (
        ("AWS by month", "top 2"),
        _costs(
            group_by=["month"],
            filters=[_on("service_provider_name", "AWS")],
            order="desc",
            limit=1000,
        ),
    ),
    (("list teams", "how much does each spend"), _costs(group_by=["team"])),
)


@pytest.mark.parametrize(("turns", "calls"), _TURNS, ids=[" >> ".join(item[0]) for item in _TURNS])
def test_a_turn_keeps_what_stands_and_no_more(turns: tuple[str, ...], calls: Any) -> None:
    assert planned(*turns) == calls
