"""Ingest: find, recognise, read, type, replace partitions, promote, roll up, prove, publish."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagwright.classification import load_rules
from tagwright.errors import DataError, SnapshotError, StrangerError
from tagwright.ingest import guard, kind_rows, ledger, prove, schema, upsert
from tagwright.ingest.connection import connect
from tagwright.ingest.find import Candidate, find_files, hash_file
from tagwright.ingest.kubernetes import KINDS
from tagwright.ingest.ledger import is_current, nothing_new
from tagwright.ingest.numbers import Need
from tagwright.ingest.pricing import load_book, priced, unpriced_notes
from tagwright.ingest.read import GROUPS, Loaded, load
from tagwright.ingest.report import CurrencyTotal, FileReport, IngestReport, Replaced
from tagwright.ingest.rows import assemble, type_rows
from tagwright.metrics import cubes
from tagwright.sources import CERTAIN, Reject, find_source, load_sources
from tagwright.sources.head import read_head, sql_text
from tagwright.taxonomy import load_taxonomy
from tagwright.warehouse import Build, SnapshotInfo, building, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import duckdb

    from tagwright.config import Settings
    from tagwright.ingest.kinds import Kind
    from tagwright.sources import Head, Source
    from tagwright.taxonomy import Taxonomy

    Progress = Callable[[str, int, int], None]

__all__ = ["ingest", "refresh"]

_LAZY = 16
"""Of more files than that each is typed by itself: their views together would be a huge plan."""


@dataclass
class _Run:
    """What one ingest knows as it goes."""

    settings: Settings
    taxonomy: Taxonomy
    build: Build
    con: duckdb.DuckDBPyConnection
    report: IngestReport
    progress: Progress
    loaded: list[tuple[Loaded, FileReport, str]] = field(default_factory=list)
    rejects: list[tuple[int, Reject]] = field(default_factory=list)
    sums: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    def repromote(self) -> None:
        """What is made of rows made anew, in every table."""
        schema.repromote(self.con, self.taxonomy)
        for kind in KINDS.values():
            upsert.repromote(self.con, kind, self.taxonomy, self.enrich)

    def enrich(self, con: duckdb.DuckDBPyConnection, kind: Kind, rows: str) -> str:
        """Rows beside charges with their kind's extra columns: prices, for usage."""
        return priced(con, load_book(self.settings), rows) if kind.name == "usage" else rows


