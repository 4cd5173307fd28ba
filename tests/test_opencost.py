"""OpenCost allocations: rows beside charges, exact shares, restated by window, cluster and name."""

from __future__ import annotations

import gzip
import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from focus_files import write_focus
from sample_home import tool_result
from tagwright.config import load_settings
from tagwright.ingest import ingest, refresh
from tagwright.warehouse import open_warehouse
from tagwright_agent.cli import main
from telemetry_files import example, rows

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


def test_a_pod_that_a_restated_window_does_not_have_is_gone(home: Path, tmp_path: Path) -> None:
    later = {"start": "2026-11-02T00:00:00Z", "end": "2026-11-03T00:00:00Z"}
    elsewhere = allocation("c2-pod", properties={"cluster": "c2"})
    pods = [allocation("recs"), allocation("search"), elsewhere]
    read(home, written(tmp_path / "a.json", answer(pods, [allocation("search", window=later)])))
    again = read(home, written(tmp_path / "b.json", answer([allocation("recs", gpuCost=50)])))
    [note] = again.files[0].notes[1:]
    assert note.startswith("Earlier rows of its windows that it has not are gone (1)")
    assert query(home, 'name, gpu_cost, day("ChargePeriodStart")') == [
        ("c2-pod", Decimal("60.48"), 1),
        ("recs", 50, 1),
        ("search", Decimal("60.48"), 2),
    ]


def test_one_window_asked_for_in_two_ways_counts_once(home: Path, tmp_path: Path) -> None:
    read(home, written(tmp_path / "a.json", answer([allocation("recs/p0"), allocation("recs/p1")])))
    whole = allocation("recs", gpuHours=48)
    read(home, written(tmp_path / "b.json", answer([whole])))
    assert query(home, "name, gpu_hours") == [("recs", 48)]


def test_files_of_one_ingest_are_parts_of_one_answer(home: Path, tmp_path: Path) -> None:
    pages = [
        written(tmp_path / f"{name}.json", answer([allocation(name)])) for name in ("a", "b", "c")
    ]
    report = read(home, *pages)
    assert query(home, "name") == [("a",), ("b",), ("c",)]
    assert all("overlap with others" in file.notes[-1] for file in report.files)


def test_windows_that_overlap_are_named(home: Path, tmp_path: Path) -> None:
    month = {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
    first = read(home, written(tmp_path / "a.json", answer([allocation()])))
    assert len(first.files[0].notes) == 1
    second = read(home, written(tmp_path / "b.json", answer([allocation(window=month)])))
    [note] = second.files[0].notes[1:]
    assert note.startswith(
        "Its windows of cluster c1 overlap with others, between 2026-11-01 00:00:00 and 2026-11-02"
    )


def test_a_row_that_comes_twice_in_one_file_counts_once(home: Path, tmp_path: Path) -> None:
    pages = (answer([allocation(gpuCost=1)]), answer([allocation(gpuCost=2)]))
    report = read(home, written(tmp_path / "a.json", *pages))
    assert (report.kubernetes, query(home, "gpu_cost")) == (1, [(2,)])


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


def test_windows_in_which_nothing_ran(home: Path, tmp_path: Path) -> None:
    report = read(home, written(tmp_path / "a.json", answer([], None, [allocation()])))
    assert (report.kubernetes, report.rejected) == (1, 0)
    none = {"code": 200, "data": None}
    lines = written(tmp_path / "b.jsonl", answer([]), none, answer([allocation("later")]))
    assert [(f.kubernetes, f.rejected, f.error) for f in read(home, lines).files] == [(1, 0, None)]


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


def test_nothing_is_taken_over_where_the_others_do_not_agree(home: Path, tmp_path: Path) -> None:
    other = allocation("b", properties={"cluster": "c2"})
    idle = {"name": "__idle__", "gpuHours": 1, "totalCost": 1}
    read(home, written(tmp_path / "a.json", answer([allocation("a"), other, idle])))
    assert query(home, "name, cluster")[0] == ("__idle__", None)


def test_a_window_in_another_time_zone_is_stored_in_utc(home: Path, tmp_path: Path) -> None:
    window = {"start": "2026-11-01T00:00:00+02:00", "end": "2026-11-02T00:00:00+02:00"}
    read(home, written(tmp_path / "a.json", answer([allocation(window=window)])))
    assert query(home, '"ChargePeriodStart"::TEXT') == [("2026-10-31 22:00:00",)]


AMOUNT = st.integers(-(10**10), 10**13).map(lambda n: Decimal(n).scaleb(-5))
HOURS = st.integers(0, 10**12).map(lambda n: Decimal(n).scaleb(-5))
POD = st.fixed_dictionaries(
    {
        "cpuCost": AMOUNT,
        "cpuCostAdjustment": AMOUNT,
        "gpuCost": AMOUNT,
        "gpuHours": HOURS,
        "totalCost": AMOUNT,
    }
)


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(days=st.lists(st.lists(POD, min_size=1, max_size=3), min_size=1, max_size=2), data=st.data())
def test_any_order_repetition_and_restatement_gives_the_same_totals(
    days: list[list[dict[str, Decimal]]],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Sums by the standard library's decimals, over what the files say, to the last decimal."""
    folder = tmp_path_factory.mktemp("days")
    paths, stale = [], []
    for number, pods in enumerate(days, start=1):
        start, end = (f"2026-11-{day:02}T00:00:00Z" for day in (number, number + 1))
        window = {"start": start, "end": end}
        named = [
            allocation(f"pod-{n}", window=window, **{k: float(v) for k, v in pod.items()})
            for n, pod in enumerate(pods)
        ]
        paths.append(written(folder / f"{number}.json", answer(named)))
        early = [allocation("early", window=window, cpuCost=7), *named[:1]]
        stale.append(written(folder / f"{number}-early.json", answer(early)))
    all_pods = [pod for pods in days for pod in pods]
    expected = (
        len(all_pods),
        sum(pod["cpuCost"] + pod["cpuCostAdjustment"] for pod in all_pods),
        *(sum(pod[name] for pod in all_pods) for name in ("gpuCost", "gpuHours", "totalCost")),
    )
    sums = "count(*), sum(cpu_cost), sum(gpu_cost), sum(gpu_hours), sum(total_cost)"
    once, again = folder / "once", folder / "again"
    read(once, *data.draw(st.permutations(paths)))
    read(again, *stale)
    for path in data.draw(st.permutations([*paths, *paths])):
        read(again, path)
    for home in (once, again):
        with open_warehouse(load_settings(home)).open() as snapshot:
            assert snapshot.query(f"SELECT {sums} FROM kubernetes_usage").rows == [expected]


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
