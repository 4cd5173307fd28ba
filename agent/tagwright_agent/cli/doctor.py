"""``tagwright doctor`` and ``tagwright keys``: what is separated from what, and what is not."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from tagwright.config import Settings
    from tagwright.proof.separation import Finding

__all__ = ["doctor", "keys", "print_findings"]

_SIGNS = {"good": "ok   ", "note": "note ", "fault": "fault"}
_STYLES = {"good": "green", "note": "yellow", "fault": "red"}


@click.command("doctor")
@common_options
def doctor(as_json: bool, home: Path | None) -> int:
    """Say who you are, where keys and plans are, and what protects what; status 1 for a fault."""
    settings = settings_for(home)
    found = list(_findings(settings))
    faults = sum(one.level == "fault" for one in found)
    if as_json:
        emit_json({"findings": [vars(one) for one in found], "faults": faults})
        return 1 if faults else 0
    print_findings(console(), found)
    return 1 if faults else 0


def print_findings(out: Console, found: Sequence[Finding]) -> None:
    """One finding a paragraph: its sign, what it is about, and what it says, under each other."""
    width = max(len(one.about) for one in found)
    for one in found:
        out.print(_SIGNS[one.level], style=_STYLES[one.level], end=" ")
        text = textwrap.fill(one.text, max(out.width - width - 8, 20), break_on_hyphens=False)
        out.print(f"{one.about:<{width}}  ", end="")
        out.print(
            textwrap.indent(text, " " * (width + 8)).lstrip(), highlight=False, soft_wrap=True
        )


def _findings(settings: Settings) -> list[Finding]:
    from tagwright.proof.separation import separation

    return [_person(settings), *separation(settings), *_store(settings), _credentials()]


def _person(settings: Settings) -> Finding:
    from tagwright.errors import TagwrightError
    from tagwright.people import at_terminal, load_people
    from tagwright.proof.separation import Finding

    try:
        people, who = load_people(settings), at_terminal(settings)
    except TagwrightError as error:
        return Finding("fault", "people", str(error))
    if people.one_person:
        text = f"One-person mode: you are {who.id}, see everything, and approve your own plans."
        return Finding("note", "people", text)
    if not who.person:
        return Finding("note", "people", f"You ({who.proven}) are nobody in {people.source}.")
    return Finding("good", "people", f"You are {who.person} of {len(people.all)} people.")


def _store(settings: Settings) -> list[Finding]:
    from tagwright.errors import TagwrightError
    from tagwright.people import at_terminal, scope_of
    from tagwright.proof.separation import Finding
    from tagwright.remediation import PlanStore
    from tagwright.remediation.audit import audit, plan_faults

    try:
        with PlanStore.open(settings) as store:
            url = store.state.engine.url
            found = audit(store)
            faults = found.faults or plan_faults(store, found.entries)
            part = scope_of(store.people, at_terminal(settings)) is not None
    except TagwrightError as error:
        return [Finding("fault", "state store", str(error))]
    sqlite = url.get_backend_name() == "sqlite"
    where = f"SQLite, {url.database}" if sqlite else f"PostgreSQL on {url.host or 'a socket'}"
    # What is in it tells of every plan, and so does how much.
    wrong = "It does not verify." if part else f"It does not verify: {', '.join(faults[:1])}."
    right = "It verifies." if part else f"{len(found.entries)} entries verify."
    journal = Finding("fault" if faults else "good", "journal", wrong if faults else right)
    return [Finding("good", "state store", f"{where}."), journal]


def _credentials() -> Finding:
    from tagwright.proof.separation import Finding
    from tagwright.remediation.writers import own_credentials

    method = own_credentials()
    if not method:
        return Finding("good", "cloud", "No AWS credentials are here: this process cannot write.")
    text = f"AWS credentials are here ({method}): every process of this user may use them."
    return Finding("note", "cloud", text)


@click.group("keys")
def keys() -> None:
    """The keys that sign decisions and what was written."""


@keys.command("make")
@click.argument("role", type=click.Choice(["approver", "applier"]))
@common_options
def make(role: str, as_json: bool, home: Path | None) -> None:
    """Make the key of this home's role, where approver and applier have homes of their own.

    In one home the first approval and the first apply make them. A key that is there stays.
    """
    from tagwright.proof import ROLES, Keys

    found = Keys.of(settings_for(home))
    chosen = next(it for it in ROLES if it == role)
    fingerprint = found.signer(chosen).verifier.fingerprint
    public = found.folder / f"{chosen}.pub"
    if as_json:
        emit_json({"role": chosen, "fingerprint": fingerprint, "public": str(public)})
        return
    console().print(f"The {chosen}'s key {fingerprint} is in {found.folder}.", highlight=False)
    console().print(f"Copy {public} into the keys folder of the other homes.", highlight=False)
