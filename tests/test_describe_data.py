"""``describe_data``: scope, freshness, values, and the catalogue that a planner needs."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from focus_files import ROW, write_focus
from sample_home import charge, context, load, many, sample, tool_result
from tagwright.api import UnknownNameError
from tagwright.builtin.describe_data import keep_names
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.registry import load_registry

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return sample(tmp_path_factory.mktemp("books"), many(100))


def test_scope_and_freshness(home: Path) -> None:
    rows = [
        charge("1.5", "2026-09-01", SubAccountId="111"),
        charge("2", "2026-09-14", SubAccountId="222"),
        charge("3", "2026-09-14", ServiceProviderName="OpenAI", BillingCurrency="EUR"),
    ]
    settings = sample(home, rows)
    with context(settings) as ctx:
        snapshot = ctx.snapshot.info.id
    result = tool_result(settings, "describe_data")
    assert [tuple(row.values()) for row in result.rows] == [
        ("AWS", "USD", "3.50", "3.50", 2),
        ("OpenAI", "EUR", "3.00", "3.00", 1),
    ]
    details = result.details
    assert details["snapshot"] == snapshot
    assert details["data"] == {"start": "2026-09-01", "end": "2026-09-15"}
    assert (details["charges"], details["rejects"], details["sub_accounts"]) == (3, 0, 2)
    # Midday of 2 October, and the last day with charges is 14 September.
    assert details["lag_days"] == 18
    assert "The last charges are 18 days old." in result.notes
    assert "Amounts are in EUR, USD; they are not added up." in result.notes


def test_fresh_data_has_no_note(home: Path) -> None:
    settings = sample(home, [charge("1", "2026-09-30")])
    now = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
    assert tool_result(settings, "describe_data", now=now).notes == []


def test_rows_kept_out_are_counted_aloud(home: Path, tmp_path: Path) -> None:
    path = write_focus(tmp_path / "bill.csv", [ROW, {**ROW, "BilledCost": "twelve"}])
    settings = load_settings(home)
    ingest(settings, [str(path)])
    result = tool_result(settings, "describe_data")
    assert result.details["rejects"] == 1
    assert "1 rows of the files could not be read and are not counted." in result.notes


def test_values_with_cost_and_share(home: Path) -> None:
    rows = [charge("1", ServiceName="S3"), charge("3"), charge("4", ServiceName="")]
    result = tool_result(sample(home, rows), "describe_data", {"dimension": "service"})
    assert [(r["service_name"], r["effective_cost"], r["share"]) for r in result.rows] == [
        (None, "4.00", "0.500000"),
        ("Amazon EC2", "3.00", "0.375000"),
        ("S3", "1.00", "0.125000"),
    ]
    assert result.details["dimension"] == "service_name"


def test_search_narrows_and_forgives_spelling(books: Settings) -> None:
    def found(search: str) -> set[object]:
        question = {"dimension": "service", "search": search}
        return {r["service_name"] for r in tool_result(books, "describe_data", question).rows}

    assert found("amazon") == {"Amazon EC2", "Amazon S3"}
    assert "Azure OpenAI" in found("azure opnai")
    with pytest.raises(UnknownNameError):
        found("zzzzqqqq")


def test_unknown_dimension(books: Settings) -> None:
    with pytest.raises(UnknownNameError) as caught:
        tool_result(books, "describe_data", {"dimension": "servise"})
    assert "service_name" in caught.value.nearest


def test_the_catalogue_holds_what_a_planner_needs(books: Settings) -> None:
    assert "catalogue" not in tool_result(books, "describe_data").details
    catalogue = tool_result(books, "describe_data", {"catalogue": True}).details["catalogue"]
    json.dumps(catalogue)
    metrics = {item["name"]: item["synonyms"] for item in catalogue["metrics"]}
    assert "amortized cost" in metrics["effective_cost"]
    dimensions = {item["name"]: item for item in catalogue["dimensions"]}
    assert set(dimensions["service_name"]["values"]) == {"Amazon EC2", "Amazon S3", "Azure OpenAI"}
    assert "provider" in dimensions["service_provider_name"]["synonyms"]
    assert dimensions["month"]["kind"] == "time"
    assert {"search", "ads", "ml"} <= set(dimensions["team"]["values"])
    layers = {item["name"]: item["layer"] for item in catalogue["taxonomy"]}
    assert (layers["team"], layers["environment"], layers["feature"]) == (
        "business", "workload", "unit",
    )  # fmt: skip
    assert set(catalogue["tags"]) == {"team", "env", "cost-center", "product", "Owner"}
    assert set(catalogue["currencies"]) == {"USD", "EUR"}
    assert catalogue["providers"] == ["AWS"]
    assert catalogue["tools"] == sorted(load_registry().tools)
    assert catalogue["data"]["end"] <= "2026-10-01"
    assert catalogue["today"] == "2026-10-02"


def values_of(settings: Settings) -> list[str]:
    catalogue = tool_result(settings, "describe_data", {"catalogue": True}).details["catalogue"]
    [found] = [item for item in catalogue["dimensions"] if item["name"] == "service_name"]
    return list(found["values"])


def test_values_are_asked_once_of_a_snapshot(home: Path) -> None:
    """What is kept is read; another snapshot, or a damaged file, is asked again."""
    settings = load(home, [charge("2.00", ServiceName="Amazon EC2")])
    assert values_of(settings) == ["Amazon EC2"]
    path = home / "values.json"
    path.write_text(path.read_text().replace("Amazon EC2", "Kept"))
    assert values_of(settings) == ["Kept"]
    path.write_text("{")
    assert values_of(settings) == ["Amazon EC2"]
    load(home, [charge("3.00", BillingAccountId="b", ServiceName="Amazon S3")], name="b.csv")
    assert values_of(settings) == ["Amazon S3", "Amazon EC2"]
    assert [found.name for found in home.glob("values*")] == ["values.json"]
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage",
    [
        {"values": []},
        {"values": {}},
        {"values": {"service_name": ["Kept"]}},
        {"tags": {}},
        {"tags": [3]},
        {"key": "another"},
    ],
)
def test_what_is_not_as_we_write_it_is_asked_again(home: Path, damage: dict[str, object]) -> None:
    settings = load(home, [charge("2.00", ServiceName="Amazon EC2")])
    assert values_of(settings) == ["Amazon EC2"]
    path = home / "values.json"
    kept = json.loads(path.read_text())
    kept["values"]["service_name"] = ["Kept"]
    path.write_text(json.dumps({**kept, **damage}))
    assert values_of(settings) == ["Amazon EC2"]


def test_what_another_version_kept_is_asked_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(home, [charge("2.00", ServiceName="Amazon EC2")])
    assert values_of(settings) == ["Amazon EC2"]
    path = home / "values.json"
    path.write_text(path.read_text().replace("Amazon EC2", "Kept"))
    monkeypatch.setattr("tagwright.__version__", "0.0.0")
    assert values_of(settings) == ["Amazon EC2"]


def test_a_home_that_cannot_be_written_answers_all_the_same(home: Path) -> None:
    """The file's place is taken by a folder: root may write everywhere else."""
    settings = load(home, [charge("2.00", ServiceName="Amazon EC2")])
    (home / "values.json").mkdir()
    assert values_of(settings) == ["Amazon EC2"]


