"""Rows beside charges: typed, checked, and put in place of what they restate.

A request is itself by its id, a bucket of requests by what it was grouped by, an allocation by its
window, cluster and name; a row that comes again replaces what was there, so that an export that
overlaps another counts nothing twice. What is a kind's own stands in :mod:`tagwright.ingest.usage`
and :mod:`tagwright.ingest.kubernetes`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tagwright.focus import COLUMNS as CHARGE_COLUMNS
from tagwright.ingest import dates, windows
from tagwright.ingest.documents import NOT_WHOLE
from tagwright.ingest.rows import rejects_of
from tagwright.sources.head import sql_text
from tagwright.taxonomy import TAG_KEYS_SQL, promotions
from tagwright.usage import BUCKET, COST_SCALE, FAULT, UsageColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from tagwright.ingest.read import Loaded
    from tagwright.sources import Reject
    from tagwright.taxonomy import Taxonomy

    Enrich = Callable[[duckdb.DuckDBPyConnection, "Beside", str], str]

__all__ = [
    "Beside",
    "column_types",
    "create_table",
    "pass_over",
    "raw_sums",
    "repromote",
    "stored_sums",
    "type_rows",
    "upsert",
]


@dataclass(frozen=True)
class Beside:
    """A kind of rows that are no charges.

    Attributes:
        name: As sources (``Staged.table``) and reports call it.
        table: Where they are.
        columns: Its columns, of which ``ChargePeriodStart``, ``ChargePeriodEnd`` and ``Tags`` are
            some.
        identity: What makes a row the one it is, where it has no ``row_key``.
        whole: Columns of what a file restates whole; empty where it restates rows one by one.
        stored: Aggregates over the table that prove what was written.
        raw: The same over a file's own text.
        staged: Whole numbers that a source may give beside the columns.
        values: SQL of a column that is computed of others where it was not given.
        checks: A column's name to faults: SQL tests, each with its words.
        extra: Columns that are made of the rows at ingest, with their SQL types.
    """

    name: Literal["usage", "kubernetes"]
    table: str
    columns: tuple[UsageColumn, ...]
    identity: tuple[str, ...]
    stored: tuple[str, ...]
    raw: Callable[[Loaded], tuple[str, ...]]
    whole: tuple[str, ...] = ()
    staged: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def incoming(self) -> str:
        """The scratch table of rows that are not yet in it."""
        return f"incoming_{self.table}"

    @property
    def names(self) -> str:
        """The columns before promotion."""
        return ", ".join(f'"{name}"' for name in (*(c.name for c in self.columns), *_OWN))


_TYPES = {
    "text": "VARCHAR",
    "count": "BIGINT",
    "money": f"DECIMAL(38, {COST_SCALE})",
    "number": "DECIMAL(38, 12)",
    "datetime": "TIMESTAMP",
    "flag": "BOOLEAN",
    "tags": "MAP(VARCHAR, VARCHAR)",
}
_OWN = {
    "x_key": "UHUGEINT",
    "x_source": "VARCHAR",
    "x_file": "INTEGER",
    "x_record": "BIGINT",
}
_AHEAD = dt.timedelta(days=1)
"""A row from further in the future than that is a clock gone wrong."""

_WORDS = {
    "count": "not a whole number",
    "money": "not an amount",
    "number": "not a number",
    "datetime": "not an ISO 8601 date and time",
    "flag": "neither true nor false",
    "tags": "not a JSON object of unlike keys and text values",
}


def column_types(kind: Beside) -> list[str]:
    """``"name" TYPE`` of each column before promotion."""
    return [f'"{c.name}" {_TYPES[c.kind]}' for c in kind.columns] + [
        f'"{name}" {sql}' for name, sql in _OWN.items()
    ]


def create_table(con: duckdb.DuckDBPyConnection, kind: Beside, taxonomy: Taxonomy) -> None:
    """The kind's table, empty, where there is none; with what an older one lacks, null."""
    made = [f"{name} {sql}" for name, sql in kind.extra.items()]
    made += [f'"{item.column}" {item.type}' for item in promotions(taxonomy, ())]
    columns = ", ".join([*column_types(kind), *made])
    con.execute(f"CREATE TABLE IF NOT EXISTS {kind.table} ({columns})")
    have = {name for name, *_ in con.execute(f"DESCRIBE {kind.table}").fetchall()}
    for column in kind.columns:
        if column.name not in have:
            con.execute(
                f'ALTER TABLE {kind.table} ADD COLUMN "{column.name}" {_TYPES[column.kind]}'
            )


