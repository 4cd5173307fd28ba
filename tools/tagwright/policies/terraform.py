"""Terraform's and OpenTofu's plan as JSON (``terraform show -json PLAN``).

Format: developer.hashicorp.com/terraform/internals/json-format (major versions 0 and 1). An
attribute that a type has stands in ``after`` (null where it is not set) or, where it is known only
at apply, as true in ``after_unknown``: so the plan itself says what takes tags.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError
from tagwright.policies.planned import Planned, Reading, Tags, text_of
from tagwright.policies.sizes import LATER, sizes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tagwright.policies.clouds import Cloud

__all__ = ["is_terraform", "read_terraform"]

_CLOUDS: dict[str, Cloud] = {
    "aws": "aws", "awscc": "aws", "azurerm": "azure", "azapi": "azure", "google": "gcp",
    "google-beta": "gcp",
}  # fmt: skip
_EFFECTIVE = {"aws": ("tags_all",), "gcp": ("effective_labels", "terraform_labels"), "azure": ()}
_OWN = {"aws": ("tags",), "gcp": ("labels", "resource_labels", "user_labels"), "azure": ("tags",)}
_DEFAULTS = {"aws": "default_tags", "gcp": "default_labels"}
_INDEX = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
_LATER = "some tags are known only at apply"


def is_terraform(document: Any) -> bool:
    """Whether the JSON is a plan or a state of Terraform."""
    return isinstance(document, dict) and (
        "resource_changes" in document or {"format_version", "terraform_version"} <= set(document)
    )


def read_terraform(document: Mapping[str, Any]) -> Reading:
    """Managed resources that the plan creates, replaces or updates.

    Raises:
        MisuseError: It is a state, not whole, or of a format that is not known.
        TypeError: A change is not of its form.
    """
    version = str(document.get("format_version", "1.0"))
    if version.partition(".")[0] not in ("0", "1"):
        raise MisuseError(f"Terraform plan format {version} is not known (0.x and 1.x are).")
    if document.get("errored"):
        raise MisuseError(
            "The plan is not whole: Terraform stopped with an error while it made it.",
            hint="Mend what `terraform plan` says, and plan again.",
        )
    if "resource_changes" not in document:
        if "values" in document:
            raise MisuseError(
                "This is a Terraform state.", hint="Give it `terraform show -json PLANFILE`."
            )
        return Reading("terraform")
    return _Plan(document).reading()


class _Plan:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.changes = [item for item in _listed(document["resource_changes"]) if _managed(item)]
        self.configured = "configuration" in document
        configuration = document.get("configuration") or {}
        self.providers = configuration.get("provider_config") or {}
        self.resources = dict(_configured(configuration.get("root_module") or {}, ""))
        self.deferred = len(document.get("deferred_changes") or ())

    def reading(self) -> Reading:
        found = Reading("terraform")
        strangers: set[str] = set()
        for change in self.changes:
            action = _action(change["change"].get("actions") or [])
            if action is None:
                continue
            provider = str(change.get("provider_name", "")).rpartition("/")[2]
            cloud = _CLOUDS.get(provider)
            if cloud is None:
                strangers.add(provider)
                continue
            made = self._planned(change, cloud, action)
            if made is None:
                found.untagged_types[change["type"]] += 1
            else:
                found.planned.append(made)
        if strangers:
            found.notes.append(f"Not judged: resources of {', '.join(sorted(strangers))}.")
        if self.deferred:
            found.notes.append(f"Not judged: {self.deferred} deferred changes.")
        return found

    def _planned(self, change: Mapping[str, Any], cloud: Cloud, action: str) -> Planned | None:
        after, unknown = _sides(change)
        sensitive = change["change"].get("after_sensitive") or {}
        held: frozenset[str] = frozenset()
        part = ""
        hidden: set[str] = set()
        if change["type"] == "aws_autoscaling_group":
            tags, held = self._group(change, after, unknown)
            part = "instances"
            hidden = {"*"} if _any(sensitive) else set()
        elif change["type"] == "google_sql_database_instance":
            settings = after.get("settings") or [{}]
            later = _aligned(unknown.get("settings"), len(settings))
            tags = _read(settings[0] or {}, later[0], "user_labels")
            hidden = {"*"} if _any(sensitive) else set()
        else:
            names = [n for n in (*_EFFECTIVE[cloud], *_OWN[cloud]) if n in after or n in unknown]
            if not names:
                return None
            tags = self._tags(change, cloud, names)
            hidden = {name for attr in names for name in _hidden(sensitive, attr)}
        tags = Tags(tags, further=tags.open, hidden=hidden)
        return Planned(
            change["address"], change["type"], cloud, action, tags, part, held,
            sizes=sizes_of(change["type"], _with_later(after, unknown)),
            sizes_now=sizes_of(change["type"], change["change"].get("before")),
        )  # fmt: skip

    def _tags(self, change: Mapping[str, Any], cloud: Cloud, names: list[str]) -> Tags:
        """What the resource would carry: with the provider's defaults."""
        after, unknown = _sides(change)
        for name in _EFFECTIVE[cloud]:
            if name in names and unknown.get(name) is not True:
                return _read(after, unknown, name)
        own = next((name for name in names if name in _OWN[cloud]), None)
        tags = _read(after, unknown, own) if own else Tags(further=_LATER)
        if any(name in _EFFECTIVE[cloud] for name in names):
            return self._defaults(change, cloud).under(tags)
        return tags

    def _defaults(self, change: Mapping[str, Any], cloud: Cloud) -> Tags:
        """The provider's default tags, as far as the configuration says them outright."""
        if not self.configured:
            return Tags(further=_LATER)
        resource = self.resources.get(_INDEX.sub("", change["address"]), {})
        key = str(resource.get("provider_config_key", ""))
        config = self.providers.get(key) or self.providers.get(key.rpartition(":")[2]) or {}
        said = (config.get("expressions") or {}).get(_DEFAULTS[cloud])
        if not said:
            return Tags()
        blocks = said if isinstance(said, list) else [{"tags": said}]
        tags = Tags()
        for block in blocks:
            inner = block.get("tags") or {}
            if not isinstance(inner.get("constant_value"), dict):
                return Tags(further="the provider's default tags are known only at apply")
            tags = tags.under(_read({"tags": inner["constant_value"]}, {}, "tags"))
        return tags

    def _group(
        self, change: Mapping[str, Any], after: Mapping[str, Any], unknown: Mapping[str, Any]
    ) -> tuple[Tags, frozenset[str]]:
        """Tags of the instances an Auto Scaling group launches, and those it keeps to itself."""
        later = unknown.get("tag")
        if later is True:
            return Tags(further=_LATER), frozenset()
        rows = list(after.get("tag") or after.get("tags") or ())
        reached, held, further = Tags(), set(), ""
        for row, seen in zip(rows, _aligned(later, len(rows)), strict=True):
            if not isinstance(row.get("key"), str) or seen.get("propagate_at_launch"):
                further = _LATER
            elif text_of(row.get("propagate_at_launch")) == "true":
                reached[row["key"]] = None if seen.get("value") else text_of(row.get("value"))
            else:
                held.add(row["key"])
        base = self._template(change)
        tags = base.under(reached)
        return Tags(tags, further=further or tags.open), frozenset(held - set(tags))

    def _template(self, change: Mapping[str, Any]) -> Tags:
        """``tag_specifications`` for instances of the launch templates the group refers to."""
        address = _INDEX.sub("", change["address"])
        expressions = self.resources.get(address, {}).get("expressions") or {}
        wanted = {
            ".".join(text.split(".")[:2])
            for block in ("launch_template", "mixed_instances_policy")
            for text in _references(expressions.get(block))
            if text.startswith("aws_launch_template.")
        }
        after, unknown = _sides(change)
        uses = any(
            after.get(name) or unknown.get(name)
            for name in ("launch_template", "mixed_instances_policy")
        )
        prefix = address.removesuffix(f"{change['type']}.{change.get('name', '')}")
        matching = [c for c in self.changes if _INDEX.sub("", c["address"]) in
                    {prefix + name for name in wanted}]  # fmt: skip
        if not matching:
            return Tags(further="its launch template is not in this plan" if uses else "")
        tags = Tags()
        for template in matching:
            spec, later = _sides(template)
            tags = tags.under(_specification(spec, later))
        return tags


