"""Exports that pass the lint of FOCUS 1.4 and read back as the charges they came from."""

from __future__ import annotations

import csv
import importlib.util
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from sample_home import charge, context, many, sample, temporary_home
from tagwright.config import Settings
from tagwright.context import open_context
from tagwright.errors import TagwrightError
from tagwright.focus import COLUMNS, ORIGINAL
from tagwright.ingest import ingest
from tagwright.reports import focus_export
from tagwright.reports.focus_export import FocusExport, export_focus

PRICED = {
    "SkuId": "sku", "SkuPriceId": "sku.od", "ListUnitPrice": "2", "ContractedUnitPrice": "2",
    "PricingQuantity": "3", "PricingUnit": "Hours", "ConsumedQuantity": "3",
    "ConsumedUnit": "Hours", "PricingCategory": "Standard",
}  # fmt: skip
"""A charge of 6 that is priced as FOCUS asks."""


def exported(
    configuration: Settings, path: Path, *, period: str = "all", **options: Any
) -> FocusExport:
    with context(configuration) as ctx:
        return export_focus(ctx, ctx.period(period), path, **options)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def lint(path: Path) -> list[str]:
    """What PyPI focus-data-toolkit finds wrong with the file."""
    if importlib.util.find_spec("focus_data_toolkit") is None:
        pytest.skip("focus-data-toolkit is not installed (pip install 'tagwright[dev]')")
    from focus_data_toolkit.io.row_source import read_source_rows
    from focus_data_toolkit.model.validator import lint_focus_1_4_structure

    rows = read_source_rows(path, dataset="Cost and Usage")
    return lint_focus_1_4_structure("Cost and Usage", rows).messages()


def charges(configuration: Settings) -> list[str]:
    """Every FOCUS column of every charge, as text, in one order."""
    columns = ", ".join(
        f'CAST(to_json("{column.name}") AS VARCHAR)'
        if column.kind == "tags"
        else f'CAST(CAST("{column.name}" AS DECIMAL(38, 18)) AS VARCHAR)'
        if column.kind in ("money", "price", "quantity")
        else f'CAST("{column.name}" AS VARCHAR)'
        for column in COLUMNS
    )
    with open_context(configuration) as ctx:
        table = ctx.snapshot.query(f'SELECT {columns}, "x_PublisherName" FROM charges')
    return sorted(map(repr, table.rows))


def read_back(tmp: Path, path: Path) -> Settings:
    from tagwright.config import load_settings

    configuration = load_settings(tmp / "again")
    report = ingest(configuration, [str(path)])
    assert [(file.source, file.rejected, file.error) for file in report.files] == [
        ("focus", 0, None)
    ]
    return configuration


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_passes_the_lint_and_reads_back(home: Path, tmp_path: Path, file_format: Any) -> None:
    configuration = sample(home, [*many(300), charge("6", **PRICED)])
    path = tmp_path / f"export.{file_format}"
    found = exported(configuration, path, file_format=file_format)
    assert found.rows == 301
    # many() has credits and taxes billed at twice their effective cost: the bill's own fault,
    # and money is not changed.
    faults = {fault.split("]")[0] for fault in lint(path)}
    assert faults == {"[SEMANTIC_VALID:effective_cost_differs_from_billed"}
    assert any("CAU-EffectiveCost-C-017" in note for note in found.notes)
    assert charges(read_back(tmp_path, path)) == charges(configuration)


def test_command_line_lint_accepts_a_sound_bill(home: Path, tmp_path: Path) -> None:
    configuration = sample(home, [charge("6", **PRICED), charge("0.00000000001", "2026-09-02")])
    path = tmp_path / "export.csv"
    exported(configuration, path)
    if importlib.util.find_spec("focus_data_toolkit") is None:
        pytest.skip("focus-data-toolkit is not installed (pip install 'tagwright[dev]')")
    command = [sys.executable, "-m", "focus_data_toolkit", "validate", "--dataset"]
    done = subprocess.run(
        [*command, "cost-and-usage", path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "lint OK" in done.stdout) == (0, True), done.stdout + done.stderr


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("no list cost", {"ListCost": "", "ContractedCost": ""}),
    ("no service", {"ServiceName": "", "InvoiceIssuerName": ""}),
    ("unknown categories", {"ServiceCategory": "Toasters", "PricingCategory": "Special"}),
    ("wrong parent", {"ServiceCategory": "Storage", "ServiceSubcategory": "Virtual Machines"}),
    ("class", {"ChargeClass": "Regular", "ChargeFrequency": "Now and Then"}),
    ("purchase by usage", {"ChargeCategory": "Purchase", "ChargeFrequency": "Usage-Based"}),
    ("tax with a price", {**PRICED, "ChargeCategory": "Tax"}),
    ("price is not the cost", {**PRICED, "ListUnitPrice": "7"}),
    ("negative price", {**PRICED, "ContractedUnitPrice": "-2"}),
    ("no unit", {**PRICED, "PricingUnit": "", "ConsumedUnit": ""}),
    ("unit is a number", {**PRICED, "ConsumedUnit": "1000000"}),
    ("unit without quantity", {**PRICED, "PricingQuantity": "", "ConsumedQuantity": ""}),
    ("no sku price", {**PRICED, "SkuPriceId": "", "SkuPriceDetails": {"GpuCount": 8, "own": [1]}}),
    ("unknown status", {"CommitmentDiscountStatus": "Maybe", "CommitmentDiscountUnit": "Hours"}),
    ("unused", {**PRICED, "CommitmentDiscountStatus": "Unused"}),
    ("other pricing currency", {"PricingCurrency": "EUR", "PricingCurrencyEffectiveCost": ""}),
    ("json", {"ContractApplied": "none", "SkuPriceDetails": "[1]", "SkuPriceId": "x"}),
    ("category", {"ChargeCategory": "Refund", "BillingAccountType": ""}),
]


