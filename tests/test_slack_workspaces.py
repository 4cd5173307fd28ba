"""Two workspaces with the same ids of users, channels and messages are kept apart in everything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts_world import FIRST, daily
from fake_slack import APP, FakeSlack, interaction, message, post
from focus_files import write_focus
from homes import fill
from slack_two import ONE, TWO, install, two_workspaces, workspace
from slack_world import World, buttons, under
from tagwright.state import feedback_of, open_state
from tagwright_agent.slack.schedule_words import Rule

PEOPLE = """
people:
  lee: {slack: [T0001/U1], may: [ask, propose]}
  dana: {slack: [T0001/U2], may: [ask, approve]}
  mo: {slack: [T0002/U1], may: [ask, propose], sees: {team: [ads]}}
"""
ASKED = f"<@{APP}> total cost by team"
_FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with two_workspaces(home, monkeypatch, PEOPLE) as made:
        yield made


@pytest.fixture
def both(world: World) -> tuple[FakeSlack, FakeSlack]:
    one, two = workspace(ONE), workspace(TWO)
    install(world, one)
    install(world, two, "c2")
    return one, two


def says(world: World, team: str, text: str, ts: str = "100.000001", **more: str) -> None:
    """Somebody writes there; the events' ids differ as Slack's do."""
    body = message(text, team=team, ts=ts, event_id=f"{team}{ts}", **more)
    assert post(world.url, body)[0] == 200


def presses(world: World, said: dict[str, object], label: str, *, user: str, team: str) -> None:
    """The button of that message is pressed in that workspace, by its user."""
    world.pressed += 1
    button = {**under(said), **{one["text"]["text"]: one for one in buttons(said)}}[label]
    body = interaction(
        "block_actions", user=user, team=team, installed=team, trigger_id=f"t{world.pressed}",
        channel={"id": "C1"}, message={"ts": said["ts"], "thread_ts": "100.000001"},
        actions=[{"action_id": button["action_id"], "value": button["value"],
                  "action_ts": f"{1_700_000_000 + world.pressed}.1"}],
        response_url=world.slack.hook(said),
    )  # fmt: skip
    assert post(world.url, body, kind=_FORM)[0] == 200
    world.work()


def test_questions_conversations_and_scopes(
    world: World, both: tuple[FakeSlack, FakeSlack]
) -> None:
    one, two = both
    says(world, ONE, ASKED)
    says(world, TWO, ASKED)
    world.work()
    (first,), (second,) = one.said(), two.said()
    assert "10.00" in first
    assert "32.00" in first
    assert "10.00" not in second  # mo sees ads alone
    assert "32.00" in second
    says(world, ONE, "only search", "101.000001", kind="message", thread_ts="100.000001")
    world.work()
    assert "10.00" in one.said()[1]
    assert len(two.said()) == 1


def test_a_thread_of_the_other_workspace_is_none_that_the_app_takes_part_in(
    world: World, both: tuple[FakeSlack, FakeSlack]
) -> None:
    says(world, ONE, ASKED)
    says(world, TWO, "we had lunch", "101.000001", kind="message", thread_ts="100.000001")
    world.work()
    assert both[1].said() == []
    assert both[1].ephemeral == []


def test_who_reads_is_looked_up_in_each(world: World, both: tuple[FakeSlack, FakeSlack]) -> None:
    one, two = both
    two.channels["C1"].append("U2")  # dana in the one, nobody in the other
    one.channels["C1"].append("U2")
    says(world, ONE, ASKED)
    says(world, TWO, ASKED)
    world.work()
    assert (len(one.said()), one.ephemeral) == (1, [])
    assert (two.said(), len(two.ephemeral)) == ([], 1)


def test_a_press_there_shows_and_stores_nothing_of_here(
    world: World, both: tuple[FakeSlack, FakeSlack]
) -> None:
    one, two = both
    says(world, ONE, ASKED)
    says(world, TWO, ASKED)
    world.work()
    (first,), (second,) = one.messages["C1"], two.messages["C1"]
    presses(world, first, "Show receipt", user="U1", team=TWO)  # mo, not lee
    (told,) = [one["text"] for one in world.slack.responses]
    assert "10.00" not in told
    assert "snapshot" not in told.lower()
    for said, team in ((first, ONE), (second, TWO)):
        presses(world, said, "Good answer", user="U1", team=team)
    words = {
        (item.person, item.thread.partition("@")[0])
        for item in feedback_of(open_state(world.settings))
    }
    assert words == {
        ("lee", f"slack:{ONE}:C1:100.000001"), ("mo", f"slack:{TWO}:C1:100.000001"),
    }  # fmt: skip


def test_a_plan_stands_in_one_and_is_decided_by_its_people(
    world: World, both: tuple[FakeSlack, FakeSlack]
) -> None:
    from slack_plans import proposed, stored

    one, two = both
    proposed(world)
    assert two.messages == {}
    (said,) = one.messages["C1"]
    presses(world, said, "Approve", user="U2", team=TWO)
    assert stored(world).state == "proposed"
    assert "nobody" in world.slack.responses[-1]["text"]
    presses(world, said, "Approve", user="U2", team=ONE)
    assert stored(world).state == "approved"


@pytest.mark.parametrize(
    ("team", "said", "why"),
    [
        (ONE, [1, 0], []),
        (
            TWO,
            [0, 0],
            ["1 member of this channel may not see it"],
        ),  # mo, who is lee's id in the other
        ("T0009", [0, 0], ["Slack: the app is not installed in T0009"]),
    ],
)
def test_an_alert_goes_to_the_workspace_of_its_channel(
    team: str, said: list[int], why: list[str], world: World, both: tuple[FakeSlack, FakeSlack],
    home: Path,
) -> None:  # fmt: skip
    bill = [*daily("200", FIRST, 80), *daily("500", dt.date(2026, 9, 19), 3)]
    fill(world.settings, [write_focus(home / "exports" / "more.csv", bill)])
    rule = f"{{kind: spend_jump, as: dana, channel: {team}/C1}}"
    (home / "alerts.yaml").write_text(f"alerts: [{rule}]\n")
    for there in both:
        there.bots.add(APP)
    world.work()
    assert [len(there.said()) for there in both] == said
    entries = open_state(world.settings).journal()
    assert [entry.body["why"] for entry in entries if entry.event == "alert_kept"] == why


def test_schedules_of_both_are_two(world: World, both: tuple[FakeSlack, FakeSlack]) -> None:
    one, two = both
    for team in (ONE, TWO):
        says(world, team, f"<@{APP}> every day at 9: total cost by team")
    world.work()
    due = Rule("day", 0, 9, 0, "Europe/Berlin").after(world.now())
    world.later = due - dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    world.work()
    first, second = one.messages["C1"][-1]["text"], two.messages["C1"][-1]["text"]
    assert ("10.00" in first, "32.00" in first) == (True, True)
    assert ("10.00" in second, "32.00" in second) == (False, True)  # mo sees ads
    says(world, TWO, f"<@{APP}> what is scheduled?", ts="101.000001")
    world.work()
    listed = two.messages["C1"][-1]["text"]
    assert listed.count("total cost by team, asked by mo") == 1
    assert "lee" not in listed
    name = listed.partition("`")[2].partition("`")[0]
    says(world, TWO, f"<@{APP}> stop schedule {name}", ts="102.000001")
    world.work()
    before = len(one.messages["C1"]), len(two.messages["C1"])
    world.later += dt.timedelta(days=1)
    world.work()
    assert (len(one.messages["C1"]), len(two.messages["C1"])) == (before[0] + 1, before[1])
