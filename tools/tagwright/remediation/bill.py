"""What the approver's own bill says of a plan's resources.

What a plan says of cost, team, environment and account is its proposer's word, and the digest only
proves that nobody changed it since. A limit must hold against more than the word of who wants the
approval, so where one depends on these, the bill in the approver's own home is asked.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.context import ToolContext
from tagwright.errors import SnapshotError
from tagwright.remediation.plan import SCOPES
from tagwright.remediation.policy import Touched, asks_bill, refusal

if TYPE_CHECKING:
    from tagwright.people import Principal
    from tagwright.remediation.plan import Plan
    from tagwright.remediation.store import PlanStore

__all__ = ["LAST", "VALID", "refusal_here"]

VALID = ("tag", "alias", "virtual")
"""How a charge came to a value of a taxonomy key that counts (``x_…_method``)."""

LAST = 'row("ChargePeriodStart", "x_file", "x_record")'
"""Orders charges so that the last one is the same each time: of one moment, too."""


def refusal_here(store: PlanStore, plan: Plan, who: Principal, now: dt.datetime) -> str:
    """Why this person may not approve this plan in this home; empty where they may.

    Where what they approve is limited by cost, team, environment or account, the plan must fit by
    its own word and by this home's bill.

    Args:
        store: Of the approver's home.
        plan: What would be approved.
        who: Who would.
        now: Aware UTC.
    """
    why = refusal(store.people, plan, who.id)
    if why or not asks_bill(store.people, who.id):
        return why
    try:
        # No scope: who sees a part still answers for the whole plan.
        with ToolContext(store.settings, who, now) as ctx:
            if ctx.taxonomy_changed:
                return (
                    f"what {who.id} approves is limited, and the taxonomy was changed after the "
                    "bill of this home was loaded (tagwright refresh)"
                )
            said = _billed(ctx, plan)
    except SnapshotError as error:
        return (
            f"what {who.id} approves is limited, and this home has no bill to hold the plan "
            f"against ({error.message.removesuffix('.')})"
        )
    return refusal(store.people, plan, who.id, said)


def _billed(ctx: ToolContext, plan: Plan) -> Touched:
    """What the bill says: cost of the last month with data, the scopes of the last charge."""
    period = ctx.period("last month")
    keys = [ctx.taxonomy.keys.get(name) for name in SCOPES]
    columns = "".join(
        f', arg_max_null("{key.column}", {LAST}), arg_max_null("{key.method_column}", {LAST})'
        if key
        else ", NULL, NULL"
        for key in keys
    )
    arns = list(dict.fromkeys(item.arn for item in plan.items))
    table = ctx.query(
        'SELECT "ResourceId", "BillingCurrency", COALESCE(sum("EffectiveCost") FILTER '
        '("ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2), 0), '
        f'list(DISTINCT "SubAccountId"){columns} '
        'FROM charges WHERE "ResourceId" IN (SELECT unnest($3)) GROUP BY ALL ORDER BY ALL',
        [_moment(period.start), _moment(period.end), arns],
    )
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    accounts = {item.account for item in plan.items}
    scopes = {
        key: {arn: {it.after for it in plan.items
                    if (it.arn, it.dimension) == (arn, key) and it.after} for arn in arns}
        for key in SCOPES
    }  # fmt: skip
    for arn, currency, cost, owners, *states in table.rows:
        amounts[str(currency)] += Decimal(cost)
        accounts |= {str(owner) for owner in owners if owner}
        for key, value, method in zip(SCOPES, states[::2], states[1::2], strict=True):
            if value and method in VALID:
                scopes[key][arn].add(str(value))
    known = {row[0] for row in table.rows}
    return Touched(
        frozenset(accounts),
        {key: {arn: frozenset(found) for arn, found in of.items()} for key, of in scopes.items()},
        amounts,
        len(set(arns) - known),
        f"by this home's bill of {period.label} ",
    )


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001  naive UTC in SQL
