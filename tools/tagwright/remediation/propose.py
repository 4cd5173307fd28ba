"""From the bill to a plan: which resources lack a valid value, what it should be, and why."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.metrics.account_names import account_names, account_text
from tagwright.money import decimal_text, ratio_text
from tagwright.people import load_people
from tagwright.remediation.bill import LAST, VALID
from tagwright.remediation.evidence import Neighbourhood, Resource, physical_tag, suggest
from tagwright.remediation.limits import fault_of_item
from tagwright.remediation.plan import SCOPES, Plan, PlanItem, new_plan_id
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tagwright.context import ToolContext
    from tagwright.results import Period
    from tagwright.taxonomy import Key

__all__ = ["Proposal", "propose"]

_QUESTIONS = 10
_GONE = dt.timedelta(days=7)


@dataclass
class Proposal:
    """What was found.

    Attributes:
        plan: Not stored yet; None where nothing can be proposed.
        questions: What only a human knows, the most expensive first.
        notes: What was left out, and why.
    """

    plan: Plan | None
    questions: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Charged:
    resource: Resource
    effective: Decimal
    currency: str
    provider: str
    taggable: bool
    alive: bool


def propose(
    ctx: ToolContext,
    keys: Sequence[Key],
    period: Period,
    *,
    only: Collection[str] | None = None,
    min_confidence: int = 70,
    limit: int = 50,
) -> Proposal:
    """Suggest tags for AWS resources that lack a valid value of ``keys``. Writes nothing.

    Args:
        ctx: The call; what is asked of the data is recorded for the receipt.
        keys: Taxonomy keys to fill.
        period: Whose charges count.
        only: ResourceIds to look at; None for all. The others still serve as evidence.
        min_confidence: Below it a question is asked instead.
        limit: Most changes in the plan; the most expensive resources come first.
    """
    charged = _resources(ctx, period)
    around = Neighbourhood(ctx.taxonomy, (item.resource for item in charged))
    spellings = {key.name: _spellings(key, ctx, charged) for key in keys}
    found: list[PlanItem] = []
    questions: list[dict[str, Any]] = []
    left_out: Counter[str] = Counter()
    for item in charged:
        resource = item.resource
        lacking = [key for key in keys if key.name not in resource.values]
        if not lacking or not item.taggable or (only is not None and resource.arn not in only):
            continue
        if not resource.arn.startswith("arn:aws"):
            left_out[f"of {clean(item.provider)}: only AWS tags can be written so far"] += 1
            continue
        if not item.alive:
            left_out["without a charge in the last week: probably gone"] += 1
            continue
        for key in lacking:
            said = suggest(key, resource, around)
            if said is None or said.confidence < min_confidence:
                guess = f"perhaps {clean(said.value)} ({said.confidence}%)" if said else ""
                questions.append(_question(key, item, guess))
                continue
            name, before = physical_tag(key, resource, ctx.taxonomy, spellings[key.name])
            change = PlanItem(
                arn=resource.arn,
                account=resource.account,
                region=resource.region,
                key=name,
                before=before,
                after=said.value,
                confidence=said.confidence,
                evidence=said.evidence,
                effective_cost=decimal_text(item.effective),
                currency=item.currency,
                dimension=key.name,
            )
            if fault := fault_of_item(change):
                left_out[fault if len(fault) < 90 else shorten(fault, 90)] += 1
            else:
                found.append(change)
    notes = [f"Left out: {count} {why}." for why, count in left_out.most_common(4)]
    if len(found) > limit:
        notes.append(f"{len(found)} changes were found; the plan holds the first {limit}.")
    chosen = found[:limit]
    if not chosen:
        return Proposal(None, questions[:_QUESTIONS], notes)
    expected = {
        **_expected(ctx, keys, period, chosen),
        "names": _names(charged, chosen),
        "scopes": _scopes(charged, chosen),
        "account_names": account_names(
            ctx.snapshot, "sub_account_id", (change.account for change in chosen)
        ),
    }
    resources = len({change.arn for change in chosen})
    plan = Plan(
        id=new_plan_id(ctx.now),
        proposed_by=ctx.principal.id,
        created_at=ctx.now,
        expires_at=ctx.now + dt.timedelta(hours=ctx.settings.approval.expires_hours),
        reason=(
            f"Give {resources} AWS resource{'s' if resources > 1 else ''} a valid "
            f"{', '.join(dict.fromkeys(change.dimension for change in chosen))}."
        ),
        items=tuple(chosen),
        expected=expected,
        one_person=load_people(ctx.settings).one_person,
    )
    return Proposal(plan, questions[:_QUESTIONS], notes)


def _spellings(key: Key, ctx: ToolContext, charged: Sequence[_Charged]) -> list[str]:
    """Resource tags that hold the key's values as they are, as the company writes them.

    The most used first, then by the taxonomy's precedence. A name that only an alias translates
    (project for product) is not copied on.
    """
    counted: Counter[tuple[int, str]] = Counter()
    for item in charged:
        tags, value = item.resource.tags, item.resource.values.get(key.name)
        for candidate in ctx.taxonomy.candidates(key.name, tags):
            if candidate.distance == 0 and value and key.normalise(tags[candidate.raw]) == value:
                counted[candidate.position, candidate.raw] += 1
    ranked = sorted(counted.items(), key=lambda found: (-found[1], found[0]))
    return [raw for (_, raw), _ in ranked]


def _question(key: Key, item: _Charged, guess: str) -> dict[str, Any]:
    asked = f"Which {key.name} does {shorten(item.resource.name, 40)} belong to?"
    return {
        "key": key.name,
        "resource_id": clean(item.resource.arn),
        "question": f"{asked} {guess}".strip(),
        "effective_cost": decimal_text(item.effective),
        "currency": item.currency,
        "owner": clean(key.owner),
    }


def _resources(ctx: ToolContext, period: Period) -> list[_Charged]:
    """Every resource charged in the period, the most expensive first, with its history.

    ``arg_max_null`` is the state of the last charge; ``arg_max`` the last value there was at all.
    """
    keys = list(ctx.taxonomy.keys.values())
    columns = ", ".join(
        f'arg_max_null("{key.column}", {LAST}), '
        f'arg_max_null("{key.method_column}", {LAST}), '
        f'arg_max("{key.column}", {LAST})'
        for key in keys
    )
    table = ctx.query(
        'SELECT "ResourceId", "BillingCurrency", '
        'COALESCE(sum("EffectiveCost") FILTER ("ChargePeriodStart" >= $1), 0) AS effective, '
        'min("ResourceName"), min("SubAccountId"), min("RegionId"), '
        'min("ServiceName"), min("ServiceProviderName"), '
        'bool_or("x_taggable"), count(*) FILTER ("ChargePeriodStart" >= $1), '
        'max("ChargePeriodEnd"), '
        f'arg_max_null("Tags", {LAST}), {columns} FROM charges '
        """WHERE "ResourceId" <> '' AND "ChargePeriodStart" < $2 """
        'GROUP BY "ResourceId", "BillingCurrency" '
        'ORDER BY effective DESC, "ResourceId", "BillingCurrency"',
        [_moment(period.start), _moment(period.end)],
    )
    end = ctx.anchor.data_end or period.end
    accounts = {str(row[4] or _part(str(row[0]), 4)) for row in table.rows}
    names = account_names(ctx.snapshot, "sub_account_id", accounts)
    found: dict[str, _Charged] = {}
    for row in table.rows:
        arn, currency, effective, name, account, region, service, provider, taggable, n = row[:10]
        if not n or arn in found:
            continue
        last, tags = row[10], {str(k): str(v) for k, v in (row[11] or {}).items() if v is not None}
        states = {key.name: row[12 + 3 * index : 15 + 3 * index] for index, key in enumerate(keys)}
        resource = Resource(
            arn=str(arn),
            name=str(name or _tail(str(arn))),
            account=str(account or _part(str(arn), 4)),
            account_text=account_text(str(account or _part(str(arn), 4)), names),
            region=_part(str(arn), 3) or str(region or ""),
            service=str(service or ""),
            tags=tags,
            values={k: v for k, (v, method, _) in states.items() if v and method in VALID},
            written=_written(ctx, tags, [k for k, s in states.items() if s[1] == "invalid"]),
            earlier={k: old for k, (v, _, old) in states.items() if old and not v},
        )
        found[resource.arn] = _Charged(
            resource,
            Decimal(effective),
            str(currency),
            str(provider or ""),
            bool(taggable),
            last is not None and last >= _moment(min(period.end, end)) - _GONE,
        )
    return list(found.values())


def _written(ctx: ToolContext, tags: dict[str, str], invalid: list[str]) -> dict[str, str]:
    out = {}
    for key in invalid:
        for candidate in ctx.taxonomy.candidates(key, tags):
            if tags[candidate.raw].strip():
                out[key] = tags[candidate.raw]
                break
    return out


def _names(charged: Sequence[_Charged], chosen: Sequence[PlanItem]) -> dict[str, str]:
    """ARN to the name that the bill knows the resource by, where the ARN does not end in it."""
    touched = {change.arn for change in chosen}
    return {
        item.resource.arn: item.resource.name
        for item in charged
        if item.resource.arn in touched and item.resource.name != _tail(item.resource.arn)
    }


def _scopes(charged: Sequence[_Charged], chosen: Sequence[PlanItem]) -> dict[str, dict[str, str]]:
    """ARN to the team and environment it has now: what an approver's limits are held against."""
    touched = {change.arn for change in chosen}
    return {
        item.resource.arn: known
        for item in charged
        if item.resource.arn in touched
        and (known := {k: v for k, v in item.resource.values.items() if k in SCOPES})
    }


