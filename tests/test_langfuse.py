"""Langfuse observations: disjoint buckets, totals that show otherwise, tags, providers."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from usage_files import SECRET, claims, example, leaks, lines, load, rejects, usage

ONE: dict[str, Any] = {
    "id": "o1",
    "traceId": "t1",
    "type": "GENERATION",
    "startTime": "2026-11-01T10:00:00Z",
    "endTime": "2026-11-01T10:00:03Z",
    "model": "gpt-4o",
}
TOKENS = (
    "input_uncached_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, "
    "output_tokens, reasoning_output_tokens"
)


def test_the_example(shared: Path, home: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "o.jsonl", example(shared, "langfuse.observation_v2"))
    assert claims(path) == ["langfuse"]
    load(home, path)
    assert usage(
        home,
        f"{TOKENS}, reported_cost, reported_currency, gen_ai_provider_name, "
        'gen_ai_request_model, "ConsumerId", session_id, trace_id, "Tags"',
    ) == [
        (4000, 6000, None, None, 500, None, Decimal("0.0225"), "USD", "openai",
         "gpt-4o-2024-08-06", "c42", "s1", "t1",
         {"feature": "rerank", "product": "recs", "environment": "prod"})
    ]  # fmt: skip


BUCKETS = [
    (
        {"input": 400, "cache_read_input_tokens": 600, "cache_creation_input_tokens": 50,
         "output": 30},
        (400, 600, 50, None, 30, None),
        "Anthropic's names, without a total",
    ),
    (
        {"input": 400, "input_cached_tokens": 600, "output": 30, "output_reasoning_tokens": 70,
         "total": 1100},
        (400, 600, None, None, 100, 70),
        "OpenAI's names: output is with reasoning",
    ),
    (
        {"input": 1000, "input_cached_tokens": 600, "output": 100,
         "output_reasoning_tokens": 70, "total": 1100},
        (400, 600, None, None, 100, 70),
        "a total of input and output: the details are inside",
    ),
    (
        {"input": 1000, "input_cached_tokens": 600, "output": 100,
         "output_reasoning_tokens": 70, "total": 1170},
        (400, 600, None, None, 170, 70),
        "Gemini's: the cached inside, thoughts beside",
    ),
    (
        {"input": 400, "input_cache_read": 600, "input_cache_creation_1h": 9,
         "input_audio_tokens": 5, "output": 1, "total": 1015},
        (405, 600, None, 9, 1, None),
        "kept an hour, and input of another kind",
    ),
    (
        {"input": 26, "cache_read_input_tokens": 48854, "output": 4, "total": 30},
        (26, 48854, None, None, 4, None),
        "more cached than input: it cannot be inside",
    ),
    ({"input": 10.0, "total": "10"}, (10, None, None, None, None, None), "few"),
    (
        {"input": 10, "output": 2, "images": 3, "total": 15},
        (10, None, None, None, 2, None),
        "Langfuse's total counts units that are no tokens",
    ),
    ({}, (None,) * 6, "nothing said"),
]  # fmt: skip


def test_buckets(home: Path, tmp_path: Path) -> None:
    load(home, lines(tmp_path / "o.jsonl", *(
        {**ONE, "id": why, "usageDetails": details} for details, _, why in BUCKETS
    )))  # fmt: skip
    assert usage(home, TOKENS) == [expected for _, expected, _ in BUCKETS]


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"input": 10, "output": 2, "total": 13}, "usageDetails: not the sum of its parts"),
        (
            {"input": 90, "input_cached_tokens": 7, "output": 20, "output_reasoning_tokens": 7,
             "total": 117},
            "usageDetails: not the sum of its parts",
        ),
        ({"input": 10, "input_audio": -1, "total": 9}, "usageDetails: not whole numbers"),
        ({"input": 10, "output": 2.5}, "usageDetails: not whole numbers"),
        ({"input": "many"}, "usageDetails: not whole numbers"),
    ],
)  # fmt: skip
def test_buckets_that_contradict_themselves(
    details: dict[str, Any], why: str, home: Path, tmp_path: Path
) -> None:
    good = {**ONE, "id": "o2", "usageDetails": {"input": 1}}
    [file] = load(home, lines(tmp_path / "o.jsonl", {**ONE, "usageDetails": details}, good))
    assert [str(reject[2]).split("; ")[-1] for reject in rejects(file)] == [why]
    assert usage(home, "input_uncached_tokens") == [(1,)]


def test_only_generations_and_embeddings(home: Path, tmp_path: Path) -> None:
    kinds = ("SPAN", "GENERATION", "EVENT", "EMBEDDING", "TOOL", "AGENT")
    records = [{**ONE, "id": kind, "type": kind} for kind in kinds]
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"data": records, "meta": {"page": 1}}))
    assert claims(path) == ["langfuse"]
    [file] = load(home, path)
    assert usage(home, "gen_ai_operation_name") == [(None,), ("embeddings",)]
    assert file.rejected == 0


def test_an_export_to_blob_storage(home: Path, tmp_path: Path) -> None:
    record = {
        "id": "o1",
        "trace_id": "t1",
        "type": "GENERATION",
        "start_time": "2026-11-01 10:00:00.000",
        "end_time": None,
        "provided_model_name": "claude-sonnet-4-5",
        "usage_details": '{"input": 3, "output": 4, "total": 7}',
        "total_cost": 0.000015,
        "user_id": "c1",
        "session_id": "s1",
    }
    path = tmp_path / "o.json"
    path.write_text(json.dumps([record]))
    load(home, path)
    assert usage(
        home,
        "input_uncached_tokens, output_tokens, reported_cost, gen_ai_provider_name, trace_id, "
        '"ConsumerId", session_id, CAST("ChargePeriodStart" AS VARCHAR)',
    ) == [(3, 4, Decimal("0.000015"), "anthropic", "t1", "c1", "s1", "2026-11-01 10:00:00")]


PROVIDERS = [
    ("gpt-4o-mini", "openai"),
    ("o3", "openai"),
    ("text-embedding-3-small", "openai"),
    ("gpt-oss-120b", "unknown"),
    ("claude-opus-4-1", "anthropic"),
    ("claude-sonnet-4@20250514", "unknown"),
    ("us.anthropic.claude-sonnet-4-20250514-v1:0", "aws.bedrock"),
    ("gemini-2.5-pro", "gcp.gemini"),
    ("llama-3-70b", "unknown"),
    (None, "unknown"),
]


def test_providers(home: Path, tmp_path: Path) -> None:
    load(home, lines(tmp_path / "o.jsonl", *(
        {**ONE, "id": str(number), "model": model} for number, (model, _) in enumerate(PROVIDERS)
    )))  # fmt: skip
    assert usage(home, "gen_ai_provider_name") == [(provider,) for _, provider in PROVIDERS]


def test_tags_of_metadata_then_of_the_list(home: Path, tmp_path: Path) -> None:
    metadata = {"team": "recs", "try": 2, "cold": True, "deep": {"a": 1}, "list": ["b"], "no": None}
    tags = ["team:other", "product: recs", "loose", "https://x.test", "a:b:c"]
    record = {**ONE, "metadata": {**metadata, "long": "x" * 257}, "tags": tags}
    load(home, lines(tmp_path / "o.jsonl", record))
    assert usage(home, '"Tags"') == [
        ({"team": "recs", "try": "2", "cold": "true", "product": "recs", "a": "b:c"},)
    ]


def test_content_reaches_no_file(home: Path, tmp_path: Path) -> None:
    content = {
        "input": SECRET,
        "output": {"text": SECRET},
        "statusMessage": SECRET,
        "modelParameters": {"stop": SECRET},
        "metadata": {"messages": [SECRET], "prompt": SECRET + "x" * 256},
        "level": "ERROR",
        "new": SECRET,
    }
    bad = {**ONE, **content, "id": "o2", "usageDetails": {"input": -1}}
    cut = json.dumps({**ONE, **content})[:-1]
    [file] = load(home, lines(tmp_path / "o.jsonl", {**ONE, **content}, bad, cut))
    assert (usage(home, "error_type"), file.rejected, leaks(home)) == ([("_OTHER",)], 2, [])


def test_faults_are_named_and_the_rest_is_loaded(home: Path, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "o.jsonl",
        {**ONE, "id": "good", "unknown": {"extra": 1}},
        json.dumps(ONE)[:40],
        {**ONE, "id": "b", "startTime": None},
        {**ONE, "id": "c", "usageDetails": {"input": -3}},
        {name: text for name, text in ONE.items() if name != "type"},
    )
    [file] = load(home, path)
    assert file.usage == 1
    assert rejects(file) == [
        (2, "", "not a whole JSON document"),
        (3, "ChargePeriodStart", "ChargePeriodStart: missing"),
        (
            4,
            "input_tokens, usageDetails",
            "input_tokens: negative; usageDetails: not whole numbers",
        ),
        (5, "ChargePeriodStart", "ChargePeriodStart: missing"),
    ]
