"""Snapshots: read-only, picked up when new, refused when missing, cut or corrupt."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path

import pytest

from focus_files import write_focus
from sample_home import charge, load
from tagwright.api import BusyError, SnapshotError
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import Warehouse, open_warehouse


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    return write_focus(tmp_path / "bill.csv", [{}] * 3)


def filled(home: Path, bill: Path) -> Warehouse:
    ingest(load_settings(home), [bill])
    return open_warehouse(load_settings(home))


def restate(home: Path, tmp_path: Path, amount: int) -> None:
    ingest(
        load_settings(home),
        [write_focus(tmp_path / f"r{amount}.csv", [{"BilledCost": str(amount)}])],
    )


TOTAL = 'SELECT CAST(sum("BilledCost") AS INTEGER) FROM charges'


def test_before_the_first_ingest(home: Path) -> None:
    warehouse = open_warehouse(load_settings(home))
    assert warehouse.current() is None
    with pytest.raises(SnapshotError, match="tagwright ingest"):
        warehouse.open()


def test_what_the_pointer_says(home: Path, bill: Path) -> None:
    info = filled(home, bill).current()
    assert info
    assert (info.charges, info.currencies) == (3, ("USD",))
    assert (str(info.data_start), str(info.data_end)) == ("2026-09-01", "2026-09-02")
    assert info.path.stat().st_size == info.bytes


def test_an_open_snapshot_does_not_change_and_the_next_open_sees_the_new_one(
    home: Path, bill: Path, tmp_path: Path
) -> None:
    warehouse = filled(home, bill)
    with warehouse.open() as old:
        restate(home, tmp_path, 70)
        assert old.query(TOTAL).rows == [(3,)]
        with warehouse.open() as new:
            assert new.query(TOTAL).rows == [(70,)]
        with warehouse.open(old.info.id) as again:
            assert again.query(TOTAL).rows == [(3,)]


def test_only_so_many_are_kept(home: Path, bill: Path, tmp_path: Path) -> None:
    (home / "tagwright.toml").write_text("keep_snapshots = 2\n")
    warehouse = filled(home, bill)
    first = warehouse.current()
    for amount in (5, 6):
        restate(home, tmp_path, amount)
    assert len(warehouse.history()) == 2
    assert len(list(warehouse.snapshots.iterdir())) == 2
    with pytest.raises(SnapshotError, match="no longer kept"):
        warehouse.open(first.id if first else "")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM charges",
        "CREATE TABLE mine (x INTEGER)",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY charges TO '/tmp/tagwright-stolen.csv'",
        "ATTACH '/tmp/tagwright-other.duckdb'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "LOAD '/tmp/evil.duckdb_extension'",
    ],
)
def test_a_snapshot_reads_nothing_but_itself_and_writes_nothing(
    sql: str, home: Path, bill: Path
) -> None:
    import duckdb

    with filled(home, bill).open() as snapshot, pytest.raises((SnapshotError, duckdb.Error)):
        snapshot.query(sql)


def test_values_are_parameters(home: Path, bill: Path) -> None:
    with filled(home, bill).open() as snapshot:
        table = snapshot.query("SELECT ? AS v", ["'; DROP TABLE charges; --"])
    assert table.columns == ("v",)
    assert table.rows == [("'; DROP TABLE charges; --",)]


def test_a_closed_snapshot_says_so(home: Path, bill: Path) -> None:
    snapshot = filled(home, bill).open()
    snapshot.close()
    snapshot.close()
    with pytest.raises(SnapshotError, match="closed"):
        snapshot.query("SELECT 1")


def damage_missing(path: Path) -> None:
    path.unlink()


def damage_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def damage_scrambled(path: Path) -> None:
    path.write_bytes(bytes(reversed(path.read_bytes())))


@pytest.mark.parametrize(
    ("damage", "words"),
    [(damage_missing, "missing"), (damage_cut, "truncated"), (damage_scrambled, "corrupt")],
)
def test_damage_is_said_and_nothing_is_built_on_it(
    damage: object, words: str, home: Path, bill: Path, tmp_path: Path
) -> None:
    warehouse = filled(home, bill)
    info = warehouse.current()
    assert info
    damage(info.path)  # type: ignore[operator]
    # A process that has it open still holds the old file: what counts is a fresh one.
    fresh = Warehouse(home, memory_limit="1GB")
    with pytest.raises(SnapshotError, match=words):
        fresh.open()
    with pytest.raises(SnapshotError, match=r"missing|corrupt|truncated"):
        restate(home, tmp_path, 9)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kept": [{"id": 1}]}', "\x00"])
def test_a_damaged_pointer(text: str, home: Path, bill: Path) -> None:
    warehouse = filled(home, bill)
    warehouse.pointer.write_text(text)
    with pytest.raises(SnapshotError, match="damaged"):
        warehouse.current()


def test_a_pointer_cannot_lead_out_of_its_folder(home: Path, bill: Path) -> None:
    warehouse = filled(home, bill)
    document = json.loads(warehouse.pointer.read_text())
    document["kept"][0]["file"] = "../../../../etc/passwd"
    warehouse.pointer.write_text(json.dumps(document))
    info = warehouse.current()
    assert info
    assert info.path == warehouse.snapshots / "passwd"


def test_a_home_can_be_moved(home: Path, bill: Path, tmp_path: Path) -> None:
    filled(home, bill)
    moved = tmp_path / "elsewhere"
    home.rename(moved)
    with open_warehouse(load_settings(moved)).open() as snapshot:
        assert snapshot.query(TOTAL).rows == [(3,)]


def test_a_query_that_takes_too_long_is_stopped(home: Path) -> None:
    """range(10**12) would take an hour; the snapshot answers the next query as before."""
    settings = load(home, [charge("5.00")])
    with open_warehouse(settings).open() as snapshot:
        started = time.monotonic()
        with pytest.raises(BusyError, match="stopped after 0 seconds"):
            snapshot.query("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b",
                           seconds=0.2)  # fmt: skip
        assert time.monotonic() - started < 10
        assert snapshot.query('SELECT sum("BilledCost") FROM charges').rows == [(Decimal("5.00"),)]


def test_a_query_that_needs_too_much_memory_says_so(home: Path) -> None:
    load(home, [charge("5.00")])
    settings = load_settings(home).model_copy(update={"memory_limit": "50MB"})
    with open_warehouse(settings).open() as snapshot:
        with pytest.raises(BusyError, match="memory"):
            snapshot.query("SELECT list(range) FROM range(100000000)")
        assert snapshot.query("SELECT count(*) FROM charges").rows == [(1,)]
