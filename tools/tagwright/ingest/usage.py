"""Usage rows: typed, checked, and put in place of what they restate.

A request is itself by its id, a bucket of requests by what it was grouped by; a row that comes
again replaces what was there, so that an export that overlaps another counts nothing twice.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tagwright.focus import COLUMNS as CHARGE_COLUMNS
from tagwright.ingest import dates
from tagwright.ingest.documents import NOT_WHOLE
from tagwright.ingest.pricing import PRICED, priced
from tagwright.ingest.read import rejects_of
from tagwright.sources.head import sql_text
from tagwright.taxonomy import TAG_KEYS_SQL
from tagwright.usage import (
    BUCKET,
    COLUMNS,
    COST_SCALE,
    FAULT,
    IDENTITY,
    INPUT_TOKENS,
    TOKENS,
    UsageColumn,
)

if TYPE_CHECKING:
    import duckdb

    from tagwright.ingest.read import Loaded
    from tagwright.prices import PriceBook
    from tagwright.sources import Reject
    from tagwright.taxonomy import Taxonomy

__all__ = [
    "create_table",
    "pass_over",
    "raw_sums",
    "repromote",
    "stored_sums",
    "type_usage",
    "upsert",
]

_TYPES = {
    "text": "VARCHAR",
    "count": "BIGINT",
    "money": f"DECIMAL(38, {COST_SCALE})",
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
_BASE = (*(column.name for column in COLUMNS), *_OWN)
_NAMES = ", ".join(f'"{name}"' for name in _BASE)
_AHEAD = dt.timedelta(days=1)
"""A row from further in the future than that is a clock gone wrong."""

_WORDS = {
    "count": "not a whole number",
    "money": "not an amount",
    "datetime": "not an ISO 8601 date and time",
    "flag": "neither true nor false",
    "tags": "not a JSON object of unlike keys and text values",
}


def column_types() -> list[str]:
    """``"name" TYPE`` of each base column."""
    return [f'"{c.name}" {_TYPES[c.kind]}' for c in COLUMNS] + [
        f'"{name}" {kind}' for name, kind in _OWN.items()
    ]


def create_table(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """The table ``usage``, empty, where there is none."""
    made = [f"{name} {kind}" for name, kind in PRICED.items()]
    made += [f'"{item.column}" {item.type}' for item in taxonomy.promotions(())]
    con.execute(f"CREATE TABLE IF NOT EXISTS usage ({', '.join([*column_types(), *made])})")


def type_usage(
    con: duckdb.DuckDBPyConnection, loaded: Loaded, now: dt.datetime | None = None
) -> list[Reject]:
    """Append the file's rows to ``incoming_usage``, made where it is not; what was rejected.

    Raises:
        DataError: The records cannot be told apart reliably.
    """
    con.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS incoming_usage ({', '.join(column_types())}, "
        "x_by_id BOOLEAN, x_faults VARCHAR)"
    )
    whole = "x_whole" if loaded.documents else "true AS x_whole"
    inner = [f"{loaded.ordinal} AS x_record", whole]
    inner += [f"{loaded.text(column.name)} AS t_{column.name}" for column in COLUMNS]
    inner += [
        f"{loaded.text(name)} AS t_{name}" for name in (INPUT_TOKENS, FAULT, BUCKET, "row_key")
    ]
    typed = [f'{_typed(column)} AS "{column.name}"' for column in COLUMNS]
    typed.append(f"{_whole(f't_{INPUT_TOKENS}')} AS {INPUT_TOKENS}")
    names = [f'"{column.name}"' for column in COLUMNS]
    cached = " + ".join(f'COALESCE("{name}", 0)' for name in TOKENS[1:4])
    uncached = f'COALESCE("input_uncached_tokens", {INPUT_TOKENS} - ({cached}))'
    values = [uncached if name == '"input_uncached_tokens"' else name for name in names]
    latest = ((now or dt.datetime.now(dt.UTC)) + _AHEAD).replace(tzinfo=None)
    timed = "ChargePeriodStart" in loaded.staged.columns
    checks = ", ".join(
        [
            *(fault for c in COLUMNS if (fault := _fault(c, timed=timed))),
            *_more_faults(uncached, cached, latest),
            f"t_{FAULT}",
        ]
    )
    con.execute(
        f"INSERT INTO incoming_usage SELECT {', '.join(values)}, {_key()}, "
        f"{sql_text(loaded.source.name)}, {loaded.number}, x_record, t_row_key IS NOT NULL, "
        f"CASE WHEN NOT x_whole THEN ': {NOT_WHOLE}' "
        f"ELSE NULLIF(concat_ws('; ', {checks}), '') END "
        f"FROM (SELECT *, {', '.join(typed)} FROM (SELECT {', '.join(inner)} FROM {loaded.table}))"
    )
    return rejects_of(con, loaded, "incoming_usage")


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
    if column.kind == "count":
        parts.append(f"WHEN \"{name}\" < 0 THEN '{name}: negative'")
    if column.kind == "datetime":
        implausible = dates.implausible(f'"{name}"')
        parts.append(f"WHEN {implausible} THEN '{name}: {dates.IMPLAUSIBLE}'")
    return f"CASE {' '.join(parts)} END" if parts else None


def _more_faults(uncached: str, cached: str, latest: dt.datetime) -> list[str]:
    start, end = '"ChargePeriodStart"', '"ChargePeriodEnd"'
    cases = (
        (
            (f"t_{INPUT_TOKENS} IS NOT NULL AND {INPUT_TOKENS} IS NULL", "not a whole number"),
            (f"{INPUT_TOKENS} < 0", "negative"),
            (f"{uncached} < 0", "fewer than the cached ones among them"),
            (f'{INPUT_TOKENS} <> "input_uncached_tokens" + {cached}', "not the sum of their parts"),
        ),
        (('"reasoning_output_tokens" > "output_tokens"', "fewer than those of reasoning"),),
        ((f"{end} < {start}", "before its start"),),
        (
            (
                f"{start} > TIMESTAMP '{latest.isoformat(' ')}'",
                "in the future; is the clock of its sender right?",
            ),
        ),
    )
    names = (INPUT_TOKENS, "output_tokens", "ChargePeriodEnd", "ChargePeriodStart")
    faults = []
    for name, branches in zip(names, cases, strict=True):
        whens = " ".join(f"WHEN {test} THEN '{name}: {words}'" for test, words in branches)
        faults.append(f"CASE {whens} END")
    return faults


def _key() -> str:
    """The row's identity; lengths keep ``("ab", "c")`` from being ``("a", "bc")``."""
    parts = ", ".join(f"COALESCE(length(t_{name}) || ':' || t_{name}, '-')" for name in IDENTITY)
    return (
        f"md5_number(CASE WHEN t_row_key IS NOT NULL THEN 'id:' || t_row_key "
        f"ELSE concat({parts}, '@' || t_{BUCKET}) END)"
    )


