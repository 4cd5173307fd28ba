"""The app of a plan in a host, in the Chromium of this machine: it shows, and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps_host import BROWSER, ORDER, SCRIPT, Frame, frame, told
from plans import NOW, change, plan_of, plan_store
from sample_home import charge, sample, tool_result
from tagwright_mcp.apps import document

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["frame"]

pytestmark = [BROWSER, pytest.mark.slow]  # a browser starts


def proposal(page: str | None) -> dict[str, Any]:
    plan = {
        "id": "plan-20260901-aa", "digest": "sha256:" + "a" * 64, "proposed_by": "ann",
        "one_person": False, "expires_at": "2026-09-04T10:00:00+00:00", "reason": ORDER,
        "changes": 2, "resources": 1, "amounts": [{"currency": "USD", "effective_cost": "12.50"}],
        "approve": {"page": page, "by": ["bob", "<i>eve</i>"], "others": 3},
    }  # fmt: skip
    row = {"resource_id": "arn:aws:ec2:us-east-1:1:instance/i-1", "confidence": 80,
           "effective_cost": "12.50", "currency": "USD", "evidence": SCRIPT}  # fmt: skip
    return told(
        rows=[{**row, "key": "team", "before": None, "after": "search"},
              {**row, "key": "env", "before": "", "after": SCRIPT}],
        details={"plan": plan},
    )  # fmt: skip


@pytest.mark.parametrize("width", [320, 800])
def test_a_plan_is_reviewed_and_its_page_opened_by_the_host(frame: Frame, width: int) -> None:
    url = "https://approve.example.com/plans/plan-20260901-aa?digest=sha256:aa"
    frame.open(document("plan"), proposal(url), width=width)
    text = frame.run("document.body.innerText")
    for part in ("approve the plan\\u202e", "12.50 USD", "bob, <i>eve</i> and 3 more", "absent",
                 "2026-09-04 10:00 UTC", "empty", SCRIPT, "80% sure", "sha256:aaa"):  # fmt: skip
        assert part in text
    assert frame.run("typeof ran") == "undefined"
    assert frame.run("document.documentElement.scrollWidth") == width
    assert frame.run("document.querySelectorAll('button').length") == 1
    frame.run("document.querySelector('button').click()")
    assert frame.until("ui/open-link") == [{"url": url}]
    assert "Asked the host to open it." in frame.run("document.body.innerText")
    assert {one["method"] for one in frame.outside("log")} == {
        "ui/initialize", "ui/notifications/initialized", "ui/notifications/size-changed",
        "ui/open-link",
    }  # fmt: skip
    assert (frame.requests(), frame.run("broken")) == ([], [])


def test_what_get_plan_gives_is_shown(frame: Frame, home: Path) -> None:
    settings = sample(home, [charge()])
    with plan_store(home) as store:
        store.save(plan_of(change(1, before="a\nb"), change(2), one_person=True), NOW)
    for asked, parts in (
        ({"plan_id": "plan-1"}, ("a\\u000ab", "ads", "who runs Tagwright", "approve plan-1")),
        ({}, ("plan-1", "2 changes, asked for by", "mallory", "proposed")),
    ):
        result = tool_result(settings, "get_plan", asked, now=NOW)
        given = {"content": [], "structuredContent": result.model_dump(mode="json")}
        frame.open(document("plan"), given, width=320)
        for part in parts:
            assert part in frame.run("document.body.innerText")
        assert (frame.faults(), frame.run("document.documentElement.scrollWidth")) == ([], 320)


def test_where_no_page_can_be_opened_the_way_is_said(frame: Frame) -> None:
    frame.open(document("plan"), proposal(None))
    assert "tagwright approve plan-20260901-aa" in frame.run("document.body.innerText")
    assert frame.run("document.querySelectorAll('button').length") == 0
    frame.open(document("plan"), proposal("https://a.example.com/p"), refuse=True)
    frame.run("document.querySelector('button').click()")
    frame.until("ui/open-link")
    assert "The host did not open it" in frame.run("document.body.innerText")
    frame.open(document("plan"), proposal("https://a.example.com/p"), capabilities={})
    assert "https://a.example.com/p" in frame.run("document.body.innerText")
    assert frame.run("document.querySelectorAll('button').length") == 0
