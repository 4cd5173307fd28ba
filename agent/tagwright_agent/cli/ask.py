"""``tagwright ask "QUESTION"``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagwright.errors import MisuseError
from tagwright_agent.cli.output import (
    common_options,
    console,
    emit_json,
    patience,
    remark,
    settings_for,
)

if TYPE_CHECKING:
    from tagwright_agent.session import Answer

__all__ = ["ask", "unknown_thread"]

_STDIN_LIMIT = 1 << 20
_PICTURES = (".png", ".svg")


@click.command("ask")
@click.argument("question", nargs=-1)
@click.option("--thread", metavar="ID", help="Go on with this conversation.")
@click.option(
    "--chart/--no-chart",
    default=None,
    help="Draw the figures; without it, trends and changes are drawn in a terminal.",
)
@click.option(
    "--chart-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the picture, as PNG or as SVG by the name of FILE; a second currency goes to "
    "FILE-XXX.",
)
@common_options
def ask(
    question: tuple[str, ...],
    *,
    thread: str | None,
    chart: bool | None,
    chart_file: Path | None,
    as_json: bool,
    home: Path | None,
) -> int:
    """Answer one question ('-': read it from stdin).

    Exit status 0 where it was answered, 1 where it was refused or needs to be clearer.
    """
    from tagwright_agent.session import Session, guard_question

    text = _from_stdin() if question == ("-",) else " ".join(question)
    guard_question(text)  # before anything slow is loaded
    if chart_file is not None and not chart_file.suffix:
        chart_file = chart_file.with_suffix(".png")
    if chart_file is not None and chart_file.suffix.lower() not in _PICTURES:
        raise MisuseError(
            f"{chart_file}: a picture is written as .png or .svg, not as {chart_file.suffix}.",
            hint=f"For example: --chart-file {chart_file.with_suffix('.svg')}",
        )
    settings = settings_for(home)
    session = Session(settings, thread)
    if thread is not None and not session.begun():
        remark(unknown_thread(thread))
    with patience(settings) as tell:
        answer = session.ask(text, tell)
    if as_json:
        emit_json(answer.as_dict())
    else:
        from tagwright_agent.cli.answer_view import print_answer

        print_answer(console(), answer, chart=chart)
    if chart_file is not None:
        _write_charts(answer, chart_file)
    return 0 if answer.status == "answered" else 1


def unknown_thread(name: str) -> str:
    """What is said of an id that nobody used: it may be one's own choice, or a slip."""
    return f"There is no conversation {name} yet; a new one begins under that id."


def _write_charts(answer: Answer, path: Path) -> None:
    """The pictures as the suffix says, a file per currency; the names of the files on stderr.

    Raises:
        MisuseError: There is nothing to draw, or the file cannot be written.
        ConfigError: The libraries of the extra ``charts`` are not installed.
    """
    from tagwright.blocks import Chart
    from tagwright.render.picture import png, svg

    found = [block for block in answer.blocks if isinstance(block, Chart)]
    if not found:
        raise MisuseError(
            "This answer has no figures to draw; no file was written.",
            hint='Pictures are made of groups and trends, for example: "cost by team last month".',
        )
    for number, chart in enumerate(found):
        # A currency is text of a bill: only letters and digits may become part of a name.
        mark = chart.unit if chart.unit.isascii() and chart.unit.isalnum() else str(number + 1)
        own = path.with_name(f"{path.stem}{f'-{mark}' if number else ''}{path.suffix}")
        image = svg(chart).encode() if path.suffix.lower() == ".svg" else png(chart)
        try:
            own.write_bytes(image)
        except OSError as error:
            raise MisuseError(f"{own} cannot be written: {error.strerror}.") from None
        click.echo(f"Chart: {own}", err=True)


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
