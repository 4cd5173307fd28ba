"""The same export twice, restated, or in another order: the same snapshot, the same refusals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from effort import examples
from focus_files import write_cur, write_focus
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

MONTHS = ("2026-07", "2026-08", "2026-09")
AMOUNT = st.decimals(min_value=-1000, max_value=1000, places=9)
VERSIONS = st.lists(st.lists(AMOUNT, min_size=1, max_size=4), min_size=1, max_size=2)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[list[list[Decimal]]], list[list[tuple[int, int]]]]:
    """Versions of each month's bill, and runs that bring them: months mixed, versions in order.

    A run brings at most one version of a month, an old one never after a newer one; each may come
    again while it is the newest.
    """
    bills = [draw(VERSIONS) for _ in MONTHS]
    steps = [
        (month, version)
        for month, versions in enumerate(bills)
        for version in range(len(versions))
        for _ in range(draw(st.integers(1, 2)))
    ]
    order = draw(st.permutations([month for month, _ in steps]))
    queues = [[step for step in steps if step[0] == month] for month in range(len(MONTHS))]
    runs: list[list[tuple[int, int]]] = [[]]
    for month in order:
        if any(other == month for other, _ in runs[-1]) or draw(st.booleans()):
            runs.append([])
        runs[-1].append(queues[month].pop(0))
    return bills, [run for run in runs if run]


@pytest.mark.slow  # each example publishes several snapshots
@settings(max_examples=examples(4), deadline=None)
@given(deliveries())
def test_the_last_version_of_each_month_is_what_counts(
    given_: tuple[list[list[list[Decimal]]], list[list[tuple[int, int]]]],
) -> None:
    bills, runs = given_
    with TemporaryDirectory() as name:
        folder = Path(name)
        for run in runs:
            paths = [
                write_focus(
                    folder / f"{MONTHS[month]}-{version}.csv",
                    [
                        {
                            "BilledCost": str(amount),
                            "BillingPeriodStart": f"{MONTHS[month]}-01",
                            "ChargePeriodStart": f"{MONTHS[month]}-01",
                        }
                        for amount in bills[month][version]
                    ],
                )
                for month, version in run
            ]
            ingest(load_settings(folder / "home"), paths)
        with open_warehouse(load_settings(folder / "home")).open() as snapshot:
            charges = 'SELECT "BillingPeriodStart", count(*), sum("BilledCost") FROM '
            stored = snapshot.query(f"{charges} charges GROUP BY 1 ORDER BY 1").rows
            rolled = snapshot.query(
                'SELECT "BillingPeriodStart", sum("x_charges"), sum("BilledCost") '
                "FROM rollup_organisation GROUP BY 1 ORDER BY 1"
            ).rows
    assert [(count, total) for _, count, total in stored] == [
        (len(versions[-1]), sum(versions[-1])) for versions in bills
    ]
    assert rolled == stored


NUMBERS = st.sampled_from(["123456789012", "012345678901", "1001"])
NAMES = st.sampled_from(["AWS", "Datadog Inc", "Crayon Group AS", "Amazon Web Services, Inc."])


@pytest.mark.slow  # each example ingests two bills in both orders, in one run and in two
@settings(max_examples=examples(12), deadline=None)
@given(
    st.lists(st.tuples(NUMBERS, NAMES, NAMES), min_size=1, max_size=3),
    st.lists(NUMBERS, min_size=1, max_size=2),
)
@example([("123456789012", "Datadog Inc", "Datadog Inc")], ["123456789012"])
def test_one_of_two_bills_is_refused_whichever_comes_first(
    lines: list[tuple[str, str, str]], payers: list[str]
) -> None:
    """As FOCUS and as CUR: the second is refused in both orders, in one run and in two, or none."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        columns = ("BillingAccountId", "ServiceProviderName", "InvoiceIssuerName")
        bills = [
            write_focus(
                folder / "f.csv", [dict(zip(columns, line, strict=True)) for line in lines]
            ),
            write_cur(folder / "c.csv", *({"bill/PayerAccountId": payer} for payer in payers)),
        ]
        outcomes = set()
        for number, pair in enumerate((bills, bills[::-1])):
            apart = [
                bool(ingest(load_settings(folder / f"apart{number}"), [bill]).files[0].error)
                for bill in pair
            ]
            at_once = ingest(load_settings(folder / f"at-once{number}"), pair)
            assert [bool(file.error) for file in at_once.files] == apart
            outcomes.add(tuple(apart))
    shared = {account for account, *_ in lines} & set(payers)
    by_name = {a for a, *names in lines if any(n.startswith("A") for n in names)} & set(payers)
    assert outcomes == {(False, bool(shared - {"1001"} or by_name))}