def test_what_a_bill_does_against_the_rules_is_mended_and_kept(home: Path, tmp_path: Path) -> None:
    """Beside a sound charge, so that every column is there."""
    sound = {
        **PRICED, "BillingAccountType": "Member", "PricingCurrency": "USD",
        "PricingCurrencyEffectiveCost": "6", "ChargeFrequency": "Usage-Based",
        "ServiceSubcategory": "Virtual Machines", "CommitmentDiscountStatus": "Used",
    }  # fmt: skip
    rows = [charge("6", **sound), *(charge("6", **bill) for _, bill in BROKEN)]
    configuration = sample(home, rows)
    path = tmp_path / "export.csv"
    exported(configuration, path)
    assert lint(path) == []
    mended = ["sound", *(name for name, _ in BROKEN)]
    originals = dict(zip(mended, (row[ORIGINAL] for row in rows_of(path)), strict=True))
    # No file may have this column with a null in it, and one charge's cost is in euros.
    assert json.loads(originals["sound"]) == {"PricingCurrencyEffectiveCost": "6.00"}
    assert all(originals.values())
    assert json.loads(originals["category"])["ChargeCategory"] == "Refund"
    assert charges(read_back(tmp_path, path)) == charges(configuration)


def test_ai_keys_carry_the_prefix_that_1_4_asks_for(home: Path, tmp_path: Path) -> None:
    """What the bill says of itself, and what the classification found out."""
    said = {"ModelId": "m-1", "TokenDirection": "Input", "GpuCount": 8}
    bedrock = {
        "ServiceName": "Amazon Bedrock", "ServiceProviderName": "AWS",
        "SkuMeter": "USE1-Claude4.5Sonnet-output-tokens",
    }  # fmt: skip
    rows = [charge("6", **PRICED, SkuPriceDetails=said), charge("6", **PRICED, **bedrock)]
    configuration = sample(home, rows)
    path = tmp_path / "export.csv"
    exported(configuration, path)
    assert lint(path) == []
    details = [json.loads(row["SkuPriceDetails"]) for row in rows_of(path)]
    assert details[0] == {"x_ModelId": "m-1", "x_TokenDirection": "Input", "GpuCount": 8}
    assert details[1]["x_TokenDirection"] == "Output"
    assert details[1]["x_ModelDeveloper"] == "Anthropic"

    exported(configuration, path, draft=True)
    details = [json.loads(row["SkuPriceDetails"]) for row in rows_of(path)]
    assert details[0] == said
    assert details[1]["TokenDirection"] == "Output"
    assert {fault.split("]")[0] for fault in lint(path)} == {
        "[STRUCTURAL_VALID:custom_key_not_prefixed"
    }


def test_only_the_charges_of_the_period(home: Path, tmp_path: Path) -> None:
    configuration = sample(home, [charge("1", "2026-08-31"), charge("2", "2026-09-30")])
    found = exported(configuration, tmp_path / "export.csv", period="2026-09")
    assert [(total.charges, total.billed) for total in found.totals] == [(1, "2.00")]
    empty = exported(configuration, tmp_path / "empty.csv", period="2025-01")
    assert (empty.rows, rows_of(tmp_path / "empty.csv")) == (0, [])
    assert empty.notes == ["No charge is in the period: the file has a header and no rows."]


def test_filled_costs_are_counted_and_the_bill_keeps_its_nulls(home: Path, tmp_path: Path) -> None:
    configuration = sample(
        home, [charge("1.5", ListCost="", ContractedCost=""), charge("2", ListCost="3")]
    )
    found = exported(configuration, tmp_path / "export.csv")
    [total] = found.totals
    assert (total.list, total.list_filled) == ("4.50", "1.50")
    assert (total.contracted, total.contracted_filled) == ("3.50", "1.50")
    first, second = rows_of(tmp_path / "export.csv")
    assert json.loads(first[ORIGINAL])["ListCost"] is None
    assert "ListCost" not in (second[ORIGINAL] or "")


