"""The rows of an answer as a file: all of them, once, for who may see them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fake_slack import APP
from sample_home import charge, load
from slack_answers import ASKED, BILL, PEOPLE, TEAMS
from slack_world import World, slack_world, under
from tagwright_agent.slack import upload as module
from tagwright_agent.slack import worker


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PEOPLE, BILL) as made:
        made.slack.channels["C1"] = [APP, "U1", "U2"]
        yield made


def asked(world: World, text: str = ASKED, **more: str) -> dict[str, Any]:
    world.sends(text, **more)
    world.work()
    return world.slack.messages["C1"][-1]


def shared(world: World, channel: str = "C1") -> list[dict[str, Any]]:
    return [one for one in world.slack.messages.get(channel, []) if "files" in one]


def rows(world: World, message: dict[str, Any]) -> list[dict[str, str]]:
    [file] = message["files"]
    text = world.slack.files[file["id"]]["content"].decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_file_has_every_row_exactly_and_stands_in_the_thread(world: World) -> None:
    said = asked(world)
    world.presses_under(said, "CSV")
    world.work()
    [message] = shared(world)
    assert message["thread_ts"] == said["thread_ts"]
    found = rows(world, message)
    assert [row["team"] for row in found] == [f"t{n:03}" for n in range(TEAMS, 0, -1)]
    assert {row["currency"] for row in found} == {"USD"}
    assert found[0]["effective_cost"] == "63.004"
    assert sum(Decimal(row["effective_cost"]) for row in found) == Decimal("2016.252")
    assert world.slack.responses == []


def test_more_rows_than_a_tool_gives_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bill = [charge("1.00", "2026-09-30", Tags={"team": f"t{n:04}"}) for n in range(2105)]
    with slack_world(home, monkeypatch, PEOPLE, bill) as world:
        world.presses_under(asked(world), "CSV")
        world.work()
        found = rows(world, shared(world)[0])
        assert sorted(row["team"] for row in found) == [f"t{n:04}" for n in range(2105)]


def test_names_are_no_formulas_and_figures_are_no_text(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["=cmd|' /c calc'!a0", "+1", "-1", "@x", "a,b", 'c"d', "plain"]
    bill = [charge("-2.50", "2026-09-30", Tags={"team": name}) for name in names]
    with slack_world(home, monkeypatch, PEOPLE, bill) as world:
        world.presses_under(asked(world), "CSV")
        world.work()
        found = rows(world, shared(world)[0])
    guarded = {f"'{name}" if name[0] in "=+-@" else name for name in names}
    assert {row["team"] for row in found} == guarded
    assert {row["effective_cost"] for row in found} == {"-2.50"}


@pytest.mark.parametrize("users", [("U1", "U1"), ("U1", "U2")])
def test_pressed_twice_it_is_there_once(users: tuple[str, str], world: World) -> None:
    said = asked(world)
    for user in users:
        world.presses_under(said, "CSV", user=user)
    world.work()
    [message] = shared(world)
    [told] = world.slack.responses
    assert f"In this thread already: `{message['files'][0]['name']}`." in told["text"]


def test_a_file_of_that_name_that_somebody_else_put_there_is_not_ours(world: World) -> None:
    said = asked(world)
    world.presses_under(said, "CSV")
    world.work()
    [planted] = shared(world)
    planted["user"] = "U9"
    world.presses_under(said, "CSV")
    world.work()
    assert [one["user"] for one in shared(world)] == ["U9", APP]
    assert world.slack.responses == []


STEPS = ("conversations.replies", "files.getUploadURLExternal", "upload",
         "files.completeUploadExternal")  # fmt: skip


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        (step, fault)
        for step in STEPS
        for fault in ("lost", "drop", "500", "429")
        if (step, fault) != ("upload", "429")
    ],
)
def test_whatever_becomes_of_a_call_it_is_there_once(fault: str, step: str, world: World) -> None:
    said = asked(world)
    world.slack.faults[step] = [fault] * (4 if fault == "429" else 1)
    world.presses_under(said, "CSV")
    for _ in range(3):
        world.work()
        world.later += dt.timedelta(minutes=5)
    [message] = shared(world)
    assert len(rows(world, message)) == TEAMS


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", [*STEPS[1:], "said", "respond"])
def test_killed_after_any_call_it_is_there_once(
    step: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = asked(world)
    world.presses_under(said, "CSV")
    from slack_sdk import WebClient

    where = {
        "files.getUploadURLExternal": (WebClient, "files_getUploadURLExternal"),
        "upload": (WebClient, "_upload_file"),
        "files.completeUploadExternal": (WebClient, "files_completeUploadExternal"),
        "said": (worker, "pressed_under"),
        "respond": (worker.jobs, "keep"),
    }[step]
    real = getattr(*where)

    def dies(*arguments: object, **more: object) -> object:
        real(*arguments, **more)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*where, dies)
        with pytest.raises(Killed):
            world.work()
    world.later += dt.timedelta(seconds=61)
    assert world.work("another:2:b") == 1
    [message] = shared(world)
    assert len(rows(world, message)) == TEAMS


def test_of_an_answer_for_one_person_it_goes_to_them_alone(world: World) -> None:
    world.slack.channels["C1"].append("U9")
    world.sends(ASKED)
    world.work()
    (said,) = world.slack.ephemeral
    world.presses_under(said, "CSV")
    world.work()
    assert shared(world) == []
    [message] = shared(world, "DU1")
    assert len(rows(world, message)) == TEAMS
    assert "your direct messages" in world.slack.responses[0]["text"]
    world.presses_under(said, "CSV")
    world.work()
    assert len(shared(world, "DU1")) == 1


def test_in_a_direct_message_it_stands_below_the_answer(world: World) -> None:
    world.sends("total cost by team", channel="D1", channel_type="im", kind="message")
    world.work()
    [said] = world.slack.messages["D1"]
    world.presses_under(said, "CSV")
    world.work()
    [message] = shared(world, "D1")
    assert message["thread_ts"] == said["ts"]


def test_of_data_that_is_gone_there_is_no_half_of_a_file(world: World) -> None:
    said = asked(world)
    (world.settings.home / "tagwright.toml").write_text("keep_snapshots = 1\n")
    load(world.settings.home, [charge("9", "2026-08-01")], name="august.csv")
    world.presses_under(said, "CSV")
    world.work()
    assert shared(world) == []
    assert world.slack.files == {}
    assert "no longer kept" in world.slack.responses[0]["text"]


def test_an_app_that_may_not_send_files_says_what_it_lacks(world: World) -> None:
    said = asked(world)
    world.slack.faults["files.getUploadURLExternal"] = ["missing_scope"]
    world.presses_under(said, "CSV")
    world.work()
    assert "files:write" in world.slack.responses[0]["text"]
    assert shared(world) == []


def test_an_answer_without_a_table_has_no_file(world: World) -> None:
    said = asked(world, f"<@{APP}> what was the total cost in september 2026?")
    assert "CSV" not in under(said)
    assert "Show receipt" in under(said)


def test_what_is_read_before_it_is_sent_is_of_the_last_day(world: World) -> None:
    client = worker_client(world)
    place = module.direct_to(client, "U1", dt.datetime(2026, 10, 2, tzinfo=dt.UTC))
    assert place == module.Place("DU1", oldest="1790812800.0")


def worker_client(world: World) -> Any:
    from fake_slack import TOKEN
    from tagwright_agent.slack.app import web_client

    return web_client(world.settings, TOKEN)
