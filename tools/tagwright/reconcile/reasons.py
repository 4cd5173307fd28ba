"""Why a cell is not matched: what the data proves, else ``unexplained``.

A reason is given where one change of the figures, and that alone, brings billed / priced into the
band, or where the tokens of both sides show it. None of them changes an amount: they say where to
look.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.money import EXACT, display_text, ratio_text
from tagwright.reconcile.model import ZERO, Cell, exact_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tagwright.config import Reconciliation
    from tagwright.reconcile.model import Ground

__all__ = ["REASONS", "give_reasons"]

REASONS: Mapping[str, str] = {
    "not-sold-by-token": "rented by the hour or unit, which telemetry of requests does not explain",
    "credit": "credits without usage of the same model, day and tier",
    "credits": "a credit lowers the bill; without it both agree",
    "free-tier": "tokens are on the bill at a price of 0",
    "currency": "the bill is in another currency than the prices; no rate is assumed",
    "not-priced": "no usage row has a price (a tier, batch or model the price table lacks)",
    "partly-priced": "the tokens agree, but some requests have no price",
    "retries": "without the requests that failed both agree: they are not billed",
    "cache-ttl": "the bill says cache writes for an hour, telemetry for five minutes",
    "batch": "both agree over all tiers: a batch on one side is none on the other",
    "tier": "both agree over all tiers: telemetry names another tier than the bill",
    "utc-boundary": "together with a neighbouring day both agree: requests about midnight UTC",
    "price-older": "the tokens agree, and so did the amounts until the bill's price changed",
    "region": "the tokens agree; the price table has no price for the region",
    "other-price": "the tokens agree, the price does not: a discount or price the table lacks",
    "part-of-requests": "the bill has more tokens: not all requests pass this telemetry",
    "more-than-billed": "telemetry has more tokens than the bill",
    "name": "the model's name does not meet one of the other side",
    "no-model": "the charge or request names no model",
    "no-telemetry": "no telemetry of that provider and account on that day",
    "no-bill": "no bill for tokens of that provider",
    "other-cell": "the other side has nothing for this model, day, direction and tier",
    "unexplained": "nothing in the data explains it",
}
"""Code to what it means; the order is that of the report."""

_HOUR_PREMIUM = Decimal("0.375")
"""Of a write for an hour, what five minutes would not have cost: 1 - 1.25 / 2 times the input price
(platform.claude.com/docs/en/build-with-claude/prompt-caching, "Pricing")."""


class _Band:
    """Whether two amounts agree."""

    def __init__(self, rules: Reconciliation) -> None:
        self._low, self._high = rules.low, rules.high

    def agree(self, one: Decimal | int | None, other: Decimal | int | None) -> bool:
        if one is None or other is None or other <= 0:
            return False
        low, high = (EXACT.multiply(Decimal(other), side) for side in (self._low, self._high))
        return low <= one <= high


def give_reasons(cells: Sequence[Cell], ground: Ground, rules: Reconciliation) -> None:
    """Set ``reason`` and ``detail`` of each cell that is not matched."""
    band = _Band(rules)
    for cell in cells:
        if cell.status == "residual":
            cell.reason, cell.detail = next(_of_residual(cell, band))
        elif cell.status in ("unmetered", "unbilled"):
            cell.reason, cell.detail = next(_of_one_side(cell, ground))
    _currencies(cells)
    # In that order: a tier's name is the nearer cause where a neighbouring day would fit as well.
    _tiers(cells, band)
    _neighbours(cells, ground, band)
    _older_prices(cells)
    _absent_telemetry(cells)


# --- one cell --------------------------------------------------------------------------------


def _of_residual(cell: Cell, band: _Band) -> Iterator[tuple[str, str]]:
    """Reasons that hold, the surest first."""
    billed, priced = cell.billed or ZERO, cell.priced
    if cell.unpriced == cell.calls or priced is None:
        yield "not-priced", f"{cell.calls:,} usage rows"
        return
    if cell.credits and band.agree(EXACT.subtract(billed, cell.credits), priced):
        yield "credits", f"credits of {display_text(cell.credits)}"
    if billed == (cell.credits or 0) and cell.billed_tokens:
        yield "free-tier", f"{cell.billed_tokens:,.0f} tokens"
    if cell.failed and band.agree(billed, EXACT.subtract(priced, cell.failed)):
        yield "retries", f"failed requests would cost {display_text(cell.failed)}"
    same = band.agree(cell.billed_tokens, cell.tokens)
    if cell.unpriced and same:
        yield "partly-priced", f"{cell.unpriced:,} of {cell.calls:,} usage rows have no price"
    if cell.billed_1h and not cell.written_1h:
        premium = EXACT.multiply(cell.billed_1h, _HOUR_PREMIUM)
        if band.agree(EXACT.subtract(billed, premium), priced):
            yield "cache-ttl", f"writes for an hour are billed at {display_text(cell.billed_1h)}"
    if same:
        code = "region" if "region-not-priced" in (cell.flags or "") else "other-price"
        yield code, f"factor {cell.factor}"
    elif cell.billed_tokens and cell.tokens:
        share = ratio_text(Decimal(cell.tokens), cell.billed_tokens, places=3)
        code = "part-of-requests" if cell.billed_tokens > cell.tokens else "more-than-billed"
        yield code, f"telemetry / billed tokens {share}"
    yield "unexplained", "" if cell.billed_tokens else "the bill does not say how many tokens"


def _of_one_side(cell: Cell, ground: Ground) -> Iterator[tuple[str, str]]:
    lane, meeting = ground.lanes[cell.provider], ground.meetings[cell.provider]
    billed = cell.status == "unmetered"
    if billed and not cell.sold_by_token:
        yield "not-sold-by-token", ""
    if billed and cell.billed == cell.credits and not cell.billed_tokens:
        yield "credit", ""
    if not billed and not lane.billed:
        yield "no-bill", ""
    if lane.by_model and cell.model is None:
        yield "no-model", ""
    if cell.model in (meeting.not_seen if billed else meeting.not_billed):
        near = meeting.ambiguous.get(cell.model or "", ())
        yield "name", f"may be {' or '.join(near)}" if near else ""
    yield "other-cell", ""


# --- several cells ---------------------------------------------------------------------------


def _groups(cells: Iterable[Cell], key: Callable[[Cell], tuple[object, ...]]) -> list[list[Cell]]:
    found: dict[tuple[object, ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.sold_by_token:
            found[key(cell)].append(cell)
    return list(found.values())


def _open(cells: Iterable[Cell]) -> bool:
    """Whether any of them has no better reason yet."""
    vague = ("other-cell", "unexplained", "part-of-requests", "more-than-billed", "not-priced",
             "other-price")  # fmt: skip
    return any(cell.reason in vague for cell in cells)


def _set(cells: Iterable[Cell], reason: str, detail: str) -> None:
    for cell in cells:
        if cell.status != "matched":
            cell.reason, cell.detail = reason, detail


def _currencies(cells: Sequence[Cell]) -> None:
    for group in _groups(
        cells, lambda c: (c.provider, c.account, c.day, c.model, c.direction, c.tier)
    ):
        one_sided = [cell for cell in group if cell.status in ("unmetered", "unbilled")]
        if {cell.status for cell in one_sided} == {"unmetered", "unbilled"}:
            names = " and ".join(sorted({cell.currency for cell in one_sided}))
            _set(one_sided, "currency", names)


def _tiers(cells: Sequence[Cell], band: _Band) -> None:
    for group in _groups(
        cells, lambda c: (c.currency, c.provider, c.account, c.day, c.model, c.direction)
    ):
        odd = [cell for cell in group if cell.status != "matched"]
        sides = {cell.status for cell in odd}
        if len(odd) < 2 or sides <= {"unmetered"} or sides <= {"unbilled"} or not _open(odd):
            continue
        told = all(cell.billed_tokens is not None for cell in odd if cell.billed is not None)
        tokens = band.agree(
            exact_sum(cell.billed_tokens for cell in odd), sum(cell.tokens or 0 for cell in odd)
        )
        batch = any(cell.tier == "batch" for cell in odd)
        tiers = ", ".join(sorted(cell.tier for cell in odd))
        if told and tokens:
            _set(odd, "batch" if batch else "tier", f"the same tokens over {tiers}")
        elif batch and not told and _half_price(odd, band):
            _set(odd, "batch", f"a batch at half the price explains {tiers}")


def _half_price(cells: Sequence[Cell], band: _Band) -> bool:
    """Whether both sides agree when a batch costs half, as at OpenAI, Anthropic and Bedrock."""

    def full(amounts: Iterable[tuple[Cell, Decimal | None]]) -> Decimal:
        return exact_sum(
            EXACT.multiply(amount or ZERO, Decimal(2 if cell.tier == "batch" else 1))
            for cell, amount in amounts
        )

    billed = full((cell, cell.billed) for cell in cells)
    return band.agree(billed, full((cell, cell.priced) for cell in cells))


def _neighbours(cells: Sequence[Cell], ground: Ground, band: _Band) -> None:
    for group in _groups(
        cells, lambda c: (c.currency, c.provider, c.account, c.model, c.direction, c.tier)
    ):
        if not ground.lanes[group[0].provider].by_day:
            continue
        days = {cell.day: cell for cell in group}
        done: set[dt.date] = set()
        for day in sorted(days):
            pair = [days[day], days.get(day + dt.timedelta(days=1))]
            if (
                pair[1] is None
                or day in done
                or any(c is None or c.status == "matched" for c in pair)
            ):
                continue
            both = [cell for cell in pair if cell is not None]
            if _open(both) and band.agree(
                exact_sum(cell.billed for cell in both), exact_sum(cell.priced for cell in both)
            ):
                _set(both, "utc-boundary", f"{both[0].day} with {both[1].day}")
                done.add(both[1].day)


def _older_prices(cells: Sequence[Cell]) -> None:
    """A price that changed on the bill: until a day all agreed, from then on only the tokens."""
    for group in _groups(
        cells, lambda c: (c.currency, c.provider, c.account, c.model, c.direction, c.tier)
    ):
        ordered = sorted(group, key=lambda cell: cell.day)
        states = [cell.status == "matched" for cell in ordered]
        if True not in states or states[-1]:
            continue
        first = len(states) - states[::-1].index(True)
        after = ordered[first:]
        if all(states[:first]) and all(cell.reason == "other-price" for cell in after):
            _set(after, "price-older", f"since {after[0].day}, factor {after[0].factor}")


def _absent_telemetry(cells: Sequence[Cell]) -> None:
    """Nothing was seen of a provider and account on a whole day."""
    for group in _groups(cells, lambda c: (c.provider, c.account, c.day)):
        if all(cell.status == "unmetered" for cell in group):
            _set(
                (cell for cell in group if cell.reason in ("other-cell", "name")),
                "no-telemetry",
                "",
            )
