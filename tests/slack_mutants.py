"""The real code with one lock taken out: what keeps an answer and a decision to one."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy

from tagwright.remediation import approver as approver_module
from tagwright.state import jobs
from tagwright_agent.slack import app as app_module
from tagwright_agent.slack import deliver as deliver_module
from tagwright_agent.slack.audience import Audience
from tagwright_agent.slack.inbox import Inbox
from tagwright_agent.slack.place import Place
from tagwright_agent.slack.stream import Showing

__all__ = ["MUTANTS"]

Patch = pytest.MonkeyPatch


def no_key(patch: Patch) -> None:
    """What comes twice is two things."""
    real, count = Inbox.store, itertools.count()

    def store(inbox: Inbox, arrival: Any, now: Any) -> bool:
        return real(inbox, replace(arrival, key=f"{arrival.key}#{next(count)}"), now)

    patch.setattr(Inbox, "store", store)


def no_twins(patch: Patch) -> None:
    """A mention and the message that it also is are two things."""
    real = app_module.arrival_of

    def arrival_of(body: Any) -> Any:
        found = real(body)
        if found is None or "event_id" not in body:
            return found
        return replace(found, key=f"event/{body['event_id']}")

    patch.setattr(app_module, "arrival_of", arrival_of)


def no_lease(patch: Patch) -> None:
    """A job that somebody is at is anybody's."""
    patch.setattr(jobs, "STALE", dt.timedelta(days=-1))


def no_turn(patch: Patch) -> None:
    """Questions of one conversation do not wait for each other."""
    patch.setattr(jobs, "_its_turn", sqlalchemy.true)


def no_read_back(patch: Patch) -> None:
    """The thread is not read before something is said again."""
    patch.setattr(deliver_module, "_there", lambda *_: set())


def no_read_back_of_plans(patch: Patch) -> None:
    patch.setattr(Place, "standing", lambda *_, **__: "")


def no_note_of_a_stream(patch: Patch) -> None:
    """That a stream is begun is not said in the job."""
    patch.setattr(Showing, "_note", lambda *_: None)


def no_second_try(patch: Patch) -> None:
    """What did not reach Slack is taken for said."""

    def fail(state: Any, job: Any, _why: str, _again: Any, now: dt.datetime) -> None:
        jobs.done(state, job, now)

    patch.setattr(jobs, "fail", fail)


def no_audience(patch: Patch) -> None:
    """Who reads in the channel does not matter."""
    patch.setattr(Audience, "kept_back", lambda *_: "")


def no_four_eyes(patch: Patch) -> None:
    """Whoever presses decides."""
    patch.setattr(approver_module, "refusal_here", lambda *_: "")


MUTANTS: dict[Callable[[Patch], None], int] = {
    no_key: 1, no_twins: 2, no_lease: 1, no_turn: 32, no_read_back: 7, no_read_back_of_plans: 1,
    no_note_of_a_stream: 1, no_second_try: 12, no_audience: 6, no_four_eyes: 14,
}  # fmt: skip
"""Each with the number of an order that noticed; that a job is fenced is in test_state_jobs.py."""
