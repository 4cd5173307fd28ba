"""Several questions in one message: each is asked in turn, as if it had been sent by itself.

Only what surely is more than one is taken apart: items of a list, lines that begin anew, sentences
that each end in a question mark. "Our bill doubled. Why?" stays one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["MOST", "Several", "questions_in"]

MOST = 5
"""So many of one message are answered."""

_ITEM = re.compile(r"^(?:[-*\u2022\u25e6\u2013]|\(?\d{1,2}[.)]|[a-h]\))\s+(?=\S)")
_END = re.compile(r"(?<=\?)[\"')\]]*\s+(?=\S)")
_GOES_ON = re.compile(
    r"(?:and|or|but|by|in|for|of|on|at|to|from|with|without|than|per|only|since|until|during|"
    r"between|vs|versus|compared|because|that|which is|as|grouped|sorted|last|this|next)\b"
)
"""A line that begins so in lower case goes on with the sentence of the line before."""
_OPEN = re.compile(
    r"\b(?:and|or|by|in|for|of|on|at|to|from|with|than|the|a|an|our|last|per)$", re.IGNORECASE
)
"""A line that ends so is not over."""
_QUOTE = re.compile(r"\"|(?<![^\W_])'|'(?![^\W_])")
_SHORT = re.compile(r"(?:but |and |so )?(?:why|how|how so|how come|who|when|where|since when)\b")


@dataclass(frozen=True)
class Several:
    """What one message asks.

    Attributes:
        asked: The questions in order, at least one, at most :data:`MOST`.
        left: Those that are too many.
    """

    asked: tuple[str, ...]
    left: tuple[str, ...] = ()


def questions_in(text: str) -> Several:
    """The questions of a message.

    >>> questions_in("Our bill doubled. Why?").asked
    ('Our bill doubled. Why?',)
    >>> questions_in("Why did S3 go up? And EC2?").asked
    ('Why did S3 go up?', 'And EC2?')
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if line]
    found = _items(lines) or [one for part in _paragraphs(lines) for one in _sentences(part)]
    if len(found) < 2:
        return Several((" ".join(lines),))
    return Several(tuple(found[:MOST]), tuple(found[MOST:]))


def _items(lines: list[str]) -> list[str]:
    """The items of a list, each with the lines that go on with it; what leads to it is no question.

    Questions around the list count too; none where there is no list of two.
    """
    marks = [bool(_ITEM.match(line)) for line in lines]
    if sum(marks) < 2:
        return []
    found: list[str] = []
    inside = False
    for line, mark in zip(lines, marks, strict=True):
        if mark:
            found.append(_ITEM.sub("", line))
            inside = True
        elif inside and _GOES_ON.match(line):
            found[-1] += f" {line}"
        elif line.endswith("?"):
            found += _sentences(line)
            inside = False
    return found


def _paragraphs(lines: list[str]) -> list[str]:
    """Lines that begin anew; one that is no question leads to the next, or ends the one before."""
    found: list[str] = []
    for line in lines:
        before = found[-1] if found else ""
        if before and (
            before.endswith((".", ",", ":", "!")) or _OPEN.search(before) or _GOES_ON.match(line)
        ):
            found[-1] += f" {line}"
        else:
            found.append(line)
    if len(found) > 1 and found[-1].endswith((".", "!")):  # "Thanks!"
        last = found.pop()
        found[-1] += f" {last}"
    return found


def _sentences(text: str) -> list[str]:
    """Sentences that each end in a question mark; all of the text where one does not."""
    parts = [part.strip() for part in _END.split(text)]
    if not all(_is_whole(part) for part in parts):
        return [text]
    found: list[str] = []
    held = ""
    for part in parts:
        if len(part.split()) == 1 and not _SHORT.match(part.lower()) and part is not parts[-1]:
            held = f"{held}{part} "  # "Really? Why did it double?"
            continue
        found.append(f"{held}{part}")
        held = ""
    return found


def _is_whole(part: str) -> bool:
    """Whether it ends as a question, and not within a quotation."""
    return part.rstrip("\"')]").endswith("?") and len(_QUOTE.findall(part)) % 2 == 0
