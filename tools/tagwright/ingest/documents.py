"""JSON, and nested Parquet, as flat rows: only what a source names is kept.

The text of a document, which may hold prompts and completions, is read, cut down to the columns
of the source, and dropped in one statement; nothing else of it reaches a table or a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.sources import Head, Reject, Staged
from tagwright.sources.head import file_sql
from tagwright.sources.json_head import LINE_LIMIT, read_document

if TYPE_CHECKING:
    import duckdb

__all__ = ["NOT_WHOLE", "Flat", "flatten"]

NOT_WHOLE = "not a whole JSON document"

_VALUE = re.compile(r"""json_extract_string\(d(\d+), ('\$(?:\."[^"'*]+")+')\)""")
"""What :func:`tagwright.sources.json_sql.value` makes of a document of :func:`flatten`."""

_UNREADABLE = {
    "INVALID ENCODING": "not UTF-8",
    "LINE SIZE OVER MAXIMUM": f"longer than {LINE_LIMIT >> 20} MiB",
}


@dataclass(frozen=True)
class Flat:
    """A file's rows in a scratch table.

    Attributes:
        table: Its name. Beside the source's columns as text it has ``x_line`` (see
            :class:`~tagwright.sources.Reject`) and ``x_whole`` (whether the line was a document).
        names: The source's columns.
        unreadable: Lines that are not even text.
    """

    table: str
    names: tuple[str, ...]
    unreadable: list[Reject]


def flatten(con: duckdb.DuckDBPyConnection, head: Head, staged: Staged, number: int) -> Flat:
    """Read the file's documents into a table ``raw_<number>``, a row for each record.

    Raises:
        DataError: One document of too many bytes.
        duckdb.Error: It cannot be read to its end.
    """
    table = f"raw_{number}"
    documents, parameters = _documents(head, number)
    names = tuple(staged.columns)
    # A list that is absent gives one row without values, which is rejected; an empty one none.
    steps = [f"w0 AS (SELECT x_line, x_whole, d0 FROM ({documents}))"]
    for level, expression in enumerate(staged.explode, start=1):
        before = ", ".join(f"d{index}" for index in range(level))
        steps.append(
            f"w{level} AS (SELECT x_line, x_whole, {before}, "
            f"unnest(COALESCE({expression}, [CAST(NULL AS JSON)])) AS d{level} FROM w{level - 1})"
        )
    values = ", ".join(
        f'CAST({expression} AS VARCHAR) AS "{name}"' for name, expression in staged.columns.items()
    )
    values, taken = _at_once(values)
    steps.append(f"w AS (SELECT {', '.join(['*', *taken])} FROM w{len(staged.explode)})")
    line = "x_line" if head.lines or head.kind == "parquet" else "row_number() OVER ()"
    con.execute(
        f"CREATE TEMP TABLE {table} AS WITH {', '.join(steps)} "
        f"SELECT {line} AS x_line, x_whole, {values} FROM w",
        parameters,
    )
    return Flat(table, names, _unreadable(con, head, number) if head.lines else [])


def _at_once(values: str) -> tuple[str, list[str]]:
    """Columns whose values are taken out of a document together, and the lists they come from.

    Each call parses its document anew; one call for all paths parses it once, which makes a line
    of many fields some eight times faster.
    """
    paths: dict[str, dict[str, None]] = {}
    for level, path in _VALUE.findall(values):
        paths.setdefault(level, {}).setdefault(path)
    places = {
        (level, path): f"v{level}[{place}]"
        for level, found in paths.items()
        for place, path in enumerate(found, start=1)
    }
    taken = [
        f"json_extract_string(d{level}, [{', '.join(found)}]) AS v{level}"
        for level, found in paths.items()
    ]
    return _VALUE.sub(lambda call: places[call.group(1), call.group(2)], values), taken


def _documents(head: Head, number: int) -> tuple[str, list[str]]:
    """A SELECT of ``x_line``, ``x_whole`` and the document ``d0``, and its parameters."""
    if head.kind == "parquet":
        return (
            "SELECT file_row_number + 1 AS x_line, true AS x_whole, to_json(t) AS d0 FROM "
            f"(SELECT *{_exact(head)} FROM read_parquet({file_sql(head.path)}, "
            "file_row_number = true, hive_partitioning = false)) AS t"
        ), []
    if not head.lines:
        # Proven to be JSON by its head. Of an array each element is a document.
        return (
            "SELECT 0 AS x_line, true AS x_whole, unnest(CASE WHEN json_type(j) = 'ARRAY' "
            "THEN json_extract(j, '$[*]') ELSE [j] END) AS d0 FROM (SELECT CAST(? AS JSON) AS j)"
        ), [read_document(head.path)]
    with head.path.open("rb") as stream:
        packed = "gzip" if stream.read(2) == b"\x1f\x8b" else "none"
    # DuckDB's own reader of JSON lines passes over a line of bad UTF-8 without a word, so each
    # line is read as one field of a CSV without delimiter or quotes.
    return (
        "SELECT x_line, d0 IS NOT NULL AS x_whole, d0 FROM (SELECT x_line, "
        "TRY_CAST(x_text AS JSON) AS d0 FROM (SELECT row_number() OVER () AS x_line, x_text FROM "
        f"read_csv({file_sql(head.path)}, hive_partitioning = false, compression = '{packed}', "
        "auto_detect = false, columns = {'x_text': 'VARCHAR'}, header = false, delim = '', "
        f"quote = '', escape = '', strict_mode = false, max_line_size = {LINE_LIMIT}, "
        f"store_rejects = true, rejects_table = 'malformed_{number}', "
        f"rejects_scan = 'scan_{number}', rejects_limit = 0)) WHERE TRIM(x_text) <> '')"
    ), []


def _exact(head: Head) -> str:
    """Decimals as text, wherever they are nested: a number in JSON has the digits of a double."""
    texts = {
        name: re.sub(r"DECIMAL\(\d+,\s*\d+\)", "VARCHAR", kind)
        for name, kind in zip(head.columns, head.types, strict=True)
        if "DECIMAL(" in kind
    }
    casts = ", ".join(
        f"CAST({quoted} AS {kind}) AS {quoted}"
        for quoted, kind in (('"' + n.replace('"', '""') + '"', k) for n, k in texts.items())
    )
    return f" REPLACE ({casts})" if casts else ""


def _unreadable(con: duckdb.DuckDBPyConnection, head: Head, number: int) -> list[Reject]:
    rows = con.execute(
        f"SELECT DISTINCT line, CAST(error_type AS VARCHAR) FROM malformed_{number} ORDER BY ALL"
    ).fetchall()
    return [
        Reject(str(head.path), int(line), "", _UNREADABLE.get(kind, "cannot be read"), "")
        for line, kind in rows
    ]
