"""``tagwright ask "QUESTION"``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tagwright.errors import MisuseError
from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ask"]

_STDIN_LIMIT = 1 << 20


@click.command("ask")
@click.argument("question", nargs=-1)
@click.option("--thread", metavar="ID", help="Go on with this conversation.")
@common_options
def ask(question: tuple[str, ...], thread: str | None, as_json: bool, home: Path | None) -> int:
    """Answer one question ('-': read it from stdin).

    Exit status 0 where it was answered, 1 where it was refused or needs to be clearer.
    """
    from tagwright_agent.session import Session, guard_question

    text = _from_stdin() if question == ("-",) else " ".join(question)
    guard_question(text)  # before anything slow is loaded
    answer = Session(settings_for(home), thread).ask(text)
    if as_json:
        emit_json(answer.as_dict())
    else:
        from tagwright_agent.cli.answer_view import print_answer

        print_answer(console(), answer)
    return 0 if answer.status == "answered" else 1


def _from_stdin() -> str:
    """What stands on stdin.

    Raises:
        MisuseError: It is not text, or far too long for a question.
    """
    given = sys.stdin.buffer.read(_STDIN_LIMIT + 1)
    if len(given) > _STDIN_LIMIT:
        raise MisuseError("The question on stdin is longer than a megabyte.")
    try:
        return given.decode()
    except UnicodeDecodeError:
        raise MisuseError("The question on stdin is not UTF-8 text.") from None
