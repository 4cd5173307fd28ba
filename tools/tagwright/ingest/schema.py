"""The tables of a snapshot, and how promoted columns and rollups are made from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.classification import INPUTS, INSTANCE_TYPE, OUTPUTS, load_rules
from tagwright.focus import COLUMNS
from tagwright.ingest.kinds import create_table
from tagwright.ingest.kubernetes import KINDS
from tagwright.ingest.numbers import Need, decimal_type
from tagwright.ingest.read import EXTRA, GROUPS
from tagwright.metrics import build_cubes, cubes
from tagwright.taxonomy import TAG_KEYS_SQL, promotions

if TYPE_CHECKING:
    import duckdb

    from tagwright.focus import Column
    from tagwright.taxonomy import Taxonomy

__all__ = [
    "BASE",
    "PARTITION",
    "append",
    "base_needs",
    "column_type",
    "create_tables",
    "decimal_types",
    "rebuild_cubes",
    "repromote",
    "upgrade",
    "widen",
    "write_first",
]

PARTITION = ("x_source", "BillingAccountId", "BillingPeriodStart")
"""What is replaced whole: exports are month-to-date restatements."""

BASE = (*(column.name for column in COLUMNS), *EXTRA, "x_source", "x_file", "x_record")
"""Columns of ``charges`` before promotion, in order."""

_SORT = '"BillingPeriodStart", "ServiceName", "ChargePeriodStart", "x_file", "x_record"'
_NAMES = ", ".join(f'"{name}"' for name in BASE)
_TYPES = {
    "text": "VARCHAR",
    "json": "VARCHAR",
    "datetime": "TIMESTAMP",
    "tags": "MAP(VARCHAR, VARCHAR)",
}
_MOMENT = "ChargePeriodStart"
_QUOTED = f'"{_MOMENT}"'
_PER_ROW = {"x_taggable"}
"""Promoted columns that read what differs from row to row (the resource)."""

_TOLD = (*(name for name, _ in OUTPUTS), INSTANCE_TYPE)
_OWN = {"x_source": "VARCHAR", "x_file": "INTEGER", "x_record": "BIGINT"}


def column_type(column: Column, types: dict[str, tuple[str, int]]) -> str:
    """SQL type of a column of FOCUS."""
    return types[column.kind][0] if column.kind in GROUPS else _TYPES[column.kind]


def column_types(types: dict[str, tuple[str, int]]) -> list[str]:
    """``"name" TYPE`` of each base column."""
    known = {column.name: column_type(column, types) for column in COLUMNS}
    return [f'"{name}" {known.get(name) or _OWN.get(name, "VARCHAR")}' for name in BASE]


def create_tables(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """The tables of an empty snapshot but ``charges`` and its rollups (:func:`write_first`)."""
    con.execute(
        "CREATE TABLE files (id INTEGER, path VARCHAR, name VARCHAR, source VARCHAR, "
        "version VARCHAR, reading VARCHAR, sha256 VARCHAR, charges BIGINT, usage BIGINT, "
        "kubernetes BIGINT, rejected BIGINT, ingested_at TIMESTAMP, notes VARCHAR[])"
    )
    con.execute(
        'CREATE TABLE rejects (file_id INTEGER, file VARCHAR, line BIGINT, "column" VARCHAR, '
        "reason VARCHAR, raw VARCHAR)"
    )
    con.execute("CREATE TABLE snapshot_meta (key VARCHAR, value VARCHAR)")
    for kind in KINDS.values():
        create_table(con, kind, taxonomy)


def upgrade(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Bring a copy of a snapshot that an older version wrote to this one's tables."""
    con.execute("ALTER TABLE files ADD COLUMN IF NOT EXISTS reading VARCHAR")
    for kind in KINDS.values():
        create_table(con, kind, taxonomy)
        con.execute(f"ALTER TABLE files ADD COLUMN IF NOT EXISTS {kind.name} BIGINT DEFAULT 0")


def base_needs(con: duckdb.DuckDBPyConnection) -> dict[str, Need]:
    """Digits that the charges already there need, by kind; empty where there are none."""
    scales = {
        name: int(kind.rstrip(")").rsplit(",", 1)[1])
        for name, kind in con.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'charges' "
            "AND database_name = current_database() AND data_type LIKE 'DECIMAL%'"
        ).fetchall()
    }
    columns = [column for column in COLUMNS if column.kind in GROUPS and column.name in scales]
    if not columns:
        return dict.fromkeys(GROUPS, Need())
    sums = ", ".join(f'sum(abs(CAST("{column.name}" AS DOUBLE)))' for column in columns)
    row = con.execute(f"SELECT {sums} FROM charges").fetchall()[0]
    needs = dict.fromkeys(GROUPS, Need())
    for column, total in zip(columns, row, strict=True):
        needs[column.kind] = needs[column.kind].beside(Need(scales[column.name], float(total or 0)))
    return needs


def decimal_types(needs: dict[str, Need]) -> dict[str, tuple[str, int]]:
    """SQL type and scale by kind."""
    return {kind: decimal_type(need) for kind, need in needs.items()}


