"""What waits for a person: in a file beside SQLite, in the database where hosts share one."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from postgres import Server
from tagwright.config import Settings, load_settings
from tagwright.errors import ApprovalError, BusyError, TagwrightError
from tagwright_agent.approval import Decision
from tagwright_agent.session import Session
from tagwright_agent.thread import Thread, among_hosts
from tagwright_agent.waiting import FILE, serializer, waiting_of
from test_cli_chat import proposing_home

MADE: list[str] = []


@dataclass
class Hostile:
    """Does something when it is made."""

    name: str = "x"

    def __post_init__(self) -> None:
        MADE.append(self.name)


HINT = "propose fixes for the missing team tags"


@pytest.mark.slow  # loads langgraph in this process, and ingests
def test_another_host_takes_the_decision(
    home: Path, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGWRIGHT_STATE_URL", postgres.store())
    proposing_home(home, approves=True)
    [waiting] = Session(load_settings(home), "t", interactive=True).ask(HINT).pending
    assert not (home / FILE).exists()

    shutil.copytree(home, tmp_path / "elsewhere")  # the data; the state is not in it
    elsewhere = load_settings(tmp_path / "elsewhere")
    assert Session(elsewhere, "t", interactive=True).pending() == [waiting]
    decision = Decision(type="reject", digest=waiting.plan["digest"])
    assert "is rejected by" in Session(elsewhere, "t", interactive=True).decide(waiting, decision)

    here = Session(load_settings(home), "t", interactive=True)
    assert here.pending() == []
    with pytest.raises(ApprovalError, match="does not wait"):
        here.decide(waiting, decision)
    answer = here.ask("total cost in 2026-09")
    with Thread(elsewhere, "t") as thread:
        assert len([m for m in thread.messages if m.role == "question"]) == 2
    assert answer.status == "answered"


def test_two_hosts_take_turns_in_a_thread(home: Path, tmp_path: Path, postgres: Server) -> None:
    url = postgres.store()
    here, there = (
        load_settings(where, state_url=url) for where in (home, tmp_path / "another-host")
    )
    with (
        among_hosts(here, "t", 0),
        pytest.raises(BusyError, match="'t' is still being answered"),
        among_hosts(there, "t", 0.05),
    ):
        raise AssertionError("two at once")
    with among_hosts(here, "t", 0), among_hosts(there, "other", 0):
        pass
    with pytest.raises(ZeroDivisionError), among_hosts(here, "t", 0):
        raise ZeroDivisionError
    with among_hosts(there, "t", 0):
        pass


def opened(settings: Settings) -> Any:
    async def work() -> Any:
        waiting = waiting_of(settings)
        async with AsyncExitStack() as stack:
            with waiting.faults():
                saver = await waiting.open(stack)
                return await saver.aget_tuple({"configurable": {"thread_id": "t"}})

    return asyncio.run(work())


@pytest.mark.slow  # loads langgraph in this process
def test_many_make_the_tables_at_once(home: Path, postgres: Server) -> None:
    settings = load_settings(home, state_url=postgres.store())

    async def together() -> list[Any]:
        return await asyncio.gather(*(asyncio.to_thread(opened, settings) for _ in range(6)))

    assert asyncio.run(together()) == [None] * 6


@pytest.mark.slow  # loads langgraph in this process
def test_a_role_that_may_only_write_uses_the_tables(home: Path, postgres: Server) -> None:
    url = make_url(postgres.store())
    with postgres.connect(str(url.database)) as con:
        con.execute("CREATE ROLE writer LOGIN")
    settings = load_settings(home, state_url=str(url.set(username="writer")))
    with pytest.raises(TagwrightError, match=r"cannot be kept .* \(InsufficientPrivilege\)"):
        opened(settings)
    opened(load_settings(home, state_url=str(url)))
    with postgres.connect(str(url.database)) as con:
        con.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer")
    assert opened(settings) is None


def test_what_is_stored_makes_no_object_of_a_class_that_it_names() -> None:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    stored = serializer().dumps_typed(Hostile())
    MADE.clear()
    serializer().loads_typed(stored)
    assert MADE == []
    JsonPlusSerializer(allowed_msgpack_modules=True).loads_typed(stored)
    assert MADE == ["x"]  # what it would have done
