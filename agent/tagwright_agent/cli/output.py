"""What every verb shares: ``--json`` and ``--home``, one JSON document, tables at 80 columns."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from tagwright.config import Settings

__all__ = [
    "common_options",
    "console",
    "emit_error",
    "emit_json",
    "key_values",
    "patience",
    "progress_bar",
    "remark",
    "remarks",
    "settings_for",
    "spell_what_cannot_be_written",
    "wrapped",
]


_COLUMNS = 80
_COMMAND = re.compile(r"(?<=: )(tagwright [^`]+?)(?:[.;](?= |$)|$)")
_QUOTED = re.compile(r"`[^`]+`")


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json`` (parameter ``as_json``) and ``--home`` (parameter ``home``)."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    @click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Directory of the warehouse, state and settings.",
    )
    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapped


def settings_for(home: Path | None, taxonomy: Path | None = None) -> Settings:
    """Settings of ``home``, or of the default home; with another taxonomy where one is given."""
    from tagwright.config import load_settings

    return load_settings(home, **({"taxonomy": taxonomy.absolute()} if taxonomy else {}))


@contextlib.contextmanager
def patience(settings: Settings) -> Iterator[Callable[[str], None]]:
    """While a model is asked: what it is at, for how long by now, and when it is given up.

    On stderr, where that is a terminal. What is yielded takes what is being done. The built-in
    planner needs no such thing.
    """
    if settings.model == "builtin" or not (out := console(stderr=True)).is_terminal:
        yield lambda _: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from tagwright.text import clean, shorten

    name = shorten(settings.model, 40)
    until = f"after {settings.model_wait:g} s of silence the built-in planner takes over"
    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task(f"Waiting for {name}; {until}", total=None)

        def tell(what: str) -> None:
            progress.update(task, description=f"{name} {clean(what)}; {until}")

        yield tell


def spell_what_cannot_be_written() -> None:
    r"""Let stdout and stderr write any name of a bill, whatever the terminal's encoding.

    What it has no character for is written as JSON writes it (``\u6570``), so that a document of
    ``--json`` stays one.
    """
    import codecs

    codecs.register_error("tagwright", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="tagwright")


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end


def console(*, stderr: bool = False) -> Console:
    """A rich console: no markup (text from bills may look like it), 80 columns where not a tty."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _COLUMNS
    return Console(
        file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False
    )


@contextlib.contextmanager
def progress_bar(
    *, quiet: bool, first: str = "reading"
) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar on stderr, where somebody is watching."""
    screen = console(stderr=True)
    if quiet or not screen.is_terminal:
        yield None
        return
    from rich.progress import Progress

    with Progress(console=screen, transient=True) as bar:
        task = bar.add_task(first, total=None)

        def step(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield step


def key_values(items: Sequence[str], option: str) -> dict[str, str]:
    """``NAME=VALUE`` as a mapping.

    Raises:
        MisuseError: One is not of that form; names the option.
    """
    from tagwright.errors import MisuseError

    pairs = {}
    for item in items:
        name, sign, value = item.partition("=")
        if not sign or not name:
            raise MisuseError(f"{option} {item!r}: it must be NAME=VALUE.")
        pairs[name] = value
    return pairs


def remarks() -> Callable[[str], None]:
    """Says sentences on stderr, each once, as of other people's plugins."""
    said: set[str] = set()

    def say(sentence: str) -> None:
        if sentence not in said:
            said.add(sentence)
            remark(clean(sentence))

    return say


def remark(text: str) -> None:
    """Say something beside the answer: on stderr, at its width."""
    click.echo(wrapped(f"tagwright: {text}", _stderr_width()), err=True)


def wrapped(text: str, width: int) -> str:
    """The text in lines of at most ``width``; a command in it is never broken.

    Where it stands at the end of a clause and the line is too long, it gets a line of its own.

    >>> print(wrapped("In a terminal: tagwright approve plan_1. A script passes it.", 40))
    In a terminal:
      tagwright approve plan_1
    A script passes it.
    >>> print(wrapped("Run `tagwright taxonomy suggest` and see.", 30))
    Run
    `tagwright taxonomy suggest`
    and see.
    """
    return "\n".join(line for one in text.split("\n") for line in _lines(one, width))


def _lines(text: str, width: int) -> Iterator[str]:
    if len(text) <= width:
        yield text
        return
    import textwrap

    fill = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    for index, part in enumerate(_COMMAND.split(text)):
        if index % 2:
            yield f"  {part}"
            continue
        # No text that is shown holds a NUL.
        whole = _QUOTED.sub(lambda one: one.group().replace(" ", "\0"), part.strip(" "))
        yield from (line.replace("\0", " ") for line in fill.wrap(whole))


def _stderr_width() -> int:
    """Columns of the terminal; 80 where it is none."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _COLUMNS
    except (OSError, ValueError):
        return _COLUMNS


def emit_json(document: Any) -> None:
    """Write the one JSON document of a ``--json`` verb."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def emit_error(error: dict[str, Any], *, as_json: bool) -> None:
    """Say what went wrong: on stderr, and with ``--json`` as ``{"error": {...}}`` on stdout."""
    if as_json:
        emit_json({"error": error})
    hint = f"\n{error['hint']}" if error.get("hint") else ""
    remark(f"{error['message']}{hint}")
