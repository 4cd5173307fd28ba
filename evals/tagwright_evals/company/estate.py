"""Northlight's AWS resources: ids, tags as people wrote them, and whose they really are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

__all__ = ["ACCOUNTS", "Resource", "resources"]

ACCOUNTS = {
    "prod": ("300000000101", "northlight-prod"),
    "ml": ("300000000202", "northlight-ml"),
    "dev": ("300000000303", "northlight-dev"),
}
"""Short name to SubAccountId and SubAccountName."""

_TEAMS = {
    "recs": "discovery", "search": "search", "assistant": "assistant",
    "billing": "payments", "platform": "platform", "analytics": "data-platform",
}  # fmt: skip
_CENTRES = {
    "recs": "CC-4421", "search": "CC-4310", "assistant": "CC-4502",
    "billing": "CC-2100", "platform": "CC-1000", "analytics": "CC-1200",
}  # fmt: skip


@dataclass(frozen=True)
class Resource:
    """A resource that the bill and the sandbox both hold.

    Attributes:
        arn: Its ARN: ResourceId in the bill.
        kind: ``ec2``, ``sagemaker``, ``s3``, ``lambda``, ``rds`` or ``dynamodb``.
        name: ResourceName.
        account: Account id.
        region: Region.
        size: Instance type or class; empty where there is none.
        tags: As they are on the resource.
        owners: ``team/product`` to share, adding up to 1.
        price: List price per hour, or per unit of its meter.
        covered: Whether the savings plan covers it.
    """

    arn: str
    kind: str
    name: str
    account: str
    region: str
    size: str
    tags: dict[str, str]
    owners: dict[str, Decimal] = field(hash=False)
    price: Decimal = Decimal(0)
    covered: bool = False

    def as_dict(self) -> dict[str, Any]:
        """What the sandbox needs to make it."""
        return {
            "arn": self.arn, "kind": self.kind, "name": self.name, "account": self.account,
            "region": self.region, "size": self.size, "tags": self.tags,
        }  # fmt: skip


_RATES = {
    "p4d.24xlarge": "21.957642", "g5.12xlarge": "5.672", "g5.2xlarge": "1.212",
    "m6i.2xlarge": "0.384", "m6i.4xlarge": "0.768", "c6i.2xlarge": "0.34",
    "ml.g4dn.12xlarge": "4.89", "ml.g4dn.2xlarge": "0.94", "db.r6g.2xlarge": "1.04",
}  # fmt: skip

_KEYS = {  # how each team writes its tags
    "recs": ("Team", "project", "env"),
    "search": ("team", "product", "environment"),
    "assistant": ("TEAM", "Product", "Environment"),
    "billing": ("team", "app", "env"),
    "platform": ("team", "product", "env"),
    "analytics": ("squad", "product", "environment"),
}
_WRITTEN = {"recs": "recommendation-engine"}


def owner(product: str) -> dict[str, Decimal]:
    """All of it is one product's."""
    return {f"{_TEAMS[product]}/{product}": Decimal(1)}


def shared_owners() -> dict[str, Decimal]:
    """Who uses the shared GPU endpoint."""
    return {
        "discovery/recs": Decimal("0.45"),
        "search/search": Decimal("0.35"),
        "assistant/assistant": Decimal("0.20"),
    }


def experimenters() -> dict[str, Decimal]:
    """Who calls Bedrock in the development account."""
    return {
        "discovery/recs": Decimal("0.60"),
        "search/search": Decimal("0.25"),
        "assistant/assistant": Decimal("0.15"),
    }


def team_tags(product: str, env: str = "prod", *, centre: bool = False) -> dict[str, str]:
    """Tags in the spelling of the product's team."""
    team, name, stage = _KEYS[product]
    tags = {team: _TEAMS[product], name: _WRITTEN.get(product, product), stage: env}
    return tags | ({"cost-center": _CENTRES[product]} if centre else {})


def _instance_id(name: str) -> str:
    return f"i-{hashlib.sha256(f'northlight {name}'.encode()).hexdigest()[:17]}"


def _arn(kind: str, name: str, account: str, region: str) -> str:
    tail = {
        "ec2": f"ec2:{region}:{account}:instance/{_instance_id(name)}",
        "sagemaker": f"sagemaker:{region}:{account}:endpoint/{name}",
        "s3": f"s3:::{name}",
        "lambda": f"lambda:{region}:{account}:function:{name}",
        "rds": f"rds:{region}:{account}:db:{name}",
        "dynamodb": f"dynamodb:{region}:{account}:table/{name}",
    }
    return f"arn:aws:{tail[kind]}"


