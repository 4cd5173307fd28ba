"""Processes of Python that begin the same thing at the same moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

__all__ = ["at_once"]


def at_once(code: str, arguments: Sequence[Sequence[str]]) -> list[str]:
    """What each process printed after ``ready``; one for each list of arguments, and all end well.

    The code prints ``ready`` once all is loaded, reads a line, and then begins.
    """
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, *given],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for given in arguments
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=60)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(workers)
    return said
