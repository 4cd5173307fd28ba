"""The measures: what is compared with what, and what is hoped for."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tagwright_evals.bench.data import write_allocation, write_charges, write_usage
from tagwright_evals.bench.warm import SCOPED

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Result", "machine", "run"]


@dataclass(frozen=True)
class Result:
    """One measure.

    Attributes:
        name: What was measured.
        rows: Rows of its input.
        ours: Median seconds of our side.
        bare: Median seconds of the bare side.
        peak_mb: Most memory that our side held, in MiB.
        note: What the two sides did.
    """

    name: str
    rows: int
    ours: float
    bare: float
    peak_mb: float
    note: str

    @property
    def ratio(self) -> float:
        """Speed of ours as a part of the bare one's; 1 is as fast."""
        return self.bare / self.ours

    def line(self) -> str:
        """For a terminal of 80 columns."""
        return (
            f"{self.name:<24} {self.rows:>11,} rows  ours {self.ours:8.3f} s  "
            f"bare {self.bare:7.3f} s\n{'':<24} {self.ratio:.2f}x the bare speed, "
            f"{self.peak_mb:,.0f} MiB at most. {self.note}"
        )

    def as_dict(self) -> dict[str, object]:
        """As JSON."""
        return {**asdict(self), "ratio": round(self.ratio, 4)}


def machine() -> str:
    """What it ran on."""
    import duckdb

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return (
        f"{os.cpu_count()} cores, {memory} GiB, {platform.machine()}, Python "
        f"{platform.python_version()}, DuckDB {duckdb.__version__}; load {os.getloadavg()[0]:.1f}"
    )


def run(
    charges: int,
    usage: int,
    repeat: int,
    work: Path | None = None,
    *,
    requests: int = 3_000_000,
    warm: int = 0,
) -> list[Result]:
    """Every measure.

    Args:
        charges: Charges to ingest; 0 leaves that measure out.
        usage: Usage rows to ingest; 0 leaves that measure out.
        repeat: Runs of each side.
        requests: Requests to allocate a thirtieth as many charges by; 0 leaves it out.
        warm: Charges that warm calls of the tools ask about; 0 leaves them out.
        work: Where the data goes; kept there for the next run. Temporary if None.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        results = []
        if charges:
            file = folder / f"charges-{charges}.parquet"
            if not file.exists():
                write_charges(file, charges)
            results += _ingest_charges(file, charges, repeat, folder)
        if usage:
            file = folder / f"usage-{usage}.jsonl"
            if not file.exists():
                write_usage(file, usage)
            results.append(_ingest_usage(file, usage, repeat, folder))
        if requests:
            file = folder / f"allocation-{requests}.duckdb"
            if not file.exists():
                write_allocation(file, requests // 30, requests)
            results.append(_allocate(file, requests, repeat, folder))
        if warm:
            file = folder / f"charges-{warm}.parquet"
            if not file.exists():
                write_charges(file, warm)
            results += _warm(file, warm, repeat, folder)
        return results


def _warm(file: Path, rows: int, repeat: int, folder: Path) -> list[Result]:
    from tagwright.config import load_settings
    from tagwright.ingest import ingest

    home = folder / f"home-{rows}"
    if not (home / "warehouse" / "CURRENT").exists():
        ingest(load_settings(home), [file])
    done = subprocess.run(
        [sys.executable, "-m", "tagwright_evals.bench.warm", str(home), str(10 * repeat)],
        check=True,
        stdout=subprocess.PIPE,
    )
    found = json.loads(done.stdout)
    return [
        Result(
            name, rows, call["ours"], call["bare"], found["peak_mb"],
            "Ours: query_costs of who sees half the teams. Bare: of who sees everything."
            if name == SCOPED
            else f"Ours: the tool with its receipt, {call['own'] * 1000:.1f} ms beside DuckDB. "
            "Bare: SQL on charges, by hand.",
        )
        for name, call in found["calls"].items()
    ]  # fmt: skip


def _ingest_charges(file: Path, rows: int, repeat: int, folder: Path) -> list[Result]:
    ours, bare = _turns(repeat, folder, ("ingest_ours", file), ("copy_bare", file))
    stored = folder / f"stored-{rows}.parquet"
    if not stored.exists():
        _export_charges(file, stored, folder)
    (like,) = _turns(repeat, folder, ("copy_bare", stored))
    told = "promoted, classified, sorted, rolled up, proven, published"
    return [
        Result("ingest charges", rows, ours["seconds"], bare["seconds"], ours["peak_mb"],
               f"Ours: {told}. Bare: the file's columns copied into a table."),
        Result("ingest, same columns", rows, ours["seconds"], like["seconds"], ours["peak_mb"],
               "Bare: the columns that ours stores, copied into a table from a Parquet of them."),
    ]  # fmt: skip


def _allocate(file: Path, rows: int, repeat: int, folder: Path) -> Result:
    ours, bare = _turns(repeat, folder, ("allocate_ours", file), ("group_by_bare", file))
    return Result(
        "allocate by tokens", rows, ours["seconds"], bare["seconds"], ours["peak_mb"],
        f"Ours: {rows // 30:,} shared charges to 40 products, exact. Bare: one GROUP BY of the "
        "requests and one of the charges.",
    )  # fmt: skip


def _ingest_usage(file: Path, rows: int, repeat: int, folder: Path) -> Result:
    ours, bare = _turns(
        repeat, folder, ("ingest_ours", file), ("copy_bare", file), memory_limit="1GB"
    )
    return Result(
        "ingest usage", rows, ours["seconds"], bare["seconds"], ours["peak_mb"],
        "Ours with memory_limit 1GB: typed, priced, promoted, sorted, proven, published. "
        "Bare: read_json into a table, no limit.",
    )  # fmt: skip


def _export_charges(file: Path, stored: Path, folder: Path) -> None:
    """What the ingest stores, as a Parquet file."""
    from tagwright.config import load_settings
    from tagwright.ingest import ingest
    from tagwright.warehouse import open_warehouse

    home = folder / "export"
    settings = load_settings(home)
    ingest(settings, [file])
    current = open_warehouse(settings).current()
    if current is None:
        raise SystemExit("The charges were not ingested.")
    import duckdb

    with duckdb.connect(str(current.path), read_only=True) as con:
        con.execute(f"COPY charges TO '{stored}' (FORMAT parquet, COMPRESSION zstd)")
    shutil.rmtree(home)


def _turns(
    repeat: int, folder: Path, *sides: tuple[str, Path], **settings: str
) -> list[dict[str, float]]:
    """Medians of each side; the sides take turns, so that a busy machine is fair to them."""
    found: list[list[dict[str, float]]] = [[] for _ in sides]
    for _ in range(repeat):
        for index, (name, file) in enumerate(sides):
            found[index].append(_once(name, file, folder, settings))
    return [{key: statistics.median(one[key] for one in runs) for key in runs[0]} for runs in found]


def _once(name: str, file: Path, folder: Path, settings: Mapping[str, str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=folder) as work:
        done = subprocess.run(
            [sys.executable, "-m", "tagwright_evals.bench.side", name, str(file), work],
            check=True,
            stdout=subprocess.PIPE,
            env={**os.environ, **{f"TAGWRIGHT_{k.upper()}": v for k, v in settings.items()}},
        )
    found: dict[str, float] = json.loads(done.stdout)
    return found
