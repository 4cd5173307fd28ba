"""Ingest: find, recognise, read, type, replace partitions, promote, roll up, prove, publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import DataError, SnapshotError, StrangerError
from tagwright.ingest import guard, kind_rows, log, prove, schema, scopes, upsert
from tagwright.ingest.connection import connect
from tagwright.ingest.find import Candidate, find_files, hash_file
from tagwright.ingest.job import Run
from tagwright.ingest.kubernetes import KINDS
from tagwright.ingest.log import nothing_new
from tagwright.ingest.numbers import Need
from tagwright.ingest.pricing import unpriced_notes
from tagwright.ingest.publish import publish
from tagwright.ingest.read import GROUPS, load
from tagwright.ingest.recognise import source_of
from tagwright.ingest.report import CurrencyTotal, FileReport, IngestReport, Replaced
from tagwright.ingest.rows import assemble, type_rows
from tagwright.sources import load_sources, named_source
from tagwright.sources.head import read_head, sql_text
from tagwright.taxonomy import load_taxonomy
from tagwright.warehouse import SnapshotInfo, building, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import duckdb

    from tagwright.config import Settings

    Progress = Callable[[str, int, int], None]

__all__ = ["ingest", "refresh"]

_LAZY = 16
"""Of more files than that each is typed by itself: their views together would be a huge plan."""


def ingest(
    settings: Settings,
    paths: Iterable[str | Path],
    *,
    source: str | None = None,
    again: bool = False,
    instead_of: str | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Read billing exports and publish a new snapshot.

    Whole partitions (source, billing account, billing period) are replaced by what the files
    hold together. Files that cannot be read are reported and the others are published. A file
    that is already there in full, read as it would be read today, changes nothing. A bill that
    another source has given already is refused (:mod:`tagwright.ingest.scopes`).

    Args:
        settings: Where the warehouse is.
        paths: Files, folders, globs, ``file://`` URLs.
        source: Name of the format, where it should not be recognised.
        again: Read anew what is there already.
        instead_of: Name of the source whose charges give way where these files are the same bill.
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
        run = Run(settings, taxonomy, build, con, report, progress or (lambda *_: None))
        run.instead_of = instead_of
        _load_all(run, candidates, source)
        report.snapshot = build.base.id if build.base else None
        if not run.loaded:
            return report
        # What is there may be there beside the same bill of the source that is to give way.
        fixed = not again and instead_of is None and run.current
        if fixed and nothing_new(run.build, run.loaded):
            report.unchanged = True
            return report
        run.progress("typing", 0, len(run.loaded))
        types = _type(run)
        if not run.loaded:
            return report
        if fixed and run.refused and nothing_new(run.build, run.loaded):
            report.unchanged = True
            return report
        _write(run, types)
        report.snapshot = publish(run).id
    return report


def refresh(settings: Settings) -> SnapshotInfo:
    """Give every row its promoted columns and prices anew, after what they are made by changed.

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
        run = Run(settings, taxonomy, build, con, IngestReport(), lambda *_: None)
        if run.current:
            with build.warehouse.open():  # a snapshot whose file is gone or cut is not up to date
                return build.base
        before = _attach(run)
        con.execute("BEGIN")
        run.repromote()
        con.execute("COMMIT")
        if prove.totals(con) != before:
            raise SnapshotError("Totals changed while tags were promoted; nothing was published.")
        return publish(run)


def _load_all(run: Run, candidates: list[Candidate], source: str | None) -> None:
    """Read each file as text; what cannot be read is reported and passed over."""
    sources, run.report.warnings = load_sources()
    if run.instead_of is not None:
        named_source(sources, run.instead_of)
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
            loaded = load(run.con, head, source_of(sources, head, source, file), first + index)
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


def _next_number(run: Run) -> int:
    if run.build.base is None:
        return 1
    with run.build.warehouse.open() as snapshot:
        return int(snapshot.query("SELECT COALESCE(max(id), 0) + 1 FROM files").rows[0][0])


def _attach(run: Run) -> list[tuple[object, ...]]:
    """Attach a copy of the base, in use from then on; its totals."""
    run.build.copy_base()
    run.con.execute(f"ATTACH {sql_text(str(run.build.path))} AS snap (STORAGE_VERSION 'v1.5.0')")
    run.con.execute("USE snap")
    if run.build.base is None:
        return []
    schema.upgrade(run.con, run.taxonomy)
    return prove.totals(run.con)


