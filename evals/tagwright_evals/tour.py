"""The tour behind ``tagwright demo``: what a user would call, said before it is done.

Ingest, the agent, the report, the plan store, the applier. A step that does not do what it says
ends the tour with an error.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import TagwrightError
from tagwright_agent.cli.plans import plan_store
from tagwright_agent.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from tagwright.config import Settings
    from tagwright.remediation import StoredPlan
    from tagwright_agent.session import Answer
    from tagwright_evals.company import Company
    from tagwright_evals.sandbox import Sandbox

__all__ = ["QUESTIONS", "Tour"]

QUESTIONS = (
    "total billed cost by provider in October",
    "why did AWS costs rise in October?",
    "top 5 AI workloads in October",
)
UNITS = "cost per request by model in October"
SHARED = "allocate shared-llm-gpu to products in October"
COVERAGE = "tag coverage on AWS in October"
PROPOSE = "propose tag fixes for account northlight-ml"
_MONTH = "2026-10"


@dataclass
class Tour:
    """One tour.

    Attributes:
        where: Its directory.
        out: Where it is shown.
        asks: Whether a person is asked; else it is approved for them.
        told: What was shown, as JSON.
        steps: How many were begun.
    """

    where: Path
    out: Console
    asks: bool
    told: dict[str, Any] = field(default_factory=dict)
    steps: int = 0

    @property
    def home(self) -> Path:
        """The home directory of the sample company."""
        return self.where / "home"

    @property
    def report(self) -> Path:
        """The folder of the showback report."""
        return self.where / "report"

    def run(self, *, kept: bool) -> None:
        """All of it.

        Args:
            kept: Whether the home is still there afterwards.

        Raises:
            TagwrightError: A step did not do what it says.
        """
        from tagwright.config import load_settings
        from tagwright_evals.company import write_company
        from tagwright_evals.company.estate import resources
        from tagwright_evals.sandbox import sandbox

        with contextlib.ExitStack() as stack, ThreadPoolExecutor(1) as pool:
            # The sandbox takes seconds to start: it does so while the first steps are shown.
            starting = pool.submit(stack.enter_context, sandbox(resources()))
            self._step(
                "Reading four months of bills of six providers",
                "Northlight, an invented company, also hands over what its own systems say of its "
                "AI usage: a gateway's log, Bedrock's, two providers' usage reports.",
            )
            company = write_company(self.where / "company")
            company.furnish(self.home)
            settings = load_settings(self.home)
            self._ingest(settings, company)
            session = stack.enter_context(Session(settings))
            self._explore(settings, session)
            self._step(
                "Asking how much of it is tagged, and the bill whose the rest is",
                "The plan that comes of it is stored. Nothing is written.",
            )
            before = self._coverage(session)
            plan_id = self._propose(settings, session)
            if self._approve(settings, plan_id):
                self._apply(settings, session, company, starting.result(), plan_id, before)
                if kept:  # the bill of the sample company goes back to what it was, too
                    self._restate(settings, company, {it.arn: it.tags for it in resources()})
        self._next(kept=kept)

    # --- the steps -------------------------------------------------------------------------

    def _explore(self, settings: Settings, session: Session) -> None:
        """What reads only: totals, causes, workloads, units, the shared endpoint, the report."""
        self._step("Asking where the money went, and why it rose")
        self.told["answers"] = [self._ask(session, it).as_dict() for it in QUESTIONS]
        self._step(
            "Working out what a request costs",
            "Tokens and requests from telemetry, priced by the model's own price list.",
        )
        self.told["units"] = self._ask(session, UNITS).as_dict()
        self._step(
            "Dividing a GPU endpoint that three products share",
            "By its tag all of it is platform's. The rule shared-endpoint of allocation.yaml "
            "divides each of its hours by the tokens that the gateway counted on that day.",
        )
        self._divide(session)
        self._step("Writing a report for each team")
        self._showback(settings)

    def _ingest(self, settings: Settings, company: Company) -> None:
        from tagwright.ingest import ingest
        from tagwright.money import display_text

        report = ingest(settings, [*company.paths, *company.telemetry])
        if report.failed or report.rejected:
            raise TagwrightError("The sample company's bills were not read whole.")
        sums: dict[str, Any] = {}
        for file in report.files:
            for total in file.totals:
                sums[total.currency] = sums.get(total.currency, 0) + total.billed
        self.out.print(
            f"{len(report.files)} files, {report.charges:,} charges, none rejected. Billed, to the "
            f"last decimal as in the files: "
            + " and ".join(f"{display_text(sums[c])} {c}" for c in sorted(sums, reverse=True))
            + ". Currencies never mix."
        )
        self.told["ingest"] = report.as_dict()

    def _ask(self, session: Session, question: str) -> Answer:
        """Each question is a conversation of its own, as with ``tagwright ask``."""
        from tagwright_agent.cli.answer_view import print_answer

        self.out.print(f'\n$ tagwright ask "{question}"', style="cyan")
        session.thread = uuid.uuid4().hex[:12]
        answer = session.ask(question)
        if answer.status != "answered":
            raise TagwrightError(f"The question {question!r} was not answered: {answer.answer}")
        print_answer(self.out, answer, chart=False, thread=False)
        return answer

    def _divide(self, session: Session) -> None:
        """The parts must be the whole, without a rounding."""
        result = self._ask(session, SHARED).calls[0]["result"]
        parts = [Decimal(row["effective_cost"]) for row in result["rows"] if row["target"]]
        (total,) = (Decimal(row["effective_cost"]) for row in result["totals"])
        if sum(parts) != total:
            raise TagwrightError(f"The parts of {total} add up to {sum(parts)}.")
        self.out.print(f"{' + '.join(map(str, parts))}\n= {total} USD, as billed.")
        self.told["shared"] = {"parts": [str(part) for part in parts], "total": str(total)}

    def _showback(self, settings: Settings) -> None:
        from tagwright.allocation import allocate, load_rules
        from tagwright.context import open_context
        from tagwright.registry import load_registry
        from tagwright.reports.showback import write_showback
        from tagwright_agent.cli.report import show_pages

        self.out.print(f"$ tagwright report --period {_MONTH}", style="cyan")
        rules = load_rules(settings)
        with open_context(settings) as ctx:
            found = write_showback(
                ctx, load_registry(), ctx.period(_MONTH), self.report, dimension="team",
                cost_basis="effective_cost", allocator=lambda one, period: allocate(
                    one, rules, dimension="team", cost_basis="effective_cost", period=period
                ),
            )  # fmt: skip
        if not found.sound:
            raise TagwrightError("The report does not add up to its charges.")
        show_pages(self.out, found)
        self.told["report"] = found.as_dict()

    def _coverage(self, session: Session) -> dict[str, Any]:
        result: dict[str, Any] = self._ask(session, COVERAGE).calls[0]["result"]
        return result

    def _propose(self, settings: Settings, session: Session) -> str:
        from tagwright_agent.cli.plan_view import print_plan

        self.out.print(f'\n$ tagwright ask "{PROPOSE}"', style="cyan")
        session.thread = uuid.uuid4().hex[:12]
        answer = session.ask(PROPOSE)
        if answer.plan is None:
            raise TagwrightError("No plan was proposed.")
        self.told["plan"] = answer.plan
        plan_id = str(answer.plan["id"])
        self.out.print(f"$ tagwright plan show {plan_id}", style="cyan")
        with plan_store(settings) as store:
            print_plan(self.out, store.get(plan_id))
        questions = answer.calls[0]["result"]["details"]["questions"]
        if questions:
            self.out.print("\nWhat the bill cannot tell, a person is asked:")
        for question in questions[:3]:
            self.out.print(f"  - {question['question']}")
        return plan_id

    def _approve(self, settings: Settings, plan_id: str) -> bool:
        from tagwright.people import at_terminal
        from tagwright.remediation.approver import Approver

        person = at_terminal(settings)
        self._step(
            "Asking a person to approve exactly this plan",
            f"The sample company has no people.yaml, so this is one-person mode: {person.id} "
            "approves their own plan. With the file, somebody else has to.",
        )
        with plan_store(settings) as store:
            shown = store.get(plan_id)
            if self.asks:
                agreed = click.confirm("Approve exactly this plan?", default=False)
            else:
                agreed = True
                self.out.print(
                    "Nobody is at a terminal to be asked, or --yes was given: "
                    f"{person.id} approves."
                )
            with Approver.open(store) as approver:
                decided = approver.decide(
                    plan_id, shown.digest, person, "approve" if agreed else "reject"
                )
        self.out.print(f"The plan is {decided.state} (digest {shown.digest[7:19]}).")
        if not agreed:
            self.out.print("Nothing was written, and this plan never can be.")
        self.told["approved"] = agreed
        return agreed

    def _apply(  # noqa: PLR0917  each step hands on what it found
        self,
        settings: Settings,
        session: Session,
        company: Company,
        aws: Sandbox,
        plan_id: str,
        before: dict[str, Any],
    ) -> None:
        from tagwright.people import at_terminal
        from tagwright.remediation.apply import apply
        from tagwright.remediation.undo import rollback
        from tagwright_agent.cli.plan_view import print_outcome
        from tagwright_evals.sandbox import acting_as

        self._step("Writing the tags to the sandbox AWS with boto3, and reading them back")
        was = aws.tags()
        with plan_store(settings) as store:
            account = store.get(plan_id).plan.items[0].account
            self.out.print(f"$ tagwright apply {plan_id}", style="cyan")
            with acting_as(aws, account):
                done = apply(plan_id, store)
        print_outcome(self.out, done)
        self._hold(done, aws.tags())

        self._step(
            "Asking for coverage again",
            "AWS puts new tags on charges from then on, about a day later. To show what they are "
            "worth, October's bill is made anew with the tags the sandbox holds now.",
        )
        self._restate(settings, company, aws.tags())
        after = self._coverage(session)
        self.told["coverage"] = {"before": before["totals"], "after": after["totals"]}
        if not _share(after) > _share(before):
            raise TagwrightError("The tags were written, and coverage did not rise.")

        self._step("Rolling back: every value as it was")
        with plan_store(settings) as store, acting_as(aws, account):
            self.out.print(f"$ tagwright rollback {plan_id}", style="cyan")
            undone = rollback(plan_id, store, at_terminal(settings).id)
        self.out.print(f"{len(undone.items)} changes undone, each read back.")
        if aws.tags() != was:
            raise TagwrightError("The rollback did not restore the tags.")
        self.out.print("The sandbox has exactly the tags it had before, absent ones absent.")
        self.told["rolled_back"] = True

    def _hold(self, done: StoredPlan, live: Mapping[str, Mapping[str, str]]) -> None:
        """The sandbox itself must say what the plan says."""
        for item in done.plan.items:
            if live.get(item.arn, {}).get(item.key) != item.after:
                raise TagwrightError(f"{item.arn} does not have {item.key}={item.after!r}.")
        self.told["applied"] = done.counts()

    def _restate(
        self, settings: Settings, company: Company, live: Mapping[str, Mapping[str, str]]
    ) -> None:
        from tagwright.ingest import ingest
        from tagwright_evals.company import restate_aws, with_tags
        from tagwright_evals.company.model import MONTHS

        estate = with_tags(company.resources, live)
        bill = restate_aws(self.where / "restated", MONTHS[-1], estate)
        if ingest(settings, [bill]).failed:
            raise TagwrightError("The restated bill was not read.")

    def _step(self, title: str, about: str = "") -> None:
        """Say what is done next, before it is done."""
        self.steps += 1
        self.out.print()
        self.out.rule(f"{self.steps}  {title}", align="left", style="dim")
        if about:
            self.out.print(about)

    def _next(self, *, kept: bool) -> None:
        self.out.print()
        self.out.rule("What to type next", align="left", style="dim")
        own = _command()
        self.out.print(f"The report of step 5 stays: {self.report / 'index.html'}", soft_wrap=True)
        said = [
            (f"{own} ingest PATH", "your own bills: FOCUS, AWS, Azure, Google, OCI, OpenAI, …"),
            (f'{own} ask "what did we spend last month?"', ""),
            (f"{own} taxonomy suggest", "what your tags seem to mean, as a file to start from"),
            (f"{own} sandbox start", "an AWS to rehearse approval, apply and rollback on"),
        ]
        if kept:
            said += [(f"export TAGWRIGHT_HOME={self.home}", "to ask this company more")]
        else:
            said += [(f"{own} demo --keep", "the same again, to ask this company more")]
        for command, meaning in said:
            self.out.print(command, style="cyan", soft_wrap=True)
            if meaning:
                self.out.print(f"    {meaning}", style="dim")


def _command() -> str:
    """How this program is called here: ``make demo`` puts nothing on the PATH."""
    found = shutil.which("tagwright")
    here = Path(sys.executable).with_name("tagwright")
    if found is None and here.is_file():
        with contextlib.suppress(ValueError):
            return str(here.relative_to(Path.cwd()))
        return str(here)
    return "tagwright"


def _share(result: dict[str, Any]) -> Any:
    return max(Decimal(row["coverage"]) for row in result["totals"] if row.get("coverage"))
