"""Words to names: dimensions and values of the catalogue, exact first, then by alias, part, typo."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright.metrics.aliases import MEANINGS, alias_hits, alias_steps, holds
from tagwright.text import clean
from tagwright_agent.planner.phrases import CLOSED, COMMON
from tagwright_agent.planner.question import unsure
from tagwright_agent.planner.view import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.view import CatalogueView

__all__ = [
    "Mention", "ask_which", "beside_of", "by_alias", "is_free", "link_names", "link_values",
    "meant_of", "same_thing", "taken", "windows",
]  # fmt: skip

_SHADOWS = {
    "service_provider_name": {
        "invoice_issuer_name", "host_provider_name", "billing_account_name", "x_source",
        "sub_account_name", "x_ai_model_family",
    },
    "service_name": {"service_category", "service_subcategory", "resource_type", "sku_meter"},
    "service_category": {"service_subcategory", "resource_type", "charge_category"},
    "charge_category": {"service_name"},
    "region_id": {"region_name", "availability_zone"},
    "sub_account_id": {"sub_account_name", "billing_account_id"},
    "sub_account_name": {"billing_account_name"},
    "x_ai_model_id": {"model-id", "sku_meter", "sku_id"},
    "x_instance_type": {"resource_type", "sku_meter", "sku_id"},
}  # fmt: skip
"""A value of the first dimension that also stands in one of the others means the first."""

_FAMILY = (
    {"sub_account_id", "sub_account_name"},
    {"region_id", "region_name"},
    {"billing_account_id", "billing_account_name"},
)
"""Two columns for one thing: whoever says "account prod" names either."""

_TIMES = frozenset({"day", "week", "month", "quarter", "year", "billing_period"})
_NEGATED = lazy(
    r"\b(?:except|excluding|exclude|without|not|other than|apart from|besides|minus)\b[\w\s,]{0,40}$"
)


@dataclass(frozen=True)
class Mention:
    """A place in the question that names something.

    Attributes:
        start: Index of its first character.
        end: Index behind its last.
        dimension: Canonical name.
        values: Values meant; empty where the dimension itself is named.
        said: How it was written, where that is not the value's own name.
    """

    start: int
    end: int
    dimension: str
    values: tuple[str, ...] = ()
    said: str = ""


def windows(reading: Reading, longest: int) -> Iterable[tuple[int, int, str]]:
    """Runs of unexplained words, longest first, as (start, end, folded text)."""
    tokens = reading.tokens()
    for size in range(min(longest, len(tokens)), 0, -1):
        for index in range(len(tokens) - size + 1):
            run = tokens[index : index + size]
            if any(
                re.search(r"[|,;?!()]|\.\s", reading.mask[a.end : b.start])
                for a, b in pairwise(run)
            ):
                continue
            if reading.mask[run[0].start] == "|" or reading.mask[run[-1].end - 1] == "|":
                continue
            text = fold(reading.text[run[0].start : run[-1].end])
            yield run[0].start, run[-1].end, text.removesuffix("'s").removesuffix("\u2019s")


def is_free(reading: Reading, start: int, end: int) -> bool:
    """Whether nothing of the span is explained yet."""
    return "|" not in reading.mask[start:end]


def link_names(reading: Reading, view: CatalogueView, *, least: int = 1) -> list[Mention]:
    """Dimensions named in the question by at least so many words, in order; marks them."""
    found = []
    names = view.names
    for start, end, text in windows(reading, view.longest):
        name = names.get(text) or names.get(text.removesuffix(" s"))
        if name is None or not is_free(reading, start, end) or text.count(" ") + 1 < least:
            continue
        marked = reading.words_before(start, 1) in _MARKS
        if (
            text in ("account", "accounts")
            and reading.words_after(end, 1) == ["for"]
            and not (marked or reading.words_before(start, 1) == ["and"])
        ):
            continue
        if text in COMMON and name not in view.keys and not marked:
            continue
        reading.take(start, end, "group")
        found.append(Mention(start, end, name, said=text))
    return sorted(found, key=lambda item: item.start)


_COUNTED = lazy(r"\s+[a-z]+s\b")
_MARKS = [
    [word] for word in ("by", "per", "each", "every", "which", "what", "no", "without", "any")
]


def link_values(
    reading: Reading, view: CatalogueView, *, pinned: Mapping[str, str]
) -> list[Mention]:
    """Values named in the question by their own name or an alias, in order; marks them.

    Args:
        reading: The question.
        view: The names there are.
        pinned: Folded value to the dimension that a person chose when asked.

    Raises:
        Unclear: A word means several things and nothing beside it tells which.
    """
    found = _written_out(reading, view)
    waiting: list[tuple[int, int, str, list[tuple[str, str]], str, bool]] = []
    for start, end, text in windows(reading, view.longest):
        if not is_free(reading, start, end) or _begins_a_name(reading, start, end, view):
            continue
        if any(start < other[1] and other[0] < end for other in waiting if not other[5]):
            continue
        hits = _exact(view, text)
        beside = beside_of(reading, start, end, view.names)
        common = (
            bool({text, text.removesuffix("s")} & COMMON)
            or text in view.names
            or (text.isdigit() and len(text) < 3)
        )
        if hits and common and not any(same_thing(name, beside) for name, _ in hits):
            waiting.append((start, end, text, hits, "", True))
            continue
        if text.isdigit() and _COUNTED.match(reading.lower[end:]):
            continue  # "top 5 resources" is no resource that ends in 5
        if not hits and common and beside and text not in view.names and text not in CLOSED:
            hits = _one_called(view, text, beside)
        if not hits and not common:
            hits = by_alias(view, text, beside) or _of_vendor(view, text, beside)
        if beside == "service_name" and any(name == "service_category" for name, _ in hits):
            beside = ""  # "compute services" are those of the category
        named = any(same_thing(name, beside) for name, _ in hits)
        if text in MEANINGS and _PLURAL.match(reading.lower[end:]):
            named = True  # "AI vendors" are no one vendor whose name has the word
        if beside and not common and not named:
            hits = _one_called(view, text, beside) or hits
        if not hits:
            continue
        listed = _listed(reading, start, end, found)
        if not beside and any(name == listed for name, _ in hits):
            beside = listed
        hits = meant_of(reading, start, text, hits, beside, pinned)
        if len({name for name, _ in hits}) > 1:
            waiting.append((start, end, text, hits, beside, False))
        else:
            found.append(taken(reading, start, end, text, hits))
    for start, end, text, hits, beside, common in sorted(waiting):
        # In "team search or platform" the dimension said before the first holds for all.
        listed = _listed(reading, start, end, found)
        if not is_free(reading, start, end) or (common and not listed):
            continue
        if any(name == listed for name, _ in hits):
            hits = [item for item in hits if item[0] == listed]  # noqa: PLW2901  narrowed
        elif common:
            continue
        hits = meant_of(reading, start, text, hits, beside, pinned)  # noqa: PLW2901
        ask_which(reading, start, end, text, hits)
        found.append(taken(reading, start, end, text, hits))
    return sorted(found, key=lambda item: item.start)


def _one_called(view: CatalogueView, text: str, beside: str) -> list[tuple[str, str]]:
    """The one value of the dimension that is said beside whose name has the words: "dev account"."""
    found = [
        (name, value)
        for name, known in view.dimensions.items()
        if same_thing(name, beside)
        for value in known.values
        if holds(fold(value), text)
    ]
    return found if len(found) == 1 else []


_PRICE = lazy(r"prices?|rates?|pricing|costs")
_PLURAL = lazy(r" \w+s(?![\w-])")
_BETWEEN = lazy(r"\s*(?:,|,?\s*(?:or|and|nor|&|\+|plus|vs\.?|versus))\s*(?:the )?", re.IGNORECASE)
_BRACKETS = lazy(r"[(),;?!|]")


def _listed(reading: Reading, start: int, end: int, found: Sequence[Mention]) -> str:
    """The dimension of the value that stands before or after in a list; empty for none."""
    for item in found:
        gap = (
            reading.text[item.end : start] if item.end <= start else reading.text[end : item.start]
        )
        if _BETWEEN.fullmatch(gap):
            return item.dimension
    return ""


def _written_out(reading: Reading, view: CatalogueView) -> list[Mention]:
    """Values with brackets or commas, which no run of words has: "EU (Ireland)"."""
    found = []
    for hits in view.values.values():
        dimension, value = hits[0]
        if not _BRACKETS.search(value) or len(hits) > 1:
            continue
        at = reading.mask.find(value.casefold())
        if at >= 0:
            reading.take(at, at + len(value), "filter")
            found.append(Mention(at, at + len(value), dimension, (value,)))
    return found


def _begins_a_name(reading: Reading, start: int, end: int, view: CatalogueView) -> bool:
    """Whether the words begin the name of a dimension or measure: "AI kind", "on-demand cost"."""
    after = reading.words_after(end, 2)
    said = reading.text[start:end]
    names = [fold(" ".join([said, *after[:count]])) for count in range(1, len(after) + 1)]
    names += [fold(f"{said} cost")] if after[:1] and _PRICE.fullmatch(after[0]) else []
    return any(name in view.names or name in view.measures for name in names)


def _exact(view: CatalogueView, text: str) -> list[tuple[str, str]]:
    for form in (text, text.removesuffix("s"), f"{text}s", text.removesuffix("es")):
        if form in view.values:
            return view.values[form]
    return []


def by_alias(view: CatalogueView, text: str, beside: str) -> list[tuple[str, str]]:
    """Values that hold one of the alias's texts as whole words: of the surest text that any has."""
    if text in MEANINGS:
        dimension, value = MEANINGS[text]
        if dimension in view.dimensions and value in view.dimensions[dimension].values:
            return [MEANINGS[text]]
    places = ("service_provider_name", "service_name", "environment", "service_category")
    for step in alias_steps(text):
        for dimension in sorted(places, key=lambda place: place != beside):
            known = view.dimensions.get(dimension)
            if known is not None and (hits := alias_hits(text, step, known.values)):
                return [(dimension, value) for value in hits]
    return []


