"""What Slack sends is verified, stored before it is acknowledged, and stored once."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_slack import APP, SECRET, TEAM, interaction, message, post
from slack_world import World, slack_world
from tagwright.errors import BusyError
from tagwright.state import State, open_state
from tagwright_agent.slack.arrivals import arrival_of
from tagwright_agent.slack.inbox import Inbox


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch) as made:
        yield made


def stored(world: World) -> list[str]:
    state = open_state(world.settings)
    with state.reading() as con:
        rows = con.exec_driver_sql("SELECT key FROM jobs ORDER BY id").all()
    return [row[0] for row in rows]


def test_a_mention_is_stored_and_nothing_is_asked_of_slack(world: World) -> None:
    assert world.sends(f"<@{APP}> total cost") == 200
    assert stored(world) == [f"message/{TEAM}/C1/100.000001"]
    assert world.slack.calls == []  # not even who we are: Slack may be down


@pytest.mark.parametrize(("seconds", "secret"), [(0, "another"), (-600, SECRET), (600, SECRET)])
def test_what_slack_has_not_signed_now_is_refused(seconds: int, secret: str, world: World) -> None:
    at = int(time.time()) + seconds
    assert post(world.url, message(f"<@{APP}> total cost"), at=at, secret=secret)[0] == 401
    assert stored(world) == []


def test_one_message_is_one_thing_whatever_way_and_however_often_it_comes(world: World) -> None:
    for _ in range(3):
        world.sends(f"<@{APP}> total cost", event_id="Ev1")
        world.sends(f"<@{APP}> total cost", kind="message", event_id="Ev2", channel_type="channel")
    assert len(stored(world)) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "message", "subtype": "message_changed"},
        {"kind": "message", "subtype": "message_deleted"},
        {"kind": "message", "bot_id": "B7", "thread_ts": "1.1"},
        {"kind": "message", "user": "", "thread_ts": "1.1"},
        {"kind": "message"},  # neither to us nor in a thread
        {"kind": "reaction_added"},
    ],
)
def test_what_nobody_wrote_to_us_is_not_stored(event: dict[str, Any], world: World) -> None:
    assert world.sends("total cost", **event) == 200
    assert stored(world) == []


def test_the_url_is_verified(world: World) -> None:
    body = {"type": "url_verification", "challenge": "abc", "token": "x"}
    status, text = post(world.url, body)
    assert status == 200
    assert "abc" in text


def test_a_command_is_acknowledged_to_the_person_alone(world: World) -> None:
    form = urllib.parse.urlencode({
        "command": "/tagwright", "text": "total cost", "team_id": TEAM, "user_id": "U1",
        "channel_id": "C1", "trigger_id": "1.2", "response_url": "http://127.0.0.1:9/x",
    })  # fmt: skip
    status, text = post(world.url, form, kind="application/x-www-form-urlencoded")
    assert (status, json.loads(text)["response_type"]) == (200, "ephemeral")
    assert stored(world) == ["command/1.2"]


def test_what_cannot_be_stored_is_not_acknowledged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise BusyError("The state store stayed locked.")

    monkeypatch.setattr(Inbox, "store", full)
    assert world.sends(f"<@{APP}> total cost") == 503  # Slack sends it again
    monkeypatch.undo()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "x" * 2_000_000])
def test_what_is_no_request_of_slacks(body: str, world: World) -> None:
    assert post(world.url, body)[0] in {200, 400, 404, 413}
    assert stored(world) == []


@pytest.mark.parametrize("metadata", ["", "{", "[]", "null", "7"])
def test_a_form_that_is_not_ours_is_acknowledged_and_not_stored(
    metadata: str, world: World
) -> None:
    view = {"id": "V1", "type": "modal", "callback_id": "x", "private_metadata": metadata}
    body = interaction("view_submission", user="U1", view=view)
    assert post(world.url, body, kind="application/x-www-form-urlencoded") == (200, "")
    assert stored(world) == []


def test_a_form_that_is_sent_twice_is_stored_once_and_closes_at_once(world: World) -> None:
    form = {"type": "modal", "callback_id": "x", "private_metadata": '{"channel": "C1"}'}
    world.slack.views.append(form)
    assert [world.submits({"a": "b"}) for _ in range(2)] == [200, 200]
    assert stored(world) == ["view/V1"]


def test_what_comes_at_once_is_stored_each_and_once(world: World) -> None:
    inbox, wait = Inbox(world.settings), threading.Barrier(12)
    new: list[tuple[str, bool]] = []

    def comes(number: int) -> None:
        arrival = arrival_of(message(f"<@{APP}> total", ts=f"100.{number % 6}", event_id="E"))
        assert arrival is not None
        wait.wait()
        new.append((arrival.key, inbox.store(arrival, world.now())))

    threads = [threading.Thread(target=comes, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = sorted(key for key, first in new if first)
    assert kept == sorted(stored(world)) == [f"message/T0001/C1/100.{n}" for n in range(6)]
    assert len(new) == 12


def test_each_of_those_that_cannot_be_stored_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(world.settings)
    arrival = arrival_of(message(f"<@{APP}> total"))
    assert arrival is not None

    def full(*_: object, **__: object) -> None:
        raise BusyError("The state store stayed locked.")

    with monkeypatch.context() as patch:
        patch.setattr(State, "transact", full)
        for _ in range(2):
            with pytest.raises(BusyError):
                inbox.store(arrival, world.now())
    assert inbox.store(arrival, world.now())  # nothing of before was left waiting
    assert stored(world) == [arrival.key]


def test_what_cannot_be_written_by_itself_takes_nothing_with_it(world: World) -> None:
    inbox, told = Inbox(world.settings), threading.Event()
    good, bad = (arrival_of(message(f"<@{APP}> {text}", ts=text)) for text in ("a", "\ud800"))
    assert good is not None
    assert bad is not None

    def comes() -> None:
        with pytest.raises(UnicodeEncodeError):
            inbox.store(bad, world.now())
        told.set()

    with inbox._writing:  # both wait for it
        threads = [threading.Thread(target=comes),
                   threading.Thread(target=inbox.store, args=(good, world.now()))]  # fmt: skip
        for thread in threads:
            thread.start()
        while len(inbox._waiting) < 2:
            time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert told.is_set()
    assert stored(world) == [good.key]
