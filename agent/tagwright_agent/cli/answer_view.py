"""An answer as people read it in a terminal: its blocks, receipts and the conversation's id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.text import clean

if TYPE_CHECKING:
    from rich.console import Console

    from tagwright_agent.session import Answer

__all__ = ["print_answer"]


def print_answer(
    out: Console, answer: Answer, *, chart: bool | None = None, thread: bool = True
) -> None:
    """The blocks, SQL that they rest on, the receipts and the conversation's id.

    Args:
        out: Where to.
        answer: What came of a question.
        chart: Whether to draw what can be drawn; None: what tells more than the table, and only
            where somebody looks at a terminal.
        thread: Whether to say the conversation's id.
    """
    from tagwright.render.terminal import print_blocks
    from tagwright_agent.spending import spending_text

    print_blocks(out, answer.blocks, charts=chart)
    _print_statements(out, answer)
    receipts = dict.fromkeys(str(call["receipt"]) for call in answer.calls if call["receipt"])
    lines = [f"Receipt: {', '.join(receipts)}"] if receipts else []
    spent = spending_text(answer.usage, answer.thread_usage)
    lines += [spent] if spent else []
    lines += [f"Conversation: {answer.thread}"] if thread else []
    if lines:
        out.print()
    for line in lines:
        out.print(line, style="dim", soft_wrap=True)


def _print_statements(out: Console, answer: Answer) -> None:
    """SQL that a model wrote and that the answer rests on, for the reader to judge."""
    said = (call["result"]["details"].get("sql") for call in answer.calls if call.get("result"))
    for sql in dict.fromkeys(str(sql) for sql in said if sql):
        out.print("\nSQL:", style="dim")
        for line in sql.strip().splitlines():
            out.print(f"  {clean(line)}", style="dim")
