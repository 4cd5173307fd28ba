"""Names of tags: what is the user's own, their words, and which look alike."""

from __future__ import annotations

import re

from tagwright.taxonomy.fold import PREFIXES, fold_name, fold_value, trim

__all__ = ["affix", "bare_name", "head", "is_own", "loose", "near", "same_digits"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_GENERIC = frozenset(["name", "id", "tag", "key", "label", "value", "code"])
_SEPARATORS = "-_./:"
_SHORTEST = 4


def bare_name(raw: str) -> str:
    """The name without an export's prefix: ``user:Team`` is ``Team``."""
    name = trim(raw)
    lowered = fold_value(name)
    longest = max((p for p, _ in PREFIXES if lowered.startswith(p)), key=len)
    return trim(name[len(longest) :])


def is_own(raw: str) -> bool:
    """Whether people chose the name, and not a provider or a tool (``aws:``, ``x.io/``)."""
    name = bare_name(raw)
    return bool(name) and ":" not in name and "/" not in name


def head(name: str) -> list[str]:
    """What the last words of a name say, folded, most words first, without ``name`` or ``id``.

    >>> head("BillingTeamName")
    ['billingteam', 'team']
    """
    words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and words[-1] in _GENERIC:
        words.pop()
    return [fold_name("".join(words[start:])) for start in range(len(words))]


def loose(value: str) -> str:
    """A value without what people write differently: case, ``-``, ``_``, ``.``, blanks."""
    return fold_name(value).replace(".", "")


def near(one: str, other: str) -> int:
    """How alike two folded names are, 0 to 100; short ones never are."""
    from rapidfuzz.fuzz import ratio

    if min(len(one), len(other)) < _SHORTEST:
        return 0
    return round(ratio(one, other))


def same_digits(one: str, other: str) -> bool:
    """Whether the numbers in two values are the same: ``team-1`` is no slip for ``team-2``."""
    return re.findall(r"\d+", one) == re.findall(r"\d+", other)


def affix(value: str, word: str) -> str | None:
    """What is left of ``team-search`` or ``search-team`` without the word; None where neither.

    >>> affix("Team-Search", "team"), affix("search_team", "team"), affix("teamwork", "team")
    ('Search', 'search', None)
    """
    text, folded = trim(value), fold_value(value)
    if len(text) != len(folded):  # a letter whose lower case is longer: places would shift
        return None
    if folded.startswith(word) and folded[len(word) : len(word) + 1] in tuple(_SEPARATORS):
        rest = text[len(word) + 1 :]
    elif folded.endswith(word) and folded[: -len(word)][-1:] in tuple(_SEPARATORS):
        rest = text[: -len(word) - 1]
    else:
        return None
    return rest.strip(_SEPARATORS + " ") or None
