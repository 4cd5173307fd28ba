"""Rows of a kind beside charges, typed and checked against what the kind says of its columns."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tagwright.ingest import dates
from tagwright.ingest.documents import NOT_WHOLE
from tagwright.ingest.kinds import SQL_TYPES, Kind, column_types
from tagwright.ingest.rows import rejects_of
from tagwright.sources.head import sql_text
from tagwright.usage import BUCKET, FAULT, UsageColumn

if TYPE_CHECKING:
    import duckdb

    from tagwright.ingest.read import Loaded
    from tagwright.sources import Reject

__all__ = ["raw_sums", "type_rows"]

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


def type_rows(
    con: duckdb.DuckDBPyConnection, kind: Kind, loaded: Loaded, now: dt.datetime | None = None
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
    given = loaded.staged.columns
    typed = [f'{_typed(c, given=c.name in given)} AS "{c.name}"' for c in kind.columns]
    typed += [f"{_whole(f't_{name}')} AS {name}" for name in kind.staged]
    values = [kind.values.get(column.name, f'"{column.name}"') for column in kind.columns]
    latest = ((now or dt.datetime.now(dt.UTC)) + _AHEAD).replace(tzinfo=None)
    timed = "ChargePeriodStart" in given
    faults = [
        fault for c in kind.columns if (fault := _fault(c, timed=timed, given=c.name in given))
    ]
    faults += [*_more_faults(kind, latest), f"t_{FAULT}"]
    con.execute(
        f"INSERT INTO {kind.incoming} SELECT {', '.join(values)}, {_key(kind)}, "
        f"{sql_text(loaded.source.name)}, {loaded.number}, x_record, t_row_key IS NOT NULL, "
        f"CASE WHEN NOT x_whole THEN ': {NOT_WHOLE}' "
        f"ELSE NULLIF(concat_ws('; ', {', '.join(faults)}), '') END "
        f"FROM (SELECT *, {', '.join(typed)} FROM (SELECT {', '.join(inner)} FROM {loaded.table}))"
    )
    return rejects_of(con, loaded, kind.incoming)


def _typed(column: UsageColumn, *, given: bool) -> str:
    text = f"t_{column.name}"
    if not given:
        return f"CAST({text} AS {SQL_TYPES[column.kind]})"
    if column.kind == "text":
        return text
    if column.kind == "datetime":
        return dates.LOGGED.sql(text)
    if column.kind == "tags":
        return f"TRY_CAST(TRY_CAST({text} AS JSON) AS MAP(VARCHAR, VARCHAR))"
    if column.kind == "count":
        return _whole(text)
    return f"TRY_CAST({text} AS {SQL_TYPES[column.kind]})"


def _whole(text: str) -> str:
    """A count; 24000.0 is one too, and a cast alone would round 1.5."""
    number = f"TRY_CAST({text} AS DECIMAL(38, 6))"
    return f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"


def _fault(column: UsageColumn, *, timed: bool, given: bool) -> str | None:
    name, text = column.name, f"t_{column.name}"
    parts = []
    # A format may say no time at all; where it does, each row must.
    if not column.nullable or (name == "ChargePeriodStart" and timed):
        parts.append(f"WHEN {text} IS NULL THEN '{name}: missing'")
    if column.kind in _WORDS and given:
        parts.append(
            f"WHEN {text} IS NOT NULL AND \"{name}\" IS NULL THEN '{name}: {_WORDS[column.kind]}'"
        )
    if column.kind in ("count", "number") and given:
        parts.append(f"WHEN \"{name}\" < 0 THEN '{name}: negative'")
    if column.kind == "datetime" and given:
        implausible = dates.implausible(f'"{name}"')
        parts.append(f"WHEN {implausible} THEN '{name}: {dates.IMPLAUSIBLE}'")
    return f"CASE {' '.join(parts)} END" if parts else None


def _more_faults(kind: Kind, latest: dt.datetime) -> list[str]:
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


def _key(kind: Kind) -> str:
    """The row's identity; lengths keep ``("ab", "c")`` from being ``("a", "bc")``."""
    parts = ", ".join(
        f"COALESCE(length(t_{name}) || ':' || t_{name}, '-')" for name in kind.identity
    )
    return (
        f"md5_number(CASE WHEN t_row_key IS NOT NULL THEN 'id:' || t_row_key "
        f"ELSE concat({parts}, '@' || t_{BUCKET}) END)"
    )


def raw_sums(con: duckdb.DuckDBPyConnection, kind: Kind, loaded: Loaded) -> tuple[Any, ...]:
    """Rows and sums of a file, straight from its own text.

    Independent of the typed rows but for which records were accepted.
    """
    [row] = con.execute(
        f"SELECT count(*), {', '.join(kind.raw(loaded))} "
        f"FROM {loaded.table} WHERE {loaded.ordinal} IN (SELECT x_record FROM {kind.incoming} "
        f"WHERE x_file = {loaded.number} AND x_faults IS NULL)"
    ).fetchall()
    return tuple(row)
