"""What is held against what, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tagwright.money import EXACT, decimal_text, ratio_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from tagwright.reconcile.names import Meeting
    from tagwright.results import Period

__all__ = ["Cell", "Ground", "Lane", "LeftOut", "Status", "View", "exact_sum"]

Status = Literal["matched", "residual", "unmetered", "unbilled"]
"""``matched``: billed / priced is inside the band. ``residual``: outside of it. ``unmetered``:
billed without telemetry. ``unbilled``: telemetry without a bill."""

ZERO = Decimal(0)


def exact_sum(values: Any) -> Decimal:
    """The sum of amounts, never rounded; None counts as nothing."""
    total = ZERO
    for value in values:
        total = EXACT.add(total, value or ZERO)
    return total


@dataclass(frozen=True)
class Lane:
    """How finely a provider's bill and its telemetry can be held against each other.

    Attributes:
        provider: As :func:`tagwright.prices.identify` calls it.
        by_account: Both sides say the account; else all accounts are taken together.
        by_day: Every charge for tokens is of one day; else calendar months are compared.
        by_model: The bill names models.
        by_direction: The bill tells input from output.
        billed: Whether there is a bill of tokens at all.
    """

    provider: str
    by_account: bool = False
    by_day: bool = True
    by_model: bool = True
    by_direction: bool = True
    billed: bool = True


@dataclass(frozen=True)
class View:
    """The telemetry that is taken, of several that tell of the same requests.

    Attributes:
        provider: Whose requests.
        account: SubAccountId; None for all together.
        sources: Sources of usage rows that count; more than one only where the settings name them.
        left_out: Source to its tokens: other views of the same requests.
    """

    provider: str
    account: str | None
    sources: tuple[str, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LeftOut:
    """Days whose bill is not complete.

    Attributes:
        provider: Whose bill.
        start: First of consecutive days.
        end: Day after the last.
        reason: Why.
    """

    provider: str
    start: dt.date
    end: dt.date
    reason: str


@dataclass(frozen=True)
class Ground:
    """All that is known before amounts are compared.

    Attributes:
        period: What is reconciled.
        bill_names: ServiceProviderName and x_ai_model_id as they stand in charges, with provider
            and model as they meet.
        usage_names: The same of usage: gen_ai_provider_name, request and response model.
        lanes: By provider.
        views: Of each provider and account.
        days: Bill-complete days by provider.
        left_out: The others, and why.
        meetings: By provider.
    """

    period: Period
    bill_names: tuple[tuple[str | None, str | None, str, str | None], ...]
    usage_names: tuple[tuple[str, str | None, str | None, str, str | None], ...]
    lanes: Mapping[str, Lane]
    views: tuple[View, ...]
    days: Mapping[str, frozenset[dt.date]]
    left_out: tuple[LeftOut, ...]
    meetings: Mapping[str, Meeting]


@dataclass
class Cell:
    """One amount of the bill against one of telemetry.

    Attributes:
        currency: Of the bill; of the prices where there is no bill.
        provider, account, day, model, direction, tier: The grain; None where the lane is coarser.
        sold_by_token: Whether the charges are for tokens; endpoints and machines are not.
        billed: BilledCost; None without charges.
        effective: EffectiveCost of the same charges.
        credits: BilledCost of those that are credits.
        billed_tokens: Tokens on the bill; None where a charge does not say.
        billed_1h: BilledCost of cache writes that the bill says are kept for an hour.
        priced: Priced cost of the telemetry; None without telemetry or where none has a price.
        tokens: Tokens of the telemetry.
        calls: Usage rows.
        unpriced: Usage rows without a price, and their tokens.
        failed: Priced cost of requests that failed, and their tokens.
        written_1h: Tokens of cache writes that telemetry says are kept for an hour.
        flags: Flags of the prices.
        status: See :data:`Status`.
        reason: Why it is not matched; a key of :data:`tagwright.reconcile.reasons.REASONS`.
        detail: The figures that prove it.
    """

    currency: str
    provider: str
    account: str | None
    day: dt.date
    model: str | None
    direction: str | None
    tier: str
    sold_by_token: bool
    billed: Decimal | None
    effective: Decimal | None
    credits: Decimal | None
    billed_tokens: Decimal | None
    billed_1h: Decimal | None
    priced: Decimal | None
    tokens: int | None
    calls: int | None
    unpriced: int | None
    unpriced_tokens: int | None
    failed: Decimal | None
    failed_tokens: int | None
    written_1h: int | None
    flags: str | None
    status: Status
    reason: str = ""
    detail: str = ""

    @property
    def factor(self) -> str | None:
        """Billed / priced; None where one of them lacks or the price is 0."""
        if self.billed is None or self.priced is None:
            return None
        return ratio_text(self.billed, self.priced)

    @property
    def explained(self) -> Decimal:
        """Billed, and the telemetry agrees."""
        return self._billed_if("matched")

    @property
    def residual(self) -> Decimal:
        """Billed, and the telemetry says another amount."""
        return self._billed_if("residual")

    @property
    def unmetered(self) -> Decimal:
        """Billed without telemetry."""
        return self._billed_if("unmetered")

    def _billed_if(self, status: Status) -> Decimal:
        return self.billed or ZERO if self.status == status else ZERO

    @property
    def unbilled(self) -> Decimal:
        """Priced without a bill; no part of what was billed."""
        return self.priced or ZERO if self.status == "unbilled" else ZERO

    def as_dict(self) -> dict[str, Any]:
        """The cell as JSON; amounts are decimal strings."""
        document: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("provider", "account", "model", "direction", "tier", "currency", "status")
        }
        document["day"] = self.day.isoformat()
        for name in ("billed", "priced", "billed_tokens"):
            value = getattr(self, name)
            document[name] = None if value is None else decimal_text(value)
        document |= {"tokens": self.tokens, "unpriced": self.unpriced or 0, "factor": self.factor}
        for name in ("explained", "residual", "unmetered", "unbilled"):
            document[name] = decimal_text(getattr(self, name))
        return document | {"reason": self.reason, "detail": self.detail}
