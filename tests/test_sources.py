"""Which source reads a file; how FOCUS is recognised and staged."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import duckdb
import pytest

from focus_files import ROW, csv_text, write_focus
from tagwright.api import DataError, UnknownNameError
from tagwright.errors import StrangerError
from tagwright.sources import find_source, load_sources
from tagwright.sources.head import read_head
from tagwright.sources.model import Head

if TYPE_CHECKING:
    from pathlib import Path


def head_of(path: Path) -> Head:
    with duckdb.connect() as con:
        return read_head(con, path)


def test_focus_is_registered_and_recognises_its_own(tmp_path: Path) -> None:
    sources, warnings = load_sources()
    head = head_of(write_focus(tmp_path / "bill.csv", [{}]))
    found = find_source(sources, head)
    assert (found and found.name, warnings) == ("focus", [])


def test_a_source_by_name_that_nobody_knows(tmp_path: Path) -> None:
    head = head_of(write_focus(tmp_path / "bill.csv", [{}]))
    with pytest.raises(UnknownNameError, match="focus"):
        find_source(load_sources()[0], head, "fokus")


def test_a_strangers_csv_has_no_source(tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("name,desk\nAda,4\n")
    assert find_source(load_sources()[0], head_of(path)) is None


def test_a_plugin_that_does_not_load_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint, EntryPoints

    points = [
        EntryPoint("broken", "no_such_module:SOURCE", "tagwright.sources"),
        EntryPoint("focus", "tagwright.sources.focus_export:SOURCE", "tagwright.sources"),
    ]
    monkeypatch.setattr("tagwright.plugins._everything", lambda _: EntryPoints(points))
    sources, warnings = load_sources()
    assert list(sources) == ["focus"]
    assert warnings == [
        (
            "Source plugin 'broken' (no_such_module:SOURCE) did not load: "
            "ModuleNotFoundError of no_such_module."
        )
    ]


@pytest.mark.parametrize(
    ("columns", "target", "sql"),
    [
        # 1.3 renamed ProviderName; where a file has both, the new one leads.
        (["ProviderName"], "ServiceProviderName", "COALESCE(NULLIF(NULLIF(TRIM"),
        (["billedcost"], "BilledCost", '"billedcost"'),
        (["PublisherName"], "x_PublisherName", '"PublisherName"'),
    ],
)
def test_staging_of_older_and_oddly_spelt_columns(
    columns: list[str], target: str, sql: str, tmp_path: Path
) -> None:
    staged = load_sources()[0]["focus"].stage(
        Head(tmp_path, "csv", tuple(columns), ("VARCHAR",) * len(columns))
    )
    assert sql in staged.columns[target]


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    names = ("Id", "BilledCost", "ListCost")
    staged = load_sources()[0]["focus"].stage(Head(tmp_path, "csv", names, ("VARCHAR",) * 3))
    assert staged.notes == [
        "Not FOCUS columns, left out: Id.",
        "Absent, so unknown (null) for every charge: ContractedCost.",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str, tmp_path: Path) -> None:
    head = head_of(write_focus(tmp_path / "bill.csv", [{}], delimiter=delimiter))
    assert (head.delimiter, head.columns) == (delimiter, tuple(ROW))


def test_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_bytes(b"\xef\xbb\xbf" + csv_text([{}]).encode())
    assert head_of(path).columns[0] == "BilledCost"


WHOLE = gzip.compress(csv_text([{}] * 200).encode(), mtime=0)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", DataError, "is empty"),
        (gzip.compress(b"", mtime=0), DataError, "is empty inside its gzip"),
        (WHOLE[:100], DataError, "gzip is truncated or corrupt"),
        (b"\x1f\x8bnonsense", DataError, "gzip is truncated or corrupt"),
        (b"PAR1 not really", DataError, "Parquet file is truncated or corrupt"),
        ('{"a": 1}'.encode("utf-16"), StrangerError, "JSON in UTF-16"),
        ("".encode("utf-16"), DataError, "is empty"),
        ("".encode("utf-8-sig"), DataError, "is empty"),
        (b"\x00\x01\x02,\x03", StrangerError, "neither CSV nor JSON nor Parquet"),
        (b"na\xefve,b\n1,2\n", StrangerError, "header is not UTF-8"),
        (b"just prose\n", StrangerError, "no delimiter"),
        (b"BilledCost,BilledCost,Tags\n1,2,3\n", DataError, "more than once"),
    ],
)
def test_heads_that_cannot_be_read(
    content: bytes, kind: type[DataError], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "bill.csv"
    path.write_bytes(content)
    with pytest.raises(kind, match=words) as raised:
        head_of(path)
    assert type(raised.value) is kind
    assert str(path) in raised.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        head_of(tmp_path / "nowhere.csv")
