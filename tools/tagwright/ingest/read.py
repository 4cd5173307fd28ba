"""Read one file into typed rows: set-based, in DuckDB, with every fault named.

A file is read twice: once to prove how many digits its amounts need, once to type them. CSV is
first loaded as text into a scratch table, whose row ids number the records, and so are documents
(:mod:`tagwright.ingest.documents`); Parquet is read in place, its typed columns as they are where
that is exact (:mod:`tagwright.ingest.native`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tagwright.errors import DataError
from tagwright.focus import COLUMNS
from tagwright.ingest import amounts, dates, native
from tagwright.ingest.documents import flatten
from tagwright.ingest.line_ends import evened
from tagwright.ingest.numbers import Need, need_sql, number_text
from tagwright.ingest.utf16 import as_utf8
from tagwright.sources.head import file_sql, sql_text

if TYPE_CHECKING:
    import duckdb

    from tagwright.sources import Head, Reject, Source, Staged

__all__ = ["EXTRA", "GROUPS", "Loaded", "load"]

GROUPS = ("money", "price", "quantity")
"""Kinds of decimal columns; each kind shares one type in a snapshot."""

_NUMBERS = frozenset(column.name for column in COLUMNS if column.kind in GROUPS)

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
        table: What to read it from: a scratch table, or a SELECT from ``read_parquet(…)``; what its
            source makes of its columns, by FOCUS's names.
        ordinal: Expression of the record's ordinal from 1.
        records: Well-formed records.
        malformed: Records that are not even rows.
        needs: Digits needed by each of :data:`GROUPS`.
        numbers: Columns that are read as the numbers they are.
        date_style: How its dates are written.
        dressed: Whether some of its numbers are more than digits (:mod:`tagwright.ingest.amounts`).
        commas: Whether commas stand before decimals then.
        notes: What to know about how it was read.
        unreadable: Lines of JSON lines that are not even text.
        copy: Of a CSV in UTF-16, or whose line ends were not alike: one in UTF-8 in which they are.
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
    numbers: dict[str, native.Number] = field(default_factory=dict)
    date_style: dates.Style = dates.ISO
    dressed: bool = False
    commas: bool = False
    notes: list[str] = field(default_factory=list)
    unreadable: list[Reject] = field(default_factory=list)
    copy: Path | None = None

    @property
    def in_place(self) -> bool:
        """Whether it is Parquet, read where it is."""
        return self.head.kind == "parquet" and not self.documents

    @property
    def documents(self) -> bool:
        """Whether its records were taken out of documents."""
        return self.head.kind == "json" or bool(self.staged.explode)

    def text(self, column: str) -> str:
        """A column as trimmed text; NULL where it is absent, empty or the word ``NULL``.

        An amount is told as a plain number, where it is one.
        """
        written = self.written(column)
        if self.dressed and column in _NUMBERS and column in self.staged.columns:
            return amounts.plain(written, commas=self.commas)
        return written

    def written(self, column: str) -> str:
        """A column's text as it was written, but for what :meth:`text` makes null."""
        if column not in self.staged.columns:
            return "CAST(NULL AS VARCHAR)"
        trimmed = f"TRIM(CAST({_quoted(column)} AS VARCHAR))"
        return f"CASE WHEN {trimmed} NOT IN ('', 'NULL') THEN {trimmed} END"

    def as_number(self, column: str, scale: int) -> native.Number | None:
        """The column as the number it is, where so many decimals do not round it; else None."""
        number = self.numbers.get(column)
        return number if number and number.need.decimals <= scale else None

    def type_of(self, column: str) -> str:
        """DuckDB's type of the raw column behind a FOCUS column, where it is one; else text."""
        types = {
            _quoted(name): kind
            for name, kind in zip(self.head.columns, self.head.types, strict=True)
        }
        return types.get(self.staged.columns.get(column, ""), "VARCHAR")

    def moment(self, column: str) -> str | None:
        """A column that is a date or time as it is, as a naive UTC TIMESTAMP; else None."""
        if not self.in_place:
            return None
        return native.moment(self.staged.columns.get(column, ""), self.type_of(column))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _kept(staged: Staged) -> str:
    """What the source makes of its columns, by FOCUS's names, as the items of a SELECT.

    It is written out once and named from then on: DuckDB takes longer to plan it than to read a
    small bill. Telemetry may have prompts in columns that nobody asked for.
    """
    return ", ".join(f"{sql} AS {_quoted(name)}" for name, sql in staged.columns.items())


