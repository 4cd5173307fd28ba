"""What Block Kit blocks of ours show, as text: for notifications and where blocks are refused.

Text is mrkdwn, so that tables can stand in a fence. Nothing of the data is markup in it: ``&``,
``<`` and ``>`` are escaped (mentions and links begin with ``<``), a line with anything else that
mrkdwn reads stands in a fence whole, and what is sent says that Slack shall link nothing by itself.
Source: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["BLOCK_ROOM", "MANNERS", "TEXT_ROOM", "block_texts", "broken", "escaped", "escaped_size"]

MANNERS = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
"""How Slack treats a text: it makes no link, mention or preview of its own."""
TEXT_ROOM = 4000
"""``chat.update`` takes no longer text; ``chat.postMessage`` would, but a stream may end in one."""
BLOCK_ROOM = 3000
"""Characters of a text within a block, counted as they are where they are escaped."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_READ = re.compile(r"[*~`]|(?<!\w)_|_(?!\w)|:[^\s:]+:|^\s*>")
"""What mrkdwn would read in a line: emphasis, code, emoji, a quotation."""
_FIGURE = re.compile(r"[<>]?[-+]?\d[\d,]*(\.\d+)?%?( \S+)?|-")
"""What stands at the right; of several currencies too, which Slack is not given as numbers."""
_FENCE = "```"
_LOOKALIKE = "\u02cb"
"""For a backtick within a fence, which could end it together with those of the fence."""
_GAP = "  "
_WIDE = 200
"""Wider tables are not lined up: their lines would break anyway."""


def escaped(text: str) -> str:
    """Text without Slack's control characters.

    >>> escaped("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return "".join(_ENTITIES.get(char, char) for char in text)


def escaped_size(text: str) -> int:
    """How long the escaped text is."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def broken(text: str) -> list[str]:
    """The text in pieces that a block has room for; between words where there are any.

    >>> [len(piece) for piece in broken("<" * 1000)], broken("")
    ([749, 251], [])
    """
    pieces, most = [], BLOCK_ROOM - 2  # the ticks of code
    while escaped_size(text) > most:
        end = sum(size <= most for size in accumulate(map(escaped_size, text[:most])))
        cut = text.rfind(" ", end // 2, end) + 1 or end
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text] if text else pieces


def block_texts(blocks: Iterable[dict[str, Any]], room: int = TEXT_ROOM) -> list[str]:
    """All that the blocks show, in as many texts as needed; tables are cut between rows.

    Args:
        blocks: Made by :mod:`tagwright.render.slack`; others are left out.
        room: Characters of a text; at least 4,000.
    """
    texts = _Texts(room)
    for block in blocks:
        if block["type"] == "data_table":
            texts.table(block["rows"])
        else:
            texts.paragraph(_paragraph(block))
    return [text for text in texts.found if text]


class _Texts:
    """Texts that are filled one after the other."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.found = [""]

    def paragraph(self, text: str) -> None:
        if not text:
            return
        if self.found[-1] and len(self.found[-1]) + 1 + len(text) > self.room:
            self.found.append("")
        self.found[-1] += f"\n{text}" if self.found[-1] else text

    def table(self, rows: Sequence[Sequence[dict[str, Any]]]) -> None:
        head, *lines = _lines(rows)
        first = 0
        while first < len(lines):
            last = self._reach(head, lines, first)
            whole = first == 0 and last == len(lines)
            shown = "" if whole else f"\nRows {first + 1:,} to {last:,} of these {len(lines):,}."
            body = [*([head] if self._room_for(head, lines[first]) else []), *lines[first:last]]
            self.paragraph(_fenced("\n".join(body)) + shown)
            first = last

    def _room_for(self, *lines: str) -> bool:
        return sum(len(line) + 1 for line in lines) + 60 <= self.room

    def _reach(self, head: str, lines: Sequence[str], first: int) -> int:
        """Up to which row the text has room; at least one more, in a text of its own."""
        left = self.room - len(self.found[-1]) - len(head) - 60
        last = first
        while last < len(lines) and len(lines[last]) < left:
            left -= len(lines[last]) + 1
            last += 1
        if last == first and self.found[-1]:
            self.found.append("")
            return self._reach(head, lines, first)
        return max(last, first + 1)


def _paragraph(block: dict[str, Any]) -> str:
    if block["type"] in {"actions", "context_actions"}:  # buttons say nothing
        return ""
    if block["type"] == "context":
        return "\n".join(_line([element]) for element in block["elements"])
    if block["type"] == "data_visualization":
        return _line([{"text": f"Picture: {block['title']}"}])
    lines = []
    for part in block.get("elements", ()):
        if part["type"] == "rich_text_list":
            items = (item["elements"] for item in part["elements"])
            lines += [_line([{"text": "\u2022 "}, *elements]) for elements in items]
        elif part["type"] == "rich_text_preformatted":
            lines += [_fenced(escaped(element["text"])) for element in part["elements"]]
        else:
            lines.append(_line(part["elements"]))
    return "\n".join(lines)


def _line(elements: Sequence[dict[str, Any]]) -> str:
    """Text and code; in a fence where mrkdwn would read anything else in it.

    >>> _line([{"text": "plan "}, {"text": "p_1", "style": {"code": True}}])
    'plan `p_1`'
    >>> _line([{"text": "team *x*"}])
    '```team *x*```'
    """
    plain = "".join(element["text"] for element in elements)
    marked = [element for element in elements if element.get("style", {}).get("code")]
    # An underscore is judged by its neighbours: code stands there as a letter.
    rest = "".join("x" if element in marked else element["text"] for element in elements)
    if _READ.search(rest) or any("`" in element["text"] for element in marked):
        return _fenced(escaped(plain))
    return "".join(
        f"`{escaped(element['text'])}`" if element in marked else escaped(element["text"])
        for element in elements
    )


def _fenced(text: str) -> str:
    return f"{_FENCE}{text.replace('`', _LOOKALIKE)}{_FENCE}"


def _lines(rows: Sequence[Sequence[dict[str, Any]]]) -> list[str]:
    """The head and each row as a line, figures at the right."""
    texts = [[escaped(cell["text"]) for cell in row] for row in rows]
    right = [
        all(_FIGURE.fullmatch(cell["text"]) for cell in column)
        for column in zip(*rows[1:], strict=True)
    ]
    widths = [max(len(cell["text"]) for cell in column) for column in zip(*rows, strict=True)]
    if sum(widths) > _WIDE:
        widths = [0] * len(widths)
    lines = []
    for row, raw in zip(texts, rows, strict=True):
        padded = []
        for text, cell, width, at_right in zip(row, raw, widths, right, strict=True):
            blank = " " * (width - len(cell["text"]))  # an entity is one character wide
            padded.append(blank + text if at_right else text + blank)
        lines.append(_GAP.join(padded).rstrip())
    return lines
