"""Every metric and every built-in dimension, defined once.

A metric is restricted SQL (SUM, COUNT) over FOCUS columns, so that the same text compiles to other
engines. FOCUS column ids are those of FOCUS 1.4, "Cost and Usage".
"""

from __future__ import annotations

from tagwright.metrics.model import Dimension, Metric

__all__ = [
    "AI_DIMENSIONS",
    "BUILTIN_DIMENSIONS",
    "METRICS",
    "MONEY_COLUMNS",
    "PARTS",
    "RATIOS",
    "TIME_GRAINS",
    "YIELDING",
]

MONEY_COLUMNS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def _cost(name: str, column: str, description: str, *synonyms: str) -> Metric:
    total = f'SUM("{column}")'
    return Metric(name, total, total, "currency", column, description, synonyms)


METRICS: tuple[Metric, ...] = (
    _cost(
        "effective_cost",
        "EffectiveCost",
        "What was used, at the price after all discounts, with prepayments spread over what they "
        "cover.",
        "cost", "costs", "spend", "spending", "amortized cost", "amortised cost", "effective",
        "effective spend", "accrual", "accrual basis", "accrued cost",
    ),
    _cost(
        "billed_cost",
        "BilledCost",
        "What is on the invoices.",
        "billed", "invoiced", "invoice amount", "billed spend", "bill", "cash", "cash basis",
        "cash cost",
        "unblended cost",
    ),
    _cost(
        "list_cost",
        "ListCost",
        "What it would cost at public prices, with no discount.",
        "list", "public cost", "on demand cost", "retail cost", "undiscounted cost", "list price",
    ),
    _cost(
        "contracted_cost",
        "ContractedCost",
        "What it costs at the negotiated prices, before commitments are applied.",
        "contracted", "negotiated cost", "contract cost",
    ),
    Metric(
        "charge_count", "COUNT(*)", 'CAST(COALESCE(SUM("x_charges"), 0) AS BIGINT)', "count", "",
        "Number of charges, i.e. rows of the bills.",
        ("charges", "rows", "number of charges", "count", "line items"),
    ),
    Metric(
        "resource_count", 'COUNT(DISTINCT "ResourceId")', 'COUNT(DISTINCT "ResourceId")', "count",
        "ResourceId", "Number of different resources that were charged.",
        ("resources", "number of resources", "distinct resources"),
    ),
    Metric(
        "consumed_quantity", 'SUM("ConsumedQuantity")', None, "ConsumedUnit", "ConsumedQuantity",
        "How much was used, in one ConsumedUnit; units never mix.",
        ("usage", "quantity", "consumption", "usage quantity", "used"),
    ),
)  # fmt: skip


def _saving(name: str, dearer: str, cheaper: str, description: str, *synonyms: str) -> Metric:
    """What usage would cost more without a discount, where both prices are known.

    Of usage alone: a commitment is bought at list price and has no effective cost of its own, which
    would count it as a saving of all of it (FOCUS 1.4, EffectiveCost).
    """
    sql = f'SUM(CASE WHEN "ChargeCategory" = \'Usage\' THEN "{dearer}" - "{cheaper}" END)'
    return Metric(name, sql, None, "currency", cheaper, description, synonyms)


METRICS += (
    _saving(
        "savings", "ListCost", "EffectiveCost",
        "What usage cost less than at public prices, by all discounts and commitments.",
        "discounts", "total savings", "saved",
    ),
    _saving(
        "negotiated_savings", "ListCost", "ContractedCost",
        "What usage cost less than at public prices, by negotiated prices.",
        "negotiated discounts", "contract savings", "negotiated discount",
    ),
    _saving(
        "commitment_savings", "ContractedCost", "EffectiveCost",
        "What usage cost less by commitments (savings plans, reservations), less what of them was "
        "not used.",
        "commitment discounts", "savings plan savings", "reservation savings",
    ),
)  # fmt: skip


def _part(name: str, column: str, condition: str) -> Metric:
    sql = f'SUM(CASE WHEN {condition} THEN "{column}" END)'
    return Metric(name, sql, None, "currency", column, "")


_USAGE = "\"ChargeCategory\" = 'Usage'"
PARTS: tuple[Metric, ...] = (
    _part(
        "list_cost_of_usage",
        "ListCost",
        f'{_USAGE} AND NOT "ListCost" IS NULL AND NOT "EffectiveCost" IS NULL',
    ),
    _part("commitment_used", "EffectiveCost", "\"CommitmentDiscountStatus\" = 'Used'"),
    _part("commitment_paid", "EffectiveCost", 'NOT "CommitmentDiscountStatus" IS NULL'),
    _part("covered_cost", "ContractedCost", f"{_USAGE} AND \"CommitmentDiscountStatus\" = 'Used'"),
    _part(
        "coverable_cost",
        "ContractedCost",
        f"{_USAGE} AND (\"CommitmentDiscountStatus\" = 'Used' OR \"PricingCategory\" = 'Standard')",
    ),
)
"""What ratios are made of, and nobody asks for by itself."""