def pass_over(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Drop from ``incoming_usage`` the rows that another one there repeats; how many, by file.

    Of a request's rows the last one counts. Of a bucket's all rows of its last file count: what
    tells them apart may be no column here.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS SELECT x_source, x_key, "
        "max((x_file, x_record)) AS x_last FROM incoming_usage WHERE x_faults IS NULL "
        "GROUP BY ALL HAVING count(*) > 1"
    )
    old = (
        "u.x_source = r.x_source AND u.x_key = r.x_key AND u.x_faults IS NULL AND "
        "(u.x_file < r.x_last[1] OR (u.x_by_id AND (u.x_file, u.x_record) < r.x_last))"
    )
    counts = con.execute(
        f"SELECT u.x_file, count(*) FROM incoming_usage AS u, repeated AS r WHERE {old} GROUP BY 1"
    ).fetchall()
    if counts:
        con.execute(f"DELETE FROM incoming_usage AS u USING repeated AS r WHERE {old}")
    return {int(number): int(count) for number, count in counts}


def upsert(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, book: PriceBook) -> int:
    """Put the accepted rows of ``incoming_usage`` in place of what they restate; how many went."""
    accepted = "(SELECT * FROM incoming_usage WHERE x_faults IS NULL)"
    same = "u.x_source = i.x_source AND u.x_key = i.x_key"
    before = _count(con)
    con.execute(
        f"DELETE FROM usage AS u USING incoming_usage AS i WHERE {same} AND i.x_faults IS NULL"
    )
    replaced = before - _count(con)
    con.execute(
        f"INSERT INTO usage BY NAME SELECT {_NAMES}, {', '.join(PRICED)}, "
        f"{_promoted(con, taxonomy, 'incoming_usage')} "
        f"FROM {_like_charges(priced(con, book, accepted))} "
        'ORDER BY "ChargePeriodStart", x_file, x_record'
    )
    return replaced


