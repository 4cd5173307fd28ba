"""Usage rows: disjoint buckets, faults by name, restatements, and nothing of a prompt kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from usage_files import SECRET, leaks, lines, query, read

if TYPE_CHECKING:
    from pathlib import Path


def log(**fields: Any) -> dict[str, Any]:
    """A Bedrock invocation log: input tokens exclude the cached ones."""
    tokens = {"inputTokenCount": 3000, "cacheReadInputTokenCount": 6000}
    return {
        "schemaType": "ModelInvocationLog",
        "timestamp": "2026-11-01T10:00:03Z",
        "requestId": "r1",
        "operation": "Converse",
        "modelId": "anthropic.claude-sonnet-4",
        "requestMetadata": {"product": "recs", "team": "search"},
        "input": {**tokens, "inputBodyJson": {"messages": [{"content": SECRET}]}},
        "output": {"outputTokenCount": 500, "outputBodyJson": {"content": SECRET}},
        **fields,
    }


def page(*results: dict[str, Any], start: int = 1793491200) -> dict[str, Any]:
    """A page of OpenAI usage: input tokens include the cached ones."""
    kind = {"object": "organization.usage.completions.result"}
    return {
        "data": [
            {
                "start_time": start,
                "end_time": start + 86400,
                "results": [{**kind, **result} for result in results],
            }
        ]
    }


def test_a_log_of_requests(home: Path, tmp_path: Path) -> None:
    report = read(home, lines(tmp_path / "log.json.gz", log(), log(requestId="r2")))
    assert (report.usage, report.charges, report.rejected, report.failed) == (2, 0, 0, False)
    assert (
        query(
            home,
            "SELECT requests, input_uncached_tokens, cache_read_tokens, cache_write_tokens, "
            'output_tokens, x_product, x_team, "ChargePeriodStart"::VARCHAR FROM usage',
        )
        == [(1, 3000, 6000, None, 500, "recs", "search", "2026-11-01 10:00:03")] * 2
    )


def test_input_that_includes_the_cached_tokens_is_split(home: Path, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "page.json",
        page({"input_tokens": 1000, "input_cached_tokens": 400, "output_tokens": 9}),
    )
    assert read(home, path).usage == 1
    assert query(
        home, "SELECT input_uncached_tokens, cache_read_tokens, output_tokens FROM usage"
    ) == [(600, 400, 9)]


FAULTS = [
    ('{"schemaType": "ModelInvocationLog", "timest', "", "not a whole JSON document"),
    (log(timestamp=None), "ChargePeriodStart", "missing"),
    (log(timestamp="yesterday"), "ChargePeriodStart", "not an ISO 8601 date and time"),
    (log(timestamp="2226-11-01T10:00:03Z"), "ChargePeriodStart", "not a date between"),
    (log(timestamp="2099-11-01T10:00:03Z"), "ChargePeriodStart", "in the future; is the"),
    (log(output={"outputTokenCount": -5}), "output_tokens", "negative"),
    (log(output={"outputTokenCount": 1.5}), "output_tokens", "not a whole number"),
    (log(input={"inputTokenCount": "many"}), "input_uncached_tokens", "not a whole"),
    ("[1, 2]", "ChargePeriodStart", "missing"),
]


def test_a_faulty_line_is_kept_out_and_told(home: Path, tmp_path: Path) -> None:
    records = (record for record, *_ in FAULTS)
    [file] = read(home, lines(tmp_path / "log.jsonl", log(), *records, log(requestId="r3"))).files
    assert (file.usage, file.rejected) == (2, len(FAULTS))
    kept = query(home, 'SELECT line, "column", reason, raw FROM rejects ORDER BY line')
    for number, (found, (_, column, reason)) in enumerate(zip(kept, FAULTS, strict=True), start=2):
        assert (found[0], found[1].split(", ")[0], found[3]) == (number, column, "")
        assert reason in found[2]


def test_more_cached_tokens_than_input(home: Path, tmp_path: Path) -> None:
    good = {"input_tokens": 10, "input_cached_tokens": 10}
    bad = {"input_tokens": 10, "input_cached_tokens": 11}
    report = read(home, lines(tmp_path / "page.json", page(good, bad)))
    assert (report.usage, report.rejected) == (1, 1)
    assert report.files[0].examples == [
        {
            "line": 2,
            "column": "input_tokens",
            "reason": "input_tokens: fewer than the cached ones among them",
        }
    ]


def test_the_first_line_may_be_the_cut_one(home: Path, tmp_path: Path) -> None:
    report = read(home, lines(tmp_path / "log.jsonl", json.dumps(log())[:-9], log()))
    assert (report.usage, report.rejected, report.files[0].error) == (1, 1, None)


def test_a_line_that_is_not_utf_8(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    texts = [json.dumps(log(requestId=f"r{n}")).encode() for n in range(3)]
    path.write_bytes(b"\n".join([texts[0], texts[1].replace(b"Converse", b"\xff\xfe"), texts[2]]))
    report = read(home, path)
    assert (report.usage, report.rejected) == (2, 1)
    assert report.files[0].examples == [{"line": 2, "column": "", "reason": "not UTF-8"}]


def test_no_prompt_reaches_the_disk(home: Path, tmp_path: Path) -> None:
    bad = log(requestId="r2", output={"outputTokenCount": -1, "outputBodyJson": SECRET})
    cut = json.dumps(log(requestId="r3"))[:-2]
    assert SECRET in cut
    assert read(home, lines(tmp_path / "log.jsonl", log(), bad, cut)).rejected == 2
    assert leaks(home) == []


def test_a_request_that_comes_again_is_counted_once(home: Path, tmp_path: Path) -> None:
    first = lines(tmp_path / "1.jsonl", log(), log(requestId="r2"))
    again = lines(
        tmp_path / "2.jsonl", log(requestId="r2", output={"outputTokenCount": 7}), log(), log()
    )
    assert read(home, first).usage == 2
    report = read(home, again)
    assert report.usage == 2
    assert "1 of its rows come again in these files: counted once." in report.files[0].notes
    assert query(home, "SELECT gen_ai_response_id, output_tokens FROM usage ORDER BY ALL") == [
        ("r1", 500),
        ("r2", 7),
    ]


def test_a_bucket_is_restated_and_its_twins_in_one_page_all_count(
    home: Path, tmp_path: Path
) -> None:
    twin = {"model": "gpt-4o", "input_tokens": 5}
    assert read(home, lines(tmp_path / "1.json", page(twin, twin))).usage == 2
    assert read(home, lines(tmp_path / "2.json", page({**twin, "input_tokens": 6}))).usage == 1
    assert query(home, "SELECT input_uncached_tokens FROM usage") == [(6,)]


def test_the_same_file_twice_changes_nothing(home: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "log.jsonl", log(), log(requestId="r2"))
    snapshot = read(home, path).snapshot
    report = read(home, path)
    assert (report.unchanged, report.snapshot, report.usage) == (True, snapshot, 2)


def test_a_document_that_breaks_off(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    path.write_text(json.dumps(page({"model": "gpt-4o"}), indent=1)[:-20])
    [file] = read(home, path).files
    assert file.error is not None
    assert "is not whole JSON; it breaks off at line" in file.error


def test_a_pretty_printed_array_of_pages(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "pages.json"
    pages = [page({"num_model_requests": 3}), page({"num_model_requests": 4}, start=1793577600)]
    path.write_text(json.dumps(pages, indent=2))
    assert read(home, path).usage == 2
    assert query(home, "SELECT sum(requests) FROM usage") == [(7,)]


def test_a_page_without_its_list_is_not_passed_over(home: Path, tmp_path: Path) -> None:
    whole = page({"input_tokens": 1})
    report = read(home, lines(tmp_path / "p.jsonl", whole, {"data": None}, {"error": "quota"}))
    assert (report.usage, report.rejected) == (1, 2)


BUCKET = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["gpt-4o", "o3"]),
        "project_id": st.sampled_from(["a", "b", None]),
        "input_tokens": st.integers(100, 10**12),
        "input_cached_tokens": st.integers(0, 100),
        "output_tokens": st.integers(0, 10**12),
    }
)


@pytest.mark.slow  # each example is up to five ingests
@settings(
    max_examples=examples(5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(days=st.lists(st.lists(BUCKET, min_size=1, max_size=3), min_size=1, max_size=2))
def test_any_order_and_repetition_gives_the_same_totals(
    days: list[list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pages")
    paths = [
        lines(folder / f"{n}.json", page(*results, start=1793491200 + 86400 * n))
        for n, results in enumerate(days)
    ]
    expected = sum(
        result["input_tokens"] + result["output_tokens"] for day in days for result in day
    )
    total = (
        "SELECT COALESCE(sum(input_uncached_tokens + cache_read_tokens + output_tokens), 0) "
        "FROM usage"
    )
    once, twice = folder / "once", folder / "twice"
    read(once, *paths)
    for path in [*reversed(paths), *paths]:
        read(twice, path)
    assert query(once, total) == query(twice, total) == [(expected,)]
