"""Alerts in Slack: one message for one cause, said where everybody may see it, over processes."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts_world import FIRST, daily
from fake_slack import APP
from focus_files import write_focus
from homes import fill
from slack_world import World, buttons, slack_world
from tagwright.state import Entry, open_state
from tagwright_agent.cli import main
from tagwright_agent.slack import tell

PEOPLE = """
people:
  lee: {slack: [T0001/U1], may: [ask]}
  dana: {slack: [T0001/U2], may: [ask]}
  mo: {slack: [T0001/U4], may: [ask], sees: {team: [ads]}}
"""
RULES = "alerts: [{kind: spend_jump, as: dana, channel: T0001/C1}]\n"
JUMP = dt.date(2026, 9, 19)
CALM = [*daily("200", FIRST, 80), *daily("200", FIRST, 80, {"team": "ads"})]
BILL = [*CALM, *daily("500", JUMP, 3), *daily("200", JUMP, 3, {"team": "ads"})]


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PEOPLE, BILL) as made:
        (home / "alerts.yaml").write_text(RULES)
        made.slack.bots.add(APP)
        yield made


def bill(world: World, rows: list[dict[str, Any]], name: str) -> None:
    """Another export of the same months arrives, with these charges as well."""
    where = world.settings.home / "exports"
    fill(world.settings, [write_focus(where / name, [*BILL, *rows])])
    passes(world, minutes=2)


def passes(world: World, **time: float) -> None:
    world.later += dt.timedelta(**time)
    world.work()


def journal(world: World) -> list[Entry]:
    state = open_state(world.settings)
    try:
        return [it for it in state.journal() if it.event.startswith("alert_")]
    finally:
        state.close()


def labels(world: World) -> list[str]:
    """Of the buttons that answer it; the one that shows its receipts always stands there."""
    *answers, receipt = (it["text"]["text"] for it in buttons(world.slack.messages["C1"][0]))
    assert receipt == "Show receipt"
    return answers


def test_a_jump_is_told_once_with_its_buttons(world: World) -> None:
    world.work()
    (said,) = world.slack.said()
    assert "Spend jumped: search, Amazon EC2 since 19 September 2026." in said
    assert "+900.00 USD (+150.0%) so far" in said
    assert labels(world) == ["Acknowledge", "Planned", "Snooze 7 days"]
    for _ in range(3):
        passes(world, days=1)
    assert len(world.slack.said()) == 1
    assert [it.event for it in journal(world)] == ["alert_told"]


def test_without_the_file_nothing_is_told(world: World) -> None:
    (world.settings.home / "alerts.yaml").unlink()
    assert world.work() == 0
    assert world.slack.said() == []


def test_the_message_follows_the_money_and_its_end(world: World) -> None:
    world.work()
    bill(world, daily("500", JUMP + dt.timedelta(days=3), 2), "more.csv")
    (said,) = world.slack.said()
    assert "+1,500.00 USD" in said
    more = daily("500", JUMP + dt.timedelta(days=3), 2)
    bill(world, [*more, *daily("200", JUMP + dt.timedelta(days=5), 6)], "calm.csv")
    (said,) = world.slack.said()
    assert "from 19 September 2026 to 23 September 2026" in said
    assert "and it is over" in said
    assert labels(world) == []


def test_what_is_said_to_it_stands_in_it(world: World) -> None:
    world.work()
    world.presses("Acknowledge", user="U1")
    world.work()
    assert "Acknowledged by lee" in world.slack.said()[0]
    assert labels(world) == ["Planned", "Snooze 7 days"]
    world.presses("Planned", user="U2")
    world.work()
    assert "Planned by dana" in world.slack.said()[0]
    assert "quiet until" in world.slack.said()[0]
    assert labels(world) == []
    assert [it.event for it in journal(world)] == [
        "alert_told", "alert_acknowledged", "alert_planned",
    ]  # fmt: skip


@pytest.mark.parametrize("user", ["U4", "U9"])  # sees a part; is nobody
def test_who_may_not_see_it_may_not_answer_it(world: World, user: str) -> None:
    world.work()
    world.presses("Snooze 7 days", user=user)
    world.work()
    assert "Snoozed" not in world.slack.said()[0]
    assert len(world.slack.ephemeral) == 1
    assert [it.event for it in journal(world)] == ["alert_told"]


def test_snoozed_is_quiet_until_its_time_is_over(world: World) -> None:
    world.work()
    world.presses("Snooze 7 days")
    world.work()
    before = world.slack.said()[0]
    bill(world, daily("500", JUMP + dt.timedelta(days=3), 1), "more.csv")
    assert world.slack.said() == [before]
    passes(world, days=7)
    passes(world, minutes=2)
    first, again = world.slack.said()
    assert "+1,200.00 USD" in first
    assert "It was snoozed, and it goes on" in again
    assert world.slack.messages["C1"][1]["thread_ts"] == world.slack.messages["C1"][0]["ts"]
    assert labels(world) == ["Acknowledge", "Planned", "Snooze 7 days"]
    passes(world, days=1)
    assert len(world.slack.said()) == 2


def test_snoozed_is_told_where_it_doubled(world: World) -> None:
    world.work()
    world.presses("Snooze 7 days")
    world.work()
    bill(world, daily("900", JUMP + dt.timedelta(days=3), 2), "more.csv")
    passes(world, minutes=2)
    first, again = world.slack.said()
    assert "+2,300.00 USD" in first
    assert "it goes on" in again


@pytest.mark.usefixtures("workspace_reads")
def test_in_a_public_channel_nothing_is_said_and_the_journal_says_why(world: World) -> None:
    world.slack.public = {"C1"}
    world.work()
    assert world.slack.said() == []
    (entry,) = journal(world)
    assert entry.event == "alert_kept"
    assert entry.body["why"].startswith("this channel is public")


def test_where_somebody_may_not_see_it_nothing_is_said_and_the_journal_says_why(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.slack.channels["C1"].append("U4")
    world.work()
    passes(world, minutes=5)
    assert world.slack.said() == []
    (entry,) = journal(world)
    assert (entry.event, entry.body["why"]) == (
        "alert_kept",
        "1 member of this channel may not see it",
    )
    world.slack.channels["C1"].remove("U4")
    tell.AUDIENCE._kept.readers.clear()
    passes(world, hours=1)
    assert len(world.slack.said()) == 1


def test_who_sees_a_team_may_be_told_and_answer_what_is_of_that_team_alone(world: World) -> None:
    """Though the rule's person sees everything; what is of all teams is not said there."""
    path = world.settings.home / "people.yaml"
    path.write_text(PEOPLE + "  sam: {slack: [T0001/U5], may: [ask], sees: {team: [search]}}\n")
    world.slack.channels["C1"].append("U5")
    rules = world.settings.home / "alerts.yaml"
    rules.write_text(RULES.replace("}]", ", by: [service_name]}]"))
    world.work()
    assert world.slack.said() == []
    rules.write_text(RULES)
    passes(world, minutes=2)
    assert len(world.slack.said()) == 1
    world.presses("Acknowledge", user="U5")
    world.work()
    assert "Acknowledged by sam" in world.slack.said()[0]


