"""How a charge becomes a row that FOCUS 1.4 allows, as stages of SQL over ``charges``.

``BilledCost`` and ``EffectiveCost`` are never touched. Where the specification forbids what a bill
says (or does not say), the export says what is allowed, and :data:`tagwright.focus.ORIGINAL` keeps
the bill's own value, so that reading the export back gives the charge as it was.

Rule numbers (``CAU-…``) are those of FOCUS 1.4's data model, Cost and Usage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.reports.focus_values import ALLOWED, SKU_PRICE_DETAILS, SUBCATEGORIES
from tagwright.sources.head import sql_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["AI_KEYS", "REASONS", "details_sql", "repaired_sql"]

AI_KEYS: Mapping[str, str] = {
    "ModelDeveloper": "x_ai_model_developer",
    "ModelFamily": "x_ai_model_family",
    "ModelId": "x_ai_model_id",
    "TokenDirection": "x_ai_token_direction",
    "TokenCacheAction": "x_ai_cache_action",
}
"""Keys of SkuPriceDetails in the draft of FOCUS 1.5, and where ``charges`` has their values."""

REASONS: Mapping[str, str] = {
    "ListCost": "not known: the contracted cost, else the effective one",
    "ContractedCost": "not known: the list cost, else the effective one",
    "InvoiceIssuerName": "not known: the provider",
    "ServiceName": "not known: the provider",
    "ServiceCategory": "none that FOCUS knows: Other",
    "ServiceSubcategory": "none of its category: Other",
    "ChargeCategory": "none that FOCUS knows: Adjustment",
    "ChargeClass": "not Correction: left out",
    "ChargeFrequency": "not known, or usage-based on a purchase: by the charge's category",
    "BillingAccountType": "not known: Billing Account",
    "PricingCategory": "none that FOCUS knows: Other; left out of taxes",
    "PricingCurrency": "not known: the billing currency",
    "PricingCurrencyEffectiveCost": "not known: the effective cost, in the billing currency",
    "PricingQuantity": "times its unit price it is not the cost, or it has no unit: left out",
    "PricingUnit": "without a quantity, or a number: left out",
    "ConsumedQuantity": "not of used usage, or without a unit: left out",
    "ConsumedUnit": "without a quantity, or a number: left out",
    "CommitmentDiscountQuantity": "without a unit: left out",
    "CommitmentDiscountUnit": "without a quantity, or a number: left out",
    "CommitmentDiscountCategory": "none that FOCUS knows: left out",
    "CommitmentDiscountStatus": "none that FOCUS knows: left out",
    "CapacityReservationStatus": "none that FOCUS knows: left out",
    "ListUnitPrice": "negative: left out",
    "ContractedUnitPrice": "negative: left out",
    "PricingCurrencyListUnitPrice": "negative: left out",
    "PricingCurrencyContractedUnitPrice": "negative: left out",
    "SkuId": "of a tax: left out",
    "SkuPriceId": "of a tax, or without unit prices: left out",
    "SkuPriceDetails": "keys that 1.4 does not define begin with x_; without a SkuPriceId they are "
    "in x_SkuPriceDetails",
    "ContractApplied": "no JSON object: left out",
    "CommitmentProgramEligibilityDetails": "no JSON object: left out",
}
"""Columns whose value may differ from the charge's, and why."""

_INPUTS = ('"SkuPriceDetails"', *AI_KEYS.values())

_TOLERANCE = "5e-10"
"""Half of what the lint allows (1e-9, relative), because we compare in floating point."""


def _one_of(column: str, otherwise: str) -> str:
    listed = ", ".join(sql_text(value) for value in ALLOWED[column])
    return f'CASE WHEN "{column}" IS NULL OR "{column}" IN ({listed}) THEN "{column}" ELSE {otherwise} END'


def _unit(column: str) -> str:
    """A unit, unless it is a number (attribute UnitFormat)."""
    return (
        f'CASE WHEN TRY_CAST("{column}" AS DOUBLE) IS NULL THEN NULLIF(TRIM("{column}"), \'\') END'
    )


def _object(column: str) -> str:
    return (
        f'CASE WHEN json_valid("{column}") AND json_type("{column}") = \'OBJECT\' '
        f'THEN "{column}" END'
    )