def _specification(after: Mapping[str, Any], unknown: Mapping[str, Any]) -> Tags:
    later = unknown.get("tag_specifications")
    if later is True:
        return Tags(further=_LATER)
    rows = list(after.get("tag_specifications") or ())
    tags = Tags()
    for row, seen in zip(rows, _aligned(later, len(rows)), strict=True):
        if row.get("resource_type") == "instance":
            tags = tags.under(_read(row, seen, "tags"))
    return tags


def _read(after: Mapping[str, Any], unknown: Mapping[str, Any], name: str) -> Tags:
    """One attribute: a map, or a list of ``{key, value}``; a null value is no tag."""
    value, later = after.get(name), unknown.get(name)
    if later is True:
        return Tags(further=_LATER)
    if isinstance(value, list):
        pairs = zip(value, _aligned(later, len(value)), strict=True)
        return Tags(
            (row["key"], None if seen.get("value") else text_of(row.get("value")))
            for row, seen in pairs
            if isinstance(row, dict) and isinstance(row.get("key"), str)
        )
    known = value if isinstance(value, dict) else {}
    tags = Tags((key, text_of(item)) for key, item in known.items() if item is not None)
    if isinstance(later, dict):
        tags.update((key, None) for key, flag in later.items() if flag)
    return tags


