"""A bucket each: a burst, then evenly, and no more memory than for so many."""

from __future__ import annotations

from tagwright_mcp.rates import Rates


def test_a_burst_then_evenly() -> None:
    now = [0.0]
    rates = Rates(60, lambda: now[0])
    assert [rates.wait("a") for _ in range(61)] == [0.0] * 60 + [1.0]
    assert rates.wait("b") == 0
    now[0] = 0.5
    assert rates.wait("a") == 0.5
    now[0] = 1.0
    assert [rates.wait("a"), rates.wait("a")] == [0.0, 1.0]
    now[0] = 1_000.0
    assert [rates.wait("a") for _ in range(61)].count(0.0) == 60


def test_a_flood_of_keys_takes_no_more_memory() -> None:
    rates = Rates(1, lambda: 0.0)
    assert rates.wait("first") == 0
    for number in range(20_000):
        assert rates.wait(str(number)) == 0
    assert rates.wait("19999") > 0
    assert len(rates._left) == 10_000
