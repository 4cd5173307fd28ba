"""Whatever order things come in, however often, and whoever dies when: one answer each."""

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
from fake_slack import APP, message
from slack_world import World, slack_world
from tagwright_agent.slack import inbox
from tagwright_agent.slack import worker as module
from tagwright_agent.slack.arrivals import arrival_of

NUMBERS = itertools.count(1)
STEPS = st.one_of(
    st.tuples(st.just("comes"), st.integers(0, 2), st.sampled_from(["app_mention", "message"])),
    st.tuples(st.just("work"), st.sampled_from(["here", "there"]), st.just("")),
    st.tuples(st.just("dies"), st.sampled_from(["here", "there"]), st.integers(1, 4)),
    st.tuples(st.just("waits"), st.sampled_from([5, 61, 700]), st.just("")),
    st.tuples(st.just("fault"), st.sampled_from(["lost", "drop", "500"]), st.just("")),
)


class KilledError(BaseException):
    """The process dies here."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home: Path = tmp_path_factory.mktemp("slack") / "home"
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGWRIGHT_HOME", str(home))
        with slack_world(home, patch) as made:
            yield made


@pytest.mark.slow  # several processes' worth of work an example
@settings(
    max_examples=examples(100), deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(steps=st.lists(STEPS, min_size=1, max_size=14))
def test_one_answer_each(steps: list[tuple[str, Any, Any]], world: World) -> None:
    base, slack = next(NUMBERS), world.slack
    slack.messages.clear()
    slack.faults.clear()
    world.later = dt.timedelta(0)
    came: set[str] = set()
    for what, first, second in steps:
        if what == "comes":
            ts = f"{base}.{first:06d}"
            body = message(
                f"<@{APP}> total cost", ts=ts, kind=second, channel_type="channel",
                event_id=f"{base}-{first}-{second}",
            )  # fmt: skip
            arrival = arrival_of(body)
            assert arrival is not None
            inbox.store(world.settings, arrival, world.now())
            came.add(ts)
        elif what == "work":
            world.work(first)
        elif what == "dies":
            _dies(world, first, second)
        elif what == "waits":
            world.later += dt.timedelta(seconds=first)
        else:
            slack.faults.setdefault("chat.postMessage", []).append(first)
    slack.faults.clear()
    for _ in range(4):
        world.later += dt.timedelta(minutes=15)
        world.work("last")
    answered = [one["thread_ts"] for one in slack.messages.get("C1", [])]
    assert sorted(answered) == sorted(came)


def _dies(world: World, owner: str, at: int) -> None:
    """The process dies before or after one of its writes, or right after it posted."""
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
        patch.setattr(module.jobs, "keep", step(module.jobs.keep))
        patch.setattr(module.jobs, "done", step(module.jobs.done))
        with contextlib.suppress(KilledError):
            world.work(owner)
