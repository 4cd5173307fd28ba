"""What speaks for a value: signals from the bill itself, each in a line that a human can check.

A signal has a weight from 0 to 1, our judgement of how often such a sign is right. Signs for one
value are combined as independent ones, ``1 - prod(1 - w)``; a rival value takes ``0.7`` of its own
strength off. The result is at most 0.97: a bill never proves whose resource it is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tagwright.taxonomy.fold import PREFIXES, fold_value
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tagwright.taxonomy import Key, Taxonomy

__all__ = ["Neighbourhood", "Resource", "Suggestion", "physical_tag", "suggest"]

_CAP = 0.97
_RIVAL = 0.7
_WEIGHTS = {
    "history": 0.90, "spelling": 0.90, "siblings": 0.80, "name": 0.72, "account": 0.55,
}  # fmt: skip
_SIMILAR = 84
_IMPLYING = ("business", "unit")


@dataclass(frozen=True)
class Resource:
    """A resource as the bill shows it.

    Attributes:
        arn: Its id.
        name: ResourceName, or the last part of the id.
        account: SubAccountId.
        region: RegionId.
        service: ServiceName.
        tags: Raw tags of its last charge.
        values: Taxonomy key to canonical value, where valid.
        written: Taxonomy key to values that are written but not valid.
        earlier: Taxonomy key to the valid value it had before the period.
        account_text: The account as people read it; empty: its id.
    """

    arn: str
    name: str
    account: str
    region: str
    service: str
    tags: Mapping[str, str]
    values: Mapping[str, str]
    written: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, str] = field(default_factory=dict)
    account_text: str = ""

    @property
    def family(self) -> str:
        """The name without its running number: what one deployment has in common."""
        return re.sub(r"[-_.]?(?:\d+|[0-9a-f]{8,})$", "", self.name.casefold())


@dataclass(frozen=True)
class Suggestion:
    """A value and why.

    Attributes:
        value: Canonical, valid.
        confidence: 0 to 97.
        evidence: Lines for and against.
    """

    value: str
    confidence: int
    evidence: tuple[str, ...]


class Neighbourhood:
    """What the tagged resources say: values by account, by family, and what implies what."""

    def __init__(self, taxonomy: Taxonomy, resources: Iterable[Resource]) -> None:
        self.taxonomy = taxonomy
        self.by_account: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.by_family: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        self.implied: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        self.known: dict[str, Counter[str]] = defaultdict(Counter)
        for resource in resources:
            self._count(resource)
        self._words = {name: self._words_of(key) for name, key in taxonomy.keys.items()}

    def _count(self, resource: Resource) -> None:
        for key, value in resource.values.items():
            self.known[key][value] += 1
            self.by_account[resource.account, key][value] += 1
            if resource.family:
                self.by_family[resource.account, resource.family, key][value] += 1
            for other, said in resource.values.items():
                if other != key and self.taxonomy.keys[other].layer in _IMPLYING:
                    self.implied[other, said, key][value] += 1

    def _words_of(self, key: Key) -> dict[str, str]:
        """Folded word to the canonical value it stands for; short and numeric words say nothing."""
        words = dict(key.spellings)
        words.update({fold_value(value): value for value in self.known[key.name]})
        return {
            word: value for word, value in words.items() if len(word) > 2 and not word.isdigit()
        }

    def words(self, key: str) -> dict[str, str]:
        """See :meth:`_words_of`."""
        return self._words[key]


def suggest(key: Key, resource: Resource, around: Neighbourhood) -> Suggestion | None:
    """The likeliest value of ``key`` for a resource that lacks a valid one; None without a sign."""
    signs: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for value, weight, line in _signs(key, resource, around):
        signs[value].append((weight, line))
    strength = {value: _together(weight for weight, _ in found) for value, found in signs.items()}
    ranked = sorted(strength, key=lambda value: (-strength[value], value))
    if not ranked:
        return None
    best = ranked[0]
    total = strength[best]
    lines = [line for _, line in sorted(signs[best], key=lambda item: -item[0])]
    for rival in ranked[1:3]:
        total *= 1 - _RIVAL * strength[rival]
        lines += [f"against: {line}" for _, line in signs[rival]][:1]
    return Suggestion(best, round(100 * min(total, _CAP)), tuple(lines[:5]))


def _together(weights: Iterable[float]) -> float:
    against = 1.0
    for weight in weights:
        against *= 1 - weight
    return 1 - against


def _signs(key: Key, resource: Resource, around: Neighbourhood) -> Iterable[tuple[str, float, str]]:
    """Value, weight and line of each sign."""
    if earlier := resource.earlier.get(key.name):
        yield earlier, _WEIGHTS["history"], f"it had {key.name} {clean(earlier)} before"
    yield from _spelling(key, resource, around)
    yield from _name(key, resource, around)
    family = around.by_family.get((resource.account, resource.family, key.name), Counter())
    if found := _unanimous(family, least=1, share=0.95):
        value, count, total = found
        weight = _WEIGHTS["siblings"] if total > 1 else 0.6
        yield value, weight, f"{count} of {total} called {shorten(resource.family, 40)} have it"
    for other, said in resource.values.items():
        counted = around.implied.get((other, said, key.name), Counter())
        if found := _unanimous(counted, least=2, share=0.8):
            value, count, total = found
            weight = 0.95 * (count / total) * min(1.0, 0.7 + 0.1 * total)
            line = f"{count} of {total} resources of {other} {clean(said)} have it"
            yield value, weight, line
    account = around.by_account.get((resource.account, key.name), Counter())
    if found := _unanimous(account, least=4, share=0.9):
        value, count, total = found
        whose = resource.account_text or clean(resource.account)
        line = f"{count} of {total} tagged resources of account {whose} have it"
        yield value, _WEIGHTS["account"], line


def _unanimous(counted: Counter[str], *, least: int, share: float) -> tuple[str, int, int] | None:
    """The value that nearly all have: value, count, of how many."""
    total = sum(counted.values())
    if total < least:
        return None
    value, count = min(counted.items(), key=lambda item: (-item[1], item[0]))
    return (value, count, total) if count / total >= share else None


def _spelling(
    key: Key, resource: Resource, around: Neighbourhood
) -> Iterable[tuple[str, float, str]]:
    """A value is written, but is not valid: which valid one is it like?"""
    written = resource.written.get(key.name)
    if not written:
        return
    from rapidfuzz import fuzz, process

    words = around.words(key.name)
    found = process.extract(fold_value(written), list(words), scorer=fuzz.ratio, limit=4)
    close = [(words[word], score) for word, score, _ in found if score >= _SIMILAR]
    if close and len({value for value, _ in close}) == 1:
        value, score = close[0]
        line = f"{key.name} is written {shorten(written, 40)!r}, most like {clean(value)!r}"
        yield value, _WEIGHTS["spelling"] * score / 100, line


def _name(key: Key, resource: Resource, around: Neighbourhood) -> Iterable[tuple[str, float, str]]:
    """A known value stands as a word (or words) in the resource's name."""
    name = f"-{re.sub(r'[^a-z0-9]+', '-', resource.name.casefold())}-"
    hits: dict[str, str] = {}
    for word, value in around.words(key.name).items():
        plain = re.sub(r"[^a-z0-9]+", "-", word).strip("-")
        if plain and f"-{plain}-" in name and len(plain) > len(hits.get(value, "")):
            hits[value] = plain
    # A longer word that holds a shorter one is the one that is meant.
    for value, word in hits.items():
        if any(word != other and word in other for other in hits.values()):
            continue
        line = f"its name {shorten(resource.name, 40)!r} holds {word!r}"
        yield value, _WEIGHTS["name"], line


def physical_tag(
    key: Key, resource: Resource, taxonomy: Taxonomy, common: Sequence[str]
) -> tuple[str, str | None]:
    """Which tag to write, as it is spelt on the resource, and what it says now.

    The resource's own tag of that key if it has one, else the spelling most used in the bill,
    else the key's own name.
    """
    own = [c for c in taxonomy.candidates(key.name, resource.tags) if c.distance == 0]
    if own:
        return _without_prefix(own[0].raw), resource.tags[own[0].raw]
    spelt = _without_prefix(common[0]) if common else key.tag_names[0]
    return spelt, None


def _without_prefix(raw: str) -> str:
    """The name as it stands on the resource: exports write ``user:`` and the like before it."""
    lowered = raw.casefold()
    for prefix, distance in sorted(PREFIXES, key=lambda item: -len(item[0])):
        if prefix and distance == 0 and lowered.startswith(prefix):
            return raw[len(prefix) :]
    return raw