def load(con: duckdb.DuckDBPyConnection, head: Head, source: Source, number: int) -> Loaded:
    """Read the file as text and count the digits it needs.

    Raises:
        DataError: The file cannot be read to its end, or has no rows.
    """
    staged = source.stage(head)
    unreadable: list[Reject] = []
    copy: Path | None = None
    try:
        if head.kind == "json" or staged.explode:
            flat = flatten(con, head, staged, number)
            table, ordinal, malformed = flat.table, "rowid + 1", 0
            unreadable = flat.unreadable
            head = replace(head, columns=flat.names, types=("VARCHAR",) * len(flat.names))
        elif head.kind == "csv":
            table, ordinal = f"raw_{number}", "rowid + 1"
            if head.utf16:
                copy = _copy_of(con, f"utf8_{number}")
                as_utf8(head.path, copy)
            plain = copy or head.path
            try:
                malformed = _load_csv(con, replace(head, path=plain), staged, number)
            except _duckdb_error():
                copy = _copy_of(con, f"even_{number}")
                if not evened(plain, copy):
                    raise
                malformed = _load_csv(con, replace(head, path=copy), staged, number)
        else:
            kinds = {_quoted(n): kind for n, kind in zip(head.columns, head.types, strict=True)}
            found = tuple(kinds.get(sql, "VARCHAR") for sql in staged.columns.values())
            table = (
                f"(SELECT file_row_number, {_kept(staged)} FROM read_parquet("
                f"{file_sql(head.path)}, file_row_number = true, hive_partitioning = false))"
            )
            head = replace(head, columns=tuple(staged.columns), types=found)
            ordinal, malformed = "file_row_number + 1", 0
        staged = replace(staged, columns={name: _quoted(name) for name in staged.columns})
        counted = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
        loaded = Loaded(number, head, source, staged, table, ordinal, int(counted), malformed)
        loaded.unreadable, loaded.copy = unreadable, copy
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


def _load_csv(con: duckdb.DuckDBPyConnection, head: Head, staged: Staged, number: int) -> int:
    """Make ``raw_<number>``; how many lines are no records."""
    # A column that is not read is not checked: its bad bytes would pass.
    every = ", ".join(_quoted(name) for name in head.columns)
    columns = ", ".join(f"{sql_text(name)}: 'VARCHAR'" for name in head.columns)
    with head.path.open("rb") as stream:  # what it is, not what it is called
        packed = "gzip" if stream.read(2) == b"\x1f\x8b" else "none"
    con.execute(
        f"CREATE TEMP TABLE raw_{number} AS SELECT {_kept(staged)} "
        f"FROM read_csv({file_sql(head.path)}, "
        f"hive_partitioning = false, compression = '{packed}', "
        f"auto_detect = false, columns = {{{columns}}}, header = true, "
        f"delim = {sql_text(head.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"store_rejects = true, rejects_table = 'malformed_{number}', "
        f"rejects_scan = 'scan_{number}', rejects_limit = 0, max_line_size = 16777216) "
        f"WHERE concat({every}) IS NOT NULL"
    )
    bad = con.execute(f"SELECT count(DISTINCT line) FROM malformed_{number}").fetchall()[0][0]
    return int(bad)


def _copy_of(con: duckdb.DuckDBPyConnection, name: str) -> Path:
    [(scratch,)] = con.execute("SELECT current_setting('temp_directory')").fetchall()
    return Path(scratch) / f"{name}.csv"


def _measure(con: duckdb.DuckDBPyConnection, loaded: Loaded) -> None:
    """Fill ``needs``, ``numbers`` and ``date_style``."""
    decimals = [c for c in COLUMNS if c.kind in GROUPS and c.name in loaded.staged.columns]
    if loaded.in_place:
        loaded.numbers = native.measure_numbers(
            con,
            loaded.table,
            {c.name: (loaded.staged.columns[c.name], loaded.type_of(c.name)) for c in decimals},
        )
    moments = [
        c
        for c in COLUMNS
        if c.kind == "datetime" and c.name in loaded.staged.columns and not loaded.moment(c.name)
    ]
    texts = [c for c in decimals if c.name not in loaded.numbers]
    outputs = [sql for c in texts for sql in need_sql(f"v_{c.name}")]
    if moments:
        starts = [f"n_{c.name}" for c in moments if c.name == "BillingPeriodStart"]
        start = starts[0] if starts else "NULL"
        outputs += dates.style_aggregates([f"n_{c.name}" for c in moments], start)
    outputs += [f"count(n_{c.name}) > count(v_{c.name})" for c in texts]
    needs = {c.name: number.need for c in decimals if (number := loaded.numbers.get(c.name))}
    if outputs:
        inner = ", ".join(f"{loaded.text(c.name)} AS n_{c.name}" for c in (*texts, *moments))
        # Named once, not written out at each use: DuckDB takes long to plan what is long.
        checked = ", ".join(["*", *(f"{number_text(f'n_{c.name}')} AS v_{c.name}" for c in texts)])
        [row] = con.execute(
            f"SELECT {', '.join(outputs)} "
            f"FROM (SELECT {checked} FROM (SELECT {inner} FROM {loaded.table}))"
        ).fetchall()
        for index, column in enumerate(texts):
            needs[column.name] = Need(int(row[2 * index] or 0), float(row[2 * index + 1] or 0))
        if moments:
            loaded.date_style, note = dates.style_from(row[2 * len(texts) :][: dates.COUNTS])
            if note:
                loaded.notes.append(note)
        odd = [
            c.name for c, found in zip(texts, row[len(row) - len(texts) :], strict=True) if found
        ]
        if odd and not loaded.dressed:
            loaded.dressed, loaded.notes = True, []
            written = ", ".join(f"{loaded.written(c.name)} AS n_{c.name}" for c in texts)
            told = amounts.commas([f"n_{c.name}" for c in texts])
            [(loaded.commas,)] = con.execute(
                f"SELECT {told} FROM (SELECT {written} FROM {loaded.table})"
            ).fetchall()
            _measure(con, loaded)
            return
    for column in decimals:
        loaded.needs[column.kind] = loaded.needs[column.kind].beside(needs[column.name])
