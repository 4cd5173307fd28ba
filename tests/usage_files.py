"""Ingest a file of telemetry and see what came of it."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.sources import load_sources
from tagwright.sources.json_head import read_json_head
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.ingest.report import FileReport, IngestReport

__all__ = [
    "SECRET",
    "claims",
    "example",
    "leaks",
    "lines",
    "load",
    "query",
    "read",
    "read_one",
    "rejects",
    "usage",
]

SECRET = "sesame-4711-open"
"""What tests write into every field that holds content."""


def lines(path: Path, *records: Any) -> Path:
    """JSON lines, gzip by the name; a text is written as it is."""
    texts = (text if isinstance(text, str) else json.dumps(text) for text in records)
    content = "".join(f"{text}\n" for text in texts).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def example(shared: Path, source: str) -> dict[str, Any]:
    """The example of that name."""
    text = (shared / "reference" / "record_examples.jsonl").read_text()
    [found] = [r for r in map(json.loads, text.splitlines()) if r["source"] == source]
    record: dict[str, Any] = found["record"]
    return record


def claims(path: Path) -> list[str]:
    """Names of the sources that take the file for their own."""
    head = read_json_head(path)
    return [name for name, source in load_sources()[0].items() if source.recognise(head)]


def read(home: Path, *paths: Path) -> IngestReport:
    """Ingest the files."""
    return ingest(load_settings(home), paths)


def load(home: Path, *paths: Path) -> list[FileReport]:
    """Ingest the files, each of which can be read."""
    files = read(home, *paths).files
    assert [file.error for file in files] == [None] * len(paths)
    return files


def read_one(home: Path, path: Path, *, source: str, usage: int) -> FileReport:
    """Ingest one file, which must be that source's and give so many usage rows."""
    [file] = load(home, path)
    assert (file.source, file.usage) == (source, usage)
    return file


def rejects(file: FileReport) -> list[tuple[object, object, object]]:
    """Line, column and reason of each record kept out."""
    return [(one["line"], one["column"], one["reason"]) for one in file.examples]


def query(home: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the snapshot."""
    with open_warehouse(load_settings(home)).open() as snapshot:
        return snapshot.query(sql).rows


def usage(home: Path, columns: str) -> list[tuple[Any, ...]]:
    """Usage rows of the snapshot, in the order of the files."""
    return query(home, f"SELECT {columns} FROM usage ORDER BY x_file, x_record")


def leaks(home: Path) -> list[str]:
    """Files under the home that hold the secret."""
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".duckdb" for path in files)
    return [str(path) for path in files if SECRET.encode() in path.read_bytes()]
