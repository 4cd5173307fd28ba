"""Helicone requests: whether the prompt's tokens hold the cached ones, their total tells."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from usage_files import SECRET, example, lines, query, read_one, secret_kept

if TYPE_CHECKING:
    from pathlib import Path


def test_the_documented_record(shared: Path, home: Path, tmp_path: Path) -> None:
    record = {**example(shared, "helicone.request"), "request_body": SECRET}
    read_one(home, lines(tmp_path / "h.json", record), source="helicone", usage=1)
    assert query(
        home,
        "SELECT input_uncached_tokens, cache_read_tokens, cache_write_tokens, output_tokens, "
        'gen_ai_provider_name, reported_cost, duration_ms, x_feature, x_team, "ConsumerId" '
        "FROM usage",
    ) == [(4000, 6000, 0, 500, "openai", Decimal("0.0225"), 3100, "rerank", "recs", "c42")]
    assert secret_kept(home) == []


@pytest.mark.parametrize(
    ("prompt", "cached", "completion", "total", "uncached"),
    [
        (100, 60, 10, 110, 40),
        (100, 60, 10, 170, 100),
        (100, 0, 10, 110, 100),
        (100, 60, 10, None, 40),
    ],
)
def test_the_total_tells(
    prompt: int, cached: int, completion: int, total: int | None, uncached: int,
    home: Path, tmp_path: Path,
) -> None:  # fmt: skip
    row: dict[str, Any] = {
        "request_id": "r",
        "request_created_at": "2026-11-01T10:00:00Z",
        "provider": "ANTHROPIC",
        "prompt_tokens": prompt,
        "prompt_cache_read_tokens": cached,
        "completion_tokens": completion,
        "total_tokens": total,
        "response_status": 429,
    }
    read_one(home, lines(tmp_path / "h.json", {"data": [row]}), source="helicone", usage=1)
    assert query(
        home, "SELECT input_uncached_tokens, cache_read_tokens, error_type FROM usage"
    ) == [(uncached, cached, "429")]
