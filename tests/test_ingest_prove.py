"""What does not add up is never published."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from focus_files import write_focus
from tagwright.api import SnapshotError
from tagwright.config import load_settings
from tagwright.ingest import IngestReport, ingest
from tagwright.warehouse import open_warehouse


def run(home: Path, *paths: Path | str) -> IngestReport:
    return ingest(load_settings(home), paths)


def test_a_sum_that_does_not_add_up_is_never_published(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tagwright.ingest import schema

    before = run(home, write_focus(tmp_path / "a.csv", [{}])).snapshot
    real = schema.append

    def lossy(con: duckdb.DuckDBPyConnection, taxonomy: object) -> None:
        real(con, taxonomy)  # type: ignore[arg-type]
        con.execute('UPDATE charges SET "BilledCost" = "BilledCost" + 0.01')

    monkeypatch.setattr(schema, "append", lossy)
    with pytest.raises(SnapshotError, match="does not add up"):
        run(home, write_focus(tmp_path / "b.csv", [{"BilledCost": "2"}]))
    current = open_warehouse(load_settings(home)).current()
    assert current
    assert current.id == before


def test_a_rollup_that_does_not_add_up_is_never_published(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tagwright.ingest import schema

    run(home, write_focus(tmp_path / "a.csv", [{}]))
    monkeypatch.setattr(schema, "refresh_cubes", lambda *_: None)
    with pytest.raises(SnapshotError, match="rollup"):
        run(home, write_focus(tmp_path / "b.csv", [{"BilledCost": "2"}]))
