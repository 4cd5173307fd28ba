"""The app's own place: its home tab, and what can be asked in its conversation.

The page says what a digest of the month says (:mod:`tagwright_agent.account`), in the scope of who
opened it, and the plans that are open, with whom they wait for.

Sources: https://docs.slack.dev/reference/methods/views.publish ,
https://docs.slack.dev/reference/events/app_home_opened ,
https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts and
https://docs.slack.dev/ai/migrating-to-agent-messaging .
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, joined, sentence
from tagwright.context import open_context
from tagwright.errors import TagwrightError
from tagwright.people import by_slack, load_people, require
from tagwright.periods import month_period
from tagwright.receipts import run_tool
from tagwright.registry import load_registry
from tagwright.remediation import PlanStore
from tagwright.remediation.approver import why_not
from tagwright.remediation.policy import refusal
from tagwright.render.slack import slack_messages
from tagwright.render.wording import moment_text
from tagwright.text import shorten
from tagwright_agent.account import Account
from tagwright_agent.messages import Message
from tagwright_agent.planner.beginnings import beginnings, kinds
from tagwright_agent.planner.wording import dates
from tagwright_agent.slack.calls import LaterError, NeverError, fault_of
from tagwright_agent.slack.receipts import receipt_row, receipts_in
from tagwright_agent.slack.say import fault_said, stranger
from tagwright_agent.steps import Asker
from tagwright_agent.straight import Straight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from slack_sdk import WebClient

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.context import ToolContext
    from tagwright.people import Principal
    from tagwright.remediation import StoredPlan
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["home_blocks", "opened", "prompts_of"]

_LOG = logging.getLogger("tagwright.slack")

_BLOCKS = 100
_DRIVERS = 3
_BEGUN = 3
"""Whole days in the bill that a month must have to be told."""
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
        if len(found) < _PROMPTS:
            turn, _ = await line.ask([], Message("question", question), Asker())
            found += [question] if turn.status == "answered" else []
    return found


# --- the page --------------------------------------------------------------------------------


def home_blocks(settings: Settings, who: Principal, now: dt.datetime) -> list[dict[str, Any]]:
    """The page for this person, as Block Kit: 1 to 100 blocks that home tabs may have."""
    if not who.person:
        return _shown(stranger(settings, who))
    try:
        require(load_people(settings), who, "ask")
        made = _page(settings, who, now)
    except TagwrightError as error:  # no data yet, a file at fault
        return _shown([fault_said(settings, error)])
    return [*made, *_shown([sentence(f"What {who.id} sees, at {moment_text(now)}.")])][:_BLOCKS]


def _page(settings: Settings, who: Principal, now: dt.datetime) -> list[dict[str, Any]]:
    with open_context(settings, who, now=now) as ctx:
        end = ctx.anchor.data_end
        if end is None:
            return _shown([sentence("There is no data yet.")])
        found = _month(ctx, end - dt.timedelta(days=1))
        drivers = [sentence(one, bullet="-") for one in found.drivers(_DRIVERS)]
        spent, tags = [*found.spent(), *found.notes()], found.tags()
        changed = [*(drivers or found.no_drivers()), *found.began()]
        parts: list[tuple[str, list[Block]]] = [
            (f"Spend in {dates(found.asked)}", spent),
            ("What changed most", changed),
            *([("Tag coverage", tags)] if tags else []),
        ]
        told = [block for title, said in parts for block in (_header(title), *_shown(said))]
        told += receipt_row(receipts_in([*spent, *changed, *tags]))
        return [*told, _header("Open plans"), *_shown(_plans(ctx, who, now))]


def _month(ctx: ToolContext, last: dt.date) -> Account:
    """The month of the last day with data; the one before while it has hardly begun."""
    found = Account(ctx, month_period(last.year, last.month), "month")
    earlier = found.asked.start - dt.timedelta(days=1)
    assert ctx.anchor.data_start is not None  # noqa: S101  there is a last day
    if found.days >= _BEGUN or earlier < ctx.anchor.data_start:
        return found
    return Account(ctx, month_period(earlier.year, earlier.month), "month")


def _plans(ctx: ToolContext, who: Principal, now: dt.datetime) -> list[Block]:
    """Plans that are not over, with what each waits for; those for this person's decision first."""
    listed = run_tool(load_registry(), "get_plan", {"limit": _LISTED}, ctx)
    yours: list[Block] = []
    others: list[Block] = []
    with PlanStore.open(ctx.settings) as store:
        for row in listed.rows:
            if (state := str(row["state"])) not in _OPEN:
                continue
            mine, waits = False, _OPEN[state]
            if state == "proposed":
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
    return [block for message in slack_messages(list(said)) for block in message["blocks"]]


def _call(method: Callable[..., object], **arguments: Any) -> None:
    from slack_sdk.errors import SlackApiError

    try:
        method(**arguments)
    except SlackApiError as error:
        raise fault_of(error) from None
    except OSError as error:
        raise LaterError(type(error).__name__, 5) from None
