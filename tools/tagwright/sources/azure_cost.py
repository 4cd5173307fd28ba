"""Azure Cost Management exports, of Enterprise Agreements and Microsoft Customer Agreements.

Columns: learn.microsoft.com/azure/cost-management-billing/dataset-schema/cost-usage-details-ea and
-mca; names are matched ignoring case. Dates are month/day/year, or ISO 8601 in newer exports. The
billing period's end is its last day. Tags of an Enterprise Agreement lack the braces of an object.

An export is of actual or of amortized cost, and no column says which. So ``EffectiveCost`` is the
export's cost, and ``BilledCost`` too, but for what a reservation or savings plan covers and for
what it left unused: these are billed by their purchase. The sum of the billed costs is then that of
the invoice for an export of actual cost; one of amortized cost holds no purchases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.head import sql_text
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "AzureCost"]

_MARKS = frozenset({"costinbillingcurrency", "metercategory", "meterid", "chargetype"})
_NEEDED = {
    "CostInBillingCurrency": ("costinbillingcurrency",),
    "Date": ("date",),
    "BillingCurrencyCode": ("billingcurrencycode", "billingcurrency"),
    "BillingPeriodStartDate": ("billingperiodstartdate",),
    "BillingAccountId": ("billingaccountid",),
    "ChargeType": ("chargetype",),
    "MeterCategory": ("metercategory",),
}
_PLAIN = {
    "AvailabilityZone": ("availabilityzone",),
    "BillingAccountId": ("billingaccountid",),
    "BillingAccountName": ("billingaccountname",),
    "BillingCurrency": _NEEDED["BillingCurrencyCode"],
    "ConsumedUnit": ("unitofmeasure",),
    "ContractedUnitPrice": ("unitprice",),
    "InvoiceId": ("invoiceid",),
    "ListUnitPrice": ("paygprice",),
    "PricingUnit": ("unitofmeasure",),
    "ResourceId": ("resourceid", "instanceid"),
    "ResourceName": ("resourcename",),
    "ServiceName": ("metercategory",),
    "SkuId": ("meterid",),
    "SkuMeter": ("metername",),
    "SubAccountId": ("subscriptionid", "subscriptionguid"),
    "SubAccountName": ("subscriptionname",),
    "CommitmentDiscountName": ("benefitname", "reservationname"),
    "x_PublisherName": ("publishername",),
}
"""FOCUS column to the export's, the first that is there."""
_CHARGES = {
    "usage": "Usage",
    "purchase": "Purchase",
    "refund": "Adjustment",
    "tax": "Tax",
    "roundingadjustment": "Adjustment",
    "adjustment": "Adjustment",
    "unusedreservation": "Usage",
    "unusedsavingsplan": "Usage",
}
_FREQUENCIES = {"usagebased": "Usage-Based", "recurring": "Recurring", "onetime": "One-Time"}
_CATEGORIES = {
    "AI and Machine Learning": (
        "Azure OpenAI, Azure OpenAI Service, Cognitive Services, Foundry Models, Foundry Tools, "
        "Azure Machine Learning, Azure AI services, Azure AI Search, Azure Cognitive Search, "
        "Azure Bot Service, Machine Learning Studio"
    ),
    "Analytics": (
        "Azure Data Factory, Azure Data Factory v2, Azure Databricks, Azure Synapse Analytics, "
        "Azure Data Explorer, Event Hubs, HDInsight, Stream Analytics, Power BI, Microsoft Fabric"
    ),
    "Compute": (
        "Virtual Machines, Virtual Machines Licenses, Azure App Service, Functions, "
        "Container Instances, Azure Kubernetes Service, Container Registry, Cloud Services, "
        "Azure Container Apps, Azure Spring Cloud, Service Fabric Mesh"
    ),
    "Databases": (
        "SQL Database, SQL Managed Instance, Azure Cosmos DB, Redis Cache, SQL Data Warehouse, "
        "Azure Database for MySQL, Azure Database for PostgreSQL, Azure Database for MariaDB"
    ),
    "Integration": "Logic Apps, Service Bus, API Management, Event Grid, Notification Hubs",
    "Management and Governance": (
        "Azure Monitor, Log Analytics, Automation, Application Insights, Azure Arc, "
        "Insight and Analytics, Azure Policy"
    ),
    "Networking": (
        "Virtual Network, Bandwidth, Load Balancer, VPN Gateway, ExpressRoute, Azure DNS, "
        "Application Gateway, Azure Firewall, Content Delivery Network, NAT Gateway, "
        "Azure Front Door Service, Traffic Manager, Network Watcher, Azure Bastion, Virtual WAN"
    ),
    "Security": (
        "Key Vault, Microsoft Defender for Cloud, Security Center, Sentinel, "
        "Advanced Threat Protection"
    ),
    "Storage": "Storage, Backup, Azure NetApp Files, Azure Site Recovery, Data Box",
}  # fmt: skip
"""FOCUS 1.4 ServiceCategory to meter categories; another one is Other."""


_NOTE = (
    "Azure does not say whether an export is of actual or amortized cost. Its cost is taken as "
    "effective; what commitments cover is not billed again. Of amortized cost, purchases are not "
    "in the export: a FOCUS export holds both."
)


class AzureCost:
    """One charge for each row."""

    name = "azure_cost"

    def recognise(self, head: Head) -> int:
        """90 with the export's tell-tale columns, else 0."""
        if head.kind == "json":
            return 0
        return 90 if {name.casefold() for name in head.columns} >= _MARKS else 0

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
        return Staged(plain | _dates(export) | _meanings(export), "Azure cost export", [_NOTE])


