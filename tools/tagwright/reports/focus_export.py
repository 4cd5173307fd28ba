"""Cost and Usage as FOCUS 1.4: every charge of a period, as CSV or Parquet.

What the specification does not allow is repaired by :mod:`tagwright.reports.focus_rules` and
counted; the money is what the snapshot has, and the totals of the written file are compared with
the snapshot's before the file gets its name.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tagwright.errors import TagwrightError
from tagwright.focus import COLUMNS, MONEY, ORIGINAL
from tagwright.money import decimal_text
from tagwright.reports.currencies import CURRENCIES
from tagwright.reports.focus_rules import REASONS, details_sql, repaired_sql
from tagwright.reports.focus_values import MANDATORY
from tagwright.sources.head import sql_text
from tagwright.taxonomy.fold import quoted
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from tagwright.context import ToolContext
    from tagwright.results import Period

__all__ = ["FocusExport", "FocusTotal", "Repair", "export_focus"]

Format = Literal["csv", "parquet"]


@dataclass(frozen=True)
class FocusTotal:
    """The sums of one currency in the file; equal to the snapshot's, or nothing was written.

    ``list`` and ``contracted`` are what the file says: where a bill does not know them they are
    filled (see :class:`Repair`), and ``*_filled`` is how much of them that is.
    """

    currency: str
    charges: int
    billed: str
    effective: str
    list: str
    contracted: str
    list_filled: str
    contracted_filled: str


@dataclass(frozen=True)
class Repair:
    """How many rows differ from the bill in one column, and why."""

    column: str
    rows: int
    reason: str


@dataclass(frozen=True)
class FocusExport:
    """What was written.

    Attributes:
        path: The file.
        format: ``csv`` or ``parquet``.
        rows: Rows in it.
        totals: Per currency.
        repairs: See :class:`Repair`.
        notes: What a reader must know.
    """

    path: str
    format: str
    rows: int
    totals: list[FocusTotal]
    repairs: list[Repair]
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The JSON of ``tagwright report focus --json``."""
        return asdict(self)


def export_focus(
    ctx: ToolContext,
    period: Period,
    path: Path,
    *,
    file_format: Format = "csv",
    draft: bool = False,
    split: str | None = None,
) -> FocusExport:
    """Write the charges whose ``ChargePeriodStart`` is in ``period``; all or nothing.

    Args:
        ctx: The call; its snapshot is what is exported.
        period: Of the charges.
        path: The file; replaced where it exists.
        file_format: ``csv`` (UTF-8, one header, ``""`` for null) or ``parquet``.
        draft: Keys of AI by their names in the draft of 1.5 (see ``focus_rules``).
        split: SQL, over a relation ``charges``, of rows with the columns of ``charges`` in which
            allocation rules have split charges; default the charges themselves.

    Raises:
        TagwrightError: The file cannot be written, or would not add up to the charges.
        SnapshotError: There is no data.
    """
    info = ctx.snapshot.info
    with _working(ctx, path) as (con, unfinished):
        con.execute(f"ATTACH {sql_text(str(info.path))} AS warehouse (READ_ONLY)")
        con.execute(
            "CREATE TEMP VIEW origins AS SELECT * FROM warehouse.charges WHERE "
            f"\"ChargePeriodStart\" >= DATE '{period.start}' AND "
            f"\"ChargePeriodStart\" < DATE '{period.end}'"
        )
        # What rules have split is computed once; the charges themselves are there already.
        what = "VIEW" if split is None else "TABLE"
        con.execute(f"CREATE TEMP {what} rows AS {_split(split)}")
        present = _present(con)
        con.execute(f"CREATE TEMP TABLE details AS {details_sql('rows', draft=draft)}")
        repaired = repaired_sql("rows", "details", present=present)
        con.execute(f"CREATE TEMP VIEW repaired AS {repaired}")
        counted = _count(con, present)
        present -= counted.with_nulls
        _copy(con, present, counted, unfinished, file_format)
        totals = _totals(con, counted, unfinished, file_format)
        _prove(con, totals)
        repairs, notes = counted.repairs(present), _notes(counted)
        unfinished.replace(path)
    rows = sum(total.charges for total in totals)
    return FocusExport(str(path), file_format, rows, totals, repairs, notes)


def _split(split: str | None) -> str:
    if split is None:
        return "SELECT * FROM origins"
    return f"WITH charges AS (SELECT * FROM origins) {split}"


