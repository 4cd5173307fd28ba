"""``tagwright chat``: a conversation in the terminal, with approvals where the policy lets one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import TagwrightError
from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from tagwright.config import Settings
    from tagwright_agent.session import Answer, Pending, Session

__all__ = ["chat"]

_COMMANDS = {
    "/help": "this list",
    "/plans": "plans, the newest first",
    "/receipt ID": "run a receipt again",
    "/quit": "leave (as do Ctrl-D and Ctrl-C)",
}
_DECISIONS = frozenset({"yes", "approve", "approve it", "reject", "apply", "apply it", "do it"})
_ASK = "Approve exactly this plan? yes / reject / Enter to decide later: "


@click.command("chat")
@click.option("--thread", metavar="ID", help="Go on with this conversation.")
@common_options
def chat(thread: str | None, as_json: bool, home: Path | None) -> None:
    """Ask, follow up, and decide on plans.

    A plan can be approved here only by whom the policy lets approve by chat. With --json nothing
    is asked; the answers to the lines of stdin are printed at its end.
    """
    from tagwright_agent.session import Session

    settings = settings_for(home)
    with Session(settings, thread, interactive=not as_json) as session:
        if as_json:
            emit_json({"thread": session.thread, "answers": _answers(session)})
            return
        _Conversation(session, settings, home).run(known=thread is not None)


def _answers(session: Session) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            found.append(session.ask(line).as_dict())
        except TagwrightError as error:
            found.append({"error": error.as_dict()})
    return found


class _Conversation:
    """The loop at the prompt."""

    def __init__(self, session: Session, settings: Settings, home: Path | None) -> None:
        self.session = session
        self.settings = settings
        self.home = home
        self.out: Console = console()

    def run(self, *, known: bool) -> None:
        """Until /quit, the end of stdin or Ctrl-C at the prompt."""
        self.out.print(
            f"Tagwright, conversation {self.session.thread}. /help lists the commands.\n"
        )
        try:
            if known:
                self._guarded(self._decide_all)
            while (line := _read("> ")) is not None:
                if not line.strip():
                    continue
                if line.strip() in {"/quit", "/exit", "quit", "exit"}:
                    return
                self._guarded(self._one, line.strip())
        except KeyboardInterrupt:
            pass
        self.out.print()

    def _guarded(self, work: Any, *arguments: Any) -> None:
        """A failed or interrupted question ends itself, not the conversation."""
        try:
            work(*arguments)
        except TagwrightError as error:
            hint = f"\n{error.hint}" if error.hint else ""
            self.out.print(f"{error.message}{hint}\n")
        except KeyboardInterrupt:
            self.out.print("\nInterrupted.\n")

    def _one(self, line: str) -> None:
        if line.startswith("/"):
            self._command(line)
            return
        from tagwright_agent.cli.answer_view import print_statements, print_text

        if line.casefold().strip(" .!") in _DECISIONS and not self.session.pending():
            self.out.print(
                "Nothing waits for a decision of yours in this conversation. "
                "A plan is approved with: tagwright approve PLAN --as WHO\n"
            )
            return
        answer: Answer = self.session.ask(line)
        print_text(self.out, answer.answer)
        for note in answer.notes:
            self.out.print(f"Note: {note}")
        print_statements(self.out, answer)
        receipts = dict.fromkeys(str(call["receipt"]) for call in answer.calls if call["receipt"])
        if receipts:
            self.out.print(f"Receipt: {', '.join(receipts)}", style="dim")
        self.out.print()
        if answer.pending:
            self._decide_all()

    def _command(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        if name == "/plans":
            from tagwright_agent.cli.plans import plans

            self._verb(plans, limit=20)
        elif name == "/receipt" and rest.strip():
            from tagwright_agent.cli.receipt import receipt

            self._verb(receipt, receipt_id=rest.strip(), sql=False)
        else:
            if name != "/help":
                self.out.print("That is none of the commands:")
            for command, meaning in _COMMANDS.items():
                self.out.print(f"  {command:<12} {meaning}")
        self.out.print()

    def _verb(self, command: click.Command, **options: Any) -> None:
        assert command.callback is not None  # noqa: S101  our own verbs have one
        command.callback(as_json=False, home=self.home, **options)

    def _decide_all(self) -> None:
        """Ask about each plan that waits; one that is decided makes room for the next."""
        while waiting := self.session.pending():
            if not self._decide(waiting[0]):
                return

    def _decide(self, pending: Pending) -> bool:
        """Show a waiting plan as it is stored, and ask; nothing is approved by default."""
        import datetime as dt

        from tagwright.remediation import PlanStore
        from tagwright.state import open_state
        from tagwright_agent.approval import Decision, how_to_approve
        from tagwright_agent.cli.plan_view import print_plan

        state = open_state(self.settings)
        try:
            stored = PlanStore(state, self.settings.approval).get(
                str(pending.plan["id"]), dt.datetime.now(dt.UTC)
            )
        finally:
            state.close()
        if stored.state != "proposed":
            self.out.print(f"Plan {stored.plan.id} is {stored.state} meanwhile.\n")
            return False
        print_plan(self.out, stored)
        said = (_read(_ASK) or "").strip().casefold()
        if said not in {"yes", "reject"}:
            self.out.print(f"Nothing is decided.\n{how_to_approve(pending.plan)}\n")
            return False
        decision = Decision(
            type="approve" if said == "yes" else "reject",
            by=self.session.principal.id,
            digest=stored.digest,  # of what was just shown; another one is refused
        )
        self.out.print(f"{self.session.decide(pending, decision)}\n")
        return True


def _read(prompt: str) -> str | None:
    """One line from the terminal or stdin; None at its end."""
    if sys.stdin.isatty():
        import contextlib

        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  gives input() history and editing
    try:
        return input(prompt)
    except EOFError:
        return None
