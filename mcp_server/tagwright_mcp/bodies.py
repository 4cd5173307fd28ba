"""The beginning of a request's body, looked at before the protocol reads it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Receive

__all__ = ["begun"]


async def begun(receive: Receive, most: int) -> tuple[bytes, Receive]:
    """What a body begins with, and a way to receive it again, in one piece.

    Args:
        receive: The request's.
        most: Bytes; of a longer body a little more than these is read.
    """
    body = bytearray()
    more = True
    again: deque[Message] = deque()
    while more and len(body) <= most:
        message = await receive()
        if message["type"] != "http.request":  # the client has gone
            again.append(message)
            break
        body += message.get("body", b"")
        more = bool(message.get("more_body", False))
    read = bytes(body)
    again.appendleft({"type": "http.request", "body": read, "more_body": more})

    async def anew() -> Message:
        return again.popleft() if again else await receive()

    return read, anew
