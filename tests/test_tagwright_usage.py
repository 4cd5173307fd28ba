"""Tagwright's own usage lines: names with dots, input with the cached tokens in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tagwright.config import load_settings
from tagwright.ingest import ingest
from telemetry_files import bytes_under, example, read, rejected, rows, stored, write_lines

LINE: dict[str, Any] = {
    "schema": "tagwright.usage/1",
    "row_id": "0d2f7a1c-6a55-4c9e-9d7e-2f1f0f8f7a10",
    "start_time": "2026-11-01T10:00:00.250Z",
    "duration_ms": 1250,
    "gen_ai.provider.name": "openai",
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "gpt-5-2026-08-07",
    "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.cache_read.input_tokens": 600,
    "gen_ai.usage.cache_creation.input_tokens": 100,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.usage.reasoning.output_tokens": 20,
    "openai.response.service_tier": "flex",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "span_id": "00f067aa0ba902b7",
    "tags": {"team": "search", "feature": "rerank"},
}
BUCKETS = '"input_uncached_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"'


def line(row: str = "", **more: Any) -> dict[str, Any]:
    """:data:`LINE` with other values; ``...`` leaves a key out, ``__`` stands for a dot."""
    full = {**LINE, **{key.replace("__", "."): value for key, value in more.items()}}
    full["row_id"] = row or full["row_id"]
    return {key: value for key, value in full.items() if value is not ...}


def one(home: Path, tmp_path: Path, columns: str, **more: Any) -> tuple[Any, ...]:
    [found] = rows(home, write_lines(tmp_path / "usage.jsonl", [line(**more)]), columns)
    return found


def test_a_line(home: Path, tmp_path: Path) -> None:
    """Of 1,000 input tokens 600 were read from the cache and 100 written to it."""
    found = one(
        home,
        tmp_path,
        f'{BUCKETS}, "reasoning_output_tokens", "requests", "gen_ai_provider_name", '
        '"gen_ai_operation_name", "gen_ai_request_model", "gen_ai_response_model", '
        '"gen_ai_response_id", "service_tier", "trace_id", "span_id", "duration_ms", "error_type", '
        'CAST("ChargePeriodStart" AS VARCHAR), CAST("Tags" AS JSON)',
    )
    assert found[:-1] == (
        300, 600, 100, 50, 20, 1, "openai", "chat", "gpt-5", "gpt-5-2026-08-07", "chatcmpl-1",
        "flex", LINE["trace_id"], LINE["span_id"], 1250, None, "2026-11-01 10:00:00.25",
    )  # fmt: skip
    assert json.loads(found[-1]) == LINE["tags"]


def test_the_numbers_of_the_otel_example(shared: Path, home: Path, tmp_path: Path) -> None:
    """Ours are OpenTelemetry's names, so its example's attributes make a line of ours."""
    record = example(shared, "otel.otlp_json")
    [span] = record["resourceSpans"][0]["scopeSpans"][0]["spans"]
    theirs = {item["key"]: next(iter(item["value"].values())) for item in span["attributes"]}
    ours = {key: value for key, value in LINE.items() if not key.startswith("gen_ai.")}
    path = write_lines(tmp_path / "usage.jsonl", [{**ours, **theirs}])
    assert rows(home, path, f'{BUCKETS}, "gen_ai_response_model"') == [
        (4000, 6000, None, 500, "gpt-4o-2024-08-06")
    ]


def test_what_a_provider_does_not_say_is_unknown(home: Path, tmp_path: Path) -> None:
    silent = dict.fromkeys(
        ("gen_ai__usage__cache_read__input_tokens", "gen_ai__usage__cache_creation__input_tokens",
         "gen_ai__usage__reasoning__output_tokens", "openai__response__service_tier", "tags",
         "trace_id"), ...
    )  # fmt: skip
    columns = f'{BUCKETS}, "reasoning_output_tokens", "service_tier", "trace_id"'
    assert one(home, tmp_path, columns, **silent) == (1000, None, None, 50, None, None, None)


@pytest.mark.parametrize(
    ("more", "tier"),
    [
        ({"service_tier": "priority", "openai__response__service_tier": ...}, "priority"),
        ({"service_tier": "priority"}, "priority"),
        ({}, "flex"),
    ],
)
def test_the_tier_by_either_name(
    more: dict[str, Any], tier: str, home: Path, tmp_path: Path
) -> None:
    assert one(home, tmp_path, '"service_tier"', **more) == (tier,)


def test_what_prices_differ_by(home: Path, tmp_path: Path) -> None:
    """Of 100 tokens written to the cache, 30 were written for an hour; two searches; fast mode."""
    columns = (
        '"cache_write_tokens", "cache_write_1h_tokens", "input_uncached_tokens", '
        '"web_search_requests", "service_tier", "inference_region", "RegionId"'
    )
    more = {
        "tagwright__cache_creation_1h__input_tokens": 30,
        "tagwright__web_search_requests": 2,
        "tagwright__speed": "fast",
        "tagwright__inference_geo": "us",
        "cloud__region": "eu-west-1",
        "openai__response__service_tier": ...,
    }
    assert one(home, tmp_path, columns, **more) == (70, 30, 300, 2, "fast", "us", "eu-west-1")


@pytest.mark.parametrize("hour", [101, "many"])
def test_more_written_for_an_hour_than_at_all(hour: int | str, home: Path, tmp_path: Path) -> None:
    odd = line(tagwright__cache_creation_1h__input_tokens=hour)
    file = read(home, write_lines(tmp_path / "usage.jsonl", [line("a"), odd]))
    [(number, column, _)] = rejected(file)
    assert (number, column) == (2, "cache_write_1h_tokens")


def test_a_request_that_failed(home: Path, tmp_path: Path) -> None:
    counts = {name.replace(".", "__"): ... for name in LINE if "tokens" in name}
    columns = '"error_type", "requests", "output_tokens"'
    assert one(home, tmp_path, columns, error__type="429", **counts) == ("429", 1, None)


def test_a_line_may_stand_for_many_requests(home: Path, tmp_path: Path) -> None:
    found = one(home, tmp_path, '"requests", "output_tokens"', tagwright__requests=1200)
    assert found == (1200, 50)


def test_a_line_that_is_sent_twice_counts_once(home: Path, tmp_path: Path) -> None:
    again = line(gen_ai__usage__output_tokens=55)
    path = write_lines(tmp_path / "usage.jsonl", [line(), line("b"), again])
    assert sorted(rows(home, path, '"output_tokens"')) == [(50,), (55,)]


def test_faults_are_rejected_by_line_column_and_reason(home: Path, tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "usage.jsonl",
        [
            line("a", new__attribute={"deep": 1}),
            json.dumps(line("b"))[:90],
            line("c", gen_ai__usage__output_tokens=-1, gen_ai__usage__reasoning__output_tokens=...),
            line("d", start_time=...),
            line("e", gen_ai__usage__cache_read__input_tokens=901),
        ],
    )
    file = read(home, path)
    assert rejected(file) == [
        (2, "", "not a whole JSON document"),
        (3, "output_tokens", "output_tokens: negative"),
        (4, "ChargePeriodStart", "ChargePeriodStart: missing"),
        (5, "input_tokens", "input_tokens: fewer than the cached ones among them"),
    ]
    assert stored(home, '"output_tokens"') == [(50,)]


def test_lines_of_a_later_schema_are_strangers(home: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "usage.jsonl", [line(schema="tagwright.usage/2")])
    [file] = ingest(load_settings(home), [path]).files
    assert "no billing export that is known here" in str(file.error)


def test_no_content_reaches_the_disk(home: Path, tmp_path: Path) -> None:
    """OpenTelemetry's content attributes, should someone's middleware write them."""
    secret = {
        name: [{"role": "user", "parts": ["SECRET"]}]
        for name in ("gen_ai__input__messages", "gen_ai__output__messages", "prompt", "response",
                     "gen_ai__system_instructions", "gen_ai__tool__call__arguments")
    }  # fmt: skip
    path = write_lines(
        tmp_path / "usage.jsonl",
        [line("a", **secret), line("b", start_time=..., **secret), '{"prompt": "SECRET'],
    )
    assert read(home, path).rejected == 2
    kept = bytes_under(home)
    assert b"chatcmpl-1" in kept
    assert b"SECRET" not in kept
