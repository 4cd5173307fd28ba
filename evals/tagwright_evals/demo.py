"""``tagwright demo``: the whole tour with a sample company and a sandbox AWS, in a terminal.

It calls what a user would call: ingest, the agent, the plan store, the applier. A step that does
not do what it says ends the tour with an error.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import MisuseError, TagwrightError
from tagwright_agent.cli.output import console, emit_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from tagwright.config import Settings
    from tagwright.remediation import StoredPlan
    from tagwright_evals.company import Company
    from tagwright_evals.sandbox import Sandbox

__all__ = ["QUESTIONS", "demo"]

QUESTIONS = (
    "total billed cost by provider in October",
    "effective cost by team in October",
    "why did AWS costs rise in October?",
)
COVERAGE = "tag coverage on AWS in October"
PROPOSE = "propose tag fixes for account northlight-ml"
APPROVER = "demo-user"


@click.command("demo")
@click.option("--yes", is_flag=True, help="Approve the plan without asking.")
@click.option(
    "--keep", is_flag=True, help="Keep the sample company's home, to ask it more questions."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory for the sample company (default: a temporary one).",
)
def demo(yes: bool, keep: bool, as_json: bool, home: Path | None) -> None:
    """The whole tour on a sample company and a sandbox AWS: nothing real is touched."""
    where, temporary = _directory(home, keep=keep)
    try:
        tour = _Tour(where, console(stderr=as_json), _asks(yes=yes))
        tour.run(kept=not temporary)
        if as_json:
            emit_json(tour.told)
    finally:
        if temporary:
            shutil.rmtree(where, ignore_errors=True)


def _directory(home: Path | None, *, keep: bool) -> tuple[Path, bool]:
    """Where the tour takes place, and whether it is removed afterwards."""
    if home is None:
        return Path(tempfile.mkdtemp(prefix="tagwright-demo-")), not keep
    where = home.expanduser().absolute()
    if where.exists() and any(where.iterdir()):
        raise MisuseError(f"{where} is not empty.", hint="The tour takes a new directory.")
    where.mkdir(parents=True, exist_ok=True)
    return where, False


def _asks(*, yes: bool) -> bool:
    """Whether a person is there to be asked for approval."""
    return not yes and sys.stdin.isatty() and sys.stdout.isatty()


@dataclass
class _Tour:
    """One tour.

    Attributes:
        where: Its directory.
        out: Where it is shown.
        asks: Whether a person approves; else the demo user does.
        told: What was shown, as JSON.
    """

    where: Path
    out: Console
    asks: bool
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The home directory of the sample company."""
        return self.where / "home"

    def run(self, *, kept: bool) -> None:
        """All of it.

        Raises:
            TagwrightError: A step did not do what it says.
        """
        from tagwright.config import load_settings
        from tagwright_evals.company import write_company
        from tagwright_evals.sandbox import sandbox

        with contextlib.ExitStack() as stack, ThreadPoolExecutor(1) as pool:
            # The sandbox takes seconds to start: it does so while the first steps are shown.
            company = write_company(self.where / "company")
            starting = pool.submit(stack.enter_context, sandbox(company.resources))
            self._step(1, "Four months of bills of six providers, in two currencies")
            self.home.mkdir(parents=True, exist_ok=True)
            shutil.copy(company.taxonomy, self.home / "taxonomy.yaml")
            shutil.copy(company.config, self.home / "tagwright.toml")
            shutil.copy(company.revenue, self.home / "revenue.csv")
            settings = load_settings(self.home)
            self._ingest(settings, company)
            self._step(2, "Three questions")
            self.told["answers"] = [self._ask(settings, question) for question in QUESTIONS]
            self._step(3, "How much of it is tagged?")
            before = self._coverage(settings)
            self._step(4, "What the bill itself says about the gaps: a plan, nothing written")
            plan_id = self._propose(settings)
            if self._approve(settings, plan_id):
                self._apply(settings, company, starting.result(), plan_id, before)
        self._next(kept=kept)

    # --- the steps -------------------------------------------------------------------------

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

    def _ask(self, settings: Settings, question: str) -> dict[str, Any]:
        from tagwright_agent.cli.answer_view import print_text
        from tagwright_agent.session import Session

        self.out.print(f'\n$ tagwright ask "{question}"', style="cyan")
        answer = Session(settings).ask(question)
        if answer.status != "answered":
            raise TagwrightError(f"The question {question!r} was not answered: {answer.answer}")
        print_text(self.out, answer.answer)
        receipts = ", ".join(call["receipt"] for call in answer.calls if call["receipt"])
        self.out.print(f"Receipt: {receipts}", style="dim")
        return answer.as_dict()

    def _coverage(self, settings: Settings) -> dict[str, Any]:
        found = self._ask(settings, COVERAGE)
        result: dict[str, Any] = found["calls"][0]["result"]
        return result

    def _propose(self, settings: Settings) -> str:
        self.out.print(f'\n$ tagwright ask "{PROPOSE}"', style="cyan")
        from tagwright_agent.session import Session

        answer = Session(settings).ask(PROPOSE)
        if answer.plan is None:
            raise TagwrightError("No plan was proposed.")
        self.told["plan"] = answer.plan
        plan_id = str(answer.plan["id"])
        self.out.print(f"$ tagwright plan show {plan_id}", style="cyan")
        from tagwright_agent.cli.plan_view import print_plan

        with _plans(settings) as store:
            print_plan(self.out, store.get(plan_id))
        questions = answer.calls[0]["result"]["details"]["questions"]
        if questions:
            self.out.print("\nWhat the bill cannot tell, a person is asked:")
        for question in questions[:3]:
            self.out.print(f"  - {question['question']}")
        return plan_id

    def _approve(self, settings: Settings, plan_id: str) -> bool:
        from tagwright.context import Principal

        self._step(5, "A person approves exactly this plan")
        with _plans(settings) as store:
            shown = store.get(plan_id)
            if self.asks:
                agreed = click.confirm("Approve exactly this plan?", default=False)
            else:
                agreed = True
                self.out.print(
                    f"Nobody is at a terminal to be asked, or --yes was given: {APPROVER} approves."
                )
            person = Principal(f"cli:{APPROVER}", "cli", APPROVER)
            decided = store.decide(plan_id, shown.digest, person, "approve" if agreed else "reject")
        self.out.print(f"The plan is {decided.state} (digest {shown.digest[7:19]}).")
        if not agreed:
            self.out.print("Nothing was written, and this plan never can be.")
        self.told["approved"] = agreed
        return agreed

    def _apply(
        self,
        settings: Settings,
        company: Company,
        aws: Sandbox,
        plan_id: str,
        before: dict[str, Any],
    ) -> None:
        from tagwright.remediation.apply import apply, rollback
        from tagwright_agent.cli.plan_view import print_outcome
        from tagwright_evals.sandbox import acting_as

        self._step(6, "boto3 writes the tags to the sandbox AWS, and reads them back")
        was = aws.tags()
        with _plans(settings) as store:
            account = store.get(plan_id).plan.items[0].account
            self.out.print(f"$ tagwright apply {plan_id}", style="cyan")
            with acting_as(aws, account):
                done = apply(plan_id, store)
        print_outcome(self.out, done)
        self._hold(done, aws.tags())

        self._step(7, "Coverage after")
        self.out.print(
            "AWS puts new tags on charges from then on, about a day later. To show what they are "
            "worth, October's bill is made anew with the tags the sandbox holds now."
        )
        self._restate(settings, company, aws.tags())
        after = self._coverage(settings)
        self.told["coverage"] = {"before": before["totals"], "after": after["totals"]}
        if not _share(after) > _share(before):
            raise TagwrightError("The tags were written, and coverage did not rise.")

        self._step(8, "And back: every value as it was")
        with _plans(settings) as store, acting_as(aws, account):
            self.out.print(f"$ tagwright rollback {plan_id}", style="cyan")
            undone = rollback(plan_id, store)
        self.out.print(f"{len(undone.items)} changes undone, each read back.")
        if aws.tags() != was:
            raise TagwrightError("The rollback did not restore the tags.")
        self.out.print("The sandbox has exactly the tags it had before, absent ones absent.")
        # The bill of the sample company goes back to what it was, too.
        self._restate(settings, company, was)
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
        from tagwright_evals.company import with_tags, write_company

        estate = with_tags(company.resources, live)
        restated = write_company(self.where / "restated", estate=estate)
        october = [path for path in restated.paths if path.name == "aws-2026-10.csv.gz"]
        if ingest(settings, october).failed:
            raise TagwrightError("The restated bill was not read.")

    def _step(self, number: int, title: str) -> None:
        self.out.print()
        self.out.rule(f"{number}  {title}", align="left", style="dim")

    def _next(self, *, kept: bool) -> None:
        self.out.print()
        self.out.rule("What to type next", align="left", style="dim")
        own = _command()
        if kept:
            said = [(f"export TAGWRIGHT_HOME={self.home}", ""), (f"{own} chat", "ask more")]
        else:
            said = [(f"{own} demo --keep", "the same, to ask more questions")]
        said += [
            (f"{own} ingest YOUR_FOCUS_EXPORT", "your own bill (CSV, CSV.gz, Parquet)"),
            (f'{own} ask "total billed cost by provider"', ""),
            (f"{own} mcp", "the tools, for Claude, Cursor and others"),
        ]
        for command, meaning in said:
            self.out.print(command, style="cyan")
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
    from decimal import Decimal

    return max(Decimal(row["coverage"]) for row in result["totals"] if row.get("coverage"))


@contextlib.contextmanager
def _plans(settings: Settings) -> Iterator[Any]:
    from tagwright.remediation import PlanStore
    from tagwright.state import open_state

    state = open_state(settings)
    try:
        yield PlanStore(state, settings.approval)
    finally:
        state.close()
