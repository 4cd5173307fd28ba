"""``tagwright mcp --http`` under many clients: errors, growth, and how long a client waits.

Fifty real MCP clients in processes of their own ask one server of a small home, each the next
question as soon as it has the last answer, as a closed loop. The model: one answer takes the
server ``S`` (what one client alone waits), it has so much CPU to give and no more, so of ``N``
clients each waits for the answers of all others as well: ``N x S``. The measure is p95 in that. Of
ten calls seven are questions by group, one lists the tools, one reads a resource and one asks free
SQL.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagwright_evals.bench.serving import resident, serving, small_home

if TYPE_CHECKING:
    from mcp import Client

__all__ = ["CLIENTS", "Clients", "clients"]

CLIENTS = 50
_ALONE_SECONDS = 15
_WARM = 20
_PROCESSES = 2
_GROUPS = ("service_name", "team", "region_id", "month", "sub_account_id")


@dataclass(frozen=True)
class Clients:
    """What came of it; times in seconds, memory in MiB.

    Attributes:
        calls: Calls that were answered under load.
        seconds: For so long.
        errors: What failed, by what it was.
        alone_p50: Median of one client alone.
        p50: Median under load.
        p95: Of 95 of 100 calls.
        most: Of the slowest.
        memory_before: Resident of the server and its workers, before the load.
        memory_half: After the first half of it.
        memory_after: At its end.
    """

    calls: int
    seconds: int
    errors: dict[str, int]
    alone_p50: float
    p50: float
    p95: float
    most: float
    memory_before: float
    memory_half: float
    memory_after: float

    @property
    def ratio(self) -> float:
        """p95 in the time that the queue takes: that of one client times all of them."""
        return self.p95 / (self.alone_p50 * CLIENTS)

    def line(self) -> str:
        """For a terminal of 80 columns."""
        gap = " " * 24
        return (
            f"{'mcp: many clients':<24} p95 {self.ratio:.2f}x the queue (hoped: <= 3x), "
            f"{CLIENTS} x {self.alone_p50 * 1000:.0f} ms\n"
            f"{gap} p50 {self.p50:.2f} s, p95 {self.p95:.2f} s, most {self.most:.2f} s\n"
            f"{gap} {self.calls:,} calls in {self.seconds} s, errors: {self.errors or 'none'}\n"
            f"{gap} {self.memory_before:.0f} MiB before, {self.memory_half:.0f} at half, "
            f"{self.memory_after:.0f} after"
        )

    def as_dict(self) -> dict[str, object]:
        """As JSON."""
        return {"name": "mcp", **asdict(self), "ratio": round(self.ratio, 4)}


def clients(seconds: int) -> Clients:
    """One client alone, then :data:`CLIENTS` for so many seconds."""
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        home = Path(temporary)
        small_home(home)
        pid, url = stack.enter_context(
            serving(
                ["-m", "tagwright_mcp", "--http", "127.0.0.1:0", "--home", str(home)],
                TAGWRIGHT_MCP__PERSON_RATE="1000000", TAGWRIGHT_MCP__ADDRESS_RATE="1000000",
            )
        )  # fmt: skip
        [alone] = _asked(url, [(1, _ALONE_SECONDS)])
        before = resident(pid)
        half = seconds // 2
        first = _asked(url, [(CLIENTS // _PROCESSES, half)] * _PROCESSES)
        middle = resident(pid)
        second = _asked(url, [(CLIENTS // _PROCESSES, seconds - half)] * _PROCESSES)
        found = [*first, *second]
        took = sorted(one for part in found for one in part["took"])
        errors: Counter[str] = Counter()
        for part in (alone, *found):
            errors.update(part["errors"])
        quiet = sorted(alone["took"][_WARM:])
        return Clients(
            len(took), seconds, dict(errors), quiet[len(quiet) // 2], took[len(took) // 2],
            took[len(took) * 95 // 100], took[-1], before, middle, resident(pid),
        )  # fmt: skip


def _asked(url: str, sides: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """What processes of so many clients, for so many seconds, have to tell."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", __name__, url, str(number), str(seconds)],
            stdout=subprocess.PIPE, text=True,
        )
        for number, seconds in sides
    ]  # fmt: skip
    return [json.loads(process.communicate()[0]) for process in started]


async def _ask(client: Client, number: int) -> str:
    """One call; what was wrong with it, or nothing."""
    kind = number % 10
    if kind == 7:
        return "" if (await client.list_tools()).tools else "no tools"
    if kind == 8:
        found = await client.read_resource("tagwright://taxonomy")
        return "" if found.contents else "no resource"
    if kind == 9:
        sql = "SELECT ServiceName, count(*) AS n FROM charges GROUP BY ALL ORDER BY ALL"
        result = await client.call_tool("run_sql", {"sql": sql})
    else:
        group = _GROUPS[number % len(_GROUPS)]
        result = await client.call_tool("query_costs", {"group_by": [group]})
    return str(result.content[0])[:80] if result.is_error else ""


async def _client(url: str, first: int, until: float, said: dict[str, Any]) -> None:
    from mcp import Client

    async with Client(url) as client:
        number = first
        while time.monotonic() < until:
            begun = time.perf_counter()
            try:
                fault = await _ask(client, number)
            except Exception as error:  # noqa: BLE001  each is counted by what it is
                fault = type(error).__name__
            if fault:
                said["errors"][fault] = said["errors"].get(fault, 0) + 1
            else:
                said["took"].append(time.perf_counter() - begun)
            number += 1


async def _side(url: str, number: int, seconds: float) -> dict[str, Any]:
    said: dict[str, Any] = {"took": [], "errors": {}}
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for first in range(number):
            group.create_task(_client(url, first, until, said))
    return said


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_side(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))
