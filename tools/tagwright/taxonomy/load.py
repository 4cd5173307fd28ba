"""Read a taxonomy file; every fault names the file and the field."""

from __future__ import annotations

import contextlib
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tagwright.errors import ConfigError
from tagwright.taxonomy.model import TaxonomySpec
from tagwright.taxonomy.taxonomy import Taxonomy
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

__all__ = [
    "SUGGEST",
    "default_text",
    "load_taxonomy",
    "parse_document",
    "parse_taxonomy",
    "read_yaml",
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
    return _known(_read(path), str(path))


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
    if not isinstance(document, dict):
        raise ConfigError(f"{source}: the top level must be a mapping with 'keys'.")
    try:
        return Taxonomy(TaxonomySpec.model_validate(document), source)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "top level"
        given = first.get("input")
        number = isinstance(given, int | float) and first["type"] == "string_type"
        raise ConfigError(
            f"{source}: {clean(where)}: {clean(first['msg'].removeprefix('Value error, '))}.",
            hint=f"Put quotes around {shorten(str(given), 40)}." if number else "",
        ) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ConfigError(f"Taxonomy {path}: {reason}.") from None


def read_yaml(text: str, source: str) -> Any:
    """Safe YAML, without the duplicate keys that PyYAML would drop silently.

    Read by libyaml where PyYAML was built with it: a hundred times as fast.

    Raises:
        ConfigError: It is not YAML; names ``source`` and line.
    """
    import yaml

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        loader.flatten_mapping(node)
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise ConfigError(
                    f"{source}: line {key_node.start_mark.line + 1}: the name "
                    f"{shorten(str(key), 40)} must be text.",
                    hint="Put quotes around it.",
                )
            if key in found:
                raise ConfigError(
                    f"{source}: line {key_node.start_mark.line + 1}: {clean(key)!r} stands twice."
                )
            found[key] = loader.construct_object(value_node, deep=True)
        return found

    def read(safe: Any) -> Any:
        loader: Any = type("Loader", (safe,), {})
        loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
        return yaml.load(text, loader)  # noqa: S506  a SafeLoader with one constructor replaced

    try:
        if (native := getattr(yaml, "CSafeLoader", None)) is not None:
            with contextlib.suppress(yaml.YAMLError):  # the other reader says it in plainer words
                return read(native)
        return read(yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(
            f"{source}: line {line}: not valid YAML: {clean(error.problem or '')}."
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(f"{source}: not valid YAML ({type(error).__name__}).") from None
