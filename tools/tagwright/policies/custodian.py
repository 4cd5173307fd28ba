"""The taxonomy as Cloud Custodian policies: what is there already, untagged or wrongly tagged.

Source: Cloud Custodian, "Generic Filters" (``type: value``; ``op: regex`` is ``re.match`` without
case). A resource is found exactly where none of a key's tag names, as the taxonomy writes them,
holds a valid value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.policies.clouds import fit
from tagwright.policies.request import Document, Generated, placeholders
from tagwright.taxonomy.fold import SPACES

if TYPE_CHECKING:
    from tagwright.policies.clouds import Cloud
    from tagwright.policies.request import Request
    from tagwright.taxonomy import Key

__all__ = ["AWS_RESOURCES", "custodian_policies", "key_filter", "value_regex"]

AWS_RESOURCES: dict[str, str] = {
    "aws.ec2": "LaunchTime",
    "aws.ebs": "CreateTime",
    "aws.rds": "InstanceCreateTime",
    "aws.s3": "CreationDate",
    "aws.lambda": "",
    "aws.dynamodb-table": "CreationDateTime",
    "aws.eks": "createdAt",
    "aws.ecs-service": "createdAt",
    "aws.elasticsearch": "",
    "aws.sagemaker-endpoint": "CreationTime",
    "aws.sagemaker-notebook": "CreationTime",
    "aws.sagemaker-job": "CreationTime",
    "aws.bedrock-inference-profile": "createdAt",
}
"""Resources, with the field that says since when each is there; empty where none does."""

_OTHERS: dict[Cloud, tuple[str, ...]] = {
    "azure": (
        "azure.vm", "azure.vmss", "azure.disk", "azure.storage", "azure.aks",
        "azure.cognitiveservice", "azure.sqlserver", "azure.cosmosdb",
    ),
    "gcp": ("gcp.instance", "gcp.disk", "gcp.bucket", "gcp.gke-cluster", "gcp.bq-dataset"),
}  # fmt: skip
_LABELS = {"gcp.gke-cluster": "resourceLabels"}


def custodian_policies(request: Request) -> Generated:
    """A file for each cloud; the policies act on nothing, they find."""
    made = Generated()
    clouds: dict[Cloud, tuple[str, ...]] = {"aws": tuple(AWS_RESOURCES), **_OTHERS}
    for cloud, names in clouds.items():
        policies = [
            {
                "name": f"tags-{name.replace('.', '-')}",
                "resource": name,
                "description": "Untagged or wrongly tagged by the taxonomy; made by Tagwright.",
                "filters": [
                    {"or": [key_filter(key, cloud, _field(name, cloud)) for key in request.keys]}
                ],
            }
            for name in names
        ]
        made.documents.append(Document(f"custodian-{cloud}.yml", {"policies": policies}, "yaml"))
    made.notes.append("The policies hold no action: Custodian reports. Fixes go through plans.")
    return made


def _field(resource: str, cloud: Cloud) -> str:
    """What stands before the tag's name in a filter's key."""
    return "tag:" if cloud != "gcp" else _LABELS.get(resource, "labels") + "."


def key_filter(key: Key, cloud: Cloud, before: str) -> dict[str, Any]:
    """Finds a resource that has no valid value of the key."""
    names = dict.fromkeys(fit(cloud, name) for name in key.tag_names)
    valid = [
        {"type": "value", "key": _path(before, name), "op": "regex", "value": value_regex(key)}
        for name in names
    ]
    return {"not": [{"or": valid}]}


def _path(before: str, name: str) -> str:
    """The filter's key; a name with signs is quoted in a JMESPath."""
    plain = before == "tag:" or re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
    return before + (name if plain else f'"{name}"')


def value_regex(key: Key) -> str:
    """What a valid value looks like, with its blanks: the rule of ``Key.normalise``."""
    codes = "".join(f"\\u{ord(char):04x}" for char in SPACES)
    blank = f"[{codes}]*"
    if key.open:
        words = "|".join(re.escape(word) for word in ("", *placeholders(key)))
        return rf"(?s)(?!{blank}(?:{words}){blank}\Z).+\Z"
    forms = [re.escape(spelling) for spelling in key.spellings]
    forms += [
        f"{re.escape(pattern.prefix)}.*{re.escape(pattern.suffix)}" for pattern in key.patterns
    ]
    return rf"(?s){blank}(?:{'|'.join(forms)}){blank}\Z"
