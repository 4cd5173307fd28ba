"""The app's own place: its home tab, and what can be asked in its conversation.

The page is made of answers: the built-in planner is asked what a person would ask, over the tools
and the scope of who opened it, so that each figure is checked and rendered as ever. Slack's
documents name ``data_table`` for messages only; the first rows of a table stand here as a list.

Sources: https://docs.slack.dev/reference/methods/views.publish ,
https://docs.slack.dev/reference/events/app_home_opened ,
https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts and
https://docs.slack.dev/ai/migrating-to-agent-messaging .
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Chart, Sentence, Table, joined, sentence
from tagwright.errors import TagwrightError
from tagwright.people import by_slack, load_people, require
from tagwright.remediation import PlanStore
from tagwright.remediation.approver import why_not
from tagwright.remediation.policy import refusal
from tagwright.render.slack import slack_messages
from tagwright.render.wording import moment_text, time_text
from tagwright.text import shorten
from tagwright_agent.answer.whole import whole_answer
from tagwright_agent.messages import Message, runs_of
from tagwright_agent.planner.beginnings import beginnings, kinds
from tagwright_agent.slack.calls import LaterError, NeverError, fault_of
from tagwright_agent.slack.say import fault_said, stranger
from tagwright_agent.steps import Asker
from tagwright_agent.straight import Straight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from slack_sdk import WebClient

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright.remediation import StoredPlan
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["home_blocks", "opened", "prompts_of"]

_LOG = logging.getLogger("tagwright.slack")

_BLOCKS = 100
_ROWS = 12
_PROMPTS = 4
_PLANS = 10
_LISTED = 100
_NAMES = 5
_OPEN = {"proposed": "", "approved": "approved, waits to be applied",
         "applying": "is being applied"}  # fmt: skip


def opened(settings: Settings, client: WebClient, arrival: Arrival, now: dt.datetime) -> None:
    """Show the home tab to who opened it, or suggest questions where they opened the conversation.

    Raises:
        LaterError: Slack cannot be reached, or is busy.
        TagwrightError: The state store cannot be used.
    """
    who = by_slack(settings, arrival.teams, arrival.user)
    try:
        if arrival.kind == "home":
            view = {"type": "home", "blocks": home_blocks(settings, who, now)}
            _call(client.views_publish, user_id=arrival.user, view=view)
        elif prompts := prompts_of(settings, who):
            _call(
                client.assistant_threads_setSuggestedPrompts,
                channel_id=arrival.channel, title="You can ask for example",
                prompts=[{"title": shorten(one, 75), "message": one} for one in prompts],
            )  # fmt: skip
    except NeverError as error:  # a scope that is lacking: `tagwright slack --check` says so
        _LOG.warning("Slack shows no %s to %s: %s", arrival.kind, arrival.user, error)


def prompts_of(settings: Settings, who: Principal) -> list[str]:
    """Up to four questions that this home answers to this person now; none to nobody."""
    if not who.person:
        return []
    try:
        require(load_people(settings), who, "ask")
        return asyncio.run(_prompts(Straight(settings, lambda: who)))
    except TagwrightError as error:  # no data yet: said where something is asked
        _LOG.info("Nothing is suggested: %s", error)
        return []


async def _prompts(line: Straight) -> list[str]:
    await line.look()
    found: list[str] = []
    for question in dict.fromkeys([*beginnings(line.view), *kinds(line.view)]):
        if question.startswith("Propose"):
            continue  # trying it would store a plan
        if len(found) < _PROMPTS and (await _answer(line, question))[0]:
            found.append(question)
    return found


async def _answer(line: Straight, question: str) -> tuple[bool, list[Block]]:
    """Whether it is answered, and what is said; outside of any conversation."""
    turn, _ = await line.ask([], Message("question", question), Asker())
    return turn.status == "answered", whole_answer(turn, runs_of(turn.messages))


# --- the page --------------------------------------------------------------------------------


def home_blocks(settings: Settings, who: Principal, now: dt.datetime) -> list[dict[str, Any]]:
    """The page for this person, as Block Kit: 1 to 100 blocks that home tabs may have."""
    if not who.person:
        return _shown(stranger(settings, who))
    try:
        require(load_people(settings), who, "ask")
        made = asyncio.run(_page(settings, who, now))
    except TagwrightError as error:  # no data yet, a file at fault
        return _shown([fault_said(settings, error)])
    made += _shown([sentence(f"What {who.id} sees, at {moment_text(now)}.")])
    once = {json.dumps(block): block for block in made}  # notes and totals that parts share
    return list(once.values())[:_BLOCKS]


async def _page(settings: Settings, who: Principal, now: dt.datetime) -> list[dict[str, Any]]:
    line = Straight(settings, lambda: who)
    await line.look()
    end = line.view.anchor.data_end
    if end is None:
        return _shown([sentence("There is no data yet.")])
    last = (end - dt.timedelta(days=1)).replace(day=1)
    month, before = f"{last:%Y-%m}", f"{last - dt.timedelta(days=1):%Y-%m}"
    made = [
        *await _part(line, f"Spend in {time_text(month)}", [
            f"Total cost in {month} compared with {before}", f"Total cost in {month}",
        ]),
        *await _part(line, "What changed most", [f"What changed most in {month}?"], _drivers),
    ]  # fmt: skip
    if line.view.required:
        asked = [f"How much of our cost has a valid {key} tag in {month}?"
                 for key in line.view.required]  # fmt: skip
        made += [_header("Tag coverage")]
        for question in asked[:3]:
            made += await _part(line, "", [question], _without_tables)
    return [*made, _header("Open plans"), *_shown(await _plans(settings, line, who, now))]


async def _part(
    line: Straight, title: str, questions: list[str],
    of: Callable[[list[Block]], list[Block]] = list,
) -> list[dict[str, Any]]:  # fmt: skip
    """What is said to the first of the questions that is answered; else that it is not known."""
    head = [_header(title)] if title else []
    said: list[Block] = []
    for question in questions:
        answered, said = await _answer(line, question)
        if answered:
            return [*head, *_shown(of(said))]
    return [*head, *_shown(said[:1])]


def _drivers(said: list[Block]) -> list[Block]:
    """Of what explains a change the rows, and the day it began; how much it is stands above."""
    place = next((n for n, block in enumerate(said) if isinstance(block, Table)), 0)
    return [
        block
        for block in said[place:]
        if not isinstance(block, Sentence)
        or any(isinstance(part, Cell) and part.kind == "time" for part in block.parts)
    ]


def _without_tables(said: list[Block]) -> list[Block]:
    return [block for block in said if not isinstance(block, Table)]


async def _plans(
    settings: Settings, line: Straight, who: Principal, now: dt.datetime
) -> list[Block]:
    """Plans that are not over, with what each waits for; those for this person's decision first."""
    listed = await line.tools.call("get_plan", {"limit": _LISTED})
    rows = [row for row in listed.rows if row["state"] in _OPEN]
    yours: list[Block] = []
    others: list[Block] = []
    with PlanStore.open(settings) as store:
        for row in rows:
            mine, waits = False, _OPEN[str(row["state"])]
            if row["state"] == "proposed":
                stored = store.get(str(row["plan"]), now)
                mine = not why_not(store, stored, who, now)
                waits = "waits for your decision" if mine else _waits(store, stored)
            (yours if mine else others).append(
                sentence(
                    "Plan ", Cell(value=str(row["plan"]), kind="code"),
                    f", asked for by {row['proposed_by']}: {waits}.", bullet="-",
                )
            )  # fmt: skip
    found = [*yours, *others]
    if not found:
        return [sentence("None.")]
    more = len(found) - _PLANS
    return [*found[:_PLANS], *([sentence(f"And {more:,} more.")] if more > 0 else [])]


