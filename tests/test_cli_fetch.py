"""The verbs connect and fetch: one document, exit statuses, names, settings, what waits."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector_world import KEY, Reply, Server, openai, serving
from tagwright.api import BusyError
from tagwright.config import load_settings
from tagwright.connectors import load_connectors
from tagwright.connectors.fetch_log import holding
from tagwright_agent.cli import main

TODAY = dt.datetime.now(dt.UTC).date()
FIRST = TODAY.replace(day=1)


@pytest.fixture
def vendor(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """OpenAI with a cost on the first of this month."""
    monkeypatch.setenv("OPENAI_ADMIN_KEY", KEY)
    with serving(openai({FIRST: 0.5})) as server:
        (home / "tagwright.toml").write_text(
            f'[connectors.openai]\nbase_url = "{server.url}"\nsince = {FIRST}\n'
        )
        yield server


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capsys.readouterr()
    assert KEY not in captured.out + captured.err
    return " ".join(captured.out.split()), " ".join(captured.err.split())


def test_fetch_ingests_and_says_so(
    vendor: Server, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch"]) == 0
    out, err = said(capsys)
    assert "openai: 3 new or changed files" in out
    assert "1 charge, 1 usage row. Current snapshot:" in out
    assert err == ""
    assert main(["fetch"]) == 0
    assert "0 new or changed files" in said(capsys)[0]


def test_fetch_as_json_is_one_document(
    vendor: Server, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", "openai", "--json"]) == 0
    document = json.loads(said(capsys)[0])
    assert (document["connectors"][0]["files"], document["ingest"]["charges"]) == (3, 1)


def test_what_was_not_ingested_waits(
    vendor: Server, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", "--no-ingest"]) == 0
    assert "2 files wait for ingest" in said(capsys)[0]
    assert not (home / "warehouse").exists()
    assert main(["fetch", "--json"]) == 0
    document = json.loads(said(capsys)[0])
    assert (document["connectors"][0]["files"], document["ingest"]["charges"]) == (0, 1)
    log = json.loads((home / "connectors" / "openai.json").read_text())
    assert log["waiting"] == {}


def test_a_file_that_ingest_cannot_read_waits_on(
    vendor: Server, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fetch", "--no-ingest"])
    damaged = home / "fetched" / "openai" / f"costs-{FIRST:%Y-%m}.jsonl"
    whole = damaged.read_bytes()
    damaged.write_bytes(b'{"neither"')
    # An error answer keeps the month as it is on the disk.
    vendor.faults.append(Reply(403, b"{}"))
    capsys.readouterr()
    assert main(["fetch", "--json"]) == 1
    log = json.loads((home / "connectors" / "openai.json").read_text())
    assert list(log["waiting"]) == [f"costs/{FIRST:%Y-%m}"]
    assert main(["fetch"]) == 0
    assert damaged.read_bytes() == whole


def test_an_expired_key_is_exit_status_1_and_names_its_variable(
    vendor: Server, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", f"{KEY}-old")
    for arguments in (["fetch"], ["fetch", "--json"], ["connect", "openai"]):
        assert main(arguments) == 1
        out, err = said(capsys)
        assert "OPENAI_ADMIN_KEY" in err
        if "--json" in arguments:
            [error] = json.loads(out)["connectors"][0]["errors"]
            assert error["type"] == "ProviderError"


def test_connect(vendor: Server, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect", "openai"]) == 0
    out, _ = said(capsys)
    assert "organisation: northlight" in out
    assert main(["connect", "openai", "--json"]) == 0
    assert json.loads(said(capsys)[0])["sees"]["organisation"] == "northlight"
    assert not (home / "fetched").exists()


@pytest.mark.parametrize(
    ("toml", "arguments", "words"),
    [
        ("", ["fetch"], "No connector is configured"),
        ("", ["fetch", "opencots"], "Did you mean opencost"),
        ("", ["connect", "openia"], "Did you mean openai"),
        ("", ["fetch", "aws_exports"], "'connectors.aws_exports.bucket': Field required"),
        ("[connectors.aws_exprots]\n", ["fetch"], "'connectors.aws_exprots': there is no such"),
        ('[connectors.openai]\nkey = "hunter2"\n', ["fetch"], "'connectors.openai.key'"),
        ("[connectors.openai]\ndays_per_page = 32\n", ["fetch"], "connectors.openai.days_per_page"),
        ('[connectors.openai]\nsince = "soon"\n', ["fetch"], "connectors.openai.since"),
        ("connectors = 3\n", ["fetch"], "'connectors'"),
        ("", ["fetch", "--since", "yesterday"], "--since"),
    ],
)
def test_misuse_is_status_2_and_names_what_is_wrong(
    toml: str, arguments: list[str], words: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "tagwright.toml").write_text(toml)
    assert main(arguments) == 2
    _, err = said(capsys)
    assert words in err
    assert "hunter2" not in err


def test_one_connectors_failure_does_not_stop_the_others(
    vendor: Server, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_ADMIN_KEY", raising=False)
    with (home / "tagwright.toml").open("a") as out:
        out.write("[connectors.anthropic]\n")
    assert main(["fetch", "anthropic", "openai"]) == 1
    shown, err = said(capsys)
    assert "anthropic: There is no key for Anthropic: ANTHROPIC_ADMIN_KEY is not set." in err
    assert "1 charge" in shown


def test_one_process_a_connector(home: Path) -> None:
    path = home / "connectors" / "openai.json"
    with holding(path), pytest.raises(BusyError, match="fetching openai"), holding(path):
        pass


def test_a_damaged_log_says_what_to_do(
    vendor: Server, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "connectors").mkdir()
    (home / "connectors" / "openai.json").write_text("{")
    assert main(["fetch"]) == 1
    assert "Delete it to fetch everything anew" in said(capsys)[1]


def test_a_connector_that_does_not_load_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint, EntryPoints

    points = [
        EntryPoint("broken", "no_such_module:CONNECTOR", "tagwright.connectors"),
        EntryPoint("openai", "tagwright.connectors.openai:CONNECTOR", "tagwright.connectors"),
    ]
    monkeypatch.setattr("tagwright.plugins._everything", lambda _: EntryPoints(points))
    known, warnings = load_connectors()
    assert list(known) == ["openai"]
    assert warnings == [
        (
            "Connector plugin 'broken' (no_such_module:CONNECTOR) did not load: "
            "ModuleNotFoundError of no_such_module."
        )
    ]


def test_settings_also_come_from_the_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGWRIGHT_CONNECTORS__AWS_EXPORTS__BUCKET", "acme")
    assert load_settings(home).connectors == {"aws_exports": {"bucket": "acme"}}


@pytest.mark.slow
def test_connectors_load_neither_boto3_nor_httpx_before_they_are_used() -> None:
    code = (
        "import sys; from tagwright.connectors import load_connectors;"
        "known, _ = load_connectors();"
        "print(len(known) >= 5, [n for n in ('boto3', 'botocore', 'httpx2') if n in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert out.stdout.split(maxsplit=1) == ["True", "[]\n"]
