"""The hard cases of allocation, each on a bill small enough to check by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from allocation_world import World
from tagwright.allocation import charge_lines, load_rules
from tagwright.config import load_settings
from tagwright.context import open_context


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


ENDPOINT = {
    "ResourceId": "arn:aws:sagemaker:us-east-1:111122223333:endpoint/llm",
    "ServiceName": "Amazon SageMaker",
    "Tags": {"team": "platform", "product": "platform"},
}
D = Decimal


def test_one_gpu_endpoint_serves_two_products(world: World) -> None:
    """24.00 USD for a day that could do 2,400 weighted tokens: recs used 600, search 300."""
    world.charges({**ENDPOINT, "amount": "24.00"})
    world.requests(
        # 100 + 5 x 100 = 600 for recs; 50 + 5 x 50 = 300 for search.
        {"gen_ai__usage__input_tokens": 100, "gen_ai__usage__output_tokens": 100,
         "tags": {"product": "recs"}},
        {"gen_ai__usage__input_tokens": 50, "gen_ai__usage__output_tokens": 50,
         "tags": {"product": "search"}},
    )  # fmt: skip
    rules = """
rules:
  - id: endpoint
    match: [{dimension: resource_id, op: contains, values: ["endpoint/llm"]}]
    by: tokens
    to: [product, team]
    capacity_per_hour: 100
    idle: %s
"""
    world.rules(rules % "show")
    assert world.amounts() == {
        ("recs", "shared"): D("6.00"),
        ("search", "shared"): D("3.00"),
        (None, "idle"): D("15.00"),
    }
    world.rules(rules % "share")
    assert world.amounts() == {("recs", "shared"): D("16.00"), ("search", "shared"): D("8.00")}
    world.rules(rules % "own" + "    owner: platform\n")
    assert world.amounts()["platform", "idle"] == D("15.00")


def test_one_bedrock_account_of_five_teams(world: World) -> None:
    """By inference profile (its tags are on the bill), principal, and request metadata."""
    account = {"SubAccountId": "444455556666", "ServiceName": "Amazon Bedrock"}
    profile = "arn:aws:bedrock:us-east-1:444455556666:application-inference-profile/p1"
    world.charges(
        {**account, "amount": "40.00", "ResourceId": profile, "Tags": {"team": "discovery"}},
        {**account, "amount": "60.00"},
    )
    invocation = {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "accountId": "444455556666",
        "region": "us-east-1",
        "operation": "Converse",
        "modelId": "anthropic.claude-3-5-sonnet-20240620-v1:0",
    }

    def call(identity: str, role: str, tokens: int, **metadata: str) -> str:
        return json.dumps(
            {
                **invocation,
                "timestamp": "2026-09-01T10:00:00Z",
                "requestId": identity,
                "identity": {"arn": f"arn:aws:sts::444455556666:assumed-role/{role}/s"},
                "input": {"inputTokenCount": tokens},
                "output": {"outputTokenCount": 0},
                **({"requestMetadata": metadata} if metadata else {}),
            }
        )

    world.file(
        "bedrock.jsonl",
        "\n".join(
            [
                call("1", "search-role", 300),
                call("2", "shared", 100, team="payments"),
                call("3", "shared", 150, team="assistant"),
                call("4", "nobody", 50),
            ]
        ),
    )
    world.rules(
        """
rules:
  - id: bedrock-on-demand
    match:
      - {dimension: service_name, values: [Amazon Bedrock]}
      - {dimension: team, op: is_null}
    by: tokens
    to: [team]
    per: [sub_account_id]
    named_by:
      - {column: principal_id, contains: "assumed-role/search-role", target: search}
"""
    )
    assert world.amounts("team") == {
        ("discovery", "direct"): D("40.00"),
        ("search", "shared"): D("30.00"),
        ("payments", "shared"): D("10.00"),
        ("assistant", "shared"): D("15.00"),
        (None, "unallocated"): D("5.00"),
    }


def test_an_openai_invoice_by_project_key_and_gateway(world: World) -> None:
    """One invoice for the month: the project has a team, a key has one, the gateway knows more."""
    world.charges(
        {
            "amount": "100.00",
            "ServiceProviderName": "OpenAI",
            "ServiceName": "OpenAI API",
            "ChargePeriodStart": "2026-09-01",
            "ChargePeriodEnd": "2026-10-01",
        }
    )
    used = {"gen_ai__usage__input_tokens": 100}
    world.requests(
        {**used, "start_time": "2026-09-03T10:00:00Z", "tags": {"team": "search"}},
        {**used, "start_time": "2026-09-20T10:00:00Z", "tags": {"key": "prod-key-7"}},
        {**used, "start_time": "2026-09-30T10:00:00Z", "gen_ai__request__model": "gpt-4o-mini",
         "gen_ai__usage__input_tokens": 200, "tags": {"team": "payments"}},
        {**used, "start_time": "2026-10-01T00:00:00Z", "tags": {"team": "assistant"}},
    )  # fmt: skip
    world.rules(
        """
rules:
  - id: openai
    match: [{dimension: service_provider_name, values: [OpenAI]}]
    by: tokens
    to: [team]
    weights: {input: 1, output: 4}
    usage: [{column: gen_ai_provider_name, values: [OpenAI]}]
