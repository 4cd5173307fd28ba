"""Many threads and processes at once; workers that die, are killed, or belong to somebody else."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import free_sql_database as database
from tagwright.errors import BusyError, TagwrightError
from tagwright.free_sql import process
from tagwright.free_sql.pool import AT_ONCE, Pool
from tagwright.free_sql.process import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow  # each starts processes of its own, at a third of a second

ENDLESS = "WITH RECURSIVE a AS (SELECT 1 x UNION ALL SELECT x + 1 FROM a) SELECT COUNT(*) FROM a"
COUNT = "SELECT COUNT(*) FROM charges"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return database.make(tmp_path_factory.mktemp("free"))


@pytest.fixture
def pool() -> Iterator[Pool]:
    found = Pool()
    yield found
    found.close()


def test_one_worker_serves_one_statement_after_another(pool: Pool, path: Path) -> None:
    assert pool.pids() == []  # nothing is started before it is needed
    pids = set()
    for _ in range(5):
        assert database.ask(pool, path, COUNT) == [[3]]
        pids |= set(pool.pids())
    assert len(pids) == 1


def test_after_a_kill_at_the_deadline_a_new_one_is_warm(pool: Pool, path: Path) -> None:
    database.ask(pool, path, COUNT)
    (before,) = pool.pids()
    with pytest.raises(BusyError, match="stopped after 1 second"):
        database.ask(pool, path, ENDLESS, seconds=1)
    (after,) = pool.pids()  # started by the kill, not by the next statement
    assert after != before
    assert not Path(f"/proc/{before}").exists()
    assert database.ask(pool, path, COUNT) == [[3]]
    assert pool.pids() == [after]


def test_a_worker_that_dies_in_mid_statement_is_a_clear_error(pool: Pool, path: Path) -> None:
    database.ask(pool, path, COUNT)
    (pid,) = pool.pids()
    timer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(TagwrightError, match="ended by signal 9 while it worked") as caught:
        database.ask(pool, path, ENDLESS)
    assert "the next statement gets a new one" in caught.value.hint
    assert database.ask(pool, path, COUNT) == [[3]]


def test_a_worker_that_died_while_it_waited_goes_unnoticed(pool: Pool, path: Path) -> None:
    database.ask(pool, path, COUNT)
    (pid,) = pool.pids()
    os.kill(pid, signal.SIGKILL)
    while pool._idle[0].alive:
        time.sleep(0.01)
    assert database.ask(pool, path, COUNT) == [[3]]


def test_threads_do_not_mix_their_answers(pool: Pool, path: Path) -> None:
    def one(number: int) -> bool:
        return database.ask(pool, path, f"SELECT {number}, COUNT(*) FROM charges") == [[number, 3]]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(100)))
    assert len(pool.pids()) == 1  # of those that waited, one is kept


def test_a_slow_statement_does_not_hold_up_the_others(pool: Pool, path: Path) -> None:
    database.ask(pool, path, COUNT)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(database.ask, pool, path, ENDLESS, seconds=2)
        time.sleep(0.2)
        begun = time.monotonic()
        assert database.ask(pool, path, COUNT) == [[3]]
        assert time.monotonic() - begun < 1.5
        assert isinstance(slow.exception(), BusyError)


def test_an_answer_that_nobody_waited_for_is_not_the_next_one_s(
    pool: Pool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a statement runs: its answer would lie in the pipe."""
    database.ask(pool, path, COUNT)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Worker, "_receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            database.ask(pool, path, "SELECT 'of somebody else'")
    assert database.ask(pool, path, COUNT) == [[3]]


def test_a_process_that_cannot_be_started_is_said(
    pool: Pool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "command", lambda: ["/nonexistent/python"])
    with pytest.raises(TagwrightError, match="cannot be started"):
        database.ask(pool, path, COUNT)


def test_too_many_at_once_wait_and_then_give_up(pool: Pool, path: Path) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        slow = [
            threads.submit(database.ask, pool, path, ENDLESS, seconds=3) for _ in range(AT_ONCE)
        ]
        time.sleep(0.5)
        with pytest.raises(BusyError, match=f"{AT_ONCE} other statements are running"):
            database.ask(pool, path, COUNT, seconds=0.5)
        assert all(isinstance(item.exception(), BusyError) for item in slow)


def test_a_worker_is_bound_to_one_file(pool: Pool, path: Path, tmp_path: Path) -> None:
    other = database.make(tmp_path)
    database.ask(pool, path, COUNT)
    (first,) = pool.pids()
    database.ask(pool, other, COUNT)
    (second,) = pool.pids()
    assert first != second
    opened = {str(fd.readlink()) for fd in Path(f"/proc/{second}/fd").iterdir()}
    assert str(other) in opened
    assert str(path) not in opened


def test_a_forked_child_starts_workers_of_its_own(pool: Pool, path: Path) -> None:
    """Two processes on one worker's pipes would read each other's answers."""
    database.ask(pool, path, COUNT)
    (ours,) = pool.pids()
    child = os.fork()
    if child == 0:
        try:
            good = pool.pids() == [] and database.ask(pool, path, COUNT) == [[3]]
            good = good and ours not in pool.pids()
            pool.close()
        except BaseException:  # noqa: BLE001  a forked test must not go on
            good = False
        os._exit(0 if good else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert database.ask(pool, path, COUNT) == [[3]]
    assert pool.pids() == [ours]


def test_closing_ends_a_statement_and_leaves_no_process(path: Path) -> None:
    pool = Pool()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(database.ask, pool, path, ENDLESS, seconds=20)
        time.sleep(0.8)
        pids = pool.pids()
        pool.close()
        assert isinstance(slow.exception(timeout=5), TagwrightError)
    assert pool.pids() == []
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
