"""The verbs ingest and refresh: tables at 80 columns, one JSON document, exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from focus_files import csv_text, write_focus
from tagwright_agent.cli import main


def test_a_table_of_80_columns(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_focus(
        tmp_path / "a-file-with-quite-a-long-name-2026-09.csv",
        [{"BilledCost": "123456789.125"}, {"BilledCost": "x"}, {"BillingCurrency": "EUR"}],
    )
    assert main(["ingest", str(path)]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[1] == path.name
    assert lines[2].split() == ["FOCUS", "1.3", "1", "1", "1.00", "EUR", "1.00", "EUR"]
    assert lines[3].split() == ["1", "123,456,789.12", "USD", "1.00", "USD"]
    assert "line 3 rejected: BilledCost: not an amount" in " ".join(out.split())
    assert "2 charges, 1 rejected." in lines[-1]


def test_a_restatement_is_shown_with_both_amounts(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ingest", str(write_focus(tmp_path / "a.csv", [{}]))])
    main(["ingest", str(write_focus(tmp_path / "b.csv", [{"BilledCost": "2.5"}]))])
    out = " ".join(capsys.readouterr().out.split())
    assert "Replaced acct, billing period 2026-09-01: billed 1.00 → 2.50 USD" in out
    main(["ingest", str(tmp_path / "b.csv")])
    assert "Nothing new" in capsys.readouterr().out


def test_json_is_one_document(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", "--json", str(write_focus(tmp_path / "a.csv", [{}]))]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["charges"] == 1
    assert document["files"][0]["totals"][0]["billed"] == "1.00"


def test_a_question_about_ones_own_file_in_the_same_command(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a fresh home to an answer."""
    path = write_focus(tmp_path / "a.csv", [{"BilledCost": "2"}, {"BilledCost": "40.50"}])
    ask = ["--ask", "total billed cost by provider"]
    assert main(["ingest", str(path), *ask]) == 0
    out = capsys.readouterr().out
    assert "2 charges" in out
    assert "42.50 USD" in out
    assert "Receipt: rcp_" in out
    assert main(["ingest", "--json", str(path), *ask]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["answer"]["status"] == "answered"
    assert main(["ingest", str(path), "--ask", "how is the weather?"]) == 1
    assert main(["ingest", str(path), "--ask", ""]) == 2


@pytest.mark.parametrize("text", ["day,what\n1,2\n", csv_text([{"BilledCost": "many"}])])
def test_a_question_is_not_answered_from_other_files(
    text: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", str(write_focus(tmp_path / "a.csv", [{}]))]) == 0
    (tmp_path / "strange.csv").write_text(text)
    ask = [str(tmp_path / "strange.csv"), "--ask", "total billed cost"]
    capsys.readouterr()
    assert main(["ingest", *ask]) == 1
    out = capsys.readouterr().out
    assert "The question was not asked: nothing of these files was taken." in out
    assert "Receipt" not in out
    assert main(["ingest", "--json", *ask]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["answer"] is None
    assert document["not_asked"].startswith("The question was not asked")
    # Of two files one is enough.
    assert main(["ingest", str(tmp_path / "a.csv"), *ask]) == 1
    assert "1.00 USD" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["ingest"], 2, "Missing argument"),
        (["ingest", "nowhere.csv"], 1, "No such file"),
        (["ingest", "s3://b/k"], 2, "not read directly"),
        (["refresh"], 1, "no data yet"),
        (["ingest", "FILE", "--source", "fokus"], 2, "Did you mean focus"),
    ],
)
def test_failures(
    arguments: list[str],
    status: int,
    words: str,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write_focus(tmp_path / "a.csv", [{}])
    assert main([str(path) if a == "FILE" else a for a in arguments]) == status
    said = capsys.readouterr()
    assert words in " ".join((said.out + said.err).split())
    assert "Traceback" not in said.err


def test_text_of_a_bill_cannot_drive_the_terminal(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_focus(tmp_path / "a.csv", [{"x_\x1b[2J[bold]": "1"}])
    main(["ingest", str(path)])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[bold]" in out


def test_the_first_question_finds_the_names_looked_up(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the ingest, and the refresh after another taxonomy, kept is what a question reads."""
    kept = home / "values.json"
    describe = ["tool", "describe_data", '{"catalogue": true}', "--json"]
    (home / "taxonomy.yaml").write_text("version: 1\nkeys:\n  squad: {layer: business}\n")
    main(["ingest", str(write_focus(tmp_path / "a.csv", [{"ServiceName": "Amazon EC2"}]))])
    for verb in ([], ["refresh"]):
        if verb:
            (home / "taxonomy.yaml").write_text("version: 1\nkeys:\n  crew: {layer: business}\n")
            assert main(verb) == 0
        kept.write_text(kept.read_text().replace("Amazon EC2", f"Kept {verb}"))
        capsys.readouterr()
        assert main(describe) == 0
        assert f"Kept {verb}" in capsys.readouterr().out


def test_refresh(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["ingest", str(write_focus(tmp_path / "a.csv", [{}]))])
    capsys.readouterr()
    assert main(["refresh", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["charges"] == 1


def test_refresh_of_a_snapshot_that_is_gone(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ingest", str(write_focus(tmp_path / "a.csv", [{}]))])
    [snapshot] = (home / "warehouse" / "snapshots").glob("*.duckdb")
    snapshot.unlink()
    capsys.readouterr()
    assert main(["refresh"]) == 1
    assert "is missing" in capsys.readouterr().err
