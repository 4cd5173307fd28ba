"""``tagwright feedback``: what people say of answers, and the questions they were bad at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.blocks import Table
    from tagwright.state import Feedback

__all__ = ["feedback"]

_SHOWN = 50


@click.command("feedback")
@common_options
def feedback(as_json: bool, home: Path | None) -> None:
    """Count the answers that people called good and bad; the bad ones' questions, newest first.

    Whoever sees a part of the data sees what they said themselves: a question can name what they
    may not see.
    """
    from tagwright.people import at_terminal, load_people, require, scope_of
    from tagwright.state import feedback_of, open_state

    settings = settings_for(home)
    people, who = load_people(settings), at_terminal(settings)
    require(people, who, "ask")
    own = scope_of(people, who) is not None
    state = open_state(settings)
    try:
        found = feedback_of(state, who.id if own else None)
    finally:
        state.close()
    bad = [item for item in found if not item.good]
    if as_json:
        emit_json(
            {
                "good": len(found) - len(bad),
                "bad": len(bad),
                "only_own": own,
                "questions": [
                    {
                        "question": item.question, "person": item.person,
                        "at": item.at.isoformat(timespec="seconds"),
                        "thread": item.thread, "turn": item.number,
                    }
                    for item in bad
                ],
            }
        )  # fmt: skip
        return
    from tagwright.render.terminal import print_blocks

    out = console()
    of = "Of what you said yourself (you see a part of the data): " if own else ""
    out.print(f"{of}{len(found) - len(bad)} good, {len(bad)} bad.")
    if bad:
        print_blocks(out, [_table(bad)])


def _table(bad: list[Feedback]) -> Table:
    from tagwright.blocks import grid

    rows = [
        [item.at.strftime("%Y-%m-%d %H:%M"), item.person, item.question] for item in bad[:_SHOWN]
    ]
    heads = [("When (UTC)", "time"), ("Who", "name"), ("Question of a bad answer", "name")]
    return grid(heads, rows, row_count=len(bad))  # type: ignore[arg-type]
