"""The built-in planner: the messages of a thread in, tool calls or a question back out."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Block, Suggestions, dumped, sentence
from tagwright.render.markdown import markdown
from tagwright.results import ToolResult
from tagwright.text import clean
from tagwright_agent.messages import BLOCKS, STATUS, Call, Message, turns
from tagwright_agent.planner import compose
from tagwright_agent.planner.calls import call_of, slots_of
from tagwright_agent.planner.dialogue import read
from tagwright_agent.planner.slots import Slots, Unclear

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tagwright_agent.planner.view import CatalogueView

__all__ = ["say"]

SLOTS = "tagwright_slots"
ASKED = "tagwright_asked"


def say(view: CatalogueView, messages: Sequence[Message], bound: Collection[str]) -> Message:
    """What comes next in this thread; needs no key and no network, and never guesses.

    A question becomes tool calls, or a final message whose ``about`` says ``tagwright_status``
    ``clarify`` or ``refused``. Tool results become the answer (``answered``).

    Args:
        view: What can be named.
        messages: The thread.
        bound: Names of the tools that may be called.
    """
    parts = turns(messages)
    if not parts:
        return _final("clarify", [sentence("What do you want to know about your costs?")])
    turn = parts[-1]
    answers = {m.call: m for m in turn if m.role == "result"}
    calls = [
        (message, call, index)
        for message in turn
        for index, call in enumerate(message.calls)
        if call.id in answers
    ]
    if calls:
        return _composed(
            [
                (_meant(message, index), call.name, answers[call.id])
                for message, call, index in calls
            ]
        )
    question = turn[0].text
    asked = _asked(parts[:-1])
    try:
        return _calling(read(question, view, before=_before(parts[:-1]), asked=asked), bound)
    except Unclear as unclear:
        extra = {}
        if unclear.choice:
            text = asked["question"] if asked and len(question.split()) <= 6 else question
            extra = {ASKED: {"question": text, **unclear.choice}}
        blocks: list[Block] = [sentence(unclear.text)]
        if unclear.questions:
            blocks.append(
                Suggestions(intro="You can ask for example:", questions=unclear.questions)
            )
        return _final(unclear.status, blocks, **extra)


def _calling(found: list[Slots], bound: Collection[str]) -> Message:
    calls, meant = [], []
    for slots in found:
        name, arguments = call_of(slots)
        if name not in bound:
            raise Unclear("refused", f"This needs the tool {name}, which is not connected.")
        calls.append(Call(name, arguments, uuid.uuid4().hex))
        meant.append(slots.as_dict())
    return Message("said", calls=tuple(calls), about={SLOTS: meant})


def _final(status: str, blocks: Sequence[Block], **extra: Any) -> Message:
    about = {STATUS: status, BLOCKS: dumped(blocks), **extra}
    return Message("said", markdown(blocks), about=about)


def _meant(message: Message, index: int) -> Slots:
    """What a call was made for: kept beside it, or read back from its arguments."""
    kept = message.about.get(SLOTS)
    if isinstance(kept, list) and index < len(kept):
        try:
            return Slots.from_dict(kept[index])
        except TypeError:  # written by another version
            pass
    call = message.calls[index]
    return slots_of(call.name, call.arguments) or Slots()


def _before(parts: Sequence[Sequence[Message]]) -> list[Slots]:
    """What the last turn with a call meant."""
    for turn in reversed(parts):
        found = [_meant(message, index) for message in turn for index in range(len(message.calls))]
        if found:
            return found
    return []


def _asked(parts: Sequence[Sequence[Message]]) -> dict[str, Any] | None:
    """What we asked back at the end of the last turn, if we did."""
    if not parts:
        return None
    asked = parts[-1][-1].about.get(ASKED)
    return asked if isinstance(asked, dict) and "question" in asked else None


def _composed(answered: list[tuple[Slots, str, Message]]) -> Message:
    blocks: list[Block] = []
    failed = 0
    for slots, tool, message in answered:
        content = _content(message)
        if content is None:
            failed += 1
            said: list[Block] = [sentence(_error(message.text))]
        else:
            said = compose.compose(slots, tool, content)
        blocks += [block for block in said if block not in blocks]
    status = "refused" if failed == len(answered) else "answered"
    return _final(status, blocks)


def _content(message: Message) -> ToolResult | None:
    if message.failed:
        return None
    try:
        return ToolResult.model_validate(message.content or json.loads(message.text))
    except ValueError:
        return None


def _error(text: str) -> str:
    """A tool's failure in its own words, without its form."""
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        return clean(text[:400])
    nested = data.get("error")
    inner: dict[str, Any] = nested if isinstance(nested, dict) else data
    said = [str(inner.get(name) or "") for name in ("message", "hint")]
    near = inner.get("nearest")
    if isinstance(near, (list, tuple)) and near and str(near[0]) not in " ".join(said):
        said.append(f"Near: {', '.join(map(str, near[:5]))}.")
    return " ".join(clean(part) for part in said if part) or "The tool failed."
