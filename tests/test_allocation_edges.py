"""Wide amounts, machines of pods, GPU hours, rules in the settings: what a reviewer tried."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from allocation_world import World
from tagwright.allocation import load_rules
from tagwright.config import load_settings
from tagwright.errors import ConfigError
from test_allocation_faults import GATEWAY, RULE, call, gateway, sums

D = Decimal


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).rules(GATEWAY)


def test_amounts_of_any_width_are_exact(world: World) -> None:
    """Python's own context holds 28 digits, and these are 32 of them."""
    wide = D("12345678901234567890.123456789012")
    world.charges(gateway(str(wide)), {"amount": "1.000000000001"})
    world.rules(RULE.replace("by: even", "by: fixed\n    shares: {x: 1}"))
    assert {line.target: line.amount for line in world.allocation("team").lines}["x"] == wide


def test_letters_that_fold_to_two_are_found(world: World) -> None:
    world.charges(gateway("10"))
    world.requests({**call("ads", 1), "gen_ai__request__model": "Straße"})
    rule = GATEWAY + "    usage: [{column: gen_ai_request_model, values: [STRAßE]}]\n"
    assert sums(world.rules(rule).allocation("team")) == {("ads", "shared", "USD"): D(10)}


def test_many_machines_of_pods_fit(world: World) -> None:
    """60 machines that could do 100 an hour each; their pods' costs have 24 decimals."""
    world.charges(*(gateway("1", ResourceId=f"i-{number}") for number in range(60)))
    pod = {
        "name": "p",
        "properties": {"cluster": "c", "namespace": "n", "labels": {"team": "ads"}},
        "window": {"start": "2026-09-01T00:00:00Z", "end": "2026-09-02T00:00:00Z"},
        "minutes": 1440,
        "gpuHours": 2,
        "cpuCost": 36_000,
        "totalCost": 36_000,
    }
    world.file("opencost.json", json.dumps({"code": 200, "data": [{"p": pod}]}))
    world.rules(RULE.replace("by: even", "by: kubernetes\n    capacity_per_hour: 100"))
    # 36,000 of the 144,000 that 60 machines could have done in 24 hours.
    assert sums(world.allocation("team")) == {
        ("ads", "shared", "USD"): D(15),
        (None, "idle", "USD"): D(45),
    }


def test_a_day_that_is_idle_for_want_of_telemetry_is_told(world: World) -> None:
    world.charges(gateway("10"), gateway("10", "2026-09-07"))
    world.requests(call("ads", 1, "2026-09-07"))
    found = world.rules(GATEWAY + "    capacity_per_hour: 1\n").allocation("team")
    assert any(
        "no telemetry on 1 day (2026-09-01) that its charges cover: their capacity is told as idle"
        in note
        for note in found.notes
    ), found.notes


def test_gpu_seconds_and_the_rest_of_the_hour(world: World) -> None:
    """A GPU's hour: 900 s of ads, 1,800 s of search, and nobody's 900."""
    world.charges(gateway("8", ChargePeriodEnd="2026-09-01T01:00:00Z", ResourceId="gpu-1"))
    world.requests(
        {**call("ads", 1), "duration_ms": 900_000},
        {**call("search", 1), "duration_ms": 1_800_000},
    )
    world.rules(RULE.replace("by: even", "by: gpu_seconds\n    capacity_per_hour: 3600"))
    found = world.allocation("team")
    assert sums(found) == {
        ("ads", "shared", "USD"): D(2),
        ("search", "shared", "USD"): D(4),
        (None, "idle", "USD"): D(2),
    }
    assert {line.method for line in found.lines} == {"gpu_seconds"}


def test_rules_may_stand_in_the_settings(world: World) -> None:
    (world.home / "allocation.yaml").unlink()
    (world.home / "tagwright.toml").write_text(
        '[[allocation.rules]]\nid = "a"\nby = "fixed"\nto = ["team"]\n'
        'match = [{dimension = "service_name", values = ["Gateway"]}]\n'
        "shares = {ads = 0.6, search = 0.4}\n"
    )
    world.charges(gateway("10"))
    assert sums(world.allocation("team")) == {
        ("ads", "shared", "USD"): D(6),
        ("search", "shared", "USD"): D(4),
    }
    (world.home / "tagwright.toml").write_text(
        '[[allocation.rules]]\nid = "a"\nby = "even"\nto = ["team"]\nbyy = 1\n'
    )
    with pytest.raises(
        ConfigError, match=r"tagwright.toml: \[allocation\]: rule a: there is no field 'byy'"
    ):
        load_rules(load_settings(world.home))


def test_the_setting_may_name_a_file_in_the_environment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world.home / "other.yaml").write_text(RULE)
    monkeypatch.setenv("TAGWRIGHT_ALLOCATION", "other.yaml")
    assert [rule.id for rule in load_rules(load_settings(world.home)).rules] == ["a"]
