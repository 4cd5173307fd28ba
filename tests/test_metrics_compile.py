"""What questions compile to: the right figures, from the right table, with nothing pasted in."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charges_table import charges
from effort import examples
from metrics_questions import CATALOGUE, TAXONOMY, days, queries, rows
from tagwright.errors import MisuseError, UnknownNameError
from tagwright.metrics import Filter, Query, compile_count, compile_query, compile_totals, cubes
from tagwright.results import Period


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def period(start: str, end: str) -> Period:
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    return Period(start=first, end=last, label="")


def run(con: duckdb.DuckDBPyConnection, query: Query, compiler=compile_query, **options):
    compiled = compiler(query, CATALOGUE, **options)
    cursor = con.execute(compiled.sql, compiled.params)
    assert tuple(item[0] for item in cursor.description) == compiled.columns
    return cursor.fetchall()


def money(text: str) -> Decimal:
    return Decimal(text)


@pytest.fixture(scope="module")
def con():
    """
    start             cost     cur  service       account  team   resource
    2026-08-31 23:00  1.10     USD  Amazon S3     a1       ml     r1
    2026-09-01 00:00  2.20     USD  Amazon EC2    a1       ML     r1
    2026-09-30 23:59  4.40     USD  Amazon EC2    a2       -      r2
    2026-10-01 00:00  8.80     USD  amazon ec2    -        ads    r3
    2026-09-15 00:00  16.00    EUR  Amazon EC2    a1       ml     -
    2027-01-01 00:00  -0.50    USD  Amazon EC2    a1       n/a    r1
    """
    rows = [
        ("2026-08-31T23:00", "1.10", "USD", "Amazon S3", "a1", {"team": "ml"}, "r1"),
        ("2026-09-01T00:00", "2.20", "USD", "Amazon EC2", "a1", {"Team": "ML"}, "r1"),
        ("2026-09-30T23:59", "4.40", "USD", "Amazon EC2", "a2", {}, "r2"),
        ("2026-10-01T00:00", "8.80", "USD", "amazon ec2", None, {"team": "ads"}, "r3"),
        ("2026-09-15T00:00", "16.00", "EUR", "Amazon EC2", "a1", {"team": "ml"}, None),
        ("2027-01-01T00:00", "-0.50", "USD", "Amazon EC2", "a1", {"team": "n/a"}, "r1"),
    ]
    return charges(
        TAXONOMY,
        [
            {
                "ChargePeriodStart": at(start), "cost": Decimal(cost), "BillingCurrency": currency,
                "ServiceName": service, "SubAccountId": account, "Tags": tags,
                "ResourceId": resource,
            }
            for start, cost, currency, service, account, tags, resource in rows
        ],
    )  # fmt: skip


def test_money_is_grouped_by_currency_even_when_nobody_asks(con):
    assert run(con, Query()) == [("EUR", money("16")), ("USD", money("16"))]
    assert run(con, Query(metrics=("billed",))) == run(con, Query())
    assert run(con, Query(metrics=("charge_count",))) == [(6,)]


def test_groups_without_a_value_stay(con):
    assert run(con, Query(group_by=("team",))) == [
        ("ml", "EUR", money("16")),
        ("ads", "USD", money("8.8")),
        (None, "USD", money("3.9")),
        ("ml", "USD", money("3.3")),
    ]


def test_the_end_of_a_period_is_not_in_it(con):
    september = Query(metrics=("charge_count",), period=period("2026-09-01", "2026-10-01"))
    for rollups in (True, False):
        assert run(con, september, use_rollups=rollups) == [(3,)]


@pytest.mark.parametrize(
    ("grain", "want"),
    [
        (
            "day",
            ["2026-08-31", "2026-09-01", "2026-09-15", "2026-09-30", "2026-10-01", "2027-01-01"],
        ),
        ("week", ["2026-W36", "2026-W38", "2026-W40", "2026-W53"]),  # 2027-01-01 is in 2026-W53
        ("month", ["2026-08", "2026-09", "2026-10", "2027-01"]),
        ("quarter", ["2026-Q3", "2026-Q4", "2027-Q1"]),
        ("year", ["2026", "2027"]),
        ("billing_period", ["2026-08", "2026-09", "2026-10", "2027-01"]),
    ],
)
def test_times_are_labels_in_order(con, grain, want):
    query = Query(metrics=("charge_count",), group_by=(grain,))
    for rollups in (True, False):
        assert [row[0] for row in run(con, query, use_rollups=rollups)] == want
    one = query.model_copy(update={"filters": (Filter(dimension=grain, values=(want[0],)),)})
    assert [row[0] for row in run(con, one)] == want[:1]


FILTERS = [
    # exactly as written wins over a value that differs in case
    (("service", "in", ("Amazon EC2",)), 4),
    (("service", "in", ("amazon ec2",)), 1),
    (("service", "in", ("AMAZON EC2",)), 5),
    (("service", "in", ("Amazon S3", "amazon ec2")), 2),
    (("service", "in", ("Amazon",)), 0),
    (("service", "not_in", ("AMAZON EC2",)), 1),
    (("service", "contains", ("s3",)), 1),
    (("service", "contains", ("s3", "EC2")), 6),
    (("service", "contains", ("%",)), 0),
    # not_in keeps what has no value; contains does not find it
    (("account", "not_in", ("A1",)), 2),
    (("account", "contains", ("",)), 5),
    (("account", "is_null", ()), 1),
    (("account", "not_null", ()), 5),
    (("team", "is_null", ()), 2),
    (("team", "not_null", ()), 4),
    (("team_method", "in", ("invalid",)), 1),
    (("tag:Team", "in", ("ml",)), 1),
    (("tag:Team", "is_null", ()), 5),
    (("tag:no such tag", "not_null", ()), 0),
    (("taggable", "in", ("true",)), 6),
    (("taggable", "in", ("TRUE", "false")), 6),
    (("month", "not_in", ("2026-09",)), 3),
]


@pytest.mark.parametrize(("given_filter", "want"), FILTERS)
def test_filters(con, given_filter, want):
    dimension, op, values = given_filter
    query = Query(
        metrics=("charge_count",),
        filters=(Filter(dimension=dimension, op=op, values=values),),
    )
    for rollups in (True, False):
        assert run(con, query, use_rollups=rollups) == [(want,)]


def test_order_limit_totals_and_count(con):
    query = Query(group_by=("service",), limit=2)
    assert [row[2] for row in run(con, query)] == [money("16"), money("8.8")]
    up = query.model_copy(update={"descending": False})
    assert [row[0] for row in run(con, up)] == ["Amazon S3", "Amazon EC2"]
    by_name = query.model_copy(update={"order_by": "service", "limit": None})
    assert [row[0] for row in run(con, by_name)] == [
        "amazon ec2", "Amazon S3", "Amazon EC2", "Amazon EC2",
    ]  # fmt: skip
    assert run(con, query, compile_totals) == run(con, Query())
    assert run(con, query, compile_count) == [(4,)]


def test_ties_are_always_broken_the_same_way():
    rows = [{"ServiceName": name, "cost": Decimal(1)} for name in "cabd"] + [{"ServiceName": None}]
    rows[-1]["cost"] = Decimal(1)
    con = charges(TAXONOMY, rows)
    assert [r[0] for r in run(con, Query(group_by=("service",)))] == ["a", "b", "c", "d", None]


@pytest.mark.parametrize("unpinned", [(), (Filter(dimension="unit", values=("GB", "Hours")),)])
def test_quantities_of_different_units_are_never_added(unpinned):
    con = charges(
        TAXONOMY,
        [
            {"ConsumedQuantity": Decimal(2), "ConsumedUnit": "GB"},
            {"ConsumedQuantity": Decimal(3), "ConsumedUnit": "Hours"},
            {"ConsumedQuantity": Decimal(5), "ConsumedUnit": "GB"},
        ],
    )
    with pytest.raises(MisuseError, match="different units"):
        compile_query(Query(metrics=("usage",), filters=unpinned), CATALOGUE)
    grouped = Query(metrics=("usage",), group_by=("consumed_unit",))
    assert run(con, grouped) == [("GB", money("7")), ("Hours", money("3"))]
    assert run(con, grouped, compile_totals) == [("GB", money("7")), ("Hours", money("3"))]
    one = Query(metrics=("usage",), filters=(Filter(dimension="unit", values=("gb",)),))
    assert run(con, one) == [("GB", money("7"))]


@pytest.mark.parametrize(
    "evil", ["x'); DROP TABLE charges; --", 'a" FROM x; DROP TABLE charges; --']
)
def test_values_of_the_question_are_parameters(evil):
    """The one text of a question that reaches the SQL is a raw tag's column name, quoted."""
    query = Query(
        group_by=(f"tag:{evil}",),
        filters=(
            Filter(dimension="service", values=(evil,)),
            Filter(dimension=f"tag:{evil}", op="contains", values=(evil,)),
        ),
        period=period("2026-09-01", "2026-10-01"),
    )
    name = '"tag:' + evil.replace('"', '""') + '"'
    for compiler in (compile_query, compile_totals, compile_count):
        sql = compiler(query, CATALOGUE).sql
        assert "DROP" not in sql.replace(name, "")
        assert "2026" not in sql
    con = charges(TAXONOMY, [{"ServiceName": evil, "Tags": {evil: evil}, "cost": Decimal(7)}])
    assert run(con, query) == [(evil, "USD", money("7"))]
    assert con.execute("SELECT COUNT(*) FROM charges").fetchone() == (1,)


