"""Open snapshots are shared; one that is busy, deleted or replaced is called what it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from focus_files import write_focus
from tagwright.api import BusyError, SnapshotError
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import Warehouse, open_warehouse
from tagwright.warehouse.connections import Deadlines

TOTAL = 'SELECT CAST(sum("BilledCost") AS INTEGER) FROM charges'


@pytest.fixture
def warehouse(home: Path, tmp_path: Path) -> Warehouse:
    ingest(load_settings(home), [write_focus(tmp_path / "bill.csv", [{"BilledCost": "7"}])])
    return open_warehouse(load_settings(home))


def test_other_settings_wait_for_the_calls_that_run(warehouse: Warehouse) -> None:
    other = Warehouse(warehouse.folder.parent, memory_limit="1GB")
    with warehouse.open() as open_now:
        with pytest.raises(BusyError, match="other settings") as caught:
            other.open()
        assert "corrupt" not in str(caught.value)
        assert open_now.query(TOTAL).rows == [(7,)]
    with other.open() as after:
        assert after.query(TOTAL).rows == [(7,)]


def test_a_file_that_others_have_open_is_busy_not_corrupt(warehouse: Warehouse) -> None:
    info = warehouse.current()
    assert info
    with (
        duckdb.connect(str(info.path), read_only=True),
        pytest.raises(BusyError, match="other settings"),
    ):
        warehouse.open()
    code = f"import duckdb\nc = duckdb.connect({str(info.path)!r})\nprint(flush=True)\ninput()"
    writer = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout
    writer.stdout.readline()
    with pytest.raises(BusyError, match="another process"):
        warehouse.open()
    writer.communicate(b"\n")
    with warehouse.open() as free:
        assert free.query(TOTAL).rows == [(7,)]


def test_a_file_deleted_while_open_is_missing_for_the_next_and_whole_for_this_one(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    with warehouse.open() as before:
        info = before.info
        shutil.copy(info.path, tmp_path / "backup")
        info.path.unlink()
        assert before.query(TOTAL).rows == [(7,)]
        with pytest.raises(SnapshotError, match=r"missing.*Restore the file"):
            warehouse.open()
        shutil.copy(tmp_path / "backup", info.path)
        with pytest.raises(BusyError, match="replaced"):
            warehouse.open()
    with warehouse.open() as after:
        assert after.query(TOTAL).rows == [(7,)]


def test_small_answers_are_remembered_for_each_file_alone(
    warehouse: Warehouse, home: Path, tmp_path: Path
) -> None:
    with warehouse.open() as first:
        assert first.known(TOTAL) is first.known(TOTAL)
        assert first.known("SELECT $1", ["1"]).rows == [("1",)]
        assert first.known("SELECT $1", [1]).rows == [(1,)]
    ingest(load_settings(home), [write_focus(tmp_path / "bill.csv", [{"BilledCost": "8"}])])
    with warehouse.open() as second:
        assert second.known(TOTAL).rows == [(8,)]
    with pytest.raises(SnapshotError, match="closed"):
        second.known(TOTAL)


def test_threads_share_a_connection_while_new_data_is_published(
    warehouse: Warehouse, home: Path, tmp_path: Path
) -> None:
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(20):
            try:
                with warehouse.open() as snapshot:
                    rows = snapshot.query(TOTAL).rows
                    if rows not in ([(7,)], [(8,)]):
                        wrong.append(rows)
            except Exception as error:  # noqa: BLE001  whatever it is, it is wrong
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    ingest(load_settings(home), [write_focus(tmp_path / "bill.csv", [{"BilledCost": "8"}])])
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_nearest_deadline_is_kept_whichever_began_first() -> None:
    deadlines = Deadlines()
    stopped = threading.Event()

    class Cursor:
        def interrupt(self) -> None:
            stopped.set()

    with deadlines.limited(Cursor(), 100), deadlines.limited(Cursor(), 0.05):
        assert stopped.wait(5)
    stopped.clear()
    with deadlines.limited(Cursor(), 0.05):
        pass
    assert not stopped.wait(0.2)


FORKING = """
import gc, os, sys
from pathlib import Path
from tagwright.api import BusyError
from tagwright.config import load_settings
from tagwright.warehouse import open_warehouse

def total():
    with open_warehouse(load_settings(Path(sys.argv[1]))).open() as snapshot:
        return snapshot.query('SELECT CAST(sum("BilledCost") AS INTEGER) FROM charges').rows

assert total() == [(7,)]
child = os.fork()
if child == 0:
    gc.collect()  # what was the parent's must not be closed here
    try:
        total()
    except BusyError as error:
        os._exit(0 if "forked" in str(error) else 3)
    os._exit(4)
assert os.waitpid(child, 0)[1] == 0
assert total() == [(7,)]
"""


@pytest.mark.usefixtures("warehouse")
def test_a_forked_child_neither_uses_nor_closes_what_is_its_parents(home: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKING, str(home)], check=True)
