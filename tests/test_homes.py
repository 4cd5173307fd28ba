"""A home from the store of homes is one that an ingest would have made, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from homes import Homes
from sample_home import charge, sample
from tagwright.api import SnapshotError
from tagwright.config import Settings, load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

ROWS = [charge("3.00", Tags={"crew": "ads"}), charge("0.50")]
TAXONOMY = "keys:\n  team: {layer: business, tag_names: [crew]}\n"


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of this test's own."""
    monkeypatch.setattr(Homes, "folder", tmp_path / "homes")
    (tmp_path / "homes").mkdir()


def teams(settings: Settings) -> list[tuple[object, ...]]:
    with open_warehouse(settings).open() as snapshot:
        return snapshot.query('SELECT "BilledCost", x_team FROM charges ORDER BY 1').rows


def built(tmp_path: Path) -> int:
    return len(list((tmp_path / "homes").iterdir()))


def test_the_same_is_built_once_and_damage_stays_in_one(tmp_path: Path) -> None:
    one = sample(tmp_path / "one", ROWS, taxonomy=TAXONOMY)
    two = sample(tmp_path / "two", ROWS, taxonomy=TAXONOMY)
    assert built(tmp_path) == 1
    for path in (one.home / "warehouse" / "snapshots").iterdir():
        path.write_bytes(b"damaged")
    with pytest.raises(SnapshotError):
        teams(one)
    three = sample(tmp_path / "three", ROWS, taxonomy=TAXONOMY)
    assert teams(two) == teams(three)
    assert [team for _, team in teams(three)] == [None, "ads"]


def test_it_is_what_an_ingest_makes(tmp_path: Path) -> None:
    copied = sample(tmp_path / "one", ROWS, taxonomy=TAXONOMY)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "taxonomy.yaml").write_text(TAXONOMY)
    own = load_settings(tmp_path / "two")
    ingest(own, [copied.home / "exports" / "focus.csv"])
    assert teams(copied) == teams(own)


def test_other_rows_taxonomy_settings_or_files_are_another_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample(tmp_path / "a", ROWS)
    sample(tmp_path / "b", ROWS[:1])
    assert [team for _, team in teams(sample(tmp_path / "c", ROWS, taxonomy=TAXONOMY))] == [
        None,
        "ads",
    ]
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "prices.yaml").write_text("models: {}\n")
    sample(tmp_path / "d", ROWS)
    monkeypatch.setenv("TAGWRIGHT_FISCAL_YEAR_START_MONTH", "4")
    sample(tmp_path / "e", ROWS)
    assert built(tmp_path) == 5


def test_a_second_load_is_an_ingest_into_what_is_there(tmp_path: Path) -> None:
    sample(tmp_path / "one", ROWS)
    settings = sample(tmp_path / "one", ROWS[:1])
    assert len(teams(settings)) == 1
    assert len(open_warehouse(settings).history()) == 2
