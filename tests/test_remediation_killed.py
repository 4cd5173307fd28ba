"""kill -9 before and after each transaction of book and store; a second run ends well."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fake_tagging import FakeTagging
from plans import approved, arn, change, clock, plan_of, plan_store
from tagwright.api import ApprovalError
from tagwright.remediation.apply import apply
from tagwright.remediation.audit import audit
from tagwright.remediation.undo import rollback

pytestmark = pytest.mark.slow  # a process a place, to be killed for real


CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from plans import clock, plan_store
from tagwright.remediation.apply import apply
from tagwright.remediation.undo import rollback
from tagwright.state import State

left, real = int(sys.argv[3]), State.transact

def place():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def transact(self, work, **more):
    place()
    done = real(self, work, **more)
    place()
    return done

with plan_store(Path(sys.argv[2])) as store:
    State.transact = transact
    apply("plan-1", store, clock=clock())
    rollback("plan-1", store, "bob", clock=clock())
print("at its end")
"""


PLACES = 32
"""Before and after each of eight transactions of an apply, and as many of an undo."""


def child(home: Path, place: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(home), str(place)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("place", range(1, PLACES + 1))
def test_killed_there_it_ends_well(place: int, aws: FakeTagging, home: Path) -> None:
    with plan_store(home) as store:
        approved(store, plan_of(change(1), change(2)))
        died = child(home, place)
        assert died.returncode == -signal.SIGKILL, died.stderr
        for verb in (
            lambda: apply("plan-1", store, clock=clock()),
            lambda: rollback("plan-1", store, "bob", clock=clock()),
        ):
            with contextlib.suppress(ApprovalError):  # it was done before the process died
                verb()
        assert store.get("plan-1").state == "rolled_back"
        assert audit(store).faults == []
    assert aws.tags == {arn(1): {}, arn(2): {}}
    values = [(arn(n), "team", value) for value in ("ads", None) for n in (1, 2)]
    assert sorted(aws.writes, key=str) == sorted(values, key=str)


def test_there_are_no_more_places(aws: FakeTagging, home: Path) -> None:
    with plan_store(home) as store:
        approved(store, plan_of(change(1), change(2)))
    assert child(home, PLACES + 1).stdout == "at its end\n"
