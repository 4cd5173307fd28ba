"""A server of ours in a process of its own, on a small home: what the measures of load share."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tagwright_evals.bench.data import write_charges

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["resident", "serving", "small_home"]


def small_home(home: Path) -> None:
    """A home with 3,000 charges: what is measured is the server, not the query."""
    from tagwright.config import load_settings
    from tagwright.ingest import ingest

    file = home / "charges.parquet"
    write_charges(file, 3000)
    if ingest(load_settings(home), [file]).rejected:
        raise SystemExit("The charges of the measure were not ingested whole.")


@contextmanager
def serving(arguments: list[str], **environment: str) -> Iterator[tuple[int, str]]:
    """A Python process that prints its URL: its id, and that."""
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    try:
        assert process.stdout is not None  # noqa: S101  a pipe
        yield process.pid, _url_in(process.stdout)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _url_in(said: IO[str]) -> str:
    last = ""
    for line in said:
        last = line.strip() or last
        if found := re.search(r"http://[\w.:]+/\S*", line):
            threading.Thread(target=said.read, daemon=True).start()  # else the pipe fills
            return found[0].rstrip(".")
    raise SystemExit(f"A process of the measure did not start: {last}")


def resident(pid: int) -> float:
    """MiB of memory of a process and its children; 0 where the system does not tell (macOS)."""
    return sum(_kib(path) for path in Path("/proc").glob("[0-9]*/status") if _of(path, pid)) / 1024


def _of(status: Path, pid: int) -> bool:
    found = re.search(r"PPid:\s+(\d+)", _text(status))
    return status.parent.name == str(pid) or (found is not None and int(found[1]) == pid)


def _kib(status: Path) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", _text(status))
    return int(found[1]) if found else 0


def _text(status: Path) -> str:
    try:
        return status.read_text(encoding="utf-8")
    except OSError:  # it has ended meanwhile
        return ""
