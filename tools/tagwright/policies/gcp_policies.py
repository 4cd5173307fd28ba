"""The taxonomy as custom constraints of Google Cloud's Organization Policy, and as label checks.

Source: Organization Policy API v2, ``CustomConstraint`` (name ``custom.`` and letters and digits,
condition to 1,000 characters) and ``Policy`` (``dryRunSpec`` only reports); Cloud Asset Inventory,
"Search query syntax" (``labels.KEY:*``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.policies.cel import one_of, quote, says_something
from tagwright.policies.request import Document, Generated, allowed, placeholders, tag_name

if TYPE_CHECKING:
    from tagwright.policies.request import Request

__all__ = ["CONDITION_CHARACTERS", "RESOURCES", "label_checks", "organization_policies"]

CONDITION_CHARACTERS = 1_000
_PARENT = "organizations/ORGANIZATION_ID"

RESOURCES = (
    ("compute.googleapis.com/Instance", "resource.labels"),
    ("storage.googleapis.com/Bucket", "resource.labels"),
    ("container.googleapis.com/Cluster", "resource.resourceLabels"),
)
"""Types that cost, and the field that holds their labels."""


def organization_policies(request: Request) -> Generated:
    """A constraint for each key and type, and the policy that turns it on."""
    made = Generated()
    for key in request.keys:
        label = tag_name(key, "gcp")
        values = allowed(key, "gcp", made.notes)
        for kind, labels in RESOURCES:
            value = f"{labels}[{quote(label)}]"
            good = (
                one_of(value, values) if values else says_something(value, placeholders(key, "gcp"))
            )
            condition = f"!({quote(label)} in {labels}) || !({good})"
            if len(condition) > CONDITION_CHARACTERS:
                condition = f"!({quote(label)} in {labels})"
                made.notes.append(f"The values of {label} do not fit a condition of {kind}.")
            name = f"custom.tagwright{_word(label)}{_word(kind.partition('/')[2])}"
            made.documents += [
                Document(f"{name}.constraint.yaml", _constraint(name, kind, condition), "yaml"),
                Document(f"{name}.policy.yaml", _policy(name, enforce=request.enforce), "yaml"),
            ]
    made.notes.append(
        "Put the number of your organisation for ORGANIZATION_ID. Google says by type which fields "
        "a constraint may look at: gcloud refuses one that names another."
    )
    return made


def _word(text: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", text))


def _constraint(name: str, kind: str, condition: str) -> dict[str, Any]:
    return {
        "name": f"{_PARENT}/customConstraints/{name}",
        "resourceTypes": [kind],
        "methodTypes": ["CREATE", "UPDATE"],
        "condition": condition,
        "actionType": "DENY",
        "displayName": name.removeprefix("custom."),
        "description": "Labels by the taxonomy; made by Tagwright.",
    }


def _policy(name: str, *, enforce: bool) -> dict[str, Any]:
    rules = {"rules": [{"enforce": True}]}
    return {"name": f"{_PARENT}/policies/{name}", "spec" if enforce else "dryRunSpec": rules}


def label_checks(request: Request) -> Generated:
    """Searches of Cloud Asset Inventory for what has no label, or one of no listed value."""
    made = Generated()
    checks = []
    for key in request.keys:
        label = tag_name(key, "gcp")
        checks.append({"name": f"no-{label}", "query": f"NOT labels.{label}:*"})
        exact = [value for value in allowed(key, "gcp", made.notes) if "*" not in value]
        patterns = [value for value in allowed(key, "gcp", []) if "*" in value]
        if any(not pattern.endswith("*") for pattern in patterns):
            made.notes.append(f"{label} has patterns that a search cannot say: only absence.")
        elif exact or patterns:
            terms = [f"labels.{label}={value}" for value in exact]
            terms += [f"labels.{label}:{value}" for value in patterns]
            query = f"labels.{label}:* AND NOT ({' OR '.join(terms)})"
            checks.append({"name": f"wrong-{label}", "query": query})
    for check in checks:
        check["command"] = (
            f"gcloud asset search-all-resources --scope={_PARENT} --query='{check['query']}'"
        )
    made.documents.append(Document("label-checks.yaml", {"checks": checks}, "yaml"))
    return made
