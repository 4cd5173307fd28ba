"""A small taxonomy, and the policies of each format that are made of it."""

from __future__ import annotations

import json
import string
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import strategies as st

from tagwright.policies.generate import EXPERIMENT_DEFAULTS, generate
from tagwright.policies.request import Document, Generated, Request
from tagwright.taxonomy import parse_taxonomy

if TYPE_CHECKING:
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


RIGHT = {"team": "search", "cost-center": "CC-1", "environment": "x"}
