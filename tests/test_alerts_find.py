"""What is found in a bill: first day, owner, money, and receipts of all figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from alerts_world import FIRST, SEARCH, daily
from sample_home import NOW, sample
from tagwright.alerts import DEFAULTS, Finding, Rule, look
from tagwright.alerts.rules import CoverageDrop, SpendJump, UntaggedAI
from tagwright.blocks import Cell, Sentence, misplaced
from tagwright.config import Settings
from tagwright.people import at_terminal
from tagwright.receipts import run_tool
from tagwright.registry import Registry, load_registry
from tagwright.render.markdown import markdown

JUMP, DROP, NEW_AI = DEFAULTS


def found(
    home: Path, rows: Iterable[dict[str, Any]], rule: Rule, taxonomy: str | None = None
) -> list[Finding]:
    settings = sample(home, rows, taxonomy=taxonomy)
    return again(settings, rule)


def again(settings: Settings, rule: Rule) -> list[Finding]:
    return look(settings, rule, at_terminal(settings), load_registry(), NOW)


def text(finding: Finding) -> str:
    return markdown(finding.blocks)


# --- spend_jump -------------------------------------------------------------------------------


def test_a_doubled_level_with_its_day_owner_and_money(tmp_path: Path) -> None:
    rows = [*daily("200", FIRST, 80), *daily("500", dt.date(2026, 9, 19), 6),
            *daily("70", FIRST, 86, {"team": "ads"})]  # fmt: skip
    (one,) = found(tmp_path / "home", rows, JUMP)
    assert (one.owner, one.began, one.ended) == ("search", dt.date(2026, 9, 19), None)
    assert (one.amount, one.currency) == (Decimal(6 * 300), "USD")
    said = text(one)
    assert "search, Amazon EC2 since 2026-09-19. 500.00 USD a day" in said
    assert "200.00 USD a day on the same weekdays before" in said
    assert "+1,800.00 USD (+150.0%) so far" in said
    assert "The data reaches 2026-09-24" in said


def test_it_is_the_same_cause_the_day_after_and_when_it_is_over(tmp_path: Path) -> None:
    rows = [*daily("200", FIRST, 80), *daily("500", dt.date(2026, 9, 19), 3)]
    (first,) = found(tmp_path / "a", rows, JUMP)
    rows += [*daily("500", dt.date(2026, 9, 22), 1), *daily("200", dt.date(2026, 9, 23), 5)]
    (later,) = found(tmp_path / "b", rows, JUMP)
    assert later.cause == first.cause
    assert (later.began, later.ended) == (first.began, dt.date(2026, 9, 23))
    assert "In all that was +1,200.00 USD (+150.0%), and it is over." in text(later)


def test_a_level_that_was_kept_is_usual_and_not_over(tmp_path: Path) -> None:
    rows = [*daily("200", FIRST, 50), *daily("500", dt.date(2026, 8, 20), 35)]
    (one,) = found(tmp_path / "home", rows, JUMP)
    assert one.ended == dt.date(2026, 9, 18)
    assert "It was kept for four weeks and is the usual level now." in text(one)
    assert "over" not in text(one)


def test_no_team_is_no_owner_and_other_thresholds_are_other_findings(tmp_path: Path) -> None:
    rows = [
        *daily("200", FIRST, 80, {"x": "y"}),
        *daily("500", dt.date(2026, 9, 19), 3, {"x": "y"}),
    ]
    settings = sample(tmp_path / "home", rows)
    (one,) = again(settings, JUMP)
    assert one.owner is None
    assert "no team, Amazon EC2" in one.headline
    assert again(settings, SpendJump.model_validate(
        {"kind": "spend_jump", "as": "x", "amount": 301})) == []  # fmt: skip


def test_the_owner_of_a_service_is_the_team_that_is_most_of_the_change(tmp_path: Path) -> None:
    rows = [*daily("200", FIRST, 80), *daily("500", dt.date(2026, 9, 19), 3),
            *daily("90", FIRST, 83, {"team": "ads"})]  # fmt: skip
    rule = SpendJump.model_validate({"kind": "spend_jump", "as": "x", "by": ["service_name"]})
    (one,) = found(tmp_path / "home", rows, rule)
    assert one.owner == "search"


def test_a_month_without_a_bill_is_unknown_and_no_fall(tmp_path: Path) -> None:
    """August is missing: September is no jump from nothing."""
    others = daily("5", FIRST, 90, {"team": "ads"}, ServiceProviderName="Google Cloud")
    rows = [*daily("500", FIRST, 31), *daily("500", dt.date(2026, 9, 1), 29), *others]
    assert found(tmp_path / "home", rows, JUMP) == []


def test_currencies_are_apart(tmp_path: Path) -> None:
    euros = {"BillingCurrency": "EUR"}
    rows = [*daily("200", FIRST, 83), *daily("200", FIRST, 80, **euros),
            *daily("600", dt.date(2026, 9, 19), 3, **euros)]  # fmt: skip
    (one,) = found(tmp_path / "home", rows, JUMP)
    assert (one.amount, one.currency) == (Decimal(1200), "EUR")


def test_a_name_of_the_bill_is_a_name(tmp_path: Path) -> None:
    """It stands in a cell, which every medium shows as text."""
    bad = "<!channel> *now*"
    rows = [*daily("200", FIRST, 80, ServiceName=bad),
            *daily("500", dt.date(2026, 9, 19), 3, ServiceName=bad)]  # fmt: skip
    (one,) = found(tmp_path / "home", rows, JUMP)
    words = [
        part for block in one.blocks if isinstance(block, Sentence)
        for part in block.parts if isinstance(part, str)
    ]  # fmt: skip
    assert not any("channel" in word for word in words)


# --- coverage_drop ----------------------------------------------------------------------------


def test_coverage_that_fell(tmp_path: Path) -> None:
    arn = "arn:aws:ec2:us-east-1:1:instance/i-new"
    rows = [*daily("100", dt.date(2026, 8, 1), 31), *daily("100", dt.date(2026, 9, 1), 20),
            *daily("50", dt.date(2026, 9, 1), 20, {"x": "y"}, ResourceId=arn)]  # fmt: skip
    (one,) = [it for it in found(tmp_path / "home", rows, DROP) if "of team" in it.headline]
    assert (one.owner, one.amount) == (None, Decimal(1000))
    said = text(one)
    assert "is 66.7% in 2026-09, 100.0% in 2026-08" in said
    assert "other tags only 1,000.00 USD" in said
    assert "i-new" in said


@pytest.mark.parametrize(
    ("august", "days"),
    [(31, 6), (0, 20)],  # a month of under a week; a month before that is unknown
)
def test_coverage_of_which_nothing_can_be_said(tmp_path: Path, august: int, days: int) -> None:
    rows = [*daily("900", dt.date(2026, 7, 1), 31), *daily("900", dt.date(2026, 8, 1), august),
            *daily("900", dt.date(2026, 9, 1), days, {"x": "y"})]  # fmt: skip
    assert found(tmp_path / "home", rows, DROP) == []


def test_a_small_fall_is_no_news(tmp_path: Path) -> None:
    rows = [*daily("900", dt.date(2026, 8, 1), 31), *daily("900", dt.date(2026, 9, 1), 20),
            *daily("40", dt.date(2026, 9, 1), 20, {"x": "y"})]  # fmt: skip
    settings = sample(tmp_path / "home", rows)
    assert again(settings, DROP) == []
    rule = CoverageDrop.model_validate({"kind": "coverage_drop", "as": "x", "points": 4,
                                        "keys": ["team"]})  # fmt: skip
    assert len(again(settings, rule)) == 1


# --- untagged_ai ------------------------------------------------------------------------------

BEDROCK = {"ServiceName": "Amazon Bedrock", "SubAccountId": "111"}


def test_a_new_ai_workload_without_a_team(tmp_path: Path) -> None:
    arn = "arn:aws:bedrock:us-east-1:111:application-inference-profile/new"
    rows = [
        *daily("10", FIRST, 92),
        *daily("60", dt.date(2026, 9, 20), 10, {"x": "y"}, ResourceId=arn, **BEDROCK),
    ]
    (one,) = found(tmp_path / "home", rows, NEW_AI)
    assert (one.owner, one.amount, one.currency) == (None, Decimal(600), "USD")
    assert "1 new AI workload without a team" in text(one)
    assert "600.00 USD" in text(one)


@pytest.mark.parametrize(
    ("start", "tags", "amount"),
    [
        (dt.date(2026, 7, 1), {"x": "y"}, 100),  # was there before
        (dt.date(2026, 9, 20), SEARCH, 100),  # has a team
        (dt.date(2026, 9, 20), {"x": "y"}, 601),  # costs less
    ],
)
def test_ai_that_is_no_news(
    tmp_path: Path, start: dt.date, tags: dict[str, str], amount: int
) -> None:
    days = (dt.date(2026, 9, 30) - start).days
    rows = [*daily("10", FIRST, 91), *daily("60", start, days, tags, **BEDROCK)]
    rule = UntaggedAI.model_validate({"kind": "untagged_ai", "as": "x", "amount": amount})
    assert found(tmp_path / "home", rows, rule) == []


# --- all of them ------------------------------------------------------------------------------


def test_no_figure_that_no_tool_gave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cell stands in a result that has a receipt."""
    results: list[Any] = []

    def kept(registry: Registry, tool: str, arguments: Any, ctx: Any) -> Any:
        results.append(run_tool(registry, tool, arguments, ctx))
        return results[-1]

    monkeypatch.setattr("tagwright.alerts.looking.run_tool", kept)
    gap = daily("60", dt.date(2026, 9, 19), 10, {"x": "y"}, ResourceId="i-2", **BEDROCK)
    rows = [*daily("200", FIRST, 80), *daily("500", dt.date(2026, 9, 19), 10), *gap]
    settings = sample(tmp_path / "home", rows)
    rules = [JUMP, DROP.model_copy(update={"amount": Decimal(1)}), NEW_AI]
    every = [one for rule in rules for one in again(settings, rule)]
    assert {one.kind for one in every} == {"spend_jump", "coverage_drop", "untagged_ai"}
    for one in every:
        assert misplaced(one.blocks, results) == []
        cells = [
            part for block in one.blocks if isinstance(block, Sentence)
            for part in block.parts if isinstance(part, Cell)
        ]  # fmt: skip
        told = {cell.value for cell in cells if cell.kind == "code"}
        assert {cell.receipt for cell in cells if cell.receipt} <= told


def test_nothing_is_found_without_charges_of_what_is_asked(tmp_path: Path) -> None:
    settings = sample(tmp_path / "home", daily("1", FIRST, 2))
    assert [again(settings, rule) for rule in DEFAULTS] == [[], [], []]
