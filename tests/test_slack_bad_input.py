"""What Slack sends that cannot be answered as asked: explained once, or finished, never silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_slack import APP, message, post
from slack_two import TWO, install, two_workspaces, workspace
from slack_world import World, slack_world
from tagwright.state import open_state

ASKED = f"<@{APP}> total cost by team"
SHUT = "Slack does not let me answer in the channel where you asked"


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch) as made:
        yield made


def faults(world: World) -> list[str]:
    journal = open_state(world.settings).journal()
    return [entry.body["why"] for entry in journal if entry.event == "job_failed"]


@pytest.mark.parametrize("why", ["not_in_channel", "channel_not_found", "is_archived"])
def test_in_a_channel_that_takes_no_answer_who_asked_is_told_in_direct_messages(
    why: str, world: World
) -> None:
    world.slack.faults["chat.postMessage"] = [why]
    world.sends(ASKED, thread_ts="90.000001")
    world.work()
    (told,) = world.slack.said("DU1")
    assert told.startswith(f"{SHUT} ({why})")
    assert "32" not in told
    assert "C1" not in world.slack.messages
    assert faults(world) == [f"Slack: {why}"]


def test_an_app_that_was_removed_from_the_channel_says_so_once(world: World) -> None:
    world.sends(ASKED)
    world.work()
    del world.slack.channels["C1"]
    world.sends("only ads", kind="message", ts="101.1", thread_ts="100.000001", event_id="E2")
    world.slack.faults["conversations.open"] = ["500"]
    world.work()
    assert "DU1" not in world.slack.messages
    world.later += world.later.__class__(minutes=5)
    world.work()
    assert len(world.slack.said("DU1")) == 1
    assert len(world.slack.said("C1")) == 1


def test_killed_after_it_was_told_it_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tagwright.state import jobs

    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    world.slack.faults["chat.postMessage"] = ["not_in_channel", "", "not_in_channel"]
    world.sends(ASKED)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "fail", dies)
        with pytest.raises(Killed):
            world.work()
    world.later += world.later.__class__(minutes=2)
    world.work("there:2:b")
    assert len(world.slack.said("DU1")) == 1
    assert faults(world) == ["Slack: not_in_channel"]


@pytest.mark.parametrize("why", ["token_revoked", "account_inactive", "invalid_auth"])
def test_a_token_that_is_revoked_in_the_middle_leaves_one_half_and_an_entry(
    why: str, world: World
) -> None:
    world.slack.faults["chat.postMessage"] = ["", why]
    world.sends(f"<@{APP}>\n- total cost by team\n- total cost by service")
    world.work()
    world.later += world.later.__class__(hours=2)
    world.work()  # the token is there again: what was given up stays so
    assert len(world.slack.said()) == 1
    assert "DU1" not in world.slack.messages
    assert faults(world) == [f"Slack: {why}"]


def test_a_token_that_is_revoked_leaves_the_others_at_work(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_workspaces(home, monkeypatch) as world:
        one, two = workspace("T0001"), workspace(TWO)
        install(world, one)
        install(world, two, "c2")
        two.token = "xoxb-another-now"
        for number, team in enumerate((TWO, "T0001")):
            body = message(ASKED, team=team, event_id=f"Ev{number}")
            assert post(world.url, body)[0] == 200
        world.work()
        assert len(one.said()) == 1
        assert (two.said(), two.ephemeral) == ([], [])
        assert faults(world) == ["Slack: invalid_auth"]


@pytest.mark.parametrize("length", [4_000, 4_001, 39_000])
def test_a_long_question_is_answered_once_in_words(length: int, world: World) -> None:
    world.sends(f"<@{APP}> " + "cost " * (length // 5) + "x" * (length % 5))
    world.work()
    world.work()
    (told,) = [*world.slack.said(), *(one["text"] for one in world.slack.ephemeral)]
    assert ("the limit is 4,000" in told) is (length > 4_000)


def test_an_edit_and_a_removal_do_not_ask_again(world: World) -> None:
    world.sends(ASKED)
    world.work()
    for kind in ("message_changed", "message_deleted"):
        changed = {"user": "U1", "text": ASKED, "ts": "100.000001"}
        world.sends("", kind="message", subtype=kind, message=changed, previous_message=changed,
                    event_id=kind)  # fmt: skip
    assert world.work() == 0
    assert len(world.slack.said()) == 1


def test_blocks_and_then_the_channel_are_refused(world: World) -> None:
    world.slack.faults["chat.postMessage"] = ["invalid_blocks", "not_in_channel"]
    world.sends(ASKED)
    world.work()
    assert [text[: len(SHUT)] for text in world.slack.said("DU1")] == [SHUT]
