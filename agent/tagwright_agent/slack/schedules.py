"""Questions that are answered again and again: ``every Monday at 9: cost by team, last week``.

A schedule is a job of the queue ``slack_schedule`` that is given back until the next time. When it
is due it puts the question into the queue of questions, under a key that names the time: so it is
asked once over all processes, and answered, posted and kept from others as if the person had just
written it. Where it may not be said aloud in the channel it goes to them in a direct message.

Sources: https://docs.slack.dev/reference/methods/users.info (``tz``) and
https://docs.slack.dev/reference/methods/conversations.open .
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tagwright.blocks import Cell, sentence
from tagwright.errors import AccessError, BusyError, TagwrightError
from tagwright.people import by_slack, load_people, may, require
from tagwright.state import jobs, open_state
from tagwright.text import clean, shorten
from tagwright_agent.digest import team_asked
from tagwright_agent.slack.arrivals import Arrival
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.calls import LaterError, NeverError
from tagwright_agent.slack.inbox import QUEUE, take_one
from tagwright_agent.slack.schedule_words import (
    Rule,
    example_for,
    scheduled_words,
    zone_of,
)
from tagwright_agent.slack.upload import direct_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright.state import State
    from tagwright.state.jobs import Job, Waiting

__all__ = ["SCHEDULES", "due_once", "schedules_asked"]

_LOG = logging.getLogger("tagwright.slack")

SCHEDULES = "slack_schedule"
_MOST = 20
"""Schedules of one channel."""
_AGAIN = dt.timedelta(minutes=5)
_LIST = re.compile(
    r"(?:(?:list|show|which|what)(?: are| is)?(?: the| my| our)? )?"
    r"(?:schedules|scheduled(?: questions)?)(?: here)?[.?!]?",
    re.IGNORECASE,
)
_STOP = re.compile(r"(?:stop|cancel|delete|remove) schedule ([0-9a-f]{6})[.!]?", re.IGNORECASE)


def schedules_asked(
    settings: Settings, client: WebClient, arrival: Arrival, who: Principal, now: dt.datetime
) -> list[Block] | None:
    """What is said where the words make, list or stop a schedule; None where they ask something.

    Bears being done twice: a schedule's id is made of the message that asked for it.

    Args:
        settings: Where the queue is.
        client: For the workspace.
        arrival: What was written.
        who: By whom.
        now: Aware UTC.

    Raises:
        AccessError: They may not ask, or stop another's.
        TagwrightError: The state store cannot be used.
    """
    words = arrival.text.strip()
    if _LIST.fullmatch(words):
        return _listed(settings, arrival)
    if stop := _STOP.fullmatch(words):
        return _stopped(settings, arrival, who, stop[1].lower(), now)
    if scheduled_words(words) is None:
        example = example_for(words)
        return None if example is None else _unclear(example)
    require(load_people(settings), who, "ask")
    made = scheduled_words(words, _zone(client, arrival.user))
    assert made is not None  # noqa: S101  the zone changes nothing of it
    rule, what = made
    if refused := _refused(arrival, what):
        return refused
    state = open_state(settings)
    try:
        if len(jobs.waiting(state, SCHEDULES, _place(arrival))) >= _MOST:
            return [sentence(f"There are {_MOST} schedules here already: stop one first.")]
        name = hashlib.sha256(arrival.key.encode()).hexdigest()[:6]
        due = rule.after(now)
        body = {
            "rule": rule.as_dict(), "what": what, "team": arrival.team,
            "teams": list(arrival.teams), "user": arrival.user, "channel": arrival.channel,
            "app": arrival.app, "direct": arrival.direct, "due": due.isoformat(),
        }  # fmt: skip
        jobs.put(state, SCHEDULES, f"{_place(arrival)}{name}", body, due)
    finally:
        state.close()
    return [
        sentence(f"I answer here {rule.words}: ", Cell(value=clean(what), kind="name"), "."),
        sentence(f"The first time: {_clock(due, rule)}. What anybody here may not see comes to "
                 "you in a direct message."),
        sentence("To stop it: ", Cell(value=f"stop schedule {name}", kind="code"), "."),
    ]  # fmt: skip


def _unclear(example: str) -> list[Block]:
    """What is said to words like a schedule that are none: what is understood, and an example."""
    return [
        sentence(
            "That reads like a schedule, but I do not understand when, so nothing is scheduled. I "
            "understand every day, every weekday, every Monday (or another day), every 1st (to "
            "31st), weekly and monthly, with a time of day such as at 9 or at 8:30 am, then a "
            "colon and the question."
        ),
        sentence("For example: ", Cell(value=clean(shorten(example, 200)), kind="code"), "."),
    ]


def _refused(arrival: Arrival, what: str) -> list[Block]:
    """Why it is not scheduled; nothing where it is."""
    if _LIST.fullmatch(what) or _STOP.fullmatch(what) or _scheduling(what):
        return [sentence("Only a question is asked again and again, no schedule: ",
                         Cell(value=clean(shorten(what, 200)), kind="name"), ".")]  # fmt: skip
    if arrival.kind == "command":
        return [sentence("Ask for it in the channel, where it is to be answered: @mention me.")]
    return []


def _scheduling(what: str) -> bool:
    return scheduled_words(what) is not None or example_for(what) is not None


def due_once(
    settings: Settings, client_of: Callable[[str], WebClient], owner: str,
    now: Callable[[], dt.datetime],
) -> bool:  # fmt: skip
    """Take one schedule that is due, and have its question answered; whether there was one.

    Raises:
        TagwrightError: The state store cannot be used.
    """
    return take_one(settings, SCHEDULES, owner, now, partial(_ask, settings, client_of, now))


def _ask(
    settings: Settings, client_of: Callable[[str], WebClient], present: Callable[[], dt.datetime],
    state: State, job: Job,
) -> None:  # fmt: skip
    now, body = present(), job.body
    due = dt.datetime.fromisoformat(str(body["due"]))
    if due > now:  # it was asked, and who noted the next time died before giving the job back
        jobs.later(state, job, due, now)
        return
    rule = Rule.of(body["rule"])
    try:
        who = by_slack(settings, body["teams"], str(body["user"]))
        if why := may(load_people(settings), who, "ask") or (
            "" if who.person else "they are nobody"
        ):
            jobs.fail(state, job, f"{who.proven} scheduled it, and {why}", None, now)
            return
        arrival = _arrival(job, rule, due, now)
        client = client_of(arrival.team)
        if AUDIENCE.kept_from(settings, client, arrival, who, team_asked(arrival.text)):
            arrival = replace(
                arrival, channel=direct_to(client, arrival.user, now).channel, direct=True
            )
    except LaterError as error:
        jobs.later(state, job, now + _AGAIN, now)
        _LOG.info("Schedule %s: Slack: %s", job.key, error)
        return
    except NeverError as error:
        jobs.fail(state, job, f"Slack: {error}", None, now)
        return
    except BusyError:
        raise
    except TagwrightError as error:  # a file is wrong: until somebody mends it
        # Its job is taken each time that it is due, so how often says nothing of giving it up.
        if body.get("fault") == str(error):
            jobs.later(state, job, now + _AGAIN, now)
            return
        job = jobs.keep(state, job, {**body, "fault": str(error)}, now)
        jobs.fail(state, job, str(error), now + _AGAIN, now)
        return
    jobs.put(state, QUEUE, arrival.key[:128], arrival.as_dict(), now, arrival.line)
    following = rule.after(now)
    job = jobs.keep(state, job, {**body, "due": following.isoformat(), "fault": ""}, now)
    jobs.later(state, job, following, now)


def _arrival(job: Job, rule: Rule, due: dt.datetime, now: dt.datetime) -> Arrival:
    """The question, as if the person had just written it in the channel."""
    body = job.body
    return Arrival(
        f"schedule/{_name(job.key)}/{due:%Y%m%dT%H%M}", "question", str(body["team"]),
        tuple(body["teams"]), str(body["user"]), str(body["channel"]), str(body["app"]),
        ts=f"{now.timestamp():.6f}", text=str(body["what"]), addressed=True,
        direct=bool(body["direct"]), scheduled=rule.words,
    )  # fmt: skip


def _zone(client: WebClient, user: str) -> str:
    """The person's time zone as Slack has it; UTC where it cannot be known, which is told."""
    from slack_sdk.errors import SlackApiError

    try:
        found = str((client.users_info(user=user).get("user") or {}).get("tz") or "UTC")
    except (SlackApiError, OSError):
        return "UTC"
    return found if zone_of(found) is not dt.UTC else "UTC"


