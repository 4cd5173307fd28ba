"""Which source reads a file; of one that none does, which format is nearest, what it lacks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright.errors import DataError, StrangerError
from tagwright.ingest.report import Nearest
from tagwright.sources import CERTAIN, Head, find_source
from tagwright.sources.simple_invoice import REQUIRED
from tagwright.sources.simple_invoice import SOURCE as BY_HAND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagwright.ingest.report import FileReport
    from tagwright.sources import Source

__all__ = ["source_of"]

_SHOWN = 5
_LEAST = 2
"""Columns that must be alike; one alone is a coincidence (``name``, ``date``)."""

_LEAST_SHARE = 0.25
_LEAST_KNOWN = 4
"""Columns that a source would read, of a file that lacks most of those it needs."""
_LEAST_SHARED = 4
"""Letters in a row that make two names alike."""

_DEPTH = 4


def source_of(
    sources: Mapping[str, Source], head: Head, name: str | None, file: FileReport
) -> Source:
    """The source that reads this file; where none does, ``file`` says which is nearest.

    Raises:
        StrangerError: None does, or it only looks a little like one.
        DataError: It is one, and lacks columns.
    """
    found = find_source(dict(sources), head, name)
    if found is None:
        file.nearest = _nearest(sources, head)
        raise _unknown(sources, head, file.nearest)
    if missing := found.missing(head):
        sure = name is not None or found.recognise(head) >= CERTAIN
        file.nearest = _compare(found, head)
        strange = file.nearest.strange
        more = f"; strange columns: {', '.join(strange)}" if strange else ""
        raise (DataError if sure else StrangerError)(
            f"{head.path}: lacks the columns {', '.join(missing)}{more}.",
            hint=f"It was taken for {found.name}; export it with these columns.",
        )
    return found


def _unknown(sources: Mapping[str, Source], head: Head, nearest: Nearest | None) -> StrangerError:
    what = "keys" if head.kind == "json" else "columns"
    said = f"{head.path}: no billing export that is known here (its {what} begin with "
    said += f"{', '.join(head.columns[:4])})."
    by_hand = "a bill of a vendor without an export is typed in by hand"
    if nearest is None or nearest.source == BY_HAND.name:
        by_hand += f" with the columns {', '.join(REQUIRED)}"
    by_hand += ", see docs/simple-invoice.md"
    if nearest is None:
        return StrangerError(said, hint=f"Known formats: {', '.join(sources)}; {by_hand}.")
    said += f" The nearest format is {nearest.source}"
    if nearest.missing:
        said += f"; missing {what}: {', '.join(nearest.missing)}"
    if nearest.strange:
        said += f"; strange {what}: {', '.join(nearest.strange)}"
    hint = f"Export it again as {nearest.source} has it"
    if flat := _flattened(head, nearest):
        hint = f"Its records are flattened ({flat}): export it as JSON lines or Parquet, whole"
    elif head.kind == "json" and not _record_keys(sources[nearest.source]):
        hint += ", as CSV or Parquet"
    return StrangerError(f"{said}.", hint=f"{hint}; {by_hand}.")


def _flattened(head: Head, nearest: Nearest) -> str:
    """A column that is a part of a missing one; empty where there is none."""
    parts = tuple(f"{name}." for name in nearest.missing)
    return next((name for name in head.columns if parts and name.startswith(parts)), "")


def _nearest(sources: Mapping[str, Source], head: Head) -> Nearest | None:
    """The source of whose columns the file has most; None where all have nothing in common."""
    names = tuple(dict.fromkeys(_names(head)))
    folded = {_fold(name) for name in names}
    best, found = 0.0, None
    for source in sources.values():
        if head.kind != "json" and _record_keys(source):
            continue
        needed = _needed(source, head)
        alike = sum(_fold(name) in folded for name in needed) if needed else 0
        missing = _missing(source, head, names)
        strange = _strange(source, head, names, missing)
        known = len(names) - len(strange)
        shares = (alike / max(1, len(needed)), known / len(names))
        near = (alike >= _LEAST and shares[0] >= _LEAST_SHARE) or (
            known >= _LEAST_KNOWN and shares[1] >= _LEAST_SHARE
        )
        if near and sum(shares) > best:
            best, found = sum(shares), _compared(source, missing, strange)
    if found or head.kind != "csv" or not any(_likeness(name, REQUIRED) for name in names):
        return found
    # Any table of costs can be made one that is typed in by hand; a list of desks is none.
    return _compare(BY_HAND, head)


def _compare(source: Source, head: Head) -> Nearest:
    names = tuple(dict.fromkeys(_names(head)))
    missing = _missing(source, head, names)
    return _compared(source, missing, _strange(source, head, names, missing))


def _compared(source: Source, missing: Sequence[str], strange: Sequence[str]) -> Nearest:
    strange = sorted(strange, key=lambda name: -_likeness(name, missing))
    return Nearest(source.name, tuple(missing[:_SHOWN]), tuple(strange[:_SHOWN]))


def _names(head: Head) -> Iterator[str]:
    """Column names; of JSON the keys of the first object and of what is inside it."""
    yield from head.columns
    if head.sample:
        yield from _keys(head.sample, _DEPTH)


def _keys(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping) and depth:
        for key, inner in value.items():
            yield str(key)
            yield from _keys(inner, depth - 1)


def _needed(source: Source, head: Head) -> list[str]:
    """Columns that a source cannot do without; of documents, the keys that it knows them by."""
    return _lacking(source, replace(head, kind="csv", columns=(), types=(), sample=None)) or list(
        _record_keys(source)
    )


def _record_keys(source: Source) -> tuple[str, ...]:
    """Of a source of documents the keys that it is known by; a source of tables has none."""
    return getattr(source, "keys", ())


def _missing(source: Source, head: Head, names: Sequence[str]) -> list[str]:
    if keys := _record_keys(source):
        known = {_fold(name) for name in names}
        return [key for key in keys if _fold(key) not in known]
    return _lacking(source, _as_csv(head, names))


def _lacking(source: Source, head: Head) -> list[str]:
    """The names alone: FOCUS says in brackets how a column was called before."""
    return [re.sub(r" \(.*\)$", "", name) for name in source.missing(head)]


def _strange(source: Source, head: Head, names: Sequence[str], missing: Sequence[str]) -> list[str]:
    """Columns that the source would not read if it had what is missing."""
    if keys := _record_keys(source):
        known = {_fold(key) for key in keys}
        return [name for name in names if _fold(name) not in known]
    whole = _as_csv(head, (*names, *missing))
    if source.missing(whole):
        return list(names)
    used = " ".join(source.stage(whole).columns.values())
    return [name for name in names if '"' + name.replace('"', '""') + '"' not in used]


def _as_csv(head: Head, names: Sequence[str]) -> Head:
    return replace(
        head, kind="csv", columns=tuple(names), types=("VARCHAR",) * len(names), sample=None
    )


def _likeness(name: str, missing: Sequence[str]) -> float:
    """The longest text that it shares with a missing column, as a part of the shorter of both."""
    return max((_shared(_fold(name), _fold(other)) for other in missing), default=0.0)


def _shared(one: str, other: str) -> float:
    match = difflib.SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    return match.size / min(len(one), len(other)) if match.size >= _LEAST_SHARED else 0.0


def _fold(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())
