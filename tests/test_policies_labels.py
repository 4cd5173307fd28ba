"""Policies of Azure, Kubernetes, Kyverno and Google, read as those would read them."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_files import RIGHT, TAXONOMY, VALUES, back, contents, made, request
from tagwright.policies.generate import generate
from tagwright.taxonomy import parse_taxonomy

if TYPE_CHECKING:
    pass


def azure_hits(rule: Any, tags: dict[str, str]) -> bool:  # noqa: PLR0911  one for each operator
    """Azure's conditions: names of tags and comparisons have no case; an absent field fits none."""
    if "anyOf" in rule:
        return any(azure_hits(item, tags) for item in rule["anyOf"])
    if "allOf" in rule:
        return all(azure_hits(item, tags) for item in rule["allOf"])
    if "not" in rule:
        return not azure_hits(rule["not"], tags)
    match = re.fullmatch(r"tags\['(.+)'\]", rule["field"])
    assert match
    value = {k.lower(): v for k, v in tags.items()}.get(match[1].lower())
    if "exists" in rule:
        return (value is not None) == (rule["exists"] == "true")
    if value is None:
        return False
    if "in" in rule:
        return value.lower() in [text.lower() for text in rule["in"]]
    assert rule["like"].count("*") == 1
    return fnmatch.fnmatchcase(value.lower(), rule["like"].lower())


@given(key=st.sampled_from(sorted(RIGHT)), value=st.none() | VALUES)
def test_an_azure_policy_finds_what_the_taxonomy_does_not_allow(
    key: str, value: str | None
) -> None:
    rule = contents("azure-policy")[sorted(RIGHT, key=list(TAXONOMY.keys).index).index(key)][
        "properties"
    ]["policyRule"]
    assert rule["then"]["effect"] == "[parameters('effect')]"
    tags = {k: v for k, v in {**RIGHT, key: value}.items() if v is not None}
    listed = TAXONOMY.keys[key]
    normal = None if value is None else listed.normalise(value)
    other_spelling = key == "team" and value is not None and value.lower() == "srch"
    assert azure_hits(rule["if"], tags) is (normal is None or other_spelling)


def test_azure_s_initiative_holds_every_definition_and_says_the_effect() -> None:
    for enforce, effect in ((False, "Audit"), (True, "Deny")):
        *definitions, initiative = made("azure-policy", enforce=enforce).documents
        inside = back(initiative)["properties"]
        references = [item["policyDefinitionReferenceId"] for item in inside["policyDefinitions"]]
        assert [f"{name}.json" for name in references] == [d.path for d in definitions]
        assert inside["parameters"]["effect"]["defaultValue"] == effect
        for document in definitions:
            default = back(document)["properties"]["parameters"]["effect"]["defaultValue"]
            assert default == effect


# --- CEL: Kubernetes and Google ------------------------------------------------------------------


class Text(str):
    __slots__ = ()

    def startsWith(self, other: str) -> bool:  # noqa: N802  CEL's name
        return self.startswith(other)

    def endsWith(self, other: str) -> bool:  # noqa: N802
        return self.endswith(other)


class Node:
    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


def cel(expression: str, **names: Any) -> bool:
    """The part of CEL that is used, as Python; and by cel-python, where it is installed."""
    parts = re.split(r'("(?:[^"\\]|\\.)*")', expression)
    for index in range(0, len(parts), 2):
        code = parts[index].replace("&&", " and ").replace("||", " or ")
        code = re.sub(r"!(?!=)", " not ", code)
        parts[index] = re.sub(r"has\(([\w.]+)\.(\w+)\)", r'hasattr(\1, "\2")', code)
    return bool(eval("".join(parts), {"size": len, "hasattr": hasattr, **names}))  # noqa: S307


def expected(key: str, labels: dict[str, str] | None, values: tuple[str, ...]) -> bool:
    if labels is None or key not in labels:
        return False
    if values:
        return any(fnmatch.fnmatchcase(labels[key], value) for value in values)
    return TAXONOMY.keys[key].normalise(labels[key]) is not None or (
        labels[key].lower() in TAXONOMY.keys[key].placeholders
        and labels[key] != labels[key].lower()
    )


# A label can hold no slash, in Kubernetes or at Google: no policy has to speak of "n/a" there.
LABEL_VALUES = VALUES.filter(lambda value: "/" not in value)
# In Kubernetes it begins and ends with a letter or a digit besides: there is no label "-".
POD_LABELS = LABEL_VALUES.filter(lambda value: not value or not {value[0], value[-1]} & set("-_."))
LABELS = st.none() | st.dictionaries(st.sampled_from(sorted(RIGHT)), POD_LABELS)


@given(labels=LABELS)
def test_kubernetes_admits_what_the_taxonomy_allows(labels: dict[str, str] | None) -> None:
    ((policy, binding),) = contents("validating-admission-policy")
    assert binding["spec"]["policyName"] == policy["metadata"]["name"]
    known = {} if labels is None else {"labels": {k: Text(v) for k, v in labels.items()}}
    thing = Node(metadata=Node(**known))
    keys = [key for key in TAXONOMY.keys.values() if key.required]
    for key, validation in zip(keys, policy["spec"]["validations"], strict=True):
        values = () if key.open else key.values
        got = cel(validation["expression"], object=thing)
        assert got is expected(key.name, labels, values), (key.name, labels)


