"""The sample company: the same bytes everywhere, sound FOCUS, and a truth that adds up."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sample_home import tool_result
from tagwright.allocation import load_rules
from tagwright.config import Settings, load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse
from tagwright_evals.company import Company, resources, restate_aws, with_tags, write_company
from tagwright_evals.company.estate import shared_owners


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
        others = (one.allocation, one.deploys, one.revenue, one.taxonomy)
        for path in (*one.paths, *one.telemetry, *others):
            digest.update(path.name.encode() + text_of(path).encode())
        sums.append(digest.hexdigest())
    assert sums[0] == sums[1]
    assert sums[0] == PINNED


PINNED = "6971db159617b10421daa004d93baa76b2e638c206039175dfff5fd4afef3ba4"


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


def test_a_restated_month_is_the_bill_with_the_tags_of_now(
    company: Company, tmp_path: Path
) -> None:
    [october] = [path for path in company.paths if path.name == "aws-2026-10.csv.gz"]
    same = restate_aws(tmp_path, dt.date(2026, 10, 1), company.resources)
    assert text_of(same) == text_of(october)


def billed_tokens(company: Company, account: str, month: str) -> Counter[tuple[str, str]]:
    """Tokens on the bill, by day and kind."""
    found: Counter[tuple[str, str]] = Counter()
    for row in rows_of(company):
        if row["SubAccountId"] == account and row["ConsumedUnit"] == "Tokens":
            day = row["ChargePeriodStart"][:10]
            if day.startswith(month):
                found[day, row["SkuMeter"]] += int(row["ConsumedQuantity"])
    return found


def documents(company: Company, prefix: str) -> list[dict[str, Any]]:
    texts = [text_of(path) for path in company.telemetry if path.name.startswith(prefix)]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_the_invocation_logs_tell_of_every_token_of_their_account(company: Company) -> None:
    logged: Counter[tuple[str, str]] = Counter()
    said = documents(company, "bedrock-invocations")
    for item in said:
        day, into = item["timestamp"][:10], item["input"]
        logged[day, "Input Tokens"] += into["inputTokenCount"]
        logged[day, "Cache Read Input Tokens"] += into["cacheReadInputTokenCount"]
        logged[day, "Cache Write Input Tokens"] += into["cacheWriteInputTokenCount"]
        logged[day, "Output Tokens"] += item["output"]["outputTokenCount"]
        assert sum(v for k, v in into.items() if k.endswith("Count")) < 200_000, "a context"
    assert logged == billed_tokens(company, "300000000303", "2026-10")
    assert len({item["requestId"] for item in said}) == len(said)
    assert billed_tokens(company, "300000000303", "2026-09"), "billed before it was logged"
    named = [item for item in said if "requestMetadata" in item]
    assert 0 < len(named) < len(said)


def test_no_request_is_told_of_twice(company: Company) -> None:
    gateway = {item["cloud.account.id"] for item in documents(company, "gateway")}
    assert gateway == {"300000000101", "300000000202"}
    assert {item["accountId"] for item in documents(company, "bedrock")} == {"300000000303"}


def test_a_week_has_a_rhythm_and_the_months_grow(company: Company) -> None:
    """Of production's calls of Bedrock, on days without the loop."""
    spike = company.spike
    days: dict[str, list[tuple[dt.date, int]]] = {}
    for row in rows_of(company):
        day = dt.date.fromisoformat(row["ChargePeriodStart"][:10])
        usual = not spike.start <= day < spike.end
        if usual and (row["SkuMeter"], row["SubAccountId"]) == ("Output Tokens", "300000000101"):
            days.setdefault(f"{day:%Y-%m}", []).append((day, int(row["ConsumedQuantity"])))
    means = []
    for found in days.values():
        work = [count for day, count in found if day.weekday() < 5]
        rest = [count for day, count in found if day.weekday() >= 5]
        assert sum(rest) / len(rest) < 0.7 * sum(work) / len(work)
        means.append(sum(work) / len(work))
    assert means == sorted(means)


def test_the_spike_has_its_deploy(company: Company) -> None:
    deploys = list(csv.DictReader(io.StringIO(company.deploys.read_text())))
    [cause] = [
        item for item in deploys
        if (item["version"], item["environment"]) == (company.spike.version, "production")
    ]  # fmt: skip
    assert cause["time"].startswith(f"{company.spike.start}T00:")


@pytest.fixture(scope="module")
def settings(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with all of it."""
    home = tmp_path_factory.mktemp("home")
    company.furnish(home)
    report = ingest(load_settings(home), [*company.paths, *company.telemetry])
    assert (report.charges, report.rejected, report.failed) == (company.rows, 0, False)
    return load_settings(home)


@pytest.mark.slow  # ingests the whole company
def test_it_is_read_whole(company: Company, settings: Settings) -> None:
    with open_warehouse(settings).open() as snapshot:
        found = snapshot.query(
            'SELECT "ServiceProviderName", "BillingCurrency", sum("BilledCost"), '
            'sum("EffectiveCost") FROM charges GROUP BY ALL'
        ).rows
        spiked = snapshot.query(
            """SELECT "x_product", "ServiceName" FROM charges WHERE "ChargePeriodStart" >= ? AND
            "ChargePeriodStart" < ? GROUP BY ALL ORDER BY sum("EffectiveCost") DESC LIMIT 1""",
            [company.spike.start, company.spike.end],
        ).rows
        places = snapshot.query(
            """SELECT x_environment FROM charges WHERE x_environment IS NOT NULL
            GROUP BY ALL HAVING sum("EffectiveCost") > 3000 ORDER BY ALL"""
        ).rows
    assert {(row[0], row[1]): (row[2], row[3]) for row in found} == company.totals
    assert spiked == [(company.spike.product, company.spike.service)]
    assert places == [("development",), ("production",), ("staging",)]


@pytest.mark.slow  # of the whole company
def test_the_rules_find_who_shares_the_endpoint(settings: Settings) -> None:
    """By what the gateway counts, against whose it really is, which no bill says."""
    question = {
        "dimension": "product", "period": "2026-10",
        "filters": [{"dimension": "resource_name", "values": ["shared-llm-gpu"]}],
    }  # fmt: skip
    result = tool_result(settings, "allocate_costs", question)
    shares = {row["target"]: Decimal(row["share"]) for row in result.rows if row["target"]}
    truth = {name.split("/")[1]: share for name, share in shared_owners().items()}
    assert shares.keys() == truth.keys()
    assert all(abs(shares[name] - share) < Decimal("0.01") for name, share in truth.items())
    parts = sum(Decimal(row["effective_cost"]) for row in result.rows)
    assert [parts] == [Decimal(row["effective_cost"]) for row in result.totals]


@pytest.mark.slow  # of the whole company
def test_each_rule_takes_charges_and_some_stay_nobodys(settings: Settings) -> None:
    took = set()
    for dimension in ("team", "product", "feature", "customer"):
        result = tool_result(
            settings, "allocate_costs", {"dimension": dimension, "period": "2026-10"}
        )
        assert not [note for note in result.notes if note.startswith("Rule ")]
        took |= {row.get("rule") for row in result.rows}
        assert any(row["kind"] == "unallocated" for row in result.rows)
    assert took >= {rule.id for rule in load_rules(settings).rules}