def _first() -> dict[str, str]:
    """What needs no other repaired value."""
    categories = ", ".join(sql_text(value) for value in SUBCATEGORIES)
    return {
        "ListCost": 'COALESCE("ListCost", "ContractedCost", "EffectiveCost")',
        "ContractedCost": 'COALESCE("ContractedCost", "ListCost", "EffectiveCost")',
        "InvoiceIssuerName": 'COALESCE("InvoiceIssuerName", "ServiceProviderName")',
        "ServiceName": 'COALESCE("ServiceName", "ServiceProviderName")',
        "ServiceCategory": f'CASE WHEN "ServiceCategory" IN ({categories}) THEN "ServiceCategory" ELSE \'Other\' END',
        "ChargeCategory": _one_of("ChargeCategory", "'Adjustment'"),
        "ChargeClass": _one_of("ChargeClass", "NULL"),
        "PricingCategory": _one_of("PricingCategory", "'Other'"),
        "BillingAccountType": "COALESCE(\"BillingAccountType\", 'Billing Account')",
        "PricingCurrency": 'COALESCE("PricingCurrency", "BillingCurrency")',
        **{
            name: _one_of(name, "NULL")
            for name in (
                "CommitmentDiscountCategory",
                "CommitmentDiscountStatus",
                "CapacityReservationStatus",
                "ChargeFrequency",
            )
        },
        **{name: _unit(name) for name in ("PricingUnit", "ConsumedUnit", "CommitmentDiscountUnit")},
        **{
            name: f'CASE WHEN "{name}" >= 0 THEN "{name}" END'
            for name in (
                "ListUnitPrice",
                "ContractedUnitPrice",
                "PricingCurrencyListUnitPrice",
                "PricingCurrencyContractedUnitPrice",
            )
        },
        **{
            name: _object(name)
            for name in ("ContractApplied", "CommitmentProgramEligibilityDetails")
        },
    }


def _identity(cost: str, price: str) -> str:
    """Whether unit price times quantity is the cost (CAU-ListCost-C-011, CAU-ContractedCost-C-011)."""
    product = f'CAST("{price}" AS DOUBLE) * CAST("PricingQuantity" AS DOUBLE)'
    return (
        f'("{price}" IS NULL OR abs({product} - CAST("{cost}" AS DOUBLE)) '
        f'<= {_TOLERANCE} * greatest(abs(CAST("{cost}" AS DOUBLE)), 1))'
    )


def _second() -> dict[str, str]:
    """What rests on the repaired category, units and costs."""
    pairs = " ".join(
        f'WHEN {sql_text(category)} THEN "ServiceSubcategory" IN ({", ".join(map(sql_text, (*names, f"Other ({category})")))})'
        for category, names in SUBCATEGORIES.items()
    )
    used = "\"ChargeCategory\" = 'Usage' AND \"CommitmentDiscountStatus\" IS DISTINCT FROM 'Unused'"
    priced = f"{_identity('ListCost', 'ListUnitPrice')} AND {_identity('ContractedCost', 'ContractedUnitPrice')}"
    not_tax = "\"ChargeCategory\" <> 'Tax'"
    return {
        "ServiceSubcategory": f'CASE WHEN CASE "ServiceCategory" {pairs} END THEN '
        "\"ServiceSubcategory\" ELSE 'Other (' || \"ServiceCategory\" || ')' END",
        "ChargeFrequency": 'CASE WHEN "ChargeFrequency" IS NOT NULL AND NOT ("ChargeCategory" = \'Purchase\' '
        'AND "ChargeFrequency" = \'Usage-Based\') THEN "ChargeFrequency" '
        "WHEN \"ChargeCategory\" = 'Usage' THEN 'Usage-Based' ELSE 'One-Time' END",
        "PricingCategory": f'CASE WHEN {not_tax} THEN "PricingCategory" END',
        "SkuId": f'CASE WHEN {not_tax} THEN "SkuId" END',
        "SkuPriceId": f'CASE WHEN {not_tax} THEN "SkuPriceId" END',
        "ConsumedQuantity": f'CASE WHEN {used} AND "ConsumedUnit" IS NOT NULL THEN "ConsumedQuantity" END',
        "PricingQuantity": f'CASE WHEN "PricingUnit" IS NOT NULL AND {priced} THEN "PricingQuantity" END',
        "CommitmentDiscountQuantity": 'CASE WHEN "CommitmentDiscountUnit" IS NOT NULL THEN "CommitmentDiscountQuantity" END',
        "PricingCurrencyEffectiveCost": 'COALESCE("PricingCurrencyEffectiveCost", '
        'CASE WHEN "PricingCurrency" = "BillingCurrency" THEN "EffectiveCost" END)',
    }


