"""Azure Cost Management exports, of Enterprise Agreements and Microsoft Customer Agreements.

Columns: learn.microsoft.com/azure/cost-management-billing/dataset-schema/cost-usage-details-ea and
-mca; names are matched ignoring case. The mapping is Microsoft's own where it has one
(learn.microsoft.com/cloud-computing/finops/focus/convert), but for what is said below.

An export is of actual or of amortized cost, and no column says which. Actual cost has the purchases
of reservations and savings plans, and nothing for the usage they cover; amortized cost has a share
of the purchase with that usage and with what was left unused, and no purchases. Microsoft's mapping
joins the two. One by itself, each row's cost is its ``EffectiveCost``, so that no money is nowhere;
``BilledCost`` is the same, but nothing for what commitments cover or leave unused: that is invoiced
with their purchase. So billed cost adds up to the invoice for actual cost, effective cost is
amortized for amortized cost, and nothing counts twice.

Dates are month/day/year, or ISO 8601. A file saved again with day/month/year is rejected whole: the
last day of a billing period, which is what ``BillingPeriodEndDate`` is, is no month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.azure_services import BY_FAMILY, BY_METER, BY_PROVIDER
from tagwright.sources.head import sql_text
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "AzureCost"]

_MARKS = frozenset({"metercategory", "meterid", "chargetype"})
_COST_NAMES = ("costinbillingcurrency", "cost")
"""Older exports of Enterprise Agreements say ``Cost``, in the currency of the same row."""

_NEEDED = {
    "CostInBillingCurrency": _COST_NAMES,
    "Date": ("date",),
    "BillingCurrencyCode": ("billingcurrencycode", "billingcurrency"),
    "BillingPeriodStartDate": ("billingperiodstartdate",),
    "BillingPeriodEndDate": ("billingperiodenddate",),
    "BillingAccountId": ("billingaccountid", "billingprofileid"),
    "ChargeType": ("chargetype",),
    "MeterCategory": ("metercategory",),
}
_PLAIN = {
    "AvailabilityZone": ("availabilityzone",),
    "BillingCurrency": _NEEDED["BillingCurrencyCode"],
    "ChargeDescription": ("productname", "product"),
    "CommitmentDiscountId": ("benefitid", "reservationid"),
    "CommitmentDiscountName": ("benefitname", "reservationname"),
    "InvoiceId": ("invoiceid",),
    "PricingCurrency": ("pricingcurrency",),
    "PricingCurrencyEffectiveCost": ("costinpricingcurrency",),
    "PricingQuantity": ("quantity",),
    "PricingUnit": ("unitofmeasure",),
    "ResourceId": ("resourceid", "instanceid"),
    "SkuId": ("meterid",),
    "SkuMeter": ("metername",),
    "SubAccountId": ("subscriptionid", "subscriptionguid"),
    "SubAccountName": ("subscriptionname",),
}
"""FOCUS column to the export's, the first that has a value."""
_CHARGES = {
    "usage": "Usage",
    "unusedreservation": "Usage",
    "unusedsavingsplan": "Usage",
    "purchase": "Purchase",
    "refund": "Purchase",
    "credit": "Credit",
    "tax": "Tax",
    "roundingadjustment": "Adjustment",
    "adjustment": "Adjustment",
}
_FREQUENCIES = {
    "usagebased": "Usage-Based",
    "recurring": "Recurring",
    "monthly": "Recurring",
    "onetime": "One-Time",
}
_PRICING = {
    "ondemand": "Standard",
    "spot": "Dynamic",
    "reservation": "Committed",
    "savingsplan": "Committed",
}
_LEFT_OUT = ("costcenter", "resourcegroup", "resourcegroupname", "invoicesectionname",
             "accountname")  # fmt: skip
