"""Cohere responses as callers log them: billed units, not tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from usage_files import SECRET, claims, example, leaks, lines, load, rejects, usage

UNITS = "input_uncached_tokens, cache_read_tokens, output_tokens, search_units"
TIME = "2026-11-01T10:00:00Z"


def response(units: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"timestamp": TIME, "meta": {"billed_units": units}, **more}


def test_the_example_is_billed_units_not_tokens(shared: Path, home: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "c.jsonl", example(shared, "cohere.response_meta"))
    assert claims(path) == ["cohere_log"]
    [file] = load(home, path)
    assert "The first response has no time: none is read." in file.notes
    assert usage(home, f'{UNITS}, gen_ai_provider_name, "ChargePeriodStart", requests') == [
        (45, 0, 70, 1, "cohere", None, 1)
    ]


OPERATIONS = [
    (response({"search_units": 1}), "rerank"),
    (response({"search_units": 1, "input_tokens": 0}), "rerank"),
    (response({"input_tokens": 5.0, "output_tokens": 2.0}), "chat"),
    (response({"input_tokens": 5, "output_tokens": 2, "search_units": 1}), "chat"),
    (response({"input_tokens": 5}, response_type="embeddings_by_type"), "embeddings"),
    (response({"images": 1}), "embeddings"),
    (response({"input_tokens": 5}, model="embed-v4.0"), "embeddings"),
    (response({"input_tokens": 5}), None),
]


def test_what_was_asked_for(home: Path, tmp_path: Path) -> None:
    records = ({**record, "id": str(number)} for number, (record, _) in enumerate(OPERATIONS))
    load(home, lines(tmp_path / "c.jsonl", *records))
    assert usage(home, "gen_ai_operation_name") == [(operation,) for _, operation in OPERATIONS]


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        pytest.param(100, (60, 40), id="all tokens billed: the cached are among them"),
        pytest.param(520, (100, None), id="a preamble is free: nobody knows"),
        pytest.param(None, (100, None), id="tokens not said"),
    ],
)
def test_cached_tokens(
    tokens: int | None, expected: tuple[Any, ...], home: Path, tmp_path: Path
) -> None:
    v2 = {"billed_units": {"input_tokens": 100}, "cached_tokens": 40}
    record = {"created_at": TIME, "usage": {**v2, "tokens": {"input_tokens": tokens}}}
    load(home, lines(tmp_path / "c.jsonl", record))
    assert usage(home, "input_uncached_tokens, cache_read_tokens") == [expected]


@pytest.mark.parametrize("time", [TIME, 1793527200])
def test_wrapper_fields_in_a_list(time: str | int, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    record = response({"search_units": 2}, id="r1", model="rerank-v3.5", timestamp=time)
    path.write_text(json.dumps([record, {**record, "model": "rerank-v4.0"}]))
    load(home, path)
    assert usage(
        home,
        'search_units, gen_ai_response_model, gen_ai_response_id, CAST("ChargePeriodStart" AS '
        "VARCHAR)",
    ) == [(2, "rerank-v4.0", "r1", "2026-11-01 10:00:00")]


BARE = {"meta": {"billed_units": {"search_units": 1}}}


def test_responses_without_an_id_add_up_over_files(home: Path, tmp_path: Path) -> None:
    load(home, lines(tmp_path / "monday.jsonl", BARE, BARE))
    load(home, lines(tmp_path / "tuesday.jsonl", BARE))
    assert usage(home, "search_units") == [(1,), (1,), (1,)]


def test_a_file_of_them_that_grew_is_in_place_of_itself(home: Path, tmp_path: Path) -> None:
    for count in (1, 2):
        load(home, lines(tmp_path / "today.jsonl", *[BARE] * count))
    assert usage(home, "search_units") == [(1,), (1,)]


def test_content_reaches_no_file(home: Path, tmp_path: Path) -> None:
    content = {
        "text": SECRET,
        "message": {"content": [SECRET]},
        "results": [{"document": {"text": SECRET}}],
        "documents": [SECRET],
        "texts": [SECRET],
        "chat_history": [SECRET],
        "prompt": SECRET,
        "new": SECRET,
    }
    good, bad = (response({"input_tokens": n}, **content, id=str(n)) for n in (1, -1))
    [file] = load(home, lines(tmp_path / "c.jsonl", good, bad, json.dumps(good)[:-3]))
    assert (file.usage, file.rejected, leaks(home)) == (1, 2, [])


def test_faults_are_named_and_the_rest_is_loaded(home: Path, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "c.jsonl",
        response({"input_tokens": 1}, unknown={"extra": 1}),
        json.dumps(response({}))[:30],
        response({"output_tokens": -2}),
        response({"input_tokens": 1}, timestamp=None),
        response({"input_tokens": 1.5}),
        response({}, error="quota"),
    )
    [file] = load(home, path)
    assert file.usage == 1
    assert rejects(file) == [
        (2, "", "not a whole JSON document"),
        (3, "output_tokens", "output_tokens: negative"),
        (4, "ChargePeriodStart", "ChargePeriodStart: missing"),
        (5, "input_tokens", "input_tokens: not a whole number"),
        (6, "billed_units", "billed_units: missing"),
    ]
