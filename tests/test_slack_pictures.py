"""A chart that Slack cannot draw is a picture below the answer, once; else it is left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_slack import APP
from sample_home import charge
from slack_world import World, slack_world
from tagwright.blocks import Chart
from tagwright_agent.slack import pictures as module

BILL = [charge(f"{day}.00", f"2026-09-{day:02}", Tags={"team": "ads"}) for day in range(1, 31)]
ASKED = f"<@{APP}> cost by day in september 2026"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, bill=BILL) as made:
        yield made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Chart]:
    """What was drawn: drawing takes a second, and is tested in test_render_picture."""
    found: list[Chart] = []

    def png(chart: Chart) -> bytes:
        found.append(chart)
        return PNG

    monkeypatch.setattr(module, "png", png)
    return found


def asked(world: World, **more: str) -> list[dict[str, Any]]:
    """The messages after a question and all that is due in a while, those with files alone."""
    world.sends(ASKED, **more)
    for _ in range(3):
        world.work()
        world.later += dt.timedelta(minutes=5)
    return [one for one in world.slack.messages.get("C1", []) if "files" in one]


def test_thirty_days_are_a_picture_in_the_thread(world: World) -> None:
    [message] = asked(world)
    assert message["thread_ts"] == "100.000001"
    [file] = message["files"]
    assert world.slack.files[file["id"]]["content"].startswith(PNG)
    assert "by day" in file["title"]
    said = world.slack.messages["C1"][0]
    assert "left out" not in said["text"]  # it is not: it stands below
    assert "20 of 30 rows are shown." in said["text"]  # its twin: the others stand on pages


@pytest.mark.parametrize("fault", ["lost", "drop", "500"])
@pytest.mark.parametrize(
    "step", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
)
def test_whatever_becomes_of_a_call_answer_and_picture_are_there_once(
    step: str, fault: str, world: World, drawn: list[Chart]
) -> None:
    world.slack.faults[step] = [fault]
    assert len(asked(world)) == 1
    assert len(world.slack.messages["C1"]) == 2
    assert {chart.kind for chart in drawn} == {"trend"}


def test_an_answer_for_one_person_has_none(world: World, drawn: list[Chart]) -> None:
    world.slack.channels["C1"].append("U9")
    assert asked(world) == []
    assert drawn == []
    assert "it has more than 20 labels" in world.slack.ephemeral[0]["text"]


def test_without_the_extra_it_is_left_out(
    world: World, drawn: list[Chart], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    assert asked(world) == []
    assert drawn == []
    assert "it has more than 20 labels" in world.slack.messages["C1"][0]["text"]


def test_an_app_that_may_not_send_files_has_answered_all_the_same(
    world: World, drawn: list[Chart], caplog: pytest.LogCaptureFixture
) -> None:
    world.slack.faults["files.getUploadURLExternal"] = ["missing_scope"]
    assert asked(world) == []
    assert len(world.slack.messages["C1"]) == 1
    assert len(drawn) == 1
    assert "files:write" in caplog.text
