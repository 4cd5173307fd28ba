"""An approver that serves on loopback, and browsers that know their sessions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from plans import plan_of
from tagwright.config import load_settings
from tagwright.people import Principal
from tagwright.remediation import Plan, PlanItem, PlanStore
from tagwright_agent.approver.app import application
from tagwright_agent.approver.sessions import Sessions
from uvicorn_thread import serving

HOSTS = ("127.0.0.1", "localhost", "[::1]")
PEOPLE = """
people:
  alice: {cli: [alice], mcp: [alice-sub], may: [approve]}
  bob: {cli: [bob], mcp: [bob@example.com], may: [approve, roll_back]}
  mallory: {cli: [mallory], may: [ask, propose, approve]}
  carol: {cli: [carol], may: [ask], sees: {team: [search]}}
  zed: {cli: [zed], may: [apply]}
"""


class Served:
    """An approver with browsers."""

    def __init__(self, home: Path, url: str, sessions: Sessions) -> None:
        self.home = home
        self.url = url
        self.sessions = sessions

    def browser(self, who: str = "") -> Browser:
        """A browser in which that person is signed in; nobody without a name."""
        cookies = {}
        if who:
            cookies["tagwright_session"] = self.sessions.start(lambda: Principal(who, "page", who))
        return Browser(base_url=self.url, cookies=cookies, timeout=20)

    def propose(self, *items: PlanItem, plan_id: str = "plan-1", **more: Any) -> Plan:
        """A plan that is made now."""
        now = dt.datetime.now(dt.UTC)
        with PlanStore.open(load_settings(self.home)) as store:
            ends = now + dt.timedelta(hours=72)
            plan = plan_of(*items, plan_id=plan_id, created_at=now, expires_at=ends, **more)
            return store.save(plan, now).plan


class Browser(httpx2.Client):
    """Sends a page's forms as a browser does."""

    def send_form(self, path: str, **fields: str) -> httpx2.Response:
        """Load the page, fill its form in, and send it: with hidden fields, and an Origin."""
        return self.post_form(path, {**self.fields(path), **fields})

    def fields(self, path: str) -> dict[str, str]:
        """What a page's form says of itself."""
        page = self.get(path).text
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))

    def post_form(self, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
        origin = str(self.base_url).rstrip("/")
        return self.post(path, data=fields, headers={"Origin": origin, **headers})


@contextmanager
def approver(home: Path, people: str = PEOPLE, **more: Any) -> Iterator[Served]:
    """The approver of a home, with its people."""
    if people:
        (home / "people.yaml").write_text(people)
    sessions = Sessions()
    with serving(application(load_settings(home), HOSTS, sessions=sessions, **more)) as url:
        yield Served(home, url, sessions)
