"""``tagwright people check | whoami``, and what people may through the other verbs and doors."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sample_home import charge, load
from tagwright.config import load_settings
from tagwright.context import open_context
from tagwright.errors import AccessError
from tagwright.people import ONE_PERSON, Door, at_terminal, os_user, over_http
from tagwright.receipts import run_tool
from tagwright.registry import load_registry
from tagwright_agent.cli import main
from tagwright_agent.cli.plans import plan_store
from tagwright_agent.session import Session
from tagwright_mcp.calls import Calls

# Users that every Linux has: who runs is changed by uid, as it is known by.
LEE, DANA, EVE = "daemon", "bin", "sys"
PEOPLE = f"""
people:
  lee: {{cli: [{LEE}], slack: [T1/U1], may: [ask, propose, approve, apply]}}
  dana: {{cli: [{DANA}], may: [approve], approves: {{teams: [search], resources: 5}}}}
"""
TAGS = {"team": "search", "product": "search", "environment": "production", "cost-center": "CC-1"}


@pytest.fixture
def data(home: Path) -> Path:
    """Two servers that say whose they are and one of the same name that does not."""
    load(
        home,
        [
            charge(
                "10.00", "2026-09-30", ProviderName="AWS", ServiceName="Amazon EC2",
                SubAccountId="111122223333", ResourceType="Instance", ResourceName=f"rank-{n}",
                ResourceId=f"arn:aws:ec2:us-east-1:111122223333:instance/i-0{n}",
                Tags=TAGS if n < 3 else {},
            )
            for n in (1, 2, 3)
        ],
    )  # fmt: skip
    return home


def become(monkeypatch: pytest.MonkeyPatch, user: str) -> None:
    uid = pwd.getpwnam(user).pw_uid
    monkeypatch.setattr(os, "getuid", lambda: uid)


def proposed(home: Path, door: Door) -> dict[str, Any]:
    """A plan, asked for as an MCP client does."""
    calls = Calls(load_registry(), load_settings(home), door)
    plan: dict[str, Any] = asyncio.run(calls.result("propose_tag_fixes", {})).details["plan"]
    return plan


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    status = main(list(arguments))
    output = capsys.readouterr()
    return status, " ".join((output.out + output.err).split())


def test_whoami_in_one_person_mode(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(capsys, "whoami")
    assert status == 0
    assert f"cli:{os_user()}, as the operating system's user '{os_user()}'." in text
    assert "One-person mode: there is no people.yaml" in text


def test_whoami_by_the_file(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "people.yaml").write_text(
        PEOPLE + "groups: {undo: {members: [dana], may: [roll_back], sees: {team: [ads, search]}}}"
    )
    monkeypatch.setenv("USER", DANA)
    monkeypatch.setenv("LOGNAME", DANA)
    become(monkeypatch, EVE)
    status, text = said(capsys, "whoami")
    assert status == 1
    assert f"user 'sys' is nobody in {home / 'people.yaml'}" in text
    assert "adds to a person there: cli: [sys]" in text
    become(monkeypatch, DANA)
    status, text = said(capsys, "whoami")
    assert status == 0
    assert text == (
        "dana, as the operating system's user 'bin'. cli: bin Groups: undo "
        "Sees: team ads or search May: approve, roll_back "
        "Approves: teams search, resources 5"
    )
    become(monkeypatch, LEE)
    assert "Sees: everything" in said(capsys, "whoami")[1]
    document = json.loads(said(capsys, "whoami", "--json")[1])
    assert (document["person"], document["proven"]) == ("lee", {"cli": LEE})
    assert document["channels"] == {"cli": [LEE], "slack": ["T1/U1"]}


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (("people: {me: {cli: [ME], may: [ask, propose]}, dana: {cli: [bin], may: [approve],"
          " approves: {teams: [serch], accounts: ['1'], environments: [production]}}}"), 0, [
            "doubt: dana: team 'serch': Unknown", "Did you mean search?",
            "doubt: dana: sub_account_id '1': Unknown",
        ]),
        ("people: {me: {cli: [ME], may: [ask]}, dana: {cli: [bin], may: [approve]}}", 0, [
            "dana", "cli bin", "Nothing is wrong or contradicts.",
        ]),
        ("people: {me: {cli: [ME], may: [ask]}, b: {cli: [b], sees: {taem: [x]}, may: [approve]}}",
         1, ["fault: b: taem 'x': Unknown dimension 'taem'. Did you mean team,"]),
        ("people: {me: {cli: [ME]}, b: {cli: [ME]}}", 1, ["is me already: one id is one person."]),
        ("people: {b: {cli: [nobody-here], may: [approve], approves: {teams: [x]}}}", 0, [
            "Whether the data has these names is not known:", "is nobody in",
        ]),
    ],
)  # fmt: skip
def test_people_check(
    text: str, status: int, words: list[str], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "people.yaml").write_text(text.replace("ME", f"'{os_user()}'"))
    found, shown = said(capsys, "people", "check")
    assert found == status
    for word in words:
        assert word in shown
    document = json.loads(said(capsys, "people", "check", "--json")[1])
    assert any(one["level"] == "fault" for one in document["findings"]) is (status == 1)


def test_people_check_without_a_file_or_data(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "people", "check") == (
        0,
        f"{ONE_PERSON} Write people.yaml to tell people apart; docs/people.md shows how.",
    )
    (home / "people.yaml").write_text(
        f"people: {{me: {{cli: ['{os_user()}'], may: [ask, approve], approves: {{teams: [x]}}}}}}"
    )
    status, text = said(capsys, "people", "check")
    assert status == 0
    assert "Whether the data has these names is not known:" in text


def test_four_eyes_hold_over_channels(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lee asks through MCP and cannot approve at the terminal, whatever $USER says; Dana can."""
    (data / "people.yaml").write_text(PEOPLE)
    become(monkeypatch, LEE)
    plan = proposed(data, partial(at_terminal, load_settings(data), "mcp"))
    assert (plan["proposed_by"], plan["one_person"]) == ("lee", False)
    monkeypatch.setenv("USER", DANA)
    monkeypatch.setenv("LOGNAME", DANA)
    status, text = said(capsys, "approve", plan["id"], "--yes")
    assert status == 1
    assert "lee asked for this plan and so cannot approve it (four eyes)" in text
    assert said(capsys, "approve", plan["id"], "--yes", "--as", "dana")[0] == 2  # no such option
    become(monkeypatch, EVE)
    status, text = said(capsys, "approve", plan["id"], "--yes")
    assert status == 1
    assert "The operating system's user 'sys' is nobody in" in text
    assert said(capsys, "reject", plan["id"])[0] == 1
    become(monkeypatch, DANA)
    status, text = said(capsys, "approve", plan["id"], "--yes")
    assert status == 0
    assert f"Plan {plan['id']} is approved by dana" in text
    assert "One-person" not in text
    status, text = said(capsys, "apply", plan["id"])
    assert (status, "dana may not apply a plan." in text) == (1, True)
    status, text = said(capsys, "rollback", plan["id"])
    assert (status, "dana may not roll a plan back." in text) == (1, True)
    become(monkeypatch, LEE)
    decided = json.loads(said(capsys, "plan", "show", plan["id"], "--json")[1])["decision"]
    assert (decided["by"], decided["channel"]) == ("dana", "cli")


