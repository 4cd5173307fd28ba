"""Pages of Anthropic usage: input tokens exclude the cached ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usage_files import example, lines, query, read_one

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = {"uncached_input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1}


def test_the_documented_page(shared: Path, home: Path, tmp_path: Path) -> None:
    record = example(shared, "anthropic.usage_report.messages")
    read_one(home, lines(tmp_path / "p.json", record), source="anthropic_usage", usage=1)
    assert query(
        home,
        "SELECT input_uncached_tokens, cache_read_tokens, cache_write_tokens, "
        "cache_write_1h_tokens, output_tokens, web_search_requests, requests, batch, "
        'context_window, inference_region, "SubAccountId" FROM usage',
    ) == [(1500, 200, 500, 1000, 500, 10, None, False, "0-200k", "global", "wrkspc_01")]


def test_the_default_workspace_and_batches(home: Path, tmp_path: Path) -> None:
    bucket = {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z"}
    results = [
        {**TOKENS, "workspace_id": None, "service_tier": "batch", "model": "claude-haiku-4-5"},
        {**TOKENS, "service_tier": None},
    ]
    path = lines(tmp_path / "p.json", {"data": [{**bucket, "results": results}]})
    read_one(home, path, source="anthropic_usage", usage=2)
    assert query(
        home,
        'SELECT "SubAccountId", batch, input_uncached_tokens FROM usage ORDER BY x_record',
    ) == [("default", True, 10), (None, None, 10)]
