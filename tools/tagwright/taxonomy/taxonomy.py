"""A taxonomy ready for use: keys, and which key each raw tag belongs to."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING

from tagwright.errors import ConfigError, MisuseError, UnknownNameError
from tagwright.taxonomy.fold import Pattern, fold_name, fold_value, strip_prefix
from tagwright.taxonomy.keys import Candidate, Key

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from tagwright.taxonomy.model import KeySpec, Matcher, TaxonomySpec

__all__ = ["Taxonomy"]

_RULES = 1
"""Raised when the meaning of a taxonomy changes, so that snapshots know they are out of date."""


class Taxonomy:
    """The taxonomy; build with :func:`tagwright.taxonomy.load_taxonomy`.

    Precedence for a key: its own tags in order (nearest to the resource, then order of
    ``tag_names``, then name), each first translated by the first live alias that renames it, the
    first that gives a value wins; then the first live alias that another tag fits; then the first
    live virtual tag; then, if any of its own tags had a value, ``invalid``.

    Attributes:
        spec: The validated file.
        source: Where it was read from, for messages.
        keys: Key name to :class:`Key`, in the file's order.
        required: Names of required keys.
    """

    def __init__(self, spec: TaxonomySpec, source: str = "taxonomy") -> None:
        self.spec = spec
        self.source = source
        placeholders = frozenset(fold_value(value) for value in spec.placeholders)
        self.keys = {name: _key(name, item, placeholders) for name, item in spec.keys.items()}
        self.required = tuple(name for name, key in self.keys.items() if key.required)
        self._names = self._index_names()
        self._check_references()

    @cached_property
    def digest(self) -> str:
        """Hash of everything that decides promoted columns; changes when a refresh is due."""
        document = json.dumps(
            [_RULES, list(self.keys), self.spec.model_dump(mode="json")], sort_keys=True
        )
        return hashlib.sha256(document.encode()).hexdigest()

    def key(self, name: str) -> Key:
        """The key of that name or physical tag name.

        Raises:
            UnknownNameError: There is none; names the nearest.
        """
        if name in self.keys:
            return self.keys[name]
        if found := self._names.get(fold_name(name)):
            return self.keys[found[0]]
        from tagwright.registry import nearest

        raise UnknownNameError("taxonomy key", name, nearest(name, list(self.keys)))

    def wanted(self, names: Iterable[str] = ()) -> list[Key]:
        """The keys of those names, each once; of none, the required ones.

        Raises:
            UnknownNameError: A name nobody knows.
            MisuseError: None is named, and none is required.
        """
        found = [self.key(name) for name in names] or [self.keys[name] for name in self.required]
        if not found:
            raise MisuseError(
                "No taxonomy key is required.", hint=f"Name some of {', '.join(self.keys)}."
            )
        return list({key.name: key for key in found}.values())

    def key_of_tag(self, raw: str) -> tuple[str, Candidate] | None:
        """The key a raw tag name belongs to, with its precedence; None where to none."""
        for folded, distance in strip_prefix(raw):
            if found := self._names.get(folded):
                return found[0], Candidate(distance, found[1], raw)
        return None

    def candidates(self, key: str, raw_names: Iterable[str]) -> list[Candidate]:
        """Those of ``raw_names`` that belong to ``key``, in order of precedence."""
        found = (self.key_of_tag(raw) for raw in set(raw_names))
        return sorted(item[1] for item in found if item is not None and item[0] == key)

    def fits_name(self, matcher: Matcher, raw: str) -> bool:
        """Whether a raw tag name is what the matcher speaks of."""
        if matcher.tag in self.keys:
            found = self.key_of_tag(raw)
            return found is not None and found[0] == matcher.tag
        wanted = fold_name(matcher.tag)
        return any(folded == wanted for folded, _ in strip_prefix(raw))

    def matcher_values(self, matcher: Matcher) -> list[Pattern]:
        """The matcher's value and, where it speaks of a key's value, that value's spellings."""
        pattern = Pattern.of(matcher.value)
        key = self.keys.get(matcher.tag)
        if key is None or not pattern.exact:
            return [pattern]
        canonical = key.spellings.get(pattern.prefix)
        spelled = {s for s, value in key.spellings.items() if value == canonical}
        return [Pattern(text, "", exact=True) for text in sorted({pattern.prefix, *spelled})]

    def called(self, key: Key, on: dt.datetime) -> dict[str, str]:
        """What else people call a key's values, folded, to the value as it is kept.

        Its other spellings; and the values of other tags that an alias of that day says are the
        same thing, for the key that it names first: ``project:recommendation-engine`` is the
        product recs, and so is "recommendation engine".
        """
        found = {said: value for said, value in key.spellings.items() if said != fold_value(value)}
        for alias in self.spec.aliases:
            if next(iter(alias.means)) != key.name or not alias.live(on):
                continue
            for matcher in alias.any_of:
                pattern, own = Pattern.of(matcher.value), self.keys.get(matcher.tag)
                if pattern.exact and (own is None or pattern.prefix not in own.spellings):
                    found.setdefault(pattern.prefix, alias.means[key.name])
        return found

    def turns(self) -> list[dt.date]:
        """Days on which a rule begins or ceases to hold, in order."""
        rules = (*self.spec.aliases, *self.spec.virtual_tags)
        days = {day for rule in rules for day in (rule.start, rule.end) if day is not None}
        return sorted(days)

    def _index_names(self) -> dict[str, tuple[str, int]]:
        names: dict[str, tuple[str, int]] = {}
        for key in self.keys.values():
            for position, name in enumerate(key.tag_names):
                other = names.setdefault(fold_name(name), (key.name, position))
                if other[0] != key.name:
                    raise ConfigError(
                        f"{self.source}: keys.{key.name}.tag_names: {name!r} also belongs to key "
                        f"{other[0]!r}.",
                        hint="A tag name can belong to one key; use an alias for special cases.",
                    )
        return names

    def _check_references(self) -> None:
        rules = [(f"aliases.{i}", alias.means) for i, alias in enumerate(self.spec.aliases)]
        rules += [(f"virtual_tags.{i}", v.means) for i, v in enumerate(self.spec.virtual_tags)]
        for where, means in rules:
            for name, value in means.items():
                if name not in self.keys:
                    raise ConfigError(
                        f"{self.source}: {where}.means.{name}: there is no such key.",
                        hint=f"Keys are: {', '.join(self.keys)}.",
                    )
                if self.keys[name].normalise(value) is None:
                    raise ConfigError(
                        f"{self.source}: {where}.means.{name}: {value!r} is not a valid value.",
                        hint=f"Values are: {', '.join(self.keys[name].values) or 'open'}.",
                    )


def _key(name: str, spec: KeySpec, placeholders: frozenset[str]) -> Key:
    spellings: dict[str, str] = {}
    patterns: list[Pattern] = []
    for value, others in spec.values.items():
        pattern = Pattern.of(value)
        if pattern.exact:
            spellings.update((fold_value(text), value) for text in (value, *others))
        else:
            patterns.append(pattern)
    unique: dict[str, str] = {}
    for text in (name, *spec.tag_names):
        unique.setdefault(fold_name(text), text)
    return Key(
        name=name,
        layer=spec.layer,
        required=spec.required,
        values=tuple(spec.values),
        open=spec.is_open,
        case=spec.case,
        tag_names=tuple(unique.values()),
        owner=spec.owner,
        description=spec.description,
        spellings=spellings,
        patterns=tuple(patterns),
        placeholders=placeholders,
    )
