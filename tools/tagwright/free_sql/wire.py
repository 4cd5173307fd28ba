"""Messages between the worker and its owner: four bytes of length, then JSON.

Never pickle: what a worker sends is read by a process that trusts it less than itself.
"""

from __future__ import annotations

import json
import os
from typing import Any

__all__ = ["HEAD", "MAX_MESSAGE", "packed", "read_exactly"]

HEAD = 4
"""Bytes of the length, most significant first."""

MAX_MESSAGE = 4_000_000
"""Bytes of the largest message; a result's rows are capped far below."""


def packed(message: dict[str, Any]) -> bytes:
    """The message as bytes."""
    body = json.dumps(message, ensure_ascii=True).encode()
    return len(body).to_bytes(HEAD, "big") + body


def read_exactly(descriptor: int, size: int) -> bytes:
    """So many bytes, waiting for them.

    Raises:
        EOFError: The other side is gone.
    """
    found = b""
    while len(found) < size:
        part = os.read(descriptor, size - len(found))
        if not part:
            raise EOFError
        found += part
    return found
