"""Read an allocation file; every fault names the file and the field."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

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
from tagwright.text import clean, shorten
from tagwright.yaml_files import checked, file_text, mapping_of, read_yaml

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
    return parse_rules(file_text(path, "Allocation rules"), str(path))


def parse_rules(text: str, source: str = "allocation rules") -> AllocationRules:
    """Rules from YAML text; ``source`` is how messages call it.

    Raises:
        ConfigError: As for :func:`load_rules`.
    """
    document = mapping_of(read_yaml(text, source) or {}, source, "'rules'")
    return _checked(document, source)


def _checked(document: dict[str, Any], source: str) -> AllocationRules:
    spec = checked(AllocationSpec, document, source, _where, partial(_unknown, source))
    digest = hashlib.sha256(spec.model_dump_json().encode()).hexdigest()
    return AllocationRules(spec, source, digest)


def _unknown(source: str, path: tuple[int | str, ...], document: dict[str, object]) -> ConfigError:
    """A field nobody knows, with the nearest ones that are known there."""
    from tagwright.registry import nearest

    *above, name = path
    known = list(_model_at(tuple(above)).model_fields)
    near = nearest(str(name), known)
    where = _where(tuple(above), document)
    return ConfigError(
        f"{source}: {where}{': ' if where else ''}there is no field {shorten(str(name), 80)!r}.",
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


def _where(path: tuple[int | str, ...], document: dict[str, object]) -> str:
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
    return clean(".".join(parts))
