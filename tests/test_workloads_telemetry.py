"""Usage beside the bill: by model and account, and it adds no money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sample_home import sample, tool_result
from tagwright.ingest import ingest
from tagwright.workloads.telemetry import same_model
from usage_files import lines
from workload_rows import ACCOUNT, PROFILE, bedrock, cells

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Claude4.5Sonnet", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("Claude Sonnet 4.5 (Amazon Bedrock Edition)", "anthropic.claude-sonnet-4-5", True),
        ("gpt-5", "gpt-5-2025-08-07", True),
        ("gpt-5", "gpt-5-mini", False),
        ("gpt-4.1", "gpt-41", False),
        ("claude-3-5-sonnet-20240620-v1:0", "claude-3-5-sonnet-20241022-v2:0", False),
        ("gemini 2.5 flash", "gemini-2.5-flash", True),
        ("gemini 2.5 flash", "gemini-2.5-flash-lite", False),
    ],
)
def test_one_model_under_many_names(one: str, other: str, *, same: bool) -> None:
    assert (same_model(one) == same_model(other)) is same


def log(request: str, **more: Any) -> dict[str, Any]:
    """A Bedrock invocation of 100 + 10 tokens."""
    return {
        "schemaType": "ModelInvocationLog", "timestamp": "2026-09-01T10:00:03Z",
        "operation": "Converse", "requestId": request, "accountId": ACCOUNT,
        "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "input": {"inputTokenCount": 100}, "output": {"outputTokenCount": 10}, **more,
    }  # fmt: skip


def told(home: Path, charges: list[dict[str, Any]], *logs: dict[str, Any]) -> Any:
    settings = sample(home, charges)
    ingest(settings, [lines(home / "log.jsonl", *logs)])
    return tool_result(settings, "map_workloads")


def test_usage_stands_beside_the_bill_and_adds_no_money(home: Path) -> None:
    """By account and model; what names another account, or another month, fits nothing."""
    result = told(
        home,
        [bedrock("5"), bedrock("1", "2026-08-01")],
        log("1", requestMetadata={"team": "search"}),
        log("2", requestMetadata={"team": "search"}),
        log("3", accountId="999999999999"),
        log("4", timestamp="2026-08-01T00:00:00Z"),
    )
    assert cells(
        result.rows, "workload", "effective_cost", "requests", "tokens", "team", "known_from"
    ) == [
        ("Claude4.5Sonnet in prod", "5.00", 2, 220, "search",
         "rule aws.bedrock.model; team telemetry"),
    ]  # fmt: skip
    assert result.totals[0]["ai_effective_cost"] == "5.00"
    assert "1 usage rows fit no workload on the bill." in result.notes


def test_a_profile_is_known_by_its_resource(home: Path) -> None:
    """Two workloads call the model; the ARN of the profile says which."""
    profile = f"{PROFILE}/nl7"
    result = told(
        home,
        [bedrock("5", ResourceId=profile, ResourceName="answers"), bedrock("4")],
        log("1", modelId=profile),
        log("2"),
        log("3"),
    )
    assert cells(result.rows, "workload", "requests") == [
        ("answers", 1),
        ("Claude4.5Sonnet in prod", None),
    ]
    assert "2 usage rows fit several workloads." in result.notes


def test_owners_of_one_model_are_told_apart_by_their_tags(home: Path) -> None:
    result = told(
        home,
        [bedrock("5", Tags={"team": "a"}), bedrock("4", Tags={"team": "b"})],
        log("1", requestMetadata={"team": "b"}),
    )
    assert cells(result.rows, "team", "requests") == [("a", None), ("b", 1)]
