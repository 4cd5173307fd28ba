"""Billing formats: recognise a file, say how to read it as FOCUS. One file per format."""

from __future__ import annotations

from tagwright.errors import UnknownNameError
from tagwright.plugins import load_all
from tagwright.registry import nearest
from tagwright.sources.model import Head, Reject, Source, Staged

__all__ = [
    "CERTAIN",
    "Head",
    "Reject",
    "Source",
    "Staged",
    "find_source",
    "load_sources",
    "named_source",
]

CERTAIN = 80
"""From this on, what :meth:`Source.recognise` says means: this is one, even if columns lack."""


def load_sources() -> tuple[dict[str, Source], list[str]]:
    """Sources by name, ours first, and a warning for each plugin that did not load."""
    return load_all("tagwright.sources", "source", ("recognise", "missing", "stage"))


def named_source(sources: dict[str, Source], name: str) -> Source:
    """The source of that name.

    Raises:
        UnknownNameError: No source has it.
    """
    if name not in sources:
        raise UnknownNameError(
            "source",
            name,
            nearest(name, list(sources)),
            hint=f"Known are {', '.join(sorted(sources))}.",
        )
    return sources[name]


def find_source(sources: dict[str, Source], head: Head, name: str | None = None) -> Source | None:
    """The source of that name, or the one surest of the file; None where nobody knows it.

    Raises:
        UnknownNameError: No source has that name.
    """
    if name is not None:
        return named_source(sources, name)
    ranked = sorted(
        ((source.recognise(head), key) for key, source in sources.items()), reverse=True
    )
    return sources[ranked[0][1]] if ranked and ranked[0][0] > 0 else None
