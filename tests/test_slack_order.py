"""Questions of one conversation are answered as they came; conversations do not wait for others."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_slack import APP, TOKEN
from slack_world import World, slack_world
from tagwright_agent.slack.app import web_client
from tagwright_agent.slack.worker import work_once

TALKS = ("10.1", "20.1", "30.1")
ASKED = ("total cost of team search", "total cost of team ads", "total cost by team")
SAID = ("10.00 USD", "32.00 USD", "42.00 USD")


@pytest.fixture
def world(database: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch) as made:
        yield made


def asks(world: World, thread: str, number: int) -> None:
    ts = thread if number == 0 else f"{thread}{number}"
    more = {"thread_ts": thread} if number else {}
    world.sends(f"<@{APP}> {ASKED[number]}", ts=ts, event_id=f"E{ts}", **more)


def together(world: World, processes: int = 2) -> None:
    """Processes work on the home at the same time, until nothing is due."""

    def work(owner: str) -> None:
        while work_once(
            world.settings, lambda _: web_client(world.settings, TOKEN), owner, world.now
        ):
            pass

    threads = [threading.Thread(target=work, args=(f"process-{n}",)) for n in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def found(world: World, thread: str) -> list[str]:
    held = [it["text"] for it in world.slack.messages["C1"] if it["thread_ts"] == thread]
    return [next(it for it in reversed(SAID) if it in text) for text in held]


def test_after_an_outage_each_conversation_is_answered_in_order(world: World) -> None:
    for number in range(3):
        for thread in TALKS:
            asks(world, thread, number)
    # Each time another one of a conversation could be the first that Slack takes again.
    world.slack.faults["chat.postMessage"] = ["500", "500", "drop", "500", "500", "drop", "500"]
    for _ in range(12):
        together(world)
        world.later += dt.timedelta(seconds=11)
    assert {thread: found(world, thread) for thread in TALKS} == {key: [*SAID] for key in TALKS}


def test_another_conversation_is_answered_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's answer is on its way until another conversation is answered."""
    for number in range(2):
        asks(world, TALKS[0], number)
    asks(world, TALKS[1], 0)
    other, real, met = threading.Event(), world.slack.answer, []

    def answer(method: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        if method == "chat.postMessage" and body["thread_ts"] == TALKS[0] and not met:
            met.append(other.wait(20))
        reply = real(method, body, token)
        if method == "chat.postMessage" and body["thread_ts"] == TALKS[1]:
            other.set()
        return reply

    monkeypatch.setattr(world.slack, "answer", answer)
    together(world)
    together(world, 1)
    assert met == [True]
    assert found(world, TALKS[0]) == [*SAID[:2]]


def test_a_question_that_is_given_up_holds_nobody_up(world: World) -> None:
    for number in range(2):
        asks(world, TALKS[0], number)
    world.slack.faults["chat.postMessage"] = ["not_in_channel"]
    world.work()
    assert found(world, TALKS[0]) == [SAID[1]]


def test_commands_and_presses_wait_for_no_conversation(world: World) -> None:
    asks(world, TALKS[0], 0)
    world.work()
    asks(world, TALKS[0], 1)
    world.slack.faults["chat.postMessage"] = ["500"]
    world.work()
    world.presses_under(world.slack.messages["C1"][0], "Show receipt")
    world.work()
    assert "Receipt" in world.slack.responses[0]["text"]
    assert len(world.slack.messages["C1"]) == 1