def test_at_most_so_many_new_messages_a_day(world: World) -> None:
    teams = [f"t{n}" for n in range(5)]
    rules = RULES.replace("}]", ", by: [team]}]") + "new_a_day: 2\n"
    (world.settings.home / "alerts.yaml").write_text(rules)
    rows = [row for it in teams for row in (*daily("100", FIRST, 80, {"team": it}),
                                            *daily("500", JUMP, 3, {"team": it}))]  # fmt: skip
    bill(world, rows, "teams.csv")
    first, last = world.slack.said()
    assert "More was found today" not in first
    assert "More was found today, and is not told one by one: " in last
    passes(world, days=1)
    assert len(world.slack.said()) == 4


def test_what_is_over_that_number_is_named_only_where_everybody_may_see_it(world: World) -> None:
    rules = RULES.replace("}]", ", by: [team]}]") + "new_a_day: 1\n"
    (world.settings.home / "alerts.yaml").write_text(rules)
    world.slack.channels["C1"] = [APP, "U1", "U4"]  # mo sees ads alone
    bill(world, daily("9000", JUMP, 3, {"team": "ads"}), "ads.csv")
    (said,) = world.slack.said()
    assert "Spend jumped: ads" in said
    assert "search" not in said
    assert [it.event for it in journal(world)] == ["alert_told", "alert_kept"]


def test_a_wrong_file_is_in_the_journal_once_and_is_mended(world: World) -> None:
    (world.settings.home / "alerts.yaml").write_text("alerts: [{kind: spend_jump}]")
    world.work()
    passes(world, minutes=11)
    (entry,) = journal(world)
    assert "rule 1 (spend_jump)" in entry.body["why"]
    (world.settings.home / "alerts.yaml").write_text(RULES)
    passes(world, minutes=11)
    assert len(world.slack.said()) == 1


@pytest.mark.parametrize("fault", ["lost", "drop", "429", "500"])
@pytest.mark.parametrize("method", ["chat.postMessage", "conversations.members", "chat.update"])
def test_slack_fails_in_between(world: World, method: str, fault: str) -> None:
    world.slack.faults[method] = [fault]
    for _ in range(3):
        passes(world, hours=2)
    bill(world, daily("500", JUMP + dt.timedelta(days=3), 2), "more.csv")
    passes(world, hours=2)
    (said,) = world.slack.said()
    assert "+1,500.00 USD" in said


class KilledError(BaseException):
    """As SIGKILL: nothing in between catches it."""


STEPS = 6


@pytest.mark.slow  # each is a whole world with two bills
@pytest.mark.parametrize("at", range(STEPS + 1))
def test_a_process_that_dies_anywhere_leaves_one_message(
    world: World, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """It dies before its write or call of that number; another process goes on."""
    left = [at]

    def dying(work: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if left[0] == 0:
                left[0] = -1
                raise KilledError
            left[0] -= 1
            return work(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in ("keep", "later", "done"):
            patch.setattr(tell.jobs, name, dying(getattr(tell.jobs, name)))
        for name in ("post", "update", "standing"):
            patch.setattr(tell.Place, name, dying(getattr(tell.Place, name)))
        patch.setattr(tell, "append", dying(tell.append))
        with contextlib.suppress(KilledError):
            world.work("there:1:b")
    passes(world, minutes=3)
    passes(world, minutes=3)
    assert len(world.slack.said()) == 1
    assert (left[0] >= 0) == (at >= STEPS)  # every step of the whole way is among them
    bill(world, daily("500", JUMP + dt.timedelta(days=3), 2), "more.csv")
    assert ["+1,500.00 USD" in it for it in world.slack.said()] == [True]


def test_the_journal_with_alerts_in_it_verifies(world: World) -> None:
    world.work()
    assert [it.event for it in journal(world)] == ["alert_told"]
    (world.settings.home / "people.yaml").unlink()  # who runs the test is nobody in it
    assert main(["journal", "verify", "--home", str(world.settings.home)]) == 0


def test_two_processes_tell_once(world: World) -> None:
    world.work("here:1:a", most=1)
    world.work("there:1:b", most=3)
    world.work("here:1:a")
    assert len(world.slack.said()) == 1