def _make(  # noqa: PLR0917  a table of resources is read by column
    kind: str,
    name: str,
    place: str,
    size: str,
    tags: dict[str, str],
    owners: dict[str, Decimal],
    *,
    region: str = "us-east-1",
    covered: bool = False,
) -> Resource:
    account = ACCOUNTS[place][0]
    price = Decimal(_RATES.get(size, "0"))
    return Resource(
        _arn(kind, name, account, region),
        kind, name, account, region, size, tags, owners, price, covered,
    )  # fmt: skip


def resources() -> tuple[Resource, ...]:
    """Everything with an ARN, always in the same order."""
    return (*_gpus(), *_servers(), *_stores())


def _gpus() -> list[Resource]:
    made = [
        _make("sagemaker", "shared-llm-gpu", "ml", "ml.g4dn.12xlarge", team_tags("platform"),
              shared_owners()),
        _make("sagemaker", "assistant-guardrail", "ml", "ml.g4dn.2xlarge", team_tags("assistant"),
              owner("assistant")),
        _make("sagemaker", "search-reranker", "ml", "ml.g4dn.2xlarge", {}, owner("search")),
        _make("ec2", "recs-train-01", "ml", "p4d.24xlarge", team_tags("recs"), owner("recs")),
        _make("ec2", "recs-train-02", "ml", "p4d.24xlarge", {}, owner("recs")),
        # Nothing on the bill says whose this is: a question for a human.
        _make("ec2", "ml-worker-7", "ml", "g5.12xlarge", {}, owner("analytics")),
    ]  # fmt: skip
    for number in range(1, 7):
        tags = team_tags("recs", centre=number == 1) if number < 4 else {}
        if number == 6:
            tags = {"Team": "discvery", "env": "prod"}
        name = f"recs-embed-{number:02d}"
        made.append(_make("ec2", name, "ml", "g5.12xlarge", tags, owner("recs")))
    for number in range(1, 6):
        tags = team_tags("search") if number < 4 else {}
        if number == 5:
            tags = {"team": "serch", "environment": "production"}
        name = f"search-rank-gpu-{number:02d}"
        made.append(_make("ec2", name, "ml", "g5.2xlarge", tags, owner("search")))
    return made


def _servers() -> list[Resource]:
    made = []
    fleet = {"recs": 6, "search": 8, "assistant": 6, "billing": 5, "platform": 8, "analytics": 4}
    for product, count in fleet.items():
        for number in range(1, count + 1):
            stage = "prod"
            if product == "search" and 3 <= number < count:  # in production's account
                stage = "stg" if number % 2 else "staging"
            tags = team_tags(product, stage, centre=number % 3 == 0)
            if number == count:  # the newest one was started by hand
                tags = {"env": "prod"}
            made.append(
                _make("ec2", f"{product}-api-{number:02d}", "prod", "m6i.2xlarge", tags,
                      owner(product), covered=True)
            )  # fmt: skip
    for product in ("recs", "search", "assistant"):
        made += [
            _make("ec2", f"{product}-dev-{number}", "dev", "c6i.2xlarge",
                  team_tags(product, "dev"), owner(product), region="eu-west-1")
            for number in (1, 2, 3)
        ]  # fmt: skip
    return made


def _stores() -> list[Resource]:
    made = []
    for product in _TEAMS:
        made += [
            _make("s3", f"northlight-{product}-data", "prod", "", team_tags(product),
                  owner(product)),
            _make("lambda", f"{product}-events", "prod", "",
                  team_tags(product) if product != "billing" else {}, owner(product)),
            _make("dynamodb", f"{product}-state", "prod", "", team_tags(product, centre=True),
                  owner(product)),
        ]  # fmt: skip
    made += [
        _make("rds", f"{product}-db", "prod", "db.r6g.2xlarge", team_tags(product), owner(product))
        for product in ("billing", "search", "platform")
    ]
    # Checkpoints in the account of the machine learners: one bucket tagged, one not.
    made += [
        _make("s3", "northlight-recs-checkpoints", "ml", "", team_tags("recs"), owner("recs")),
        _make("s3", "northlight-search-embeddings", "ml", "", {}, owner("search")),
    ]
    return made
