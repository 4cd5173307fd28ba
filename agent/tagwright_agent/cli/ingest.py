"""``tagwright ingest`` and ``tagwright refresh``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagwright.text import counted
from tagwright_agent.cli.output import (
    common_options,
    console,
    emit_json,
    patience,
    progress_bar,
    settings_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright.blocks import Kind, Table
    from tagwright.ingest import IngestReport, Replaced

__all__ = ["ingest", "refresh", "show_report"]

_SHOWN_REPLACED = 8
_SHOWN_REJECTS = 3
_NOT_ASKED = "The question was not asked: nothing of these files was taken."


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True)
@click.option("--source", metavar="NAME", help="Format of the files (default: recognised).")
@click.option("--again", is_flag=True, help="Read anew what is there already.")
@click.option(
    "--instead-of",
    metavar="SOURCE",
    help="Source whose charges give way where these files are the same bill.",
)
@click.option("--ask", "question", metavar="QUESTION", help="Then answer this.")
@common_options
def ingest(
    paths: tuple[str, ...],
    *,
    source: str | None,
    again: bool,
    instead_of: str | None,
    question: str | None,
    as_json: bool,
    home: Path | None,
) -> int:
    """Read billing exports: files, folders, globs. Whole billing periods are replaced.

    Exit status 1 where a file that should have been read was not (the others are published), or
    the question was not answered. It is not asked where nothing of these files was taken.
    """
    from tagwright.builtin.describe_data import keep_names
    from tagwright.ingest import ingest as run

    if question is not None:
        from tagwright_agent.session import guard_question

        guard_question(question)  # before hours of reading, perhaps
    settings = settings_for(home)
    with progress_bar(quiet=as_json) as progress:
        report = run(
            settings,
            paths,
            source=source,
            again=again,
            instead_of=instead_of,
            progress=progress,
        )
    keep_names(settings)
    document = report.as_dict()
    if not as_json:
        show_report(report)
    answered = True
    if question is not None and not report.taken:
        # What is there is of other files: an answer from it would look like one about these.
        document["answer"], document["not_asked"], answered = None, _NOT_ASKED, False
        if not as_json:
            console().print(_NOT_ASKED)
    elif question is not None:
        from tagwright_agent.cli.answer_view import print_answer
        from tagwright_agent.session import Session

        with patience(settings) as tell:
            answer = Session(settings).ask(question, tell)
        document["answer"], answered = answer.as_dict(), answer.status == "answered"
        if not as_json:
            console().print()
            print_answer(console(), answer)
    if as_json:
        emit_json(document)
    return 1 if report.failed or not answered else 0


@click.command("refresh")
@common_options
def refresh(as_json: bool, home: Path | None) -> int:
    """Apply a changed taxonomy, rules and prices to what is there."""
    from tagwright.builtin.describe_data import keep_names
    from tagwright.ingest import refresh as run

    settings = settings_for(home)
    info = run(settings)
    keep_names(settings)
    if as_json:
        emit_json({"snapshot": info.id, "charges": info.charges, "taxonomy": info.taxonomy_digest})
    else:
        console().print(
            f"{info.charges:,} charges carry the taxonomy {info.taxonomy_digest[:12]} "
            f"(snapshot {info.id})."
        )
    return 0


def show_report(report: IngestReport) -> None:
    """What was read, file by file, and what changed by it."""
    from tagwright.render.terminal import print_blocks

    out = console()
    if any(file.source for file in report.files):
        print_blocks(out, [_table(report)])
    for line, style in _remarks(report):
        out.print(line, style=style)
    for item in report.replaced[:_SHOWN_REPLACED]:
        out.print(_replaced(item))
    if len(report.replaced) > _SHOWN_REPLACED:
        out.print(f"… and {len(report.replaced) - _SHOWN_REPLACED} more billing periods replaced.")
    for warning in report.warnings:
        out.print(warning)
    out.print(_closing(report))


def _table(report: IngestReport) -> Table:
    """One row a file and currency."""
    from tagwright.blocks import Cell, grid, money

    rows: list[list[Cell | str | int]] = []
    for file in report.files:
        if not file.source:
            continue
        beside = [count or "" for count in (file.usage, file.kubernetes)]
        first: list[Cell | str | int] = [Path(file.path).name, file.version]
        counts: list[Cell | str | int] = [*beside, file.rejected]
        for total in file.totals:
            billed = money(total.billed, total.currency)
            effective = money(total.effective, total.currency)
            rows.append([*first, total.charges, *counts, billed, effective])
            first, counts = ["", ""], ["", "", ""]
        if not file.totals:
            rows.append([*first, "" if any(beside) else 0, *counts, "", ""])
    columns: list[tuple[str, Kind]] = [
        ("File", "text"), ("Format", "text"), ("Charges", "count"), ("Usage", "count"),
        ("Kubernetes", "count"), ("Rejected", "count"), ("Billed", "amount"),
        ("Effective", "amount"),
    ]  # fmt: skip
    # A column only where there is something to see in it.
    hidden = {"Usage": not report.usage, "Kubernetes": not report.kubernetes}
    shown = [index for index, (title, _) in enumerate(columns) if not hidden.get(title)]
    return grid([columns[index] for index in shown], [[row[i] for i in shown] for row in rows])


def _remarks(report: IngestReport) -> Iterator[tuple[str, str | None]]:
    """What is to be known of the files, each with its style; a note of many files once."""
    from tagwright.text import clean

    notes: dict[str, list[str]] = {}
    for file in report.files:
        name = clean(Path(file.path).name)
        for note in file.notes:
            notes.setdefault(clean(note), []).append(name)
    for note, names in notes.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"{names[0]}{more}: {note}", None
    for file in report.files:
        name = clean(Path(file.path).name)
        if file.error:
            yield f"{name}: {clean(file.error).removeprefix(f'{clean(file.path)}: ')}", "red"
        if file.skipped:
            yield f"{name}: passed over: {clean(file.skipped)}", None
        for reject in file.examples[:_SHOWN_REJECTS]:
            yield clean(f"{name}: line {reject['line']} rejected: {reject['reason']}"), "yellow"
        if file.rejected > _SHOWN_REJECTS:
            yield f"{name}: … and {file.rejected - _SHOWN_REJECTS:,} more rejected", "yellow"


def _replaced(item: Replaced) -> str:
    from tagwright.money import display_text
    from tagwright.text import clean

    if item.source:
        dropped = ", ".join(f"{display_text(t.billed)} {t.currency}" for t in item.before)
        return (
            f"Dropped {clean(item.source)}'s {clean(item.billing_account)}, billing period "
            f"{item.billing_period}: billed {dropped}"
        )
    before = {total.currency: total.billed for total in item.before}
    after = {total.currency: total.billed for total in item.after}
    changes = ", ".join(
        f"{display_text(before[c]) if c in before else 'none'} → "
        f"{display_text(after[c]) if c in after else 'none'} {c}"
        for c in sorted(before.keys() | after.keys())
    )
    return (
        f"Replaced {clean(item.billing_account)}, billing period {item.billing_period}: "
        f"billed {changes}"
    )


def _closing(report: IngestReport) -> str:
    if not any(file.source and not file.error for file in report.files):
        return "Nothing was read; nothing has changed."
    if report.unchanged:
        return f"Nothing new: all of it is in snapshot {report.snapshot} already."
    rejected = f", {report.rejected:,} rejected" if report.rejected else ""
    charges = counted(report.charges, "charge")
    usage = f", {counted(report.usage, 'usage row')}" if report.usage else ""
    if report.kubernetes:
        usage += f", {counted(report.kubernetes, 'row')} of Kubernetes usage"
    return f"{charges}{usage}{rejected}. Current snapshot: {report.snapshot}"
