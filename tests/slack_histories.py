"""Delivery orders: Slack sends, people press, processes die, and two work on one home.

Everything comes to the real Bolt app, signed. A delivery may come twice, late, as a mention and a
message, or to a process that dies before it acknowledges; Slack then sends it again. Workers stand
still around all that others can see of them (slack_processes.py), until it is their turn. Which of
all that happens when is drawn: in the tests by fixed numbers, and by

    python tests/slack_histories.py --orders 1000 --seed 1

The judge (slack_judge.py) shares no code with what it judges.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import BoltRequest

from approval_actors import Killed
from fake_slack import APP, SECRET, TOKEN, FakeSlack, fake_slack, interaction, message, signature
from plans import change, plan_of
from slack_homes import CHANNELS, FIGURES, NAMES, WHOLE, templates
from slack_judge import Asked, Judge, Plan
from slack_processes import Process, patched
from slack_world import under
from tagwright.config import Settings, load_settings
from tagwright.people import load_people
from tagwright.remediation import PlanStore
from tagwright.state import open_state
from tagwright_agent.slack.app import bolt_app, web_client
from tagwright_agent.slack.inbox import Inbox
from tagwright_agent.slack.plans import show
from tagwright_agent.slack.tokens import Tokens
from tagwright_agent.slack.worker import work_once

__all__ = ["History", "play"]

FAULTS = {
    "chat.postMessage": ("lost", "drop", "500", "429"), "chat.update": ("lost", "drop", "500"),
    "chat.postEphemeral": ("lost", "drop", "500"), "chat.startStream": ("lost", "drop", "500"),
    "chat.appendStream": ("lost", "500"), "chat.stopStream": ("lost", "drop", "500"),
    "conversations.replies": ("drop", "500"), "respond": ("500", "429"), "upload": ("500", "drop"),
    "files.completeUploadExternal": ("lost", "drop", "500"),
}  # fmt: skip
SENT = dict[str, Any] | str


class History:
    """One order of things in a home of its own; see the module."""

    def __init__(
        self, home: Path, slack: FakeSlack, draw: random.Random, patch: pytest.MonkeyPatch
    ) -> None:
        self.home, self.slack, self.draw = home, slack, draw
        self.settings: Settings = load_settings(home)
        self.judge, self.said = Judge(), Counter[str]()
        self.later, self.pressed = dt.timedelta(0), 0
        self.alerts = (home / "alerts.yaml").exists()
        self.streams = draw.random() < 0.3
        self.waiting: list[SENT] = []
        self.sent: list[SENT] = []
        self.processes: list[Process] = []
        self.figures = draw.sample(FIGURES, len(FIGURES))
        patched(patch, streams=self.streams)
        self.app = bolt_app(self.settings, Tokens(TOKEN, SECRET), lambda: None)
        self.client = web_client(self.settings, TOKEN)
        if self.alerts:
            self.judge.alert = "Spend jumped"

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.later

    # --- what people do ------------------------------------------------------------------------

    def asks(self) -> None:
        """Somebody writes: one event or two of it are on their way."""
        number = len(self.judge.asked)
        if self.alerts or number >= 4:
            return
        ts = f"1800000000.{number:06d}"
        where = self.draw.choice(("C1", "C1", "C1", "C1", "D1", "C2"))
        user = "U1" if where != "C1" else self.draw.choice(("U1", "U1", "U2", "U9"))
        kind = self.draw.choice(("one", "one", "several", "whole"))
        words, figures = self.question(kind if where == "C1" else "one")
        aloud = where != "C2" and user != "U9"
        self.judge.asked.append(Asked(ts, where, user, figures if user != "U9" else [], aloud))
        self.said[kind if where == "C1" else where] += 1
        text = words if where == "D1" else f"<@{APP}> {words}"
        more = {"user": user, "channel": where, "ts": ts}
        twin = message(text, **more, kind="message", event_id=f"Ev{number}m",
                       channel_type="im" if where == "D1" else "channel")  # fmt: skip
        if where == "D1":
            self.comes(twin)
            return
        self.comes(message(text, **more, event_id=f"Ev{number}"))
        if self.draw.random() < 0.5:
            self.comes(twin)

    def goes_on(self) -> None:
        """Somebody asks on in a thread; Slack may be away, and the first one not be answered."""
        begun = [it for it in self.judge.asked if it.channel == "C1" and it.aloud and it.ts]
        if not begun or len(self.judge.asked) > 6 or self.figures == []:
            return
        first = self.draw.choice(begun)
        thread, number = first.thread or first.ts, len(self.judge.asked)
        ts, (words, figures) = f"1800000000.{number:06d}", self.question("one")
        self.judge.asked.append(Asked(ts, "C1", "U1", figures, aloud=True, thread=thread))
        self.comes(message(f"<@{APP}> {words}", user="U1", channel="C1", ts=ts,
                           event_id=f"Ev{number}", thread_ts=thread))  # fmt: skip
        self.said["goes on"] += 1

    def question(self, kind: str) -> tuple[str, list[str]]:
        if kind == "whole":
            return "total cost by team", [WHOLE]
        mine = [self.figures.pop() for _ in range(2 if kind == "several" else 1)]
        return "\n".join(f"total cost of team t{it:03}?" for it in mine), [
            f"{it}.00" for it in mine
        ]

    def commands(self) -> None:
        if self.alerts or any(not it.ts for it in self.judge.asked):
            return
        words, figures = self.question("one")
        self.judge.asked.append(Asked("", "C1", "U1", figures, aloud=False))
        url = self.slack.url.replace("/api/", "/respond/command")
        self.comes(
            "&".join(["command=%2Ftagwright", "team_id=T0001", "user_id=U1", "channel_id=C1",
                      f"text={words}", "trigger_id=command.1", f"response_url={url}"])
        )  # fmt: skip
        self.said["command"] += 1

    def proposes(self) -> None:
        if self.alerts or len(self.judge.plans) == 2:
            return
        plan = Plan(f"plan-{len(self.judge.plans) + 1}", f"1800000001.{len(self.judge.plans):06d}")
        times = {"created_at": self.now(), "expires_at": self.now() + dt.timedelta(hours=72)}
        state = open_state(self.settings)
        made = plan_of(change(1), change(2, before="old"), by="lee", plan_id=plan.id, **times)
        PlanStore(state, self.settings, load_people(self.settings)).save(made, self.now())
        show(state, plan.id, team="T0001", channel="C1", thread_ts=plan.thread, now=self.now())
        state.close()
        self.judge.plans.append(plan)
        self.said["plan"] += 1

    def presses(self) -> None:
        """Somebody presses what they see somewhere; the button may be gone when it comes."""
        held = [it for it in self.slack.messages.get("C1", []) if it.get("blocks")]
        held = [it for it in held if it.get("streaming_state") != "in_progress" and under(it)]
        if not held:
            return
        said = self.draw.choice(held)
        label = self.draw.choice([*under(said)])
        for _ in range(self.draw.choice((1, 1, 2))):  # clicked twice, or two at once
            self.press(said, label, self.draw.choice(("U1", "U2", "U2", "U3", "U4", "U9")))

    def press(self, said: dict[str, Any], label: str, user: str) -> None:
        self.pressed += 1
        self.note(said, label, user)
        button = under(said)[label]
        container = {"type": "message", "channel_id": "C1", "message_ts": said["ts"]}
        if "thread_ts" in said:
            container["thread_ts"] = said["thread_ts"]
        kept = {name: said[name] for name in ("ts", "thread_ts", "user") if name in said}
        action = {"action_id": button["action_id"], "value": button["value"],
                  "action_ts": f"{1_800_000_000 + self.pressed}.000100"}  # fmt: skip
        self.comes(interaction(
            "block_actions", user=user, team="E0001" if user == "U3" else "T0001",
            trigger_id=f"press.{self.pressed}", channel={"id": "C1"}, container=container,
            message=kept, actions=[action], response_url=self.slack.hook(said),
        ))  # fmt: skip
        self.said[label] += 1

    def note(self, said: dict[str, Any], label: str, user: str) -> None:
        """Tell the judge of it, where it may change something."""
        thread, judge = said.get("thread_ts"), self.judge
        may = user in NAMES and (user != "U1" or label != "Approve")  # lee asked for each plan
        for plan in judge.plans:
            if plan.thread == thread and label == "Approve" and may:
                plan.pressed.add(("approve", NAMES[user]))
        for asked in judge.asked:
            if asked.ts == thread and may:
                if label == "CSV":
                    asked.files[said["ts"]] += 1
                if label in {"Good answer", "Bad answer"}:
                    asked.words[said["ts"], NAMES[user]] = label == "Good answer"
        does = {"Acknowledge": "Acknowledged", "Planned": "Planned", "Snooze 7 days": "Snoozed"}
        if label in does and user in NAMES:
            judge.answered.add(f"{does[label]} by {NAMES[user]}")

    def submits(self) -> None:
        """Somebody sends a form that was opened: of a plan that is not to be."""
        forms = [it for it in self.slack.views if "reject" in it["callback_id"]]
        if not forms:
            return
        view = self.draw.choice(forms)
        user = self.draw.choice(("U2", "U3", "U9"))
        thread = json.loads(view["private_metadata"])["thread_ts"]
        plan = next(it for it in self.judge.plans if it.thread == thread)
        self.pressed += 1
        if user in NAMES:
            plan.pressed.add(("reject", NAMES[user]))
        values = {block["block_id"]: {block["block_id"]: {"value": "not now"}}
                  for block in view["blocks"] if block["type"] == "input"}  # fmt: skip
        sent = {**view, "id": f"V{self.pressed}", "state": {"values": values}}
        self.comes(interaction(
            "view_submission", user=user, team="E0001" if user == "U3" else "T0001",
            trigger_id=f"form.{self.pressed}", view=sent,
        ))  # fmt: skip
        self.said["form"] += 1

    # --- what Slack does -----------------------------------------------------------------------

    def comes(self, sent: SENT) -> None:
        self.waiting.append(sent)

    def delivers(self) -> None:
        """One of what is on its way arrives, whichever; what is not acknowledged comes again."""
        if self.waiting:
            sent = self.waiting.pop(self.draw.randrange(len(self.waiting)))
            if self.draw.random() < 0.15:
                self.said["died before the acknowledgement"] += 1
                self.dies_storing(sent)
                self.waiting.append(sent)
            elif self.deliver(sent) != 200:
                self.judge.wrong("Slack was not acknowledged")
            self.sent.append(sent)

    def again(self) -> None:
        """Slack sends something a second time: our answer was lost on its way."""
        if self.sent:
            self.said["sent again"] += 1
            self.deliver(self.draw.choice(self.sent))

    def deliver(self, sent: SENT) -> int:
        body = sent if isinstance(sent, str) else json.dumps(sent)
        kind = "application/x-www-form-urlencoded" if isinstance(sent, str) else "application/json"
        headers = {"content-type": kind, **signature(body, int(time.time()))}
        return int(self.app.dispatch(BoltRequest(body=body, headers=headers)).status)

    def dies_storing(self, sent: SENT) -> None:
        """The process that it comes to dies, before or after it stored it."""
        real, stores = Inbox.store, self.draw.random() < 0.5

        def store(*arguments: Any) -> Any:
            if stores:
                real(*arguments)
            raise Killed

        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
            patch.setattr(Inbox, "store", store)
            self.deliver(sent)

    def trouble(self) -> None:
        method = self.draw.choice([*FAULTS])
        fault = self.draw.choice(FAULTS[method])
        self.slack.faults.setdefault(method, []).append(fault)
        self.judge.slips += 1  # it may be that nobody knows whether it was said
        self.said["fault"] += 1

    # --- what processes do -----------------------------------------------------------------------

    def starts(self) -> None:
        if len(self.processes) < 2:
            name = f"process-{self.said['process']}"
            self.said["process"] += 1
            self.processes.append(Process(name, lambda: self.works(name)))

    def works(self, name: str) -> None:
        for _ in range(20):
            if not work_once(self.settings, lambda _: self.client, name, self.now):
                return

    def turn(self, process: Process) -> None:
        self.beats(process)
        process.turn()
        if process.over:
            self.processes.remove(process)
            if process.error is not None:
                self.judge.wrong(f"a process ended with {process.error!r}")

    def kill(self) -> None:
        if self.processes:
            self.processes.pop(self.draw.randrange(len(self.processes))).kill()
            self.judge.slips += 1
            self.said["killed"] += 1

    def waits(self) -> None:
        """Time passes; a process that lives says so, or stands still as a whole, not in a call."""
        longer = (61, 61, 700) if all(it.fenced for it in self.processes) else ()
        seconds = self.draw.choice((4, 20, *longer))
        self.later += dt.timedelta(seconds=seconds)
        if seconds <= 20:
            for process in self.processes:
                self.beats(process)
        else:
            self.judge.slips += 1  # who comes back too late may have whispered before

    def beats(self, process: Process) -> None:
        """What its thread for that does, at the store's clock (test_slack_inbox.py)."""
        at = self.now().isoformat(timespec="microseconds")
        with sqlite3.connect(self.home / "state.sqlite3") as con:
            con.execute(
                "UPDATE jobs SET heartbeat = ? WHERE state = 'taken' AND owner = ?",
                (at, process.name),
            )
        con.close()

    # --- all of it -----------------------------------------------------------------------------

    def run(self) -> list[str]:
        """What was violated."""
        acts: list[Callable[[], None]] = [
            self.asks, self.asks, self.goes_on, self.goes_on, self.delivers, self.delivers,
            self.delivers, self.starts, self.starts, self.starts, self.presses, self.presses,
            self.presses, self.submits,
            self.waits, self.waits, self.kill, self.trouble, self.again, self.commands,
            self.proposes,
        ]  # fmt: skip
        if self.draw.random() < 0.5:
            self.proposes()
        self.asks()
        for _ in range(self.draw.randint(80, 180)):
            if self.processes and self.draw.random() < 0.75:
                self.turn(self.draw.choice(self.processes))
            else:
                self.draw.choice(acts)()
        self.calm_down()
        self.judge.judge(self.slack, self.home)
        return self.judge.violations

    def calm_down(self) -> None:
        """All that is on its way arrives, and every process comes to an end."""
        self.slack.faults.clear()
        while self.waiting:
            self.delivers()
        for _ in range(6):
            self.starts()
            while self.processes:
                self.turn(self.processes[0])
            self.later += dt.timedelta(minutes=11)


