"""Socket Mode: the same way in over a WebSocket that we open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from fake_slack import APP, TOKEN, message
from slack_world import World, slack_world
from tagwright.state import open_state
from tagwright_agent.slack.app import bolt_app, web_client
from tagwright_agent.slack.tokens import Tokens
from uvicorn_thread import serving


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch) as made:
        yield made


def test_an_event_is_stored_and_then_acknowledged(world: World) -> None:
    acknowledged: list[str] = []
    done = threading.Event()

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(json.dumps({"type": "hello", "num_connections": 1}))
        for number in (1, 2):  # Slack sends what is not acknowledged again
            envelope = {
                "type": "events_api", "envelope_id": f"env-{number}",
                "accepts_response_payload": False,
                "payload": message(f"<@{APP}> total cost by team"),
            }  # fmt: skip
            await websocket.send_text(json.dumps(envelope))
        while len(acknowledged) < 2:
            said = json.loads(await websocket.receive_text())
            acknowledged.append(said["envelope_id"])
        done.set()

    with serving(Starlette(routes=[WebSocketRoute("/link", socket)])) as url:
        world.slack.socket_url = url.replace("http", "ws", 1) + "/link"
        app = bolt_app(world.settings, Tokens(TOKEN, "", "xapp-1"), lambda: None, socket=True)
        handler = SocketModeHandler(app, "xapp-1", web_client=web_client(world.settings, TOKEN))
        handler.connect()
        try:
            assert done.wait(15)
        finally:
            handler.close()
    state = open_state(world.settings)
    with state.reading() as con:
        assert len(con.exec_driver_sql("SELECT key FROM jobs").all()) == 1
    assert world.work() == 1
    assert "32.00" in world.slack.said()[0]


class Link:
    """Slack's end of the WebSocket: who connects anew is sent what was not acknowledged."""

    def __init__(self) -> None:
        self.due: list[dict[str, Any]] = []
        self.sent: list[str] = []
        self.connections = 0
        self.renew = False

    def comes(self, number: int) -> None:
        text = ASKED[number]
        where = {"ts": f"100.{number}", "thread_ts": "100.0"}
        body = message(f"<@{APP}> {text}", event_id=f"E{number}", **where)
        self.due.append({"type": "events_api", "envelope_id": f"env-{number}",
                         "accepts_response_payload": False, "payload": body})  # fmt: skip

    async def serve(self, websocket: WebSocket) -> None:
        self.connections += 1
        await websocket.accept()
        await websocket.send_text(json.dumps({"type": "hello", "num_connections": 1}))
        mine: list[str] = []
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                for envelope in [it for it in self.due if it["envelope_id"] not in mine]:
                    mine.append(envelope["envelope_id"])
                    self.sent.append(envelope["envelope_id"])
                    await websocket.send_text(json.dumps(envelope))
                if self.renew:  # as before Slack's own restarts
                    self.renew = False
                    warning = {"type": "disconnect", "reason": "warning"}
                    await websocket.send_text(json.dumps(warning))
                with contextlib.suppress(TimeoutError):
                    said = json.loads(await asyncio.wait_for(websocket.receive_text(), 0.05))
                    self.due = [it for it in self.due if it["envelope_id"] != said["envelope_id"]]


ASKED = ("total cost of team search", "total cost of team ads", "total cost by team")
SAID = ("10.00 USD", "32.00 USD", "42.00 USD")


@contextlib.contextmanager
def process(world: World) -> Iterator[subprocess.Popen[bytes]]:
    """``tagwright slack``, over Socket Mode."""
    tokens = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_APP_TOKEN": "xapp-1"}
    program = Path(sys.executable).with_name("tagwright")
    command = [str(program), "slack", "--home", str(world.settings.home)]
    with subprocess.Popen(command, env={**os.environ, **tokens}, stderr=subprocess.DEVNULL) as made:
        try:
            yield made
        finally:
            made.kill()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow  # two processes, each of which imports everything
def test_killed_while_it_posts_and_connected_anew_each_is_answered_once_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, real, running = Link(), world.slack.answer, list[int]()

    def answer(method: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        found = real(method, body, token)
        if method in {"chat.postMessage", "chat.update"} and running:  # of a stream the end
            os.kill(running.pop(), signal.SIGKILL)  # it stands, and nobody notes it
            return 0, {}
        return found

    def answered() -> int:
        return len([text for text in world.slack.said() if " USD" in text])

    monkeypatch.setattr(world.slack, "answer", answer)
    with serving(Starlette(routes=[WebSocketRoute("/link", link.serve)])) as url:
        world.slack.socket_url = url.replace("http", "ws", 1) + "/link"
        with process(world) as first:
            running.append(first.pid)
            link.comes(0)
            until(lambda: first.poll() is not None)
        assert first.returncode == -signal.SIGKILL
        assert answered() == 1
        link.comes(0)  # the acknowledgement was lost
        link.comes(1)
        with sqlite3.connect(world.settings.home / "state.sqlite3") as con:
            con.execute("UPDATE jobs SET heartbeat = '2026' WHERE state = 'taken'")  # a minute
        con.close()
        with process(world):
            until(lambda: answered() == 2 and not link.due)
            link.renew = True
            until(lambda: link.connections == 3)
            link.comes(2)
            until(lambda: answered() == 3 and not link.due)
    assert link.sent.count("env-0") >= 2  # it came again after it was answered
    found = [it["text"] for it in world.slack.messages["C1"]]
    assert [figure in text for figure, text in zip(SAID, found, strict=True)] == [True] * 3
