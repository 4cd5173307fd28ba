"""An answer as it was kept, in one message: a page of its tables at a time, and buttons below.

What a button carries is a handle: the conversation, the number of the turn, and what is wanted of
it. Figures are read from the turn each time; who may see them is judged anew with each press.

Sources: https://docs.slack.dev/reference/block-kit/blocks/context-actions-block and
https://docs.slack.dev/reference/block-kit/block-elements/feedback-buttons-element .
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Proposal, Table, extended
from tagwright.errors import AccessError, MisuseError, UnknownNameError
from tagwright.people import Scope, load_people, require, scope_of
from tagwright.receipts import goes_on, more_rows
from tagwright.render.slack import slack_messages
from tagwright_agent.answer.whole import whole_answer
from tagwright_agent.approval import proposal_of
from tagwright_agent.messages import runs_of
from tagwright_agent.slack.pictures import drawn_below
from tagwright_agent.slack.receipts import receipt_button
from tagwright_agent.thread import Thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright.results import ToolResult
    from tagwright_agent.messages import ToolRun, Turn

__all__ = ["CSV", "FEEDBACK", "NEXT", "PREVIOUS", "Handle", "KeptAnswer", "kept_answer"]

CSV = "tagwright_answer_csv"
PREVIOUS, NEXT = "tagwright_answer_previous", "tagwright_answer_next"
FEEDBACK = "tagwright_answer_feedback"

_SIZES = (20, 10, 5)
"""Rows of a page: the most with which the first page is one message."""
_REACH = 1000
"""No page goes further down; the file has all rows."""


@dataclass(frozen=True)
class Handle:
    """Which answer, and what is wanted of it.

    Attributes:
        thread: The conversation.
        number: Of the turn, from 1.
        wanted: Of a page its number, from 0; of feedback ``good`` or ``bad``.
    """

    thread: str
    number: int
    wanted: str = ""

    def __str__(self) -> str:
        return f"{self.thread} {self.number} {self.wanted}".rstrip()

    @classmethod
    def of(cls, value: str) -> Handle:
        """The inverse of ``str``.

        Raises:
            MisuseError: It is none.
        """
        match value.split(" "):
            case [thread, number, *wanted] if number.isdecimal() and len(wanted) <= 1:
                return cls(thread, int(number), *wanted)
        raise MisuseError("That button says nothing of an answer.", hint="Ask again.")


def kept_answer(
    settings: Settings, who: Principal, handle: Handle, *, alone: bool = False
) -> KeptAnswer:
    """The answer, for who may see all that it was made of.

    Args:
        settings: Where it is kept.
        who: Reads it.
        handle: Which.
        alone: Whether it is said to one person: no plan's message and no picture stands below.

    Raises:
        AccessError: They may not, or may not ask at all.
        UnknownNameError: It is no longer kept.
    """
    people = load_people(settings)
    if not who.person:
        raise AccessError(
            f"{who.proven} is nobody in people.yaml, so nothing of this answer is shown to you.",
            hint="Whoever runs Tagwright adds you there under `slack`.",
        )
    require(people, who, "ask")
    mine = scope_of(people, who)
    with Thread(settings, handle.thread) as thread:
        kept = thread.at(handle.number)
    if kept is None:
        raise UnknownNameError(
            "answer", str(handle.number), hint="It is no longer kept: ask again."
        )
    if mine is not None and (kept.scope is None or not mine.covers(kept.scope)):
        raise AccessError(
            "This answer was made of more than you may see.",
            hint="Ask yourself: you get your part of it.",
        )
    return KeptAnswer(settings, who, handle, kept.turn, kept.scope, alone)


@dataclass(frozen=True)
class KeptAnswer:
    """An answer that was given, for somebody who may see it."""

    settings: Settings
    who: Principal
    handle: Handle
    turn: Turn
    scope: Scope | None
    alone: bool = False

    @cached_property
    def runs(self) -> list[ToolRun]:
        """The tool calls behind it."""
        return runs_of(self.turn.messages)

    @cached_property
    def blocks(self) -> list[Block]:
        """All that was said; aloud without what the plan's own message says just below."""
        said = whole_answer(self.turn, self.runs)
        if self.alone:
            return said
        plans = {run.result.receipt for run in self.runs
                 if run.result is not None and proposal_of(run.result.details)}  # fmt: skip
        return [
            block.model_copy(update={"asked": True}) if isinstance(block, Proposal) else block
            for block in said
            if not (isinstance(block, Table) and _receipts(block) & plans)
        ]

    @cached_property
    def receipts(self) -> list[str]:
        """Ids, each once."""
        return list(dict.fromkeys(r.receipt for r in self._results() if r.receipt))

    @cached_property
    def filed(self) -> list[str]:
        """Receipts of the results whose rows stand in its tables."""
        shown = {
            cell.receipt for block in self.blocks if isinstance(block, Table)
            for row in block.rows for cell in row if cell.part == "rows"
        }  # fmt: skip
        return [receipt for receipt in self.receipts if receipt in shown]

    @property
    def question(self) -> str:
        """As it was asked."""
        return self.turn.messages[0].text

    def messages(
        self, page: int = 0, *, head: Sequence[Block] = (), notes: Sequence[Block] = ()
    ) -> list[dict[str, Any]]:
        """The answer with that page of its tables; one message, or several with all their rows.

        Args:
            page: From 0.
            head: Said above it.
            notes: Said below it.

        Raises:
            TagwrightError: Rows that the answer left out cannot be had.
        """
        below = [] if self.alone else drawn_below(self.blocks)
        blocks = [*head, *(block for block in self.blocks if block not in below), *notes]
        size = self._size(blocks)
        if not size:
            return slack_messages(blocks, self._under(0, 1))
        pages = max(self._pages(table, size) for table in self._tables())
        page = min(page, pages - 1)
        turned = [
            self._turned(block, page, size) if isinstance(block, Table) else (block, None)
            for block in blocks
        ]
        parts = {id(block): part for block, part in turned}
        return slack_messages(
            [block for block, _ in turned], self._under(page, pages),
            lambda table: parts[id(table)],
        )  # fmt: skip

    # --- pages -------------------------------------------------------------------------------

    def _results(self) -> list[ToolResult]:
        return [run.result for run in self.runs if run.result is not None]

    def _tables(self) -> list[Table]:
        return [block for block in self.blocks if isinstance(block, Table)]

    def _size(self, blocks: Sequence[Block]) -> int:
        """Rows of a page; 0 where the answer has one, or its first is more than one message."""
        for size in _SIZES:
            pages = [self._pages(table, size) for table in self._tables()]
            if max(pages, default=1) == 1:
                return 0
            first = partial(_first, size)
            if len(slack_messages(blocks, self._under(0, 2), first)) == 1:
                return size
        return 0

    def _pages(self, table: Table, size: int) -> int:
        return -(-max(self._reach(table), 1) // self._step(table, size))

    def _step(self, table: Table, size: int) -> int:
        """A table that was answered with fewer rows than a page goes on in as many."""
        cut = self._reach(table) > len(table.rows)
        return min(size, len(table.rows)) or size if cut else size

    def _known(self, table: Table) -> Table:
        """With those rows below that were known when it was answered."""
        result = self._result_of(table)
        return (extended(table, result) if result is not None else None) or table

    def _reach(self, table: Table) -> int:
        """How many rows can be shown."""
        known, result = self._known(table), self._result_of(table)
        if result is None or extended(table, result) is None or table.offset:
            return len(table.rows)
        tool = next(run.tool for run in self.runs if run.result is result)
        whole = result.row_count == table.row_count and not result.offset and goes_on(tool)
        return min(table.row_count, _REACH) if whole else len(known.rows)

    def _result_of(self, table: Table) -> ToolResult | None:
        """The result whose first rows it has."""
        cells = [cell for row in table.rows for cell in row if cell.part]
        named = {(cell.part, cell.receipt) for cell in cells}
        if len(named) != 1 or next(iter(named))[0] != "rows":
            return None
        receipt = next(iter(named))[1]
        return next((r for r in self._results() if receipt and r.receipt == receipt), None)

    def _turned(self, table: Table, page: int, size: int) -> tuple[Table, range]:
        """The table with the rows of a page, and where in it they are."""
        step, reach = self._step(table, size), self._reach(table)
        first, last = page * step, min((page + 1) * step, reach)
        known = self._known(table)
        have = len(known.rows)
        if last <= have or first >= reach:
            return known, range(min(first, have), min(last, have))
        result = self._result_of(table)
        assert result is not None  # noqa: S101  else there is no further to reach
        assert result.receipt is not None  # noqa: S101
        begin = max(first, have)
        more = more_rows(result.receipt, self.settings, self.who, first=begin, last=last)
        whole = extended(known, result, more)
        assert whole is not None  # noqa: S101  it was for those that are known
        skipped = begin - have
        moved = whole.model_copy(update={"offset": skipped})
        return moved, range(first - skipped, len(whole.rows))

    # --- buttons -----------------------------------------------------------------------------

    def _under(self, page: int, pages: int) -> list[dict[str, Any]]:
        """The rows below it: none where nothing of the data is in it."""
        if self.turn.status != "answered":
            return []
        made = []
        if page:
            made.append(self._button("Previous", PREVIOUS, str(page - 1)))
        if page + 1 < pages:
            made.append(self._button("Next", NEXT, str(page + 1)))
        if self.filed:
            made.append(self._button("CSV", CSV))
        if self.receipts:
            made.append(receipt_button(self._value("")))
        rows = [{"type": "actions", "elements": made}] if made else []
        return [*rows, {"type": "context_actions", "elements": [self._feedback()]}]

    def _button(self, label: str, action: str, wanted: str = "") -> dict[str, Any]:
        return {
            "type": "button", "text": _plain(label), "action_id": action,
            "value": self._value(wanted),
        }  # fmt: skip

    def _feedback(self) -> dict[str, Any]:
        def button(label: str, wanted: str, read: str) -> dict[str, Any]:
            return {
                "text": _plain(label),
                "value": self._value(wanted),
                "accessibility_label": read,
            }

        return {
            "type": "feedback_buttons", "action_id": FEEDBACK,
            "positive_button": button("Good answer", "good", "This answer is good"),
            "negative_button": button("Bad answer", "bad", "This answer is wrong or of no use"),
        }  # fmt: skip

    def _value(self, wanted: str) -> str:
        return str(Handle(self.handle.thread, self.handle.number, wanted))


def _receipts(table: Table) -> set[str | None]:
    return {cell.receipt for row in table.rows for cell in row if cell.part}


def _first(size: int, table: Table) -> range:
    return range(min(size, len(table.rows)))


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
