"""Allocation files: what they may say, and what is said of one that says something else."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from allocation_world import World
from tagwright.allocation import load_rules, parse_rules
from tagwright.api import ConfigError
from tagwright.config import load_settings

GOOD = """
rules:
  - {id: a, match: [{dimension: region, values: [eu]}], by: even, to: [team], targets: [x, y]}
  - {id: b, by: like, like: a, to: [team]}
policies:
  support: {do: own, owner: platform}
"""


def test_rules_are_read_in_order() -> None:
    rules = parse_rules(GOOD, "rules.yaml")
    assert [(rule.id, rule.by) for rule in rules.rules] == [("a", "even"), ("b", "like")]
    assert rules.spec.policies.support.owner == "platform"
    assert rules.digest == parse_rules(GOOD + "\n# a comment\n").digest
    assert rules.digest != parse_rules(GOOD.replace("[x, y]", "[x, z]")).digest


def test_no_file_is_no_rules(home: Path) -> None:
    rules = load_rules(load_settings(home))
    assert (rules.rules, rules.source) == ((), "no allocation rules")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules: [{id: a, by: evn, to: [team]}]", "rule a.by: Input should be 'tags', 'fixed'"),
        (
            "rules: [{id: a, by: even, to: [team], share: 1}]",
            "rule a: there is no field 'share'. Did you mean shares",
        ),
        ("rules: [{id: a, by: even, to: []}]", "rule a.to:"),
        ("rules: [{by: even, to: [team]}]", "rule 1.id: Field required"),
        (
            "rules: [{id: a, by: fixed, to: [team]}]",
            "rule a: shares or amounts belong to by: fixed",
        ),
        (
            "rules: [{id: a, by: fixed, to: [team], shares: {x: 0.7, y: 0.4}}]",
            "rule a: shares add up to more than 1: a charge would be used twice",
        ),
        (
            "rules: [{id: a, by: even, to: [team]}, {id: a, by: even, to: [team]}]",
            "rule a stands twice",
        ),
        (
            "rules: [{id: a, by: like, like: b, to: [x]}, {id: b, by: like, like: a, to: [y]}]",
            "rule a: like: a -> b -> a is a cycle",
        ),
        (
            "rules: [{id: a, by: even, to: [team]}, {id: b, by: even, to: [team]}]",
            "rule b: rule a takes all charges before it, for team too: a charge is used once",
        ),
        ("rules: [{id: a, by: like, like: z, to: [team]}]", "rule a: like: there is no rule z"),
        ("rules: [{id: a, by: tokens, to: [team], idle: own}]", "rule a: idle: own needs an owner"),
        (
            "rules: [{id: a, by: even, to: [team], capacity_per_hour: 3}]",
            "rule a: usage, named_by, per and capacity_per_hour do not fit by: even",
        ),
        ("policies: {tax: {do: own}}", "policies.tax: an owner belongs to do: own"),
        ("policies: {taxes: {}}", "policies: there is no field 'taxes'. Did you mean tax?"),
        ("rules: [", "not valid YAML"),
        ("- a", "the top level must be a mapping with 'rules'"),
        ("rules: []\nrules: []", "'rules' stands twice"),
    ],
)
def test_what_is_wrong_is_said_with_file_rule_and_field(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_rules(text, "rules.yaml")
    assert str(caught.value).startswith("rules.yaml: ")
    assert words in str(caught.value)


BILL = {"amount": "10.00", "ServiceName": "Shared"}
RULE = """
rules:
  - id: shared
    match: [{{dimension: service_name, values: [Shared]}}]
    to: [team]
    {}
"""


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("by: tokens\n    usage: [{column: modle, values: [x]}]", "usage has no column 'modle'"),
        (
            "by: kubernetes\n    usage: [{column: pods, values: [x]}]",
            "kubernetes_usage has no column",
        ),
        (
            "by: requests\n    named_by: [{column: key, contains: a, target: b}]",
            "usage has no column 'key'",
        ),
    ],
)
def test_a_column_that_telemetry_has_not_is_named(rule: str, words: str, tmp_path: Path) -> None:
    world = World(tmp_path).charges(BILL).rules(RULE.format(rule))
    with pytest.raises(ConfigError, match=words):
        world.allocation("team")


def test_like_a_rule_for_another_dimension(tmp_path: Path) -> None:
    text = dedent("""
        rules:
          - {id: a, by: even, to: [product], targets: [x]}
          - {id: b, by: like, like: a, to: [team]}
    """)
    world = World(tmp_path).charges(BILL).rules(text)
    with pytest.raises(
        ConfigError, match="Rule b is like a, which does not divide charges to team"
    ):
        world.allocation("team")


def test_the_first_rule_that_matches_takes_a_charge(tmp_path: Path) -> None:
    """Of two rules that fit, the second takes nothing, and that is said."""
    text = """
