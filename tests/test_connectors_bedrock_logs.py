"""Logs of Bedrock from S3: without what was said, and none twice."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from connector_world import Reply, Server
from s3_world import BUCKET, put, run
from tagwright.config import load_settings
from tagwright.connectors import check, mark_ingested
from tagwright.connectors.bedrock_logs import without_bodies
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

SECRET = "the patient's name is Ada"
PLACE = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1"

pytestmark = pytest.mark.slow  # a moto server


@pytest.fixture
def bedrock(home: Path, wire: Server) -> Path:
    (home / "tagwright.toml").write_text(f'[connectors.bedrock_logs]\nbucket = "{BUCKET}"\n')
    return home / "fetched" / "bedrock_logs"


def log(s3: Any, name: str, *ids: str, damage: bytes = b"") -> None:
    """One log object; every field that may hold what was said does."""
    lines = [
        {
            "schemaType": "ModelInvocationLog", "schemaVersion": "1.0",
            "timestamp": f"{name[:10].replace('/', '-')}T07:00:00Z", "accountId": "111122223333",
            "identity": {"arn": "arn:aws:iam::111122223333:role/app"}, "region": "us-east-1",
            "requestId": request, "operation": "Converse", "modelId": "anthropic.claude",
            "input": {
                "inputContentType": SECRET, "inputBodyJson": {"messages": [SECRET]},
                "inputTokenCount": 10, "cacheReadInputTokenCount": 3,
                "inputBodyS3Path": "s3://billing/data/x",
            },
            "output": {"outputBodyJson": {"text": SECRET}, "outputTokenCount": 2},
            "requestMetadata": {"team": "search"}, "somethingNew": {"prompt": SECRET},
        }
        for request in ids
    ]  # fmt: skip
    content = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    put(s3, f"{PLACE}/{name}", gzip.compress(content + damage, mtime=0))


def objects(wire: Server) -> list[str]:
    found = [r.path.split(f"{PLACE}/")[1] for r in wire.requests if r.path.endswith(".gz")]
    del wire.requests[:]
    return found


def test_logs_come_without_what_was_said_and_only_once(
    s3: Any, wire: Server, bedrock: Path, home: Path
) -> None:
    log(s3, "2026/11/20/07/one.json.gz", "r1", "r2", damage=f"{SECRET}\n".encode())
    log(s3, "2026/11/20/08/two.json.gz", "r3")
    log(s3, "2026/11/20/08/data/r3_input.json.gz", "body")
    put(s3, f"{PLACE}/amazon-bedrock-logs-permission-check", b"")
    done = run(home)
    assert (done.errors, done.files) == ([], 1)
    assert objects(wire) == ["2026/11/20/07/one.json.gz", "2026/11/20/08/two.json.gz"]
    report = ingest(load_settings(home), done.waiting)
    assert (report.usage, report.rejected) == (3, 1)
    with open_warehouse(load_settings(home)).open() as snapshot:
        rows = snapshot.query(
            'SELECT DISTINCT input_uncached_tokens, cache_read_tokens, output_tokens, "Tags" '
            "FROM usage"
        ).rows
    assert rows == [(10, 3, 2, {"team": "search"})]
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            plain = gzip.decompress(content) if path.suffix == ".gz" else content
            assert SECRET.encode() not in plain, path


@pytest.mark.parametrize(
    "line", [json.dumps([SECRET]), json.dumps(SECRET), f'{{"modelId": "{SECRET}', SECRET]
)
def test_a_line_that_is_no_record_is_kept_as_that_alone(line: str) -> None:
    assert without_bodies(line.encode()) == b"not a record\n"


def test_a_record_keeps_what_is_listed_alone() -> None:
    inside = {"modelId": [SECRET], "identity": SECRET, "requestMetadata": {"a": [SECRET]}}
    record = {
        "requestId": "r1",
        **inside,
        "input": [SECRET],
        "output": {"outputTokenCount": SECRET},
    }
    assert json.loads(without_bodies(json.dumps(record).encode())) == {
        "requestId": "r1", "requestMetadata": {}, "output": {},
    }  # fmt: skip


def test_logs_that_come_late_are_found_and_none_twice(
    s3: Any, wire: Server, bedrock: Path, home: Path
) -> None:
    log(s3, "2026/11/20/07/one.json.gz", "r1")
    log(s3, "2026/11/20/08/two.json.gz", "r3")
    run(home)
    objects(wire)
    log(s3, "2026/11/18/23/lost.json.gz", "r2")  # more than a day late: see docs/connectors.md
    log(s3, "2026/11/19/23/day-before.json.gz", "r6")
    log(s3, "2026/11/20/07/late.json.gz", "r4")  # behind in time, and in the order of keys
    log(s3, "2026/11/22/00/three.json.gz", "r5")
    mark_ingested(load_settings(home), "bedrock_logs")
    again = run(home)
    assert objects(wire) == [
        "2026/11/19/23/day-before.json.gz", "2026/11/20/07/late.json.gz",
        "2026/11/22/00/three.json.gz",
    ]  # fmt: skip
    assert (again.unchanged, len(again.waiting)) == (2, 3)
    assert run(home).files == 0


def test_logs_go_on_behind_what_was_fetched_before_a_failure(
    s3: Any, wire: Server, bedrock: Path, home: Path
) -> None:
    names = [f"2026/11/{day}/07/{n}.json.gz" for day in (20, 21) for n in (1, 2)]
    for number, name in enumerate(names):
        log(s3, name, f"r{number}")
    listings = [None] * 3  # accounts, regions, objects
    wire.faults.extend([*listings, None, None, None, Reply(403, b"<Error/>")])
    broken = run(home)
    assert len(broken.errors) == 1
    assert len(broken.waiting) == 2
    assert objects(wire) == names
    done = run(home)
    assert objects(wire) == names[3:]
    assert [gzip.decompress(path.read_bytes()).count(b"\n") for path in done.waiting] == [2, 1, 1]


def test_a_damaged_log_is_named_and_the_others_come(
    s3: Any, wire: Server, bedrock: Path, home: Path
) -> None:
    log(s3, "2026/11/20/07/good.json.gz", "r1")
    whole = gzip.compress(b"{}" * 1000, mtime=0)
    put(s3, f"{PLACE}/2026/11/20/07/bad.json.gz", whole[:-12])
    done = run(home)
    [error] = done.errors
    assert "bad.json.gz" in error.message
    assert [gzip.decompress(path.read_bytes()).count(b"\n") for path in done.waiting] == [1]


def test_logs_since_an_earlier_day_are_added(
    s3: Any, wire: Server, bedrock: Path, home: Path
) -> None:
    for day in ("10/15", "11/01", "11/20"):
        log(s3, f"2026/{day}/07/x.json.gz", day)
    run(home, since=dt.date(2026, 11, 1))
    assert objects(wire) == ["2026/11/01/07/x.json.gz", "2026/11/20/07/x.json.gz"]
    run(home, since=dt.date(2026, 10, 1))
    assert objects(wire) == ["2026/10/15/07/x.json.gz"]
    run(home, since=dt.date(2026, 10, 1))
    assert objects(wire) == []


def test_what_logs_can_be_seen(s3: Any, wire: Server, bedrock: Path, home: Path) -> None:
    log(s3, "2026/11/20/07/x.json.gz", "r1")
    log(s3, "2026/09/30/07/x.json.gz", "r1")
    put(s3, "AWSLogs/..\x07/BedrockModelInvocationLogs/us-east-1/2026/11/20/07/x.json.gz", b"")
    assert check(load_settings(home), "bedrock_logs")["sees"]["newest_day"] == {
        "111122223333/us-east-1": "2026-11-20"
    }
