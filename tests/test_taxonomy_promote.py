"""The SQL that ingest runs and the Python reference agree on every charge."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from tagwright.taxonomy import Taxonomy, default_text, parse_taxonomy, promotions, resolve
from tagwright.taxonomy.fold import (
    Pattern,
    fold_value,
    literal,
    sql_fold,
    sql_matches,
    sql_trim,
    trim,
)
from tagwright.taxonomy.model import TaxonomySpec

DAYS = [None, *(dt.date(2026, 1, 1) + dt.timedelta(days=30 * i) for i in range(4))]
NAMES = ["team", "Team", "TEAM ", "team-name", "squad", "user:Team", "user_team", "accountTag/team",
         "iamPrincipal/team", "project", "Project", "product", "app", "cost-center", "CostCenter",
         "Cost_Center", "env", "owner", "aws:team", "'\"; --", "é"]  # fmt: skip
VALUES = ["ml", "ML", " Ml ", "ads", "recs", "RECS", "reco-engine", "recommendation-engine", "none",
          "N/A", "", " ", "\t", "prod", "Production", "dev", "CC-4421", "cc-4421", "CC-1", "CC-",
          "straße", "STRASSE", "İstanbul", "ΣΑΣ", "ǅ", "e\u0301", "a'b", "recs\u200b"]  # fmt: skip

# A MAP comes from JSON or Parquet, so any text without lone surrogates and NUL can be in it.
plain = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
# Most tags are ones that rules speak of, so that rules meet; the rest is anything.
RULED = ["team", "Team", "squad", "project", "product", "app", "cost-center", "env", "owner"]
MEANT = ["ml", "ML", "recs", "Recs ", "CC-4421", "cc-4421", "prod", "none", "reco-engine"]
tags = st.dictionaries(
    st.sampled_from(RULED), st.sampled_from(MEANT), min_size=1, max_size=4
) | st.dictionaries(
    st.sampled_from(NAMES) | st.text(plain, max_size=6),
    st.none() | st.sampled_from(VALUES) | st.text(plain, max_size=8),
    max_size=6,
)
moments = st.sampled_from(
    [
        moment
        for day in DAYS
        if day is not None
        for midnight in [dt.datetime(day.year, day.month, day.day)]  # noqa: DTZ001  naive UTC
        for moment in (midnight, midnight - dt.timedelta(microseconds=1))
    ]
)
charges = st.fixed_dictionaries(
    {
        "tags": tags,
        "start": st.none() | moments,
        "service": st.none() | st.sampled_from(["Amazon EC2", "amazon s3", "", "Bedrock"]),
        "resource": st.none() | st.sampled_from(["arn:x:i-1", "arn:x:i-2", "vol-9", "ARN:X:I-1"]),
    }
)

values = st.sampled_from(VALUES) | st.text(plain, max_size=8)
config_values = st.sampled_from([v for v in VALUES if trim(v).isprintable() and trim(v)])
meanings = {
    "team": st.sampled_from(["ml", "ads", "ML"]),
    "product": st.sampled_from(["recs", "search", "Reco-Engine"]),
    "cost-center": st.sampled_from(["CC-4421", "CC-7"]),
    "environment": st.sampled_from(["production", "staging"]),
}
means = st.fixed_dictionaries({}, optional=meanings).filter(bool)
dates = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).filter(
    lambda pair: pair[0] is None or pair[1] is None or pair[0] < pair[1]
)
patterns = st.sampled_from(["*", "re*", "*-engine", "c*1", "recs", "ML", "prod", "a'b", "straße"])
alias_rules = st.builds(
    lambda any_of, means, dates: {
        "any_of": any_of,
        "means": means,
        "from": dates[0],
        "to": dates[1],
    },
    st.lists(
        st.fixed_dictionaries(
            {
                "tag": st.sampled_from(
                    ["team", "product", "cost-center", "environment", "project", "owner", "squad"]
                ),
                "value": st.sampled_from(MEANT) | patterns | config_values,
            }
        ),
        min_size=1,
        max_size=3,
    ),
    means,
    dates,
)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "ServiceName": st.lists(st.sampled_from(["Amazon*", "amazon s3", "Bedrock"]), min_size=1),
        "ResourceId": st.sampled_from(["arn:x:*", "*-1", "vol-9"]),
        "tag:owner": st.sampled_from(["ads", "*"]),
    },
).filter(bool)
virtual_rules = st.builds(
    lambda when, means, dates: {"when": when, "means": means, "from": dates[0], "to": dates[1]},
    conditions,
    means,
    dates,
)
taxonomies = st.fixed_dictionaries(
    {
        "aliases": st.lists(alias_rules, max_size=6),
        "virtual_tags": st.lists(virtual_rules, max_size=4),
        "case": st.sampled_from(["lower", "upper", "keep"]),
        "closed": st.booleans(),
    }
)


def build(drawn) -> Taxonomy:
    environment = {"production": ["prod", "live"], "staging": [], "dev*": []}
    document = {
        "keys": {
            "team": {"layer": "business", "tag_names": ["team-name", "squad"], "case": "keep"},
            "product": {
                "layer": "business",
                "tag_names": ["app", "project"],
                "case": drawn["case"],
            },
            "cost-center": {
                "layer": "business",
                "case": "upper",
                "values": ["CC-*"],
                "open": not drawn["closed"],
            },
            "environment": {
                "layer": "workload",
                "tag_names": ["env"],
                "values": environment,
                "open": not drawn["closed"],
            },
        },
        "aliases": drawn["aliases"],
        "virtual_tags": drawn["virtual_tags"],
    }
    return Taxonomy(TaxonomySpec.model_validate(document))


def promoted(taxonomy: Taxonomy, rows) -> list[dict]:
    """What the SQL makes of the rows."""
    con = duckdb.connect(config={"threads": 1})
    con.execute(
        'CREATE TABLE c ("n" INTEGER, "Tags" MAP(VARCHAR, VARCHAR), "ChargePeriodStart" TIMESTAMP, '
        '"ServiceName" VARCHAR, "ResourceId" VARCHAR, "ChargeCategory" VARCHAR)'
    )
    con.executemany(
        "INSERT INTO c "
        "VALUES (?, map(CAST(? AS VARCHAR[]), CAST(? AS VARCHAR[])), ?, ?, ?, 'Usage')",
        [
            [n, list(r["tags"]), list(r["tags"].values()), r["start"], r["service"], r["resource"]]
            for n, r in enumerate(rows)
        ],
    )
    found = promotions(taxonomy, {name for row in rows for name in row["tags"]})
    sql = ", ".join(f'{p.sql} AS "{p.column}"' for p in found)
    cursor = con.execute(f"SELECT {sql} FROM c ORDER BY n")
    names = [item[0] for item in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.slow  # 100 taxonomies, each compiled and run
@settings(max_examples=examples(100), deadline=None)
@given(taxonomies, st.lists(charges, min_size=1, max_size=40))
def test_sql_equals_the_python_reference(drawn, rows):
    taxonomy = build(drawn)
    for row, got in zip(rows, promoted(taxonomy, rows), strict=True):
        focus = {"ServiceName": row["service"], "ResourceId": row["resource"]}
        for name, key in taxonomy.keys.items():
            want = resolve(taxonomy, name, row["tags"], row["start"], focus)
            assert (got[key.column], got[key.method_column]) == (want.value, want.method), (
                name,
                row,
            )
            assert (want.value is None) == (want.method in (None, "invalid"))


EDGES = """
keys:
  product: {layer: business, tag_names: [app]}