def widen(con: duckdb.DuckDBPyConnection, types: dict[str, tuple[str, int]]) -> bool:
    """Give ``charges`` those types; whether anything changed (the rollups must then be rebuilt)."""
    have = dict(
        con.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'charges' "
            "AND database_name = current_database()"
        ).fetchall()
    )
    changed = False
    for column in COLUMNS:
        if column.kind in GROUPS:
            wanted = types[column.kind][0]
            if have[column.name].replace(" ", "") != wanted.replace(" ", ""):
                con.execute(f'ALTER TABLE charges ALTER COLUMN "{column.name}" TYPE {wanted}')
                changed = True
    return changed


def _enriched(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, table: str) -> str:
    """The rows of ``table`` with what the rules of AI and the taxonomy give them, as a query.

    Both are worked out once for each distinct combination of what they read: a bill has few sets
    of tags and few SKUs, and many rows of each.
    """
    load_rules().create_table(con, "ai_classes", table)
    keys = [key for (key,) in con.execute(TAG_KEYS_SQL.format(table=table)).fetchall()]
    promoted = promotions(taxonomy, keys)
    shared = [item for item in promoted if item.column not in _PER_ROW]
    made = ", ".join(f'CAST({item.sql} AS {item.type}) AS "{item.column}"' for item in shared)
    inputs = {name: f'"{name}"' for name in BASE if f'"{name}"' in made and name != _MOMENT}
    # Rules with dates say the same of all moments between two of them.
    inputs["x_era"] = (
        " + ".join(f"CAST(\"{_MOMENT}\" >= DATE '{day}' AS INTEGER)" for day in taxonomy.turns())
        or "0"
    )
    outer = ", ".join(f'"{name}"' for name in inputs)
    inner = ", ".join(f'{sql} AS "{name}"' for name, sql in inputs.items())
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE promoted AS SELECT {outer}, {made} FROM (SELECT {inner}, "
        f'min("{_MOMENT}") AS "{_MOMENT}" FROM {table} GROUP BY ALL)'
    )
    same_class = " AND ".join(f't."{name}" IS NOT DISTINCT FROM a."{name}"' for name in INPUTS)
    same_tags = " AND ".join(
        f"({sql.replace(_QUOTED, f't.{_QUOTED}') if name == 'x_era' else f't.{sql}'}) "
        f'IS NOT DISTINCT FROM p."{name}"'
        for name, sql in inputs.items()
    )
    outputs = ", ".join(
        [
            *(f't."{name}"' for name in BASE),
            *(f"a.{name}" for name in _TOLD),
            *(f'p."{item.column}"' for item in shared),
        ]
    )
    each = ", ".join(
        f'CAST({item.sql} AS {item.type}) AS "{item.column}"'
        for item in promoted
        if item.column in _PER_ROW
    )
    # What no rule knows may be AI by its tags.
    rules = load_rules()
    key = taxonomy.keys.get(rules.tagged.key)
    told = rules.sql_of_tagged(f'"{key.column}"') if key else {}
    replaced = ", ".join(f"{sql} AS {name}" for name, sql in told.items())
    every = f"* REPLACE ({replaced})" if told else "*"
    return (
        f"SELECT {every}, {each} FROM (SELECT {outputs} FROM {table} AS t "
        f"LEFT JOIN ai_classes AS a ON {same_class} LEFT JOIN promoted AS p ON {same_tags})"
    )


def write_first(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """``charges`` and its rollups in a snapshot without any, from the rows of ``incoming``.

    DuckDB writes a table in parallel where it makes it, and not where it appends to it in order.
    """
    _make_charges(con, taxonomy, _accepted(con), "charges")
    rebuild_cubes(con, taxonomy)


def append(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """The accepted rows of ``incoming``, promoted and sorted, to ``charges``; then the rollups."""
    rows = _enriched(con, taxonomy, _accepted(con))
    con.execute(f"INSERT INTO charges BY NAME {rows} ORDER BY {_SORT}")
    refresh_cubes(con, taxonomy)


def _accepted(con: duckdb.DuckDBPyConnection) -> str:
    con.execute(
        "CREATE OR REPLACE TEMP VIEW accepted AS SELECT * FROM incoming WHERE x_faults IS NULL"
    )
    return "accepted"


def _make_charges(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, rows: str, name: str) -> None:
    con.execute(f"CREATE TABLE {name} AS {_enriched(con, taxonomy, rows)} ORDER BY {_SORT}")


def repromote(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Make every promoted column of the charges anew, and the rollups."""
    _make_charges(con, taxonomy, "charges", "fresh")
    con.execute("DROP TABLE charges")
    con.execute("ALTER TABLE fresh RENAME TO charges")
    rebuild_cubes(con, taxonomy)


def rebuild_cubes(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Every rollup from all charges; rollups of an older taxonomy are dropped."""
    old = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'rollup\\_%' ESCAPE '\\' "
        "AND database_name = current_database()"
    ).fetchall()
    for (name,) in old:
        con.execute(f'DROP TABLE "{name}"')
    build_cubes(con, taxonomy)


def refresh_cubes(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Each rollup anew for the partitions in the table ``changed``, and only those."""
    using = ", ".join(f'"{name}"' for name in PARTITION)
    same = " AND ".join(f'c."{name}" = changed."{name}"' for name in PARTITION)
    for cube in cubes(taxonomy):
        con.execute(f'DELETE FROM "{cube.name}" AS c USING changed WHERE {same}')
        # The rollup's own SELECT runs over a CTE that hides the table of the same name.
        con.execute(
            f'INSERT INTO "{cube.name}" WITH charges AS (SELECT * FROM main.charges '
            f"SEMI JOIN changed USING ({using})) {cube.sql}"
        )
