"""Where a plan is decided, and who may: what a proposal says of it."""

from __future__ import annotations

import pytest

from plans import ALICE, PEOPLE, change, plan_of
from tagwright.config import ApprovalPolicy, Oidc
from tagwright.people import parse_people
from tagwright.people.people import People
from tagwright.remediation.asking import asking, page_url

PLAN = plan_of(change(1))
PAGE = f"/plans/plan-1?digest={PLAN.digest}"
OIDC = {"issuer": "https://id.example.com", "client_id": "tagwright"}


def of(approval: ApprovalPolicy) -> str | None:
    return page_url(approval, PLAN.id, PLAN.digest)


@pytest.mark.parametrize(
    "base",
    ["https://approve.example.com", "http://127.0.0.1:8700", "http://localhost:8700",
     "http://[::1]:8700", "http://127.8.0.1"],
)  # fmt: skip
def test_a_page_is_https_or_on_this_machine(base: str) -> None:
    assert of(ApprovalPolicy(approver_url=base)) == base + PAGE


@pytest.mark.parametrize(
    "base",
    ["http://approver:8700", "http://10.0.0.8", "http://127.0.0.1.example.com",
     "http://localhost.example.com", "http://[fe80::1]:1", "http://2130706433"],
)  # fmt: skip
def test_any_other_is_not_given_to_anybody(base: str) -> None:
    assert of(ApprovalPolicy(approver_url=base)) is None


def test_browsers_are_sent_to_the_page_and_not_to_where_the_applier_asks() -> None:
    oidc = Oidc(**OIDC, page_url="https://page.example.com")
    both = ApprovalPolicy(approver_url="http://127.0.0.1:1", oidc=oidc)
    assert of(both) == f"https://page.example.com{PAGE}"
    assert of(ApprovalPolicy(approver_url="http://127.0.0.1:1", oidc=Oidc(**OIDC))) == (
        f"http://127.0.0.1:1{PAGE}"
    )
    assert of(ApprovalPolicy()) is None


def test_an_id_stays_in_its_place() -> None:
    url = page_url(ApprovalPolicy(approver_url="https://a"), "../x?y#z", "d&e=f")
    assert url == "https://a/plans/..%2Fx%3Fy%23z?digest=d%26e%3Df"


def named(people: People, by: str = "mallory") -> list[str]:
    found: list[str] = asking(ApprovalPolicy(), people, plan_of(change(1), by=by))["by"]
    return found


def test_who_may_approve_is_not_who_asked() -> None:
    assert named(PEOPLE) == ["alice", "bob"]
    assert named(PEOPLE, by=ALICE.id) == ["bob", "mallory"]


def test_who_may_not_approve_so_much_is_not_named() -> None:
    people = parse_people(
        """
        people:
          small: {may: [approve], approves: {effective_cost: 9.99 USD}}
          large: {may: [approve], approves: {effective_cost: 10 USD}}
          asks: {may: [ask, propose]}
        """
    )
    assert named(people, by="asks") == ["large"]


def test_five_are_named_and_the_others_counted() -> None:
    text = "people:\n" + "".join(f"  p{n}: {{may: [approve]}}\n" for n in range(8))
    found = asking(ApprovalPolicy(), parse_people(text), plan_of(change(1), by="p0"))
    assert (found["by"], found["others"]) == (["p1", "p2", "p3", "p4", "p5"], 2)


def test_in_one_person_mode_nobody_is_named() -> None:
    assert asking(ApprovalPolicy(), People("people.yaml"), PLAN)["by"] == []
