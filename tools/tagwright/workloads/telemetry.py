"""Usage rows set beside the workloads whose requests they are; their prices are added to nothing.

A row belongs to a workload where its resource is one of the workload's, else where provider,
account and model are the same, and the owner where several workloads share the three. A row that
fits none, or several, is counted apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["USAGE_SQL", "Telemetry", "matched", "same_model"]

USAGE_SQL = """
SELECT gen_ai_provider_name AS provider, "SubAccountId" AS sub_account_id,
 "BillingAccountId" AS billing_account_id, gen_ai_request_model AS request_model,
 gen_ai_response_model AS response_model, "ResourceId" AS resource_id,
 {team} AS team, {product} AS product, SUM(requests) AS requests,
 CAST(SUM(COALESCE(input_uncached_tokens, 0) + COALESCE(cache_read_tokens, 0)
  + COALESCE(cache_write_tokens, 0) + COALESCE(cache_write_1h_tokens, 0)
  + COALESCE(output_tokens, 0)) AS HUGEINT) AS tokens, COUNT(*) AS "rows"
FROM usage WHERE "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2
GROUP BY ALL ORDER BY ALL
"""
"""Requests and tokens by what they can be matched by; ``team`` and ``product`` are columns."""

_VENDORS = {
    "amazon web services": "aws",
    "google cloud": "google",
    "google cloud platform": "google",
    "microsoft": "azure",
    "microsoft azure": "azure",
}
_MAKERS = (
    "ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|mistral|moonshot|moonshotai|"
    "nvidia|openai|qwen|stability|twelvelabs|writer|zai"
)


@dataclass
class Telemetry:
    """What usage rows say of one workload.

    Attributes:
        requests: How many; 0 where no row says it.
        tokens: Of all buckets.
        models: Models that answered, in order.
        teams: Teams of the rows; None among them where a row has none.
        products: Likewise.
    """

    requests: int = 0
    tokens: int = 0
    models: set[str] = field(default_factory=set)
    teams: set[str | None] = field(default_factory=set)
    products: set[str | None] = field(default_factory=set)


def same_model(name: str) -> tuple[str, ...]:
    """What is the same for all ways to write a model: its words and numbers, without the rest.

    Region, maker, date and version 1 of the deployment are the rest.

    >>> same_model("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    ('4', '5', 'claude', 'sonnet')
    >>> same_model("Claude4.5Sonnet"), same_model("gpt-4.1") == same_model("gpt-41")
    (('4', '5', 'claude', 'sonnet'), False)
    """
    text = name.strip().casefold().removesuffix("(amazon bedrock edition)")
    text = re.sub(rf"^(?:[a-z]{{2,6}}(?:-gov)?\.)?(?:{_MAKERS})[./]", "", text)
    text = re.sub(r"[-@_](?:20\d{6}|20\d\d-\d\d-\d\d)(?=$|[-:@])", "", text)
    text = re.sub(r"(?:-v1)?(?::\d+[a-z]?)*$", "", text)
    return tuple(sorted(re.findall(r"[a-z]+|\d+", text)))


def _provider(name: str | None) -> str:
    """One name for a provider, as bills write it or telemetry does."""
    text = (name or "").strip().casefold()
    folded = _VENDORS.get(text, text)
    from tagwright.prices.names import known_provider

    return known_provider(folded) or known_provider(folded.replace(" ", "_")) or folded


def matched(
    workloads: Sequence[Mapping[str, Any]], usage: Sequence[Mapping[str, Any]]
) -> tuple[list[Telemetry | None], int, int]:
    """For each workload what telemetry says of it; how many rows fit none, and how many several.

    Args:
        workloads: Rows of :func:`~tagwright.workloads.statement.measure`.
        usage: Rows of :data:`USAGE_SQL`.
    """
    by_resource: dict[str, list[int]] = defaultdict(list)
    by_model: dict[tuple[str, str, tuple[str, ...]], list[int]] = defaultdict(list)
    for index, row in enumerate(workloads):
        for resource in row["resource_ids"] or []:
            by_resource[resource].append(index)
        if row["form"] in ("api", "endpoint"):
            for model in {same_model(name) for name in _models(row)}:
                for account in {row["account_id"], row["billing_account_id"]} - {None}:
                    by_model[_provider(row["provider"]), account, model].append(index)
    found: list[Telemetry | None] = [None] * len(workloads)
    none = several = 0
    for row in usage:
        fits: Sequence[int] = by_resource.get(row["resource_id"], [])
        models = [name for name in (row["response_model"], row["request_model"]) if name]
        if not fits:
            fits = _by_model(row, models, by_model)
        if len(fits) > 1:
            fits = _narrowed(fits, workloads, row, models)
        if len(fits) != 1:
            none += 0 if fits else row["rows"]
            several += row["rows"] if fits else 0
            continue
        told = found[fits[0]] = found[fits[0]] or Telemetry()
        told.requests += row["requests"] or 0
        told.tokens += row["tokens"] or 0
        told.models.update(name for name in models[:1] if not name.startswith("arn:"))
        told.teams.add(row["team"])
        told.products.add(row["product"])
    return found, none, several


def _narrowed(
    fits: Sequence[int],
    workloads: Sequence[Mapping[str, Any]],
    row: Mapping[str, Any],
    models: Sequence[str],
) -> Sequence[int]:
    """Of several workloads those of the row's model (one account serves many), then its owner."""
    asked = {same_model(name) for name in models}
    owner = (row["team"], row["product"])
    for narrower in (
        [i for i in fits if asked & {same_model(m) for m in _models(workloads[i])}],
        [i for i in fits if (workloads[i]["team"], workloads[i]["product"]) == owner],
    ):
        kept = [i for i in fits if i in narrower]
        fits = kept or fits
    return fits


def _models(row: Mapping[str, Any]) -> list[str]:
    return str(row["billed_model"]).split(", ") if row["billed_model"] else []


def _by_model(
    row: Mapping[str, Any],
    models: Sequence[str],
    index: Mapping[tuple[str, str, tuple[str, ...]], list[int]],
) -> Sequence[int]:
    from tagwright.prices import identify
    from tagwright.prices.names import is_opaque

    for name in models:
        provider, model = identify(row["provider"], name)
        if is_opaque(provider, model):
            continue
        for account in (row["sub_account_id"], row["billing_account_id"]):
            if account and (fits := index.get((_provider(provider), account, same_model(model)))):
                return fits
    return []
