"""LiteLLM spend logs: whose tokens, whose cache, whose margin, in each form they come in."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tagwright.config import load_settings
from tagwright.ingest import ingest
from telemetry_files import bytes_under, example, read, rejected, rows, stored, write_lines

BUCKETS = (
    '"input_uncached_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", '
    '"output_tokens"'
)
LOG: dict[str, Any] = {
    "request_id": "chatcmpl-1",
    "call_type": "acompletion",
    "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
    "spend": 0.02205,
    "total_tokens": 10500,
    "prompt_tokens": 10000,
    "completion_tokens": 500,
    "startTime": "2026-11-01T10:00:00.000Z",
    "endTime": "2026-11-01T10:00:03.100Z",
    "model": "anthropic/claude-sonnet-4-5",
    "model_group": "sonnet",
    "custom_llm_provider": "anthropic",
    "user": "u1",
    "metadata": {},
    "cache_hit": "False",
    "request_tags": [],
    "end_user": "",
    "status": "success",
}


def log(*, metadata: Any = None, **more: Any) -> dict[str, Any]:
    return {**LOG, "metadata": metadata or {}, **more}


def one(home: Path, tmp_path: Path, columns: str, **more: Any) -> tuple[Any, ...]:
    [found] = rows(home, write_lines(tmp_path / "logs.jsonl", [log(**more)]), columns)
    return found


def as_csv(path: Path, logs: list[dict[str, Any]]) -> Path:
    names = list(dict.fromkeys(name for item in logs for name in item))
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        for item in logs:
            writer.writerow(
                {k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in item.items()}
            )
    return path


def as_array(path: Path, logs: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(logs))
    return path


def as_page(path: Path, logs: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"data": logs, "total": len(logs), "page": 1}))
    return path


def as_text_in_lines(path: Path, logs: list[dict[str, Any]]) -> Path:
    texts = ("metadata", "request_tags")
    return write_lines(path, [{**x, **{k: json.dumps(x[k]) for k in texts}} for x in logs])


def as_parquet(path: Path, logs: list[dict[str, Any]]) -> Path:
    source = as_csv(path.with_suffix(".tmp"), logs)
    with duckdb.connect() as con:
        con.execute(
            f'COPY (SELECT * REPLACE (CAST("startTime" AS TIMESTAMP) AS "startTime") FROM '
            f"read_csv('{source}', all_varchar = true)) TO '{path}' (FORMAT parquet)"
        )
    return path


FORMS = {
    "lines.jsonl": write_lines,
    "array.json": as_array,
    "page.json": as_page,
    "text.jsonl": as_text_in_lines,
    "dump.csv": as_csv,
    "dump.parquet": as_parquet,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_example_in_each_form(form: str, shared: Path, home: Path, tmp_path: Path) -> None:
    """prompt_tokens 10,000 includes 6,000 read from and 1,000 written to the cache."""
    path = FORMS[form](tmp_path / form, [example(shared, "litellm.LiteLLM_SpendLogs")])
    [found] = rows(
        home,
        path,
        f'{BUCKETS}, "gen_ai_provider_name", "gen_ai_operation_name", "gen_ai_request_model", '
        '"gen_ai_response_model", "requests", "batch", "reported_cost", "reported_currency", '
        '"ConsumerId", "principal_id", "session_id", "duration_ms", "error_type", '
        'CAST("ChargePeriodStart" AS VARCHAR), CAST("Tags" AS JSON)',
    )
    assert found[:-1] == (
        3000, 6000, 1000, None, 500, "aws.bedrock", "chat", "sonnet",
        "us.anthropic.claude-sonnet-4-20250514-v1:0", 1, False, Decimal("0.02205"), "USD",
        "customer-42", "u1", "s-1", 3100, None, "2026-11-01 10:00:00",
    )  # fmt: skip
    assert json.loads(found[-1]) == {
        "product": "recs",
        "feature": "rerank",
        "cost_center": "CC-4421",
        "team": "search",
        "customer": "customer-42",
    }


def test_cached_tokens_from_the_usage_of_the_provider(home: Path, tmp_path: Path) -> None:
    usage = {
        "prompt_tokens_details": {
            "cached_tokens": 6000,
            "cache_creation_tokens": 1500,
            "cache_creation_token_details": {
                "ephemeral_5m_input_tokens": 500,
                "ephemeral_1h_input_tokens": 1000,
            },
        },
        "completion_tokens_details": {"reasoning_tokens": 200},
        "server_tool_use": {"web_search_requests": 2},
    }
    columns = f'{BUCKETS}, "reasoning_output_tokens", "web_search_requests"'
    assert one(home, tmp_path, columns, metadata={"usage_object": usage}) == (
        2500, 6000, 500, 1000, 500, 200, 2,
    )  # fmt: skip


def test_litellms_own_cache_uses_nothing(home: Path, tmp_path: Path) -> None:
    """The log repeats the first answer's tokens, and what it had cost."""
    metadata = {
        "additional_usage_values": {"cache_read_input_tokens": 6000},
        "cost_breakdown": {"original_cost": 0.02},
    }
    columns = f'{BUCKETS}, "reported_cost", "requests", "gen_ai_response_id"'
    hit = one(home, tmp_path, columns, metadata=metadata, cache_hit="True", spend=0.0)
    assert hit == (0, 0, 0, 0, 0, 0, 1, None)


