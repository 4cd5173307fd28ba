"""The tool: rows and totals, notes, and a receipt that reproduces; the command that explains."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocation_world import World
from tagwright.api import MisuseError, UnknownNameError
from tagwright.config import load_settings
from tagwright.context import open_context
from tagwright.receipts import replay, run_tool
from tagwright.registry import load_registry
from tagwright.results import ToolResult
from tagwright_agent.cli import main

RULES = """
rules:
  - {id: spread, match: [{dimension: service_name, values: [Shared]}], by: direct, to: [team],
     kind: overhead}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path).rules(RULES)
    found.charges(
        {"amount": "30.00", "Tags": {"team": "x"}},
        {"amount": "10.00", "Tags": {"team": "y"}},
        {"amount": "4.00", "ServiceName": "Shared"},
        {"amount": "1.00"},
    )
    found.allocation("team")
    return found


def ask(world: World, **arguments: object) -> ToolResult:
    with open_context(load_settings(world.home)) as ctx:
        return run_tool(load_registry(), "allocate_costs", arguments, ctx)


def test_rows_add_up_to_the_charges(world: World) -> None:
    found = ask(world, dimension="team")
    assert [
        (row["target"], row["kind"], row["method"], row["effective_cost"], row["share"])
        for row in found.rows
    ] == [
        ("x", "direct", "tags", "30.00", "0.666667"),
        ("y", "direct", "tags", "10.00", "0.222222"),
        ("x", "overhead", "direct", "3.00", "0.066667"),
        ("y", "overhead", "direct", "1.00", "0.022222"),
        (None, "unallocated", "none", "1.00", "0.022222"),
    ]
    assert [row["kind_share"] for row in found.rows] == [
        "0.750000", "0.250000", "0.750000", "0.250000", "1.000000"
    ]  # fmt: skip
    assert found.totals == [{"currency": "USD", "effective_cost": "45.00"}]
    assert (found.currency, found.row_count) == ("USD", 5)
    assert found.details["rules"] == ["spread"]
    assert [(row["target"], row["effective_cost"]) for row in found.details["targets"]] == [
        ("x", "33.00"), ("y", "11.00"), (None, "1.00"),
    ]  # fmt: skip
    parts = ("kind", "currency", "effective_cost", "share")
    assert [tuple(row[part] for part in parts) for row in found.details["kinds"]] == [
        ("direct", "USD", "40.00", "0.888889"), ("overhead", "USD", "4.00", "0.088889"),
        ("unallocated", "USD", "1.00", "0.022222"),
    ]  # fmt: skip


def test_targets_that_are_cut_are_counted(world: World) -> None:
    """Else a model takes the first two for all there are."""
    found = ask(world, dimension="team", limit=2)
    assert [row["target"] for row in found.details["targets"]] == ["x", "y"]
    assert "Only the largest 2 of 3 sums of targets are told." in found.notes
    assert not any("sums of targets" in note for note in ask(world, dimension="team").notes)


def test_totals_are_of_all_rows(world: World) -> None:
    found = ask(world, dimension="team", limit=2, cost_basis="billed_cost")
    assert [row["billed_cost"] for row in found.rows] == ["30.00", "1.00"]  # never without the rest
    assert (found.totals, found.row_count) == ([{"currency": "USD", "billed_cost": "45.00"}], 5)


def test_some_charges_only(world: World) -> None:
    filters = [{"dimension": "service_name", "values": ["Shared"]}]
    found = ask(world, dimension="team", filters=filters)
    assert found.totals == [{"currency": "USD", "effective_cost": "4.00"}]


def test_the_receipt_reproduces(world: World) -> None:
    found = ask(world, dimension="team")
    assert found.receipt
    again = replay(found.receipt, load_settings(world.home))
    assert (again.status, again.statements) == ("same", 1), again


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"dimension": "teem"}, UnknownNameError, "team"),
        ({"dimension": "region"}, MisuseError, "key of the taxonomy"),
        ({"dimension": "team", "cost_basis": "charge_count"}, MisuseError, "is no cost"),
        ({"dimension": "team", "period": "someday"}, UnknownNameError, "someday"),
    ],
)
def test_what_nobody_knows_is_said(
    arguments: dict[str, object], error: type[Exception], words: str, world: World
) -> None:
    with pytest.raises(error) as caught:
        ask(world, **arguments)
    assert words in str(caught.value) + str(getattr(caught.value, "hint", ""))


def test_rules_check_explains(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "check", "--period", "all", "--home", str(world.home)]) == 0
    shown = capsys.readouterr().out
    assert "By team" in shown
    assert "spread" in shown
    assert main(["rules", "check", "--period", "all", "--json", "--home", str(world.home)]) == 0
    [report] = json.loads(capsys.readouterr().out)["dimensions"]
    [step] = [step for step in report["steps"] if step["rule"] == "spread"]
    assert (step["charges"], step["targets"]) == (1, 2)
    assert step["amounts"] == [{"currency": "USD", "amount": "4.00"}]


def test_a_broken_file_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.rules("rules: [{id: a}]")
    assert main(["rules", "check", "--home", str(world.home)]) == 2
    said = " ".join(capsys.readouterr().err.split())  # in lines of 80
    assert "allocation.yaml: rule a.by: Field required." in said
