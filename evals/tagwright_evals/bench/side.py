"""One side of one measure, in a process of its own: ``python -m tagwright_evals.bench.side``."""

from __future__ import annotations

import importlib
import json
import re
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SIDES"]


def ingest_ours(file: Path, work: Path) -> None:
    """``tagwright ingest`` into an empty home: the whole of it, to the published snapshot."""
    from tagwright.config import load_settings
    from tagwright.ingest import ingest

    report = ingest(load_settings(work / "home"), [file])
    if report.failed or report.rejected:
        raise SystemExit(f"{file} was not ingested whole.")


def copy_bare(file: Path, work: Path) -> None:
    """DuckDB copies the file into a table."""
    import duckdb

    reader = "read_parquet" if file.suffix == ".parquet" else "read_json"
    with duckdb.connect(str(work / "bare.duckdb")) as con:
        con.execute(f"CREATE TABLE t AS SELECT * FROM {reader}('{file}')")
        con.execute("CHECKPOINT")


def allocate_ours(home: Path, work: Path) -> None:
    """``allocate`` a month of shared charges to customers, by the tokens of their requests."""
    del work
    from tagwright.allocation import allocate, load_rules
    from tagwright.config import load_settings
    from tagwright.context import open_context
    from tagwright_evals.bench.shared import DIMENSION, PERIOD

    settings = load_settings(home)
    with open_context(settings) as ctx:
        found = allocate(ctx, load_rules(settings), dimension=DIMENSION, period=ctx.period(PERIOD))
        charged = ctx.snapshot.query('SELECT SUM("EffectiveCost") FROM charges').rows[0][0]
    if found.totals != {"USD": charged} or len(found.lines) < 2:
        raise SystemExit("The allocation does not add up.")


def group_bare(home: Path, work: Path) -> None:
    """One GROUP BY over the same requests, by the same day and customer, of the same tokens."""
    del work
    from tagwright.config import load_settings
    from tagwright.context import open_context
    from tagwright_evals.bench.shared import BARE

    with open_context(load_settings(home)) as ctx:
        ctx.snapshot.query(BARE)


_BOTH = ("duckdb", "tagwright.config", "tagwright.context", "tagwright.warehouse")
_IMPORTS = {
    "allocate_ours": (
        *_BOTH,
        *("sqlglot.dialects.duckdb", "sqlglot.generators.duckdb", "yaml"),
        *("tagwright.allocation", "tagwright.metrics", "tagwright.periods", "tagwright.taxonomy"),
    ),
    "group_bare": _BOTH,
}
"""What a side needs that is no part of the work: loaded before the clock starts."""

SIDES: dict[str, Callable[[Path, Path], None]] = {
    "ingest_ours": ingest_ours,
    "copy_bare": copy_bare,
    "allocate_ours": allocate_ours,
    "group_bare": group_bare,
}


def _main(name: str, file: str, work: str) -> None:
    for module in _IMPORTS.get(name, ()):
        importlib.import_module(module)
    started, cpu = time.perf_counter(), time.process_time()
    SIDES[name](Path(file), Path(work))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """Most memory this process ever held, in MiB; not its parent's, as ``getrusage`` has it."""
    status = Path("/proc/self/status")
    if not status.exists():  # macOS
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    return int(peak.group(1)) / 1024 if peak else 0.0


if __name__ == "__main__":
    _main(*sys.argv[1:])
