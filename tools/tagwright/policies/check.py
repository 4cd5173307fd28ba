"""What is wrong with the tags that a plan would start resources with, judged by the taxonomy."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tagwright.errors import MisuseError
from tagwright.policies.cloudformation import is_cloudformation, read_cloudformation
from tagwright.policies.clouds import CLOUD_NAMES, fault_of, fault_of_all, fit
from tagwright.policies.planned import never_costs
from tagwright.policies.pulumi import is_pulumi, read_pulumi
from tagwright.policies.template_text import parse_template
from tagwright.policies.terraform import is_terraform, read_terraform
from tagwright.taxonomy import resolve
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from tagwright.policies.planned import Planned, Reading
    from tagwright.taxonomy import Key, Taxonomy

__all__ = [
    "KINDS",
    "Finding",
    "Kind",
    "Report",
    "check_file",
    "judge",
    "nearest_values",
    "read_named_plan",
    "read_plan",
]

Kind = Literal["missing", "invalid", "conflict", "refused", "spelling", "unknown"]

KINDS: dict[Kind, str] = {
    "missing": "A required tag is missing.",
    "invalid": "A tag's value is not one that the taxonomy allows.",
    "conflict": "Two tags of one key say different things.",
    "refused": "The cloud would refuse the tag.",
    "spelling": "The tag or its value is not written as the taxonomy lists it.",
    "unknown": "The tag is known only when the plan is applied.",
}
"""What can be found, in words; the first four fail a check."""

_FAILING = ("missing", "invalid", "conflict", "refused")
_ALLOWED_SHOWN = 6
_LIKE = 75


@dataclass(frozen=True)
class Finding:
    """One thing about one resource.

    Attributes:
        file: As it was given.
        line: Where the resource is declared; 1 where that is not known.
        address: The resource, as the plan calls it.
        type: Its type.
        action: What the plan would do to it.
        part: Empty, or ``instances`` that it launches.
        kind: See :data:`KINDS`.
        key: Taxonomy key; empty for a fault of another tag.
        tag: Name of the tag, where there is one.
        value: As it is written; None where it is absent, unknown or secret.
        nearest: Values that are allowed, the nearest first.
        message: One sentence.
    """

    file: str
    line: int
    address: str
    type: str
    action: str
    part: str
    kind: Kind
    key: str
    tag: str
    value: str | None
    nearest: tuple[str, ...]
    message: str

    @property
    def level(self) -> str:
        """``error`` where it fails the check, else ``note``."""
        return "error" if self.kind in _FAILING else "note"

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``; text of the plan made harmless."""
        return {
            "file": clean(self.file), "line": self.line, "address": clean(self.address),
            "type": clean(self.type), "action": self.action, "part": self.part, "kind": self.kind,
            "level": self.level, "key": self.key, "tag": clean(self.tag),
            "value": None if self.value is None else clean(self.value),
            "nearest": list(self.nearest), "message": self.message,
        }  # fmt: skip


@dataclass
class Report:
    """What one or more files were found to hold.

    Attributes:
        files: Name and kind of each file.
        checked: Resources judged.
        free: Resources left out because they never cost.
        without_tags: Resources of types that take no tags, by type.
        findings: In the files' order.
        notes: What could not be seen.
    """

    files: list[tuple[str, str]] = field(default_factory=list)
    checked: int = 0
    free: int = 0
    without_tags: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def failing(self, *, strict: bool = False) -> list[Finding]:
        """Findings that fail the check; strictly also what is only spelt otherwise."""
        kinds = (*_FAILING, "spelling") if strict else _FAILING
        return [finding for finding in self.findings if finding.kind in kinds]

    def add(self, other: Report) -> None:
        """Take over another report."""
        self.files += other.files
        self.checked += other.checked
        self.free += other.free
        self.without_tags += other.without_tags
        self.findings += other.findings
        self.notes += other.notes