def _place(arrival: Arrival) -> str:
    return f"{arrival.team}/{arrival.channel}/"


def _listed(settings: Settings, arrival: Arrival) -> list[Block]:
    state = open_state(settings)
    try:
        found = jobs.waiting(state, SCHEDULES, _place(arrival))
    finally:
        state.close()
    if not found:
        return [
            sentence("Nothing is scheduled here. For example: ",
                     Cell(value="every Monday at 9: cost by team, last week", kind="code"), ".")
        ]  # fmt: skip
    return [sentence("Scheduled here:"), *(_line(settings, it) for it in found)]


def _line(settings: Settings, it: Waiting) -> Block:
    rule = Rule.of(it.body["rule"])
    who = by_slack(settings, it.body["teams"], str(it.body["user"]))
    return sentence(
        Cell(value=_name(it.key), kind="code"), f" {rule.words}: ",
        Cell(value=clean(shorten(str(it.body["what"]), 200)), kind="name"),
        f", asked by {who.person or 'somebody who is gone'}; next {_clock(it.not_before, rule)}.",
        bullet="-",
    )  # fmt: skip


def _stopped(
    settings: Settings, arrival: Arrival, who: Principal, name: str, now: dt.datetime
) -> list[Block]:
    people = load_people(settings)
    state = open_state(settings)
    try:
        found = [it for it in jobs.waiting(state, SCHEDULES, _place(arrival))
                 if _name(it.key) == name]  # fmt: skip
        if not found:
            return [sentence(f"There is no schedule {name} here.")]
        own = by_slack(settings, found[0].body["teams"], str(found[0].body["user"]))
        if who.person != own.person and may(people, who, "administer"):
            raise AccessError(
                f"Schedule {name} is {own.person or 'of somebody who is gone'}'s.",
                hint="They stop it, or somebody who may administer.",
            )
        jobs.withdraw(state, SCHEDULES, found[0].key, now)
    finally:
        state.close()
    return [sentence(f"Schedule {name} is stopped.")]


def _name(key: str) -> str:
    return key.rsplit("/", 1)[-1]


def _clock(moment: dt.datetime, rule: Rule) -> str:
    return f"{moment.astimezone(zone_of(rule.zone)):%A %d %B %Y %H:%M}"
