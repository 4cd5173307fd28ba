"""CloudFormation templates, YAML with its short tags (``!Ref``) or JSON, and SAM's types.

What a template does not say outright (another stack's export, a parameter without a default) is
known only when it is deployed. Types that take tags: ``cfn_types.txt``.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from tagwright.policies.planned import Planned, Reading, Tags, text_of
from tagwright.policies.sizes import LATER, sizes_of
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["is_cloudformation", "read_cloudformation", "taggable_types"]

_PROPERTIES = (
    "Tags", "ResourceTags", "BackupPlanTags", "BackupVaultTags", "FrameworkTags", "ReportPlanTags",
    "TieringConfigurationTags", "UserPoolTags", "IdentityPoolTags", "PipelineTags",
    "AccessPointTags", "FileSystemTags", "BotTags", "BotAliasTags", "HealthCheckTags",
    "HostedZoneTags",
)  # fmt: skip
_SAM = {
    "AWS::Serverless::" + name
    for name in ("Function", "Api", "HttpApi", "SimpleTable", "StateMachine", "Application")
}
_NO_VALUE = {"Ref": "AWS::NoValue"}
_VARIABLE = re.compile(r"\$\{([^!][^}]*)\}")
_LATER = "some tags are known only when the template is deployed"
_UNKNOWN = object()
_DEPTH = 40


@cache
def taggable_types() -> frozenset[str]:
    """CloudFormation types that take tags."""
    text = (resources.files("tagwright.policies") / "cfn_types.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(f"{service}::{name}" for service, *names in lines for name in names) | _SAM


def is_cloudformation(document: Any) -> bool:
    """Whether it is a template: resources by name, each with a type."""
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        return False
    types = [item.get("Type") for item in document["Resources"].values() if isinstance(item, dict)]
    return "AWSTemplateFormatVersion" in document or any(
        isinstance(kind, str) and "::" in kind for kind in types
    )


def read_cloudformation(
    document: Mapping[str, Any],
    *,
    lines: Mapping[str, int] | None = None,
    stack_tags: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Reading:
    """Resources of the template that take tags.

    Args:
        document: The template.
        lines: Line of each resource.
        stack_tags: Tags of the stack, which CloudFormation puts on what it makes; a resource's own
            tags win.
        parameters: Values of parameters, in place of their defaults.
    """
    return _Template(document, dict(stack_tags or {}), dict(parameters or {})).reading(lines or {})


class _Template:
    def __init__(
        self, document: Mapping[str, Any], stack_tags: dict[str, str], parameters: dict[str, str]
    ) -> None:
        self.resources: dict[str, Any] = document["Resources"]
        self.stack = Tags(stack_tags)
        given = document.get("Parameters")
        self.parameters: dict[str, Any] = {}
        for name, spec in (given if isinstance(given, dict) else {}).items():
            if isinstance(spec, dict) and spec.get("Default") not in (None, ""):
                self.parameters[name] = text_of(spec["Default"])
        self.parameters.update(parameters)
        globals_ = document.get("Globals")
        self.globals: dict[str, Any] = globals_ if isinstance(globals_, dict) else {}

    def reading(self, lines: Mapping[str, int]) -> Reading:
        found = Reading("cloudformation")
        for name, resource in self.resources.items():
            if name.startswith("Fn::"):
                found.notes.append(f"Not judged: what {clean(name)} makes.")
                continue
            kind = resource.get("Type") if isinstance(resource, dict) else None
            if not isinstance(kind, str):
                found.notes.append(f"Not judged: {clean(name)}, which has no type.")
                continue
            properties = resource.get("Properties")
            properties = properties if isinstance(properties, dict) else {}
            line = lines.get(name, 1)
            if kind == "AWS::AutoScaling::AutoScalingGroup":
                tags, held = self._group(properties)
                planned = Planned(name, kind, "aws", "create", tags, "instances", held, line)
                found.planned.append(planned)
                continue
            said = [prop for prop in _PROPERTIES if prop in properties]
            if not said and kind not in taggable_types():
                found.untagged_types[kind] += 1
                continue
            if kind == "AWS::CloudFormation::Stack":
                found.notes.append(f"Not read: the template of the nested stack {clean(name)}.")
            own = self._tags(properties[said[0]]) if said else Tags()
            shared = self.globals.get(kind.rpartition("::")[2]) if kind in _SAM else None
            if isinstance(shared, dict) and "Tags" in shared:
                own = self._tags(shared["Tags"]).under(own)
            tags = self.stack.under(own)
            sizes = sizes_of(kind, properties, read=self._later)
            found.planned.append(Planned(name, kind, "aws", "create", tags, line=line, sizes=sizes))
        return found

    def _tags(self, value: Any) -> Tags:
        """A list of ``{Key, Value}`` or a map."""
        value = self._resolved(value)
        if value is _UNKNOWN:
            return Tags(further=_LATER)
        tags = Tags()
        for key, text, _ in self._pairs(value):
            if key is None:
                tags.open = _LATER
            else:
                tags[key] = text
        return tags

    def _pairs(self, value: Any) -> list[tuple[str | None, str | None, bool | None]]:
        """Key, value and whether it is propagated; None for what is not known."""
        if isinstance(value, dict):
            return [(key, self._text(item), True) for key, item in value.items()]
        found: list[tuple[str | None, str | None, bool | None]] = []
        for raw in value if isinstance(value, list) else []:
            for row in self._branches(raw):
                key = self._text(row.get("Key", _UNKNOWN)) if isinstance(row, dict) else None
                if key is None:
                    found.append((None, None, None))
                    continue
                launch = self._text(row.get("PropagateAtLaunch", "false"))
                sure = isinstance(raw, dict) and "Fn::If" not in raw
                value_ = self._text(row.get("Value", _UNKNOWN)) if sure else None
                found.append((key, value_, None if launch is None else launch == "true"))
        return found

    def _branches(self, row: Any) -> list[Any]:
        """The row itself; of a condition, what both ways can give."""
        if isinstance(row, dict) and isinstance(row.get("Fn::If"), list):
            return [branch for branch in row["Fn::If"][1:] if branch != _NO_VALUE]
        return [row]

    def _group(self, properties: Mapping[str, Any]) -> tuple[Tags, frozenset[str]]:
        """Tags of what the group launches: propagated, and of the launch template."""
        value = self._resolved(properties.get("Tags", []))
        if value is _UNKNOWN:
            return Tags(further=_LATER), frozenset()
        reached, held = Tags(), set()
        for key, text, launch in self._pairs(value):
            if key is None or launch is None:
                reached.open = _LATER
            elif launch:
                reached[key] = text
            else:
                held.add(key)
        # Stack tags reach the group, and CloudFormation sets them to propagate.
        tags = self.stack.under(self._template_tags(properties)).under(reached)
        return tags, frozenset(held - set(tags))

    def _template_tags(self, properties: Mapping[str, Any]) -> Tags:
        spec: Any = properties.get("LaunchTemplate")
        mixed = properties.get("MixedInstancesPolicy")
        if spec is None and isinstance(mixed, dict):
            spec = (mixed.get("LaunchTemplate") or {}).get("LaunchTemplateSpecification")
        if not isinstance(spec, dict):
            return Tags()
        reference = spec.get("LaunchTemplateId") or spec.get("LaunchTemplateName")
        name = reference.get("Ref") if isinstance(reference, dict) else None
        target = self.resources.get(name) if isinstance(name, str) else None
        if not isinstance(target, dict):
            return Tags(further="its launch template is not in this file")
        data = (target.get("Properties") or {}).get("LaunchTemplateData") or {}
        rows = self._resolved(data.get("TagSpecifications", []))
        if rows is _UNKNOWN:
            return Tags(further=_LATER)
        tags = Tags()
        for row in rows:
            if isinstance(row, dict) and row.get("ResourceType") == "instance":
                tags = tags.under(self._tags(row.get("Tags", [])))
        return tags

    def _text(self, value: Any) -> str | None:
        resolved = self._resolved(value)
        if resolved is _UNKNOWN or isinstance(resolved, dict | list):
            return None
        return text_of(resolved)

    def _resolved(self, value: Any, depth: int = 0) -> Any:
        """The value with functions of one key worked out, or ``_UNKNOWN``."""
        if not isinstance(value, dict) or len(value) != 1 or depth > _DEPTH:
            return _UNKNOWN if depth > _DEPTH else value
        ((function, argument),) = value.items()
        if function == "Ref":
            return self.parameters.get(argument, _UNKNOWN) if isinstance(argument, str) else value
        if function == "Fn::Sub":
            return self._sub(argument, depth)
        if function == "Fn::Join" and isinstance(argument, list) and len(argument) == 2:
            parts = argument[1] if isinstance(argument[1], list) else [_UNKNOWN]
            known = [self._resolved(part, depth + 1) for part in parts]
            whole = all(isinstance(part, str) for part in known)
            return str(argument[0]).join(known) if whole else _UNKNOWN
        if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
            one, other = (self._resolved(item, depth + 1) for item in argument[1:])
            return one if one == other and one is not _UNKNOWN else _UNKNOWN
        return _UNKNOWN if function.startswith("Fn::") else value

    def _later(self, value: Any) -> Any:
        found = self._resolved(value)
        return LATER if found is _UNKNOWN else found

    def _sub(self, argument: Any, depth: int) -> Any:
        text, given = argument, {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
            text, given = argument
        if not isinstance(text, str):
            return _UNKNOWN
        values = {name: self._resolved(item, depth + 1) for name, item in given.items()}
        known = {**self.parameters, **{k: v for k, v in values.items() if isinstance(v, str)}}
        names = set(_VARIABLE.findall(text))
        if not names <= set(known):
            return _UNKNOWN
        return _VARIABLE.sub(lambda found: str(known[found[1]]), text).replace("${!", "${")
