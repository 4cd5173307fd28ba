"""The messages of plans follow the plans, whoever decides or applies, and in whatever process.

Each message is a job of the queue ``slack_plan`` that is given back again and again until its plan
can change no more: what was posted where and what it showed last stands in the job's body. So the
lease of the queue lets one worker at a time touch a message, a process that was killed leaves the
job to another, and nothing of it needs a table of its own. Between posting and noting that, the
message's metadata in the thread is what is read back.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, sentence
from tagwright.errors import BusyError, ConfigError, TagwrightError
from tagwright.people import by_rule, by_slack, load_people
from tagwright.remediation import PlanStore
from tagwright.render.slack import slack_messages
from tagwright.render.wording import moment_text
from tagwright.state import jobs
from tagwright.text import clean
from tagwright_agent.approval import proposal_of
from tagwright_agent.messages import runs_of, turns
from tagwright_agent.session import QUESTION_LIMIT, Session, guard_question
from tagwright_agent.several import questions_in
from tagwright_agent.slack.arrivals import Arrival
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.calls import LaterError, NeverError
from tagwright_agent.slack.direct import direct_channel
from tagwright_agent.slack.inbox import take_one
from tagwright_agent.slack.place import Place
from tagwright_agent.slack.plan_message import hidden_plan, plan_message
from tagwright_agent.thread import Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from slack_sdk import WebClient

    from tagwright.config import Settings
    from tagwright.remediation import StoredPlan
    from tagwright.state import Entry, State
    from tagwright.state.jobs import Job

__all__ = ["PLANS", "follow_once", "hasten", "show", "show_proposals"]

_LOG = logging.getLogger("tagwright.slack")

PLANS = "slack_plan"
EVENT = "tagwright_plan"

_SOON, _CALM = dt.timedelta(seconds=3), dt.timedelta(seconds=15)
_ENDS = ("rejected", "expired", "superseded", "rolled_back")
_MOVES = ("proposed", "approved", "applying")
_LONGEST = 600.0


def show(
    state: State, plan_id: str, *, team: str, channel: str, thread_ts: str, now: dt.datetime,
    receipts: Sequence[str] = (),
) -> None:  # fmt: skip
    """Have a plan's message posted there, once, and kept as the plan is.

    Args:
        state: Where the queue is.
        plan_id: Which.
        team: The workspace.
        channel: Where.
        thread_ts: In which thread; empty for none.
        now: The present.
        receipts: Of what it was proposed from.

    Raises:
        TagwrightError: The state store cannot be written.
    """
    body = {"plan": plan_id, "team": team, "channel": channel, "thread_ts": thread_ts,
            "receipts": list(receipts)}  # fmt: skip
    jobs.put(state, PLANS, f"{plan_id}/{team}/{channel}/{thread_ts}"[:128], body, now)


def show_proposals(  # noqa: PLR0917
    settings: Settings, state: State, client: WebClient, arrival: Arrival,
    say: Iterable[dict[str, Any]], now: dt.datetime,
) -> None:  # fmt: skip
    """Show the plans that an answer proposed; one for one person's eyes, in their direct messages.

    What is ephemeral cannot follow a plan, a direct message can.

    Read from the conversation, so that it is known also after the process that answered died.

    Args:
        settings: Where the data is.
        state: Where the queue is.
        client: For the workspace.
        arrival: What was answered.
        say: The answer's messages.
        now: The present.

    Raises:
        LaterError: Slack cannot be reached.
        NeverError: Slack opens no direct messages.
        TagwrightError: The state store cannot be used.
    """
    if arrival.kind not in {"question", "command"} or not arrival.text:
        return
    if not by_slack(settings, arrival.teams, arrival.user).person:
        return
    session = Session(
        settings, arrival.thread, door=lambda: by_slack(settings, arrival.teams, arrival.user)
    )
    with Thread(settings, session.thread) as thread:
        every = turns(thread.messages)
    asked = {
        guard_question(question)
        for question in questions_in(arrival.text).asked
        if len(question) <= QUESTION_LIMIT  # what is longer was refused
    }
    last = {turn[0].text: turn for turn in every if turn[0].text in asked}
    ours = list(last.values())
    runs = (run for turn in ours for run in runs_of(turn))
    results = [run.result for run in runs if run.result is not None]
    plans = [(plan, result.receipt) for result in results
             if (plan := proposal_of(result.details))]  # fmt: skip
    if not plans:
        return
    channel, thread_ts = arrival.channel, arrival.thread_ts
    if not arrival.direct and all(one["private"] for one in say):
        channel, thread_ts = direct_channel(client, arrival.user), ""
    for plan, receipt in plans:
        show(
            state, str(plan["id"]), team=arrival.team, channel=channel, thread_ts=thread_ts,
            receipts=[receipt] if receipt else [], now=now,
        )  # fmt: skip


def hasten(state: State, plan_id: str, now: dt.datetime) -> None:
    """Have the messages of a plan looked at now: something was decided."""
    jobs.hasten(state, PLANS, f"{plan_id}/", now)


def follow_once(
    settings: Settings, client_of: Callable[[str], WebClient], owner: str,
    now: Callable[[], dt.datetime],
) -> bool:  # fmt: skip
    """Take one message that is due, and make it say what its plan is now; whether there was one.

    Raises:
        TagwrightError: The state store cannot be used.
    """
    return take_one(settings, PLANS, owner, now, partial(_work, settings, client_of, now))


def _work(
    settings: Settings, client_of: Callable[[str], WebClient], present: Callable[[], dt.datetime],
    state: State, job: Job,
) -> None:  # fmt: skip
    now = present()
    message = _Message(settings, state, client_of, job, now)
    try:
        found = message.follow()
    except LaterError as error:
        _LOG.info("Plan's message %s: Slack: %s", job.key, error)
        wait = dt.timedelta(seconds=min(error.seconds, _LONGEST))
        jobs.later(state, message.job, now + wait, now)
        return
    except BusyError:
        raise
    except ConfigError as error:  # a file is wrong: until somebody mends it
        _LOG.warning("Plan's message %s: %s", job.key, error)
        jobs.later(state, message.job, now + _CALM, now)
        return
    except (NeverError, TagwrightError) as error:  # the channel is gone, the plan is damaged
        jobs.fail(state, message.job, str(error), None, now)
        return
    kept = dt.timedelta(days=settings.slack.plan_days)
    if found.state in _ENDS or now - found.plan.created_at > kept:
        jobs.done(state, message.job, now)
    else:
        wait = _SOON if message.moves else _CALM
        jobs.later(state, message.job, now + wait, now)


class _Message:
    """One message, held by one worker."""

    def __init__(
        self, settings: Settings, state: State, client_of: Callable[[str], WebClient], job: Job,
        now: dt.datetime,
    ) -> None:  # fmt: skip
        self.settings = settings
        self.state = state
        self.client_of = client_of
        self.job = job
        self.now = now
        self.moves = True

    def follow(self) -> StoredPlan:
        """Post it or bring it up to date; the plan as it is shown then."""
        store = PlanStore(self.state, self.settings, load_people(self.settings))
        plan_id = str(self.job.body["plan"])
        found, journal = store.get(plan_id, self.now), self.state.journal(plan_id)
        undo = store.undo_of(plan_id)
        self.moves = found.state in _MOVES or undo is not None
        message = self._message(found, journal, undo)
        shown = hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()
        if "ts" not in self.job.body:
            ts = self._standing("plan") if self.job.attempts > 1 else ""
            if ts:
                self._note(ts=ts)
            else:
                self._note(ts=self._post(message, "plan"), shown=shown)
        if self.job.body.get("shown") != shown:
            self._update(message)
            self._note(shown=shown)
        self._tell_unapplied(found)
        self._show_edited(found, journal)
        return found

    def _message(
        self, found: StoredPlan, journal: Sequence[Entry], undo: StoredPlan | None
    ) -> dict[str, Any]:
        """The plan; where somebody who reads there by now may not see it, only how it stands."""
        team, channel = str(self.job.body["team"]), str(self.job.body["channel"])
        if not channel.startswith("D"):  # direct messages: they are one person's
            here = Arrival("plan", "question", team, (team,), "", channel)
            who = by_rule(self.settings, found.plan.proposed_by)
            client = self.client_of(team)
            if not who.person or AUDIENCE.kept_from(self.settings, client, here, who):
                return hidden_plan(found)
        return plan_message(self.settings, found, journal, undo, receipts=self._receipts)

    @property
    def _receipts(self) -> list[str]:
        """Of what it was proposed from; an edited plan comes from the same."""
        return list(self.job.body.get("receipts") or [])

    def _note(self, **more: Any) -> None:
        self.job = jobs.keep(self.state, self.job, {**self.job.body, **more}, self.now)

    def _tell_unapplied(self, found: StoredPlan) -> None:
        """Approved, and nothing happens: said once, in the thread."""
        decision = found.decision
        if found.state != "approved" or decision is None or self.job.body.get("told"):
            return
        if self.now - decision.at < dt.timedelta(minutes=self.settings.slack.unapplied_minutes):
            return
        if not self._standing("unapplied"):
            (message,) = slack_messages([
                sentence(
                    "Plan ", Cell(value=found.plan.id, kind="code"),
                    f" was approved by {decision.by} at {moment_text(decision.at)}, and nothing "
                    "applies it. It can be applied until "
                    f"{moment_text(found.plan.expires_at)}: is the applier running? By hand: ",
                    Cell(value=f"tagwright apply {found.plan.id}", kind="code"),
                )
            ])  # fmt: skip
            self._post(message, "unapplied")
        self._note(told=True)

    def _show_edited(self, found: StoredPlan, journal: Sequence[Entry]) -> None:
        """The plan that took this one's place, whoever edited it and where, below it."""
        if found.state != "superseded":
            return
        body = self.job.body
        for entry in journal:
            if entry.event == "superseded" and (new := str(entry.body.get("plan") or "")):
                show(
                    self.state, new, team=str(body["team"]), channel=str(body["channel"]),
                    thread_ts=str(body["thread_ts"]), receipts=self._receipts, now=self.now,
                )  # fmt: skip

    def _post(self, message: dict[str, Any], what: str) -> str:
        """Its ts."""
        return self._place.post(message, self._payload(what))

    def _update(self, message: dict[str, Any]) -> None:
        self._place.update(str(self.job.body["ts"]), message)

    def _standing(self, what: str) -> str:
        """The ts of our message of that kind, where it stands there already."""
        return self._place.standing(self._payload(what))

    def _payload(self, what: str) -> dict[str, str]:
        return {"plan": str(self.job.body["plan"]), "what": what}

    @property
    def _place(self) -> Place:
        body = self.job.body
        thread = str(body["thread_ts"] or body.get("ts") or "")
        rest = f"All of it: tagwright plan show {clean(str(body['plan']))}"
        client = self.client_of(str(body["team"]))
        return Place(client, str(body["channel"]), EVENT, thread_ts=thread, rest=rest)
