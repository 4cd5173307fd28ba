"""Good or bad: one word a person and answer, counted, and the questions of the bad ones."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fake_slack import APP
from slack_answers import ASKED, BILL, PEOPLE
from slack_world import World, slack_world
from tagwright.people import os_user
from tagwright.state import Feedback, feedback_of, keep_feedback, open_state
from tagwright_agent.cli import cli

ROOT = f"  root: {{cli: ['{os_user()}'], may: [ask]}}\n"


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PEOPLE + ROOT, BILL) as made:
        made.slack.channels["C1"] = [APP, "U1", "U2"]
        yield made


def asked(world: World, text: str = ASKED, **more: str) -> dict[str, Any]:
    world.sends(text, **more)
    world.work()
    return world.slack.messages["C1"][-1]


def kept(world: World) -> list[tuple[str, int, bool]]:
    state = open_state(world.settings)
    return [(item.person, item.number, item.good) for item in feedback_of(state)]


def report() -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["feedback", "--json"], standalone_mode=False)
    assert done.exception is None, done.output
    found: dict[str, Any] = json.loads(done.output)
    return found


def test_the_last_press_of_a_person_counts_once(world: World) -> None:
    said = asked(world)
    for label in ("Good answer", "Good answer", "Bad answer"):
        world.presses_under(said, label)
        world.work()
    world.presses_under(said, "Good answer", user="U2")
    world.work()
    assert sorted(kept(world)) == [("dana", 1, True), ("lee", 1, False)]
    [told] = world.slack.responses  # of the bad one alone
    assert told["response_type"] == "ephemeral"
    assert "Noted" in told["text"]
    assert (report()["good"], report()["bad"]) == (1, 1)


def test_a_press_that_comes_late_does_not_undo_a_later_one(world: World) -> None:
    said = asked(world)
    world.presses_under(said, "Bad answer")
    world.presses_under(said, "Good answer")
    state = open_state(world.settings)
    with state.engine.begin() as con:  # the first has to wait
        con.exec_driver_sql("UPDATE jobs SET not_before = '2999' WHERE key = 'action/under.1'")
    world.work()
    with state.engine.begin() as con:
        con.exec_driver_sql("UPDATE jobs SET not_before = '2000' WHERE key = 'action/under.1'")
    assert world.work() == 1
    assert kept(world) == [("lee", 1, True)]


def test_bad_questions_come_newest_first(world: World) -> None:
    for number, text in enumerate(["total cost by team", "total cost by service", "top 5 teams"]):
        said = asked(world, f"<@{APP}> {text}", ts=f"10{number}.1", event_id=f"E{number}")
        world.presses_under(said, "Bad answer" if number != 1 else "Good answer")
        world.work()
    found = report()
    assert (found["good"], found["bad"], found["only_own"]) == (1, 2, False)
    assert [one["question"] for one in found["questions"]] == ["top 5 teams", "total cost by team"]
    assert {one["person"] for one in found["questions"]} == {"lee"}
    shown = CliRunner().invoke(cli, ["feedback"], standalone_mode=False).output
    assert "1 good, 2 bad." in shown
    assert shown.index("top 5 teams") < shown.index("total cost by team")


def test_who_sees_a_part_sees_what_they_said_themselves(world: World) -> None:
    said = asked(world)
    world.presses_under(said, "Bad answer")
    world.work()
    scoped = ROOT.replace("may: [ask]", "may: [ask], sees: {team: [t001]}")
    (world.settings.home / "people.yaml").write_text(PEOPLE + scoped)
    own = Feedback("t", 1, "root", False, dt.datetime(2026, 10, 2, tzinfo=dt.UTC), "cost by env")
    keep_feedback(open_state(world.settings), own)
    found = report()
    assert (found["bad"], found["only_own"]) == (1, True)
    assert [one["question"] for one in found["questions"]] == ["cost by env"]


def test_who_is_nobody_sees_nothing(world: World) -> None:
    (world.settings.home / "people.yaml").write_text(PEOPLE)
    done = CliRunner().invoke(cli, ["feedback"], standalone_mode=False)
    assert "is nobody in" in str(done.exception)
