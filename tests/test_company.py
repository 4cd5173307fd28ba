"""The sample company: the same bytes everywhere, sound FOCUS, and a truth that adds up."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse
from tagwright_evals.company import Company, resources, with_tags, write_company


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return write_company(tmp_path_factory.mktemp("company"))


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def rows_of(company: Company) -> Iterator[dict[str, str]]:
    for path in company.paths:
        yield from csv.DictReader(io.StringIO(text_of(path)))


@pytest.mark.slow  # the company is written twice
def test_the_same_text_on_every_machine(company: Company, tmp_path: Path) -> None:
    """The hash is over the unpacked texts: what zlib makes of them depends on its version."""
    again = write_company(tmp_path)
    sums = []
    for one in (company, again):
        digest = hashlib.sha256()
        for path in one.paths:
            digest.update(path.name.encode() + text_of(path).encode())
        sums.append(digest.hexdigest())
    assert sums[0] == sums[1]
    assert sums[0] == PINNED


PINNED = "ddab296fbd4b0391c4aeb2e6b4061547e0cdff4b0e33ac78112a131d379ff980"


def test_totals_are_those_of_the_files(company: Company) -> None:
    found: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for row in rows_of(company):
        provider = row.get("ServiceProviderName") or row["ProviderName"]
        billed, effective = found.get((provider, row["BillingCurrency"]), (Decimal(0), Decimal(0)))
        found[provider, row["BillingCurrency"]] = (
            billed + Decimal(row["BilledCost"]),
            effective + Decimal(row["EffectiveCost"]),
        )
    assert found == company.totals
    assert {currency for _, currency in found} == {"USD", "EUR"}


def test_amounts_are_products_of_prices_and_quantities(company: Company) -> None:
    """FOCUS 1.4: ListCost = ListUnitPrice x PricingQuantity, ContractedCost likewise."""
    checked = 0
    for row in rows_of(company):
        if row["PricingQuantity"] and row["ListUnitPrice"] and row["ChargeCategory"] == "Usage":
            quantity = Decimal(row["PricingQuantity"])
            assert Decimal(row["ListCost"]) == Decimal(row["ListUnitPrice"]) * quantity
            assert Decimal(row["ContractedCost"]) == Decimal(row["ContractedUnitPrice"]) * quantity
            checked += 1
    assert checked > 10_000


def test_periods_and_mandatory_values(company: Company) -> None:
    for row in rows_of(company):
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["ChargePeriodEnd"]
        assert row["ChargePeriodStart"] < row["BillingPeriodEnd"]
        for name in ("BillingAccountId", "ServiceName", "ServiceCategory", "ChargeCategory"):
            assert row[name]


def test_the_truth_names_an_owner_of_every_charge(company: Company) -> None:
    lines = [json.loads(line) for line in company.truth.read_text().splitlines()]
    assert len(lines) == company.rows
    assert all(sum(map(Decimal, line["owners"].values())) in (0, 1) for line in lines)


def test_it_has_the_troubles_it_is_for(company: Company) -> None:
    tagless = [item for item in company.resources if not item.tags]
    assert [item for item in tagless if item.size.startswith(("g5", "g4dn", "p4d"))]
    spellings = {key for item in company.resources for key in item.tags}
    assert {"team", "Team"} <= spellings
    shared = [item for item in company.resources if len(item.owners) > 1]
    assert shared, "an endpoint that serves several products"
    categories = {row["ChargeCategory"] for row in rows_of(company)}
    assert {"Usage", "Purchase", "Tax", "Credit"} <= categories


def test_arns_are_unlike(company: Company) -> None:
    assert len({item.arn for item in resources()}) == len(resources())


@pytest.mark.slow  # the company is written once more
def test_other_tags_change_tags_and_no_amount(company: Company, tmp_path: Path) -> None:
    bare = write_company(tmp_path, estate=with_tags(company.resources, {}))
    assert bare.totals == company.totals
    assert not any(item.tags for item in bare.resources)


@pytest.mark.slow  # ingests the whole company
def test_it_is_read_whole(company: Company, home: Path) -> None:
    (home / "taxonomy.yaml").write_text(company.taxonomy.read_text())
    (home / "tagwright.toml").write_text(company.config.read_text())
    report = ingest(load_settings(home), company.paths)
    assert (report.charges, report.rejected, report.failed) == (company.rows, 0, False)
    with open_warehouse(load_settings(home)).open() as snapshot:
        found = snapshot.query(
            'SELECT "ServiceProviderName", "BillingCurrency", sum("BilledCost"), '
            'sum("EffectiveCost") FROM charges GROUP BY ALL'
        ).rows
        spiked = snapshot.query(
            """SELECT "x_product", "ServiceName" FROM charges WHERE "ChargePeriodStart" >= ? AND
            "ChargePeriodStart" < ? GROUP BY ALL ORDER BY sum("EffectiveCost") DESC LIMIT 1""",
            [company.spike.start, company.spike.end],
        ).rows
    assert {(row[0], row[1]): (row[2], row[3]) for row in found} == company.totals
    assert spiked == [(company.spike.product, company.spike.service)]
