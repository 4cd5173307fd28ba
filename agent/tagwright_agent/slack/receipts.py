"""The button that shows the receipts of what was said: one, under whatever we say.

It carries a handle and no figure: of an answer the turn (:mod:`tagwright_agent.slack.pages`), of
what nobody asked in a conversation (a digest, an alert, a plan, the home tab) the receipts' ids.
Who may see a receipt is judged with each press, by what it was made of.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Chart, Sentence, Table, sentence
from tagwright.context import open_context
from tagwright.errors import AccessError, UnknownNameError
from tagwright.people import load_people, require
from tagwright.receipts import load_receipt
from tagwright.render.slack import packed, preformatted, slack_blocks, slack_messages
from tagwright.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.people import Principal

__all__ = ["RECEIPT", "named_in", "receipt_button", "receipt_buttons", "receipt_row",
           "receipts_in", "shown"]  # fmt: skip

RECEIPT = "tagwright_answer_receipt"
_MARK = "receipts "
_MOST = 60
"""Ids that a button's value (2,000 characters) has room for."""


def receipts_in(blocks: Iterable[Block]) -> list[str]:
    """Ids of the receipts behind what is said, each once, in order."""
    found: list[str | None] = []
    for block in blocks:
        if isinstance(block, Chart):
            found.append(block.receipt)
        elif isinstance(block, Sentence):
            found += [part.receipt for part in block.parts if isinstance(part, Cell)]
        elif isinstance(block, Table):
            found += [cell.receipt for row in (*block.rows, *block.totals) for cell in row]
    return list(dict.fromkeys(receipt for receipt in found if receipt))


def receipt_button(value: str) -> dict[str, Any]:
    """The button, with a handle."""
    return {
        "type": "button", "action_id": RECEIPT, "value": value,
        "text": {"type": "plain_text", "text": "Show receipt", "emoji": False},
    }  # fmt: skip


def receipt_buttons(receipts: Sequence[str]) -> list[dict[str, Any]]:
    """The one button of these receipts; none where there are none."""
    return [receipt_button(_MARK + " ".join(receipts[:_MOST]))] if receipts else []


def receipt_row(receipts: Sequence[str]) -> list[dict[str, Any]]:
    """The same as a row of its own."""
    made = receipt_buttons(receipts)
    return [{"type": "actions", "elements": made}] if made else []


def named_in(value: str) -> list[str] | None:
    """The receipts that a button's handle names; None where it is that of an answer."""
    return value.removeprefix(_MARK).split() if value.startswith(_MARK) else None


def shown(settings: Settings, who: Principal, receipts: Iterable[str]) -> list[dict[str, Any]]:
    """What ``tagwright receipt`` shows of each that they may see, but for running it again.

    Raises:
        AccessError: They may not ask, or see any of them.
    """
    if not who.person:
        raise AccessError(
            f"{who.proven} is nobody in people.yaml, so no receipt is shown to you.",
            hint="Whoever runs Tagwright adds you there under `slack`.",
        )
    require(load_people(settings), who, "ask")
    found, kept_back = [], 0
    with open_context(settings, who) as ctx:
        for receipt in receipts:
            try:
                found.append(load_receipt(receipt, ctx))
            except UnknownNameError:  # which of the two it is, is not said
                kept_back += 1
    if not found:
        raise AccessError(
            "These receipts are no longer kept, or were made of more than you may see.",
            hint="Ask yourself: you get your part of it.",
        )
    messages = packed(chain.from_iterable(map(_receipt, found)))
    if kept_back:
        messages += slack_messages([
            sentence(f"{counted(kept_back, 'receipt')} more: no longer kept, or made of more than "
                     "you may see.")
        ])  # fmt: skip
    return messages


def _receipt(receipt: dict[str, Any]) -> Iterator[dict[str, Any]]:
    given = {name: value for name, value in receipt["arguments"].items() if value not in ("", [])}
    count = len(receipt["queries"])
    said: list[Block] = [
        sentence("Receipt ", _code(receipt["id"]), ": ", _code(receipt["tool"]), " with ",
                 _code(json.dumps(given, ensure_ascii=False)), "."),
        sentence(f"Made {receipt['created_at']} on snapshot ", _code(receipt["snapshot"]),
                 f" by Tagwright {clean(receipt['tagwright_version'])}, "
                 f"{counted(count, 'statement')}:"),
    ]  # fmt: skip
    yield from slack_blocks(said)
    for query in receipt["queries"]:
        params = json.dumps(query["params"], ensure_ascii=False)
        yield from preformatted(query["sql"] + (f"\n-- with {params}" if query["params"] else ""))
    again = _code(f"tagwright receipt {receipt['id']}")
    yield from slack_blocks([sentence("The same figures again: ", again, ".")])


def _code(text: str) -> Cell:
    return Cell(value=text, kind="code")
