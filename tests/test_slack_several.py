"""Several questions in one message of Slack: each is answered under itself, in turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_slack import APP
from plans import arn
from sample_home import charge
from slack_plans import PEOPLE as PLANNERS
from slack_world import World, slack_world


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PLANNERS) as made:
        yield made


def test_each_is_answered_under_itself_and_follows_the_one_before(world: World) -> None:
    world.sends(f"<@{APP}> Two things:\n- total cost by team in September 2026\n- only ads")
    world.work()
    first, second = world.slack.said()
    assert first.startswith("1. total cost by team in September 2026")
    assert second.startswith("2. only ads")
    assert "10.00" in first
    assert "10.00" not in second
    assert "32.00" in second


def test_what_is_too_many_is_named(world: World) -> None:
    world.sends(f"<@{APP}> " + "\n".join(f"total cost in 2026-0{n}?" for n in range(3, 10)))
    world.work()
    text = "\n".join(world.slack.said())
    assert "5. total cost in 2026-07?" in text
    assert "At most 5 questions of a message are answered. Ask these anew:" in text
    assert text.index("anew") < text.index("total cost in 2026-08?")


def test_what_fails_is_told_to_the_person_alone_under_its_question(world: World) -> None:
    world.sends(f"<@{APP}> total cost in September 2026?\n" + "x" * 4001 + "?")
    world.work()
    (said,) = world.slack.said()
    assert "42.00" in said
    (told,) = world.slack.ephemeral
    assert "the limit is 4,000" in told["text"]
    assert "42.00" not in told["text"]


def test_a_plan_that_one_of_them_proposes_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "other"
    home.mkdir()
    monkeypatch.setenv("TAGWRIGHT_HOME", str(home))
    (home / "taxonomy.yaml").write_text(
        "keys:\n  team: {layer: business, required: true, values: [discovery, platform]}\n"
    )
    bill = [
        charge("10.00", "2026-09-30", ServiceName="Amazon EC2", SubAccountId="123456789012",
               RegionId="us-east-1", ResourceName=f"recs-{n}", ResourceId=arn(n),
               Tags={"Team": "discovry" if n == 4 else "discovery"})
        for n in range(1, 5)
    ]  # fmt: skip
    with slack_world(home, monkeypatch, PLANNERS, bill) as made:
        made.sends(f"<@{APP}> propose tag fixes\ntotal cost in September 2026")
        made.work()
        made.later += dt.timedelta(seconds=5)
        made.work()
        _, answer, plan = made.slack.messages["C1"]
        assert answer["text"].startswith("2. total cost")
        assert "40.00" in answer["text"]
        assert "asked for by lee" in plan["text"]
