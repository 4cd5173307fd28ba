"""Read one file into typed rows: set-based, in DuckDB, with every fault named.

A file is read twice: once to prove how many digits its amounts need, once to type them. CSV is
first loaded as text into a scratch table, whose row ids number the records, and so are documents
(:mod:`tagwright.ingest.documents`); Parquet is read in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tagwright.errors import DataError
from tagwright.focus import COLUMNS, NOT_NULL, Column
from tagwright.ingest import dates
from tagwright.ingest.documents import NOT_WHOLE, flatten
from tagwright.ingest.lines import RAW_LIMIT, Located, locate
from tagwright.ingest.numbers import (
    MAX_WHOLE,
    Need,
    need_sql,
    number_text,
    too_fine,
)
from tagwright.sources import Head, Reject, Source, Staged
from tagwright.sources.head import file_sql, sql_text

if TYPE_CHECKING:
    import duckdb

__all__ = ["GROUPS", "Loaded", "load", "rejects_of", "type_rows"]

GROUPS = ("money", "price", "quantity")
"""Kinds of decimal columns; each kind shares one type in a snapshot."""

EXTRA = ("x_PublisherName",)
"""Text columns of ours that a source may fill, beside FOCUS's."""


@dataclass
class Loaded:
    """A file that was recognised and read as text.

    Attributes:
        number: Its number in the snapshot.
        head: Format and columns.
        source: What recognised it.
        staged: How its columns become FOCUS's.
        table: What to read it from: a scratch table, or ``read_parquet(…)``.
        ordinal: Expression of the record's ordinal from 1.
        records: Well-formed records.
        malformed: Records that are not even rows.
        needs: Digits needed by each of :data:`GROUPS`.
        date_style: How its dates are written.
        notes: What to know about how it was read.
        unreadable: Lines of JSON lines that are not even text.
    """

    number: int
    head: Head
    source: Source
    staged: Staged
    table: str
    ordinal: str
    records: int
    malformed: int
    needs: dict[str, Need] = field(default_factory=lambda: dict.fromkeys(GROUPS, Need()))
    date_style: dates.Style = dates.ISO
    notes: list[str] = field(default_factory=list)
    unreadable: list[Reject] = field(default_factory=list)

    @property
    def documents(self) -> bool:
        """Whether its records were taken out of documents."""
        return self.head.kind == "json" or bool(self.staged.explode)

    def text(self, column: str) -> str:
        """A column as trimmed text; NULL where it is absent, empty or the word ``NULL``."""
        if column not in self.staged.columns:
            return "CAST(NULL AS VARCHAR)"
        raw = self.staged.columns[column]
        return f"NULLIF(NULLIF(TRIM(CAST({raw} AS VARCHAR)), ''), 'NULL')"

    def type_of(self, column: str) -> str:
        """DuckDB's type of the raw column behind a FOCUS column, where it is one; else text."""
        types = {
            _quoted(name): kind
            for name, kind in zip(self.head.columns, self.head.types, strict=True)
        }
        return types.get(self.staged.columns.get(column, ""), "VARCHAR")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def load(con: duckdb.DuckDBPyConnection, head: Head, source: Source, number: int) -> Loaded:
    """Read the file as text and count the digits it needs.

    Raises:
        DataError: The file cannot be read to its end, or has no rows.
    """
    staged = source.stage(head)
    unreadable: list[Reject] = []
    try:
        if head.kind == "json" or staged.explode:
            flat = flatten(con, head, staged, number)
            table, ordinal, malformed = flat.table, "rowid + 1", 0
            unreadable = flat.unreadable
            head = replace(head, columns=flat.names, types=("VARCHAR",) * len(flat.names))
            staged = replace(staged, columns={name: _quoted(name) for name in flat.names})
        elif head.kind == "csv":
            table, ordinal, malformed = _load_csv(con, head, staged, number)
            if staged.table == "usage":
                staged = replace(staged, columns={name: _quoted(name) for name in staged.columns})
        else:
            table = (
                f"read_parquet({file_sql(head.path)}, file_row_number = true, "
                "hive_partitioning = false)"
            )
            ordinal, malformed = "file_row_number + 1", 0
        counted = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
        loaded = Loaded(number, head, source, staged, table, ordinal, int(counted), malformed)
        loaded.unreadable = unreadable
        if staged.table == "charges":
            _measure(con, loaded)
    except _duckdb_error() as error:
        raise DataError(
            f"{head.path}: cannot be read to its end ({_first_line(error)}).",
            hint="Download or export it again.",
        ) from None
    if loaded.records + malformed + len(unreadable) == 0 and not staged.sparse:
        what = "holds no records" if loaded.documents else "has a header but no rows"
        raise DataError(f"{head.path}: {what}.", hint="Export it again.")
    return loaded


def _duckdb_error() -> type[Exception]:
    import duckdb

    return duckdb.Error


def _first_line(error: Exception) -> str:
    return (
        str(error)
        .splitlines()[0]
        .removeprefix("IO Error: ")
        .removeprefix("Invalid Input Error: ")[:160]
    )


