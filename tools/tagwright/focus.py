"""FOCUS Cost and Usage: the columns of version 1.4, and how older versions become 1.4.

Source: FinOps Open Cost and Usage Specification 1.4 (2026-06-04), dataset Cost and Usage; the
versions in which a column came or went are those of the specification's change logs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "COLUMNS",
    "MONEY",
    "NOT_NULL",
    "ORIGINAL",
    "PROVIDER_COLUMNS",
    "REQUIRED",
    "UPGRADES",
    "Column",
    "Upgrade",
    "detect_version",
    "missing_columns",
    "snake",
]

Kind = Literal["text", "money", "price", "quantity", "datetime", "json", "tags"]


@dataclass(frozen=True)
class Column:
    """One FOCUS column.

    Attributes:
        name: Column id, verbatim.
        kind: How it is typed here. ``money`` is summed, ``price`` and ``quantity`` are exact
            decimals that are not money, ``tags`` is a map of text to text, ``json`` stays text.
        nullable: Whether the specification allows nulls.
        since: Version that introduced it.
    """

    name: str
    kind: Kind
    nullable: bool
    since: str


COLUMNS: tuple[Column, ...] = (
    Column("AllocatedMethodDetails", "json", nullable=True, since="1.3"),
    Column("AllocatedMethodId", "text", nullable=True, since="1.3"),
    Column("AllocatedResourceId", "text", nullable=True, since="1.3"),
    Column("AllocatedResourceName", "text", nullable=True, since="1.3"),
    Column("AllocatedTags", "tags", nullable=True, since="1.3"),
    Column("AvailabilityZone", "text", nullable=True, since="0.5"),
    Column("BilledCost", "money", nullable=False, since="0.5"),
    Column("BillingAccountId", "text", nullable=False, since="0.5"),
    Column("BillingAccountName", "text", nullable=True, since="0.5"),
    Column("BillingAccountType", "text", nullable=False, since="1.2"),
    Column("BillingCurrency", "text", nullable=False, since="0.5"),
    Column("BillingPeriodEnd", "datetime", nullable=False, since="0.5"),
    Column("BillingPeriodStart", "datetime", nullable=False, since="0.5"),
    Column("CapacityReservationId", "text", nullable=True, since="1.1"),
    Column("CapacityReservationStatus", "text", nullable=True, since="1.1"),
    Column("ChargeCategory", "text", nullable=False, since="0.5"),
    Column("ChargeClass", "text", nullable=True, since="1.0"),
    Column("ChargeDescription", "text", nullable=True, since="1.0"),
    Column("ChargeFrequency", "text", nullable=False, since="1.0"),
    Column("ChargePeriodEnd", "datetime", nullable=False, since="0.5"),
    Column("ChargePeriodStart", "datetime", nullable=False, since="0.5"),
    Column("CommitmentDiscountCategory", "text", nullable=True, since="1.0"),
    Column("CommitmentDiscountId", "text", nullable=True, since="1.0"),
    Column("CommitmentDiscountName", "text", nullable=True, since="1.0"),
    Column("CommitmentDiscountQuantity", "quantity", nullable=True, since="1.1"),
    Column("CommitmentDiscountStatus", "text", nullable=True, since="1.0"),
    Column("CommitmentDiscountType", "text", nullable=True, since="1.0"),
    Column("CommitmentDiscountUnit", "text", nullable=True, since="1.1"),
    Column("CommitmentProgramEligibilityDetails", "json", nullable=True, since="1.4"),
    Column("ConsumedQuantity", "quantity", nullable=True, since="1.0"),
    Column("ConsumedUnit", "text", nullable=True, since="1.0"),
    Column("ContractApplied", "json", nullable=True, since="1.3"),
    Column("ContractedCost", "money", nullable=False, since="1.0"),
    Column("ContractedUnitPrice", "price", nullable=True, since="1.0"),
    Column("EffectiveCost", "money", nullable=False, since="0.5"),
    Column("HostProviderName", "text", nullable=True, since="1.3"),
    Column("InvoiceDetailId", "text", nullable=True, since="1.4"),
    Column("InvoiceId", "text", nullable=True, since="1.2"),
    Column("InvoiceIssuerName", "text", nullable=False, since="0.5"),
    Column("ListCost", "money", nullable=False, since="1.0"),
    Column("ListUnitPrice", "price", nullable=True, since="1.0"),
    Column("PricingCategory", "text", nullable=True, since="1.0"),
    Column("PricingCurrency", "text", nullable=False, since="1.2"),
    Column("PricingCurrencyContractedUnitPrice", "price", nullable=True, since="1.2"),
    Column("PricingCurrencyEffectiveCost", "money", nullable=False, since="1.2"),
    Column("PricingCurrencyListUnitPrice", "price", nullable=True, since="1.2"),
    Column("PricingQuantity", "quantity", nullable=True, since="1.0"),
    Column("PricingUnit", "text", nullable=True, since="1.0"),
    Column("RegionId", "text", nullable=True, since="1.0"),
    Column("RegionName", "text", nullable=True, since="1.0"),
    Column("ResourceId", "text", nullable=True, since="0.5"),
    Column("ResourceName", "text", nullable=True, since="0.5"),
    Column("ResourceType", "text", nullable=True, since="1.0"),
    Column("ServiceCategory", "text", nullable=False, since="0.5"),
    Column("ServiceName", "text", nullable=False, since="0.5"),
    Column("ServiceProviderName", "text", nullable=False, since="1.3"),
    Column("ServiceSubcategory", "text", nullable=False, since="1.1"),
    Column("SkuId", "text", nullable=True, since="1.0"),
    Column("SkuMeter", "text", nullable=True, since="1.1"),
    Column("SkuPriceDetails", "json", nullable=True, since="1.1"),
    Column("SkuPriceId", "text", nullable=True, since="1.0"),
    Column("SubAccountId", "text", nullable=True, since="0.5"),
    Column("SubAccountName", "text", nullable=True, since="0.5"),
    Column("SubAccountType", "text", nullable=True, since="1.2"),
    Column("Tags", "tags", nullable=True, since="1.0"),
)
"""The 65 columns of Cost and Usage in FOCUS 1.4, in the specification's (alphabetical) order."""

