"""What became of somebody's plans: to them, once, and kept within bounds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from plans import NOW, change, decide, plan_of, plan_store
from tagwright.config import load_settings
from tagwright.context import open_context
from tagwright.errors import BusyError
from tagwright.people import Principal
from tagwright.remediation import PlanStore
from tagwright_mcp.news import MOST_PEOPLE, MOST_PLANS, News

if TYPE_CHECKING:
    from pathlib import Path

MALLORY = Principal("mallory", "mcp")
BOB = Principal("bob", "cli", "bob")


def told(home: Path, news: News, who: Principal = MALLORY, now: dt.datetime = NOW) -> list[str]:
    with open_context(load_settings(home), who, now=now) as ctx:
        return news.tell(ctx)


def test_each_move_is_told_once_until_there_is_no_more(home: Path) -> None:
    news = News()
    with plan_store(home) as store:
        store.save(plan_of(change(1)), NOW)
        news.proposed("mallory", "plan-1")
        assert told(home, news) == []
        decide(store, store.get("plan-1").plan, BOB, "approve")
    assert told(home, news, Principal("bob", "mcp")) == []
    assert told(home, news) == ["Since you asked last: plan-1 was approved by bob."]
    assert told(home, news) == []
    late = NOW + dt.timedelta(days=4)
    assert told(home, news, now=late) == ["Since you asked last: plan-1 has expired."]
    assert told(home, news, now=late) == []
    assert not news._people


def test_what_has_gone_is_forgotten(home: Path) -> None:
    news = News()
    news.proposed("mallory", "plan-9")
    assert told(home, news) == []
    assert not news._people


def test_a_store_that_is_locked_keeps_nobody_from_an_answer(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    news = News()
    with plan_store(home) as store:
        store.save(plan_of(change(1)), NOW)
        news.proposed("mallory", "plan-1")
        decide(store, store.get("plan-1").plan, BOB, "reject")

    def locked(*_: Any) -> None:
        raise BusyError("locked")

    with monkeypatch.context() as patched:
        patched.setattr(PlanStore, "get", locked)
        assert told(home, news) == []
    assert told(home, news) == ["Since you asked last: plan-1 was rejected by bob."]


def test_who_proposed_nothing_costs_no_look(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlanStore, "get", None)
    assert told(home, News()) == []
    assert not (home / "state.sqlite3").exists()


def test_it_is_kept_within_bounds() -> None:
    news = News()
    for number in range(MOST_PEOPLE + 5):
        news.proposed(f"p{number}", "plan")
    for number in range(MOST_PLANS + 5):
        news.proposed("p5", f"plan-{number}")
    assert len(news._people) == MOST_PEOPLE
    assert "p4" not in news._people
    assert list(news._people["p5"]) == [f"plan-{number}" for number in range(5, MOST_PLANS + 5)]
