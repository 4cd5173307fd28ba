"""OpenCost's windows: each restated whole, in any order; overlaps named."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_world import FakeClock, Reply, Request, as_json, serving
from effort import examples
from opencost_files import allocation, answer, query, read, written
from tagwright.config import load_settings
from tagwright.connectors import fetch
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path


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


def test_what_the_connector_writes_is_read(home: Path) -> None:
    def allocations(request: Request) -> Reply:
        start, end = request.one("window").split(",")
        pods = [allocation(name, window={"start": start, "end": end}) for name in ("a", "b")]
        return as_json(answer(pods))

    with serving(allocations) as server:
        (home / "tagwright.toml").write_text(f'[connectors.opencost]\nbase_url = "{server.url}"\n')
        clock = FakeClock(now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC)).clock()
        [done] = fetch(load_settings(home), since=dt.date(2026, 11, 21), clock=clock)
    report = read(home, *done.waiting)
    assert (len(report.files), report.kubernetes, report.rejected) == (3, 6, 0)
    assert {len(file.notes) for file in report.files} == {1}


def test_windows_in_which_nothing_ran(home: Path, tmp_path: Path) -> None:
    report = read(home, written(tmp_path / "a.json", answer([], None, [allocation()])))
    assert (report.kubernetes, report.rejected) == (1, 0)
    none = {"code": 200, "data": None}
    lines = written(tmp_path / "b.jsonl", answer([]), none, answer([allocation("later")]))
    assert [(f.kubernetes, f.rejected, f.error) for f in read(home, lines).files] == [(1, 0, None)]


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


@pytest.mark.slow  # each example is ingested in several orders
@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
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
