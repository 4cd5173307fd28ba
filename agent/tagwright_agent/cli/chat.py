"""``tagwright chat``: a conversation in the terminal, with approvals where the policy lets one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import MisuseError, TagwrightError
from tagwright_agent.cli.ask import unknown_thread
from tagwright_agent.cli.output import (
    common_options,
    console,
    emit_json,
    patience,
    remark,
    settings_for,
    wrapped,
)
from tagwright_agent.cli.plans import now, plan_store, seen_plans

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from tagwright.config import Settings
    from tagwright_agent.session import Answer, Pending, Session

__all__ = ["chat"]

_COMMANDS = {
    "/help": "this list",
    "/plans": "plans, the newest first",
    "/plan [ID]": "a plan, whole; without ID the one talked about last",
    "/approve [ID]": "see it whole, and be asked",
    "/reject [ID]": "see it whole, and be asked",
    "/receipt ID": "run a receipt again",
    "/quit": "leave (as do Ctrl-D and Ctrl-C)",
}
_APPROVES = frozenset({"yes", "approve", "approve it", "approve this", "approve the plan"})
_REJECTS = frozenset({"reject", "reject it", "reject this", "reject the plan"})
_APPLIES = frozenset({"apply", "apply it", "apply the plan", "do it", "go ahead", "write it"})
_REJECT = "Reject exactly this plan? yes / Enter to decide later: "
_ASK = "Approve exactly this plan? yes / reject / Enter to decide later: "


@click.command("chat")
@click.option("--thread", metavar="ID", help="Go on with this conversation.")
@common_options
def chat(thread: str | None, as_json: bool, home: Path | None) -> None:
    """Ask, follow up, and decide on plans.

    A plan can be approved here by whom people.yaml lets approve it. With --json nothing
    is asked; the answers to the lines of stdin are printed at its end.
    """
    from tagwright_agent.session import Session

    settings = settings_for(home)
    with Session(settings, thread, interactive=not as_json) as session:
        if thread is not None and not session.begun():
            remark(unknown_thread(thread))
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
            if line.startswith("/"):
                raise MisuseError("Commands are for the terminal.", hint="Each has a verb.")
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
        self.last_plan = ""

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
            self._say(f"{error.message}{hint}\n")
        except KeyboardInterrupt:
            self.out.print("\nInterrupted.\n")

    def _say(self, text: str) -> None:
        """In lines of the terminal's width, commands whole."""
        self.out.print(wrapped(text, self.out.width), soft_wrap=True)

    def _one(self, line: str) -> None:
        if line.startswith("/"):
            self._command(line)
            return
        from tagwright_agent.cli.answer_view import print_answer

        said = line.casefold().strip(" .!")
        if said in _APPLIES:
            self._apply()
            return
        if said in _APPROVES | _REJECTS:
            self._decide_on("", rejecting=said in _REJECTS)
            return
        with patience(self.settings) as tell:
            answer: Answer = self.session.ask(line, tell)
        if answer.plan is not None:
            self.last_plan = str(answer.plan["id"])
        print_answer(self.out, answer, thread=False)
        self.out.print()
        if answer.pending:
            self._decide_all()

    def _command(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        if name == "/plans":
            from tagwright_agent.cli.plans import plans

            self._verb(plans, limit=20)
        elif name == "/plan":
            self._show(rest.strip())
        elif name in ("/approve", "/reject"):
            self._decide_on(rest.strip(), rejecting=name == "/reject")
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

    # --- plans -------------------------------------------------------------------------------

    def _chosen(self, plan_id: str) -> str:
        """The plan that is meant: that of the id, the one talked about last, or the only one.

        Raises:
            MisuseError: It could be several, or there is none.
        """
        if plan_id or self.last_plan:
            return plan_id or self.last_plan
        with plan_store(self.settings) as store:
            open_ones = [
                f.plan.id
                for f in seen_plans(self.settings, store).list(limit=100, now=now())
                if f.state == "proposed"
            ]
        if len(open_ones) == 1:
            return str(open_ones[0])
        raise MisuseError(
            f"Which plan? {len(open_ones)} are proposed: {', '.join(open_ones[:5])}."
            if open_ones
            else "No plan waits for a decision.",
            hint="/plans lists them." if open_ones else 'Ask: "propose tag fixes".',
        )

    def _show(self, plan_id: str) -> None:
        from tagwright_agent.cli.plan_view import print_plan

        with plan_store(self.settings) as store:
            found = seen_plans(self.settings, store).get(self._chosen(plan_id), now())
        self.last_plan = found.plan.id
        print_plan(self.out, found)

    def _apply(self) -> None:
        """Why it cannot be done from here, and what does it."""
        plan_id = self._chosen("")
        self._say(
            f"Nothing is written from a conversation: it holds no right to. Where the credentials "
            f"are, run: tagwright apply {plan_id}\n"
        )

    def _decide_on(self, plan_id: str, *, rejecting: bool) -> None:
        """Show a plan whole, say why it cannot be approved here, or ask; nothing by default.

        Whoever asked for a plan may reject it, and so may anybody here: it writes nothing.
        """
        for pending in self.session.pending():
            if plan_id in ("", pending.plan["id"]):
                self._decide(pending)
                return
        from tagwright.remediation.approver import Approver, why_not
        from tagwright_agent.cli.plan_view import print_plan

        with plan_store(self.settings) as store:
            stored = seen_plans(self.settings, store).get(self._chosen(plan_id), now())
            self.last_plan = stored.plan.id
            why = why_not(store, stored, self.session.principal(), now())
            if stored.state == "proposed" and rejecting:
                why = ""
            print_plan(self.out, stored, deciding=not why)
            if why:
                self._say(f"\n{why}")
                if stored.state == "proposed":
                    self._say(f"Who may, decides: tagwright approve {self.last_plan}")
                self.out.print()
                return
            said = (_read(_REJECT if rejecting else _ASK) or "").strip().casefold()
            said = "reject" if rejecting and said == "yes" else said
            if said not in {"yes", "reject"}:
                self.out.print("Nothing is decided.\n")
                return
            with Approver.open(store) as approver:
                found = approver.decide(
                    self.last_plan,
                    stored.digest,  # of what was just shown; another one is refused
                    self.session.principal(),
                    "approve" if said == "yes" else "reject",
                )
            alone = store.people.one_person
        by = self.session.principal().id
        self.out.print(f"Plan {self.last_plan} is {found.state} by {by}.")
        if found.state == "approved":
            if alone:
                self._say(f"One-person mode: {by} approves their own plan.")
            self._say(f"Nothing is written yet: tagwright apply {self.last_plan}")
        self.out.print()

    def _decide_all(self) -> None:
        """Ask about each plan that waits; one that is decided makes room for the next."""
        while waiting := self.session.pending():
            if not self._decide(waiting[0]):
                return

    def _decide(self, pending: Pending) -> bool:
        """Show a waiting plan as it is stored, and ask; nothing is approved by default."""
        from tagwright.render.proposal import proposal_block
        from tagwright.render.terminal import print_blocks
        from tagwright_agent.approval import Decision
        from tagwright_agent.cli.plan_view import print_plan

        self.last_plan = str(pending.plan["id"])
        with plan_store(self.settings) as store:
            stored = seen_plans(self.settings, store).get(self.last_plan, now())
        if stored.state != "proposed":
            self.out.print(f"Plan {stored.plan.id} is {stored.state} meanwhile.\n")
            return False
        print_plan(self.out, stored, deciding=True)
        said = (_read(_ASK) or "").strip().casefold()
        if said not in {"yes", "reject"}:
            self.out.print("Nothing is decided.")
            print_blocks(self.out, [proposal_block(pending.plan)])
            self.out.print()
            return False
        decision = Decision(
            type="approve" if said == "yes" else "reject",
            digest=stored.digest,  # of what was just shown; another one is refused
        )
        self._say(f"{self.session.decide(pending, decision)}\n")
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
