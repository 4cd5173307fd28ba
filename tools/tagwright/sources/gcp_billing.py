"""Google Cloud Billing export, standard or detailed: rows of its BigQuery table, JSON or Parquet.

Format: cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/detailed-usage. A row
becomes a charge of its ``cost`` and a charge more for each of its ``credits``, so that a credit can
be seen, and the sum is that of the invoice: cost plus credits of all cost types by invoice month.

``EffectiveCost`` is ``BilledCost``. Google takes nothing in advance: a commitment's fee is charged
hour by hour over its term, so the sum over any time is the amortised one. Where it stands differs
(cloud.google.com/docs/cuds-multiprice): in the newer model covered usage carries its discounted
price, and the fee a credit (``FEE_UTILIZATION_OFFSET``) that leaves of it what was not used; in the
older one, and for commitments to resources, the fee carries the cost and a credit takes it off the
covered usage. A row does not say which part of which fee it used; it is not made up here.

An invoice month ends at midnight in Los Angeles, and may hold late usage of the month before it:
export whole invoice months (``invoice.month``), for a month that comes again replaces itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tagwright.sources.gcp_services import AI_PREFIX, SERVICE_CATEGORIES
from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import NO_TEXT, by_name, first, items, nested, tags_object, value
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "GcpBilling"]

_MARKS = frozenset({"billing_account_id", "service", "sku", "usage_start_time", "cost"})
_NEEDED = (
    "billing_account_id", "invoice", "cost_type", "service", "usage_start_time", "usage_end_time",
    "cost", "currency", "credits",
)  # fmt: skip
_SPEND = ("COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE", "FEE_UTILIZATION_OFFSET")
_RESOURCES = "COMMITTED_USAGE_DISCOUNT"
_ON_DEMAND = "7754-699E-0EBF"
"""Consumption model of usage that no commitment covers (cloud.google.com/docs/cuds-multiprice)."""

_WHOLE = "1e20"
"""Common code takes no greater numbers; byte-seconds of large stores are."""


def _list(document: str, *keys: str) -> str:
    """A repeated field as ``JSON[]``; BigQuery may write it to Parquet as ``list.element``."""
    found = nested(document, *keys)
    element = "lambda e: json_extract(e, '$.element')"
    return f"COALESCE({items(found)}, list_transform({items(found, 'list')}, {element}))"


_CREDITS = _list("d0", "credits")
# The row itself, then its credits; what is there and no list is a credit without an amount, which
# is rejected: a credit that is passed over makes the bill too large.
_ROWS = (
    """list_concat([CAST('{"charge":true}' AS JSON)], """
    f"COALESCE({_CREDITS}, CASE WHEN json_type(d0, '$.credits') <> 'NULL' "
    "THEN [CAST('{}' AS JSON)] END))"
)
_IS_CREDIT = "json_type(d1, '$.charge') IS NULL"


class GcpBilling:
    """One charge for each row and each of its credits."""

    name = "gcp_billing"

    def recognise(self, head: Head) -> int:
        """95 for the export's tell-tale columns with ``service`` a record, else 0."""
        if head.kind == "csv" or not set(head.columns) >= _MARKS:
            return 0
        if head.kind == "json":
            return 95 if isinstance((head.sample or {}).get("service"), Mapping) else 0
        service = head.types[head.columns.index("service")]
        return 95 if service.upper().startswith("STRUCT(") else 0

    def missing(self, head: Head) -> list[str]:
        """Of Parquet the columns that are absent; a JSON row leaves out what is null in it."""
        if head.kind == "json":
            return []
        return [name for name in _NEEDED if name not in head.columns]

    def stage(self, head: Head) -> Staged:
        """Charges of the calendar month of ``invoice.month``."""
        del head
        columns = _plain() | _costs() | _kinds() | _quantities() | _commitments()
        notes = [
            "Credits are charges of their own; effective cost is billed cost.",
            "Quantities are floating-point numbers there: kept to 12 decimals.",
        ]
        return Staged(columns, "GCP billing export", notes, explode=(_ROWS,))


SOURCE = GcpBilling()
"""Registered as entry point ``gcp_billing`` of the group ``tagwright.sources``."""

_KIND = f"lower({value('d0', 'cost_type')})"
_SKU = value("d0", "sku", "description")
_FEE = f"COALESCE({_SKU} LIKE 'Commitment%', false)"
_USED = f"(NOT ({_IS_CREDIT}) AND {_KIND} = 'regular' AND NOT {_FEE})"
_CREDIT_TYPE = value("d1", "type")


def _charge(expression: str, credit: str = NO_TEXT) -> str:
    """One for the row itself, another for its credits."""
    return f"CASE WHEN {_IS_CREDIT} THEN {credit} ELSE {expression} END"


def _plain() -> dict[str, str]:
    month = value("d0", "invoice", "month")
    day = f"try_strptime(CASE WHEN regexp_full_match({month}, '[0-9]{{6}}') "
    day += f"THEN {month} || '01' END, '%Y%m%d')"
    service = value("d0", "service", "description")
    whens = " ".join(
        f"WHEN {sql_text(name)} THEN {sql_text(category)}"
        for name, category in SERVICE_CATEGORIES.items()
    )
    adjusted = value("d0", "adjustment_info", "type")
    return {
        "BillingAccountId": value("d0", "billing_account_id"),
        "BillingCurrency": value("d0", "currency"),
        # What is no month is left as it is, and rejected.
        "BillingPeriodStart": f"COALESCE(CAST({day} AS VARCHAR), {month})",
        "BillingPeriodEnd": f"COALESCE(CAST({day} + INTERVAL 1 MONTH AS VARCHAR), {month})",
        "ChargePeriodStart": value("d0", "usage_start_time"),
        "ChargePeriodEnd": value("d0", "usage_end_time"),
        "ChargeClass": f"CASE WHEN {adjusted} LIKE '%\\_CORRECTION' ESCAPE '\\' "
        "THEN 'Correction' END",
        "ChargeDescription": _charge(
            first(value("d0", "adjustment_info", "description"), _SKU),
            first(
                *(f"NULLIF({value('d1', key)}, '')" for key in ("full_name", "name", "id", "type"))
            ),
        ),
        **dict.fromkeys(
            ("InvoiceIssuerName", "ServiceProviderName", "HostProviderName"), "'Google Cloud'"
        ),
        "ServiceName": service,
        "ServiceCategory": f"CASE {service} {whens} ELSE CASE WHEN {service} LIKE "
        f"{sql_text(AI_PREFIX + '%')} THEN 'AI and Machine Learning' ELSE 'Other' END END",
        "SubAccountId": value("d0", "project", "id"),
        "SubAccountName": value("d0", "project", "name"),
        "SubAccountType": f"CASE WHEN {value('d0', 'project', 'id')} IS NOT NULL "
        "THEN 'Project' END",
        "AvailabilityZone": value("d0", "location", "zone"),
        "RegionId": first(value("d0", "location", "region"), value("d0", "location", "location")),
        "ResourceId": first(
            value("d0", "resource", "global_name"), value("d0", "resource", "name")
        ),
        "ResourceName": value("d0", "resource", "name"),
        "SkuId": value("d0", "sku", "id"),
        "SkuMeter": _SKU,
        "x_PublisherName": value("d0", "seller_name"),
        # Of a key that comes twice the resource's own label counts.
        "Tags": tags_object(
            by_name(_list("d0", "labels")),
            by_name(_list("d0", "tags")),
            by_name(_list("d0", "project", "labels")),
        ),
    }


def _costs() -> dict[str, str]:
    cost, listed = value("d0", "cost"), value("d0", "cost_at_list")
    agreed = value("d0", "cost_at_effective_price_default")
    paid = _charge(cost, value("d1", "amount"))
    return {
        "BilledCost": paid,
        "EffectiveCost": paid,
        # What has no price, as a tax, is listed at what it cost; a credit has none to take off.
        "ListCost": _charge(
            f"CASE WHEN {_KIND} = 'regular' THEN {listed} ELSE COALESCE({listed}, {cost}) END",
            "'0'",
        ),
        "ContractedCost": _charge(f"COALESCE({agreed}, {cost})", "'0'"),
    }


def _kinds() -> dict[str, str]:
    model = value("d0", "consumption_model", "id")
    types = f"list_transform({_CREDITS}, lambda e: e->>'$.type')"
    covered = (
        f"({model} <> '{_ON_DEMAND}' OR list_has_any({types}, "
        f"['{_RESOURCES}', {', '.join(map(sql_text, _SPEND))}]))"
    )
    return {
        "ChargeCategory": _charge(
            f"CASE WHEN {_KIND} = 'regular' THEN CASE WHEN {_FEE} THEN 'Purchase' ELSE 'Usage' END "
            f"WHEN {_KIND} = 'tax' THEN 'Tax' "
            f"WHEN {_KIND} IN ('adjustment', 'rounding_error', 'rounding error') "
            "THEN 'Adjustment' END",
            "'Credit'",
        ),
        "ChargeFrequency": _charge(
            f"CASE WHEN {_KIND} = 'regular' THEN "
            f"CASE WHEN {_FEE} THEN 'Recurring' ELSE 'Usage-Based' END END"
        ),
        "PricingCategory": _charge(
            f"CASE WHEN {_KIND} = 'regular' THEN CASE WHEN {_FEE} THEN 'Standard' "
            f"WHEN {covered} THEN 'Committed' WHEN {_SKU} LIKE 'Spot %' THEN 'Dynamic' "
            "ELSE 'Standard' END END"
        ),
    }


def _quantities() -> dict[str, str]:
    base, unit = value("d0", "usage", "amount"), value("d0", "usage", "unit")
    priced = value("d0", "usage", "amount_in_pricing_units")
    per, large = (
        value("d0", "usage", "pricing_unit"),
        f"abs(TRY_CAST({base} AS DOUBLE)) >= {_WHOLE}",
    )
    alone = f"COALESCE(TRY_CAST({value('d0', 'price', 'pricing_unit_quantity')} AS DOUBLE), 1) = 1"
    charged = f"(NOT ({_IS_CREDIT}) AND {_KIND} = 'regular')"

    def rounded(number: str) -> str:
        # 17 digits of a tiny float would leave no room for the large ones of other rows.
        return f"COALESCE(CAST(TRY_CAST({number} AS DECIMAL(38, 12)) AS VARCHAR), {number})"

    return {
        "ConsumedQuantity": f"CASE WHEN {_USED} THEN CASE WHEN {large} THEN {rounded(priced)} "
        f"ELSE {rounded(base)} END END",
        "ConsumedUnit": f"CASE WHEN {_USED} THEN CASE WHEN {large} THEN {per} ELSE {unit} END END",
        "PricingQuantity": f"CASE WHEN {charged} THEN {rounded(priced)} END",
        "PricingUnit": f"CASE WHEN {charged} THEN {per} END",
        # A price of several units at once is none of the pricing unit.
        "ListUnitPrice": f"CASE WHEN {charged} AND {alone} "
        f"THEN {value('d0', 'price', 'list_price')} END",
        "ContractedUnitPrice": f"CASE WHEN {charged} AND {alone} "
        f"THEN {value('d0', 'price', 'effective_price')} END",
    }


def _commitments() -> dict[str, str]:
    subscription = value("d0", "subscription", "instance_id")
    spend = f"{_CREDIT_TYPE} IN ({', '.join(map(sql_text, _SPEND))})"
    discounts = f"({spend} OR {_CREDIT_TYPE} = '{_RESOURCES}')"
    model = value("d0", "consumption_model", "id")
    return {
        "CommitmentDiscountId": _charge(
            subscription, f"CASE WHEN {discounts} THEN {subscription} END"
        ),
        "CommitmentDiscountName": f"CASE WHEN {discounts} "
        f"THEN {first(value('d1', 'full_name'), value('d1', 'name'))} END",
        "CommitmentDiscountCategory": f"CASE WHEN {spend} THEN 'Spend' "
        f"WHEN {_CREDIT_TYPE} = '{_RESOURCES}' THEN 'Usage' WHEN {_IS_CREDIT} THEN NULL "
        f"WHEN {_SKU} LIKE 'Commitment - dollar based%' OR {model} <> '{_ON_DEMAND}' THEN 'Spend' "
        "END",
        "CommitmentDiscountStatus": f"CASE WHEN {_USED} AND {subscription} IS NOT NULL "
        "THEN 'Used' END",
    }