def test_a_tag_name_with_control_characters_is_shown_harmless():
    con = charges(TAXONOMY, [{"Tags": {"a\0\x1b": "v"}, "cost": Decimal(1)}])
    query = Query(group_by=("tag:a\0\x1b",))
    assert compile_query(query, CATALOGUE).columns[0] == "tag:a\\u0000\\u001b"
    assert run(con, query) == [("v", "USD", money("1"))]


def test_a_sum_that_does_not_fit_is_an_error_and_never_a_wrong_figure():
    big = Decimal(9) * Decimal(10) ** 25
    con = charges(TAXONOMY, [{"cost": big}])
    assert run(con, Query(), use_rollups=False) == [("USD", big)]
    con.execute("INSERT INTO charges SELECT * FROM charges, range(20)".replace("*", "charges.*", 1))
    with pytest.raises(duckdb.OutOfRangeException):
        run(con, Query(), use_rollups=False)


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(UnknownNameError) as failure:
        compile_query(Query(group_by=("servise_name",)), CATALOGUE)
    assert "service_name" in failure.value.nearest
    with pytest.raises(UnknownNameError):
        compile_query(Query(metrics=("profit",)), CATALOGUE)
    with pytest.raises(MisuseError, match="not in the result"):
        compile_query(Query(group_by=("team",), order_by="service"), CATALOGUE)


