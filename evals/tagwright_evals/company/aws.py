"""The AWS bill: FOCUS 1.2, three sub accounts, a savings plan, Bedrock, support, tax, credits."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright_evals.company.estate import ACCOUNTS, Resource, experimenters, owner, team_tags
from tagwright_evals.company.model import (
    DAYS,
    MONTHS,
    Account,
    Owned,
    Stream,
    daily_tokens,
    flat_row,
    wobble,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["PAYER", "SPIKE_DAYS", "SPIKE_FACTOR", "aws_rows", "spike_cost", "usual_answers"]

PAYER = "300000000001"
_PLAN = f"arn:aws:savingsplans::{PAYER}:savingsplan/5b1f3c1e-9d0a-4c57-8a43-0c2f6f1d2026"
_COMMITTED = Decimal("0.2688")  # per hour of m6i.2xlarge: 30 % below the list price
_COMMITMENT = Decimal("245.00")  # a day

SPIKE_DAYS = tuple(day for day in DAYS if dt.date(2026, 10, 14) <= day < dt.date(2026, 10, 21))
"""A retry loop in search: every failed answer is generated again."""
SPIKE_FACTOR = 6
_SEARCH_OUTPUT = Decimal(42_000_000)
_OUTPUT_PRICE = Decimal(15)

_EC2 = ("Amazon Elastic Compute Cloud", "Compute", "Virtual Machines")
_BEDROCK = ("Amazon Bedrock", "AI and Machine Learning", "Generative AI")
_SERVICES = {
    "sagemaker": ("Amazon SageMaker AI", "AI and Machine Learning", "AI Platforms"),
    "s3": ("Amazon Simple Storage Service", "Storage", "Object Storage"),
    "lambda": ("AWS Lambda", "Compute", "Serverless Compute"),
    "rds": ("Amazon Relational Database Service", "Databases", "Relational Databases"),
    "dynamodb": ("Amazon DynamoDB", "Databases", "NoSQL Databases"),
}
_METERS = {  # kind: sku prefix, meter, unit, price, daily quantity
    "s3": ("TimedStorage-ByteHrs", "Standard Storage", "GB-Mo", "0.023", 1400),
    "lambda": ("Lambda-GB-Second", "Compute", "GB-Seconds", "0.0000166667", 900_000),
    "dynamodb": ("WriteRequestUnits", "Write Requests", "Requests", "0.000000625", 24_000_000),
}
_MODELS = {  # per million: input, output, cache read, cache write
    "Claude Sonnet 4.5": ("anthropic.claude-sonnet-4-5", "3", "15", "0.3", "3.75"),
    "Claude Haiku 4.5": ("anthropic.claude-haiku-4-5", "1", "5", "0.1", "1.25"),
}


def _account(place: str) -> Account:
    number, name = ACCOUNTS[place]
    return Account(
        "AWS", "Amazon Web Services, Inc.", PAYER, "northlight-management", number, name,
        sub_type="Member Account", billing_type="Management Account",
    )  # fmt: skip


_MANAGEMENT = Account(
    "AWS", "Amazon Web Services, Inc.", PAYER, "northlight-management",
    PAYER, "northlight-management",
    sub_type="Member Account", billing_type="Management Account",
)  # fmt: skip
_PLACES = {ACCOUNTS[place][0]: _account(place) for place in ACCOUNTS}


def aws_rows(resources: Sequence[Resource], months: Sequence[dt.date] = MONTHS) -> Iterator[Owned]:
    """Rows of some months, by month, day and stream; the flat rows follow a month's last day."""
    streams = [*(_resource_stream(found) for found in resources), *_bedrock()]
    for month in months:
        before_tax = Decimal(0)
        for day in (day for day in DAYS if day.month == month.month):
            used = Decimal(0)
            for stream in streams:
                for found in stream.rows(day):
                    before_tax += Decimal(found.row["BilledCost"])
                    if stream.committed is not None:
                        used += Decimal(found.row["EffectiveCost"])
                    yield found
            yield from _commitment(day, used)
            before_tax += _COMMITMENT
        yield from _flat(month, before_tax)


