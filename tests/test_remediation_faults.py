"""Every fault at every call of a run, and somebody else's change between any two calls.

What is held, after one more run: the state that is reported is the real one, nobody else's change
is overwritten, and nothing is written twice.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_tagging import ACCOUNT, FakeClient, FakeTagging, Killed
from plans import NOW, approved, arn, change, plan_of, plan_store
from tagwright.api import ApprovalError, ProviderError
from tagwright.remediation import PlanStore, StoredPlan
from tagwright.remediation import apply as applier
from tagwright.remediation.apply import Clock, apply
from tagwright.remediation.writers import Access

EU = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1"
ITEMS = (
    change(1),
    change(1, key="product", before="old", after="recs"),
    change(2),
    change(1, arn=EU, region="eu-west-1", before="", after="search"),
)
BEFORE = {arn(1): {"product": "old", "keep": "me"}, EU: {"team": ""}}
CALLS = 10
"""Of a run without faults: in each region who one is, then read and write, and a read-back."""

Make = Callable[..., FakeTagging]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Make:
    """A fake that the applier reaches in this process."""

    def make(**options: object) -> FakeTagging:
        fake = FakeTagging(tags={key: dict(tags) for key, tags in BEFORE.items()}, **options)  # type: ignore[arg-type]

        def client(access: Access, _service: str) -> FakeClient:
            return FakeClient(fake, access._region)

        monkeypatch.setattr(Access, "client", client)
        return fake

    return make


def run(store: PlanStore, plan_id: str = "plan-1", at: dt.datetime = NOW) -> StoredPlan | None:
    """One run; None where it did not come to its end."""
    with pytest.MonkeyPatch.context() as patch:
        place = applier._Run.place

        def watched(self: applier._Run, *arguments: object) -> None:
            try:
                place(self, *arguments)  # type: ignore[arg-type]
            except Killed:  # who is killed cleans nothing up
                patch.setattr(applier._Run, "leave", lambda *_: None)
                patch.setattr(applier.Execution, "release", lambda _: None)
                raise

        patch.setattr(applier._Run, "place", watched)
        try:
            return apply(plan_id, store, clock=Clock(now=lambda: at, sleep=lambda _: None))
        except (ProviderError, ApprovalError, Killed):
            return None


def twice(store: PlanStore, plan_id: str) -> StoredPlan:
    """A run and, where it did not end well, another: a minute later, when the lease is stale."""
    approved(store, plan_of(*ITEMS, plan_id=plan_id))
    first = run(store, plan_id)
    if first is None or first.state != "applied":
        run(store, plan_id, NOW + dt.timedelta(minutes=2))
    return store.get(plan_id)


def lies(fake: FakeTagging, told: StoredPlan) -> list[str]:
    """Items whose reported state is not the real one."""
    found = []
    for item, state in zip(told.plan.items, told.items, strict=True):
        live = fake.tags.get(item.arn, {}).get(item.key)
        ours = (item.arn, item.key, item.after) in fake.writes
        holds = {
            "applied": live == item.after and ours,
            "already": live == item.after and not ours,
            "drift": live not in (item.before, item.after),
            "pending": live == item.before and not ours,
            "failed": live == item.before and not ours,
            "unverified": True,
        }
        if not holds[state.state]:
            found.append(f"{item.arn} {item.key} is {live!r} and said to be {state.state}")
    return found


def test_a_run_without_faults(world: Make, home: Path) -> None:
    fake = world()
    with plan_store(home) as store:
        approved(store, plan_of(*ITEMS))
        assert run(store)
    assert len(fake.calls) == CALLS
    assert fake.tags == {
        arn(1): {"team": "ads", "product": "recs", "keep": "me"},
        arn(2): {"team": "ads"},
        EU: {"team": "search"},
    }


FAULTS = (
    "throttle", "500", "lost", "reset", "internal", "partial", "timeout", "killed", "killed after",
)  # fmt: skip


@pytest.mark.slow  # a run a call
@pytest.mark.parametrize("settles", [0, 2])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call(fault: str, settles: int, world: Make, home: Path) -> None:
    """Also where AWS shows late what was written."""
    with plan_store(home) as store:
        for number in range(1, CALLS + 1):
            fake = world(at={number: fault}, settles=settles)
            told = twice(store, f"plan-{number}")
            assert (number, told.state, lies(fake, told)) == (number, "applied", [])
            claims = sum(
                entry.event == "claimed" and entry.plan_id == told.plan.id
                for entry in store.state.journal()
            )
            assert claims == (2 if fault.startswith("killed") else 1), number
            assert len(fake.writes) == len(set(fake.writes)) == len(ITEMS), number
            assert fake.tags[arn(1)]["keep"] == "me"
            assert fake.problems == []


@pytest.mark.slow  # a run a call
@pytest.mark.parametrize("outage", ["reset", "throttle", "500"])
def test_an_outage_from_any_call_on(outage: str, world: Make, home: Path) -> None:
    """All that can be said then: nothing is said to be done, or failed, that is not."""
    with plan_store(home) as store:
        for number in range(1, CALLS + 1):
            fake, plan_id = world(at=dict.fromkeys(range(number, 500), outage)), f"plan-{number}"
            approved(store, plan_of(*ITEMS, plan_id=plan_id))
            run(store, plan_id)
            told = store.get(plan_id)
            assert (number, lies(fake, told)) == (number, [])
            written = {
                state.state
                for item, state in zip(told.plan.items, told.items, strict=True)
                if (item.arn, item.key, item.after) in fake.writes
            }
            assert written <= {"applied", "unverified"}, number
            fake.at.clear()
            run(store, plan_id, NOW + dt.timedelta(minutes=2))
            told = store.get(plan_id)
            assert (number, told.state, lies(fake, told)) == (number, "applied", [])
            assert len(fake.writes) == len(set(fake.writes)) == len(ITEMS), number


@pytest.mark.slow  # a run for each two calls
@pytest.mark.parametrize("fault", ["throttle", "lost", "partial", "killed after"])
@pytest.mark.parametrize("position", [1, 2])
def test_somebody_else_s_change_is_not_overwritten(
    position: int, fault: str, world: Make, home: Path
) -> None:
    item, held = ITEMS[position], 0
    with plan_store(home) as store:
        for number, later in itertools.product(range(2, 7), range(-1, 4)):
            plan_id = f"plan-{number}-{later}"
            fake = world(at={number: fault})
            at_the_time: list[tuple[str, str]] = []

            def between(
                call: int, fake: FakeTagging = fake, theirs: int = number + later,
                plan_id: str = plan_id, noted: list[tuple[str, str]] = at_the_time,
            ) -> None:  # fmt: skip
                if call == theirs:
                    noted.append((fake.calls[-1], store.get(plan_id).items[position].state))
                    fake.tags.setdefault(item.arn, {})[item.key] = "theirs"

            fake.between = between
            told = twice(store, plan_id)
            assert len(fake.writes) == len(set(fake.writes)), plan_id
            for called, state in at_the_time:
                # Between the drift check and the write AWS offers nothing; the docs say so.
                if called == "TagResources":
                    continue
                held += 1
                assert fake.tags[item.arn][item.key] == "theirs", plan_id
                if state not in ("applied", "already"):
                    assert (plan_id, lies(fake, told)) == (plan_id, [])
                    assert told.items[position].state in ("drift", "unverified"), plan_id
    assert held > 10


# --- places, limits, progress -----------------------------------------------------------------


def test_one_region_that_cannot_be_reached_leaves_the_others_alone(
    world: Make, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = world()
    real = Access.client

    def client(access: Access, service: str) -> object:
        if access._region == "us-east-1":
            raise ProviderError("AWS cannot be reached (EndpointConnectionError).")
        return real(access, service)

    monkeypatch.setattr(Access, "client", client)
    with plan_store(home) as store:
        approved(store, plan_of(*ITEMS))
        done = run(store)
        assert done
        assert [item.state for item in done.items] == ["failed"] * 3 + ["applied"]
        assert done.items[0].detail == "AWS cannot be reached (EndpointConnectionError)."
        assert done.state == "partly_applied"
        monkeypatch.setattr(Access, "client", real)
        done = run(store, at=NOW + dt.timedelta(minutes=2))
        assert done
        assert done.state == "applied"
    assert len(fake.writes) == len(ITEMS)


def test_what_was_accepted_is_read_back_though_the_approval_ran_out(
    world: Make, home: Path
) -> None:
    fake, now = world(), [NOW]

    def between(number: int) -> None:
        if fake.calls[-1] == "TagResources":
            now[0] = NOW + dt.timedelta(hours=72)

    fake.between = between
    with plan_store(home) as store:
        approved(store, plan_of(*ITEMS))
        with pytest.raises(ApprovalError, match="ran out"):
            apply("plan-1", store, clock=Clock(now=lambda: now[0], sleep=lambda _: None))
        told = store.get("plan-1")
    assert lies(fake, told) == []
    assert [item.state for item in told.items] == ["applied", "applied", "pending", "pending"]


@pytest.mark.slow  # six thousand rows of journal and state
def test_two_thousand_resources_within_aws_s_limits(world: Make, home: Path) -> None:
    fake, told = world(page=100), list[tuple[int, int]]()
    items = [change(n) for n in range(2000)]
    with plan_store(home) as store:
        approved(store, plan_of(*items))
        done = apply(
            "plan-1", store, clock=Clock(now=lambda: NOW, sleep=lambda _: None),
            progress=lambda done, total: told.append((done, total)),
        )  # fmt: skip
    assert done.state == "applied"
    # 100 calls that write, each with a look before it, and 20 that read back.
    assert fake.calls.count("TagResources") == 100
    assert fake.calls.count("GetResources") == 120
    assert fake.problems == []
    assert told[0] == (0, 2000)
    assert told[-1] == (2000, 2000)
    assert told == sorted(told)


def test_at_most_fifty_tags_go_into_a_call(world: Make, home: Path) -> None:
    fake = world()
    fake.tags[arn(3)] = {f"k{n:02}": "old" for n in range(40)}
    changed = [change(3, key=f"k{n:02}", before="old", after="new") for n in range(40)]
    items = [*changed, *(change(3, key=f"n{n:02}", after="new") for n in range(10))]
    removed = [change(3, key=f"k{n:02}", before="new", after=None) for n in range(40)]
    with plan_store(home) as store:
        approved(store, plan_of(*items))
        assert run(store)
        assert fake.calls.count("TagResources") == 1
        assert len(fake.tags[arn(3)]) == 50
        approved(store, plan_of(*removed, plan_id="plan-2"))
        apply("plan-2", store, clock=Clock(now=lambda: NOW, sleep=lambda _: None))
    assert sorted(fake.tags[arn(3)]) == [f"n{n:02}" for n in range(10)]
    assert fake.problems == []


# --- interrupted -------------------------------------------------------------------------------


def test_who_is_interrupted_says_what_is_not_known(world: Make, home: Path) -> None:
    fake = world()

    def between(number: int) -> None:
        if fake.calls.count("TagResources") == 1 and fake.calls[-1] == "GetResources":
            raise KeyboardInterrupt  # somebody presses Ctrl-C: one call is through, none read back

    fake.between = between
    with plan_store(home) as store:
        approved(store, plan_of(*ITEMS))
        with pytest.raises(KeyboardInterrupt):
            apply("plan-1", store, clock=Clock(now=lambda: NOW, sleep=lambda _: None))
        told = store.get("plan-1")
        assert [item.state for item in told.items] == ["unverified"] * 2 + ["pending"] * 2
        assert told.items[0].detail == "sent, not confirmed: it was interrupted"
        fake.between = lambda _: None
        done = run(store)  # at once: the lease was given back
        assert done
        assert done.state == "applied"
    assert len(fake.writes) == len(set(fake.writes)) == len(ITEMS)


def test_what_failed_and_is_tried_again_is_not_said_to_have_failed(world: Make, home: Path) -> None:
    """The process dies in the second try: that the first one failed is not the truth any more."""
    fake = world(unknown={arn(1)})
    with plan_store(home) as store:
        approved(store, plan_of(change(1)))
        assert run(store)
        assert store.get("plan-1").items[0].state == "failed"
        fake.unknown = set()
        fake.at = {len(fake.calls) + 3: "killed after"}
        assert run(store) is None
        assert fake.writes == [(arn(1), "team", "ads")]
        assert store.get("plan-1").items[0].state == "pending"
        done = run(store, at=NOW + dt.timedelta(minutes=2))
        assert done
        # Ours, and so to be undone; not "already".
        assert done.items[0].state == "applied"
    assert len(fake.writes) == 1
