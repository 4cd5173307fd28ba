"""What a bill is made of here: streams of charges, one row a day (or an hour) each.

Prices are invented but of the size that providers' price lists show; nothing is random: every
quantity is a function of the stream's name and the day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "DAYS", "MONTHS", "Account", "Owned", "Stream", "daily_tokens", "day_text", "period_of", "wobble",
]  # fmt: skip

FIRST = dt.date(2026, 7, 1)
END = dt.date(2026, 11, 1)
DAYS = tuple(FIRST + dt.timedelta(days=n) for n in range((END - FIRST).days))
"""2026-07-01 to 2026-10-31."""
MONTHS = tuple(dt.date(2026, month, 1) for month in (7, 8, 9, 10))

Owners = dict[str, Decimal]
"""``team/product`` to its share; the shares add up to 1."""


@dataclass(frozen=True)
class Account:
    """Who is billed by whom.

    Attributes:
        provider: ServiceProviderName (ProviderName before FOCUS 1.3).
        issuer: InvoiceIssuerName.
        billing_id: BillingAccountId.
        billing_name: BillingAccountName.
        sub_id: SubAccountId; empty where the provider has none.
        sub_name: SubAccountName.
        currency: BillingCurrency.
        sub_type: SubAccountType.
        billing_type: BillingAccountType.
    """

    provider: str
    issuer: str
    billing_id: str
    billing_name: str
    sub_id: str = ""
    sub_name: str = ""
    currency: str = "USD"
    sub_type: str = ""
    billing_type: str = "Billing Account"


@dataclass(frozen=True)
class Owned:
    """A row of a bill, and whose money it really is.

    Attributes:
        row: FOCUS column id to text; what is absent is null.
        owners: See :data:`Owners`.
    """

    row: dict[str, str]
    owners: Owners


def wobble(name: str, day: dt.date, spread: int = 60) -> Decimal:
    """A factor near 1, the same for the same name and day: 1 ± ``spread`` thousandths."""
    seed = hashlib.sha256(f"{name} {day.isoformat()}".encode()).digest()
    return Decimal(1000 - spread + int.from_bytes(seed[:4], "big") % (2 * spread + 1)) / 1000


def daily_tokens(name: str, daily: Decimal, day: dt.date) -> Decimal:
    """Tokens of a day: less at weekends, two per cent more each month."""
    weekday = Decimal("0.6") if day.weekday() >= 5 else Decimal(1)
    growth = 1 + Decimal("0.02") * (day.month - 7)
    return (daily * weekday * growth * wobble(f"tokens {name}", day)).quantize(Decimal(1))


def day_text(day: dt.date, hour: int = 0) -> str:
    """UTC, as FOCUS writes it."""
    return f"{day.isoformat()}T{hour:02d}:00:00Z"


def period_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """The billing period (calendar month) of a day, its end exclusive."""
    start = day.replace(day=1)
    return start, (start + dt.timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class Stream:
    """One meter of one resource (or of none) of one account.

    Attributes:
        account: Who is billed.
        service: ServiceName, ServiceCategory, ServiceSubcategory.
        sku: SkuId, SkuMeter, ConsumedUnit, PricingUnit.
        price: ListUnitPrice per PricingUnit.
        quantity: Day to ConsumedQuantity; None for no charge that day.
        owners: Whose it is.
        per_price: ConsumedUnits in a PricingUnit (1,000,000 for tokens).
        discount: Negotiated part off the list price.
        region: RegionId.
        resource: ResourceId, ResourceName, ResourceType; empty where there is none.
        tags: Tags as the bill shows them; None where the provider shows none at all.
        details: SkuPriceDetails.
        hourly: 24 rows a day instead of one.
        committed: Rate per PricingUnit under the savings plan; None where it is not covered.
        commitment: CommitmentDiscountId.
        host: HostProviderName, where it is not the provider.
    """

    account: Account
    service: tuple[str, str, str]
    sku: tuple[str, str, str, str]
    price: Decimal
    quantity: Callable[[dt.date], Decimal | None]
    owners: Owners
    per_price: int = 1
    discount: Decimal = Decimal(0)
    region: str = ""
    resource: tuple[str, str, str] = ("", "", "")
    tags: Mapping[str, str] | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    hourly: bool = False
    committed: Decimal | None = None
    commitment: str = ""
    host: str = ""

    def rows(self, day: dt.date) -> Iterator[Owned]:
        """The charges of one day."""
        amount = self.quantity(day)
        if amount is None:
            return
        if not self.hourly:
            yield Owned(self._row(day, amount, None), self.owners)
            return
        for hour in range(24):
            yield Owned(self._row(day, amount / 24, hour), self.owners)

    def _row(self, day: dt.date, consumed: Decimal, hour: int | None) -> dict[str, str]:
        priced = consumed / self.per_price
        net = self.price * (1 - self.discount)
        contracted = net * priced
        effective = contracted if self.committed is None else self.committed * priced
        billed = contracted if self.committed is None else Decimal(0)
        row = base_row(self.account, day, hour=hour)
        row |= {
            "ServiceName": self.service[0],
            "ServiceCategory": self.service[1],
            "ServiceSubcategory": self.service[2],
            "ChargeCategory": "Usage",
            "ChargeDescription": f"{self.sku[1]} of {self.service[0]}",
            "ChargeFrequency": "Usage-Based",
            "SkuId": self.sku[0],
            "SkuMeter": self.sku[1],
            "SkuPriceId": f"{self.sku[0]}.OD",
            "ConsumedUnit": self.sku[2],
            "ConsumedQuantity": text(consumed),
            "PricingUnit": self.sku[3],
            "PricingQuantity": text(priced),
            "PricingCategory": "Standard" if self.committed is None else "Committed",
            "ListUnitPrice": text(self.price),
            "ContractedUnitPrice": text(net),
            "ListCost": text(self.price * priced),
            "ContractedCost": text(contracted),
            "BilledCost": text(billed),
            "EffectiveCost": text(effective),
            "RegionId": self.region,
            "RegionName": self.region,
            "ResourceId": self.resource[0],
            "ResourceName": self.resource[1],
            "ResourceType": self.resource[2],
            "Tags": "" if self.tags is None else json.dumps(dict(self.tags), sort_keys=True),
        }
        if self.details:
            row["SkuPriceDetails"] = json.dumps(dict(self.details), sort_keys=True)
        if self.host:
            row["HostProviderName"] = self.host
        if self.committed is not None:
            row |= {
                "CommitmentDiscountId": self.commitment,
                "CommitmentDiscountName": "Compute Savings Plan",
                "CommitmentDiscountCategory": "Spend",
                "CommitmentDiscountType": "Compute Savings Plans",
                "CommitmentDiscountStatus": "Used",
            }
        return row


def base_row(account: Account, day: dt.date, *, hour: int | None = None) -> dict[str, str]:
    """What every row of an account has; a whole day unless an hour is given."""
    start, end = period_of(day)
    begins = dt.datetime.combine(day, dt.time(hour or 0))
    ends = begins + (dt.timedelta(days=1) if hour is None else dt.timedelta(hours=1))
    return {
        "ServiceProviderName": account.provider,
        "HostProviderName": account.provider,
        "InvoiceIssuerName": account.issuer,
        "BillingAccountId": account.billing_id,
        "BillingAccountName": account.billing_name,
        "BillingAccountType": account.billing_type,
        "SubAccountId": account.sub_id,
        "SubAccountName": account.sub_name,
        "SubAccountType": account.sub_type if account.sub_id else "",
        "BillingCurrency": account.currency,
        "PricingCurrency": account.currency,
        "BillingPeriodStart": day_text(start),
        "BillingPeriodEnd": day_text(end),
        "ChargePeriodStart": f"{begins.isoformat()}Z",
        "ChargePeriodEnd": f"{ends.isoformat()}Z",
        "InvoiceId": f"{account.billing_id}-{start:%Y%m}",
    }


def flat_row(
    account: Account, day: dt.date, amount: Decimal, *, effective: Decimal | None = None
) -> dict[str, str]:
    """A charge without quantity or price (credit, tax, fee); all four costs are ``amount``.

    Args:
        account: Who is billed.
        day: Its day.
        amount: Cost in the account's currency.
        effective: EffectiveCost, where it differs.
    """
    cost = text(amount)
    row = base_row(account, day)
    row |= {"BilledCost": cost, "ListCost": cost, "ContractedCost": cost}
    row["EffectiveCost"] = cost if effective is None else text(effective)
    return row


def text(number: Decimal) -> str:
    """Plain decimal text, without an exponent and without trailing zeros."""
    found = f"{number:f}"
    return found.rstrip("0").rstrip(".") if "." in found else found