def _load_csv(
    con: duckdb.DuckDBPyConnection, head: Head, staged: Staged, number: int
) -> tuple[str, str, int]:
    table = f"raw_{number}"
    # Telemetry may have prompts in columns that nobody asked for.
    kept = ", ".join(f"{sql} AS {_quoted(name)}" for name, sql in staged.columns.items())
    columns = ", ".join(f"{sql_text(name)}: 'VARCHAR'" for name in head.columns)
    with head.path.open("rb") as stream:  # what it is, not what it is called
        packed = "gzip" if stream.read(2) == b"\x1f\x8b" else "none"
    con.execute(
        f"CREATE TEMP TABLE {table} AS SELECT {kept if staged.table == 'usage' else '*'} "
        f"FROM read_csv({file_sql(head.path)}, "
        f"hive_partitioning = false, compression = '{packed}', "
        f"auto_detect = false, columns = {{{columns}}}, header = true, "
        f"delim = {sql_text(head.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"store_rejects = true, rejects_table = 'malformed_{number}', "
        f"rejects_scan = 'scan_{number}', rejects_limit = 0, max_line_size = 16777216)"
    )
    bad = con.execute(f"SELECT count(DISTINCT line) FROM malformed_{number}").fetchall()[0][0]
    return table, "rowid + 1", int(bad)


def _measure(con: duckdb.DuckDBPyConnection, loaded: Loaded) -> None:
    """Fill ``needs`` and ``date_style`` in one scan."""
    decimals = [c for c in COLUMNS if c.kind in GROUPS and c.name in loaded.staged.columns]
    moments = [c for c in COLUMNS if c.kind == "datetime"]
    outputs = [sql for c in decimals for sql in need_sql(f"({number_text(f'n_{c.name}')})")]
    outputs += dates.style_aggregates([f"n_{c.name}" for c in moments], "n_BillingPeriodStart")
    inner = ", ".join(f"{loaded.text(c.name)} AS n_{c.name}" for c in (*decimals, *moments))
    row = con.execute(
        f"SELECT {', '.join(outputs)} FROM (SELECT {inner} FROM {loaded.table})"
    ).fetchall()[0]
    for index, column in enumerate(decimals):
        need = Need(int(row[2 * index] or 0), float(row[2 * index + 1] or 0))
        loaded.needs[column.kind] = loaded.needs[column.kind].beside(need)
    loaded.date_style, note = dates.style_from(row[2 * len(decimals) :])
    if note:
        loaded.notes.append(note)


def type_rows(
    con: duckdb.DuckDBPyConnection, loaded: Loaded, types: dict[str, tuple[str, int]]
) -> list[Reject]:
    """Append the file's rows to ``incoming`` and give what was rejected.

    Args:
        con: Connection with the table ``incoming`` (see :func:`incoming_columns`).
        loaded: The file.
        types: SQL type and scale for each of :data:`GROUPS`.

    Raises:
        DataError: The records cannot be told apart reliably.
    """
    texts = {c.name: loaded.text(c.name) for c in COLUMNS}
    inner = [f"{loaded.ordinal} AS x_record", *(["x_whole"] if loaded.documents else [])]
    inner += [f"{text} AS t_{name}" for name, text in texts.items()]
    inner += [f"{loaded.text(name)} AS {name}" for name in EXTRA]
    for column in COLUMNS:
        if column.kind == "tags" and (native := _native_map(loaded, column)):
            inner.append(f"{native} AS m_{column.name}")
    typed = [f"{_typed(loaded, column, types)} AS {_quoted(column.name)}" for column in COLUMNS]
    names = ", ".join(_quoted(column.name) for column in COLUMNS)
    faults = ", ".join(fault for c in COLUMNS if (fault := _fault(loaded, c, types)))
    extra = ", ".join(EXTRA)
    whole, end = (
        (f"CASE WHEN NOT x_whole THEN ': {NOT_WHOLE}' ELSE ", " END")
        if loaded.documents
        else ("", "")
    )
    con.execute(
        f"INSERT INTO incoming SELECT {names}, {extra}, {sql_text(loaded.source.name)}, "
        f"{loaded.number}, x_record, {whole}NULLIF(concat_ws('; ', {faults}), ''){end} "
        f"FROM (SELECT *, {', '.join(typed)} FROM (SELECT {', '.join(inner)} FROM {loaded.table}))"
    )
    return rejects_of(con, loaded, "incoming")


def _native_map(loaded: Loaded, column: Column) -> str | None:
    """The expression of a Parquet map, or list of key and value; None where tags are JSON text."""
    kind = loaded.type_of(column.name).upper()
    raw = loaded.staged.columns.get(column.name, "")
    if kind.startswith("MAP("):
        return f"CAST({raw} AS MAP(VARCHAR, VARCHAR))"
    if kind.startswith("STRUCT(") and kind.endswith("[]"):
        return f"TRY(CAST(map_from_entries({raw}) AS MAP(VARCHAR, VARCHAR)))"
    return None


