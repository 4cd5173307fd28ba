"""The journal as files: CSV for the ledger's import, JSON with everything; all or nothing each."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from tagwright.errors import TagwrightError
from tagwright.files import replace_file
from tagwright.text import spreadsheet_text

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.reports.journal import Journal

__all__ = ["COLUMNS", "journal_csv", "journal_json", "write_journal", "write_text"]

COLUMNS = (
    "run_id", "run_number", "run_kind", "status", "period", "posted_at", "line", "entity",
    "cost_center", "gl_account", "side", "currency", "amount", "target", "kind", "method", "rule",
    "partner", "reversal_of",
)  # fmt: skip
"""Of the CSV."""


def journal_csv(journal: Journal) -> str:
    """One row a line, :data:`COLUMNS`; text that a spreadsheet would compute begins with ``'``."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    run = (journal.run_id, journal.number, journal.kind, journal.status, journal.period)
    for number, line in enumerate(journal.lines, 1):
        item = line.as_dict()
        texts = {
            name: spreadsheet_text(item[name] or "")
            for name in (
                *("entity", "cost_center", "gl_account", "currency", "target"),
                *("kind", "method", "rule", "partner"),
            )
        }
        own = {**texts, "side": line.side, "amount": item["amount"]}
        writer.writerow(
            [*run, journal.posted_at, number, *(own[name] for name in COLUMNS[7:-1]),
             journal.reversal_of]
        )  # fmt: skip
    return stream.getvalue()


def journal_json(journal: Journal) -> str:
    """The whole run as one document."""
    return json.dumps(journal.as_dict(), ensure_ascii=False, indent=2) + "\n"


def write_journal(journal: Journal, folder: Path) -> list[Path]:
    """Write ``journal-<month>-<run>.csv`` and ``.json``; a run's files never change.

    Raises:
        TagwrightError: The folder cannot be written.
    """
    run = "draft" if journal.status == "draft" else f"run{journal.number}"
    run += "-reversal" if journal.kind == "reversal" else ""
    stem = folder / f"journal-{journal.period}-{run}"
    made = {".csv": journal_csv(journal), ".json": journal_json(journal)}
    return [write_text(stem.with_name(stem.name + end), text) for end, text in made.items()]


def write_text(path: Path, text: str) -> Path:
    """Write a UTF-8 file that is there whole or not at all.

    Raises:
        TagwrightError: It cannot be written.
    """
    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise TagwrightError(
            f"{path} cannot be written ({error.strerror or type(error).__name__}).",
            hint="Choose another place, or make room on the disk.",
        ) from None
    return path
