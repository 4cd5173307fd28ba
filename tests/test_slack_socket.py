"""Socket Mode: the same way in over a WebSocket that we open."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

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
