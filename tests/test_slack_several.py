"""Several questions in one message of Slack: each is answered under itself, in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_slack import APP
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