def _typed(loaded: Loaded, column: Column, types: dict[str, tuple[str, int]]) -> str:
    text = f"t_{column.name}"
    if column.kind in GROUPS:
        return f"TRY_CAST({number_text(text)} AS {types[column.kind][0]})"
    if column.kind == "datetime":
        return loaded.date_style.sql(text, period=column.name in dates.PERIODS)
    if column.kind == "tags":
        if _native_map(loaded, column):
            return f"m_{column.name}"
        return f"TRY_CAST(TRY_CAST({text} AS JSON) AS MAP(VARCHAR, VARCHAR))"
    return text


_WORDS = {
    "money": "not an amount",
    "price": "not a number",
    "quantity": "not a number",
    "datetime": "not a date and time",
    "tags": "not a JSON object of unlike keys and text values",
}


def _fault(loaded: Loaded, column: Column, types: dict[str, tuple[str, int]]) -> str | None:
    """A text that names the column and the fault, NULL where there is none."""
    name, text = column.name, f"t_{column.name}"
    parts: list[str] = []
    if name in NOT_NULL:
        parts.append(f"WHEN {text} IS NULL THEN '{name}: missing'")
    if column.kind in GROUPS:
        number = f"({number_text(text)})"
        scale = types[column.kind][1]
        parts.append(
            f"WHEN abs(TRY_CAST({text} AS DOUBLE)) >= 1e{MAX_WHOLE} "
            f"THEN '{name}: 10^{MAX_WHOLE} or more'"
        )
        if loaded.needs[column.kind].decimals > scale:
            parts.append(
                f"WHEN {too_fine(number, scale)} THEN '{name}: more than {scale} decimals'"
            )
    if column.kind in _WORDS and name in loaded.staged.columns:
        if column.kind == "datetime":
            typed = _quoted(name)
            parts.append(f"WHEN {dates.implausible(typed)} THEN '{name}: {dates.IMPLAUSIBLE}'")
        words = loaded.date_style.words if column.kind == "datetime" else _WORDS[column.kind]
        typed = _quoted(name)
        parts.append(f"WHEN {text} IS NOT NULL AND {typed} IS NULL THEN '{name}: {words}'")
    return f"CASE {' '.join(parts)} END" if parts else None


def rejects_of(con: duckdb.DuckDBPyConnection, loaded: Loaded, table: str) -> list[Reject]:
    """What was kept out of a file: the faulty rows of ``table``, and what is not even a row.

    Raises:
        DataError: The records cannot be told apart reliably.
    """
    faulty = con.execute(
        f"SELECT x_record, x_faults FROM {table} WHERE x_file = {loaded.number} "
        "AND x_faults IS NOT NULL ORDER BY x_record"
    ).fetchall()
    path = str(loaded.head.path)
    if loaded.documents:
        lines = f"SELECT rowid + 1, x_line FROM {loaded.table}"
        line_of = dict(con.execute(lines).fetchall()) if faulty else {}
        return loaded.unreadable + [
            Reject(path, int(line_of[n]), _columns(why), why.removeprefix(": "), "")
            for n, why in faulty
        ]
    if not faulty and not loaded.malformed:
        return []
    if loaded.head.kind == "parquet":
        return [Reject(path, int(n), _columns(why), why, "") for n, why in faulty]
    located = locate(
        loaded.head.path,
        loaded.head.delimiter,
        len(loaded.head.columns),
        {int(number) for number, _ in faulty},
    )
    if located.count != loaded.records or not _same_malformed(con, loaded, located):
        raise DataError(
            f"{path}: two readers of CSV do not agree on which rows are whole: its quoting is "
            "broken.",
            hint="Export it again with every quote doubled inside quoted fields.",
        )
    keep = loaded.staged.table == "charges"  # what is no bill may hold prompts
    rejects = [
        Reject(path, line, "", why, raw if keep else "") for line, why, raw in located.malformed
    ]
    for number, why in faulty:
        line, raw = located.records[int(number)]
        rejects.append(Reject(path, line, _columns(why), why, raw[:RAW_LIMIT] if keep else ""))
    return sorted(rejects, key=lambda reject: reject.line)


def _same_malformed(con: duckdb.DuckDBPyConnection, loaded: Loaded, located: Located) -> bool:
    """Whether DuckDB rejected the records that we name, by their numbers or by their texts."""
    refused = con.execute(
        f"SELECT line, any_value(csv_line) FROM malformed_{loaded.number} GROUP BY line"
    ).fetchall()
    if sorted(int(line) for line, _ in refused) == located.positions:
        return True
    theirs = sorted(str(text).strip()[:200] for _, text in refused)
    return theirs == sorted(raw.strip()[:200] for _, _, raw in located.malformed)


def _columns(why: str) -> str:
    """The columns that a record's faults name; empty where they name none."""
    return ", ".join(part.split(":", 1)[0] for part in why.split("; ") if not part.startswith(":"))
