"""``tag_coverage``: parts that add up exactly, and states decided charge by charge in Python."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from effort import examples
from sample_home import charge, many, sample, tool_result
from tagwright.api import MisuseError, UnknownNameError
from tagwright.money import decimal_text, ratio_text

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

TAXONOMY = """
version: 1
keys:
  team: {layer: business, required: true, values: {search: [], ads: [], ml: []}}
  environment:
    layer: workload
    required: true
    tag_names: [env]
    values: {production: [prod], development: [dev]}
  cost-center: {layer: business, case: upper}
"""
PARTS = ("covered", "missing", "invalid", "untagged")
ROWS = [
    *many(300, seed=2),
    charge("7.25", "2026-08-03", ResourceId="i-bare", BillingCurrency="USD", Tags={}),
    charge("2.5", "2026-08-04", ResourceId="i-bare", BillingCurrency="EUR", Tags={}),
]
ALLOWED = {
    "team": ("team", {"search", "ads", "ml"}),
    "environment": ("env", {"production", "prod", "development", "dev"}),
    "cost-center": ("cost-center", {"cc-1", "cc-2"}),
}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return sample(tmp_path_factory.mktemp("books"), ROWS, taxonomy=TAXONOMY)


def state(row: dict[str, Any], keys: list[str]) -> str:
    """The independent twin: the worst of the keys; tax and bare charges cannot be tagged."""
    states = []
    for key in keys:
        name, allowed = ALLOWED[key]
        value = row["Tags"].get(name, "").casefold()
        lacking = "missing" if row["Tags"] else "untagged"
        states.append(lacking if not value else "covered" if value in allowed else "invalid")
    bare = not row["Tags"] and not row["ResourceId"]
    if bare or row.get("ChargeCategory") in ("Tax", "Credit"):
        return "untaggable"
    return max(states, key=[*PARTS].index)


def amounts(keys: list[str], currency: str, start: str, end: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in ROWS:
        day = row["ChargePeriodStart"][:10]
        if row["BillingCurrency"] == currency and start <= day < end:
            found[state(row, keys)] += Decimal(row["EffectiveCost"])
    return found


@pytest.mark.parametrize("keys", [["team"], ["environment", "team"], [*ALLOWED]])
@pytest.mark.parametrize("month", [("all", "2026-07-01", "2026-10-01"),
                                   ("2026-08", "2026-08-01", "2026-09-01")])  # fmt: skip
def test_each_state_is_the_sum_of_its_charges(
    books: Settings, keys: list[str], month: tuple[str, str, str]
) -> None:
    period, start, end = month
    result = tool_result(books, "tag_coverage", {"keys": keys, "period": period})
    assert result.details["keys"] == keys
    labels = [*keys, "all"] if len(keys) > 1 else keys
    assert len(result.rows) == 2 * len(labels)
    for row in result.rows:
        asked = keys if row["key"] == "all" else [str(row["key"])]
        expected = amounts(asked, str(row["currency"]), start, end)
        for part in PARTS:
            assert row[part] == decimal_text(expected[part]), (row, part)
        taggable = sum((expected[p] for p in PARTS), Decimal(0))
        assert row["taggable"] == decimal_text(taggable)
        assert row["coverage"] == ratio_text(expected["covered"], taggable)
    for total in result.totals:
        expected = amounts(keys, str(total["currency"]), start, end)
        assert total["untaggable"] == decimal_text(expected["untaggable"])
        assert total["total"] == decimal_text(sum(expected.values(), Decimal(0)))


@pytest.mark.slow  # 40 questions
@hypothesis_settings(max_examples=examples(40), deadline=None)
@given(
    keys=st.lists(st.sampled_from(list(ALLOWED)), max_size=3, unique=True),
    groups=st.lists(
        st.sampled_from(["service_name", "region_id", "resource_id", "month", "day", "team"]),
        max_size=2,
        unique=True,
    ),
    period=st.sampled_from(["all", "2026-09", "2026-07-10/2026-08-20"]),
    services=st.lists(st.sampled_from(["Amazon EC2", "Amazon S3"]), max_size=2, unique=True),
    basis=st.sampled_from(["effective_cost", "resources"]),
)
def test_parts_add_up_exactly(
    books: Settings,
    keys: list[str],
    groups: list[str],
    period: str,
    services: list[str],
    basis: str,
) -> None:
    if basis == "resources":
        groups = [name for name in groups if name != "resource_id"]
    question: dict[str, Any] = {
        "keys": keys, "group_by": groups, "period": period, "basis": basis, "limit": 1000,
    }  # fmt: skip
    if services:
        question["filters"] = [{"dimension": "service", "values": services}]
    result = tool_result(books, "tag_coverage", question)

    def parts(row: dict[str, Any], *names: str) -> Decimal:
        return sum((Decimal(row[name]) for name in names), Decimal(0))

    for row in [*result.rows, *result.totals]:
        assert parts(row, *PARTS) == parts(row, "taggable")
    for total in result.totals:
        assert parts(total, "taggable", "untaggable") == parts(total, "total")
    if groups and basis == "effective_cost":
        for total in result.totals:
            own = [row for row in result.rows if row["currency"] == total["currency"]]
            for part in (*PARTS, "taggable"):
                assert sum((parts(row, part) for row in own), Decimal(0)) == parts(total, part)
    if groups:
        gaps = [parts(row, "invalid", "missing", "untagged") for row in result.rows]
        assert gaps == sorted(gaps, reverse=True)


def test_the_required_keys_and_all_of_them_by_default(home: Path) -> None:
    """team right, environment wrong: covered for one, invalid for both; tax cannot be tagged."""
    rows = [
        charge("6", Tags={"team": "ads", "env": "nonsense"}),
        charge("3", Tags={"team": "ads", "env": "prod"}),
        charge("1", Tags={"env": "dev"}),
        charge("5", ChargeCategory="Tax"),
    ]
    result = tool_result(sample(home, rows, taxonomy=TAXONOMY), "tag_coverage")
    by_key = {row["key"]: row for row in result.rows}
    parts = (*PARTS, "taggable", "coverage")
    assert [by_key["team"][p] for p in parts] == [
        "9.00", "1.00", "0.00", "0.00", "10.00", "0.900000",
    ]  # fmt: skip
    assert [by_key["environment"][p] for p in parts] == [
        "4.00", "0.00", "6.00", "0.00", "10.00", "0.400000",
    ]  # fmt: skip
    assert [by_key["all"][p] for p in parts] == [
        "3.00", "1.00", "6.00", "0.00", "10.00", "0.300000",
    ]  # fmt: skip
    [total] = result.totals
    assert (total["untaggable"], total["total"]) == ("5.00", "15.00")
    assert [total[f"{p}_share"] for p in ("invalid", "missing", "untagged", "untaggable")] == [
        "0.600000", "0.100000", "0.000000", "0.333333",
    ]  # fmt: skip


def test_no_tags_a_missing_key_a_wrong_value_and_untaggable_are_four_things(home: Path) -> None:
    """A virtual tag gives a value without any tag; an empty tag is one, AWS's own is none."""
    taxonomy = TAXONOMY + "virtual_tags:\n  - {when: {ResourceId: i-known}, means: {team: ml}}\n"
    rows = [
        charge("1", ResourceId="i-1"),
        charge("2", ResourceId="i-2", Tags={"team": " ", "note": ""}),
        charge("4", ResourceId="i-3", Tags={"Owner": "dana"}),
        charge("8", ResourceId="i-4", Tags={"team": "nobody", "Owner": "dana"}),
        charge("16", ResourceId="i-known"),
        charge("32"),
        charge("64", ChargeCategory="Tax", Tags={"team": "ads"}),
        charge("128", ResourceId="i-5", Tags={"aws:createdBy": "Root:1"}),
    ]
    settings = sample(home, rows, taxonomy=taxonomy)
    [total] = tool_result(settings, "tag_coverage", {"keys": ["team"]}).totals
    assert [total[p] for p in (*PARTS, "untaggable", "total")] == [
        "16.00", "6.00", "8.00", "129.00", "96.00", "255.00",
    ]  # fmt: skip
    question = {"keys": ["team"], "group_by": ["resource_id"], "part": "untagged"}
    result = tool_result(settings, "tag_coverage", question)
    parts = ("resource_id", "untagged", "untagged_share")
    assert [tuple(row[name] for name in parts) for row in result.rows] == [
        ("i-5", "128.00", "1.000000"), ("i-1", "1.00", "1.000000"),
    ]  # fmt: skip
    assert result.row_count == 2
    with pytest.raises(MisuseError, match="group_by"):
        tool_result(settings, "tag_coverage", {"part": "untagged"})


