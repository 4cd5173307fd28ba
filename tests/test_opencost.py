"""OpenCost allocations: rows beside charges, exact shares, restated by window, cluster and name."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from focus_files import write_focus
from tagwright.config import load_settings
from tagwright.ingest import ingest, refresh
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.ingest.report import IngestReport

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


def test_an_allocation_and_what_was_idle(home: Path, tmp_path: Path) -> None:
    report = read(home, written(tmp_path / "a.json", answer([allocation(), IDLE])))
    assert (report.kubernetes, report.charges, report.usage, report.rejected) == (2, 0, 0, 0)
    assert not report.failed
    assert report.as_dict()["kubernetes"] == report.as_dict()["files"][0]["kubernetes"] == 2
    idle, pod = query(
        home,
        'name, idle, cluster, node, namespace, controller, pod, container, provider_id, "Tags", '
        'x_team, gpu_model, "ChargePeriodStart"::TEXT, "ChargePeriodEnd"::TEXT',
    )
    day = ("2026-11-01 00:00:00", "2026-11-02 00:00:00")
    assert idle[:4] == ("__idle__", True, "c1", None)
    assert pod == (
        "recs-gpu/vllm-0", False, "c1", "ip-10-0-1-5", "recs-gpu", "vllm", "vllm-0", "vllm",
        "i-0abc", {"team": "search", "product": "recs", "env": "prod"}, "search", "NVIDIA-H100",
        *day,
    )  # fmt: skip


def test_shares_are_exact_and_hold_their_adjustment(home: Path, tmp_path: Path) -> None:
    read(home, written(tmp_path / "a.json", answer([allocation()])))
    [found] = query(
        home,
        "cpu_cost, gpu_cost, ram_cost, network_cost, shared_cost, cpu_core_hours, gpu_hours, "
        "ram_byte_hours, gpu_usage_average, minutes",
    )
    assert [str(value.normalize()) for value in found] == [
        "9.5", "60.48", "3.2", "0.1", "1.25", "96.5", "24", "32204390400.5", "0.41", "1.38E+3",
    ]  # fmt: skip
    assert sum(found[:5]) == Decimal("74.53")


def test_a_share_is_never_a_charge(home: Path, tmp_path: Path) -> None:
    bill = write_focus(tmp_path / "bill.csv", [{"BilledCost": "73.38", "EffectiveCost": "73.38"}])
    report = read(home, bill, written(tmp_path / "a.json", answer([allocation()])))
    assert (report.charges, report.kubernetes) == (1, 1)
    with open_warehouse(load_settings(home)).open() as snapshot:
        billed = 'SELECT count(*), sum("BilledCost") FROM charges'
        assert snapshot.query(billed).rows == [(1, Decimal("73.38"))]
        assert (snapshot.info.charges, snapshot.info.kubernetes) == (1, 1)
    assert "never added" in " ".join(report.files[1].notes)


def test_a_window_that_comes_again_replaces_itself(home: Path, tmp_path: Path) -> None:
    other = {**allocation()["properties"], "cluster": "c2"}
    later = {"start": "2026-11-02T00:00:00Z", "end": "2026-11-03T00:00:00Z"}
    first = answer([allocation()], [allocation(window=later)])
    read(home, written(tmp_path / "a.json", first, answer([allocation(properties=other)])))
    again = written(tmp_path / "b.json", answer([allocation(gpuCost=50)]))
    assert read(home, again).kubernetes == 1
    assert query(home, 'cluster, day("ChargePeriodStart"), gpu_cost, name')[0][0] == "c1"
    assert sorted(query(home, 'cluster, day("ChargePeriodStart"), gpu_cost')) == [
        ("c1", 1, 50),
        ("c1", 2, Decimal("60.48")),
        ("c2", 1, Decimal("60.48")),
    ]
    assert read(home, again).unchanged


def test_a_row_that_comes_twice_in_one_file_counts_once(home: Path, tmp_path: Path) -> None:
    pages = (answer([allocation(gpuCost=1)]), answer([allocation(gpuCost=2)]))
    report = read(home, written(tmp_path / "a.json", *pages))
    assert (report.kubernetes, query(home, "gpu_cost")) == (1, [(2,)])


@pytest.mark.parametrize(
    ("fault", "column", "reason"),
    [
        ({"window": {}}, "ChargePeriodStart, ChargePeriodEnd", "missing"),
        ({"name": None}, "name", "missing"),
        ({"gpuHours": -1}, "gpu_hours", "negative"),
        ({"gpuHours": "many"}, "gpu_hours", "not a number"),
        ({"gpuCost": "much"}, "gpu_cost", "not an amount"),
        ({"cpuCost": "much"}, "cpu_cost", "not an amount"),
    ],
    ids=str,
)
def test_a_faulty_allocation_is_kept_out_and_named(
    fault: dict[str, Any], column: str, reason: str, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    rows = {"good": allocation("good", new={"field": 1}), "bad": {**allocation("bad"), **fault}}
    path.write_text(json.dumps({"code": 200, "data": [rows]}, indent=1))
    report = read(home, path).files[0]
    assert (report.kubernetes, report.rejected) == (1, 1)
    assert (report.examples[0]["column"], report.examples[0]["line"]) == (column, 2)
    assert reason in str(report.examples[0]["reason"])


def test_a_line_cut_in_the_middle(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", answer([allocation()]), answer([IDLE]))
    path.write_text(path.read_text()[:-100])
    report = read(home, path).files[0]
    assert (report.kubernetes, report.rejected, report.examples[0]["line"]) == (1, 1, 2)


def test_windows_in_which_nothing_ran(home: Path, tmp_path: Path) -> None:
    report = read(home, written(tmp_path / "a.json", answer([], None, [allocation()])))
    assert (report.kubernetes, report.rejected) == (1, 0)


def test_annotations_reach_no_disk(home: Path, tmp_path: Path) -> None:
    broken = allocation("bad", gpuHours=-1)
    read(home, written(tmp_path / "a.json", answer([allocation(), broken])))
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".duckdb" for path in files)
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


TAXONOMY = """
keys:
  team: {layer: business}
  product: {layer: business}
