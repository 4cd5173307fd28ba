"""Plugins of every kind by entry point: the one place that finds and loads them.

Ours come through the same door as anyone's, and before them, so that nobody takes a name of ours.
What fails while it is loaded is left out with a warning, takes nothing else down, and is not tried
again in this process. Whoever waits can be told for whom, and what failed (:func:`telling`).
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from functools import lru_cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SLOW_SECONDS", "is_ours", "load_all", "load_one", "points", "tell", "telling"]

SLOW_SECONDS = 2.0
"""A plugin that takes longer to load is named: whoever waits should know for whom."""

_LISTENERS: list[Callable[[str], None]] = []
_FAILED: dict[EntryPoint, str] = {}
"""Why: to import it again would take as long, and fail as it did."""

_OURS = ("tagwright.", "tagwright_agent.", "tagwright_evals.", "tagwright_mcp.")


def points(group: str) -> list[EntryPoint]:
    """The entry points of a group such as ``tagwright.tools``: ours first, then by name."""
    found = _everything(tuple(sys.path)).select(group=group)
    return sorted(found, key=lambda point: (not is_ours(point), point.name))


def is_ours(point: EntryPoint) -> bool:
    """Whether it names something in this distribution."""
    return point.value.startswith(_OURS)


@contextlib.contextmanager
def telling(listen: Callable[[str], None]) -> Iterator[None]:
    """While it lasts, ``listen`` is given a sentence for each plugin that keeps waiting or failed.

    Args:
        listen: May be called from another thread, and with the same sentence again.
    """
    _LISTENERS.append(listen)
    try:
        yield
    finally:
        _LISTENERS.remove(listen)


def tell(sentence: str) -> bool:
    """Give a sentence about a plugin to whoever listens; whether anybody does."""
    for listen in _LISTENERS:
        listen(sentence)
    return bool(_LISTENERS)


@lru_cache(maxsize=4)
def _everything(_path: tuple[str, ...]) -> EntryPoints:
    """All entry points: finding them reads the metadata of every installed distribution."""
    found: Any = entry_points()  # up to Python 3.11 its type has another name
    everything: EntryPoints = found
    return everything


def load_one(point: EntryPoint, kind: str, fits: Callable[[Any], bool]) -> tuple[Any, str]:
    """What an entry point names, and a warning; None where it cannot be had.

    Args:
        point: The entry point.
        kind: What it should be, in a word: ``tool``.
        fits: Whether what was loaded is such a thing.
    """
    where = f"{kind.capitalize()} plugin {point.name!r} ({point.value})"
    if point in _FAILED:
        return None, f"{where} did not load: {_FAILED[point]}."
    began = time.monotonic()
    try:
        with contextlib.nullcontext() if is_ours(point) else _watched(where):
            loaded = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001  it may fail in any way; we go on
        missing = getattr(error, "name", None) if isinstance(error, ImportError) else None
        # Never the error's own text: it may quote a secret.
        why = f"{type(error).__name__}{f' of {missing}' if missing else ''}"
        _FAILED[point] = why
        return None, f"{where} did not load: {why}."
    took = time.monotonic() - began
    if not fits(loaded):
        return None, f"{where} is not a {kind}."
    if took > SLOW_SECONDS and not is_ours(point):
        return loaded, f"{where} took {took:.0f} s to load."
    return loaded, ""


@contextlib.contextmanager
def _watched(where: str) -> Iterator[None]:
    """Somebody else's import: it prints to nobody, and is named when it takes long."""
    late = f"Waiting for {where[0].lower()}{where[1:]}: not loaded after {SLOW_SECONDS:g} s."
    timer = threading.Timer(SLOW_SECONDS, tell, [late])
    timer.daemon = True
    timer.start()
    try:
        # What it prints would stand among our JSON, or on the wire of an MCP server.
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        timer.cancel()


def load_all(group: str, kind: str, parts: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    """Everything of a group by its ``name``, and the warnings.

    Args:
        group: Such as ``tagwright.sources``.
        kind: What each should be, in a word.
        parts: The attributes that make it one.
    """
    found: dict[str, Any] = {}
    warnings: list[str] = []
    for point in points(group):
        loaded, warning = load_one(
            point, kind, lambda item: all(hasattr(item, part) for part in ("name", *parts))
        )
        if warning:
            warnings.append(warning)
        if loaded is None:
            continue
        if loaded.name in found:
            warnings.append(
                f"{kind.capitalize()} {loaded.name!r} is defined twice; the first one is kept."
            )
            continue
        found[loaded.name] = loaded
    return found, warnings
