"""propose_tag_fixes and get_plan: from a bill to a stored plan; nothing else changes."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from focus_files import write_focus
from tagwright.api import MisuseError, ToolResult, UnknownNameError
from tagwright.config import load_settings
from tagwright.context import open_context
from tagwright.ingest import ingest
from tagwright.people import People, Principal
from tagwright.receipts import run_tool
from tagwright.registry import load_registry
from tagwright.remediation import PlanStore
from tagwright.render.model_text import model_text
from tagwright.state import open_state
from tagwright_agent.cli.plan_view import print_plan

TAXONOMY = """
keys:
  team: {layer: business, required: true, values: [discovery, platform]}
  product: {layer: business, values: [recs, search]}
"""
ACCOUNT = "123456789012"


def instance(name: str, cost: str, tags: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "ResourceId": f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{name}", "ResourceName": name,
        "SubAccountId": ACCOUNT, "RegionId": "us-east-1", "EffectiveCost": cost,
        "Tags": tags, **more,
    }  # fmt: skip


GOOD = {"Team": "discovery", "product": "recs"}
BILL = [
    instance("recs-1", "10", GOOD),
    instance("recs-2", "10", GOOD),
    instance("recs-3", "30", {"product": "recs"}),  # no team: siblings and product say discovery
    instance("recs-4", "20", {"Team": "discovry"}),  # misspelt
    instance("i-0dead", "5", {}),  # nobody can tell
    instance("gone-1", "9", {}, ChargePeriodStart="2026-08-02", ChargePeriodEnd="2026-08-03"),
    {
        "ResourceId": "/subscriptions/1/vm/a",
        "ServiceProviderName": "Microsoft",
        "EffectiveCost": "7",
    },
    {"ResourceId": "", "EffectiveCost": "100"},  # not taggable
]


@pytest.fixture
def data(home: Path, tmp_path: Path) -> Path:
    (home / "taxonomy.yaml").write_text(TAXONOMY)
    ingest(load_settings(home), [write_focus(tmp_path / "bill.csv", BILL)])
    return home


def call(home: Path, tool: str, **arguments: Any) -> ToolResult:
    with open_context(load_settings(home), Principal("cli:mallory", "cli", "mallory")) as ctx:
        return run_tool(load_registry(), tool, arguments, ctx)


def test_a_plan_of_what_the_bill_can_tell(data: Path) -> None:
    result = call(data, "propose_tag_fixes")
    changes = [
        (str(r["resource_id"]).rsplit("/", 1)[1], r["key"], r["before"], r["after"])
        for r in result.rows
    ]
    assert changes == [
        ("recs-3", "Team", None, "discovery"),
        ("recs-4", "Team", "discovry", "discovery"),
    ]
    assert result.totals == [{"currency": "USD", "effective_cost": "50.00"}]
    plan = result.details["plan"]
    state = open_state(load_settings(data))
    stored = PlanStore(state, load_settings(data), People("people.yaml")).get(plan["id"])
    state.close()
    assert (stored.state, stored.plan.digest) == ("proposed", plan["digest"])
    assert stored.plan.proposed_by == "cli:mallory"


def test_expected_coverage_is_what_the_bill_gives(data: Path) -> None:
    """Taggable: 10+10+30+20+5+9+7 = 91, covered 20, gained 50."""
    (line,) = call(data, "propose_tag_fixes").details["plan"]["expected"]["coverage"]
    assert (line["taggable"], line["gained"]) == ("91.00", "50.00")
    assert Decimal(line["before"]) == round(Decimal(20) / 91, 6)
    assert Decimal(line["after"]) == round(Decimal(70) / 91, 6)


def test_what_only_a_person_knows_is_asked(data: Path) -> None:
    result = call(data, "propose_tag_fixes")
    assert [q["question"] for q in result.details["questions"]] == [
        "Which team does i-0dead belong to?"
    ]
    assert "Left out: 1 without a charge in the last week: probably gone." in result.notes
    assert "Left out: 1 of Microsoft: only AWS tags can be written so far." in result.notes


def test_the_same_question_has_the_same_receipt_but_another_plan(data: Path) -> None:
    one, two = call(data, "propose_tag_fixes"), call(data, "propose_tag_fixes")
    assert one.receipt == two.receipt
    assert one.details["plan"]["id"] != two.details["plan"]["id"]


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ({"limit": 1}, 1),
        ({"min_confidence": 100}, 0),
        ({"filters": [{"dimension": "product", "values": ["recs"]}]}, 1),
        ({"keys": ["product"]}, 1),
    ],
)
def test_narrower(arguments: dict[str, Any], count: int, data: Path) -> None:
    result = call(data, "propose_tag_fixes", **arguments)
    assert len(result.rows) == count
    assert ("plan" in result.details) is (count > 0)


def test_names_nobody_knows(data: Path) -> None:
    with pytest.raises(UnknownNameError, match="team"):
        call(data, "propose_tag_fixes", keys=["taem"])
    with pytest.raises(UnknownNameError):
        call(data, "get_plan", plan_id="plan-x")


def test_a_changed_taxonomy_must_be_applied_first(data: Path) -> None:
    (data / "taxonomy.yaml").write_text(TAXONOMY.replace("platform", "platforms"))
    with pytest.raises(MisuseError, match="taxonomy was changed"):
        call(data, "propose_tag_fixes")


def test_get_plan_lists_and_shows(data: Path) -> None:
    assert call(data, "get_plan").rows == []
    plan = call(data, "propose_tag_fixes").details["plan"]
    (line,) = call(data, "get_plan").rows
    assert (line["plan"], line["state"], line["changes"]) == (plan["id"], "proposed", 2)
    shown = call(data, "get_plan", plan_id=plan["id"])
    assert [row["state"] for row in shown.rows] == ["pending", "pending"]
    assert shown.details["plan"]["digest"] == plan["digest"]


def test_a_model_reads_every_change_and_who_approves(data: Path) -> None:
    """The changes go on in get_plan, here one a page; a second plan makes the list two."""
    proposed = call(data, "propose_tag_fixes")
    plan = proposed.details["plan"]["id"]
    text = model_text(proposed)
    assert f"`tagwright approve {plan}`" in text
    assert "no tool here approves or applies" in text
    pages = [
        call(data, "get_plan", plan_id=plan, limit=1, offset=n) for n in range(proposed.row_count)
    ]
    assert {page.row_count for page in pages} == {proposed.row_count}
    changes = [(row["resource_id"], row["key"]) for page in pages for row in page.rows]
    assert changes == [(row["resource_id"], row["key"]) for row in proposed.rows]
    call(data, "propose_tag_fixes", min_confidence=71)
    listed = [call(data, "get_plan", limit=1, offset=n) for n in range(2)]
    assert [page.row_count for page in listed] == [2, 2]
    assert len({page.rows[0]["plan"] for page in listed}) == 2


def test_hidden_characters_of_a_bill_are_spelled_out(home: Path, tmp_path: Path) -> None:
    (home / "taxonomy.yaml").write_text(TAXONOMY)
    evil = instance("recs-9\u202e\x1b[2J", "5", {"Team": "discovry\u200b"})
    ingest(load_settings(home), [write_focus(tmp_path / "b.csv", [*BILL[:2], evil])])
    result = call(home, "propose_tag_fixes")
    assert "\x1b" not in result.model_dump_json().encode().decode("unicode_escape")


def test_a_person_reads_whose_account_it_is(home: Path, tmp_path: Path) -> None:
    """Nothing speaks for the value but the account, whose four tagged resources have it."""
    (home / "tagwright.toml").write_text("")
    (home / "taxonomy.yaml").write_text(TAXONOMY)
    bill = [
        instance(f"{name}-box", "10", {"Team": "discovery"} if number else {},
                 SubAccountName="shop\x1b[31m-prod")
        for number, name in enumerate(("ant", "bee", "cat", "dog", "elk"))
    ]  # fmt: skip
    ingest(load_settings(home), [write_focus(tmp_path / "bill.csv", bill)])
    result = call(home, "propose_tag_fixes", min_confidence=50)
    shown = rf"shop\u001b[31m-prod ({ACCOUNT})"
    assert f"4 of 4 tagged resources of account {shown} have it" in str(result.rows[0]["evidence"])
    state = open_state(load_settings(home))
    stored = PlanStore(state, load_settings(home), People("people.yaml")).get(
        result.details["plan"]["id"]
    )
    state.close()
    assert stored.plan.items[0].account == ACCOUNT
    out = Console(file=io.StringIO(), width=80, markup=False, highlight=False)
    print_plan(out, stored)
    text = out.file.getvalue()  # type: ignore[attr-defined]
    assert f"In account {shown}\n" in text
    assert "\x1b" not in text
