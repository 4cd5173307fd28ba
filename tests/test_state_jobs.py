"""Queues: each job once where nothing goes wrong, again where a worker died, never lost."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagwright.api import BusyError, DataError
from tagwright.config import load_settings
from tagwright.state import State, jobs, open_state
from tagwright.state.jobs import Job

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def state(home: Path, database: str) -> Iterator[State]:
    made = open_state(load_settings(home))
    yield made
    made.close()


def taken(state: State, now: dt.datetime = NOW, owner: str = "ann") -> Job:
    job = jobs.take(state, "apply", owner, now)
    assert job is not None
    return job


def test_a_job_is_put_once_and_taken_once(state: State) -> None:
    assert jobs.put(state, "apply", "plan-1", {"plan": "plan-1"}, NOW)
    assert not jobs.put(state, "apply", "plan-1", {"plan": "other"}, NOW)
    assert jobs.put(state, "deliver", "plan-1", {}, NOW)
    job = taken(state)
    assert job == Job(job.id, "apply", "plan-1", {"plan": "plan-1"}, 1, "ann")
    assert jobs.take(state, "apply", "bob", NOW) is None
    jobs.done(state, job, NOW)
    assert jobs.take(state, "apply", "bob", NOW + dt.timedelta(days=1)) is None
    assert not jobs.put(state, "apply", "plan-1", {}, NOW)


def test_the_one_that_waited_longest_is_first(state: State) -> None:
    for minutes, key in ((2, "c"), (0, "a"), (1, "b"), (60, "later")):
        jobs.put(state, "apply", key, {}, NOW + dt.timedelta(minutes=minutes))
    now = NOW + dt.timedelta(minutes=5)
    assert [taken(state, now).key for _ in range(3)] == ["a", "b", "c"]
    assert jobs.take(state, "apply", "ann", now) is None


@pytest.mark.parametrize(
    ("beaten_after", "taken_after", "again"), [(None, 60, False), (None, 61, True), (30, 61, False)]
)
def test_a_job_whose_worker_is_silent_is_taken_again(
    beaten_after: int | None, taken_after: int, again: bool, state: State
) -> None:
    jobs.put(state, "apply", "plan-1", {}, NOW)
    first = taken(state)
    if beaten_after is not None:
        jobs.beat(state, first, NOW + beaten_after * SECOND)
    later = NOW + taken_after * SECOND
    second = jobs.take(state, "apply", "ann", later)
    assert (second is not None) is again
    if second is None:
        jobs.done(state, first, later)
        return
    assert second.attempts == 2
    for late in (jobs.beat, jobs.done):  # of the same name, even
        with pytest.raises(BusyError, match="took job plan-1 over"):
            late(state, first, later)
    with pytest.raises(BusyError):
        jobs.fail(state, first, "late", later, later)
    jobs.done(state, second, later)
    assert [entry.event for entry in state.journal()] == []


def test_a_failed_job_comes_back_when_it_was_told_to(state: State) -> None:
    jobs.put(state, "apply", "plan-1", {}, NOW)
    jobs.fail(state, taken(state), "throttled", NOW + 10 * SECOND, NOW)
    assert jobs.take(state, "apply", "ann", NOW + 9 * SECOND) is None
    second = taken(state, NOW + 10 * SECOND)
    assert second.attempts == 2
    jobs.fail(state, second, "refused", None, NOW)
    assert jobs.take(state, "apply", "ann", NOW + dt.timedelta(days=9)) is None
    whys = [(entry.event, entry.body["why"], entry.body["again_at"]) for entry in state.journal()]
    assert whys == [
        ("job_failed", "throttled", "2026-11-23T12:00:10.000000+00:00"),
        ("job_failed", "refused", None),
    ]


def test_a_damaged_job(state: State) -> None:
    jobs.put(state, "apply", "plan-1", {}, NOW)
    with state.engine.begin() as con:
        con.exec_driver_sql("UPDATE jobs SET body = '[1'")
    jobs.put(state, "apply", "plan-2", {}, NOW)
    with pytest.raises(DataError, match="Job plan-1 is damaged"):
        taken(state)
    assert taken(state).key == "plan-2"


def test_of_many_workers_each_job_goes_to_one(state: State) -> None:
    for number in range(40):
        jobs.put(state, "apply", f"plan-{number}", {}, NOW)
    got: list[str] = []

    def worker(name: str) -> None:
        while (job := jobs.take(state, "apply", name, NOW)) is not None:
            got.append(job.key)
            jobs.done(state, job, NOW)

    threads = [threading.Thread(target=worker, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(f"plan-{number}" for number in range(40))


_WORKER = """
import datetime as dt, sys
from pathlib import Path
from sqlalchemy import event
from tagwright.config import load_settings
from tagwright.state import jobs, open_state

state = open_state(load_settings(Path(sys.argv[1])))
now, number, stop = dt.datetime.fromisoformat(sys.argv[2]), 0, int(sys.argv[3])

def before(*_):
    global number
    number += 1
    if number == stop:
        print("stopped", flush=True)
        sys.stdin.readline()

