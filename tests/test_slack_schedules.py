"""A question asked once is answered at its times: once each, to who may see it then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from fake_slack import APP
from slack_world import World, slack_world
from tagwright.state import jobs, open_state
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.calls import LaterError
from tagwright_agent.slack.schedule_words import Rule
from tagwright_agent.slack.schedules import SCHEDULES, due_once

PEOPLE = """
people:
  lee: {slack: [T0001/U1], may: [ask]}
  dana: {slack: [T0001/U2], may: [ask, administer]}
  ann: {slack: [T0001/U3], may: [ask]}
  sue: {slack: [T0001/U4], may: [ask], sees: {team: [search]}}
"""
ASKED = f"<@{APP}> every day at 9: total cost by team"
DAILY = Rule("day", 0, 9, 0, "Europe/Berlin")


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    AUDIENCE._kept.readers.clear()
    with slack_world(home, monkeypatch, PEOPLE) as made:
        yield made


def until_due(world: World, *, times: int = 1) -> None:
    now = dt.datetime.now(dt.UTC)
    due = now
    for _ in range(times):
        due = DAILY.after(due)
    world.later = due - now + dt.timedelta(seconds=1)


def asked(world: World, text: str = ASKED, **more: object) -> str:
    """Schedule it; the schedule's id."""
    world.sends(text, **more)
    world.work()
    state = open_state(world.settings)
    found = jobs.waiting(state, SCHEDULES)
    state.close()
    return found[-1].key.rsplit("/", 1)[-1] if found else ""


def test_it_is_confirmed_and_answered_once_each_time(world: World) -> None:
    name = asked(world)
    (said,) = world.slack.messages["C1"]
    assert "I answer here every day at 09:00 (Europe/Berlin): total cost by team." in said["text"]
    assert f"stop schedule {name}" in said["text"]
    assert said["thread_ts"] == "100.000001"
    for time in (1, 2):
        until_due(world, times=time)
        world.work()
        world.work("another:2:b")
        answers = world.slack.messages["C1"][1:]
        assert len(answers) == time
        assert "32.00" in answers[-1]["text"]
        assert "Scheduled: every day at 09:00 (Europe/Berlin)." in answers[-1]["text"]
        assert "thread_ts" not in answers[-1]


def test_sent_twice_it_is_one_schedule(world: World) -> None:
    asked(world)
    world.sends(ASKED)
    world.sends(ASKED, kind="message", event_id="E2")
    world.work()
    until_due(world)
    world.work()
    assert len([text for text in world.slack.said() if "32.00" in text]) == 1


def test_what_was_missed_is_answered_once_and_late(world: World) -> None:
    asked(world)
    until_due(world, times=5)
    world.work()
    assert len([text for text in world.slack.said() if "32.00" in text]) == 1


