"""Tells what the alerts find: one message for one cause and owner, in whatever process.

One job of the queue ``slack_alert`` is the round: it is given back again and again, and its body
is all that is known of what was told, where, and what was said to it. So the lease of the queue
lets one worker at a time tell. It looks at the bill where a snapshot, a file or the day is new.
Before a message is posted the body says so: who takes the round of a process that died there reads
the channel back. What is pressed is a job of its own, which the round takes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from tagwright.alerts import alerts_path, due, load_alerts
from tagwright.blocks import dumped
from tagwright.errors import BusyError, TagwrightError
from tagwright.people import by_rule, people_path
from tagwright.registry import load_registry
from tagwright.state import jobs
from tagwright.state.journal import append
from tagwright.text import internal_fault
from tagwright.warehouse import open_warehouse
from tagwright_agent.slack.alert_message import (
    alert_message,
    goes_on_message,
    is_quiet,
    spoken_for,
)
from tagwright_agent.slack.arrivals import Arrival
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.calls import LaterError, NeverError
from tagwright_agent.slack.inbox import ensure, take_one
from tagwright_agent.slack.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slack_sdk import WebClient

    from tagwright.alerts import Due
    from tagwright.config import Settings
    from tagwright.state import State
    from tagwright.state.jobs import Job

__all__ = ["PRESSES", "ROUND", "tell_once"]

_LOG = logging.getLogger("tagwright.slack")

ROUND, PRESSES = "slack_alert", "slack_alert_press"
EVENT = "tagwright_alert"
_SOON, _CALM, _AGAIN = dt.timedelta(seconds=60), dt.timedelta(minutes=10), dt.timedelta(hours=1)
_SLACK = 600
"""Seconds that Slack's clock and ours may differ."""
_KEPT = dt.timedelta(days=30)
"""What is over is forgotten after so long."""

Told = dict[str, Any]


def tell_once(
    settings: Settings, client_of: Callable[[str], WebClient], owner: str,
    now: Callable[[], dt.datetime],
) -> bool:  # fmt: skip
    """Take the round if it is due; whether it was. Without ``alerts.yaml`` there is none.

    Raises:
        TagwrightError: The state store cannot be used.
    """
    if not alerts_path(settings).exists():
        return False
    ensure(settings, ROUND, "round", now())
    return take_one(settings, ROUND, owner, now, partial(_work, settings, client_of, now))


def _work(
    settings: Settings, client_of: Callable[[str], WebClient], present: Callable[[], dt.datetime],
    state: State, job: Job,
) -> None:  # fmt: skip
    now = present()
    this = _Round(settings, state, client_of, job, now)
    wait = _SOON
    try:
        this.go()
    except LaterError as error:
        _LOG.info("Alerts: Slack: %s", error)
        wait = min(dt.timedelta(seconds=error.seconds), _CALM)
    except BusyError:
        raise
    except TagwrightError as error:  # a file is wrong, there is no data: until somebody mends it
        this.note_fault(str(error))
        wait = _CALM
    except Exception as error:  # noqa: BLE001  of a fault of ours the journal says so; it goes on
        _LOG.error("Alerts: %s", internal_fault(error))
        fault = {"why": internal_fault(error)}
        state.transact(lambda con: append(con, "alert_fault", None, fault, now))
        wait = _AGAIN
    jobs.later(state, this.job, present() + wait, present())


