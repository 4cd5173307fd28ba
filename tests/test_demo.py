"""The tour: every step does what it says, is readable at 80 columns, and touches nothing real."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest

from tagwright_agent.cli import main
from tagwright_evals.company import resources

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow  # the whole tour, with a sandbox AWS


def assert_as_in_the_readme(told: str) -> None:
    """What the README shows of the tour is what the tour prints, line by line."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    shown = [
        block
        for block in blocks
        if any(word in block for word in ("Total  ", "% sure", "shared  "))
    ]
    assert len(shown) == 3
    lines = {line.rstrip() for line in told.splitlines()}
    for line in "".join(shown).splitlines():
        assert line in lines


def assert_proposals_are_true(capsys: pytest.CaptureFixture[str], home: Path, plan: str) -> None:
    """Against whose each resource really is, which the bill does not say."""
    capsys.readouterr()
    assert main(["plan", "show", plan, "--json", "--home", str(home)]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    owners = {found.arn: set(found.owners) for found in resources()}
    for item in items:
        part = {"team": 0, "product": 1}.get(item["key"].casefold())
        if part is None:
            assert (item["key"], item["after"]) == ("env", "production")
            continue
        assert {name.split("/")[part] for name in owners[item["arn"]]} == {item["after"]}
    assert len(items) == 19


def test_the_tour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from tagwright_agent.cli import main; main()", "demo",
         "--home", str(tmp_path / "tour")],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # A path is whole, however long: it is there to be copied.
    lines = [line for line in done.stdout.splitlines() if str(tmp_path) not in line]
    assert max(map(len, lines)) <= 80
    for number in range(1, 11):
        assert f"\n{number}  " in done.stdout
    assert "statement" not in done.stdout, "the check left something out of an ordinary answer"
    assert "The sandbox has exactly the tags it had before" in done.stdout
    assert "What to type next" in done.stdout
    assert (tmp_path / "tour/report/index.html").is_file()
    assert_as_in_the_readme(done.stdout)
    plan = re.findall(r"tagwright plan show (\S+)", done.stdout)[0]
    assert_proposals_are_true(capsys, tmp_path / "tour/home", plan)
    # What it says to type next works.
    assert main(["ask", "top 5 services last month", "--home", str(tmp_path / "tour/home")]) == 0


def test_the_tour_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert main(["demo", "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [answer["status"] for answer in told["answers"]] == ["answered"] * 3
    assert told["units"]["status"] == "answered"
    assert sum(map(Decimal, told["shared"]["parts"])) == Decimal(told["shared"]["total"])
    assert told["approved"] is True
    assert set(told["applied"]) == {"applied"}
    before, after = (told["coverage"][when][0] for when in ("before", "after"))
    assert Decimal(after["coverage"]) > Decimal(before["coverage"])
    assert after["taggable"] == before["taggable"]
    assert told["rolled_back"] is True
    [left] = tmp_path.iterdir()
    assert [path.name for path in left.iterdir()] == ["report"], "of a temporary tour"


def test_a_directory_that_is_not_empty_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["demo", "--home", str(tmp_path)]) == 2
    assert "not empty" in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "mine.txt").read_text() == "mine"
