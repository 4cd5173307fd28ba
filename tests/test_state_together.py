"""Many threads and processes on one store at once: nobody fails, and the journal is one chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fake_tagging import FakeTagging
from plans import NOW, approved, arn, change, clock, plan_of
from processes import at_once
from tagwright.remediation import Plan, PlanStore
from tagwright.remediation.apply import apply

pytestmark = [
    pytest.mark.slow,  # hundreds of durable writes, and processes of their own
    pytest.mark.usefixtures("database"),
]


def test_200_proposals_from_24_threads(store: PlanStore) -> None:
    def propose(number: int) -> str:
        return store.save(plan_of(change(number), plan_id=f"plan-{number}"), NOW).state

    with ThreadPoolExecutor(24) as threads:
        assert list(threads.map(propose, range(200))) == ["proposed"] * 200
    assert store.count() == 200
    assert [entry.seq for entry in store.state.journal()] == list(range(1, 201))


def test_8_plans_applied_at_once(aws: FakeTagging, store: PlanStore) -> None:
    ids = [approved(store, of(number)).id for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda plan_id: apply(plan_id, store, clock=clock()), ids))
    assert [(plan.state, plan.counts()) for plan in done] == [("applied", {"applied": 3})] * 8
    assert aws.tags == {arn(number): {"team": "ads"} for number in range(24)}
    assert len(aws.writes) == 24


APPLIER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from plans import NOW, change, clock, plan_of, plan_store
from tagwright.remediation.apply import apply
with plan_store(Path(sys.argv[2])) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in map(int, sys.argv[3:]):
        store.save(plan_of(change(number), plan_id=f"more-{number}"), NOW)
        print(apply(f"plan-{number}", store, clock=clock()).state)
"""


def test_processes_propose_and_apply_at_once(
    aws: FakeTagging, store: PlanStore, home: Path
) -> None:
    for number in range(8):
        approved(store, of(number))
    tests = str(Path(__file__).parent)
    numbers = (("0", "1"), ("2", "3"), ("4", "5"), ("6", "7"))
    said = at_once(APPLIER, [(tests, str(home), *of_one) for of_one in numbers])
    assert said == ["applied\napplied\n"] * 4
    assert store.count() == 16
    assert aws.tags == {arn(number): {"team": "ads"} for number in range(24)}


def of(number: int) -> Plan:
    """Plan ``number``: three resources of its own."""
    return plan_of(*(change(number * 3 + n) for n in range(3)), plan_id=f"plan-{number}")
