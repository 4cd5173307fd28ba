"""The beginning of a body, and receiving it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tagwright_mcp.bodies import begun

if TYPE_CHECKING:
    from starlette.types import Message

GONE: Message = {"type": "http.disconnect"}


def part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize(
    ("parts", "read", "again"),
    [
        ([part(b"", more=False)], b"", [part(b"", more=False)]),
        ([part(b"ab"), part(b"c", more=False)], b"abc", [part(b"abc", more=False)]),
        # Longer than four: what was read, then what comes.
        (
            [part(b"abc"), part(b"def"), part(b"g", more=False)],
            b"abcdef",
            [part(b"abcdef"), part(b"g", more=False)],
        ),
        ([part(b"ab"), GONE], b"ab", [part(b"ab"), GONE]),
        ([GONE], b"", [part(b""), GONE]),
    ],
)
async def test_what_was_read_is_received_again(
    parts: list[Message], read: bytes, again: list[Message]
) -> None:
    left = list(parts)

    async def receive() -> Message:
        return left.pop(0)

    found, anew = await begun(receive, 4)
    assert found == read
    assert [await anew() for _ in again] == again
    assert left == []


async def test_many_small_parts_are_kept_as_one() -> None:
    """A part of one byte took 259 bytes of memory: 250 kB held 65 MB."""
    left = [part(b"x", more=number < 99) for number in range(100)]

    async def receive() -> Message:
        return left.pop(0)

    _, anew = await begun(receive, 1000)
    assert await anew() == part(b"x" * 100, more=False)