def _ratio(name: str, over: str, under: str, description: str, *synonyms: str) -> Metric:
    return Metric(name, "", None, "ratio", "", description, synonyms, (over, under))


RATIOS: tuple[Metric, ...] = (
    _ratio(
        "effective_savings_rate", "savings", "list_cost_of_usage",
        "Savings as a share of what usage costs at public prices.",
        "esr", "savings rate", "discount rate", "effective discount rate",
    ),
    _ratio(
        "commitment_utilization", "commitment_used", "commitment_paid",
        "How much of the commitments (savings plans, reservations) was used, by effective cost.",
        "commitment utilization rate", "commitment usage rate",
        "commitment utilisation", "savings plan utilization", "savings plan utilisation",
        "ri utilization", "reservation utilization", "commitment discount utilization",
        "ri/sp utilization", "sp utilization", "sp utilisation",
    ),
    _ratio(
        "commitment_coverage", "covered_cost", "coverable_cost",
        "How much of usage at standard or committed prices is covered by commitments, at "
        "contracted cost.",
        "commitment coverage rate", "savings plan coverage", "ri coverage", "reservation coverage",
        "commitment discount coverage", "ri/sp coverage",
    ),
    Metric(
        "unit_price", "", None, "price", "", "Effective cost per ConsumedUnit; units never mix.",
        ("price per unit", "cost per unit", "effective unit price"),
        ("effective_cost", "consumed_quantity"),
    ),
)  # fmt: skip
"""Quotients of two metrics: of sums, never sums of quotients."""


def _text(name: str, column: str, description: str, *synonyms: str) -> Dimension:
    return Dimension(name, column, "text", description, synonyms)


AI_DIMENSIONS: tuple[Dimension, ...] = tuple(
    _text(name, name, description, *synonyms)
    for name, description, *synonyms in (
        (
            "x_ai_kind",
            "Kind of AI, e.g. model-api, endpoint, training, accelerator, vector-search.",
            "ai kind",
            "kind of ai",
            "ai type",
            "ai category",
        ),
        (
            "x_ai_certainty",
            "ai, or candidate: a GPU that may as well draw pictures.",
            "ai certainty",
        ),
        (
            "x_ai_model_id",
            "Model that a bill names.",
            "model",
            "models",
            "model name",
            "ai model",
            "foundation model",
        ),
        (
            "x_ai_model_developer",
            "Who made the model.",
            "model developer",
            "model provider",
            "model vendor",
        ),
        ("x_ai_model_family", "Family of models, e.g. Claude.", "model family"),
        (
            "x_ai_workload_type",
            "What the bill says it was for: inference, training, embedding, …",
            "ai workload type",
            "ai workload",
        ),
        ("x_ai_token_direction", "Input or Output.", "token direction", "token type", "direction"),
        (
            "x_ai_cache_action",
            "Uncached, Read or Write, of input tokens.",
            "cache action",
            "token cache action",
            "prompt cache",
        ),
        (
            "x_ai_service_tier",
            "on-demand, batch, flex, priority, provisioned.",
            "ai tier",
            "inference tier",
        ),
        ("x_ai_route", "regional, cross-region or global.", "inference route"),
        (
            "x_ai_instance_family",
            "Family of accelerated instances, e.g. p5.",
            "instance family",
            "gpu family",
            "gpu instance family",
            "accelerator family",
            "gpu type",
        ),
        ("x_ai_rule", "Rule that told that it is AI.", "ai rule"),
    )
)
"""What :mod:`tagwright.classification` tells of a charge; null where it is no AI."""

TIME_GRAINS = ("day", "week", "month", "quarter", "year")


def _time(grain: str, description: str, *synonyms: str) -> Dimension:
    return Dimension(grain, "ChargePeriodStart", "time", description, synonyms, grain=grain)


YIELDING = frozenset({"project"})
"""Synonyms that a taxonomy may have tags called by, and then they mean those."""

