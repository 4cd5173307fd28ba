"""Stores of all ages: brought to today's schema with every row, by one, wholly or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, make_url

from plans import NOW, plan_store
from processes import at_once
from tagwright.api import ApprovalError, ConfigError, TagwrightError
from tagwright.config import load_settings
from tagwright.remediation.audit import audit
from tagwright.remediation.mandate import mandate
from tagwright.reports.postings import Postings
from tagwright.state import engines, open_state, turns_of, verify
from tagwright.state.tables import HEAD, metadata

LANDED = Path(__file__).parent / "data" / "state-schema-2.sql"


@pytest.fixture
def bare(home: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty database, set as the state store."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").bare()
    else:
        url = f"sqlite:///{home / 'state.sqlite3'}"
    monkeypatch.setenv("TAGWRIGHT_STATE_URL", url)
    return str(url)


on_both = pytest.mark.parametrize("bare", ["sqlite", "postgresql"], indirect=True)


def landed(url: str, *changes: str) -> dict[str, list[Any]]:
    """Make the store of before there were migrations, and give all its rows."""
    statements = [text for text in LANDED.read_text().split(";\n") if text]
    if make_url(url).get_backend_name() == "postgresql":  # it had no triggers there
        statements = [text for text in statements if "CREATE TRIGGER" not in text]
    engine = engines.make(url)
    with engine.begin() as con:
        for statement in (*statements, *changes):
            con.exec_driver_sql(statement)
    found = rows(engine)
    engine.dispose()
    return found


def rows(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as con:
        return {
            table: sorted(con.exec_driver_sql(f"SELECT * FROM {table}").all())  # type: ignore[type-var]
            for table in inspect(con).get_table_names()
        }


@on_both
def test_a_landed_store_keeps_every_row(bare: str, home: Path) -> None:
    before = landed(bare)
    assert {table: len(found) for table, found in before.items()} == {
        "chargeback_lines": 2, "chargeback_runs": 1, "decisions": 1, "journal": 5, "leases": 1,
        "plan_items": 3, "plans": 2, "receipts": 1, "schema_version": 1, "turns": 1,
    }  # fmt: skip
    with plan_store(home) as store:
        after = rows(store.state.engine)
        assert after.pop("alembic_version") == [(HEAD,)]
        assert after.pop("schema_version") == [(3,)]
        assert after.pop("jobs") == []
        assert after.pop("feedback") == []
        assert after.pop("slack_installations") == []
        assert after.pop("journal") == [(*row, None) for row in before.pop("journal")]
        assert after.pop("leases") == [(*row, 0) for row in before.pop("leases")]
        del before["schema_version"]
        assert after == before
        assert verify(store.state.journal()) == ""
        # Nobody had signed it: whoever is to believe it has to be asked again.
        with pytest.raises(ApprovalError, match="no key of an approver"):
            mandate(store, store.get("plan-1"), NOW)
        assert "says 'approved' and the approver has not signed it" in audit(store).faults[0]
        assert [turn.waits for turn in turns_of(store.state, "t1")] == [True]
        assert len(Postings(store.state).runs("2026-09")) == 1


@on_both
def test_version_1_had_no_conversations(bare: str, home: Path) -> None:
    landed(bare, "DROP TABLE turns", "UPDATE schema_version SET version = 1")
    with plan_store(home) as store:
        assert turns_of(store.state, "t1") == []
        assert store.count() == 2


@on_both
@pytest.mark.parametrize("old", [True, False])
def test_the_tables_of_the_code_are_those_of_the_migrations(
    old: bool, bare: str, home: Path
) -> None:
    if old:
        landed(bare)
    state = open_state(load_settings(home))
    with state.engine.connect() as con:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(con, opts=options), metadata) == []


@on_both
def test_the_guards_are_there_however_old_the_store(bare: str, home: Path) -> None:
    from sqlalchemy.exc import IntegrityError

    landed(bare)
    state = open_state(load_settings(home))
    for table in ("journal", "decisions", "chargeback_runs", "chargeback_lines"):
        for sql in (f"DELETE FROM {table}", *_emptying(table, bare)):
            with pytest.raises(IntegrityError, match="append-only"), state.engine.begin() as con:
                con.exec_driver_sql(sql)


def _emptying(table: str, url: str) -> list[str]:
    return [f"TRUNCATE {table} CASCADE"] if url.startswith("postgresql") else []


@on_both
def test_a_step_that_fails_leaves_the_store_as_it_was(bare: str, home: Path) -> None:
    before = landed(bare, "CREATE TABLE jobs (id INTEGER)")  # one that 0002 wants to make
    with pytest.raises(TagwrightError, match=f"to schema version {HEAD}") as raised:
        open_state(load_settings(home))
    assert "It is as it was" in str(raised.value.hint)
    engine = engines.make(bare)
    assert rows(engine) == before
    with engine.begin() as con:
        con.exec_driver_sql("DROP TABLE jobs")
    engine.dispose()
    assert len(open_state(load_settings(home)).journal()) == 5


@on_both
def test_a_landed_store_of_a_later_version_is_left_alone(bare: str, home: Path) -> None:
    before = landed(bare, "UPDATE schema_version SET version = 3")
    with pytest.raises(ConfigError, match="schema version 3"):
        open_state(load_settings(home))
    engine = engines.make(bare)
    assert rows(engine) == before
    engine.dispose()


@pytest.mark.slow  # several processes that open the store at once
@on_both
def test_of_several_processes_one_upgrades(bare: str, home: Path) -> None:
    landed(bare)
    code = (
        "import sys; from pathlib import Path\n"
        "from tagwright.config import load_settings\n"
        "from tagwright.state import open_state\n"
        "import alembic.command\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "state = open_state(load_settings(Path(sys.argv[1])))\n"
        "print(len(state.journal()))"
    )
    assert at_once(code, [[str(home)]] * 4) == ["5\n"] * 4
