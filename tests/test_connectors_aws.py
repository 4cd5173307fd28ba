"""The connector of AWS's exports against moto over HTTP: what the manifests name, and no more."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from connector_world import KEY, FakeClock, Reply, Server
from focus_files import csv_text
from s3_world import BUCKET, MAY_LIST, ROOT, put, run
from tagwright.api import DataError, ProviderError
from tagwright.config import load_settings
from tagwright.connectors import check, mark_ingested
from tagwright.connectors.aws import READS, Bucket, iam_policy
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

DOCS = Path(__file__).resolve().parents[1] / "docs" / "connectors.md"

pytestmark = pytest.mark.slow  # a moto server


@pytest.fixture
def exports(home: Path, wire: Server) -> Path:
    section = f'[connectors.aws_exports]\nbucket = "{BUCKET}"\nprefix = "exports"\n'
    (home / "tagwright.toml").write_text(f'{section}export = "focus"\n')
    return home / "fetched" / "aws_exports"


def bill(cost: str, month: str = "2026-09", *, rows: int = 1) -> bytes:
    start = dt.date.fromisoformat(f"{month}-01")
    end = (start + dt.timedelta(days=31)).replace(day=1)
    row = {
        "BilledCost": cost, "BillingPeriodStart": f"{start}T00:00:00Z",
        "BillingPeriodEnd": f"{end}T00:00:00Z", "ChargePeriodStart": f"{start}T00:00:00Z",
        "ChargePeriodEnd": f"{start + dt.timedelta(days=1)}T00:00:00Z",
    }  # fmt: skip
    return gzip.compress(csv_text([row] * rows).encode(), mtime=0)


def deliver(
    s3: Any, month: str, files: dict[str, bytes], *, named: list[str] | None = None
) -> None:
    """A delivery as Data Exports makes it: the files, then the manifest."""
    folder = f"{ROOT}/data/BILLING_PERIOD={month}"
    for name, content in files.items():
        put(s3, f"{folder}/{name}", content)
    names = [f"s3://{BUCKET}/{folder}/{name}" for name in (named or files)]
    put(
        s3,
        f"{ROOT}/metadata/BILLING_PERIOD={month}/focus-Manifest.json",
        json.dumps({"exportArn": "arn:aws:…", "dataFiles": names}).encode(),
    )


def billed(home: Path) -> str:
    with open_warehouse(load_settings(home)).open() as snapshot:
        rows = snapshot.query('SELECT CAST(sum("BilledCost") AS VARCHAR) FROM charges').rows
    return str(rows[0][0])


def downloads(wire: Server) -> list[str]:
    """Names of the data files that were asked for since the last call."""
    found = [r.path.rpartition("/")[2] for r in wire.requests if "/data/" in r.path]
    del wire.requests[:]
    return found


def test_an_export_is_fetched_and_then_only_what_changed(
    s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    deliver(s3, "2026-09", {"a.csv.gz": bill("1.25"), "b.csv.gz": bill("2")})
    deliver(s3, "2026-10", {"a.csv.gz": bill("4", "2026-10")})
    done = run(home)
    assert (done.errors, done.files, done.unchanged) == ([], 3, 0)
    assert downloads(wire) == ["a.csv.gz", "b.csv.gz", "a.csv.gz"]
    mark_ingested(load_settings(home), "aws_exports")

    again = run(home)
    assert (again.files, again.unchanged, again.waiting) == (0, 3, [])
    assert downloads(wire) == []

    deliver(s3, "2026-09", {"a.csv.gz": bill("1.25"), "b.csv.gz": bill("3")})
    changed = run(home)
    assert downloads(wire) == ["b.csv.gz"]
    # A period is replaced by what one ingest reads: the unchanged file is read again with it.
    assert [path.name for path in changed.waiting] == ["a.csv.gz", "b.csv.gz"]


def test_what_is_fetched_is_what_the_manifests_name(
    s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    deliver(s3, "2026-09", {"a.csv.gz": bill("1.25"), "b.csv.gz": bill("2")})
    put(s3, f"{ROOT}/data/BILLING_PERIOD=2026-09/old.csv.gz", bill("1000"))
    ingest(load_settings(home), run(home).waiting)
    assert billed(home) == "3.25"
    deliver(s3, "2026-09", {"a.csv.gz": bill("1.25"), "b.csv.gz": bill("3")})
    ingest(load_settings(home), run(home).waiting)
    assert billed(home) == "4.25"


def test_what_a_manifest_no_longer_names_is_removed(
    s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    deliver(s3, "2026-09", {"a.csv.gz": bill("1"), "b.csv.gz": bill("2")})
    run(home)
    deliver(s3, "2026-09", {"a.csv.gz": bill("1")})
    done = run(home)
    assert [path.name for path in (exports / "2026-09").iterdir()] == ["a.csv.gz"]
    assert [path.name for path in done.waiting] == ["a.csv.gz"]


def test_a_manifest_that_names_a_missing_file_stops_its_own_period_alone(
    s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    deliver(s3, "2026-09", {"a.csv.gz": bill("1")}, named=["a.csv.gz", "lost.csv.gz"])
    deliver(s3, "2026-10", {"a.csv.gz": bill("4", "2026-10")})
    done = run(home)
    [error] = done.errors
    assert "Billing period 2026-09" in error.message
    assert f"{ROOT}/data/BILLING_PERIOD=2026-09/lost.csv.gz" in error.message
    assert done.waiting == [exports / "2026-10" / "a.csv.gz"]
    assert not (exports / "2026-09").exists()


def test_a_connection_that_breaks_is_made_again_where_it_broke(
    s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    content = bill("1", rows=3)
    deliver(s3, "2026-09", {"a.csv.gz": content})
    etag = s3.head_object(Bucket=BUCKET, Key=f"{ROOT}/data/BILLING_PERIOD=2026-09/a.csv.gz")["ETag"]
    cut = Reply(200, content, {"ETag": etag}, cut=100)
    wire.faults.extend([None, None, cut])  # the listing, the manifest, the file
    timer = FakeClock()
    done = run(home, timer=timer)
    assert (done.errors, timer.slept, done.bytes) == ([], [0.5], len(content))
    asked = [r.headers.get("range") for r in wire.requests if r.path.endswith("a.csv.gz")]
    assert asked == [None, "bytes=100-"]
    # Of exactly what was listed, or the halves might be of two deliveries.
    assert [r.headers["if-match"] for r in wire.requests[-2:]] == [etag, etag]
    assert (exports / "2026-09" / "a.csv.gz").read_bytes() == content


def test_a_later_run_goes_on_with_the_part_of_an_earlier_one(
    s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    first, second = bill("1"), bill("2", rows=3)
    deliver(s3, "2026-09", {"a.csv.gz": first, "b.csv.gz": second})
    key = f"{ROOT}/data/BILLING_PERIOD=2026-09/b.csv.gz"
    etag = s3.head_object(Bucket=BUCKET, Key=key)["ETag"]
    cut = Reply(200, second, {"ETag": etag}, cut=100)
    gone = Reply(206, second[100:], {"ETag": etag}, cut=0)
    wire.faults.extend([None, None, None, cut, *[gone] * 4])
    [error] = run(home).errors
    assert "What was fetched is kept" in error.hint
    assert not list(exports.rglob("*.gz"))  # the period is not half there
    del wire.requests[:]
    done = run(home)
    asked = [(r.path[-8:], r.headers.get("range")) for r in wire.requests if "/data/" in r.path]
    assert asked == [("b.csv.gz", "bytes=100-")]
    assert done.errors == []
    assert (exports / "2026-09" / "b.csv.gz").read_bytes() == second


def test_a_file_that_changes_while_it_is_fetched_is_not_mixed(
    s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    deliver(s3, "2026-09", {"a.csv.gz": bill("1")})
    wire.faults.extend([None, None, Reply(412)])
    [error] = run(home).errors
    assert "changed while it was being fetched" in error.message
    assert not list(exports.rglob("*.gz"))


def test_where_each_delivery_is_kept_the_newest_counts(
    s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    """FOCUS exports write the partition's name in lower case."""
    for number, cost in (("1", "10"), ("2", "20")):
        folder = f"billing_period=2026-09/2026-09-0{number}T00:00:00.000Z-exec{number}"
        put(s3, f"{ROOT}/data/{folder}/a.csv.gz", bill(cost))
        document = {"dataFiles": [f"s3://{BUCKET}/{ROOT}/data/{folder}/a.csv.gz"]}
        put(s3, f"{ROOT}/metadata/{folder}/focus-Manifest.json", json.dumps(document).encode())
        done = run(home)
        ingest(load_settings(home), done.waiting)
        assert billed(home) == f"{cost}.00"


