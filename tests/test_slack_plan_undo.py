"""A plan's message while it is rolled back, and what a team sets of how long it is followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_tagging import FakeTagging
from plans import Principal, arn, change, clock, decide
from slack_plans import PEOPLE, applied, passes, proposed, store_of, text
from slack_world import World, slack_world
from tagwright.remediation import applier

DANA = Principal("dana", "cli", "dana")


def approved(world: World) -> None:
    plan = proposed(world, *(change(n, after=f"t{n}") for n in range(1, 4)))
    with store_of(world) as store:
        decide(store, plan, DANA, "approve", world.now())


def test_it_shows_how_far_rolling_back_is(
    home: Path, monkeypatch: pytest.MonkeyPatch, aws: FakeTagging
) -> None:
    with slack_world(home, monkeypatch, PEOPLE) as world:
        approved(world)
        applied(world)
        passes(world, seconds=20)
        world.presses("Roll back", user="U2")
        world.work()
        passes(world, seconds=20)
        assert "Rolling back was ordered by dana" in text(world)
        seen: list[str] = []

        def look(_: int) -> None:
            passes(world, seconds=20)
            seen.append(text(world))

        aws.between = look
        with store_of(world) as store:
            applier.work_once(store, "an:1:applier", clock(world.now()))
        said = "It is being rolled back: {} of 3 changes through."
        assert any(said.format(n) in shown for shown in seen for n in range(3))
        assert not any("was ordered" in shown for shown in seen)
        passes(world, seconds=30)
        assert "Rolled back: what it wrote is put back" in text(world)
        assert "being rolled back" not in text(world)
        assert not aws.tags.get(arn(2))


@pytest.mark.parametrize(("minutes", "told"), [(19, 0), (21, 1)])
def test_how_long_nothing_applies_it_is_a_setting(
    minutes: int, told: int, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGWRIGHT_SLACK__UNAPPLIED_MINUTES", "20")
    with slack_world(home, monkeypatch, PEOPLE) as world:
        approved(world)
        passes(world, minutes=minutes)
        assert sum("nothing applies it" in one for one in world.slack.said()) == told


@pytest.mark.parametrize(("days", "shown"), [("1", False), ("7", True)])
def test_how_long_a_message_follows_is_a_setting(
    days: str, shown: bool, home: Path, monkeypatch: pytest.MonkeyPatch, aws: FakeTagging
) -> None:
    monkeypatch.setenv("TAGWRIGHT_SLACK__PLAN_DAYS", days)
    with slack_world(home, monkeypatch, PEOPLE) as world:
        approved(world)
        applied(world)
        passes(world, hours=25)  # looked at once more, and then no more where it is one day
        world.presses("Roll back", user="U2")
        world.work()
        with store_of(world) as store:
            applier.work_once(store, "an:1:applier", clock(world.now()))
        passes(world, seconds=30)
        assert ("Rolled back" in text(world)) is shown
        assert not aws.tags.get(arn(2))