def test_without_data_there_is_nothing_to_keep(home: Path) -> None:
    keep_names(load_settings(home))
    assert not (home / "values.json").exists()


def test_values_are_asked_again_under_another_taxonomy(home: Path) -> None:
    settings = load(home, [charge("2.00", Tags={"team": "search"})])
    assert values_of(settings) == ["Amazon EC2"]
    path = home / "values.json"
    before = path.read_text()
    (home / "taxonomy.yaml").write_text("version: 1\nkeys:\n  squad:\n    layer: business\n")
    assert values_of(settings) == ["Amazon EC2"]
    assert path.read_text() != before


def test_raw_tag_keys(home: Path) -> None:
    """Two currencies; tax is left out; what is hidden is spelled out.

    A key with an empty value is one, and its share of empty values stands beside it.
    """
    rows = [
        charge("6", ResourceId="i-1", Tags={"squad": "ads", "na\nme": "x\ty", "empty": " "}),
        charge("2", ResourceId="i-2", Tags={"squad": "ml " * 9, "Owner": "dana"}),
        charge("2", ResourceId="i-3", Tags={"Owner": ""}),
        charge("5", ResourceId="i-4", Tags={"squad": "ads"}, BillingCurrency="EUR"),
        charge("9", Tags={"squad": "ads"}, ChargeCategory="Tax"),
    ]
    result = tool_result(sample(home, rows), "describe_data", {"dimension": "tags"})
    assert [tuple(row.values()) for row in result.rows] == [
        ("squad", "EUR", "5.00", "1.000000", "0.000000", 3, 2, f"ads, {'ml ' * 8}ml", "team"),
        ("squad", "USD", "8.00", "0.800000", "0.000000", 3, 2, f"ads, {'ml ' * 8}ml", "team"),
        ("na\\u000ame", "USD", "6.00", "0.600000", "0.000000", 1, 1, "x\\u0009y", None),
        ("empty", "USD", "6.00", "0.600000", "1.000000", 1, 0, "", None),
        ("Owner", "USD", "4.00", "0.400000", "0.500000", 2, 1, "dana", None),
    ]
    assert result.totals == [
        {"currency": "EUR", "effective_cost": "5.00"},
        {"currency": "USD", "effective_cost": "10.00"},
    ]
    assert (
        "Some tags are not in the taxonomy. tagwright taxonomy suggest shows what your tags could "
        "mean."
    ) in result.notes


def test_examples_of_raw_tags_are_whole(home: Path) -> None:
    """Fewer where they are long: what is cut could not be copied into a taxonomy."""
    values = ["recommendation-engine-of-the-shop", "a" * 40, "copilot"]
    rows = [charge(str(9 - n), ResourceId=f"i-{n}", Tags={"proj": v}) for n, v in enumerate(values)]
    [row] = tool_result(sample(home, rows), "describe_data", {"dimension": "tags"}).rows
    assert row["examples"] == "recommendation-engine-of-the-shop, copilot"


def test_raw_tag_keys_are_searched(home: Path) -> None:
    settings = sample(home, [charge("1", Tags={"squad": "ads", "Owner": "dana"})])
    question = {"dimension": "tags", "search": "own"}
    found = tool_result(settings, "describe_data", question)
    assert ([row["tag"] for row in found.rows], found.row_count) == (["Owner"], 1)
    with pytest.raises(UnknownNameError, match="tag key"):
        tool_result(settings, "describe_data", {**question, "search": "qqqqqq"})
