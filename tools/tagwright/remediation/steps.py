"""The applier's pure decisions: what drifted, what goes into one call, what a call achieved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.remediation.limits import MAX_ARNS, MAX_TAGS
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagwright.remediation.plan import Plan, PlanItem

__all__ = ["Batch", "batches", "by_place", "drift_of", "has_change", "too_many_tags"]

_MANAGED = "aws:cloudformation:stack-id"


def by_place(plan: Plan) -> dict[tuple[str, str], list[int]]:
    """Positions of the items by account and region."""
    places: dict[tuple[str, str], list[int]] = {}
    for position, item in enumerate(plan.items):
        places.setdefault((item.account, item.region), []).append(position)
    return places


def drift_of(
    item: PlanItem, attempts: int, live: dict[str, dict[str, str]]
) -> tuple[str, str] | None:
    """What the live tags make of an item before it is written; None where it may be written."""
    tags = live.get(item.arn, {})
    now = tags.get(item.key)
    if now == item.after:
        # After an attempt whose outcome was never recorded, this is our own write.
        return ("applied", "found written") if attempts else ("already", "it was so before")
    if now != item.before:
        return "drift", f"it is {_shown(now)} now, not {_shown(item.before)} as in the plan"
    if _MANAGED in tags:
        stack = shorten(tags[_MANAGED], 60)
        return "refused", f"managed by CloudFormation ({stack}): change the template instead"
    return None


def too_many_tags(
    plan: Plan, todo: Sequence[int], live: dict[str, dict[str, str]]
) -> dict[int, tuple[str, str]]:
    """Items whose resource would have more tags than AWS allows, with the reason."""
    added: dict[str, list[int]] = {}
    for position in todo:
        item = plan.items[position]
        if item.before is None and item.after is not None:
            added.setdefault(item.arn, []).append(position)
    refused: dict[int, tuple[str, str]] = {}
    for arn, positions in added.items():
        have = sum(not key.startswith("aws:") for key in live.get(arn, {}))
        if have + len(positions) > MAX_TAGS:
            why = f"it has {have} tags; AWS allows {MAX_TAGS}"
            refused.update(dict.fromkeys(positions, ("refused", why)))
    return refused


@dataclass(frozen=True)
class Batch:
    """At most 20 resources that get the same tags, or lose the same keys.

    Attributes:
        tags: Key to value to write; empty where keys are removed.
        keys: Keys to remove.
        positions: ARN to the positions of its items.
    """

    tags: dict[str, str]
    keys: tuple[str, ...]
    positions: dict[str, list[int]]


def batches(plan: Plan, todo: Sequence[int]) -> Iterator[Batch]:
    """The calls that make these changes."""
    per_arn: dict[tuple[str, bool], list[int]] = {}
    for position in todo:
        item = plan.items[position]
        per_arn.setdefault((item.arn, item.after is None), []).append(position)
    alike: dict[tuple[tuple[str, str | None], ...], dict[str, list[int]]] = {}
    for (arn, _), positions in per_arn.items():
        change = tuple(sorted((plan.items[p].key, plan.items[p].after) for p in positions))
        alike.setdefault(change, {})[arn] = positions
    for change, arns in alike.items():
        names = list(arns)
        for start in range(0, len(names), MAX_ARNS):
            chosen = {arn: arns[arn] for arn in names[start : start + MAX_ARNS]}
            tags = {key: value for key, value in change if value is not None}
            yield Batch(tags, tuple(key for key, value in change if value is None), chosen)


def has_change(tags: dict[str, str], batch: Batch) -> bool:
    """Whether the tags are as the batch makes them."""
    return all(tags.get(key) == value for key, value in batch.tags.items()) and not any(
        key in tags for key in batch.keys
    )


def _shown(value: str | None) -> str:
    return "absent" if value is None else repr(shorten(value, 40))
