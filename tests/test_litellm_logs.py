"""LiteLLM spend logs: prompt tokens include the cached ones; spend may hold a margin."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from usage_files import SECRET, example, lines, query, read_one, secret_kept

if TYPE_CHECKING:
    from pathlib import Path

ROW: dict[str, Any] = {
    "request_id": "r1",
    "call_type": "acompletion",
    "spend": 0.5,
    "prompt_tokens": 100,
    "completion_tokens": 10,
    "startTime": "2026-11-01T10:00:00Z",
    "endTime": "2026-11-01T10:00:02Z",
    "model": "gpt-4o",
    "custom_llm_provider": "azure",
    "messages": [{"content": SECRET}],
    "response": {"content": SECRET},
}


def test_the_documented_record(shared: Path, home: Path, tmp_path: Path) -> None:
    record = example(shared, "litellm.LiteLLM_SpendLogs")
    read_one(home, lines(tmp_path / "l.json", record), source="litellm_logs", usage=1)
    assert query(
        home,
        "SELECT input_uncached_tokens, cache_read_tokens, cache_write_tokens, output_tokens, "
        "gen_ai_provider_name, gen_ai_operation_name, reported_cost, x_product, x_feature, "
        'x_team, x_customer, "ConsumerId" FROM usage',
    ) == [
        (3000, 6000, 1000, 500, "aws.bedrock", "chat", Decimal("0.02205"), "recs", "rerank",
         "search", "customer-42", "customer-42")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "columns", "expected"),
    [
        ({"cache_hit": "True"}, "input_uncached_tokens, output_tokens, reported_cost", (0, 0, 0)),
        ({"metadata": {"cost_breakdown": {"margin_percent": 0.2}}}, "reported_cost", (None,)),
        ({"metadata": {"cost_breakdown": {"original_cost": 0.4, "margin_percent": 0.2}}},
         "reported_cost", (Decimal("0.4"),)),
        ({"metadata": json.dumps({"user_api_key_alias": "ci"})}, "api_key_id", ("ci",)),
        ({"api_key": "sk-1234"}, "api_key_id", (None,)),
        ({"status": "failure", "metadata": {"error_information": {"error_class": "Timeout"}}},
         "error_type", ("Timeout",)),
        ({"request_tags": ["team:search", "User-Agent: curl", "plain"]}, '"Tags"',
         ({"team": "search"},)),
        ({"metadata": {"usage_object": {"completion_tokens_details": {"reasoning_tokens": 4}}}},
         "output_tokens, reasoning_output_tokens", (10, 4)),
    ],
    ids=["own cache", "margin", "original", "metadata as text", "raw key", "failed", "tags",
         "reasoning"],
)  # fmt: skip
def test_fields(
    more: dict[str, Any], columns: str, expected: tuple[Any, ...], home: Path, tmp_path: Path
) -> None:
    path = lines(tmp_path / "l.jsonl", {**ROW, **more}, {**ROW, "request_id": "r2"})
    read_one(home, path, source="litellm_logs", usage=2)
    assert query(home, f"SELECT {columns} FROM usage WHERE gen_ai_response_id = 'r1'") == [expected]
    assert secret_kept(home) == []


def test_the_table_as_csv_and_as_parquet(home: Path, tmp_path: Path) -> None:
    row = {
        **ROW,
        "metadata": {"spend_logs_metadata": {"product": "recs"}},
        "request_tags": ["team:search"],
    }
    flat = {k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in row.items()}
    table = tmp_path / "logs.csv"
    with table.open("w", newline="") as out:
        writer = csv.DictWriter(out, flat)
        writer.writeheader()
        writer.writerow(flat)
        writer.writerow({**flat, "request_id": "r2", "prompt_tokens": "-1"})
    columns = "input_uncached_tokens, x_product, x_team, gen_ai_provider_name, reported_cost"
    expected = [(100, "recs", "search", "azure.ai.openai", Decimal("0.5"))]
    file = read_one(home, table, source="litellm_logs", usage=1)
    assert file.examples == [
        {"line": 3, "column": "input_tokens", "reason": "input_tokens: negative"}
    ]
    assert query(home, f"SELECT {columns} FROM usage") == expected
    assert secret_kept(home) == []
    parquet = tmp_path / "logs.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{table}') LIMIT 1) TO '{parquet}'")
    again = tmp_path / "again"
    read_one(again, parquet, source="litellm_logs", usage=1)
    assert query(again, f"SELECT {columns} FROM usage") == expected


def test_a_page_of_the_proxy(home: Path, tmp_path: Path) -> None:
    page = {"data": [ROW, {**ROW, "request_id": "r2"}], "total": 2}
    read_one(home, lines(tmp_path / "p.json", page), source="litellm_logs", usage=2)
