"""Which files a path, folder or glob means."""

from __future__ import annotations

import glob
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tagwright.errors import MisuseError
from tagwright.sources.head import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Candidate", "find_files", "hash_file"]


@dataclass(frozen=True)
class Candidate:
    """A file to read.

    Attributes:
        path: Where it is.
        named: Whether it was named outright: if it cannot be read, the request has failed. A
            stranger found in a folder is only passed over.
    """

    path: Path
    named: bool


def find_files(paths: Iterable[str | Path]) -> list[Candidate]:
    """Files of the paths, in order, each once.

    Folders are searched for ``.csv``, ``.csv.gz`` and ``.parquet``; globs may hold ``**``.

    Raises:
        MisuseError: Nothing was given, nothing is there, or a URL of a kind not read here.
    """
    found: dict[Path, Candidate] = {}
    for given in paths:
        for candidate in _expand(str(given)):
            found.setdefault(candidate.path.absolute(), candidate)
    if not found:
        raise MisuseError("No file to ingest.", hint="Name a file, a folder or a glob.")
    return list(found.values())


def _expand(given: str) -> list[Candidate]:
    if "://" in given:
        parts = urlsplit(given)
        if parts.scheme != "file":
            raise MisuseError(
                f"{given.split('?', 1)[0]}: {parts.scheme}:// is not read directly.",
                hint="Download it first, then ingest the file.",
            )
        given = unquote(parts.path)
    path = Path(given).expanduser()
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file() and p.name.endswith(SUFFIXES))
        if not inside:
            raise MisuseError(
                f"{path}: holds no {', '.join(SUFFIXES)} file.", hint="Name the file itself."
            )
        return [Candidate(p, named=False) for p in inside]
    if path.exists() or not glob.has_magic(given):
        return [Candidate(path, named=True)]
    matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern
    files = [Path(match) for match in matches if Path(match).is_file()]
    if not files:
        raise MisuseError(f"{given}: no file matches.", hint="Quote the glob, or check the folder.")
    return [Candidate(p, named=True) for p in files]


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
