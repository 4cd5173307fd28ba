"""Values that are the same, written differently; value lists; keys that nobody uses."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.suggestions.model import Proposal
from tagwright.suggestions.names import bare_name, is_own, loose, near, same_digits
from tagwright.suggestions.owners import share_text, shown
from tagwright.taxonomy.fold import fold_name, fold_value
from tagwright.text import counted

if TYPE_CHECKING:
    from tagwright.suggestions.owners import Known
    from tagwright.taxonomy import Key

__all__ = ["gaps", "lists", "spellings"]

_NEAR = 88
_DOMINATES = 5
_NEAR_LENGTH = 5
_FEW = 20
_NEARLY_ALL = Decimal("0.95")
_MUCH = Decimal("0.2")
_MOST_VALUES = 100
_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def spellings(known: Known) -> list[Proposal]:
    """Values of one key that fold alike (certain), or are near and one of them dominates."""
    found = []
    for name, key in known.taxonomy.keys.items():
        values = known.values[name]
        if key.layer == "unit" or len(values) > _MOST_VALUES:
            continue
        groups: dict[str, list[str]] = {}
        for value in sorted(values, key=lambda v: (-values[v], v)):
            groups.setdefault(_common(known, key, value), []).append(value)
        for group in groups.values():
            if len(group) > 1:
                main = next((v for v in group if v in key.values), group[0])
                others = [value for value in group if value != main and value not in key.values]
                if others:
                    found.append(_same(key, main, others, values, certain=True))
        found += _slips(key, [group[0] for group in groups.values()], values)
    return found


def _common(known: Known, key: Key, value: str) -> str:
    """What two spellings share: the common value's name where the shipped taxonomy knows it."""
    common = known.default.keys.get(key.name)
    listed = common.spellings.get(fold_value(value)) if common else None
    return loose(listed or value)


def _slips(key: Key, mains: list[str], values: dict[str, Decimal]) -> list[Proposal]:
    found = []
    for number, rare in enumerate(mains):
        for often in mains[:number]:
            one, other = loose(rare), loose(often)
            if (
                min(len(one), len(other)) >= _NEAR_LENGTH
                and values[often] >= _DOMINATES * values[rare]
                and same_digits(one, other)
                and near(one, other) >= _NEAR
                and rare not in key.values
            ):
                found.append(_same(key, often, [rare], values, certain=False))
                break
    return found


def _same(
    key: Key, main: str, others: list[str], values: dict[str, Decimal], *, certain: bool
) -> Proposal:
    whole = sum((values[value] for value in (main, *others)), Decimal(0))
    piece = {"values": {main: others}, **({"open": True} if key.open else {})}
    return Proposal(
        "spelling",
        key.name,
        f"{key.name}: {', '.join(map(shown, others))} "
        f"{'is' if len(others) == 1 else 'are'} {shown(main)}.",
        f"{shown(main)} has {share_text(values[main], whole)} of their cost",
        certain,
        {"keys": {key.name: piece}},
    )


def lists(known: Known) -> list[Proposal]:
    """Closed value lists, where few values hold nearly all of the cost; certain for workloads."""
    found = []
    for name, key in known.taxonomy.keys.items():
        values = known.values[name]
        whole = sum(values.values(), Decimal(0))
        if not key.open or key.layer == "unit" or len(values) < 2 or not whole:
            continue
        # What rules give must be valid, or the rules could not stand.
        spec = known.taxonomy.spec
        means = [rule.means for rule in spec.aliases] + [rule.means for rule in spec.virtual_tags]
        meant = {text for item in means if (text := key.normalise(item.get(name)))}
        listed: dict[str, list[str]] = {value: [] for value in sorted(meant - values.keys())}
        held = Decimal(0)
        for value in sorted(values, key=lambda v: (-values[v], v)):
            if held >= whole * _NEARLY_ALL and value not in (*key.values, *meant):
                continue
            listed[value] = []
            held += values[value]
        if len(listed) > _FEW or any("*" in value for value in listed):
            continue
        left = len(values.keys() - listed.keys())
        doubt = _doubt(known, key, values)
        examples = ", ".join(map(shown, list(listed)[:5])) + (", …" if len(listed) > 5 else "")
        found.append(
            Proposal(
                "values",
                name,
                f"{name}: {counted(len(listed), 'value')} ({examples}) could be a closed list; "
                "any other would be invalid.",
                f"they hold {share_text(held, whole)} of its cost"
                + (f"; {counted(left, 'other value')} would be invalid" if left else "")
                + (f"; {shown(doubt[0])} may be a slip for {shown(doubt[1])}" if doubt else ""),
                certain=key.layer == "workload" and not left and bool(key.values) and not doubt,
                change={"keys": {name: {"values": listed, "open": False}}},
            )
        )
    return found


def _doubt(known: Known, key: Key, values: dict[str, Decimal]) -> tuple[str, str] | None:
    """A value that is not listed yet and much like another, used or common: it may be a slip."""
    common = known.default.keys.get(key.name)
    others = dict.fromkeys([*values, *key.values, *(common.values if common else ())])
    for value in sorted(values.keys() - set(key.values), key=lambda v: (values[v], v)):
        one = loose(value)
        for other in others:
            two = loose(other)
            if one != two and same_digits(one, two) and near(one, two) >= _NEAR:
                return value, other
    return None


def gaps(known: Known, spoken: set[str]) -> list[Proposal]:
    """Required keys that no tag says, and much used tags that no key has; never certain."""
    found = [
        Proposal(
            "unused",
            name,
            f"No tag says {name}: perhaps it need not be required.",
            "no charge of the bill has a value of it",
            certain=False,
            change={"keys": {name: {"required": False}}},
        )
        for name in known.taxonomy.required
        if not known.values[name] and not known.taxonomy.spec.virtual_tags and name not in spoken
    ]
    for tag in known.seen.keys:
        name = "-".join(re.findall(r"[a-z0-9]+", bare_name(tag.raw).lower()))
        share = max(
            (cost / known.seen.taggable[c] for c, cost in tag.costs.items()
             if known.seen.taggable[c]),
            default=Decimal(0),
        )  # fmt: skip
        if (
            known.taxonomy.key_of_tag(tag.raw) is None
            and is_own(tag.raw)
            and tag.raw not in spoken
            and share >= _MUCH
            and 1 < tag.distinct <= _MOST_VALUES
            and _KEY.fullmatch(name)
            and fold_name(name) == fold_name(bare_name(tag.raw))
        ):
            found.append(
                Proposal(
                    "key",
                    name,
                    f"The tag {shown(tag.raw)} could be a key of its own.",
                    f"on {share_text(share, Decimal(1))} of the taggable cost, "
                    f"{counted(tag.distinct, 'value')}",
                    certain=False,
                    change={"keys": {name: {"layer": "business"}}},
                )
            )
    return found
