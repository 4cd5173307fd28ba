"""``tagwright alerts check``: what would be told, to whom, without Slack."""

from __future__ import annotations

import datetime as dt
import json
import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from alerts_world import FIRST, daily
from sample_home import sample
from tagwright_agent.cli import main

LEE, DANA = "daemon", "bin"
PEOPLE = f"""
people:
  lee: {{cli: [{LEE}], may: [ask], sees: {{team: [ads]}}}}
  dana: {{cli: [{DANA}], may: [ask]}}
"""
RULES = """
alerts:
  - {kind: spend_jump, as: dana, owners: {search: T0001/C1}}
  - {kind: spend_jump, as: dana, channel: T0001/C2}
"""


@pytest.fixture
def data(home: Path) -> Path:
    """Search costs more since the 19th."""
    sample(home, [*daily("200", FIRST, 80), *daily("500", dt.date(2026, 9, 19), 3)])
    return home


def run(capsys: pytest.CaptureFixture[str], home: Path, status: int = 0) -> dict[str, Any]:
    assert main(["alerts", "check", "--json", "--home", str(home)]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def be(monkeypatch: pytest.MonkeyPatch, user: str) -> None:
    uid = pwd.getpwnam(user).pw_uid
    monkeypatch.setattr(os, "getuid", lambda: uid)


def test_without_the_file_the_defaults_are_shown_and_nothing_is_told(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(capsys, data)
    assert [(it["kind"], it["channel"], it["amount"]) for it in found["told"]] == [
        ("spend_jump", None, "900.00")
    ]
    assert "so nothing is told" in found["notes"][0]
    assert main(["alerts", "check", "--home", str(data)]) == 0
    assert "Spend jumped: search, Amazon EC2 since 2026-09-19." in capsys.readouterr().out


def test_one_cause_is_told_by_the_first_rule_that_finds_it(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "people.yaml").write_text(PEOPLE)
    (data / "alerts.yaml").write_text(RULES)
    be(monkeypatch, DANA)
    found = run(capsys, data)
    assert [(it["rule"], it["channel"], it["owner"]) for it in found["told"]] == [
        (1, "T0001/C1", "search")
    ]
    assert (found["rules"], found["notes"]) == (2, [])


def test_who_sees_a_part_is_not_shown_what_others_are_told(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "people.yaml").write_text(PEOPLE)
    (data / "alerts.yaml").write_text(RULES)
    be(monkeypatch, LEE)
    found = run(capsys, data)
    assert found["told"] == []
    assert found["notes"] == ["1 finding of people who see more than you are not shown."]


@pytest.mark.parametrize(
    ("people", "rules", "said"),
    [
        (PEOPLE, "alerts: [{kind: spend_jump, as: mo, channel: T1/C1}]", "as: 'mo' is nobody in"),
        (PEOPLE, "alerts: [{kind: spend_jmp}]", "rule 1 (spend_jmp)"),
    ],
)
def test_a_wrong_file_is_a_fault(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, people: str,
    rules: str, said: str,
) -> None:  # fmt: skip
    (data / "people.yaml").write_text(people)
    (data / "alerts.yaml").write_text(rules)
    be(monkeypatch, DANA)
    assert said in run(capsys, data, 2)["error"]["message"]
