"""What people call things that bills name otherwise, for the tools' filters and the planner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "ALIASED", "ALIASES", "MEANINGS", "OTHER_COLUMN", "alias_hits", "alias_steps", "aliased",
    "fold", "holds",
]  # fmt: skip

OTHER_COLUMN = {
    "sub_account_id": "sub_account_name", "sub_account_name": "sub_account_id",
    "billing_account_id": "billing_account_name", "billing_account_name": "billing_account_id",
    "region_id": "region_name", "region_name": "region_id",
}  # fmt: skip
"""The other of two dimensions of one thing: an id's name, a name's id."""

ALIASED = frozenset({
    "service_provider_name", "host_provider_name", "invoice_issuer_name", "service_name",
    "service_category", "environment", "consumed_unit",
})  # fmt: skip
"""Dimensions whose values the aliases are of."""

ALIASES: dict[str, tuple[str, ...]] = {
    "ec2": ("elastic compute cloud", "amazon ec2", "ec2"),
    "s3": ("simple storage service", "amazon s3", "s3"),
    "rds": ("relational database service", "amazon rds"),
    "eks": ("elastic kubernetes service", "elastic container service for kubernetes", "eks"),
    "ecs": ("elastic container service", "ec2 container service", "ecs"),
    "ecr": ("elastic container registry", "ec2 container registry", "ecr"),
    "ebs": ("elastic block store", "ebs"),
    "efs": ("elastic file system", "efs"),
    "sqs": ("simple queue service", "sqs"),
    "sns": ("simple notification service", "sns"),
    "kms": ("key management service", "kms"),
    "lambda": ("lambda",),
    "bedrock": ("bedrock",),
    "sagemaker": ("sagemaker", "sage maker"),
    "dynamodb": ("dynamodb",),
    "dynamo": ("dynamodb",),
    "cloudwatch": ("cloudwatch",),
    "cloudtrail": ("cloudtrail",),
    "cloudfront": ("cloudfront",),
    "redshift": ("redshift",),
    "athena": ("athena",),
    "glue": ("glue",),
    "opensearch": ("opensearch",),
    "aks": ("kubernetes service", "aks"),
    "gke": ("kubernetes engine", "gke"),
    "gce": ("compute engine",),
    "gcs": ("cloud storage",),
    "vertex": ("vertex ai",),
    "vertex ai": ("vertex ai",),
    "bigquery": ("bigquery",),
    "azure openai": ("azure openai",),
    "gpt": ("gpt", "openai"),
    "chatgpt": ("openai",),
    "open ai": ("openai",),
    "claude": ("claude", "anthropic"),
    "gemini": ("gemini", "vertex ai"),
    "vms": ("virtual machines",),
    "vm": ("virtual machines",),
    "gcp": ("google cloud", "google cloud platform", "gcp", "google"),
    "google": ("google cloud", "google cloud platform", "google"),
    "azure": ("microsoft azure", "microsoft", "azure"),
    "microsoft": ("microsoft azure", "microsoft"),
    "amazon": ("aws", "amazon web services", "amazon"),
    "aws": ("aws", "amazon web services"),
    "amazon web services": ("aws", "amazon web services"),
    "oci": ("oracle", "oracle cloud infrastructure"),
    "llm": ("ai and machine learning",),
    "llms": ("ai and machine learning",),
    "generative ai": ("ai and machine learning",),
    "gen ai": ("ai and machine learning",),
    "ai": ("ai and machine learning",),
    "ml": ("ai and machine learning",),
    "ai ml": ("ai and machine learning",),
    "genai": ("ai and machine learning",),
    "machine learning": ("ai and machine learning",),
    "prod": ("production", "prod"),
    "dev": ("development", "dev"),
    "stage": ("staging", "stage"),
    "hours": ("hours", "hour", "hrs", "hr"),
    "gigabytes": ("gb", "gigabytes"),
}
"""What people say, to words found in providers' and services' names, the surest first."""

MEANINGS = {
    **dict.fromkeys(
        ("ai", "ml", "ai ml", "machine learning", "artificial intelligence"),
        ("x_ai_certainty", "ai"),
    ),
    **dict.fromkeys(
        (
            "llm",
            "llms",
            "genai",
            "gen ai",
            "generative ai",
            "model api",
            "model apis",
            "llm api",
            "llm apis",
            "ai api",
            "ai apis",
        ),
        ("x_ai_kind", "model-api"),
    ),
    **dict.fromkeys(("gpu", "gpus", "accelerator", "accelerators"), ("x_ai_kind", "accelerator")),
    **dict.fromkeys(("on demand", "pay as you go"), ("pricing_category", "Standard")),
    "reserved": ("pricing_category", "Committed"),
    "spot": ("pricing_category", "Dynamic"),
    **dict.fromkeys(("vector search", "vector database"), ("x_ai_kind", "vector-search")),
    **dict.fromkeys(("output token", "output tokens"), ("x_ai_token_direction", "Output")),
    **dict.fromkeys(("input token", "input tokens"), ("x_ai_token_direction", "Input")),
    **dict.fromkeys(
        ("cache read", "cache reads", "cached token", "cached tokens"),
        ("x_ai_cache_action", "Read"),
    ),
    **dict.fromkeys(("cache write", "cache writes"), ("x_ai_cache_action", "Write")),
}
"""What people say, to the one value that means it, where the bill was classified."""

SUREST_FIRST = frozenset(
    [
        "gpt",
        "chatgpt",
        "claude",
        "gemini",
        "gcp",
        "google",
        "azure",
        "microsoft",
        "amazon",
        "aws",
        "oci",
        "prod",
        "dev",
        "stage",
        "vertex",
        "vm",
        "vms",
    ]
)
"""Aliases whose first words that occur are meant; of the others all are meant, because two exports
may call one service by two names."""


def fold(text: str) -> str:
    """Lower case, every run of other characters than letters and digits one blank.

    >>> fold("Amazon Elastic-Compute  Cloud (EC2)")
    'amazon elastic compute cloud ec2'
    """
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def aliased(said: str, dimension: str, values: Iterable[str]) -> list[str]:
    """The values of a dimension that an alias stands for; empty where it is none.

    >>> aliased("EC2", "service_name", ["Amazon EC2 Container Registry (ECR)", "Amazon EC2"])
    ['Amazon EC2']
    """
    text, known = fold(said), list(values)
    if text in MEANINGS:
        name, value = MEANINGS[text]
        if name == dimension and value in known:
            return [value]
    if dimension not in ALIASED:
        return []
    return next((hits for step in alias_steps(text) if (hits := alias_hits(text, step, known))), [])


def alias_steps(text: str) -> list[Sequence[str]]:
    """The texts that a folded alias stands for, the surest ones first: the first found is meant."""
    fragments = ALIASES.get(text, ())
    return [(fragment,) for fragment in fragments] if text in SUREST_FIRST else [fragments]


def alias_hits(text: str, step: Sequence[str], values: Iterable[str]) -> list[str]:
    """The values that hold one of a step's texts."""
    hits = [value for value in values if any(_means(fold(value), part) for part in step)]
    exact = [value for value in hits if fold(value) in step and text in SUREST_FIRST]
    return exact or hits


def _means(value: str, fragment: str) -> bool:
    """Whether a value holds the words, and not as part of another service's longer name.

    "Amazon EC2 Container Registry" holds "amazon ec2", and is not EC2.
    """
    if not holds(value, fragment):
        return False
    bare = fragment.removeprefix("amazon ")
    longer = (
        other
        for others in ALIASES.values()
        for other in others
        if bare in other and len(other) > len(fragment) and not other.endswith(bare)
    )
    return not any(holds(value, other) for other in longer)


def holds(value: str, fragment: str) -> bool:
    """Whether a folded value holds the words, or is them with the vendor's name before.

    >>> holds("amazon simple queue service", "simple queue service"), holds("amazonec2", "ec2")
    (True, True)
    """
    return f" {fragment} " in f" {value} " or value in (f"amazon{fragment}", f"aws{fragment}")
