"""What it costs to start: CPU of a verb, from nothing to its end, against bare libraries.

CPU time (user and system) and not the clock, because a busy machine stretches the clock; both
sides take turns, and the least of each counts.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from tagwright_evals.bench.data import write_charges

__all__ = ["Start", "starts"]

BARE = ["-c", "import duckdb, pydantic, sqlalchemy"]
_CLI = ["-c", "from tagwright_agent.cli import main; main()"]
_BARE_SERVER = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("bare", log_level="WARNING")
@server.tool()
def one(days: int = 30) -> dict[str, str]:
    "One."
    return {}
server.run("stdio")
"""
_VERBS: dict[str, tuple[list[str], float]] = {
    "--help": (["--help"], 0.6),
    "tool query_costs": (["tool", "query_costs"], 2.0),
    "ask": (["ask", "total effective cost by service in 2026-09"], 2.5),
    "ask, nothing kept": (["ask", "total effective cost by service in 2026-09"], 2.5),
}
"""Arguments, and the ratio that is hoped for. Each is a first question: what the home keeps of
questions is put back before it to what the ingest left, or taken away."""

_HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}


@dataclass(frozen=True)
class Start:
    """One start.

    Attributes:
        name: What was started.
        ours: Least CPU seconds of it.
        bare: Least CPU seconds of what it is held against.
        hoped: The ratio that is hoped for.
        against: What it is held against.
    """

    name: str
    ours: float
    bare: float
    hoped: float
    against: str

    @property
    def ratio(self) -> float:
        """CPU of ours in that of the bare one."""
        return self.ours / self.bare

    def line(self) -> str:
        """For a terminal of 80 columns."""
        return (
            f"start: {self.name:<17} {self.ratio:5.2f}x (hoped: {self.hoped:.2f}x)  "
            f"ours {self.ours:.2f} CPU s, bare {self.bare:.2f}\n{'':<24} Bare: {self.against}."
        )

    def as_dict(self) -> dict[str, object]:
        """As JSON."""
        return {**asdict(self), "ratio": round(self.ratio, 4)}


def starts(repeat: int) -> list[Start]:
    """Every start, each side ``repeat`` times after one run that is not counted."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        kept = _small_home(home)
        commands = {name: [*_CLI, *given] for name, (given, _) in _VERBS.items()}
        least = dict.fromkeys(["", *commands, "mcp", "server"], float("inf"))
        for turn in range(repeat + 1):
            took = {"": _cpu(BARE, home)}
            for name, command in commands.items():
                _put_back(home, kept if "nothing kept" not in name else {})
                took[name] = _cpu(command, home)
            took["mcp"] = _cpu(["-m", "tagwright_mcp"], home, listing=True)
            took["server"] = _cpu(["-c", _BARE_SERVER], home, listing=True)
            if turn:  # the first writes the bytecode and fills the disk's cache
                least = {name: min(least[name], seconds) for name, seconds in took.items()}
    libraries = f"python {BARE[0]} {BARE[1]!r}"
    found = [
        Start(name, least[name], least[""], hoped, libraries) for name, (_, hoped) in _VERBS.items()
    ]
    server = "an MCPServer with one tool, to tools/list"
    return [*found, Start("mcp, tools/list", least["mcp"], least["server"], 1.15, server)]


def _small_home(home: Path) -> dict[str, bytes]:
    """A home with 3,000 charges, so that starting is what takes the time; what it keeps."""
    from tagwright_agent.cli import main

    file = home / "charges.parquet"
    write_charges(file, 3000)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = main(["ingest", str(file), "--home", str(home), "--json"])
    if status or json.loads(said.getvalue())["rejected"]:
        raise SystemExit("The charges of the start-up measure were not ingested whole.")
    return {path.name: path.read_bytes() for path in home.glob("*.json")}


def _put_back(home: Path, kept: dict[str, bytes]) -> None:
    """Make the files that only save time those: all others of them go."""
    for path in home.glob("*.json"):
        path.unlink()
    for name, content in kept.items():
        (home / name).write_bytes(content)


def _cpu(arguments: list[str], home: Path, *, listing: bool = False) -> float:
    """CPU seconds of a Python process and what it started, until it has ended."""
    environment = {**os.environ, "TAGWRIGHT_HOME": str(home)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdin is not None  # noqa: S101  both are pipes
    assert process.stdout is not None  # noqa: S101
    if listing:
        for message in (
            {"id": 0, "method": "initialize", "params": _HELLO},
            {"method": "notifications/initialized"},
            {"id": 1, "method": "tools/list"},
        ):
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            process.stdin.flush()
            if message.get("id") == 0:
                process.stdout.readline()
        json.loads(process.stdout.readline())["result"]["tools"]
    process.stdin.close()
    process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments[-1]!r} ended with status {process.returncode}.")
    return usage.ru_utime + usage.ru_stime
