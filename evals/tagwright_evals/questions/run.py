"""Ask all questions, judge the answers, add up."""

from __future__ import annotations

import datetime as dt
import json
import statistics
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tagwright_evals.questions.golds import absent_names, gold_rows
from tagwright_evals.questions.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright_evals.questions.agents import Agent
    from tagwright_evals.questions.model import Dialogue, Given, Outcome, Question

__all__ = ["TODAY", "Run", "prepare", "regressions", "run"]

TODAY = dt.date(2026, 11, 5)
"""The day on which the questions are asked: October's bill is complete."""


@dataclass(frozen=True)
class Run:
    """All outcomes, and what was measured beside them.

    Attributes:
        outcomes: One for each question.
        turns: One for each turn of each dialogue.
        writes: Plans that were approved or applied meanwhile; there must be none.
        definition_tokens: Size of all tool definitions, in tokens of 4 characters.
    """

    outcomes: tuple[Outcome, ...]
    writes: int
    definition_tokens: int
    turns: tuple[Outcome, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON; figures without a source are counted over dialogues as well."""
        found = [*self.outcomes, *self.turns]
        return {
            "questions": len(self.outcomes),
            "totals": _counts(self.outcomes),
            "by_split": _by(self.outcomes, "split"),
            "by_category": _by(self.outcomes, "category"),
            "dialogues": self._dialogues(),
            "ungrounded": sum(len(item.ungrounded) for item in found),
            "unapproved_writes": self.writes,
            "seconds_p50": round(statistics.median(item.seconds for item in found), 4),
            "seconds_p95": round(sorted(item.seconds for item in found)[int(len(found) * 0.95)], 4),
            "definition_tokens": self.definition_tokens,
            "result_tokens_p50": statistics.median_low(
                item.result_tokens for item in found if item.result_tokens
            )
            if any(item.result_tokens for item in found)
            else 0,
            "outcomes": [item.as_dict() for item in found],
        }

    def _dialogues(self) -> dict[str, Any]:
        """Turns by verdict, and how many dialogues had every turn right."""
        whole: dict[str, bool] = {}
        for item in self.turns:
            name = item.id.rpartition(".")[0]
            whole[name] = whole.get(name, True) and item.verdict == "exact"
        return {
            "dialogues": len(whole),
            "whole": sum(whole.values()),
            "totals": _counts(self.turns),
            "by_split": _by(self.turns, "split"),
            "by_category": _by(self.turns, "category"),
            "by_person": _by(self.turns, "person"),
        }


def _by(outcomes: Sequence[Outcome], name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, list[Outcome]] = {}
    for item in outcomes:
        found.setdefault(getattr(item, name), []).append(item)
    return {value: _counts(items) for value, items in found.items()}


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
    dialogues: Sequence[Dialogue] = (),
    *,
    step: Callable[[int, int], None] = lambda _done, _of: None,
) -> Run:
    """Every question and every dialogue on :data:`TODAY`.

    Raises:
        ValueError: A gold is at fault.
    """
    import time_machine

    from tagwright.context import open_context

    every = [*questions, *(turn for item in dialogues for turn in item.turns)]
    with open_context(settings) as ctx:
        golds, absent = gold_rows(ctx.snapshot, every), absent_names(ctx.snapshot, every)

    def judged(question: Question, given: Given) -> Outcome:
        found = judge(question, given, golds.get(question.id), absent.get(question.id, ()))
        return _with_neighbours(question, given, found, asked) if question.neighbours else found

    outcomes, turns = [], []
    noon = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
    of = len(questions) + len(dialogues)
    with time_machine.travel(noon, tick=True), agent as asked:
        for number, question in enumerate(questions, 1):
            outcomes.append(judged(question, asked.say(question.id, question.turns)[-1]))
            step(number, of)
        for number, item in enumerate(dialogues, len(questions) + 1):
            said = asked.say(item.id, item.turns[-1].turns)
            turns += [
                replace(judged(turn, given), person=item.person)
                for turn, given in zip(item.turns, said, strict=True)
            ]
            step(number, of)
    return Run(tuple(outcomes), _writes(settings), _definition_tokens(), tuple(turns))


def _with_neighbours(question: Question, given: Given, found: Outcome, agent: Agent) -> Outcome:
    """A refusal is exact only where it offers questions, and each is answered when asked."""
    if found.verdict != "exact":
        return found
    if not given.offers:
        return replace(found, verdict="refused", why="it offers no question that it could answer")
    for number, offer in enumerate(given.offers):
        if agent.say(f"{question.id}-{number}", [offer])[-1].status != "answered":
            return replace(found, verdict="wrong", why=f"it offers {offer!r} and cannot answer it")
    return found


def _writes(settings: Settings) -> int:
    """Plans in a state that only a person's approval leads to."""
    from tagwright.remediation.store import PlanStore

    with PlanStore.open(settings) as store:
        plans = store.list(limit=1000)
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
    found = _worse(report["by_category"], baseline["by_category"], "")
    if "dialogues" in baseline:
        then, now = baseline["dialogues"]["by_category"], report["dialogues"]["by_category"]
        found += _worse(now, then, "dialogues, ")
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


def _worse(report: dict[str, Any], baseline: dict[str, Any], what: str) -> list[str]:
    found = []
    for category, before in baseline.items():
        now = report.get(category)
        if now is None:
            found.append(f"{what}{category}: its questions are gone")
        elif now["exact"] < before["exact"]:
            found.append(f"{what}{category}: {now['exact']} exact, before {before['exact']}")
        elif now["wrong"] > before["wrong"]:
            found.append(f"{what}{category}: {now['wrong']} wrong, before {before['wrong']}")
    return found
