"""Metrics by the catalogue's own names, thresholds, currencies and raw tags."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from planner_view import VIEW
from tagwright_agent.planner.question import Scope, Unclear
from tagwright_agent.planner.understand import understand
from tagwright_agent.planner.view import CatalogueView

RATED = replace(VIEW, rates=("EUR>USD",))
TWICE = replace(VIEW, rates=("EUR>USD", "USD>CHF"))
_DEFAULT = {"cost", "costs", "spend", "spending"}
_MORE = {"list", "used", "usage", "quantity", "count", "rows", "charges", "resources", "saved",
         "discounts", "usage quantity", "net savings", "line items",
         "contract savings"}  # fmt: skip
"""Words that ask for more than a metric, or for one only where a noun of money follows."""


def scope(text: str, view: CatalogueView = VIEW) -> Scope:
    [question] = understand(text, view)
    return question.scope


def refused(text: str, view: CatalogueView = VIEW) -> Unclear:
    with pytest.raises(Unclear) as caught:
        understand(text, view)
    return caught.value


NAMES = [
    (said, metric)
    for metric, synonyms in VIEW.metrics
    for said in (metric.replace("_", " "), *synonyms)
    if said not in _DEFAULT | _MORE
]


@pytest.mark.parametrize(("said", "metric"), NAMES, ids=[said for said, _ in NAMES])
def test_a_metric_is_asked_for_by_each_of_its_names(said: str, metric: str) -> None:
    """Of the catalogue, which knows them; alone, by a dimension and in a period."""
    for text in (f"{said} by service in October", f"what was the {said} by service in October"):
        found = scope(text)
        assert (found.metrics, found.groups, found.period) == (
            (metric,), ("service_name",), "2026-10",
        )  # fmt: skip


@pytest.mark.parametrize("said", sorted(_DEFAULT))
def test_the_plain_words_of_cost_name_no_metric(said: str) -> None:
    """The tool's default is theirs."""
    assert scope(f"{said} by service").metrics == ()


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("how many charges were there in October", ("charge_count",)),
        ("number of line items by service", ("charge_count",)),
        ("how many resources by team", ("resource_count",)),
        ("what would we pay at list prices in October", ("list_cost",)),
        ("what is on our bill for October", ("billed_cost",)),
        ("list minus contracted by service", ("negotiated_savings",)),
        ("how much did we save by discounts in October", ("savings",)),
        ("EC2 price per hour in October", ("unit_price",)),
    ],
)
def test_other_words_of_metrics(text: str, metrics: tuple[str, ...]) -> None:
    assert scope(text).metrics == metrics


def test_two_metrics_are_two_questions_in_the_order_said() -> None:
    found = understand("list cost and billed cost by service", VIEW)
    assert [question.scope.metric for question in found] == ["list_cost", "billed_cost"]
    assert {question.scope.groups for question in found} == {("service_name",)}


@pytest.mark.parametrize(
    ("said", "having"),
    [
        ("over $500", ">500"),
        ("above 500 USD", ">500"),
        ("costing more than 1,250.50 dollars", ">1250.50"),
        ("over 10k", ">10000"),
        ("over 2.5k", ">2500"),
        ("over ten thousand", ">10000"),
        ("under €100", "<100"),
        ("below 100", "<100"),
        ("less than $20", "<20"),
        ("at least 1000", ">=1000"),
        ("at most 1000", "<=1000"),
        ("no more than 1000", "<=1000"),
        ("not less than 1000", ">=1000"),
        (">= 1000", ">=1000"),
        ("> 1000", ">1000"),
        ("between $100 and $2k", "100..2000"),
    ],
)
def test_thresholds(said: str, having: str) -> None:
    """On the amount of each row, as query_costs takes them."""
    found = scope(f"services {said} in October")
    assert (found.having, found.groups, found.period) == (having, ("service_name",), "2026-10")
    assert found.limit == 0


@pytest.mark.parametrize(
    "text",
    [
        "cost by service over the last 3 months",
        "cost by service over 2026",
        "cost by service over time",
        "cost between 2026-09-05 and 2026-09-20",
        "cost by team over the past quarter",
    ],
)
def test_time_is_no_threshold(text: str) -> None:
    assert scope(text).having == ""


@settings(deadline=None, max_examples=examples(50))
@given(
    amount=st.decimals(0, 10**9, places=2).filter(lambda value: not 1900 <= value < 2100),
    sign=st.sampled_from([("over", ">"), ("at least", ">="), ("under", "<"), ("at most", "<=")]),
)
def test_an_amount_keeps_its_digits(amount: object, sign: tuple[str, str]) -> None:
    """With separators of thousands or without; never a float."""
    words, mark = sign
    assert scope(f"teams {words} ${amount:,}").having == f"{mark}{amount}"
    assert scope(f"teams {words} {amount} USD").having == f"{mark}{amount}"


def test_a_threshold_of_no_rows_is_asked_back() -> None:
    said = refused("costs over $100")
    assert said.status == "clarify"
    assert "services, teams" in said.text


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("total cost in dollars", "USD"),
        ("total cost by team in US dollars in October", "USD"),
        ("cost in one currency", "USD"),
        ("convert October costs to USD", "USD"),
    ],
)
def test_a_currency_to_convert_into(text: str, currency: str) -> None:
    """With rates beside the data; it is no filter."""
    found = scope(text, RATED)
    assert (found.currency, found.filters) == (currency, ())


def test_what_is_billed_in_a_currency_is_a_filter() -> None:
    found = scope("total cost in EUR", RATED)
    assert found.currency == ""
    assert [(item.dimension, item.values) for item in found.filters] == [
        ("billing_currency", ("EUR",))
    ]


def test_without_rates_nothing_is_converted() -> None:
    """No rate is made up; the way out is named."""
    said = refused("total cost in one currency")
    assert said.status == "refused"
    assert "rates.yaml" in said.text


def test_of_several_currencies_one_is_asked_for() -> None:
    said = refused("total cost in one currency", TWICE)
    assert (said.status, "CHF, USD" in said.text) == ("clarify", True)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("spend by tag Owner", ("tag:Owner",)),
        ("spend by Owner tag", ("tag:Owner",)),
        ("cost per tag:aws:createdBy", ("tag:aws:createdBy",)),
        ("spend by team tag", ("team",)),  # the taxonomy's key is meant before the tag
        ("spend by tag:Team", ("tag:Team",)),
    ],
)
def test_tags_of_the_bill(text: str, groups: tuple[str, ...]) -> None:
    assert scope(text).groups == groups


@pytest.mark.parametrize(
    ("text", "said"),
    [("spend by tag Foo", "No charge has a tag 'Foo'"), ("spend by tag", "By which tag?")],
)
def test_a_tag_that_is_not_there_is_asked_back(text: str, said: str) -> None:
    found = refused(text)
    assert found.status == "clarify"
    assert said in found.text
