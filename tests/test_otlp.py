"""OTLP traces: calls of models, by the attributes' new and old names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from usage_files import SECRET, example, lines, query, read_one, secret_kept

if TYPE_CHECKING:
    from pathlib import Path


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    def typed(value: Any) -> dict[str, Any]:
        return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}

    return [{"key": key, "value": typed(value)} for key, value in values.items()]


def span(identity: str, **values: Any) -> dict[str, Any]:
    names = {key.replace("__", "."): value for key, value in values.items()}
    return {
        "traceId": "AB12",
        "spanId": identity,
        "startTimeUnixNano": "1793527200000000000",
        "endTimeUnixNano": "1793527203100000000",
        "attributes": attributes({**names, "gen_ai.input.messages": SECRET}),
        "events": [{"name": "gen_ai.content", "attributes": attributes({"gen_ai.prompt": SECRET})}],
    }


def traces(*spans: dict[str, Any], **resource: Any) -> dict[str, Any]:
    names = {key.replace("__", "."): value for key, value in resource.items()}
    return {
        "resourceSpans": [
            {"resource": {"attributes": attributes(names)}, "scopeSpans": [{"spans": list(spans)}]}
        ]
    }


CALL: dict[str, Any] = {"gen_ai__operation__name": "chat", "gen_ai__provider__name": "openai"}


def test_the_documented_trace(shared: Path, home: Path, tmp_path: Path) -> None:
    record = example(shared, "otel.otlp_json")
    read_one(home, lines(tmp_path / "t.json", record), source="otlp", usage=1)
    assert query(
        home,
        "SELECT input_uncached_tokens, cache_read_tokens, cache_write_tokens, output_tokens, "
        "gen_ai_provider_name, gen_ai_response_model, duration_ms, x_product, x_environment, "
        "span_id FROM usage",
    ) == [
        (4000, 6000, None, 500, "openai", "gpt-4o-2024-08-06", 3100, "recs", "production",
         "eee19b7ec3c1b174")
    ]  # fmt: skip


def test_old_names(home: Path, tmp_path: Path) -> None:
    old = {
        "gen_ai.system": "az.ai.openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.prompt_tokens": 50,
        "gen_ai.usage.completion_tokens": 7,
    }
    path = lines(tmp_path / "t.json", traces(span("01", **old), deployment__environment="prod"))
    read_one(home, path, source="otlp", usage=1)
    assert query(
        home,
        "SELECT gen_ai_provider_name, input_uncached_tokens, output_tokens, x_environment "
        "FROM usage",
    ) == [("azure.ai.openai", 50, 7, "production")]


@pytest.mark.parametrize("operation", ["invoke_agent", "execute_tool", "create_agent"])
def test_what_wraps_calls_is_not_counted_again(operation: str, home: Path, tmp_path: Path) -> None:
    tokens = {"gen_ai__usage__input_tokens": 10}
    wrapper = span("02", **{**CALL, "gen_ai__operation__name": operation}, **tokens)
    other = span("03", http__request__method="GET")
    path = lines(tmp_path / "t.json", traces(wrapper, other, span("01", **CALL, **tokens)))
    read_one(home, path, source="otlp", usage=1)
    assert query(home, "SELECT sum(input_uncached_tokens) FROM usage") == [(10,)]


def test_the_spans_own_tags_go_before_its_resources(home: Path, tmp_path: Path) -> None:
    call = span("01", **CALL, finops__product="recs", user__id="u7")
    call["attributes"] += attributes({"finops.product": "twice"})
    path = lines(tmp_path / "t.json", traces(call, finops__product="shop", finops__team="search"))
    read_one(home, path, source="otlp", usage=1)
    assert query(home, 'SELECT x_product, x_team, "ConsumerId" FROM usage') == [
        ("recs", "search", "u7")
    ]
    assert secret_kept(home) == []


def test_failed_and_cut(home: Path, tmp_path: Path) -> None:
    failed = {**span("01", **CALL), "status": {"code": 2}}
    named = span("02", **CALL, error__type="timeout")
    timeless = {**span("03", **CALL), "startTimeUnixNano": "soon"}
    path = lines(tmp_path / "t.jsonl", traces(failed), traces(named), traces(timeless), '{"resou')
    file = read_one(home, path, source="otlp", usage=2)
    assert [(e["line"], e["column"]) for e in file.examples] == [(3, "ChargePeriodStart"), (4, "")]
    assert query(home, "SELECT error_type FROM usage ORDER BY x_record") == [
        ("error",),
        ("timeout",),
    ]
