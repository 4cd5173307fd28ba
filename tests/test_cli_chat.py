"""`tagwright chat` on a real terminal (pty): questions, follow-ups, decisions, the ways out."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from sample_home import charge, load
from scripted import ROWS
from tagwright.config import load_settings
from tagwright.context import open_context
from tagwright.people import People, os_user
from tagwright.receipts import run_tool
from tagwright.registry import load_registry
from tagwright.remediation import PlanStore
from tagwright.state import open_state

CHAT = "import sys; from tagwright_agent.cli import main; sys.exit(main(['chat']))"
APPROVE = CHAT.replace("['chat']", "['approve', sys.argv[1]]")
ASKED = ("> ", "later: ", "[y/N]: ")


def _at_the_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the test runner's workers ignore it


class Terminal:
    """A chat at the other end of a pty."""

    def __init__(self, home: Path, code: str = CHAT, *arguments: str) -> None:
        self.fd, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        environment = {**os.environ, "TAGWRIGHT_HOME": str(home), "TERM": "dumb"}
        environment.pop("COLUMNS", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdin=there, stdout=there, stderr=there, env=environment, start_new_session=True,
            preexec_fn=_at_the_terminal,  # noqa: PLW1509  no threads yet
        )  # fmt: skip
        os.close(there)
        self.opening = self.read()

    def read(self, patience: float = 60) -> str:
        """What is printed until it asks for input or ends."""
        said, end = "", time.monotonic() + patience
        while time.monotonic() < end and not said.endswith(ASKED):
            if not select.select([self.fd], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the other end is closed
                break
            said += data.decode()
        return said.replace("\r\n", "\n")

    def say(self, text: str) -> str:
        os.write(self.fd, text.encode())
        return self.read()

    def end(self) -> int:
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            os.close(self.fd)


def proposing_home(home: Path, *, approves: bool) -> None:
    """Two servers that say whose they are and one of the same name that does not.

    Whoever runs this may approve in one-person mode, and by a people.yaml may not.
    """
    tags = {"team": "search", "product": "search", "environment": "production",
            "cost-center": "CC-1"}  # fmt: skip
    if not approves:
        (home / "people.yaml").write_text(
            f"people: {{me: {{cli: ['{os_user()}'], may: [ask, propose]}}}}"
        )
    load(
        home,
        [
            charge(
                "10.00", "2026-09-30", ProviderName="AWS", ServiceName="Amazon EC2",
                SubAccountId="111122223333", ResourceType="Instance", ResourceName=f"rank-{number}",
                ResourceId=f"arn:aws:ec2:us-east-1:111122223333:instance/i-0{number}",
                Tags=tags if number < 3 else {},
            )
            for number in (1, 2, 3)
        ],
    )  # fmt: skip


@pytest.mark.slow  # a process with a terminal, that loads langgraph
def test_questions_follow_ups_and_commands(home: Path) -> None:
    load(home, ROWS)
    chat = Terminal(home)
    assert "/help lists the commands" in chat.opening
    assert "313.34 USD" in chat.say("billed cost by service in 2026-09\n")
    assert "120.00 USD" in chat.say("and in 2026-08?\n")
    assert "nothing a bill can answer" in chat.say("how is the weather?\n")
    assert "/receipt ID" in chat.say("/help\n")
    assert "none of the commands" in chat.say("/bogus\n")
    assert "Unknown receipt" in chat.say("/receipt rcp_0000000000000000\n")
    assert "No plan waits for a decision" in chat.say("yes\n")
    assert "No plan waits for a decision" in chat.say("/approve\n")
    assert "Unknown plan" in chat.say("/plan plan-none\n")
    assert chat.say("\n") == "\n> "
    chat.say("/quit\n")
    assert chat.end() == 0


@pytest.mark.parametrize("leaving", ["\x04", "\x03"], ids=["Ctrl-D", "Ctrl-C"])
def test_the_ways_out_are_no_failures(leaving: str, home: Path) -> None:
    load(home, ROWS)
    chat = Terminal(home)
    # A signal between readline's prompt and its wait is noticed at the next key only (CPython).
    time.sleep(0.5)
    said = chat.say(leaving)
    assert "Traceback" not in said
    assert chat.end() == 0


@pytest.mark.slow  # a process with a terminal, that loads langgraph
@pytest.mark.parametrize(
    ("answer", "state"), [("yes\n", "approved"), ("reject\n", "rejected"), ("\n", "proposed")]
)
def test_a_plan_is_decided_by_the_person_it_was_shown_to(
    answer: str, state: str, home: Path
) -> None:
    proposing_home(home, approves=True)
    chat = Terminal(home)
    shown = chat.say("propose tag fixes\n")
    assert "Digest sha256:" in shown
    assert shown.endswith("decide later: ")
    assert {"approved": "is approved", "rejected": "is rejected", "proposed": "Nothing is decided"}[
        state
    ] in chat.say(answer)
    chat.say("/quit\n")
    assert chat.end() == 0
    assert states(home) == [state]


@pytest.mark.slow  # a process with a terminal, that loads langgraph
def test_nobody_is_asked_who_may_not_approve(home: Path) -> None:
    proposing_home(home, approves=False)
    chat = Terminal(home)
    shown = chat.say("propose tag fixes\n")
    assert "tagwright approve plan-" in shown
    assert shown.endswith("\n> ")
    chat.say("/quit\n")
    assert chat.end() == 0
    assert states(home) == ["proposed"]


@pytest.mark.slow  # a process with a terminal, that loads langgraph
@pytest.mark.parametrize("said", ["/approve\n", "approve it\n"])
def test_where_it_cannot_be_decided_it_is_said_why(said: str, home: Path) -> None:
    """They may not approve: the plan is shown whole, and why it is not asked."""
    proposing_home(home, approves=False)
    chat = Terminal(home)
    chat.say("propose tag fixes\n")
    shown = chat.say(said)
    assert "arn:aws:ec2:us-east-1:111122223333:instance/i-03\n" in shown
    assert "team         (absent) → search" in shown
    assert "cannot be approved here: me may not approve plans" in " ".join(shown.split())
    assert "tagwright approve plan-" in shown
    assert shown.endswith("\n> ")
    assert "Unknown plan" in chat.say("/approve plan-none\n")
    assert "arn:aws:ec2:us-east-1:111122223333:instance/i-03\n" in chat.say("/plan\n")
    assert "it holds no right to" in " ".join(chat.say("apply it\n").split())
    chat.say("/quit\n")
    assert chat.end() == 0
    assert states(home) == ["proposed"]


@pytest.mark.slow  # a process with a terminal
def test_who_asked_for_a_plan_can_reject_it(home: Path) -> None:
    proposing_home(home, approves=False)
    chat = Terminal(home)
    chat.say("propose tag fixes\n")
    assert chat.say("/reject\n").endswith("Reject exactly this plan? yes / Enter to decide later: ")
    assert "is rejected by me" in chat.say("yes\n")
    chat.say("/quit\n")
    assert chat.end() == 0
    assert states(home) == ["rejected"]


@pytest.mark.slow  # two processes with a terminal
def test_a_plan_of_another_conversation_is_shown_whole_and_asked_about(home: Path) -> None:
    proposing_home(home, approves=True)
    first = Terminal(home)
    assert first.say("propose tag fixes\n").endswith("decide later: ")
    first.say("\n")
    first.say("/quit\n")
    assert first.end() == 0
    chat = Terminal(home)
    shown = chat.say("/plan\n")
    assert "rank-3 (instance/i-03)  10.00 USD" in shown
    asked = chat.say("/approve\n")
    assert "Digest sha256:" in asked
    assert asked.endswith("decide later: ")
    assert "is approved by cli:" in chat.say("yes\n")
    assert "was approved by" in " ".join(chat.say("/reject\n").split())
    chat.say("/quit\n")
    assert chat.end() == 0
    assert states(home) == ["approved"]


@pytest.mark.slow  # a process with a terminal
@pytest.mark.parametrize(("answer", "state"), [("y\n", "approved"), ("\n", "proposed")])
def test_approve_at_the_terminal_shows_the_plan_and_asks(
    answer: str, state: str, home: Path
) -> None:
    proposing_home(home, approves=True)
    with open_context(load_settings(home)) as ctx:
        plan = run_tool(load_registry(), "propose_tag_fixes", {}, ctx).details["plan"]
    terminal = Terminal(home, APPROVE, plan["id"])
    assert "arn:aws:ec2:us-east-1:111122223333:instance/i-03\n" in terminal.opening
    assert plan["digest"] in terminal.opening
    assert terminal.opening.endswith("[y/N]: ")
    terminal.say(answer)
    assert terminal.end() == (0 if state == "approved" else 1)
    assert states(home) == [state]


def states(home: Path) -> list[str]:
    settings = load_settings(home)
    state = open_state(settings)
    try:
        plans = PlanStore(state, settings, People("people.yaml")).list()
    finally:
        state.close()
    return [plan.state for plan in plans]


@pytest.mark.slow  # a process that loads langgraph
def test_json_answers_each_line(home: Path) -> None:
    load(home, ROWS)
    done = subprocess.run(
        [sys.executable, "-c", CHAT.replace("['chat']", "['chat', '--json']")],
        input="billed cost in 2026-09\n\nhow is the weather?\n", capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)["answers"]
    assert [answer["status"] for answer in answers] == ["answered", "refused"]
