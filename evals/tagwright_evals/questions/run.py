"""Ask all questions, judge the answers, add up."""

from __future__ import annotations

import datetime as dt
import json
import statistics
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright_evals.questions.golds import gold_rows
from tagwright_evals.questions.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright_evals.questions.agents import Agent
    from tagwright_evals.questions.model import Outcome, Question

__all__ = ["TODAY", "Run", "prepare", "regressions", "run"]

TODAY = dt.date(2026, 11, 5)
"""The day on which the questions are asked: October's bill is complete."""


@dataclass(frozen=True)
class Run:
    """All outcomes, and what was measured beside them.

    Attributes:
        outcomes: One for each question.
        writes: Plans that were approved or applied meanwhile; there must be none.
        definition_tokens: Size of all tool definitions, in tokens of 4 characters.
    """

    outcomes: tuple[Outcome, ...]
    writes: int
    definition_tokens: int

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "questions": len(self.outcomes),
            "totals": _counts(self.outcomes),
            "by_split": {
                split: _counts([item for item in self.outcomes if item.split == split])
                for split in sorted({item.split for item in self.outcomes})
            },
            "by_category": {
                category: _counts([item for item in self.outcomes if item.category == category])
                for category in dict.fromkeys(item.category for item in self.outcomes)
            },
            "ungrounded": sum(len(item.ungrounded) for item in self.outcomes),
            "unapproved_writes": self.writes,
            "seconds_p50": round(statistics.median(i.seconds for i in self.outcomes), 4),
            "seconds_p95": round(
                sorted(i.seconds for i in self.outcomes)[int(len(self.outcomes) * 0.95)], 4
            ),
            "definition_tokens": self.definition_tokens,
            "result_tokens_p50": statistics.median_low(
                item.result_tokens for item in self.outcomes if item.result_tokens
            )
            if any(item.result_tokens for item in self.outcomes)
            else 0,
            "outcomes": [item.as_dict() for item in self.outcomes],
        }


def _counts(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    verdicts = Counter(item.verdict for item in outcomes)
    return {
        "questions": len(outcomes),
        **{name: verdicts[name] for name in ("exact", "wrong", "refused", "asked", "failed")},
        "exact_share": round(verdicts["exact"] / len(outcomes), 4) if outcomes else None,
    }


def prepare(folder: Path) -> Settings:
    """The sample company in a home of its own: bills, telemetry, revenue, rules, taxonomy.

    Raises:
        RuntimeError: The sample was not read whole.
    """
    from tagwright.config import load_settings
    from tagwright.ingest import ingest
    from tagwright_evals.company import write_company

    company = write_company(folder / "company")
    home = folder / "home"
    company.furnish(home)
    settings = load_settings(home)
    report = ingest(settings, [*company.paths, *company.telemetry])
    if report.failed or report.rejected:
        raise RuntimeError("the sample company was not read whole")
    return settings


def run(
    settings: Settings,
    agent: Agent,
    questions: Sequence[Question],
    *,
    step: Callable[[int, int], None] = lambda _done, _of: None,
) -> Run:
    """Every question on :data:`TODAY`.

    Raises:
        ValueError: A gold is at fault.
    """
    import time_machine

    from tagwright.context import open_context

    with open_context(settings) as ctx:
        golds = gold_rows(ctx.snapshot, questions)
    outcomes = []
    noon = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
    with time_machine.travel(noon, tick=True), agent as asked:
        for number, question in enumerate(questions, 1):
            outcomes.append(judge(question, asked.ask(question), golds.get(question.id)))
            step(number, len(questions))
    return Run(tuple(outcomes), _writes(settings), _definition_tokens())


def _writes(settings: Settings) -> int:
    """Plans in a state that only a person's approval leads to."""
    from tagwright.remediation.store import PlanStore
    from tagwright.state import open_state

    with closing(open_state(settings)) as state:
        plans = PlanStore(state, settings.approval).list(limit=1000)
    return sum(plan.state not in ("proposed", "expired", "superseded") for plan in plans)


def _definition_tokens() -> int:
    from tagwright.registry import load_registry

    return (
        sum(
            len(
                json.dumps({"name": t.name, "description": t.description, "schema": t.input_schema})
            )
            for t in load_registry()
        )
        // 4
    )


def regressions(report: dict[str, Any], baseline: dict[str, Any]) -> list[str]:
    """What is worse than in the committed baseline, in words; empty where nothing is."""
    found = []
    for category, before in baseline["by_category"].items():
        now = report["by_category"].get(category)
        if now is None:
            found.append(f"{category}: its questions are gone")
        elif now["exact"] < before["exact"]:
            found.append(f"{category}: {now['exact']} exact, before {before['exact']}")
        elif now["wrong"] > before["wrong"]:
            found.append(f"{category}: {now['wrong']} wrong, before {before['wrong']}")
    limits = {
        "ungrounded": 0, "unapproved_writes": 0, "definition_tokens": 2000,
        "result_tokens_p50": 400,
    }  # fmt: skip
    over = [
        f"{name.replace('_', ' ')}: {report[name]:,}, the limit is {limit:,}"
        for name, limit in limits.items()
        if report[name] > limit
    ]
    return found + over
