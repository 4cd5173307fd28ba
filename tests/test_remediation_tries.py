"""How often a call is made again, and after what waits."""

from __future__ import annotations

import pytest

from tagwright.api import ProviderError
from tagwright.remediation.tries import TRIES, pauses, tries, until
from tagwright.remediation.writers import PassingError


def failing(error: Exception, calls: list[int]) -> str:
    calls.append(1)
    if len(calls) < 4:
        raise error
    return "read"


def test_a_passing_fault_is_overcome_and_any_other_goes_up_at_once() -> None:
    waits: list[float] = []
    calls: list[int] = []
    assert tries(waits.append)(failing, PassingError("busy"), calls) == "read"
    assert len(waits) == 3
    calls.clear()
    with pytest.raises(ProviderError, match="no"):
        tries(waits.append)(failing, ProviderError("no"), calls)
    assert len(calls) == 1


def test_a_lasting_fault_is_raised_as_it_is() -> None:
    waits: list[float] = []

    def down() -> None:
        raise PassingError("AWS cannot be reached.")

    with pytest.raises(PassingError, match=r"AWS cannot be reached\."):
        tries(waits.append)(down)
    assert len(waits) == TRIES - 1
    # Half a second and doubling, with up to a second of jitter.
    for number, wait in enumerate(waits):
        assert 0.5 * 2**number <= wait <= min(0.5 * 2**number + 1, 20)
    assert len(set(waits)) == len(waits)


def test_until_it_is_done_or_six_times() -> None:
    answers = iter([False, False, True])
    waits: list[float] = []
    assert until(lambda: next(answers), waits.append)
    assert len(waits) == 2
    calls: list[int] = []
    assert not until(lambda: bool(calls.append(1)), waits.append)
    assert len(calls) == TRIES

    def broken() -> bool:
        raise ProviderError("no")

    with pytest.raises(ProviderError, match="no"):
        until(broken, waits.append)


def test_pauses_double_up_to_twenty_seconds() -> None:
    assert list(pauses(3)) == [0.5, 1, 2]
    assert max(pauses(20)) == 20
