"""Installations on both databases: one a workspace, and what goes with it when it is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tagwright.config import load_settings
from tagwright.state import (
    Installation,
    State,
    drop_installation,
    installations_of,
    jobs,
    keep_installation,
    open_state,
)

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
TWO = Installation("T0002", "Brightside", "sealed", "U1", NOON)


@pytest.fixture
def state(home: Path, database: str) -> Iterator[State]:
    made = open_state(load_settings(home))
    yield made
    made.close()


def events(state: State) -> list[str]:
    return [entry.event for entry in state.journal()]


def test_a_workspace_has_one_the_last(state: State) -> None:
    one, again = replace(TWO, id="T0001"), replace(TWO, sealed="anew", at=NOON + SECOND)
    for item in (TWO, one, again):
        keep_installation(state, item)
    assert installations_of(state) == [one, again]
    assert events(state) == ["slack_installed"] * 3


@pytest.mark.parametrize(("seconds", "left"), [(-1, [TWO]), (1, [])])
def test_it_goes_unless_it_was_installed_since(
    seconds: int, left: list[Installation], state: State
) -> None:
    keep_installation(state, TWO)
    went = drop_installation(state, "T0002", "app_uninstalled", NOON + seconds * SECOND, NOON)
    assert (went, installations_of(state)) == (not left, left)
    assert ("slack_removed" in events(state)) is not left


def test_where_nothing_was_the_journal_says_nothing(state: State) -> None:
    keep_installation(state, TWO)
    for _ in range(3):
        assert drop_installation(state, "T0009", "app_uninstalled", NOON, NOON)
        assert drop_installation(state, "T0002", "app_uninstalled", NOON + SECOND, NOON)
    assert events(state) == ["slack_installed", "slack_removed"]


def test_its_waiting_jobs_end_and_no_others(state: State) -> None:
    bodies = {
        "slack": [{"team": "T0002"}, {"came": {"team": "T0002"}}, {"team": "T0001"}],
        "slack_plan": [{"team": "T0002"}],
        "slack_schedule": [{"team": "T0002"}],
        "apply": [{"team": "T0002"}],
    }
    for kind, those in bodies.items():
        for number, body in enumerate(those):
            jobs.put(state, kind, f"{kind}/{number}", body, NOON)
    drop_installation(state, "T0002", "tokens_revoked", NOON, NOON)
    left = {kind: (job := jobs.take(state, kind, "me", NOON)) and job.key for kind in bodies}
    assert left == {
        "slack": "slack/2", "slack_plan": None, "slack_schedule": None, "apply": "apply/0",
    }  # fmt: skip
    (entry,) = state.journal()
    assert entry.body == {"workspace": "T0002", "why": "tokens_revoked", "jobs_ended": 4}
