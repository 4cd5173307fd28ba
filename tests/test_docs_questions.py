"""Questions that README, docs and refusals show: each is answered on the sample company."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine

from tagwright_agent.session import Session
from tagwright_evals.questions.run import TODAY, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright_agent.session import Answer

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")]
_ASK = re.compile(r'(?:tagwright ask (?:--?[\w-]+(?: [\w./-]+)? )*|--ask )"([^"]+)"')


def _shown() -> list[str]:
    found = [
        question for page in PAGES for question in _ASK.findall(page.read_text(encoding="utf-8"))
    ]
    section = ""
    for line in (ROOT / "docs" / "questions.md").read_text(encoding="utf-8").splitlines():
        section = line.removeprefix("## ") if line.startswith("## ") else section
        if section == "Answered" and line.startswith("- "):
            found.append(line.removeprefix("- "))
    return list(dict.fromkeys(question for question in found if question not in ("QUESTION", "…")))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    settings = prepare(tmp_path_factory.mktemp("northlight"))
    noon = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
    with time_machine.travel(noon, tick=True), Session(settings) as opened:
        yield opened


def _ask(session: Session, question: str) -> Answer:
    session.thread = re.sub(r"[^a-z0-9]+", "-", question.lower()).strip("-")  # one of its own
    return session.ask(question)


def _answered(answer: Answer) -> bool:
    """Figures, names or a plan came of it; "no charge matches" would be no example."""
    empty = re.search(
        r"no charge matches|nothing to compare|no data for", answer.answer, re.IGNORECASE
    )
    helped = "You can ask for example" in answer.answer  # help calls no tool
    return answer.status == "answered" and (bool(answer.calls) or helped) and not empty


@pytest.mark.slow  # the sample company is made and read first
def test_every_question_shown_is_answered(session: Session) -> None:
    questions = _shown()
    assert len(questions) > 50
    answers = {question: _ask(session, question) for question in questions}
    assert {q: a.answer[:200] for q, a in answers.items() if not _answered(a)} == {}


@pytest.mark.slow  # as above
@pytest.mark.parametrize("refused", ["hello", "forecast next month's bill", "frobnicate the quux"])
def test_what_a_refusal_offers_is_answered(session: Session, refused: str) -> None:
    answer = _ask(session, refused)
    assert answer.status in ("refused", "clarify")
    offered = re.findall(r"^- (.+)$", answer.answer, re.MULTILINE)
    assert len(offered) >= 3
    answers = {question: _ask(session, question) for question in offered}
    assert {q: a.answer[:200] for q, a in answers.items() if not _answered(a)} == {}
