"""Statements compiled before: a question that differs in its values only has the same text.

They are kept in the home directory too, because importing the SQL compiler and compiling takes a
sixth of the time of a cold ``tagwright ask``.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tagwright
from tagwright.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from tagwright.metrics.catalogue import Catalogue

__all__ = ["FILE", "STATEMENTS", "Statements"]

FILE = "statements.json"
"""In the home directory. May be deleted at any time."""

_MOST = 512

_Made = tuple[str, tuple[str, ...]]


class Statements:
    """SQL and its columns by shape; the ones not asked for longest go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[Hashable, _Made] = OrderedDict()
        self._path: Path | None = None
        self._kept: dict[str, Any] = {}
        self._new: dict[str, _Made] = {}

    def keep_in(self, home: Path) -> None:
        """Look into this home's file from now on; write there what is new when the process ends.

        What other code wrote is not used: its statements may be others.
        """
        path = home / FILE
        with self._lock:
            if path == self._path:
                return
            if self._path is None:
                atexit.register(self.save)
            else:
                self._save()
            self._path, self._new, self._kept = path, {}, {}
            with contextlib.suppress(OSError, ValueError):
                found = json.loads(path.read_bytes())
                if isinstance(found, dict) and found.get("code") == _code():
                    self._kept = dict(found["made"])

    def get(
        self, kind: Hashable, catalogue: Catalogue, shape: Hashable, build: Callable[[], _Made]
    ) -> _Made:
        """What ``build`` made of that shape; two threads may both build it, and make the same.

        Args:
            kind: Which statement of the question.
            catalogue: What its names mean.
            shape: Everything else that the text depends on; its ``repr`` says all of it.
            build: Makes the SQL and the names of its columns.
        """
        whole = (kind, catalogue, shape)
        with self._lock:
            if (found := self._made.get(whole)) is not None:
                self._made.move_to_end(whole)
                return found
        key = hashlib.sha256(repr((kind, catalogue.taxonomy.digest, shape)).encode()).hexdigest()
        made = self._read(key) or build()
        with self._lock:
            self._made[whole] = made
            if key not in self._kept:
                self._new[key] = made
            while len(self._made) > _MOST:
                self._made.popitem(last=False)
        return made

    def _read(self, key: str) -> _Made | None:
        match self._kept.get(key):
            case [str() as sql, [*columns]] if all(isinstance(name, str) for name in columns):
                return sql, tuple(columns)
        return None  # absent, or not as we write it

    def save(self) -> None:
        """Write what is new; of two processes the last one's are kept: the others compile again."""
        with self._lock:
            self._save()

    def _save(self) -> None:
        if self._path is None or not self._new or not self._path.parent.is_dir():
            return
        made = {**self._kept, **self._new}
        document = {"code": _code(), "made": dict(list(made.items())[-_MOST:])}
        # It only saves time: a home that cannot be written to answers all the same.
        with contextlib.suppress(OSError):
            replace_file(self._path, json.dumps(document).encode(), mode=0o600)
        self._new = {}


@lru_cache(maxsize=1)
def _code() -> str:
    """Of the code that compiles: its version, and its files as they lie here."""
    folder = Path(__file__).parent
    files = sorted((path.name, path.stat().st_mtime_ns) for path in folder.glob("*.py"))
    return hashlib.sha256(repr((tagwright.__version__, files)).encode()).hexdigest()


STATEMENTS = Statements()
