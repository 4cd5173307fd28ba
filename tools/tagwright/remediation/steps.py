"""The applier's pure decisions: what drifted, what goes into one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tagwright.remediation.limits import MAX_TAGS
from tagwright.remediation.writers import calls_of, writer_name
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagwright.remediation.plan import Plan, PlanItem

__all__ = ["Batch", "batches", "by_place", "drift_of", "too_many_tags"]

T = TypeVar("T")
_MANAGED = "aws:cloudformation:stack-id"


def by_place(
    items: Sequence[PlanItem], chosen: Sequence[int]
) -> dict[tuple[str, str, str], list[int]]:
    """Positions of items by account, region and the API that writes their tags."""
    places: dict[tuple[str, str, str], list[int]] = {}
    for position in chosen:
        item = items[position]
        where = (item.account, item.region, writer_name(item.arn))
        places.setdefault(where, []).append(position)
    return places


def drift_of(item: PlanItem, tags: dict[str, str], *, ours: bool) -> tuple[str, str] | None:
    """What the live tags make of an item before it is written; None where it may be written.

    Args:
        item: What would be written.
        tags: Live tags of its resource.
        ours: A call whose outcome is not known may have written it.
    """
    now = tags.get(item.key)
    if now == item.after:
        return ("applied", "found written") if ours else ("already", "it was so before")
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
    """Resources that get the same tags, or lose the same keys, in one call.

    Attributes:
        tags: Key to value to write, at most 50; empty where keys are removed.
        keys: Keys to remove, at most 50.
        positions: ARN to the positions of its items; no more ARNs than the API takes.
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
    alike: dict[tuple[str, tuple[tuple[str, str | None], ...]], dict[str, list[int]]] = {}
    for (arn, _), positions in per_arn.items():
        for some in _parts(sorted(positions, key=lambda p: plan.items[p].key), MAX_TAGS):
            change = tuple((plan.items[p].key, plan.items[p].after) for p in some)
            alike.setdefault((writer_name(arn), change), {})[arn] = some
    for (writer, change), arns in alike.items():
        tags = {key: value for key, value in change if value is not None}
        keys = tuple(key for key, value in change if value is None)
        for names in _parts(list(arns), calls_of(writer)):
            yield Batch(tags, keys, {arn: arns[arn] for arn in names})


def _parts(of: list[T], most: int) -> Iterator[list[T]]:
    for start in range(0, len(of), most):
        yield of[start : start + most]


def _shown(value: str | None) -> str:
    return "absent" if value is None else repr(shorten(value, 40))
