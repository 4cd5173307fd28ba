"""Values of one tag that always go along with one value of another: perhaps one means the other."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tagwright.suggestions.model import Proposal
from tagwright.suggestions.names import bare_name, is_own, loose
from tagwright.suggestions.owners import share_text, shown
from tagwright.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.suggestions.model import Pair
    from tagwright.suggestions.owners import Known

__all__ = ["companions", "comparable"]

_ALWAYS = Decimal("0.95")
_LIFT = Decimal("1.5")
_RESOURCES = 3
_SURE_RESOURCES = 5
_DISTINCT = 100
_MOST = 20


class _Fit(NamedTuple):
    """A value and what it goes along with."""

    value: str
    means: str
    weight: Decimal
    share: Decimal
    certain: bool
    resources: int


def comparable(known: Known) -> list[str]:
    """Raw tags with few enough values to compare."""
    return [tag.raw for tag in known.seen.keys if is_own(tag.raw) and 1 < tag.distinct <= _DISTINCT]


def companions(known: Known, beside: Iterable[Pair]) -> list[Proposal]:
    """Aliases: certain only where two values stand for each other, always, on enough resources."""
    sums: defaultdict[tuple[str, str], defaultdict[tuple[str, str], list[Decimal]]]
    sums = defaultdict(lambda: defaultdict(lambda: [Decimal(0), Decimal(0)]))
    for pair in beside:
        own = known.taxonomy.key_of_tag(pair.other_tag)
        key = known.taxonomy.keys[own[0]] if own else None
        if key is None or key.layer != "business":
            continue
        mine = known.taxonomy.key_of_tag(pair.tag)
        if mine is not None and (mine[0] != key.name or (own and mine[1] < own[1])):
            continue  # it has a meaning of its own, or is what the other one is read after
        means = key.normalise(pair.other_value)
        if means is not None:
            entry = sums[pair.tag, key.name][pair.value, means]
            entry[0] += pair.weight
            entry[1] += pair.resources
    found = []
    for (tag, name), entries in sums.items():
        fits = _fits(known, tag, entries)
        found += [
            _proposal(tag, name, some, certain=certain)
            for certain in (True, False)
            if (some := [fit for fit in fits if fit.certain is certain])
        ]
    found.sort(key=lambda item: item[0], reverse=True)
    return [proposal for _, proposal in found[:_MOST]]


def _fits(known: Known, tag: str, entries: dict[tuple[str, str], list[Decimal]]) -> list[_Fit]:
    same_key = known.taxonomy.key_of_tag(tag) is not None
    seen = next(item for item in known.seen.keys if item.raw == tag)
    alone = {value.text: value.weight for value in seen.values}
    by_value: defaultdict[str, Decimal] = defaultdict(Decimal)
    by_meaning: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (value, means), (weight, _) in entries.items():
        by_value[value] += weight
        by_meaning[means] += weight
    whole = sum(by_value.values(), Decimal(0))
    found = []
    for (value, means), (weight, resources) in entries.items():
        both = by_value[value]
        if not both or weight < both * _ALWAYS or resources < _RESOURCES or "*" in value:
            continue
        if weight / both < _LIFT * by_meaning[means] / whole:
            continue  # nearly everything goes along with it
        if loose(value) == loose(means) and same_key:
            continue
        if not same_key and alone.get(value, both) <= both:
            continue  # wherever it stands the key has its value already
        mutual = weight >= by_meaning[means] * _ALWAYS
        certain = mutual and weight == both and resources >= _SURE_RESOURCES
        share = weight / both
        found.append(_Fit(value, means, weight, share, certain, int(resources)))
    return sorted(found, key=lambda fit: (-fit.weight, fit.value))


def _proposal(tag: str, name: str, fits: list[_Fit], *, certain: bool) -> tuple[Decimal, Proposal]:
    weight = sum((fit.weight for fit in fits), Decimal(0))
    least = min(fit.share for fit in fits)
    examples = ", ".join(
        f"{shown(f'{bare_name(tag)}:{fit.value}')} is {shown(f'{name}:{fit.means}')}"
        for fit in fits[:3]
    )
    return weight, Proposal(
        "alias",
        name,
        f"{counted(len(fits), 'value')} of the tag {shown(tag)} "
        f"{'goes' if len(fits) == 1 else 'go'} along with one {name} each: {examples}.",
        f"on at least {share_text(least, Decimal(1))} of the cost that has both, "
        f"{counted(sum(fit.resources for fit in fits), 'resource')}",
        certain,
        {
            "aliases": [
                {
                    "any_of": [{"tag": bare_name(tag), "value": fit.value}],
                    "means": {name: fit.means},
                }
                for fit in fits
            ]
        },
    )