rules:
  - {id: first, match: [{dimension: service_name, values: [Shared]}], by: fixed, to: [team],
     shares: {x: 0.5}}
  - {id: second, by: even, to: [team], targets: [y]}
"""
    found = World(tmp_path).charges(BILL).rules(text).allocation("team")
    assert [(line.target, line.kind, str(line.amount)) for line in found.lines] == [
        ("x", "shared", "5.00"),
        (None, "unallocated", "5.00"),
    ]
    assert "Rule second took no charge." in found.notes
    assert sum(line.charges for line in found.lines) == 1


def test_a_rule_that_is_like_another(tmp_path: Path) -> None:
    """Support follows what the cluster's charges gave: 3 to 1."""
    text = """
rules:
  - {id: support, match: [{dimension: service_name, values: [Extra]}], by: like, like: cluster,
     to: [team], kind: overhead}
  - {id: cluster, match: [{dimension: service_name, values: [Shared]}], by: fixed, to: [team],
     shares: {x: 0.75, y: 0.25}}
"""
    world = World(tmp_path).charges(BILL, {"amount": "1.00", "ServiceName": "Extra"}).rules(text)
    amounts = {
        (line.target, line.kind): str(line.amount) for line in world.allocation("team").lines
    }
    assert amounts == {
        ("x", "overhead"): "0.75", ("y", "overhead"): "0.25",
        ("x", "shared"): "7.50", ("y", "shared"): "2.50",
    }  # fmt: skip


def test_a_day_without_telemetry_is_said_and_never_spread(tmp_path: Path) -> None:
    days = [
        {**BILL, "ChargePeriodStart": f"2026-09-0{day}", "ChargePeriodEnd": f"2026-09-0{day + 1}"}
        for day in (1, 2)
    ]
    world = World(tmp_path).charges(*days).requests({"tags": {"team": "x"}})
    found = world.rules(RULE.format("by: requests")).allocation("team")
    assert [(line.target, line.kind, str(line.amount)) for line in found.lines] == [
        ("x", "shared", "10.00"), (None, "unallocated", "10.00"),
    ]  # fmt: skip
    assert (
        "Rule shared: no telemetry to divide by on 1 day (2026-09-02): 10.00 USD unallocated."
    ) in found.notes


def test_two_currencies_are_never_weighed_together(tmp_path: Path) -> None:
    charges = [
        {"amount": "9.00", "Tags": {"team": "x"}},
        {"amount": "1.00", "Tags": {"team": "y"}, "BillingCurrency": "EUR"},
        {**BILL, "BillingCurrency": "EUR"},
    ]
    found = World(tmp_path).charges(*charges).rules(RULE.format("by: direct")).allocation("team")
    assert {
        (line.currency, line.target): str(line.amount) for line in found.lines if line.rule
    } == {("EUR", "y"): "10.00"}
    assert "Amounts are in EUR, USD; they are not added up." in found.notes


def test_a_customer_id_of_300_characters(tmp_path: Path) -> None:
    name = "c" * 299 + "'"
    world = World(tmp_path).charges(BILL).requests({"tags": {"customer": name}})
    text = RULE.format("by: requests").replace("[team]", "[customer]")
    [line] = world.rules(text).allocation("customer").lines
    assert (line.target, str(line.amount)) == (name, "10.00")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("{do: show}", {(None, "tax"): "5.00"}),
        ("{do: share}", {("x", "tax"): "3.00", ("y", "tax"): "2.00"}),
        ("{do: own, owner: finance}", {("finance", "tax"): "5.00"}),
        ("{do: rules}", {(None, "unallocated"): "5.00"}),
    ],
)
def test_what_becomes_of_tax(
    policy: str, expected: dict[tuple[str | None, str], str], tmp_path: Path
) -> None:
    world = World(tmp_path).charges(
        {"amount": "3.00", "Tags": {"team": "x"}},
        {"amount": "2.00", "Tags": {"team": "y"}},
        {"amount": "5.00", "ChargeCategory": "Tax"},
    )
    found = world.rules(f"policies: {{tax: {policy}}}").amounts("team")
    direct = {("x", "direct"): "3.00", ("y", "direct"): "2.00"}
    assert {key: str(value) for key, value in found.items()} == {**direct, **expected}
