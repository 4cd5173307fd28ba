"""Langfuse observations: disjoint buckets, generations only."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from usage_files import SECRET, example, lines, query, read_one, secret_kept

if TYPE_CHECKING:
    from pathlib import Path

ROW: dict[str, Any] = {
    "id": "o1",
    "traceId": "t1",
    "type": "GENERATION",
    "startTime": "2026-11-01T10:00:00Z",
    "model": "gpt-4o",
    "usageDetails": {"input": 5, "output": 2},
    "input": SECRET,
    "output": SECRET,
    "metadata": {"note": SECRET * 20},
}


def test_the_documented_record(shared: Path, home: Path, tmp_path: Path) -> None:
    record = example(shared, "langfuse.observation_v2")
    read_one(home, lines(tmp_path / "o.json", record), source="langfuse", usage=1)
    assert query(
        home,
        "SELECT input_uncached_tokens, cache_read_tokens, output_tokens, reported_cost, "
        'gen_ai_provider_name, x_product, x_feature, x_environment, "ConsumerId" FROM usage',
    ) == [(4000, 6000, 500, Decimal("0.0225"), "openai", "recs", "rerank", "production", "c42")]


def test_output_is_with_its_reasoning(home: Path, tmp_path: Path) -> None:
    used = {"input": 5, "output": 2, "output_reasoning_tokens": 40, "input_cached_tokens": 3}
    path = lines(tmp_path / "o.json", {"data": [{**ROW, "usageDetails": used}], "meta": {}})
    read_one(home, path, source="langfuse", usage=1)
    assert query(
        home,
        "SELECT input_uncached_tokens, cache_read_tokens, output_tokens, "
        "reasoning_output_tokens FROM usage",
    ) == [(5, 3, 42, 40)]
    assert secret_kept(home) == []


def test_spans_are_left_out_and_exports_have_snake_case(home: Path, tmp_path: Path) -> None:
    snake = {
        "id": "o2",
        "trace_id": "t",
        "type": "GENERATION",
        "start_time": "2026-11-01T10:00:00Z",
        "model": "claude-sonnet-4-5",
        "usage_details": {"input": 1},
        "total_cost": 0.25,
    }
    path = lines(tmp_path / "o.jsonl", snake, {**snake, "id": "o3", "type": "SPAN"})
    read_one(home, path, source="langfuse", usage=1)
    assert query(home, "SELECT gen_ai_provider_name, reported_cost FROM usage") == [
        ("anthropic", Decimal("0.25"))
    ]


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("o3-mini", "openai"),
        ("gemini-2.5-pro", "gcp.gemini"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "aws.bedrock"),
        ("anthropic.claude-3-haiku", "aws.bedrock"),
        ("our-own-llama", "unknown"),
        (None, "unknown"),
    ],
)
def test_who_was_called(model: str | None, provider: str, home: Path, tmp_path: Path) -> None:
    read_one(home, lines(tmp_path / "o.json", {**ROW, "model": model}), source="langfuse", usage=1)
    assert query(home, "SELECT gen_ai_provider_name FROM usage") == [(provider,)]