event.listen(state.engine, "before_cursor_execute", before)
event.listen(state.engine, "commit", before)
job = jobs.take(state, "apply", "worker", now)
jobs.beat(state, job, now)
jobs.done(state, job, now)
print("finished", flush=True)
sys.stdin.readline()
"""


def after(state: State, now: dt.datetime) -> Job | None:
    """The job of a worker that was killed.

    PostgreSQL gives its row back when it notices that the worker is gone, which is a moment later.
    """
    for _ in range(200):
        if (job := jobs.take(state, "apply", "successor", now)) is not None:
            return job
        time.sleep(0.05)
    return None


@pytest.mark.slow  # a process for each statement of a worker's round, each killed
def test_a_worker_killed_between_any_two_statements_loses_no_job(home: Path, state: State) -> None:
    now, said, stop = NOW, "", 0
    while said != "finished":
        stop += 1
        key = f"plan-{stop}"
        jobs.put(state, "apply", key, {}, now)
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(home), now.isoformat(), str(stop)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert worker.stdout is not None
        said = worker.stdout.readline().strip()
        assert said in {"stopped", "finished"}
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
        now += 2 * jobs.STALE
        if said == "finished":
            assert jobs.take(state, "apply", "successor", now) is None
        else:
            job = after(state, now)
            assert job is not None, f"lost at statement {stop}"
            assert job.key == key
            jobs.done(state, job, now)
    assert stop > 6  # three transactions, each of two statements or more


def test_a_job_that_is_given_back_is_due_later_or_when_it_is_hastened(state: State) -> None:
    for key in ("plan-1/a", "plan-1_/b", "plan-12/c"):
        jobs.put(state, "apply", key, {}, NOW)
        jobs.later(state, taken(state), NOW + 60 * SECOND, NOW)
    assert jobs.take(state, "apply", "bob", NOW + 59 * SECOND) is None
    jobs.hasten(state, "apply", "plan-1/", NOW + SECOND)
    again = taken(state, NOW + SECOND)
    assert (again.key, again.attempts) == ("plan-1/a", 2)
    assert jobs.take(state, "apply", "bob", NOW + SECOND) is None
    assert state.journal() == []  # nothing failed
    jobs.hasten(state, "apply", "plan-1_", NOW + SECOND)
    assert taken(state, NOW + SECOND).key == "plan-1_/b"
    jobs.done(state, again, NOW + SECOND)
    with pytest.raises(BusyError):
        jobs.later(state, again, NOW, NOW)
    jobs.hasten(state, "apply", "plan-1/", NOW)
    assert jobs.take(state, "apply", "bob", NOW + 2 * SECOND) is None  # it is done


def test_what_is_to_be_done_is_listed_and_can_be_withdrawn(state: State) -> None:
    for key in ("a/1", "a/2", "b/1"):
        jobs.put(state, "apply", key, {"key": key}, NOW)
    held = taken(state)
    assert [it.key for it in jobs.waiting(state, "apply", "a/")] == ["a/1", "a/2"]
    assert jobs.waiting(state, "apply", "b")[0].not_before == NOW
    assert jobs.waiting(state, "other") == []
    assert jobs.withdraw(state, "apply", "a/1", NOW)
    assert not jobs.withdraw(state, "apply", "a/1", NOW)
    assert [it.key for it in jobs.waiting(state, "apply")] == ["a/2", "b/1"]
    with pytest.raises(BusyError):
        jobs.later(state, held, NOW + SECOND, NOW)


def test_of_one_line_they_are_done_in_turn_and_lines_do_not_wait(state: State) -> None:
    for key, line in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("c", None)):
        jobs.put(state, "apply", key, {}, NOW, line)
    jobs.put(state, "deliver", "other", {}, NOW - SECOND, "b")  # another queue's line
    first, *others = taken(state), taken(state), taken(state)
    assert [it.key for it in (first, *others)] == ["a1", "b1", "c"]
    assert jobs.take(state, "apply", "bob", NOW) is None  # a1 is being done
    jobs.fail(state, first, "Slack is away", NOW + 10 * SECOND, NOW)
    assert jobs.take(state, "apply", "bob", NOW + 9 * SECOND) is None  # a2 waits as well
    again = taken(state, NOW + 10 * SECOND)
    assert again.key == "a1"
    jobs.done(state, again, NOW)
    second = taken(state)
    assert second.key == "a2"
    jobs.fail(state, second, "given up", None, NOW)
    assert taken(state).key == "a3"
    assert jobs.take(state, "apply", "bob", NOW) is None


def test_a_line_goes_on_when_a_worker_died(state: State) -> None:
    jobs.put(state, "apply", "a1", {}, NOW, "a")
    jobs.put(state, "apply", "a2", {}, NOW, "a")
    taken(state)
    assert taken(state, NOW + 61 * SECOND, "bob").key == "a1"
    assert jobs.take(state, "apply", "ann", NOW + 61 * SECOND) is None


def test_of_many_workers_a_line_is_done_in_order(state: State) -> None:
    for number in range(40):
        jobs.put(state, "apply", f"job-{number}", {}, NOW, f"line-{number % 4}")
    began: list[int] = []

    def worker(name: str) -> None:
        while len(began) < 40:
            if (job := jobs.take(state, "apply", name, NOW)) is not None:
                began.append(int(job.key.rpartition("-")[2]))
                jobs.done(state, job, NOW)

    threads = [threading.Thread(target=worker, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for line in range(4):
        assert [it for it in began if it % 4 == line] == list(range(line, 40, 4))
