"""An answer that takes long is seen to be made, and said once, whoever dies at which call."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from fake_slack import APP
from scripted import calling, then
from slack_world import World, slack_world
from tagwright.state import jobs, open_state
from tagwright_agent.session import Session
from tagwright_agent.slack import say as say_module
from tagwright_agent.slack import stream as module
from tagwright_agent.straight import LocalTools

ASKED = f"<@{APP}> total cost by team"
PEOPLE = """
people:
  lee: {slack: [T0001/U1], may: [ask, propose]}
  mo: {slack: [T0001/U4], may: [ask], sees: {team: [ads]}}
"""


class KilledError(BaseException):
    """The process dies here."""


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PEOPLE) as made:
        monkeypatch.setattr(module, "AFTER", 0.0)
        monkeypatch.setattr(module, "PACE", 0.01)
        yield made


def methods(world: World) -> list[str]:
    return [method for method, _ in world.slack.calls]


def waits(patch: pytest.MonkeyPatch, ready: Callable[[], bool]) -> None:
    """The tools of this process answer only once it is so."""
    real = LocalTools.call

    def wait() -> None:
        end = time.monotonic() + 10
        while not ready() and time.monotonic() < end:
            time.sleep(0.002)

    async def slow(self: LocalTools, name: str, arguments: dict[str, Any]) -> Any:
        await asyncio.to_thread(wait)
        return await real(self, name, arguments)

    patch.setattr(LocalTools, "call", slow)


def states(world: World) -> list[str]:
    with open_state(world.settings).reading() as con:
        return [row[0] for row in con.exec_driver_sql("SELECT state FROM jobs ORDER BY id")]


def is_said_once(world: World) -> None:
    """The answer stands in the thread, whole; nothing else does."""
    (said,) = world.slack.messages["C1"]
    assert said.get("streaming_state") != "in_progress"
    assert (said["thread_ts"], "32.00" in said["text"]) == ("100.000001", True)
    assert [block["type"] for block in said["blocks"]].count("plan") == 0
    assert any(block["type"] == "data_table" for block in said["blocks"])
    assert said["metadata"]["event_payload"]["part"] == 0
    assert states(world) == ["done"]


def test_the_steps_are_shown_and_the_answer_takes_their_place(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(monkeypatch, lambda: "chat.startStream" in methods(world))
    world.sends(ASKED)
    world.work()
    is_said_once(world)
    started = next(body for method, body in world.slack.calls if method == "chat.startStream")
    assert (started["recipient_user_id"], started["recipient_team_id"]) == ("U1", "T0001")
    assert started["task_display_mode"] == "plan"
    assert "chat.postMessage" not in methods(world)


def test_a_model_s_steps_are_in_our_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Over a second: a model's answer loads langgraph and goes over MCP.
    shown: list[str] = []
    model = then(calling(("query_costs", {"group_by": ["team"]})), "Team ads cost 32.00 USD.")
    real, patience = model.script, threading.Event()

    def script(messages: list[Any], bound: list[str]) -> Any:
        wanted = "Looks it up: query_costs" if shown else "The model is asked"
        end = time.monotonic() + 10
        while wanted not in str(world.slack.messages) and time.monotonic() < end:
            patience.wait(0.005)
        shown.append(wanted)
        assert wanted in str(world.slack.messages)
        return real(messages, bound)

    slow = model.model_copy(update={"script": script})
    monkeypatch.setattr(say_module, "Session", partial(Session, model=slow))
    world.sends(ASKED)
    world.work()
    assert len(shown) == 2
    (said,) = world.slack.messages["C1"]
    assert "Team ads cost 32.00 USD." in said["text"]
    assert "chat.appendStream" in methods(world)


def test_an_answer_that_is_ready_at_once_is_posted_as_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AFTER", 30.0)
    world.sends(ASKED)
    world.work()
    assert methods(world) == ["conversations.members", "chat.postMessage"]


@pytest.mark.parametrize("place", ["U9", "", "C1"])
def test_what_one_person_may_see_never_streams(
    place: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(monkeypatch, lambda: any(world.slack.statuses.values()))
    if place == "C1":  # a member who sees less
        world.slack.channels["C1"].append("U4")
    elif place:
        world.slack.channels["C1"].append(place)
    where = {} if place else {"kind": "message", "channel": "D1", "channel_type": "im"}
    world.sends(ASKED, **where)
    world.work()
    assert "chat.startStream" not in methods(world)
    assert "assistant.threads.setStatus" in methods(world)
    assert not any(world.slack.statuses.values())  # taken away again
    assert states(world) == ["done"]
    assert bool(world.slack.ephemeral) is bool(place)


@pytest.mark.parametrize(
    ("method", "faults"),
    [
        ("chat.startStream", ["method_not_supported_for_channel_type"]),
        ("chat.startStream", ["lost"]),
        ("chat.startStream", ["drop"]),
        ("chat.startStream", ["500"]),
        ("chat.appendStream", ["message_not_in_streaming_state"]),
        ("chat.appendStream", ["drop", "500"]),
        ("chat.stopStream", ["message_not_in_streaming_state"]),
        ("chat.stopStream", ["lost"]),
        ("chat.stopStream", ["500"]),
        ("chat.update", ["lost"]),
        ("chat.update", ["drop", "500"]),
        ("assistant.threads.setStatus", ["missing_scope"]),
    ],
)
def test_whatever_fails_it_is_said_once(
    method: str, faults: list[str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(monkeypatch, lambda: "chat.startStream" in methods(world))
    world.slack.faults[method] = list(faults)
    world.sends(ASKED)
    world.work()
    for _ in range(4):
        world.later += dt.timedelta(minutes=11)
        _die_of_age(world)
        world.work()
    is_said_once(world)


def _die_of_age(world: World) -> None:
    """Slack ends streams after some minutes."""
    for one in world.slack.messages.get("C1", []):
        if "streaming_state" in one:
            one["streaming_state"] = "completed"


def test_blocks_that_slack_refuses_are_said_as_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(monkeypatch, lambda: "chat.startStream" in methods(world))
    world.slack.faults["chat.stopStream"] = ["invalid_blocks"]
    world.slack.faults["chat.update"] = ["invalid_blocks"]
    world.sends(ASKED)
    world.work()
    (said,) = world.slack.messages["C1"]
    assert (said["blocks"], said["streaming_state"]) == ([], "completed")
    assert "32.00" in said["text"]


def test_a_stream_that_somebody_deleted_is_said_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started() -> bool:
        if "chat.startStream" in methods(world):
            world.slack.messages["C1"] = []
            return True
        return False

    waits(monkeypatch, started)
    world.sends(ASKED)
    world.work()
    is_said_once(world)


def test_what_fails_after_a_stream_began_leaves_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = LocalTools.call
    waits(monkeypatch, lambda: "chat.startStream" in methods(world))

    def breaks(*_: object, **__: object) -> None:
        while not world.slack.messages.get("C1"):
            time.sleep(0.002)
        raise KeyError("xoxb-secret")

    with monkeypatch.context() as patch:
        patch.setattr(Session, "ask", breaks)
        world.sends(ASKED)
        world.work()
    assert LocalTools.call is not real
    assert world.slack.messages["C1"] == []
    assert "This is a fault in Tagwright: KeyError" in world.slack.ephemeral[0]["text"]
    assert states(world) == ["done"]


def test_what_came_to_be_for_one_person_after_a_stream_began(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(monkeypatch, lambda: "chat.startStream" in methods(world))
    _killed_at(world, monkeypatch, call=4, after=True)  # the stream stands
    assert world.slack.messages["C1"][0]["streaming_state"] == "in_progress"
    world.slack.channels["C1"].append("U9")
    monkeypatch.setattr(say_module, "AUDIENCE", type(say_module.AUDIENCE)())
    world.later += dt.timedelta(seconds=61)
    world.work("another:2:b")
    assert world.slack.messages["C1"] == []
    assert "Only you see this" in world.slack.ephemeral[0]["text"]


def _killed_at(world: World, patch: pytest.MonkeyPatch, *, call: int, after: bool) -> bool:
    """Send the question; the process dies at that call, of Slack or of the store; whether it did.

    All of its threads: what any of them would do after that is not done.
    """
    count, dead = iter(range(1, 10_000)), threading.Event()

    def mortal(real: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **more: Any) -> Any:
            if dead.is_set():
                raise KilledError
            now = next(count)
            if now == call and not after:
                dead.set()
                raise KilledError
            found = real(*arguments, **more)
            if now == call:
                dead.set()
            if dead.is_set():
                raise KilledError
            return found

        return made

    with patch.context() as inner:
        inner.setattr(WebClient, "api_call", mortal(WebClient.api_call))
        inner.setattr(jobs, "keep", mortal(jobs.keep))
        inner.setattr(jobs, "done", mortal(jobs.done))
        inner.setattr(threading, "excepthook", lambda _: None)  # of the thread that dies
        waits(inner, lambda: dead.is_set() or "chat.startStream" in methods(world))
        world.sends(ASKED)
        try:
            world.work()
        except KilledError:
            return True
    return dead.is_set()


SURE = 9
"""Calls of Slack and of the store in an answer that is streamed; one or two more tell its steps."""


@pytest.mark.parametrize("aged", [False, True])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", range(1, SURE + 3))
def test_killed_at_any_call_it_is_said_once(
    call: int, after: bool, aged: bool, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = _killed_at(world, monkeypatch, call=call, after=after)
    assert died or call > SURE
    if aged:
        _die_of_age(world)
    world.later += dt.timedelta(seconds=61)
    world.work("another:2:b")
    is_said_once(world)
