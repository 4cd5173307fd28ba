"""What must hold of what stands in Slack and in the store's tables, whatever order things came in.

It shares no code with what it judges: it reads the fake's messages and the tables, and knows an
answer by the figure that its question alone has.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_slack import FakeSlack

__all__ = ["Asked", "Judge", "Plan"]

QUIET = ("chat.postEphemeral", "views.open", "views.publish")
"""What one person alone sees."""


@dataclass
class Asked:
    """A question that came.

    Attributes:
        ts: Of its message; empty of a command.
        thread: Of the thread it was asked in, where it went on in one; else empty.
        channel: Where.
        user: Who asked.
        figures: What its answers say, one each; none where no figure may be said.
        aloud: Every member may see it; else it is for who asked alone.
        files: Presses on CSV by who may, by the ts of the message: each of several has its rows.
        words: Last press of each who may on good or bad of that message: whether good.
    """

    ts: str
    channel: str
    user: str
    figures: list[str]
    aloud: bool
    thread: str = ""
    files: Counter[str] = field(default_factory=Counter)
    words: dict[tuple[str, str], bool] = field(default_factory=dict)


@dataclass
class Plan:
    """A plan whose message stands in a thread; who may, and pressed what."""

    id: str
    thread: str
    pressed: set[tuple[str, str]] = field(default_factory=set)


class Judge:
    """Told of all that people do; ``slips`` is how often a process died or a reply was lost."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.plans: list[Plan] = []
        self.alert = ""
        self.answered: set[str] = set()
        self.slips = 0
        self.violations: list[str] = []

    def wrong(self, what: str) -> None:
        self.violations.append(what)

    def judge(self, slack: FakeSlack, home: Path) -> None:
        """At the end, when all that was due is done."""
        for asked in self.asked:
            (self._aloud if asked.aloud else self._alone)(asked, slack)
        known = {it.ts for it in self.asked} | {it.thread for it in self.plans}
        for one in self._everything(slack):
            if one.get("streaming_state") == "in_progress" or "'plan'" in str(_types(one)):
                self.wrong(f"a stream stands: {one['ts']}")
            thread = one.get("thread_ts", "")
            if thread not in known and one["channel"].startswith("C") and not _alert(one):
                self.wrong(f"nobody asked for it: {_begin(one)}")
        with sqlite3.connect(home / "state.sqlite3") as con:
            self._queue(con)
            self._order(slack, con)
            self._words(con)
            for plan in self.plans:
                self._plan(plan, slack, con)
        con.close()
        if self.alert:
            self._alert(slack)

    def _everything(self, slack: FakeSlack) -> list[dict[str, Any]]:
        return [one for held in slack.messages.values() for one in held]

    def _aloud(self, asked: Asked, slack: FakeSlack) -> None:
        held = slack.messages.get(asked.channel, [])
        if asked.channel.startswith("D"):
            mine = [it for it in held if any(_says(it, one) for one in asked.figures)]
        else:
            thread = asked.thread or asked.ts
            others = [it for it in self.asked if it is not asked and thread in {it.ts, it.thread}]
            theirs = [one for it in others for one in it.figures]
            held = [it for it in held if it.get("thread_ts") == thread]
            mine = [it for it in held if not any(_says(it, one) for one in theirs)]
        said = [it for it in mine if "files" not in it]
        if len(said) != len(asked.figures):
            self.wrong(f"{asked.ts} has {len(said)} answers: {[*map(_begin, said)]}")
        for figure in asked.figures:
            if len([it for it in said if _says(it, figure)]) != 1:
                self.wrong(f"{asked.ts}: {figure} is not said once: {[*map(_begin, said)]}")
        files = 0 if asked.thread else len(mine) - len(said)  # they stand with who began it
        # Two presses within the moment in which Slack shares a file may make two.
        if not len(asked.files) <= files <= asked.files.total():
            self.wrong(f"{asked.ts} has {files} files of {asked.files} presses")

    def _alone(self, asked: Asked, slack: FakeSlack) -> None:
        """What one person sees cannot be read back: it may come again after each slip."""
        if not asked.ts:  # a command
            told = slack.responses
        else:
            told = [
                it for it in slack.ephemeral
                if it["user"] == asked.user and it.get("thread_ts") == asked.ts
            ]  # fmt: skip
        if asked.figures:
            told = [it for it in told if _says(it, asked.figures[0])]
        if not 1 <= len(told) <= 1 + self.slips:
            self.wrong(f"{asked.ts or 'a command'} of {asked.user} is told {len(told)} times")
        for method, body in slack.calls:
            if method in QUIET or body.get("channel") != asked.channel:
                continue
            if body.get("thread_ts") == asked.ts or any(_says(body, it) for it in asked.figures):
                self.wrong(f"{asked.ts} of {asked.user} was said aloud by {method}")

    def _queue(self, con: sqlite3.Connection) -> None:
        rows = con.execute("SELECT key, state FROM jobs WHERE kind = 'slack'").fetchall()
        left = [row for row in rows if row[1] != "done"]
        if left:
            self.wrong(f"not done: {left}")

    def _order(self, slack: FakeSlack, con: sqlite3.Connection) -> None:
        """Of one conversation, what came first is answered first."""
        rows = con.execute("SELECT body FROM jobs WHERE kind = 'slack' ORDER BY id").fetchall()
        bodies = [json.loads(row[0]) for row in rows]
        came = [body.get("came", body)["ts"] for body in bodies]
        talks: dict[str, list[Asked]] = {}
        for asked in sorted((it for it in self.asked if it.aloud and it.figures and it.ts),
                            key=lambda it: came.index(it.ts)):  # fmt: skip
            direct = asked.channel.startswith("D")
            talk = asked.channel if direct else asked.thread or asked.ts
            talks.setdefault(talk, []).append(asked)
        for talk, of_it in talks.items():
            wanted = [figure for it in of_it for figure in it.figures]
            held = slack.messages.get(of_it[0].channel, [])
            if not talk.startswith("D"):
                held = [it for it in held if it.get("thread_ts") == talk]
            found = [one for it in held for one in wanted if "files" not in it and _says(it, one)]
            if found != wanted:
                self.wrong(f"out of order in {talk}: {found}, it came as {wanted}")

    def _words(self, con: sqlite3.Connection) -> None:
        stored = con.execute("SELECT thread, person, good FROM feedback").fetchall()
        said = [
            (asked.ts, person, int(good))
            for asked in self.asked for (_, person), good in asked.words.items()
        ]  # fmt: skip
        if sorted((row[0].split(":")[3].split("@")[0], *row[1:]) for row in stored) != sorted(said):
            self.wrong(f"good or bad: {stored}, said was {said}")

    def _plan(self, plan: Plan, slack: FakeSlack, con: sqlite3.Connection) -> None:
        rows = con.execute(
            'SELECT decision, "by" FROM decisions WHERE plan_id = ?', (plan.id,)
        ).fetchall()
        signed = con.execute(
            "SELECT event FROM journal WHERE plan_id = ? AND event IN ('approved', 'rejected')",
            (plan.id,),
        ).fetchall()
        if len(rows) != bool(plan.pressed) or len(signed) != len(rows):
            self.wrong(f"{plan.id}: {rows}, {signed} of {plan.pressed}")
        if not {*rows} <= plan.pressed:
            self.wrong(f"{plan.id}: {rows}, but pressed was {plan.pressed}")
        held = [it for it in slack.messages.get("C1", []) if it.get("thread_ts") == plan.thread]
        main = [it for it in held if "nothing applies it" not in it["text"]]
        if len(main) != 1 or len(held) > 2:
            self.wrong(f"{plan.id} has messages {[*map(_begin, held)]}")
        for one in main:
            done = {"approve": "Approved by ", "reject": "Rejected by "}
            for decision, who in rows:
                if done[decision] + who not in one["text"] or "Approve" in _labels(one):
                    self.wrong(f"{plan.id} was decided by {who}, its message: {_begin(one)}")
            if not rows and "Approve" not in _labels(one):
                self.wrong(f"{plan.id} is undecided and cannot be approved: {_labels(one)}")

    def _alert(self, slack: FakeSlack) -> None:
        said = [it for it in slack.messages.get("C1", []) if it["text"].startswith(self.alert)]
        if len(said) != 1:
            self.wrong(f"the alert is told {len(said)} times")
        for one in said:
            found = set(re.findall(r"(?:Acknowledged|Planned|Snoozed) by \w+", one["text"]))
            if len(found) != bool(self.answered) or not found <= self.answered:
                self.wrong(f"the alert says {found}, pressed was {self.answered}")


def _says(message: dict[str, Any], figure: str) -> bool:
    return re.search(rf"(?<![\d.,]){re.escape(figure)} USD", str(message.get("text"))) is not None


def _alert(message: dict[str, Any]) -> bool:
    return "thread_ts" not in message and message["text"].startswith("Spend jumped")


def _types(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message.get("blocks") or []]


def _labels(message: dict[str, Any]) -> list[str]:
    return [
        one["text"]["text"]
        for block in message.get("blocks") or [] if block["type"] == "actions"
        for one in block["elements"]
    ]  # fmt: skip


def _begin(message: dict[str, Any]) -> str:
    return str(message.get("text"))[:70]
