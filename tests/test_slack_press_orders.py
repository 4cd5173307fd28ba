"""Whoever presses, in whatever order and how often, and whoever dies when: one decision a plan."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from slack_plans import PEOPLE, proposed, store_of, stored
from slack_world import World, buttons, slack_world
from tagwright_agent.slack import worker as module

NUMBERS = itertools.count(1)
MAY = {"U2": "T0001", "U3": "E0001"}
MAY_NOT = {"U1": "T0001", "U4": "T0001", "U9": "T0001"}
OWNERS = st.sampled_from(["here", "there"])
STEPS = st.one_of(
    st.tuples(st.just("presses"), st.sampled_from(["Approve", "Reject"]),
              st.sampled_from([*MAY, *MAY_NOT])),
    st.tuples(st.just("presses"), st.just("Approve"), st.sampled_from([*MAY])),
    st.tuples(st.just("work"), OWNERS, st.just(0)),
    st.tuples(st.just("dies"), OWNERS, st.integers(1, 6)),
    st.tuples(st.just("waits"), st.just(""), st.sampled_from([4, 61, 700])),
    st.tuples(st.just("fault"), st.sampled_from(["chat.postMessage", "chat.update"]),
              st.sampled_from(["lost", "drop", "500"])),
)  # fmt: skip


class KilledError(BaseException):
    """The process dies here."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home: Path = tmp_path_factory.mktemp("slack") / "home"
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGWRIGHT_HOME", str(home))
        with slack_world(home, patch, PEOPLE) as made:
            yield made


@pytest.mark.slow  # several processes' worth of work an example
@settings(
    max_examples=examples(60), deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(steps=st.lists(STEPS, min_size=1, max_size=14))
def test_one_decision_by_who_may_and_one_message_that_says_it(
    steps: list[tuple[str, Any, Any]], world: World
) -> None:
    plan_id, slack = f"plan-{next(NUMBERS)}", world.slack
    slack.messages.clear()
    slack.faults.clear()
    proposed(world, plan_id=plan_id)
    said = {**slack.messages["C1"][0]}
    shown = {one["text"]["text"]: one for one in buttons(said)}
    approvers = set()
    for what, first, second in steps:
        if what == "presses":
            world.sends_action(said, shown[first], user=second, team={**MAY, **MAY_NOT}[second])
            if first == "Approve" and second in MAY:
                approvers.add({"U2": "dana", "U3": "eve"}[second])
        elif what == "work":
            world.work(first)
        elif what == "dies":
            _dies(world, first, second)
        elif what == "waits":
            world.later += dt.timedelta(seconds=second)
        else:
            slack.faults.setdefault(first, []).append(second)
    slack.faults.clear()
    for _ in range(4):
        world.later += dt.timedelta(minutes=15)
        world.work("last")
    found = stored(world, plan_id)
    with store_of(world) as store:
        events = [entry.event for entry in store.state.journal(plan_id)]
    assert events.count("approved") == bool(approvers)
    assert "rejected" not in events  # a form was opened, and nobody sent it
    (message,) = [one for one in slack.messages["C1"] if one.get("blocks") and buttons(one)]
    labels = [one["text"]["text"] for one in buttons(message)]
    if found.decision is None:
        assert labels == ["Approve", "Reject", "Edit", "Details"]
    else:
        assert found.decision.by in approvers
        assert labels == ["Details"]
        assert f"Approved by {found.decision.by}" in message["text"]
    world.later += dt.timedelta(hours=80)  # its message is followed no more
    world.work("last")


def _dies(world: World, owner: str, at: int) -> None:
    """The process dies before or after one of its writes to the queue."""
    calls = itertools.count(1)

    def step(real: Any) -> Any:
        def wrapped(*arguments: Any, **more: Any) -> Any:
            if next(calls) == at:
                raise KilledError
            done = real(*arguments, **more)
            if next(calls) == at:
                raise KilledError
            return done

        return wrapped

    with pytest.MonkeyPatch.context() as patch:
        for name in ("keep", "done", "later"):
            patch.setattr(module.jobs, name, step(getattr(module.jobs, name)))
        with contextlib.suppress(KilledError):
            world.work(owner)