def type_rows(
    con: duckdb.DuckDBPyConnection, kind: Beside, loaded: Loaded, now: dt.datetime | None = None
) -> list[Reject]:
    """Append the file's rows to the incoming ones; what was rejected.

    Raises:
        DataError: The records cannot be told apart reliably.
    """
    con.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {kind.incoming} ({', '.join(column_types(kind))}, "
        "x_by_id BOOLEAN, x_faults VARCHAR)"
    )
    whole = "x_whole" if loaded.documents else "true AS x_whole"
    inner = [f"{loaded.ordinal} AS x_record", whole]
    inner += [f"{loaded.text(column.name)} AS t_{column.name}" for column in kind.columns]
    inner += [
        f"{loaded.text(name)} AS t_{name}" for name in (*kind.staged, FAULT, BUCKET, "row_key")
    ]
    typed = [f'{_typed(column)} AS "{column.name}"' for column in kind.columns]
    typed += [f"{_whole(f't_{name}')} AS {name}" for name in kind.staged]
    values = [kind.values.get(column.name, f'"{column.name}"') for column in kind.columns]
    latest = ((now or dt.datetime.now(dt.UTC)) + _AHEAD).replace(tzinfo=None)
    timed = "ChargePeriodStart" in loaded.staged.columns
    faults = [fault for c in kind.columns if (fault := _fault(c, timed=timed))]
    faults += [*_more_faults(kind, latest), f"t_{FAULT}"]
    con.execute(
        f"INSERT INTO {kind.incoming} SELECT {', '.join(values)}, {_key(kind)}, "
        f"{sql_text(loaded.source.name)}, {loaded.number}, x_record, t_row_key IS NOT NULL, "
        f"CASE WHEN NOT x_whole THEN ': {NOT_WHOLE}' "
        f"ELSE NULLIF(concat_ws('; ', {', '.join(faults)}), '') END "
        f"FROM (SELECT *, {', '.join(typed)} FROM (SELECT {', '.join(inner)} FROM {loaded.table}))"
    )
    return rejects_of(con, loaded, kind.incoming)


def _typed(column: UsageColumn) -> str:
    text = f"t_{column.name}"
    if column.kind == "text":
        return text
    if column.kind == "datetime":
        return dates.ISO.sql(text)
    if column.kind == "tags":
        return f"TRY_CAST(TRY_CAST({text} AS JSON) AS MAP(VARCHAR, VARCHAR))"
    if column.kind == "count":
        return _whole(text)
    return f"TRY_CAST({text} AS {_TYPES[column.kind]})"


def _whole(text: str) -> str:
    """A count; 24000.0 is one too, and a cast alone would round 1.5."""
    number = f"TRY_CAST({text} AS DECIMAL(38, 6))"
    return f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"


def _fault(column: UsageColumn, *, timed: bool) -> str | None:
    name, text = column.name, f"t_{column.name}"
    parts = []
    # A format may say no time at all; where it does, each row must.
    if not column.nullable or (name == "ChargePeriodStart" and timed):
        parts.append(f"WHEN {text} IS NULL THEN '{name}: missing'")
    if column.kind in _WORDS:
        parts.append(
            f"WHEN {text} IS NOT NULL AND \"{name}\" IS NULL THEN '{name}: {_WORDS[column.kind]}'"
        )
    if column.kind in ("count", "number"):
        parts.append(f"WHEN \"{name}\" < 0 THEN '{name}: negative'")
    if column.kind == "datetime":
        implausible = dates.implausible(f'"{name}"')
        parts.append(f"WHEN {implausible} THEN '{name}: {dates.IMPLAUSIBLE}'")
    return f"CASE {' '.join(parts)} END" if parts else None


def _more_faults(kind: Beside, latest: dt.datetime) -> list[str]:
    start, end = '"ChargePeriodStart"', '"ChargePeriodEnd"'
    future = f"{start} > TIMESTAMP '{latest.isoformat(' ')}'"
    checks = {
        **kind.checks,
        "ChargePeriodEnd": ((f"{end} < {start}", "before its start"),),
        "ChargePeriodStart": ((future, "in the future; is the clock of its sender right?"),),
    }
    faults = []
    for name, branches in checks.items():
        whens = " ".join(f"WHEN {test} THEN '{name}: {words}'" for test, words in branches)
        faults.append(f"CASE {whens} END")
    return faults


def _key(kind: Beside) -> str:
    """The row's identity; lengths keep ``("ab", "c")`` from being ``("a", "bc")``."""
    parts = ", ".join(
        f"COALESCE(length(t_{name}) || ':' || t_{name}, '-')" for name in kind.identity
    )
    return (
        f"md5_number(CASE WHEN t_row_key IS NOT NULL THEN 'id:' || t_row_key "
        f"ELSE concat({parts}, '@' || t_{BUCKET}) END)"
    )


