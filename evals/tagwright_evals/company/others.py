"""Azure, Google Cloud, OpenAI, Anthropic (USD) and Mistral AI (EUR): FOCUS 1.3 and 1.4."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright_evals.company.estate import owner
from tagwright_evals.company.model import DAYS, Account, Owned, Stream, wobble

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["anthropic_rows", "azure_rows", "gcp_rows", "mistral_rows", "openai_rows"]

_GENAI = "AI and Machine Learning"
_AZURE = Account(
    "Microsoft", "Microsoft", "88213341", "Northlight Inc.",
    "7f0c2a9e-4d5b-4c11-9f5e-2b8d3c6a1e01", "northlight-azure-prod",
    sub_type="Subscription", billing_type="Billing Profile",
)  # fmt: skip
_GCP = Account(
    "Google Cloud", "Google Cloud", "01A2B3-4C5D6E-7F8091", "Northlight",
    "northlight-analytics", "northlight-analytics", sub_type="Project",
)  # fmt: skip


def _rows(streams: list[Stream]) -> Iterator[Owned]:
    for day in DAYS:
        for stream in streams:
            yield from stream.rows(day)


def _daily(
    name: str, amount: int | str, spread: int = 60, step: str = "1"
) -> Callable[[dt.date], Decimal | None]:
    def quantity(day: dt.date) -> Decimal:
        return (Decimal(amount) * wobble(name, day, spread)).quantize(Decimal(step))

    return quantity


def azure_rows() -> Iterator[Owned]:
    """Virtual machines, storage and Azure OpenAI of one subscription."""
    group = f"/subscriptions/{_AZURE.sub_id}/resourcegroups"
    machines = ("Virtual Machines", "Compute", "Virtual Machines")
    streams = []
    for number in range(1, 9):
        name = f"vm-billing-{number:02d}"
        tags = {"Team": "payments", "app": "billing", "Env": "PROD"} if number < 7 else {}
        streams.append(
            Stream(
                _AZURE, machines, ("D8s_v5.eastus", "D8s v5 Hours", "Hours", "Hours"),
                Decimal("0.384"), lambda _: Decimal(24), owner("billing"),
                discount=Decimal("0.05"), region="eastus", tags=tags,
                resource=(f"{group}/rg-billing/providers/microsoft.compute/virtualmachines/{name}",
                          name, "Virtual Machine"),
            )
        )  # fmt: skip
    for number in (1, 2, 3, 4):
        name = f"stnorthlight{number}"
        streams.append(
            Stream(
                _AZURE, ("Storage Accounts", "Storage", "Object Storage"),
                ("HotLRS.eastus", "Hot LRS Data Stored", "GB-Mo", "GB-Mo"), Decimal("0.0184"),
                _daily(name, 300, step="0.01"), owner("billing"), region="eastus",
                tags={"team": "payments", "environment": "production"},
                resource=(f"{group}/rg-data/providers/microsoft.storage/storageaccounts/{name}",
                          name, "Storage Account"),
            )
        )  # fmt: skip
    name = "oai-assistant"
    account = f"{group}/rg-ai/providers/microsoft.cognitiveservices/accounts/{name}"
    streams += _tokens(
        _AZURE, ("Azure OpenAI Service", _GENAI, "Generative AI"), "gpt-4o-mini", "OpenAI", "GPT",
        {"Input": ("0.15", 180_000_000), "Read": ("0.075", 90_000_000),
         "Output": ("0.60", 40_000_000)},
        "assistant", tags={"TEAM": "assistant", "project": "copilot", "env": "prod"},
        resource=(account, name, "Azure OpenAI"), region="eastus",
    )  # fmt: skip
    return _rows(streams)


def gcp_rows() -> Iterator[Owned]:
    """BigQuery, GKE and Gemini on Vertex AI of one project."""
    base = "//container.googleapis.com/projects/northlight-analytics/locations/us-central1"
    streams = [
        Stream(
            _GCP, ("BigQuery", "Analytics", "Data Warehouses"),
            ("BQ-ANALYSIS", "Analysis", "TiB", "TiB"), Decimal("6.25"),
            _daily("bigquery", "31", step="0.001"), owner("analytics"), region="us",
            tags={"squad": "data-platform", "product": "analytics", "env": "prod"},
            resource=("//bigquery.googleapis.com/projects/northlight-analytics/datasets/events",
                      "events", "Dataset"),
        ),
        *(
            Stream(
                _GCP, ("Kubernetes Engine", "Compute", "Containers"),
                ("GKE-N2-8", "N2 8 vCPU Hours", "Hours", "Hours"), Decimal("0.388"),
                lambda _: Decimal(24), owner("analytics"), region="us-central1",
                tags={"team": "data-platform"} if number < 6 else {},
                resource=(f"{base}/clusters/events/nodes/pool-{number}", f"pool-{number}", "Node"),
            )
            for number in range(1, 9)
        ),
    ]  # fmt: skip
    streams += _tokens(
        _GCP, ("Vertex AI", _GENAI, "Generative AI"), "gemini-2.5-flash", "Google", "Gemini",
        {"Input": ("0.30", 220_000_000), "Read": ("0.075", 60_000_000),
         "Output": ("2.50", 26_000_000)},
        "analytics", tags={}, resource=("", "", ""), region="us-central1",
    )  # fmt: skip
    return _rows(streams)


def openai_rows() -> Iterator[Owned]:
    """The direct API: projects, no tags of the cloud."""
    streams: list[Stream] = []
    for project, product, size in (
        ("proj_assistant_prod", "assistant", 3),
        ("proj_recs_embed", "recs", 1),
        ("proj_default", "search", 1),
    ):
        account = Account(
            "OpenAI", "OpenAI, LLC", "org-northlight", "Northlight", project,
            project.removeprefix("proj_").replace("_", "-"), sub_type="Project",
            billing_type="Organization",
        )  # fmt: skip
        for model, prices in (
            ("gpt-5", ("1.25", "0.125", "10")),
            ("gpt-5-mini", ("0.25", "0.025", "2")),
        ):
            uncached, read, output = prices
            streams += _tokens(
                account, ("OpenAI API", _GENAI, "Generative AI"), model, "OpenAI", "GPT",
                {"Input": (uncached, 30_000_000 * size), "Read": (read, 45_000_000 * size),
                 "Output": (output, 7_000_000 * size)},
                product, tags=None, resource=("", "", ""), region="",
            )  # fmt: skip
    return _rows(streams)


def anthropic_rows() -> Iterator[Owned]:
    """The direct API: two workspaces."""
    streams: list[Stream] = []
    for workspace, product, size in (("wrkspc_assistant", "assistant", 2), ("", "recs", 1)):
        account = Account(
            "Anthropic", "Anthropic, PBC", "org-northlight-claude", "Northlight",
            workspace or "default", (workspace or "default").removeprefix("wrkspc_"),
            sub_type="Workspace", billing_type="Organization",
        )  # fmt: skip
        for model, (uncached, read, write, output) in (
            ("claude-sonnet-4-5", ("3", "0.3", "3.75", "15")),
            ("claude-haiku-4-5", ("1", "0.1", "1.25", "5")),
        ):
            streams += _tokens(
                account, ("Claude API", _GENAI, "Generative AI"), model, "Anthropic", "Claude",
                {"Input": (uncached, 12_000_000 * size), "Read": (read, 60_000_000 * size),
                 "Write": (write, 6_000_000 * size), "Output": (output, 4_000_000 * size)},
                product, tags=None, resource=("", "", ""), region="",
            )  # fmt: skip
    return _rows(streams)


def mistral_rows() -> Iterator[Owned]:
    """A small bill in EUR."""
    account = Account(
        "Mistral AI", "Mistral AI SAS", "ml-eu-northlight", "Northlight Europe",
        "eu-pilot", "eu-pilot", currency="EUR", sub_type="Workspace", billing_type="Organization",
    )  # fmt: skip
    streams = _tokens(
        account, ("La Plateforme", _GENAI, "Generative AI"), "mistral-large-2512", "Mistral AI",
        "Mistral", {"Input": ("1.80", 5_000_000), "Output": ("5.40", 1_200_000)},
        "assistant", tags=None, resource=("", "", ""), region="",
    )  # fmt: skip
    return _rows(list(streams))


_METERS = {
    "Input": ("Input Tokens", "Input", "Uncached"),
    "Read": ("Cache Read Input Tokens", "Input", "Read"),
    "Write": ("Cache Write Input Tokens", "Input", "Write"),
    "Output": ("Output Tokens", "Output", ""),
}


def _tokens(  # noqa: PLR0917  the provider's words, in the order of a price list
    account: Account,
    service: tuple[str, str, str],
    model: str,
    developer: str,
    family: str,
    flows: Mapping[str, tuple[str, int]],
    product: str,
    *,
    tags: Mapping[str, str] | None,
    resource: tuple[str, str, str],
    region: str,
) -> Iterator[Stream]:
    """One stream per direction and cache action (the 1.5 draft's AI billing examples)."""
    for flow, (price, daily) in flows.items():
        meter, direction, action = _METERS[flow]
        details = {
            "ModelDeveloper": developer, "ModelFamily": family, "ModelId": model,
            "TokenDirection": direction,
        } | ({"TokenCacheAction": action} if action else {})  # fmt: skip
        yield Stream(
            account, service,
            (f"{model}-{flow.lower()}", meter, "Tokens", "1000000 Tokens"), Decimal(price),
            _daily(f"{account.sub_id} {model} {flow}", daily, 120), owner(product),
            per_price=1_000_000, region=region, resource=resource, tags=tags, details=details,
        )  # fmt: skip
