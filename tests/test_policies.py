"""Policies of every format, read by small interpreters of their own and held to the taxonomy."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import string
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagwright.api import MisuseError, UnknownNameError
from tagwright.policies.aws_policies import CREATE_ACTIONS, SCP_CHARACTERS, TAG_POLICY_CHARACTERS
from tagwright.policies.custodian import value_regex
from tagwright.policies.generate import EXPERIMENT_DEFAULTS, FORMATS, generate
from tagwright.policies.iam_policies import MANAGED_CHARACTERS, is_reading
from tagwright.policies.request import Document, Generated, Request, compact
from tagwright.remediation.permissions import ACTIONS
from tagwright.taxonomy import default_text, parse_taxonomy
from tagwright_agent.cli import main
from tagwright_agent.cli import policies as command

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.taxonomy import Taxonomy

TEXT = """
version: 1
keys:
  team: {layer: business, required: true, tag_names: [squad],
         values: {search: [srch], Ads: [], "lab-*": [], "a*a": []}}
  cost-center: {layer: business, required: true, case: upper}
  environment: {layer: workload, required: true, open: true, values: {production: [prod]}}
  feature: {layer: unit}
"""
TAXONOMY = parse_taxonomy(TEXT)
VALUES = st.sampled_from(
    ["search", "SEARCH", "srch", "Ads", "ads", "lab-", "lab-7", "labs", "a", "aa", "aba", "prod",
     "production", "", "none", "n/a", "tbd", "CC-1", "x"]
) | st.text(alphabet=string.ascii_letters + string.digits + "-_.", max_size=8)  # fmt: skip


def request(taxonomy: Taxonomy = TAXONOMY, **more: Any) -> Request:
    more.setdefault("defaults", EXPERIMENT_DEFAULTS)
    return Request(taxonomy=taxonomy, keys=taxonomy.wanted(more.pop("keys", ())), **more)


@cache
def made(form: str, **more: Any) -> Generated:
    return generate(form, request(**more))


def back(document: Document) -> Any:
    """The content as somebody else would read it from the file."""
    if document.syntax == "yaml":
        found = list(yaml.safe_load_all(document.text()))
        return found if isinstance(document.content, list) else found[0]
    return json.loads(document.text())


@cache
def contents(form: str, **more: Any) -> list[Any]:
    return [back(document) for document in made(form, **more).documents]


@pytest.mark.parametrize("form", list(FORMATS))
@pytest.mark.parametrize(
    "taxonomy", [TAXONOMY, parse_taxonomy(default_text())], ids=["own", "default"]
)
def test_every_file_reads_back_as_what_it_says(form: str, taxonomy: Taxonomy) -> None:
    if form == "experiment-defaults" and taxonomy is TAXONOMY:
        asked = request(taxonomy, defaults={"environment": "experiment"})
    else:
        asked = request(taxonomy)
    found = generate(form, asked)
    assert found.documents
    for document in found.documents:
        assert back(document) == json.loads(json.dumps(document.content))
    assert len({document.path for document in found.documents}) == len(found.documents)
    assert generate(form, asked) == found


def test_the_command_offers_every_format() -> None:
    assert list(command._FORMATS) == list(FORMATS)


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="aws-spc") as error:
        generate("aws-spc", request())
    assert "aws-scp" in error.value.nearest


# --- AWS ---------------------------------------------------------------------------------------


def test_a_tag_policy_says_keys_and_values_of_the_taxonomy() -> None:
    (policy,) = contents("aws-tag-policy")
    assert list(policy) == ["tags"]
    for name, key in TAXONOMY.keys.items():
        entry = policy["tags"].get(name)
        assert (entry is not None) == key.required
        if entry is None:
            continue
        assert entry["tag_key"]["@@assign"].lower() == name  # the policy key, but for its case
        said = entry.get("tag_value", {}).get("@@assign", [])
        assert set(said) == (set() if key.open else set(key.values))
        assert all(value.count("*") <= 1 for value in said)
        assert "enforced_for" not in entry


def test_enforcing_a_tag_policy_names_where() -> None:
    (policy,) = contents("aws-tag-policy", enforce_for=("ec2:instance", "rds:*"))
    assert {tuple(e["enforced_for"]["@@assign"]) for e in policy["tags"].values()} == {
        ("ec2:instance", "rds:*")
    }
    with pytest.raises(MisuseError, match="service:type"):
        generate("aws-tag-policy", request(enforce_for=["all"]))


def test_many_values_are_split_over_policies_within_the_limits() -> None:
    values = {n: ", ".join(f"v{n}-{m:03}" for m in range(150)) for n in range(12)}
    keys = "\n".join(
        f"  k{n}: {{layer: business, required: true, values: [{listed}]}}"
        for n, listed in values.items()
    )
    taxonomy = parse_taxonomy(f"version: 1\nkeys:\n{keys}\n")
    tag = [back(d) for d in generate("aws-tag-policy", request(taxonomy)).documents]
    assert len(tag) > 1
    assert all(len(compact(policy)) <= TAG_POLICY_CHARACTERS for policy in tag)
    assert [name for policy in tag for name in policy["tags"]] == list(taxonomy.keys)
    scp = generate("aws-scp", request(taxonomy))
    assert all(len(compact(back(d))) <= SCP_CHARACTERS for d in scp.documents)
    sids = [s["Sid"] for d in scp.documents for s in back(d)["Statement"]]
    assert len(sids) == len(set(sids)) == 12 * 2 * len(CREATE_ACTIONS)
    assert any("one target takes 5 SCPs" in note for note in scp.notes)


def test_values_that_fit_no_scp_are_said_and_presence_stays() -> None:
    values = ", ".join(f"team-{n:04}" for n in range(600))
    taxonomy = parse_taxonomy(
        f"{{version: 1, keys: {{team: {{layer: business, required: true, values: [{values}]}}}}}}"
    )
    found = generate("aws-scp", request(taxonomy))
    assert "The values of team do not fit an SCP: use the tag policy for them." in found.notes
    sids = [s["Sid"] for d in found.documents for s in back(d)["Statement"]]
    assert sids == ["NoTeam1", "NoTeam2", "NoTeam3"]
    with pytest.raises(MisuseError, match="10,000 characters"):
        generate("aws-tag-policy", request(parse_taxonomy(
            "{version: 1, keys: {team: {layer: business, required: true, values: ["
            + ", ".join(f"team-{n:04}" for n in range(1200)) + "]}}}")))  # fmt: skip


def scp_denies(
    policies: list[Any], action: str, resource: str, tags: dict[str, str], who: str = "arn:x"
) -> bool:
    """IAM's rules, as far as these policies use them; condition keys have no case."""
    context = {f"aws:requesttag/{name.lower()}": value for name, value in tags.items()}
    context["aws:principalarn"] = who

    def holds(operator: str, wanted: dict[str, Any]) -> bool:
        for name, said in wanted.items():
            value = context.get(name.lower())
            if operator == "Null":
                ok = (value is None) == (said == "true")
            elif operator in ("StringNotLike", "ArnNotLike"):
                ok = value is None or not any(fnmatch.fnmatchcase(value, p) for p in said)
            else:
                raise AssertionError(operator)
            if not ok:
                return False
        return True

    return any(
        statement["Effect"] == "Deny"
        and action in statement["Action"]
        and fnmatch.fnmatchcase(resource, statement["Resource"])
        and all(holds(*item) for item in statement["Condition"].items())
        for policy in policies
        for statement in policy["Statement"]
    )


