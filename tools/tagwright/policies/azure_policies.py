"""The taxonomy as Azure Policy: one definition a key, and an initiative that holds them.

Source: Azure Policy, "Policy definition structure: policy rule" (``like`` takes one ``*``; ``in``
and ``like`` compare without case); the built-in definition "Require a tag on resources".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.policies.request import Document, Generated, allowed, placeholders, tag_name

if TYPE_CHECKING:
    from tagwright.policies.request import Request
    from tagwright.taxonomy import Key

__all__ = ["azure_policies", "definition_name"]

_REFERENCE = "[concat(subscription().id, '/providers/Microsoft.Authorization/policyDefinitions/"


def definition_name(key: Key) -> str:
    """Name of the key's definition."""
    return f"tagwright-{key.name}"


def azure_policies(request: Request) -> Generated:
    """A resource without the tag, or with a value not allowed, is refused or audited."""
    made = Generated()
    effect = "Deny" if request.enforce else "Audit"
    for key in request.keys:
        values = allowed(key, "azure", made.notes)
        made.documents.append(
            Document(f"{definition_name(key)}.json", _definition(key, values, effect))
        )
    initiative = {
        "properties": {
            "displayName": "Tagwright: required tags",
            "policyType": "Custom",
            "metadata": {"category": "Tags"},
            "parameters": {"effect": _effect(effect)},
            "policyDefinitions": [
                {
                    "policyDefinitionReferenceId": definition_name(key),
                    "policyDefinitionId": f"{_REFERENCE}{definition_name(key)}')]",
                    "parameters": {"effect": {"value": "[parameters('effect')]"}},
                }
                for key in request.keys
            ],
        }
    }
    made.documents.append(Document("tagwright-initiative.json", initiative))
    made.notes.append("Tags are not inherited from a resource group: Indexed looks at resources.")
    return made


def _effect(default: str) -> dict[str, Any]:
    return {
        "type": "String",
        "metadata": {"displayName": "Effect"},
        "allowedValues": ["Audit", "Deny", "Disabled"],
        "defaultValue": default,
    }


def _definition(key: Key, values: tuple[str, ...], effect: str) -> dict[str, Any]:
    field = f"tags['{tag_name(key, 'azure').replace(chr(39), chr(39) * 2)}']"
    bad: dict[str, Any]
    if values:
        exact = [_literal(value) for value in values if "*" not in value]
        good: list[dict[str, Any]] = [{"field": field, "in": exact}] if exact else []
        good += [{"field": field, "like": _literal(v)} for v in values if "*" in v]
        bad = {"not": {"anyOf": good}}
    else:
        bad = {"field": field, "in": ["", *map(_literal, placeholders(key, "azure"))]}
    return {
        "properties": {
            "displayName": f"Tagwright: {key.name} is tagged",
            "policyType": "Custom",
            "mode": "Indexed",
            "description": key.description or f"Resources carry the tag {key.name}.",
            "metadata": {"category": "Tags"},
            "parameters": {"effect": _effect(effect)},
            "policyRule": {
                "if": {"anyOf": [{"field": field, "exists": "false"}, bad]},
                "then": {"effect": "[parameters('effect')]"},
            },
        }
    }


def _literal(text: str) -> str:
    """Text that Azure does not take for an expression: one that begins with [ is doubled."""
    return f"[{text}" if text.startswith("[") else text
