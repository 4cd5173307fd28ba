"""``tagwright demo``: the whole tour with a sample company and a sandbox AWS, in a terminal."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import click

from tagwright.errors import MisuseError
from tagwright_agent.cli.output import console, emit_json

__all__ = ["demo"]


@click.command("demo")
@click.option("--yes", is_flag=True, help="Approve the plan without asking.")
@click.option(
    "--keep", is_flag=True, help="Keep the sample company's home, to ask it more questions."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory for the sample company (default: a temporary one).",
)
def demo(yes: bool, keep: bool, as_json: bool, home: Path | None) -> None:
    """The whole tour on a sample company and a sandbox AWS: nothing real is touched.

    Of a temporary directory only the report is left.
    """
    from tagwright_evals.tour import Tour

    where, temporary = _directory(home, keep=keep)
    tour = Tour(where, console(stderr=as_json), _asks(yes=yes))
    try:
        tour.run(kept=not temporary)
        if as_json:
            emit_json(tour.told)
    finally:
        if temporary:
            for path in where.iterdir():
                if path != tour.report:
                    shutil.rmtree(path, ignore_errors=True)
            if not tour.report.exists():
                where.rmdir()


def _directory(home: Path | None, *, keep: bool) -> tuple[Path, bool]:
    """Where the tour takes place, and whether it is removed afterwards."""
    if home is None:
        return Path(tempfile.mkdtemp(prefix="tagwright-demo-")), not keep
    where = home.expanduser().absolute()
    if where.exists() and any(where.iterdir()):
        raise MisuseError(f"{where} is not empty.", hint="The tour takes a new directory.")
    where.mkdir(parents=True, exist_ok=True)
    return where, False


def _asks(*, yes: bool) -> bool:
    """Whether a person is there to be asked for approval."""
    return not yes and sys.stdin.isatty() and sys.stdout.isatty()
