"""Telemetry files for tests, and what became of them."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.ingest.report import FileReport, IngestReport

__all__ = ["SECRET", "example", "lines", "query", "read", "read_one", "secret_kept"]

SECRET = "the-launch-code-is-0000"
"""Put where prompts and completions are; nothing below the home directory may hold it."""


def example(shared: Path, source: str) -> dict[str, Any]:
    """The record of that source in the shared examples."""
    for line in (shared / "reference" / "record_examples.jsonl").read_text().splitlines():
        found = json.loads(line)
        if found["source"] == source:
            record: dict[str, Any] = found["record"]
            return record
    pytest.fail(f"no example of {source}")


def lines(path: Path, *records: Any) -> Path:
    """JSON lines, gzip by the name; a text is written as it is."""
    text = "\n".join(r if isinstance(r, str) else json.dumps(r) for r in records) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def read(home: Path, *paths: Path) -> IngestReport:
    return ingest(load_settings(home), paths)


def read_one(home: Path, path: Path, *, source: str, usage: int) -> FileReport:
    """Ingest one file, which must be that source's and give so many usage rows."""
    [file] = read(home, path).files
    assert (file.error, file.source, file.usage) == (None, source, usage)
    return file


def query(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(load_settings(home)).open() as snapshot:
        return snapshot.query(sql).rows


def secret_kept(home: Path) -> list[str]:
    """Files below the home directory that hold :data:`SECRET`; there must be a snapshot at all."""
    held = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".duckdb" for path in held)
    return [path.name for path in held if SECRET.encode() in path.read_bytes()]