def test_cel_by_a_whole_implementation() -> None:
    celpy = pytest.importorskip("celpy")
    ((policy, _),) = contents("validating-admission-policy")
    environment = celpy.Environment()
    for value, good in [
        ("search", True),
        ("lab-7", True),
        ("a", False),
        ("aba", True),
        ("x", False),
    ]:
        program = environment.program(
            environment.compile(policy["spec"]["validations"][0]["expression"])
        )
        thing = celpy.json_to_cel({"metadata": {"labels": {"team": value}}})
        assert bool(program.evaluate({"object": thing})) is good


def test_reporting_or_refusing_in_kubernetes_and_google() -> None:
    for enforce in (False, True):
        ((_, binding),) = contents("validating-admission-policy", enforce=enforce)
        assert ("Deny" in binding["spec"]["validationActions"]) is enforce
        (kyverno,) = contents("kyverno", enforce=enforce)
        actions = {rule["validate"]["failureAction"] for rule in kyverno["spec"]["rules"]}
        assert actions == {"Enforce" if enforce else "Audit"}
        found = contents("gcp-org-policy", enforce=enforce)
        specs = [policy for policy in found if "/policies/" in policy["name"]]
        assert specs
        assert all(("spec" in policy) is enforce for policy in specs)


@given(labels=st.dictionaries(st.sampled_from(sorted(RIGHT)), LABEL_VALUES))
def test_google_refuses_what_the_taxonomy_does_not_allow(labels: dict[str, str]) -> None:
    """Labels are lower case: so are the values, and the list of what says nothing."""
    labels = {name: value.lower() for name, value in labels.items()}
    found = contents("gcp-org-policy")
    constraints = [item for item in found if "condition" in item]
    assert len(constraints) == 9
    for item in constraints:
        assert item["actionType"] == "DENY"
        assert len(item["condition"]) <= 1000
        assert re.fullmatch(
            r"organizations/\w+/customConstraints/custom\.[A-Za-z0-9]{1,62}", item["name"]
        )
        names = {"labels": {k: Text(v) for k, v in labels.items()}}
        names["resourceLabels"] = names["labels"]
        refused = cel(item["condition"], resource=Node(**names))
        key = next(k for k in RIGHT if f'"{k}"' in item["condition"])
        values = tuple(v.lower() for v in TAXONOMY.keys[key].values if not TAXONOMY.keys[key].open)
        assert refused is not expected(key, labels, values)
    policies = {item["name"].rpartition("/")[2] for item in found if "condition" not in item}
    assert policies == {item["name"].rpartition("/")[2] for item in constraints}


def test_google_s_label_checks_speak_of_every_key_and_value() -> None:
    (document,) = contents("gcp-label-checks", keys=("environment", "cost-center"))
    assert [check["name"] for check in document["checks"]] == ["no-environment", "no-cost-center"]
    found = generate("gcp-label-checks", request(keys=["team"]))
    assert found.notes == ["team has patterns that a search cannot say: only absence."]
    taxonomy = parse_taxonomy("{version: 1, keys: {team: {layer: business, required: true, "
                              "values: [search, Ads, 'lab-*']}}}")  # fmt: skip
    checks = back(generate("gcp-label-checks", request(taxonomy)).documents[0])["checks"]
    assert checks[1]["query"] == (
        "labels.team:* AND NOT (labels.team=search OR labels.team=ads OR labels.team:lab-*)"
    )


def kyverno_fits(pattern: str, value: str | None) -> bool:
    """Kyverno's text patterns: | of & of wildcards, ! turns one round; absent fits none."""
    if value is None:
        return False

    def one(part: str) -> bool:
        part = part.strip()
        if part.startswith("!"):
            return not fnmatch.fnmatchcase(value, part[1:])
        return fnmatch.fnmatchcase(value, part)

    return any(all(map(one, branch.split("&"))) for branch in pattern.split("|"))


@given(labels=st.dictionaries(st.sampled_from(sorted(RIGHT)), LABEL_VALUES))
def test_kyverno_admits_what_the_taxonomy_allows(labels: dict[str, str]) -> None:
    (policy,) = contents("kyverno")
    for rule in policy["spec"]["rules"]:
        key = TAXONOMY.keys[rule["name"].removeprefix("label-")]
        ((label, pattern),) = rule["validate"]["pattern"]["metadata"]["labels"].items()
        # A label cannot be a placeholder that holds signs labels may not hold.
        value = labels.get(label)
        if value is not None and not re.fullmatch(r"([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?", value):
            continue
        values = () if key.open else key.values
        assert kyverno_fits(pattern, value) is expected(key.name, labels, values)


def test_kyverno_would_read_a_range() -> None:
    taxonomy = parse_taxonomy("{version: 1, keys: {team: {layer: business, required: true, "
                              "values: ['10-20', search]}}}")  # fmt: skip
    found = generate("kyverno", request(taxonomy))
    assert "would read a range" in found.notes[0]
    assert back(found.documents[0])["spec"]["rules"][0]["validate"]["pattern"] == {
        "metadata": {"labels": {"team": "search"}}
    }
