"""The physical line of a rejected record."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from tagwright.ingest.lines import RAW_LIMIT, locate

if TYPE_CHECKING:
    from pathlib import Path


def test_records_after_quoted_newlines_blank_lines_and_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'x,y\n1,"two\nlines"\n\n3,4\nonly one\n5,caf\xe9\n7,8\n')
    found = locate(path, ",", 2, {1, 3})
    assert found.records == {1: (2, '1,"two\nlines"'), 3: (8, "7,8")}
    assert [(line, why) for line, why, _ in found.malformed] == [
        (6, "1 fields instead of 2"),
        (7, "not UTF-8"),
    ]
    assert found.malformed[1][2] == "5,caf\ufffd"
    assert found.count == 3


def test_gzip_carriage_returns_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbfx;y\r\n1;2\r\n3;4\r\n"))
    assert locate(path, ";", 2, {2}).records == {2: (3, "3;4")}


def test_a_long_record_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1," + "z" * 200_000 + "\n")
    assert len(locate(path, ",", 2, {1}).records[1][1]) == RAW_LIMIT
