"""Misspelled words of the grammar, put right before it reads; names from the bill stay."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.metrics.aliases import ALIASES
from tagwright_agent.planner import phrases
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.phrases import COMMON
from tagwright_agent.planner.reasons import reason
from tagwright_agent.planner.view import fold
from tagwright_agent.planner.vocabulary import OTHERS, SPELLED

if TYPE_CHECKING:
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["corrected"]

_WORD = lazy(r"(?<![\w.@/:-])[A-Za-z]{3,}(?![\w@/:-])")
_BY = lazy(r"\b(?:by|per) $", re.IGNORECASE)
_SHORT = 4
_SURE = frozenset({"which", "what", "many", "month", "spend", "total", "cost"})
"""Words that nothing else is so near to that it could be meant."""


_PERIOD_WORDS = frozenset(
    """
    today yesterday tomorrow january february march april may june july august september sept
    october november december days weeks months quarters years half first second third fourth
    month week day year quarter monday tuesday wednesday thursday friday saturday sunday past
    recent since until till through before after during fiscal calendar date
    """.split()
)


@lru_cache(maxsize=1)
def _grammar() -> frozenset[str]:
    """Every whole word in a pattern of the grammar, so that none is taken for a slip of another."""
    words: set[str] = set(COMMON) | _PERIOD_WORDS | SPELLED | OTHERS
    for name in phrases.__all__:
        waiting: list[object] = [getattr(phrases, name)]
        while waiting:
            item = waiting.pop()
            if hasattr(item, "pattern"):
                words |= set(
                    re.findall(r"(?<![a-z(\[|?])[a-z]{3,}|(?<=[|(])[a-z]{3,}", item.pattern)
                )
            elif isinstance(item, tuple | list):
                waiting += item
    for frame in frames().values():
        if frame.opens is not None:
            words |= set(re.findall(r"[a-z]{4,}", frame.opens.pattern))
    return frozenset(words)


def corrected(text: str, view: CatalogueView) -> str:
    """The text with misspelled words of the grammar and names of dimensions put right.

    A word is corrected only where one word stands nearest: one typing error (a swap counts as one)
    in words of up to 6 letters (in 4 only a swap), two in
    longer ones, and the first letter is right.
    """
    known = _known(view)

    def put_right(match: re.Match[str]) -> str:
        word = match.group()
        fixed = _fixed(word, known, view)
        # A capital in the middle of a sentence is a name: "Modal" is not a model.
        named = (
            word.istitle()
            and match.start() > 0
            and any(c.islower() for c in text.split(maxsplit=1)[0])
        )
        named = named and not text.istitle() and fixed not in _PERIOD_WORDS
        # What rows are by is a dimension: "by cust" is not by cost.
        other = fold(fixed) not in view.names and _BY.search(text[: match.start()])
        return word if named or other else fixed

    return _WORD.sub(put_right, text)


def _known(view: CatalogueView) -> frozenset[str]:
    words = {word for value in view.values for word in value.split()}
    words |= {word for name in view.names for word in name.split()}
    words |= {word for _, names in view.metrics for name in names for word in name.split()}
    words |= {word for alias in ALIASES for word in alias.split()}
    return frozenset(words | _grammar())


def _fixed(word: str, known: frozenset[str], view: CatalogueView) -> str:
    from rapidfuzz.distance import OSA

    text = word.casefold()
    if text in known or text.rstrip("s") in known or f"{text}s" in known:
        return word
    if reason(text) or phrases.HEAD.fullmatch(text) or phrases.COMPARED.fullmatch(text):
        return word
    if len(text) < _SHORT:
        slips = [target for target in _SURE if _lacks(text, target)]
        return slips[0] if len(slips) == 1 else word
    allowed = 1 if len(text) <= 6 else 2
    targets = {*SPELLED, *(name for name in view.names if name.isalpha() and len(name) > 3)}
    ranked = sorted(
        (distance, target)
        for target in targets
        if target[0] == text[0]
        if (distance := OSA.distance(text, target, score_cutoff=allowed)) <= allowed
        # In a short word only a swap or a vowel left out is surely a slip: "mode" is not "model".
        if len(text) > _SHORT
        or target in _SURE
        or sorted(text) == sorted(target)
        or _lacks(text, target, "aeiou")
    )
    if not ranked:
        return word
    best = [target for distance, target in ranked if distance == ranked[0][0]]
    stems = {fold(target).rstrip("s") for target in best}
    values = [value for value in view.values if OSA.distance(text, value, score_cutoff=2) <= 2]
    if len(stems) > 1 or any(OSA.distance(text, value) <= ranked[0][0] for value in values):
        return word
    return best[0]


def _lacks(text: str, target: str, letters: str = "") -> bool:
    """Whether one letter after the first was left out: "wat", "mny"; one of these, where given."""
    lacking = [i for i in range(1, len(target)) if not letters or target[i] in letters]
    return any(target[:i] + target[i + 1 :] == text for i in lacking)