aliases:
  - {any_of: ["app:a", "project:x"], means: {product: first}, from: 2026-01-01, to: 2026-02-01}
  - {any_of: ["app:A", "project:X"], means: {product: second}}
  - {any_of: ["app:a"], means: {product: third}}
  - {any_of: ["app:same"], means: {product: same}}
"""


@pytest.mark.parametrize(
    ("tagged", "start", "want"),
    [
        ({"app": "a"}, "2026-01-31 23:59:59.999999", ("first", "alias")),
        ({"app": "a"}, "2026-02-01", ("second", "alias")),
        ({"project": "x"}, "2026-01-01", ("first", "alias")),
        ({"project": "x"}, "2025-12-31 23:59:59", ("second", "alias")),
        ({"app": "same"}, "2026-02-01", ("same", "tag")),
    ],
)
def test_the_first_live_alias_wins_and_one_that_changes_nothing_is_a_tag(tagged, start, want):
    taxonomy = parse_taxonomy(EDGES)
    row = {"tags": tagged, "start": dt.datetime.fromisoformat(start), "service": None}
    (got,) = promoted(taxonomy, [{**row, "resource": None}])
    assert (got["x_product"], got["x_product_method"]) == want
    assert resolve(taxonomy, "product", tagged, row["start"])[:2] == want


def test_the_default_taxonomy_promotes_every_column_of_an_empty_bill():
    taxonomy = parse_taxonomy(default_text())
    columns = [p.column for p in promotions(taxonomy, [])]
    assert columns == [
        *(c for key in taxonomy.keys.values() for c in (key.column, key.method_column)),
        "x_tagged",
        "x_taggable",
    ]
    row = {"tags": {}, "start": None, "service": None, "resource": None}
    assert set(promoted(taxonomy, [row])[0].values()) == {None, False}


@pytest.mark.slow  # all 1.1 million code points
def test_folding_is_the_same_in_sql_for_every_code_point():
    texts = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    texts += [f"A{text}b" for text in texts]
    con = duckdb.connect()
    got = con.execute(
        f"SELECT {sql_trim('t')}, {sql_fold('t')} FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS t)",
        [texts],
    ).fetchall()
    wrong = [
        (text, pair)
        for text, pair in zip(texts, got, strict=True)
        if pair != (trim(text), fold_value(text))
    ]
    assert wrong == []


@given(patterns | config_values, values)
def test_patterns_match_the_same_in_sql(pattern, value):
    parsed = Pattern.of(pattern)
    folded = fold_value(value)
    sql = f"SELECT {sql_matches(parsed, 'v')} FROM (SELECT CAST(? AS VARCHAR) AS v)"
    assert duckdb.execute(sql, [folded]).fetchone() == (parsed.matches(folded),)
    assert duckdb.execute(sql, [None]).fetchone() == (False,)


@given(st.text(plain))
def test_a_literal_is_its_text(text):
    assert duckdb.execute(f"SELECT {literal(text)}").fetchone() == (text,)


@pytest.mark.parametrize(
    ("tags", "want"),
    [
        (None, False),
        ({}, False),
        ({"k": ""}, True),
        ({"k": None}, True),
        ({"aws:createdBy": "Root:1"}, False),
        ({"resourceTags/aws:createdBy": "x", " AWS:a": "y"}, False),
        ({"aws:createdBy": "Root:1", "team": "ml"}, True),
        ({"awsome": "x"}, True),
    ],
)
def test_tagged(tags, want):
    """Whatever somebody gave it counts, empty values too; what AWS sets by itself does not."""
    from tagwright.taxonomy.promote import TAGGED_SQL

    keys = None if tags is None else list(tags)
    got = duckdb.execute(
        f"SELECT {TAGGED_SQL} FROM (SELECT map(CAST(? AS VARCHAR[]), CAST(? AS VARCHAR[])) "
        'AS "Tags")',
        [keys, list(tags.values()) if tags else keys],
    ).fetchone()
    assert got == (want,)


TAGGABLE = [
    # ChargeCategory, ResourceId, Tags, taggable
    ("Usage", "i-1", {}, True),
    ("Usage", "i-1", None, True),
    ("Usage", None, {}, False),
    ("Usage", "", {}, False),
    ("Usage", None, {"team": "ml"}, True),
    (None, "i-1", {}, True),
    ("Tax", "i-1", {"team": "ml"}, False),
    ("Credit", "i-1", {}, False),
    ("Adjustment", "i-1", {}, False),
    ("Purchase", "i-1", {}, False),
    ("Usage", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude", {}, False),
    ("Usage", "arn:aws-cn:bedrock:cn-north-1::foundation-model/x", {}, False),
    ("Usage", "arn:aws:bedrock:us-east-1:1234:application-inference-profile/a", {}, True),
]


@pytest.mark.parametrize(("category", "resource", "tagged", "want"), TAGGABLE)
def test_taggable(category, resource, tagged, want):
    from tagwright.taxonomy.promote import TAGGABLE_SQL

    keys = None if tagged is None else list(tagged)
    got = duckdb.execute(
        f'SELECT {TAGGABLE_SQL} FROM (SELECT CAST(? AS VARCHAR) AS "ChargeCategory", '
        'CAST(? AS VARCHAR) AS "ResourceId", '
        'map(CAST(? AS VARCHAR[]), CAST(? AS VARCHAR[])) AS "Tags")',
        [category, resource, keys, (list(tagged.values()) if tagged else keys)],
    ).fetchone()
    assert got == (want,)
