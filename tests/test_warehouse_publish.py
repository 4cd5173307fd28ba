"""One builder at a time; a builder that is killed leaves the old snapshot and no litter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from focus_files import write_focus
from tagwright.api import BusyError, SnapshotError, TagwrightError
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import building, open_warehouse

STOP_AT = """
import sys, time
from pathlib import Path
from tagwright.config import load_settings
from tagwright.ingest import ingest, run
from tagwright.warehouse import publish

def stop(*_, **__):
    print("there", flush=True)
    time.sleep(60)

place = {{
    "read": (run, "load"),
    "write": (run, "_replace"),
    "prove": (run.prove, "cubes_equal"),
    "hash": (publish, "_hash_and_sync"),
    "rename": (publish, "_sync_folder"),
    "point": (publish, "_write_pointer"),
}}[{place!r}]
setattr(*place, stop)
ingest(load_settings(Path({home!r})), [{bill!r}])
"""


def total(home: Path) -> int:
    with open_warehouse(load_settings(home)).open() as snapshot:
        return int(snapshot.query('SELECT sum("BilledCost") FROM charges').rows[0][0])


@pytest.mark.slow  # a process a case, to be killed for real
@pytest.mark.parametrize("place", ["read", "write", "prove", "hash", "rename", "point"])
def test_kill_9_leaves_the_old_snapshot_and_the_next_ingest_works(
    place: str, home: Path, tmp_path: Path
) -> None:
    ingest(load_settings(home), [write_focus(tmp_path / "a.csv", [{"BilledCost": "1"}])])
    bill = str(write_focus(tmp_path / "b.csv", [{"BilledCost": "2"}]))
    code = STOP_AT.format(place=place, home=str(home), bill=bill)
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout
    assert process.stdout.readline() == "there\n"
    with pytest.raises(BusyError, match=f"process {process.pid}"):
        ingest(load_settings(home), [bill])
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert total(home) == 1
    ingest(load_settings(home), [bill])
    assert total(home) == 2
    folder = home / "warehouse"
    assert not list(folder.glob("scratch-*"))
    names = {info.path.name for info in open_warehouse(load_settings(home)).history()}
    assert {path.name for path in folder.joinpath("snapshots").iterdir()} == names


@pytest.mark.slow  # several processes that read while one publishes
def test_readers_never_see_half_a_snapshot(home: Path, tmp_path: Path) -> None:
    """Each published bill has 500 charges of one amount: a mixture would not divide."""
    bills = [
        write_focus(tmp_path / f"{amount}.csv", [{"BilledCost": str(amount)}] * 500)
        for amount in (1, 2, 3, 4)
    ]
    ingest(load_settings(home), [bills[0]])
    code = (
        "import sys, time; from pathlib import Path; from tagwright.config import load_settings;"
        "from tagwright.warehouse import open_warehouse\n"
        "seen = set(); end = time.time() + 60\n"
        "while time.time() < end and 2000 not in {int(t) for _, t in seen}:\n"
        f"    with open_warehouse(load_settings(Path({str(home)!r}))).open() as s:\n"
        """        seen.add(s.query('SELECT count(*), sum("BilledCost") FROM charges').rows[0])\n"""
        "print(sorted((n, int(t)) for n, t in seen))"
    )
    readers = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    time.sleep(1)
    for bill in bills[1:]:
        ingest(load_settings(home), [bill])
    for reader in readers:
        out, _ = reader.communicate()
        seen = eval(out)  # noqa: S307  our own process's repr
        assert reader.returncode == 0
        assert seen[-1] == (500, 2000)
        assert all(count == 500 and amount % 500 == 0 for count, amount in seen)


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the directory should be")
    with pytest.raises(TagwrightError, match="cannot be written"):
        ingest(load_settings(tmp_path / "home"), [write_focus(tmp_path / "a.csv", [{}])])


def test_a_file_with_a_log_beside_it_is_not_published(home: Path) -> None:
    warehouse = open_warehouse(load_settings(home))
    with building(warehouse) as build:
        build.path.write_bytes(b"x")
        build.path.with_name(build.path.name + ".wal").write_bytes(b"y")
        with pytest.raises(SnapshotError, match="not checkpointed"):
            build.publish(None)  # type: ignore[arg-type]
    assert warehouse.current() is None


def test_what_an_earlier_builder_left_is_cleared(home: Path, tmp_path: Path) -> None:
    warehouse = open_warehouse(load_settings(home))
    warehouse.snapshots.mkdir(parents=True)
    (warehouse.snapshots / "building-dead.duckdb").write_bytes(b"x")
    (warehouse.folder / "scratch-1-dead").mkdir()
    ingest(load_settings(home), [write_focus(tmp_path / "a.csv", [{}])])
    assert [path.suffix for path in warehouse.snapshots.iterdir()] == [".duckdb"]
    assert not list(warehouse.folder.glob("scratch-*"))
