"""One engine for each state store of this process: making one costs more than most calls."""

from __future__ import annotations

import atexit
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["forget", "keep", "known", "pool_settings"]

_MOST = 4

_File = tuple[int, int] | None


class _Engines:
    """The engines used last, by URL; each with the file it opened, where that is one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.open: OrderedDict[str, tuple[Engine, _File]] = OrderedDict()


_engines = _Engines()


def known(url: str) -> Engine | None:
    """The engine of that URL; None where there is none, or its file is another one by now.

    A home that was removed, or whose store was restored from a backup, must not be answered from
    a file that is no longer there.
    """
    with _engines.lock:
        found = _engines.open.get(url)
        if found is None:
            return None
        engine, file = found
        if file != _file_of(engine):
            del _engines.open[url]
            engine.dispose()
            return None
        _engines.open.move_to_end(url)
        return engine


def keep(url: str, engine: Engine) -> None:
    """Use ``engine`` again for ``url``; of many, the ones not used for longest are disposed of.

    Disposing closes what is idle. A connection in use is closed when it is given back.
    """
    if engine.dialect.name == "sqlite" and _file_of(engine) is None:
        return  # in memory: each opening has its own
    with _engines.lock:
        replaced = _engines.open.pop(url, None)
        _engines.open[url] = (engine, _file_of(engine))
        gone = [replaced] if replaced is not None and replaced[0] is not engine else []
        while len(_engines.open) > _MOST:
            gone.append(_engines.open.popitem(last=False)[1])
        for other, _ in gone:
            other.dispose()


def forget(url: str, engine: Engine) -> None:
    """Dispose of an engine that proved to be of no use."""
    with _engines.lock:
        found = _engines.open.get(url)
        if found is not None and found[0] is engine:
            del _engines.open[url]
    engine.dispose()


def pool_settings(url: str) -> dict[str, Any]:
    """How the connections of that URL are kept: a few idle ones, any number in use."""
    if url.startswith("sqlite") and (":memory:" in url or url in ("sqlite://", "sqlite:///")):
        return {}
    return {"pool_size": 4, "max_overflow": -1, "pool_pre_ping": not url.startswith("sqlite")}


def _file_of(engine: Engine) -> _File:
    """Device and inode of an engine's file; None where there is none."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    try:
        found = Path(engine.url.database).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _dispose_all() -> None:
    with _engines.lock:
        while _engines.open:
            _engines.open.popitem()[1][0].dispose()


def _renew() -> None:
    """A forked child must not use its parent's connections, nor close them: SQLite forbids it."""
    global _engines  # noqa: PLW0603  the process's own
    _inherited.append(_engines)
    _engines = _Engines()


_inherited: list[_Engines] = []
"""Held so that no garbage collection closes them."""


atexit.register(_dispose_all)
os.register_at_fork(after_in_child=_renew)