def test_a_key_nobody_has_is_told_with_what_helps(home: Path) -> None:
    settings = sample(home, [charge("1", Tags={"Owner": "team-a", "env": "prod"})])
    notes = tool_result(settings, "tag_coverage").notes
    assert (
        "No charge there has a value of team, product, cost-center. "
        "tagwright taxonomy suggest shows what your tags could mean."
    ) in notes
    assert not any("suggest" in n for n in tool_result(
        settings, "tag_coverage", {"keys": ["environment"]}).notes)  # fmt: skip


def test_a_wrong_value_of_one_key_shows_beside_another_that_is_missing(home: Path) -> None:
    rows = [charge("8", ResourceId="i-1", Tags={"team": "nobody"})]
    result = tool_result(sample(home, rows, taxonomy=TAXONOMY), "tag_coverage")
    assert [(row["key"], row["missing"], row["invalid"]) for row in result.rows] == [
        ("team", "0.00", "8.00"), ("environment", "8.00", "0.00"), ("all", "0.00", "8.00"),
    ]  # fmt: skip


def test_top_untagged_resources(home: Path) -> None:
    rows = [
        charge("6", ResourceId="i-tagged", Tags={"team": "ads", "env": "prod"}),
        charge("3", ResourceId="i-half", Tags={"team": "ads"}),
        charge("9", ResourceId="i-bare"),
        charge("1", ResourceId="i-tax", ChargeCategory="Tax"),
    ]
    question = {"group_by": ["resource_id"]}
    result = tool_result(sample(home, rows, taxonomy=TAXONOMY), "tag_coverage", question)
    shown = [
        (row["resource_id"], row["untagged"], row["missing"], row["coverage"])
        for row in result.rows
    ]
    assert shown == [
        ("i-bare", "9.00", "0.00", "0.000000"),
        ("i-half", "0.00", "3.00", "0.000000"),
        ("i-tagged", "0.00", "0.00", "1.000000"),
    ]
    assert result.totals[0]["total"] == "19.00"


