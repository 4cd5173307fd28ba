"""How a workload scales is read from its charges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sample_home import charge
from workload_rows import bedrock, found, machine

if TYPE_CHECKING:
    from pathlib import Path


def month(**more: Any) -> list[dict[str, Any]]:
    """Something on every day of September, so that the data covers it."""
    return [charge("1", f"2026-09-{day:02d}", ServiceName="Amazon S3", **more)
            for day in range(1, 31)]  # fmt: skip


def scales(home: Path, rows: list[dict[str, Any]]) -> str:
    [row] = found(home, [*month(), *rows])
    return f"{row['scales']} ({row['evidence']})"


def test_always_on_is_every_day_all_day(home: Path) -> None:
    rows = [machine("i-1", "1", f"2026-09-{day:02d}", ResourceName="a") for day in range(1, 31)]
    rows[0]["ConsumedQuantity"] = "9.5"  # it was started in the afternoon
    assert scales(home, rows) == "always on (705.5 h on 30 of 30 days)"


def test_always_on_since(home: Path) -> None:
    rows = [machine("i-1", "1", f"2026-09-{day:02d}", ResourceName="a") for day in range(11, 31)]
    assert scales(home, rows) == "always on (480 h on 20 of 30 days, since 2026-09-11)"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [machine("i-1", "1", f"2026-09-{d:02d}", ResourceName="a") for d in (1, 2, 9)],
            "in bursts (72 h on 3 of 30 days)",
        ),
        (
            [
                machine("i-1", "1", f"2026-09-{d:02d}", ResourceName="a", ConsumedQuantity="10")
                for d in range(1, 31)
            ],
            "in bursts (300 h on 30 of 30 days)",
        ),
        (
            [
                machine(f"i-{n}", "1", f"2026-09-{d:02d}", ResourceName=f"a-{n}")
                for d in range(1, 31)
                for n in range(3 if d == 7 else 1)
            ],
            "in bursts (768 h on 30 of 30 days, 1 to 3 resources a day)",
        ),
        ([bedrock("2", ConsumedQuantity="1200"), bedrock("1", ConsumedQuantity="34.5")],
         "per token (1,234.5 Tokens)"),
        ([bedrock("2", SkuMeter="USE1-Claude4.5Sonnet-batch-input-tokens")],
         "batch (100% of its cost is at batch prices)"),
        ([machine("i-1", "3", ResourceName="a", PricingCategory="Committed"),
          machine("i-1", "1", ResourceName="a")],
         "reserved (75% of its cost is at committed or provisioned prices)"),
        ([charge("1", ServiceName="Amazon Textract", ConsumedQuantity="7", ConsumedUnit="Pages")],
         "per Pages (7 Pages)"),
        ([charge("1", ServiceName="Amazon Kendra", ConsumedQuantity="7", ConsumedUnit="API Calls")],
         "per request (7 API Calls)"),
        ([charge("1", ServiceName="Amazon Kendra")], "unknown (the bill gives no quantity)"),
    ],
)  # fmt: skip
def test_how_it_scales_is_read_from_the_charges(
    home: Path, rows: list[dict[str, Any]], said: str
) -> None:
    assert scales(home, rows) == said


def test_a_few_days_of_data_do_not_tell_what_is_always_on(home: Path) -> None:
    [row] = found(home, [machine("i-1", ResourceName="a")])
    assert (row["scales"], row["evidence"]) == ("unknown", "24 h on 1 of 1 days")
