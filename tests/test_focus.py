"""FOCUS columns against the specification's own list; versions told by their columns."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from tagwright.focus import COLUMNS, REQUIRED, detect_version, missing_columns, snake

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {
    "Decimal": {"money", "price", "quantity"},
    "Date/Time": {"datetime"},
    "JSON": {"json", "tags"},
    "String": {"text"},
}


def test_columns_are_those_of_the_specification(shared: Path) -> None:
    with (shared / "reference/focus_1_4_columns.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["dataset"] == "Cost and Usage"]
    assert [column.name for column in COLUMNS] == sorted(row["column"] for row in rows)
    ours = {column.name: column for column in COLUMNS}
    for row in rows:
        column = ours[row["column"]]
        assert column.kind in TYPES[row["type"]], row
        assert column.nullable is (row["allows_nulls"] == "True"), row
        assert column.since == row["introduced"], row


@pytest.mark.parametrize(
    ("added", "version"),
    [
        ([], "1.0"),
        (["SkuMeter"], "1.1"),
        (["SkuMeter", "InvoiceId"], "1.2"),
        (["ServiceProviderName", "AllocatedTags"], "1.3"),
        (["ServiceProviderName", "InvoiceDetailId"], "1.4"),
    ],
)
def test_version_is_the_oldest_that_has_every_column(added: list[str], version: str) -> None:
    assert detect_version([*REQUIRED, "ProviderName", *added]) == version


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ("EffectiveCost", ["EffectiveCost"]),
        ("ProviderName", ["ServiceProviderName (before 1.3: ProviderName)"]),
        ("nothing", []),
    ],
)
def test_missing_columns(left_out: str, missing: list[str]) -> None:
    columns = [name for name in (*REQUIRED, "ProviderName") if name != left_out]
    assert missing_columns(columns) == missing


def test_snake_names_are_unlike() -> None:
    assert len({snake(column.name) for column in COLUMNS}) == len(COLUMNS)
