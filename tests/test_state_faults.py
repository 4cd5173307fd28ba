"""Faults of the database: tried again where that helps, and else said without URL or password."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, make_url, select
from sqlalchemy.exc import ProgrammingError

from plans import NOW, PEOPLE, approved, change, plan_of, plan_store
from postgres import Server
from tagwright.api import BusyError, ConfigError, TagwrightError
from tagwright.config import load_settings
from tagwright.remediation import PlanStore
from tagwright.remediation.execution import Execution
from tagwright.state import (
    StoredTurn,
    append,
    engines,
    holding,
    jobs,
    keep_turn,
    open_state,
    verify,
)
from tagwright.state.tables import receipts


@pytest.mark.parametrize(
    "wrong",
    [{"database": "nowhere"}, {"username": "nobody-known"}, {"query": {"host": "/nonexistent"}}],
)
def test_a_server_that_does_not_let_us_in(
    wrong: dict[str, Any], postgres: Server, home: Path
) -> None:
    url = make_url(postgres.url("postgres")).set(password="hunter2").set(**wrong)
    with pytest.raises(TagwrightError, match="state store on this host cannot be used") as raised:
        open_state(load_settings(home, state_url=url.render_as_string(hide_password=False)))
    said = f"{raised.value} {raised.value.hint}"
    assert "user and password of the setting 'state_url'" in said
    assert "hunter2" not in said


def test_a_role_without_rights_is_told_so(postgres: Server, home: Path) -> None:
    url = make_url(postgres.store())
    with postgres.connect(str(url.database)) as con:
        con.execute("CREATE ROLE reader LOGIN")
        con.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    state = open_state(
        load_settings(home, state_url=str(url.set(username="reader")))  # no password is in it
    )
    assert state.load_receipt("rcp_1") is None  # up to date: it asks for no right but to read
    with pytest.raises(TagwrightError, match=r"refused \(InsufficientPrivilege\)") as raised:
        state.save_receipt({"id": "rcp_1"})
    assert "lacks a right" in str(raised.value.hint)


def test_the_rights_that_the_docs_give_are_enough_and_no_more(postgres: Server, home: Path) -> None:
    docs = (Path(__file__).parents[1] / "docs" / "state.md").read_text(encoding="utf-8")
    grants = docs.partition("```sql\n")[2].partition("```")[0]
    url = make_url(postgres.store())
    with postgres.connect(str(url.database)) as con:
        con.execute("CREATE ROLE tagwright_user LOGIN")
        con.execute(grants)
    place = str(url.set(username="tagwright_user"))
    state = open_state(load_settings(home, state_url=place))
    store = PlanStore(state, load_settings(), PEOPLE)
    approved(store, plan_of(change(1)))
    execution = Execution.claim(store, "plan-1", lambda: NOW)
    execution.outcome({0: ("applied", "")})
    assert execution.finish().state == "applied"
    assert jobs.put(state, "apply", "plan-2", {}, NOW)  # the approval put plan-1's
    assert jobs.take(state, "apply", "ann", NOW) is not None
    keep_turn(state, "t", StoredTurn(1, waits=False, body={}))
    with holding(state, "t", 0):
        pass
    for table in ("journal", "decisions", "chargeback_runs", "chargeback_lines", "alembic_version"):
        with pytest.raises(ProgrammingError, match="permission denied"), state.engine.begin() as us:
            us.exec_driver_sql(f"DELETE FROM {table}")


def test_a_driver_that_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match="driver is not here") as raised:
        open_state(load_settings(home, state_url="postgresql://u:hunter2@h/db"))
    assert "psycopg" in str(raised.value.hint)
    assert "hunter2" not in str(raised.value)


def test_a_database_that_keeps_no_state_of_ours(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"does not know \(mysql\)"):
        open_state(load_settings(home, state_url="mysql://u:hunter2@h/db"))


def test_a_lock_that_is_not_given_back(
    home: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_BUSY_SECONDS", 1)
    state = open_state(load_settings(home))
    with state.engine.begin(), pytest.raises(BusyError, match="stayed locked"):
        state.save_receipt({"id": "rcp_1"})
    state.save_receipt({"id": "rcp_1"})


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_was_gone_for_a_while_is_found_again(home: Path, database: str) -> None:
    state = open_state(load_settings(home))
    state.save_receipt({"id": "rcp_1"})
    cut = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(TagwrightError, match=r"cannot be used \(AdminShutdown\)"):
        state.transact(lambda con: con.exec_driver_sql(cut))
    assert state.load_receipt("rcp_1") == {"id": "rcp_1"}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_transaction_that_lost_a_deadlock_is_tried_again(home: Path, database: str) -> None:
    with plan_store(home) as store:
        for name in ("a", "b"):
            store.state.save_receipt({"id": name})
        meet, tries = threading.Barrier(2), []

        def crossing(first: str, second: str) -> None:
            def work(con: Connection) -> None:
                tries.append(first)
                _touch(con, first)
                if len(tries) <= 2:
                    meet.wait(10)
                _touch(con, second)

            store.state.transact(work, alone=False)

        threads = [threading.Thread(target=crossing, args=pair) for pair in ("ab", "ba")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(tries) == 3
        with store.state.reading() as con:
            assert set(con.execute(select(receipts.c.body)).scalars()) == {"touched"}


def _touch(con: Connection, receipt: str) -> None:
    con.execute(receipts.update().where(receipts.c.id == receipt).values(body="touched"))


def test_what_can_never_succeed_is_tried_once(home: Path, database: str) -> None:
    with plan_store(home) as store:
        store.save(plan_of(change(1)), NOW)
        tries = []

        def work(con: Connection) -> None:
            tries.append(1)
            con.exec_driver_sql("DELETE FROM journal")

        with pytest.raises(TagwrightError, match="refused"):
            store.state.transact(work)
        assert len(tries) == 1


def test_a_key_that_another_took_is_tried_again(home: Path, database: str) -> None:
    state = open_state(load_settings(home))
    tries = []

    def work(con: Connection) -> None:
        tries.append(1)
        values = {"id": "rcp_1", "created_at": "now", "body": "{}"}
        con.execute(receipts.insert().values(values))
        if len(tries) == 1:
            con.execute(receipts.insert().values(values))

    state.transact(work)
    assert len(tries) == 2


def test_who_reads_sees_one_moment(home: Path, database: str) -> None:
    state = open_state(load_settings(home))
    with state.reading() as con:
        assert con.execute(select(receipts.c.id)).all() == []
        state.save_receipt({"id": "rcp_1"})
        assert con.execute(select(receipts.c.id)).all() == []
    assert state.load_receipt("rcp_1") is not None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_entries_of_transactions_that_run_beside_others_are_a_chain(
    home: Path, database: str
) -> None:
    state = open_state(load_settings(home))

    def appending() -> None:
        for _ in range(10):
            state.transact(lambda con: append(con, "event", None, {}, NOW), alone=False)

    threads = [threading.Thread(target=appending) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(state.journal()) == 60
    assert verify(state.journal()) == ""