def _expected(
    ctx: ToolContext, keys: Sequence[Key], period: Period, chosen: Sequence[PlanItem]
) -> dict[str, Any]:
    """Coverage per key and currency before and after, as shares of taggable effective cost."""
    sums = ", ".join(
        f'COALESCE(sum("EffectiveCost") FILTER ("{key.method_column}" IN '
        "('tag', 'alias', 'virtual')), 0)"
        for key in keys
    )
    table = ctx.query(
        f'SELECT "BillingCurrency", COALESCE(sum("EffectiveCost"), 0), {sums} FROM charges '
        'WHERE "x_taggable" AND "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2 '
        'GROUP BY "BillingCurrency" ORDER BY "BillingCurrency"',
        [_moment(period.start), _moment(period.end)],
    )
    coverage = []
    for currency, taggable, *covered in table.rows:
        for key, before in zip(keys, covered, strict=True):
            gained = sum(
                (
                    Decimal(item.effective_cost)
                    for item in chosen
                    if item.dimension == key.name and item.currency == currency
                ),
                Decimal(0),
            )
            coverage.append(
                {
                    "key": key.name,
                    "currency": str(currency),
                    "taggable": decimal_text(Decimal(taggable)),
                    "before": ratio_text(Decimal(before), Decimal(taggable)),
                    "after": ratio_text(Decimal(before) + gained, Decimal(taggable)),
                    "gained": decimal_text(gained),
                }
            )
    return {"period": period.label, "coverage": coverage}


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001  naive UTC in SQL


def _part(arn: str, index: int) -> str:
    parts = arn.split(":", 5)
    return parts[index] if len(parts) == 6 else ""


def _tail(arn: str) -> str:
    return arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
