"""Names people use, and what they stand for."""

from __future__ import annotations

import pytest
import sqlglot

from charges_table import TEXT_COLUMNS
from tagwright.errors import MisuseError, UnknownNameError
from tagwright.metrics import Catalogue, Filter
from tagwright.metrics.definitions import PARTS
from tagwright.taxonomy import default_text, parse_taxonomy
from tagwright.taxonomy.fold import fold_name

CATALOGUE = Catalogue(parse_taxonomy(default_text()))


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("service_provider_name", "service_provider_name"),
        ("ServiceProviderName", "service_provider_name"),
        ("Provider", "service_provider_name"),
        ("cloud", "service_provider_name"),
        ("vendor", "service_provider_name"),
        ("account", "sub_account_id"),
        ("subscription", "sub_account_id"),
        ("service", "service_name"),
        ("Service Name", "service_name"),
        ("region", "region_id"),
        ("currency", "billing_currency"),
        ("source", "x_source"),
        ("taggable", "x_taggable"),
        ("monthly", "month"),
        ("BillingPeriodStart", "billing_period"),
        ("team", "team"),
        ("Cost Center", "cost-center"),
        ("CostCenter", "cost-center"),
        ("cost_center_method", "cost-center_method"),
        ("env", "environment"),
        ("application", "product"),
        ("project", "product"),
    ],
)
def test_dimensions_by_name_synonym_and_tag_name(name, want):
    assert CATALOGUE.dimension(name).name == want


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("cost", "effective_cost"),
        ("Spend", "effective_cost"),
        ("BilledCost", "billed_cost"),
        ("billed cost", "billed_cost"),
        ("resources", "resource_count"),
        ("usage", "consumed_quantity"),
    ],
)
def test_metrics_by_name_and_synonym(name, want):
    assert CATALOGUE.metric(name).name == want


def test_every_name_finds_itself_and_no_synonym_is_given_twice():
    for name in CATALOGUE.metrics:
        assert CATALOGUE.metric(name.upper()).name == name
    for name in CATALOGUE.dimensions:
        assert CATALOGUE.dimension(name.upper()).name == name
    for group in (CATALOGUE.metrics, CATALOGUE.dimensions):
        builtin = [item for item in group.values() if not getattr(item, "key", "")]
        spelled = [fold_name(text) for item in builtin for text in (item.name, *item.synonyms)]
        assert len(spelled) == len(set(spelled))


def test_a_raw_tag_is_a_dimension_under_its_exact_name():
    tag = CATALOGUE.dimension("TAG:Cost_Center ")
    assert (tag.name, tag.tag, tag.kind) == ("tag:Cost_Center ", "Cost_Center ", "tag")
    with pytest.raises(MisuseError):
        CATALOGUE.dimension("tag:")


@pytest.mark.parametrize(
    ("kind", "name", "near"),
    [
        ("dimension", "regoin", "region_id"),
        ("dimension", "provder", "service_provider_name"),
        ("dimension", "teem", "team"),
        ("metric", "biled_cost", "billed_cost"),
    ],
)
def test_the_nearest_names_are_offered(kind, name, near):
    with pytest.raises(UnknownNameError) as failure:
        getattr(CATALOGUE, kind)(name)
    assert near in failure.value.nearest
    assert failure.value.kind == kind


@pytest.mark.parametrize(
    ("kind", "known"),
    [("metric", "list_cost, contracted_cost"), ("dimension", "team, product")],
)
def test_where_no_name_is_near_all_are_told(kind, known):
    """``Unknown metric 'foo'.`` alone: a model cannot go on with that."""
    with pytest.raises(UnknownNameError) as failure:
        getattr(CATALOGUE, kind)("qqqq")
    assert failure.value.nearest == ()
    assert known in failure.value.hint


def test_dimensions_are_columns_that_charges_have():
    promoted = {column for key in CATALOGUE.taxonomy.keys.values()
                for column in (key.column, key.method_column)}  # fmt: skip
    known = {
        *TEXT_COLUMNS,
        *promoted,
        "x_taggable",
        "x_tagged",
        "ChargePeriodStart",
        "BillingPeriodStart",
    }
    assert {dimension.column for dimension in CATALOGUE.dimensions.values()} <= known


def test_metrics_are_sql_that_compiles_to_spark():
    for metric in [m for m in (*CATALOGUE.metrics.values(), *PARTS) if m.of is None]:
        (spark,) = sqlglot.transpile(
            f"SELECT {metric.sql} FROM charges", read="duckdb", write="spark"
        )
        assert spark == f"SELECT {metric.sql.replace(chr(34), '`')} FROM charges"


@pytest.mark.parametrize(("op", "values"), [("in", ()), ("is_null", ("x",)), ("contains", ())])
def test_a_filter_has_the_values_that_its_operator_needs(op, values):
    with pytest.raises(ValueError, match="value"):
        Filter(dimension="team", op=op, values=values)
