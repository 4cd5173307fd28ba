"""``tagwright people check`` and ``tagwright whoami``: who is who, and what each may."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import AccessError, ConfigError, SnapshotError, UnknownNameError
from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from tagwright.config import Settings
    from tagwright.people import People
    from tagwright.people.check import Finding

__all__ = ["people", "whoami"]


@click.group("people")
def people() -> None:
    """Who is who over all channels: people.yaml."""


@people.command("check")
@common_options
def check(as_json: bool, home: Path | None) -> int:
    """Check people.yaml: who is who, what contradicts, names that no data has.

    Exit status 1 where something cannot be meant so.
    """
    from tagwright.people import People, load_people, people_path
    from tagwright.people.check import Finding, oddities

    settings = settings_for(home)
    unseen = ""
    try:
        found = load_people(settings)
    except ConfigError as error:
        found = People(str(people_path(settings)))
        findings = [Finding("fault", "people.yaml", str(error))]
    else:
        named, unseen = _names(settings, found)
        findings = [*oddities(found), *named]
    faulty = any(one.level == "fault" for one in findings)
    if as_json:
        everybody = [person.as_dict() for person in found.all.values()]
        emit_json(
            {
                "source": found.source,
                "one_person": found.one_person and not faulty,
                "people": everybody,
                "findings": [asdict(one) for one in findings],
                "data_not_looked_at": unseen,
            }
        )
    else:
        _show(console(), found, findings, unseen)
    return 1 if faulty else 0


def _names(settings: Settings, found: People) -> tuple[list[Finding], str]:
    """Names that no data has, asked as ``query_costs`` is; and why the data was not looked at."""
    from tagwright.context import open_context
    from tagwright.people.check import Finding, named_values
    from tagwright.receipts import run_tool
    from tagwright.registry import load_registry

    findings: list[Finding] = []
    wanted = named_values(found)
    if not wanted:
        return [], ""
    registry = load_registry()
    try:
        with open_context(settings) as ctx:
            ctx.snapshot  # noqa: B018  opened here to see whether there is one
            if ctx.scope is not None:
                return [], "You may see a part of the data."
            for about, dimension, value in wanted:
                one = {"dimension": dimension, "values": [value]}
                asked = {"metric": "charge_count", "filters": [one], "period": "all", "limit": 1}
                try:
                    run_tool(registry, "query_costs", asked, ctx)
                except UnknownNameError as error:
                    level = "fault" if error.kind == "dimension" else "doubt"
                    text = f"{dimension} {value!r}: {error}"
                    findings.append(Finding(level, about, text))  # type: ignore[arg-type]
    except (AccessError, SnapshotError) as error:
        return [], str(error)
    return findings, ""


def _show(out: Console, found: People, findings: list[Finding], unseen: str) -> None:
    from tagwright.blocks import grid
    from tagwright.people import ONE_PERSON
    from tagwright.render.terminal import print_blocks
    from tagwright.text import clean

    if found.one_person and not findings:
        out.print(ONE_PERSON, soft_wrap=True)
        out.print("Write people.yaml to tell people apart; docs/people.md shows how.")
        return
    if not found.one_person:
        out.print(f"People of {found.source}.", soft_wrap=True)
        rows = [
            [
                person.id,
                ", ".join(f"{name} {one}" for name, ids in person.channels.items() for one in ids),
                ", ".join(person.groups),
                ", ".join(person.as_dict()["may"]),
            ]
            for person in found.all.values()
        ]
        heads = [("Person", "code"), ("Proven by", "text"), ("Groups", "text"), ("May", "text")]
        print_blocks(out, [grid(heads, rows)])  # type: ignore[arg-type]
    for one in findings:
        style = "red" if one.level == "fault" else "yellow"
        out.print(f"{one.level}: {clean(one.about)}: {clean(one.text)}", style=style)
    if unseen:
        out.print(f"Whether the data has these names is not known: {clean(unseen)}")
    if not findings:
        out.print("Nothing is wrong or contradicts.")


@click.command("whoami")
@common_options
def whoami(as_json: bool, home: Path | None) -> int:
    """Tell who you are here, and what you see, may do and approve.

    Exit status 1 where there is a people.yaml that knows nobody that you are.
    """
    from tagwright.people import ONE_PERSON, load_people, os_user

    settings = settings_for(home)
    found, user = load_people(settings), os_user()
    person = found.of("cli", user)
    said: dict[str, Any] = {
        "source": found.source,
        "one_person": found.one_person,
        "proven": {"cli": user},
        **(person.as_dict() if person else {"person": None}),
    }
    if as_json:
        emit_json(said)
        return 0 if person else 1
    out = console()
    if person is None:
        out.print(
            f"The operating system's user {user!r} is nobody in {found.source}.", soft_wrap=True
        )
        out.print(f"Whoever administers it adds to a person there: cli: [{user}]", markup=False)
        return 1
    out.print(f"{person.id}, as the operating system's user {user!r}.")
    if found.one_person:
        out.print(f"{ONE_PERSON} See docs/people.md.")
        return 0
    for name, ids in said["channels"].items():
        out.print(f"{name}: {', '.join(ids)}")
    out.print(f"Groups: {', '.join(person.groups) or 'none'}")
    out.print(f"Sees: {'; or '.join(_filters(one) for one in person.sees) or 'everything'}")
    out.print(f"May: {', '.join(said['may']) or 'nothing'}")
    if "approve" in person.may:
        limits = [_filters(one) for one in said["approves"]]
        out.print(f"Approves: {'; or '.join(limits) or 'any plan of somebody else'}")
    return 0


def _filters(one: Any) -> str:
    return ", ".join(
        f"{key} {' or '.join(value) if isinstance(value, list | tuple) else value}"
        for key, value in one.items()
    )
