"""The message of a plan says what the plan is, whoever decided or applied, and says it once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_slack import APP
from fake_tagging import FakeTagging
from plans import Principal, arn, change, clock, decide
from slack_limits import assert_slack_takes
from slack_plans import (
    PEOPLE,
    applied,
    labels,
    passes,
    proposed,
    store_of,
    stored,
    text,
    told,
)
from slack_world import World, buttons, slack_world
from tagwright.blocks import sentence
from tagwright.config import load_settings
from tagwright.proof import Keys
from tagwright.remediation import applier
from tagwright.remediation.approver import Approver
from tagwright.remediation.edit import edit
from tagwright.render.slack import slack_messages, text_messages
from tagwright_agent.slack import plans as module
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.plans import show

DANA = Principal("dana", "cli", "dana")
HOSTILE = "<!channel> *a* :b: <http://x|y>"


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PEOPLE) as made:
        yield made


def test_a_file_half_written_ends_no_message(world: World) -> None:
    proposed(world)
    people = world.settings.home / "people.yaml"
    held = people.read_text()
    people.write_text("people: [")
    passes(world, seconds=5)
    people.write_text(held)
    world.presses("Approve")
    passes(world, seconds=20)
    assert stored(world).state == "approved"
    assert "Approved by dana" in text(world)
    assert "Approve" not in labels(world)


def approved(world: World, *items: Any) -> None:
    plan = proposed(world, *items)
    with store_of(world) as store:
        decide(store, plan, DANA, "approve", world.now())


def takes(world: World, nth: int = 0) -> None:
    """What stands there is within Slack's limits."""
    said = world.slack.messages["C1"][nth]
    *blocks, actions = said["blocks"]
    assert_slack_takes({**said, "blocks": blocks})
    assert actions["type"] == "actions"
    assert 1 <= len(actions["elements"]) <= 25
    for one in actions["elements"]:
        assert len(one["text"]["text"]) <= 75
        assert len(one["value"]) <= 2000
    assert len({one["action_id"] for one in actions["elements"]}) == len(actions["elements"])


def test_a_plan_is_shown_with_money_evidence_and_what_changes(world: World) -> None:
    plan = proposed(world, change(1, evidence=("siblings say ads",)), change(2, before="old"))
    said = world.slack.messages["C1"][0]
    assert said["thread_ts"] == "100.1"
    for words in ("2 changes", "20.00 USD", "lee", "siblings say ads", "i-0001", "old", "(absent)"):
        assert words in said["text"]
    assert {one["value"] for one in buttons(said)} == {f"plan-1 {plan.digest}"}
    takes(world)


def test_what_hides_in_a_plan_is_no_markup_and_a_long_one_is_one_message(world: World) -> None:
    items = [
        change(n, key="k" * 128, before=HOSTILE * 8, after="y" * 256, evidence=(HOSTILE * 50,))
        for n in range(1, 60)
    ]
    proposed(world, *items, reason=HOSTILE * 100, expected={"names": {arn(1): HOSTILE * 9}})
    assert len(world.slack.messages["C1"]) == 1
    assert "<!channel>" not in text(world)
    assert "<http" not in text(world)
    assert "10 of 59" in str(world.slack.messages["C1"][0]["blocks"])
    takes(world)
    approve = buttons(world.slack.messages["C1"][0])[0]
    assert "10 of 59 changes" in approve["confirm"]["text"]["text"]


@pytest.mark.parametrize("fault", ["lost", "drop", "500", "429"])
def test_whatever_becomes_of_the_call_there_is_one_message(fault: str, world: World) -> None:
    world.slack.faults["chat.postMessage"] = [fault] * (3 if fault == "429" else 1)
    proposed(world)
    passes(world, minutes=1)
    passes(world, minutes=1)
    assert len(world.slack.messages["C1"]) == 1
    world.presses("Approve", user="U2")
    world.work()
    passes(world, minutes=1)
    assert labels(world) == ["Details"]


def test_what_somebody_else_marks_as_the_plans_message_is_not_taken_for_it(world: World) -> None:
    payload = {"event_type": "tagwright_plan", "event_payload": {"plan": "plan-1", "what": "plan"}}
    world.slack.faults["chat.postMessage"] = ["500"]
    proposed(world)
    there = {"channel": "C1", "thread_ts": "100.1", "ts": "100.5", "text": "planted"}
    world.slack.messages["C1"] = [{**there, "metadata": payload, "user": "U9"}]
    passes(world, minutes=1)
    planted, ours = world.slack.messages["C1"]
    assert planted["text"] == "planted"
    assert (ours["user"], ours["metadata"]) == (APP, payload)