def _of_vendor(view: CatalogueView, text: str, beside: str) -> list[tuple[str, str]]:
    """A vendor's name before that of its service says nothing more: "Amazon EC2"."""
    vendor, _, rest = text.partition(" ")
    if vendor not in ("amazon", "aws", "azure", "google", "microsoft") or not rest:
        return []
    return [hit for hit in by_alias(view, rest, beside) if hit[0] == "service_name"]


def beside_of(reading: Reading, start: int, end: int, names: Mapping[str, str]) -> str:
    """The dimension whose name stands next to the place ("team X", "X team", "team = X")."""
    before, after = reading.words_before(start, 3), reading.words_after(end, 3)
    after = after[1:] if after[:1] == ["the"] else after
    if reading.lower[start:end] == "us" and before[-1:] in (["in"], ["the"]):
        return "region_id"
    if after[:1] in (["charges"], ["fees"], ["purchases"]):
        return "charge_category"
    for words in (before[-3:], before[-2:], before[-1:], after[:2], after[:1]):
        if words and (name := names.get(fold(" ".join(words)))) and name not in _TIMES:
            return name
    if before and before[-1] in {"named", "called", "is", "tag", "key"} and len(before) > 1:
        return names.get(fold(before[-2]), "")
    return ""


def same_thing(dimension: str, other: str) -> bool:
    """Whether two dimensions are one, or an id and its name."""
    return dimension == other or any(dimension in f and other in f for f in _FAMILY)


