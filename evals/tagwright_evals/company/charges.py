"""Northlight's charges, day by day, as FOCUS rows. Every amount is an exact product of decimals."""

from __future__ import annotations

import datetime as dt
import json
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright_evals.company.resources import ACCOUNT, REGION, RESOURCES, WEB_ACCOUNT, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["END", "SPIKE", "START", "aws", "azure", "berlin", "google", "model_api"]

START = dt.date(2026, 7, 1)
END = dt.date(2026, 11, 1)
SPIKE = dt.date(2026, 10, 14)
"""From this day on a retry loop in search's answers triples Claude's output tokens on Bedrock."""

_SPIKE_END = dt.date(2026, 10, 27)
_MILLION = Decimal(1_000_000)
Row = dict[str, Any]


def days() -> Iterator[dt.date]:
    """Every day of the data."""
    for number in range((END - START).days):
        yield START + dt.timedelta(days=number)


def _draw(*seed: object) -> Decimal:
    """A steady factor from 0.90 to 1.10, in steps of 0.01, from the seed alone."""
    return Decimal(random.Random(repr(seed)).randint(90, 110)) / 100  # noqa: S311  a sample


def _growth(day: dt.date) -> Decimal:
    """Use grows by one percent a week."""
    return Decimal(100 + (day - START).days // 7) / 100


def _row(day: dt.date, days_long: int = 1, /, **columns: Any) -> Row:
    month = day.replace(day=1)
    following = (month + dt.timedelta(days=32)).replace(day=1)
    return {
        "BillingPeriodStart": f"{month}T00:00:00Z",
        "BillingPeriodEnd": f"{following}T00:00:00Z",
        "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{day + dt.timedelta(days=days_long)}T00:00:00Z",
        "BillingCurrency": "USD",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "PricingCategory": "Standard",
        **columns,
    }


def _priced(quantity: Decimal, price: Decimal, unit: str, **columns: Any) -> Row:
    """Quantities, prices and the four costs, with nothing taken off."""
    cost = quantity * price
    return {
        "ConsumedQuantity": quantity, "ConsumedUnit": unit, "PricingQuantity": quantity,
        "PricingUnit": unit, "ListUnitPrice": price, "ContractedUnitPrice": price,
        "ListCost": cost, "ContractedCost": cost, "BilledCost": cost, "EffectiveCost": cost, **columns,
    }  # fmt: skip


def _tokens(  # noqa: PLR0917  what a price per token depends on
    tokens: Decimal, price: Decimal, maker: str, model: str, direction: str, cache: str = "Uncached"
) -> Row:
    """A row of tokens as the FOCUS 1.5 draft writes it: quantity in tokens, priced by the million."""
    meter = {"Read": "Cache Read Input Tokens", "Write": "Cache Write Input Tokens"}.get(
        cache, f"{direction} Tokens"
    )
    sku = f"{model}-{meter.lower().replace(' ', '-')}"
    details = {
        "ModelDeveloper": maker, "ModelId": model, "TokenDirection": direction,
        "TokenCacheAction": cache,
    }  # fmt: skip
    return {
        **_priced(tokens / _MILLION, price, "1000000 Tokens"),
        "ConsumedQuantity": tokens, "ConsumedUnit": "Tokens", "SkuMeter": meter, "SkuId": sku,
        "SkuPriceId": f"{sku}-standard", "SkuPriceDetails": details,
        "ChargeDescription": f"{meter} for {model}",
        "ServiceCategory": "AI and Machine Learning", "ServiceSubcategory": "Generative AI",
    }  # fmt: skip


# --- AWS -----------------------------------------------------------------------------------------

_AWS = {
    "ServiceProviderName": "AWS", "HostProviderName": "AWS", "InvoiceIssuerName": "AWS",
    "BillingAccountId": "100000000001", "BillingAccountName": "Northlight Inc.",
    "RegionId": REGION, "RegionName": "US East (N. Virginia)",
}  # fmt: skip
_ACCOUNTS = {ACCOUNT: "northlight-ml", WEB_ACCOUNT: "northlight-web"}
_SERVICES = {
    "instance": ("Compute", "Virtual Machines", "Amazon Elastic Compute Cloud", "Hours"),
    "endpoint": ("AI and Machine Learning", "AI Platforms", "Amazon SageMaker", "Hours"),
    "database": (
        "Databases",
        "Relational Databases",
        "Amazon Relational Database Service",
        "Hours",
    ),
    "bucket": ("Storage", "Object Storage", "Amazon Simple Storage Service", "GB-Months"),
}


def aws(tags: Mapping[str, Mapping[str, str]] | None = None) -> Iterator[Row]:
    """AWS's charges; ``tags`` by ARN replace those the resources have from the start."""
    for day in days():
        yield from _aws_resources(day, tags or {})
        yield from _bedrock(day)
        yield from _savings_plan(day)
        if day.day == 1:
            yield from _monthly(day)


def _account(account: str) -> Row:
    return {**_AWS, "SubAccountId": account, "SubAccountName": _ACCOUNTS[account]}


def _aws_resources(day: dt.date, tags: Mapping[str, Mapping[str, str]]) -> Iterator[Row]:
    for resource in RESOURCES:
        steady = resource.kind in ("endpoint", "database") or resource.covered
        factor = Decimal(1) if steady else _draw(resource.name, day)
        quantity = resource.hours * factor
        if resource.kind == "bucket":
            quantity = (resource.hours * _growth(day) / 30).quantize(Decimal("0.001"))
        row = _row(day, **_account(resource.account), **_resource(resource))
        price = resource.hourly if resource.kind != "bucket" else Decimal("0.023")
        row |= _priced(quantity, price, _SERVICES[resource.kind][3])
        if resource.covered:
            # The plan was paid for; what it covers is not billed again (FOCUS 1.3, EffectiveCost).
            row |= {
                "BilledCost": Decimal(0), "EffectiveCost": quantity * Decimal("0.07"),
                "PricingCategory": "Committed", "CommitmentDiscountId": _PLAN,
                "CommitmentDiscountStatus": "Used", **_PLAN_COLUMNS,
            }  # fmt: skip
        yield {**row, "Tags": dict(tags.get(resource.arn, resource.tags))}


def _resource(resource: Resource) -> Row:
    category, subcategory, service, _ = _SERVICES[resource.kind]
    sku = f"{resource.kind}-{resource.size or 'standard'}"
    return {
        "ServiceCategory": category, "ServiceSubcategory": subcategory, "ServiceName": service,
        "ResourceId": resource.arn, "ResourceName": resource.name,
        "ResourceType": resource.kind.capitalize(), "SkuId": sku, "SkuPriceId": f"{sku}-on-demand",
        "SkuMeter": resource.size or "Storage",
        "ChargeDescription": f"{resource.size or 'Standard storage'} in {REGION}",
        "SkuPriceDetails": {"InstanceType": resource.size} if resource.size else None,
    }  # fmt: skip


_PLAN = "arn:aws:savingsplans::100000000001:savingsplan/7c1f"
_PLAN_COLUMNS = {
    "CommitmentDiscountCategory": "Spend", "CommitmentDiscountName": "Compute Savings Plan",
    "CommitmentDiscountType": "Savings Plan",
}  # fmt: skip


def _savings_plan(day: dt.date) -> Iterator[Row]:
    """12 USD a day, of which the shop's machines use 10.08; the rest is nobody's."""
    columns = {
        **_account(WEB_ACCOUNT), **_PLAN_COLUMNS, "CommitmentDiscountId": _PLAN,
        "ServiceCategory": "Other", "ServiceSubcategory": "Other (Other)",
        "ServiceName": "Savings Plans for AWS Compute usage", "SkuId": "savings-plan",
        "ResourceId": _PLAN, "ResourceName": "Compute Savings Plan",
    }  # fmt: skip
    zero, fee, used = Decimal(0), Decimal(12), 6 * 24 * Decimal("0.07")
    costs = {"ListCost": zero, "ContractedCost": zero, "EffectiveCost": zero, "BilledCost": fee}
    yield _row(day, **columns, **costs, ChargeCategory="Purchase", ChargeDescription="Savings plan fee") | {
        "ChargeFrequency": "Recurring", "PricingCategory": "Committed", "ListCost": fee,
        "ContractedCost": fee,
    }  # fmt: skip
    yield _row(day, **columns, ChargeDescription="Savings plan not used") | {
        "ListCost": zero, "ContractedCost": zero, "BilledCost": zero, "EffectiveCost": fee - used,
        "PricingCategory": "Committed", "CommitmentDiscountStatus": "Unused",
    }  # fmt: skip


def _bedrock(day: dt.date) -> Iterator[Row]:
    """Claude and Titan on Bedrock: search calls through a tagged profile, others by the model."""
    looping = SPIKE <= day < _SPIKE_END
    growth = _growth(day)
    base = {**_account(ACCOUNT), "ServiceName": "Amazon Bedrock"}
    profile = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/search-answers"
    search = {
        "ResourceId": profile, "ResourceName": "search-answers",
        "ResourceType": "Application inference profile",
        "Tags": {"team": "discovery", "product": "search", "env": "prod"},
    }  # fmt: skip
    millions = _MILLION * growth * _draw("bedrock", day)
    for tokens, price, direction in (
        (38 * millions * (2 if looping else 1), Decimal(3), "Input"),
        (9 * millions * (3 if looping else 1), Decimal(15), "Output"),
    ):
        row = _tokens(tokens, price, "Anthropic", "claude-sonnet-4", direction)
        yield _row(day, **base) | row | search
    row = _tokens(210 * millions, Decimal("0.02"), "Amazon", "titan-embed-text-v2", "Input")
    yield _row(day, **base) | row | {"Tags": {}}


def _monthly(day: dt.date) -> Iterator[Row]:
    base = {**_account(ACCOUNT), "ServiceSubcategory": "Other (Other)", "ServiceCategory": "Other"}
    support = Decimal(400)
    yield _row(day, 28, **base, ServiceName="AWS Support (Business)") | _priced(
        Decimal(1), support, "Months", ChargeDescription="Support", ChargeFrequency="Recurring"
    )
    tax = Decimal("612.40")
    yield _row(day, 28, **base, ServiceName="AWS Tax", ChargeCategory="Tax") | {
        "BilledCost": tax, "EffectiveCost": tax, "ListCost": tax, "ContractedCost": tax,
        "ChargeDescription": "Sales tax",
    }  # fmt: skip
    if day.month == 9:
        credit = Decimal(-1500)
        yield _row(day, 1, **base, ServiceName="AWS Promotional Credit") | {
            "BilledCost": credit, "EffectiveCost": credit, "ListCost": Decimal(0),
            "ContractedCost": Decimal(0), "ChargeCategory": "Credit", "ChargeFrequency": "One-Time",
            "ChargeDescription": "Startup programme",
        }  # fmt: skip


# --- Azure and Google Cloud ----------------------------------------------------------------------


def _cloud(  # noqa: PLR0917  who bills whom, where
    provider: str, account: str, name: str, sub: str, sub_name: str, region: str
) -> Row:
    return {
        "ServiceProviderName": provider, "HostProviderName": provider, "InvoiceIssuerName": provider,
        "BillingAccountId": account, "BillingAccountName": name, "SubAccountId": sub,
        "SubAccountName": sub_name, "RegionId": region, "RegionName": region,
    }  # fmt: skip


_AZURE = _cloud(
    "Microsoft", "8610", "Northlight", "sub-assistants", "Assistants production", "eastus2"
)
_AZURE_ID = "/subscriptions/sub-assistants/resourcegroups/copilot/providers"


def azure() -> Iterator[Row]:
    """The assistant: GPT on Azure OpenAI, a cluster, and a search index nobody tagged."""
    tags = {"Team": "assistants", "Product": "copilot", "Environment": "production"}
    for day in days():
        growth = _growth(day) * _draw("azure", day)
        ai = {
            "ServiceName": "Azure OpenAI Service", "ResourceName": "copilot-gpt",
            "ResourceId": f"{_AZURE_ID}/microsoft.cognitiveservices/accounts/copilot-gpt", "Tags": tags,
        }  # fmt: skip
        for millions, price, direction, cache in (
            (55, "2.50", "Input", "Uncached"), (60, "1.25", "Input", "Read"),
            (12, "10.00", "Output", "Uncached"),
        ):  # fmt: skip
            tokens = (_MILLION * millions * growth).quantize(Decimal(1))
            row = _tokens(tokens, Decimal(price), "OpenAI", "gpt-4o", direction, cache)
            yield _row(day, **_AZURE) | row | ai
        for name, service, category, sub, hours, price, own in (
            ("copilot-aks", "Azure Kubernetes Service", "Compute", "Containers", 72, "0.384", tags),
            ("copilot-index", "Azure AI Search", "AI and Machine Learning", "Other (AI and Machine Learning)",
             24, "0.336", {}),
        ):  # fmt: skip
            row = _priced(Decimal(hours), Decimal(price), "Hours")
            yield _row(
                day, **_AZURE, ServiceName=service, ServiceCategory=category, ServiceSubcategory=sub,
                ResourceId=f"{_AZURE_ID}/{name}", ResourceName=name, SkuId=f"{name}-sku",
                ChargeDescription=f"{service} hours", Tags=own,
            ) | row  # fmt: skip


def berlin() -> Iterator[Row]:
    """The Berlin office has a subscription of its own, billed in euro."""
    base = _cloud(
        "Microsoft", "8655", "Northlight GmbH", "sub-berlin", "Berlin office", "westeurope"
    )
    for day in days():
        row = _priced(Decimal(48), Decimal("0.096"), "Hours")
        yield _row(
            day, **base, ServiceName="Virtual Machines", ServiceCategory="Compute",
            ServiceSubcategory="Virtual Machines", SkuId="d2s-v5", ResourceName="berlin-build",
            ResourceId="/subscriptions/sub-berlin/providers/microsoft.compute/virtualmachines/berlin-build",
            ChargeDescription="D2s v5", Tags={"Team": "platform-eng", "Environment": "dev"},
        ) | row | {"BillingCurrency": "EUR"}  # fmt: skip


_GOOGLE = _cloud(
    "Google Cloud",
    "01A2B3-C4D5E6",
    "Northlight Inc.",
    "northlight-ds",
    "Data science",
    "us-central1",
)


def google() -> Iterator[Row]:
    """Data science: BigQuery, Vertex AI with Gemini, and TPUs for a fine-tuning in August."""
    science = {"team": "data-science", "env": "prod"}
    for day in days():
        factor = _growth(day) * _draw("google", day)
        query = _priced((42 * factor).quantize(Decimal("0.001")), Decimal("6.25"), "TiB")
        yield _row(
            day, **_GOOGLE, ServiceName="BigQuery", ServiceCategory="Analytics", SkuId="bq-analysis",
            ServiceSubcategory="Data Warehouses", ResourceName="events", ChargeDescription="Analysis",
            ResourceId="//bigquery.googleapis.com/projects/northlight-ds/datasets/events",
            Tags={**science, "product": "recs"},
        ) | query  # fmt: skip
        for millions, price, direction in ((30, "1.25", "Input"), (3, "10.00", "Output")):
            tokens = (_MILLION * millions * factor).quantize(Decimal(1))
            row = _tokens(tokens, Decimal(price), "Google", "gemini-2.5-pro", direction)
            yield _row(day, **_GOOGLE, ServiceName="Vertex AI", Tags={}) | row
        if day.month == 8:
            tpu = _priced(Decimal(64) * _draw("tpu", day), Decimal("1.20"), "Hours")
            yield _row(
                day, **_GOOGLE, ServiceName="Compute Engine", ServiceCategory="Compute",
                ServiceSubcategory="Virtual Machines", SkuId="tpu-v5e", ChargeDescription="TPU v5e",
                ResourceId="//compute.googleapis.com/projects/northlight-ds/tpus/ranker-tune",
                ResourceName="ranker-tune", Tags={**science, "workload-type": "fine-tuning"},
            ) | tpu  # fmt: skip


# --- model providers ---------------------------------------------------------------------------

_PROJECTS = {
    "OpenAI": (
        ("proj_copilot", "copilot-prod", "gpt-4o-mini", 320, "0.15", 60, "0.60"),
        ("proj_search", "search-eval", "gpt-4o", 11, "2.50", 2, "10.00"),
        ("proj_play", "playground", "gpt-4o", 6, "2.50", 1, "10.00"),
    ),
    "Anthropic": (
        ("wrkspc_assist", "assistants", "claude-sonnet-4", 22, "3.00", 4, "15.00"),
        ("wrkspc_default", "Default", "claude-haiku-3-5", 16, "0.80", 3, "4.00"),
    ),
}


def model_api(provider: str) -> Iterator[Row]:
    """OpenAI's or Anthropic's own invoice: projects and models, and no tag anywhere."""
    service = {"OpenAI": "OpenAI API", "Anthropic": "Claude API"}[provider]
    for day in days():
        for project, name, model, million_in, price_in, million_out, price_out in _PROJECTS[
            provider
        ]:
            base = _cloud(
                provider, f"org-{provider.lower()}", "Northlight Inc.", project, name, "global"
            )
            factor = _MILLION * _growth(day) * _draw(project, day)
            for millions, price, direction in (
                (million_in, price_in, "Input"), (million_out, price_out, "Output"),
            ):  # fmt: skip
                tokens = (millions * factor).quantize(Decimal(1))
                row = _tokens(tokens, Decimal(price), provider, model, direction)
                yield _row(day, **base, ServiceName=service) | row | {"Tags": None}


def as_text(value: Any) -> str:
    """A cell of the CSV: plain numbers, JSON objects, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else str(value)
