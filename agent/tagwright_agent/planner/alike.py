"""Names that are written in part, or with a slip: one clear winner, or a question back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.metrics.aliases import ALIASES, holds
from tagwright.text import clean
from tagwright_agent.planner.link import (
    Mention,
    ask_which,
    beside_of,
    by_alias,
    is_free,
    meant_of,
    same_thing,
    taken,
    windows,
)
from tagwright_agent.planner.phrases import COMMON
from tagwright_agent.planner.question import unsure
from tagwright_agent.planner.view import fold

if TYPE_CHECKING:
    from tagwright_agent.planner.reading import Reading, Token
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["link_rest", "near"]

_PARTIAL = (
    "service_name", "service_provider_name", "sub_account_name", "x_ai_model_id",
    "x_instance_type",
)  # fmt: skip
_FAMILIES = {"x_ai_model_id", "x_instance_type"}
"""Whose names begin with a family's: "sonnet" is every version of it, "m6i" every size."""
_GENERIC = frozenset(
    """
    amazon aws azure google microsoft cloud service services management engine standard platform
    storage database business databases data web api server compute network networking other
    shared general account team product app apps system systems online virtual usage unit
    """.split()
)
"""Words too common to stand for the one name that holds them."""

_TYPO_FLOOR = 80
_COUNTS = lazy(r"\s+[a-z]+s\b")


def link_rest(reading: Reading, view: CatalogueView) -> list[Mention]:
    """Values named by a part of their name or with a small misspelling; marks them.

    Raises:
        Unclear: Several values hold the words.
    """
    found: list[Mention] = []
    for start, end, text in windows(reading, 3):
        words = text.split()
        if not words or not is_free(reading, start, end) or len(text) < 3:
            continue
        if words[0] in COMMON or words[-1] in COMMON or text in view.names:
            continue
        if text.isdigit() and _COUNTS.match(reading.lower[end:]):
            continue  # "per 1000 requests" is no cost center
        if all(word in COMMON or word in _GENERIC for word in words):
            continue
        if hits := _partial(view, text, beside_of(reading, start, end, view.names)):
            found.append(_one_of(reading, start, end, hits))
    found += _typos(reading, view)
    return sorted(found, key=lambda item: item.start)


def _partial(view: CatalogueView, text: str, beside: str) -> list[tuple[str, str]]:
    near_by = [name for name in view.dimensions if same_thing(name, beside)] if beside else []
    places = list(dict.fromkeys([*near_by, *view.keys, *_PARTIAL]))
    for dimension in places:
        known = view.dimensions.get(dimension)
        if known is None:
            continue
        hits = [(dimension, v) for v in known.values if holds(fold(v), text)]
        if hits:
            return hits
    return []


def _one_of(reading: Reading, start: int, end: int, hits: list[tuple[str, str]]) -> Mention:
    said = fold(reading.text[start:end])
    longer = [
        value
        for _, value in hits
        if re.search(rf"{re.escape(said)} (?:[a-z]{{2,}}|\d\b)", fold(value))
    ]
    if (
        hits[0][0] == "x_ai_model_id"
        and said[-2:].strip("abcdefghijklmnopqrstuvwxyz ")
        and len(longer) == len(hits)
    ):
        # "gpt-4o" is another model than gpt-4o-mini, "sonnet 4" than sonnet 4.5.
        name, known = clean(reading.text[start:end]), " or ".join(map(clean, longer[:4]))
        names = [clean(value) for value in longer[:4]]
        raise unsure(
            f"No model is called {name!r} in this data. Do you mean {known}?",
            {"wrote": name, "names": names},
        )
    if len(hits) > 1 and hits[0][0] in _FAMILIES:
        return taken(reading, start, end, "", hits)
    if len(hits) > 1:
        said = clean(reading.text[start:end])
        names = [clean(value) for _, value in hits[:5]]
        raise unsure(
            f"Which {said!r} do you mean: {', '.join(names)}?", {"wrote": said, "names": names}
        )
    reading.take(start, end, "filter")
    return Mention(start, end, hits[0][0], (hits[0][1],), clean(reading.text[start:end]))


def _typos(reading: Reading, view: CatalogueView) -> list[Mention]:
    """Misspelled values: one clear winner at a small edit distance, or none."""
    from rapidfuzz.distance import OSA

    found = []
    for start, end, text in windows(reading, 3):
        if not is_free(reading, start, end) or len(text) < 5 or any(c.isdigit() for c in text):
            continue
        if text in COMMON or all(word in COMMON for word in text.split()):
            continue
        first, last = text.split()[0], text.split()[-1]
        if first in COMMON or last in COMMON or last.removesuffix("s") in COMMON:
            continue
        if reading.words_before(start, 1) in (["by"], ["per"]):
            continue  # what rows are by is no value: "by state" is not staging
        allowed = 1 if len(text) < 8 else 2
        ranked = sorted(
            (distance, value)
            for value in (*view.values, *ALIASES)
            if abs(len(value) - len(text)) <= allowed and value[:1] == text[:1]
            if (distance := OSA.distance(text, value, score_cutoff=allowed)) <= allowed
        )
        if not ranked or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
            continue
        name = ranked[0][1]
        hits = view.values.get(name) or by_alias(view, name, "")
        if not hits:
            continue
        if 100 * (1 - ranked[0][0] / len(text)) < _TYPO_FLOOR:
            continue
        hits = meant_of(reading, start, text, hits, beside_of(reading, start, end, view.names), {})
        ask_which(reading, start, end, text, hits)
        found.append(taken(reading, start, end, text, hits))
    return found


_LIKE = 60


def near(view: CatalogueView, token: Token | str, *, limit: int = 3) -> list[str]:
    """Values spelled like the word, the nearest first; empty where nothing is near."""
    from rapidfuzz import fuzz, process

    text = fold(token if isinstance(token, str) else token.text)
    if len(text) < 4 or not any(char.isalpha() for char in text):
        return []
    ranked = [
        item
        for item in process.extract(
            text, list(view.values), scorer=fuzz.WRatio, limit=limit, score_cutoff=_TYPO_FLOOR
        )
        if abs(len(item[0]) - len(text)) <= len(text)
        and len(item[0]) > 2
        # Partial likeness alone would find "us" in "clusters".
        and (text in item[0] or fuzz.ratio(text, item[0]) >= _LIKE)
    ]
    return [clean(view.values[value][0][1]) for value, _, _ in ranked]