BUILTIN_DIMENSIONS: tuple[Dimension, ...] = (
    _text(
        "service_provider_name", "ServiceProviderName", "Who provides the service, e.g. AWS.",
        "provider", "cloud", "vendor", "provider name", "cloud provider", "csp",
    ),
    _text("host_provider_name", "HostProviderName", "Who runs what the service stands on.", "host"),
    _text(
        "invoice_issuer_name", "InvoiceIssuerName", "Who sends the invoice.",
        "invoice issuer", "issuer", "biller", "reseller",
    ),
    _text(
        "billing_account_id", "BillingAccountId", "Account that is invoiced.",
        "billing account", "payer", "payer account", "management account", "billing profile",
    ),
    _text("billing_account_name", "BillingAccountName", "Its name.", "payer name"),
    _text(
        "sub_account_id", "SubAccountId",
        "Account, subscription or cloud project under the billing account.",
        "account", "subscription", "sub account", "account id", "linked account", "member account",
        "usage account", "gcp project", "project", "workspace", "subscription id",
    ),
    _text(
        "sub_account_name", "SubAccountName", "Its name.", "account name", "subscription name",
    ),
    _text("service_name", "ServiceName", "The service, e.g. Amazon EC2.", "service", "services"),
    _text(
        "service_category", "ServiceCategory",
        "FOCUS category of the service, e.g. Compute or AI and Machine Learning.",
        "category", "service type",
    ),
    _text(
        "service_subcategory", "ServiceSubcategory", "Finer category of the service.",
        "subcategory",
    ),
    _text("region_id", "RegionId", "Region, e.g. us-east-1.", "region", "location"),
    _text("region_name", "RegionName", "Its name, e.g. US East (N. Virginia).", "location name"),
    _text("availability_zone", "AvailabilityZone", "Zone inside a region.", "zone", "az"),
    _text(
        "resource_id", "ResourceId", "The resource, e.g. an ARN.",
        "resource", "arn", "resource arn", "machine",
    ),
    _text("resource_name", "ResourceName", "Its name.", "name of resource"),
    _text("resource_type", "ResourceType", "Kind of resource.", "type of resource"),
    _text(
        "x_instance_type", "x_instance_type", "Type of machine, e.g. g5.12xlarge.",
        "instance type", "machine type", "instance size", "vm size", "type of instance",
        "type of machine", "node type",
    ),
    _text(
        "charge_category", "ChargeCategory",
        "Usage, Purchase, Tax, Credit or Adjustment.", "charge type", "line item type",
    ),
    _text(
        "charge_class", "ChargeClass", "Correction, where it corrects an earlier period.",
        "correction",
    ),
    _text(
        "charge_frequency", "ChargeFrequency", "One-Time, Recurring or Usage-Based.", "frequency",
    ),
    _text(
        "charge_description", "ChargeDescription", "What the provider writes about the charge.",
        "description", "line item description",
    ),
    _text(
        "pricing_category", "PricingCategory", "Standard, Dynamic, Committed or Other.",
        "pricing model", "purchase option",
    ),
    _text("sku_id", "SkuId", "What was sold.", "sku"),
    _text("sku_meter", "SkuMeter", "What was metered.", "meter"),
    _text("sku_price_id", "SkuPriceId", "The price that was applied.", "price id"),
    _text(
        "commitment_discount_id", "CommitmentDiscountId", "Savings plan, reservation or the like.",
        "commitment", "savings plan", "reservation", "reserved instance",
    ),
    _text("commitment_discount_name", "CommitmentDiscountName", "Its name.", "commitment name"),
    _text(
        "commitment_discount_category", "CommitmentDiscountCategory", "Spend or Usage.",
        "commitment category",
    ),
    _text(
        "commitment_discount_type", "CommitmentDiscountType", "The provider's kind of commitment.",
        "commitment type",
    ),
    _text(
        "commitment_discount_status", "CommitmentDiscountStatus", "Used or Unused.",
        "commitment status",
    ),
    _text("invoice_id", "InvoiceId", "The invoice.", "invoice", "invoice number"),
    _text("billing_currency", "BillingCurrency", "Currency of the amounts.", "currency"),
    _text("consumed_unit", "ConsumedUnit", "Unit of the quantity used.", "unit", "usage unit"),
    *AI_DIMENSIONS,
    _text("x_source", "x_source", "The export a charge came from.", "source", "export"),
    Dimension(
        "x_taggable", "x_taggable", "flag",
        "Whether somebody could have tagged what was charged: true or false.",
        ("taggable", "is taggable"),
    ),
    Dimension(
        "x_tagged", "x_tagged", "flag",
        "Whether it carries any tag at all, of whatever key but `aws:…`: true or false.",
    ),
    _time("day", "UTC day of ChargePeriodStart, e.g. 2026-09-30.", "date", "daily", "days"),
    _time("week", "ISO week (from Monday), e.g. 2026-W40.", "weekly", "weeks", "iso week"),
    _time("month", "Calendar month, e.g. 2026-09.", "monthly", "months", "charge month"),
    _time("quarter", "Calendar quarter, e.g. 2026-Q3.", "quarterly", "quarters"),
    _time("year", "Calendar year, e.g. 2026.", "yearly", "years", "annual"),
    Dimension(
        "billing_period", "BillingPeriodStart", "time",
        "Month of the billing period, e.g. 2026-09 (not always that of the usage).",
        ("billing month", "invoice month", "billing period start"), grain="month",
    ),
)  # fmt: skip
