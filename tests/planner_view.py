"""The catalogue of a company as ``describe_data`` gives it, for tests of the planner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tagwright.config import Settings
from tagwright.metrics import Catalogue
from tagwright.taxonomy import load_taxonomy
from tagwright_agent.planner import CatalogueView
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.question import Question, Unclear
from tagwright_agent.planner.understand import understand

__all__ = ["CATALOGUE", "VIEW", "planned"]

_VALUES: dict[str, list[str]] = {
    "service_provider_name": ["AWS", "Microsoft Azure", "Google Cloud", "OpenAI", "Anthropic"],
    "invoice_issuer_name": ["AWS", "Microsoft Azure", "Google Cloud"],
    "host_provider_name": ["AWS"],
    "service_name": [
        "Amazon Elastic Compute Cloud", "Amazon Simple Storage Service", "AWS Lambda",
        "Amazon Relational Database Service", "Amazon Bedrock", "Amazon SageMaker",
        "Azure OpenAI Service", "Virtual Machines", "Vertex AI", "BigQuery", "Cloud Storage",
        "Compute Engine", "GPT API", "Claude API", "Amazon DynamoDB", "Amazon CloudWatch",
        "Amazon Virtual Private Cloud", "AWS Key Management Service",
    ],
    "service_category": ["Compute", "Storage", "Databases", "AI and Machine Learning", "Networking"],
    "region_id": ["us-east-1", "eu-west-1", "westeurope", "europe-west4"],
    "region_name": ["US East (N. Virginia)", "EU (Ireland)"],
    "charge_category": ["Usage", "Purchase", "Tax", "Credit", "Adjustment"],
    "sub_account_id": ["111122223333", "444455556666", "sub-77aa"],
    "sub_account_name": ["production", "sandbox", "ml research"],
    "billing_currency": ["USD", "EUR"],
    "pricing_category": ["Standard", "Committed", "Dynamic"],
    "team": ["search", "platform", "data", "payments", "growth"],
    "product": ["checkout", "assistant", "platform", "recommendations"],
    "environment": ["production", "staging", "development"],
    "cost-center": ["CC-1001", "CC-1002", "4711"],
    "customer": ["Acme", "Globex", "Initech"],
}  # fmt: skip


def _catalogue() -> dict[str, Any]:
    taxonomy = load_taxonomy(Settings(home=Path("/nonexistent-home")))
    known = Catalogue(taxonomy)
    return {
        "snapshot": "s1",
        "metrics": [{"name": m.name, "synonyms": list(m.synonyms)} for m in known.metrics.values()],
        "dimensions": [
            {
                "name": d.name,
                "synonyms": list(d.synonyms),
                "kind": d.kind,
                "key": d.key,
                "values": _VALUES.get(d.name, []),
            }
            for d in known.dimensions.values()
            if not d.key or d.name == d.key
        ],
        "taxonomy": [
            {
                "name": key.name,
                "layer": key.layer,
                "required": key.name in ("team", "product", "environment", "cost-center"),
                "values": [],
                "tag_names": list(key.tag_names),
            }
            for key in taxonomy.keys.values()
        ],
        "tags": ["Team", "Owner", "Project", "aws:createdBy"],
        "data": {"start": "2025-07-01", "end": "2026-11-20"},
        "today": "2026-11-23",
        "fiscal_year_start_month": 1,
        "currencies": _VALUES["billing_currency"],
        "providers": _VALUES["service_provider_name"],
        "tools": [
            "describe_data", "explain_change", "get_plan", "map_workloads", "propose_tag_fixes",
            "price_launch", "query_costs", "tag_coverage",
        ],
    }  # fmt: skip


CATALOGUE = _catalogue()
VIEW = CatalogueView.from_catalogue(CATALOGUE)


def planned(*turns: str, view: CatalogueView = VIEW) -> Any:
    """The calls of the last turn, each as (tool, arguments); its status where there are none."""
    before: list[Question] = []
    history: list[Question] = []
    calls: Any = None
    for turn in turns:
        try:
            found = understand(turn, view, before=before, history=history)
            calls = [(frames()[item.frame].tool, frames()[item.frame].call(item)) for item in found]
        except Unclear as unclear:
            found = [unclear.partial] if unclear.partial else []
            calls = unclear.status
        if found:
            before, history = found, [*before, *history]
    return calls
