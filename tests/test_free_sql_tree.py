"""What the allow-list lets through: judged on the trees that DuckDB itself makes."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from tagwright.free_sql.functions import FUNCTIONS, SQL_VALUES
from tagwright.free_sql.tree import RefusedError, check, fold

TABLES = {"charges", "usage"}
OTHERS = {"files", "rejects", "everything", "duckdb_tables", "sqlite_master"}
CON = duckdb.connect()
CON.execute("CREATE TABLE charges AS SELECT 'ok' AS v, 1.5 AS cost, MAP {'team': 'ml'} AS tags")
CON.execute("CREATE TABLE usage AS SELECT 'ok' AS v")
CON.execute("CREATE TABLE files AS SELECT 'LEAK' AS v")
CON.execute("CREATE VIEW everything AS SELECT * FROM files")


def tree(sql: str) -> dict[str, Any]:
    row = CON.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
    assert row is not None
    return json.loads(row[0])


def reads(sql: str) -> frozenset[str]:
    return check(tree(sql), TABLES, OTHERS)


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1", set()),
        ("FROM charges", {"charges"}),
        ('SELECT * FROM CHARGES AS "files"', {"charges"}),
        ("SELECT sum(cost) FILTER (WHERE v = 'ok') FROM charges GROUP BY ALL", {"charges"}),
        ("SELECT c.v FROM charges c JOIN usage u USING (v) WHERE c.v LIKE 'o%'", TABLES),
        ("SELECT v FROM charges UNION ALL SELECT v FROM usage ORDER BY 1 LIMIT 3", TABLES),
        ("WITH a AS (SELECT * FROM charges) SELECT count(*) FROM A", {"charges"}),
        ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", set()),
        ("WITH charges AS (SELECT * FROM charges WHERE cost > 1) FROM charges", {"charges"}),
        (
            "WITH RECURSIVE a AS (SELECT 1 x UNION ALL SELECT x + 1 FROM a WHERE x < 9) FROM a",
            set(),
        ),
        ("SELECT (SELECT max(cost) FROM charges), EXISTS (FROM usage)", TABLES),
        ("SELECT row_number() OVER (PARTITION BY v ORDER BY cost DESC) FROM charges", {"charges"}),
        ("SELECT tags['team'], unnest(map_keys(tags)) FROM charges", {"charges"}),
        ("SELECT extract(month FROM DATE '2026-01-01') + 1, INTERVAL 1 MONTH", set()),
        ("SELECT CASE WHEN cost > 1 THEN 'a' ELSE 'b' END, cost::DECIMAL(10, 2) FROM charges",
         {"charges"}),
        ("SELECT x FROM (VALUES (1), (2)) t(x)", set()),
        ("SELECT v, cost FROM charges ORDER BY ALL DESC", {"charges"}),
        ("SELECT v, sum(cost) FROM charges GROUP BY ROLLUP (v) HAVING sum(cost) > 0", {"charges"}),
        ("SELECT '/* ' || v || ' ; DROP TABLE charges' FROM charges -- ; SELECT 2", {"charges"}),
    ],
)  # fmt: skip
def test_allowed(sql: str, tables: set[str]) -> None:
    assert reads(sql) == tables


@pytest.mark.parametrize(
    "sql",
    [
        # not one SELECT
        "", ";", "SELECT", "SELECT 1; SELECT 2", "INSERT INTO charges SELECT * FROM charges",
        "UPDATE charges SET v = 1", "DELETE FROM charges", "DROP TABLE charges", "CREATE TABLE a (b INT)",
        "CREATE TEMP TABLE a AS SELECT 1", "COPY charges TO 'x.csv'", "ATTACH 'x'", "SET threads = 9",
        "SET VARIABLE a = 1", "PRAGMA database_list", "CALL pragma_version()", "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1", "DESCRIBE charges", "SUMMARIZE charges", "SHOW TABLES",
        "EXPORT DATABASE 'x'", "INSTALL httpfs", "LOAD httpfs", "CHECKPOINT", "VACUUM", "BEGIN",
        "PREPARE a AS SELECT 1", "EXECUTE a", "USE main", "PIVOT charges ON v USING sum(cost)",
        "WITH x AS (INSERT INTO charges SELECT * FROM charges RETURNING *) SELECT * FROM x",
        "WITH x AS (DELETE FROM charges RETURNING *) SELECT * FROM x",
        "SELECT 1 INTO x", "(SELECT 1); DROP TABLE charges", "SELECT 1 /* ; */ ; DROP TABLE charges",
        # other tables, however they are named
        "SELECT * FROM files", 'SELECT * FROM "FILES"', "TABLE files", "FROM main.charges",
        "FROM memory.main.files", "FROM everything", "FROM duckdb_tables", "FROM sqlite_master",
        "FROM information_schema.tables", "FROM pg_catalog.pg_class", "FROM 'x.csv'",
        "FROM 'https://example.com/x.parquet'", 'FROM "/etc/passwd"', "FROM charges, files",
        "SELECT (SELECT v FROM files)", "SELECT 1 WHERE EXISTS (FROM files)",
        "SELECT 1 ORDER BY (SELECT max(v) FROM files)", "SELECT 1 LIMIT (SELECT count(*) FROM files)",
        "SELECT count(*) FILTER (WHERE (SELECT true FROM files)) FROM charges",
        "SELECT sum(cost) OVER (ORDER BY (SELECT v FROM files)) FROM charges",
        "SELECT CASE WHEN true THEN (SELECT v FROM files) END",
        "FROM charges JOIN usage ON (SELECT true FROM files)", "VALUES ((SELECT v FROM files))",
        "SELECT * REPLACE ((SELECT v FROM files) AS v) FROM charges",
        "SELECT DISTINCT ON ((SELECT v FROM files)) v FROM charges",
        "SELECT v FROM charges QUALIFY (SELECT true FROM files)",
        "SELECT string_agg(v, ',' ORDER BY (SELECT v FROM files)) FROM charges",
        "SELECT v FROM charges GROUP BY GROUPING SETS ((v), ((SELECT v FROM files)))",
        "FROM (DESCRIBE files)", "FROM (SHOW ALL TABLES)", "FROM (SUMMARIZE charges)",
        "FROM charges AT (VERSION => 1)",
        # a CTE of that name, where it cannot be seen
        "WITH files AS (SELECT * FROM files) SELECT * FROM files",
        "WITH a AS (SELECT * FROM files), files AS (SELECT 1) SELECT * FROM a",
        "WITH RECURSIVE files AS (SELECT v FROM files UNION ALL SELECT v FROM files) FROM files",
        "SELECT * FROM (WITH files AS (SELECT 1) FROM files), files",
        "WITH a AS (WITH files AS (SELECT 1) FROM files) SELECT * FROM a, files",
        # or where it could be mistaken
        "WITH files AS (SELECT 1) FROM files", "WITH Duckdb_Tables AS (SELECT 1) SELECT 1",
        'WITH "x.csv" AS (SELECT 1) FROM "x.csv"', 'WITH "/etc/passwd" AS (SELECT 1) SELECT 1',
        'WITH "\u017ffiles" AS (SELECT 1) SELECT 1',
        # table functions, and functions that are not listed
        "FROM range(10)", "FROM read_csv('x')", "FROM read_text('/etc/passwd')", "FROM glob('*')",
        "FROM query('SELECT * FROM files')", "FROM query_table('files')", "FROM duckdb_settings()",
        "FROM pragma_database_list()", "FROM json_execute_serialized_sql('{}')", "FROM unnest([1])",
        "FROM generate_series(1, 9)", "FROM charges, LATERAL range(3)", "FROM repeat_row(1, num_rows = 9)",
        "SELECT getvariable('a')", "SELECT current_setting('threads')", "SELECT getenv('HOME')",
        "SELECT json_serialize_sql('SELECT 1')", "SELECT lpad('x', 4000000000, 'y')", "SELECT repeat('x', 9)",
        "SELECT range(2000000000)", "SELECT rpad('x', 9, 'y')", "SELECT printf('%999999999d', 1)",
        "SELECT format('{:999999999}', 1)", "SELECT list_resize([1], 999999999)", "SELECT sleep_ms(9)",
        "SELECT pg_get_viewdef(1)", "SELECT current_database()", "SELECT version()", "SELECT now()",
        "SELECT random()", "SELECT uuid()", "SELECT nextval('s')", "SELECT write_log('x')", "SELECT txid_current()",
        "SELECT error('x')", "SELECT leak()", "SELECT SUM_NO_OVERFLOW(1)", 'SELECT "query"(1)',
        "SELECT system.main.version()", "SELECT main.leak()", "SELECT x.upper() FROM charges AS x",
        "SELECT list_transform([1], lambda x: x)", "SELECT [x FOR x IN [1]]", "SELECT COLUMNS('v') FROM charges",
        "SELECT v FROM charges ORDER BY COLUMNS('v')", "SELECT v FROM charges ORDER BY COLUMNS(* EXCLUDE (v))",
        "SELECT v FROM charges ORDER BY lag(v)",
        "SELECT sum(cost) EXPORT_STATE FROM charges", "SELECT lag(v) FROM charges",
        # values that are functions without brackets
        "SELECT current_date", "SELECT current_user", "SELECT user", 'SELECT "current_schema"',
        "SELECT CURRENT_TIMESTAMP", "SELECT localtime",
        # the rest
        "SELECT ?", "SELECT $1", "SELECT $a", "SELECT v FROM charges USING SAMPLE 10%",
        "FROM charges TABLESAMPLE 1 ROWS", "FROM charges PIVOT (sum(cost) FOR v IN ('a'))",
        "FROM charges UNPIVOT (a FOR b IN (v))", "FROM charges POSITIONAL JOIN usage",
        "SELECT v COLLATE nocase FROM charges", "SELECT 1::ENUM('a')", "SELECT 'x'::BLOB",
        "SELECT 1::main.thing", "SELECT 1::main.integer", "SELECT '1'::TIMESTAMPTZ", "SELECT [1]::UNION(a INT)[]", "SELECT DEFAULT",
    ],
)  # fmt: skip
def test_refused(sql: str) -> None:
    with pytest.raises(RefusedError):
        reads(sql)


@pytest.mark.parametrize(
    ("sql", "passes"),
    [
        ("WITH files AS (SELECT 'ok' v) FROM files", True),
        ("WITH files AS (SELECT * FROM files) FROM files", False),
        ("WITH a AS (FROM files), files AS (SELECT 1) FROM a", False),
        ("WITH files AS (SELECT 'ok' v), a AS (FROM files) FROM a", True),
        ("WITH a AS (WITH files AS (SELECT 'ok' v) FROM files) FROM a", True),
        ("WITH a AS (WITH files AS (SELECT 'ok' v) FROM files) FROM a, files", False),
        ("FROM (WITH files AS (SELECT 'ok' v) FROM files) x JOIN files USING (v)", False),
        ("(WITH files AS (SELECT 'ok' v) FROM files) UNION FROM files", False),
        ("WITH files AS (SELECT 'ok' v) SELECT (SELECT max(v) FROM Files)", True),
        ("WITH RECURSIVE files AS (SELECT 'ok' v UNION SELECT v FROM files) FROM files", True),
        ("WITH RECURSIVE files AS (SELECT v FROM files UNION SELECT 'ok') FROM files", False),
        ("WITH RECURSIVE files AS (FROM files UNION FROM files) FROM files", False),
        ("WITH RECURSIVE a AS (SELECT 'ok' v UNION FROM files), files AS (FROM a) FROM a", False),
    ],
)
def test_a_cte_is_seen_behind_its_place_alone(sql: str, passes: bool) -> None:
    """By position, with no name kept from CTEs; what passes is also run."""
    if not passes:
        with pytest.raises(RefusedError, match="no table 'files'"):
            check(tree(sql), TABLES, ())
        return
    check(tree(sql), TABLES, ())
    assert CON.execute(sql).fetchall() == [("ok",)]


def test_what_stands_beside_a_cte_s_query_is_looked_at_too() -> None:
    """USING KEY holds expressions; a tree that calls one CTE by two names is no tree of DuckDB's."""
    sql = (
        "WITH RECURSIVE a(v, n) USING KEY (v, max(n)) AS (SELECT 'ok', 1 UNION SELECT v, n FROM a) "
        "SELECT v FROM a"
    )
    check(tree(sql), TABLES, OTHERS)
    with pytest.raises(RefusedError, match="'random'"):
        check(tree(sql.replace("max(n)", "random(n)")), TABLES, OTHERS)
    twice = tree(sql)
    twice["statements"][0]["node"]["cte_map"]["map"][0]["key"] = "files"
    with pytest.raises(RefusedError, match="one name"):
        check(twice, TABLES, ())


