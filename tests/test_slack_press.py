"""A press decides once, for whom Slack says pressed; whoever may not is told so alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from plans import change
from slack_plans import PEOPLE, labels, passes, proposed, store_of, stored, text, told
from slack_world import World, buttons, slack_world
from tagwright_agent.slack import worker as module

OPEN = ["Approve", "Reject", "Edit", "Details"]


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PEOPLE) as made:
        yield made


def events(world: World) -> list[str]:
    with store_of(world) as store:
        return [entry.event for entry in store.state.journal("plan-1")]


def test_another_person_approves_and_the_buttons_are_gone(world: World) -> None:
    proposed(world)
    assert labels(world) == OPEN
    assert world.presses("Approve", user="U2") == 200
    world.work()
    found = stored(world)
    assert found.state == "approved"
    assert found.decision is not None
    assert (found.decision.by, found.decision.channel) == ("dana", "slack")
    world.work()
    assert labels(world) == ["Details"]
    assert "Approved by dana" in text(world)
    assert world.slack.ephemeral == []


@pytest.mark.parametrize(
    ("user", "team", "why"),
    [
        ("U1", "T0001", "lee asked for this plan and so cannot approve it (four eyes)"),
        ("U9", "T0001", "T0001/U9 is nobody in"),
        ("U2", "T0666", "T0666/U2 is nobody in"),  # over Slack Connect: another company's U2
        ("U4", "T0001", "Unknown plan 'plan-1'"),  # nor does mo see it
    ],
)
def test_who_may_not_is_told_so_alone(user: str, team: str, why: str, world: World) -> None:
    proposed(world)
    world.presses("Approve", user=user, team=team)
    world.work()
    assert stored(world).state == "proposed"
    assert told(world)[0] == user
    assert why in told(world)[1]
    assert labels(world) == OPEN
    assert len(world.slack.messages["C1"]) == 1


def test_a_person_of_the_grid_is_one_in_whatever_workspace_they_press(world: World) -> None:
    proposed(world)
    world.presses("Approve", user="U3", team="E0001")
    world.work()
    assert "approved" in events(world)


@pytest.mark.parametrize("label", ["Approve", "Reject", "Edit", "Details"])
def test_without_a_file_nobody_does_anything_over_slack(
    label: str, world: World, home: Path
) -> None:
    proposed(world)
    (home / "people.yaml").unlink()
    world.presses(label, user="U2")
    world.work()
    assert stored(world).state == "proposed"
    assert told(world)[0] == "U2"
    assert world.slack.views == []
    assert "i-0001" not in told(world)[1]


def test_a_message_that_shows_another_plan_than_there_is_decides_nothing(world: World) -> None:
    proposed(world)
    said = world.slack.messages["C1"][0]
    other = {**buttons(said)[0], "value": "plan-1 sha256:" + "0" * 64}
    world.sends_action(said, other, user="U2")
    world.work()
    assert stored(world).state == "proposed"
    assert "is not the one that was shown" in told(world)[1]


def test_pressed_twice_is_decided_once_and_nothing_is_said(world: World) -> None:
    proposed(world)
    for _ in range(3):
        world.presses("Approve", user="U2")
    world.work()
    assert events(world).count("approved") == 1
    assert world.slack.ephemeral == []


def test_two_people_at_two_workers_at_once_decide_once(world: World) -> None:
    proposed(world)
    world.presses("Approve", user="U2")
    world.presses("Approve", user="U3", team="E0001")
    ways = [threading.Thread(target=world.work, args=(owner,)) for owner in ("one:1:a", "two:2:b")]
    for way in ways:
        way.start()
    for way in ways:
        way.join()
    passes(world, seconds=61)  # what one found locked is done now
    assert events(world).count("approved") == 1
    decision = stored(world).decision
    assert decision is not None
    late = {"dana": "U3", "eve": "U2"}[decision.by]
    assert told(world)[0] == late
    assert f"by {decision.by} already" in told(world)[1]


def test_killed_after_deciding_it_is_decided_once_and_the_message_follows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    proposed(world)
    world.presses("Approve", user="U2")
    with monkeypatch.context() as patch:
        patch.setattr(module.jobs, "keep", dies)
        with pytest.raises(Killed):
            world.work()
    assert stored(world).state == "approved"
    assert labels(world) == OPEN
    passes(world, seconds=61)
    passes(world, seconds=5)
    assert events(world).count("approved") == 1
    assert labels(world) == ["Details"]
    assert world.slack.ephemeral == []


def test_a_rejection_asks_why(world: World) -> None:
    proposed(world)
    world.presses("Reject", user="U2")
    world.work()
    assert stored(world).state == "proposed"
    world.submits({"reason": "ask <!channel> first"}, user="U2")
    world.work()
    world.work()
    assert stored(world).state == "rejected"
    assert "Rejected by dana at" in text(world)
    assert "ask &lt;!channel&gt; first" in text(world)
    assert labels(world) == ["Details"]


def test_a_form_sent_by_another_than_opened_it_is_judged_by_who_sent_it(world: World) -> None:
    proposed(world)
    world.presses("Reject", user="U2")
    world.work()
    world.submits({"reason": ""}, user="U9")
    world.work()
    assert stored(world).state == "proposed"
    assert "T0001/U9 is nobody" in told(world)[1]


def test_a_form_that_slack_opens_no_more_is_said(world: World) -> None:
    proposed(world)
    world.slack.faults["views.open"] = ["expired_trigger_id"]
    world.presses("Reject", user="U2")
    world.work()
    assert told(world) == ("U2", "The form could not be opened in time: press again.")


def test_an_edit_is_another_plan_below_that_who_edited_cannot_approve(world: World) -> None:
    proposed(world, change(1), change(2), change(3))
    world.presses("Edit", user="U2")
    world.work()
    fields = [one["element"] for one in world.slack.views[0]["blocks"][1:]]
    assert [one["initial_value"] for one in fields] == ["ads", "ads", "ads"]
    names = [one["action_id"] for one in fields]
    world.submits(dict(zip(names, ["ads", None, "search"], strict=True)), user="U2")
    world.work()
    world.work()
    assert stored(world).state == "superseded"
    assert "Edited by dana" in text(world)
    assert labels(world) == ["Details"]
    assert labels(world, 1) == OPEN
    assert "2 changes" in text(world, 1)
    new = buttons(world.slack.messages["C1"][1])[0]["value"].split()[0]
    assert [(it.arn[-1], it.after) for it in stored(world, new).plan.items] == [
        ("1", "ads"),
        ("3", "search"),
    ]
    world.presses("Approve", user="U2", nth=1)
    world.work()
    assert "four eyes" in told(world)[1]
    assert stored(world, new).state == "proposed"


def test_who_may_not_propose_edits_nothing_not_even_by_a_form(world: World, home: Path) -> None:
    proposed(world)
    world.presses("Edit", user="U2")
    world.work()
    (home / "people.yaml").write_text(PEOPLE.replace("[ask, propose, approve, roll_back]", "[ask]"))
    world.submits({"change-1": "search"}, user="U2")
    world.work()
    assert stored(world).state == "proposed"
    assert "dana may not propose" in told(world)[1]


def test_details_are_whole_and_for_who_asked_alone(world: World) -> None:
    value = "search-" + "x" * 240 + "-end"
    evidence = ("its siblings say *ads* <@U1>",)
    proposed(world, *(change(n, after=value, evidence=evidence) for n in range(1, 41)))
    assert value not in text(world)
    world.presses("Details", user="U1")
    world.work()
    parts = world.slack.ephemeral
    assert {part["user"] for part in parts} == {"U1"}
    assert len(parts) > 1
    whole = str([part["blocks"] for part in parts])
    assert whole.count(value) == 40
    assert "i-0040" in whole
    assert "<@U1>" not in "".join(part["text"] for part in parts)
    assert len(world.slack.messages["C1"]) == 1
    world.presses("Details", user="U4")
    world.work()
    assert told(world)[0] == "U4"
    assert "i-0001" not in told(world)[1]
