"""Small plans of infrastructure, in the words of their tools."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

from tagwright.policies.check import check_file
from tagwright.taxonomy import Taxonomy, parse_taxonomy

if TYPE_CHECKING:
    from tagwright.policies import Report

__all__ = ["DAY", "TAXONOMY", "change", "checked", "found", "pulumi", "step", "terraform"]

DAY = dt.date(2026, 9, 1)

TAXONOMY = """
version: 1
keys:
  team: {layer: business, required: true, tag_names: [squad],
         values: {search: [], ads: [advertising], "lab-*": []}}
  environment: {layer: workload, required: true, tag_names: [env], open: true,
                values: {production: [prod], experiment: []}}
  cost-center: {layer: business, case: upper}
aliases:
  - {any_of: ["project:ranker"], means: {team: search}, to: 2027-01-01}
"""


def change(
    address: str, after: dict[str, Any], *, actions: str = "create", unknown: Any = None,
    sensitive: Any = None, provider: str = "hashicorp/aws", **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """One of a plan's ``resource_changes``; the type and name are read from the address."""
    kind, name = re.sub(r"\[[^]]*\]", "", address).split(".")[-2:]
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": f"registry.terraform.io/{provider}",
        "change": {
            "actions": actions.split(), "before": None, "after": after,
            "after_unknown": unknown or {}, "after_sensitive": sensitive or {},
        },
        **more,
    }  # fmt: skip


def terraform(*changes: dict[str, Any], configuration: Any = None, **more: Any) -> str:
    """``terraform show -json`` of those changes."""
    document = {"format_version": "1.2", "terraform_version": "1.11.4", **more}
    document["resource_changes"] = list(changes)
    document["configuration"] = configuration or {"root_module": {}}
    return json.dumps(document)


def step(urn: str, inputs: dict[str, Any], *, op: str = "create", **state: Any) -> dict[str, Any]:
    """One step of a preview; ``urn`` is ``type::name``."""
    kind = urn.partition("::")[0]
    whole = f"urn:pulumi:dev::shop::{urn}"
    new = {"urn": whole, "custom": True, "type": kind, "inputs": inputs, **state}
    return {"op": op, "urn": whole, "newState": new}


def pulumi(*steps: dict[str, Any], **more: Any) -> str:
    """``pulumi preview --json`` of those steps."""
    return json.dumps({"steps": list(steps), "changeSummary": {}, **more})


def checked(text: str, *, taxonomy: str | Taxonomy = TAXONOMY, **more: Any) -> Report:
    """The report on ``text``, for the required keys."""
    known = parse_taxonomy(taxonomy) if isinstance(taxonomy, str) else taxonomy
    keys = [known.keys[name] for name in known.required]
    return check_file("plan", text, known, keys=keys, on=DAY, **more)


def found(text: str, **more: Any) -> list[tuple[str, str, str]]:
    """Address, kind and key of each finding."""
    return [(item.address, item.kind, item.key) for item in checked(text, **more).findings]