"""
    )
    assert world.amounts("team") == {
        ("search", "shared"): D("25.00"),
        ("payments", "shared"): D("50.00"),
        (None, "unallocated"): D("25.00"),
    }
    # The gateway's own price is a better weight: gpt-4o-mini's tokens cost a fraction.
    text = (world.home / "allocation.yaml").read_text()
    world.rules(
        text.replace("by: tokens", "by: priced").replace("    weights: {input: 1, output: 4}\n", "")
    )
    by_price = world.amounts("team")
    assert sum(by_price.values()) == D("100.00")
    assert by_price["payments", "shared"] < D("15.00") < by_price["search", "shared"]


def test_an_eks_gpu_cluster(world: World) -> None:
    """A node of 30.00 USD: the pods of two teams had 12 and 6 GPU hours, 6 were idle."""
    node = "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc"
    world.charges({"amount": "30.00", "ResourceId": node, "Tags": {"cluster": "gpu"}})

    def pod(name: str, hours: int, labels: dict[str, str]) -> dict[str, object]:
        return {
            "name": name,
            "properties": {"cluster": "gpu", "namespace": name, "labels": labels},
            "window": {"start": "2026-09-01T00:00:00Z", "end": "2026-09-02T00:00:00Z"},
            "minutes": 1440,
            "gpuHours": hours,
            "totalCost": hours,
        }

    pods = [pod("a", 12, {"team": "search"}), pod("b", 6, {"team": "recs"}), pod("__idle__", 6, {})]
    world.file("opencost.json", json.dumps({"code": 200, "data": [{p["name"]: p for p in pods}]}))
    rules = """
rules:
  - id: eks-gpu
    match: [{dimension: "tag:cluster", values: [gpu]}]
    by: kubernetes
    measure: gpu_hours
    to: [team]
    usage: [{column: cluster, values: [gpu]}]
    idle: %s
"""
    world.rules(rules % "show")
    assert world.amounts("team") == {
        ("search", "shared"): D("15.00"),
        ("recs", "shared"): D("7.50"),
        (None, "idle"): D("7.50"),
    }
    world.rules(rules % "share")
    assert world.amounts("team") == {("search", "shared"): D("20"), ("recs", "shared"): D("10")}


def test_a_pipeline_of_five_services_is_one_feature_by_its_trace(world: World) -> None:
    """Only the last step knows the feature; the trace tells it of the other four.

    10, 5 and 1 of 16 parts of 50.00: cents that do not divide go by the largest remainder.
    """
    steps = ("preprocess", "embed", "vector-query", "infer", "post-process")
    world.charges({"amount": "50.00", "ServiceName": "Shared pipeline"})
    world.requests(
        *(
            {
                "trace_id": trace,
                "gen_ai__operation__name": step,
                "tags": {"feature": feature} if step == "post-process" else {},
            }
            for trace, feature in (("t1", "answers"), ("t2", "answers"), ("t3", "summaries"))
            for step in steps
        ),
        {"trace_id": "t4", "gen_ai__operation__name": "embed"},
    )
    world.rules(
        """
rules:
  - id: pipeline
    match: [{dimension: service_name, values: [Shared pipeline]}]
    by: requests
    to: [feature]
    by_trace: true
"""
    )
    assert world.amounts("feature") == {
        ("answers", "shared"): D("31.25"),
        ("summaries", "shared"): D("15.63"),
        (None, "unallocated"): D("3.12"),
    }


def test_each_charge_by_itself_with_the_columns_of_focus(world: World) -> None:
    """Two charges over three: each metric of each origin adds up, and so do the ratios."""
    world.charges(
        {**ENDPOINT, "amount": "10.00", "ConsumedQuantity": "24", "ConsumedUnit": "Hours"},
        {**ENDPOINT, "amount": "-0.01", "ChargeCategory": "Adjustment"},
        {"amount": "3.00", "Tags": {"product": "recs"}},
    )
    world.requests(*({"tags": {"product": name}} for name in ("a", "b", "c")))
    world.rules(
        """
rules:
  - id: endpoint
    match: [{dimension: service_name, values: [Amazon SageMaker]}]
    by: requests
    to: [product]
"""
    )
    assert world.amounts()["recs", "direct"] == D("3.00")
    settings = load_settings(world.home)
    with open_context(settings) as ctx:
        period = ctx.period("all")
        sql = charge_lines(ctx, load_rules(settings), dimension="product", period=period)
        rows = ctx.snapshot.query(
            'SELECT x_record, "AllocatedResourceId", "EffectiveCost", "ConsumedQuantity", '
            '"AllocatedMethodId", CAST("AllocatedTags" AS JSON), "AllocatedMethodDetails" '
            f"FROM ({sql}) ORDER BY 1, 2"
        ).rows
    assert [row[:5] for row in rows] == [
        (1, "a", D("3.34"), D("8.00"), "requests:endpoint"),
        (1, "b", D("3.33"), D("8.00"), "requests:endpoint"),
        (1, "c", D("3.33"), D("8.00"), "requests:endpoint"),
        (2, "a", D("-0.01"), None, "requests:endpoint"),
        (2, "b", D("0.00"), None, "requests:endpoint"),
        (2, "c", D("0.00"), None, "requests:endpoint"),
        (3, None, D("3.00"), None, None),
    ]
    assert [json.loads(row[5]) for row in rows[:2]] == [{"product": "a"}, {"product": "b"}]
    ratios = [json.loads(row[6], parse_float=Decimal)["Elements"][0] for row in rows[:3]]
    assert sum(ratio["AllocatedRatio"] for ratio in ratios) == 1
