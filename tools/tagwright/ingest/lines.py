"""Where in a CSV a record stands: the physical line, for the few records that were rejected.

DuckDB numbers records; people look at lines, and a quoted text may hold newlines. The file is
read again only where there is something to report.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

__all__ = ["RAW_LIMIT", "Located", "locate"]

RAW_LIMIT = 2_000


@dataclass
class Located:
    """Lines of records.

    Attributes:
        records: Ordinal of a well-formed record (from 1) to its first line and its text.
        malformed: First line, reason and text of each record that is not well-formed.
        positions: Rows at which the malformed records stand: the header is 1, blank lines count.
        count: Well-formed records in all.
    """

    records: dict[int, tuple[int, str]] = field(default_factory=dict)
    malformed: list[tuple[int, str, str]] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    count: int = 0


class _Remembering:
    """Lines of a stream, of which those since the last :meth:`take` are remembered."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._stream = stream
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            self._taken.append(line)
            yield line

    def take(self) -> str:
        text = "".join(self._taken).rstrip("\r\n")
        self._taken.clear()
        return text


def locate(path: Path, delimiter: str, width: int, wanted: Collection[int]) -> Located:
    """Find the wanted records, and every malformed one.

    Args:
        path: CSV, gzip or not.
        delimiter: Its delimiter.
        width: Number of columns in the header.
        wanted: Ordinals (from 1, header not counted, malformed ones not counted) to locate.
    """
    # A field may be as long as a file may be; the default of 128 KiB would stop us.
    csv.field_size_limit(1 << 30)
    found = Located()
    with path.open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if zipped else path.open("rb") as binary:
        # Bytes that are not UTF-8 become lone surrogates, by which they are told below.
        text = io.TextIOWrapper(
            cast("BinaryIO", binary), encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
        lines = _Remembering(text)
        reader = csv.reader(lines, delimiter=delimiter)
        next(reader, None)
        lines.take()
        for row in itertools.count(2):
            line = reader.line_num + 1
            record = next(reader, None)
            if record is None:
                break
            raw = lines.take()
            if not record:
                continue  # a blank line is not a record
            fault = _fault(record, raw, width)
            shown = raw[:RAW_LIMIT].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            if fault:
                found.malformed.append((line, fault, shown))
                found.positions.append(row)
                continue
            found.count += 1
            if found.count in wanted:
                found.records[found.count] = (line, shown)
    return found


def _fault(record: list[str], raw: str, width: int) -> str:
    """Why the record is malformed; empty where it is not."""
    if any("\udc80" <= char <= "\udcff" for char in raw):
        return "not UTF-8"
    return f"{len(record)} fields instead of {width}" if len(record) != width else ""
