"""The home tab and the suggested questions: for who opened them, of what they may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from fake_slack import TEAM, message, post
from plans import change, plan_of
from sample_home import charge, load
from slack_world import World, slack_world
from tagwright.config import load_settings
from tagwright.people import at_terminal, by_slack, load_people
from tagwright.remediation import PlanStore
from tagwright.state import open_state
from tagwright_agent.session import Session
from tagwright_agent.slack.home import home_blocks, prompts_of

PEOPLE = """
people:
  lee: {slack: [T0001/U1], may: [ask, propose, approve]}
  dana: {slack: [T0001/U2], may: [ask, approve]}
  mo: {slack: [T0001/U4], may: [ask], sees: {team: [ads]}}
  kim: {slack: [T0001/U5], may: [approve]}
"""
BILL = [
    charge("10.00", "2026-08-05", ServiceName="Amazon EC2", Tags={"team": "search"}),
    charge("32.00", "2026-08-06", ServiceName="Amazon S3", Tags={"team": "ads"}),
    *(charge("1.00", f"2026-09-{day:02}", ServiceName="Amazon EC2", Tags={"team": "search"})
      for day in range(1, 15)),
    *(charge("20.00", f"2026-09-{day:02}", ServiceName="Amazon EC2", Tags={"team": "search"})
      for day in range(15, 31)),
    charge("7.00", "2026-09-30", ServiceName="Amazon S3", Tags={"team": "ads"}),
]  # fmt: skip


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (home / "taxonomy.yaml").write_text("keys:\n  team: {layer: business, required: true}\n")
    with slack_world(home, monkeypatch, PEOPLE, BILL) as made:
        yield made


def opens(world: World, user: str, *, tab: str = "home", at: int = 600, event: str = "E1") -> int:
    """Slack says that somebody opened a tab."""
    body = message("", user=user, channel="D1", kind="app_home_opened", event_id=event, tab=tab)
    return post(world.url, {**body, "event_time": at})[0]


def page(world: World, user: str) -> str:
    """What the home tab of somebody says, once it is opened."""
    assert opens(world, user) == 200
    world.work()
    return str(world.slack.homes[user]["blocks"])


def with_plan(world: World, by: str = "lee") -> None:
    now = world.now()
    times = {"created_at": now, "expires_at": now + dt.timedelta(hours=72)}
    state = open_state(world.settings)
    store = PlanStore(state, world.settings, load_people(world.settings))
    store.save(plan_of(change(1), by=by, **times), now)
    state.close()


def test_the_page_says_spend_change_coverage_and_plans(world: World) -> None:
    text = page(world, "U1")
    assert "341.00 USD" in text
    assert "42.00 USD" in text
    assert "15 September 2026" in text  # the day it began
    assert "100.0%" in text
    assert text.count("Data begins 2026-08-05") == 1
    assert "None." in text
    assert "What lee sees" in text


@pytest.mark.parametrize(
    ("today", "month"),
    [
        ("2026-09-02", "August 2026"),
        ("2026-09-04", "August 2026"),
        ("2026-09-05", "September 2026"),
    ],
)
def test_a_month_is_told_from_its_third_whole_day_on(today: str, month: str, home: Path) -> None:
    now = dt.datetime.fromisoformat(f"{today}T10:00Z")
    days = (now.date() - dt.date(2026, 7, 1)).days
    bill = [charge("10.00", str(dt.date(2026, 7, 1) + dt.timedelta(days=n))) for n in range(days)]
    with time_machine.travel(now, tick=True):
        settings = load(home, bill)
        text = str(home_blocks(settings, at_terminal(settings), now))
    assert f"Spend in {month}" in text
    assert "Nothing changed." in text
    assert "is not known" not in text


def test_a_plan_is_shown_with_whom_it_waits_for(world: World) -> None:
    with_plan(world)
    assert "asked for by lee: waits for your decision" in page(world, "U2")
    assert "asked for by lee: waits for dana or kim" in page(world, "U1")


def test_who_sees_a_part_sees_the_page_of_that_part(world: World) -> None:
    with_plan(world)
    text = page(world, "U4")
    assert "7.00 USD" in text
    assert "341.00" not in text
    assert "334.00" not in text
    assert "Amazon EC2" not in text
    assert "plan-1" not in text


@pytest.mark.parametrize(
    ("user", "words"),
    [("U9", "add you to people.yaml as slack: [T0001/U9]"), ("U5", "kim may not ask")],
)
def test_who_may_not_ask_gets_no_figure(user: str, words: str, world: World) -> None:
    text = page(world, user)
    assert words in text
    assert "341" not in text
    opens(world, user, tab="messages", event="E2")
    world.work()
    assert world.slack.prompts == []


def test_it_is_made_once_a_minute_whatever_comes_how_often(world: World) -> None:
    for event in ("E1", "E1", "E2"):
        opens(world, "U1", event=event)
    opens(world, "U1", at=660, event="E3")
    opens(world, "U2")
    world.work()
    made = [body["user_id"] for method, body in world.slack.calls if method == "views.publish"]
    assert made == ["U1", "U1", "U2"]


def test_there_is_no_data_yet(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "people.yaml").write_text(PEOPLE)
    settings = load_settings(home)
    who = by_slack(settings, (TEAM,), "U1")
    assert "There is no data yet." in str(home_blocks(settings, who, dt.datetime.now(dt.UTC)))
    assert prompts_of(settings, who) == []


def test_names_of_the_bill_are_no_markup(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bill = [
        charge(cost, day, ServiceName="<!channel> *x*", Tags={"team": "<@U1>"})
        for cost, day in (("3.00", "2026-08-05"), ("5.00", "2026-09-30"))
    ]
    with slack_world(home, monkeypatch, PEOPLE, bill) as made:
        opens(made, "U1")
        made.work()
        blocks = made.slack.homes["U1"]["blocks"]
        assert {block["type"] for block in blocks} == {"header", "rich_text", "context", "actions"}
        assert "'text': '<!channel> *x*'" in str(blocks)


@pytest.mark.parametrize("user", ["U1", "U4"])
def test_what_is_suggested_is_answered(user: str, world: World) -> None:
    # Over a second: each is asked when it is suggested, and again here in a conversation.
    opens(world, user, tab="messages")
    world.work()
    (sent,) = world.slack.prompts
    assert sent["channel_id"] == "D1"
    assert len(sent["prompts"]) == 4
    for number, prompt in enumerate(sent["prompts"]):
        session = Session(
            world.settings, f"t{number}", door=lambda: by_slack(world.settings, (TEAM,), user)
        )
        assert session.ask(prompt["message"]).status == "answered"
    stored = open_state(world.settings)
    assert PlanStore(stored, world.settings, load_people(world.settings)).count() == 0


@pytest.mark.parametrize(
    ("fault", "shown"), [("missing_scope", False), ("500", True), ("drop", True), ("429", True)]
)
def test_what_slack_does_not_take(fault: str, shown: bool, world: World) -> None:
    world.slack.faults["views.publish"] = [fault] * (4 if fault == "429" else 1)
    opens(world, "U1")
    world.work()
    world.later += dt.timedelta(minutes=5)
    world.work()
    assert ("U1" in world.slack.homes) is shown
