"""In a channel what every member may see; the rest to the person who asked alone."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_slack import APP, TEAM, message, post
from slack_world import World, slack_world
from tagwright_agent.slack import audience, say, worker
from tagwright_agent.slack.arrivals import arrival_of
from test_digest import BEFORE, WEEK, spent

PEOPLE = """
people:
  lee: {slack: [T0001/U1], may: [ask]}
  dana: {slack: [T0001/U2], may: [ask]}
  sue: {slack: [T0001/U3], may: [ask], sees: {team: [search]}}
  sam: {slack: [T0001/U4], may: [ask], sees: {team: [search]}}
  ada: {slack: [T0001/U5], may: [ask], sees: {team: [ads]}}
"""
ASKED = f"<@{APP}> total cost by team"


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PEOPLE) as made:
        yield made


@pytest.mark.parametrize(
    ("members", "asks", "aloud"),
    [
        (["U1", "U2"], "U1", True),
        (["U1", "U3"], "U1", False),  # Sue sees a part of what Lee is told
        (["U1", "U3"], "U3", True),  # what Sue is told, Lee may see
        (["U3", "U4"], "U3", True),
        (["U3", "U5"], "U3", False),
        (["U1", "U9"], "U1", False),  # nobody knows U9
        (["U1", "UBOT"], "U1", True),
    ],
)
def test_it_is_said_aloud_where_every_member_may_see_it(
    members: list[str], asks: str, aloud: bool, world: World
) -> None:
    world.slack.channels["C1"] = [APP, *members]
    world.slack.bots = {"UBOT"}
    world.sends(ASKED, user=asks)
    world.work()
    assert bool(world.slack.said()) is aloud
    assert len(world.slack.ephemeral) == (0 if aloud else 1)
    if not aloud:
        assert (
            "Only you see this: 1 member of this channel may not see it."
            in world.slack.ephemeral[0]["text"]
        )
    told = str(world.slack.messages) + str(world.slack.ephemeral)
    assert ("32.00" in told) is (asks in {"U1", "U2"})  # of ads


def test_where_members_cannot_be_looked_up_it_is_said_to_one(world: World) -> None:
    world.slack.faults["conversations.members"] = ["missing_scope"]
    world.sends(ASKED)
    world.work()
    assert world.slack.messages == {}
    assert "cannot be looked up" in world.slack.ephemeral[0]["text"]


@pytest.mark.parametrize(
    ("setting", "aloud"), [(None, True), ("members", True), ("workspace", False)]
)
def test_a_public_channel_is_read_by_its_members_or_by_the_workspace(
    setting: str | None, aloud: bool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if setting is not None:
        monkeypatch.setenv("TAGWRIGHT_SLACK__PUBLIC_CHANNELS", setting)
    with slack_world(home, monkeypatch, PEOPLE) as world:
        world.slack.channels["C1"], world.slack.public = [APP, "U1", "U2"], {"C1"}
        world.sends(ASKED)
        world.work()
        assert bool(world.slack.said()) is aloud
        assert len(world.slack.ephemeral) == (not aloud)
        if not aloud:
            told = world.slack.ephemeral[0]["text"]
            assert "Only you see this: this channel is public, so everybody of the" in told
            assert "32.00" in told


@pytest.mark.parametrize(
    ("rights", "aloud"),
    [("[approve]", True), ("[ask]", True), ("[roll_back]", False), ("[]", False)],
)
def test_who_may_neither_ask_nor_approve_is_shown_no_figures_in_passing(
    rights: str, aloud: bool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = f"{PEOPLE}  max: {{slack: [T0001/U6], may: {rights}}}\n"
    with slack_world(home, monkeypatch, people) as world:
        world.slack.channels["C1"] = [APP, "U1", "U6"]
        world.sends(ASKED)
        world.work()
        assert bool(world.slack.said()) is aloud


@pytest.mark.parametrize("kind", ["member_joined_channel", "member_left_channel"])
def test_who_joins_or_leaves_counts_at_once(kind: str, world: World) -> None:
    world.slack.channels |= {"C1": [APP, "U1", "U2"], "C2": [APP, "U1"]}
    for number, channel in enumerate(("C1", "C2")):
        world.sends(ASKED, channel=channel, ts=f"20{number}.1", event_id=f"E{number}")
    world.work()
    world.slack.channels["C1"].append("U9")
    event = {"type": kind, "user": "U9", "channel": "C1", "channel_type": "C", "team": TEAM}
    assert post(world.url, {**message(""), "event_id": "Ev9", "event": event})[0] == 200
    for number, channel in enumerate(("C1", "C2")):
        world.sends(ASKED, channel=channel, ts=f"30{number}.1", event_id=f"F{number}")
    world.work()
    looked = [
        body["channel"] for name, body in world.slack.calls if name == "conversations.members"
    ]
    assert looked == ["C1", "C2", "C1"]
    assert (len(world.slack.said("C1")), len(world.slack.said("C2"))) == (1, 2)
    assert "1 member of this channel may not see it" in world.slack.ephemeral[0]["text"]


def test_who_joins_while_members_are_looked_up_counts_with_the_next_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.slack.channels["C1"] = [APP, "U1"]
    looked_up = audience._looked_up

    def slowly(*args: Any) -> Any:
        found = looked_up(*args)
        if len(world.slack.channels["C1"]) == 2:
            world.slack.channels["C1"].append("U9")
            audience.AUDIENCE.forget("C1")
        return found

    monkeypatch.setattr(audience, "_looked_up", slowly)
    for number in range(2):
        world.sends(ASKED, ts=f"20{number}.1", event_id=f"E{number}")
        world.work()
    assert len(world.slack.said("C1")) == 1
    assert "1 member of this channel may not see it" in world.slack.ephemeral[0]["text"]


def test_a_group_of_people_asks_in_direct_messages_as_in_a_private_channel(world: World) -> None:
    world.slack.channels["G1"] = [APP, "U1", "U2"]
    more = {"kind": "message", "channel": "G1", "channel_type": "mpim"}
    world.sends("lunch?", ts="1.1", event_id="E1", **more)
    world.sends(ASKED, ts="2.1", event_id="E2", **more)
    world.work()
    (said,) = world.slack.messages["G1"]
    assert said["thread_ts"] == "2.1"
    assert "32.00" in said["text"]
    world.slack.channels["G2"] = [APP, "U1", "U9"]
    world.sends(ASKED, ts="3.1", event_id="E3", **{**more, "channel": "G2"})
    world.work()
    assert "G2" not in world.slack.messages
    assert len(world.slack.ephemeral) == 1


def test_members_are_looked_up_once_for_a_while(world: World) -> None:
    for number in range(3):
        world.sends(ASKED, ts=f"20{number}.1", event_id=f"E{number}")
    world.work()
    assert [name for name, _ in world.slack.calls].count("conversations.members") == 1
    assert len(world.slack.said()) == 3


def test_a_direct_message_is_answered_below_it_and_goes_on(world: World) -> None:
    world.sends("total cost by team", kind="message", channel="D1", channel_type="im", user="U3")
    world.work()
    world.sends("only ads", kind="message", channel="D1", channel_type="im", user="U3", ts="101.1")
    world.work()
    first, second = world.slack.messages["D1"]
    assert "thread_ts" not in first
    assert "10.00" in first["text"]
    assert "32.00" not in str(world.slack.messages)
    assert second["text"]


def test_a_command_is_answered_to_the_person_alone_without_the_web_api(world: World) -> None:
    place = world.slack.url.replace("/api/", "/respond/1")
    form = urllib.parse.urlencode({
        "command": "/tagwright", "text": "total cost by team", "team_id": TEAM, "user_id": "U1",
        "channel_id": "C7", "trigger_id": "1.2", "response_url": place,
    })  # fmt: skip
    assert post(world.url, form, kind="application/x-www-form-urlencoded")[0] == 200
    world.work()
    (said,) = world.slack.responses
    assert said["response_type"] == "ephemeral"
    assert "32.00" in said["text"]
    assert world.slack.calls == []


def test_a_reply_in_a_thread_that_somebody_with_another_scope_began_is_answered(
    world: World,
) -> None:
    world.sends(ASKED)
    world.sends(
        "total cost by service", kind="message", user="U3", ts="101.1", thread_ts="100.000001",
        event_id="E2",
    )  # fmt: skip
    world.work()
    first, second = world.slack.said()
    assert "32.00" in first
    assert "10.00" in second  # Sue sees search alone, and nothing of the other's turn
    assert "32.00" not in second


@pytest.mark.parametrize(
    ("asked", "aloud"),
    [("digest for search", True), ("digest", False), ("digest for ads", False),
     ("digest for search; total cost", False)],
)  # fmt: skip
def test_a_teams_digest_is_said_where_everybody_may_see_that_team(
    asked: str, aloud: bool, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = [*spent("10.00", BEFORE), *spent("20.00", WEEK), *spent("5.00", WEEK, "ads"),
            *spent("1.00", ["2026-09-28"])]  # fmt: skip
    with slack_world(home, monkeypatch, PEOPLE, bill) as world:
        world.slack.channels["C1"] = [APP, "U1", "U3", "U4"]  # the others see search alone
        world.sends(f"<@{APP}> {asked}")
        world.work()
        assert bool(world.slack.said()) is aloud
        assert "ads" not in str(world.slack.messages)


def test_a_file_half_written_is_shown_to_nobody_and_nobody_waits_for_ever(
    world: World,
) -> None:
    world.sends(ASKED)
    world.work()
    (world.settings.home / "people.yaml").write_text("people: {lee: {sees: {team: [secret}}}")
    world.presses_under(world.slack.messages["C1"][0], "Show receipt", user="U9")
    world.sends(ASKED, ts="101.1", event_id="E2")
    for _ in range(12):
        world.work()
        world.later += dt.timedelta(seconds=31)
    told = [one["text"] for one in (*world.slack.responses, *world.slack.ephemeral)]
    assert len(told) == 2
    for text in told:
        assert "something is wrong with the files of Tagwright's home" in text
        assert str(world.settings.home) not in text


def test_who_came_while_slack_was_down_reads_no_answer_that_was_made_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = audience.Audience()
    monkeypatch.setattr(say, "AUDIENCE", known)
    monkeypatch.setattr(worker, "AUDIENCE", known)
    world.slack.faults["chat.postMessage"] = ["500"]
    world.sends(ASKED)
    world.work()
    world.slack.channels["C1"].append("U3")
    known._kept.readers.clear()  # five minutes go by
    world.later = dt.timedelta(minutes=6)
    world.work()
    assert world.slack.messages == {}
    assert [one["user"] for one in world.slack.ephemeral] == ["U1"]
    assert "32.00" in world.slack.ephemeral[0]["text"]


@pytest.mark.parametrize(
    ("text", "answered"),
    [("<@U7> can you look at this?", 0), (":+1:", 0), (":eyes: :tada:", 0), ("only search", 1)],
)
def test_what_people_say_to_each_other_in_a_thread_is_not_answered(
    text: str, answered: int, world: World
) -> None:
    world.sends(ASKED)
    world.sends(text, kind="message", ts="101.1", thread_ts="100.000001", event_id="E2")
    world.work()
    assert len(world.slack.said()) == 1 + answered


@pytest.mark.parametrize(
    ("own", "teams"),
    [
        ("T0001", ("T0001", "E0001")),
        (None, ("T0001", "E0001")),  # Slack says nothing else: of the workspace they wrote in
        ("T9999", ("T9999",)),  # the organisation is the app's, theirs is not known
    ],
)
def test_the_requests_organisation_is_nobodys_of_another_workspace(
    own: str | None, teams: tuple[str, ...]
) -> None:
    more = {"user_team": own} if own else {}
    body = {**message("cost", user="U3", ts="1.1", kind="app_mention", **more),
            "enterprise_id": "E0001"}  # fmt: skip
    found = arrival_of(body)
    assert found is not None
    assert found.teams == teams
    user = {"id": "U3", **({"team_id": own} if own else {})}
    pressed = arrival_of({
        "type": "block_actions", "team": {"id": TEAM}, "enterprise": {"id": "E0001"}, "user": user,
        "trigger_id": "1", "actions": [{"action_id": "x", "value": "y"}],
    })  # fmt: skip
    assert pressed is not None
    assert pressed.teams == teams
