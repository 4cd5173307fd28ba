"""The question as a sheet on which every explained word is crossed out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright_agent.planner.view import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sheet", "Token"]

_TOKEN = re.compile(r"tag:[^\s,?!]+|[^\s,;?!()\"“”]+")
_EDGE = ".:'’`*="


@dataclass(frozen=True)
class Token:
    """A word: its place, and how it is compared."""

    start: int
    end: int
    text: str

    @property
    def folded(self) -> str:
        """Lower case, letters and digits only."""
        return fold(self.text)


class Sheet:
    """Text with a mark on every character that is explained."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._used = bytearray(len(text))
        self.tokens = list(_tokens(text))

    def free(self, start: int, end: int) -> bool:
        """Whether nothing in the span is explained yet."""
        return not any(self._used[start:end])

    def mark(self, start: int, end: int) -> None:
        """Cross the span out."""
        self._used[start:end] = b"\1" * (end - start)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match in what is free, crossed out."""
        for match in pattern.finditer(self.text):
            if match.group().strip() and self.free(match.start(), match.end()):
                self.mark(match.start(), match.end())
                return match
        return None

    def take_all(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """Every match in what is free, crossed out."""
        found = []
        while (match := self.take(pattern)) is not None:
            found.append(match)
        return found

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether the pattern occurs in what is free."""
        return any(
            match.group().strip() and self.free(match.start(), match.end())
            for match in pattern.finditer(self.text)
        )

    def masked(self) -> str:
        """The text with blanks where it is crossed out; places stay the same."""
        return "".join(
            " " if used else char for char, used in zip(self.text, self._used, strict=True)
        )

    def open_tokens(self) -> list[Token]:
        """Words not explained yet."""
        return [token for token in self.tokens if self.free(token.start, token.end)]

    def spans(self, longest: int) -> Iterator[tuple[int, int, str]]:
        """Runs of open words, long ones first: first index, index behind the last, folded text."""
        count = len(self.tokens)
        for size in range(min(longest, count), 0, -1):
            for first in range(count - size + 1):
                run = self.tokens[first : first + size]
                if all(self.free(token.start, token.end) for token in run):
                    yield first, first + size, fold(self.text[run[0].start : run[-1].end])

    def mark_tokens(self, first: int, behind: int) -> None:
        """Cross out a run of words."""
        self.mark(self.tokens[first].start, self.tokens[behind - 1].end)


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        word = match.group()
        start = match.start() + len(word) - len(word.lstrip(_EDGE))
        word = word.strip(_EDGE)
        if word.endswith(("'s", "’s")):
            word = word[:-2]
        if fold(word):
            yield Token(start, start + len(word), word)
