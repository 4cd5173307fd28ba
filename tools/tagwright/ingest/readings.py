"""Which reading a file was given: a digest of the code that turned its text into rows.

A source that was mended reads a file anew, though not a byte of the file has changed. A number that
authors count up is forgotten sooner or later, so the digest is of the text of the source's module,
of the modules of its own package that it imports, and of the common code that types what it gives.
It changes more often than it must, which costs a reading; it never misses a change of a module.
What a third party's source reads beside its modules is not seen: ``ingest --again`` is for that.
"""

from __future__ import annotations

import functools
import hashlib
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagwright.sources import Source

__all__ = ["COMMON", "reading_of", "text_of"]

COMMON = (
    "tagwright.focus",
    "tagwright.ingest.amounts",
    "tagwright.ingest.dates",
    "tagwright.ingest.documents",
    "tagwright.ingest.kind_rows",
    "tagwright.ingest.line_ends",
    "tagwright.ingest.kubernetes",
    "tagwright.ingest.native",
    "tagwright.ingest.numbers",
    "tagwright.ingest.read",
    "tagwright.ingest.rows",
    "tagwright.ingest.usage",
    "tagwright.ingest.utf16",
    "tagwright.kubernetes",
    "tagwright.sources.head",
    "tagwright.sources.json_head",
    "tagwright.usage",
)
_IMPORTS = re.compile(r"^(?:from|import)\s+([\w.]+)", re.MULTILINE)


def reading_of(source: Source) -> str:
    """32 hexadecimal digits; equal only where nothing that reads the file has changed."""
    module = type(source).__module__
    found = hashlib.sha256()
    for name in (*_own(module), *(() if module in COMMON else COMMON)):
        text = text_of(name)
        found.update(f"{name} {len(text)}\n".encode() + text)
    return found.hexdigest()[:32]


def _own(module: str) -> list[str]:
    """The module, and those of its package that it imports, and those that they import."""
    package = module.rpartition(".")[0] or module
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        text = text_of(name).decode("utf-8", "replace")
        waiting += [
            other
            for other in _IMPORTS.findall(text)
            if other == package or other.startswith(f"{package}.")
        ]
    return sorted(seen)


@functools.cache
def text_of(module: str) -> bytes:
    """The text of a module; empty where it has no file."""
    spec = find_spec(module)
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        return b""
    return Path(spec.origin).read_bytes()