def test_killed_between_posting_and_noting_there_is_one_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module.jobs, "keep", dies)
        with pytest.raises(Killed):
            proposed(world)
    assert len(world.slack.messages["C1"]) == 1
    passes(world, seconds=30)
    assert len(world.slack.messages["C1"]) == 1
    with store_of(world) as store:
        decide(store, stored(world).plan, DANA, "approve", world.now())
    passes(world, seconds=61)
    assert len(world.slack.messages["C1"]) == 1
    assert labels(world) == ["Details"]


def test_in_a_direct_message_without_a_thread_there_is_one_message(world: World) -> None:
    plan = proposed(world, plan_id="plan-d")
    world.slack.faults["chat.postMessage"] = ["lost"]
    with store_of(world) as store:
        show(store.state, plan.id, team="T0001", channel="D1", thread_ts="", now=world.now())
    world.work()
    passes(world, minutes=1)
    (said,) = world.slack.messages["D1"]
    assert "thread_ts" not in said
    with store_of(world) as store:
        decide(store, plan, DANA, "approve", world.now())
    passes(world, minutes=61)
    first, hint = world.slack.messages["D1"]
    assert "Approved by dana" in first["text"]
    assert hint["thread_ts"] == first["ts"]


def test_an_update_that_is_lost_is_made_again(world: World) -> None:
    approved(world)
    world.slack.faults["chat.update"] = ["drop"]
    passes(world, seconds=5)
    assert "Approve" in labels(world)
    passes(world, seconds=5)
    assert labels(world) == ["Details"]


def test_blocks_that_slack_refuses_are_text_and_stay_right(world: World) -> None:
    world.slack.faults["chat.postMessage"] = ["invalid_blocks"]
    plan = proposed(world, *(change(n, after="y" * 100) for n in range(1, 60)))
    assert not world.slack.messages["C1"][0]["blocks"]
    assert text(world).endswith("All of it: tagwright plan show plan-1")
    assert len(text(world)) <= 4000
    with store_of(world) as store:
        decide(store, plan, DANA, "reject", world.now())
    world.slack.faults["chat.update"] = ["invalid_blocks"]
    passes(world, seconds=5)
    assert "Rejected by dana" in text(world)


def test_a_message_that_is_gone_is_followed_no_more(world: World) -> None:
    approved(world)
    world.slack.messages["C1"].clear()
    passes(world, seconds=5)
    calls = len(world.slack.calls)
    passes(world, minutes=5)
    assert len(world.slack.calls) == calls


def test_nothing_is_asked_of_slack_while_nothing_changes(world: World) -> None:
    proposed(world)
    calls = len(world.slack.calls)
    for _ in range(5):
        passes(world, seconds=10)
    assert len(world.slack.calls) == calls


def test_it_follows_applying_and_rolling_back(world: World, aws: FakeTagging) -> None:
    approved(world)
    aws.tags[arn(2)] = {"team": "old"}
    passes(world, seconds=5)
    assert "It waits to be applied" in text(world)
    assert applied(world).state == "applied"
    passes(world, seconds=5)
    assert "Applied, and read back: 2 of 2 changes in place" in text(world)
    assert "Result" in text(world)
    assert labels(world) == ["Details", "Roll back"]
    takes(world)

    world.presses("Roll back", user="U3", team="E0001")
    world.work()
    assert told(world)[0] == "U3"
    assert "eve may not roll a plan back" in told(world)[1]
    world.presses("Roll back", user="U2")
    world.presses("Roll back", user="U2")
    world.work()
    world.work()
    assert told(world)[0] == "U3"  # who pressed twice is told nothing
    assert "Rolling back was ordered by dana" in text(world)
    assert labels(world) == ["Details"]
    with store_of(world) as store:
        done = applier.work_once(store, "an:1:applier", clock(world.now()))
        assert done is not None
        assert done.kind == "undo"
        again = applier.work_once(store, "an:1:applier", clock(world.now()))
        assert again is None or again.kind == "apply"  # one order, however often it was pressed
    passes(world, seconds=30)
    assert "Rolled back: what it wrote is put back" in text(world)
    assert aws.tags[arn(2)] == {"team": "old"}


def test_it_says_what_was_not_applied_and_why(world: World, aws: FakeTagging) -> None:
    approved(world, *(change(n) for n in range(1, 15)))
    aws.tags[arn(14)] = {"team": "somebody-else"}
    assert applied(world).state == "partly_applied"
    passes(world, seconds=5)
    said = text(world)
    assert "Applied in part: 13 of 14 changes in place" in said
    assert "i-0014" in said
    assert "changed since: it is 'somebody-else' now" in said
    assert "Roll back" in labels(world)


