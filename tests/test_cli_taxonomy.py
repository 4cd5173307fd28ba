"""``tagwright taxonomy init | show | suggest``, and the homes where it must not lose anything."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sample_home import charge, sample, tool_result
from tagwright.config import load_settings
from tagwright.errors import ConfigError
from tagwright.ingest import refresh
from tagwright.warehouse import building, open_warehouse
from tagwright_agent.cli import main

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    *(
        charge("2", ResourceId=f"i-{n}", Tags={"owner": f"team-{name}", "Stage": "PRD"})
        for n, name in enumerate(["search", "ads", "ml"] * 3)
    ),
    charge("6", ResourceId="i-bare"),
]
AS_JSON = "--json"


def run(capsys: pytest.CaptureFixture[str], home: Path, *arguments: str) -> tuple[int, str]:
    status = main(["taxonomy", *arguments, "--home", str(home)])
    said = capsys.readouterr()
    return status, said.out or said.err


def test_suggest_then_init_then_covered(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """18 of 24 USD are owned by ``team-…``: proposed, written, refreshed, answered."""
    sample(home, ROWS)
    status, text = run(capsys, home, "suggest")
    assert status == 0
    assert "“owner: team-…” looks like team. +75.0 % covered (18.00 USD)." in text
    assert not (home / "taxonomy.yaml").exists()
    status, text = run(capsys, home, "init", "--dry-run")
    assert (status, text.splitlines()[0][:24]) == (0, "# What the tags mean. Wr")
    assert not (home / "taxonomy.yaml").exists()
    status, text = run(capsys, home, "init", AS_JSON)
    said: dict[str, Any] = json.loads(text)
    assert (status, said["written"], said["kept"]) == (0, True, None)
    assert said["before"]["covered"]["team"] == {"USD": "0.00"}
    assert said["after"]["covered"]["team"] == {"USD": "18.00"}
    assert (home / "taxonomy.yaml").read_text() == said["text"]
    shown = json.loads(run(capsys, home, "show", AS_JSON)[1])
    assert shown["source"] == str(home / "taxonomy.yaml")
    assert shown["coverage"]["covered"]["team"] == {"USD": "18.00"}
    told = tool_result(load_settings(home), "tag_coverage", {"keys": ["team"]})
    assert told.rows[0]["covered"] == "18.00"


def test_show_reads_as_a_page(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taxonomy = (
        "version: 1\nkeys:\n  team: {layer: business, required: true, tag_names: [squad]}\n"
        "  environment: {layer: workload, values: {production: [prod]}}\n"
        "aliases:\n  - {any_of: ['old:x'], means: {team: ads}}\n"
    )
    sample(home, [charge("3", Tags={"old": "x"}), charge("1", Tags={"y": "z"})], taxonomy=taxonomy)
    status, text = run(capsys, home, "show")
    assert status == 0
    assert "75.0 % USD" in text
    assert "team: tags team, squad; values any." in text
    assert "environment: tags environment; values production." in text
    assert "Alias: old:x means team:ads." in text


def test_a_file_that_is_there_is_kept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taxonomy = "version: 1\n# mine\nkeys:\n  team: {layer: business, required: true}\n"
    sample(home, ROWS, taxonomy=taxonomy)
    status, text = run(capsys, home, "init")
    assert (status, "is there already; nothing was written" in text) == (2, True)
    assert (home / "taxonomy.yaml").read_text() == taxonomy
    status, text = run(capsys, home, "init", "--force")
    assert status == 0
    assert (home / "taxonomy.yaml.old").read_text() == taxonomy


def test_while_an_ingest_runs_the_file_stands_and_the_rest_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = sample(home, ROWS)
    with building(open_warehouse(settings)):
        status, text = run(capsys, home, "init")
    assert status == 1
    said = " ".join(text.split())
    assert f"{home / 'taxonomy.yaml'} was written, but the charges do not carry it yet" in said
    assert "Another ingest is running" in said
    assert "Then run `tagwright refresh`." in said
    status, text = run(capsys, home, "init")
    assert (status, "Run `tagwright refresh` to apply it." in text) == (2, True)
    refresh(settings)
    status, text = run(capsys, home, "init")
    assert (status, "tagwright refresh" in text, "Edit it" in text) == (2, False, True)


def test_a_file_that_cannot_be_read_is_kept_and_replaced(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half written; ``--force`` starts from the shipped taxonomy, without it the way is named."""
    broken = "version: 1\nkeys:\n  team: {layer: business, values: [ads"
    sample(home, ROWS)
    (home / "taxonomy.yaml").write_text(broken)
    for arguments in (["init"], ["init", "--dry-run"], ["suggest"]):
        status, text = run(capsys, home, *arguments)
        assert (status, "--force" in text, "line 3" in text) == (2, True, True), arguments
    assert (home / "taxonomy.yaml").read_text() == broken
    status, text = run(capsys, home, "init", "--force", AS_JSON)
    said = json.loads(text)
    assert (status, said["source"]) == (0, "the default taxonomy")
    assert (home / "taxonomy.yaml.old").read_text() == broken
    assert said["after"]["covered"]["team"] == {"USD": "18.00"}
    assert json.loads(run(capsys, home, "show", AS_JSON)[1])["source"].endswith("taxonomy.yaml")


