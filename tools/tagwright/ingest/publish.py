"""The last step of an ingest: the new file is closed, opened again, proven, and made current."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tagwright.classification import load_rules
from tagwright.errors import SnapshotError
from tagwright.ingest import log, prove, upsert
from tagwright.ingest.kubernetes import KINDS
from tagwright.metrics import cubes
from tagwright.sources.head import sql_text
from tagwright.warehouse import SnapshotInfo, contents_of

if TYPE_CHECKING:
    from tagwright.ingest.job import Run

__all__ = ["publish"]


def publish(run: Run) -> SnapshotInfo:
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
        if [log.total(row) for row in rows] != file.totals or (
            kind and upsert.stored_sums(con, kind, loaded.number) != run.sums[loaded.number]
        ):
            raise SnapshotError(
                f"{file.path}: what was written does not add up to what was read; nothing was "
                "published.",
                hint="This is a fault in Tagwright; report it with the file's header.",
            )
    prove.cubes_equal(con, [cube.name for cube in cubes(run.taxonomy)])
    contents = contents_of(con)
    con.execute("USE memory")
    con.execute("DETACH snap")
    base = run.build.base
    info = SnapshotInfo(
        id="",
        path=run.build.path,
        bytes=0,
        sha256="",
        published_at=base.published_at if base else dt.datetime.now(dt.UTC),
        taxonomy_digest=run.taxonomy.digest,
        **contents,
        rules_digest=load_rules().digest,
        prices=log.prices_of(run.settings, contents["usage"]),
    )
    return run.build.publish(info)
