"""Allocations as OpenCost writes them, and what ingest makes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.ingest.report import IngestReport

__all__ = ["DAY", "IDLE", "SECRET", "allocation", "answer", "query", "read", "written"]

DAY = {"start": "2026-11-01T00:00:00Z", "end": "2026-11-02T00:00:00Z"}
SECRET = "the-launch-code-is-0000"


def allocation(name: str = "recs-gpu/vllm-0", **more: Any) -> dict[str, Any]:
    """A day of a GPU pod, by opencost's allocation_json.go."""
    return {
        "name": name,
        "properties": {
            "cluster": "c1",
            "node": "ip-10-0-1-5",
            "namespace": "recs-gpu",
            "controller": "vllm",
            "controllerKind": "deployment",
            "pod": "vllm-0",
            "container": "vllm",
            "providerID": "i-0abc",
            "labels": {"team": "search", "product": "recs"},
            "namespaceLabels": {"team": "platform", "env": "prod"},
            "annotations": {"note": SECRET},
        },
        "window": DAY,
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-11-01T23:00:00Z",
        "minutes": 1380,
        "cpuCoreHours": 96.5,
        "cpuCost": 9.6,
        "cpuCostAdjustment": -0.1,
        "gpuCount": 1,
        "gpuHours": 24,
        "gpuCost": 60.48,
        "gpuCostAdjustment": 0,
        "ramByteHours": 32204390400.5,
        "ramCost": 3.2,
        "networkCost": 0.1,
        "pvCost": 0,
        "loadBalancerCost": 0,
        "sharedCost": 1.25,
        "totalCost": 74.53,
        "gpuAllocation": {
            "gpuModel": "NVIDIA-H100",
            "gpuUsageAverage": 0.41,
            "gpuRequestAverage": 1,
        },
        **more,
    }


IDLE = allocation("__idle__", properties={"cluster": "c1"}, gpuHours=168, gpuCost=423.36)


def answer(*windows: Any) -> dict[str, Any]:
    return {
        "code": 200,
        "data": [
            {a["name"]: a for a in window} if isinstance(window, list) else window
            for window in windows
        ],
    }


def written(path: Path, *answers: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(item) for item in answers) + "\n")
    return path


def read(home: Path, *paths: Path) -> IngestReport:
    return ingest(load_settings(home), paths)


def query(home: Path, columns: str) -> list[tuple[Any, ...]]:
    with open_warehouse(load_settings(home)).open() as snapshot:
        return snapshot.query(f"SELECT {columns} FROM kubernetes_usage ORDER BY name, cluster").rows
