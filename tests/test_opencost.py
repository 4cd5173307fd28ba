"""OpenCost allocations: rows beside charges, exact shares, never charges."""

from __future__ import annotations

import gzip
import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from focus_files import write_focus
from opencost_files import DAY, IDLE, SECRET, allocation, answer, query, read, written
from sample_home import tool_result
from tagwright.config import load_settings
from tagwright.ingest import refresh
from tagwright.warehouse import open_warehouse
from tagwright_agent.cli import main
from telemetry_files import example, rows

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.mark.parametrize(
    ("fault", "column", "reason"),
    [
        ({"window": {"start": "soon", "end": None}}, "ChargePeriodStart", "not an ISO 8601"),
        ({"window": {**DAY, "end": "2026-10-31T00:00:00Z"}}, "ChargePeriodEnd", "before its start"),
        ({"name": None}, "name", "missing"),
        ({"gpuHours": -1}, "gpu_hours", "negative"),
        ({"gpuHours": "many"}, "gpu_hours", "not a number"),
        ({"gpuCost": "much"}, "gpu_cost", "not an amount"),
        ({"cpuCost": "much"}, "cpu_cost", "not an amount"),
        ({"totalCost": "much"}, "total_cost", "not an amount"),
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


def test_an_answer_that_failed_is_told(home: Path, tmp_path: Path) -> None:
    failed = {"code": 500, "status": "error", "message": "no Prometheus"}
    [alone] = read(home, written(tmp_path / "a.json", failed)).files
    assert alone.error
    [among] = read(home, written(tmp_path / "b.jsonl", answer([allocation()]), failed)).files
    assert (among.kubernetes, among.rejected, among.examples[0]["line"]) == (1, 1, 2)


def test_the_documented_example_loads_whole(shared: Path, home: Path, tmp_path: Path) -> None:
    """Its __idle__ says neither when nor where; the pod beside it does."""
    record = example(shared, "opencost.allocation")
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(json.dumps(record, indent=1).encode()))
    columns = 'name, cluster, "ChargePeriodEnd"::DATE::TEXT, gpu_hours, gpu_cost, total_cost'
    assert rows(home, path, columns, "kubernetes_usage") == [
        ("recs-gpu/vllm-0", "c1", "2026-11-02", 24, Decimal("60.48"), Decimal("73.38")),
        ("__idle__", "c1", "2026-11-02", 168, Decimal("423.36"), 480),
    ]


def test_describe_data_tells_of_them(home: Path, tmp_path: Path) -> None:
    bill = write_focus(tmp_path / "bill.csv", [{}])
    read(home, bill, written(tmp_path / "a.json", answer([allocation(), IDLE])))
    result = tool_result(load_settings(home), "describe_data")
    assert result.details["kubernetes_rows"] == 2
    assert [note for note in result.notes if note.startswith("Kubernetes usage (2 rows) says how")]
    assert result.details["charges"] == result.totals[0]["charge_count"] == 1


def test_the_command_counts_them(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = write_focus(tmp_path / "bill.csv", [{}])
    path = written(tmp_path / "a.json", answer([allocation(), IDLE]))
    assert main(["ingest", str(bill), str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[:5] == ["File", "Format", "Charges", "Kubernetes", "Rejected"]
    assert lines[2].split() == ["a.json", "OpenCost", "2", "0"]
    assert "1 charge, 2 rows of Kubernetes usage." in " ".join(lines)
    assert main(["ask", "what data do you have?"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "1 charge" in words
    assert "Beside them 2 rows of Kubernetes usage." in words


def test_describe_data_of_kubernetes_usage_alone(home: Path, tmp_path: Path) -> None:
    read(home, written(tmp_path / "a.json", answer([allocation()])))
    result = tool_result(load_settings(home), "describe_data")
    assert (result.rows, result.totals) == ([], [])
    assert result.details["kubernetes_rows"] == 1


def test_a_snapshot_that_knew_no_total(home: Path, tmp_path: Path) -> None:
    first = written(tmp_path / "a.json", answer([allocation()]))
    read(home, first)
    _forget(home, 'ALTER TABLE kubernetes_usage DROP COLUMN "total_cost"', version=3)
    read(home, written(tmp_path / "b.json", answer([allocation("b", properties={})])))
    assert query(home, "name, total_cost") == [("b", Decimal("74.53")), ("recs-gpu/vllm-0", None)]


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
    _forget(
        home,
        "DROP TABLE kubernetes_usage",
        "ALTER TABLE files DROP COLUMN kubernetes",
        version=2,
    )
    report = read(home, bill, written(tmp_path / "a.json", answer([allocation()])))
    assert (report.charges, report.kubernetes) == (1, 1)


def _forget(home: Path, *statements: str, version: int) -> None:
    """Make the current snapshot one of an older version, that had less."""
    [path] = (home / "warehouse" / "snapshots").glob("*.duckdb")
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            con.execute(statement)
    pointer = home / "warehouse" / "CURRENT"
    state = json.loads(pointer.read_text())
    entry = state["kept"][0]
    if version < 3:
        entry.pop("kubernetes")
    entry["format"] = version
    entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    entry["bytes"] = path.stat().st_size
    pointer.write_text(json.dumps(state))
