"""The taxonomy as labels that Kubernetes admits: Kyverno's, or its own ValidatingAdmissionPolicy.

Sources: Kyverno, "Validate Rules" (patterns with ``*``, ``?``, ``|`` and ``&``; ``failureAction``,
1.13 and newer) and "Mutate Rules" (``+(name)`` adds what is absent); Kubernetes, "Validating
Admission Policy" (admissionregistration.k8s.io/v1, 1.30 and newer).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.policies.cel import has_label, one_of, quote, says_something
from tagwright.policies.request import Document, Generated, allowed, placeholders, tag_name

if TYPE_CHECKING:
    from tagwright.policies.request import Request
    from tagwright.taxonomy import Key

__all__ = ["EXEMPT_NAMESPACES", "WORKLOADS", "admission_policies", "kyverno_policies"]

WORKLOADS = (
    ("", "v1", "Pod", "pods"),
    ("apps", "v1", "Deployment", "deployments"),
    ("apps", "v1", "StatefulSet", "statefulsets"),
    ("apps", "v1", "DaemonSet", "daemonsets"),
    ("batch", "v1", "Job", "jobs"),
    ("batch", "v1", "CronJob", "cronjobs"),
)
"""What runs, as (group, version, kind, resource). Its own labels are judged."""

EXEMPT_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "kyverno")

_LABELS = "object.metadata.labels"


def kyverno_policies(request: Request) -> Generated:
    """One ClusterPolicy, a rule a key."""
    made = Generated()
    rules = []
    for key in request.keys:
        label = tag_name(key, "kubernetes")
        values = allowed(key, "kubernetes", made.notes)
        words = _sentence(key, label)
        if values:
            pattern = " | ".join(_not_ranges(key, values, made.notes))
        else:
            unwanted = [f"!{word}" for word in placeholders(key, "kubernetes")]
            pattern = " & ".join(["?*", *unwanted])
        rules.append(
            {
                "name": f"label-{key.name}",
                "match": {"any": [{"resources": {"kinds": [kind for _, _, kind, _ in WORKLOADS]}}]},
                "exclude": {"any": [{"resources": {"namespaces": list(EXEMPT_NAMESPACES)}}]},
                "validate": {
                    "failureAction": "Enforce" if request.enforce else "Audit",
                    "message": words,
                    "pattern": {"metadata": {"labels": {label: pattern}}},
                },
            }
        )
    policy = {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {
            "name": "tagwright-labels",
            "annotations": {"pod-policies.kyverno.io/autogen-controllers": "none"},
        },
        "spec": {"background": True, "rules": rules},
    }
    made.documents.append(Document("kyverno-labels.yaml", policy, "yaml"))
    return made


def admission_policies(request: Request) -> Generated:
    """A ValidatingAdmissionPolicy and its binding."""
    made = Generated()
    validations = []
    for key in request.keys:
        label = tag_name(key, "kubernetes")
        value = f"{_LABELS}[{quote(label)}]"
        values = allowed(key, "kubernetes", made.notes)
        good = (
            one_of(value, values)
            if values
            else says_something(value, placeholders(key, "kubernetes"))
        )
        validations.append(
            {
                "expression": f"{has_label(_LABELS, label)} && ({good})",
                "message": _sentence(key, label),
                "reason": "Invalid",
            }
        )
    rules: dict[tuple[str, str], list[str]] = {}
    for group, version, _, resource in WORKLOADS:
        rules.setdefault((group, version), []).append(resource)
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "tagwright-labels"},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {"apiGroups": [group], "apiVersions": [version],
                     "operations": ["CREATE", "UPDATE"], "resources": resources}
                    for (group, version), resources in rules.items()
                ]
            },
            "validations": validations,
        },
    }  # fmt: skip
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "tagwright-labels"},
        "spec": {
            "policyName": "tagwright-labels",
            "validationActions": ["Deny"] if request.enforce else ["Warn", "Audit"],
            "matchResources": {
                "namespaceSelector": {
                    "matchExpressions": [
                        {"key": "kubernetes.io/metadata.name", "operator": "NotIn",
                         "values": list(EXEMPT_NAMESPACES)}
                    ]
                }
            },
        },
    }  # fmt: skip
    made.documents.append(Document("admission-labels.yaml", [policy, binding], "yaml"))
    return made


def _not_ranges(key: Key, values: tuple[str, ...], notes: list[str]) -> list[str]:
    """Values that Kyverno reads as they are: it takes 10-20 for a range of numbers."""
    found = []
    for value in values:
        if re.fullmatch(r"\d[^-]*-\d.*", value):
            notes.append(f"{key.name} {value!r} is left out: Kyverno would read a range.")
        else:
            found.append(value)
    return found


def _sentence(key: Key, label: str) -> str:
    shown = ", ".join(key.values[:8]) if not key.open else ""
    more = ", …" if len(key.values) > 8 else ""
    return f"The label {label} is required" + (f": one of {shown}{more}." if shown else ".")
