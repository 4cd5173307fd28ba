"""A limit holds by the approver's own bill, whatever the plan says of itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_tagging import ACCOUNT
from plans import MALLORY, NOW, arn, change, plan_of, plan_store
from sample_home import charge, load, temporary_home
from tagwright.errors import ApprovalError
from tagwright.people import Principal, parse_people
from tagwright.remediation.approver import Approver
from tagwright.remediation.bill import refusal_here

DANA = Principal("dana", "cli", "dana")


def people(approves: str) -> Any:
    return parse_people(
        f"people: {{dana: {{may: [ask, approve], approves: {{{approves}}}}},"
        " mallory: {may: [propose]}}"
    )


def billed(number: int, cost: str, day: str = "2026-10-31", **more: Any) -> dict[str, Any]:
    tags = {"Tags": {"team": more.pop("team")}} if "team" in more else {}
    return charge(cost, day, **{"ResourceId": arn(number), "SubAccountId": ACCOUNT, **tags, **more})


@pytest.fixture
def loaded(home: Path) -> Path:
    load(home, [
        billed(1, "70.00", "2026-10-01", team="search"), billed(1, "30.00", team="search"),
        billed(1, "900.00", "2026-09-30", team="search"),
        billed(2, "5.00", team="ads"), billed(3, "1.00", BillingCurrency="EUR", team="ads"),
        billed(4, "1.00", "2026-09-30", team="ads"),
        billed(5, "1.00", SubAccountId="210987654321", team="ads"),
    ])  # fmt: skip
    return home


@pytest.mark.parametrize(
    ("approves", "numbers", "why"),
    [
        # The plan says 10.00 of each; the bill of October says 100.00 of the first.
        ("effective_cost: 99.99 USD", [1],
         "by this home's bill of 2026-10 its resources cost 100.00 USD (effective cost), they"),
        ("effective_cost: 100 USD", [1], ""),
        ("effective_cost: 104.99 USD", [1, 2], "its resources cost 105.00 USD"),
        # Its own word still counts: of the second it says more than the bill.
        ("effective_cost: 9 USD", [2], "it goes over what dana approves: its resources cost 10.00"),
        ("effective_cost: 100 USD", [3], "its resources are billed in EUR, so 100 USD cannot be"),
        # Charged before, not in that month: it cost nothing then. Never charged: nobody knows.
        ("effective_cost: 10 USD", [4], ""),
        ("effective_cost: 10 USD", [9], "bill of 2026-10 what its resources cost is not"),
        # The plan gives each to ads, and does not say whose it is now.
        ("teams: [ads]", [2], ""),
        ("teams: [ads]", [1], "by this home's bill of 2026-10 it touches team search, they"),
        ("teams: [ads, search]", [1], ""),
        (f'accounts: ["{ACCOUNT}"]', [2], ""),
        (f'accounts: ["{ACCOUNT}"]', [5], "it touches account 210987654321, they approve"),
        # Nothing that a bill would say.
        ("resources: 1", [9], ""),
    ],
)  # fmt: skip
def test_an_understated_plan_goes_over_the_limit(
    approves: str, numbers: list[int], why: str, loaded: Path
) -> None:
    plan = plan_of(*(change(number, dimension="team") for number in numbers))
    with plan_store(loaded, people(approves)) as store:
        said = refusal_here(store, plan, DANA, NOW)
        assert (why in said) if why else (said == "")
        store.save(plan, NOW)
        with Approver.open(store) as approver:
            if why:
                with pytest.raises(ApprovalError, match="was not approved"):
                    approver.decide(plan.id, plan.digest, DANA, "approve", now=NOW)
                assert approver.word(plan.id).decision is None
            else:
                approver.decide(plan.id, plan.digest, DANA, "approve", now=NOW)


def test_one_limit_must_hold_by_both_words(loaded: Path) -> None:
    """Ads by the plan's word in one limit and search by the bill's in another are no fit."""
    who = parse_people(
        """
        people: {dana: {may: [approve], approves: {teams: [ads], resources: 9}}}
        groups: {g: {members: [dana], approves: {teams: [search], resources: 9}}}
        """
    )
    with plan_store(loaded, who) as store:
        said = refusal_here(store, plan_of(change(1, dimension="team")), DANA, NOW)
    assert "it touches team search, they approve ads; else it touches team ads, they" in said


def test_without_a_bill_who_is_limited_by_one_approves_nothing(home: Path) -> None:
    plan = plan_of(change(1))
    with plan_store(home, people("effective_cost: 100 USD")) as store:
        said = refusal_here(store, plan, DANA, NOW)
    assert said.startswith("what dana approves is limited, and this home has no bill to hold the")
    with plan_store(home, people("resources: 1")) as store:
        assert refusal_here(store, plan, DANA, NOW) == ""


def test_after_a_change_of_the_taxonomy_whose_it_is_is_not_known(loaded: Path) -> None:
    (loaded / "taxonomy.yaml").write_text("keys: {team: {layer: business}}\n")
    with plan_store(loaded, people("teams: [ads]")) as store:
        said = refusal_here(store, plan_of(change(2, dimension="team")), DANA, NOW)
    assert "the taxonomy was changed after the bill of this home was loaded" in said


def test_who_asked_is_refused_before_any_bill_is(home: Path) -> None:
    asker = parse_people("people: {mallory: {may: [approve], approves: {teams: [ads]}}}")
    with plan_store(home, asker) as store:
        said = refusal_here(store, plan_of(change(1)), MALLORY, NOW)
    assert "four eyes" in said


@given(
    costs=st.lists(st.integers(1, 10_000), min_size=1, max_size=5),
    word=st.integers(0, 20_000), limit=st.integers(0, 20_000),
)  # fmt: skip
def test_what_is_let_through_fits_by_the_bill(costs: list[int], word: int, limit: int) -> None:
    """Whatever the plan says of itself: the sum of the bill's own charges is within the limit."""
    with temporary_home(billed(n, f"{cost}.00") for n, cost in enumerate(costs)) as settings:
        plan = plan_of(
            *(change(n, effective_cost=f"{word}.00" if n == 0 else "0") for n in range(len(costs)))
        )
        with plan_store(settings.home, people(f"effective_cost: {limit} USD")) as store:
            said = refusal_here(store, plan, DANA, dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
    assert (said == "") is (max(sum(costs), word) <= limit)
