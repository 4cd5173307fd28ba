"""What is asked of a generator of policies, and what it gives."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tagwright.policies.clouds import fault_of, fit
from tagwright.taxonomy.fold import fold_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.policies.clouds import Cloud
    from tagwright.taxonomy import Key, Taxonomy

__all__ = ["Document", "Generated", "Request", "allowed", "compact", "placeholders", "tag_name"]


@dataclass(frozen=True)
class Request:
    """What is to be written down.

    Attributes:
        taxonomy: The taxonomy.
        keys: Keys that the policies are about.
        enforce: Whether policies refuse, where they can be told to; else they only report.
        enforce_for: Resource types that an AWS tag policy refuses wrong values for.
        exempt: ARN patterns of principals that an SCP lets through.
        defaults: Tags of experiments: taxonomy key to value.
        refine_days: After how many days an experiment must say more than its defaults.
    """

    taxonomy: Taxonomy
    keys: Sequence[Key]
    enforce: bool = False
    enforce_for: Sequence[str] = ()
    exempt: Sequence[str] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    refine_days: int = 14


@dataclass(frozen=True)
class Document:
    """One file.

    Attributes:
        path: Its name, in the folder it is written to.
        content: What it holds; a list in YAML is several documents.
        syntax: How it is written: ``compact`` is JSON without blanks, for limits of length.
    """

    path: str
    content: Any
    syntax: Literal["json", "yaml", "compact"] = "json"

    def text(self) -> str:
        """The file, the same bytes each time."""
        if self.syntax == "compact":
            return compact(self.content) + "\n"
        if self.syntax == "json":
            return json.dumps(self.content, indent=2, ensure_ascii=False) + "\n"
        import yaml

        documents = self.content if isinstance(self.content, list) else [self.content]
        return yaml.safe_dump_all(
            documents, sort_keys=False, allow_unicode=True, width=100, explicit_start=True
        )


@dataclass
class Generated:
    """The files, and what a person must know before they use them."""

    documents: list[Document] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compact(content: Any) -> str:
    """JSON without blanks: what counts against a limit of characters."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def tag_name(key: Key, cloud: Cloud) -> str:
    """The key as new resources should be tagged in that cloud."""
    return fit(cloud, key.tag_names[0])


def allowed(key: Key, cloud: Cloud, notes: list[str]) -> tuple[str, ...]:
    """Values (patterns with their ``*``) of a closed key as that cloud takes them; none if open.

    Only values as the taxonomy lists them: other spellings are read, but not for new resources.
    """
    if key.open:
        return ()
    found: dict[str, None] = {}
    for value in key.values:
        star = "*" in value
        written = _fitted_pattern(cloud, value) if star else fit(cloud, value)
        if fault := fault_of(cloud, tag_name(key, cloud), written.replace("*", "0")):
            notes.append(f"{key.name} {value!r} is left out: {fault}.")
            continue
        found[written] = None
    return tuple(found)


def _fitted_pattern(cloud: Cloud, value: str) -> str:
    """A pattern as the cloud takes it: its ends at the ``*`` are no ends, and not trimmed as such.

    ``lab-*`` as ``lab*`` would let ``labs`` through.
    """
    prefix, _, suffix = value.partition("*")
    first = fit(cloud, f"{prefix}0").removesuffix("0") if prefix else ""
    last = fit(cloud, f"0{suffix}").removeprefix("0") if suffix else ""
    return f"{first}*{last}"


def placeholders(key: Key, cloud: Cloud | None = None) -> tuple[str, ...]:
    """Values that say nothing, folded: not those the taxonomy lists, or the cloud would refuse."""
    words = [word for word in key.placeholders if fold_value(word) not in key.spellings]
    if cloud is not None:
        words = [word for word in words if not fault_of(cloud, tag_name(key, cloud), word)]
    return tuple(sorted(words))
