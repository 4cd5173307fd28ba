"""Read an allocation file; every fault names the file and the field."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tagwright.allocation.model import (
    AllocationRules,
    AllocationSpec,
    Naming,
    Policies,
    Policy,
    RuleSpec,
    UsageFilter,
)
from tagwright.errors import ConfigError
from tagwright.metrics import Filter
from tagwright.taxonomy import read_yaml
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tagwright.config import Settings

__all__ = ["load_rules", "parse_rules"]


def load_rules(settings: Settings) -> AllocationRules:
    """The rules of ``settings.allocation``, else of ``<home>/allocation.yaml``, else none.

    The setting is the path of a file, or the rules themselves: ``[allocation]`` in
    ``tagwright.toml`` says what the file would.

    Without rules each charge goes where its tags say; the rest is unallocated.

    Raises:
        ConfigError: The file is missing, not YAML, or says something rules cannot; the message
            names file, rule and field.
    """
    path = settings.allocation
    if isinstance(path, dict):
        return _checked(path, f"{settings.home / 'tagwright.toml'}: [allocation]")
    if path is not None and not path.is_absolute():
        path = settings.home / path
    if path is None:
        path = settings.home / "allocation.yaml"
        if not path.exists():
            return parse_rules("{}", "no allocation rules")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ConfigError(f"Allocation rules {path}: {reason}.") from None
    return parse_rules(text, str(path))


def parse_rules(text: str, source: str = "allocation rules") -> AllocationRules:
    """Rules from YAML text; ``source`` is how messages call it.

    Raises:
        ConfigError: As for :func:`load_rules`.
    """
    document = read_yaml(text, source) or {}
    if not isinstance(document, dict):
        raise ConfigError(f"{source}: the top level must be a mapping with 'rules'.")
    return _checked(document, source)


def _checked(document: dict[str, Any], source: str) -> AllocationRules:
    try:
        spec = AllocationSpec.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "extra_forbidden":
            raise _unknown(source, document, first["loc"]) from None
        raise ConfigError(
            f"{source}: {_where(document, first['loc'])}"
            f"{clean(first['msg'].removeprefix('Value error, '))}."
        ) from None
    digest = hashlib.sha256(spec.model_dump_json().encode()).hexdigest()
    return AllocationRules(spec, source, digest)


def _unknown(source: str, document: dict[str, object], path: tuple[int | str, ...]) -> ConfigError:
    """A field nobody knows, with the nearest ones that are known there."""
    from tagwright.registry import nearest

    *above, name = path
    known = list(_model_at(tuple(above)).model_fields)
    near = nearest(str(name), known)
    where = _where(document, tuple(above))
    return ConfigError(
        f"{source}: {where}there is no field {shorten(str(name), 80)!r}.",
        hint=f"Did you mean {', '.join(near)}?" if near else f"Fields are: {', '.join(known)}.",
    )


def _model_at(path: tuple[int | str, ...]) -> type[BaseModel]:
    """The model of what stands at a place of the file."""
    if path[:1] == ("policies",):
        return Policies if len(path) == 1 else Policy
    if path[:1] == ("rules",) and len(path) > 2:
        parts: dict[str, type[BaseModel]] = {
            "match": Filter,
            "usage": UsageFilter,
            "named_by": Naming,
        }
        return parts.get(str(path[2]), RuleSpec)
    return RuleSpec if path[:1] == ("rules",) else AllocationSpec


def _where(document: dict[str, object], path: tuple[int | str, ...]) -> str:
    """The field, a rule called by its id where it has one."""
    parts = [str(part) for part in path]
    rules = document.get("rules")
    if (
        len(path) > 1
        and path[0] == "rules"
        and isinstance(path[1], int)
        and isinstance(rules, list)
    ):
        rule = rules[path[1]]
        name = rule.get("id") if isinstance(rule, dict) else None
        parts = [f"rule {name or path[1] + 1}", *parts[2:]]
    return f"{clean('.'.join(parts))}: " if parts else ""
