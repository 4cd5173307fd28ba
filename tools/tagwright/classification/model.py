"""The files of rules, validated."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = ["GIVEN", "Grammar", "Instances", "Models", "Rule", "RuleFile", "Tagged"]

GIVEN = (
    "workload_type",
    "model_id",
    "token_direction",
    "cache_action",
    "service_tier",
    "route",
    "instance_family",
)
"""What a grammar may take out of names."""

Input = Literal[
    "provider", "service", "category", "subcategory", "meter", "sku", "description",
    "resource_type", "machine", "details",
]  # fmt: skip
"""Columns by a short name; ``sku`` is meter and description, ``machine`` meter and type."""


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regex: {error}") from None
    return text


Regex = Annotated[str, AfterValidator(_regex)]
Case = tuple[Input, Regex, str]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Grammar(_Strict):
    r"""For each output the cases that give it: input, regex, value; the first match decides.

    A value may name a group of the regex: ``\1``.
    """

    workload_type: list[Case] = []
    model_id: list[Case] = []
    token_direction: list[Case] = []
    cache_action: list[Case] = []
    service_tier: list[Case] = []
    route: list[Case] = []
    instance_family: list[Case] = []


class Rule(_Strict):
    """One rule.

    Attributes:
        id: Unique; stays with each charge it classified.
        when: Input to regex, all of which must match (ignoring case); ``instance`` names a group
            of ``instances.yaml``.
        kind: See ``x_ai_kind``.
        certainty: Whether it is AI for certain.
        workload_type: Where the grammar gives none.
        grammar: Names of grammars of the same file.
    """

    id: str = Field(pattern=r"^[a-z0-9.-]+$")
    when: dict[Input | Literal["instance"], Regex] = Field(min_length=1)
    kind: Literal[
        "model-api", "provisioned-model", "endpoint", "training", "ml-platform", "accelerator",
        "vector-search", "ai-service", "pipeline",
    ]  # fmt: skip
    certainty: Literal["ai", "candidate"] = "ai"
    workload_type: (
        Literal["training", "inference", "fine-tuning", "embedding", "data-prep"] | None
    ) = None
    grammar: list[str] = []


class Tagged(_Strict):
    """Charges that are AI because a key of the taxonomy has a value.

    Attributes:
        id: As of a rule.
        key: Key of the taxonomy; its value is the workload type.
        service: Regex of ServiceName, ignoring case.
        kind: See ``x_ai_kind``.
    """

    id: str = Field(pattern=r"^[a-z0-9.-]+$")
    key: str
    service: Regex
    kind: Literal["pipeline"]


class RuleFile(_Strict):
    """Rules of one provider, in order."""

    grammars: dict[str, Grammar] = {}
    rules: list[Rule]


class _Model(_Strict):
    match: Regex
    developer: str
    family: str


class Models(_Strict):
    """Whose model a name is."""

    models: list[_Model]


class Instances(_Strict):
    """EC2 instance families by what they are for."""

    accelerator: list[str]
    gpu: list[str]
    other: list[str]