def pass_over(con: duckdb.DuckDBPyConnection, kind: Beside) -> dict[int, int]:
    """Drop from the incoming rows those that another one there repeats; how many, by file.

    Of a request's rows the last one counts. Of a bucket's all rows of its last file count: what
    tells them apart may be no column here.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS SELECT x_source, x_key, "
        f"max((x_file, x_record)) AS x_last FROM {kind.incoming} WHERE x_faults IS NULL "
        "GROUP BY ALL HAVING count(*) > 1"
    )
    old = (
        "u.x_source = r.x_source AND u.x_key = r.x_key AND u.x_faults IS NULL AND "
        "(u.x_file < r.x_last[1] OR (u.x_by_id AND (u.x_file, u.x_record) < r.x_last))"
    )
    counts = con.execute(
        f"SELECT u.x_file, count(*) FROM {kind.incoming} AS u, repeated AS r WHERE {old} GROUP BY 1"
    ).fetchall()
    if counts:
        con.execute(f"DELETE FROM {kind.incoming} AS u USING repeated AS r WHERE {old}")
    return {int(number): int(count) for number, count in counts}


def upsert(
    con: duckdb.DuckDBPyConnection, kind: Beside, taxonomy: Taxonomy, enrich: Enrich
) -> dict[int, list[str]]:
    """Put the accepted incoming rows in place of what they restate; notes on that, by file.

    ``enrich`` makes of the rows of a relation one that has the kind's extra columns too.
    """
    con.execute(
        f"DELETE FROM {kind.table} AS u USING {kind.incoming} AS i "
        "WHERE u.x_source = i.x_source AND u.x_key = i.x_key AND i.x_faults IS NULL"
    )
    gone = windows.replace(con, kind) if kind.whole else {}
    rows = enrich(con, kind, f"(SELECT * FROM {kind.incoming} WHERE x_faults IS NULL)")
    con.execute(
        f"INSERT INTO {kind.table} BY NAME {_made(con, kind, taxonomy, kind.incoming, rows)}"
    )
    overlaps = windows.overlaps(con, kind) if kind.whole else {}
    return {file: [*gone.get(file, []), *overlaps.get(file, [])] for file in {*gone, *overlaps}}


def repromote(
    con: duckdb.DuckDBPyConnection, kind: Beside, taxonomy: Taxonomy, enrich: Enrich
) -> None:
    """Make the promoted and the extra columns of every row anew."""
    rows = enrich(con, kind, f"(SELECT {kind.names} FROM {kind.table})")
    con.execute(
        f"CREATE TABLE fresh_{kind.table} AS {_made(con, kind, taxonomy, kind.table, rows)}"
    )
    con.execute(f"DROP TABLE {kind.table}")
    con.execute(f"ALTER TABLE fresh_{kind.table} RENAME TO {kind.table}")


def _made(
    con: duckdb.DuckDBPyConnection, kind: Beside, taxonomy: Taxonomy, table: str, rows: str
) -> str:
    """The rows with all their columns, in order of time."""
    columns = ", ".join([kind.names, *kind.extra, _promoted(con, taxonomy, table)])
    return (
        f"SELECT {columns} FROM {_like_charges(kind, rows)} "
        'ORDER BY "ChargePeriodStart", x_file, x_record'
    )


def _promoted(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, table: str) -> str:
    keys = [key for (key,) in con.execute(TAG_KEYS_SQL.format(table=table)).fetchall()]
    return ", ".join(
        f'CAST({item.sql} AS {item.type}) AS "{item.column}"' for item in promotions(taxonomy, keys)
    )


def _like_charges(kind: Beside, table: str) -> str:
    """The rows with every FOCUS column, so that virtual tags may name them; absent ones null."""
    own = {column.name for column in kind.columns}
    absent = ", ".join(
        f'CAST(NULL AS VARCHAR) AS "{column.name}"'
        for column in CHARGE_COLUMNS
        if column.name not in own
    )
    return f"(SELECT *, {absent} FROM {table})"


def raw_sums(con: duckdb.DuckDBPyConnection, kind: Beside, loaded: Loaded) -> tuple[Any, ...]:
    """Rows and sums of a file, straight from its own text.

    Independent of the typed rows but for which records were accepted.
    """
    [row] = con.execute(
        f"SELECT count(*), {', '.join(kind.raw(loaded))} "
        f"FROM {loaded.table} WHERE {loaded.ordinal} IN (SELECT x_record FROM {kind.incoming} "
        f"WHERE x_file = {loaded.number} AND x_faults IS NULL)"
    ).fetchall()
    return tuple(row)


def stored_sums(con: duckdb.DuckDBPyConnection, kind: Beside, number: int) -> tuple[Any, ...]:
    """The same of what the snapshot holds of that file."""
    [row] = con.execute(
        f"SELECT count(*), {', '.join(kind.stored)} FROM {kind.table} WHERE x_file = {number}"
    ).fetchall()
    return tuple(row)
