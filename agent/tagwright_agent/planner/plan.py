"""The built-in planner: the messages of a thread in, tool calls or a question back out."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Block, Cell, Source, Suggestions, dumped, sentence
from tagwright.lazy import lazy
from tagwright.render.markdown import markdown
from tagwright.render.result import result_blocks
from tagwright.results import ToolResult
from tagwright.text import clean
from tagwright_agent.messages import BLOCKS, STATUS, Call, Message, turns
from tagwright_agent.planner.frames import frame_of_tool, frames
from tagwright_agent.planner.frames.changes import Changes, asked_for
from tagwright_agent.planner.frames.coverage import Coverage, ordered
from tagwright_agent.planner.frames.rows import foremost
from tagwright_agent.planner.frames.units_say import Units, ranked, unit_key
from tagwright_agent.planner.neighbours import greeting
from tagwright_agent.planner.question import Filter, Question, Scope, Unclear, cannot
from tagwright_agent.planner.reasons import off_topic
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.understand import understand
from tagwright_agent.planner.unknown import no_data
from tagwright_agent.planner.wording import notes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tagwright.blocks import Line
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["answer", "say"]

QUESTIONS = "tagwright_questions"
ASKED = "tagwright_asked"
LAPSED = "tagwright_lapsed"


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
    before: list[Question] = []
    text = ""
    try:
        if not parts:
            raise greeting(view)
        turn = parts[-1]
        answers = {m.call: m for m in turn if m.role == "result"}
        calls = [
            (_meant(message, index), call, answers[call.id])
            for message in turn
            for index, call in enumerate(message.calls)
            if call.id in answers
        ]
        if calls:
            return _composed(calls)
        text = turn[0].text
        asked_before = _before(parts[:-1])
        before = asked_before[0] if asked_before else []
        earlier = [question for questions in asked_before[1:] for question in questions]
        found = understand(
            text,
            view,
            before=before,
            history=earlier,
            asked=_asked(parts[:-1]),
            lapsed=_lapsed(parts[:-1]),
        )
        return _calling(found, bound)
    except Unclear as unclear:
        return _asking(unclear, before, text)


_WORD = lazy(r"\w")


def _asking(unclear: Unclear, before: Sequence[Question], text: str) -> Message:
    """A question back or a refusal; what was understood is kept, for the next turn to go on from.

    Where that is nothing, or nothing but what stood before, the message has lapsed: what goes on
    after it would be answered as if it had not been said.
    """
    extra: dict[str, Any] = {}
    if unclear.choice:
        extra = {ASKED: {"ask": unclear.text, **unclear.choice}}
    partial, meant = unclear.partial, unclear.choice.get("meant")
    if partial is not None and (
        meant or partial.unknown or partial.scope != Scope() or partial.frame != "costs"
    ):
        extra[QUESTIONS] = [_kept(partial)]
    stood = [_kept(question) for question in before]
    kept = meant or extra.get(QUESTIONS, stood) != stood
    if not kept and _WORD.search(text) and not off_topic(text):
        extra[LAPSED] = True
    blocks: list[Block] = [sentence(unclear.text)]
    if unclear.questions:
        blocks.append(Suggestions(intro="You can ask for example:", questions=unclear.questions))
    return _final(unclear.status, blocks, **extra)


def _calling(found: list[Question], bound: Collection[str]) -> Message:
    """The calls that answer the questions, or the answer where none is needed."""
    asking = [question for question in found if _tool(question)]
    if not asking:
        blocks = [b for q in found for b in frames()[q.frame].say(q, ToolResult())]
        return _final("answered" if not _hello(found) else "clarify", blocks)
    calls = []
    for question in asking:
        tool = _tool(question)
        if tool not in bound:
            raise cannot(f"This needs the tool {tool}, which is not connected.")
        calls.append(Call(tool, frames()[question.frame].call(question), uuid.uuid4().hex))
    return Message("said", calls=tuple(calls), about={QUESTIONS: [_kept(q) for q in asking]})


def _tool(question: Question) -> str:
    """The tool that answers it; empty where none is needed."""
    return frames()[question.frame].tool or str(getattr(question, "tool", ""))


def _hello(found: list[Question]) -> bool:
    """Whether nothing was asked yet, and something is expected now."""
    return any(getattr(question, "about", "") == "hello" for question in found)


def _kept(question: Question) -> dict[str, Any]:
    kept = question.model_dump(mode="json", exclude_defaults=True, exclude={"top", "rows"})
    return {**kept, "frame": question.frame}


def _read_back(kept: Any) -> Question | None:
    """A question as :func:`_kept` wrote it; None where another version did."""
    if not isinstance(kept, dict) or kept.get("frame") not in frames():
        return None
    try:
        return frames()[kept["frame"]].question.model_validate(kept)
    except ValueError:
        return None


def _final(status: str, blocks: Sequence[Block], **extra: Any) -> Message:
    about = {STATUS: status, BLOCKS: dumped(blocks), **extra}
    return Message("said", markdown(blocks), about=about)


def _meant(message: Message, index: int) -> Question | None:
    """What a call was made for: kept beside it, or read back from its arguments."""
    kept = message.about.get(QUESTIONS)
    if isinstance(kept, list) and index < len(kept):
        question = _read_back(kept[index])
        if question is not None:
            return question
    call = message.calls[index]
    frame = frame_of_tool(call.name)
    return frame.back(call.arguments) if frame is not None and frame.back is not None else None


_REMEMBERED = 6
_POINTED = 20
"""So many rows can be pointed at."""


def _before(parts: Sequence[Sequence[Message]]) -> list[list[Question]]:
    """What the last turns that asked for something asked, answered or not, the newest first."""
    before: list[list[Question]] = []
    for ago, turn in enumerate(reversed(parts[-50:])):
        if ago and (turn[-1].about.get(ASKED) or {}).get("meant"):
            continue  # asked whether it was meant, and gone on from, or not meant
        answers = {m.call: m.content for m in turn if m.role == "result" and m.content}
        found = [
            _with_rows(_meant(message, index), answers.get(call.id))
            for message in turn
            for index, call in enumerate(message.calls)
        ]
        found += [
            _read_back(kept)
            for message in turn
            if not message.calls and message.role == "said"
            for kept in message.about.get(QUESTIONS) or ()
        ]
        if known := [question for question in found if question is not None]:
            before.append(known)
        if len(before) == _REMEMBERED:
            break
    return before


def _with_rows(question: Question | None, content: dict[str, Any] | None) -> Question | None:
    """The question with the rows that it was answered by, and the first where one was asked for."""
    if question is None or content is None or getattr(question, "show", False):
        return question
    scope = question.scope
    groups = [
        name for name in scope.groups if name not in TIMES or name in ("day", "week", "month")
    ]
    one = question.frame in ("costs", "units", "coverage") and len(groups) == len(scope.groups) == 1
    if not isinstance(question, Changes) and not one:
        return question
    source = Source(ToolResult.model_validate(content))
    if isinstance(question, Changes):
        lines = [line for line in asked_for(question, source) if line.get("value")]
        found = [
            Filter(dimension=str(line.get("dimension")), values=(str(line.get("value")),))
            for line in lines
        ]
        rows = tuple(dict.fromkeys(found))[:_POINTED]
        moved = [(f, line) for f, line in zip(found, lines, strict=True) if _moved(line)]
        one_list = scope.order and len({line.get("currency") for _, line in moved}) == 1
        top = moved[0][0] if one_list and not question.new else None
        return question.but(rows=rows, top=top)
    lines, key = source.rows, groups[0]
    if isinstance(question, Units):
        lines, key = ranked(question, source), unit_key(key)
    if isinstance(question, Coverage):
        lines = ordered(question, lines)
    lines = foremost(lines, [key], scope.limit) if scope.limit else lines
    names = dict.fromkeys(str(line.get(key)) for line in lines if line.get(key))
    rows = tuple(Filter(dimension=groups[0], values=(name,)) for name in names)[:_POINTED]
    ranked_first = (scope.order or scope.limit) and scope.limit <= 1
    top = rows[0] if rows and ranked_first and not question.many else None
    return question.but(rows=rows, top=top)


def _moved(line: Line) -> bool:
    """Whether it changed by a hundredth: of two currencies one may stand first and still be."""
    before, after = (Decimal(str(line.get(name) or 0)) for name in ("before", "after"))
    return abs(after - before) * 100 >= abs(before)


def _asked(parts: Sequence[Sequence[Message]]) -> dict[str, Any] | None:
    """What we asked back at the end of the last turn, if we did."""
    if not parts:
        return None
    asked = parts[-1][-1].about.get(ASKED)
    return asked if isinstance(asked, dict) and "question" in asked else None


def _lapsed(parts: Sequence[Sequence[Message]]) -> bool:
    """Whether the last message was not answered, and nothing of it is kept."""
    return bool(parts and parts[-1][-1].about.get(LAPSED))


def _composed(answered: list[tuple[Question | None, Call, Message]]) -> Message:
    blocks: list[Block] = []
    failed = 0
    for question, call, message in answered:
        content = _content(message)
        if content is None:
            failed += 1
            said: list[Block] = [sentence(_error(message.text))]
        elif question is None:
            said = list(result_blocks(content))
        else:
            said = answer(question, call.name, content)
        blocks += [block for block in said if block not in blocks]
    status = "refused" if failed == len(answered) else "answered"
    return _final(status, blocks)


def answer(question: Question, tool: str, result: ToolResult) -> list[Block]:
    """The blocks that answer one question by a tool's result."""
    scope = question.scope
    blocks = no_data(tool, scope, result) or list(frames()[question.frame].say(question, result))
    if scope.notes:  # how words were read where they are not the data's own
        blocks.append(sentence("Read as: " + "; ".join(scope.notes) + "."))
    if question.receipt and result.receipt:
        code = Cell(value=result.receipt, kind="code")
        blocks.append(
            sentence(
                "Receipt ", code, ": `tagwright receipt` shows its statement and runs it again."
            )
        )
    return [*blocks, *notes(result)]


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
