"""Blocks as Slack messages: Block Kit as it is sent, with all of it as text beside it.

Names from bills are never markup: they stand in ``rich_text`` and ``raw_text``, where a mention, a
link or an emoji would be an element of its own, and in ``plain_text`` without emoji.

Of each pair of documented limits the smaller one holds; what does not fit goes on in the next block
or message, and figures are never cut. Long names in tables are cut in the middle, which is said.
Buttons are no part of an answer: whoever posts it adds them.

Sources, as of 2026 (the library slack-sdk has no classes for the two data blocks):
https://docs.slack.dev/reference/block-kit/blocks/rich-text-block ,
https://docs.slack.dev/reference/block-kit/blocks/data-table-block ,
https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block and
https://docs.slack.dev/reference/block-kit/composition-objects/text-object .
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Chart, Note, Proposal, Sentence, Suggestions, Table
from tagwright.render.figures import cell_text
from tagwright.render.slack_data import chart_blocks, context, resource_end, table_blocks
from tagwright.render.slack_text import (
    BLOCK_ROOM,
    MANNERS,
    TEXT_ROOM,
    block_texts,
    broken,
    escaped_size,
)  # fmt: skip
from tagwright.render.wording import note_text, proposal_sentence, time_text
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tagwright.blocks import Block, Part

__all__ = ["packed", "preformatted", "slack_blocks", "slack_messages", "text_messages"]

_BLOCKS = 50
_CHARTS = 2
_CHARACTERS = 10_000
"""Of all tables of a message by the documents; here of all its text: Slack refuses messages that
are too large as a whole (``msg_blocks_too_long``) without saying from where on."""
_ITEMS = 40
_MORE = "\nThe rest stands in the message itself."


def slack_messages(
    blocks: Iterable[Block],
    under: Sequence[dict[str, Any]] = (),
    shown: Callable[[Table], range | None] = lambda _: None,
) -> list[dict[str, Any]]:
    """The messages that say the blocks, in order: what ``chat.postMessage`` needs but the channel.

    Each has ``blocks``, ``text`` (the same for notifications and screen readers; tables are cut
    between rows where they are longer than a text may be, which it says) and how Slack shall treat
    the text. Nothing to say is no message.

    Args:
        blocks: Of the answer.
        under: Rows of buttons, made by whoever posts it: the last blocks of the last message.
        shown: Which rows of a table are its page; None for all.
    """
    return packed(slack_blocks(blocks, shown), under)


def slack_blocks(
    blocks: Iterable[Block], shown: Callable[[Table], range | None] = lambda _: None
) -> Iterator[dict[str, Any]]:
    """The blocks as Slack has them; see :func:`slack_messages`."""
    for block in blocks:
        yield from _made(block, shown)


def packed(
    every: Iterable[dict[str, Any]], under: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Blocks as Slack has them, in as few messages as may hold them; see :func:`slack_messages`."""
    messages: list[list[dict[str, Any]]] = []
    size = charts = 0
    for made in every:
        more, drawn = _size(made), made["type"] == "data_visualization"
        if (
            not messages
            or len(messages[-1]) == _BLOCKS - len(under)
            or size + more > _CHARACTERS
            or charts + drawn > _CHARTS
        ):
            messages.append([])
            size = charts = 0
        messages[-1].append(made)
        size, charts = size + more, charts + drawn
    if messages:
        messages[-1] += under
    return [{"text": _twin(made), "blocks": made, **MANNERS} for made in messages]


def preformatted(text: str) -> Iterator[dict[str, Any]]:
    """Lines that are copied as they stand, such as a statement."""
    lines = "\n".join(clean(line) for line in text.splitlines())
    for piece in broken(lines):
        element = {
            "type": "rich_text_preformatted", "elements": [{"type": "text", "text": piece}],
        }  # fmt: skip
        yield {"type": "rich_text", "elements": [element]}