_COST = (
    "Azure does not say whether an export is of actual or of amortized cost. Each row's cost is "
    "taken as effective, and as billed unless a reservation or savings plan covers it or was left "
    "unused. So effective cost of an actual export falls on the day of a purchase, and the billed "
    "cost of purchases is not in an amortized one: an export of type FOCUS holds both."
)
_TOGETHER = (
    "Never ingest actual and amortized exports together: what both hold would count twice. All "
    "files of a billing period belong into one ingest."
)
_LIST = (
    "ListCost is PayGPrice times Quantity, for usage in units of one whose product is exact; else "
    "it is unknown (null)."
)


class AzureCost:
    """One charge for each row."""

    name = "azure_cost"

    def recognise(self, head: Head) -> int:
        """90 with the export's tell-tale columns, else 0."""
        if head.kind == "json":
            return 0
        known = {name.casefold() for name in head.columns}
        return 90 if known >= _MARKS and known & set(_COST_NAMES) else 0

    def missing(self, head: Head) -> list[str]:
        """Columns that are needed and absent, as an Enterprise Agreement spells them."""
        known = {name.casefold() for name in head.columns}
        return [name for name, spelt in _NEEDED.items() if not known & set(spelt)]

    def stage(self, head: Head) -> Staged:
        """FOCUS columns as expressions over the export's."""
        export = _Export(head)
        plain = {
            target: export.text(*names) for target, names in _PLAIN.items() if export.has(*names)
        }
        notes = [_COST, _TOGETHER]
        if not export.has("paygcostinbillingcurrency"):
            notes.append(_LIST)
        if lost := [name for name in head.columns if name.casefold() in _LEFT_OUT]:
            notes.append(f"Left out, for FOCUS has no such columns: {', '.join(lost)}.")
        return Staged(
            plain
            | _parties(export)
            | _dates(export)
            | _charge(export)
            | _prices(export)
            | _service(export),
            f"Azure cost export ({'MCA' if export.mca else 'EA'})",
            notes,
        )


class _Export:
    """The export's columns by their names in lower case, as SQL.

    Attributes:
        mca: Whether it is of a Microsoft Customer Agreement: only they price in another currency.
    """

    def __init__(self, head: Head) -> None:
        self._raw = {name.casefold(): name for name in reversed(head.columns)}
        self.mca = self.has("pricingcurrency", "costinpricingcurrency")

    def has(self, *names: str) -> bool:
        """Whether one of the columns is there."""
        return any(name in self._raw for name in names)

    def text(self, *names: str) -> str:
        """The first of the columns that has a text, trimmed."""
        parts = [
            f"NULLIF(TRIM(CAST({_quoted(self._raw[name])} AS VARCHAR)), '')"
            for name in names
            if name in self._raw
        ]
        if len(parts) == 1:
            return parts[0]
        return f"COALESCE({', '.join(parts)})" if parts else "CAST(NULL AS VARCHAR)"

    def word(self, *names: str) -> str:
        """The column's text in lower case without spaces: ``On Demand`` is ``OnDemand``."""
        return f"lower(replace({self.text(*names)}, ' ', ''))"

    @property
    def covered(self) -> str:
        """Whether a commitment covers the row's usage; older exports only have its id."""
        model = self.word("pricingmodel")
        return (
            f"COALESCE({self.word('chargetype')} = 'usage' AND CASE WHEN {model} IS NULL "
            f"THEN {self.text('benefitid', 'reservationid')} IS NOT NULL "
            f"ELSE {model} IN ('reservation', 'savingsplan') END, false)"
        )

    @property
    def unused(self) -> str:
        """Whether the row is what was left of a commitment."""
        return f"COALESCE({self.word('chargetype')} LIKE 'unused%', false)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _parties(export: _Export) -> dict[str, str]:
    """Who bills whom. A customer agreement is invoiced by billing profile."""
    marketplace = f"{export.word('publishertype')} = 'marketplace'"
    # Cost of AWS that a connector brought into Cost Management.
    aws = f"{export.word('publishertype', 'provider')} = 'aws'"
    provider = f"CASE WHEN {aws} THEN 'AWS' ELSE 'Microsoft' END"
    profile = ("billingprofileid",) if export.mca else ()
    named = ("billingprofilename",) if export.mca else ()
    kind = "Billing Profile" if export.mca and export.has(*profile) else "Billing Account"
    return {
        "BillingAccountId": export.text(*profile, "billingaccountid", "billingprofileid"),
        "BillingAccountName": export.text(*named, "billingaccountname"),
        "BillingAccountType": sql_text(kind),
        "SubAccountType": f"CASE WHEN {export.text('subscriptionid', 'subscriptionguid')} "
        "IS NOT NULL THEN 'Subscription' END",
        "ServiceProviderName": provider,
        "HostProviderName": provider,
        "InvoiceIssuerName": f"COALESCE({export.text('partnername')}, {provider})",
        "x_PublisherName": f"CASE WHEN {marketplace} THEN {export.text('publishername')} "
        f"ELSE {provider} END",
    }