def _sides(change: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    inner = change["change"]
    after, unknown = inner.get("after"), inner.get("after_unknown")
    return (
        after if isinstance(after, dict) else {},
        unknown if isinstance(unknown, dict) else {},
    )


def _with_later(after: Any, unknown: Any) -> Any:
    """What will be, with :data:`LATER` where that is known only at apply."""
    if unknown is True:
        return LATER
    if isinstance(after, list):
        rows = unknown if isinstance(unknown, list) else []
        return [_with_later(row, rows[i] if i < len(rows) else None) for i, row in enumerate(after)]
    later = unknown if isinstance(unknown, dict) else {}
    if not isinstance(after, dict):
        return after
    return {name: _with_later(after.get(name), later.get(name)) for name in {**after, **later}}


def _aligned(later: Any, count: int) -> list[dict[str, Any]]:
    """What is unknown of each row of a list; rows beyond what is said are known."""
    rows = later if isinstance(later, list) else []
    return [rows[i] if i < len(rows) and isinstance(rows[i], dict) else {} for i in range(count)]


def _hidden(sensitive: Any, name: str) -> set[str]:
    marked = sensitive.get(name) if isinstance(sensitive, dict) else sensitive
    if isinstance(marked, dict):
        return {key for key, flag in marked.items() if flag}
    return {"*"} if _any(marked) else set()


def _any(marked: Any) -> bool:
    """Whether anything in it is marked as sensitive."""
    if isinstance(marked, dict):
        return any(_any(item) for item in marked.values())
    return any(map(_any, marked)) if isinstance(marked, list) else marked is True


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list | None):
        raise TypeError
    return value or []


def _managed(change: Any) -> bool:
    """Whether it changes what Terraform manages.

    Raises:
        TypeError: It is no change; one that were passed over would be taken for a clean one.
    """
    inner = change["change"]
    actions = inner["actions"]
    texts = [change["address"], change["type"], change["provider_name"], *actions]
    if not isinstance(actions, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError
    if _action(actions) and not isinstance(inner["after"], dict):
        raise TypeError
    return bool(change.get("mode", "managed") == "managed")


def _action(actions: list[str]) -> str | None:
    """The word for Terraform's actions; None where nothing new comes of them."""
    if "create" in actions:
        return "replace" if "delete" in actions or "forget" in actions else "create"
    return "update" if "update" in actions else None


def _configured(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in module.get("resources") or ():
        yield prefix + str(resource.get("address", "")), resource
    for name, call in (module.get("module_calls") or {}).items():
        yield from _configured(call.get("module") or {}, f"{prefix}module.{name}.")


def _references(expression: Any) -> Iterator[str]:
    if isinstance(expression, list):
        for item in expression:
            yield from _references(item)
    elif isinstance(expression, dict):
        for name, item in expression.items():
            if name == "references" and isinstance(item, list):
                yield from (text for text in item if isinstance(text, str))
            else:
                yield from _references(item)