def spike_cost() -> Decimal:
    """What the retry loop cost: list price of the tokens above the usual, in USD."""
    return sum(
        (
            daily_tokens("search", _SEARCH_OUTPUT, day)
            * (SPIKE_FACTOR - 1)
            / 1_000_000
            * _OUTPUT_PRICE
            for day in SPIKE_DAYS
        ),
        Decimal(0),
    )


def usual_answers() -> dict[dt.date, int]:
    """Output tokens of search's answers by day, each answer counted once."""
    return {day: int(daily_tokens("search", _SEARCH_OUTPUT, day)) for day in DAYS}


def _resource_stream(found: Resource) -> Stream:
    account = _PLACES[found.account]
    if found.kind in _METERS:
        code, meter, unit, price, daily = _METERS[found.kind]
        quantity = _scaled(found.name, Decimal(daily))
        if found.kind == "s3":  # a month's storage is charged a day at a time
            quantity = _scaled(found.name, Decimal(daily) / 25, step="0.0001")
        return Stream(
            account, _SERVICES[found.kind], (f"{code}.{found.region}", meter, unit, unit),
            Decimal(price), quantity, found.owners, region=found.region,
            resource=(found.arn, found.name, _TYPES[found.kind]), tags=found.tags,
        )  # fmt: skip
    service = _EC2 if found.kind == "ec2" else _SERVICES[found.kind]
    return Stream(
        account, service,
        (f"{found.size}.{found.region}", f"{found.size} Hours", "Hours", "Hours"),
        found.price, _hours(found), found.owners, region=found.region,
        resource=(found.arn, found.name, _TYPES[found.kind]), tags=found.tags,
        details={"InstanceType": found.size, "OperatingSystem": "Linux"},
        hourly=found.name.startswith(("shared-llm-gpu", "search-rank-gpu")),
        committed=_COMMITTED if found.covered else None, commitment=_PLAN,
    )  # fmt: skip


_TYPES = {
    "ec2": "Instance", "sagemaker": "Endpoint", "s3": "Bucket", "lambda": "Function",
    "rds": "Database Instance", "dynamodb": "Table",
}  # fmt: skip


def _hours(found: Resource) -> Callable[[dt.date], Decimal | None]:
    def quantity(day: dt.date) -> Decimal | None:
        weekend = day.weekday() >= 5
        if "-dev-" in found.name:
            return None if weekend else Decimal(10)
        if found.size == "p4d.24xlarge":  # trained in the week's first days
            return Decimal(12) if day.weekday() < 2 else None
        if found.covered and weekend and found.name.endswith(("-03", "-05")):
            return Decimal(12)  # scaled in: the commitment stays partly unused
        return Decimal(24)

    return quantity


def _scaled(name: str, daily: Decimal, step: str = "1") -> Callable[[dt.date], Decimal | None]:
    def quantity(day: dt.date) -> Decimal:
        return (daily * wobble(name, day)).quantize(Decimal(step))

    return quantity


def _bedrock() -> list[Stream]:
    """Search calls through an inference profile (taggable); the others on demand, without one."""
    profile = f"arn:aws:bedrock:us-east-1:{ACCOUNTS['prod'][0]}:application-inference-profile"
    searching = (f"{profile}/nl7search01aa", "search-answers", "Inference Profile")
    made: list[Stream] = []
    for place, product, model, resource, tags, output in (
        ("prod", "search", "Claude Sonnet 4.5", searching, team_tags("search"), _SEARCH_OUTPUT),
        ("prod", "assistant", "Claude Sonnet 4.5", ("", "", ""), {}, Decimal(18_000_000)),
        ("prod", "assistant", "Claude Haiku 4.5", ("", "", ""), {}, Decimal(30_000_000)),
        ("dev", "recs", "Claude Haiku 4.5", ("", "", ""), {}, Decimal(6_000_000)),
    ):
        made += _token_streams(place, product, model, resource, tags, output)
    return made


