"""A question being read: its text, which parts of it are explained, and as what."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from tagwright.lazy import lazy
from tagwright_agent.planner.phrases import CLOSED, LEAD, TAIL

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

__all__ = ["TAKEN", "Label", "Reading", "Token", "normal"]

TAKEN = "|"
"""Stands for each character that is explained; no word boundary of the grammar is lost by it."""

_TOKEN = lazy(r"[^\W_]+(?:[-_.:/@'+&][^\W_]+)*", re.UNICODE)
_PLAIN = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "|": " "})


class Token(NamedTuple):
    """A word with its place."""

    start: int
    end: int
    text: str


class Label(NamedTuple):
    """A part of the question that is explained, and as what (``filter``, ``period``, …)."""

    start: int
    end: int
    kind: str


def normal(question: str, names: Container[str] = ()) -> str:
    """One line, plain quotes, compatible characters unified; letters keep their case.

    What is one of ``names`` (folded) stays, though people write a word so.

    >>> normal("What\u2019s  our spend\u2026?")
    "What's our spend...?"
    """
    text = unicodedata.normalize("NFKC", question).translate(_PLAIN)
    said = _TWO_MONTHS.sub(r"\1 vs \2", _OWNED.sub("month's", " ".join(text.split())))
    # "top5", "ec2+s3", "jul-oct" and "cost/team" are words apart.
    said = _MONTHS.sub(r"\1 to \2", _PLUS.sub(" + ", said))
    said = _RANK.sub(r"\1 \2", _A_UNIT.sub(r"\1 per ", said))
    return _CHAT.sub(lambda m: m[0] if m[1].lower() in names else _WRITTEN[m[1].lower()], said)


_WRITTEN = {
    "whats": "what's", "whos": "who is", "who's": "who is", "im": "i'm", "w/": "with", "w/o": "without", "w": "with",
    "u": "you", "gimme": "give me", "lemme": "let me", "wanna": "want to", "plz": "please",
    "thats": "that's", "what'd": "what did", "how'd": "how did", "wtf": "what", "v": "vs", "r": "are", "excl": "excluding",
    "incl": "including", "acct": "account", "accts": "accounts", "svc": "service", "svcs": "services",
    "wy": "why", "mo": "month", "qtr": "quarter", "yr": "year", "hrs": "hours", "req": "request", "em": "them",
    "reqs": "requests", "tot": "total", "cov": "coverage", "util": "utilization", "prev": "previous",
    "sp": "savings plan", "sps": "savings plans", "ris": "reservations", "ri": "reservation", "k8s": "kubernetes", "reserved instance": "reservation",
    "reserved instances": "reservations", "alloc": "allocated", "rev": "revenue",
    "wk": "week", "wks": "weeks", "wkly": "weekly", "mth": "month", "mths": "months", "mthly": "monthly", "yrs": "years", "diff": "difference", "oai": "openai", "ex": "excluding", "res": "resource", "cust": "customer", "custs": "customers", "mtok": "million tokens", "thru": "through", "tok": "tokens", "toks": "tokens", "chg": "change", "nonprod": "non-prod",
}  # fmt: skip
_CHAT = lazy(
    rf"(?<![\w.@:/'-])({'|'.join(sorted(map(re.escape, _WRITTEN), key=len, reverse=True))})"
    r"(?:(?<=[nx]cl)\.|(?![\w.@:/'-]|\.\w))",
    re.IGNORECASE,
)
"""How people write in a chat, to the words that it stands for."""


_RANK = lazy(r"\b(top|bottom)(\d{1,3})(?!\w)", re.IGNORECASE)
_PLUS = lazy(r"(?<=\w)\+(?=\w)")
_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)"
_MONTHS = lazy(rf"\b{_MONTH}-{_MONTH}\b", re.IGNORECASE)
_TWO_MONTHS = lazy(rf"\b{_MONTH}/{_MONTH}\b", re.IGNORECASE)
_A_UNIT = lazy(r"(?<!\S)(cost|spend|price|\$)/(?=\w)", re.IGNORECASE)
_OWNED = lazy(r"(?<=\b(?:last|this) )months(?= (?:bill|cost|costs|spend|invoice)\b)", re.IGNORECASE)
_POSSESSIVE = lazy(
    r"\b(?!(?:what|who|how|where|when|why|which|there|that|it|he|she|let|here)'s)(\w+)'s\b",
    re.IGNORECASE,
)
"""Of a name ("Bedrock's share"); two blanks keep every place where it was."""


class Reading:
    """Text with a mask of the same length.

    Attributes:
        text: As written (normalised).
        lower: In lower case.
        mask: The same, with :data:`TAKEN` for what is explained.
        labels: What is explained, in the order in which it was.
    """

    def __init__(self, text: str) -> None:
        text = _POSSESSIVE.sub(r"\1  ", text)
        self.text = text
        # Some letters change length in lower case; those stay as they are.
        self.mask = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        self.lower = self.mask
        self.labels: list[Label] = []

    def take(self, start: int, end: int, kind: str) -> None:
        """Mark a span as explained."""
        self.mask = self.mask[:start] + TAKEN * (end - start) + self.mask[end:]
        self.labels.append(Label(start, end, kind))

    def starts(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The pattern at the first words that are not explained as an opening."""
        return pattern.match(self.mask.lstrip("|,;:.!- "))

    def search(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """First place of the pattern in what is not explained."""
        return pattern.search(self.mask)

    def consume(self, pattern: re.Pattern[str], kind: str) -> re.Match[str] | None:
        """Like :meth:`search`, and mark it as explained."""
        if match := pattern.search(self.mask):
            self.take(*match.span(), kind)
        return match

    def consume_all(self, pattern: re.Pattern[str], kind: str) -> list[re.Match[str]]:
        """Every place of the pattern, all marked."""
        found = [match for match in pattern.finditer(self.mask) if match.group().strip()]
        for match in found:
            self.take(*match.span(), kind)
        return found

    def has(self, kind: str) -> bool:
        """Whether something is explained as this."""
        return any(label.kind == kind for label in self.labels)

    def tokens(self) -> list[Token]:
        """Words not explained yet."""
        return [Token(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(self.mask)]

    def left(self, aside: Sequence[str] = ()) -> list[Token]:
        """Words that nothing explains; of a question that says nothing else, all of them.

        What is explained as one of ``aside`` says nothing by itself.

        Ways to begin and to end count only at the two ends, words of the closed classes anywhere.
        """
        if match := TAIL.search(self.mask):
            self.take(*match.span(), "tail")
        content = [
            label.start for label in self.labels if label.kind not in ("opening", "tail", *aside)
        ]
        if match := LEAD.match(self.mask[: min(content, default=len(self.mask))]):
            self.take(*match.span(), "lead")
        said = any(label.kind not in ("lead", "tail", *aside) for label in self.labels)
        return [
            token
            for token in self.tokens()
            if not (said and _closed(token.text)) or self._is_name(token)
        ]

    def _is_name(self, token: Token) -> bool:
        """Whether it has a capital in the middle of a sentence: "Together AI" is no "together"."""
        words = re.findall(r"[A-Za-z]{2,}", self.text)
        capitals = sum(word[0].isupper() for word in words)
        written = self.text[token.start : token.end]
        begins = not self.text[: token.start].strip() or bool(
            re.search(r"[.?!:]\s*$", self.text[: token.start])
        )
        return (
            len(written) > 1 and written[0].isupper() and not written.isupper()
            and not begins and capitals * 2 <= len(words)
        )  # fmt: skip

    def words_before(self, start: int, count: int = 3) -> list[str]:
        """The last words before a place, lower case, nearest last, explained or not."""
        return [m.group() for m in _TOKEN.finditer(self.lower[:start])][-count:]

    def words_after(self, end: int, count: int = 3) -> list[str]:
        """The first words behind a place."""
        return [m.group() for m in _TOKEN.finditer(self.lower[end:])][:count]


def _closed(word: str) -> bool:
    parts = re.split(r"[/&+]", word.removesuffix("'s"))
    return word in CLOSED or all(part in CLOSED or not part for part in parts)
