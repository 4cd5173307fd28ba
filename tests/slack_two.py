"""Two workspaces of one app, installed over OAuth, with the same ids of users and channels."""

from __future__ import annotations

import http.client
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fake_slack import SECRET, FakeSlack
from fake_slack_oauth import CLIENT, CLIENT_SECRET, Grant
from slack_world import PEOPLE, World, slack_world
from tagwright_agent.slack.tokens import Tokens

ONE, TWO = "T0001", "T0002"
TOKENS = Tokens("", SECRET, "", CLIENT, CLIENT_SECRET)


@contextmanager
def two_workspaces(
    home: Path, patch: pytest.MonkeyPatch, people: str = PEOPLE, tokens: Tokens = TOKENS
) -> Iterator[World]:
    """A world in which nothing is installed yet and ``T0001`` and ``T0002`` may be."""
    patch.setenv("TAGWRIGHT_SLACK__WORKSPACES", f'["{ONE}", "{TWO}", "E0001"]')
    with slack_world(home, patch, people=people, tokens=tokens) as world:
        yield world


def workspace(team: str, enterprise: str = "") -> FakeSlack:
    """Another workspace of the fake, with a token of its own."""
    return FakeSlack(
        token=f"xoxb-of-{enterprise or team}", team=team, enterprise=enterprise, scopes="chat:write"
    )


def get(url: str, path: str, cookie: str = "") -> tuple[int, dict[str, str], str]:
    """Status, headers (small letters) and text; redirects are not followed."""
    where = urllib.parse.urlsplit(url)
    con = http.client.HTTPConnection(where.netloc, timeout=20)
    try:
        con.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        reply = con.getresponse()
        headers = {name.lower(): value for name, value in reply.getheaders()}
        return reply.status, headers, reply.read().decode()
    finally:
        con.close()


def begun(world: World) -> tuple[str, str]:
    """The state and the cookie of an installation that a browser began."""
    status, headers, _ = get(world.url, "/slack/install")
    assert status == 302
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(headers["location"]).query)
    return asked["state"][0], headers["set-cookie"].partition(";")[0]


def install(world: World, made: FakeSlack, code: str = "c1") -> tuple[int, str]:
    """A browser installs the app there; status and text of the last page."""
    made.url = world.slack.url
    world.slack.grants[code] = Grant(made)
    state, cookie = begun(world)
    path = f"/slack/oauth_redirect?code={code}&state={urllib.parse.quote(state)}"
    status, _, text = get(world.url, path, cookie)
    return status, text
