"""Invoices typed in by hand: a small CSV of our own for vendors that have no export.

Columns, in any order (docs/simple-invoice.md): ``vendor``, ``account``, ``invoice_id``,
``period_start``, ``period_end`` (exclusive), ``description``, ``product``, ``amount``,
``currency``; and where wanted ``quantity``, ``unit``, ``category``, ``model`` and a column
``tag:<key>`` for each tag.

The amount is what is paid, so it is billed and effective cost; credits are negative. The billing
period is the calendar month of ``period_start``, also of a line that runs from mid-month to
mid-month or over a year: a month's lines then replace those of the same month, however an invoice
was cut into lines when it was typed in before. ``vendor/account`` is the billing account, since two
vendors may both know an account as ``default``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import NO_TEXT, tags_object
from tagwright.sources.model import Staged

if TYPE_CHECKING:
    from tagwright.sources.model import Head

__all__ = ["OPTIONAL", "REQUIRED", "SOURCE", "SimpleInvoice"]

REQUIRED = (
    "vendor", "account", "invoice_id", "period_start", "period_end", "description", "product",
    "amount", "currency",
)  # fmt: skip
OPTIONAL = ("quantity", "unit", "category", "model")
_TAG = "tag:"
_CATEGORIES = ("Usage", "Purchase", "Credit", "Tax", "Adjustment")
_VENDORS = {
    "AI and Machine Learning": (
        "Anthropic, Cohere, DeepSeek, ElevenLabs, Fireworks AI, Groq, Hugging Face, Mistral, "
        "Mistral AI, OpenAI, Perplexity, Replicate, Together AI, Voyage AI"
    ),
    "Databases": "Pinecone, Qdrant, Weaviate, Zilliz",
}
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


class SimpleInvoice:
    """One charge for each line."""

    name = "simple_invoice"

    def recognise(self, head: Head) -> int:
        """95 with every required column, 60 where one or two lack, else 0."""
        if head.kind != "csv":
            return 0
        lacking = len(self.missing(head))
        return 0 if lacking > 2 else 60 if lacking else 95

    def missing(self, head: Head) -> list[str]:
        """Required columns that are absent; names are taken as they are documented."""
        return [name for name in REQUIRED if name not in head.columns]

    def stage(self, head: Head) -> Staged:
        """Charges of the calendar month in which each line begins."""
        text = {
            name: _text(name) if name in head.columns else NO_TEXT
            for name in (*REQUIRED, *OPTIONAL)
        }
        tags = [name for name in head.columns if _is_tag(name)]
        other = [name for name in head.columns if name not in text and name not in tags]
        notes = [f"Not columns of this format, left out: {', '.join(other)}."] if other else []
        notes.append("List and contracted cost are not on an invoice: unknown (null) here.")
        columns = _periods(text) | _kinds(text)
        columns |= {
            "BillingAccountId": f"{text['vendor']} || '/' || {text['account']}",
            "BillingAccountName": text["account"],
            "BillingCurrency": f"CASE WHEN regexp_full_match({text['currency']}, '[A-Za-z]{{3}}') "
            f"THEN upper({text['currency']}) END",
            **dict.fromkeys(("BilledCost", "EffectiveCost"), text["amount"]),
            "ChargeDescription": text["description"],
            "ConsumedQuantity": text["quantity"],
            "ConsumedUnit": text["unit"],
            "InvoiceId": text["invoice_id"],
            "InvoiceIssuerName": text["vendor"],
            "ServiceProviderName": text["vendor"],
            "ServiceName": text["product"],
            "SkuPriceDetails": f"CASE WHEN {text['model']} IS NOT NULL "
            f"THEN CAST(json_object('ModelId', {text['model']}) AS VARCHAR) END",
        }
        if tags:
            pairs = ", ".join(
                f"{{'key': {sql_text(name[len(_TAG) :].strip())}, 'value': {_text(name)}}}"
                for name in tags
            )
            columns["Tags"] = tags_object(f"[{pairs}]")
        return Staged(columns, "Simple invoice", notes)


def _text(column: str) -> str:
    quoted = '"' + column.replace('"', '""') + '"'
    return f"NULLIF(TRIM({quoted}), '')"


def _is_tag(column: str) -> bool:
    return column.startswith(_TAG) and column != _TAG


def _periods(text: dict[str, str]) -> dict[str, str]:
    start, end = text["period_start"], text["period_end"]
    month = f"date_trunc('month', TRY_CAST({start} AS TIMESTAMP))"

    def day(moment: str, otherwise: str) -> str:
        # A slashed or a worded date is left as it is, marked, so that it is rejected.
        return (
            f"CASE WHEN regexp_full_match({moment}, '{_DAY}') THEN {otherwise} "
            f"WHEN {moment} IS NOT NULL THEN concat('not YYYY-MM-DD: ', {moment}) END"
        )

    return {
        "BillingPeriodStart": day(start, f"CAST({month} AS VARCHAR)"),
        "BillingPeriodEnd": day(start, f"CAST({month} + INTERVAL 1 MONTH AS VARCHAR)"),
        "ChargePeriodStart": day(start, start),
        "ChargePeriodEnd": day(
            end,
            f"CASE WHEN TRY_CAST({end} AS DATE) <= TRY_CAST({start} AS DATE) "
            f"THEN concat('not after its start: ', {end}) ELSE {end} END",
        ),
    }


def _kinds(text: dict[str, str]) -> dict[str, str]:
    whens = " ".join(f"WHEN '{name.lower()}' THEN '{name}'" for name in _CATEGORIES)
    known = " ".join(
        f"WHEN {sql_text(vendor.lower())} THEN {sql_text(category)}"
        for category, vendors in _VENDORS.items()
        for vendor in vendors.split(", ")
    )
    category = f"CASE lower(COALESCE({text['category']}, 'usage')) {whens} END"
    return {
        "ChargeCategory": category,
        "ChargeFrequency": f"CASE {category} WHEN 'Usage' THEN 'Usage-Based' END",
        # Of a vendor that is not known here a line that names its model is still AI.
        "ServiceCategory": f"CASE lower({text['vendor']}) {known} ELSE CASE WHEN {text['model']} "
        "IS NOT NULL THEN 'AI and Machine Learning' ELSE 'Other' END END",
    }


SOURCE = SimpleInvoice()
"""Registered as entry point ``simple_invoice`` of the group ``tagwright.sources``."""
