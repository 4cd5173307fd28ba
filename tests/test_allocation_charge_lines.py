"""Each charge by itself, with the columns of FOCUS for what was allocated."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from allocation_world import ENDPOINT, World
from tagwright.allocation import charge_lines, load_rules
from tagwright.config import load_settings
from tagwright.context import open_context


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_each_charge_by_itself_with_the_columns_of_focus(world: World) -> None:
    """Two charges over three: each metric of each origin adds up, and so do the ratios."""
    world.charges(
        {**ENDPOINT, "amount": "10.00", "ConsumedQuantity": "24", "ConsumedUnit": "Hours"},
        {**ENDPOINT, "amount": "-0.01", "ChargeCategory": "Adjustment"},
        {"amount": "3.00", "Tags": {"product": "recs"}},
    )
    world.requests(*({"tags": {"product": name}} for name in ("a", "b", "c")))
    world.rules(
        """
rules:
  - id: endpoint
    match: [{dimension: service_name, values: [Amazon SageMaker]}]
    by: requests
    to: [product]
"""
    )
    assert world.amounts()["recs", "direct"] == Decimal("3.00")
    settings = load_settings(world.home)
    with open_context(settings) as ctx:
        period = ctx.period("all")
        sql = charge_lines(ctx, load_rules(settings), dimension="product", period=period)
        rows = ctx.snapshot.query(
            'SELECT x_record, "AllocatedResourceId", "EffectiveCost", "ConsumedQuantity", '
            '"AllocatedMethodId", CAST("AllocatedTags" AS JSON), "AllocatedMethodDetails" '
            f"FROM ({sql}) ORDER BY 1, 2"
        ).rows
    assert [row[:5] for row in rows] == [
        (1, "a", Decimal("3.34"), Decimal("8.00"), "requests:endpoint"),
        (1, "b", Decimal("3.33"), Decimal("8.00"), "requests:endpoint"),
        (1, "c", Decimal("3.33"), Decimal("8.00"), "requests:endpoint"),
        (2, "a", Decimal("-0.01"), None, "requests:endpoint"),
        (2, "b", Decimal("0.00"), None, "requests:endpoint"),
        (2, "c", Decimal("0.00"), None, "requests:endpoint"),
        (3, None, Decimal("3.00"), None, None),
    ]
    assert [json.loads(row[5]) for row in rows[:2]] == [{"product": "a"}, {"product": "b"}]
    ratios = [json.loads(row[6], parse_float=Decimal)["Elements"][0] for row in rows[:3]]
    assert sum(ratio["AllocatedRatio"] for ratio in ratios) == 1
