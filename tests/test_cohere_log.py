"""Cohere's responses: billed units, not tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usage_files import SECRET, example, lines, query, read_one, secret_kept

if TYPE_CHECKING:
    from pathlib import Path


def test_the_documented_response(shared: Path, home: Path, tmp_path: Path) -> None:
    """520 tokens were seen, 45 are paid for."""
    record = example(shared, "cohere.response_meta")
    file = read_one(home, lines(tmp_path / "c.json", record), source="cohere_log", usage=1)
    assert file.notes == ["The log says no times: its requests belong to no period."]
    assert query(home, "SELECT input_uncached_tokens, output_tokens, search_units FROM usage") == [
        (45, 70, 1)
    ]


def test_a_logged_rerank(home: Path, tmp_path: Path) -> None:
    record = {
        "timestamp": "2026-11-01T10:00:00Z",
        "model": "rerank-v3.5",
        "id": "x",
        "tags": {"team": "search"},
        "response": {"results": SECRET, "meta": {"billed_units": {"search_units": 3}}},
    }
    read_one(home, lines(tmp_path / "c.jsonl", record, record), source="cohere_log", usage=1)
    assert query(
        home, "SELECT gen_ai_operation_name, gen_ai_request_model, search_units, x_team FROM usage"
    ) == [("rerank", "rerank-v3.5", 3, "search")]
    assert secret_kept(home) == []