def test_nothing_is_wider_than_80_columns(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    sample(home, [*ROWS, charge("1", Tags={"x" * 90: "team-a"}, ResourceId="i-long")])
    for verb in ("show", "suggest"):
        _, text = run(capsys, home, verb)
        lines = [line for line in text.splitlines() if str(home) not in line]
        assert max(map(len, lines)) <= 80, verb
    names = " ".join(run(capsys, home, "show")[1].split())
    assert "team: tags team, team-name, owner-team, owning-team, squad, group-name; values" in names


def test_a_home_without_data_says_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir(parents=True, exist_ok=True)
    status, text = run(capsys, home, "suggest")
    assert status == 1
    assert "There is no data yet." in text
    assert "tagwright taxonomy suggest" in text
    status, text = run(capsys, home, "show")
    assert (status, "Coverage is not known: There is no data yet." in text) == (0, True)
    assert main(["ask", "what did we spend", "--home", str(home)]) == 1
    assert "tagwright taxonomy suggest" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version: 1\nkeys:\n  team: {layer: business, values: [ads", "line 3"),
        ("version: 1\nkeys:\n  team:\n    layer: bus", "keys.team.layer"),
        ("", "top level"),
    ],
)
def test_a_half_written_file_changes_nothing(home: Path, text: str, says: str) -> None:
    """Named with its place; the snapshot and the file stay, and mended it is read again."""
    settings = sample(home, ROWS)
    before = open_warehouse(settings).current()
    (home / "taxonomy.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        refresh(settings)
    assert str(home / "taxonomy.yaml") in str(caught.value)
    assert says in str(caught.value)
    assert open_warehouse(settings).current() == before
    assert (home / "taxonomy.yaml").read_text() == text
    (home / "taxonomy.yaml").write_text("version: 1\nkeys:\n  team: {layer: business}\n")
    assert refresh(settings).charges == len(ROWS)


def test_a_home_of_the_format_before(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its pointer says 5, its charges have no x_tagged: a message, and refresh takes all over."""
    settings = sample(home, ROWS)
    pointer = home / "warehouse" / "CURRENT"
    document = json.loads(pointer.read_text())
    [kept] = document["kept"]
    path = home / "warehouse" / "snapshots" / kept["file"]
    with duckdb.connect(str(path)) as con:
        for (table,) in con.execute(
            "SELECT DISTINCT table_name FROM duckdb_columns() WHERE column_name = 'x_tagged'"
        ).fetchall():
            con.execute(f'ALTER TABLE "{table}" DROP COLUMN x_tagged')
    kept |= {
        "format": 5,
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    pointer.write_text(json.dumps(document))
    status, text = run(capsys, home, "suggest")
    said = " ".join(text.split())
    assert (status, "written by another version of Tagwright" in said) == (1, True)
    assert "tagwright refresh" in text
    assert refresh(settings).charges == len(ROWS)
    [total] = tool_result(settings, "tag_coverage", {"keys": ["team"]}).totals
    assert (total["missing"], total["untagged"], total["total"]) == ("18.00", "6.00", "24.00")


@pytest.mark.slow  # two processes that import everything
def test_two_that_refresh_at_once(home: Path) -> None:
    """One waits for the other, or is told that an ingest runs; the charges are whole after both."""
    settings = sample(home, ROWS)
    (home / "taxonomy.yaml").write_text("version: 1\nkeys:\n  team: {layer: business}\n")
    code = "from tagwright_agent.cli import main; main()"
    command = [sys.executable, "-c", code, "refresh", "--home", str(home)]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [(process.communicate(timeout=120), process.returncode) for process in both]
    assert any(status == 0 for _, status in said), said
    for (_, complaint), status in said:
        assert status == 0 or "another" in complaint.lower(), complaint
        assert "Traceback" not in complaint
    current = open_warehouse(load_settings(home)).current()
    assert current is not None
    assert current.charges == len(ROWS)
    assert refresh(settings) == current
