"""Line ends of every kind, and of several in one file, are read; lines are told as people count."""

from __future__ import annotations

import gzip
import random
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from focus_files import csv_text
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.ingest.line_ends import evened
from tagwright.warehouse import open_warehouse

TEXT = csv_text(
    [
        {"BilledCost": "1", "BillingAccountName": "two\r\nlines"},
        {"BilledCost": "2", "BillingAccountName": "one\nmore"},
        {"BilledCost": "bad"},
        {"BilledCost": "4"},
    ]
)


def ended(ends: list[str]) -> bytes:
    """The text with those ends of its five records, what is quoted left as it is."""
    parts = TEXT.split('"')
    source = iter(ends)
    for index in range(0, len(parts), 2):
        pieces = parts[index].split("\n")
        parts[index] = "".join(
            piece + (next(source) if n + 1 < len(pieces) else "") for n, piece in enumerate(pieces)
        )
    return '"'.join(parts).encode()


MIXTURES = [
    ["\n"] * 5,
    ["\r\n"] * 5,
    ["\r"] * 5,
    ["\r\n", "\n", "\r\n", "\n", "\n"],
    ["\n", "\r\n", "\n", "\r\n", "\r\n"],
    ["\n", "\r", "\r\n", "\n", "\r"],
]


@pytest.mark.slow  # six files are ingested, plain and packed
@pytest.mark.parametrize("packed", [False, True])
def test_every_mixture(packed: bool, tmp_path: Path, home: Path) -> None:
    paths = []
    for number, (bom, ends) in enumerate(product([b"", b"\xef\xbb\xbf"], MIXTURES), start=1):
        data = bom + ended(ends)
        paths.append(tmp_path / f"bill-{number}.csv")
        paths[-1].write_bytes(gzip.compress(data) if packed else data)
    files = ingest(load_settings(home), paths).files
    assert [(file.path, file.error) for file in files] == [(str(path), None) for path in paths]
    found = [[(one["line"], one["column"]) for one in file.examples] for file in files]
    assert found == [[(6, "BilledCost")]] * len(paths)
    with open_warehouse(load_settings(home)).open() as snapshot:
        rows = snapshot.query(
            'SELECT x_file, "BilledCost", "BillingAccountName" FROM charges '
            "ORDER BY x_file, x_record"
        ).rows
        kept = snapshot.query("SELECT file FROM rejects ORDER BY file_id").rows
    assert kept == [(str(path),) for path in paths]
    assert rows == [
        (number, *row)
        for number, _ in enumerate(paths, start=1)
        for row in (
            (Decimal(1), "two\r\nlines"),
            (Decimal(2), "one\nmore"),
            (Decimal(4), "Acme"),
        )
    ]


def test_a_copy_only_where_it_is_needed(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.csv", tmp_path / "copy.csv"
    path.write_bytes(b'a,b\r\n1,"x\ny"\r\n')
    assert not evened(path, copy)
    assert not copy.exists()
    path.write_bytes(b'a,b\r\n1,"x\r\ny"\n2,3\r')
    assert evened(path, copy)
    assert copy.read_bytes() == b'a,b\n1,"x\r\ny"\n2,3\n'


def test_a_line_end_across_two_reads(tmp_path: Path) -> None:
    """Chunks are a mebibyte: a CR at the end of one belongs to the LF that begins the next."""
    draw = random.Random(1)  # noqa: S311  nothing secret
    path, copy = tmp_path / "a.csv", tmp_path / "copy.csv"
    head = b"a\n"
    for shift in range(3):
        body = (
            b"x" * ((1 << 20) - len(head) - 1 - shift) + b"\r\n" + b"y\r\r\n" * draw.randint(1, 9)
        )
        path.write_bytes(head + body)
        assert evened(path, copy)
        expected = (head + body).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        assert copy.read_bytes() == expected
