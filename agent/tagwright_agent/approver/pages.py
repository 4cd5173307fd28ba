"""The pages as HTML, without scripts: what is data is escaped, and what hides in it made visible.

Templates get values, never markup; ``finalize`` cleans each text that they write, so that none is
forgotten.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tagwright.money import display_text
from tagwright.people import ONE_PERSON
from tagwright.remediation.rows import clock_text
from tagwright.render.html import style as shared_style
from tagwright.text import clean, counted
from tagwright_agent.plan_text import amounts, called, coverage, in_accounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from tagwright.people import Principal
    from tagwright.remediation import Plan, PlanItem, StoredPlan
    from tagwright.remediation.rows import ItemState
    from tagwright.remediation.word import Word

__all__ = ["Choices", "list_page", "notice", "plan_page", "style"]

_RECENT = 20
_LIVE = ("approved", "applying", "partly_applied", "failed")


@dataclass(frozen=True)
class Choices:
    """What this person may do with a plan here and now.

    Attributes:
        why_not: Why they cannot approve it; empty where they can.
        reject: Whether they may reject it.
        withdraw: Whether they may take its approval back.
        roll_back: Whether they may have what it wrote put back.
    """

    why_not: str
    reject: bool
    withdraw: bool
    roll_back: bool = False


@dataclass(frozen=True)
class Resource:
    """One resource, and what would change on it: number from 1, change, how far it has come."""

    name: str
    arn: str
    account: str
    region: str
    cost: str
    changes: list[tuple[int, PlanItem, ItemState]]


def plan_page(
    found: StoredPlan,
    word: Word,
    choices: Choices,
    who: Principal,
    *,
    csrf: str,
    replaced_by: str = "",
    fault: str = "",
) -> str:
    """The whole plan, with every value in full, and the forms that this person may send.

    Args:
        found: The plan as it is now.
        word: What the approver's book says of it.
        choices: What this person may do.
        who: They.
        csrf: Of their session.
        replaced_by: The plan that took its place, where it was edited.
        fault: What became of what they just sent, where it was refused.
    """
    plan = found.plan
    return _written(
        "plan.html.j2",
        title=f"Plan {plan.id}",
        who=who,
        csrf=csrf,
        found=found,
        plan=plan,
        state=state_text(found),
        resources=resources(found),
        word=word,
        choices=choices,
        replaced_by=replaced_by,
        fault=fault,
        counts=f"{counted(len(plan.items), 'change')} to "
        f"{counted(len({item.arn for item in plan.items}), 'resource')}",
        cost=amounts(plan) if plan.kind == "tag" else "",
        lines=[in_accounts(plan), *coverage(plan)],
        one_person=ONE_PERSON if plan.one_person else "",
    )


def list_page(plans: Sequence[StoredPlan], who: Principal, *, csrf: str) -> str:
    """Plans that wait, those that are approved, and the last that were decided.

    Args:
        plans: The newest first, as of now.
        who: Who looks.
        csrf: Of their session.
    """
    waiting = [it for it in plans if it.state == "proposed"]
    live = [it for it in plans if it.state in _LIVE]
    done = [it for it in plans if it.state not in {"proposed", *_LIVE}][:_RECENT]
    return _written(
        "plans.html.j2",
        title="Plans",
        who=who,
        csrf=csrf,
        groups=[
            ("Waiting for a decision", waiting),
            ("Approved", live),
            ("Recently closed", done),
        ],
    )


def notice(
    title: str,
    lines: Sequence[str],
    *,
    link: tuple[str, str] | None = None,
    onward: str = "",
    who: Principal | None = None,
    csrf: str = "",
) -> str:
    """A page of a few sentences.

    Args:
        title: At its head.
        lines: Paragraphs.
        link: A path of ours, and what stands on it.
        onward: A path of ours that the browser goes to by itself, at once.
        who: Who is signed in.
        csrf: Of their session.
    """
    return _written(
        "notice.html.j2", title=title, lines=lines, link=link, onward=onward, who=who, csrf=csrf
    )


def resources(found: StoredPlan) -> list[Resource]:
    """The changes by resource, in the plan's order."""
    plan, by_arn = found.plan, dict[str, list[tuple[int, Any, Any]]]()
    for number, (item, done) in enumerate(zip(plan.items, found.items, strict=True), 1):
        by_arn.setdefault(item.arn, []).append((number, item, done))
    return [
        Resource(called(plan, arn), arn, first.account, first.region, _cost(first), changes)
        for arn, changes in by_arn.items()
        for first in (changes[0][1],)
    ]


def state_text(found: StoredPlan) -> str:
    """The state as people say it."""
    return "waiting" if found.state == "proposed" else found.state.replace("_", " ")


@cache
def style() -> str:
    """The one style sheet."""
    own = files("tagwright_agent.approver") / "templates" / "page.css"
    return shared_style() + own.read_text(encoding="utf-8")


def _cost(item: PlanItem) -> str:
    return f"{display_text(Decimal(item.effective_cost))} {item.currency}" if item.currency else ""


def _size(plan: Plan) -> str:
    return f"{counted(len(plan.items), 'change')}, {amounts(plan) or 'cost not known'}"


def _moment(value: dt.datetime | str) -> str:
    return clock_text(dt.datetime.fromisoformat(value) if isinstance(value, str) else value)


def _shown(value: object) -> object:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _written(name: str, **values: Any) -> str:
    return _environment().get_template(name).render(values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tagwright_agent.approver"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(moment=_moment, size=_size, state=state_text)
    return environment
