"""Tagwright's own usage log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usage_files import lines, query, read_one

if TYPE_CHECKING:
    from pathlib import Path

ROW: dict[str, Any] = {
    "schema": "tagwright.usage/1",
    "row_id": "3f0e",
    "start_time": "2026-11-01T10:00:00.250Z",
    "duration_ms": 3100,
    "gen_ai.provider.name": "openai",
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.usage.input_tokens": 10000,
    "gen_ai.usage.cache_read.input_tokens": 6000,
    "gen_ai.usage.cache_creation.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 500,
    "openai.response.service_tier": "flex",
    "trace_id": "t",
    "tags": {"product": "recs", "customer": "c42"},
}


def test_a_call(home: Path, tmp_path: Path) -> None:
    read_one(home, lines(tmp_path / "u.jsonl", ROW, ROW), source="tagwright_usage", usage=1)
    assert query(
        home,
        "SELECT input_uncached_tokens, cache_read_tokens, cache_write_tokens, output_tokens, "
        "service_tier, duration_ms, x_product, x_customer, gen_ai_response_model FROM usage",
    ) == [(3000, 6000, 1000, 500, "flex", 3100, "recs", "c42", "gpt-4o-2024-08-06")]


def test_a_call_whose_tokens_were_not_told(home: Path, tmp_path: Path) -> None:
    row = {name: value for name, value in ROW.items() if not name.startswith("gen_ai.usage")}
    read_one(home, lines(tmp_path / "u.jsonl", row), source="tagwright_usage", usage=1)
    assert query(home, "SELECT input_uncached_tokens, output_tokens, requests FROM usage") == [
        (None, None, 1)
    ]
