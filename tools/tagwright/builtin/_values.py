"""The values that can be named of each dimension: asked of a snapshot once, then kept.

A snapshot never changes, so neither do its values while the taxonomy and the dimensions are the
same. They take some fifty queries, which was a third of the time of a cold `tagwright ask`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING

from tagwright.errors import MisuseError
from tagwright.files import replace_file
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tagwright.builtin._question import Question
    from tagwright.metrics import Dimension

__all__ = ["FILE", "LIMIT", "top_values"]

FILE = "values.json"
"""In the home directory: a key and what is kept under it. May be deleted at any time."""

LIMIT = 200


def top_values(question: Question, dimensions: Sequence[Dimension]) -> dict[str, list[str]]:
    """Name of each dimension to its most expensive values, at most :data:`LIMIT`."""
    path = question.ctx.settings.home / FILE
    key = _key(question, dimensions)
    kept = _kept(path, key)
    if kept is None:
        kept = {item.name: _asked(question, item) for item in dimensions}
        _keep(path, {"key": key, "values": kept})
    return kept


def _key(question: Question, dimensions: Sequence[Dimension]) -> str:
    ctx = question.ctx
    parts = [ctx.snapshot.info.id, ctx.taxonomy.digest, LIMIT, *map(repr, dimensions)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _kept(path: Path, key: str) -> dict[str, list[str]] | None:
    """What is kept under the key; None where it is another, or the file is absent or damaged."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("key") != key:
        return None
    values = found.get("values")
    sound = isinstance(values, dict) and all(isinstance(item, list) for item in values.values())
    return values if sound else None


def _keep(path: Path, document: object) -> None:
    """Put the file in its place whole: others may be reading it. It only saves time."""
    with contextlib.suppress(OSError):
        replace_file(path, json.dumps(document, ensure_ascii=False).encode(), mode=0o600)


def _asked(question: Question, item: Dimension) -> list[str]:
    """The most expensive values, of dimensions that a rollup holds: the others are too many."""
    if item.kind != "text":
        return []
    try:
        question.dimension(item.name)
    except MisuseError:  # it is newer than the data
        return []
    compiled = question.compiled(question.query(["effective_cost"], [item.name], limit=LIMIT))
    if compiled.table == "charges" and not question.ctx.taxonomy_changed:
        return []
    rows = question.ctx.snapshot.query(compiled.sql, compiled.params).rows
    return list(dict.fromkeys(clean(str(row[0])) for row in rows if row[0] is not None))
