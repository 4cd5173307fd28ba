"""A home with a bill and people, a fake Slack, and workers that are called by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from fake_slack import SECRET, TOKEN, FakeSlack, fake_slack, message, post
from sample_home import charge, load
from tagwright.config import Settings, load_settings
from tagwright_agent.slack.app import asgi, bolt_app, web_client
from tagwright_agent.slack.tokens import Tokens
from tagwright_agent.slack.worker import work_once

PEOPLE = """
people:
  lee: {slack: [T0001/U1], may: [ask, propose]}
  dana: {slack: [T0001/U2], may: [approve]}
"""


@dataclass
class World:
    """Everything.

    Attributes:
        slack: What Slack holds.
        later: How much later than now the workers look.
    """

    settings: Settings
    slack: FakeSlack
    url: str
    later: dt.timedelta = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.later

    def sends(self, text: str, **more: object) -> int:
        """Slack sends a message's event; the status of our answer."""
        return post(self.url, message(text, **more))[0]  # type: ignore[arg-type]

    def work(self, owner: str = "here:1:a", *, most: int = 20) -> int:
        """The workers do what is due; how many things that was."""
        done = 0
        while done < most and work_once(
            self.settings, lambda _: web_client(self.settings, TOKEN), owner, self.now
        ):
            done += 1
        return done


@contextmanager
def slack_world(home: Path, patch: pytest.MonkeyPatch, people: str = PEOPLE) -> Iterator[World]:
    from uvicorn_thread import serving

    load(
        home,
        [
            charge("10.00", "2026-09-30", ServiceName="Amazon EC2", Tags={"team": "search"}),
            charge("32.00", "2026-09-30", ServiceName="Amazon S3", Tags={"team": "ads"}),
        ],
    )
    if people:
        (home / "people.yaml").write_text(people)
    with fake_slack() as slack:
        patch.setenv("TAGWRIGHT_SLACK__API_URL", slack.url)
        settings = load_settings(home)
        app = asgi(bolt_app(settings, Tokens(TOKEN, SECRET), lambda: None))
        with serving(app) as url:
            yield World(settings, slack, f"{url}/slack/events")
