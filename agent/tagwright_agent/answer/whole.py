"""The whole answer of a turn as blocks: what was said, pictures, plans that wait, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.blocks import Note, Proposal, loaded
from tagwright.render.proposal import proposal_block
from tagwright_agent.charts import charts_of
from tagwright_agent.messages import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tagwright.blocks import Block
    from tagwright_agent.messages import Message, ToolRun, Turn

__all__ = ["whole_answer"]


def whole_answer(turn: Turn, runs: Sequence[ToolRun], asked: Collection[str] = ()) -> list[Block]:
    """What a person gets to see.

    Args:
        turn: Finished.
        runs: Its tool calls.
        asked: Ids of the plans that somebody present is asked about.
    """
    said: list[Block] = []
    notes: list[Note] = list(turn.notes)
    for block in _said(turn.messages[-1]):
        if isinstance(block, Note) and block.kind != "question":
            notes.append(block)
        elif isinstance(block, Proposal):
            said.append(block.model_copy(update={"asked": block.plan in asked}))
        else:
            said.append(block)
    proposed = {block.plan for block in said if isinstance(block, Proposal)}
    said += [
        proposal_block(plan, asked=plan["id"] in asked)
        for plan in turn.plans
        if plan["id"] not in proposed
    ]
    if turn.status == "answered":
        said += charts_of(runs)
    results = [run.result for run in runs if run.result is not None]
    notes += [Note(text=note) for result in results for note in result.notes]
    return [*said, *dict.fromkeys(notes)]


def _said(message: Message) -> list[Block]:
    stored = message.about.get(BLOCKS)
    if stored:
        return loaded(stored)
    from tagwright_agent.answer.prose import prose_blocks

    return prose_blocks(message.text)
