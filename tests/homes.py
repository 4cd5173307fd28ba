"""Homes that hold the same are built once in a run, and each test gets a copy of its own."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tagwright.ingest import ingest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.config import Settings

__all__ = ["Homes", "fill"]


class Homes:
    """Where this run keeps what was built; ``conftest.py`` says where, the same for all workers."""

    folder: Path | None = None


def fill(settings: Settings, paths: Sequence[Path]) -> Settings:
    """What ``ingest(settings, paths)`` does to the home, where nothing may fail or be rejected.

    The warehouse of a home without one is copied from the first that was made of the same files,
    settings and taxonomy, whatever test that was for: it is a copy, so a test may damage it. Its
    ``files.path`` names the files where that one was built. A home with a warehouse is filled by
    an ingest of its own.
    """
    warehouse = settings.home / "warehouse"
    if warehouse.exists() or Homes.folder is None:
        _ingest(settings, paths)
        return settings
    beside = [path for path in _files(settings.home) if path not in paths]
    made = Homes.folder / _digest(settings, paths, beside)
    if not made.exists():
        _build(settings, paths, beside, made)
    shutil.copytree(made, warehouse)
    return settings


def _ingest(settings: Settings, paths: Sequence[Path]) -> None:
    report = ingest(settings, paths)
    faults = [(file.error, file.examples) for file in report.files if file.error or file.rejected]
    assert not faults, faults


def _build(settings: Settings, paths: Sequence[Path], beside: Sequence[Path], made: Path) -> None:
    """Build it elsewhere and move it: two workers may build the same, and one of them is kept."""
    with tempfile.TemporaryDirectory(dir=made.parent) as scratch:
        home = Path(scratch) / "home"
        for path in beside:
            copy = home / path.relative_to(settings.home)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        copies = []
        for index, path in enumerate(paths):
            copies.append(home / "exports" / str(index) / path.name)
            copies[-1].parent.mkdir(parents=True)
            shutil.copyfile(path, copies[-1])
        _ingest(settings.model_copy(update={"home": home}), copies)
        try:
            (home / "warehouse").rename(made)
        except OSError:
            assert made.exists()  # another worker was first


def _digest(settings: Settings, paths: Sequence[Path], beside: Sequence[Path]) -> str:
    """Of all that an ingest reads."""
    found = hashlib.sha256(settings.model_dump_json(exclude={"home"}).encode())
    named = [
        path for path in (settings.taxonomy, settings.prices) if path is not None and path.is_file()
    ]
    for path in beside:
        found.update(f"\0{path.relative_to(settings.home)}\0".encode())
        found.update(path.read_bytes())
    for path in (*paths, *named):
        found.update(f"\0\0{path.name}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