class _Round:
    """One round, held by one worker."""

    def __init__(
        self, settings: Settings, state: State, client_of: Callable[[str], WebClient], job: Job,
        now: dt.datetime,
    ) -> None:  # fmt: skip
        self.settings = settings
        self.state = state
        self.client_of = client_of
        self.job = job
        self.now = now
        self.body: dict[str, Any] = {"told": {}, "days": {}, **job.body}
        self.told: dict[str, Told] = self.body["told"]

    def go(self) -> None:
        """Read back, take presses, look where something is new, and say it."""
        self._read_back()
        self._take_presses()
        for told in list(self.told.values()):
            if "ts" in told:
                self._wake(told)
        stamp = self._stamp()
        if self.body.get("stamp") != stamp:
            found = due(self.settings, load_registry(), self.now)
            self._merge(found)
            self.body.update(stamp=stamp, fault="")
            self._keep()
        for told in self._unsaid():
            self._post(told)
        for told in list(self.told.values()):
            if "ts" in told:
                self._update(told)

    def note_fault(self, why: str) -> None:
        """In the journal, once as long as it is the same."""
        if self.body.get("fault") != why:
            self.body["fault"] = why
            self._journal("alert_fault", {"why": why})
            self._keep()

    def _keep(self) -> None:
        self.job = jobs.keep(self.state, self.job, self.body, self.now)

    def _journal(self, event: str, body: dict[str, Any]) -> None:
        self.state.transact(lambda con: append(con, event, None, body, self.now))

    def _stamp(self) -> list[str]:
        """What, where it is new, makes it worth looking: the data, the files, the day."""
        current = open_warehouse(self.settings).current()
        texts = [
            hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
            for path in (alerts_path(self.settings), people_path(self.settings))
        ]
        return [current.id if current else "", f"{self.now:%Y-%m-%d}", *texts]

    # --- what is known ---------------------------------------------------------------------

    def _merge(self, found: list[Due]) -> None:
        """Bring what is kept in line with what is found now."""
        seen = set()
        for one in found:
            if one.channel is None:
                continue
            finding = one.finding
            key = f"{finding.cause}/{finding.owner or ''}"
            seen.add(key)
            told = self.told.get(key)
            over = told is not None and told.get("ended")
            if told is None or (over and finding.began.isoformat() >= str(over)):
                told = self.told[key] = {"key": key, "channel": one.channel}
            fresh = {
                "as": one.who.person, "team": finding.team, "amount": str(finding.amount),
                "headline": finding.headline,
                "ended": finding.ended.isoformat() if finding.ended else None, "gone": "",
                "blocks": dumped(finding.blocks),
            }  # fmt: skip
            if "ts" in told and not fresh["ended"] and is_quiet({**told, **fresh}, self.now):
                del fresh["blocks"]  # the figures stand as they were when quiet was asked for
            told.update(fresh)
        today = f"{self.now:%Y-%m-%d}"
        for key, told in list(self.told.items()):
            if key not in seen and not told.get("ended"):
                told.update(ended=today, gone=today)
            if told.get("ended"):
                told.setdefault("closed", today)
                old = self.now - dt.datetime.fromisoformat(f"{told['closed']}T00:00:00+00:00")
                if key not in seen and ("ts" not in told or old > _KEPT):
                    del self.told[key]
            else:
                told.pop("closed", None)

    def _take_presses(self) -> None:
        """What was said to the alerts, in the order it came."""
        while press := jobs.take(self.state, PRESSES, self.job.owner, self.now):
            said = press.body
            if (told := self.told.get(str(said["key"]))) is not None:
                told["answer"] = {
                    "what": said["what"], "by": said["by"], "at": said["at"],
                    "amount": told["amount"],
                }  # fmt: skip
                self._keep()
            jobs.done(self.state, press, self.now)

    def _unsaid(self) -> Iterator[Told]:
        """What is to be posted now, most money first; what is over its channel's number waits."""
        rules = load_alerts(self.settings)
        most = rules.new_a_day if rules else 0
        waiting = [
            it for it in self.told.values()
            if "ts" not in it and str(it.get("again", "")) <= self.now.isoformat()
        ]  # fmt: skip
        for told in waiting:
            day = self._day(told["channel"])
            if len(day["said"]) < most:
                yield told
            elif why := self._kept_from(told):
                self._not_said(told, why)  # nor is it named in another's message
            elif told["headline"] not in day["more"]:
                day["more"].append(told["headline"])
                if last := self.told.get(day["said"][-1]):
                    last["more"] = day["more"]
                self._keep()

    def _day(self, channel: str) -> dict[str, Any]:
        today = f"{self.now:%Y-%m-%d}"
        day: dict[str, Any] = self.body["days"].get(channel) or {}
        if day.get("day") != today:
            day = self.body["days"][channel] = {"day": today, "said": [], "more": []}
        return day

    # --- Slack -------------------------------------------------------------------------------

    def _place(self, told: Told, thread_ts: str = "") -> Place:
        team, _, channel = str(told["channel"]).partition("/")
        rest = "All of it: tagwright alerts check"
        return Place(self.client_of(team), channel, EVENT, thread_ts=thread_ts, rest=rest)

    def _kept_from(self, told: Told) -> str:
        """Why it is not said there; empty where every member may see it."""
        team, _, channel = str(told["channel"]).partition("/")
        here = Arrival("alert", "question", team, (team,), "", channel)
        who = by_rule(self.settings, str(told["as"]))
        if not who.person:
            return f"{told['as']} is nobody in people.yaml"
        try:
            client = self.client_of(team)
        except NeverError as error:
            return f"Slack: {error}"
        return AUDIENCE.kept_from(self.settings, client, here, who, told["team"])

    def _post(self, told: Told) -> None:
        if why := self._kept_from(told):
            self._not_said(told, why)
            return
        # A cause may come again when it was over: each message has a number as well.
        said = {
            "key": told["key"], "n": self.body.get("count", 0),
            "since": f"{self.now.timestamp() - _SLACK:.6f}",
        }  # fmt: skip
        self.body["posting"] = said
        self._keep()
        message = alert_message(told, self.now)
        try:
            ts = self._place(told).post(message, _payload(said))
        except NeverError as error:
            self.body["posting"] = None
            self._not_said(told, f"Slack: {error}")
            return
        self._posted(told, ts, _digest(message))

    def _posted(self, told: Told, ts: str, shown: str = "") -> None:
        told.update(ts=ts, shown=shown)
        told.pop("why", None)
        self.body["count"] = int(self.body.get("count", 0)) + 1
        self.body["posting"] = None
        self._day(told["channel"])["said"].append(told["key"])
        self._keep()
        what = {"cause": told["key"].partition("/")[0], "channel": told["channel"], "ts": ts}
        self._journal("alert_told", what)

    def _not_said(self, told: Told, why: str) -> None:
        """Why stands in the journal, once as long as it is the same; it is tried again."""
        told["again"] = (self.now + _AGAIN).isoformat()
        if told.get("why") != why:
            told["why"] = why
            what = {"cause": told["key"].partition("/")[0], "channel": told["channel"], "why": why}
            self._journal("alert_kept", what)
        self._keep()

    def _read_back(self) -> None:
        """What was being posted when the last one ended: it may stand there."""
        if not (said := self.body.get("posting")):
            return
        told = self.told.get(str(said["key"]))
        if told is not None and "ts" not in told:
            try:
                if ts := self._place(told).standing(_payload(said), since=str(said["since"])):
                    self._posted(told, ts)
            except NeverError as error:
                self._not_said(told, f"Slack: {error}")
        self.body["posting"] = None
        self._keep()

    def _wake(self, told: Told) -> None:
        """The quiet time is over, or it has doubled: said once, in its thread."""
        if spoken_for(told) is None or is_quiet(told, self.now) or told.get("ended"):
            return
        if self._kept_from(told):
            return
        place = self._place(told, thread_ts=str(told["ts"]))
        payload = {"key": str(told["key"]), "n": str(told["answer"]["at"])}
        try:
            if not place.standing(payload):
                place.post(goes_on_message(told), payload)
        except NeverError as error:
            self._not_said(told, f"Slack: {error}")
        told["answer"]["woken"] = True
        self.body["stamp"] = None  # the figures are looked up anew
        self._keep()

    def _update(self, told: Told) -> None:
        message = alert_message(told, self.now)
        if (shown := _digest(message)) == told.get("shown") or self._kept_from(told):
            return
        try:
            self._place(told).update(str(told["ts"]), message)
        except NeverError as error:  # it was removed, or the app was
            self._not_said(told, f"Slack: {error}")
        told["shown"] = shown
        self._keep()


def _payload(said: Told) -> dict[str, str]:
    return {"key": str(said["key"]), "n": str(said["n"])}


def _digest(message: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()