def test_a_legacy_report(s3: Any, wire: Server, exports: Path, home: Path) -> None:
    put(s3, f"{ROOT}/20260901-20261001/abc/focus-1.csv.gz", bill("5"))
    document = {"reportKeys": [f"{ROOT}/20260901-20261001/abc/focus-1.csv.gz"]}
    for place in ("", "abc/"):
        put(s3, f"{ROOT}/20260901-20261001/{place}focus-Manifest.json",
            json.dumps(document).encode())  # fmt: skip
    assert run(home).waiting == [exports / "2026-09" / "focus-1.csv.gz"]


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (b"{", "is no manifest"),
        (b'{"other": 1}', "is no manifest"),
        (b'{"dataFiles": []}', "names no file"),
        (b'{"dataFiles": ["s3://elsewhere/a.csv.gz"]}', "another bucket, 'elsewhere'"),
        (b'{"reportKeys": ["payroll/a.csv"]}', "which is not the export's"),
        (b'{"reportKeys": ["a.zip"]}', "neither CSV, CSV.gz nor Parquet"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(
    manifest: bytes, words: str, s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    put(s3, f"{ROOT}/metadata/BILLING_PERIOD=2026-09/focus-Manifest.json", manifest)
    [error] = run(home).errors
    assert words in error.message


def test_a_key_cannot_lead_out_of_the_folder(
    s3: Any, wire: Server, exports: Path, home: Path
) -> None:
    keys = [f"{ROOT}/x/..csv.gz", f"{ROOT}/y/..csv.gz", f"{ROOT}/z/a [b]\x07.csv.gz"]
    for key in keys:
        put(s3, key, bill("1"))
    put(s3, f"{ROOT}/metadata/BILLING_PERIOD=2026-09/focus-Manifest.json",
        json.dumps({"dataFiles": keys}).encode())  # fmt: skip
    names = [path.name for path in run(home).waiting]
    assert [re.sub("^[0-9a-f]{8}-", "hash-", name) for name in names] == [
        "hash-_csv.gz", "hash-_csv.gz", "a_b_.csv.gz",
    ]  # fmt: skip
    assert len(set(names)) == 3


def test_since_and_what_can_be_seen(s3: Any, wire: Server, exports: Path, home: Path) -> None:
    deliver(s3, "2026-09", {"a.csv.gz": bill("1")})
    deliver(s3, "2026-10", {"a.csv.gz": bill("4", "2026-10")})
    sees = check(load_settings(home), "aws_exports")["sees"]
    assert (sees["periods"], sees["files"]) == (["2026-09", "2026-10"], 4)
    assert downloads(wire) == []
    assert run(home, since=dt.date(2026, 10, 15)).files == 1


def test_no_export_of_that_name_names_those_there(
    s3: Any, wire: Server, exports: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, "exports/focus-1-2/metadata/x", b"")
    for may_list, words in ((MAY_LIST, "first delivery"), (("exports/",), "focus-1-2")):
        monkeypatch.setattr("s3_world.MAY_LIST", may_list)
        with pytest.raises(DataError, match="no manifest of 'focus'") as caught:
            check(load_settings(home), "aws_exports")
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AccessDenied", "may not read bucket 'billing'"),
        (403, "InvalidAccessKeyId", "wrong or expired"),
        (400, "ExpiredToken", "AWS_SESSION_TOKEN"),
        (404, "NoSuchBucket", "There is no bucket"),
        (400, "Odd", r"did not show bucket 'billing' \(Odd\)"),
    ],
)
def test_refusals_in_our_words(
    status: int, code: str, words: str, wire: Server, exports: Path, home: Path
) -> None:
    wire.faults.append(
        Reply(status, f"<Error><Code>{code}</Code><Message>{KEY}</Message></Error>".encode())
    )
    with pytest.raises(ProviderError, match=words) as caught:
        check(load_settings(home), "aws_exports")
    assert KEY not in str(caught.value)


def test_missing_credentials_name_the_variables(
    exports: Path, home: Path, aws_env: pytest.MonkeyPatch
) -> None:
    aws_env.delenv("AWS_ACCESS_KEY_ID")
    aws_env.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ProviderError, match="AWS_PROFILE, or AWS_ACCESS_KEY_ID"):
        check(load_settings(home), "aws_exports")


def test_a_call_that_is_no_read_is_not_sent(wire: Server) -> None:
    bucket = Bucket(BUCKET, FakeClock().clock(), profile=None, region=None)
    for call, more in (("put_object", {"Body": b""}), ("delete_object", {})):
        with pytest.raises(ProviderError, match="only reads"):
            getattr(bucket._client, call)(Bucket=BUCKET, Key="k", **more)
    assert wire.requests == []


@pytest.mark.parametrize("prefix", ["exports/focus/", "AWSLogs/"])
def test_the_policies_of_the_documentation_allow_what_is_called_and_no_more(prefix: str) -> None:
    policies = [
        json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
    ]
    assert iam_policy("BUCKET", prefix) in policies
    allowed = {item["Action"] for policy in policies for item in policy["Statement"]}
    assert allowed == set(READS.values())