@contextlib.contextmanager
def _working(ctx: ToolContext, path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A connection and the name of a file beside ``path``; what is left of it is removed."""
    import duckdb

    settings = ctx.settings
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".tagwright-", dir=path.parent) as folder:
            config: dict[str, Any] = {
                "memory_limit": settings.memory_limit,
                "temp_directory": folder,
                "autoload_known_extensions": False,
                "autoinstall_known_extensions": False,
                "allow_persistent_secrets": False,
            }
            if settings.threads:
                config["threads"] = settings.threads
            with duckdb.connect(config=config) as con:
                con.execute("SET TimeZone = 'UTC'")
                con.execute("SET enable_progress_bar = false")
                yield con, Path(folder) / "unfinished"
    except duckdb.OutOfMemoryException:
        raise TagwrightError(
            "The export needs more memory than the limit allows. Nothing was written.",
            hint="Export a shorter period, or raise `memory_limit`.",
        ) from None
    except (OSError, duckdb.IOException) as error:
        raise TagwrightError(
            f"{path} cannot be written ({shorten(str(error).splitlines()[0], 160)}).",
            hint="Choose another --out, or make room on the disk.",
        ) from None


def _present(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Columns that the file has: the mandatory ones, and those with a value in some row."""
    names = [column.name for column in COLUMNS]
    ai = "COALESCE(x_ai_model_id, x_ai_model_developer, x_ai_token_direction) IS NOT NULL"
    values = ", ".join(f"count({quoted(name)})" for name in names)
    counts = con.execute(f"SELECT {values}, count(*) FILTER ({ai}) FROM rows").fetchall()[0]
    found = {name for name, count in zip(names, counts[:-1], strict=True) if count}
    if counts[-1]:
        found.add("SkuPriceDetails")
    return found | MANDATORY


@dataclass
class _Counted:
    """One pass over the repaired rows.

    Attributes:
        filled: Currency to the list and contracted cost that the bills do not know.
        changed: Column to the rows that differ from the bill.
        valued: Column to the rows in which the bill has a value.
        with_nulls: Optional columns that may hold no null and would: they are left out.
        extra: Columns of ours that have a value in some row.
        differ: Taxes and credits whose effective cost is not the billed one.
    """

    filled: dict[str, tuple[Decimal, Decimal]]
    changed: dict[str, int]
    valued: dict[str, int]
    with_nulls: set[str]
    extra: list[str]
    differ: int

    def repairs(self, present: set[str]) -> list[Repair]:
        """Of the columns that are in the file, and of those that had to be left out of it."""
        rows = {name: (self.changed if name in present else self.valued)[name] for name in REASONS}
        return [Repair(name, count, REASONS[name]) for name, count in rows.items() if count]


_EXTRA = ("x_SkuPriceDetails", "x_PublisherName")


def _count(con: duckdb.DuckDBPyConnection, present: set[str]) -> _Counted:
    strict = [
        column.name
        for column in COLUMNS
        if not column.nullable and column.name in present and column.name not in MANDATORY
    ]
    counts = [f'count(*) FILTER ("{name}" IS DISTINCT FROM x_o."{name}")' for name in REASONS]
    counts += [f'count(x_o."{name}")' for name in REASONS]
    counts += [f"count(*) - count({quoted(name)})" for name in strict]
    counts += [f"count({quoted(name)})" for name in _EXTRA]
    counts.append(
        "count(*) FILTER (\"ChargeCategory\" IN ('Tax', 'Credit') "
        'AND "EffectiveCost" <> "BilledCost")'
    )
    rows = con.execute(
        'SELECT "BillingCurrency", sum("ListCost") FILTER (x_o."ListCost" IS NULL), '
        'sum("ContractedCost") FILTER (x_o."ContractedCost" IS NULL), '
        f"{', '.join(counts)} FROM repaired GROUP BY 1"
    ).fetchall()
    sums = [sum(row[3 + index] for row in rows) for index in range(len(counts))]
    changed = dict(zip(REASONS, sums, strict=False))
    valued = dict(zip(REASONS, sums[len(REASONS) :], strict=False))
    nulls = dict(zip(strict, sums[2 * len(REASONS) :], strict=False))
    extra = dict(zip(_EXTRA, sums[-len(_EXTRA) - 1 : -1], strict=True))
    return _Counted(
        filled={str(row[0]): (Decimal(row[1] or 0), Decimal(row[2] or 0)) for row in rows},
        changed=changed,
        valued=valued,
        with_nulls={name for name, count in nulls.items() if count},
        extra=[name for name, count in extra.items() if count],
        differ=sums[-1],
    )


def _exported(name: str, present: set[str]) -> str:
    return quoted(name) if name in present else "NULL"


def _copy(
    con: duckdb.DuckDBPyConnection,
    present: set[str],
    counted: _Counted,
    to: Path,
    file_format: Format,
) -> None:
    """Columns in the specification's order, then ours; nulls empty, times with ``Z``."""
    columns = []
    for column in COLUMNS:
        if column.name not in present:
            continue
        sql = f'"{column.name}"'
        if column.kind == "tags":
            sql = f"CAST(to_json({sql}) AS VARCHAR)"
        elif column.kind == "datetime" and file_format == "csv":
            whole = f"strftime({sql}, '%Y-%m-%dT%H:%M:%S')"
            finer = f"microsecond({sql}) % 1000000 <> 0"
            sql = f"{whole} || CASE WHEN {finer} THEN strftime({sql}, '.%f') ELSE '' END || 'Z'"
        columns.append(f'{sql} AS "{column.name}"')
    columns += [quoted(name) for name in counted.extra]
    if repairs := counted.repairs(present):
        columns.append(f'{_original(repairs, present)} AS "{ORIGINAL}"')
    options = (
        "FORMAT csv, HEADER, DELIMITER ',', NULLSTR ''"
        if file_format == "csv"
        else "FORMAT parquet, COMPRESSION zstd"
    )
    order = '"BillingPeriodStart", "ServiceProviderName", "x_file", "x_record"'
    con.execute(
        f"COPY (SELECT {', '.join(columns)} FROM repaired ORDER BY {order}) "
        f"TO {sql_text(str(to))} ({options})"
    )


def _original(repairs: list[Repair], present: set[str]) -> str:
    """The bill's own values of the columns that say otherwise; NULL where none does."""
    entries = ", ".join(
        f'CASE WHEN {_exported(item.column, present)} IS DISTINCT FROM x_o."{item.column}" '
        f"THEN {{'k': '{item.column}', 'v': CAST(x_o.\"{item.column}\" AS VARCHAR)}} END"
        for item in repairs
    )
    pairs = f"list_filter([{entries}], lambda p: p IS NOT NULL)"
    return (
        f"CASE WHEN len({pairs}) > 0 THEN CAST(to_json(map_from_entries({pairs})) AS VARCHAR) END"
    )


def _read(path: Path, file_format: Format) -> str:
    if file_format == "parquet":
        return f"read_parquet({sql_text(str(path))})"
    return (
        f"read_csv({sql_text(str(path))}, header = true, all_varchar = true, auto_detect = true, "
        "delim = ',', quote = '\"', escape = '\"', strict_mode = true, max_line_size = 16777216)"
    )


def _totals(
    con: duckdb.DuckDBPyConnection, counted: _Counted, path: Path, file_format: Format
) -> list[FocusTotal]:
    """The sums of the file as it was written, read anew."""
    types = dict(
        con.execute(
            "SELECT column_name, column_type FROM (DESCRIBE rows) WHERE column_name IN "
            "('BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost')"
        ).fetchall()
    )
    sums = ", ".join(f'sum(CAST("{name}" AS {types[name]}))' for name in MONEY)
    written = con.execute(
        f'SELECT "BillingCurrency", count(*), {sums} FROM {_read(path, file_format)} '
        "GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [
        FocusTotal(
            str(currency),
            int(count),
            *(
                decimal_text(Decimal(value or 0))
                for value in (*amounts, *counted.filled[str(currency)])
            ),
        )
        for currency, count, *amounts in written
    ]


def _prove(con: duckdb.DuckDBPyConnection, totals: list[FocusTotal]) -> None:
    """The file's billed and effective sums are the snapshot's.

    Raises:
        TagwrightError: They are not; the file is not kept.
    """
    truth = {
        str(currency): (
            decimal_text(Decimal(billed or 0)),
            decimal_text(Decimal(effective or 0)),
        )
        for currency, billed, effective in con.execute(
            'SELECT "BillingCurrency", sum("BilledCost"), sum("EffectiveCost") FROM origins '
            "GROUP BY 1"
        ).fetchall()
    }
    written = {total.currency: (total.billed, total.effective) for total in totals}
    if written != truth:
        raise TagwrightError(
            f"The export does not add up to the charges: {written} instead of {truth}. "
            "It was not kept.",
            hint="This is a fault in Tagwright; report it.",
        )


def _notes(counted: _Counted) -> list[str]:
    """What the file says that FOCUS would not, because money and currencies are left as billed."""
    notes = []
    if not counted.filled:
        notes.append("No charge is in the period: the file has a header and no rows.")
    if unknown := sorted(counted.filled.keys() - CURRENCIES):
        notes.append(
            f"Not currencies of ISO 4217, which FOCUS asks for: {clean(', '.join(unknown))}."
        )
    if counted.differ:
        notes.append(
            f"{counted.differ:,} taxes and credits have an effective cost that is not the billed "
            "one. FOCUS forbids that (CAU-EffectiveCost-C-017), but the bill says so, and money is "
            "not changed."
        )
    return notes
