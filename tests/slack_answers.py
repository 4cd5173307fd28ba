"""A Slack in which a long answer stands, and who may see it."""

from __future__ import annotations

from typing import Any

from fake_slack import APP
from sample_home import charge

PEOPLE = """
people:
  lee: {slack: [T0001/U1], cli: [lee], may: [ask, propose]}
  dana: {slack: [T0001/U2], may: [ask, approve]}
  mo: {slack: [T0001/U4], may: [ask], sees: {team: [t063]}}
  pat: {slack: [T0001/U5], may: [ask], sees: {team: [t001, t002, t003]}}
"""
TEAMS = 63
BILL = [
    charge(f"{number}.004", "2026-09-30", ServiceName="Amazon EC2", Tags={"team": f"t{number:03}"})
    for number in range(1, TEAMS + 1)
]
ASKED = f"<@{APP}> total cost by team"


def table(said: dict[str, Any]) -> list[list[str]]:
    """The rows of the one table of a message, its head left out."""
    [found] = [block for block in said["blocks"] if block["type"] == "data_table"]
    return [[cell["text"] for cell in row] for row in found["rows"][1:]]
