"""``approve`` to ``journal verify``, ``doctor`` and ``applier``, as typed, in real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fake_tagging import FakeTagging
from plans import arn, change, plan_of
from tagwright.config import load_settings
from tagwright.people import os_user
from tagwright.remediation import PlanStore
from tagwright_agent.cli import main

ME = f"cli:{os_user()}"


@pytest.fixture
def plan(home: Path) -> str:
    """A plan of one-person mode, made now."""
    import datetime as dt

    now = dt.datetime.now(dt.UTC)
    made = plan_of(
        change(1), change(2), by=ME, created_at=now, expires_at=now + dt.timedelta(hours=72),
        one_person=True,
    )  # fmt: skip
    with PlanStore.open(load_settings(home)) as store:
        return store.save(made, now).plan.id


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(list(arguments))
    out = capsys.readouterr()
    return status, " ".join((out.out + out.err).split())


def test_a_whole_life(aws: FakeTagging, plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "approve", plan, "--yes")[0] == 0
    assert said(capsys, "apply", plan)[0] == 0
    status, text = said(capsys, "journal", "verify")
    assert (status, "entries verify: chain, end, signatures and plans." in text) == (0, True)
    aws.tags[arn(2)]["team"] = "theirs"
    status, text = said(capsys, "journal", "verify")
    assert (status, "has team 'theirs'" in text) == (1, True)
    status, text = said(capsys, "rollback", plan)
    assert (status, "somebody" in text or "drift" in text) == (1, True)
    assert json.loads(said(capsys, "journal", "verify", "--json")[1])["verified"] is True
    assert said(capsys, "apply", plan) == (
        1, f"tagwright: Plan {plan} is rolled back already."
    )  # fmt: skip


def test_withdraw_and_edit(aws: FakeTagging, plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(capsys, "plan", "edit", plan, "--drop", "2", "--set", "1=search", "--json")
    assert status == 0
    edited = json.loads(text)
    assert [(it["arn"], it["after"]) for it in edited["items"]] == [(arn(1), "search")]
    assert "superseded" in said(capsys, "approve", plan, "--yes")[1]
    assert said(capsys, "approve", edited["id"], "--yes")[0] == 0
    status, text = said(capsys, "withdraw", edited["id"], "--reason", "wrong team")
    assert (status, text) == (0, f"The approval of plan {edited['id']} is withdrawn by {ME}.")
    status, text = said(capsys, "apply", edited["id"])
    assert (status, "was withdrawn by" in text) == (1, True)
    assert aws.calls == []
    assert said(capsys, "plan", "edit", edited["id"], "--set", "x=y")[0] == 2


def test_doctor_and_accept(home: Path, plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "doctor")[0] == 0
    with PlanStore.open(load_settings(home)) as store, store.state.engine.begin() as con:
        con.exec_driver_sql("DROP TRIGGER journal_no_delete")
        con.exec_driver_sql("DELETE FROM journal")
    status, text = said(capsys, "doctor")
    assert (status, "its end was cut" in text) == (1, True)
    people = home / "people.yaml"
    people.write_text(f"people: {{me: {{cli: [{os_user()}], sees: {{team: [ads]}}, may: [ask]}}}}")
    status, text = said(capsys, "doctor")
    assert (status, "It does not verify." in text, "entry" in text) == (1, True, False)
    people.unlink()
    assert said(capsys, "journal", "accept", "--reason", "restored")[0] == 0
    assert said(capsys, "doctor")[0] == 0
    assert plan


def test_what_became_of_it_is_said_once(
    aws: FakeTagging, plan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["approve", plan, "--yes"])
    aws.unknown = {arn(1), arn(2)}
    status, text = said(capsys, "apply", plan)
    assert (status, text.count("gone")) == (1, text.count("gone"))
    assert text.count("InvalidParameterException") == 1  # both changes have it in common
    assert f"To try the rest again: tagwright apply {plan}" in text
    aws.unknown = set()
    status, text = said(capsys, "apply", plan)
    assert (status, "read back" in text) == (0, False)
    assert f"Undo of plan {plan} (" in said(capsys, "rollback", plan)[1]
    text = said(capsys, "plans")[1]
    assert ("undo applied" in text, "rolled back" in text) == (True, True)


def test_the_journal_of_a_plan_that_is_not_there(
    plan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "journal", "--plan", plan)[0] == 0
    status, text = said(capsys, "journal", "--plan", "plan-9")
    assert (status, "Unknown plan 'plan-9'" in text) == (2, True)


@pytest.mark.slow  # real processes, one of them killed softly
def test_a_home_each(
    aws: FakeTagging, tmp_path: Path, plan: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Proposer, approver and applier share a store and nothing else."""
    shared = {**os.environ, "TAGWRIGHT_STATE_URL": f"sqlite:///{home / 'state.sqlite3'}"}
    run = [str(Path(sys.executable).with_name("tagwright"))]
    approver = {**shared, "TAGWRIGHT_HOME": str(tmp_path / "approver")}
    applier = {**shared, "TAGWRIGHT_HOME": str(tmp_path / "applier")}

    def tagwright(env: dict[str, str], *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [*run, *arguments], env=env, capture_output=True, text=True, check=False
        )
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    for where in ("approver", "applier"):
        (tmp_path / where).mkdir()
    assert tagwright(approver, "keys", "make", "approver")[0] == 0
    assert tagwright(applier, "keys", "make", "applier")[0] == 0
    public = (tmp_path / "approver" / "keys" / "approver.pub").read_bytes()
    (home / "keys").mkdir(exist_ok=True)
    (home / "keys" / "approver.pub").write_bytes(public)
    (tmp_path / "applier" / "keys" / "approver.pub").write_bytes(public)
    status, text = tagwright(shared, "approve", plan, "--yes")
    assert (status, "This home is not the approver's" in text) == (1, True)
    assert tagwright(approver, "approve", plan, "--yes")[0] == 0
    status, text = tagwright(applier, "apply", plan)
    assert (status, "approver" in text) == (1, True)  # it is told nowhere where to ask
    assert aws.writes == []


@pytest.mark.slow  # a real process
def test_the_service_ends_when_it_is_asked_to(aws: FakeTagging, plan: str, home: Path) -> None:
    main(["approve", plan, "--yes"])
    command = [str(Path(sys.executable).with_name("tagwright")), "applier", "--every", "0.2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert f"apply {plan}: applied (2 applied)" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert aws.tags == {arn(1): {"team": "ads"}, arn(2): {"team": "ads"}}


@pytest.mark.slow  # a real process
def test_the_service_outlives_a_file_half_written(aws: FakeTagging, plan: str, home: Path) -> None:
    main(["approve", plan, "--yes"])
    people = home / "people.yaml"
    people.write_text("people: {")
    command = [str(Path(sys.executable).with_name("tagwright")), "applier", "--every", "0.2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    assert process.stdout
    assert process.stderr
    process.stderr.readline()  # that it waits
    assert "people.yaml" in process.stderr.readline()
    people.unlink()
    assert f"apply {plan}: applied (2 applied)" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
