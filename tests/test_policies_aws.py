"""Policies of AWS, read by small interpreters of their own and held to the taxonomy."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_files import RIGHT, TAXONOMY, VALUES, back, contents, request
from tagwright.api import MisuseError
from tagwright.policies.aws_policies import CREATE_ACTIONS, SCP_CHARACTERS, TAG_POLICY_CHARACTERS
from tagwright.policies.generate import generate
from tagwright.policies.iam_policies import MANAGED_CHARACTERS, is_reading
from tagwright.policies.request import compact
from tagwright.remediation.permissions import ACTIONS
from tagwright.taxonomy import parse_taxonomy

if TYPE_CHECKING:
    pass


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
