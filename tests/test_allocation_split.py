"""A pool divided by weights adds up to it to the last unit, as Hamilton's method says it must."""

from __future__ import annotations

from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from tagwright.allocation.split import split_ctes

DAY = "DATE '2026-09-01'"


def divided(pools: list[int], weights: dict[str | None, int]) -> list[dict[str | None, int]]:
    """Each pool's parts, as the statement gives them."""
    taken = ", ".join(
        f"(0, 'USD', {DAY}, '', {DAY}, {DAY}, 'AWS', 's{index:04}', CAST({units} AS HUGEINT), 1)"
        for index, units in enumerate(pools)
    )
    rows = ", ".join(
        f"('USD', {DAY}, '', {DAY}, {DAY}, {'NULL' if name is None else repr(name)}, FALSE, "
        f"CAST({weight} AS HUGEINT))"
        for name, weight in weights.items()
    )
    empty = f"SELECT 'USD', {DAY}, '', {DAY}, {DAY}, NULL, FALSE, CAST(0 AS HUGEINT) WHERE FALSE"
    weighed = f"VALUES {rows}" if rows else empty
    names = "rule, currency, month, key, d0, d1, provider, service, units, charges"
    ctes = [
        f"taken({names}) AS (VALUES {taken})",
        f"w0(currency, month, key, d0, d1, target, idle, w) AS ({weighed})",
        *split_ctes(0),
    ]
    query = f"WITH {', '.join(ctes)} SELECT service, target, units, weighed FROM l0"
    with duckdb.connect() as con:
        found = con.execute(query).fetchall()
    parts: list[dict[str | None, int]] = [{} for _ in pools]
    for service, target, units, _ in found:
        place = parts[int(service[1:])]
        assert target not in place
        place[target] = int(units)
    return parts


def by_hand(units: int, weights: dict[str | None, int]) -> dict[str | None, int]:
    """Hamilton's method with exact fractions; nobody comes last among equals."""
    known = {name: weight for name, weight in weights.items() if weight > 0}
    total = sum(known.values())
    if not total:
        return {None: units}
    exact = {name: Fraction(abs(units) * weight, total) for name, weight in known.items()}
    parts = {name: int(share) for name, share in exact.items()}
    order = sorted(known, key=lambda name: (parts[name] - exact[name], name is None, name or ""))
    for name in order[: abs(units) - sum(parts.values())]:
        parts[name] += 1
    return {name: -part if units < 0 else part for name, part in parts.items()}


UNITS = st.one_of(
    st.integers(-50, 50), st.integers(-(10**18), 10**18), st.sampled_from([0, 1, -1, 7])
)
WEIGHTS = st.dictionaries(
    st.one_of(st.none(), st.sampled_from(["a", "b", "c", "d", "e", "f", "g"])),
    st.one_of(st.integers(0, 5), st.integers(0, 10**15)),
    max_size=8,
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(UNITS, min_size=1, max_size=5), WEIGHTS)
def test_parts_are_hamiltons_and_add_up(pools: list[int], weights: dict[str | None, int]) -> None:
    found = divided(pools, weights)
    assert found == [by_hand(units, weights) for units in pools]
    assert [sum(parts.values()) for parts in found] == pools


@settings(max_examples=examples(20), deadline=None)
@given(
    st.integers(-(10**28), 10**28),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 10**30), min_size=1),
)
def test_what_is_too_wide_for_128_bits_adds_up_too(units: int, weights: dict[str, int]) -> None:
    """Weights are made coarser then: shares may be off by one in 10^8, the sum by nothing."""
    [parts] = divided([units], dict(weights))
    assert sum(parts.values()) == units
    total = sum(weights.values())
    for name, weight in weights.items():
        exact = Fraction(units * weight, total)
        assert abs(parts.get(name, 0) - exact) <= abs(Fraction(units, 10**8)) + 1


@pytest.mark.parametrize(
    ("units", "weights", "parts"),
    [
        (-1, dict.fromkeys("abcdefg", 1), {"a": -1, **dict.fromkeys("bcdefg", 0)}),
        (5, dict.fromkeys("abcdefg", 1), {**dict.fromkeys("abcde", 1), "f": 0, "g": 0}),
        (100, {"a": 1, "b": 0}, {"a": 100}),
        (100, {"a": 0, "b": 0}, {None: 100}),
        (0, {"a": 1, "b": 2}, {"a": 0, "b": 0}),
    ],
)
def test_small_ones(units: int, weights: dict[str | None, int], parts: dict[str, int]) -> None:
    """-0.01 over seven is one cent for one of them; 'last takes the rest' would give it 0.05."""
    assert divided([units], weights) == [parts]


def test_tiny_amounts_over_many() -> None:
    """100,000 pools of -3 to 3 units over eleven targets: nothing is lost anywhere."""
    taken = (
        "SELECT 0 AS rule, 'USD' AS currency, DATE '2026-09-01' AS month, '' AS key, "
        "DATE '2026-09-01' AS d0, DATE '2026-09-01' AS d1, 'AWS' AS provider, "
        "CAST(range AS VARCHAR) AS service, CAST(range % 7 AS HUGEINT) - 3 AS units, "
        "1 AS charges FROM range(100000)"
    )
    weights = (
        "SELECT 'USD' AS currency, DATE '2026-09-01' AS month, '' AS key, "
        "DATE '2026-09-01' AS d0, DATE '2026-09-01' AS d1, 't' || range AS target, "
        "FALSE AS idle, CAST(range + 1 AS HUGEINT) AS w FROM range(11)"
    )
    each = "SELECT service, SUM(units) AS s FROM l0 GROUP BY 1"
    ctes = [
        f"taken AS ({taken})",
        f"w0 AS ({weights})",
        *split_ctes(0),
        f"each AS ({each})",
    ]
    with duckdb.connect() as con:
        [(lines, wrong)] = con.execute(
            f"WITH {', '.join(ctes)} SELECT (SELECT COUNT(*) FROM l0), "
            "(SELECT COUNT(*) FROM each JOIN taken USING (service) WHERE s <> units)"
        ).fetchall()
    assert (lines, wrong) == (1_100_000, 0)
