"""``tagwright alerts check``: whether alerts.yaml holds, and what would be told now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.alerts import Due
    from tagwright.config import Settings
    from tagwright.people import Principal

__all__ = ["alerts"]


@click.group("alerts")
def alerts() -> None:
    """What is told without being asked: alerts.yaml."""


@alerts.command("check")
@common_options
def check(as_json: bool, home: Path | None) -> None:
    """Check alerts.yaml, and say what would be told now and where. Nothing is sent.

    Without the file, what its defaults would find for you. Of a rule whose person sees more than
    you do, nothing is shown.
    """
    from tagwright.alerts import alerts_path, load_alerts
    from tagwright.people import at_terminal, load_people, require
    from tagwright.registry import load_registry

    settings = settings_for(home)
    me, now = at_terminal(settings), dt.datetime.now(dt.UTC)
    require(load_people(settings), me, "ask")
    source = str(alerts_path(settings))
    rules = load_alerts(settings)
    found = _found(settings, me, now, load_registry(), told=rules is not None)
    shown = [one for one in found if _may_see(settings, me, one)]
    notes = _notes(source, rules is not None, len(found) - len(shown))
    last = _last_said(settings)
    if as_json:
        told = [{**one.as_dict(), "last": last.get(one.finding.cause)} for one in shown]
        emit_json({"source": source, "rules": len(rules.alerts) if rules else 0,
                   "told": told, "notes": notes})  # fmt: skip
        return
    _show(shown, notes, last)


def _found(
    settings: Settings, me: Principal, now: dt.datetime, registry: Any, *, told: bool
) -> list[Due]:
    """By the file; without one by the defaults, asked as who is here and told nowhere."""
    from tagwright.alerts import DEFAULTS, Due, due, look

    if told:
        return due(settings, registry, now)
    return [
        Due(number, me, None, finding)
        for number, rule in enumerate(DEFAULTS, 1)
        for finding in look(settings, rule, me, registry, now)
    ]


def _may_see(settings: Settings, me: Principal, one: Due) -> bool:
    from tagwright.alerts import may_see, needed
    from tagwright.people import load_people

    people = load_people(settings)
    return may_see(people, me, needed(people, one.who, one.finding.team))


def _notes(source: str, there: bool, hidden: int) -> list[str]:
    from tagwright.text import counted

    notes = []
    if not there:
        notes.append(
            f"There is no {source}, so nothing is told. This is what its defaults find for you; "
            "docs/alerts.md shows how to write one."
        )
    if hidden:
        notes.append(f"{counted(hidden, 'finding')} of people who see more than you are not shown.")
    return notes


def _last_said(settings: Settings) -> dict[str, str]:
    """What the journal said last of each cause: told, or why not."""
    from tagwright.state import open_state

    state = open_state(settings)
    try:
        entries = [it for it in state.journal() if it.event.startswith("alert_")]
    finally:
        state.close()
    return {
        str(entry.body.get("cause")): f"{entry.event.removeprefix('alert_')} {entry.at[:10]}"
        + (f": {entry.body['why']}" if entry.body.get("why") else "")
        for entry in entries
    }


def _show(shown: list[Due], notes: list[str], last: dict[str, str]) -> None:
    from tagwright.blocks import Cell, sentence
    from tagwright.render.terminal import print_blocks

    out = console()
    for note in notes:
        out.print(note, soft_wrap=True)
    for number, one in enumerate(shown):
        if number:
            out.print()
        where = f"To {one.channel}" if one.channel else "To nobody: no channel of its owner"
        owner = one.finding.owner or "nobody known"
        more = f"; {last[one.finding.cause]}" if one.finding.cause in last else ""
        head = sentence(f"{where} (rule {one.rule}, {one.finding.kind}, owner ",
                        Cell(value=owner, kind="name"), f"){more}.")  # fmt: skip
        print_blocks(out, [head, *one.finding.blocks])
    if not shown:
        out.print("Nothing would be told now.")
