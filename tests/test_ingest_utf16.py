"""Excel's "Unicode text" is UTF-16 with a mark: the charges are those of the text in UTF-8."""

from __future__ import annotations

import codecs
import gzip
from typing import TYPE_CHECKING, Any

import pytest

from focus_files import csv_text
from tagwright.config import load_settings
from tagwright.errors import DataError
from tagwright.ingest import IngestReport, ingest
from tagwright.ingest.utf16 import as_utf8
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

TEXT = csv_text(
    [
        {"BilledCost": "1.25", "BillingAccountName": "two\r\nlines, Zürich"},
        {"BilledCost": "bad", "BillingAccountName": "\N{SNOWMAN}"},
        {"BilledCost": "2", "BillingAccountName": "\N{ROCKET} \N{CJK UNIFIED IDEOGRAPH-90E8}"},
    ],
    delimiter="\t",
)


def read(home: Path, path: Path, data: bytes) -> tuple[list[tuple[Any, ...]], IngestReport]:
    """Charges but for the name of their file, and the report."""
    path.write_bytes(data)
    report = ingest(load_settings(home), [path])
    assert report.files[0].error is None
    with open_warehouse(load_settings(home)).open() as snapshot:
        return snapshot.query(
            "SELECT * EXCLUDE (x_file) FROM charges ORDER BY x_record"
        ).rows, report


@pytest.mark.slow  # each file is ingested twice, in four encodings
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("mark", "encoding"), [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")]
)
@pytest.mark.parametrize("ends", ["all alike", "mixed"])
def test_the_charges_are_those_of_the_same_text_in_utf8(
    mark: bytes, encoding: str, packed: bool, ends: str, tmp_path: Path, home: Path
) -> None:
    text = TEXT if ends == "all alike" else TEXT.replace("\n", "\r\n", 1)
    data = mark + text.encode(encoding)
    wide = gzip.compress(data) if packed else data
    rows, report = read(home / "wide", tmp_path / "wide.csv", wide)
    plain, other = read(home / "plain", tmp_path / "plain.csv", text.encode())
    assert len(rows) == 2
    assert rows == plain
    [bad], [same] = report.files[0].examples, other.files[0].examples
    assert (bad["line"], bad["column"], bad["reason"]) == (
        same["line"], same["column"], same["reason"],
    )  # fmt: skip
    assert bad["line"] == 4


def test_a_character_across_the_end_of_what_is_probed(tmp_path: Path, home: Path) -> None:
    """The head is told by the first 64 KiB, which end amid a pair of surrogates here."""
    for shift in range(4):
        text = csv_text([{"ResourceId": "r" * shift + "\N{ROCKET}" * 20_000}])
        rows, _ = read(home / str(shift), tmp_path / f"{shift}.csv", text.encode("utf-16"))
        assert len(rows) == 1


def test_a_file_that_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_bytes(TEXT.encode("utf-16")[:-1])
    with pytest.raises(DataError, match="not UTF-16 to its end"):
        as_utf8(path, tmp_path / "copy.csv")