BREAKDOWNS = [
    ({"total_cost": 0.02205}, "0.02205"),
    ({"original_cost": 0.02, "margin_percent": 0.1, "total_cost": 0.022}, "0.02"),
    ({"original_cost": 0.03, "discount_percent": 0.05}, "0.03"),
    ({"original_cost": 2.1e-7}, "0.00000021"),
    ({"margin_percent": 0.0, "margin_total_amount": 0.0, "discount_amount": 0}, "0.02205"),
    ({"margin_fixed_amount": 0.001}, None),
    ({"margin_percent": 0.1}, None),
    ({"discount_amount": 0.001}, None),
    (None, None),
]


def test_what_a_request_cost_is_without_margin(home: Path, tmp_path: Path) -> None:
    logs = [
        log(request_id=str(number), metadata={"cost_breakdown": breakdown})
        for number, (breakdown, _) in enumerate(BREAKDOWNS)
    ]
    path = write_lines(tmp_path / "logs.jsonl", logs)
    assert rows(home, path, '"reported_cost", "reported_currency"') == [
        (Decimal(expected), "USD") if expected else (None, None) for _, expected in BREAKDOWNS
    ]


PROVIDERS = [
    ("bedrock", "aws.bedrock"),
    ("azure", "azure.ai.openai"),
    ("vertex_ai", "gcp.vertex_ai"),
    ("gemini", "gcp.gemini"),
    ("mistral", "mistral_ai"),
    ("openai", "openai"),
    ("together_ai", "together_ai"),
]


def test_providers_by_opentelemetrys_names(home: Path, tmp_path: Path) -> None:
    logs = [
        log(request_id=ours, custom_llm_provider=ours, model=f"{ours}/m/1") for ours, _ in PROVIDERS
    ]
    path = write_lines(tmp_path / "logs.jsonl", logs)
    assert rows(home, path, '"gen_ai_provider_name", "gen_ai_response_model"') == [
        (theirs, "m/1") for _, theirs in PROVIDERS
    ]


def test_bad_bytes_in_a_column_that_nobody_reads(home: Path, tmp_path: Path) -> None:
    logs = [log(request_id=name, own=name) for name in ("a", "Caf\xe9", "b")]
    path = as_csv(tmp_path / "logs.csv", [{**item, "request_id": "x"} for item in logs])
    path.write_bytes(path.read_text().encode("latin-1"))
    assert rejected(read(home, path)) == [(3, "", "not UTF-8")]


def test_tags_of_the_request_and_whose_word_counts(home: Path, tmp_path: Path) -> None:
    metadata = {
        "spend_logs_metadata": {"product": "recs", "Team": "ranking", "empty": " "},
        "user_api_key_team_alias": "search",
    }
    tags = [
        "product:search", "feature: rerank", "User-Agent: curl", "user-agent: curl/8.1", "prod",
        "https://acme.example", "note:a:b", "team:", ":x", 7,
    ]  # fmt: skip
    [found] = one(
        home, tmp_path, 'CAST("Tags" AS JSON)', metadata=metadata, request_tags=tags, end_user="c9"
    )
    assert json.loads(found) == {
        "product": "recs",
        "Team": "ranking",
        "feature": "rerank",
        "note": "a:b",
        "customer": "c9",
    }


def test_a_customer_tag_is_not_the_end_users(home: Path, tmp_path: Path) -> None:
    found = one(
        home,
        tmp_path,
        '"ConsumerId", "Tags"[\'customer\'], "Tags"[\'team\']',
        metadata={"user_api_key_team_alias": "search"},
        request_tags=["customer:acme"],
        end_user="user-7",
    )
    assert found == ("user-7", "acme", "search")


@pytest.mark.parametrize(
    ("alias", "key", "expected"),
    [
        ("ci", LOG["api_key"], "ci"),
        (None, LOG["api_key"], LOG["api_key"]),
        (None, "", None),
        (None, "sk-live-1234", None),
    ],
)
def test_a_key_is_named_by_alias_or_hash(
    alias: str | None, key: str, expected: str | None, home: Path, tmp_path: Path
) -> None:
    found = one(home, tmp_path, '"api_key_id"', metadata={"user_api_key_alias": alias}, api_key=key)
    assert found == (expected,)
    assert b"sk-live-1234" not in bytes_under(home)