def test_a_resource_counts_once_by_its_last_day(home: Path) -> None:
    """i-1 was bare on the 1st and is tagged on the 2nd; i-2 has a bare and a tagged charge."""
    tags = {"team": "ads", "env": "prod"}
    rows = [
        charge("1", "2026-09-01", ResourceId="i-1"),
        charge("1", "2026-09-02", ResourceId="i-1", Tags=tags),
        charge("1", "2026-09-02", ResourceId="i-2", Tags=tags),
        charge("1", "2026-09-02", ResourceId="i-2"),
        charge("1", "2026-09-02"),
    ]
    settings = sample(home, rows, taxonomy=TAXONOMY)
    total = tool_result(settings, "tag_coverage", {"basis": "resources"}).totals[0]
    assert (total["covered"], total["untagged"], total["taggable"]) == (1, 1, 2)
    assert "currency" not in total
    first = {"basis": "resources", "period": "2026-09-01"}
    total = tool_result(settings, "tag_coverage", first).totals[0]
    assert (total["covered"], total["untagged"]) == (0, 1)


def test_credits_that_outweigh_costs_are_said(home: Path) -> None:
    rows = [charge("-3", Tags={"team": "ads"}), charge("9", Tags={"env": "dev"})]
    result = tool_result(sample(home, rows, taxonomy=TAXONOMY), "tag_coverage", {"keys": ["team"]})
    assert result.rows[0]["coverage"] == "-0.500000"
    assert any("is no share" in note for note in result.notes)


def test_misuse(books: Settings) -> None:
    with pytest.raises(UnknownNameError) as caught:
        tool_result(books, "tag_coverage", {"keys": ["teem"]})
    assert "team" in caught.value.nearest
    with pytest.raises(MisuseError, match="resource_id"):
        tool_result(books, "tag_coverage", {"basis": "resources", "group_by": ["resource"]})
    with pytest.raises(MisuseError, match="basis"):
        tool_result(books, "tag_coverage", {"basis": "billed"})


def test_no_required_key_must_be_named(home: Path) -> None:
    optional = "version: 1\nkeys:\n  team: {layer: business}\n"
    settings = sample(home, [charge("1", ResourceId="i-1")], taxonomy=optional)
    with pytest.raises(MisuseError, match="No taxonomy key is required"):
        tool_result(settings, "tag_coverage")
    assert tool_result(settings, "tag_coverage", {"keys": ["team"]}).rows[0]["untagged"] == "1.00"


@pytest.mark.parametrize("basis", ["effective_cost", "resources"])
def test_tags_that_differ_by_case_alone_are_two(home: Path, basis: str) -> None:
    settings = sample(
        home,
        [
            charge("5.00", "2026-09-05", ResourceId="i-1", Tags={"Team": "a", "team": "b"}),
            charge("2.00", "2026-09-06", ResourceId="i-2", Tags={"team": "c"}),
        ],
        taxonomy=TAXONOMY,
    )
    arguments = {"group_by": ["tag:Team", "tag:team"], "keys": ["environment"], "basis": basis}
    found = tool_result(settings, "tag_coverage", arguments).rows
    names = {(row["tag:Team"], row["tag:team"]) for row in found}
    assert names == {("a", "b"), (None, "c")}