@pytest.mark.parametrize("key", ["statements", "error"])
def test_tree_without_a_part_is_refused(key: str) -> None:
    """What DuckDB says of a statement it cannot serialise has neither."""
    with pytest.raises(RefusedError):
        check({k: v for k, v in tree("SELECT 1").items() if k != key}, TABLES, OTHERS)


def test_unknown_kinds_are_refused_wherever_they_stand() -> None:
    """As a later DuckDB might bring them: each object of a rich tree in turn becomes a stranger."""
    sql = (
        "WITH a AS (SELECT v FROM charges) SELECT sum(cost) OVER (ORDER BY v DESC), CASE WHEN v = 'a' "
        "THEN 1 END, (SELECT max(v) FROM a) FROM charges JOIN a USING (v) WHERE v IN ('x') LIMIT 5"
    )
    found = 0
    for place in list(places(tree(sql))):
        fresh = tree(sql)
        node = at(fresh, place)
        node["type"] = "STRANGER"
        found += 1
        with pytest.raises(RefusedError):
            check(fresh, TABLES, OTHERS)
    assert found > 20


def places(node: Any, path: tuple[Any, ...] = ()) -> Any:
    """Paths of the objects that have a kind; types of casts and constants' values have names."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield path
        for key, value in node.items():
            if key not in {"type_expr", "literal", "value"} or node.get("class") is None:
                yield from places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from places(value, (*path, index))


def at(node: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        node = node[step]
    return node


def test_every_listed_function_is_one_of_duckdb_s() -> None:
    """A name that DuckDB does not know would only be a hole for a later one."""
    kinds = ["scalar", "aggregate", "macro"]
    known = {
        row[0]
        for row in CON.execute(
            "SELECT function_name FROM duckdb_functions() WHERE function_type IN "
            "(SELECT unnest(?)) AND database_name = 'system'",
            [kinds],
        ).fetchall()
    }
    assert known >= FUNCTIONS - {"->", "unnest", "if"}  # these three are DuckDB's grammar


def test_every_name_that_is_a_value_without_brackets_is_refused() -> None:
    """DuckDB is asked which of its functions it takes for a column."""
    names = {
        row[0] for row in CON.execute("SELECT function_name FROM duckdb_functions()").fetchall()
    }
    found = set()
    for name in names:
        try:
            CON.execute(f'SELECT "{name}"')
        except duckdb.Error:
            continue
        found.add(name)
    assert {"current_user", "current_date"} <= found <= SQL_VALUES


@given(st.text())
def test_fold_is_duckdb_s_own(name: str) -> None:
    """Else two names that DuckDB keeps apart would be one here: "\u212a" is no k."""
    assert fold(name) == "".join(c.lower() if c.isascii() else c for c in name)


# --- statements of any shape: what passes must never show what is off limits ----------------------

NAMES = st.sampled_from(["files", "FILES", "everything", "charges", "usage", "a"])


@st.composite
def queries(draw: st.DrawFn, depth: int = 2, seen: tuple[str, ...] = ()) -> str:
    """Nested WITHs, unions and subqueries whose names collide; biased to names that can be seen."""
    inner = lambda scope: draw(queries(depth - 1, scope))  # noqa: E731
    table = st.sampled_from(seen) if seen and draw(st.integers(0, 4)) else NAMES
    head = ""
    if depth and draw(st.booleans()):
        parts = []
        for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=str.casefold)):
            body = inner(seen)
            if draw(st.booleans()):
                body = f"{body} UNION {inner((*seen, name))}"
            how = draw(st.sampled_from(["", "MATERIALIZED ", "NOT MATERIALIZED "]))
            parts.append(f"{name}(v) AS {how}({body})")
            seen = (*seen, name)
        recursive = "RECURSIVE " if draw(st.booleans()) else ""
        head = f"WITH {recursive}{', '.join(parts)} "
        table = st.sampled_from(seen)
    one, two = draw(table), draw(NAMES)
    alias = draw(st.sampled_from(["x", "files", "charges"]))
    shapes = [
        f"SELECT {alias}.v FROM {one} AS {alias}",
        f"SELECT (SELECT max(v) FROM {one}) AS v",
        f"SELECT 'ok' AS v WHERE EXISTS (SELECT 1 FROM {one})",
        f"SELECT y.v FROM {one} AS y, LATERAL (SELECT v FROM {draw(table)}) AS z",
    ]
    if not draw(st.integers(0, 5)):
        shapes.append(f"SELECT v FROM {two}")
    if depth:
        shapes += [
            f"SELECT v FROM ({inner(seen)}) AS {alias}",
            f"(SELECT v FROM {one}) UNION ({inner(seen)})",
        ]
    return head + draw(st.sampled_from(shapes))


@settings(max_examples=examples(300), suppress_health_check=list(HealthCheck), deadline=None)
@given(queries())
def test_nothing_that_passes_shows_a_table_that_is_off_limits(sql: str) -> None:
    """With the scoping alone: no name is kept from CTEs. Every value in ``files`` says LEAK."""
    try:
        check(tree(sql), TABLES, ())
    except RefusedError:
        return
    try:
        rows = CON.execute(f"SELECT v FROM ({sql}) LIMIT 20").fetchall()
    except duckdb.Error:
        return
    assert not any("LEAK" in str(row) for row in rows), sql


FRAGMENTS = st.sampled_from(
    """
    SELECT FROM WHERE WITH RECURSIVE AS ( ) , ; * charges files "files" 'x.csv' a AS ( SELECT 1 )
    UNION ALL JOIN ON USING LATERAL VALUES range(9) query('FROM files') query_table('files') sum(cost)
    v 1 'a' = current_user now() -- /* */ \u00a0 \u202e main. COPY SET PRAGMA INSERT INTO RETURNING
    DESCRIBE LIMIT ORDER BY GROUP EXISTS CASE WHEN THEN END OVER :: INT [ ] { } -> $1 ? PIVOT
    """.split()
)


@settings(max_examples=examples(300), suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(FRAGMENTS, max_size=14), st.text(max_size=3))
def test_fragments_in_any_order_read_no_more_than_is_said(parts: list[str], odd: str) -> None:
    """What passes is one SELECT by DuckDB's own count, and names no table but those returned."""
    sql = f"SELECT {' '.join(parts)}{odd}"
    try:
        found = check(tree(sql), TABLES, OTHERS)
    except RefusedError:
        return
    except duckdb.Error:  # text that is no UTF-8, e.g. a lone surrogate
        return
    except UnicodeEncodeError:
        return
    statements = CON.extract_statements(sql)
    assert [statement.type for statement in statements] == [duckdb.StatementType.SELECT]
    try:
        names = set(CON.get_table_names(sql))
    except duckdb.Error:  # it does not bind, as SELECT * alone
        return
    assert names - {"a"} <= found