RIGHT = {"team": "search", "cost-center": "CC-1", "environment": "x"}


@given(key=st.sampled_from(sorted(RIGHT)), value=st.none() | VALUES)
def test_an_scp_denies_what_the_taxonomy_does_not_allow(key: str, value: str | None) -> None:
    tags = {k: v for k, v in {**RIGHT, key: value}.items() if v is not None}
    places = [
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1:111122223333:instance/*"),
        ("ec2:RunInstances", "arn:aws-cn:ec2:cn-north-1:111122223333:volume/*"),
        ("sagemaker:CreateEndpoint", "arn:aws:sagemaker:us-east-1:111122223333:endpoint/x"),
    ]
    listed = TAXONOMY.keys[key]
    if value is None:
        wanted = True
    elif listed.open:
        wanted = False
    else:
        wanted = not any(fnmatch.fnmatchcase(value, v) for v in listed.values)
        # What is not valid at all is never let through; a listed value always is.
        assert wanted or listed.normalise(value) is not None
    for action, resource in places:
        assert scp_denies(contents("aws-scp"), action, resource, tags) is wanted
    assert not scp_denies(contents("aws-scp"), "ec2:DescribeInstances", "*", {})
    image = "arn:aws:ec2:us-east-1::image/ami-1"
    assert not scp_denies(contents("aws-scp"), "ec2:RunInstances", image, {})


def test_exempt_principals_are_let_through() -> None:
    policies = contents("aws-scp", exempt=("arn:aws:iam::*:role/break-glass",))
    place = ("rds:CreateDBInstance", "arn:aws:rds:us-east-1:111122223333:db:x")
    assert scp_denies(policies, *place, {}, "arn:aws:iam::111122223333:role/dev")
    assert not scp_denies(policies, *place, {}, "arn:aws:iam::111122223333:role/break-glass")


# --- IAM ---------------------------------------------------------------------------------------


def test_the_applier_s_policy_allows_what_the_actions_declare_and_no_more() -> None:
    (policy,) = contents("aws-iam-applier")
    listed = [name for statement in policy["Statement"] for name in statement["Action"]]
    assert sorted(listed) == sorted(name for names in ACTIONS.values() for name in names)
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        assert not any("*" in name for name in statement["Action"])
        writes = [name for name in statement["Action"] if not is_reading(name)]
        if writes and "Condition" not in statement:
            assert set(writes) <= {
                "tag:TagResources", "tag:UntagResources", "s3:PutBucketTagging", "sts:AssumeRole",
            }  # fmt: skip
            assert statement["Resource"] != "*" or "sts:AssumeRole" not in writes
    (names,) = {tuple(s["Condition"]["ForAllValues:StringEqualsIgnoreCase"]["aws:TagKeys"])
                for s in policy["Statement"] if "Condition" in s}  # fmt: skip
    assert {"team", "squad", "cost-center", "cost_center", "CostCenter".lower()} <= set(names)
    for name in names:  # every spelling is a required key's, and nothing else
        found = TAXONOMY.key_of_tag(name)
        assert found is not None
        assert TAXONOMY.keys[found[0]].required
    assert len(compact(policy)) <= MANAGED_CHARACTERS


def test_too_many_names_for_a_managed_policy_are_said() -> None:
    names = ", ".join(f"a-b-c-d-{n}" for n in range(9))
    taxonomy = parse_taxonomy(
        f"{{version: 1, keys: {{team: {{layer: business, required: true, tag_names: [{names}]}}}}}}"
    )
    found = generate("aws-iam-applier", request(taxonomy))
    assert all("Condition" not in s for s in back(found.documents[0])["Statement"])
    assert "writing is not kept to them" in found.notes[0]


def test_the_reader_s_policy_cannot_write() -> None:
    (policy,) = contents("aws-iam-reader")
    (statement,) = policy["Statement"]
    assert "tag:GetResources" in statement["Action"]
    assert all(re.match(r"[a-z0-9-]+:(Get|List|Describe)", name) for name in statement["Action"])


@pytest.mark.parametrize(
    ("name", "reads"),
    [("tag:GetResources", True), ("ec2:DescribeInstances", True), ("s3:PutBucketTagging", False),
     ("tag:TagResources", False), ("s3:GetBucketTagging", True), ("ec2:*", False),
     ("tag:Get*", False), ("dynamodb:BatchGetItem", True)],
)  # fmt: skip
def test_what_reads(name: str, reads: bool) -> None:
    assert is_reading(name) is reads


# --- Azure -------------------------------------------------------------------------------------


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


# --- Cloud Custodian -----------------------------------------------------------------------------


@given(
    key=st.sampled_from(sorted(TAXONOMY.keys)),
    value=VALUES.map(lambda text: f"  {text}\t")
    | VALUES
    | st.text("search lab-n/a\n\u200b*?", max_size=9),
)
def test_custodian_s_regex_is_the_taxonomy_s_own_rule(key: str, value: str) -> None:
    """``op: regex`` is ``re.match`` with IGNORECASE."""
    found = re.match(value_regex(TAXONOMY.keys[key]), value, re.IGNORECASE) is not None
    assert found is (TAXONOMY.keys[key].normalise(value) is not None)


def test_custodian_looks_at_every_tag_name_of_every_key() -> None:
    documents = {d.path: back(d) for d in made("cloud-custodian").documents}
    assert set(documents) == {"custodian-aws.yml", "custodian-azure.yml", "custodian-gcp.yml"}
    for document in documents.values():
        for policy in document["policies"]:
            assert "actions" not in policy
            (either,) = policy["filters"]
            keys = [[test["key"] for test in item["not"][0]["or"]] for item in either["or"]]
            stripped = [[re.sub(r'^(tag:|\w+\.)"?|"$', "", k) for k in names] for names in keys]
            assert stripped == [
                list(key.tag_names) for key in TAXONOMY.keys.values() if key.required
            ]


@pytest.mark.slow  # starts Cloud Custodian
@pytest.mark.parametrize("form", ["cloud-custodian", "experiment-defaults"])
def test_custodian_accepts_them(form: str, tmp_path: Path) -> None:
    """With `pip install c7n` (or TAGWRIGHT_CUSTODIAN=path of the command) on this machine."""
    custodian = os.environ.get("TAGWRIGHT_CUSTODIAN") or shutil.which("custodian")
    if custodian is None:
        pytest.skip("Cloud Custodian is not installed")
    taxonomy = parse_taxonomy(default_text())
    for document in generate(form, request(taxonomy)).documents:
        if not re.fullmatch(r"custodian-(experiments-)?aws\.yml", document.path):
            continue
        path = tmp_path / document.path
        path.write_text(document.text())
        done = subprocess.run([custodian, "validate", str(path)], capture_output=True, text=True,
                              check=False, cwd=tmp_path)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Configuration valid" in done.stderr + done.stdout


# --- Experiments ---------------------------------------------------------------------------------


def test_defaults_of_experiments_are_valid_and_must_be_refined() -> None:
    taxonomy = parse_taxonomy(default_text())
    terraform, azure, kyverno, custodian = (
        back(d) for d in generate("experiment-defaults", request(taxonomy, refine_days=7)).documents
    )
    tags = terraform["provider"]["aws"][0]["default_tags"][0]["tags"]
    assert tags == EXPERIMENT_DEFAULTS
    for name, value in tags.items():
        assert taxonomy.keys[name].normalise(value) == value
    assert terraform["provider"]["google"][0]["default_labels"] == tags
    details = azure["properties"]["policyRule"]["then"]["details"]
    assert {o["field"]: o["value"] for o in details["operations"]} == {
        f"tags['{name}']": value for name, value in tags.items()
    }
    assert {o["operation"] for o in details["operations"]} == {"add"}  # never over a tag of its own
    labels = kyverno["spec"]["rules"][0]["mutate"]["patchStrategicMerge"]["metadata"]["labels"]
    assert labels == {f"+({name})": value for name, value in tags.items()}
    for policy in custodian["policies"]:
        *fixed, age = policy["filters"]
        assert {k: v for item in fixed for k, v in item.items()} == {
            f"tag:{name}": value for name, value in tags.items()
        }
        assert (age["value_type"], age["op"], age["value"]) == ("age", "gt", 7)


def test_a_default_that_the_taxonomy_does_not_allow_is_refused() -> None:
    with pytest.raises(MisuseError, match="team=ml-research is not valid") as error:
        generate("experiment-defaults", request())
    assert "Add 'ml-research' to the values" in error.value.hint
    with pytest.raises(UnknownNameError):
        generate("experiment-defaults", request(defaults={"colour": "red"}))


# --- The command ---------------------------------------------------------------------------------


def test_files_are_written_printed_or_given_as_json(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "taxonomy.yaml").write_text(TEXT)
    assert main(["policies", "--format", "aws-tag-policy"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == contents("aws-tag-policy")[0]
    assert "note: A tag policy never asks" in shown.err
    assert main(["policies", "--format", "azure-policy"]) == 0
    assert "==> tagwright-team.json <==" in capsys.readouterr().out
    assert main(["policies", "--format", "kyverno", "--key", "feature", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [rule["name"] for rule in document["files"][0]["content"]["spec"]["rules"]] == [
        "label-feature"
    ]
    out = tmp_path / "deep" / "out"
    assert main(["policies", "--format", "aws-scp", "--out", str(out)]) == 0
    assert [json.loads(p.read_text()) for p in sorted(out.iterdir())] == contents("aws-scp")
    for arguments in (
        ["--format", "aws-xyz"],
        [],
        ["--format", "aws-scp", "--key", "colour"],
        ["--format", "experiment-defaults", "--default", "team"],
        ["--format", "aws-scp", "--out", str(home / "taxonomy.yaml" / "x")],
        ["--format", "kyverno", "--exempt", "arn:aws:iam::*:role/x"],
        ["--format", "aws-scp", "--enforce-for", "ec2:instance"],
        ["--format", "azure-policy", "--default", "team=search"],
    ):
        assert main(["policies", *arguments]) == 2
