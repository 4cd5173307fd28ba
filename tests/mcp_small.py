"""A registry of small tools for tests of MCP, and a program that serves it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tagwright.api import DataError, ProviderError, ToolContext, ToolResult, UnknownNameError, tool
from tagwright.config import load_settings
from tagwright.registry import Registry

__all__ = ["SECRET", "small_registry"]

SECRET = "hunter2-in-an-exception"


@tool(title="Echo")
def echo(
    ctx: ToolContext,
    *,
    text: Annotated[str, Field(description="what to say")],
    limit: Annotated[int, Field(ge=1, le=1000)] = 1,
) -> ToolResult:
    """Says it back."""
    row = {"text": text, "cost": "0.10", "currency": "USD"}
    return ToolResult(
        rows=[row] * limit,
        totals=[{"cost": "0.10", "currency": "USD"}],
        currency="USD",
        row_count=limit,
        notes=["a note"],
        details={"asked_by": ctx.principal.id, "thread": threading.current_thread().name},
    )


@tool
def total(ctx: ToolContext) -> ToolResult:
    """The billed cost in the snapshot of this call."""
    table = ctx.query(
        'SELECT "BillingCurrency", sum("BilledCost"), count(*) FROM charges GROUP BY 1'
    )
    rows = [
        {"currency": currency, "billed_cost": format(billed, "f"), "charges": count}
        for currency, billed, count in table.rows
    ]
    return ToolResult(rows=rows, row_count=len(rows), details={"snapshot": ctx.snapshot.info.id})


@tool
def slow(ctx: ToolContext, *, seconds: float = 0.3, mark: str = "") -> ToolResult:
    """Takes its time."""
    time.sleep(seconds)
    if mark:
        Path(ctx.settings.home, mark).touch()
    return ToolResult(details={"slept": str(seconds)})


@tool
def fail(ctx: ToolContext, *, how: str) -> ToolResult:
    """Fails in the way asked for."""
    if how == "unknown":
        raise UnknownNameError("service", "EC3\x1b[31m", ["EC2", "ECR"], hint="Or ask for all.")
    if how == "data":
        raise DataError("The file is \u202eevil.", hint="Look at it.")
    if how == "provider":
        raise ProviderError("AWS said no.")
    if how == "exit":
        raise SystemExit(3)
    raise RuntimeError(SECRET)


@tool
def noisy(ctx: ToolContext) -> ToolResult:
    """Prints wherever it can."""
    print("printed by a tool")
    os.write(1, b"written to fd 1 by a tool\n")
    warnings.warn("warned by a tool", stacklevel=1)
    subprocess.run(["echo", "said by a child"], check=True)
    return ToolResult(notes=["done"])


@tool
def big(ctx: ToolContext, *, rows: int = 0, detail: int = 0) -> ToolResult:
    """A large result."""
    return ToolResult(
        rows=[{"name": f"resource-{index:06}", "cost": "1.00"} for index in range(rows)],
        row_count=rows,
        details={"long": "x" * detail} if detail else {},
    )


@tool(effect="propose")
def suggest(ctx: ToolContext) -> ToolResult:
    """Stores a plan."""
    path = Path(ctx.settings.home, "suggested")
    with path.open("a") as stream:
        stream.write("1\n")
    return ToolResult(details={"plan": {"id": "pln_1"}})


@tool(effect="write")
def wipe(ctx: ToolContext) -> ToolResult:
    """Must never be offered."""
    Path(ctx.settings.home, "wiped").touch()
    return ToolResult()


@tool
def die(ctx: ToolContext, *, once: str) -> ToolResult:
    """Kills its server the first time."""
    path = Path(ctx.settings.home, once)
    if not path.exists():
        path.touch()
        os._exit(9)
    return ToolResult(notes=["alive"])


@tool(effect="propose")
def die_proposing(ctx: ToolContext) -> ToolResult:
    """Counts, then kills its server."""
    with Path(ctx.settings.home, "died").open("a") as stream:
        stream.write("1\n")
    os._exit(9)


def small_registry() -> Registry:
    """All of the above."""
    found = Registry()
    for each in (echo, total, slow, fail, noisy, big, suggest, wipe, die, die_proposing):
        found.add(each)
    return found


def main() -> None:
    """``mcp_small.py HOME [HOST:PORT]``: serve the registry on stdio, or HTTP."""
    import tagwright_mcp.server
    from tagwright_mcp.serve import serve_http, serve_stdio

    def load_registry() -> Registry:
        print("printed by a plugin while it loads")
        os.write(1, b"written to fd 1 by a plugin while it loads\n")
        return small_registry()

    tagwright_mcp.server.load_registry = load_registry
    home, *http = sys.argv[1:]
    settings = load_settings(Path(home))
    if http:
        serve_http(
            settings,
            http[0],
            names=http[1:],
            listening=lambda url: print(url, file=sys.stderr, flush=True),
        )
    else:
        serve_stdio(settings)


if __name__ == "__main__":
    main()
