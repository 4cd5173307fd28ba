"""Files, folders, globs and URLs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagwright.api import MisuseError
from tagwright.ingest.find import find_files


@pytest.fixture
def bills(tmp_path: Path) -> Path:
    for name in ("a.csv", "b.csv.gz", "deep/c.parquet", "notes.txt", "with space.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    return tmp_path


def names(paths: list[str | Path]) -> list[tuple[str, bool]]:
    return [(candidate.path.name, candidate.named) for candidate in find_files(paths)]


def test_a_folder_gives_its_exports_by_name_and_they_are_not_named(bills: Path) -> None:
    assert names([bills]) == [
        ("a.csv", False),
        ("b.csv.gz", False),
        ("c.parquet", False),
        ("with space.csv", False),
    ]


def test_a_glob_and_a_file_named_twice_come_once(bills: Path) -> None:
    assert names([bills / "a.csv", f"{bills}/*.csv"]) == [("a.csv", True), ("with space.csv", True)]
    assert names([f"{bills}/**/*.parquet"]) == [("c.parquet", True)]


def test_a_file_url(bills: Path) -> None:
    assert names([f"file://{bills}/with%20space.csv"]) == [("with space.csv", True)]


def test_a_name_that_looks_like_a_glob_but_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "bill[1].csv").write_text("x")
    assert names([tmp_path / "bill[1].csv"]) == [("bill[1].csv", True)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "No file to ingest"),
        (["s3://bucket/key?token=secret"], "s3:// is not read directly"),
        (["EMPTY"], "holds no"),
        (["*.nothing"], "no file matches"),
    ],
)
def test_nothing_to_read(given: list[str], words: str, tmp_path: Path) -> None:
    paths = [str(tmp_path) if path == "EMPTY" else path for path in given]
    with pytest.raises(MisuseError, match=words) as raised:
        find_files(paths)
    assert "secret" not in str(raised.value)
