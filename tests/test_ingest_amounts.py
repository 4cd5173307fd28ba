"""Amounts with signs, thousands, brackets: what is sure is read exactly, the rest is rejected."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from focus_files import write_focus
from tagwright.config import load_settings
from tagwright.focus import COLUMNS
from tagwright.ingest import ingest
from tagwright.ingest.amounts import AMBIGUOUS, ambiguous, commas, contradicted, currency_of, plain
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

CON = duckdb.connect(config={"threads": 1})


def asked(expression: str, text: str) -> object:
    [(found,)] = CON.execute(f"SELECT {expression} FROM (SELECT ? AS t)", [text]).fetchall()
    return found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("$10,000.00", "10000.00"),
        ("10,000.00", "10000.00"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("€1.234,56", "1234.56"),
        ("1.234,56 €", "1234.56"),
        ("1.234.567,89", "1234567.89"),
        ("(12.30)", "-12.30"),
        ("($1,012.30)", "-1012.30"),
        ("$(12.30)", None),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("USD 10.00", "10.00"),
        ("10.00 EUR", "10.00"),
        ("US$12", "12"),
        ("$ .5", ".5"),
        ("1.234", "1.234"),
        ("1e5", "1e5"),
        ("1,234", None),
        ("12,50", None),
        ("1.234,567", None),
        ("1,23,456.00", None),
        ("0,123.45", None),
        ("1,234.", None),
        ("12.30-", None),
        ("--5", None),
        ("(-5)", None),
        ("(5", None),
        ("$5€", None),
        ("USD", None),
        (".", None),
        ("ten", None),
    ],
)
def test_amounts(text: str, number: str | None) -> None:
    assert asked(plain("t", commas=False), text) == (number or text)


@pytest.mark.parametrize(
    ("text", "told", "in_commas"),
    [
        ("1,234", True, True),
        ("$1,234", True, True),
        ("12,50", True, True),
        ("1.234", False, True),
        ("0.234", False, False),
        ("1234.567", False, False),
        ("1,234.50", False, False),
        ("1.234,50", False, False),
    ],
)
def test_what_may_mean_two_numbers(text: str, told: bool, in_commas: bool) -> None:
    assert asked(ambiguous("t", commas=False), text) is told
    assert asked(ambiguous("t", commas=True), text) is in_commas


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["1.234,56", "1.234"], True),
        (["12,50", "1.234"], True),
        (["1,234", "1,234.56"], False),
        (["$5.00", "7"], False),
        ([], False),
    ],
)
def test_commas_before_decimals(texts: list[str], found: bool) -> None:
    rows = CON.execute(
        f"SELECT {commas(['t'])} FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS t)", [texts]
    ).fetchall()
    assert rows == [(found,)]


@pytest.mark.parametrize(
    ("text", "currency", "wrong"),
    [
        ("$5", "USD", False),
        ("$5", "CAD", False),
        ("$5", "EUR", True),
        ("5 €", "EUR", False),
        ("€5", "USD", True),
        ("GBP 5", "GBP", False),
        ("5 GBP", "USD", True),
        ("US$5", "CAD", True),
        ("5", "USD", False),
    ],
)
def test_signs_and_currencies(text: str, currency: str, wrong: bool) -> None:
    assert asked(contradicted("t", f"'{currency}'"), text) is wrong


def test_which_currency_a_column_is_in() -> None:
    found = {column.name: currency_of(column) for column in COLUMNS}
    assert found["BilledCost"] == found["ListUnitPrice"] == "BillingCurrency"
    assert found["PricingCurrencyEffectiveCost"] == "PricingCurrency"
    assert found["ConsumedQuantity"] is None


AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, places=2)


def written(amount: Decimal, style: str) -> str:
    """As an accountant, a German or a spreadsheet writes it."""
    bare = f"{abs(amount):,.2f}"
    if style == "de":
        bare = bare.translate(str.maketrans(",.", ".,"))
        return f"{'-' if amount < 0 else ''}{bare} €"
    if style == "brackets":
        return f"(${bare})" if amount < 0 else f"${bare}"
    return f"{'-' if amount < 0 else ''}${bare} "


@given(amount=AMOUNTS, style=st.sampled_from(["de", "brackets", "us"]))
@settings(max_examples=examples(200))
def test_what_is_written_is_read_to_the_last_digit(amount: Decimal, style: str) -> None:
    text = written(amount, style).strip()
    read = str(asked(plain("t", commas=style == "de"), text))
    if style == "de" and abs(amount) < 1000:
        assert read == "?"  # ``12,50`` alone is not sure
    else:
        assert Decimal(read) == amount


def costs(home: Path, path: Path) -> tuple[list[Decimal], list[tuple[object, object]]]:
    """What was accepted, and line and reason of what was not."""
    [file] = ingest(load_settings(home), [path]).files
    with open_warehouse(load_settings(home)).open() as snapshot:
        rows = snapshot.query('SELECT "BilledCost" FROM charges ORDER BY x_record').rows
    return [cost for (cost,) in rows], [(one["line"], one["reason"]) for one in file.examples]


def test_a_spreadsheets_file(tmp_path: Path, home: Path) -> None:
    bill = write_focus(
        tmp_path / "bill.csv",
        [
            {"BilledCost": "$10,000.00 ", "ConsumedQuantity": "1,000.5"},
            {"BilledCost": "($1,250.123456789)", "ConsumedQuantity": "$3"},
            {"BilledCost": "($1,250.123456789)"},
            {"BilledCost": "1,234"},
            {"BilledCost": "€5.00"},
            {"BilledCost": "1E+3"},
        ],
    )
    accepted, rejected = costs(home, bill)
    assert accepted == [Decimal(10000), Decimal("-1250.123456789"), Decimal(1000)]
    assert rejected == [
        (3, "ConsumedQuantity: not a number"),
        (5, f"BilledCost: not an amount: {AMBIGUOUS}"),
        (6, "BilledCost: its currency sign contradicts the currency of the row"),
    ]


def test_points_are_unsure_beside_commas(tmp_path: Path, home: Path) -> None:
    euro = {"BillingCurrency": "EUR", "EffectiveCost": "1.234"}
    bill = write_focus(
        tmp_path / "bill.csv",
        [
            {**euro, "BilledCost": "1.234,56 €", "EffectiveCost": "0.5"},
            {**euro, "BilledCost": "2.000,00"},
        ],
    )
    accepted, rejected = costs(home, bill)
    assert accepted == [Decimal("1234.56")]
    assert [line for line, _ in rejected] == [3]
    assert "EffectiveCost: not an amount" in str(rejected[0][1])
