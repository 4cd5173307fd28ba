"""Read a taxonomy file; every fault names the file and the field."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from tagwright.taxonomy.model import TaxonomySpec
from tagwright.taxonomy.taxonomy import Taxonomy
from tagwright.text import clean
from tagwright.yaml_files import checked, file_text, mapping_of, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

__all__ = [
    "SUGGEST",
    "default_text",
    "load_taxonomy",
    "parse_document",
    "parse_taxonomy",
    "taxonomy_path",
]

SUGGEST = "tagwright taxonomy suggest shows what your tags could mean."
"""Said where tags have no meaning yet."""


def taxonomy_path(settings: Settings) -> Path:
    """The file that is the taxonomy, or would be: it need not be there."""
    path = settings.taxonomy
    return settings.home / ("taxonomy.yaml" if path is None else path)


def load_taxonomy(settings: Settings) -> Taxonomy:
    """The taxonomy of ``settings.taxonomy``, else ``<home>/taxonomy.yaml``, else the one shipped.

    The file is read every time, so that an edit is seen at once; the same text is parsed once, and
    its taxonomy shared.

    Raises:
        ConfigError: The file is missing, not YAML, or says something a taxonomy cannot; the
            message names file and field.
    """
    path = taxonomy_path(settings)
    if settings.taxonomy is None and not path.exists():
        return _known(default_text(), "the default taxonomy")
    return _known(file_text(path, "Taxonomy"), str(path))


@lru_cache(maxsize=8)
def _known(text: str, source: str) -> Taxonomy:
    """One parsed before; text that is no taxonomy raises each time, and is not kept."""
    return parse_taxonomy(text, source)


@cache
def default_text() -> str:
    """The YAML of the taxonomy that is shipped: what a first ``taxonomy.yaml`` can start from."""
    return (resources.files("tagwright.taxonomy") / "default.yaml").read_text(encoding="utf-8")


def parse_taxonomy(text: str, source: str = "taxonomy") -> Taxonomy:
    """A taxonomy from YAML text; ``source`` is how messages call it.

    Raises:
        ConfigError: As for :func:`load_taxonomy`.
    """
    return parse_document(read_yaml(text, source), source)


def parse_document(document: object, source: str = "taxonomy") -> Taxonomy:
    """A taxonomy from what its YAML holds.

    Raises:
        ConfigError: As for :func:`load_taxonomy`.
    """
    found = mapping_of(document, source, "'keys'")
    return Taxonomy(checked(TaxonomySpec, found, source, _where), source)


def _where(place: tuple[int | str, ...], _: object) -> str:
    return clean(".".join(str(part) for part in place)) or "top level"
