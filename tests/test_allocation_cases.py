"""The hard cases of allocation, each on a bill small enough to check by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from allocation_world import ENDPOINT, World

D = Decimal


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


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
    """By inference profile (its tags are on the bill), principal, and request metadata.

    40.00 carry the profile's tag. 60.00 have no owner on the bill: 600 tokens of the log say whose.
    """
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

    def call(
        identity: str, role: str, tokens: int, account: str = "444455556666", **metadata: str
    ) -> str:
        return json.dumps(
            {
                **invocation,
                "accountId": account,
                "timestamp": "2026-09-01T10:00:00Z",
                "requestId": identity,
                "identity": {"arn": f"arn:aws:sts::444455556666:assumed-role/{role}/s"},
                "input": {"inputTokenCount": tokens},
                "output": {"outputTokenCount": 0},
                **({"requestMetadata": metadata} if metadata else {}),
            }
        )

    calls = [
        call("1", "search-role", 300),
        call("2", "shared", 100, team="payments"),
        call("3", "shared", 150, team="assistant"),
        call("4", "batch-runner", 30),
        call("5", "nobody", 20),
        call("6", "search-role", 999, account="777788889999"),  # another account's bill
    ]
    world.file("bedrock.jsonl", "\n".join(calls))
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
      - {column: principal_id, contains: "assumed-role/batch-runner", target: data-platform}
"""
    )
    assert world.amounts("team") == {
        ("discovery", "direct"): D("40.00"),
        ("search", "shared"): D("30.00"),
        ("payments", "shared"): D("10.00"),
        ("assistant", "shared"): D("15.00"),
        ("data-platform", "shared"): D("3.00"),
        (None, "unallocated"): D("2.00"),
    }