TABLES = [
    (Query(group_by=("service",)), "rollup_coverage"),
    (Query(filters=(Filter(dimension="team", op="is_null"),)), "rollup_coverage"),
    (Query(group_by=("region",)), "rollup_organisation"),
    (Query(group_by=("team", "product")), "rollup_taxonomy"),
    (Query(group_by=("customer",)), "rollup_unit"),
    (Query(group_by=("resource",)), "rollup_resource"),
    (Query(metrics=("resources",), period=period("2026-09-01", "2026-10-01")), "rollup_resource"),
    # half a month, a day or a week of resources is not in a rollup by month
    (Query(group_by=("resource",), period=period("2026-09-02", "2026-10-01")), "charges"),
    (Query(group_by=("resource", "day")), "charges"),
    (Query(group_by=("resource", "week")), "charges"),
    (Query(group_by=("sku_id",)), "charges"),
    (Query(group_by=("tag:Name",)), "charges"),
    (Query(group_by=("team", "region")), "charges"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "table"), TABLES)
def test_the_smallest_table_that_can_answer(query, table):
    assert compile_query(query, CATALOGUE).table == table
    assert compile_query(query, CATALOGUE, use_rollups=False).table == "charges"


def test_known_sizes_decide():
    sizes = {"rollup_coverage": 9, "rollup_organisation": 5, "rollup_taxonomy": 7, "rollup_unit": 7,
             "rollup_ai": 8, "rollup_resource": 8}  # fmt: skip
    assert compile_query(Query(), CATALOGUE, sizes=sizes).table == "rollup_organisation"


# --- any question, any data: rollups, charges and a sum in Python say the same ------------------


@pytest.mark.slow  # every example fills five rollups and asks twelve questions of three compilers
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows, max_size=12), st.lists(queries, min_size=12, max_size=12))
def test_a_rollup_answers_exactly_as_the_charges_do(data, asked):
    con = charges(TAXONOMY, data)
    for query in asked:
        for compiler in (compile_query, compile_totals, compile_count):
            rolled = compiler(query, CATALOGUE)
            raw = compiler(query, CATALOGUE, use_rollups=False)
            assert raw.table == "charges"
            assert rolled.columns == raw.columns
            assert (
                con.execute(rolled.sql, rolled.params).fetchall()
                == con.execute(raw.sql, raw.params).fetchall()
            ), (rolled.table, query)


@pytest.mark.slow  # hypothesis, with a table per example
@settings(max_examples=examples(40), deadline=None)
@given(st.lists(rows, min_size=1, max_size=15), st.tuples(days, days))
def test_sums_equal_plain_python_and_groups_add_up_to_totals(data, days):
    con = charges(TAXONOMY, data)
    when = Period(start=min(days), end=max(days), label="")
    want: dict[tuple, Decimal] = defaultdict(Decimal)
    for row in data:
        if when.start <= row["ChargePeriodStart"].date() < when.end:
            key = (row["ServiceName"], row["BillingCurrency"])
            want[key] += row["BilledCost"]
    query = Query(metrics=("billed_cost",), group_by=("service",), period=when)
    got = {(service, currency): cost for service, currency, cost in run(con, query)}
    assert got == want
    totals = dict(run(con, query, compile_totals))
    for currency in {currency for _, currency in want}:
        assert totals[currency] == sum(c for (_, cur), c in want.items() if cur == currency)


def test_every_rollup_holds_every_charge_once_and_its_partition(con):
    for cube in cubes(TAXONOMY):
        got = con.execute(f"SELECT SUM(x_charges), SUM(BilledCost) FROM {cube.name}").fetchone()
        assert got == (6, money("32"))
        assert {"x_source", "BillingAccountId", "BillingPeriodStart", "BillingCurrency"} <= set(
            cube.columns
        )
        described = con.execute(f"DESCRIBE {cube.name}").fetchall()
        assert tuple(row[0] for row in described) == cube.columns
