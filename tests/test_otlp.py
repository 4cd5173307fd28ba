"""OTLP traces: spans of model calls in both spellings of the conventions, and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from usage_files import SECRET, claims, example, leaks, lines, load, rejects, usage

START, END = "1793527200000000000", "1793527203100000000"
TOKENS = (
    "input_uncached_tokens, cache_read_tokens, cache_write_tokens, output_tokens, "
    "reasoning_output_tokens"
)


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", float: "doubleValue", bool: "boolValue", dict: "kvlistValue"}
    return [
        {"key": k, "value": {kinds.get(type(v), "intValue"): str(v) if type(v) is int else v}}
        for k, v in values.items()
    ]


def span(number: int, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "traceId": "5B8EFFF798038103D269B633813FC60C",
        "spanId": f"EEE19B7EC3C1B1{number:02d}",
        "startTimeUnixNano": START,
        "endTimeUnixNano": END,
        "attributes": attributes(values),
        **more,
    }


def request(*spans: Any, **resource: Any) -> dict[str, Any]:
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": attributes(resource)},
                "scopeSpans": [{"scope": {"name": "openai"}, "spans": list(spans)}],
            }
        ]
    }


CHAT = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai"}


def test_the_example(shared: Path, home: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "traces.jsonl", example(shared, "otel.otlp_json"))
    assert claims(path) == ["otlp"]
    load(home, path)
    [row] = usage(
        home,
        f'{TOKENS}, gen_ai_provider_name, gen_ai_response_model, "Tags", trace_id, span_id, '
        'CAST("ChargePeriodStart" AS VARCHAR), CAST("ChargePeriodEnd" AS VARCHAR), duration_ms, '
        "requests",
    )
    assert row[:5] == (4000, 6000, None, 500, None)
    assert row[5:8] == (
        "openai",
        "gpt-4o-2024-08-06",
        {"product": "recs", "environment": "prod", "service": "recs-api"},
    )
    assert row[8:10] == ("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174")
    assert row[10:] == ("2026-11-01 10:00:00", "2026-11-01 10:00:03.1", 3100, 1)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(
            {
                "gen_ai.usage.input_tokens": 1000,
                "gen_ai.usage.cache_read.input_tokens": 600,
                "gen_ai.usage.cache_creation.input_tokens": 100,
                "gen_ai.usage.output_tokens": 50,
                "gen_ai.usage.reasoning.output_tokens": 20,
            },
            id="today",
        ),
        pytest.param(
            {
                "gen_ai.usage.prompt_tokens": 1000.0,
                "gen_ai.usage.cache_read_input_tokens": 600.0,
                "gen_ai.usage.cache_creation_input_tokens": "100",
                "gen_ai.usage.completion_tokens": "50",
                "gen_ai.usage.reasoning_tokens": 20,
            },
            id="older, as doubles and texts",
        ),
    ],
)
def test_tokens_in_both_spellings(names: dict[str, Any], home: Path, tmp_path: Path) -> None:
    load(home, lines(tmp_path / "t.jsonl", request(span(1, {**CHAT, **names}))))
    assert usage(home, TOKENS) == [(300, 600, 100, 50, 20)]


def test_a_number_that_is_not_text(home: Path, tmp_path: Path) -> None:
    call = span(1, CHAT)
    call["attributes"].append({"key": "gen_ai.usage.input_tokens", "value": {"intValue": 7}})
    load(home, lines(tmp_path / "t.jsonl", request(call)))
    assert usage(home, "input_uncached_tokens") == [(7,)]


def test_cached_tokens_without_the_input_they_are_part_of(home: Path, tmp_path: Path) -> None:
    call = span(1, {**CHAT, "gen_ai.usage.cache_read.input_tokens": 5})
    load(home, lines(tmp_path / "t.jsonl", request(call)))
    assert usage(home, TOKENS) == [(None, 5, None, None, None)]


@pytest.mark.parametrize(
    "operation",
    ["invoke_agent", "create_agent", "execute_tool", "invoke_workflow", "retrieval"],
)
def test_what_repeats_the_calls_inside_it_is_left_out(
    operation: str, home: Path, tmp_path: Path
) -> None:
    used = {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 10}
    outer = span(1, {**CHAT, **used, "gen_ai.operation.name": operation})
    [file] = load(home, lines(tmp_path / "t.jsonl", request(outer, span(2, {**CHAT, **used}))))
    assert usage(home, "span_id, input_uncached_tokens") == [("eee19b7ec3c1b102", 10)]
    assert (file.rejected, "agents, workflows and tools" in file.notes[0]) == (0, True)


def test_older_spans_say_the_model_and_the_system_only(home: Path, tmp_path: Path) -> None:
    old = {"gen_ai.system": "az.ai.openai", "gen_ai.request.model": "prod-4o"}
    http = span(2, {"http.request.method": "GET"})
    load(home, lines(tmp_path / "t.jsonl", request(span(1, old), http)))
    assert usage(home, "gen_ai_provider_name, gen_ai_request_model") == [
        ("azure.ai.openai", "prod-4o")
    ]


def test_traces_without_a_call_are_no_fault(home: Path, tmp_path: Path) -> None:
    empty = {"resourceSpans": [{"resource": {}}, {"scopeSpans": [{"scope": {}}]}]}
    path = lines(tmp_path / "t.jsonl", request(span(1, {"http.route": "/"})), empty)
    [file] = load(home, path)
    assert (file.usage, file.rejected, usage(home, "1")) == (0, 0, [])
    [again] = load(home, path)
    assert (again.usage, again.rejected) == (0, 0)


def test_tags_of_the_span_before_those_of_its_resource(home: Path, tmp_path: Path) -> None:
    call = span(1, {**CHAT, "finops.team": "recs", "finops.": "x", "enduser.id": "c42"})
    call["attributes"] += attributes({"finops.team": "again", "finops.nested": {"values": []}})
    resource = {"finops.team": "platform", "finops.cost_center": 4421, "team": "not a tag"}
    resource["deployment.environment"] = "staging"
    load(home, lines(tmp_path / "t.jsonl", request(call, **resource)))
    assert usage(home, '"Tags", "ConsumerId"') == [
        ({"team": "recs", "cost_center": "4421", "environment": "staging"}, "c42")
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"status": {"code": 2}}, "_OTHER"),
        ({"status": {"code": "STATUS_CODE_ERROR", "message": SECRET}}, "_OTHER"),
        ({"status": {"code": 1}}, None),
    ],
)
def test_failed_calls(
    more: dict[str, Any], expected: str | None, home: Path, tmp_path: Path
) -> None:
    timeout = span(2, {**CHAT, "error.type": "timeout"}, **more)
    load(home, lines(tmp_path / "t.jsonl", request(span(1, CHAT, **more), timeout)))
    assert usage(home, "error_type") == [(expected,), ("timeout",)]
    assert leaks(home) == []


def test_a_span_that_is_exported_twice_counts_once(home: Path, tmp_path: Path) -> None:
    few, more = (span(1, {**CHAT, "gen_ai.usage.input_tokens": n}) for n in (1, 2))
    more["traceId"] = more["traceId"].lower()
    load(home, lines(tmp_path / "t.jsonl", request(few), request(more)))
    assert usage(home, "input_uncached_tokens") == [(2,)]


def test_one_document_over_many_lines(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(request(span(1, CHAT), span(2, CHAT)), indent=2))
    load(home, path)
    assert usage(home, "span_id") == [("eee19b7ec3c1b101",), ("eee19b7ec3c1b102",)]


def test_content_reaches_no_file(home: Path, tmp_path: Path) -> None:
    content = {
        "gen_ai.input.messages": SECRET,
        "gen_ai.output.messages": SECRET,
        "gen_ai.system_instructions": SECRET,
        "gen_ai.prompt.0.content": SECRET,
        "gen_ai.completion.0.content": SECRET,
        "new.attribute": SECRET,
    }
    events = [{"name": "gen_ai.choice", "attributes": attributes(content)}]
    good = span(1, {**CHAT, **content}, events=events, name=SECRET)
    bad = span(2, {**CHAT, **content, "gen_ai.usage.input_tokens": -1}, events=events)
    cut = json.dumps(request(good))[:-9]
    [file] = load(home, lines(tmp_path / "t.jsonl", request(good, bad), cut))
    assert (file.usage, file.rejected, leaks(home)) == (1, 2, [])


def test_faults_are_named_and_the_rest_is_loaded(home: Path, tmp_path: Path) -> None:
    more = {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.cache_read.input_tokens": 6}
    path = lines(
        tmp_path / "t.jsonl",
        request(span(1, CHAT), unknown={"extra": [1]}),
        json.dumps(request(span(2, CHAT)))[:-20],
        request(span(3, {**CHAT, "gen_ai.usage.output_tokens": -4})),
        request(span(4, CHAT, startTimeUnixNano=None, endTimeUnixNano=None)),
        request(span(5, CHAT, startTimeUnixNano="noon")),
        request(span(6, {"gen_ai.operation.name": "chat"})),
        request(span(7, {**CHAT, **more})),
        {"resourceMetrics": []},
        request("no span"),
        {"resourceSpans": [{"scopeSpans": [{"spans": "none"}]}]},
        request(span(8, {**CHAT, "gen_ai.usage.input_tokens": 1.5})),
    )
    [file] = load(home, path)
    assert usage(home, "span_id") == [("eee19b7ec3c1b101",)]
    assert file.rejected == 10
    assert rejects(file) == [
        (2, "", "not a whole JSON document"),
        (3, "output_tokens", "output_tokens: negative"),
        (4, "ChargePeriodStart", "ChargePeriodStart: missing"),
        (5, "ChargePeriodStart", "ChargePeriodStart: not an ISO 8601 date and time"),
        (6, "gen_ai_provider_name", "gen_ai_provider_name: missing"),
    ]
