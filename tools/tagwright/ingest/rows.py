"""Rows of one file as typed charges, each with its faults; what was rejected, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import DataError
from tagwright.focus import COLUMNS, NOT_NULL, Column
from tagwright.ingest import amounts, dates
from tagwright.ingest.documents import NOT_WHOLE
from tagwright.ingest.lines import RAW_LIMIT, Located, locate
from tagwright.ingest.numbers import MAX_WHOLE, number_text, too_fine
from tagwright.ingest.read import EXTRA, GROUPS
from tagwright.ingest.schema import column_type
from tagwright.sources import Reject
from tagwright.sources.head import sql_text

if TYPE_CHECKING:
    import duckdb

    from tagwright.ingest.native import Number
    from tagwright.ingest.read import Loaded

__all__ = ["assemble", "rejects_of", "type_rows"]

_WORDS = {
    "money": "not an amount",
    "price": "not a number",
    "quantity": "not a number",
    "datetime": "not a date and time",
    "tags": "not a JSON object of unlike keys and text values",
}


def type_rows(
    con: duckdb.DuckDBPyConnection,
    loaded: Loaded,
    types: dict[str, tuple[str, int]],
    *,
    lazy: bool = False,
) -> list[Reject]:
    """Make ``typed_<number>`` of a file's rows, with their faults, and give what was rejected.

    Args:
        con: Connection.
        loaded: The file.
        types: SQL type and scale for each of :data:`tagwright.ingest.read.GROUPS`.
        lazy: Whether a Parquet file without a fault becomes a view: its rows are then typed where
            they are written, and not kept in between.

    Raises:
        DataError: The records cannot be told apart reliably.
    """
    rows = _Rows(loaded, types)
    name = f"typed_{loaded.number}"
    if lazy and loaded.in_place and not rows.any_fault(con):
        con.execute(f"CREATE TEMP VIEW {name} AS {rows.sql('CAST(NULL AS VARCHAR)')}")
        return []
    con.execute(f"CREATE TEMP TABLE {name} AS {rows.sql(rows.faults())}")
    return rejects_of(con, loaded, name)


def assemble(con: duckdb.DuckDBPyConnection, numbers: list[int], columns: list[str]) -> None:
    """``incoming``: the typed rows of those files together.

    Args:
        con: Connection.
        numbers: Of the files that :func:`type_rows` was called for.
        columns: ``"name" TYPE`` of each, for a run without any.
    """
    if not numbers:
        con.execute(f"CREATE TEMP TABLE incoming ({', '.join(columns)})")
        return
    parts = " UNION ALL ".join(f"SELECT * FROM typed_{number}" for number in numbers)
    con.execute(f"CREATE TEMP VIEW incoming AS {parts}")


class _Rows:
    """The expressions over one file."""

    def __init__(self, loaded: Loaded, types: dict[str, tuple[str, int]]) -> None:
        self.loaded = loaded
        self.types = types
        self.maps = {
            column.name: found
            for column in COLUMNS
            if column.kind == "tags" and (found := _native_map(loaded, column))
        }
        self.numbers: dict[str, Number] = {
            column.name: number
            for column in COLUMNS
            if column.kind in GROUPS
            and (number := loaded.as_number(column.name, types[column.kind][1]))
        }
        self.moments = {
            column.name: found
            for column in COLUMNS
            if column.kind == "datetime" and (found := loaded.moment(column.name))
        }

    def sql(self, faults: str) -> str:
        """Base columns and ``x_faults``."""
        loaded = self.loaded
        names = ", ".join(_quoted(column.name) for column in COLUMNS)
        return (
            f"SELECT {names}, {', '.join(EXTRA)}, {sql_text(loaded.source.name)} AS x_source, "
            f"{loaded.number} AS x_file, x_record, {faults} AS x_faults FROM {self._typed_rows()}"
        )

    def any_fault(self, con: duckdb.DuckDBPyConnection) -> bool:
        """Whether any row has one."""
        tests = [
            f"COALESCE({test}, false)" for column in COLUMNS for test, _ in self._tests(column)
        ]
        query = f"SELECT count(*) FROM {self._typed_rows()} WHERE {' OR '.join(tests)}"
        return bool(con.execute(query).fetchall()[0][0])

    def faults(self) -> str:
        """A text that names each column at fault and why; NULL where there is none."""
        cases = ", ".join(
            "CASE "
            + " ".join(f"WHEN {test} THEN {sql_text(words)}" for test, words in tests)
            + " END"
            for column in COLUMNS
            if (tests := self._tests(column))
        )
        whole, end = (
            (f"CASE WHEN NOT x_whole THEN ': {NOT_WHOLE}' ELSE ", " END")
            if self.loaded.documents
            else ("", "")
        )
        return f"{whole}NULLIF(concat_ws('; ', {cases}), ''){end}"

    def _typed_rows(self) -> str:
        loaded = self.loaded
        inner = [f"{loaded.ordinal} AS x_record", *(["x_whole"] if loaded.documents else [])]
        for column in COLUMNS:
            name = column.name
            if name in self.maps:
                inner.append(f"{self.maps[name]} AS m_{name}")
                inner.append(f"{loaded.staged.columns[name]} AS t_{name}")
            elif name in self.numbers:
                inner.append(f"{self.numbers[name].raw} AS t_{name}")
            elif name in self.moments:
                inner.append(f"{self.moments[name]} AS t_{name}")
            else:
                inner.append(f"{loaded.text(name)} AS t_{name}")
                if loaded.dressed and column.kind in GROUPS:
                    inner.append(f"{loaded.written(name)} AS w_{name}")
        inner += [f"{loaded.text(name)} AS {name}" for name in EXTRA]
        typed = [f"{self._typed(column)} AS {_quoted(column.name)}" for column in COLUMNS]
        source = f"(SELECT {', '.join(inner)} FROM {loaded.table})"
        return f"(SELECT *, {', '.join(typed)} FROM {source})"

    def _typed(self, column: Column) -> str:
        name, text = column.name, f"t_{column.name}"
        if name in self.numbers or name not in self.loaded.staged.columns:
            return f"CAST({text} AS {column_type(column, self.types)})"
        if name in self.maps:
            return f"m_{name}"
        if name in self.moments or column.kind in ("text", "json"):
            return text
        if column.kind == "datetime":
            return self.loaded.date_style.sql(text, period=name in dates.PERIODS)
        if column.kind == "tags":
            return f"TRY_CAST(TRY_CAST({text} AS JSON) AS MAP(VARCHAR, VARCHAR))"
        return f"TRY_CAST({number_text(text)} AS {self.types[column.kind][0]})"

    def _tests(self, column: Column) -> list[tuple[str, str]]:
        """Tests of one column, the first that holds says what is wrong; and in what words."""
        name, text, typed = column.name, f"t_{column.name}", _quoted(column.name)
        tests: list[tuple[str, str]] = []
        if name in NOT_NULL:
            tests.append((f"{text} IS NULL", f"{name}: missing"))
        if name in self.numbers or name not in self.loaded.staged.columns:
            return tests
        if name in self.moments:
            tests.append((f"NOT isfinite({text})", f"{name}: not a date"))
        if column.kind in GROUPS and self.loaded.dressed:
            tests += _dressed(column, commas=self.loaded.commas)
        if column.kind in GROUPS:
            large = f"abs(TRY_CAST({text} AS DOUBLE)) >= 1e{MAX_WHOLE}"
            tests.append((large, f"{name}: 10^{MAX_WHOLE} or more"))
            scale = self.types[column.kind][1]
            if self.loaded.needs[column.kind].decimals > scale:
                fine = too_fine(f"({number_text(text)})", scale)
                tests.append((fine, f"{name}: more than {scale} decimals"))
        if column.kind == "datetime":
            tests.append((dates.implausible(typed), f"{name}: {dates.IMPLAUSIBLE}"))
        if column.kind in _WORDS and name not in self.moments:
            style = self.loaded.date_style
            words = style.words if column.kind == "datetime" else _WORDS[column.kind]
            tests.append((f"{text} IS NOT NULL AND {typed} IS NULL", f"{name}: {words}"))
        return tests


def _dressed(column: Column, *, commas: bool) -> list[tuple[str, str]]:
    """Faults of an amount with signs and separators."""
    name, text = column.name, f"w_{column.name}"
    currency = amounts.currency_of(column)
    contradicted = amounts.contradicted(text, f"t_{currency}" if currency else "''")
    return [
        (amounts.ambiguous(text, commas=commas), f"{name}: not an amount: {amounts.AMBIGUOUS}"),
        (contradicted, f"{name}: {amounts.CONTRADICTED if currency else 'not a number'}"),
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _native_map(loaded: Loaded, column: Column) -> str | None:
    """The expression of a Parquet map, or list of key and value; None where tags are JSON text."""
    kind = loaded.type_of(column.name).upper()
    raw = loaded.staged.columns.get(column.name, "")
    if kind.startswith("MAP("):
        return f"CAST({raw} AS MAP(VARCHAR, VARCHAR))"
    if kind.startswith("STRUCT(") and kind.endswith("[]"):
        return f"TRY(CAST(map_from_entries({raw}) AS MAP(VARCHAR, VARCHAR)))"
    return None


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
        loaded.copy or loaded.head.path,
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
