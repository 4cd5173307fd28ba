"""Whatever order things come in, however often, and whoever dies when: one answer, one decision.

A sample; all of it by ``python tests/slack_histories.py``. That its judge sees what goes wrong is
held by code without one of the locks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from effort import examples
from fake_slack import FakeSlack, fake_slack
from slack_histories import play
from slack_homes import templates
from slack_mutants import MUTANTS

pytestmark = pytest.mark.slow  # a home and some processes an order
PARTS = 4


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return templates(tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as fake:
        yield fake


def violations(number: int, made: list[Path], slack: FakeSlack) -> list[str]:
    draw = random.Random(number)  # noqa: S311  it is to be the same again
    return play(made[0].parent, made, slack, draw).judge.violations


@pytest.mark.parametrize("part", range(PARTS))
def test_one_answer_and_one_decision_in_any_order(
    part: int, made: list[Path], slack: FakeSlack
) -> None:
    for number in range(part, examples(100), PARTS):
        assert (number, violations(number, made, slack)) == (number, [])


@pytest.mark.parametrize(("mutate", "number"), MUTANTS.items())
def test_the_judge_notices_a_missing_lock(
    mutate: Callable[[pytest.MonkeyPatch], None], number: int, made: list[Path], slack: FakeSlack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    mutate(monkeypatch)
    assert any(violations(it, made, slack) for it in range(number, number + 40))
