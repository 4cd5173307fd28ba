"""A small ``charges`` table in memory, promoted, with its rollups, for tests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from tagwright.classification import INSTANCE_TYPE, OUTPUTS
from tagwright.metrics import cubes
from tagwright.taxonomy import TAG_KEYS_SQL, Taxonomy, promotions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEXT_COLUMNS = [
    "x_source",
    "BillingAccountId",
    "BillingAccountName",
    "SubAccountId",
    "SubAccountName",
    "ServiceProviderName",
    "HostProviderName",
    "InvoiceIssuerName",
    "ServiceCategory",
    "ServiceSubcategory",
    "ServiceName",
    "RegionId",
    "RegionName",
    "AvailabilityZone",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ChargeCategory",
    "ChargeClass",
    "ChargeFrequency",
    "ChargeDescription",
    "PricingCategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountCategory",
    "CommitmentDiscountType",
    "CommitmentDiscountStatus",
    "InvoiceId",
    "BillingCurrency",
    "ConsumedUnit",
    *(name for name, _ in OUTPUTS),
    INSTANCE_TYPE,
]
TIME_COLUMNS = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
MONEY_COLUMNS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ConsumedQuantity")

DEFAULTS: dict[str, Any] = {
    "x_source": "focus",
    "BillingAccountId": "acct",
    "ServiceProviderName": "AWS",
    "InvoiceIssuerName": "AWS",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon EC2",
    "SubAccountId": "111122223333",
    "ChargeCategory": "Usage",
    "BillingCurrency": "USD",
    "ChargePeriodStart": dt.datetime(2026, 9, 1),  # noqa: DTZ001  naive UTC in SQL
    "Tags": {},
}


def charges(
    taxonomy: Taxonomy, rows: Sequence[Mapping[str, Any]], *, money: str = "DECIMAL(38, 12)"
) -> duckdb.DuckDBPyConnection:
    """A connection with ``charges`` of those rows (over :data:`DEFAULTS`) and every rollup.

    ``cost=`` sets all four costs. The billing period is the month of the charge, unless given.
    """
    con = duckdb.connect(config={"threads": 1})
    columns = [f'"{name}" VARCHAR' for name in TEXT_COLUMNS]
    columns += [f'"{name}" TIMESTAMP' for name in TIME_COLUMNS]
    columns += [f'"{name}" {money}' for name in MONEY_COLUMNS]
    columns.append('"Tags" MAP(VARCHAR, VARCHAR)')
    con.execute(f"CREATE TABLE raw ({', '.join(columns)})")
    names = [*TEXT_COLUMNS, *TIME_COLUMNS, *MONEY_COLUMNS]
    for row in rows:
        full = {**DEFAULTS, **row}
        start = full["ChargePeriodStart"]
        full.setdefault("BillingPeriodStart", start and start.replace(day=1, hour=0, minute=0))
        for name in MONEY_COLUMNS[:4]:
            full.setdefault(name, full.get("cost", Decimal(0)))
        tags = full["Tags"]
        keys = None if tags is None else list(tags)
        con.execute(
            f"INSERT INTO raw VALUES ({', '.join('?' for _ in names)}, "
            "map(CAST(? AS VARCHAR[]), CAST(? AS VARCHAR[])))",
            [*(full.get(name) for name in names), keys, (list(tags.values()) if tags else keys)],
        )
    promote(con, taxonomy)
    return con


def promote(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Build ``charges`` and the rollups from the table ``raw``."""
    tag_keys = [key for (key,) in con.execute(TAG_KEYS_SQL.format(table="raw")).fetchall()]
    promoted = ", ".join(
        f'CAST({item.sql} AS {item.type}) AS "{item.column}"'
        for item in promotions(taxonomy, tag_keys)
    )
    con.execute(f"CREATE OR REPLACE TABLE charges AS SELECT *, {promoted} FROM raw")
    for cube in cubes(taxonomy):
        con.execute(f'CREATE OR REPLACE TABLE "{cube.name}" AS {cube.sql}')
