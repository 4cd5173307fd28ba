"""A question is answered once, by whichever process, whatever happens on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_slack import APP, message, post
from slack_world import World, slack_world
from tagwright.state import open_state
from tagwright_agent.slack import deliver as module
from tagwright_agent.slack import worker as worker_module

ASKED = f"<@{APP}> total cost by team"


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch) as made:
        yield made


def states(world: World) -> list[str]:
    state = open_state(world.settings)
    with state.reading() as con:
        return [row[0] for row in con.exec_driver_sql("SELECT state FROM jobs ORDER BY id")]


def test_an_answer_stands_in_the_thread_with_its_text(world: World) -> None:
    world.sends(ASKED)
    assert world.work() == 1
    (said,) = world.slack.messages["C1"]
    assert (said["channel"], said["thread_ts"]) == ("C1", "100.000001")
    assert "32.00" in said["text"]
    assert any(block["type"] == "data_table" for block in said["blocks"])
    assert states(world) == ["done"]
    assert world.work() == 0


def test_a_reply_in_the_thread_needs_no_mention_and_is_a_follow_up(world: World) -> None:
    world.sends(ASKED)
    world.work()
    world.sends("only ads", kind="message", ts="101.000001", thread_ts="100.000001", event_id="E2")
    world.sends("we had lunch", kind="message", ts="102.1", thread_ts="90.000001", event_id="E3")
    world.work()
    texts = world.slack.said()
    assert len(texts) == 2
    assert "32.00" in texts[1]
    assert "10.00" not in texts[1]


def test_who_is_nobody_in_the_file_gets_no_figure_and_is_told_alone(world: World) -> None:
    world.sends(ASKED, user="U9")
    world.work()
    assert world.slack.messages == {}
    (told,) = world.slack.ephemeral
    assert told["user"] == "U9"
    assert "T0001/U9" in told["text"]
    assert "32" not in told["text"]


def test_without_a_file_nobody_gets_a_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("TAGWRIGHT_HOME", str(tmp_path / "other"))
    with slack_world(tmp_path / "other", monkeypatch, people="") as world:
        world.sends(ASKED)
        world.work()
        assert "There is no people.yaml yet" in world.slack.ephemeral[0]["text"]
        assert world.slack.messages == {}


def test_a_guest_of_another_company_is_not_taken_for_somebody_here(world: World) -> None:
    world.sends(ASKED, user="U1", user_team="T0666")
    world.work()
    assert "T0666/U1" in world.slack.ephemeral[0]["text"]


def test_a_stranger_is_told_once_a_conversation_and_day(world: World) -> None:
    world.slack.channels["C1"] += ["U8", "U9"]
    asked = [("U9", "100.1"), ("U9", "100.1"), ("U8", "100.1"), ("U9", "200.1"), ("U9", "100.1")]
    for number, (user, thread) in enumerate(asked):
        more = {"user": user, "thread_ts": thread, "event_id": f"E{number}"}
        world.sends(ASKED, ts=f"{thread}{number}", **more)
    world.work()
    told = [(one["user"], one["thread_ts"]) for one in world.slack.ephemeral]
    assert sorted(told) == [("U8", "100.1"), ("U9", "100.1"), ("U9", "200.1")]
    assert set(states(world)) == {"done"}
    world.later += dt.timedelta(days=1)
    world.sends(ASKED, user="U9", ts="100.19", thread_ts="100.1", event_id="E9")
    world.work()
    assert len(world.slack.ephemeral) == 4
    people = world.settings.home / "people.yaml"
    people.write_text(people.read_text() + "  ned: {slack: [T0001/U9], may: [ask]}\n")
    world.sends(ASKED, user="U9", ts="100.20", thread_ts="100.1", event_id="E10")
    world.work()
    assert "32.00" in world.slack.ephemeral[-1]["text"]


def test_nobody_in_slack_is_told_where_the_home_is(world: World) -> None:
    home = world.settings.home
    (home / "people.yaml").write_text(
        "people: {lee: {slack: [T0001/U1], may: [propose]}, dana: {slack: [T0001/U2], may: [ask]}}"
    )
    world.sends(ASKED)
    world.work()
    (told,) = world.slack.ephemeral
    assert "What each may stands in people.yaml" in told["text"]
    world.slack.channels["D1"] = [APP, "U1"]
    opened = {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"}
    post(world.url, {**message(""), "event_id": "Ev9", "event": opened})
    world.work()
    assert "people.yaml" in str(world.slack.homes["U1"])
    assert str(home) not in str(world.slack.ephemeral) + str(world.slack.homes)


@pytest.mark.parametrize("fault", ["lost", "drop", "500", "429"])
def test_whatever_becomes_of_the_call_it_is_said_once(fault: str, world: World) -> None:
    world.slack.faults["chat.postMessage"] = [fault] * (4 if fault == "429" else 1)
    world.sends(ASKED)
    world.work()
    world.later += dt.timedelta(minutes=5)
    world.work()
    assert len(world.slack.said()) == 1
    assert states(world) == ["done"]


@pytest.mark.parametrize(("author", "answers"), [({"user": "U9"}, 1), ({"bot_id": "B9"}, 1),
                                                 ({"bot_id": "B1"}, 0)])  # fmt: skip
def test_what_another_app_marks_as_our_answer_is_not_taken_for_it(
    author: dict[str, str], answers: int, world: World
) -> None:
    payload = {"question": "message/T0001/C1/100.000001", "part": 0}
    marked = {"event_type": "tagwright_answer", "event_payload": payload}
    planted = {"channel": "C1", "thread_ts": "100.000001", "ts": "100.5", "text": "nothing",
               "metadata": marked}  # fmt: skip
    world.slack.messages["C1"] = [{**planted, **author}]
    world.slack.faults["chat.postMessage"] = ["500"]
    world.sends(ASKED)
    for _ in range(2):
        world.work()
        world.later += dt.timedelta(minutes=5)
    assert len(world.slack.said()) == 1 + answers
    assert states(world) == ["done"]


def test_killed_between_posting_and_noting_it_is_said_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Killed

    world.sends(ASKED)
    with monkeypatch.context() as patch:
        patch.setattr(module.jobs, "keep", _once_then(module.jobs.keep, dies))
        with pytest.raises(Killed):
            world.work()
    assert len(world.slack.said()) == 1
    assert states(world) == ["taken"]
    assert world.work("another:2:b") == 0  # it may be alive
    world.later += dt.timedelta(seconds=61)
    assert world.work("another:2:b") == 1
    assert len(world.slack.said()) == 1
    assert states(world) == ["done"]


def _once_then(first: object, then: object) -> object:
    """The answer is kept; the note that it was posted is not."""
    calls: list[int] = []

    def keep(*arguments: object, **more: object) -> object:
        calls.append(1)
        return (first if len(calls) == 1 else then)(*arguments, **more)  # type: ignore[operator]

    return keep


def test_blocks_that_slack_refuses_are_sent_as_text(world: World) -> None:
    world.slack.faults["chat.postMessage"] = ["invalid_blocks"]
    world.sends(ASKED)
    world.work()
    (said,) = world.slack.messages["C1"]
    assert "blocks" not in said
    assert "32.00" in said["text"]


@pytest.mark.parametrize("why", ["channel_not_found", "token_revoked", "is_archived"])
def test_what_is_refused_for_good_is_given_up_and_said_in_the_journal(
    why: str, world: World
) -> None:
    world.slack.faults["chat.postMessage"] = [why]
    world.sends(ASKED)
    world.work()
    assert states(world) == ["failed"]
    entry = open_state(world.settings).journal()[-1]
    assert (entry.event, entry.body["why"]) == ("job_failed", f"Slack: {why}")
    assert "xoxb" not in str(entry)


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        (f"<@{APP}>", {}, "Ask in words"),
        (f"<@{APP}>", {"subtype": "file_share", "files": [{}], "kind": "message"}, "files are not"),
        (f"<@{APP}> " + "x" * 5000, {}, "the limit is 4,000"),
    ],
)
def test_what_is_no_question_is_told_to_the_person_alone(
    text: str, more: dict[str, object], words: str, world: World
) -> None:
    world.sends(text, **more)
    world.work()
    assert world.slack.messages == {}
    assert words in world.slack.ephemeral[0]["text"]


def test_a_fault_of_ours_is_said_and_takes_no_worker_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object) -> None:
        raise KeyError("xoxb-secret")

    with monkeypatch.context() as patch:
        patch.setattr(worker_module, "answer_of", breaks)
        world.sends(ASKED)
        assert world.work() == 1
    (told,) = world.slack.ephemeral
    assert "This is a fault in Tagwright: KeyError at " in told["text"]
    assert "xoxb" not in told["text"] + caplog.text
    assert "Traceback" not in caplog.text
    assert states(world) == ["done"]
    world.sends(ASKED, ts="101.1", event_id="E2")
    assert world.work() == 1
    assert len(world.slack.said()) == 1


def test_a_file_half_written_is_waited_for(world: World) -> None:
    people = world.settings.home / "people.yaml"
    whole = people.read_text()
    people.write_text("people: {lee: [")
    world.sends(ASKED)
    world.work()
    assert (world.slack.messages, states(world)) == ({}, ["waiting"])
    people.write_text(whole)
    world.later += dt.timedelta(seconds=31)
    world.work()
    assert len(world.slack.said()) == 1
