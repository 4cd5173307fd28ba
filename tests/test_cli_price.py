"""``tagwright price``: a machine, a model, a plan; advice at 80 columns and as JSON, always 0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from plan_files import TAXONOMY, change, terraform
from sample_home import sample
from tagwright_agent.cli import main
from test_price_launch import hour


@pytest.fixture
def bill(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An m6i.large at 0.10 an hour, 0.08 contracted, and a g5.xlarge at 1.00."""
    gpu = {**hour("1", sku="gpu"), "SkuMeter": "BoxUsage:g5.xlarge"}
    monkeypatch.chdir(tmp_path)
    sample(home, [hour("0.1", contracted="0.08"), gpu], taxonomy=TAXONOMY)
    return home


def update(address: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    made = change(address, {"tags": {}, **after}, actions="update")
    made["change"]["before"] = {"tags": {}, **before}
    return made


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["price", *words]) == 0
    out = capsys.readouterr().out
    assert all(cell_len(line) <= 80 for line in out.splitlines()), out
    return out


def test_a_machine(bill: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, "m6i.large", "--count", "3", "--hours", "100", "--tag", "team=search")
    assert "30.00" in out  # 3 x 100 h x 0.10
    assert "24.00" in out
    assert "missing: environment is missing" in out
    assert main(["price", "m6i.large", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"][0]["list_cost"] == "73.00"


def test_a_model(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--requests", "1000000", "--input-tokens", "1000", "--output-tokens", "100")
    out = shown(capsys, "openai/gpt-4o", *words)
    assert "3,500.00" in out  # a thousand million at 2.50, a hundred million at 10.00


def test_a_plan(bill: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It adds 2 x 73.00, and a g5.xlarge in place of an m6i.large: 730.00 - 73.00."""
    plan = tmp_path / "plan.json"
    plan.write_text(
        terraform(
            change("aws_instance.web[0]", {"tags": {}, "instance_type": "m6i.large"}),
            change("aws_instance.web[1]", {"tags": {}, "instance_type": "m6i.large"}),
            update("aws_instance.gpu", {"instance_type": "m6i.large"},
                   {"instance_type": "g5.xlarge"}),
            update("aws_instance.tags", {"instance_type": "g5.xlarge"},
                   {"instance_type": "g5.xlarge"}),
            change("aws_instance.new", {"tags": {}, "instance_type": "p5.48xlarge"}),
            change("aws_instance.later", {"tags": {}}, unknown={"instance_type": True}),
            change("aws_s3_bucket.files", {"tags": {}}),
            change("aws_iam_role.free", {"tags": {}, "instance_type": "m6i.large"}),
        )
    )  # fmt: skip
    out = shown(capsys, plan.name)
    assert "Adds a month" in out
    assert main(["price", plan.name, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["resource"]: row["list_cost"] for row in found["rows"]} == {
        "aws_instance.web[0]": "73.00", "aws_instance.web[1]": "73.00",
        "aws_instance.gpu": "657.00", "aws_instance.tags": "0.00",
        "aws_instance.new": None, "aws_instance.later": None,
    }  # fmt: skip
    assert found["totals"] == [
        {"currency": "USD", "list_cost": "803.00", "contracted_cost": "788.40"}
    ]
    assert set(found["unpriced"]) == {"p5.48xlarge", "?"}
    assert found["not_priced"] == {"aws_s3_bucket": 1}
    assert len(found["receipts"]) == 2  # of the third nothing was found
    assert {item["address"] for item in found["tags_to_mend"]} >= {"aws_instance.new"}


def test_a_plan_whose_tags_are_right(
    bill: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    tags = {"team": "search", "environment": "production"}
    plan.write_text(
        terraform(change("aws_instance.a", {"tags": tags, "instance_type": "m6i.large"}))
    )
    assert "Tags: all 1 judged are as the taxonomy wants them." in shown(capsys, plan.name)


def test_a_plan_that_starts_no_machine(
    bill: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(terraform(change("aws_s3_bucket.files", {"tags": {}})))
    out = shown(capsys, plan.name)
    assert "The plan starts no machine whose type it says." in out
    assert "Not priced: aws_s3_bucket (1)." in out


def test_what_is_no_plan_is_a_wrong_call(
    bill: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"a": 1}')
    assert main(["price", str(other)]) == 2
    assert "no plan that is known" in capsys.readouterr().err
    assert main(["price", "openai/gpt-4o", "--input-tokens", "-1"]) == 2


@pytest.mark.parametrize(("columns", "why"), [
    ({"PricingUnit": "GB"}, "it is priced by GB, not by the hour."),
    ({"PricingUnit": None}, "it is priced by no unit, not by the hour."),
    ({"PricingUnit": "1 Hour"}, ""),
    ({"PricingUnit": "1 Month"}, ""),
    ({"PricingCategory": "Dynamic"}, "only prices of spot are on the bill, which change."),
])  # fmt: skip
def test_a_plan_takes_a_price_that_is_of_a_machine_s_month(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], columns: dict[str, Any],
    why: str,
) -> None:  # fmt: skip
    sample(home, [{**hour("0.1"), **columns}], taxonomy=TAXONOMY)
    plan = tmp_path / "plan.json"
    machine = {"tags": {}, "instance_type": "m6i.large"}
    plan.write_text(terraform(change("aws_instance.a", machine)))
    assert main(["price", str(plan), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unpriced"] == ({"m6i.large": why} if why else {})
