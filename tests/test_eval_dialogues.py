"""Dialogues judged turn by turn, what a refusal and small talk must be, and the paraphrases."""

from __future__ import annotations

import json
import sys
from collections import Counter
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import pytest

from sample_home import charge, load
from tagwright.config import Settings
from tagwright_evals.questions.agents import Command
from tagwright_evals.questions.judge import judge
from tagwright_evals.questions.model import (
    Given,
    Gold,
    Question,
    Row,
    chosen,
    load_dialogues,
    load_questions,
)
from tagwright_evals.questions.paraphrases import written
from tagwright_evals.questions.report import page
from tagwright_evals.questions.run import regressions, run

TALK = """{"id": "d-1", "category": "ellipsis", "person": "terse", "split": "open", "turns": [
{"say": "aws", "expect": "answer", "gold": {"sql": "SELECT 5 AS figure, 'USD' AS currency"}},
{"say": "and azure?", "expect": "answer", "gold": {"sql": "SELECT 7 AS figure, 'USD' AS currency"}},
{"say": "thanks", "expect": "talk"}]}""".replace("\n", " ")


class Said:
    """An agent that says to each turn what stands here."""

    def __init__(self, **answers: Given) -> None:
        self.answers = answers
        self.asked: list[tuple[str, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def say(self, name: str, turns: Any) -> list[Given]:
        del name
        self.asked.append(tuple(turns))
        return [self.answers[turn.split()[0]] for turn in turns]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(tmp_path, [charge("1.00", "2026-10-05")])


def test_each_turn_is_judged_and_a_failed_one_does_not_end_the_dialogue(settings: Settings) -> None:
    agent = Said(
        aws=Given("failed", "broke"), **{"and": Given("answered", "7.00 USD")},
        thanks=Given("answered", "You are welcome."),
    )  # fmt: skip
    found = run(settings, agent, [], load_dialogues(TALK))
    assert agent.asked == [("aws", "and azure?", "thanks")]  # one thread
    assert [(item.id, item.verdict, item.person) for item in found.turns] == [
        ("d-1.1", "failed", "terse"), ("d-1.2", "exact", "terse"), ("d-1.3", "exact", "terse"),
    ]  # fmt: skip
    report = found.as_dict()
    assert (report["questions"], report["dialogues"]["dialogues"]) == (0, 1)
    assert report["dialogues"]["whole"] == 0
    assert report["dialogues"]["by_person"]["terse"]["exact"] == 2
    assert "Dialogues with every turn right: 0 of 1." in page(report, None)


def test_a_worse_turn_is_a_regression(settings: Settings) -> None:
    right = {"aws": Given("answered", "5.00 USD"), "and": Given("answered", "7.00 USD"),
             "thanks": Given("answered", "Gladly.")}  # fmt: skip
    good = run(settings, Said(**right), [], load_dialogues(TALK)).as_dict()
    right["and"] = Given("answered", "5.00 USD")
    bad = run(settings, Said(**right), [], load_dialogues(TALK)).as_dict()
    assert good["dialogues"]["whole"] == 1
    assert regressions(bad, good) == ["dialogues, ellipsis: 2 exact, before 3"]


def test_refusals_offer_what_they_can_answer(settings: Settings) -> None:
    asked = Question("q", "beyond", ("forecast?",), expect="refuse", neighbours=True)
    said = {"forecast?": Given("refused", "No."), "total": Given("answered", "1.00 USD"),
            "odd": Given("refused", "No.")}  # fmt: skip

    def verdict(*offers: str) -> tuple[str, str]:
        said["forecast?"] = Given("refused", "No.", offers=offers)
        (found,) = run(settings, Said(**said), [asked]).outcomes
        return found.verdict, found.why

    assert verdict("total cost") == ("exact", "")
    assert verdict() == ("refused", "it offers no question that it could answer")
    assert verdict("total", "odd one") == ("wrong", "it offers 'odd one' and cannot answer it")


def test_a_refusal_says_why() -> None:
    asked = Question("q", "k", ("?",), expect="refuse", refuse_says=("rate|convert", "EUR"))
    assert judge(asked, Given("refused", "No rates; EUR stays."), None).verdict == "exact"
    assert judge(asked, Given("refused", "No rates."), None).why == "the refusal does not say EUR"


def test_what_is_offered_is_about_what_was_understood() -> None:
    asked = Question("q", "k", ("budget of OpenAI?",), expect="refuse", offers_say=("OpenAI",))
    offers = ("Cost by team last month", "OpenAI cost by month")
    assert judge(asked, Given("refused", "No budgets.", offers=offers), None).verdict == "exact"
    found = judge(asked, Given("refused", "No OpenAI budgets.", offers=offers[:1]), None)
    assert (found.verdict, found.why) == ("wrong", "no question offered says OpenAI")


@pytest.mark.parametrize(
    ("status", "verdict"), [("answered", "exact"), ("clarify", "exact"), ("refused", "refused")]
)
def test_two_readings_are_asked_back_or_answered_but_not_refused(status: str, verdict: str) -> None:
    asked = Question("q", "ambiguous", ("search?",), expect="clarify_or_answer")
    assert judge(asked, Given(status, "Which one?"), None).verdict == verdict


@pytest.mark.parametrize(
    ("status", "text", "verdict"),
    [
        ("answered", "You are welcome.", "exact"), ("refused", "I cannot read this.", "refused"),
        ("clarify", "What do you want to know?", "asked"), ("answered", "5.00 USD", "wrong"),
    ],
)  # fmt: skip
def test_small_talk_has_no_figures(status: str, text: str, verdict: str) -> None:
    assert judge(Question("q", "t", ("thanks",), expect="talk"), Given(status, text), None
                 ).verdict == verdict  # fmt: skip


def test_what_was_filtered_out_may_not_be_shown() -> None:
    asked = Question("q", "over", ("over 2?",), gold=Gold("SELECT 1"))
    rows, left_out = [Row(("AWS Lambda",), Decimal(3), None)], ["AWS", "S3"]
    good = "| AWS Lambda | 3.00 |"
    assert judge(asked, Given("answered", good), rows, left_out).verdict == "exact"
    for bad in ("| S3 | 1.00 |", "S3: 1.00 USD"):
        found = judge(asked, Given("answered", f"{good}\n{bad}"), rows, left_out)
        assert (found.verdict, found.why) == ("wrong", "S3 was not asked for")


def test_names_alone_can_be_the_answer() -> None:
    asked = Question("q", "owners", ("whose?",), gold=Gold("SELECT 1", "name"))
    row = Row(("discovery",), Decimal(0), None)
    assert judge(asked, Given("answered", "It is Discovery's."), [row]).verdict == "exact"
    assert judge(asked, Given("answered", "search"), [row]).why == "discovery is not there"


def test_a_command_may_answer_every_turn(tmp_path: Path) -> None:
    program = tmp_path / "agent.py"
    program.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    turns = json.loads(line)['turns']\n"
        "    said = [{'text': turn.upper(), 'offers': ['x']} for turn in turns]\n"
        "    print(json.dumps({'answers': said[:2]}), flush=True)\n"
    )
    with Command([sys.executable, str(program)]) as agent:
        found = agent.say("d", ["a", "b", "c"])
    assert [(given.status, given.text) for given in found] == [
        ("answered", "A"), ("answered", "B"), ("failed", "the command said no text"),
    ]  # fmt: skip
    assert found[0].offers == ("x",)


def test_the_committed_paraphrases_are_what_the_generator_writes() -> None:
    committed = files("tagwright_evals.questions") / "paraphrases.jsonl"
    assert committed.read_text(encoding="utf-8") == written()
    assert json.loads(written().splitlines()[0])["id"] == "said-001"


def test_dialogues_are_of_many_kinds_and_people() -> None:
    found = load_dialogues()
    assert len(found) >= 80
    assert {len(item.turns) for item in found} <= set(range(3, 9))
    assert len(load_dialogues(sets=["outside_dialogues.jsonl"])) >= 40
    assert chosen(found, ["met-*"]) == load_dialogues(sets=["met_dialogues.jsonl"])
    assert len(chosen(found, ["met-*"])) >= 36
    people = Counter(item.person for item in found)
    assert len(people) == 8
    assert min(people.values()) >= 8
    assert 0.25 < sum(item.split == "held-out" for item in found) / len(found) < 0.4
    assert all(turn.turns[-1] for item in found for turn in item.turns)
    with pytest.raises(ValueError, match="line 1 is no question"):
        load_dialogues('{"id": "d", "turns": []}')


def test_no_question_stands_twice() -> None:
    said = Counter(item.turns for item in load_questions())
    assert [turns for turns, count in said.items() if count > 1] == []
