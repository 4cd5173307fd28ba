"""What a filter's value may be: a value in any case, an alias, the other name of an account."""

from __future__ import annotations

from pathlib import Path

import pytest

from sample_home import charge, sample, tool_result
from tagwright.config import Settings
from tagwright.errors import UnknownNameError
from tagwright.metrics.aliases import ALIASES, MEANINGS, SUREST_FIRST, aliased
from tagwright.results import ToolResult

SERVICES = [
    "Amazon Elastic Compute Cloud",
    "Amazon EC2 Container Registry (ECR)",
    "Amazon EC2 Container Service",
    "Amazon Simple Storage Service",
    "Virtual Machines",
]


@pytest.fixture
def settings(home: Path) -> Settings:
    """1, 2, 4, 8 and 16 USD: a sum tells which services are in it."""
    rows = [
        charge(
            str(2**n),
            ServiceName=name,
            ServiceProviderName="Microsoft" if name == "Virtual Machines" else "AWS",
            SubAccountId="111111111111" if n < 2 else "222222222222",
            SubAccountName="Prod" if n < 2 else "Sand | box",
            BillingAccountId="999",
            BillingAccountName="Acme",
        )
        for n, name in enumerate(SERVICES)
    ]
    return sample(home, rows)


def asked(settings: Settings, dimension: str, *values: str, op: str = "in") -> ToolResult:
    filters = [{"dimension": dimension, "op": op, "values": [*values]}]
    return tool_result(settings, "query_costs", {"filters": filters})


@pytest.mark.parametrize(
    ("dimension", "value", "cost"),
    [
        ("service_name", "EC2", "1.00"),
        ("service_name", "ec2", "1.00"),
        ("service_name", "ECR", "2.00"),
        ("service_name", "ecs", "4.00"),
        ("service_name", "S3", "8.00"),
        ("service_name", "amazon simple storage service", "8.00"),
        ("service_provider_name", "Azure", "16.00"),
        ("service_provider_name", "amazon", "15.00"),
        ("sub_account_id", "prod", "3.00"),
        ("sub_account_id", "111111111111", "3.00"),
        ("sub_account_name", "222222222222", "28.00"),
        ("sub_account_name", "Sand \\| box", "28.00"),  # as an answer's table shows it
        ("sub_account_id", "Prod (111111111111)", "3.00"),  # so is an account
        ("sub_account_id", "prod (111111111111)", "3.00"),
        ("sub_account_id", "Sand \\| box (222222222222)", "28.00"),
        ("sub_account_name", "Prod (111111111111)", "3.00"),
        ("billing_account_id", "acme", "31.00"),
        ("billing_account_name", "999", "31.00"),
    ],
)
def test_names_and_aliases(settings: Settings, dimension: str, value: str, cost: str) -> None:
    assert asked(settings, dimension, value).totals == [{"currency": "USD", "effective_cost": cost}]


def test_a_name_beside_another_accounts_id_is_neither(settings: Settings) -> None:
    with pytest.raises(UnknownNameError):
        asked(settings, "sub_account_id", "Prod (222222222222)")


def test_what_an_alias_was_read_as_is_said(settings: Settings) -> None:
    said = "'EC2' is read as service_name Amazon Elastic Compute Cloud."
    assert said in asked(settings, "service_name", "EC2").notes
    assert asked(settings, "service_name", "Virtual Machines").notes == []


def test_all_but_an_alias(settings: Settings) -> None:
    result = asked(settings, "service_name", "EC2", "s3", op="not_in")
    assert result.totals == [{"currency": "USD", "effective_cost": "22.00"}]


def test_a_value_of_that_name_comes_before_the_alias(home: Path) -> None:
    rows = [charge("1", ServiceName="EC2"), charge("2", ServiceName="Amazon EC2")]
    settings = sample(home, rows)
    assert asked(settings, "service_name", "ec2").totals[0]["effective_cost"] == "1.00"


def test_what_an_alias_of_the_taxonomy_calls_the_same_is_the_same(home: Path) -> None:
    """``project:recommendation-engine`` and ``product:recs`` are one thing by either name."""
    taxonomy = """
    keys: {product: {layer: business, values: {recs: [recommendations], search: []}}}
    aliases:
      - {any_of: ["project:recommendation-engine"], means: {product: recs}}
    """
    rows = [charge(cost, Tags={"product": name}) for cost, name in (("1", "recs"), ("2", "search"))]
    settings = sample(home, rows, taxonomy=taxonomy)
    result = asked(settings, "product", "Recommendation-Engine")
    assert result.totals[0]["effective_cost"] == "1.00"
    assert "'Recommendation-Engine' is read as product recs." in result.notes
    with pytest.raises(UnknownNameError):
        asked(settings, "product", "engine")


@pytest.mark.parametrize(
    ("dimension", "value", "near"),
    [("service_name", "EC3", ()), ("service_name", "virtual machine", ("Virtual Machines",))],
)
def test_what_nobody_knows_names_the_nearest(
    settings: Settings, dimension: str, value: str, near: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownNameError) as caught:
        asked(settings, dimension, value)
    assert set(near) <= set(caught.value.nearest)


def test_an_alias_of_a_service_is_none_of_a_team() -> None:
    assert aliased("prod", "sub_account_name", ["acme production"]) == []
    assert aliased("llm", "x_ai_kind", ["model-api", "accelerator"]) == ["model-api"]


def test_the_table_holds_folded_words() -> None:
    """A text with a capital or a hyphen would never be found."""
    from tagwright.metrics.aliases import fold

    words = [*ALIASES, *MEANINGS, *(text for texts in ALIASES.values() for text in texts)]
    assert [word for word in words if fold(word) != word] == []
    assert set(ALIASES) >= SUREST_FIRST


@pytest.mark.parametrize("value", ["a'; DROP TABLE charges; --", '"', "$1", "\x00", "%", "🦆" * 99])
def test_a_hostile_value_is_only_a_value(settings: Settings, value: str) -> None:
    question = {"filters": [{"dimension": "service", "values": [value]}]}
    with pytest.raises(UnknownNameError):
        tool_result(settings, "query_costs", question)
    question = {"group_by": [f"tag:{value}"]}
    assert tool_result(settings, "query_costs", question).rows[0]["share"] == "1.000000"
