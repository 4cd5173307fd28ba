"""The queues of Slack: who is at something keeps it, however long it takes."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest

from tagwright.config import load_settings
from tagwright.state import State, jobs, open_state
from tagwright.state.jobs import Job
from tagwright_agent.slack import inbox

NOW = dt.datetime(2026, 10, 2, 12, tzinfo=dt.UTC)


def test_nobody_takes_what_a_live_worker_is_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(home)
    state = open_state(settings)
    jobs.put(state, "slack", "a", {}, NOW)
    monkeypatch.setattr(inbox, "_BEAT", 0.01)
    times, beaten = [NOW], threading.Event()
    real = jobs.beat

    def beat(state: State, job: Job, now: dt.datetime) -> None:
        real(state, job, now)
        if now > NOW:
            beaten.set()

    monkeypatch.setattr(jobs, "beat", beat)

    def work(state: State, job: Job) -> None:
        jobs.keep(state, job, {"far": 1}, NOW)
        times.append(NOW + dt.timedelta(seconds=90))  # Slack had us wait so long
        assert beaten.wait(10)
        jobs.keep(state, job, {"far": 2}, NOW)  # the time of when it began takes nothing back
        assert jobs.take(state, "slack", "another", times[-1]) is None
        jobs.done(state, job, times[-1])

    assert inbox.take_one(settings, "slack", "one", lambda: times[-1], work)
    assert not [it for it in threading.enumerate() if it.name == "slack-beat"]