@pytest.mark.parametrize("before", ["keep", "later"])  # noting the next time, giving it back
def test_a_process_that_dies_asks_once_neither_early_nor_never(
    before: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Killed

    asked(world)
    until_due(world)
    with monkeypatch.context() as patch:
        patch.setattr(f"tagwright_agent.slack.schedules.jobs.{before}", dies)
        with pytest.raises(Killed):
            world.work()
    world.later += dt.timedelta(seconds=61)
    world.work("another:2:b")
    assert len([text for text in world.slack.said() if "32.00" in text]) == 1
    until_due(world, times=2)
    world.work("another:2:b")
    assert len([text for text in world.slack.said() if "32.00" in text]) == 2


def test_while_slack_cannot_be_asked_whose_the_token_is_it_waits(world: World) -> None:
    def away(_: str) -> NoReturn:
        raise LaterError("URLError", 5)

    asked(world)
    until_due(world)
    assert due_once(world.settings, away, "here:1:a", world.now)
    world.later += dt.timedelta(minutes=6)
    world.work()
    assert len([text for text in world.slack.said() if "32.00" in text]) == 1


def test_a_file_half_written_ends_no_schedule_however_often_it_was_asked(world: World) -> None:
    asked(world)
    for time in range(1, 14):
        until_due(world, times=time)
        world.work()
    people = world.settings.home / "people.yaml"
    text = people.read_text()
    people.write_text("people: [")
    until_due(world, times=14)
    for _ in range(3):
        world.work()
        world.later += dt.timedelta(minutes=6)
    faults = [it for it in open_state(world.settings).journal() if it.event == "job_failed"]
    assert ["not valid YAML" in str(it.body["why"]) for it in faults] == [True]
    people.write_text(text)
    world.work()
    assert len([text for text in world.slack.said() if "32.00" in text]) == 14


def test_what_cannot_be_answered_is_told_where_they_will_look(world: World) -> None:
    asked(world, f"<@{APP}> every day at 9: digest")
    until_due(world)
    world.work()
    assert world.slack.ephemeral == []
    assert "No week is whole in the data yet" in world.slack.said("DU1")[0]


@pytest.mark.parametrize(
    "what", ["every day at 8: cost", "stop schedule 3fa2b1", "what is scheduled?"]
)
def test_a_schedule_makes_lists_and_stops_none(what: str, world: World) -> None:
    assert asked(world, f"<@{APP}> every day at 9: {what}") == ""
    assert "Only a question is asked again and again" in world.slack.said()[0]


def test_words_like_a_schedule_are_answered_with_one_that_is_understood(world: World) -> None:
    assert asked(world, f"<@{APP}> every second Tuesday at noon: cost by team") == ""
    said = str(world.slack.messages["C1"][0])
    assert "nothing is scheduled" in said
    assert "every Tuesday at 9: cost by team" in said
    assert "32.00" not in said
    assert asked(world, f"<@{APP}> every Tuesday at 9: cost by team", ts="101.1", event_id="E2")


def test_where_somebody_may_not_see_it_it_comes_as_a_direct_message(world: World) -> None:
    asked(world)
    world.slack.channels["C1"] = [APP, "U1", "U4"]
    AUDIENCE._kept.readers.clear()
    until_due(world)
    world.work()
    assert not [text for text in world.slack.said() if "32.00" in text]
    (told,) = [one for where, held in world.slack.messages.items() if where != "C1"
               for one in held]  # fmt: skip
    assert "32.00" in told["text"]


def test_who_left_is_asked_for_no_more(world: World) -> None:
    asked(world)
    people = world.settings.home / "people.yaml"
    people.write_text(people.read_text().replace("T0001/U1", "T0001/U8"))
    until_due(world)
    world.work()
    assert len(world.slack.said()) == 1
    entry = open_state(world.settings).journal()[-1]
    assert entry.event == "job_failed"
    assert "T0001/U1 scheduled it, and" in str(entry.body["why"])


def test_it_is_listed_and_stopped_by_who_asked_or_administers(world: World) -> None:
    name = asked(world)
    world.sends(f"<@{APP}> what is scheduled here?", ts="101.1", event_id="E2", user="U3")
    world.sends(f"<@{APP}> stop schedule {name}", ts="102.1", event_id="E3", user="U3")
    world.work()
    assert (
        f"`{name}` every day at 09:00 (Europe/Berlin): total cost by team, asked by lee"
        in (world.slack.said()[1])
    )
    assert f"Schedule {name} is lee's" in world.slack.ephemeral[-1]["text"]
    world.sends(f"<@{APP}> stop schedule {name}", ts="103.1", event_id="E4", user="U2")
    world.sends(f"<@{APP}> stop schedule {name}", ts="104.1", event_id="E5")
    world.work()
    assert world.slack.said()[2:] == [
        f"Schedule {name} is stopped.", f"There is no schedule {name} here.",
    ]  # fmt: skip
    until_due(world)
    world.work()
    assert len(world.slack.said()) == 4


def test_a_digest_can_be_asked_for_and_scheduled(world: World) -> None:
    world.sends(f"<@{APP}> monthly digest")
    world.work()
    assert "No month is whole in the data yet" in world.slack.ephemeral[-1]["text"]
    asked(world, f"<@{APP}> every 1st at 9: monthly digest", ts="101.1", event_id="E2")
    assert (
        "on day 1 of every month at 09:00 (Europe/Berlin): monthly digest"
        in (world.slack.said()[-1])
    )


def test_nobody_schedules_and_no_more_than_twenty_a_channel(world: World) -> None:
    assert asked(world, user="U9") == ""
    assert "I do not know you yet" in world.slack.ephemeral[-1]["text"]
    for number in range(21):
        world.sends(ASKED, ts=f"2{number:02}.1", event_id=f"E{number}")
    world.work(most=30)
    assert world.slack.said()[-1] == "There are 20 schedules here already: stop one first."
