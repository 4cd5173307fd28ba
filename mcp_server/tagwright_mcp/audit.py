"""Every call, one line of JSON in ``<home>/mcp_calls.jsonl``: who, what, how it ended; no values.

Not the journal: that holds decisions, chained, and a question is none (docs/decisions/0048).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.errors import ConfigError
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright.people import Principal

__all__ = ["Asked", "audited", "calls_path"]

_MOST_NAMES = 30


@dataclass
class Asked:
    """What is asked; by whom and with which receipt is known later.

    Attributes:
        tool: Its name as given, or ``resource``.
        arguments: As given. Their names are kept, and what they hash to, which tells whether two
            calls asked the same; the receipt has them.
        who: None where the door opened to nobody.
        receipt: None where nothing was asked of the data.
    """

    tool: str
    arguments: Mapping[str, Any]
    who: Principal | None = None
    receipt: str | None = None


def calls_path(settings: Settings) -> Path:
    """The file, which is only ever appended to."""
    return settings.home / "mcp_calls.jsonl"


@contextmanager
def audited(settings: Settings, asked: Asked | None) -> Iterator[None]:
    """Write the line once it is over, however it ends; none where nobody asked.

    Raises:
        ConfigError: The file cannot be opened: then nothing is asked. Or it cannot be written, as
            on a full disk: then nothing is answered.
    """
    if asked is None:
        yield
        return
    path = calls_path(settings)
    try:
        line = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unwritten(path, error.strerror) from None
    began, outcome = time.monotonic(), "ok"
    try:
        yield
    except BaseException as error:
        outcome = type(error).__name__
        raise
    finally:
        took = round((time.monotonic() - began) * 1000)
        said = _line(asked, outcome, took)
        try:
            # In one piece: others append too. Of a full disk a part may be taken without a word.
            whole = os.write(line, said) == len(said)
        except OSError as error:
            raise _unwritten(path, error.strerror) from None
        finally:
            os.close(line)
        if not whole:
            raise _unwritten(path, "the disk is full")


def _unwritten(path: Path, why: str | None) -> ConfigError:
    return ConfigError(
        f"{path} cannot be written ({why}): no call is answered unrecorded.",
        hint="Whoever runs this server must be able to write there.",
    )


def _line(asked: Asked, outcome: str, took: int) -> bytes:
    who = asked.who
    whole = json.dumps(asked.arguments, sort_keys=True, default=str)
    said = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        "person": who.person if who else "",
        "channel": who.channel if who else "mcp",
        "proven": shorten(who.proven, 80) if who else "",
        "tool": shorten(clean(asked.tool), 80),
        "arguments": [shorten(clean(name), 40) for name in sorted(asked.arguments)][:_MOST_NAMES],
        "digest": hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest(),
        "outcome": outcome,
        "receipt": asked.receipt,
        "ms": took,
    }
    return json.dumps(said).encode() + b"\n"
