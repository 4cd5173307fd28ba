"""A connector from outside Tagwright: bills that somebody drops into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tagwright.api import Job, ProviderError, Section, replace_file

__all__ = ["CONNECTOR", "DropFolder", "DropSection"]


class DropSection(Section):
    """Settings ``[connectors.drop_folder]``.

    Attributes:
        path: The folder.
    """

    path: Path


class DropFolder:
    """Copies each file that is new or larger than it was."""

    name = "drop_folder"
    section = DropSection

    def check(self, section: DropSection, job: Job) -> dict[str, Any]:
        """How many files there are; nothing is copied."""
        return {"files": len(_files(section))}

    def fetch(self, section: DropSection, job: Job) -> None:
        """Copy what changed, and say what waits for ingest."""
        known: dict[str, int] = job.log.facts.setdefault("sizes", {})
        files = _files(section)
        for number, path in enumerate(files):
            job.progress(path.name, number, len(files))
            size = path.stat().st_size
            if known.get(path.name) == size:
                job.done.unchanged += 1
                continue
            replace_file(job.folder / path.name, path.read_bytes())
            job.done.files += 1
            job.done.bytes += size
            known[path.name] = size
            job.log.waiting[path.name] = [path.name]
            job.log.save()  # after each file: a kill loses nothing that was copied


def _files(section: DropSection) -> list[Path]:
    try:
        return sorted(path for path in section.path.iterdir() if path.is_file())
    except OSError as error:
        raise ProviderError(
            f"{section.path} cannot be read: {error.strerror}.",
            hint="Set connectors.drop_folder.path in tagwright.toml.",
        ) from None


CONNECTOR = DropFolder()