def _third(priced: tuple[str, ...]) -> dict[str, str]:
    """What rests on the repaired quantities."""
    stands = " AND ".join(f'"{name}" IS NOT NULL' for name in priced) or "TRUE"
    return {
        **{
            f"{stem}Unit": f'CASE WHEN "{stem}Quantity" IS NOT NULL THEN "{stem}Unit" END'
            for stem in ("Pricing", "Consumed", "CommitmentDiscount")
        },
        # CAU-ListUnitPrice-C-013, CAU-ContractedUnitPrice-C-015
        "SkuPriceId": f'CASE WHEN {stands} THEN "SkuPriceId" END',
    }


def _details(*, draft: bool) -> str:
    """``SkuPriceDetails`` with the AI keys: what the bill says, then what was found out."""
    known = ", ".join(sql_text(name) for name in SKU_PRICE_DETAILS)
    prefix = "" if draft else "x_"
    renamed = (
        "k"
        if draft
        else f"CASE WHEN k IN ({known}) OR starts_with(k, 'x_') THEN k ELSE 'x_' || k END"
    )
    value = "json_extract(b, '/' || replace(replace(k, '~', '~0'), '/', '~1'))"
    scalar = f"CASE WHEN json_type({value}) IN ('OBJECT', 'ARRAY') THEN to_json(CAST({value} AS VARCHAR)) ELSE {value} END"
    said = (
        f"list_transform(list_distinct(json_keys(b)), lambda k: {{'k': {renamed}, 'v': {scalar}}})"
    )
    ours = ", ".join(
        f"{{'k': '{prefix}{key}', 'v': to_json({column})}}" for key, column in AI_KEYS.items()
    )
    # What the bill says comes first, and the first of a key is kept.
    pairs = f"list_concat(COALESCE({said}, []), list_filter([{ours}], lambda p: p.v IS NOT NULL AND json_type(p.v) <> 'NULL'))"
    unique = f"list_filter({pairs}, lambda p, i: list_position(list_transform({pairs}, lambda q: q.k), p.k) = i)"
    return (
        f"CASE WHEN b IS NULL AND COALESCE({', '.join(AI_KEYS.values())}) IS NULL THEN NULL ELSE "
        f"CAST(to_json(map_from_entries(list_sort({unique}))) AS VARCHAR) END"
    )


def _replaced(columns: Mapping[str, str]) -> str:
    return ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())


def details_sql(relation: str, *, draft: bool = False) -> str:
    """A SELECT of ``SkuPriceDetails`` with the AI keys (``x_d``) for each of its inputs.

    Inputs are few however many charges there are, and the work on each is long.

    Args:
        relation: Name of a table with the columns of ``charges``.
        draft: Name the keys of :data:`AI_KEYS` as the draft of 1.5 does, which 1.4 forbids.
    """
    inputs = ", ".join(_INPUTS)
    return (
        f"SELECT {inputs}, {_details(draft=draft)} AS x_d FROM "
        f"(SELECT DISTINCT {inputs}, {_object('SkuPriceDetails')} AS b FROM {relation})"
    )


def repaired_sql(relation: str, details: str, *, present: Collection[str]) -> str:
    """A SELECT of the rows of ``relation`` as FOCUS 1.4 allows them.

    It has every column of ``relation``; ``x_SkuPriceDetails``; and ``x_o``, a struct of the
    values of :data:`REASONS`' columns as they were.

    Args:
        relation: Name of a table with the columns of ``charges``.
        details: Name of the table of :func:`details_sql`.
        present: Columns that the file has; the others stay as they are.
    """
    kept = ", ".join(f"'{name}': \"{name}\"" for name in REASONS)
    priced = tuple(name for name in ("ListUnitPrice", "ContractedUnitPrice") if name in present)
    first, second, third = (
        {name: sql for name, sql in stage.items() if name in present}
        for stage in (_first(), _second(), _third(priced))
    )
    same = " AND ".join(f"s3.{name} IS NOT DISTINCT FROM d.{name}" for name in _INPUTS)
    return (
        f"WITH s0 AS (SELECT *, {{{kept}}} AS x_o FROM {relation}), "
        f"s1 AS (SELECT * REPLACE ({_replaced(first)}) FROM s0), "
        f"s2 AS (SELECT * REPLACE ({_replaced(second)}) FROM s1), "
        f"s3 AS (SELECT * REPLACE ({_replaced(third)}) FROM s2), "
        f"s4 AS (SELECT s3.*, d.x_d FROM s3 LEFT JOIN {details} AS d ON {same}) "
        'SELECT * EXCLUDE (x_d) REPLACE (CASE WHEN "SkuPriceId" IS NOT NULL THEN x_d END '
        'AS "SkuPriceDetails"), CASE WHEN "SkuPriceId" IS NULL THEN x_d END AS "x_SkuPriceDetails" '
        "FROM s4"
    )