class _Export:
    """The export's columns by their names in lower case, as SQL."""

    def __init__(self, head: Head) -> None:
        self._raw = {name.casefold(): name for name in reversed(head.columns)}

    def has(self, *names: str) -> bool:
        return any(name in self._raw for name in names)

    def text(self, *names: str) -> str:
        """The first of the columns that has a text, trimmed."""
        parts = [
            f"NULLIF(TRIM(CAST({_quoted(self._raw[name])} AS VARCHAR)), '')"
            for name in names
            if name in self._raw
        ]
        return f"COALESCE({', '.join(parts)}, NULL)" if parts else "CAST(NULL AS VARCHAR)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _day(text: str) -> str:
    """A day as a TIMESTAMP; NULL where it is neither month/day/year nor ISO."""
    return f"COALESCE(try_strptime({text}, '%m/%d/%Y'), TRY_CAST({text} AS TIMESTAMP))"


def _dates(export: _Export) -> dict[str, str]:
    date, start, end = (
        export.text(name) for name in ("date", "billingperiodstartdate", "billingperiodenddate")
    )
    after = f"date_trunc('month', {_day(start)}) + INTERVAL 1 MONTH"
    if export.has("billingperiodenddate"):
        after = f"COALESCE({_day(end)} + INTERVAL 1 DAY, {after})"

    def or_raw(moment: str, text: str) -> str:
        """What cannot be read stays as it is, to be rejected with its reason."""
        return f"COALESCE(CAST({moment} AS VARCHAR), {text})"

    return {
        "BillingPeriodStart": or_raw(_day(start), start),
        "BillingPeriodEnd": or_raw(after, start),
        "ChargePeriodStart": or_raw(_day(date), date),
        "ChargePeriodEnd": or_raw(f"{_day(date)} + INTERVAL 1 DAY", date),
    }


def _meanings(export: _Export) -> dict[str, str]:
    kind = f"lower({export.text('chargetype')})"
    model = f"lower(replace(COALESCE({export.text('pricingmodel')}, ''), ' ', ''))"
    unused = f"COALESCE({kind} LIKE 'unused%', false)"
    covered = f"({model} IN ('reservation', 'savingsplan') AND {kind} = 'usage')"
    cost = export.text("costinbillingcurrency")
    benefit = export.text("benefitid", "reservationid")
    quantity = export.text("quantity")
    tags = export.text("tags")
    object_ = f"CASE WHEN starts_with({tags}, '{{') THEN {tags} ELSE '{{' || {tags} || '}}' END"
    publisher = f"lower(COALESCE({export.text('publishertype')}, 'azure'))"
    by_category = {
        name.strip(): category
        for category, names in _CATEGORIES.items()
        for name in names.split(",")
    }
    return {
        "BilledCost": f"CASE WHEN {covered} OR {unused} THEN '0' ELSE {cost} END",
        "EffectiveCost": cost,
        "ChargeCategory": _case(kind, _CHARGES),
        "ChargeFrequency": _case(f"lower({export.text('frequency')})", _FREQUENCIES),
        "ChargeDescription": export.text("productname", "product"),
        "ServiceProviderName": "'Microsoft'",
        "HostProviderName": "'Microsoft'",
        "InvoiceIssuerName": "'Microsoft'",
        "ServiceCategory": f"COALESCE({_case(export.text('metercategory'), by_category)}, 'Other')",
        "PricingCategory": f"CASE WHEN {unused} THEN 'Committed' ELSE "
        + _case(
            model,
            {
                "ondemand": "Standard",
                "spot": "Dynamic",
                "reservation": "Committed",
                "savingsplan": "Committed",
            },
        )
        + " END",
        "ConsumedQuantity": f"CASE WHEN {kind} = 'usage' THEN {quantity} END",
        "PricingQuantity": quantity,
        "RegionId": f"lower({export.text('resourcelocation', 'location')})",
        "ResourceType": f"regexp_extract({export.text('resourceid')}, "
        "'(?i)/providers/([^/]+/[^/]+)/', 1)",
        "CommitmentDiscountId": benefit,
        "CommitmentDiscountCategory": f"CASE WHEN {benefit} IS NOT NULL THEN CASE WHEN {model} "
        "= 'savingsplan' THEN 'Spend' ELSE 'Usage' END END",
        "CommitmentDiscountType": f"CASE WHEN {benefit} IS NOT NULL THEN CASE WHEN {model} "
        "= 'savingsplan' THEN 'Savings Plan' ELSE 'Reservation' END END",
        "CommitmentDiscountStatus": f"CASE WHEN {unused} THEN 'Unused' WHEN {covered} "
        "THEN 'Used' END",
        "Tags": f"CASE WHEN {tags} IS NOT NULL THEN {object_} END",
        "x_PublisherName": f"CASE WHEN {publisher} = 'marketplace' "
        f"THEN {export.text('publishername')} ELSE 'Microsoft' END",
    }


def _case(text: str, words: dict[str, str]) -> str:
    whens = " ".join(f"WHEN {sql_text(old)} THEN {sql_text(new)}" for old, new in words.items())
    return f"CASE {text} {whens} END"


SOURCE = AzureCost()
"""Registered as entry point ``azure_cost`` of the group ``tagwright.sources``."""