def _dates(export: _Export) -> dict[str, str]:
    def days(name: str, later: int) -> str:
        """So many days later, in ISO; the text itself where it is no day, to be rejected."""
        text = export.text(name)
        # A day with a time of day is that day; Parquet may have it as a timestamp.
        day = (
            f"CASE WHEN regexp_full_match({text}, '[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}}') "
            f"THEN CAST(try_strptime({text}, '%m/%d/%Y') AS DATE) "
            f"WHEN regexp_full_match({text}, "
            "'[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?"
            "(Z|[+]00(:?00)?)?)?') "
            f"THEN TRY_CAST(left({text}, 10) AS DATE) END"
        )
        return f"COALESCE(strftime({day} + {later}, '%Y-%m-%d'), {text})"

    return {
        "BillingPeriodStart": days("billingperiodstartdate", 0),
        "BillingPeriodEnd": days("billingperiodenddate", 1),
        "ChargePeriodStart": days("date", 0),
        "ChargePeriodEnd": days("date", 1),
    }


def _charge(export: _Export) -> dict[str, str]:
    """What kind of charge it is, what it costs, which commitment it is of, its tags."""
    kind, model = export.word("chargetype"), export.word("pricingmodel")
    cost = export.text(*_COST_NAMES)
    benefit = f"lower({export.text('benefitid', 'reservationid')})"
    plan = (
        f"({model} = 'savingsplan' OR {kind} = 'unusedsavingsplan' "
        f"OR contains({benefit}, '/microsoft.billingbenefits/'))"
    )
    reserved = (
        f"({model} = 'reservation' OR {kind} = 'unusedreservation' "
        f"OR contains({benefit}, '/microsoft.capacity/') "
        f"OR {export.text('reservationid')} IS NOT NULL)"
    )

    def commitment(of_plan: str, of_reservation: str) -> str:
        return (
            f"CASE WHEN {benefit} IS NULL THEN NULL WHEN {plan} THEN {sql_text(of_plan)} "
            f"WHEN {reserved} THEN {sql_text(of_reservation)} END"
        )

    tags = export.text("tags")
    return {
        "BilledCost": f"CASE WHEN {export.covered} OR {export.unused} THEN '0' ELSE {cost} END",
        "EffectiveCost": cost,
        "ChargeCategory": _looked_up(kind, _CHARGES),
        "ChargeClass": f"CASE WHEN {kind} = 'refund' THEN 'Correction' END",
        "ChargeFrequency": _looked_up(export.word("frequency"), _FREQUENCIES),
        "CommitmentDiscountCategory": commitment("Spend", "Usage"),
        "CommitmentDiscountType": commitment("Savings Plan", "Reservation"),
        "CommitmentDiscountStatus": f"CASE WHEN {export.unused} THEN 'Unused' "
        f"WHEN {export.covered} THEN 'Used' END",
        # An Enterprise Agreement writes what is inside the object, without its braces.
        "Tags": f"CASE WHEN starts_with({tags}, '{{') THEN {tags} ELSE '{{' || {tags} || '}}' END",
    }


