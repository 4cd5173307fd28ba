"""``make eval``: all questions about the sample company, a report, and what became worse."""

from __future__ import annotations

import json
import tempfile
from contextlib import nullcontext
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from tagwright.errors import TagwrightError
from tagwright_evals.questions.agents import agent_for
from tagwright_evals.questions.model import chosen, load_dialogues, load_questions
from tagwright_evals.questions.report import page, print_report
from tagwright_evals.questions.run import prepare, regressions, run


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("eval-report"),
              show_default=True, help="Folder of report.json and report.html.")  # fmt: skip
@click.option("--work", type=click.Path(path_type=Path), help="Keep the sample company here.")
@click.option("--agent", help="Another agent: a command that reads and writes JSON lines.")
@click.option("--model", help="provider:model for our own agent, instead of the built-in planner.")
@click.option("--mcp", help="Command or URL of an MCP server, whose tools the model gets.")
@click.option("--category", multiple=True, help="Only these, e.g. totals or 'out-*'.")
@click.option("--split", type=click.Choice(["open", "held-out"]), help="Only this part.")
@click.option("--baseline/--no-baseline", default=True, help="Exit 1 where it became worse.")
@click.option("--write-baseline", type=click.Path(path_type=Path), help="For a new baseline.")
def main(
    *,
    out: Path,
    work: Path | None,
    agent: str | None,
    model: str | None,
    mcp: str | None,
    category: tuple[str, ...],
    split: str | None,
    baseline: bool,
    write_baseline: Path | None,
) -> None:
    """Ask the questions, judge the answers, compare with the last run and the baseline."""
    from tagwright_agent.cli.output import console, progress_bar

    questions = chosen(load_questions(), category, split)
    dialogues = chosen(load_dialogues(), category, split)
    if not questions and not dialogues:
        raise click.UsageError("there is no question of that category")
    whole = not category and split is None
    with nullcontext(work) if work else tempfile.TemporaryDirectory() as folder:
        settings = prepare(Path(str(folder)))
        try:
            asked = agent_for(settings, agent, model, mcp)
            with progress_bar(quiet=False, first="asking") as bar:
                step = (lambda d, of: bar("asking", d, of)) if bar else (lambda _d, _of: None)
                report = run(settings, asked, questions, dialogues, step=step).as_dict()
        except TagwrightError as error:  # it cannot begin; what fails later is a question's fault
            raise click.ClickException(str(error)) from None
    last = _read(out / "report.json")
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.html").write_text(page(report, last), encoding="utf-8")
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    (out / "report.json").write_text(text, encoding="utf-8")
    screen = console()
    print_report(screen, report, last)
    screen.print(f"{out / 'report.html'}", soft_wrap=True)
    small = {name: value for name, value in report.items() if name != "outcomes"}
    if write_baseline:
        write_baseline.write_text(json.dumps(small, indent=1) + "\n")
    if baseline and whole and not (agent or model or mcp):
        known = json.loads((files("tagwright_evals.questions") / "baseline.json").read_text())
        worse = regressions(report, known)
        for line in worse:
            screen.print(f"Worse than the baseline: {line}.", style="bold red")
        if worse:
            raise SystemExit(1)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


if __name__ == "__main__":
    main()
