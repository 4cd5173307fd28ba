"""Whose turn it is: of one person at most four calls run at a time."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from pathlib import Path

import pytest

from mcp_small import small_registry
from tagwright.config import load_settings
from tagwright.people import over_http
from tagwright_mcp.calls import Calls

WHO: ContextVar[str] = ContextVar("WHO", default="")
SLOW = {"seconds": 0.5}


async def begin(calls: Calls, who: str) -> list[asyncio.Task[object]]:
    """Twelve slow calls of somebody, more than there are threads."""
    WHO.set(who)
    tasks: list[asyncio.Task[object]] = [
        asyncio.create_task(calls.result("slow", SLOW)) for _ in range(12)
    ]
    await asyncio.sleep(0.1)
    return tasks


@pytest.fixture
def calls(home: Path) -> Calls:
    return Calls(small_registry(), load_settings(home), over_http, whose=WHO.get)


async def test_nobody_waits_for_all_that_another_asks(calls: Calls) -> None:
    slow = await begin(calls, "ann")
    WHO.set("ben")
    await calls.result("echo", {"text": "x"})
    assert not any(task.done() for task in slow)
    await asyncio.gather(*slow)  # each has its turn


async def test_who_gives_up_leaves_their_place(calls: Calls) -> None:
    """Those that run and those that wait: the next one of theirs is not the thirteenth."""
    slow = await begin(calls, "ann")
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    async with asyncio.timeout(5):
        await calls.result("echo", {"text": "x"})
