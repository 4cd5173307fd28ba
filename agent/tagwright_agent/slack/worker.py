"""Takes what came from Slack out of the queue, answers it, and sees that the answer goes out."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tagwright.blocks import sentence
from tagwright.errors import BusyError, TagwrightError
from tagwright.people import by_slack
from tagwright.remediation.applier import new_owner
from tagwright.state import jobs
from tagwright.text import internal_fault
from tagwright_agent.digest import team_asked
from tagwright_agent.slack.alert_press import alert_pressed
from tagwright_agent.slack.arrivals import Arrival
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.calls import LaterError, NeverError
from tagwright_agent.slack.deliver import deliver
from tagwright_agent.slack.direct import direct_channel, explain
from tagwright_agent.slack.home import opened
from tagwright_agent.slack.inbox import QUEUE, TRIES, take_one
from tagwright_agent.slack.install import removed
from tagwright_agent.slack.pictures import send_pictures
from tagwright_agent.slack.plans import follow_once, show_proposals
from tagwright_agent.slack.press import pressed
from tagwright_agent.slack.refuse import refused
from tagwright_agent.slack.say import answer_of, fault_said, part_of, to_one
from tagwright_agent.slack.schedules import due_once
from tagwright_agent.slack.stream import Showing
from tagwright_agent.slack.tell import tell_once
from tagwright_agent.slack.under import pressed_under
from tagwright_agent.slack.workspaces import NotInstalledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from tagwright.config import Settings
    from tagwright.state import State
    from tagwright.state.jobs import Job

__all__ = ["Workers", "work_once"]

_LOG = logging.getLogger("tagwright.slack")
_LONGEST = dt.timedelta(minutes=10)
_IDLE = 2.0


def present() -> dt.datetime:
    """Now, aware UTC."""
    return dt.datetime.now(dt.UTC)


class Workers:
    """Threads of this process that work the queue.

    Args:
        settings: Where it is.
        client_of: A client for a workspace, by its id.
    """

    def __init__(self, settings: Settings, client_of: Callable[[str], WebClient]) -> None:
        self.settings = settings
        self.client_of = client_of
        self._more = threading.Condition()
        self._stop = False
        self._threads = [
            threading.Thread(target=self._run, name=f"slack-{number}", daemon=True)
            for number in range(settings.slack.workers)
        ]

    def start(self) -> None:
        """Begin; also with what was left by a process that died."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something was stored."""
        with self._more:
            self._more.notify()

    def stop(self) -> None:
        """Finish what is being answered, and end."""
        with self._more:
            self._stop = True
            self._more.notify_all()
        for thread in self._threads:
            thread.join(timeout=30)

    def _run(self) -> None:
        owner = new_owner()
        while not self._stop:
            try:
                worked = work_once(self.settings, self.client_of, owner)
            except TagwrightError as error:  # the state store is gone for now
                _LOG.warning("The queue cannot be worked: %s", error)
                worked = False
            if not worked:
                with self._more:
                    self._more.wait(_IDLE)


def work_once(
    settings: Settings, client_of: Callable[[str], WebClient], owner: str,
    now: Callable[[], dt.datetime] = present,
) -> bool:  # fmt: skip
    """Take one thing, one plan's message, one schedule and the alerts, where due; whether one was.

    Raises:
        TagwrightError: The state store cannot be used.
    """
    followed = follow_once(settings, client_of, owner, now)
    work = partial(_work, settings, client_of, now)
    asked = due_once(settings, client_of, owner, now)
    answered = take_one(settings, QUEUE, owner, now, work)
    told = tell_once(settings, client_of, owner, now)  # last: it may take long
    return asked or answered or followed or told


def _work(
    settings: Settings, client_of: Callable[[str], WebClient], now: Callable[[], dt.datetime],
    state: State, job: Job,
) -> None:  # fmt: skip
    arrival = Arrival.of(job.body.get("came", job.body))
    try:
        if arrival.kind == "gone":
            removed(state, arrival, now())
        else:
            _answer(settings, client_of, arrival, now, state, job)
    except LaterError as error:
        if error.paced:
            jobs.later(state, job, now() + dt.timedelta(seconds=error.seconds), now())
            return
        wait = min(dt.timedelta(seconds=error.seconds) * job.tries, _LONGEST)
        again = now() + wait if job.tries < TRIES else None
        jobs.fail(state, job, f"Slack: {error}", again, now())
    except NeverError as error:
        jobs.fail(state, job, f"Slack: {error}", None, now())
    else:
        jobs.done(state, job, now())


