"""The installed tools served over HTTP by a process, and what processes it leaves."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["alive", "children", "gone", "memory", "serving"]


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The installed tools over HTTP on a free port, to as many requests as come."""
    rates = dict.fromkeys(("TAGWRIGHT_MCP__PERSON_RATE", "TAGWRIGHT_MCP__ADDRESS_RATE"), "1000000")
    process = subprocess.Popen(
        [sys.executable, "-m", "tagwright_mcp", "--home", str(home), "--http", "127.0.0.1:0"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **rates},
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "listening on" in line
        yield line.split()[-1], process
    finally:
        process.terminate()
        process.communicate(timeout=15)


def alive(pid: int) -> bool:
    """Whether there is such a process that still does something."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid: int) -> list[int]:
    """The living children of a process: its workers."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(one) for one in path.read_text().split()]
    return [one for one in found if alive(one)]


def gone(pids: list[int]) -> bool:
    """Whether they all end within some seconds."""
    for _ in range(200):
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()