def _prices(export: _Export) -> dict[str, str]:
    """Quantities as exported, in their unit (``10K`` too); prices for one such unit."""
    used = f"{export.word('chargetype')} = 'usage'"
    quantity, unit = export.text("quantity"), export.text("unitofmeasure")
    listed, contracted = export.text("paygprice"), export.text("unitprice")
    # Prices are in the pricing currency, and FOCUS wants these in the billing currency.
    same = "true"
    priced = {}
    if export.mca:
        same = f"{export.text('pricingcurrency')} = {export.text('billingcurrency')}"
        priced = {
            "PricingCurrencyListUnitPrice": listed,
            "PricingCurrencyContractedUnitPrice": contracted,
        }
    # Microsoft's pages disagree on whether 10K is a factor of the quantity, so only units of one.
    one = f"regexp_full_match({unit}, '1([ /].*)?')"
    product = f"{_exact(quantity, 23, 13)} * {_exact(listed, 15, 9)}"
    return priced | {
        "ConsumedQuantity": f"CASE WHEN {used} THEN {quantity} END",
        "ConsumedUnit": f"CASE WHEN {used} THEN {unit} END",
        "ContractedUnitPrice": f"CASE WHEN {same} THEN {contracted} END",
        "ListUnitPrice": f"CASE WHEN {same} THEN {listed} END",
        # A price of nothing is one that is not published: the Marketplace's, say.
        "ListCost": f"COALESCE({export.text('paygcostinbillingcurrency')}, "
        f"CASE WHEN {used} AND {one} AND {same} AND TRY_CAST({listed} AS DOUBLE) > 0 "
        f"THEN CAST({product} AS VARCHAR) END)",
        "PricingCategory": f"CASE WHEN {export.unused} OR {export.covered} THEN 'Committed' "
        f"ELSE {_looked_up(export.word('pricingmodel'), _PRICING)} END",
    }


def _exact(number: str, digits: int, decimals: int) -> str:
    """A number as DECIMAL; NULL where that would round it, or it does not fit."""
    mantissa, exponent = (f"split_part(lower({number}), 'e', {part})" for part in (1, 2))
    behind = f"length(rtrim(split_part({mantissa}, '.', 2), '0'))"
    shift = f"COALESCE(TRY_CAST(NULLIF({exponent}, '') AS INTEGER), 0)"
    return (
        f"CASE WHEN {behind} - {shift} <= {decimals} "
        f"THEN TRY_CAST({number} AS DECIMAL({digits}, {decimals})) END"
    )


def _service(export: _Export) -> dict[str, str]:
    """What was used, and where."""
    named = f"NULLIF({export.text('metercategory')}, 'Unassigned')"
    consumed = export.text("consumedservice")
    category = ", ".join(
        _looked_up(f"lower({text})", table)
        for text, table in (
            (named, BY_METER),
            (f"CASE WHEN {named} IS NULL THEN {consumed} END", BY_PROVIDER),
            (export.text("servicefamily"), BY_FAMILY),
        )
    )
    region = export.word("resourcelocation", "location")
    path = export.text("resourceid", "instanceid")
    return {
        "ServiceName": f"COALESCE({named}, {consumed}, {export.text('productname', 'product')})",
        "ServiceCategory": f"COALESCE({category}, 'Other')",
        "RegionId": f"CASE WHEN {region} NOT IN ('unassigned', 'unknown', 'n/a') THEN {region} END",
        # A customer agreement has the name only as the end of the id.
        "ResourceName": f"COALESCE({export.text('resourcename')}, "
        f"NULLIF(regexp_extract({path}, '/([^/]+)/?$', 1), ''))",
        "ResourceType": f"lower(regexp_extract({path}, '(?i)/providers/([^/]+/[^/]+)/', 1))",
    }


def _looked_up(text: str, words: dict[str, str]) -> str:
    """The word that a text stands for, else NULL; a CASE of so many takes longer to plan."""
    pairs = ", ".join(f"{sql_text(old)}: {sql_text(new)}" for old, new in words.items())
    return f"MAP {{{pairs}}}[{text}]"


SOURCE = AzureCost()
"""Registered as entry point ``azure_cost`` of the group ``tagwright.sources``."""