def _token_streams(  # noqa: PLR0917  one line of the table above each
    place: str,
    product: str,
    model: str,
    resource: tuple[str, str, str],
    tags: dict[str, str],
    output: Decimal,
) -> Iterator[Stream]:
    model_id, *prices = _MODELS[model]
    for (meter, direction, action, times), price in zip(_FLOWS, prices, strict=True):
        daily = output * times
        retried = product == "search" and direction == "Output"
        details = {
            "ModelDeveloper": "Anthropic", "ModelFamily": "Claude", "ModelId": model_id,
            "ModelVersion": "4.5", "TokenDirection": direction,
        } | ({"TokenCacheAction": action} if action else {})  # fmt: skip
        yield Stream(
            _account(place), _BEDROCK,
            (f"{model_id}.{meter.lower().replace(' ', '-')}", meter, "Tokens", "1000000 Tokens"),
            Decimal(price), _token_quantity(product, daily, retried=retried),
            experimenters() if place == "dev" else owner(product),
            per_price=1_000_000, region="us-east-1", resource=resource, tags=tags,
            details=details,
        )  # fmt: skip


_FLOWS = (  # meter, direction, cache action, tokens per output token
    ("Input Tokens", "Input", "Uncached", 4),
    ("Output Tokens", "Output", "", 1),
    ("Cache Read Input Tokens", "Input", "Read", 9),
    ("Cache Write Input Tokens", "Input", "Write", 1),
)


def _token_quantity(
    product: str, daily: Decimal, *, retried: bool
) -> Callable[[dt.date], Decimal | None]:
    def quantity(day: dt.date) -> Decimal:
        factor = SPIKE_FACTOR if retried and day in SPIKE_DAYS else 1
        return daily_tokens(product, daily, day) * factor

    return quantity


def _commitment(day: dt.date, used: Decimal) -> Iterator[Owned]:
    """The day's fee (billed, not effective) and what was not used of it (effective, not billed)."""
    common = {
        "ServiceName": "AWS Savings Plans",
        "ServiceCategory": "Compute",
        "ServiceSubcategory": "Other (Compute)",
        "CommitmentDiscountId": _PLAN,
        "CommitmentDiscountName": "Compute Savings Plan",
        "CommitmentDiscountCategory": "Spend",
        "CommitmentDiscountType": "Compute Savings Plans",
        "ResourceId": _PLAN,
        "ResourceName": "Compute Savings Plan",
        "ResourceType": "Savings Plan",
    }
    fee = flat_row(_MANAGEMENT, day, _COMMITMENT, effective=Decimal(0)) | common
    yield Owned(
        fee | {
            "ChargeCategory": "Purchase", "ChargeFrequency": "Recurring",
            "ChargeDescription": "1 year Compute Savings Plan, no upfront, daily fee",
        },
        owner("platform"),
    )  # fmt: skip
    unused = _COMMITMENT - used
    if unused < 0:
        raise AssertionError(f"the savings plan covers {used} on {day}, more than it holds")
    row = flat_row(_MANAGEMENT, day, Decimal(0), effective=unused) | common
    yield Owned(
        row | {
            "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based",
            "CommitmentDiscountStatus": "Unused", "PricingCategory": "Committed",
            "ChargeDescription": "Unused part of the savings plan",
        },
        owner("platform"),
    )  # fmt: skip


def _flat(month: dt.date, before_tax: Decimal) -> Iterator[Owned]:
    """Support, a credit and tax, on the month's first day."""
    for category, service, amount, description in (
        ("Purchase", "AWS Support (Business)", Decimal("4200.00"), "Business support, monthly"),
        ("Credit", "Amazon Bedrock", Decimal("-2500.00"), "AWS Activate credit"),
        ("Tax", "Tax", (before_tax * Decimal("0.0125")).quantize(Decimal("0.01")), "Sales tax"),
    ):
        row = flat_row(_MANAGEMENT, month, amount) | {
            "ServiceName": service,
            "ServiceCategory": "AI and Machine Learning" if category == "Credit" else "Other",
            "ServiceSubcategory": "Generative AI" if category == "Credit" else "Other (Other)",
            "ChargeCategory": category,
            "ChargeFrequency": "Recurring" if category == "Purchase" else "One-Time",
            "ChargeDescription": description,
        }
        yield Owned(row, owner("platform"))
