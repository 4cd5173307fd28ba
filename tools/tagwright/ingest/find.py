"""Which files a path, folder or glob means."""

from __future__ import annotations

import glob
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tagwright.errors import MisuseError
from tagwright.sources.head import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    if _is(Path.is_dir, path):
        return _inside(path)
    if _is(Path.exists, path) or not glob.has_magic(given):
        return [Candidate(path, named=True)]
    matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern
    found = [Path(match) for match in matches]
    files = [Candidate(p, named=True) for p in found if p.is_file()]
    if "**" not in given:  # which names what is inside folders itself
        files += [candidate for p in found if p.is_dir() for candidate in _inside(p, empty=True)]
    if not files:
        raise MisuseError(f"{given}: no file matches.", hint="Quote the glob, or check the folder.")
    return files


def _is(test: Callable[[Path], bool], path: Path) -> bool:
    """What ``test`` says of the path.

    Raises:
        MisuseError: A folder above it may not be entered.
    """
    try:
        return test(path)
    except OSError as error:
        raise MisuseError(f"{path}: cannot be read ({error.strerror}).") from None


def _inside(folder: Path, *, empty: bool = False) -> list[Candidate]:
    """The exports in a folder and the folders below it, by name; suffixes in any case.

    Raises:
        MisuseError: There are none (unless ``empty`` is allowed), or a folder cannot be read: what
            is in it would be missing without a word.
    """
    found = []
    for where, _, names in os.walk(folder, onerror=_unreadable):
        paths = [Path(where) / name for name in names if name.casefold().endswith(SUFFIXES)]
        found += [path for path in paths if path.is_file()]
    if not found and not empty:
        raise MisuseError(
            f"{folder}: holds no {', '.join(SUFFIXES)} file.", hint="Name the file itself."
        )
    return [Candidate(path, named=False) for path in sorted(found)]


def _unreadable(error: OSError) -> None:
    raise MisuseError(
        f"{error.filename}: cannot be read ({error.strerror}).",
        hint="Mend its permissions, or name the files that are meant.",
    )


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
