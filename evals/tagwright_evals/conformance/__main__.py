"""Both revisions of the suite, the inspector and the scanner, against our MCP server."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tagwright.text import shorten
from tagwright_evals.conformance.judges import inspected, scanned
from tagwright_evals.conformance.suite import REVISIONS, Tools, run_suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagwright_evals.conformance.suite import Scenario

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 where a scored scenario fails, or a judge finds something."""
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("--node", type=Path, required=True, help="Node.js, 22 or newer")
    parser.add_argument("--packages", type=Path, required=True, help="node_modules of the judges")
    parser.add_argument("--scanner", type=Path, required=True, help="folder of mcp-scanner")
    given = parser.parse_args(arguments)
    tools = Tools(given.node.absolute(), given.packages.absolute(), given.scanner.absolute())
    failed = False
    with _serving() as url:
        for revision in REVISIONS:
            with tempfile.TemporaryDirectory() as folder:
                found = run_suite(tools, url, revision, Path(folder))
            failed |= _told(revision, found)
    for name, faults in (("inspector", inspected(tools)), ("mcp-scanner", scanned(tools))):
        print(f"{name}: {'nothing found' if not faults else ''}")  # noqa: T201  a command's output
        for fault in faults:
            print(f"  {fault}")  # noqa: T201
        failed |= bool(faults)
    return 1 if failed else 0


@contextlib.contextmanager
def _serving() -> Iterator[str]:
    """The server with the fixtures in a process of its own; its URL."""
    command = [sys.executable, "-m", "tagwright_evals.conformance.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.kill()


def _told(revision: str, found: Sequence[Scenario]) -> bool:
    """Print the revision's result; whether one that counts failed."""
    scored = [item for item in found if not item.unscored]
    whole = [item for item in scored if not item.failed]
    checks = sum(item.passed for item in scored)
    print(f"{revision}: {len(whole)} of {len(scored)} scenarios, {checks} checks passed")  # noqa: T201
    for item in found:
        for fault in item.failed:
            why = f" (not scored: {item.unscored})" if item.unscored else ""
            print(f"  {item.name}{why}: {shorten(fault, 200)}")  # noqa: T201
    return len(whole) < len(scored)


if __name__ == "__main__":
    sys.exit(main())
