"""An answer that proposes a plan is followed by the plan's message, where who asked may read it."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from pathlib import Path

import pytest

from fake_slack import APP, post
from plans import Principal, decide
from slack_plans import passes, store_of, told, with_proposals

DANA = Principal("dana", "cli", "dana")


def test_the_answer_that_proposes_a_plan_is_followed_by_its_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_proposals(tmp_path / "other", monkeypatch) as world:
        world.sends(f"<@{APP}> propose tag fixes")
        world.work()
        passes(world, seconds=5)
        answer, plan = world.slack.messages["C1"]
        assert "is stored" in answer["text"]
        assert plan["thread_ts"] == "100.000001"
        assert "discovry" in plan["text"]
        assert "asked for by lee" in plan["text"]
        world.presses("Approve", user="U1", nth=1)
        world.work()
        assert "four eyes" in told(world)[1]


@pytest.mark.parametrize("way", ["command", "private"])
def test_a_plan_of_one_persons_answer_stands_in_their_direct_messages_and_follows(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_proposals(tmp_path / "other", monkeypatch) as world:
        if way == "command":
            form = urllib.parse.urlencode({
                "command": "/tagwright", "text": "propose tag fixes", "team_id": "T0001",
                "user_id": "U1", "channel_id": "C1", "trigger_id": "1.2",
                "response_url": world.slack.url.replace("/api/", "/respond/command"),
            })  # fmt: skip
            post(world.url, form, kind="application/x-www-form-urlencoded")
        else:
            world.slack.channels["C1"].append("U9")  # nobody knows them
            world.sends(f"<@{APP}> propose tag fixes")
        world.slack.faults["conversations.open"] = ["500"]  # waited for, nothing said twice
        world.work()
        passes(world, minutes=2)
        passes(world, seconds=5)
        assert "C1" not in world.slack.messages
        assert len(world.slack.responses + world.slack.ephemeral) == 1
        (plan,) = world.slack.messages["DU1"]
        assert "thread_ts" not in plan
        assert "Waits for a decision" in plan["text"]
        with store_of(world) as store:
            with store.state.reading() as con:
                (plan_id,) = store.ids(con)
            decide(store, store.get(plan_id).plan, DANA, "reject", world.now())
        passes(world, seconds=5)
        assert "Rejected by dana" in world.slack.messages["DU1"][0]["text"]
        assert len(world.slack.messages["DU1"]) == 1


def test_who_is_nobody_proposes_nothing_and_is_sent_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_proposals(tmp_path / "other", monkeypatch) as world:
        world.sends(f"<@{APP}> propose tag fixes", user="U9")
        world.work()
        assert world.slack.messages == {}
        assert "conversations.open" not in [name for name, _ in world.slack.calls]


def test_a_plan_that_one_of_them_proposes_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_proposals(tmp_path / "other", monkeypatch) as made:
        made.sends(f"<@{APP}> propose tag fixes\ntotal cost in September 2026")
        made.work()
        made.later += dt.timedelta(seconds=5)
        made.work()
        _, answer, plan = made.slack.messages["C1"]
        assert answer["text"].startswith("2. total cost")
        assert "40.00" in answer["text"]
        assert "asked for by lee" in plan["text"]
