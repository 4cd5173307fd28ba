"""``tagwright connect`` and ``tagwright fetch``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import TagwrightError
from tagwright_agent.cli.ingest import show_report
from tagwright_agent.cli.output import (
    common_options,
    console,
    emit_error,
    emit_json,
    progress_bar,
    settings_for,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright.connectors import Fetched
    from tagwright.ingest import IngestReport

__all__ = ["connect", "fetch"]

_SHOWN = 8


@click.command("connect")
@click.argument("name")
@common_options
def connect(name: str, as_json: bool, home: Path | None) -> None:
    """Check a connector's credentials, and say what they can see. Nothing is fetched."""
    from tagwright.connectors import check

    found = check(settings_for(home), name)
    if as_json:
        emit_json(found)
        return
    out = console()
    out.print(f"{name} can be read.", style="bold")
    for label, value in found["sees"].items():
        out.print(f"{label.replace('_', ' ')}: {_shown(value)}")


@click.command("fetch")
@click.argument("names", nargs=-1)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="First day to fetch (default: the connector's `since`, else its own).",
)
@click.option(
    "--ingest/--no-ingest", "ingesting", default=True, help="Read what was fetched (default)."
)
@common_options
def fetch(
    names: tuple[str, ...],
    since: dt.datetime | None,
    ingesting: bool,
    as_json: bool,
    home: Path | None,
) -> int:
    """Fetch what is new with these connectors (default: all that are configured), and ingest it.

    Exit status 1 where something could not be fetched or read; everything else is published.
    """
    from tagwright.connectors import fetch as run

    settings = settings_for(home)
    with progress_bar(quiet=as_json, first="fetching") as progress:
        done = run(
            settings, names, since=since.date() if since is not None else None, progress=progress
        )
    report, fault = None, None
    if ingesting and any(item.waiting for item in done):
        try:
            report = _ingest(settings, done, quiet=as_json)
        except TagwrightError as error:
            fault = error
    if as_json:
        emit_json(
            {
                "connectors": [item.as_dict() for item in done],
                "ingest": report.as_dict() if report else None,
                **({"error": fault.as_dict()} if fault else {}),
            }
        )
    else:
        _show(done, report, ingesting=ingesting)
    for item in done:
        for problem in item.errors:
            said = problem.as_dict()
            emit_error({**said, "message": f"{item.name}: {said['message']}"}, as_json=False)
    if fault:
        emit_error(fault.as_dict(), as_json=False)
    failed = fault or any(item.errors for item in done) or (report and report.failed)
    return 1 if failed else 0


def _ingest(settings: Settings, done: Sequence[Fetched], *, quiet: bool) -> IngestReport:
    """Read all that waits, and strike out what was read."""
    from tagwright.builtin.describe_data import keep_names
    from tagwright.connectors import mark_ingested
    from tagwright.ingest import ingest

    with progress_bar(quiet=quiet) as progress:
        report = ingest(
            settings, [path for item in done for path in item.waiting], progress=progress
        )
    keep_names(settings)
    unread = [file.path for file in report.files if file.error]
    for item in done:
        if item.waiting:
            mark_ingested(settings, item.name, unread)
    return report


def _show(done: Sequence[Fetched], report: IngestReport | None, *, ingesting: bool) -> None:
    from tagwright.text import clean

    out = console()
    for item in done:
        size = f"{item.bytes / 1e6:,.1f} MB" if item.bytes >= 1e5 else f"{item.bytes:,} bytes"
        out.print(
            f"{item.name}: {item.files:,} new or changed files ({size}), "
            f"{item.unchanged:,} unchanged."
        )
        for note in item.notes[:_SHOWN]:
            out.print(f"{item.name}: {clean(note)}")
        if len(item.notes) > _SHOWN:
            out.print(f"{item.name}: … and {len(item.notes) - _SHOWN} more notes.")
    if report:
        show_report(report)
    elif not ingesting and (waiting := sum(len(item.waiting) for item in done)):
        out.print(f"{waiting:,} files wait for ingest; `tagwright fetch` reads them.")


def _shown(value: Any) -> str:
    from tagwright.text import clean

    if isinstance(value, dict):
        shown = [f"{clean(str(key))} {_shown(item)}" for key, item in value.items()]
        return ", ".join(shown) or "none"
    if isinstance(value, list):
        more = f" and {len(value) - _SHOWN} more" if len(value) > _SHOWN else ""
        return ", ".join(clean(str(item)) for item in value[:_SHOWN]) + more or "none"
    return "unknown" if value is None else clean(str(value))
