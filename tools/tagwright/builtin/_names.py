"""What can be named of a snapshot, its values and tags: asked of it once, then kept.

A snapshot never changes, so neither do they while the taxonomy and the dimensions are the same.
They take some fifty queries and a pass over all charges, a tenth of a small home's cold
``tagwright ask`` and most of a large one's.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import tagwright
from tagwright.errors import MisuseError
from tagwright.files import replace_file
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tagwright.builtin._question import Question
    from tagwright.metrics import Dimension

__all__ = ["FILE", "Names", "names_of_data"]

FILE = "values.json"
"""In the home directory: a key and what is kept under it. May be deleted at any time."""

_LIMIT = 200


@dataclass(frozen=True)
class Names:
    """Values and tags, at most 200 of each.

    Attributes:
        values: Name of each dimension to its most expensive values.
        tags: Raw tag keys, those of most charges first.
        measured: Of taxonomy keys that no charge has a value of, the values of telemetry.
    """

    values: dict[str, list[str]]
    tags: list[str]
    measured: dict[str, list[str]]


def names_of_data(question: Question, dimensions: Sequence[Dimension]) -> Names:
    """The values of these dimensions, and the tags."""
    ctx = question.ctx
    path = ctx.settings.home / FILE
    if ctx.scope is not None:  # beside the file of those rows, and removed with it
        path = ctx.snapshot.info.path.with_suffix(f".{FILE}")
    key = _key(question, dimensions)
    kept = _kept(path, key, {item.name for item in dimensions})
    if kept is None:
        values = {item.name: _values(question, item) for item in dimensions}
        kept = Names(values, _tags(question), _measured(question, values))
        _keep(path, {"key": key, **asdict(kept)})
    return kept


def _key(question: Question, dimensions: Sequence[Dimension]) -> str:
    ctx = question.ctx
    asked = [ctx.snapshot.info.id, ctx.taxonomy.digest, *map(repr, dimensions)]
    # Another version may ask, or clean, otherwise.
    return hashlib.sha256(json.dumps([tagwright.__version__, *asked]).encode()).hexdigest()


def _kept(path: Path, key: str, dimensions: set[str]) -> Names | None:
    """What is kept under the key; None where it is another, or the file is absent or damaged."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    match found:
        case {
            "key": known, "values": dict() as values, "tags": list() as tags,
            "measured": dict() as measured,
        } if known == key:  # fmt: skip
            lists = [tags, *values.values(), *measured.values()]
            sound = all(isinstance(one, list) and all(map(_is_text, one)) for one in lists)
            return Names(values, tags, measured) if sound and values.keys() == dimensions else None
    return None


def _is_text(item: object) -> bool:
    return isinstance(item, str)


def _keep(path: Path, document: object) -> None:
    """Put the file in its place whole: others may be reading it. It only saves time."""
    with contextlib.suppress(OSError):
        replace_file(path, json.dumps(document, ensure_ascii=False).encode(), mode=0o600)


def _values(question: Question, item: Dimension) -> list[str]:
    """The most expensive values, of dimensions that a rollup holds: the others are too many."""
    if item.kind != "text":
        return []
    try:
        question.dimension(item.name)
    except MisuseError:  # it is newer than the data
        return []
    compiled = question.compiled(question.query(["effective_cost"], [item.name], limit=_LIMIT))
    if compiled.table == "charges" and not question.ctx.taxonomy_changed:
        return []
    rows = question.ctx.snapshot.query(compiled.sql, compiled.params).rows
    return list(dict.fromkeys(clean(str(row[0])) for row in rows if row[0] is not None))


def _measured(question: Question, values: dict[str, list[str]]) -> dict[str, list[str]]:
    """What only telemetry names, such as customers: the values with most usage first."""
    if not question.ctx.snapshot.info.usage:
        return {}
    found = {}
    for key in question.ctx.taxonomy.keys.values():
        if values.get(key.name):
            continue
        rows = question.ctx.snapshot.query(
            f'SELECT "{key.column}", COUNT(*) FROM usage WHERE "{key.column}" IS NOT NULL '
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {_LIMIT}"
        ).rows
        if rows:
            found[key.name] = [clean(str(row[0])) for row in rows]
    return found


def _tags(question: Question) -> list[str]:
    rows = question.ctx.snapshot.query(
        'SELECT t, COUNT(*) FROM (SELECT unnest(map_keys("Tags")) AS t FROM charges) '
        f"GROUP BY t ORDER BY 2 DESC, 1 LIMIT {_LIMIT}"
    ).rows
    return [clean(str(row[0])) for row in rows]