def read_plan(
    text: str,
    *,
    stack_tags: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Reading:
    """Recognise and read a plan.

    Raises:
        MisuseError: It is none of those known; says what was expected.
    """
    try:
        document = json.loads(text, object_pairs_hook=_once)
        lines: dict[str, int] = {}
    except RecursionError:
        raise MisuseError("It is nested too deeply.") from None
    except ValueError as error:
        # A plan that was cut is no YAML, and would take minutes to read as such.
        if text.lstrip()[:1] in ("{", "["):
            line = f"line {error.lineno}: " if isinstance(error, json.JSONDecodeError) else ""
            raise MisuseError(f"{line}not JSON.", hint="Was it cut off or edited?") from None
        document, lines = parse_template(text)
    if is_terraform(document):
        return read_terraform(document)
    if is_pulumi(document):
        return read_pulumi(document)
    if is_cloudformation(document):
        return read_cloudformation(
            document, lines=lines or _json_lines(text, document), stack_tags=stack_tags,
            parameters=parameters,
        )  # fmt: skip
    hint = "Known: `terraform show -json PLAN`, a CloudFormation template, `pulumi preview --json`."
    raise MisuseError("It is no plan that is known here.", hint=hint)


def read_named_plan(
    name: str,
    text: str,
    *,
    stack_tags: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Reading:
    """:func:`read_plan` of a file, which a fault names.

    Raises:
        MisuseError: The file is no plan, or not a whole one.
    """
    try:
        return read_plan(text, stack_tags=stack_tags, parameters=parameters)
    except MisuseError as error:
        raise MisuseError(f"{clean(name)}: {error.message}", hint=error.hint) from None
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        raise MisuseError(
            f"{clean(name)}: it looks like a plan, but parts of it are not of its form.",
            hint="Was it cut off or edited?",
        ) from None


def check_file(
    name: str,
    text: str,
    taxonomy: Taxonomy,
    *,
    keys: Sequence[Key],
    on: dt.date,
    stack_tags: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    free_too: bool = False,
) -> Report:
    """Judge one plan.

    Args:
        name: The file, for findings.
        text: What it holds.
        taxonomy: The taxonomy.
        keys: Keys that each resource must have.
        on: The day on which aliases must be live.
        stack_tags: See :func:`read_plan`.
        parameters: See :func:`read_plan`.
        free_too: Whether resources that never cost are judged too.

    Raises:
        MisuseError: The file is no plan; names it.
    """
    reading = read_named_plan(name, text, stack_tags=stack_tags, parameters=parameters)
    report = Report(files=[(name, reading.kind)], without_tags=reading.untagged_types)
    report.notes = [f"{clean(name)}: {note}" for note in reading.notes]
    for planned in reading.planned:
        if not free_too and not planned.part and never_costs(planned.type):
            report.free += 1
            continue
        report.checked += 1
        report.findings += judge(name, planned, taxonomy, keys, on)
    return report


def judge(
    file: str, planned: Planned, taxonomy: Taxonomy, keys: Sequence[Key], on: dt.date
) -> list[Finding]:
    """What is wrong with one resource's tags."""
    return list(_Judge(file, planned, taxonomy, on).findings(keys))


def nearest_values(key: Key, written: str) -> tuple[str, ...]:
    """Allowed values most like what is written, best first; empty where none is near."""
    from tagwright.registry import nearest

    words = [*key.spellings, *(value for value in key.values if "*" in value)]
    found = nearest(written, words, limit=5)
    return tuple(dict.fromkeys(key.spellings.get(word, word) for word in found))[:3]


class _Judge:
    def __init__(self, file: str, planned: Planned, taxonomy: Taxonomy, on: dt.date) -> None:
        self.file, self.planned, self.taxonomy, self.on = file, planned, taxonomy, on
        self.tags = planned.tags
        self.known = {name: value for name, value in self.tags.items() if value is not None}

    def findings(self, keys: Sequence[Key]) -> list[Finding]:
        found = [finding for key in keys for finding in self._key(key)]
        return found + self._refused()

    def _key(self, key: Key) -> list[Finding]:
        own = self.taxonomy.candidates(key.name, self.tags)
        if own and own[0].raw not in self.known:
            return [self._made("unknown", key, own[0].raw, "is known only when it is applied")]
        resolution = resolve(self.taxonomy, key.name, self.known, self.on)
        if resolution.value is not None:
            return self._found(key, [c.raw for c in own if c.raw in self.known], resolution.value)
        if own:
            return [self._invalid(key, own[0].raw)]
        if self.tags.open:
            return [self._made("unknown", key, "", f"may be there: {self.tags.open}")]
        return [self._missing(key)]

    def _found(self, key: Key, own: list[str], value: str) -> list[Finding]:
        """There is a value: do all of its tags agree, and is it written as listed?"""
        values = {key.normalise(self.known[raw]) for raw in own} - {None}
        if len(values) > 1:
            said = ", ".join(f"{clean(raw)}={self._shown(raw)}" for raw in own)
            return [self._made("conflict", key, own[0], f"is said differently: {said}")]
        if not own:
            return []
        raw, cloud = own[0], self.planned.cloud
        wanted_name, wanted = fit(cloud, key.tag_names[0]), fit(cloud, value)
        listed = value in key.values or key.case != "keep"
        if listed and self.known[raw] != wanted and self.known[raw] != value:
            if self._secret(raw):  # what the taxonomy writes would tell it
                return [self._made("spelling", key, raw, "is a secret in another spelling")]
            words = f"is {self._shown(raw)}; the taxonomy writes {wanted!r}"
            return [self._made("spelling", key, raw, words, nearest=(wanted,))]
        names = {name for text in key.tag_names for name in (text, fit(cloud, text))}
        # Labels have one case and few signs: there - and _ are a matter of taste.
        if raw not in names and not (cloud == "gcp" and not fault_of(cloud, raw, None)):
            words = f"is called {clean(raw)!r}; the taxonomy calls it {wanted_name!r}"
            return [self._made("spelling", key, raw, words)]
        return []

    def _invalid(self, key: Key, raw: str) -> Finding:
        written = self.known[raw]
        near = () if self._secret(raw) else nearest_values(key, written)
        words = f"is {self._shown(raw)}, which is not allowed" if written.strip() else "is empty"
        return self._made("invalid", key, raw, words + self._advice(key, near), nearest=near)

    def _missing(self, key: Key) -> Finding:
        held = self.taxonomy.candidates(key.name, self.planned.held_back)
        if held:
            words = f"is on the group as {clean(held[0].raw)!r}, but not propagated at launch"
            return self._made("missing", key, held[0].raw, words, absent=True)
        words = "is missing"
        if like := self._similar_name(key):
            words += f"; its tag {clean(like)!r} looks like it"
        return self._made("missing", key, "", words + self._advice(key, ()), absent=True)

    def _similar_name(self, key: Key) -> str:
        from rapidfuzz import fuzz

        from tagwright.taxonomy.fold import fold_name

        scored = [
            (fuzz.ratio(fold_name(raw), fold_name(name)), raw)
            for raw in self.tags
            if self.taxonomy.key_of_tag(raw) is None
            for name in key.tag_names
        ]
        score, raw = max(scored, default=(0, ""))
        return raw if score >= _LIKE else ""

    def _advice(self, key: Key, near: tuple[str, ...]) -> str:
        if near:
            return f"; nearest: {', '.join(near)}"
        if not key.values:
            return ""
        more = ", …" if len(key.values) > _ALLOWED_SHOWN or key.open else ""
        return f"; allowed: {', '.join(key.values[:_ALLOWED_SHOWN])}{more}"

    def _refused(self) -> list[Finding]:
        cloud = self.planned.cloud
        found = []
        for raw, value in sorted(self.tags.items()):
            if fault := fault_of(cloud, raw, None if self._secret(raw) else value):
                words = f"would be refused by {CLOUD_NAMES[cloud]}: {clean(fault)}"
                found.append(self._made("refused", None, raw, words))
        if fault := fault_of_all(cloud, self.tags):
            words = f"would be refused by {CLOUD_NAMES[cloud]}: {clean(fault)}"
            found.append(self._made("refused", None, "", words))
        return found

    def _secret(self, raw: str) -> bool:
        return raw in self.tags.hidden or "*" in self.tags.hidden

    def _shown(self, raw: str) -> str:
        return "a secret" if self._secret(raw) else repr(shorten(self.known[raw], 60))

    def _made(
        self,
        kind: Kind,
        key: Key | None,
        raw: str,
        words: str,
        *,
        nearest: tuple[str, ...] = (),
        absent: bool = False,
    ) -> Finding:
        planned = self.planned
        of = f"of the {planned.part} it launches " if planned.part else ""
        subject = key.name if key is not None else f"the tag {shorten(raw, 60)!r}" if raw else "it"
        value = None if absent or self._secret(raw) else self.known.get(raw)
        return Finding(
            file=self.file, line=planned.line, address=planned.address, type=planned.type,
            action=planned.action, part=planned.part, kind=kind, key=key.name if key else "",
            tag=raw, value=value, nearest=nearest, message=f"{subject} {of}{words}.",
        )  # fmt: skip


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names all differ: of two, one would be judged and the other not."""
    found = dict(pairs)
    if len(found) < len(pairs):
        [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise MisuseError(f"{shorten(name, 60)!r} stands twice in one object.")
    return found


def _json_lines(text: str, document: Mapping[str, Any]) -> dict[str, int]:
    """Lines of a JSON template's resources, found by their names after ``Resources``."""
    at = text.find('"Resources"')
    found = {}
    for name in document["Resources"]:
        # With its colon: what refers to it may stand before it.
        if place := re.compile(rf"{re.escape(json.dumps(name))}\s*:").search(text, max(at, 0)):
            found[name] = text.count("\n", 0, place.start()) + 1
    return found