def play(folder: Path, made: list[Path], slack: FakeSlack, draw: random.Random) -> History:
    """One history in a new home in ``folder``; its judge says what was violated."""
    home = folder / f"home-{draw.random()}"
    shutil.copytree(draw.choice(made), home)
    for held in (slack.messages, slack.ephemeral, slack.views, slack.calls, slack.faults,
                 slack.responses, slack.files, slack.hooks, slack.statuses):  # fmt: skip
        held.clear()
    slack.channels = {name: [*members] for name, members in CHANNELS.items()}
    slack.bots = {APP}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGWRIGHT_HOME", str(home))
        patch.setenv("TAGWRIGHT_SLACK__API_URL", slack.url)
        history = History(home, slack, draw, patch)
        history.run()
    shutil.rmtree(home)
    return history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the homes are made; on tmpfs it takes less long")
    args = parser.parse_args()
    counts, bad = Counter[str](), 0
    os.environ.pop("TAGWRIGHT_HOME", None)
    with tempfile.TemporaryDirectory(dir=args.folder) as name, fake_slack() as slack:
        made = templates(Path(name))
        for number in range(args.seed, args.seed + args.orders):
            history = play(Path(name), made, slack, random.Random(number))  # noqa: S311  the same again
            counts += history.said
            counts["orders"] += 1
            counts["streamed"] += sum(it[0] == "chat.startStream" for it in slack.calls)
            if history.judge.violations:
                bad += 1
                print(f"order {number}: {history.judge.violations[:3]}", flush=True)
            if counts["orders"] % 100 == 0:
                print(dict(counts), flush=True)
    print(f"{counts['orders']} orders, {bad} with a violation: {dict(counts)}")
    raise SystemExit(bad > 0)


if __name__ == "__main__":
    main()
