"""Ingest one file of telemetry and look at what came of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from tagwright.ingest.report import FileReport

__all__ = ["bytes_under", "example", "read", "rejected", "rows", "stored", "write_lines"]


def example(shared: Path, source: str) -> dict[str, Any]:
    """The record of that source in the shared examples."""
    lines = (shared / "reference" / "record_examples.jsonl").read_text().splitlines()
    [found] = [line for line in map(json.loads, lines) if line["source"] == source]
    return found["record"]


def write_lines(path: Path, records: list[Any]) -> Path:
    """JSON lines; a text stands in the file as it is."""
    path.write_text(
        "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in records)
    )
    return path


def read(home: Path, path: Path) -> FileReport:
    """Ingest the file; it must be readable as a whole."""
    [file] = ingest(load_settings(home), [path]).files
    assert file.error is None, file.error
    return file


def stored(home: Path, columns: str, table: str = "usage") -> list[tuple[Any, ...]]:
    """Columns of every row, in the order of the files."""
    with open_warehouse(load_settings(home)).open() as snapshot:
        return snapshot.query(f"SELECT {columns} FROM {table} ORDER BY x_file, x_record").rows


def rows(home: Path, path: Path, columns: str, table: str = "usage") -> list[tuple[Any, ...]]:
    """Ingest a file of which nothing may be rejected; columns of every row."""
    file = read(home, path)
    assert (file.rejected, file.examples) == (0, [])
    return stored(home, columns, table)


def rejected(file: FileReport) -> list[tuple[int, str, str]]:
    """Line, column and reason of what was kept out."""
    return [(item["line"], item["column"], item["reason"]) for item in file.examples]


def bytes_under(home: Path) -> bytes:
    """Every byte of every file there, gzip or not."""
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
