"""The page: what is shown, who decides, and that a decision is taken once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest

from approver_world import Served, approver
from plans import MALLORY, change
from tagwright.config import load_settings
from tagwright.people import os_user
from tagwright.remediation import PlanStore, StoredPlan
from tagwright.remediation.approver import Approver
from tagwright.remediation.edit import edit
from tagwright.remediation.execution import Execution
from tagwright_agent.approver.sessions import Link


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    with approver(home) as found:
        yield found


def stored(served: Served, plan_id: str = "plan-1") -> StoredPlan:
    with PlanStore.open(load_settings(served.home)) as store:
        return store.get(plan_id)


def decisions(served: Served) -> list[str]:
    with PlanStore.open(load_settings(served.home)) as store, Approver.open(store) as one:
        return [f"{entry.event} by {entry.body['by']}" for entry in one.book.entries()]


def test_who_is_not_signed_in_sees_nothing_and_decides_nothing(served: Served) -> None:
    plan = served.propose(change(1, after="secret-team"))
    nobody = served.browser()
    for path in ("/", "/plans/plan-1", "/plans/none"):
        page = nobody.get(path)
        assert (page.status_code, "Sign in" in page.text) == (401, True)
        assert "secret-team" not in page.text
    sent = nobody.post_form("/plans/plan-1", {"action": "approve", "digest": plan.digest})
    assert sent.status_code == 401
    forged = served.browser()
    forged.cookies.set("tagwright_session", "x" * 43)
    assert forged.get("/").status_code == 401
    assert decisions(served) == []


def test_a_person_approves_what_was_shown_and_the_page_says_who(served: Served) -> None:
    plan = served.propose(change(1))
    alice = served.browser("alice")
    page = alice.get("/plans/plan-1").text
    assert plan.digest in page
    assert "mallory" in page
    sent = alice.send_form("/plans/plan-1", action="approve", reason="looks\r\n right ")
    assert (sent.status_code, sent.headers["location"]) == (303, "/plans/plan-1")
    after = alice.get("/plans/plan-1").text
    assert "Approved by <bdi><strong>alice</strong></bdi>" in after
    assert "looks right" in after
    assert "Approve exactly this plan" not in after
    decision = stored(served).decision
    assert decision is not None
    assert (decision.by, decision.channel, decision.reason) == ("alice", "page", "looks right")
    assert "Approved" in alice.get("/").text


def test_a_link_shows_the_plan_that_it_means_or_none(served: Served) -> None:
    plan = served.propose(change(1))
    alice = served.browser("alice")
    assert plan.digest in alice.get(f"/plans/plan-1?digest={plan.digest}").text
    for other in (f"sha256:{'0' * 64}", "", "x"):
        shown = alice.get(f"/plans/plan-1?digest={other}")
        assert shown.status_code == 409
        assert "means another plan than the one stored as plan-1" in shown.text
        assert "<form" not in shown.text


def test_reject_and_withdraw(served: Served) -> None:
    served.propose(change(1))
    served.propose(change(2), plan_id="plan-2")
    alice, bob = served.browser("alice"), served.browser("bob")
    assert alice.send_form("/plans/plan-1", action="reject", reason="no").status_code == 303
    assert alice.send_form("/plans/plan-2", action="approve").status_code == 303
    assert "Withdraw the approval" in bob.get("/plans/plan-2").text
    assert bob.send_form("/plans/plan-2", action="withdraw").status_code == 303
    assert "Approval withdrawn by <bdi><strong>bob" in alice.get("/plans/plan-2").text
    assert decisions(served) == ["rejected by alice", "approved by alice", "withdrawn by bob"]
    again = bob.send_form("/plans/plan-2", action="withdraw")
    assert again.status_code == 303  # sent twice: it says what is so
    assert len(decisions(served)) == 3


def test_who_may_has_what_was_written_put_back(served: Served) -> None:
    served.propose(change(1))
    alice, bob = served.browser("alice"), served.browser("bob")
    assert alice.send_form("/plans/plan-1", action="approve").status_code == 303
    assert "Roll it back" not in bob.get("/plans/plan-1").text  # nothing is written yet
    with PlanStore.open(load_settings(served.home)) as store:
        execution = Execution.claim(store, "plan-1", lambda: dt.datetime.now(dt.UTC))
        execution.outcome({0: ("applied", "read back")})
        execution.finish()
    assert "Roll it back" in bob.get("/plans/plan-1").text
    assert "Roll it back" not in alice.get("/plans/plan-1").text
    refused = alice.send_form("/plans/plan-1", action="roll_back")
    assert (refused.status_code, "alice may not roll a plan back" in refused.text) == (409, True)
    assert bob.send_form("/plans/plan-1", action="roll_back", reason="oops").status_code == 303
    assert decisions(served) == ["approved by alice", "rollback_ordered by bob"]


def test_who_asked_is_told_why_they_cannot_approve_and_may_reject(served: Served) -> None:
    plan = served.propose(change(1))
    mallory = served.browser("mallory")
    page = unescape(mallory.get("/plans/plan-1").text)
    assert "mallory asked for this plan and so cannot approve it (four eyes)" in page
    assert "Approve exactly this plan" not in page
    sent = mallory.send_form("/plans/plan-1", action="approve")
    assert (sent.status_code, "four eyes" in sent.text) == (409, True)
    assert "Nothing was decided by this." in sent.text
    assert decisions(served) == []
    assert mallory.send_form("/plans/plan-1", action="reject").status_code == 303
    assert stored(served, plan.id).state == "rejected"


def test_people_yaml_is_judged_anew_at_each_request(served: Served) -> None:
    served.propose(change(1))
    alice = served.browser("alice")
    assert alice.get("/plans/plan-1").status_code == 200
    text = (served.home / "people.yaml").read_text()
    (served.home / "people.yaml").write_text(text.replace("alice: {", "alice2: {"))
    assert alice.get("/plans/plan-1").status_code == 403
    assert alice.send_form("/plans/plan-1", action="approve").status_code == 403
    (served.home / "people.yaml").write_text("people: [")
    page = alice.get("/plans/plan-1")
    assert (page.status_code, "people.yaml" in page.text) == (500, True)
    (served.home / "people.yaml").write_text(text)
    assert decisions(served) == []


def test_who_may_neither_ask_nor_approve_sees_no_plan(served: Served) -> None:
    served.propose(change(1, after="secret-team"))
    page = served.browser("zed").get("/plans/plan-1")
    assert page.status_code == 403
    assert "zed may not ask" in page.text
    assert "secret-team" not in page.text


def test_who_sees_a_part_sees_no_other_plan(served: Served) -> None:
    served.propose(change(1, after="ads", dimension="team"))
    served.propose(change(2, after="search", dimension="team"), plan_id="plan-2")
    carol = served.browser("carol")
    listed = carol.get("/").text
    assert "/plans/plan-2" in listed
    assert "/plans/plan-1" not in listed
    assert carol.get("/plans/plan-2").status_code == 200
    assert carol.get("/plans/plan-1").status_code == 404
    assert carol.send_form("/plans/plan-2", action="approve").status_code == 409
    assert carol.send_form("/plans/plan-2", action="reject").status_code == 409
    assert decisions(served) == []


def test_two_approvers_at_once_decide_once(served: Served) -> None:
    served.propose(change(1))

    def send(who: str) -> tuple[int, str]:
        sent = served.browser(who).send_form("/plans/plan-1", action="approve")
        return sent.status_code, unescape(sent.text)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(send, ["alice", "bob"] * 3))
    (taken,) = decisions(served)
    for (status, text), who in zip(found, ["alice", "bob"] * 3, strict=True):
        if taken.endswith(who):
            assert status == 303  # a form of theirs that was sent twice
        else:
            assert status == 409
            assert f"was {taken} already" in text


def test_a_stale_page_is_told(served: Served) -> None:
    """Between looking and deciding somebody edits the plan; then somebody edits the store."""
    plan = served.propose(change(1), change(2))
    alice = served.browser("alice")
    shown = alice.get("/plans/plan-1").text
    with PlanStore.open(load_settings(served.home)) as store:
        newer = edit(store, plan.id, MALLORY, drop=[1]).plan
    csrf = shown.partition('name="csrf" value="')[2].partition('"')[0]
    fields = {"csrf": csrf, "digest": plan.digest, "action": "approve"}
    sent = alice.post_form("/plans/plan-1", fields)
    assert sent.status_code == 409
    assert "Plan plan-1 is superseded." in sent.text
    assert f'<a href="/plans/{newer.id}">{newer.id}</a> took its place' in sent.text
    other = alice.post_form(f"/plans/{newer.id}", fields)
    assert (other.status_code, "not the one that was shown" in other.text) == (409, True)
    with PlanStore.open(load_settings(served.home)) as store:
        store.write(
            lambda con: con.exec_driver_sql("UPDATE plans SET body = replace(body, 'ads', 'x')")
        )
    page = alice.get(f"/plans/{newer.id}").text
    assert "was changed after it was stored" in page
    assert "Approve exactly this plan" not in page
    assert alice.send_form(f"/plans/{newer.id}", action="approve").status_code == 409
    assert decisions(served) == []


def test_an_expired_plan_has_no_form(served: Served) -> None:
    now = dt.datetime.now(dt.UTC)
    with PlanStore.open(load_settings(served.home)) as store:
        from plans import plan_of

        old = now - dt.timedelta(hours=80)
        store.save(plan_of(change(1), created_at=old, expires_at=now), old)
    alice = served.browser("alice")
    page = alice.get("/plans/plan-1").text
    assert "expired" in page
    assert "<form method" not in page.partition("<main>")[2]


def test_a_form_without_the_session_s_token_is_refused(served: Served) -> None:
    plan = served.propose(change(1))
    alice = served.browser("alice")
    fields = {"action": "approve", "digest": plan.digest}
    for csrf in ("", "x" * 43, "é"):
        sent = alice.post_form("/plans/plan-1", {**fields, "csrf": csrf})
        assert (sent.status_code, "another session" in sent.text) == (403, True)
    assert alice.send_form("/plans/plan-1", action="apply").status_code == 400
    assert decisions(served) == []


def test_signing_out_ends_the_session(served: Served) -> None:
    alice = served.browser("alice")
    kept = served.browser()
    kept.cookies.update(alice.cookies)
    assert kept.get("/").status_code == 200
    assert alice.send_form("/", action="x").status_code == 405
    hidden = alice.get("/").text.partition('name="csrf" value="')[2].partition('"')[0]
    assert alice.post_form("/sign-out", {"csrf": "no"}).status_code == 403
    assert alice.post_form("/sign-out", {"csrf": hidden}).status_code == 303
    assert kept.get("/").status_code == 401


def test_the_link_signs_one_browser_in_as_the_user_of_this_process(home: Path) -> None:
    link = Link()
    with approver(home, people="", link=link) as served:
        plan = served.propose(change(1), by=f"cli:{os_user()}", one_person=True)
        browser = served.browser()
        assert browser.head(f"/link/{link.token}").status_code == 405
        assert browser.get("/link/wrong").status_code == 403
        came = browser.get(f"/link/{link.token}")
        cookie = came.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert '<meta http-equiv="refresh" content="0;url=/">' in came.text
        assert "One-person mode" in browser.get(f"/plans/{plan.id}").text
        assert browser.send_form(f"/plans/{plan.id}", action="approve").status_code == 303
        assert decisions(served) == [f"approved by cli:{os_user()}"]
        second = served.browser().get(f"/link/{link.token}")
        assert second.status_code == 403
        assert "set-cookie" not in second.headers


def test_a_link_of_another_site_comes_back_with_the_cookie(served: Served) -> None:
    """A strict cookie is not sent along from a chat's web page; the page asks itself again."""
    served.propose(change(1))
    page = served.browser().get("/plans/plan-1", headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 200
    assert 'content="0;url=/plans/plan-1"' in page.text


def test_nobody_reads_of_a_fault_more_than_its_kind(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr("tagwright_agent.approver.app.list_page", broken)
    page = served.browser("alice").get("/")
    assert page.status_code == 500
    assert "ZeroDivisionError" in page.text
    assert "hunter2" not in page.text
    assert "Traceback" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    missing = served.browser("alice").get("/other")
    assert (missing.status_code, "There is no such page" in missing.text) == (404, True)