def text_messages(message: dict[str, Any]) -> list[dict[str, Any]]:
    """All of one message of :func:`slack_messages` as text alone, where Slack refuses its blocks.

    Made from the message as it was sent, so that it can be kept and sent again by another process.
    """
    return [{"text": text, **MANNERS} for text in block_texts(message["blocks"])]


def _twin(made: list[dict[str, Any]]) -> str:
    texts = block_texts(made)
    return texts[0] if len(texts) == 1 else block_texts(made, TEXT_ROOM - len(_MORE))[0] + _MORE


def _size(made: object) -> int:
    """Characters of all text in a block."""
    if isinstance(made, dict):
        return sum(
            len(value) if name in ("text", "caption", "title") and isinstance(value, str)
            else _size(value)
            for name, value in made.items()
        )  # fmt: skip
    return sum(map(_size, made)) if isinstance(made, list) else 0


def _made(block: Block, shown: Callable[[Table], range | None]) -> Iterator[dict[str, Any]]:
    if isinstance(block, Sentence):
        bullet = {"-": "\u2022 "}.get(block.bullet, f"{block.bullet} ") if block.bullet else ""
        yield from _paragraph([bullet, *block.parts])
    elif isinstance(block, Table):
        for made in table_blocks(block, shown(block)):
            yield from _paragraph(made) if isinstance(made, list) else [made]
    elif isinstance(block, Chart):
        yield from chart_blocks(block)
    elif isinstance(block, Note):
        text = note_text(block)
        yield from _paragraph([text]) if block.kind == "question" else context(text)
    elif isinstance(block, Proposal):
        yield from _paragraph(proposal_sentence(block).parts)
        if not block.asked:
            yield from _list(
                [Cell(value=command, kind="code"), f": {meaning}"]
                for command, meaning in block.commands
            )
    elif isinstance(block, Suggestions):
        yield from _paragraph([block.intro])
        yield from _list([question] for question in block.questions)


def _paragraph(parts: Iterable[Part]) -> Iterator[dict[str, Any]]:
    for section in _sections(parts):
        yield {"type": "rich_text", "elements": [section]}


def _list(items: Iterable[Sequence[Part]]) -> Iterator[dict[str, Any]]:
    """Items under each other, in as few blocks as may hold them."""
    held: list[dict[str, Any]] = []
    size = 0
    for section in (section for parts in items for section in _sections(parts)):
        more = sum(escaped_size(element["text"]) + 2 for element in section["elements"])
        if held and (size + more > BLOCK_ROOM or len(held) == _ITEMS):
            yield _bullets(held)
            held, size = [], 0
        held.append(section)
        size += more
    if held:
        yield _bullets(held)


def _bullets(sections: list[dict[str, Any]]) -> dict[str, Any]:
    items = {"type": "rich_text_list", "style": "bullet", "elements": sections}
    return {"type": "rich_text", "elements": [items]}


def _sections(parts: Iterable[Part]) -> Iterator[dict[str, Any]]:
    """The parts as text elements; broken between them where they are more than a block may hold."""
    found: list[dict[str, Any]] = []
    left = BLOCK_ROOM
    for part in parts:
        style = {"style": {"code": True}} if _is_code(part) else {}
        for text in broken(_cell(part) if isinstance(part, Cell) else clean(part)):
            size = escaped_size(text) + 2  # the ticks of code
            if found and size > left:
                yield {"type": "rich_text_section", "elements": found}
                found, left = [], BLOCK_ROOM
            found.append({"type": "text", "text": text, **style})
            left -= size
    if found:
        yield {"type": "rich_text_section", "elements": found}


def _cell(cell: Cell) -> str:
    """A cell within a sentence, as people say it: 14 October 2026, and no whole ARN."""
    text = cell_text(cell)
    if cell.kind == "time":
        return time_text(text)
    return resource_end(text) if cell.kind == "name" else text


def _is_code(part: Part) -> bool:
    return isinstance(part, Cell) and part.kind == "code" and part.value is not None