aliases:
  - any_of: ["product:recs"]
    means: {team: discovery}
    owner: dana@example.com
"""


def test_labels_are_promoted_anew_after_the_taxonomy_changed(home: Path, tmp_path: Path) -> None:
    other = {**allocation()["properties"], "labels": {"product": "recs"}, "namespaceLabels": {}}
    read(home, written(tmp_path / "a.json", answer([allocation(properties=other)])))
    assert query(home, "x_team, gpu_hours") == [(None, 24)]
    (home / "taxonomy.yaml").write_text(TAXONOMY)
    assert refresh(load_settings(home)).kubernetes == 1
    assert query(home, "x_team, gpu_hours") == [("discovery", 24)]


def test_a_snapshot_of_a_version_that_knew_no_kubernetes(home: Path, tmp_path: Path) -> None:
    bill = write_focus(tmp_path / "bill.csv", [{}])
    read(home, bill)
    _forget(home)
    report = read(home, bill, written(tmp_path / "a.json", answer([allocation()])))
    assert (report.charges, report.kubernetes) == (1, 1)


def _forget(home: Path) -> None:
    """Make the current snapshot one that has neither the table nor the column."""
    [path] = (home / "warehouse" / "snapshots").glob("*.duckdb")
    with duckdb.connect(str(path)) as con:
        con.execute("DROP TABLE kubernetes_usage")
        con.execute("ALTER TABLE files DROP COLUMN kubernetes")
    pointer = home / "warehouse" / "CURRENT"
    state = json.loads(pointer.read_text())
    entry = state["kept"][0]
    entry.pop("kubernetes")
    entry["format"] = 2
    entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    entry["bytes"] = path.stat().st_size
    pointer.write_text(json.dumps(state))
