"""Many threads and processes on one store at once: nobody fails, and the journal is one chain."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fake_tagging import FakeTagging, fake_tagging
from plans import NOW, approved, arn, change, clock, plan_of, plan_store
from tagwright.remediation import Plan, PlanStore
from tagwright.remediation.apply import apply
from tagwright.state import verify

pytestmark = pytest.mark.slow  # hundreds of durable writes, and processes of their own


@pytest.fixture
def aws(aws_env: pytest.MonkeyPatch) -> Iterator[FakeTagging]:
    with fake_tagging() as fake:
        aws_env.setenv("AWS_ENDPOINT_URL", fake.url)
        yield fake
        assert fake.problems == []


@pytest.fixture
def store(home: Path, database: str) -> Iterator[PlanStore]:
    with plan_store(home) as opened:
        yield opened
        assert verify(opened.state.journal()) == ""


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
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", APPLIER, str(Path(__file__).parent), str(home), *numbers],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for numbers in (("0", "1"), ("2", "3"), ("4", "5"), ("6", "7"))
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=60)[0].split() for worker in workers]
    assert said == [["applied", "applied"]] * 4
    assert store.count() == 16
    assert aws.tags == {arn(number): {"team": "ads"} for number in range(24)}


def of(number: int) -> Plan:
    """Plan ``number``: three resources of its own."""
    return plan_of(*(change(number * 3 + n) for n in range(3)), plan_id=f"plan-{number}")
