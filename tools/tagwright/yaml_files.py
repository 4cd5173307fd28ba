"""Files of YAML that people write, held to a model; every fault in words, with its place."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from tagwright.errors import ConfigError
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["checked", "file_text", "mapping_of", "read_yaml"]

Place = tuple[int | str, ...]
_M = TypeVar("_M", bound=BaseModel)


def file_text(path: Path, called: str = "") -> str:
    """The text of a file; ``called`` is what stands before its path in a message.

    Raises:
        FileNotFoundError: It is not there, and is called nothing: whether it must be, the caller
            knows.
        ConfigError: It cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, FileNotFoundError) and not called:
            raise
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ConfigError(f"{called} {path}: {reason}.".lstrip()) from None


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


def mapping_of(document: object, source: str, holds: str) -> dict[str, Any]:
    """The document of a file whose top level names ``holds``, such as ``'rates'``.

    Raises:
        ConfigError: It is something else.
    """
    if not isinstance(document, dict):
        raise ConfigError(f"{source}: the top level must be a mapping with {holds}.")
    return document


def checked(
    kind: type[_M],
    document: dict[str, Any],
    source: str,
    where: Callable[[Place, dict[str, Any]], str],
    unknown: Callable[[Place, dict[str, Any]], ConfigError] | None = None,
) -> _M:
    """The document as its model.

    Args:
        kind: The model.
        document: What the file says.
        source: How messages call the file.
        where: The place of a fault in words; empty where there is none to name.
        unknown: What is said of a field that nobody knows, else the same as of other faults.

    Raises:
        ConfigError: It is not what it should be; its first fault.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if unknown is not None and first["type"] == "extra_forbidden":
            raise unknown(first["loc"], document) from None
        place = where(first["loc"], document)
        given = first.get("input")
        # Of a truth value the file says something else (NO, on) than what it was read as.
        number = isinstance(given, int | float) and not isinstance(given, bool)
        raise ConfigError(
            f"{source}: {place}{': ' if place else ''}"
            f"{clean(first['msg'].removeprefix('Value error, '))}.",
            hint=f"Put quotes around {shorten(str(given), 40)}."
            if number and first["type"] == "string_type"
            else "",
        ) from None