def test_it_shows_how_far_applying_is(world: World, aws: FakeTagging) -> None:
    approved(world, *(change(n, after=f"t{n}") for n in range(1, 4)))
    seen = []

    def look(_: int) -> None:
        passes(world, seconds=5)
        seen.append(text(world))

    aws.between = look
    applied(world)
    assert any("It is being applied" in said for said in seen)


def test_expired_edited_and_withdrawn_are_shown(world: World) -> None:
    proposed(world, plan_id="plan-a")
    proposed(world, plan_id="plan-b")
    plan = proposed(world, plan_id="plan-c")
    with store_of(world) as store:
        new = edit(store, "plan-a", DANA, drop=[1], now=world.now())
        decide(store, plan, DANA, "approve", world.now())
        with Approver.open(store) as approver:
            approver.withdraw("plan-c", DANA, "not now", world.now())
    passes(world, seconds=5)
    world.work()
    assert "Edited by dana" in text(world, 0)
    assert new.plan.id in text(world, 0)
    assert new.plan.id in text(world, 3)  # its own message, though nobody here edited it
    assert "withdrawn by dana: not now" in text(world, 2)
    passes(world, hours=73)
    assert "Expired at" in text(world, 1)
    assert labels(world, 1) == ["Details"]


def test_approved_and_never_applied_is_told_once(world: World) -> None:
    approved(world)
    passes(world, minutes=58)
    assert len(world.slack.messages["C1"]) == 1
    world.slack.faults["chat.postMessage"] = ["lost"]
    passes(world, minutes=3)
    for _ in range(3):
        passes(world, minutes=30)
    assert len(world.slack.messages["C1"]) == 2
    assert "nothing applies it" in text(world, 1)
    assert world.slack.messages["C1"][1]["thread_ts"] == "100.1"


def test_where_the_approver_is_elsewhere_there_is_a_link_and_nothing_is_decided(
    world: World, home: Path, tmp_path: Path
) -> None:
    other = Keys(tmp_path / "approver" / "keys")
    other.signer("approver")
    (home / "keys").mkdir(exist_ok=True)
    (home / "keys" / "approver.pub").write_bytes((other.folder / "approver.pub").read_bytes())
    (home / "tagwright.toml").write_text('[approval]\napprover_url = "http://127.0.0.1:8700"\n')
    world.settings = load_settings(home)
    proposed(world)
    assert labels(world) == ["Decide", "Edit", "Details"]
    link = buttons(world.slack.messages["C1"][0])[0]
    digest = stored(world).digest
    assert link["url"] == f"http://127.0.0.1:8700/plans/plan-1?digest={digest}"
    forged = {**link, "action_id": "tagwright_plan_approve"}
    world.sends_action(world.slack.messages["C1"][0], forged, user="U2")
    world.work()
    assert stored(world).state == "proposed"
    assert told(world)[0] == "U2"
    assert not (home / "keys" / "approver.key").exists()


def test_the_clock_of_the_message_is_the_workers(world: World) -> None:
    proposed(world)
    until = world.now() + dt.timedelta(hours=72)
    words = f"{until.day} {until:%B %Y, %H:}"
    assert f"Waits for a decision until {words}" in text(world)


def test_buttons_that_were_added_are_no_text_where_blocks_are_refused() -> None:
    (message,) = slack_messages([sentence("a plan")])
    button = {"type": "button", "text": {"type": "plain_text", "text": "Approve"}}
    message["blocks"].append({"type": "actions", "elements": [button]})
    assert [one["text"] for one in text_messages(message)] == ["a plan"]


def test_who_comes_to_the_channel_and_may_not_see_it_reads_only_how_it_stands(
    world: World,
) -> None:
    proposed(world)
    whole = world.slack.messages["C1"][0]["text"]
    assert "20.00 USD" in whole
    world.slack.channels["C1"].append("U4")  # mo sees a part that the plan is no part of
    AUDIENCE._kept.readers.clear()
    passes(world, seconds=5)
    (said,) = world.slack.messages["C1"]
    assert said["text"] == (
        "Plan `plan-1` waits for a decision. Somebody here may not see what it changes. Who may: "
        "`tagwright plan show plan-1`."
    )
    assert "20.00" not in str(said["blocks"])
    assert not buttons(said)
    world.slack.channels["C1"].remove("U4")
    AUDIENCE._kept.readers.clear()
    passes(world, seconds=5)
    assert world.slack.messages["C1"][0]["text"] == whole


@pytest.mark.usefixtures("workspace_reads")
@pytest.mark.parametrize("public", [False, True])
def test_it_is_posted_so_where_somebody_reads_already(public: bool, world: World) -> None:
    if public:
        world.slack.public = {"C1"}
    else:
        world.slack.channels["C1"].append("U4")
    AUDIENCE._kept.readers.clear()
    proposed(world)
    assert "USD" not in str(world.slack.messages)
