"""One pass says what the single statements say: rows, totals, count, and both periods' figures."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charges_table import charges
from metrics_questions import CATALOGUE, TAXONOMY, days, dimensions, filters, queries, rows
from tagwright.metrics import (
    ALL,
    VALUED,
    VALUES,
    Filter,
    Query,
    compile_count,
    compile_query,
    compile_sets,
    compile_totals,
    compile_whole,
)
from tagwright.results import Period

ADDED = ("billed_cost", "effective_cost", "charge_count")


def run(con, compiled):
    return con.execute(compiled.sql, compiled.params).fetchall()


def period(pair) -> Period:
    return Period(start=min(pair), end=max(pair), label="")


@pytest.mark.slow  # every example fills the rollups and asks six questions four times
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows, max_size=12), st.lists(queries, min_size=6, max_size=6), st.booleans())
def test_rows_totals_and_count_of_one_pass(data, asked, rollups):
    con = charges(TAXONOMY, data)
    for query in asked:
        metrics = [name for name in query.metrics if name in ADDED] or ["billed_cost"]
        question = query.model_copy(
            update={"metrics": tuple(metrics), "group_by": query.group_by or ("service_name",)}
        )
        compiled = compile_whole(question, CATALOGUE, use_rollups=rollups)
        width = compiled.columns.index(ALL) + 1
        whole = [row[:width] for row in run(con, compiled)]
        plain = compile_query(question, CATALOGUE, use_rollups=False)
        assert [row[:-2] for row in whole if not row[-2]] == run(con, plain)
        totals = compile_totals(question, CATALOGUE, use_rollups=False)
        wanted = Counter(run(con, totals))
        found = Counter(row[-2 - len(totals.columns) : -2] for row in whole if row[-2])
        assert found == wanted
        [(count,)] = run(con, compile_count(question, CATALOGUE, use_rollups=False))
        assert {row[-1] for row in whole if not row[-2]} <= {count}


def test_a_total_by_one_dimension_knows_the_values_of_it():
    """Two services, one in two charges; a charge without one is in neither figure."""
    data = [
        {"ServiceName": name, "BilledCost": cost, "BillingCurrency": currency}
        for name, cost, currency in (
            ("a", 1, "USD"), ("a", 2, "USD"), ("b", 3, "USD"), (None, 5, "USD"), (None, 7, "EUR"),
        )
    ]  # fmt: skip
    con = charges(TAXONOMY, data)
    query = Query(metrics=("billed_cost",), group_by=("service_name",), limit=1)
    compiled = compile_whole(query, CATALOGUE)
    found = [dict(zip(compiled.columns, row, strict=True)) for row in run(con, compiled)]
    assert {row["currency"]: (row[VALUES], row[VALUED]) for row in found if row["x_total"]} == {
        "USD": (2, 6), "EUR": (0, None),
    }  # fmt: skip
    for groups in (("month",), ("service_name", "region_id")):
        columns = compile_whole(query.model_copy(update={"group_by": groups}), CATALOGUE).columns
        assert columns[-1] == ALL


@pytest.mark.slow  # every example fills the rollups
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(rows, max_size=15),
    st.lists(
        st.lists(dimensions, max_size=2, unique=True), min_size=1, max_size=4, unique_by=frozenset
    ),
    st.lists(filters, max_size=1),
    st.none() | st.tuples(days, days),
    st.tuples(days, days),
    st.sampled_from([*ADDED, "resource_count"]),
    st.booleans(),
)
def test_sets_of_two_periods_are_each_period_alone(data, sets, only, now, then, metric, rollups):
    con = charges(TAXONOMY, data)
    query = Query(metrics=(metric,), filters=tuple(only), period=now and period(now))
    compiled = compile_sets(query, sets, period(then), CATALOGUE, use_rollups=rollups)
    found = [dict(zip(compiled.columns, row, strict=True)) for row in run(con, compiled)]
    for number, names in enumerate(sets):
        wanted: dict[tuple, list] = {}
        for side, when in enumerate((query.period, period(then))):
            update = {"group_by": tuple(names), "period": when}
            single = compile_query(
                query.model_copy(update=update), CATALOGUE, use_rollups=False
            )  # fmt: skip
            for row in run(con, single):
                if metric != "charge_count" or row[-1]:  # no charges: nothing, not a zero
                    wanted.setdefault(row[:-1], [None, None])[side] = row[-1]
        keys = [name for name in single.columns if name != metric]
        got = {
            tuple(row[key] for key in keys): [row["now"], row["before"]]
            for row in found
            if row["x_set"] == number
        }
        if metric == "resource_count":  # none of no charges is a zero for the single statement
            got = {key: pair for key, pair in got.items() if any(pair)}
            wanted = {key: [n or None for n in pair] for key, pair in wanted.items() if any(pair)}
            got = {key: [n or None for n in pair] for key, pair in got.items()}
        elif metric == "charge_count":
            got = {key: pair for key, pair in got.items() if any(pair)}
        assert got == wanted, (number, names)


def test_a_statement_is_the_same_for_all_values():
    def asked(service: str, start: int):
        when = Period(start=dt.date(2026, start, 1), end=dt.date(2026, start + 1, 1), label="")
        only = Filter(dimension="service", values=(service,))
        return compile_query(
            Query(group_by=("tag:x",), filters=(only,), period=when), CATALOGUE
        )  # fmt: skip

    one, other = asked("a", 7), asked("b", 8)
    assert one.sql == other.sql
    assert one.params == ["x", dt.datetime(2026, 7, 1), dt.datetime(2026, 8, 1), ["a"]]  # noqa: DTZ001
    assert other.params == ["x", dt.datetime(2026, 8, 1), dt.datetime(2026, 9, 1), ["b"]]  # noqa: DTZ001
    same = Filter(dimension="tag:x", values=("x",))
    twice = Query(group_by=("service",), filters=(same, same))
    different = twice.model_copy(
        update={"filters": (same, Filter(dimension="tag:x", values=("y",)))}
    )  # fmt: skip
    assert compile_query(twice, CATALOGUE).params != compile_query(different, CATALOGUE).params
    assert compile_query(twice, CATALOGUE).sql != compile_query(different, CATALOGUE).sql
