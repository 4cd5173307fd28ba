"""Calls that are given up: what runs stops at once, what would run next is refused."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

import free_sql_database as database
from sample_home import charge, context, sample
from tagwright.errors import BusyError
from tagwright.free_sql.pool import AT_ONCE, Pool
from tagwright.running import Call

ENDLESS = "WITH RECURSIVE a AS (SELECT 1 x UNION ALL SELECT x + 1 FROM a) SELECT COUNT(*) FROM a"


def given_up_after(call: Call, seconds: float) -> None:
    threading.Timer(seconds, call.give_up).start()


def test_what_runs_is_stopped_once_and_what_ended_is_left_alone() -> None:
    call, stopped = Call(), []
    with call.stopped_by(lambda: stopped.append("ended before")):
        pass
    with call.stopped_by(lambda: stopped.append("runs")):
        call.give_up("Nobody waits.")
    assert stopped == ["runs"]
    assert call.given_up
    for refused in (call.check, lambda: call.step("more")):
        with pytest.raises(BusyError, match="Nobody waits"):
            refused()
    with pytest.raises(BusyError), call.stopped_by(lambda: stopped.append("never")):
        raise AssertionError("it was begun")
    assert stopped == ["runs"]


def test_a_query_is_interrupted(home: Path) -> None:
    """Endless: only the interrupt ends it, 50 seconds before the limit of a query."""
    settings = sample(home, [charge()])
    with context(settings) as ctx:
        begun = time.monotonic()
        given_up_after(ctx.call, 0.2)
        with pytest.raises(BusyError, match="given up"):
            ctx.query(ENDLESS)
        assert time.monotonic() - begun < 10
        with pytest.raises(BusyError, match="given up"):
            ctx.query("SELECT 1")
        assert ctx.queries == []
    with context(settings) as ctx:  # the connection is whole
        assert ctx.query("SELECT 1").rows == [(1,)]


def test_an_interrupt_that_comes_before_the_query_is_not_lost(home: Path) -> None:
    """DuckDB forgets one that comes before a query begins, so it is said again."""
    from tagwright.warehouse.connections import DEADLINES

    with context(sample(home, [charge()])) as ctx:
        lease = ctx.snapshot._lease
        assert lease is not None
        cursor = lease.connection.cursor()
        with DEADLINES.limited(cursor, 60) as interrupt:
            interrupt()
            time.sleep(0.1)
            with pytest.raises(Exception, match=r"(?i)interrupt"):
                cursor.execute(ENDLESS).fetchall()
        cursor.close()


@pytest.mark.slow  # starts processes of its own
def test_a_statement_that_is_given_up_frees_its_worker(tmp_path: Path) -> None:
    """Two run and six wait; all are given up, and the next one has a turn at once."""
    path, pool = database.make(tmp_path), Pool()
    calls, failed = [Call() for _ in range(8)], []

    def ask(call: Call) -> None:
        with pytest.raises(BusyError, match="given up"):
            pool.ask(database.key_of(path), ENDLESS, 1, 60, call)
        failed.append(call)

    try:
        threads = [threading.Thread(target=ask, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        time.sleep(1)
        running = pool.pids()
        assert len(running) == AT_ONCE
        for call in calls:
            call.give_up()
        for thread in threads:
            thread.join(10)
        assert len(failed) == len(calls)
        begun = time.monotonic()
        assert database.ask(pool, path, "SELECT COUNT(*) FROM charges") == [[3]]
        assert time.monotonic() - begun < 5
        assert len(pool.pids()) == 1
        assert not any(Path(f"/proc/{pid}").exists() for pid in running)
    finally:
        pool.close()
