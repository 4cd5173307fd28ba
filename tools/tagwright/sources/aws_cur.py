"""AWS Cost and Usage Reports: CUR 2.0 (Data Exports) and the legacy CUR, as CSV or Parquet.

Columns: docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html, and for the legacy
report data-dictionary.html beside it. The amortised cost follows AWS's own query for it
(Well-Architected Labs, "Cost and Usage Report library", amortized cost): what a savings plan or a
reservation covers is charged at its effective rate, what they do not use stays with their fee, and
prepayments are nothing by themselves.

``BilledCost`` is the unblended cost, but for usage that a savings plan covers and the line that
takes it back (``SavingsPlanNegation``): both are nothing, so that the sum is the invoice's and no
product is billed for what was prepaid. Rows of split cost allocation data (EKS, ECS) have no cost
of their own: their ``split_line_item_…`` columns say how their parent's is shared; they are not
added.
"""

from __future__ import annotations

import re

from tagwright.sources.aws_services import SERVICE_CATEGORIES
from tagwright.sources.model import Head, Staged

__all__ = ["SOURCE", "CurSource"]

_MARKS = frozenset(
    {"line_item_unblended_cost", "line_item_line_item_type", "bill_payer_account_id",
     "line_item_usage_start_date"}
)  # fmt: skip
_NEEDED = (
    "bill_payer_account_id", "bill_billing_period_start_date", "bill_billing_period_end_date",
    "line_item_line_item_type", "line_item_usage_start_date", "line_item_usage_end_date",
    "line_item_product_code", "line_item_currency_code", "line_item_unblended_cost",
)  # fmt: skip
_USAGE = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
_CATEGORIES = {
    **dict.fromkeys(_USAGE, "Usage"),
    "SavingsPlanNegation": "Adjustment",
    "Tax": "Tax",
    "Credit": "Credit",
    "Refund": "Adjustment",
    **dict.fromkeys(
        ("Fee", "RIFee", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee"), "Purchase"
    ),
    **dict.fromkeys(
        (
            "BundledDiscount",
            "EdpDiscount",
            "PrivateRateDiscount",
            "RiVolumeDiscount",
            "DistributorDiscount",
            "SppDiscount",
            "Discount",
        ),
        "Credit",
    ),
}
_TAG_COLUMN = re.compile(r"resource_?tags[/_](?P<key>.+)", re.IGNORECASE)
_USER = re.compile(r"^user[:_]", re.IGNORECASE)


class CurSource:
    """One reader for both reports: legacy names are first written as CUR 2.0 writes them."""

    name = "aws_cur"

    def recognise(self, head: Head) -> int:
        """95 where all of the report's tell-tale columns are there, else 0."""
        if head.kind == "json":
            return 0  # its rows may each lack other columns
        return 95 if set(_columns(head)) >= _MARKS else 0

    def missing(self, head: Head) -> list[str]:
        """Required columns that are absent, by their CUR 2.0 names."""
        known = _columns(head)
        return [name for name in _NEEDED if name not in known]

    def stage(self, head: Head) -> Staged:
        """FOCUS columns as expressions over the report's."""
        report = _Report(head)
        plain = {target: report.text(name) for target, name in _PLAIN.items() if report.has(name)}
        columns = plain | _costs(report) | _meanings(report)
        if tags := report.tags():
            columns["Tags"] = tags
        notes = []
        if report.has("split_line_item_split_cost"):
            notes.append(
                "Split cost allocation data: its shares are not added to the cost of the instances "
                "they are shares of."
            )
        legacy = any("/" in name for name in head.columns)
        return Staged(columns, "AWS CUR (legacy)" if legacy else "AWS CUR 2.0", notes)


_PLAIN = {
    "BillingAccountId": "bill_payer_account_id",
    "BillingAccountName": "bill_payer_account_name",
    "BillingCurrency": "line_item_currency_code",
    "BillingPeriodStart": "bill_billing_period_start_date",
    "BillingPeriodEnd": "bill_billing_period_end_date",
    "ChargePeriodStart": "line_item_usage_start_date",
    "ChargePeriodEnd": "line_item_usage_end_date",
    "ChargeDescription": "line_item_line_item_description",
    "InvoiceId": "bill_invoice_id",
    "InvoiceIssuerName": "bill_invoicing_entity",
    "SubAccountId": "line_item_usage_account_id",
    "SubAccountName": "line_item_usage_account_name",
    "AvailabilityZone": "line_item_availability_zone",
    "RegionId": "product_region_code",
    "ResourceId": "line_item_resource_id",
    "SkuId": "product_sku",
    "SkuMeter": "line_item_usage_type",
    "SkuPriceId": "pricing_rate_code",
    "ListUnitPrice": "pricing_public_on_demand_rate",
    "PricingUnit": "pricing_unit",
    "x_PublisherName": "line_item_legal_entity",
}
"""FOCUS column to the CUR 2.0 column that is the same thing."""


class _Report:
    """The columns of one report by their CUR 2.0 names, as SQL."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._raw = _columns(head)
        self._types = dict(zip(head.columns, head.types, strict=True))

    def has(self, name: str) -> bool:
        """Whether there is a column, or a map that may hold it."""
        return name in self._raw or name in _IN_PRODUCT

    def text(self, name: str) -> str:
        """The column's trimmed text, NULL where it is empty or absent."""
        parts = [f"TRIM(CAST({_quoted(self._raw[name])} AS VARCHAR))"] if name in self._raw else []
        if name in _IN_PRODUCT and "product" in self._raw:
            parts.append(f"TRIM({self._entry('product', _IN_PRODUCT[name])})")
        empty = [f"NULLIF({part}, '')" for part in parts]
        return f"COALESCE({', '.join(empty)})" if empty else "CAST(NULL AS VARCHAR)"

    def amount(self, name: str) -> str:
        """The column's number as text, 0 where it is empty or absent."""
        return f"COALESCE({self.text(name)}, '0')"

    def tags(self) -> str:
        """Tags as a JSON object; the prefix ``user`` goes: it is no part of the key in AWS."""
        columns = {
            _USER.sub("", match["key"]): raw
            for raw in self._head.columns
            if (match := _TAG_COLUMN.fullmatch(raw)) and not self._is_map(raw)
        }
        if columns:
            pairs = ", ".join(
                f"{{'key': {_literal(key)}, "
                f"'value': NULLIF(TRIM(CAST({_quoted(raw)} AS VARCHAR)), '')}}"
                for key, raw in columns.items()
            )
            return _object(f"[{pairs}]")
        lists = [
            _entries(_quoted(self._raw[name]), is_map=self._is_map(self._raw[name]))
            for name in ("resource_tags", "tags")
            if name in self._raw
        ]
        return _object(f"list_concat({', '.join([*lists, '[]'])})") if lists else ""

    def _is_map(self, raw: str) -> bool:
        return self._types[raw].upper().startswith("MAP(")

    def _entry(self, column: str, key: str) -> str:
        raw = self._raw[column]
        if self._is_map(raw):
            return f"CAST({_quoted(raw)}[{_literal(key)}] AS VARCHAR)"
        return f"json_extract_string(TRY_CAST({_quoted(raw)} AS JSON), {_literal(f'$.{key}')})"


_IN_PRODUCT = {
    "product_product_name": "product_name",
    "product_region_code": "region_code",
    "product_instance_type": "instance_type",
}
"""Columns that CUR 2.0 keeps in its map ``product``, unless they are selected as columns."""


def _entries(column: str, *, is_map: bool) -> str:
    """A map, or a JSON object's text, as a list of key and value without empty values."""
    found = column if is_map else f"TRY_CAST(TRY_CAST({column} AS JSON) AS MAP(VARCHAR, VARCHAR))"
    return (
        f"list_transform(COALESCE(map_entries({found}), []), lambda e: {{'key': "
        "regexp_replace(e.key, '^user[:_]', ''), 'value': NULLIF(TRIM(e.value), '')})"
    )


def _object(pairs: str) -> str:
    """A JSON object of a list of pairs; of a key that comes twice the first value counts."""
    known = f"list_filter({pairs}, lambda e: e.value IS NOT NULL)"
    first = f"list_position(list_transform({known}, lambda k: k.key), e.key)"
    once = f"list_filter({known}, lambda e, i: {first} = i)"
    return f"CAST(to_json(map_from_entries({once})) AS VARCHAR)"


def _case(kind: str, branches: dict[str, str], otherwise: str) -> str:
    whens = " ".join(f"WHEN {_literal(name)} THEN {sql}" for name, sql in branches.items())
    return f"CASE {kind} {whens} ELSE {otherwise} END"


def _exact(first: str, operator: str, second: str) -> str:
    """A sum or difference as text; 18 decimals are more than a report has."""
    return (
        f"CAST(CAST({first} AS DECIMAL(38, 18)) {operator} CAST({second} AS DECIMAL(38, 18)) "
        "AS VARCHAR)"
    )


def _costs(report: _Report) -> dict[str, str]:
    kind = report.text("line_item_line_item_type")
    # With discounts shown as net columns, those are what is invoiced.
    net = report.has("line_item_net_unblended_cost")
    billed = report.text("line_item_unblended_cost")
    if net:
        billed = f"COALESCE({report.text('line_item_net_unblended_cost')}, {billed})"
    public = report.text("pricing_public_on_demand_cost")
    plan, reserved = (
        report.text(f"savings_plan_{'net_' * net}savings_plan_effective_cost"),
        report.text(f"reservation_{'net_' * net}effective_cost"),
    )
    if net:
        plan = f"COALESCE({plan}, {report.text('savings_plan_savings_plan_effective_cost')})"
        reserved = f"COALESCE({reserved}, {report.text('reservation_effective_cost')})"
    listed = (
        f"CASE WHEN TRY_CAST({public} AS DOUBLE) <> 0 THEN {public} "
        f"ELSE {report.text('line_item_unblended_cost')} END"
    )
    return {
        "BilledCost": _case(
            kind, {"SavingsPlanCoveredUsage": "'0'", "SavingsPlanNegation": "'0'"}, billed
        ),
        "EffectiveCost": _case(
            kind,
            {
                "SavingsPlanCoveredUsage": plan,
                "SavingsPlanNegation": "'0'",
                "SavingsPlanUpfrontFee": "'0'",
                "SavingsPlanRecurringFee": _exact(
                    report.amount("savings_plan_total_commitment_to_date"), "-",
                    report.amount("savings_plan_used_commitment"),
                ),
                "DiscountedUsage": reserved,
                "RIFee": _exact(
                    report.amount("reservation_unused_amortized_upfront_fee_for_billing_period"),
                    "+",
                    report.amount("reservation_unused_recurring_fee"),
                ),
                # The upfront fee of a reservation is spread over what it covers.
                "Fee": f"CASE WHEN {report.text('reservation_reservation_a_r_n')} IS NOT NULL "
                f"THEN '0' ELSE {billed} END",
            },
            billed,
        ),
        "ListCost": _case(
            kind,
            {"SavingsPlanNegation": "'0'", **dict.fromkeys(_USAGE, listed)},
            report.text("line_item_unblended_cost"),
        ),
    }  # fmt: skip


def _meanings(report: _Report) -> dict[str, str]:
    """What CUR says in other words than FOCUS."""
    kind = report.text("line_item_line_item_type")
    code = report.text("line_item_product_code")
    name = report.text("product_product_name")
    market = (
        f"({report.text('bill_billing_entity')} = 'AWS Marketplace' AND {name} ILIKE '%Bedrock%')"
    )
    category = _case(code, {k: _literal(v) for k, v in SERVICE_CATEGORIES.items()}, "'Other'")
    used = f"{kind} IN ({', '.join(map(_literal, _USAGE))})"
    plan = report.text("savings_plan_savings_plan_a_r_n")
    reservation = report.text("reservation_reservation_a_r_n")
    meter = report.text("line_item_usage_type")
    quantity = f"CASE WHEN {used} THEN {report.text('line_item_usage_amount')} END"
    return {
        "ChargeCategory": _case(kind, {k: _literal(v) for k, v in _CATEGORIES.items()}, "NULL"),
        "ChargeFrequency": _case(
            kind,
            {
                **dict.fromkeys(_USAGE, "'Usage-Based'"),
                **dict.fromkeys(("RIFee", "SavingsPlanRecurringFee"), "'Recurring'"),
                **dict.fromkeys(("Fee", "SavingsPlanUpfrontFee"), "'One-Time'"),
            },
            "NULL",
        ),
        "ServiceProviderName": "'AWS'",
        "HostProviderName": "'AWS'",
        "ServiceName": f"COALESCE({name}, {code})",
        "ServiceCategory": f"CASE WHEN {market} THEN 'AI and Machine Learning' ELSE {category} END",
        "ConsumedQuantity": quantity,
        "ConsumedUnit": f"CASE WHEN {used} THEN {report.text('pricing_unit')} END",
        "PricingQuantity": quantity,
        "PricingCategory": f"CASE WHEN {kind} IN ('DiscountedUsage', 'SavingsPlanCoveredUsage') "
        f"THEN 'Committed' WHEN {used} AND {meter} ILIKE '%SpotUsage%' THEN 'Dynamic' "
        f"WHEN {used} THEN 'Standard' END",
        "CommitmentDiscountId": f"COALESCE({plan}, {reservation})",
        "CommitmentDiscountType": f"CASE WHEN {plan} IS NOT NULL THEN 'Savings Plan' "
        f"WHEN {reservation} IS NOT NULL THEN 'Reserved' END",
        "CommitmentDiscountCategory": f"CASE WHEN {plan} IS NOT NULL THEN 'Spend' "
        f"WHEN {reservation} IS NOT NULL THEN 'Usage' END",
        "CommitmentDiscountStatus": f"CASE WHEN {kind} IN ('DiscountedUsage', "
        "'SavingsPlanCoveredUsage') THEN 'Used' END",
        "ResourceType": report.text("product_instance_type"),
    }


def _columns(head: Head) -> dict[str, str]:
    """CUR 2.0 name to the file's own."""
    return {_modern(name): name for name in reversed(head.columns)}


def _modern(name: str) -> str:
    """A legacy column's name as CUR 2.0 and Athena write it.

    >>> _modern("lineItem/UsageAccountId"), _modern("reservation/ReservationARN")
    ('line_item_usage_account_id', 'reservation_reservation_a_r_n')
    """
    if "/" not in name:
        return name.casefold()
    group, _, own = name.partition("/")
    return "_".join(re.sub(r"(?<!^)([A-Z])", r"_\1", part).lower() for part in (group, own))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


SOURCE = CurSource()
"""Registered as entry point ``aws_cur`` of the group ``tagwright.sources``."""
