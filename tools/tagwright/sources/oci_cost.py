"""Oracle Cloud Infrastructure cost reports, CSV.

Columns: docs.oracle.com/iaas/Content/Billing/Concepts/costs-usage-reports-schema.htm, which writes
``lineItem/TenantId`` where reports have ``lineItem/tenantId``: names are matched ignoring case.
``myCost`` is what is charged, after discounts and with overage; the report knows no other cost, so
it is billed and effective. ``attributedCost``, which newer reports have, is on no page: left out.
Rows are hours of use; the billing period is taken as the calendar month of the hour, for the report
names none. A correction is a row of its own, for the hour that it corrects, with an amount that is
added to the first one's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import tags_object
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["SOURCE", "OciCost"]

_MARKS = ("lineItem/tenantId", "lineItem/intervalUsageStart", "cost/myCost", "cost/currencyCode")
_NEEDED = (*_MARKS, "lineItem/intervalUsageEnd", "product/service")
_CATEGORIES = {
    "Analytics": "ANALYTICS DATA_FLOW DATA_INTEGRATION STREAMING ORACLE_STREAMING_SERVICE",
    "AI and Machine Learning": "AI DATA_SCIENCE GENERATIVE_AI LANGUAGE SPEECH VISION",
    "Compute": "COMPUTE CONTAINER_ENGINE FUNCTIONS",
    "Databases": "DATABASE MYSQL NOSQL POSTGRESQL",
    "Management and Governance": "TELEMETRY LOGGING MONITORING",
    "Networking": "NETWORK LOAD_BALANCER DNS FASTCONNECT",
    "Security": "KMS VAULT WAF",
    "Storage": "BLOCK_STORAGE OBJECTSTORE OBJECT_STORAGE FILE_STORAGE ARCHIVE",
}
"""FOCUS 1.4 ServiceCategory to services; another one is Other."""
_COST = (
    "The report knows one cost: it is taken as billed and effective. The billing period is the "
    "calendar month of the hour."
)
_MONTHS = (
    "A report holds hours of a month, and corrections of hours of months before: ingest all "
    "reports of these months together, for a month is replaced whole."
)
_ATTRIBUTED = "Left out, for Oracle does not say what it is: cost/attributedCost."
_TAG = re.compile(r"tags/(?P<key>.+)", re.IGNORECASE)


class OciCost:
    """One charge for each row."""

    name = "oci_cost"

    def recognise(self, head: Head) -> int:
        """95 with the report's tell-tale columns, else 0."""
        return 95 if _columns(head).keys() >= {name.casefold() for name in _MARKS} else 0

    def missing(self, head: Head) -> list[str]:
        """Columns that are needed and absent."""
        known = _columns(head)
        return [name for name in _NEEDED if name.casefold() not in known]

    def stage(self, head: Head) -> Staged:
        """FOCUS columns as expressions over the report's."""
        raw = _columns(head)

        def text(name: str) -> str:
            if (own := raw.get(name.casefold())) is None:
                return "CAST(NULL AS VARCHAR)"
            return f"NULLIF(TRIM(CAST({_quoted(own)} AS VARCHAR)), '')"

        start, end = text("lineItem/intervalUsageStart"), text("lineItem/intervalUsageEnd")
        month = f"date_trunc('month', timezone('UTC', TRY_CAST({_seconds(start)} AS TIMESTAMPTZ)))"
        correction = f"lower({text('lineItem/isCorrection')}) = 'true'"
        categories = {
            service: category
            for category, names in _CATEGORIES.items()
            for service in names.split()
        }
        whens = " ".join(
            f"WHEN {sql_text(old)} THEN {sql_text(new)}" for old, new in categories.items()
        )
        columns = {
            **dict.fromkeys(("BilledCost", "EffectiveCost"), text("cost/myCost")),
            "BillingAccountId": text("lineItem/tenantId"),
            "BillingAccountType": "'Tenancy'",
            "BillingCurrency": text("cost/currencyCode"),
            "BillingPeriodStart": f"COALESCE(CAST({month} AS VARCHAR), {start})",
            "BillingPeriodEnd": f"COALESCE(CAST({month} + INTERVAL 1 MONTH AS VARCHAR), {start})",
            "ChargePeriodStart": _seconds(start),
            "ChargePeriodEnd": _seconds(end),
            "ChargeCategory": "'Usage'",
            "ChargeClass": f"CASE WHEN {correction} THEN 'Correction' END",
            "ChargeFrequency": "'Usage-Based'",
            "ChargeDescription": text("product/Description"),
            "ServiceProviderName": "'Oracle'",
            "HostProviderName": "'Oracle'",
            "InvoiceIssuerName": "'Oracle'",
            "ServiceName": text("product/service"),
            "ServiceCategory": f"CASE {text('product/service')} {whens} ELSE 'Other' END",
            "SubAccountId": text("product/compartmentId"),
            "SubAccountName": text("product/compartmentName"),
            "SubAccountType": f"CASE WHEN {text('product/compartmentId')} IS NOT NULL "
            "THEN 'Compartment' END",
            "RegionId": text("product/region"),
            "AvailabilityZone": text("product/availabilityDomain"),
            "ResourceId": text("product/resourceId"),
            "SkuId": text("cost/productSku"),
            "SkuMeter": text("product/Description"),
            "ContractedUnitPrice": text("cost/unitPrice"),
            "ConsumedQuantity": text("usage/billedQuantity"),
            "ConsumedUnit": text("cost/skuUnitDescription"),
            "PricingQuantity": text("usage/billedQuantity"),
            "PricingUnit": text("cost/skuUnitDescription"),
        }
        keys = {match["key"]: name for name in head.columns if (match := _TAG.fullmatch(name))}
        if keys:
            pairs = ", ".join(
                f"{{'key': {sql_text(key)}, 'value': {text(name)}}}" for key, name in keys.items()
            )
            columns["Tags"] = tags_object(f"[{pairs}]")
        notes = [_COST, _MONTHS]
        if "cost/attributedcost" in raw:
            notes.append(_ATTRIBUTED)
        return Staged(columns, "OCI cost report", notes)


def _columns(head: Head) -> dict[str, str]:
    """The report's columns by their names in lower case."""
    return {name.casefold(): name for name in reversed(head.columns)}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _seconds(text: str) -> str:
    """``2023-11-13T10:00Z`` is the start of an interval, with seconds its end; both ISO 8601."""
    return f"regexp_replace({text}, '^(.{{10}}T[0-9]{{2}}:[0-9]{{2}})Z$', '\\1:00Z')"


SOURCE = OciCost()
"""Registered as entry point ``oci_cost`` of the group ``tagwright.sources``."""
