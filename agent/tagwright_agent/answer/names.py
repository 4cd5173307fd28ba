"""Names in a text: those the tools gave, quoted ones, identifiers and links nobody gave."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from tagwright_agent.answer.facts import Ledger, fold
from tagwright_agent.answer.figures import CODES, find_figures

__all__ = ["Mention", "Names"]

FILLER = "\ue000"
"""Stands for a recognised name, so that its digits are not read as figures."""

_QUOTED = re.compile(
    r'"([^"\n]{1,300})"|\u201c([^\u201d\n]{1,300})\u201d|`([^`\n]{1,300})`'
    r"|(?<!\w)'([^'\n]{2,300})'(?!\w)|(?<!\w)\u2018([^\u2019\n]{2,300})\u2019(?!\w)"
)
_LINK = re.compile(r"(?:https?://|www\.)[^\s)>\]|]+", re.IGNORECASE)
_GLUED = re.compile(r"[$€£¥₹]?[\w.:/@-]*\d[\w.:/@-]*")
_BENIGN = re.compile(r"[A-Za-z][A-Za-z-]*\d{1,3}|\d{1,2}(st|nd|rd|th)|\d{4}-\d\d-\d\dT.*")
_CAPITAL = re.compile(r"(?<![\w\ue000])(?:[A-Z][a-z]{2,}|[A-Z]{2,}|[A-Z][a-z]*[A-Z]\w*)(?![\w])")
_SUBJECT = re.compile(
    r"^\W*([A-Z]\w+)\s*(?:[:,(]|costs?\b|was\b|is\b|accounts?\b|spent\b|rose\b|fell\b|leads?\b|"
    r"led\b|at\b|took\b|came\b|had\b|has\b|[$€£\d])"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_VOCABULARY = frozenset(
    """the this that these those it its your you we our they there here in on at for from by of to
    and or but not no none nothing other others rest remaining total totals sum cost costs spend
    spending spent bill billed effective list contracted amortised amortized invoiced invoice
    period month quarter year week day today share shares coverage tag tags tagged untagged
    untaggable taggable invalid valid absent covered key keys value values service services provider
    providers account accounts team teams product products resource resources region regions
    category categories environment change changes compared versus vs up down rose fell new gone
    previous current notes note receipt plan plans approve apply reject rollback show tagwright
    json utc ai gpu cpu llm focus usd api aws id ids finops mcp english yes both each all every
    most least top smallest cheapest largest biggest highest lowest average between with without while whereas
    data snapshot currency currencies amount figure figures question answer clarify refused please
    however also only overall altogether together which what how much many did does do was were is
    are has have had about roughly january february march april may june july august september
    october november december monday tuesday wednesday thursday friday saturday sunday
    first second third last next if then so because since until after before during per as an a
    nb mtd ytd na credit credits usage purchase tax adjustment who whom when where why metric
    dimension unknown half one two three four five six seven eight nine ten none""".split()
)
_NEVER_BIND = frozenset(
    "a an the of in to for by and or was is all other total cost usage new gone".split()
)


class Mention(NamedTuple):
    """A known name in a text, by its folded form."""

    start: int
    end: int
    name: str


class Names:
    """The names that a text may use, indexed once for the whole text."""

    def __init__(self, ledger: Ledger, vocabulary: frozenset[str] = frozenset()) -> None:
        self._ledger = ledger
        self._words = set(_VOCABULARY) | {code.casefold() for code in CODES & ledger.currencies}
        for source in (ledger.prose, " ".join(ledger.names), " ".join(ledger.keys), *vocabulary):
            self._words |= {word.casefold() for word in _WORD.findall(source.replace("_", " "))}
        self._vocabulary = {fold(word) for word in vocabulary}
        self._bindable = sorted(
            ((name, shown) for name, shown in ledger.names.items() if _bindable(name)),
            key=lambda item: -len(item[0]),
        )
        self._aliases = _aliases([name for name, _ in self._bindable], ledger)

    def mentions(self, text: str) -> list[Mention]:
        """Known names in ``text``, the longest first where they overlap."""
        folded, taken = text.casefold(), [False] * len(text)
        exact = len(folded) == len(text)  # a few characters change length when case is folded
        found = []
        for name, shown in self._bindable:
            # One plain word is matched as written: a team called "data" is not every "Data".
            plain = name.isalpha()
            where, what = (text, shown) if plain or not exact else (folded, name)
            found += _occurrences(where, what, name, taken)
        for alias, name in self._aliases.items():
            found += _occurrences(text, alias, name, taken)
        return sorted(found)

    def masked(self, text: str) -> tuple[str, list[Mention], list[str]]:
        """``text`` with known names blanked out, the names, and what is wrong with quoted ones."""
        wrong, spans, mentions = [], [], []
        for match in _QUOTED.finditer(text):
            inner = next(group for group in match.groups() if group is not None)
            if find_figures(inner) and not self._is_name(inner):
                continue  # a quoted figure is traced like any other
            if self._known(inner):
                spans.append(match.span())
                if fold(inner) in self._ledger.names:
                    mentions.append(Mention(*match.span(), fold(inner)))
            elif _WORD.search(inner):
                wrong.append("a quoted name is in no tool result")
        for mention in self.mentions(_blank(text, spans)):
            spans.append((mention.start, mention.end))
            mentions.append(mention)
        return _blank(text, spans), sorted(mentions), wrong

    def cell_known(self, text: str) -> bool:
        """Whether a table's cell, which is not a figure, is a name that the tools gave."""
        bare = fold(text).strip("()")
        if not _WORD.search(bare):
            return True
        return self._known(text) or all(word in _VOCABULARY for word in _WORD.findall(bare))

    def _is_name(self, text: str) -> bool:
        return fold(text) in self._ledger.names

    def _known(self, text: str) -> bool:
        folded = fold(text)
        if folded in self._ledger.names or folded in self._vocabulary or folded in self._aliases:
            return True
        if folded.replace("_", " ") in self._ledger.keys or text in self._aliases:
            return True
        if len(folded) > 1 and folded in self._ledger.prose:
            return True
        if "…" in folded or "..." in folded:
            head, _, tail = folded.replace("...", "…").partition("…")
            return len(head) + len(tail) > 5 and any(
                name.startswith(head.strip()) and name.endswith(tail.strip())
                for name in self._ledger.names
            )
        words = [word.casefold() for word in re.findall(r"[\w-]*[^\W_][\w-]*", folded)]
        return bool(words) and all(
            word in _VOCABULARY or word in self._ledger.names or word in self._vocabulary
            for word in words
        )

    def strangers(self, masked: str, original: str, *, begins: bool) -> list[str]:
        """Capitalised names and identifiers that stand beside figures and come from nowhere."""
        wrong = []
        for match in _CAPITAL.finditer(masked):
            first = begins and not masked[: match.start()].strip("*_`-•#> \t(")
            if match.group().casefold() in self._words or match.group() in CODES:
                continue
            if not first or _SUBJECT.match(masked):
                wrong.append(f"the name {match.group()!r} is in no tool result")
        return wrong + self.identifiers(masked, original)

    def identifiers(self, masked: str, original: str) -> list[str]:
        """Ids, glued numbers, fractions and links that no source gives; figures are blanked."""
        wrong = []
        for match in _LINK.finditer(original):
            if match.group().casefold().rstrip(".,") not in self._ledger.questions.casefold():
                wrong.append("a link is in no question")
        for match in _GLUED.finditer(masked):
            token = match.group().strip(".:/-@")
            if _BENIGN.fullmatch(token) or token.casefold() in self._ledger.prose:
                continue
            if re.search(r"\d", token) and fold(token) not in self._ledger.names:
                wrong.append("an identifier or number is in no tool result")
        if any(unicodedata.category(char) in {"No", "Nl"} for char in masked):
            wrong.append("a fraction is in no tool result")
        return wrong


