"""``tagwright report``: the files it writes, one JSON document, a month that stays closed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from sample_home import charge, sample
from tagwright_agent.cli import main

ROWS = [
    charge("10", "2026-08-01", Tags={"team": "search"}),
    charge("12.505", "2026-08-31", Tags={"team": "search"}),
    charge("1", "2026-08-02"),
]
"""A complete month, long over."""


@pytest.fixture
def month(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home with :data:`ROWS`, and the working directory to write into."""
    sample(home, ROWS)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return home


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> Any:
    assert main([*arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_showback_of_the_last_month_by_default(
    month: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Everything cost 23.50 USD in August 2026." in shown
    assert "Reported 23.505 = charged 23.505 USD." in shown
    assert "1.00 USD (4.3%) has no owner yet." in shown
    assert sorted(path.name for path in Path("tagwright-report").iterdir()) == [
        "index.html", "team-search.html",
    ]  # fmt: skip
    document = run_json(capsys, "report", "--out", "elsewhere", "--period", "2026-08")
    assert document["sound"] is True
    assert document["files"][0] == "elsewhere/index.html"


def test_journal_is_a_draft_until_it_is_closed(
    month: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = run_json(capsys, "report", "journal", "--period", "2026-08", "--out", "out")
    assert (draft["status"], draft["files"]) == (
        "draft", ["out/journal-2026-08-draft.csv", "out/journal-2026-08-draft.json"],
    )  # fmt: skip
    [run] = draft["runs"]
    assert run["adds_up"] is True
    assert run["totals"] == [
        {"currency": "USD", "debit": "23.50", "credit": "23.50", "charged": "23.50"}
    ]
    closed = run_json(capsys, "report", "journal", "--period", "2026-08", "--out", "out", "--close")
    assert (closed["status"], closed["runs"][0]["run_id"]) == ("closed", run["run_id"])
    with Path("out/journal-2026-08-run1.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["cost_center"], row["side"], row["amount"]) for row in rows] == [
        ("unallocated", "debit", "1.00"), ("search", "debit", "22.50"),
        ("central", "credit", "23.50"),
    ]  # fmt: skip


def test_a_closed_month_stays_and_is_corrected_beside(
    month: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = ("report", "journal", "--period", "2026-08", "--out", "out")
    first = run_json(capsys, *journal, "--close")["runs"]
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    sample(month, [*ROWS, charge("5", "2026-08-03", Tags={"team": "ads"})])

    again = run_json(capsys, *journal)
    assert again["runs"] == first
    assert "--correct books them" in again["notes"][0]
    refused = run_json(capsys, *journal, "--close", status=1)["error"]
    assert refused["type"] == "ClosedPeriodError"
    assert "was closed by run" in refused["message"]

    corrected = run_json(capsys, *journal, "--correct")
    assert [run["kind"] for run in corrected["runs"]] == ["post", "reversal", "post"]
    assert corrected["runs"][0] == first[0]
    assert corrected["runs"][1]["reversal_of"] == first[0]["run_id"]
    assert corrected["runs"][2]["totals"][0]["charged"] == "28.50"
    assert {name: Path("out", name).read_bytes() for name in before} == before
    same = run_json(capsys, *journal, "--correct")
    assert same["notes"] == ["The figures are the same: nothing was booked."]
    assert len(same["runs"]) == 3
    assert main([*journal]) == 0
    assert "reversal of" in capsys.readouterr().out


def test_a_closed_month_is_there_when_its_data_is_gone(
    month: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = ("report", "journal", "--period", "2026-08", "--out", "out")
    closed = run_json(capsys, *journal, "--close")["runs"]
    # The same account and month is sent again, and its charges are all of other days.
    sample(month, [charge("1", "2026-07-01", BillingPeriodStart="2026-08-01T00:00:00Z")])
    again = run_json(capsys, *journal)
    assert again["runs"] == closed
    assert again["notes"] == [
        "What it would be today is not known: There are no charges in 2026-08."
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("journal", "--period", "2026"), 2, "one calendar month"),
        (("journal", "--period", "2025-01"), 2, "no charges in 2025-01"),
        (("journal", "--period", "2026-08", "--correct"), 2, "not closed"),
        (("showback", "--dimension", "teem"), 2, "Unknown dimension 'teem'"),
        (("showback", "--cost-basis", "resource_count"), 2, "not an amount"),
        (("focus", "--period", "yesteryear"), 2, "Unknown period"),
        (("fokus",), 2, "No such command"),
    ],
)
def test_misuse_is_said(
    month: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    message: str,
) -> None:
    error = run_json(capsys, "report", *arguments, status=status)["error"]
    assert message in error["message"]
    assert not Path("tagwright-report").exists()


def test_a_month_that_is_not_whole_cannot_be_closed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample(home, [charge("1", "2026-08-30", Tags={"team": "search"})])
    arguments = ("report", "journal", "--period", "2026-08", "--out", str(tmp_path))
    error = run_json(capsys, *arguments, "--close", status=2)["error"]
    assert "The data ends on 2026-08-30, before 2026-08 does" in error["message"]
    assert run_json(capsys, *arguments)["status"] == "draft"


def test_the_mapping_is_read_from_the_settings(
    month: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (month / "tagwright.toml").write_text(
        '[chargeback]\nentity = "US01"\nclearing_account = "2100"\n'
        '[chargeback.targets.search]\nentity = "DE01"\ncost_center = "77"\ngl_account = "6400"\n'
    )
    [run] = run_json(capsys, "report", "journal", "--period", "2026-08")["runs"]
    booked = [(line["entity"], line["gl_account"], line["side"]) for line in run["lines"]]
    assert booked == [
        ("US01", "cloud-expense", "debit"), ("DE01", "6400", "debit"),
        ("DE01", "intercompany", "credit"), ("US01", "intercompany", "debit"),
        ("US01", "2100", "credit"),
    ]  # fmt: skip
    (month / "tagwright.toml").write_text("[chargeback]\ncost_centre = 1\n")
    error = run_json(capsys, "report", "journal", status=2)["error"]
    assert "chargeback.cost_centre" in error["message"]


def test_focus_export(month: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = run_json(capsys, "report", "focus", "--period", "2026-08", "--format", "parquet")
    assert document["path"] == "tagwright-report/focus-2026-08.parquet"
    assert document["totals"][0]["effective"] == "23.505"
    assert main(["report", "focus", "--period", "2026-08"]) == 0
    assert "3 charges: billed 23.505, effective 23.505 USD" in capsys.readouterr().out
    assert Path("tagwright-report/focus-2026-08.csv").is_file()
