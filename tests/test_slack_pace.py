"""What Slack wants left alone no worker of the process calls until the time is over."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError

from fake_slack import APP, TOKEN, message, post
from slack_two import ONE, TWO, install, two_workspaces, workspace
from slack_world import World, slack_world
from tagwright.state import open_state
from tagwright_agent.slack import audience, pace
from tagwright_agent.slack.app import web_client
from test_slack_order import together

ASKED = f"<@{APP}> total cost by team"
POST = "chat.postMessage"


def by_its_clock(world: World, patch: pytest.MonkeyPatch) -> None:
    def clock() -> float:
        return world.later.total_seconds()

    patch.setattr(pace, "PAUSES", pace.Pauses(clock))


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch) as made:
        by_its_clock(made, monkeypatch)
        yield made


def calls(world: World, method: str = POST) -> int:
    return [name for name, _ in world.slack.calls].count(method)


def asks(world: World, count: int) -> None:
    for number in range(count):
        world.sends(ASKED, ts=f"{number}.1", event_id=f"E{number}")


def test_no_worker_calls_it_within_the_time_and_other_methods_go_on(world: World) -> None:
    world.slack.rests, world.slack.faults = "30", {POST: ["429"]}
    asks(world, 6)
    together(world)
    before = calls(world)
    assert before <= 2  # one was under way perhaps, when the first was refused
    said = len(world.slack.messages.get("C1", []))
    for seconds in (1, 10, 18):
        world.later += dt.timedelta(seconds=seconds)
        together(world)
    assert calls(world) == before
    opened = {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"}
    world.slack.channels["D1"] = [APP, "U1"]
    post(world.url, {**message(""), "event_id": "Ev9", "event": opened})
    together(world)
    assert "U1" in world.slack.homes
    assert len(world.slack.messages.get("C1", [])) == said
    world.later += dt.timedelta(seconds=3)
    together(world)
    assert len(world.slack.messages["C1"]) == 6
    assert not [it for it in open_state(world.settings).journal() if it.event == "job_failed"]


def test_however_often_slack_says_so_nothing_is_given_up(world: World) -> None:
    world.slack.rests, world.slack.faults = "60", {POST: ["429"] * 30}
    asks(world, 1)
    for _ in range(30):
        world.work()
        world.later += dt.timedelta(seconds=61)
    assert calls(world) == 30
    world.work()
    assert len(world.slack.messages["C1"]) == 1
    world.slack.faults[POST] = ["500"] * 12  # of these there are twelve
    world.sends(ASKED, ts="9.1", event_id="E9")
    for _ in range(14):
        world.work()
        world.later += dt.timedelta(minutes=11)
    assert calls(world) == 31 + 12


def test_another_workspace_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = "people: {lee: {slack: [T0001/U1, T0002/U1], may: [ask]}}"
    with two_workspaces(home, monkeypatch, people) as world:
        by_its_clock(world, monkeypatch)
        one, two = workspace(ONE), workspace(TWO)
        install(world, one)
        install(world, two, "c2")
        one.faults = {POST: ["429"]}
        world.slack.rests = "30"
        for number, team in itertools.product(range(2), (ONE, TWO)):
            world.sends(ASKED, team=team, ts=f"{number}.1", event_id=f"E{team}{number}")
        world.work()
        assert [name for name, _ in one.calls].count(POST) == 1
        assert (len(one.messages), len(two.messages["C1"])) == (0, 2)
        world.later += dt.timedelta(seconds=31)
        world.work()
        assert len(one.messages["C1"]) == 2


def test_who_reads_is_not_unknown_because_slack_wants_to_be_asked_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "_FRESH", 0.0)
    world.slack.rests, world.slack.faults = "30", {"conversations.members": ["429"]}
    asks(world, 1)
    world.work()
    world.later += dt.timedelta(seconds=31)
    world.work()
    assert world.slack.ephemeral == []
    assert len(world.slack.messages["C1"]) == 1


def test_a_refusal_of_our_own_reads_like_slacks(world: World) -> None:
    world.slack.rests, world.slack.faults = "30", {"users.info": ["429"]}
    client = web_client(world.settings, TOKEN)
    for wanted, seconds in (("30", 0), ("24", 6.5)):
        world.later = dt.timedelta(seconds=seconds)
        with pytest.raises(SlackApiError) as caught:
            client.users_info(user="U1")
        assert caught.value.response["error"] == "ratelimited"
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == wanted
    assert calls(world, "users.info") == 1
    world.later = dt.timedelta(seconds=30)
    assert client.users_info(user="U1")["ok"]
