"""The state store: receipts, an append-only journal with a chain, faults in our words."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from plans import NOW, approved, change, plan_of, plan_store
from tagwright.api import ConfigError, TagwrightError
from tagwright.config import load_settings
from tagwright.state import append, open_state, verify

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.usefixtures("database")
def test_a_receipt_is_kept_as_it_first_was(home: Path) -> None:
    with plan_store(home) as store:
        store.state.save_receipt({"id": "rcp_1", "figure": "1.00"})
        store.state.save_receipt({"id": "rcp_1", "figure": "2.00"})
        assert store.state.load_receipt("rcp_1") == {"id": "rcp_1", "figure": "1.00"}
        assert store.state.load_receipt("rcp_2") is None


@given(
    bodies=st.lists(st.dictionaries(st.text(max_size=6), JSON, max_size=3), min_size=1, max_size=5)
)
@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_change_of_the_journal_is_noticed(
    bodies: list[dict[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with plan_store(tmp_path_factory.mktemp("state")) as store:
        for body in bodies:
            store.state.transact(lambda con, b=body: append(con, "event", None, b, NOW))
        entries = store.state.journal()
    assert verify(entries) == ""
    for index, entry in enumerate(entries):
        for changed in (
            replace(entry, event="other"),
            replace(entry, at=(NOW + dt.timedelta(1)).isoformat()),
            replace(entry, body={**entry.body, "x": "changed"}),
            replace(entry, plan_id="plan-x"),
        ):
            assert verify([*entries[:index], changed, *entries[index + 1 :]]) != ""
        without = [*entries[:index], *entries[index + 1 :]]
        assert verify(without) != "" or index == len(entries) - 1


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "sql", ["DELETE FROM journal", "UPDATE journal SET event = 'x'", "DELETE FROM decisions"]
)
def test_the_journal_cannot_be_rewritten_through_sql(sql: str, home: Path) -> None:
    import sqlalchemy

    with plan_store(home) as store:
        approved(store, plan_of(change(1)))
        with (
            pytest.raises(sqlalchemy.exc.IntegrityError, match="append-only"),
            store.state.engine.begin() as con,
        ):
            con.exec_driver_sql(sql)


@pytest.mark.usefixtures("database")
@pytest.mark.slow  # several processes that append at once
def test_several_processes_append_one_chain(home: Path) -> None:
    code = (
        "import datetime as dt; from pathlib import Path\n"
        "from tagwright.config import load_settings\n"
        "from tagwright.state import append, open_state\n"
        f"s = open_state(load_settings(Path({str(home)!r})))\n"
        "for n in range(10):\n"
        "    s.transact(lambda con: append(con, 'event', None, {'n': n}, dt.datetime.now(dt.UTC)))"
    )
    workers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    with plan_store(home) as store:
        entries = store.state.journal()
    assert len(entries) == 30
    assert verify(entries) == ""


def test_sqlite_is_durable(home: Path) -> None:
    with plan_store(home) as store, store.state.engine.connect() as con:
        assert con.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert con.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert con.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("nonsense", ConfigError, "state_url"),
        ("oracle9000://u:hunter2@h/db", ConfigError, "state_url"),
        ("sqlite:////nonexistent/dir/state.db", TagwrightError, "cannot be used"),
    ],
)
def test_urls_that_do_not_work(url: str, error: type[Exception], words: str, home: Path) -> None:
    with pytest.raises(error, match=words) as raised:
        open_state(load_settings(home, state_url=url))
    assert "hunter2" not in str(raised.value)


def test_a_damaged_file(home: Path) -> None:
    (home / "state.sqlite3").write_bytes(
        b"this is no database, and long enough to be read as one" * 9
    )
    with pytest.raises(TagwrightError, match="state store"):
        open_state(load_settings(home))


@pytest.mark.usefixtures("database")
def test_a_store_of_a_newer_version_is_left_alone(home: Path) -> None:
    with plan_store(home) as store, store.state.engine.begin() as con:
        con.exec_driver_sql("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(ConfigError, match="version 0099"):
        open_state(load_settings(home))


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(TagwrightError, match="cannot be written"):
        open_state(load_settings(tmp_path / "home" / "inside"))