def _type(run: Run) -> dict[str, tuple[str, int]]:
    """Type the rows of each file, and refuse the bills that another source has given already.

    Returns:
        SQL type and scale of each kind of decimals.
    """
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
        file.examples = log.examples((r.line, r.column, r.reason) for r in rejects)
        if kind is None:
            file.totals = [log.total(row) for row in prove.raw_totals(con, loaded, types)]
            file.charges = sum(total.charges for total in file.totals)
    _refuse_second_bills(run)
    return types


def _refuse_second_bills(run: Run) -> None:
    clashes = scopes.find_clashes(
        run.con,
        [loaded for loaded, _, _ in run.loaded],
        run.instead_of,
        fresh=run.build.base is None,
    )
    for loaded, file, _ in run.loaded:
        if found := clashes.get(loaded.number):
            file.error = scopes.words_of(file.path, file.source, found)
            file.charges, file.rejected, file.totals, file.examples = 0, 0, [], []
    run.refused = bool(clashes)
    run.loaded = [item for item in run.loaded if item[0].number not in clashes]
    run.rejects = [item for item in run.rejects if item[0] not in clashes]


def _write(run: Run, types: dict[str, tuple[str, int]]) -> None:
    """Replace partitions, in one transaction."""
    con = run.con
    fresh = run.build.base is None
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
    failed = [log.absolute(file) for file in run.report.files if file.error]
    if failed and not fresh:
        guard.keep_whole(con, failed)
    if not fresh:
        whole = log.whole_files(con)
        known = [loaded.number for loaded, _, digest in run.loaded if digest in whole]
        guard.keep_parts(con, known, [digest for _, _, digest in run.loaded])
    run.progress("writing", 0, 1)
    con.execute("BEGIN")
    displaced = not fresh and _displace(run)
    untouched = guard.untouched(con) if not fresh else []
    if fresh:
        schema.create_tables(con, run.taxonomy)
    elif not run.current:
        schema.widen(con, types)
        run.repromote()
    elif schema.widen(con, types):
        schema.rebuild_cubes(con, run.taxonomy)
    _replace(run)
    if displaced:
        schema.rebuild_cubes(con, run.taxonomy)
    if not fresh and guard.untouched(con) != untouched:
        raise SnapshotError(
            "Charges that these files do not restate would have changed; nothing was published.",
            hint="This is a fault in Tagwright; report it.",
        )
    con.execute("COMMIT")


def _count_beside(run: Run) -> None:
    """Rows beside charges of each file, those that repeat others of these files passed over."""
    for kind in KINDS.values():
        read = [(item, file) for item, file, _ in run.loaded if item.staged.table == kind.name]
        passed = upsert.pass_over(run.con, kind) if read else {}
        for loaded, file in read:
            if again := passed.get(loaded.number):
                file.notes.append(f"{again:,} of its rows come again in these files: counted once.")
            run.sums[loaded.number] = kind_rows.raw_sums(run.con, kind, loaded)
            setattr(file, kind.name, run.sums[loaded.number][0])


def _replace(run: Run) -> None:
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
            *run.report.replaced,
            *(
                Replaced(account, str(period)[:10], totals, after.get((account, period), []))
                for (account, period), totals in sorted(before.items(), key=str)
            ),
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
    log.write(run.con, run.loaded, run.rejects)


def _displace(run: Run) -> bool:
    """Drop what the source that gives way has of the same bills; whether it had any."""
    if run.instead_of is None:
        return False
    gone: dict[tuple[str, str], list[CurrencyTotal]] = {}
    for account, period, *row in scopes.displace(run.con, run.instead_of):
        gone.setdefault((str(account), str(period)[:10]), []).append(log.total(row))
    run.report.replaced = [
        Replaced(account, period, totals, [], run.instead_of)
        for (account, period), totals in gone.items()
    ]
    return bool(gone)


def _by_partition(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, object], list[CurrencyTotal]]:
    using = ", ".join(f'"{name}"' for name in schema.PARTITION)
    found: dict[tuple[str, object], list[CurrencyTotal]] = {}
    rows = con.execute(
        f'SELECT "BillingAccountId", "BillingPeriodStart", {prove.SUMS.removeprefix("SELECT ")} '
        f"FROM charges SEMI JOIN changed USING ({using}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for row in rows:
        found.setdefault((row[0], row[1]), []).append(log.total(row[2:]))
    return found
