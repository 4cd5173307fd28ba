"""The whole answer: what was said, pictures, plans that wait, notes once each and last."""

from __future__ import annotations

from typing import Any

from tagwright.blocks import Chart, Note, Proposal, dumped, sentence
from tagwright.results import ToolResult
from tagwright_agent.answer.whole import whole_answer
from tagwright_agent.messages import BLOCKS, Message, ToolRun, Turn

PLAN = {"id": "plan-1", "digest": "sha256:1", "changes": 2, "resources": 1, "amounts": []}


def turn(*blocks: Any, **more: Any) -> Turn:
    return Turn([Message("said", about={BLOCKS: dumped(blocks)})], status="answered", **more)


def test_notes_come_last_and_once() -> None:
    run = ToolRun("query_costs", {}, ToolResult(notes=["b", "a"]))
    found = whole_answer(turn(Note(text="a"), sentence("One."), notes=[Note(text="first")]), [run])
    assert found == [sentence("One."), Note(text="first"), Note(text="a"), Note(text="b")]


def test_a_plan_is_told_once_and_says_whether_somebody_is_asked() -> None:
    own = Proposal(plan="plan-1", digest="sha256:1")
    [told] = whole_answer(turn(own, plans=[PLAN]), [], asked={"plan-1"})
    assert isinstance(told, Proposal)
    assert told.asked
    [_, other] = whole_answer(turn(sentence("Done."), plans=[PLAN]), [])
    assert isinstance(other, Proposal)
    assert not other.asked
    assert other.commands[0][0].startswith("tagwright approve plan-1")


def test_pictures_follow_the_text_of_an_answer_and_of_nothing_else() -> None:
    rows: list[dict[str, Any]] = [
        {"team": name, "currency": "USD", "effective_cost": "1.00"} for name in ("a", "b")
    ]
    run = ToolRun("query_costs", {"group_by": ["team"]}, ToolResult(rows=rows, row_count=2))
    blocks = whole_answer(turn(sentence("Two.")), [run])
    assert [type(block) for block in blocks[1:]] == [Chart]
    refused = Turn([Message("said", "No.")], status="refused")
    assert whole_answer(refused, [run]) == [sentence("No.")]


def test_a_models_words_become_blocks() -> None:
    said = Turn([Message("said", "- **one**")], status="answered")
    assert whole_answer(said, []) == [sentence("one", bullet="-")]
