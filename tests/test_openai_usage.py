"""Pages of OpenAI usage: input tokens include the cached ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usage_files import example, lines, query, read_one

if TYPE_CHECKING:
    from pathlib import Path


def page(*results: dict[str, Any]) -> dict[str, Any]:
    return {"data": [{"start_time": 1793491200, "end_time": 1793577600, "results": list(results)}]}


def test_the_documented_page(shared: Path, home: Path, tmp_path: Path) -> None:
    record = example(shared, "openai.usage.completions")
    file = read_one(home, lines(tmp_path / "p.json", record), source="openai_usage", usage=1)
    assert file.notes == []
    assert query(
        home,
        "SELECT requests, input_uncached_tokens, cache_read_tokens, cache_write_tokens, "
        'output_tokens, batch, service_tier, "SubAccountId", '
        '"ChargePeriodStart"::VARCHAR, "ChargePeriodEnd"::VARCHAR FROM usage',
    ) == [
        (120, 60000, 40000, 0, 9000, False, "default", "proj_abc",
         "2026-11-01 00:00:00", "2026-11-02 00:00:00")
    ]  # fmt: skip


def test_without_its_own_split_the_cached_tokens_are_subtracted(home: Path, tmp_path: Path) -> None:
    completions = {
        "object": "organization.usage.completions.result",
        "input_tokens": 1000,
        "input_cached_tokens": 400,
        "output_tokens": 5,
    }
    embeddings = {"object": "organization.usage.embeddings.result", "input_tokens": 70}
    path = lines(tmp_path / "p.json", page(completions, embeddings))
    file = read_one(home, path, source="openai_usage", usage=2)
    assert file.notes == [
        "Not grouped by model, project_id, api_key_id: unknown here.",
        "2 usage rows have no price: no model is told (2).",
    ]
    assert query(
        home,
        "SELECT gen_ai_operation_name, input_uncached_tokens, cache_read_tokens, output_tokens "
        "FROM usage ORDER BY x_record",
    ) == [("chat", 600, 400, 5), ("embeddings", 70, None, None)]