def _answer(  # noqa: PLR0917
    settings: Settings, client_of: Callable[[str], WebClient], arrival: Arrival,
    now: Callable[[], dt.datetime], state: State, job: Job,
) -> None:  # fmt: skip
    """Answer what came; who asked in a channel that takes no answer is told so.

    Raises:
        LaterError: To be tried again.
        NeverError: It cannot be said there.
    """
    try:
        client = client_of(arrival.team)
    except NotInstalledError as error:
        refused(state, arrival, error, now())
        return
    if arrival.kind in {"home", "prompts"}:
        opened(settings, client, arrival, now())
        return
    try:
        if "say" not in job.body:
            if not part_of(settings, arrival):
                return
            say, job = _said(settings, client, job, arrival, now)
            if any(one.get("stranger") for one in say) and _told_today(state, job, arrival, now()):
                return
            if say and (arrival.scheduled or not arrival.channel) and all(
                one["private"] for one in say
            ):  # fmt: skip
                # What one person alone sees in a channel is gone before they look, and the home
                # tab is no channel.
                where = direct_channel(client, arrival.user)
                arrival = replace(arrival, channel=where, direct=True)
                say = [{**one, "private": False} for one in say]
            streamed = {key: job.body[key] for key in ("stream",) if key in job.body}
            body = {"came": arrival.as_dict(), "say": say, "posted": 0, **streamed}
            job = jobs.keep(state, job, body, now())
        elif job.attempts > 1:
            job = _kept_again(settings, state, client, job, arrival, now())
        deliver(state, client, job, arrival, int(job.body["posted"]), now())
        send_pictures(client, arrival, job.body["say"])
        show_proposals(settings, state, client, arrival, job.body["say"], now())
    except NeverError as error:
        explain(client, arrival, error, again=job.attempts > 1)
        raise


def _said(
    settings: Settings, client: WebClient, job: Job, arrival: Arrival,
    now: Callable[[], dt.datetime],
) -> tuple[list[dict[str, Any]], Job]:  # fmt: skip
    """What is said to it, and the job after that.

    Of a fault of ours it is said that there was one, to the person alone.
    """
    showing = Showing(settings, client, job, arrival, now)
    try:
        if arrival.kind == "action":
            return _pressed(settings, client, arrival, now()), job
        with showing:
            say = answer_of(settings, client, arrival, showing, now())
    except (BusyError, LaterError, NeverError):
        raise
    except TagwrightError as error:  # a file is wrong, and stayed so: not to who is nobody there
        if job.tries < TRIES:
            raise
        _LOG.warning("%s: %s", arrival.key, error)
        say = to_one([
            sentence("This could not be answered: something is wrong with the files of Tagwright's "
                     "home, and its journal says what. Whoever runs it mends that; then ask again.")
        ])  # fmt: skip
    except Exception as error:  # noqa: BLE001  nobody who asks is left without a word
        _LOG.error("%s: %s", arrival.key, internal_fault(error))
        say = to_one([sentence(f"{internal_fault(error)} Ask in other words, and report it.")])
    return say, showing.job


def _told_today(state: State, job: Job, arrival: Arrival, now: dt.datetime) -> bool:
    """Whether a stranger was told in this conversation today; a command is always answered."""
    if arrival.kind != "question":
        return False
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return any(
        Arrival.of(body["came"]).user == arrival.user
        and any(it.get("stranger") for it in body["say"])
        for body in jobs.before(state, job, today)
        if "say" in body
    )


def _kept_again(  # noqa: PLR0917
    settings: Settings, state: State, client: WebClient, job: Job, arrival: Arrival,
    now: dt.datetime,
) -> Job:  # fmt: skip
    """The job with its answer for one person, where by now somebody reads who may not see it.

    Slack may have been down for an hour since the answer was made, and who reads there changes.
    """
    say = job.body["say"]
    left = say[int(job.body["posted"]) :]
    if arrival.kind != "question" or all(one["private"] for one in left):
        return job
    who = by_slack(settings, arrival.teams, arrival.user)
    if not AUDIENCE.kept_from(settings, client, arrival, who, team_asked(arrival.text)):
        return job
    alone = [{**one, "private": True, "pictures": []} for one in left]
    said = say[: len(say) - len(left)]
    return jobs.keep(state, job, {**job.body, "say": [*said, *alone]}, now)


def _pressed(
    settings: Settings, client: WebClient, arrival: Arrival, now: dt.datetime
) -> list[dict[str, Any]]:
    """What a press comes to: its id says whose button it is; a fault is told to who pressed.

    Each bears being done twice: a worker that died is followed by another.

    Raises:
        LaterError: Slack cannot be reached.
        NeverError: Slack refuses for good.
        BusyError: The state store stayed locked: to be tried again.
        ConfigError: ``people.yaml`` is wrong: to be tried again, nobody is told what stands in it.
    """
    button = str(arrival.action.get("id"))
    who = by_slack(settings, arrival.teams, arrival.user)
    try:
        if button.startswith("tagwright_alert"):
            return alert_pressed(settings, arrival, who, now)
        if button.startswith("tagwright_answer"):
            return pressed_under(settings, client, arrival, who, now)
        return pressed(settings, client, arrival, who, now)
    except BusyError:
        raise
    except TagwrightError as error:
        return to_one([fault_said(settings, error)])