def test_a_sum_that_differs_leaves_no_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = sample(home, [charge("1"), charge("2")])
    path = tmp_path / "out" / "export.csv"
    with context(configuration) as ctx, pytest.raises(TagwrightError, match="does not add up"):
        export_focus(
            ctx, ctx.period("all"), path,
            split='SELECT * REPLACE (CAST(1.6 AS DECIMAL(18, 2)) AS "BilledCost") FROM charges',
        )  # fmt: skip
    assert list(path.parent.iterdir()) == []
    path.write_text("last month's")
    monkeypatch.setattr(focus_export, "_prove", lambda *_: 1 / 0)
    with context(configuration) as ctx, pytest.raises(ZeroDivisionError):
        export_focus(ctx, ctx.period("all"), path)
    assert path.read_text() == "last month's"
    assert [item.name for item in path.parent.iterdir()] == ["export.csv"]


def test_rows_that_allocation_split_add_up_to_their_origin(home: Path, tmp_path: Path) -> None:
    """Two thirds to one product, one third to the other, of a cost that no thirds divide."""
    configuration = sample(home, [charge("10.00000001", **PRICED, ResourceId="gpu"), charge("3")])
    part = (
        'SELECT * REPLACE (CAST({cost} AS DECIMAL(38, 12)) AS "BilledCost", '
        'CAST({cost} AS DECIMAL(38, 12)) AS "EffectiveCost", \'tokens\' AS "AllocatedMethodId", '
        "'{name}' AS \"AllocatedResourceId\", MAP {{'product': '{name}'}} AS \"AllocatedTags\", "
        '\'{{"Elements": [{{"AllocatedRatio": {ratio}}}]}}\' AS "AllocatedMethodDetails") '
        "FROM charges WHERE \"ResourceId\" = 'gpu'"
    )
    split = " UNION ALL ".join(
        [
            part.format(cost="6.66666667", name="recs", ratio="0.666667"),
            part.format(cost="3.33333334", name="search", ratio="0.333333"),
            'SELECT * FROM charges WHERE "ResourceId" IS NULL',
        ]
    )
    path = tmp_path / "export.csv"
    found = exported(configuration, path, split=split)
    assert (found.rows, found.totals[0].effective) == (3, "13.00000001")
    assert lint(path) == []
    rows = rows_of(path)
    assert [row["AllocatedTags"] for row in rows[:2]] == [
        '{"product":"recs"}', '{"product":"search"}',
    ]  # fmt: skip
    with open_context(read_back(tmp_path, path)) as ctx:
        [again] = ctx.snapshot.query(
            'SELECT sum("BilledCost"), sum("EffectiveCost") FROM charges'
        ).rows
    assert again == (Decimal("13.00000001"), Decimal("13.00000001"))


def test_a_folder_that_cannot_be_written_is_said(home: Path, tmp_path: Path) -> None:
    configuration = sample(home, [charge("1")])
    (tmp_path / "file").write_text("")
    with pytest.raises(TagwrightError, match="cannot be written"):
        exported(configuration, tmp_path / "file" / "export.csv")


@pytest.mark.slow  # each example is two ingests
@settings(max_examples=examples(3), deadline=None)
@given(
    costs=st.lists(
        st.decimals(-(10**9), 10**9, places=11).map(lambda value: format(value, "f")),
        min_size=1, max_size=6,
    ),
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40),
)  # fmt: skip
def test_any_amount_and_any_text_comes_back(costs: list[str], text: str) -> None:
    """Commas, quotes, formulas and blanks in names and tags; eleven decimals, credits."""
    rows = [
        charge(cost, ResourceName=text, ChargeDescription=f'=1+1,"{text}"', Tags={text: text})
        for cost in costs
    ]
    with temporary_home(rows) as configuration:
        folder = configuration.home.parent
        found = exported(configuration, folder / "export.csv")
        assert sum(Decimal(total.billed) for total in found.totals) == sum(map(Decimal, costs))
        assert charges(read_back(folder, folder / "export.csv")) == charges(configuration)


@pytest.mark.slow  # nineteen files of five formats are read, and all of it once more
def test_real_bills_read_back_as_they_were(shared: Path, home: Path, tmp_path: Path) -> None:
    """FOCUS 1.0 to 1.5 draft, CUR, Azure and OCI in one warehouse; the lint's faults are known."""
    from tagwright.config import load_settings

    configuration = load_settings(home)
    names = ("focus_sample.csv", "focus12_saas", "focus15_draft_ai", "generated_focus13", "native")
    ingest(configuration, [str(shared / "data" / name) for name in names])
    path = tmp_path / "export.csv"
    exported(configuration, path)
    # A virtual currency is allowed by the specification, not by the lint; money is not changed.
    known = ("bad_currency] PricingCurrency", "effective_cost_differs_from_billed] EffectiveCost")
    assert [fault for fault in lint(path) if not any(name in fault for name in known)] == []
    assert charges(read_back(tmp_path, path)) == charges(configuration)