def repromote(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, book: PriceBook) -> None:
    """Make the promoted columns and the prices of every usage row anew."""
    rows = _like_charges(priced(con, book, f"(SELECT {_NAMES} FROM usage)"))
    con.execute(
        f"CREATE TABLE fresh_usage AS SELECT {_NAMES}, {', '.join(PRICED)}, "
        f"{_promoted(con, taxonomy, 'usage')} "
        f'FROM {rows} ORDER BY "ChargePeriodStart", x_file, x_record'
    )
    con.execute("DROP TABLE usage")
    con.execute("ALTER TABLE fresh_usage RENAME TO usage")


def _count(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM usage").fetchall()[0][0])


def _promoted(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, table: str) -> str:
    keys = [key for (key,) in con.execute(TAG_KEYS_SQL.format(table=table)).fetchall()]
    return ", ".join(
        f'CAST({item.sql} AS {item.type}) AS "{item.column}"' for item in taxonomy.promotions(keys)
    )


def _like_charges(table: str) -> str:
    """The rows with every FOCUS column, so that virtual tags may name them; absent ones null."""
    own = {column.name for column in COLUMNS}
    absent = ", ".join(
        f'CAST(NULL AS VARCHAR) AS "{column.name}"'
        for column in CHARGE_COLUMNS
        if column.name not in own
    )
    return f"(SELECT *, {absent} FROM {table})"


def raw_sums(con: duckdb.DuckDBPyConnection, loaded: Loaded) -> tuple[int, ...]:
    """Rows, requests, input and output tokens of a file, straight from its own text.

    Independent of the typed rows but for which records were accepted.
    """

    def number(name: str) -> str:
        return f"CAST({loaded.text(name)} AS DECIMAL(38, 6))"

    def total(value: str) -> str:
        return f"COALESCE(sum({value}), 0)"

    # A request may say what it read from a cache and not what it read in all.
    parts = " + ".join(f"COALESCE({number(name)}, 0)" for name in TOKENS[:4])
    row = con.execute(
        f"SELECT count(*), {total(number('requests'))}, "
        f"{total(f'COALESCE({number(INPUT_TOKENS)}, {parts})')}, {total(number('output_tokens'))} "
        f"FROM {loaded.table} WHERE {loaded.ordinal} IN (SELECT x_record FROM incoming_usage "
        f"WHERE x_file = {loaded.number} AND x_faults IS NULL)"
    ).fetchall()[0]
    return tuple(int(value) for value in row)


def stored_sums(con: duckdb.DuckDBPyConnection, number: int) -> tuple[int, ...]:
    """The same of what the snapshot holds of that file."""
    inputs = " + ".join(f'COALESCE(sum("{name}"), 0)' for name in TOKENS[:4])
    row = con.execute(
        f'SELECT count(*), COALESCE(sum("requests"), 0), {inputs}, '
        f'COALESCE(sum("output_tokens"), 0) FROM usage WHERE x_file = {number}'
    ).fetchall()[0]
    return tuple(int(value) for value in row)
