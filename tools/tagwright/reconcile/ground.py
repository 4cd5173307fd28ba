"""What can be compared at all: names, grains, views of the same requests, complete days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tagwright.metrics.account_names import account_names, account_text
from tagwright.reconcile.cells import METERED
from tagwright.reconcile.model import Ground, Lane, LeftOut, View
from tagwright.reconcile.names import Meeting, meet, vendor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tagwright.config import Reconciliation
    from tagwright.context import ToolContext
    from tagwright.prices import PriceBook
    from tagwright.results import Period

__all__ = ["OWN_REPORTS", "survey"]

OWN_REPORTS = ("openai_usage", "anthropic_usage", "bedrock_logs")
"""Sources that are the provider's own account of all requests; preferred where tokens are equal."""

_TOKENS = (
    "COALESCE(input_uncached_tokens, 0) + COALESCE(cache_read_tokens, 0) + "
    "COALESCE(cache_write_tokens, 0) + COALESCE(cache_write_1h_tokens, 0) + "
    "COALESCE(output_tokens, 0)"
)
_BILLED = (
    'SELECT "ServiceProviderName", x_ai_model_id, '
    f"COUNT(*) FILTER ({METERED}), "
    f'COUNT("SubAccountId") FILTER ({METERED}), '
    f"COUNT(x_ai_token_direction) FILTER ({METERED}), "
    f'COUNT(*) FILTER ({METERED} AND "ChargePeriodEnd" > '
    'CAST("ChargePeriodStart" AS DATE) + INTERVAL 1 DAY) '
    "FROM charges WHERE x_ai_certainty = 'ai' "
    'AND "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2 GROUP BY 1, 2 ORDER BY 1, 2'
)
_USED = (
    "SELECT gen_ai_provider_name, gen_ai_request_model, gen_ai_response_model, x_source, "
    f'"SubAccountId", CAST(SUM({_TOKENS}) AS BIGINT) FROM usage '
    'WHERE "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2 '
    "GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
)
_PERIODS = (
    'WITH last AS (SELECT "BillingAccountId", CAST(MAX("ChargePeriodStart") AS DATE) AS day '
    "FROM charges GROUP BY 1) "
    'SELECT c."ServiceProviderName", c."BillingAccountId", '
    'CAST(c."BillingPeriodStart" AS DATE), CAST(c."BillingPeriodEnd" AS DATE), last.day, '
    'COUNT(c."InvoiceId") = COUNT(*), MAX(f.ingested_at) '
    'FROM charges AS c JOIN last USING ("BillingAccountId") '
    "LEFT JOIN files AS f ON f.id = c.x_file "
    f"WHERE c.x_ai_certainty = 'ai' AND {METERED} "
    "GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4"
)


def survey(ctx: ToolContext, period: Period, book: PriceBook) -> Ground:
    """What of the period's bill and telemetry can be compared, at which grain.

    Args:
        ctx: The call; its statements are recorded.
        period: Whole UTC days.
        book: Prices, for the user's aliases of models.

    Raises:
        SnapshotError: There is no data.
    """
    span = [period.start, period.end]
    billed, used = ctx.query(_BILLED, span).rows, ctx.query(_USED, span).rows
    months = ctx.query(_PERIODS).rows
    payers = account_names(ctx.snapshot, "billing_account_id", (str(row[1]) for row in months))
    months = [(row[0], account_text(str(row[1]), payers), *row[2:]) for row in months]
    rules = ctx.settings.reconciliation
    bill = {
        (raw, model): (vendor(raw), _billed_model(book, vendor(raw), model))
        for raw, model, *_ in billed
    }
    seen = {
        names: _used_model(book, *names) for names in dict.fromkeys(tuple(row[:3]) for row in used)
    }
    meetings = _meetings(bill, seen, {(row[0], row[1]) for row in billed if row[2]})
    providers = sorted({name for name, _ in (*bill.values(), *seen.values())})
    tokens = _tokens(used, seen, rules)
    lanes = {name: _lane(name, billed, bill, tokens) for name in providers}
    days, left_out = _days(period, lanes, months, rules.settle_days)
    return Ground(
        period=period,
        bill_names=tuple((*raw, *names) for raw, names in bill.items()),
        usage_names=tuple(
            (*raw, provider, meetings[provider].models.get(model or "", model))
            for raw, (provider, model) in seen.items()
        ),
        lanes=lanes,
        views=tuple(view for lane in lanes.values() for view in _views(lane, tokens, rules)),
        days=days,
        left_out=left_out,
        meetings=meetings,
    )


# --- names -----------------------------------------------------------------------------------


def _billed_model(book: PriceBook, provider: str, model: str | None) -> str | None:
    return None if model is None else book.identified(provider, model)[1]


def _used_model(
    book: PriceBook, provider: str, asked: str | None, answered: str | None
) -> tuple[str, str | None]:
    """Provider and model of usage: what answered, unless only what was asked for is known.

    An alias speaks of the deployment or profile that was asked for; it comes first.
    """
    for name in (asked, answered):
        if name is not None:
            found = book.identified(provider, name)
            if found != _plain(provider, name):
                return found
    name = answered if answered is not None else asked
    found = book.identified(provider, name)
    return found[0], found[1] or None


def _plain(provider: str, name: str) -> tuple[str, str]:
    from tagwright.prices import identify

    return identify(provider, name)


