"""Realistic charges and usage rows in any number, made by DuckDB: the same for the same number.

As on a real bill a resource belongs to one account, service, region and set of tags, and is
charged each hour by a few SKUs of its service; the hours come in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_allocation", "write_charges", "write_usage"]

_DAYS = 120


def write_charges(path: Path, rows: int, *, money: str = "DECIMAL(20, 10)") -> None:
    """FOCUS 1.2 as a cloud exports it: 55 columns, Parquet, a map of tags.

    Args:
        path: File to write.
        rows: Charges in it.
        money: Type of amounts, prices and quantities.
    """
    import duckdb

    resources = max(200, rows // (24 * _DAYS))

    def pick(salt: int, many: int, of: str = "res") -> str:
        return f"CAST(hash({of}, {salt}) % {many} AS INTEGER)"

    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(
            f"""COPY (
WITH r AS (SELECT range AS i, CAST(hash(range, 1) % {resources} AS INTEGER) AS res,
    DATE '2026-07-01' + CAST(range * {_DAYS} // {rows} AS INTEGER) AS day,
    CAST((range * {_DAYS * 24} // {rows}) % 24 AS INTEGER) AS hour,
    CAST(hash(range, 2) % 1000000 AS DECIMAL(12, 0)) AS q,
    CAST(hash(range, 3) % 100 AS INTEGER) AS pct FROM range({rows})),
s AS (SELECT *, {pick(4, 20)} AS account, {pick(5, 40)} AS service, {pick(6, 12)} AS region,
    {pick(7, 10)} AS tagged, {pick(8, 4, "i")} AS meter FROM r),
c AS (SELECT *, service * 4 + meter AS sku, CAST(q * 0.0000731 AS DECIMAL(20, 10)) AS amount
    FROM s)
SELECT CASE WHEN region = 0 THEN NULL ELSE 'use1-az' || (res % 3) END AS AvailabilityZone,
CAST(amount AS {money}) AS BilledCost, '111122223333' AS BillingAccountId,
'Payer' AS BillingAccountName, 'Management' AS BillingAccountType, 'USD' AS BillingCurrency,
CAST(date_trunc('month', day) + INTERVAL 1 MONTH AS TIMESTAMP) AS BillingPeriodEnd,
CAST(date_trunc('month', day) AS TIMESTAMP) AS BillingPeriodStart,
CAST(NULL AS VARCHAR) AS CapacityReservationId,
CASE WHEN pct < 97 THEN 'Usage' WHEN pct < 99 THEN 'Tax' ELSE 'Credit' END AS ChargeCategory,
CAST(NULL AS VARCHAR) AS ChargeClass,
'Usage of SKU ' || sku || ' in region ' || region AS ChargeDescription,
'Usage-Based' AS ChargeFrequency,
CAST(day AS TIMESTAMP) + to_hours(hour + 1) AS ChargePeriodEnd,
CAST(day AS TIMESTAMP) + to_hours(hour) AS ChargePeriodStart,
CASE WHEN pct < 10 THEN 'Spend' END AS CommitmentDiscountCategory,
CASE WHEN pct < 10 THEN 'arn:aws:savingsplans::111122223333:savingsplan/' || (res % 7) END
AS CommitmentDiscountId, CAST(NULL AS VARCHAR) AS CommitmentDiscountName,
CASE WHEN pct < 10 THEN 'Used' END AS CommitmentDiscountStatus,
CASE WHEN pct < 10 THEN 'Compute Savings Plan' END AS CommitmentDiscountType,
CAST(q * 0.001 AS {money}) AS ConsumedQuantity,
['Hours', 'GB', 'Requests', 'Tokens'][1 + meter] AS ConsumedUnit,
CAST(amount AS {money}) AS ContractedCost, CAST(0.0731 AS {money}) AS ContractedUnitPrice,
CAST(amount AS {money}) AS EffectiveCost, 'INV-' || strftime(day, '%Y%m') AS InvoiceId,
'AWS' AS InvoiceIssuerName, CAST(amount AS {money}) AS ListCost,
CAST(0.0731 AS {money}) AS ListUnitPrice,
CASE WHEN pct < 10 THEN 'Committed' ELSE 'Standard' END AS PricingCategory,
'USD' AS PricingCurrency, CAST(0.0731 AS {money}) AS PricingCurrencyContractedUnitPrice,
CAST(amount AS {money}) AS PricingCurrencyEffectiveCost,
CAST(0.0731 AS {money}) AS PricingCurrencyListUnitPrice,
CAST(q * 0.001 AS {money}) AS PricingQuantity,
['Hours', 'GB', 'Requests', 'Tokens'][1 + meter] AS PricingUnit, 'AWS' AS ProviderName,
'AWS' AS PublisherName, 'us-region-' || region AS RegionId, 'US Region ' || region AS RegionName,
CASE WHEN pct < 97 THEN 'arn:aws:svc' || service || ':us-region-' || region || ':'
|| (100000000000 + account) || ':thing/i-' || substr(md5(CAST(res AS VARCHAR)), 1, 17) END
AS ResourceId, CASE WHEN pct < 97 THEN 'thing-' || res END AS ResourceName,
CASE WHEN pct < 97 THEN 'Thing ' || service END AS ResourceType,
['Compute', 'Storage', 'Databases', 'AI and Machine Learning'][1 + service % 4]
AS ServiceCategory, CASE WHEN service = 3 THEN 'Amazon Bedrock' WHEN service = 7
THEN 'Amazon SageMaker' ELSE 'Amazon Service ' || service END AS ServiceName,
'Other' AS ServiceSubcategory, 'SKU' || sku AS SkuId,
'USE1-BoxUsage:m5.' || (sku % 9) || 'xlarge' AS SkuMeter,
'{{"CoreCount": ' || (sku % 64) || '}}' AS SkuPriceDetails,
'SKU' || sku || '.JRTCKXETXF.6YS6EN2CT7' AS SkuPriceId,
CAST(100000000000 + account AS VARCHAR) AS SubAccountId, 'account-' || account AS SubAccountName,
'Account' AS SubAccountType,
CASE WHEN tagged < 3 THEN MAP {{}}
WHEN tagged < 6 THEN MAP {{'team': 'team-' || (res % 25), 'environment': 'prod'}}
ELSE MAP {{'team': 'team-' || (res % 25), 'product': 'product-' || (res % 60),
'cost-center': 'CC-' || (1000 + res % 90), 'environment': ['prod', 'dev', 'staging'][1 + res % 3],
'Name': 'thing-' || res}} END AS Tags
FROM c ORDER BY i) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""
        )


def write_usage(path: Path, rows: int) -> None:
    """Tagwright's own usage lines (JSON lines), a line for each request."""
    import duckdb

    with duckdb.connect() as con:
        con.execute(
            f"""COPY (SELECT 'tagwright.usage/1' AS schema, 'r-' || range AS row_id,
strftime(TIMESTAMP '2026-10-01' + to_microseconds(range * {2_592_000_000_000 // rows}),
'%Y-%m-%dT%H:%M:%S.%fZ') AS start_time, 200 + range % 3000 AS duration_ms,
'openai' AS "gen_ai.provider.name", 'chat' AS "gen_ai.operation.name",
['gpt-5', 'gpt-5-mini', 'gpt-4o'][1 + range % 3] AS "gen_ai.request.model",
500 + hash(range) % 4000 AS "gen_ai.usage.input_tokens",
hash(range) % 500 AS "gen_ai.usage.cache_read.input_tokens",
50 + hash(range, 1) % 400 AS "gen_ai.usage.output_tokens",
{{'team': 'team-' || hash(range, 2) % 25, 'feature': 'feature-' || hash(range, 3) % 40,
'customer': 'customer-' || hash(range, 4) % 5000}} AS tags
FROM range({rows})) TO '{path}' (FORMAT json)"""
        )


def write_allocation(path: Path, charges: int, usage: int) -> None:
    """A DuckDB file with what an allocation reads: shared charges, and requests beside them."""
    import duckdb

    with duckdb.connect(str(path)) as con:
        con.execute(
            f"""CREATE TABLE charges AS SELECT 'arn:thing/' || range % 50 AS "ResourceId",
'acct' AS "SubAccountId", 'us-east-1' AS "RegionId", 'USD' AS "BillingCurrency",
TIMESTAMP '2026-10-01' AS "BillingPeriodStart", 'AWS' AS "ServiceProviderName",
'Service ' || range % 5 AS "ServiceName", 'Usage' AS "ChargeCategory",
CAST(NULL AS VARCHAR) AS "CommitmentDiscountStatus",
TIMESTAMP '2026-10-01' + to_hours(CAST(range % 720 AS INTEGER)) AS "ChargePeriodStart",
TIMESTAMP '2026-10-01' + to_hours(CAST(range % 720 + 1 AS INTEGER)) AS "ChargePeriodEnd",
CAST(hash(range) % 1000000 AS DECIMAL(18, 9)) * 0.000001 AS "EffectiveCost",
CAST(NULL AS VARCHAR) AS x_product, CAST(1 AS INTEGER) AS x_file, range + 1 AS x_record
FROM range({charges})"""
        )
        con.execute('ALTER TABLE charges ALTER "EffectiveCost" TYPE DECIMAL(18, 9)')
        con.execute(
            f"""CREATE TABLE usage AS SELECT TIMESTAMP '2026-10-01' + to_seconds(
CAST(range % 2592000 AS INTEGER)) AS "ChargePeriodStart", 'product-' || hash(range, 1) % 40
AS x_product, 'acct' AS "SubAccountId", 'arn:thing/' || range % 50 AS "ResourceId",
'us-east-1' AS "RegionId", CAST(hash(range, 2) % 4000 AS BIGINT) AS input_uncached_tokens,
CAST(hash(range, 3) % 500 AS BIGINT) AS cache_read_tokens,
CAST(0 AS BIGINT) AS cache_write_tokens, CAST(0 AS BIGINT) AS cache_write_1h_tokens,
CAST(hash(range, 4) % 400 AS BIGINT) AS output_tokens FROM range({usage})"""
        )
