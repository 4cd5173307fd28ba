"""Anthropic usage reports: disjoint buckets of tokens, by day, model, workspace, key and tier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tagwright.sources.documents import NO_WORKSPACE
from telemetry_files import bytes_under, example, read, rejected, rows, stored, write_lines

BUCKETS = (
    '"input_uncached_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", '
    '"output_tokens"'
)
RESULT: dict[str, Any] = {
    "uncached_input_tokens": 10,
    "cache_creation": {"ephemeral_1h_input_tokens": 4, "ephemeral_5m_input_tokens": 3},
    "cache_read_input_tokens": 2,
    "output_tokens": 5,
    "server_tool_use": {"web_search_requests": 1},
    "api_key_id": "apikey_01",
    "workspace_id": "wrkspc_01",
    "model": "claude-sonnet-4-5-20250929",
    "service_tier": "standard",
    "context_window": "0-200k",
    "inference_geo": "global",
}


def page(*results: dict[str, Any], **bucket: Any) -> dict[str, Any]:
    """One day; each result is :data:`RESULT` but for what is given."""
    day = {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z", **bucket}
    return {"data": [{**day, "results": [{**RESULT, **result} for result in results]}],
            "has_more": False, "next_page": None}  # fmt: skip


def one(home: Path, tmp_path: Path, columns: str, **more: Any) -> tuple[Any, ...]:
    [found] = rows(home, write_lines(tmp_path / "usage.jsonl", [page(more)]), columns)
    return found


@pytest.mark.parametrize("lines", [True, False], ids=["lines", "document"])
def test_the_example(lines: bool, shared: Path, home: Path, tmp_path: Path) -> None:
    """1,500 tokens read anew, beside 200 of the cache and 500 and 1,000 written to it."""
    record = example(shared, "anthropic.usage_report.messages")
    path = tmp_path / "usage.json"
    path.write_text(json.dumps(record, indent=None if lines else 2))
    [found] = rows(
        home,
        path,
        f'{BUCKETS}, "web_search_requests", "requests", "gen_ai_provider_name", '
        '"gen_ai_response_model", "service_tier", "batch", "context_window", "inference_region", '
        '"SubAccountId", "api_key_id", CAST("ChargePeriodStart" AS VARCHAR), '
        'CAST("ChargePeriodEnd" AS VARCHAR)',
    )
    assert found == (
        1500, 200, 500, 1000, 500, 10, None, "anthropic", "claude-sonnet-4-5-20250929",
        "standard", False, "0-200k", "global", "wrkspc_01", "apikey_01",
        "2026-11-01 00:00:00", "2026-11-02 00:00:00",
    )  # fmt: skip


def test_no_workspace_is_the_default_one(home: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "usage.jsonl", [page({}, {"workspace_id": None})])
    assert rows(home, path, '"SubAccountId"') == [("wrkspc_01",), ("default",)]


def test_what_was_not_grouped_by_is_said(home: Path, tmp_path: Path) -> None:
    bare = dict.fromkeys(("model", "api_key_id", "workspace_id", "service_tier"))
    path = write_lines(tmp_path / "usage.jsonl", [page(bare)])
    file = read(home, path)
    assert file.notes == [
        "Not grouped by model, api_key_id: unknown here.",
        NO_WORKSPACE,
        "1 usage row has no price: no model is told (1).",
    ]
    assert stored(home, '"gen_ai_response_model", "api_key_id", "batch"') == [(None, None, None)]


@pytest.mark.parametrize(
    ("result", "tier", "batch"),
    [
        ({"service_tier": "batch"}, "batch", True),
        ({"service_tier": "priority"}, "priority", False),
        ({"service_tier": "standard", "speed": "fast"}, "fast", False),
        ({"service_tier": None, "speed": "fast"}, "fast", None),
        ({"service_tier": "standard", "speed": "standard"}, "standard", False),
    ],
)
def test_tiers(
    result: dict[str, Any], tier: str, batch: bool | None, home: Path, tmp_path: Path
) -> None:
    assert one(home, tmp_path, '"service_tier", "batch"', **result) == (tier, batch)


def test_a_region_that_is_not_available_is_none(home: Path, tmp_path: Path) -> None:
    assert one(home, tmp_path, '"inference_region"', inference_geo="not_available") == (None,)


@pytest.mark.parametrize("name", ["account_id", "service_account_id"])
def test_who_called(name: str, home: Path, tmp_path: Path) -> None:
    assert one(home, tmp_path, '"principal_id"', **{name: "acct_1"}) == ("acct_1",)


def test_a_bucket_that_comes_again_is_restated(home: Path, tmp_path: Path) -> None:
    """A day that was not over is exported again when it is."""
    first = write_lines(tmp_path / "one.jsonl", [page({}, {"model": "claude-haiku-4-5"})])
    assert len(rows(home, first, "1")) == 2
    second = write_lines(tmp_path / "two.jsonl", [page({"output_tokens": 50})])
    assert sorted(rows(home, second, '"output_tokens"')) == [(5,), (50,)]


def test_faults_are_rejected_and_the_rest_loaded(home: Path, tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "usage.jsonl",
        [
            page({"new_field": {"deep": [1]}}),
            json.dumps(page({}))[:-40],
            page({"model": "m"}, {"model": "n", "output_tokens": -1}),
            page({"model": "o"}, starting_at=None),
            page({"model": "p", "uncached_input_tokens": 1.5}),
        ],
    )
    file = read(home, path)
    assert rejected(file) == [
        (2, "", "not a whole JSON document"),
        (3, "output_tokens", "output_tokens: negative"),
        (4, "ChargePeriodStart", "ChargePeriodStart: missing"),
        (5, "input_uncached_tokens", "input_uncached_tokens: not a whole number"),
    ]
    assert stored(home, '"gen_ai_response_model"') == [(RESULT["model"],), ("m",)]


def test_a_page_without_usage_is_no_row(home: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "usage.jsonl", [page({}), page()])
    assert len(rows(home, path, "1")) == 1


def test_what_is_not_a_column_reaches_no_disk(home: Path, tmp_path: Path) -> None:
    secret = {"prompt": "SECRET", "messages": ["SECRET"], "completion": "SECRET"}
    path = write_lines(
        tmp_path / "usage.jsonl", [page(secret, {**secret, "output_tokens": -1}), '{"x": "SECRET']
    )
    assert read(home, path).rejected == 2
    kept = bytes_under(home)
    assert b"apikey_01" in kept
    assert b"SECRET" not in kept
