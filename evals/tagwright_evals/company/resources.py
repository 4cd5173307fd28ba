"""What Northlight runs on AWS, with the tags its people remembered to set."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

__all__ = ["ACCOUNT", "REGION", "RESOURCES", "WEB_ACCOUNT", "Resource", "instance_id"]

ACCOUNT = "123456789012"
"""The machine learning account: the one whose resources the sandbox holds."""

WEB_ACCOUNT = "210987654321"
REGION = "us-east-1"


@dataclass(frozen=True)
class Resource:
    """A resource and its daily use.

    Attributes:
        name: ResourceName.
        kind: ``instance``, ``endpoint``, ``bucket`` or ``database``.
        size: Instance type; empty where there is none.
        hourly: List price per hour (per GB and month of a bucket, in hours of 30 days).
        hours: Hours used a day (GB of a bucket).
        tags: As they are on the resource.
        truth: Whose it really is, for judging suggestions; empty where nobody could know.
        account: AWS account.
        covered: Whether the savings plan pays for it.
    """

    name: str
    kind: str
    size: str
    hourly: Decimal
    hours: Decimal
    tags: dict[str, str]
    truth: dict[str, str] = field(default_factory=dict)
    account: str = ACCOUNT
    covered: bool = False

    @property
    def arn(self) -> str:
        """The same in the bill and in the sandbox."""
        if self.kind == "instance":
            return f"arn:aws:ec2:{REGION}:{self.account}:instance/{instance_id(self.name)}"
        if self.kind == "endpoint":
            return f"arn:aws:sagemaker:{REGION}:{self.account}:endpoint/{self.name}"
        if self.kind == "database":
            return f"arn:aws:rds:{REGION}:{self.account}:db:{self.name}"
        return f"arn:aws:s3:::{self.name}"


def instance_id(name: str) -> str:
    """An instance id that depends on the name alone."""
    return "i-" + hashlib.sha256(f"northlight:{name}".encode()).hexdigest()[:17]


_PRICES = {
    "g5.2xlarge": "1.212", "g5.12xlarge": "5.672", "g4dn.xlarge": "0.526", "p4d.24xlarge": "32.773",
    "m6i.2xlarge": "0.384", "m6i.large": "0.096", "ml.g4dn.12xlarge": "4.89", "db.r6g.large": "0.26",
}  # fmt: skip
_SEARCH = {"team": "discovery", "product": "search"}
_RECS = {"team": "discovery", "product": "recs"}
_COPILOT = {"team": "assistants", "product": "copilot"}
_SCIENCE = {"team": "data-science"}


def _machine(
    name: str, size: str, hours: str, tags: dict[str, str], truth: dict[str, str], **more: object
) -> Resource:
    return Resource(
        name,
        "instance",
        size,
        Decimal(_PRICES[size]),
        Decimal(hours),
        tags,
        truth,
        **more,  # type: ignore[arg-type]
    )


RESOURCES: tuple[Resource, ...] = (
    # Search ranking on GPUs: the fourth was launched by hand during an incident, with no tag.
    *(
        _machine(f"search-ranker-gpu-{n}", "g5.2xlarge", "24",
                 {"team": "discovery", "product": "search", "env": "prod"}, _SEARCH)
        for n in (1, 2, 3)
    ),
    _machine("search-ranker-gpu-4", "g5.2xlarge", "24", {}, _SEARCH),
    # Training of the recommendation engine: an older convention, understood by an alias.
    _machine("recs-trainer-1", "p4d.24xlarge", "5", {"project": "recommendation-engine", "env": "prod",
             "workload-type": "training"}, _RECS),
    _machine("recs-trainer-2", "p4d.24xlarge", "5", {"cost-center": "CC-4421", "env": "prod",
             "workload-type": "training"}, _RECS),
    _machine("recs-trainer-3", "p4d.24xlarge", "4", {"workload-type": "training"}, _RECS),
    # Embedding for the assistant.
    _machine("copilot-embed-1", "g4dn.xlarge", "24", {"Team": "assistants", "Product": "copilot",
             "Environment": "production"}, _COPILOT),
    _machine("copilot-embed-2", "g4dn.xlarge", "24", {"Team": "assistants", "Environment": "production"},
             _COPILOT),
    # Data preparation: three spellings of one team.
    _machine("data-prep-1", "m6i.2xlarge", "20", {"team": "data-science", "product": "search", "env": "prod"},
             _SCIENCE),
    _machine("data-prep-2", "m6i.2xlarge", "20", {"team": "DataScience", "product": "search", "env": "prod"},
             _SCIENCE),
    _machine("data-prep-3", "m6i.2xlarge", "20", {"team": "data-sience", "product": "search", "env": "prod"},
             _SCIENCE),
    # Nobody knows whose this is; its name says nothing.
    _machine("gpu-box-tmp", "g5.12xlarge", "9", {"owner": "kim"}, {}),
    # One endpoint serves search, recommendations and the assistant.
    Resource("shared-llm-endpoint", "endpoint", "ml.g4dn.12xlarge", Decimal(_PRICES["ml.g4dn.12xlarge"]),
             Decimal(48), {"team": "platform", "env": "prod", "workload-type": "inference"},
             {"team": "platform"}),
    Resource("recs-feature-store", "database", "db.r6g.large", Decimal(_PRICES["db.r6g.large"]),
             Decimal(24), {"team": "discovery", "product": "recs", "env": "prod"}, _RECS),
    Resource("northlight-training-data", "bucket", "", Decimal("0.023") / 30, Decimal(41000),
             {"team": "data-science", "product": "recs", "env": "prod"}, _SCIENCE),
    Resource("northlight-model-artifacts", "bucket", "", Decimal("0.023") / 30, Decimal(9000), {}, {}),
    # The shop, in another account and under a savings plan.
    *(
        _machine(f"storefront-web-{n}", "m6i.large", "24",
                 {"team": "web", "product": "storefront", "env": "prod"},
                 {"team": "web", "product": "storefront"}, account=WEB_ACCOUNT, covered=True)
        for n in range(1, 7)
    ),
)  # fmt: skip
"""Tags are what the sandbox and the bill start with."""
