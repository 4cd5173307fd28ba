"""Show receipt under what nobody asked in a conversation: for who may see it, and them alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine

from alerts_world import FIRST, daily
from fake_slack import APP, interaction, message, post
from sample_home import charge
from slack_plans import passes, with_proposals
from slack_world import World, buttons, slack_world, under
from tagwright.blocks import Cell, grid, sentence
from tagwright_agent.slack.receipts import named_in, receipt_buttons, receipts_in

PEOPLE = """
people:
  lee: {slack: [T0001/U1], may: [ask, propose]}
  mo: {slack: [T0001/U4], may: [ask], sees: {team: [ads]}}
"""
BILL = [
    charge("10", str(dt.date(2026, 9, 1) + dt.timedelta(days=n)), Tags={"team": team})
    for n in range(28) for team in ("ads", "search")
]  # fmt: skip
NOW = dt.datetime(2026, 9, 30, 9, tzinfo=dt.UTC)


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PEOPLE, BILL) as made:
        yield made


def shown(world: World) -> str:
    """What the presses have shown so far, to the one who pressed alone."""
    assert all(one["response_type"] == "ephemeral" for one in world.slack.responses)
    return str(world.slack.responses)


@pytest.mark.parametrize(
    ("user", "words", "secret"),
    [
        ("U1", "tagwright receipt rcp_", ""),
        ("U4", "made of more than you may see", "rcp_"),
        ("U9", "T0001/U9 is nobody in people.yaml", "rcp_"),
    ],
)
def test_under_a_digest(user: str, words: str, secret: str, world: World) -> None:
    world.slack.channels["C1"] = [APP, "U1"]
    with time_machine.travel(NOW, tick=True):
        world.sends(f"<@{APP}> digest")
        world.work()
        (said,) = world.slack.messages["C1"]
        world.presses_under(said, "Show receipt", user=user)
        world.work()
    assert "Effective cost, 2026-09-21 to 2026-09-27" in said["text"]
    assert words in shown(world)
    assert not secret or secret not in shown(world)
    assert len(world.slack.messages["C1"]) == 1


def test_under_a_digest_each_receipt_of_its_figures_is_shown(world: World) -> None:
    world.slack.channels["C1"] = [APP, "U1"]
    with time_machine.travel(NOW, tick=True):
        world.sends(f"<@{APP}> digest")
        world.work()
        (said,) = world.slack.messages["C1"]
        world.presses_under(said, "Show receipt")
        world.work()
    named = named_in(under(said)["Show receipt"]["value"])
    assert named is not None
    assert len(named) == 4  # the change, coverage of both weeks, the picture
    for receipt in named:
        assert f"tagwright receipt {receipt}" in shown(world)
    for tool in ("explain_change", "tag_coverage", "query_costs"):
        assert tool in shown(world)


@pytest.mark.parametrize(("user", "may"), [("U1", True), ("U4", False)])
def test_in_the_home_tab_it_comes_as_a_direct_message(user: str, may: bool, world: World) -> None:
    """Mo presses what lee was shown: a button of another's page, sent by hand."""
    event = message("", user="U1", channel="D1", kind="app_home_opened", event_id="E1", tab="home")
    post(world.url, {**event, "event_time": 600})
    world.work()
    (button,) = buttons(world.slack.homes["U1"])
    action = {"action_id": button["action_id"], "value": button["value"], "type": "button"}
    body = interaction(
        "block_actions", user=user, trigger_id="home.1", actions=[action],
        container={"type": "view", "view_id": "V1"}, view={"id": "V1", "type": "home"},
    )  # fmt: skip
    assert post(world.url, body, kind="application/x-www-form-urlencoded")[0] == 200
    world.work()
    text = str(world.slack.messages[f"D{user}"])
    assert ("tagwright receipt rcp_" in text) is may
    assert ("made of more than you may see" in text) is not may


def test_under_an_alert_in_place_of_the_line_that_names_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jump = dt.date(2026, 9, 19)
    bill = [*daily("200", FIRST, 80), *daily("500", jump, 3)]
    with slack_world(home, monkeypatch, PEOPLE, bill) as world:
        (home / "alerts.yaml").write_text(
            "alerts: [{kind: spend_jump, as: lee, channel: T0001/C1}]\n"
        )
        world.slack.channels["C1"] = [APP, "U1"]
        world.work()
        (said,) = world.slack.messages["C1"]
        assert "Receipt" not in said["text"]
        world.presses_under(said, "Show receipt")
        world.work()
        assert "tagwright receipt rcp_" in shown(world)
        world.presses_under(said, "Show receipt", user="U4")
        world.work()
        assert "made of more than you may see" in world.slack.responses[-1]["text"]


def test_under_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with with_proposals(tmp_path / "other", monkeypatch) as world:
        world.sends(f"<@{APP}> propose tag fixes")
        world.work()
        passes(world, seconds=5)
        plan = world.slack.messages["C1"][-1]
        assert list(under(plan))[-1] == "Show receipt"
        world.presses_under(plan, "Show receipt")
        world.work()
        assert "propose_tag_fixes" in shown(world)


def test_receipts_of_blocks_each_once_and_none_without() -> None:
    said: list[Any] = [
        sentence("a ", Cell(value="1", receipt="rcp_1"), Cell(value="2", receipt="rcp_2")),
        sentence("b ", Cell(value="1", receipt="rcp_1")),
        grid([("A", "text")], [["x"]], row_count=1),
    ]
    assert receipts_in(said) == ["rcp_1", "rcp_2"]
    (button,) = receipt_buttons(receipts_in(said))
    assert named_in(button["value"]) == ["rcp_1", "rcp_2"]
    assert named_in("slack:T0001:C1:main 2") is None
    assert receipt_buttons([]) == []
    assert len(receipt_buttons([f"rcp_{n:016x}" for n in range(500)])[0]["value"]) <= 2000
