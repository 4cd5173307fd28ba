"""The head of a file: format, delimiter, columns; and what keeps it from being read at all."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from typing import TYPE_CHECKING

from tagwright.errors import DataError, StrangerError
from tagwright.focus import COLUMNS
from tagwright.sources.json_head import read_json_head
from tagwright.sources.model import Head
from tagwright.text import shorten

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

__all__ = ["SUFFIXES", "file_sql", "read_head", "sql_text"]

SUFFIXES = (
    ".csv",
    ".csv.gz",
    ".parquet",
    *(f".{kind}{zipped}" for kind in ("json", "jsonl", "ndjson") for zipped in ("", ".gz")),
)
"""What is looked for in a folder; a file named outright may be called anything."""

_PROBE = 1 << 16
_CHUNK = 1 << 20
_KNOWN = {column.name.casefold() for column in COLUMNS} | {"providername", "publishername"}


def sql_text(value: str) -> str:
    """A SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def file_sql(path: Path) -> str:
    """A file's name as a SQL literal that DuckDB takes for that file alone.

    DuckDB reads names as globs, so that ``bill[1].csv`` would be ``bill1.csv``. Give it together
    with ``hive_partitioning = false``: a folder called ``BilledCost=77`` would be a column.
    """
    name = str(path.absolute())
    return sql_text("".join(f"[{char}]" if char in "*?[" else char for char in name))


def read_head(con: duckdb.DuckDBPyConnection, path: Path) -> Head:
    """Recognise format, delimiter and columns.

    Raises:
        StrangerError: Neither UTF-8 nor, as CSV, UTF-16; or none of CSV, JSON and Parquet.
        DataError: Missing, unreadable, empty, or truncated.
    """
    try:
        if path.exists() and not path.is_file():
            raise DataError(
                f"{path}: is not a file that can be read twice.", hint="Save it to a file first."
            )
        with path.open("rb") as stream:
            start = stream.read(_PROBE)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or type(error).__name__})."
        ) from None
    if not start.strip():
        raise DataError(f"{path}: is empty.", hint="Export it again.")
    if start[:4] == b"PAR1":
        return _parquet(con, path)
    if start[:2] == b"\x1f\x8b":
        start = _gunzip_start(path)
        if not start.strip():
            raise DataError(f"{path}: is empty inside its gzip.", hint="Export it again.")
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return read_json_head(path)
    return _csv(path, start)


def _gunzip_start(path: Path) -> bytes:
    """The first bytes of the text, after the whole stream proved sound.

    DuckDB reads a gzip that was cut without a word, up to the cut; Python checks end and CRC.
    """
    start = b""
    try:
        with gzip.open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                start = start or chunk[:_PROBE]
    except (OSError, EOFError, zlib.error):
        raise DataError(
            f"{path}: the gzip is truncated or corrupt.", hint="Download or export it again."
        ) from None
    return start


def _csv(path: Path, start: bytes) -> Head:
    utf16 = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    if utf16:  # the start may end amid a character
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        start = decoder.decode(start).encode()
    if start.lstrip()[:1] in (b"{", b"["):
        raise StrangerError(f"{path}: is JSON in UTF-16.", hint="Save it as UTF-8.")
    if b"\0" in start:
        raise StrangerError(
            f"{path}: is neither CSV nor JSON nor Parquet.", hint="Give a FOCUS export."
        )
    # The first record is all that must be text now; a bad byte in a later row is that row's fault.
    line = start.split(b"\n", 1)[0].split(b"\r", 1)[0]
    try:
        line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise StrangerError(f"{path}: the header is not UTF-8.", hint="Save it as UTF-8.") from None
    text = start.decode("utf-8-sig", errors="replace")
    if not text.strip():
        raise DataError(f"{path}: is empty.", hint="Export it again.")
    found: list[tuple[int, int, str, list[str]]] = []
    for delimiter in (",", ";", "\t", "|"):
        try:
            header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            raise StrangerError(
                f"{path}: its first line cannot be read as CSV.",
                hint="Save it as UTF-8, with plain line ends.",
            ) from None
        known = sum(name.strip().casefold() in _KNOWN for name in header)
        found.append((known, len(header), delimiter, header))
    # The most columns we know; among equals the most columns; among equals the first delimiter.
    known, width, delimiter, header = max(found, key=lambda item: (item[0], item[1]))
    if width < 2:
        first = text.splitlines()[0]
        raise StrangerError(
            f"{path}: no delimiter found in its first line ({shorten(first, 60)!r}).",
            hint="A FOCUS CSV is delimited by commas (semicolons, tabs and bars are read too).",
        )
    columns = tuple(
        name.strip() or f"column {number}" for number, name in enumerate(header, start=1)
    )
    folded = [name.casefold() for name in columns]
    doubled = sorted({name for name in columns if folded.count(name.casefold()) > 1})
    if doubled and known:
        raise DataError(
            f"{path}: the header names {', '.join(doubled)} more than once.",
            hint="Export it again; two columns of one name cannot be told apart.",
        )
    return Head(path, "csv", columns, ("VARCHAR",) * len(columns), delimiter, utf16)


def _parquet(con: duckdb.DuckDBPyConnection, path: Path) -> Head:
    import duckdb

    try:
        described = con.execute(
            f"DESCRIBE SELECT * FROM read_parquet({file_sql(path)}, hive_partitioning = false)"
        ).fetchall()
    except duckdb.Error:
        raise DataError(
            f"{path}: the Parquet file is truncated or corrupt.",
            hint="Download or export it again.",
        ) from None
    return Head(
        path, "parquet", tuple(row[0] for row in described), tuple(row[1] for row in described)
    )
