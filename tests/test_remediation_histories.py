"""No history breaks an invariant: a sample of them; all by ``python tests/approval_histories.py``.

That the judge sees what goes wrong is held by histories of code without a check; rarer ones have
an attack of their own (test_remediation_mutants.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import approval_mutants as mutants
from approval_histories import play, template
from effort import examples

pytestmark = pytest.mark.slow  # a home and some processes a history


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("histories"))


NUMBERS = count(1)


@settings(
    max_examples=examples(100), deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(draw=st.randoms(use_true_random=False))
def test_any_history(made: Path, draw: random.Random) -> None:
    history = play(made.parent / f"home-{next(NUMBERS)}", made, draw)
    assert history.judge.violations == []


@pytest.mark.parametrize(
    "mutate",
    [mutants.no_approval, mutants.no_own_record, mutants.no_drift_check, mutants.one_look_alone],
)
def test_the_judge_notices_a_missing_check(
    mutate: Callable[[pytest.MonkeyPatch], None], made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    homes = (made.parent / f"home-{next(NUMBERS)}" for _ in range(60))
    draws = map(random.Random, range(60))
    played = (play(home, made, draw) for home, draw in zip(homes, draws, strict=False))
    assert any(history.judge.violations for history in played)
