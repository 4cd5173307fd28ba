"""Helicone requests: cached tokens inside the prompt's or beside them, properties, failures."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from usage_files import SECRET, claims, example, leaks, lines, load, query, rejects, usage

ONE: dict[str, Any] = {
    "request_id": "r1",
    "request_created_at": "2026-11-01T10:00:00Z",
    "response_status": 200,
    "provider": "OPENAI",
}
TOKENS = (
    "input_uncached_tokens, cache_read_tokens, cache_write_tokens, output_tokens, "
    "reasoning_output_tokens"
)


def counts(prompt: Any, completion: Any, total: Any, **more: Any) -> dict[str, Any]:
    main = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    return {**ONE, **main, **{f"prompt_cache_{k}_tokens": v for k, v in more.items()}}


def test_the_example(shared: Path, home: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "r.jsonl", example(shared, "helicone.request"))
    assert claims(path) == ["helicone"]
    load(home, path)
    assert usage(
        home,
        f"{TOKENS}, reported_cost, reported_currency, gen_ai_provider_name, "
        'gen_ai_request_model, gen_ai_response_model, "ConsumerId", duration_ms, error_type, '
        '"Tags"',
    ) == [
        (4000, 6000, 0, 500, None, Decimal("0.0225"), "USD", "openai", "gpt-4o",
         "gpt-4o-2024-08-06", "c42", 3100, None, {"Feature": "rerank", "Team": "recs"})
    ]  # fmt: skip


TOTALS = [
    (counts(1000, 50, 1050, read=600), (400, 600, None, 50, None), "inside"),
    (counts(400, 50, 1150, read=600, write=100), (400, 600, 100, 50, None), "beside"),
    (
        counts(26, 4, 30, read=48854),
        (26, 48854, None, 4, None),
        "more than the prompt has: beside, whatever the total",
    ),
    (
        {**counts(10, 5, 18), "reasoning_tokens": 3},
        (10, None, None, 8, 3),
        "reasoning beside",
    ),
    (
        {**counts(10, 5, 15), "reasoning_tokens": 3},
        (10, None, None, 5, 3),
        "reasoning inside",
    ),
    (counts(10, 5, None), (10, None, None, 5, None), "no total, none cached"),
    (counts(None, None, None), (None,) * 5, "not answered"),
]


def test_cached_tokens_by_the_total(home: Path, tmp_path: Path) -> None:
    records = ({**record, "request_id": why} for record, _, why in TOTALS)
    load(home, lines(tmp_path / "r.jsonl", *records))
    assert usage(home, TOKENS) == [expected for _, expected, _ in TOTALS]


CONTRADICTIONS = [
    (counts(10, 5, 16), "total_tokens: not the sum of its parts"),
    (counts(10, 5, "x"), "total_tokens: not a number"),
    (
        counts(10, 5, None, read=3),
        "total_tokens: missing; are the cached tokens among the input, or beside it?",
    ),
    (counts("x", 5, 5), "input_tokens: not a whole number"),
    (counts(10, -5, 5), "output_tokens: negative"),
    (counts(10, 5, 15, read=-3), "cache_read_tokens: negative"),
]


def test_counts_that_contradict_themselves(home: Path, tmp_path: Path) -> None:
    good = {**counts(1, 2, 3), "request_id": "good"}
    records = ({**record, "request_id": why} for record, why in CONTRADICTIONS)
    load(home, lines(tmp_path / "r.jsonl", good, *records))
    kept = query(home, "SELECT line, reason FROM rejects ORDER BY line")
    for expected, ((line, reason), (_, why)) in enumerate(
        zip(kept, CONTRADICTIONS, strict=True), start=2
    ):
        assert (line, why in reason) == (expected, True)
    assert usage(home, "output_tokens") == [(2,)]


PROVIDERS = [
    ("ANTHROPIC", "anthropic"),
    ("AZURE", "azure.ai.openai"),
    ("AWS", "aws.bedrock"),
    ("GOOGLE", "gcp.gen_ai"),
    ("MISTRAL", "mistral_ai"),
    ("X", "x_ai"),
    ("GROQ", "groq"),
]


def test_providers(home: Path, tmp_path: Path) -> None:
    records = ({**ONE, "request_id": name, "provider": name} for name, _ in PROVIDERS)
    load(home, lines(tmp_path / "r.jsonl", *records))
    assert usage(home, "gen_ai_provider_name") == [(expected,) for _, expected in PROVIDERS]


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_page_or_a_list_and_failures(wrapped: bool, home: Path, tmp_path: Path) -> None:
    found = [{**ONE, "request_id": str(s), "response_status": s} for s in (200, 400, 500)]
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"data": found, "error": None} if wrapped else found))
    assert claims(path) == ["helicone"]
    load(home, path)
    assert usage(home, "error_type") == [(None,), ("400",), ("500",)]


def test_a_request_that_comes_again_counts_once(home: Path, tmp_path: Path) -> None:
    pending, done = counts(None, None, None), counts(7, 5, 12)
    load(home, lines(tmp_path / "a.jsonl", pending))
    load(home, lines(tmp_path / "b.jsonl", done))
    assert usage(home, "input_uncached_tokens") == [(7,)]


def test_content_reaches_no_file(home: Path, tmp_path: Path) -> None:
    content = {
        "request_body": {"messages": [SECRET]},
        "response_body": SECRET,
        "signed_body_url": SECRET,
        "llmSchema": {"request": {"prompt": SECRET}},
        "request_properties": {"note": SECRET + "x" * 256},
        "new": SECRET,
    }
    bad = {**counts(-1, 1, 0), **content, "request_id": "r2"}
    cut = json.dumps({**ONE, **content})[:-3]
    [file] = load(home, lines(tmp_path / "r.jsonl", {**counts(1, 2, 3), **content}, bad, cut))
    assert (usage(home, '"Tags"'), file.rejected, leaks(home)) == ([({},)], 2, [])


def test_faults_are_named_and_the_rest_is_loaded(home: Path, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "r.jsonl",
        {**ONE, "request_id": "good", "unknown": {"extra": 1}},
        json.dumps(ONE)[:30],
        {**ONE, "request_created_at": "yesterday"},
        {**ONE, "request_created_at": None, "provider": None},
    )
    [file] = load(home, path)
    missing = "ChargePeriodStart: missing; gen_ai_provider_name: missing"
    assert file.usage == 1
    assert rejects(file) == [
        (2, "", "not a whole JSON document"),
        (3, "ChargePeriodStart", "ChargePeriodStart: not an ISO 8601 date and time"),
        (4, "ChargePeriodStart, gen_ai_provider_name", missing),
    ]
