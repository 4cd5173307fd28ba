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

__all__ = ["SIDES", "peak_mb"]


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


_RULES = """
rules:
  - id: shared
    match: [{dimension: service_provider_name, values: [AWS]}]
    by: tokens
    to: [product]
"""


def allocate_ours(file: Path, work: Path) -> None:
    """All shared charges to products by tokens, exactly."""
    import datetime as dt

    import duckdb

    from tagwright.allocation import parse_rules
    from tagwright.allocation.statement import LINE, Statement
    from tagwright.config import load_settings
    from tagwright.metrics import Catalogue
    from tagwright.results import Period
    from tagwright.taxonomy import load_taxonomy

    taxonomy = load_taxonomy(load_settings(work))
    statement = Statement(
        parse_rules(_RULES),
        taxonomy.keys["product"],
        "EffectiveCost",
        9,
        period=Period(start=dt.date(2026, 10, 1), end=dt.date(2026, 11, 1), label="2026-10"),
        filters=(),
        catalogue=Catalogue(taxonomy),
        taxonomy=taxonomy,
    )
    with duckdb.connect(str(file), read_only=True) as con:
        rows = con.execute(statement.lines(), statement.params).fetchall()
        [(whole,)] = con.execute('SELECT SUM("EffectiveCost") FROM charges').fetchall()
    if sum(int(row[10]) for row in rows if row[0] == LINE) != int(whole.scaleb(9)):
        raise SystemExit("The allocation does not add up.")


def group_by_bare(file: Path, work: Path) -> None:
    """One GROUP BY over the same rows: tokens by day and product, charges by day and service."""
    import duckdb

    del work
    day = 'CAST("ChargePeriodStart" AS DATE)'
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute(
            f"SELECT {day}, x_product, SUM(input_uncached_tokens + cache_read_tokens + "
            "cache_write_tokens + cache_write_1h_tokens + output_tokens) FROM usage GROUP BY ALL"
        ).fetchall()
        con.execute(
            f'SELECT {day}, "ServiceName", SUM("EffectiveCost") FROM charges GROUP BY ALL'
        ).fetchall()


IMPORTS = {
    "ingest_ours": ("duckdb", "tagwright.ingest"),
    "copy_bare": ("duckdb",),
    "allocate_ours": ("duckdb", "tagwright.allocation", "tagwright.metrics", "tagwright.taxonomy"),
    "group_by_bare": ("duckdb",),
}
"""What each side loads before the clock starts: how fast Python imports is another measure."""

SIDES: dict[str, Callable[[Path, Path], None]] = {
    "ingest_ours": ingest_ours,
    "copy_bare": copy_bare,
    "allocate_ours": allocate_ours,
    "group_by_bare": group_by_bare,
}


def _main(name: str, file: str, work: str) -> None:
    for module in IMPORTS[name]:
        importlib.import_module(module)
    started, cpu = time.perf_counter(), time.process_time()
    SIDES[name](Path(file), Path(work))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak_mb()}))


def peak_mb() -> float:
    """Most memory this process ever held, in MiB; not its parent's, as ``getrusage`` has it."""
    status = Path("/proc/self/status")
    if not status.exists():  # macOS
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    return int(peak.group(1)) / 1024 if peak else 0.0


if __name__ == "__main__":
    _main(*sys.argv[1:])
