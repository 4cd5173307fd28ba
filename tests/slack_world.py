"""A home with a bill and people, a fake Slack, and workers that are called by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fake_slack import SECRET, TOKEN, FakeSlack, fake_slack, interaction, message, post
from sample_home import charge, load
from tagwright.config import Settings, load_settings
from tagwright_agent.slack import audience, stream
from tagwright_agent.slack.app import asgi, bolt_app, web_client
from tagwright_agent.slack.install import oauth_flow, routes
from tagwright_agent.slack.tokens import Tokens
from tagwright_agent.slack.worker import work_once
from tagwright_agent.slack.workspaces import Workspaces
from uvicorn_thread import serving

PEOPLE = """
people:
  lee: {slack: [T0001/U1], may: [ask, propose]}
  dana: {slack: [T0001/U2], may: [approve]}
"""


_BILL = [
    charge("10.00", "2026-09-30", ServiceName="Amazon EC2", Tags={"team": "search"}),
    charge("32.00", "2026-09-30", ServiceName="Amazon S3", Tags={"team": "ads"}),
]
_FORM = "application/x-www-form-urlencoded"


def buttons(said: dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons of a message."""
    return [one for block in said["blocks"] if block["type"] == "actions"
            for one in block["elements"]]  # fmt: skip


def under(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The buttons under an answer by their labels, each with its action and value."""
    found = {one["text"]["text"]: one for one in buttons(said)}
    for block in said["blocks"]:
        for one in block["elements"] if block["type"] == "context_actions" else []:
            for side in (one["positive_button"], one["negative_button"]):
                found[side["text"]["text"]] = {**side, "action_id": one["action_id"]}
    return found


@dataclass
class World:
    """Everything.

    Attributes:
        slack: What Slack holds.
        later: How much later than now the workers look.
        pressed: How many buttons were.
        client_of: Which token a workspace has, where that is not one for all.
    """

    settings: Settings
    slack: FakeSlack
    url: str
    later: dt.timedelta = dt.timedelta(0)
    pressed: int = 0
    client_of: Workspaces | None = None

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.later

    def sends(self, text: str, **more: object) -> int:
        """Slack sends a message's event; the status of our answer."""
        return post(self.url, message(text, **more))[0]  # type: ignore[arg-type]

    def presses(self, label: str, *, user: str = "U2", team: str = "T0001", nth: int = 0) -> int:
        """Somebody presses a button of the channel's message of that number."""
        said = self.slack.messages["C1"][nth]
        button = next(one for one in buttons(said) if one["text"]["text"] == label)
        return self.sends_action(said, button, user=user, team=team)

    def sends_action(
        self, said: dict[str, Any], button: dict[str, Any], *, user: str, team: str = "T0001"
    ) -> int:
        """Slack sends a press on a button as it was once shown."""
        self.pressed += 1
        action = {"action_id": button["action_id"], "value": button["value"], "type": "button"}
        kept = {name: said[name] for name in ("ts", "thread_ts") if name in said}
        body = interaction(
            "block_actions", user=user, team=team, trigger_id=f"trigger.{self.pressed}",
            channel={"id": "C1"}, message=kept, actions=[action],
        )  # fmt: skip
        return post(self.url, body, kind=_FORM)[0]

    def presses_under(
        self, said: dict[str, Any], label: str, *, user: str = "U1", team: str = "T0001",
        installed: str = "T0001",
    ) -> int:  # fmt: skip
        """Somebody presses a button under an answer that they see; Slack says where it stood."""
        self.pressed += 1
        button = under(said)[label]
        alone = "ts" not in said
        container = {"type": "message", "channel_id": said.get("channel", "C1"),
                     "message_ts": said.get("ts", "1.1"), "is_ephemeral": alone}  # fmt: skip
        if "thread_ts" in said:
            container["thread_ts"] = said["thread_ts"]
        kept = {name: said[name] for name in ("ts", "thread_ts", "user") if name in said}
        action = {"action_id": button["action_id"], "value": button["value"],
                  "action_ts": f"{1_700_000_000 + self.pressed}.000100"}  # fmt: skip
        body = interaction(
            "block_actions", user=user, team=team, installed=installed,
            trigger_id=f"under.{self.pressed}",
            channel={"id": container["channel_id"]}, container=container, actions=[action],
            response_url=self.slack.hook(said), **({} if alone else {"message": kept}),
        )  # fmt: skip
        return post(self.url, body, kind=_FORM)[0]

    def submits(self, fields: dict[str, str | None], *, user: str = "U2") -> int:
        """Somebody sends the form that was opened last."""
        view = self.slack.views[-1]
        values = {name: {name: {"value": value}} for name, value in fields.items()}
        sent = {**view, "id": f"V{len(self.slack.views)}", "state": {"values": values}}
        body = interaction("view_submission", user=user, trigger_id="x", view=sent)
        return post(self.url, body, kind=_FORM)[0]

    def work(self, owner: str = "here:1:a", *, most: int = 20) -> int:
        """The workers do what is due; how many things that was."""
        done = 0
        while done < most and work_once(
            self.settings,
            self.client_of or (lambda _: web_client(self.settings, TOKEN)),
            owner, self.now,
        ):  # fmt: skip
            done += 1
        return done


@contextmanager
def slack_world(
    home: Path, patch: pytest.MonkeyPatch, people: str = PEOPLE,
    bill: list[dict[str, Any]] | None = None, tokens: Tokens | None = None,
) -> Iterator[World]:  # fmt: skip
    # However slow this machine is, nothing is shown in the making; a test of that sets it anew.
    patch.setattr(stream, "AFTER", 3600.0)
    # Who is in a channel is looked up anew: another world's channel may have the same name.
    patch.setattr(audience.AUDIENCE, "_kept", audience._Kept())
    load(home, bill if bill is not None else _BILL)
    if people:
        (home / "people.yaml").write_text(people)
    with fake_slack() as slack:
        patch.setenv("TAGWRIGHT_SLACK__API_URL", slack.url)
        settings = load_settings(home)
        known = tokens or Tokens(TOKEN, SECRET)
        flow = oauth_flow(settings, known)
        app = asgi(bolt_app(settings, known, lambda: None, flow), routes(flow) if flow else [])
        client_of = Workspaces(settings, known) if tokens else None
        with serving(app) as url:
            yield World(settings, slack, f"{url}/slack/events", client_of=client_of)