def _waits(store: PlanStore, stored: StoredPlan) -> str:
    """For whom a plan waits that this person cannot decide on."""
    may = [one.id for one in store.people.all.values()
           if not refusal(store.people, stored.plan, one.id)]  # fmt: skip
    named = "".join(map(str, joined(may[:_NAMES], last=" or ")))
    return f"waits for {named}" if may else "nobody in people.yaml may approve it"


def _header(title: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}


def _shown(said: Iterable[Block]) -> list[dict[str, Any]]:
    """Blocks that a home tab may have: of tables the first rows, pictures are left out."""
    lines = [
        line
        for block in said
        if not isinstance(block, Chart)
        for line in (_lines(block) if isinstance(block, Table) else [block])
    ]
    return [block for message in slack_messages(lines) for block in message["blocks"]]


def _lines(table: Table) -> Iterator[Block]:
    """The first rows: their names and the figure that tells most, a change where there is one."""
    units = Counter(cell.unit for row in table.rows for cell in row if cell.unit)
    often = sorted(  # the currency of most rows first; within one the table's order
        table.rows, key=lambda row: -max((units[cell.unit] for cell in row if cell.unit), default=0)
    )
    for row in often[:_ROWS]:
        names = [cell for cell in row if not cell.is_figure]
        figures = [cell for cell in row if cell.is_figure and cell.value is not None]
        told = next((cell for cell in figures if cell.signed), None) or next(iter(figures), None)
        yield sentence(
            joined(names, between=" ", last=" "), ": " if told else "", told or "", bullet="-"
        )


def _call(method: Callable[..., object], **arguments: Any) -> None:
    from slack_sdk.errors import SlackApiError

    try:
        method(**arguments)
    except SlackApiError as error:
        raise fault_of(error) from None
    except OSError as error:
        raise LaterError(type(error).__name__, 5) from None