def _bindable(name: str) -> bool:
    """Names that are looked for in prose: not numbers, not sentences, not amounts in disguise."""
    if name in _NEVER_BIND or len(name) < 2 or not _WORD.search(name) or len(name.split()) > 8:
        return False
    return not any(figure.kind != "number" for figure in find_figures(name.upper()))


def _aliases(names: list[str], ledger: Ledger) -> dict[str, str]:
    """Short forms that point at one name only: initials (AWS), or without the vendor's name."""
    found: dict[str, set[str]] = {}
    for name in names:
        shown = ledger.names[name]
        words = re.findall(r"[A-Z][\w]*", shown)
        if len(words) >= 3:
            found.setdefault("".join(word[0] for word in words), set()).add(name)
        for vendor in ("Amazon ", "AWS ", "Azure ", "Google Cloud ", "Google ", "Microsoft "):
            if shown.startswith(vendor) and len(shown) > len(vendor) + 2:
                found.setdefault(shown.removeprefix(vendor), set()).add(name)
        if bracket := re.search(r"\(([A-Z][\w-]+)\)", shown):
            found.setdefault(bracket[1], set()).add(name)
    return {
        alias: next(iter(owners))
        for alias, owners in found.items()
        if len(owners) == 1 and fold(alias) not in ledger.names and alias not in CODES
    }


def _occurrences(where: str, what: str, name: str, taken: list[bool]) -> list[Mention]:
    found, at = [], where.find(what)
    while at >= 0:
        end = at + len(what)
        open_left = at == 0 or not (where[at - 1].isalnum() or where[at - 1] == "_")
        open_right = end == len(where) or not (where[end].isalnum() or where[end] == "_")
        if open_left and open_right and not any(taken[at:end]):
            taken[at:end] = [True] * len(what)
            found.append(Mention(at, end, name))
        at = where.find(what, end)
    return found


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    characters = list(text)
    for start, end in spans:
        characters[start:end] = FILLER * (end - start)
    return "".join(characters)