def ingest(
    settings: Settings,
    paths: Iterable[str | Path],
    *,
    source: str | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Read billing exports and publish a new snapshot.

    Whole partitions (source, billing account, billing period) are replaced by what the files
    hold together. Files that cannot be read are reported and the others are published. A file
    that is already there in full, under the same taxonomy, changes nothing.

    Args:
        settings: Where the warehouse is.
        paths: Files, folders, globs, ``file://`` URLs.
        source: Name of the format, where it should not be recognised.
        progress: Called with what is being done, how far, and of how much.

    Raises:
        MisuseError: No such file or format.
        BusyError: Another ingest is running.
        SnapshotError: The current snapshot is missing or corrupt, or the new one failed its proof.
        TagwrightError: The home directory cannot be written.
    """
    candidates = find_files(paths)
    taxonomy = load_taxonomy(settings)
    report = IngestReport()
    with (
        building(open_warehouse(settings)) as build,
        connect(settings, build.scratch) as con,
    ):
        run = _Run(settings, taxonomy, build, con, report, progress or (lambda *_: None))
        _load_all(run, candidates, source)
        report.snapshot = build.base.id if build.base else None
        if not run.loaded:
            return report
        if nothing_new(run.build, run.taxonomy, run.loaded):
            report.unchanged = True
            return report
        run.progress("typing", 0, len(run.loaded))
        _write(run)
        report.snapshot = _publish(run).id
    return report


def refresh(settings: Settings) -> SnapshotInfo:
    """Give every charge its promoted columns anew, after the taxonomy or the rules changed.

    Raises:
        SnapshotError: There is no snapshot, or it is missing or corrupt.
        BusyError: An ingest is running.
    """
    taxonomy = load_taxonomy(settings)
    with (
        building(open_warehouse(settings)) as build,
        connect(settings, build.scratch) as con,
    ):
        if build.base is None:
            raise SnapshotError("There is no data yet.", hint="Run `tagwright ingest PATH`.")
        if is_current(build.base, taxonomy):
            return build.base
        run = _Run(settings, taxonomy, build, con, IngestReport(), lambda *_: None)
        before = _attach(run)
        con.execute("BEGIN")
        run.repromote()
        con.execute("COMMIT")
        if prove.totals(con) != before:
            raise SnapshotError("Totals changed while tags were promoted; nothing was published.")
        return _publish(run)


def _load_all(run: _Run, candidates: list[Candidate], source: str | None) -> None:
    """Read each file as text; what cannot be read is reported and passed over."""
    sources, run.report.warnings = load_sources()
    first = _next_number(run)
    seen: dict[str, Path] = {}
    for index, candidate in enumerate(candidates):
        run.progress("reading", index, len(candidates))
        file = FileReport(str(candidate.path))
        run.report.files.append(file)
        try:
            head = read_head(run.con, candidate.path)
            digest = hash_file(candidate.path)
            if digest in seen:
                file.skipped = f"the same content as {seen[digest]}"
                continue
            loaded = load(run.con, head, _source_of(sources, head, source), first + index)
        except DataError as error:
            # What someone keeps beside their bills is no failure; a bill that is damaged is.
            if candidate.named or not isinstance(error, StrangerError):
                file.error = str(error)
            else:
                file.skipped = error.message.removeprefix(f"{candidate.path}: ")
            continue
        seen[digest] = candidate.path
        file.source, file.version = loaded.source.name, loaded.staged.version
        file.notes = [*loaded.staged.notes, *loaded.notes]
        run.loaded.append((loaded, file, digest))


def _source_of(sources: dict[str, Source], head: Head, name: str | None) -> Source:
    """The source that reads this file.

    Raises:
        StrangerError: None does, or it only looks a little like one.
        DataError: It is one, and lacks columns.
    """
    found = find_source(sources, head, name)
    if found is None:
        raise StrangerError(
            f"{head.path}: no billing export that is known here (its columns begin with "
            f"{', '.join(head.columns[:4])}).",
            hint=f"Known formats: {', '.join(sources)}.",
        )
    if missing := found.missing(head):
        sure = name is not None or found.recognise(head) >= CERTAIN
        raise (DataError if sure else StrangerError)(
            f"{head.path}: lacks the columns {', '.join(missing)}.",
            hint=f"It was taken for {found.name}; export it with these columns.",
        )
    return found


def _next_number(run: _Run) -> int:
    if run.build.base is None:
        return 1
    with run.build.warehouse.open() as snapshot:
        return int(snapshot.query("SELECT COALESCE(max(id), 0) + 1 FROM files").rows[0][0])


def _attach(run: _Run) -> list[tuple[object, ...]]:
    """Attach a copy of the base, in use from then on; its totals."""
    run.build.copy_base()
    run.con.execute(f"ATTACH {sql_text(str(run.build.path))} AS snap (STORAGE_VERSION 'v1.5.0')")
    run.con.execute("USE snap")
    if run.build.base is None:
        return []
    schema.upgrade(run.con, run.taxonomy)
    return prove.totals(run.con)


def _write(run: _Run) -> None:
    """Type the rows and replace partitions, in one transaction."""
    con = run.con
    _attach(run)
    fresh = run.build.base is None
    needs = dict.fromkeys(GROUPS, Need()) if fresh else schema.base_needs(con)
    for loaded, _, _ in run.loaded:
        needs = {kind: needs[kind].plus(loaded.needs[kind]) for kind in GROUPS}
    types = schema.decimal_types(needs)
    guard.no_rounding(con, types, fresh=fresh)
    lazy = len(run.loaded) <= _LAZY
    for index, (loaded, file, _) in enumerate(run.loaded):
        run.progress("typing", index, len(run.loaded))
        kind = KINDS.get(loaded.staged.table)
        rejects = (
            kind_rows.type_rows(con, kind, loaded)
            if kind
            else type_rows(con, loaded, types, lazy=lazy)
        )
        run.rejects.extend((loaded.number, reject) for reject in rejects)
        file.rejected = len(rejects)
        file.examples = ledger.examples((r.line, r.column, r.reason) for r in rejects)
        if kind is None:
            file.totals = [ledger.total(row) for row in prove.raw_totals(con, loaded, types)]
            file.charges = sum(total.charges for total in file.totals)
    assemble(
        con,
        [loaded.number for loaded, _, _ in run.loaded if loaded.staged.table == "charges"],
        [*schema.column_types(types), "x_faults VARCHAR"],
    )
    _count_beside(run)
    names = ", ".join(f'"{name}"' for name in schema.PARTITION)
    con.execute(
        f"CREATE TEMP TABLE changed AS SELECT DISTINCT {names} FROM incoming WHERE x_faults IS NULL"
    )
    failed = [ledger.absolute(file) for file in run.report.files if file.error]
    if failed and not fresh:
        guard.keep_whole(con, failed)
    run.progress("writing", 0, 1)
    con.execute("BEGIN")
    untouched = guard.untouched(con) if not fresh else []
    if fresh:
        schema.create_tables(con, run.taxonomy)
    elif run.build.base and not is_current(run.build.base, run.taxonomy):
        schema.widen(con, types)
        run.repromote()
    elif schema.widen(con, types):
        schema.rebuild_cubes(con, run.taxonomy)
    _replace(run)
    if not fresh and guard.untouched(con) != untouched:
        raise SnapshotError(
            "Charges that these files do not restate would have changed; nothing was published.",
            hint="This is a fault in Tagwright; report it.",
        )
    con.execute("COMMIT")


def _count_beside(run: _Run) -> None:
    """Rows beside charges of each file, those that repeat others of these files passed over."""
    for kind in KINDS.values():
        read = [(item, file) for item, file, _ in run.loaded if item.staged.table == kind.name]
        passed = upsert.pass_over(run.con, kind) if read else {}
        for loaded, file in read:
            if again := passed.get(loaded.number):
                file.notes.append(f"{again:,} of its rows come again in these files: counted once.")
            run.sums[loaded.number] = kind_rows.raw_sums(run.con, kind, loaded)
            setattr(file, kind.name, run.sums[loaded.number][0])


def _replace(run: _Run) -> None:
    con = run.con
    if run.build.base is None:
        schema.write_first(con, run.taxonomy)
    else:
        before = _by_partition(con)
        same = " AND ".join(f'c."{name}" = changed."{name}"' for name in schema.PARTITION)
        con.execute(f"DELETE FROM charges AS c USING changed WHERE {same}")
        schema.append(con, run.taxonomy)
        after = _by_partition(con)
        run.report.replaced = [
            Replaced(account, str(period)[:10], before[account, period], after[account, period])
            for account, period in sorted(before, key=str)
        ]
    read = {loaded.staged.table for loaded, _, _ in run.loaded}
    for kind in KINDS.values():
        if kind.name in read:
            told = upsert.upsert(con, kind, run.taxonomy, run.enrich)
            for loaded, file, _ in run.loaded:
                file.notes += told.get(loaded.number, [])
    if "usage" in read:
        for loaded, file, _ in run.loaded:
            file.notes += unpriced_notes(con, loaded.number)
    ledger.write(run.con, run.loaded, run.rejects)


def _by_partition(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, object], list[CurrencyTotal]]:
    using = ", ".join(f'"{name}"' for name in schema.PARTITION)
    found: dict[tuple[str, object], list[CurrencyTotal]] = {}
    rows = con.execute(
        f'SELECT "BillingAccountId", "BillingPeriodStart", {prove.SUMS.removeprefix("SELECT ")} '
        f"FROM charges SEMI JOIN changed USING ({using}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for row in rows:
        found.setdefault((row[0], row[1]), []).append(ledger.total(row[2:]))
    return found


def _publish(run: _Run) -> SnapshotInfo:
    """Prove the new file equal to what was read, and make it current."""
    con = run.con
    con.execute("DELETE FROM snapshot_meta")
    con.executemany(
        "INSERT INTO snapshot_meta VALUES (?, ?)",
        [("taxonomy_digest", run.taxonomy.digest), ("format", "1")],
    )
    con.execute("CHECKPOINT snap")
    con.execute("USE memory")
    con.execute("DETACH snap")
    run.progress("proving", 0, 1)
    con.execute(f"ATTACH {sql_text(str(run.build.path))} AS snap (READ_ONLY)")
    con.execute("USE snap")
    for loaded, file, _ in run.loaded:
        rows = con.execute(
            f"{prove.SUMS} FROM charges WHERE x_file = {loaded.number} {prove.GROUP}"
        ).fetchall()
        kind = KINDS.get(loaded.staged.table)
        if [ledger.total(row) for row in rows] != file.totals or (
            kind and upsert.stored_sums(con, kind, loaded.number) != run.sums[loaded.number]
        ):
            raise SnapshotError(
                f"{file.path}: what was written does not add up to what was read; nothing was "
                "published.",
                hint="This is a fault in Tagwright; report it with the file's header.",
            )
    prove.cubes_equal(con, [cube.name for cube in cubes(run.taxonomy)])
    count, start, end, currencies = con.execute(
        'SELECT count(*), min(CAST("ChargePeriodStart" AS DATE)), '
        'max(CAST("ChargePeriodStart" AS DATE)) + 1, '
        'list_sort(list(DISTINCT "BillingCurrency")) FROM charges'
    ).fetchall()[0]
    rows_of = {
        kind.name: int(con.execute(f"SELECT count(*) FROM {kind.table}").fetchall()[0][0])
        for kind in KINDS.values()
    }
    con.execute("USE memory")
    con.execute("DETACH snap")
    base = run.build.base
    info = SnapshotInfo(
        id="",
        path=run.build.path,
        bytes=0,
        sha256="",
        published_at=base.published_at if base else dt.datetime.now(dt.UTC),
        charges=int(count),
        data_start=start,
        data_end=end.date() if isinstance(end, dt.datetime) else end,
        currencies=tuple(currencies or ()),
        taxonomy_digest=run.taxonomy.digest,
        **rows_of,
        rules_digest=load_rules().digest,
    )
    return run.build.publish(info)