def test_a_plan_over_ones_limits_is_not_approved(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "people.yaml").write_text(PEOPLE.replace("[search]", "[ads]"))
    become(monkeypatch, LEE)
    plan = proposed(data, partial(at_terminal, load_settings(data), "mcp"))
    become(monkeypatch, DANA)
    status, text = said(capsys, "approve", plan["id"], "--yes")
    assert status == 1
    assert "it touches team search, they approve ads" in text
    assert said(capsys, "reject", plan["id"])[0] == 0  # to reject, no limit is asked


def test_who_asked_may_reject_without_the_right_to_approve(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "people.yaml").write_text(
        f"people: {{lee: {{cli: [{LEE}], may: [ask, propose]}}, eve: {{cli: [{EVE}], may: [ask]}}}}"
    )
    become(monkeypatch, LEE)
    plan = proposed(data, partial(at_terminal, load_settings(data)))
    become(monkeypatch, EVE)
    status, text = said(capsys, "reject", plan["id"])
    assert (status, "eve may not approve a plan" in text) == (1, True)
    become(monkeypatch, LEE)
    assert said(capsys, "reject", plan["id"])[0] == 0


def test_one_person_mode_is_said_with_every_plan(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "One-person mode: there is no people.yaml, so who runs Tagwright approves their own"
    status, text = said(capsys, "ask", "propose tag fixes", "--json")
    answer = json.loads(text)
    assert line in answer["answer"]
    plan = answer["plan"]
    assert plan["one_person"] is True
    assert line in said(capsys, "plan", "show", plan["id"])[1]
    status, text = said(capsys, "approve", plan["id"], "--yes")
    assert status == 0
    assert f"One-person mode: cli:{os_user()} approves their own plan." in text
    with plan_store(load_settings(data)) as store:
        *_, entry = store.state.journal()
        assert entry.event == "approved"
        assert (entry.body["by"], entry.body["one_person"]) == (f"cli:{os_user()}", True)


def test_nobody_unknown_asks_or_proposes_through_any_door(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "people.yaml").write_text(PEOPLE)
    settings, why = load_settings(data), "The operating system's user 'sys' is nobody in"
    become(monkeypatch, EVE)
    for verb in (
        ["ask", "total cost"], ["tool", "query_costs"], ["tool", "propose_tag_fixes"], ["plans"],
        ["journal"], ["report", "--out", str(data / "report")], ["receipt", "rcp_0"],
    ):  # fmt: skip
        status, text = said(capsys, *verb)
        assert status == 1, verb
        assert why in text, verb
    with pytest.raises(AccessError, match="is nobody in"):
        Session(settings, interactive=True).ask("total cost")
    for door, words in (
        (partial(at_terminal, settings, "mcp"), why),
        (over_http, "Nobody is proven over mcp here: who asks is nobody in"),
    ):
        answer = asyncio.run(Calls(load_registry(), settings, door).run("query_costs", {}))
        assert answer.is_error
        assert words in answer.content[0].text  # type: ignore[union-attr]


def test_an_edit_of_the_file_holds_from_the_next_call(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(data)
    become(monkeypatch, LEE)
    calls = Calls(load_registry(), settings, partial(at_terminal, settings, "mcp"))
    assert not asyncio.run(calls.run("query_costs", {})).is_error
    (data / "people.yaml").write_text(PEOPLE)
    assert not asyncio.run(calls.run("query_costs", {})).is_error
    (data / "people.yaml").write_text(PEOPLE.replace(LEE, "nobody-here"))
    assert asyncio.run(calls.run("query_costs", {})).is_error


def test_who_may_not_propose_does_not(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    become(monkeypatch, LEE)
    settings = load_settings(data)
    file = data / "people.yaml"
    file.write_text(f"people: {{lee: {{cli: [{LEE}], may: [ask]}}}}")
    with (
        open_context(settings) as ctx,
        pytest.raises(AccessError, match="lee may not propose a plan"),
    ):
        run_tool(load_registry(), "propose_tag_fixes", {}, ctx)
    with plan_store(settings) as store:
        assert store.count() == 0
