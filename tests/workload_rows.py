"""Charges of AI workloads, and the rows that ``map_workloads`` makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sample_home import charge, sample, tool_result

if TYPE_CHECKING:
    from pathlib import Path


ACCOUNT = "111122223333"
PROFILE = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile"
GENERATIVE = {"ServiceCategory": "AI and Machine Learning", "ServiceSubcategory": "Generative AI"}


def bedrock(cost: str = "1", day: str = "2026-09-01", **more: Any) -> dict[str, Any]:
    """Tokens of Claude on Bedrock, on demand."""
    columns = {
        "ServiceName": "Amazon Bedrock", "SkuMeter": "USE1-Claude4.5Sonnet-input-tokens",
        "SubAccountId": ACCOUNT, "SubAccountName": "prod", **GENERATIVE,
        "ConsumedQuantity": "1000", "ConsumedUnit": "Tokens",
    }  # fmt: skip
    return charge(cost, day, **columns | more)


def machine(name: str, cost: str = "1", day: str = "2026-09-01", **more: Any) -> dict[str, Any]:
    """A day of a p4d: an accelerator for certain. ``name`` is its id unless it has a name."""
    columns = {
        "ServiceName": "Amazon Elastic Compute Cloud", "SkuMeter": "BoxUsage:p4d.24xlarge",
        "SubAccountId": ACCOUNT, "SubAccountName": "prod", "ConsumedQuantity": "24",
        "ConsumedUnit": "Hours", "ResourceName": "",
        "ResourceId": f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{name}",
    }  # fmt: skip
    return charge(cost, day, **columns | more)


def sagemaker(resource: str, meter: str, cost: str = "1", day: str = "2026-09-01",
              **more: Any) -> dict[str, Any]:  # fmt: skip
    """A charge of SageMaker for ``endpoint/x``, ``training-job/x``, …"""
    columns = {
        "ServiceName": "Amazon SageMaker AI", "SkuMeter": meter, "SubAccountId": ACCOUNT,
        "SubAccountName": "prod", "ConsumedQuantity": "24", "ConsumedUnit": "Hours",
        "ResourceId": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{resource}",
    }  # fmt: skip
    return charge(cost, day, **columns | more)


def found(home: Path, rows: list[dict[str, Any]], **arguments: Any) -> list[dict[str, Any]]:
    """Rows of the tool over these charges."""
    return tool_result(sample(home, rows), "map_workloads", arguments).rows


def cells(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]
