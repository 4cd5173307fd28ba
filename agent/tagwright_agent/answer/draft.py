"""From the model's last message to an answer: its status, its checked text, its notes."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tagwright.blocks import Note
from tagwright_agent.messages import STATUS, last_turn, runs_of, turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagwright_agent.messages import Message

__all__ = ["Draft", "Verdict", "finish", "judge"]

NOTHING_LEFT = (
    "I could not give an answer whose figures can be traced to the data. "
    "Ask for one figure at a time, or see the rows with tagwright tool query_costs."
)
UNFINISHED = "I could not finish this within the limit of tool calls. Ask for less at once."

_MARK = re.compile(r"^\W*(CLARIFY|REFUSED)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Draft:
    """The answer as it was meant: its message and its status."""

    message: Message
    status: str


@dataclass(frozen=True)
class Verdict:
    """What the check found, and the answer with everything unsourced taken out.

    Attributes:
        findings: What has no source, for the model to correct; empty where all is well.
        message: The answer.
        status: ``answered``, ``clarify`` or ``refused``.
        notes: What its reader must know.
        gone: Earlier drafts of this turn and our requests to correct them: later turns must not
            build on them.
    """

    findings: list[str]
    message: Message
    status: str
    notes: list[Note]
    gone: list[Message]


def finish(messages: Sequence[Message]) -> Draft:
    """The last message as a draft with a status.

    The built-in planner's own status stands, with its blocks. Else it is a model's leading
    ``CLARIFY:`` / ``REFUSED:``. A model that looked nothing up has not answered.
    """
    said = messages[-1]
    if status := _own_status(said):
        return Draft(said, status)
    text = said.text.strip()
    if said.calls:
        text, status = UNFINISHED, "refused"
    elif mark := _MARK.match(text):
        status = {"clarify": "clarify", "refused": "refused"}[mark[1].casefold()]
        text = text[mark.end() :].strip()
    else:
        looked = any(run.result is not None for run in runs_of(last_turn(messages)))
        known = any(run.result is not None for turn in turns(messages) for run in runs_of(turn))
        asks = text.rstrip().endswith("?")
        status = "answered" if looked or (known and not asks) else "clarify" if asks else "refused"
    if not text:
        text, status = NOTHING_LEFT, "refused"
    return Draft(replace(said, text=text, calls=()), status)


def _own_status(said: Message) -> str:
    own = said.about.get(STATUS)
    return str(own) if own in {"answered", "clarify", "refused"} else ""


def judge(
    messages: Sequence[Message],
    status: str = "answered",
    *,
    fallback: str = "",
    labels: frozenset[str] = frozenset(),
    vocabulary: Callable[[], frozenset[str]] = frozenset,
) -> Verdict:
    """Check the draft, the last of ``messages``, against every result of the thread.

    Args:
        messages: The thread.
        status: Of the draft.
        fallback: Why the built-in planner took over in this turn.
        labels: Names of dimensions and taxonomy keys.
        vocabulary: Gives further names that are no claim, those of the tools.
    """
    said = messages[-1]
    everything = [run for part in turns(messages) for run in runs_of(part)]
    notes: list[Note] = []
    if fallback:
        notes.append(Note(text=f"{fallback} The built-in planner answered instead."))
    text = said.text
    findings: list[str] = []
    # The planner's blocks hold cells of the results themselves: there is nothing to trace.
    if not _own_status(said):
        # Loaded where a model spoke: the built-in planner needs none of it.
        from tagwright_agent.answer.check import check
        from tagwright_agent.answer.facts import Evidence
        from tagwright_agent.answer.figures import find_figures

        checked = check(
            text,
            [Evidence(run.result, run.arguments) for run in everything if run.result is not None],
            questions=[part[0].text for part in turns(messages)],
            labels=labels,
            vocabulary=vocabulary(),
        )
        findings = [f"{item.reason} (in: {item.segment[:160]!r})" for item in checked.ungrounded]
        if checked.left_out:
            notes.append(Note(kind="left_out", count=checked.left_out))
        if checked.ungrounded and find_figures(text) and not find_figures(checked.text):
            checked = replace(checked, text="")  # what is left answers nothing
        text = checked.text
    if not any(char.isalnum() for char in text):
        text, status = NOTHING_LEFT, "refused"
    gone = _earlier_drafts(last_turn(messages))
    return Verdict(findings, replace(said, text=text), status, notes, gone)


def _earlier_drafts(turn: Sequence[Message]) -> list[Message]:
    """The draft that had to be corrected, and our request."""
    gone = []
    for before, message in itertools.pairwise(turn):
        if message.role == "correction":
            gone += [before, message]
    return gone