MONEY = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
"""The four costs in the billing currency."""

PROVIDER_COLUMNS = ("ServiceProviderName", "ProviderName")
"""The provider's column in 1.3 and later, and before."""

REQUIRED: tuple[str, ...] = (
    "BilledCost",
    "EffectiveCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ServiceName",
)
"""Columns without which no figure can be trusted, beside one of :data:`PROVIDER_COLUMNS`.

All are mandatory since 0.5. A row that leaves one of them null is rejected (ServiceName may be
null: the SaaS examples of the specification do so for purchases, and a purchase is still money).
"""

ORIGINAL = "x_TagwrightOriginal"
"""Column of Tagwright's own exports: a JSON object of the values, by column, that the bill had and
1.4 does not allow, null where it had none. Reading the export back takes them instead."""

NOT_NULL: tuple[str, ...] = tuple(name for name in REQUIRED if name != "ServiceName")
"""Of the required columns, those whose value a row must have."""


@dataclass(frozen=True)
class Upgrade:
    """One step from an older version to 1.4.

    Attributes:
        target: The 1.4 column, or ours.
        origins: Columns it is taken from, the first that has a value.
        reason: The specification's section.
    """

    target: str
    origins: tuple[str, ...]
    reason: str


UPGRADES: tuple[Upgrade, ...] = (
    Upgrade(
        "ServiceProviderName",
        ("ServiceProviderName", "ProviderName"),
        "1.3 deprecates ProviderName for ServiceProviderName; 1.4 removes it (change log 1.4)",
    ),
    Upgrade(
        "x_PublisherName",
        ("PublisherName", "x_PublisherName"),
        "1.4 removes PublisherName (change log 1.4); kept as ours: it names a marketplace seller",
    ),
)
"""Renames; every other column keeps its id, and one that is absent is null."""

# Columns that only a given version or a later one has, newest first.
_MARKS = ("1.4", "1.3", "1.2", "1.1")


def snake(name: str) -> str:
    """A column id in snake_case.

    >>> snake("BilledCost"), snake("SubAccountId"), snake("x_PublisherName")
    ('billed_cost', 'sub_account_id', 'x_publisher_name')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def detect_version(columns: Collection[str]) -> str:
    """The oldest FOCUS version that has every column given (``"1.0"`` … ``"1.4"``).

    Providers leave conditional columns out, so this is the least version that fits, not a proof.
    """
    present = set(columns)
    for version in _MARKS:
        if any(column.since == version and column.name in present for column in COLUMNS):
            return version
    return "1.0"


def missing_columns(columns: Collection[str]) -> list[str]:
    """The required columns that are absent; the provider counts in either spelling."""
    present = set(columns)
    missing = [name for name in REQUIRED if name not in present]
    if not present.intersection(PROVIDER_COLUMNS):
        missing.append("ServiceProviderName (before 1.3: ProviderName)")
    return missing
