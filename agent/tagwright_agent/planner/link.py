"""From words to names and values of the bill: exact, by alias, by part, at last by spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.text import clean
from tagwright_agent.planner.lexicon import ALIASES, NEGATIONS, NULLS, STOP
from tagwright_agent.planner.slots import Unclear
from tagwright_agent.planner.view import CatalogueView, fold

if TYPE_CHECKING:
    from tagwright_agent.planner.sheet import Sheet, Token

__all__ = [
    "Linked",
    "Mention",
    "correct_spelling",
    "link_names",
    "link_nulls",
    "link_values",
    "nearest_values",
    "unexplained",
]

_FLOOR = 88
_SUGGEST = 62
_PARTS = ("service_name", "sub_account_name", "service_category")
_MOST_PARTS = 12
_JOINS = frozenset(["and", "or", "nor", "plus", "the", "our", "my", "a"])
_LOOSE = frozenset(
    [
        "cloud",
        "clouds",
        "host",
        "hosts",
        "source",
        "sources",
        "export",
        "exports",
        "date",
        "dates",
        "day",
        "days",
        "unit",
        "units",
        "currency",
        "currencies",
        "frequency",
        "description",
        "category",
        "categories",
        "commitment",
        "correction",
        "invoice",
        "invoices",
        "bill",
        "stage",
        "group",
        "count",
        "counts",
        "location",
        "zone",
        "quantity",
        "usage",
        "used",
        "line",
        "items",
        "model",
        "app",
        "workload",
        "segment",
        "division",
        "department",
        "dept",
        "org",
        "organization",
        "organisation",
        "charge",
        "month",
        "months",
        "week",
        "weeks",
        "quarter",
        "quarters",
        "year",
        "years",
        "annual",
        "issuer",
        "cc",
        "bu",
        "project",
        "name",
        "owner",
        "customer",
    ]
)
"""Names that are common words: only "by", "per", "each", "which" and the like make them names."""

_ASKERS = frozenset(["by", "per", "each", "every", "which", "what", "across"])
_SKIPPED = frozenset(
    ["the", "our", "my", "each", "every", "a", "different", "distinct", "individual", "of", "all"]
)
_LISTED = frozenset(["and", "then", "by", "per", "x", "&"])


@dataclass
class Linked:
    """A value found in the question.

    Attributes:
        dimension: Of which dimension.
        values: As they stand in the bill.
        negated: Everything but these.
        start: Where it stands.
        note: What it was taken for, where that is not plain.
    """

    dimension: str
    values: list[str]
    negated: bool
    start: int
    note: str = ""


@dataclass(frozen=True)
class Mention:
    """A dimension named in the question.

    Attributes:
        name: Canonical name, or ``tag:<name>``.
        asked: It followed "by", "per", "each", "which" or the like.
        start: Where it stands.
    """

    name: str
    asked: bool
    start: int


def link_names(sheet: Sheet, view: CatalogueView) -> list[Mention]:
    """Dimensions that are named, crossed out: those asked for, then those merely named."""
    found = _asked(sheet, view)
    for first, behind, text in sheet.spans(view.longest):
        name = view.names.get(text)
        if name and text not in _LOOSE:
            found.append(Mention(name, asked=False, start=sheet.tokens[first].start))
            sheet.mark_tokens(first, behind)
    return sorted(found, key=lambda mention: mention.start)


def _asked(sheet: Sheet, view: CatalogueView) -> list[Mention]:
    found: list[Mention] = []
    tokens = sheet.tokens
    for index, token in enumerate(tokens):
        if token.folded not in _ASKERS or not sheet.free(token.start, token.end):
            continue
        place, first = index + 1, True
        while place < len(tokens):
            while place < len(tokens) and tokens[place].folded in _SKIPPED:
                place += 1
            hit = _name_at(sheet, view, place)
            if hit is None:
                break
            name, behind = hit
            if first:
                sheet.mark(token.start, token.end)
            sheet.mark_tokens(place, behind)
            found.append(Mention(name, asked=True, start=tokens[place].start))
            place, first = behind, False
            between = _between(sheet, place)
            if place < len(tokens) and tokens[place].folded in _LISTED:
                place += 1
            elif "," not in between:
                break
    return found


def _between(sheet: Sheet, place: int) -> str:
    if place >= len(sheet.tokens):
        return ""
    return sheet.text[sheet.tokens[place - 1].end : sheet.tokens[place].start]


def _name_at(sheet: Sheet, view: CatalogueView, place: int) -> tuple[str, int] | None:
    tokens = sheet.tokens
    if place < len(tokens) and tokens[place].text.casefold().startswith("tag:"):
        return f"tag:{tokens[place].text[4:]}", place + 1
    for behind in range(min(len(tokens), place + view.longest), place, -1):
        run = tokens[place:behind]
        if all(sheet.free(token.start, token.end) for token in run):
            name = view.names.get(fold(sheet.text[run[0].start : run[-1].end]))
            if name:
                return name, behind
    return None


def link_nulls(sheet: Sheet, view: CatalogueView) -> list[str]:
    """Dimensions that shall have no value ("without a team"), crossed out."""
    found = []
    for match in NULLS.finditer(sheet.text):
        if not sheet.free(match.start(), match.end()):
            continue
        place = next(
            (i for i, token in enumerate(sheet.tokens) if token.start >= match.end()), None
        )
        while (
            place is not None
            and place < len(sheet.tokens)
            and (sheet.tokens[place].folded in _SKIPPED | {"valid"})
        ):
            place += 1
        hit = _name_at(sheet, view, place) if place is not None else None
        if hit is None:
            continue
        name, behind = hit
        following = sheet.tokens[behind].folded if behind < len(sheet.tokens) else ""
        if following in view.values and name in {d for d, _ in view.values[following]}:
            continue  # "not team search" turns a value around
        sheet.mark(match.start(), sheet.tokens[behind - 1].end)
        if following in ("tag", "tags", "label", "value", "values"):
            sheet.mark_tokens(behind, behind + 1)
        found.append(name)
    return found


def link_values(sheet: Sheet, view: CatalogueView) -> list[Linked]:
    """Values that are named, crossed out.

    Raises:
        Unclear: A value stands in several dimensions and nothing says which is meant.
    """
    found: list[Linked] = []
    for first, behind, text in list(sheet.spans(view.longest)):
        run = sheet.tokens[first:behind]
        if not all(sheet.free(token.start, token.end) for token in run):
            continue
        if text in STOP or (behind - first == 1 and len(text) < 2):
            continue
        linked = _value(sheet, view, first, behind, text)
        if linked is not None:
            found.append(linked)
            sheet.mark_tokens(first, behind)
    found += _by_part(sheet, view)
    found.sort(key=lambda item: item.start)
    _negate(sheet, found)
    return found


def _value(sheet: Sheet, view: CatalogueView, first: int, behind: int, text: str) -> Linked | None:
    start = sheet.tokens[first].start
    options = view.values.get(text) or (view.values.get(text[:-1]) if text.endswith("s") else None)
    if options:
        hint = _hint(sheet, view, first, behind, {name for name, _ in options})
        if hint is not None:
            return Linked(
                hint, [v for name, v in options if name == hint], negated=False, start=start
            )
        keys = list(dict.fromkeys(name for name, _ in options if name in view.keys))
        best = options[0][0]
        if best in view.keys and len(keys) > 1:
            raise Unclear(
                "clarify",
                f"{clean(options[0][1])} is a {' and a '.join(keys)}. Which one do you mean: "
                f"{' or '.join(f'{key} {clean(options[0][1])}' for key in keys)}?",
            )
        return Linked(best, [v for name, v in options if name == best], negated=False, start=start)
    if text in ALIASES:
        return _by_alias(view, ALIASES[text], start)
    return None


def _hint(
    sheet: Sheet, view: CatalogueView, first: int, behind: int, options: set[str]
) -> str | None:
    """The dimension named right before or after the value, crossed out."""
    for size in (3, 2, 1):
        for low, high in ((first - size, first), (behind, behind + size)):
            if low < 0 or high > len(sheet.tokens):
                continue
            run = sheet.tokens[low:high]
            name = view.names.get(fold(sheet.text[run[0].start : run[-1].end]))
            if name in options and all(sheet.free(t.start, t.end) for t in run):
                sheet.mark_tokens(low, high)
                return name
    return None


def _by_alias(view: CatalogueView, words: tuple[str, ...], start: int) -> Linked | None:
    for word in words:
        if word in view.values:
            name = view.values[word][0][0]
            return Linked(name, [v for n, v in view.values[word] if n == name], False, start)
        for name in ("service_provider_name", "service_name"):
            inside = _containing(view, name, word)
            if inside:
                return Linked(name, inside, negated=False, start=start)
    return None


def _containing(view: CatalogueView, name: str, words: str) -> list[str]:
    dimension = view.dimensions.get(name)
    if dimension is None:
        return []
    return [value for value in dimension.values if f" {words} " in f" {fold(value)} "]


def _by_part(sheet: Sheet, view: CatalogueView) -> list[Linked]:
    """Words that are part of a name of few services, accounts or categories."""
    found = []
    for first, behind, text in list(sheet.spans(4)):
        run = sheet.tokens[first:behind]
        if not all(sheet.free(token.start, token.end) for token in run):
            continue
        words = text.split()
        if len(text) < 4 or any(word in STOP for word in (words[0], words[-1])):
            continue
        if text in view.names:
            continue
        for name in _PARTS:
            values = _containing(view, name, text)
            if 0 < len(values) <= _MOST_PARTS:
                shown = ", ".join(clean(value) for value in values[:4])
                more = f" and {len(values) - 4} more" if len(values) > 4 else ""
                note = f"{clean(text)!r} is read as {name} {shown}{more}."
                found.append(Linked(name, values, False, run[0].start, note))
                sheet.mark_tokens(first, behind)
                break
    return found


def _negate(sheet: Sheet, found: list[Linked]) -> None:
    """Turn around what follows "except", "without", "not"; through lists joined by and/or."""
    for match in NEGATIONS.finditer(sheet.text):
        if not sheet.free(match.start(), match.end()):
            continue
        place, hit = match.end(), False
        for item in found:
            if item.start < match.end():
                continue
            between = [t for t in sheet.tokens if place <= t.start < item.start]
            if all(t.folded in _JOINS or not sheet.free(t.start, t.end) for t in between) or (
                not hit and all(t.folded in STOP for t in between) and len(between) < 3
            ):
                item.negated, hit, place = True, True, item.start
            else:
                break
        if hit:
            sheet.mark(match.start(), match.end())


def correct_spelling(sheet: Sheet, view: CatalogueView) -> tuple[list[Mention], list[Linked]]:
    """Words much like a name or a value, crossed out; the rest is left for others to refuse."""
    from rapidfuzz import fuzz, process

    mentions: list[Mention] = []
    values: list[Linked] = []
    for first, behind, text in list(sheet.spans(3)):
        run = sheet.tokens[first:behind]
        if len(text) < 4 or any(t.folded in STOP for t in (run[0], run[-1])):
            continue
        if not all(sheet.free(token.start, token.end) for token in run):
            continue
        hit = process.extractOne(
            text, [*view.names, *view.values], scorer=fuzz.ratio, score_cutoff=_floor(text)
        )
        if hit is None:
            continue
        if hit[0] in view.names:
            mentions.append(Mention(view.names[hit[0]], asked=False, start=run[0].start))
        else:
            name, value = view.values[hit[0]][0]
            note = f"{clean(text)!r} is read as {name} {clean(value)}."
            values.append(Linked(name, [value], False, run[0].start, note))
        sheet.mark_tokens(first, behind)
    _negate(sheet, values)
    return mentions, values


def _floor(text: str) -> float:
    """One slip is forgiven in five letters, not in four."""
    return max(_FLOOR, 100 - 100 / len(text) - 3) if len(text) < 8 else _FLOOR - 4


def nearest_values(word: str, view: CatalogueView) -> list[str]:
    """``value (dimension)`` of values much like the word, at most three."""
    from rapidfuzz import fuzz, process

    hits = process.extract(
        fold(word), list(view.values), scorer=fuzz.WRatio, score_cutoff=_SUGGEST, limit=3
    )
    return [f"{clean(view.values[t][0][1])} ({view.values[t][0][0]})" for t, _, _ in hits]


def unexplained(sheet: Sheet) -> list[Token]:
    """Open words that mean something."""
    return [
        token
        for token in sheet.open_tokens()
        if token.folded not in STOP
        and token.text.casefold() not in STOP
        and not re.fullmatch(r"(?:us)?\$?", token.folded)
    ]