def test_an_openai_invoice_by_project_key_and_gateway(world: World) -> None:
    """A month's invoice: 90.00 of search's own project, 60.00 by key, 200.00 by the gateway.

    OpenAI's usage API tells the keys of proj_keys apart: 200 tokens of assistant's, 100 of one
    that nobody knows. Of the gateway's 400 tokens 100 are tagged search, 200 payments, 100 nobody.
    OpenAI tells the gateway's 400 too, without a team: counted beside the log they would be used
    twice. October's request is not September's.
    """
    (world.home / "taxonomy.yaml").write_text(
        """
version: 1
keys: {team: {layer: business}}
virtual_tags:
  - when: {SubAccountId: [proj_search]}
    means: {team: search}
"""
    )
    month = {
        "ServiceProviderName": "OpenAI",
        "ServiceName": "OpenAI API",
        "ChargePeriodStart": "2026-09-01",
        "ChargePeriodEnd": "2026-10-01",
    }
    world.charges(
        {**month, "amount": "90.00", "SubAccountId": "proj_search"},
        {**month, "amount": "60.00", "SubAccountId": "proj_keys"},
        {**month, "amount": "200.00", "SubAccountId": "proj_gateway"},
    )

    def used(project: str, key: str, tokens: int) -> dict[str, object]:
        return {
            "object": "organization.usage.completions.result",
            "project_id": project,
            "api_key_id": key,
            "model": "gpt-4o",
            "input_tokens": tokens,
            "output_tokens": 0,
            "num_model_requests": 1,
        }

    start = 1788652800  # 2026-09-06 UTC
    results = [
        used("proj_keys", "key_assistant", 200),
        used("proj_keys", "key_old", 100),
        used("proj_gateway", "key_gateway", 400),
    ]
    bucket = {"start_time": start, "end_time": start + 86400, "results": results}
    world.file("openai.json", json.dumps({"object": "page", "data": [bucket]}))

    def request(day: str, tokens: int, model: str = "gpt-4o", **tags: str) -> dict[str, object]:
        return {
            "start_time": f"{day}T10:00:00Z",
            "gen_ai__request__model": model,
            "gen_ai__usage__input_tokens": tokens,
            "gen_ai__usage__output_tokens": 0,
            "tags": tags,
        }

    world.requests(
        request("2026-09-03", 100, team="search"),
        request("2026-09-30", 200, "gpt-4o-mini", team="payments"),
        request("2026-09-30", 100),
        request("2026-10-01", 900, team="assistant"),
    )
    rules = """
rules:
  - id: keys
    match: [{dimension: account, values: [proj_keys]}]
    by: tokens
    to: [team]
    per: [sub_account_id]
    usage: [{column: x_source, values: [openai_usage]}]
    named_by: [{column: api_key_id, contains: key_assistant, target: assistant}]
  - id: gateway
    match: [{dimension: account, values: [proj_gateway]}]
    by: tokens
    to: [team]
    usage: [{column: x_source, values: [tagwright_usage]}]
"""
    world.rules(rules)
    assert world.amounts("team") == {
        ("search", "direct"): D("90.00"),
        ("assistant", "shared"): D("40.00"),
        ("search", "shared"): D("50.00"),
        ("payments", "shared"): D("100.00"),
        (None, "unallocated"): D("70.00"),
    }
    assert not any("weighs twice" in note for note in world.allocation("team").notes)
    # Prices are the better weight: a token of gpt-4o-mini costs a fraction.
    world.rules(
        rules.replace(
            "    by: tokens\n    to: [team]\n    usage", "    by: priced\n    to: [team]\n    usage"
        )
    )
    by_price = world.amounts("team")
    world.rules(rules.replace("    usage: [{column: x_source, values: [tagwright_usage]}]\n", ""))
    assert (
        "Rule gateway: telemetry of openai_usage, tagwright_usage: a request that two of them tell "
        "of weighs twice. Name one in its `usage` (column x_source)."
        in world.allocation("team").notes
    )
    assert by_price["search", "shared"] > D("90") > D("15") > by_price["payments", "shared"]


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
    """Five services, five bills; only the last step knows the feature, its trace tells the rest.

    Traces t1 and t2 are answers, t3 is summaries, t4 never reached the end. Each service divides
    by its own requests, infer by seconds: 2 + 2 of answers, 6 of summaries.
    """
    steps = {
        "preprocess": ("AWS Lambda", "4.00"),
        "embed": ("Amazon Bedrock", "8.00"),
        "vector-query": ("Amazon OpenSearch Service", "12.00"),
        "infer": ("Amazon SageMaker", "100.00"),
        "post-process": ("Amazon EC2", "3.00"),
    }
    world.charges(
        *({"amount": amount, "ServiceName": service} for service, amount in steps.values())
    )
    world.requests(
        *(
            {
                "trace_id": trace,
                "gen_ai__operation__name": step,
                "duration_ms": seconds * 1000,
                "tags": {"feature": feature} if step == "post-process" else {},
            }
            for trace, feature, seconds in (
                ("t1", "answers", 2), ("t2", "answers", 2), ("t3", "summaries", 6)
            )
            for step in steps
        ),
        {"trace_id": "t4", "gen_ai__operation__name": "embed", "duration_ms": 1000},
    )  # fmt: skip
    world.rules(
        "rules:\n"
        + "".join(
            f"""
  - id: {step}
    match: [{{dimension: service_name, values: [{service}]}}]
    by: {"duration" if step == "infer" else "requests"}
    to: [feature]
    usage: [{{column: gen_ai_operation_name, values: [{step}]}}]
    by_trace: true
"""
            for step, (service, _) in steps.items()
        )
    )
    found = world.allocation("feature")
    by_step = {(line.rule, line.target): line.amount for line in found.lines}
    assert by_step == {
        ("preprocess", "answers"): D("2.67"),
        ("preprocess", "summaries"): D("1.33"),
        ("embed", "answers"): D("4.00"),
        ("embed", "summaries"): D("2.00"),
        ("embed", None): D("2.00"),
        ("vector-query", "answers"): D("8.00"),
        ("vector-query", "summaries"): D("4.00"),
        ("infer", "answers"): D("40.00"),
        ("infer", "summaries"): D("60.00"),
        ("post-process", "answers"): D("2.00"),
        ("post-process", "summaries"): D("1.00"),
    }
    assert world.amounts("feature") == {
        ("answers", "shared"): D("56.67"),
        ("summaries", "shared"): D("68.33"),
        (None, "unallocated"): D("2.00"),
    }


def test_two_skus_of_one_hour_are_one_hour_of_capacity(world: World) -> None:
    """An hour of an endpoint is billed as instance and as storage; it could work for one hour."""
    hour = {**ENDPOINT, "ChargePeriodEnd": "2026-09-01T01:00:00Z"}
    half = {**hour, "ChargePeriodStart": "2026-09-01T00:30:00Z"}
    world.charges(
        {**hour, "amount": "9.00", "SkuId": "instance"},
        {**hour, "amount": "0.50", "SkuId": "storage"},
        {**half, "amount": "0.50", "SkuId": "late"},
    )
    world.requests(
        {"gen_ai__usage__input_tokens": 25, "gen_ai__usage__output_tokens": 0,
         "start_time": "2026-09-01T00:10:00Z", "tags": {"product": "recs"}},
    )  # fmt: skip
    world.rules(
        """
rules:
  - id: endpoint
    match: [{dimension: resource_id, op: contains, values: ["endpoint/llm"]}]
    by: tokens
    to: [product]
    capacity_per_hour: 100
"""
    )
    assert world.amounts() == {("recs", "shared"): D("2.50"), (None, "idle"): D("7.50")}