def _meetings(
    bill: Mapping[Any, tuple[str, str | None]],
    seen: Mapping[Any, tuple[str, str | None]],
    by_token: set[tuple[str | None, str | None]],
) -> dict[str, Meeting]:
    names: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for provider, model in seen.values():
        names[provider][0].update([model] if model else [])
    for raw, (provider, model) in bill.items():
        names[provider][1].update([model] if model and raw in by_token else [])
    return {provider: meet(*both) for provider, both in names.items()}


# --- grains and views ------------------------------------------------------------------------

_Tokens = dict[str, dict[str, dict[str | None, int]]]
"""Provider to source to account to tokens."""


def _tokens(
    used: Sequence[tuple[Any, ...]],
    seen: Mapping[tuple[Any, ...], tuple[str, str | None]],
    rules: Reconciliation,
) -> _Tokens:
    found: _Tokens = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for row in used:
        found[seen[tuple(row[:3])][0]][row[3]][row[4]] += int(row[5] or 0)
    for sources in found.values():
        # Named sources are taken together; where a provider has none of them, all are candidates.
        if named := set(rules.telemetry) & set(sources):
            for source in set(sources) - named:
                del sources[source]
    return found


def _lane(
    provider: str,
    billed: Sequence[tuple[Any, ...]],
    bill: Mapping[tuple[Any, ...], tuple[str, str | None]],
    tokens: _Tokens,
) -> Lane:
    rows = [row for row in billed if bill[row[0], row[1]][0] == provider and row[2]]
    if not rows:
        return Lane(provider, billed=False)
    accounts = {account for by in tokens[provider].values() for account in by}
    return Lane(
        provider,
        by_account=any(row[3] for row in rows) and bool(accounts - {None}),
        by_day=not any(row[5] for row in rows),
        by_model=any(row[1] is not None for row in rows),
        by_direction=any(row[4] for row in rows),
    )


def _views(lane: Lane, tokens: _Tokens, rules: Reconciliation) -> Iterable[View]:
    """One view of each account: the one with the most tokens, the provider's own if equal."""
    sources = tokens[lane.provider]
    # Where accounts are told apart, what names none is a view of all of them, and not of one.
    placed = {
        source: by
        for source, by in sources.items()
        if not lane.by_account or any(account is not None for account in by)
    }
    homeless = {source: sum(by.values()) for source, by in sources.items() if source not in placed}
    by_account: dict[str | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for source, by in placed.items():
        for account, count in by.items():
            by_account[account if lane.by_account else None][source] += count
    for account, counts in sorted(by_account.items(), key=lambda item: item[0] or ""):
        ranked = sorted(counts, key=lambda name: (-counts[name], name not in OWN_REPORTS, name))
        taken = [name for name in ranked if name in rules.telemetry] or ranked[:1]
        others = {name: counts[name] for name in ranked if name not in taken}
        yield View(lane.provider, account, tuple(taken), {**others, **homeless})


# --- complete days ---------------------------------------------------------------------------


def _days(
    period: Period, lanes: Mapping[str, Lane], months: Sequence[tuple[Any, ...]], settle: int
) -> tuple[dict[str, frozenset[dt.date]], tuple[LeftOut, ...]]:
    whole = [period.start + dt.timedelta(days=n) for n in range((period.end - period.start).days)]
    days: dict[str, frozenset[dt.date]] = {}
    left: list[LeftOut] = []
    for provider, lane in lanes.items():
        rows = [row[1:] for row in months if vendor(row[0]) == provider]
        why = {day: _why_not(day, rows, settle) if lane.billed else "" for day in whole}
        if not lane.by_day:
            why |= _months_not_whole(period, why)
        days[provider] = frozenset(day for day, reason in why.items() if not reason)
        for reason, group in groupby(whole, key=lambda day, why=why: why[day]):  # type: ignore[misc]
            run = list(group)
            if reason:
                left.append(LeftOut(provider, run[0], run[-1] + dt.timedelta(days=1), reason))
    return days, tuple(left)


def _why_not(day: dt.date, rows: Sequence[tuple[Any, ...]], settle: int) -> str:
    """Why the bill of a day is not complete; empty where it is.

    A day is complete in a billing period that is closed (every AI charge for tokens has its
    invoice, or the export was loaded at least ``settle`` days after the period's end), or at least
    ``settle`` days before the account's last charge.
    """
    late = dt.timedelta(days=settle)
    found = False
    for account, start, end, last, invoiced, loaded in rows:
        if not start <= day < end:
            continue
        found = True
        closed = invoiced or (loaded is not None and loaded.date() >= end + late)
        if not closed and day + late > last:
            return (
                f"billing period {start:%Y-%m} of {account} is not closed, and its last charge "
                f"({last}) is less than {settle} days later"
            )
    return "" if found else "no charge for tokens in that billing period"


def _months_not_whole(period: Period, why: Mapping[dt.date, str]) -> dict[dt.date, str]:
    """Days of calendar months that are compared as a whole and are not whole here."""
    changed: dict[dt.date, str] = {}
    for _, group in groupby(sorted(why), key=lambda day: (day.year, day.month)):
        run = list(group)
        following = (run[0].replace(day=1) + dt.timedelta(days=31)).replace(day=1)
        if run[0].day != 1 or run[-1] + dt.timedelta(days=1) != following:
            reason = f"it is billed by the month, and {period.label} holds not all of it"
        else:
            reason = next((why[day] for day in run if why[day]), "")
        if reason:
            changed |= dict.fromkeys(run, reason)
    return changed
