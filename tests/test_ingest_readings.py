"""A file is read again when what reads it has changed, though not a byte of the file has."""

from __future__ import annotations

import importlib
import sys
from decimal import Decimal
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from focus_files import write_focus
from tagwright.api import DataError
from tagwright.config import load_settings
from tagwright.ingest import IngestReport, ingest, readings, refresh
from tagwright.sources import load_sources
from tagwright.warehouse import open_warehouse
from tagwright_agent.cli import main

PLUGIN = """
from tagwright.sources.focus_export import FocusSource
from {helper} import FACTOR

class Mended(FocusSource):
    name = "mended"

    def recognise(self, head):
        return 101

    def stage(self, head):
        staged = super().stage(head)
        cost = f"CAST(CAST({{staged.columns['BilledCost']}} AS DECIMAL(9, 2)) * {{FACTOR}} AS TEXT)"
        return type(staged)(staged.columns | {{"BilledCost": cost}}, staged.version, staged.notes)

SOURCE = Mended()
"""


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, factor: int) -> None:
    """A third party's package whose source multiplies, anew in this process."""
    package = folder / "vendor_bills"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("")
    (package / "factor.py").write_text(f"FACTOR = {factor}\n")
    (package / "source.py").write_text(PLUGIN.format(helper="vendor_bills.factor"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "vendor_bills"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    readings.text_of.cache_clear()
    point = EntryPoint("mended", "vendor_bills.source:SOURCE", "tagwright.sources")
    monkeypatch.setattr("tagwright.plugins._everything", lambda _: EntryPoints([point]))


def run(home: Path, *paths: Path, again: bool = False) -> IngestReport:
    return ingest(load_settings(home), paths, again=again)


def billed(home: Path) -> list[Decimal]:
    with open_warehouse(load_settings(home)).open() as snapshot:
        rows = snapshot.query('SELECT "BilledCost" FROM charges ORDER BY 1').rows
    return [cost for (cost,) in rows]


def test_a_mended_source_reads_again(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the source's module has changed here, but one that it imports."""
    bill = write_focus(tmp_path / "bill.csv", [{"BilledCost": "5.00"}])
    install(monkeypatch, tmp_path / "one", 2)
    run(home, bill)
    assert run(home, bill).unchanged
    install(monkeypatch, tmp_path / "two", 3)
    report = run(home, bill)
    assert not report.unchanged
    assert billed(home) == [Decimal(15)]
    assert run(home, bill).unchanged


def test_all_of_ours_differ_and_are_the_same_twice() -> None:
    sources, _ = load_sources()
    found = {name: readings.reading_of(source) for name, source in sources.items()}
    assert len(set(found.values())) == len(found)
    assert {name: readings.reading_of(source) for name, source in sources.items()} == found


def test_common_code_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    source = load_sources()[0]["focus"]
    before = readings.reading_of(source)
    real = readings.text_of

    def mended(module: str) -> bytes:
        return real(module) + (b"# mended" if module == "tagwright.ingest.numbers" else b"")

    monkeypatch.setattr(readings, "text_of", mended)
    assert readings.reading_of(source) != before


def test_every_module_that_counts_is_there() -> None:
    """A module that was renamed would be hashed as nothing, and its changes be missed."""
    assert [name for name in readings.COMMON if not readings.text_of(name)] == []


def test_again_reads_what_is_there(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = write_focus(tmp_path / "bill.csv", [{"BilledCost": "5.00"}, {"BilledCost": "bad"}])
    first = run(home, bill)
    again = run(home, bill, again=True)
    assert not again.unchanged
    assert again.snapshot != first.snapshot
    assert again.files[0].as_dict() == first.files[0].as_dict()
    assert billed(home) == [Decimal(5)]
    assert main(["ingest", "--again", str(bill)]) == 0
    assert "Nothing new" not in capsys.readouterr().out


def test_a_part_of_a_period_is_not_read_again_alone(tmp_path: Path, home: Path) -> None:
    one = write_focus(tmp_path / "1.csv", [{"BilledCost": "1"}])
    two = write_focus(tmp_path / "2.csv", [{"BilledCost": "2"}])
    run(home, one, two)
    with pytest.raises(DataError, match=r"2\.csv holds another part of billing account acct"):
        run(home, one, again=True)
    assert billed(home) == [Decimal(1), Decimal(2)]
    run(home, one, two, again=True)
    assert billed(home) == [Decimal(1), Decimal(2)]
    # A new file is a restatement, which says all that there is.
    run(home, write_focus(tmp_path / "3.csv", [{"BilledCost": "3"}]))
    assert billed(home) == [Decimal(3)]


def test_a_part_is_not_lost_to_a_changed_taxonomy(tmp_path: Path, home: Path) -> None:
    one = write_focus(tmp_path / "1.csv", [{"BilledCost": "1"}])
    run(home, one, write_focus(tmp_path / "2.csv", [{"BilledCost": "2"}]))
    (home / "taxonomy.yaml").write_text("keys:\n  team: {layer: business, required: true}\n")
    with pytest.raises(DataError, match="another part"):
        run(home, one)
    refresh(load_settings(home))
    assert run(home, one).unchanged
    assert billed(home) == [Decimal(1), Decimal(2)]


LOG = (
    '{"request_id":"r1","call_type":"acompletion","spend":0.1,"prompt_tokens":1000,'
    '"completion_tokens":10,"total_tokens":1010,"startTime":"2026-09-03T10:00:00Z",'
    '"endTime":"2026-09-03T10:00:01Z","custom_llm_provider":"openai","model":"house-model",'
    '"metadata":{}}\n'
)
PRICES = """
prices:
  - provider: openai
    model: house-model
    per_million_tokens: {input_uncached: "1.00", output: "1.00"}
"""


def priced(home: Path) -> list[object]:
    with open_warehouse(load_settings(home)).open() as snapshot:
        rows = snapshot.query("SELECT priced_cost FROM usage ORDER BY x_record").rows
    return [cost for (cost,) in rows]


@pytest.mark.parametrize("verb", ["ingest", "refresh"])
def test_changed_prices_price_again(verb: str, tmp_path: Path, home: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(LOG)
    run(home, log)
    assert priced(home) == [None]
    (home / "prices.yaml").write_text(PRICES)
    assert main([verb, str(log)] if verb == "ingest" else [verb]) == 0
    assert priced(home) == [Decimal("0.00101")]
    before = open_warehouse(load_settings(home)).current()
    assert refresh(load_settings(home)) == before
    assert run(home, log).unchanged
