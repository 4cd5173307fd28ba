"""The tables of a snapshot, and how promoted columns and rollups are made from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.classification import INPUTS, OUTPUTS, load_rules
from tagwright.focus import COLUMNS
from tagwright.ingest import usage
from tagwright.ingest.numbers import Need, decimal_type
from tagwright.ingest.read import EXTRA, GROUPS
from tagwright.metrics import cubes
from tagwright.taxonomy import TAG_KEYS_SQL

if TYPE_CHECKING:
    import duckdb

    from tagwright.taxonomy import Taxonomy

__all__ = [
    "BASE",
    "PARTITION",
    "add_promoted",
    "base_needs",
    "create_tables",
    "decimal_types",
    "rebuild_cubes",
    "refresh_cubes",
    "repromote",
    "upgrade",
    "widen",
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
_AI = tuple(name for name, _ in OUTPUTS)
_OWN = {"x_source": "VARCHAR", "x_file": "INTEGER", "x_record": "BIGINT"}


def column_types(types: dict[str, tuple[str, int]]) -> list[str]:
    """``"name" TYPE`` of each base column."""
    kinds = {column.name: column.kind for column in COLUMNS}
    return [
        f'"{name}" '
        + (
            types[kinds[name]][0]
            if kinds.get(name) in GROUPS
            else _OWN.get(name) or _TYPES[kinds.get(name, "text")]
        )
        for name in BASE
    ]


def create_tables(
    con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, types: dict[str, tuple[str, int]]
) -> None:
    """The tables of an empty snapshot, in the database in use."""
    made = [f"{name} {kind}" for name, kind in OUTPUTS]
    made += [f'"{item.column}" {item.type}' for item in taxonomy.promotions(())]
    con.execute(f"CREATE TABLE charges ({', '.join([*column_types(types), *made])})")
    con.execute(
        "CREATE TABLE files (id INTEGER, path VARCHAR, name VARCHAR, source VARCHAR, "
        "version VARCHAR, sha256 VARCHAR, charges BIGINT, usage BIGINT, rejected BIGINT, "
        "ingested_at TIMESTAMP, notes VARCHAR[])"
    )
    con.execute(
        'CREATE TABLE rejects (file_id INTEGER, file VARCHAR, line BIGINT, "column" VARCHAR, '
        "reason VARCHAR, raw VARCHAR)"
    )
    con.execute("CREATE TABLE snapshot_meta (key VARCHAR, value VARCHAR)")
    usage.create_table(con, taxonomy)
    rebuild_cubes(con, taxonomy)


def upgrade(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Bring a copy of a snapshot that an older version wrote to this one's tables."""
    usage.create_table(con, taxonomy)
    con.execute("ALTER TABLE files ADD COLUMN IF NOT EXISTS usage BIGINT DEFAULT 0")


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


def _promoted(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, table: str) -> str:
    keys = [key for (key,) in con.execute(TAG_KEYS_SQL.format(table=table)).fetchall()]
    return ", ".join(
        f'CAST({item.sql} AS {item.type}) AS "{item.column}"' for item in taxonomy.promotions(keys)
    )


def _classified(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """The rows of ``table``, each with what the rules of AI give it, as a relation."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE ai_classes AS {load_rules().sql(table)}")
    base = ", ".join(f't."{name}"' for name in BASE)
    same = " AND ".join(f't."{name}" IS NOT DISTINCT FROM a."{name}"' for name in INPUTS)
    outputs = ", ".join(f"a.{name}" for name in _AI)
    return f"(SELECT {base}, {outputs} FROM {table} AS t LEFT JOIN ai_classes AS a ON {same})"


def add_promoted(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Append the accepted rows of ``incoming``, promoted and sorted, to ``charges``."""
    accepted = "(SELECT * FROM incoming WHERE x_faults IS NULL)"
    con.execute(
        f"INSERT INTO charges BY NAME SELECT {_NAMES}, {', '.join(_AI)}, "
        f"{_promoted(con, taxonomy, 'incoming')} FROM {_classified(con, accepted)} ORDER BY {_SORT}"
    )


def repromote(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Make every promoted column of the charges anew, and the rollups."""
    con.execute(
        f"CREATE TABLE fresh AS SELECT {_NAMES}, {', '.join(_AI)}, "
        f"{_promoted(con, taxonomy, 'charges')} FROM {_classified(con, 'charges')} ORDER BY {_SORT}"
    )
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
    for cube in cubes(taxonomy):
        con.execute(f'CREATE TABLE "{cube.name}" AS {cube.sql}')


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