def test_failed_and_retried_requests_keep_their_rows(home: Path, tmp_path: Path) -> None:
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "spend": 0}
    error = {"error_class": "RateLimitError", "error_code": "429", "error_message": "SECRET"}
    path = write_lines(
        tmp_path / "logs.jsonl",
        [
            log(request_id="a", status="failure", metadata={"error_information": error}, **nothing),
            log(request_id="b", metadata={"attempted_retries": 1}),
            # Refused at the gateway: nobody was called.
            log(request_id="c", status=None, metadata={"status": "failure"},
                custom_llm_provider="", **nothing),
        ],
    )  # fmt: skip
    found = rows(home, path, '"error_type", "gen_ai_provider_name", "requests", "output_tokens"')
    assert found == [
        ("RateLimitError", "anthropic", 1, 0),
        (None, "anthropic", 1, 500),
        ("failure", "litellm", 1, 0),
    ]
    assert b"SECRET" not in bytes_under(home)


def test_a_batch_is_as_many_requests_as_it_says(home: Path, tmp_path: Path) -> None:
    metadata = {"batch_successful_requests": 40, "batch_failed_requests": 2}
    columns = '"requests", "batch"'
    assert one(home, tmp_path, columns, metadata=metadata, call_type="aretrieve_batch") == (
        42,
        True,
    )


def test_a_request_by_its_profile_names_the_resource(home: Path, tmp_path: Path) -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/p1"
    found = one(
        home, tmp_path, '"ResourceId"', custom_llm_provider="bedrock", model=f"bedrock/{arn}"
    )
    assert found == (arn,)


def test_a_log_that_comes_again_replaces_itself(home: Path, tmp_path: Path) -> None:
    rows(home, write_lines(tmp_path / "one.jsonl", [log(), log(request_id="b")]), "1")
    path = write_lines(tmp_path / "two.jsonl", [log(completion_tokens=700)])
    assert sorted(rows(home, path, '"output_tokens"')) == [(500,), (700,)]


def test_faults_are_rejected_by_line_column_and_reason(home: Path, tmp_path: Path) -> None:
    late = log(
        request_id="f", metadata={"additional_usage_values": {"cache_read_input_tokens": 10001}}
    )
    path = write_lines(
        tmp_path / "logs.jsonl",
        [
            log(request_id="a", new_column={"deep": 1}),
            json.dumps(log(request_id="b"))[:80],
            log(request_id="c", completion_tokens=-1),
            log(request_id="d", startTime=None),
            log(request_id="e", custom_llm_provider=""),
            late,
        ],
    )
    file = read(home, path)
    assert rejected(file) == [
        (2, "", "not a whole JSON document"),
        (3, "output_tokens", "output_tokens: negative"),
        (4, "ChargePeriodStart", "ChargePeriodStart: missing"),
        (5, "gen_ai_provider_name", "gen_ai_provider_name: missing"),
        (6, "input_tokens", "input_tokens: fewer than the cached ones among them"),
    ]
    assert stored(home, '"gen_ai_response_id"') == [("a",)]


@pytest.mark.parametrize("name", ["metadata", "request_tags"])
@pytest.mark.parametrize("form", ["logs.csv", "logs.jsonl"])
def test_json_text_that_is_none_is_rejected(
    name: str, form: str, home: Path, tmp_path: Path
) -> None:
    """Without its metadata a request would have no cached tokens and no tags."""
    write = as_csv if form.endswith("csv") else write_lines
    path = write(tmp_path / form, [log(), log(request_id="b", **{"metadata": {}, name: '{"usage'})])
    file = read(home, path)
    assert [(item[0], item[1]) for item in rejected(file)] == [(3 if "csv" in form else 2, "Tags")]
    assert file.usage == 1


@pytest.mark.parametrize("form", FORMS)
def test_no_content_reaches_the_disk(form: str, home: Path, tmp_path: Path) -> None:
    secret = "SECRET prompt of a patient"
    bodies = {
        name: {"messages": [{"role": "user", "content": secret}]}
        for name in ("messages", "response", "proxy_server_request")
    }
    more = {"metadata": {"prompt": secret, "spend_logs_metadata": {"product": "visible-tag"}}}
    logs = [log(**more, **bodies), log(completion_tokens=-1, **bodies)]
    assert read(home, FORMS[form](tmp_path / form, logs)).rejected == 1
    kept = bytes_under(home)
    assert b"visible-tag" in kept
    assert b"SECRET" not in kept


def test_a_dump_without_metadata_is_refused(home: Path, tmp_path: Path) -> None:
    bare = {name: value for name, value in LOG.items() if name != "metadata"}
    [file] = ingest(load_settings(home), [as_csv(tmp_path / "logs.csv", [bare])]).files
    assert "lacks the columns metadata" in str(file.error)


def test_daily_sums_are_no_logs(home: Path, tmp_path: Path) -> None:
    """``GET /spend/logs`` with two dates sums by day unless it is told not to."""
    path = as_array(
        tmp_path / "sums.json", [{"startTime": "2026-11-01", "spend": 1, "users": {}, "models": {}}]
    )
    [file] = ingest(load_settings(home), [path]).files
    assert "no billing export that is known here" in str(file.error)
