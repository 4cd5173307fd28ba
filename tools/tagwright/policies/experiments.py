"""Default tags of experiments, and the demand to say more once one has lived for a while.

An experiment may start with tags that only say that it is one. Later somebody must say whose and
what for: whatever still carries nothing but the defaults after some days is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError
from tagwright.policies.clouds import fault_of, fit
from tagwright.policies.custodian import AWS_RESOURCES
from tagwright.policies.kubernetes_policies import WORKLOADS
from tagwright.policies.request import Document, Generated, tag_name

if TYPE_CHECKING:
    from tagwright.policies.request import Request

__all__ = ["experiment_defaults"]

_TAG_CONTRIBUTOR = (
    "/providers/microsoft.authorization/roleDefinitions/4a9ae827-6dc8-4573-8ac7-8239d42aa03f"
)
_NAMESPACE_LABEL = "tagwright.dev/experiments"


def experiment_defaults(request: Request) -> Generated:
    """Defaults for Terraform, Azure and Kubernetes, and Custodian's search for what kept them.

    Raises:
        MisuseError: A default is not valid by the taxonomy.
    """
    made = Generated()
    pairs = _checked(request)
    azure = {tag_name(request.taxonomy.keys[k], "azure"): fit("azure", v) for k, v in pairs.items()}
    kubernetes = {
        tag_name(request.taxonomy.keys[k], "kubernetes"): fit("kubernetes", v)
        for k, v in pairs.items()
    }
    aws = {tag_name(request.taxonomy.keys[k], "aws"): v for k, v in pairs.items()}
    gcp = {tag_name(request.taxonomy.keys[k], "gcp"): fit("gcp", v) for k, v in pairs.items()}
    providers = {
        "provider": {
            "aws": [{"default_tags": [{"tags": aws}]}],
            "google": [{"default_labels": gcp}],
        }
    }
    made.documents = [
        Document("experiments.tf.json", providers),
        Document("azure-experiments.json", _azure(azure)),
        Document("kyverno-experiments.yaml", _kyverno(kubernetes), "yaml"),
        Document("custodian-experiments-aws.yml", _custodian(aws, request.refine_days), "yaml"),
    ]
    made.notes = [
        "experiments.tf.json is for workspaces of experiments only: put it beside their modules.",
        f"Kubernetes: only namespaces labelled {_NAMESPACE_LABEL}=true get the defaults.",
        (
            "custodian-experiments-aws.yml finds what has only the defaults after "
            f"{request.refine_days} days: it must be given its own tags, or end."
        ),
    ]
    return made


def _checked(request: Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.defaults.items():
        key = request.taxonomy.key(name)
        canonical = key.normalise(value)
        if canonical is None or (not key.open and "*" in value):
            raise MisuseError(
                f"The default {key.name}={value} is not valid by the taxonomy.",
                hint=f"Add {value!r} to the values of {key.name!r}, or give --default "
                f"{key.name}=VALUE.",
            )
        if fault := fault_of("aws", key.tag_names[0], canonical):
            raise MisuseError(f"The default {key.name}={value}: {fault}.")
        found[key.name] = canonical
    if not found:
        raise MisuseError("There are no defaults.", hint="Give --default KEY=VALUE.")
    return found


def _azure(tags: dict[str, str]) -> dict[str, Any]:
    missing = [{"field": f"tags['{name}']", "exists": "false"} for name in tags]
    operations = [
        # "add" writes only where the tag is absent.
        {"operation": "add", "field": f"tags['{name}']", "value": value}
        for name, value in tags.items()
    ]
    return {
        "properties": {
            "displayName": "Tagwright: default tags of experiments",
            "policyType": "Custom",
            "mode": "Indexed",
            "description": "Assign it to subscriptions or resource groups of experiments only.",
            "metadata": {"category": "Tags"},
            "policyRule": {
                "if": {"anyOf": missing},
                "then": {
                    "effect": "modify",
                    "details": {
                        # Tag Contributor: the least role that can write them.
                        "roleDefinitionIds": [_TAG_CONTRIBUTOR],
                        "operations": operations,
                    },
                },
            },
        }
    }


def _kyverno(labels: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {"name": "tagwright-experiments"},
        "spec": {
            "rules": [
                {
                    "name": "default-labels",
                    "match": {
                        "any": [
                            {
                                "resources": {
                                    "kinds": [kind for _, _, kind, _ in WORKLOADS],
                                    "namespaceSelector": {
                                        "matchLabels": {_NAMESPACE_LABEL: "true"}
                                    },
                                }
                            }
                        ]
                    },
                    "mutate": {
                        "patchStrategicMerge": {
                            "metadata": {
                                "labels": {f"+({name})": value for name, value in labels.items()}
                            }
                        }
                    },
                }
            ]
        },
    }


def _custodian(tags: dict[str, str], days: int) -> dict[str, Any]:
    return {
        "policies": [
            {
                "name": f"refine-{name.replace('.', '-')}",
                "resource": name,
                "description": f"Experiments of more than {days} days that carry only defaults.",
                "filters": [
                    *({f"tag:{tag}": value} for tag, value in tags.items()),
                    {"type": "value", "key": since, "value_type": "age", "op": "gt", "value": days},
                ],
            }
            for name, since in AWS_RESOURCES.items()
            if since
        ]
    }
