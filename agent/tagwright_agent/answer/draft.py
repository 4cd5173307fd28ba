"""From the model's last message to an answer: its status, its checked text, its notes."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage

from tagwright_agent.answer.check import check
from tagwright_agent.answer.facts import Evidence
from tagwright_agent.answer.figures import find_figures
from tagwright_agent.state import last_turn, runs_of, turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.state import State

__all__ = ["Verdict", "finish", "judge"]

NOTHING_LEFT = (
    "I could not give an answer whose figures can be traced to the data. "
    "Ask for one figure at a time, or see the rows with tagwright tool query_costs."
)
UNFINISHED = "I could not finish this within the limit of tool calls. Ask for less at once."

_MARK = re.compile(r"^\W*(CLARIFY|REFUSED)\s*:\s*", re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINKED = re.compile(r"\[([^\]]+)\]\((?:[^)]*)\)")


@dataclass(frozen=True)
class Verdict:
    """What the check found and the state it leads to.

    Attributes:
        findings: What has no source, for the model to correct; empty where all is well.
        update: The graph's state with everything unsourced taken out.
    """

    findings: list[str]
    update: dict[str, Any]


def finish(messages: Sequence[AnyMessage]) -> dict[str, Any]:
    """The model's last message as a draft: plain text and a status.

    The status is the built-in planner's own (``response_metadata["tagwright_status"]``), or a
    model's leading ``CLARIFY:`` / ``REFUSED:``. A model that looked nothing up has not answered.
    """
    said = messages[-1]
    text = _IMAGE.sub("", said.text)
    text = _LINKED.sub(r"\1", text).strip()
    status = _own_status(said)
    if isinstance(said, AIMessage) and said.tool_calls:
        text, status = UNFINISHED, "refused"
    elif mark := _MARK.match(text):
        status = {"clarify": "clarify", "refused": "refused"}[mark[1].casefold()]
        text = text[mark.end() :].strip()
    elif not status:
        looked = any(run.result is not None for run in runs_of(last_turn(messages)))
        known = any(run.result is not None for turn in turns(messages) for run in runs_of(turn))
        asks = text.rstrip().endswith("?")
        status = "answered" if looked or (known and not asks) else "clarify" if asks else "refused"
    if not text:
        text, status = NOTHING_LEFT, "refused"
    draft = AIMessage(text, id=said.id, response_metadata=dict(said.response_metadata))
    return {"messages": [draft], "status": status}


def _own_status(said: AnyMessage) -> str:
    for place in (said.response_metadata, said.additional_kwargs):
        if place.get("tagwright_status") in {"answered", "clarify", "refused"}:
            return str(place["tagwright_status"])
    return ""


def judge(
    state: State, *, labels: frozenset[str] = frozenset(), vocabulary: frozenset[str] = frozenset()
) -> Verdict:
    """Check the draft against every result of the thread."""
    messages = state["messages"]
    said, status = messages[-1], state.get("status", "answered")
    turn = last_turn(messages)
    everything = [run for part in turns(messages) for run in runs_of(part)]
    notes: list[str] = []
    if reason := state.get("fallback"):
        notes.append(f"{reason} The built-in planner answered instead.")
    text: str = str(said.text)
    findings: list[str] = []
    # The planner's own questions and refusals name what can be asked: examples, not claims.
    if status == "answered" or not _own_status(said):
        checked = check(
            text,
            [Evidence(run.result, run.arguments) for run in everything if run.result is not None],
            questions=[
                part[0].text for part in turns(messages) if isinstance(part[0], HumanMessage)
            ],
            labels=labels,
            vocabulary=vocabulary,
        )
        findings = [f"{item.reason} (in: {item.segment[:160]!r})" for item in checked.ungrounded]
        notes += checked.notes
        if checked.ungrounded and find_figures(text) and not find_figures(checked.text):
            checked = replace(checked, text="")  # what is left answers nothing
        text = checked.text
    if not any(char.isalnum() for char in text):
        text, status = NOTHING_LEFT, "refused"
    final = AIMessage(text, id=said.id, response_metadata=dict(said.response_metadata))
    drafts = _earlier_drafts(turn)
    return Verdict(findings, {"messages": [*drafts, final], "status": status, "notes": notes})


def _earlier_drafts(turn: Sequence[AnyMessage]) -> list[RemoveMessage]:
    """The draft that had to be corrected and our request: later turns must not build on them."""
    gone = []
    for before, message in itertools.pairwise(turn):
        if isinstance(message, HumanMessage):
            gone += [RemoveMessage(id=item.id) for item in (before, message) if item.id]
    return gone
