"""OpenAI, Anthropic, OpenCost: paging, patience, resuming, and a key that is never shown."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector_world import (
    KEY,
    FakeClock,
    Reply,
    Request,
    Server,
    anthropic,
    as_json,
    days_of,
    openai,
    serving,
)
from tagwright.api import ProviderError
from tagwright.config import load_settings
from tagwright.connectors import Fetched, check, fetch
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

SEPTEMBER = dt.date(2026, 9, 30)
COSTS = {SEPTEMBER: 0.06, dt.date(2026, 10, 2): 1.5, dt.date(2026, 11, 22): 0.25}
NOVEMBER = dt.date(2026, 11, 1)


@pytest.fixture
def vendor(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """OpenAI with three days of costs; the connector is configured for it."""
    monkeypatch.setenv("OPENAI_ADMIN_KEY", KEY)
    with serving(openai(COSTS)) as server:
        configure(home, "openai", base_url=server.url)
        yield server


def configure(home: Path, name: str, **settings: object) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    (home / "tagwright.toml").write_text("\n".join([f"[connectors.{name}]", *lines, ""]))


def run(home: Path, timer: FakeClock | None = None, since: dt.date | None = NOVEMBER) -> Fetched:
    [done] = fetch(load_settings(home), since=since, clock=(timer or FakeClock()).clock())
    return done


def costs_of(home: Path, month: str) -> list[dict[str, Any]]:
    lines = (home / "fetched/openai" / f"costs-{month}.jsonl").read_text().splitlines()
    return [
        result
        for line in lines
        for bucket in json.loads(line)["data"]
        for result in bucket["results"]
    ]


def test_openai_is_asked_as_documented_and_what_comes_is_ingested(
    vendor: Server, home: Path
) -> None:
    done = run(home, since=dt.date(2026, 10, 31))
    assert (done.errors, done.files) == ([], 6)
    asked = [r for r in vendor.requests if r.path == "/v1/organization/costs"]
    assert [(r.one("start_time"), r.one("end_time")) for r in asked] == [
        ("1790812800", "1793491200"), ("1793491200", "1795478400"),
    ]  # fmt: skip
    assert {r.one("bucket_width") for r in vendor.requests} == {"1d"}
    assert [r.all("group_by") for r in vendor.requests[:3]] == [
        ["project_id", "line_item"],
        ["model", "project_id", "api_key_id", "batch", "service_tier"],
        ["model", "project_id", "api_key_id"],
    ]
    report = ingest(load_settings(home), done.waiting)
    assert ([f.error for f in report.files], report.charges, report.usage) == ([None] * 4, 2, 2)
    with open_warehouse(load_settings(home)).open() as snapshot:
        [[billed]] = snapshot.query('SELECT CAST(sum("BilledCost") AS VARCHAR) FROM charges').rows
    assert billed.rstrip("0") == "1.75"
    assert [note for note in done.notes if "nothing was used" in note] == [
        f"usage-embeddings/2026-{month}: nothing was used." for month in ("10", "11")
    ]


def test_pages_are_followed_to_the_last(vendor: Server, home: Path) -> None:
    configure(home, "openai", base_url=vendor.url, days_per_page=10, usage=[])
    run(home, since=dt.date(2026, 10, 15))  # the month is asked for as a whole
    pages = [r.all("page") for r in vendor.requests]
    assert pages == [[], ["page_10"], ["page_20"], ["page_30"], [], ["page_10"], ["page_20"]]
    # The page that says what the file is stands first, for ingest looks at the first.
    first = (home / "fetched/openai/costs-2026-11.jsonl").read_text().splitlines()[0]
    assert json.loads(first)["data"][1]["results"]
    assert [result["amount"]["value"] for result in costs_of(home, "2026-11")] == [0.25]


def test_amounts_are_kept_as_they_came_to_the_last_digit(home: Path, vendor: Server) -> None:
    text = b"""{"data": [{"results":\r
 [{"amount": {"value": 0.060000000000000001234}}]}],
"has_more": false, "next_page": null}"""
    configure(home, "openai", base_url=vendor.url, usage=[])
    vendor.faults.append(Reply(body=text))
    run(home)
    content = (home / "fetched/openai/costs-2026-11.jsonl").read_text()
    assert "0.060000000000000001234" in content
    assert content.count("\n") == 1


@pytest.mark.parametrize(
    ("fault", "slept"),
    [
        (Reply(429, headers={"retry-after": "7"}), 7),
        (Reply(429, headers={"retry-after": "Mon, 23 Nov 2026 09:30:12 GMT"}), 12),
        (Reply(500), 0.5),
        (Reply(503, headers={"retry-after": "soon"}), 0.5),
        (Reply(body=b'{"data": [{"start_time": 1793491200, "resul'), 0.5),
        (Reply(body=b'{"data": [], "has_more": false}', cut=20), 0.5),
        (Reply(body=b'{"data": [], "has_more": true, "next_page": null}'), 0.5),
        (Reply(body=b"[]"), 0.5),
    ],
    ids=["seconds", "date", "500", "nonsense", "cut", "lost", "no-cursor", "no-object"],
)
def test_what_passes_is_asked_again(fault: Reply, slept: float, vendor: Server, home: Path) -> None:
    configure(home, "openai", base_url=vendor.url, usage=[])
    timer = FakeClock()
    vendor.faults.append(fault)
    done = run(home, timer)
    assert (done.errors, timer.slept) == ([], [slept])
    assert len(vendor.requests) == 2
    assert [result["amount"]["value"] for result in costs_of(home, "2026-11")] == [0.25]


def test_patience_ends_and_pauses_grow_to_a_limit(vendor: Server, home: Path) -> None:
    timer = FakeClock()
    vendor.faults.extend([Reply(502)] * 6)
    [error] = run(home, timer).errors
    assert "in 6 tries (HTTP 502)" in error.message
    assert timer.slept == [0.5, 1, 2, 4, 8]


def test_a_pause_of_an_hour_is_not_waited_for(vendor: Server, home: Path) -> None:
    timer = FakeClock()
    vendor.faults.append(Reply(429, headers={"retry-after": "3600"}))
    [error] = run(home, timer).errors
    assert "pause of 3600" in error.message
    assert timer.slept == []


def test_after_a_failure_it_goes_on_behind_the_last_whole_page(vendor: Server, home: Path) -> None:
    configure(home, "openai", base_url=vendor.url, usage=[], days_per_page=10)
    vendor.faults.extend([None, *[Reply(500)] * 6])
    broken = run(home)
    assert (len(broken.errors), broken.waiting) == (1, [])
    assert not list((home / "fetched").rglob("*.jsonl"))
    del vendor.requests[:]
    done = run(home)
    assert [r.all("page") for r in vendor.requests] == [["page_10"], ["page_20"]]
    assert (done.errors, len(costs_of(home, "2026-11"))) == ([], 1)
    assert not list((home / "fetched").rglob("*.part"))


def test_a_cursor_that_went_stale_starts_the_month_anew(vendor: Server, home: Path) -> None:
    configure(home, "openai", base_url=vendor.url, usage=[], days_per_page=10)
    vendor.faults.extend([None, *[Reply(500)] * 6])
    run(home)
    del vendor.requests[:]
    vendor.faults.append(Reply(400, b'{"error": {"message": "bad cursor"}}'))
    assert run(home).errors == []
    assert [r.all("page") for r in vendor.requests] == [
        ["page_10"], [], ["page_10"], ["page_20"],
    ]  # fmt: skip


def test_pages_of_another_day_are_not_gone_on_with(vendor: Server, home: Path) -> None:
    configure(home, "openai", base_url=vendor.url, usage=[], days_per_page=10)
    vendor.faults.extend([None, *[Reply(500)] * 6])
    run(home)
    del vendor.requests[:]
    run(home, FakeClock(now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC)))
    assert vendor.requests[0].all("page") == []


def test_a_second_run_asks_only_for_what_can_still_change(vendor: Server, home: Path) -> None:
    configure(home, "openai", base_url=vendor.url, usage=[])

    def months(now: str) -> tuple[list[str], int]:
        del vendor.requests[:]
        done = run(home, FakeClock(now=dt.datetime.fromisoformat(now)), since=dt.date(2026, 9, 1))
        return [f"{days_of(r)[0]:%m}" for r in vendor.requests], done.files

    assert months("2026-11-23T00:00:00Z") == (["09", "10", "11"], 3)
    assert months("2026-11-23T12:00:00Z") == (["11"], 0)
    # Five days after its end a month is settled.
    assert months("2026-12-05T23:00:00Z") == (["11", "12"], 2)
    assert months("2026-12-06T00:00:00Z") == (["11", "12"], 1)
    assert months("2026-12-06T12:00:00Z") == (["12"], 0)


def test_a_page_that_was_cut_on_the_disk_is_fetched_again(vendor: Server, home: Path) -> None:
    """As a process leaves it that was killed while it wrote."""
    configure(home, "openai", base_url=vendor.url, usage=[], days_per_page=10)
    vendor.faults.extend([None, *[Reply(500)] * 6])
    run(home)
    [spool] = (home / "fetched").rglob("*.part")
    with spool.open("a") as out:
        out.write('{"data": [{"results": [')
    del vendor.requests[:]
    assert run(home).errors == []
    assert [r.all("page") for r in vendor.requests] == [["page_10"], ["page_20"]]
    assert len(costs_of(home, "2026-11")) == 1


def test_pages_that_go_round_in_a_circle_are_no_month(vendor: Server, home: Path) -> None:
    page = Reply(body=b'{"data": [], "has_more": true, "next_page": "again"}')
    vendor.faults.extend([page, page])
    [error] = run(home).errors
    assert "there before" in error.message


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        (None, None, "OPENAI_ADMIN_KEY is not set"),
        ("two words", None, "cannot be a key"),
        (f"{KEY}\nx-evil: 1", None, "cannot be a key"),
        ("sk-expired-hunter2", 401, "wrong, expired or revoked"),
        (KEY, 403, "needs an admin key"),
        (KEY, 400, "bad …"),
    ],
)
def test_a_key_that_does_not_open_is_named_by_its_variable_and_never_shown(
    key: str | None,
    status: int | None,
    words: str,
    vendor: Server,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    if key is None:
        monkeypatch.delenv("OPENAI_ADMIN_KEY")
    else:
        monkeypatch.setenv("OPENAI_ADMIN_KEY", key)
    if status in {400, 403}:
        vendor.faults.append(
            Reply(status, json.dumps({"error": {"message": f"bad {key}"}}).encode())
        )
    [error] = run(home).errors
    assert words in error.message
    if status != 400:
        assert "OPENAI_ADMIN_KEY" in str(error)
    said = f"{error.as_dict()} {caplog.text} {error.__cause__} {error.__context__}"
    assert "hunter2" not in said
    assert all("hunter2" not in p.read_text() for p in home.rglob("*") if p.is_file())


def test_a_redirect_is_not_followed_with_the_key(vendor: Server, home: Path) -> None:
    with serving(lambda _: as_json({"data": []})) as thief:
        vendor.faults.append(Reply(302, headers={"location": thief.url}))
        [error] = run(home).errors
        assert thief.requests == []
    assert "HTTP 302" in error.message


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.example.com", "over https only"),
        ("https://me:hunter2@api.example.com", "has no place"),
        ("ftp://127.0.0.1", "not an http"),
        ("api.example.com", "not an http"),
    ],
)
def test_a_key_is_sent_to_no_odd_address(url: str, words: str, home: Path) -> None:
    configure(home, "openai", base_url=url)
    with pytest.raises(Exception, match=words) as caught:
        run(home)
    assert "connectors.openai.base_url" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_check_says_what_the_key_can_see(vendor: Server, home: Path) -> None:
    found = check(load_settings(home), "openai", clock=FakeClock().clock())
    assert found["sees"] == {
        "organisation": "northlight",
        "days_with_costs_last_week": ["2026-11-22"],
        "projects": ["proj_a"],
    }


# --- Anthropic -----------------------------------------------------------------------------------


@pytest.fixture
def claude(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", KEY)
    with serving(anthropic({dt.date(2026, 11, 22): "123.78912"})) as server:
        configure(home, "anthropic", base_url=server.url, days_per_page=20)
        yield server


def test_anthropic_is_asked_as_documented(claude: Server, home: Path) -> None:
    claude.faults.append(Reply(429, headers={"retry-after": "2"}))
    timer = FakeClock()
    done = run(home, timer)
    assert (done.errors, done.files, timer.slept) == ([], 2, [2])
    [_, costs, more, usage, _] = claude.requests
    assert (costs.path, usage.path) == (
        "/v1/organizations/cost_report",
        "/v1/organizations/usage_report/messages",
    )
    assert costs.one("starting_at") == "2026-11-01T00:00:00Z"
    assert costs.one("ending_at") == "2026-11-24T00:00:00Z"
    assert costs.all("group_by[]") == ["workspace_id", "description"]
    assert "service_tier" in usage.all("group_by[]")
    assert more.one("page") == "page_20"
    lines = (home / "fetched/anthropic/costs-2026-11.jsonl").read_text().splitlines()
    assert (len(lines), '"amount": "123.78912"' in lines[0]) == (2, True)
    assert [path.name for path in done.waiting] == [
        "costs-2026-11.jsonl", "usage-messages-2026-11.jsonl",
    ]  # fmt: skip


def test_anthropics_organisation_and_its_refusal(
    claude: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = check(load_settings(home), "anthropic", clock=FakeClock().clock())
    assert found["sees"]["organisation"] == "Northlight"
    assert found["sees"]["days_with_costs_last_week"] == ["2026-11-22"]
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", "sk-ant-hunter2")
    with pytest.raises(ProviderError, match="ANTHROPIC_ADMIN_KEY") as caught:
        check(load_settings(home), "anthropic", clock=FakeClock().clock())
    assert "hunter2" not in str(caught.value)


# --- OpenCost ------------------------------------------------------------------------------------


@pytest.fixture
def opencost(home: Path) -> Iterator[Server]:
    """Allocations since 20 November."""

    def answer(request: Request) -> Reply:
        day = request.one("window")[:10]
        known = {"recs/vllm-0": {"name": "recs/vllm-0", "gpuCost": 1.25}, "__idle__": {}}
        return as_json({"code": 200, "data": [known if day >= "2026-11-20" else {}]})

    with serving(answer) as server:
        configure(home, "opencost", base_url=server.url)
        yield server


def test_opencost_a_file_for_each_day_that_is_over(opencost: Server, home: Path) -> None:
    done = run(home, since=dt.date(2026, 11, 17))
    assert (done.errors, done.files) == ([], 3)
    assert opencost.requests[-1].query == [
        ("window", "2026-11-22T00:00:00Z,2026-11-23T00:00:00Z"),
        ("aggregate", "namespace,pod"), ("accumulate", "false"), ("step", "1d"),
        ("includeIdle", "true"), ("includeAggregatedMetadata", "true"),
    ]  # fmt: skip
    assert [p.name for p in sorted((home / "fetched/opencost").iterdir())] == [
        "2026-11-20.json", "2026-11-21.json", "2026-11-22.json",
    ]  # fmt: skip
    assert len([note for note in done.notes if "knows nothing" in note]) == 3
    del opencost.requests[:]
    timer = FakeClock(now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC))
    assert run(home, timer, since=dt.date(2026, 11, 17)).files == 1
    assert [r.one("window")[:10] for r in opencost.requests] == ["2026-11-23"]


def test_a_day_that_opencost_does_not_know_yet_is_asked_for_again(
    opencost: Server, home: Path
) -> None:
    empty = Reply(body=b'{"code": 200, "data": null}')
    opencost.faults.extend([empty, empty])
    assert run(home, since=dt.date(2026, 11, 21)).files == 0
    assert run(home, since=dt.date(2026, 11, 21)).files == 2


def test_opencost_goes_on_after_a_failure(opencost: Server, home: Path) -> None:
    opencost.faults.extend([None, *[Reply(500)] * 6])
    broken = run(home, since=dt.date(2026, 11, 20))
    assert (broken.files, len(broken.errors), len(broken.waiting)) == (1, 1, 1)
    del opencost.requests[:]
    done = run(home, since=dt.date(2026, 11, 20))
    assert [r.one("window")[:10] for r in opencost.requests] == ["2026-11-21", "2026-11-22"]
    assert len(done.waiting) == 3


def test_opencost_in_two_ways_would_count_twice(opencost: Server, home: Path) -> None:
    run(home, since=dt.date(2026, 11, 20))
    configure(home, "opencost", base_url=opencost.url, aggregate="namespace")
    [error] = run(home, since=dt.date(2026, 11, 20)).errors
    assert "counted twice" in error.message
