"""Under an answer: its pages, its receipt; nothing for who may not see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_slack import APP
from sample_home import charge, load
from slack_answers import ASKED, BILL, PEOPLE, TEAMS, table
from slack_world import World, slack_world, under
from tagwright.blocks import grid
from tagwright.people import by_slack
from tagwright.receipts import replay
from tagwright.render.slack import slack_messages
from tagwright.state import open_state
from tagwright.warehouse import open_warehouse
from tagwright_agent.slack import audience, pages
from tagwright_agent.slack.pages import Handle


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with slack_world(home, monkeypatch, PEOPLE, BILL) as made:
        made.slack.channels["C1"] = [APP, "U1", "U2"]
        yield made


def asked(world: World, text: str = ASKED, **more: str) -> dict[str, object]:
    world.sends(text, **more)
    world.work()
    return world.slack.messages["C1"][-1]


def press(world: World, said: dict[str, object], label: str, user: str = "U1") -> None:
    assert world.presses_under(said, label, user=user) == 200
    assert world.work() == 1


def jobs(world: World) -> set[str]:
    state = open_state(world.settings)
    with state.reading() as con:
        return {row[0] for row in con.exec_driver_sql("SELECT state FROM jobs")}


def test_every_row_is_seen_once_on_some_page_with_the_same_totals(world: World) -> None:
    said = asked(world)
    seen = table(said)
    assert "Total: Effective cost (USD) 2,016.25" in said["text"]
    count = 0
    while "Next" in under(said):
        press(world, said, "Next", user="U2")
        seen += table(said)
        count += 1
        assert "Total: Effective cost (USD) 2,016.25" in said["text"]
        assert f"Rows {count * 10 + 1} to {min(count * 10 + 10, TEAMS)} of {TEAMS}." in said["text"]
    assert [row[:2] for row in seen] == [[f"t{n:03}", f"{n}.00"] for n in range(TEAMS, 0, -1)]
    assert len(world.slack.messages["C1"]) == 1
    assert world.slack.responses == world.slack.ephemeral == []
    assert jobs(world) == {"done"}
    for _ in range(count):
        press(world, said, "Previous")
    assert "Previous" not in under(said)
    assert table(said) == seen[:10]


def test_a_page_is_the_same_whoever_turns_to_it_and_however_often(world: World) -> None:
    said = asked(world)
    first = dict(said)
    press(world, said, "Next")
    page = [block for block in said["blocks"] if block["type"] == "data_table"]
    press(world, {**first, "blocks": first["blocks"]}, "Next")
    said.update(first)
    for user in ("U1", "U2"):
        world.presses_under(said, "Next", user=user)
    world.work()
    assert [block for block in said["blocks"] if block["type"] == "data_table"] == page


def test_an_answer_for_one_person_is_turned_for_them_alone(world: World) -> None:
    world.slack.channels["C1"].append("U9")  # a guest
    world.sends(ASKED)
    world.work()
    (said,) = world.slack.ephemeral
    press(world, said, "Next")
    assert table(said)[0][0] == "t053"
    assert "Only you see this." in said["text"]
    assert world.slack.messages == {}
    assert world.slack.responses == []


def test_a_channel_that_somebody_joined_is_not_shown_another_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = asked(world)
    before = table(said)
    world.slack.channels["C1"].append("U9")
    monkeypatch.setattr(audience, "_FRESH", 0.0)  # some minutes later
    press(world, said, "Next")
    assert table(said) == before
    (told,) = world.slack.responses
    assert told["response_type"] == "ephemeral"
    assert "1 member of this channel may not see it" in told["text"]
    assert table(told)[0][0] == "t053"


@pytest.mark.parametrize("label", ["Next", "Show receipt", "CSV", "Bad answer"])
@pytest.mark.parametrize(
    ("user", "why"),
    [("U9", "T0001/U9 is nobody in people.yaml"), ("U4", "made of more than you may see")],
)
def test_who_sees_less_is_refused_alone(label: str, user: str, why: str, world: World) -> None:
    said = asked(world)
    before = str(said)
    press(world, said, label, user=user)
    assert str(said) == before
    (told,) = world.slack.responses
    assert (told["response_type"], told["replace_original"]) == ("ephemeral", False)
    assert why in told["text"]
    assert "t0" not in told["text"]
    assert len(world.slack.messages["C1"]) == 1


def test_an_answer_of_a_part_is_shown_to_who_sees_that_part(world: World) -> None:
    world.slack.channels["C1"] = [APP, "U1", "U5"]
    said = asked(world, user="U5")
    assert [row[0] for row in table(said)] == ["t003", "t002", "t001"]
    press(world, said, "Show receipt", user="U1")
    press(world, said, "Show receipt", user="U4")
    whole, refused = world.slack.responses
    assert "tagwright receipt rcp_" in whole["text"]
    assert "more than you may see" in refused["text"]


def test_the_receipt_says_what_runs_the_same_figures_again(world: World) -> None:
    said = asked(world)
    press(world, said, "Show receipt", user="U2")
    (told,) = world.slack.responses
    assert told["response_type"] == "ephemeral"
    command = "tagwright receipt "
    receipt = told["text"].split(command)[1].split("`")[0]
    again = replay(receipt, world.settings, principal=by_slack(world.settings, ["T0001"], "U2"))
    assert again.status == "same"
    assert "query_costs" in told["text"]
    assert "SELECT" in told["text"]
    assert again.receipt["snapshot"] in told["text"]
    assert world.slack.messages["C1"] == [said]


def test_a_page_of_data_that_is_gone_says_so_and_what_was_known_is_shown(world: World) -> None:
    said = asked(world)
    old = open_warehouse(world.settings).info(None).id
    (world.settings.home / "tagwright.toml").write_text("keep_snapshots = 1\n")
    load(world.settings.home, [charge("9", "2026-08-01")], name="august.csv")
    press(world, said, "Next")
    assert table(said)[0][0] == "t053"  # these were known when it was answered
    before = str(said)
    press(world, said, "Next")
    assert str(said) == before
    (told,) = world.slack.responses
    assert f"snapshot {old}" in told["text"]
    assert "no longer kept" in told["text"]


def test_pressed_after_the_conversation_is_gone(world: World) -> None:
    said = asked(world)
    state = open_state(world.settings)
    with state.engine.begin() as con:
        con.exec_driver_sql("DELETE FROM turns")
    press(world, said, "Next")
    assert "no longer kept: ask again" in world.slack.responses[0]["text"]


def test_a_question_back_and_a_refusal_have_nothing_under_them(world: World) -> None:
    said = asked(world, f"<@{APP}> drop all tables")
    assert {block["type"] for block in said["blocks"]} & {"actions", "context_actions"} == set()


@pytest.mark.parametrize("fault", ["429", "500", "invalid_blocks"])
def test_whatever_becomes_of_replacing_it_is_done(fault: str, world: World) -> None:
    said = asked(world)
    world.slack.faults["respond"] = [fault]
    world.presses_under(said, "Next")
    world.work()
    world.later += dt.timedelta(minutes=5)
    world.work()
    assert "t053" in said["text"]
    assert "t054" not in said["text"]
    assert jobs(world) == {"done"}


def test_no_message_is_larger_than_slack_takes_with_its_buttons() -> None:
    blocks = [grid([("a", "text")], [[str(n)]]) for n in range(60)]
    rows = [{"type": "actions", "elements": []}, {"type": "context_actions", "elements": []}]
    messages = slack_messages(blocks, rows)
    assert [len(one["blocks"]) for one in messages] == [48, 14]
    assert messages[-1]["blocks"][-2:] == rows
    assert all(one["type"] != "context_actions" for one in messages[0]["blocks"])


@pytest.mark.parametrize("value", ["", "a", "a b", "a 1 b c", "a -1 0"])
def test_a_value_that_is_no_handle_is_refused(value: str) -> None:
    with pytest.raises(pages.MisuseError, match="says nothing of an answer"):
        Handle.of(value)


def test_a_handle_comes_back() -> None:
    for handle in (Handle("slack:T:C:1.1@abc", 3, "2"), Handle("slack:T:U", 1)):
        assert Handle.of(str(handle)) == handle
