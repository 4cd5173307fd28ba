"""The homes of the delivery orders: who is who, what was charged, and a bill that jumps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from alerts_world import FIRST, daily
from fake_slack import APP
from sample_home import charge, load
from tagwright.config import load_settings
from tagwright.people import load_people
from tagwright.proof import Book
from tagwright.remediation import PlanStore
from tagwright.state import engines, open_state

PEOPLE = """
people:
  lee: {slack: [T0001/U1], cli: [lee], may: [ask, propose, approve]}
  dana: {slack: [T0001/U2], may: [ask, propose, approve]}
  eve: {slack: [E0001/U3], may: [ask, approve]}
  mo: {slack: [T0001/U4], may: [ask], sees: {team: [nothing-of-it]}}
"""
NAMES = {"U1": "lee", "U2": "dana", "U3": "eve"}
CHANNELS = {"C1": [APP, "U1", "U2"], "C2": [APP, "U1", "U9"], "D1": [APP, "U1"]}
"""In C2 there is a guest."""
BILL = [
    charge(f"{number}.004", "2026-09-30", Tags={"team": f"t{number:03}"}) for number in range(1, 31)
]
FIGURES = [it for it in range(1, 30) if it % 10]
"""Of teams; the tens stand in plans, the largest in answers about all teams."""
WHOLE = "465.12"
JUMP = dt.date(2026, 9, 19)
RULES = "alerts: [{kind: spend_jump, as: dana, channel: T0001/C1}]\n"
SPENT = [*daily("200", FIRST, 80), *daily("500", JUMP, 3)]


def templates(folder: Path) -> list[Path]:
    """Homes to be copied: of eight seven that are asked, and one of alerts."""
    made: list[Path] = []
    for name, bill in (("asked", BILL), ("alerts", SPENT)):
        home = folder / name
        home.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TAGWRIGHT_HOME", str(home))
            load(home, bill)
        (home / "people.yaml").write_text(PEOPLE)
        if name == "alerts":
            (home / "alerts.yaml").write_text(RULES)
        settings = load_settings(home)
        store = PlanStore(open_state(settings), settings, load_people(settings))
        Book.open(settings, store.keys, "approver").close()
        made.append(home)
    engines._dispose_all()
    return [made[0]] * 7 + [made[1]]