def meant_of(
    reading: Reading,
    start: int,
    text: str,
    hits: list[tuple[str, str]],
    beside: str,
    pinned: Mapping[str, str],
) -> list[tuple[str, str]]:
    """Those of the hits that what stands beside, or what a person chose, leaves over."""
    wanted = pinned.get(text, "")
    if wanted and any(name == wanted for name, _ in hits):
        hits = [item for item in hits if item[0] == wanted]
    elif beside and any(name == beside for name, _ in hits):
        hits = [item for item in hits if item[0] == beside]
    elif beside and any(same_thing(name, beside) for name, _ in hits):
        hits = [item for item in hits if same_thing(item[0], beside)]
    kinds = list(dict.fromkeys(name for name, _ in hits))
    kinds = [
        kind
        for kind in kinds
        if not any(kind in _SHADOWS.get(other, ()) for other in kinds if other != kind)
    ]
    kinds = [
        kind
        for index, kind in enumerate(kinds)
        if not any(same_thing(kind, other) for other in kinds[:index])
    ]
    if len(kinds) > 1 and _NEGATED.search(reading.lower[:start]):
        # "by team excluding platform": what is left out is one of the groups.
        tail = f" {fold(reading.lower)} "
        named = [kind for kind in kinds if f" {fold(kind)} " in tail]
        kinds = named if len(named) == 1 else kinds
    return [item for item in hits if item[0] in kinds]


def ask_which(
    reading: Reading, start: int, end: int, text: str, hits: Sequence[tuple[str, str]]
) -> None:
    """Ask back where a word stands for values of several dimensions.

    Raises:
        Unclear: It does.
    """
    kinds = list(dict.fromkeys(name for name, _ in hits))
    if len(kinds) > 1:
        said = clean(reading.text[start:end])
        one = " or ".join(f"the {dimension_label(kind)} {said!r}" for kind in kinds[:4])
        raise unsure(
            f"{said!r} stands for several things in the data. Do you mean {one}?",
            {"value": text, "dimensions": kinds[:4]},
        )


def taken(
    reading: Reading, start: int, end: int, text: str, hits: Sequence[tuple[str, str]]
) -> Mention:
    """The mention of values of one dimension; marks it."""
    reading.take(start, end, "filter")
    values = tuple(dict.fromkeys(value for _, value in hits))
    said = "" if any(fold(value) == text for value in values) else clean(reading.text[start:end])
    return Mention(start, end, hits[0][0], values, said)
