"""The judge, the golds, and the built-in planner against the committed baseline."""

from __future__ import annotations

import json
import sys
from collections import Counter
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tagwright.blocks import grid
from tagwright.config import load_settings
from tagwright_evals.questions import __main__ as questions_main
from tagwright_evals.questions.agents import Agent, Builtin, Command
from tagwright_evals.questions.judge import judge, ungrounded
from tagwright_evals.questions.model import (
    Given,
    Gold,
    Outcome,
    Question,
    Row,
    chosen,
    load_dialogues,
    load_questions,
)
from tagwright_evals.questions.report import page
from tagwright_evals.questions.run import Run, prepare, regressions, run


def question(category: str = "totals", **fields: Any) -> Question:
    return Question("q-1", category, ("What did we spend?",), gold=Gold("SELECT 1"), **fields)


def verdict(text: str, *rows: Row, status: str = "answered", **fields: Any) -> tuple[str, str]:
    found = judge(question(**fields), Given(status, text), rows)
    return found.verdict, found.why


USD = Row((), Decimal("1234.565"), "USD")


@pytest.mark.parametrize(
    "text",
    ["Spend: 1,234.56 USD.", "Spend: 1,234.57 USD", "It is 1234.565 USD", "| Total | 1,234.56 |"],
)
def test_a_figure_counts_rounded_in_any_usual_way(text: str) -> None:
    assert verdict(text, USD) == ("exact", "")


@pytest.mark.parametrize("text", ["1,234.55 USD", "12,345.65 USD", "11,234.56 USD", "1.234,56"])
def test_another_figure_does_not(text: str) -> None:
    assert verdict(text, USD) == ("wrong", "1234.565 USD is not there")


def test_name_and_figure_stand_in_one_line() -> None:
    rows = [Row(("search",), Decimal(2), "USD"), Row((None,), Decimal(1), "USD")]
    good = "| search | 2.00 |\n| (no value) | 1.00 |"
    assert verdict(good, *rows) == ("exact", "")
    swapped = "| search | 1.00 |\n| (no value) | 2.00 |"
    assert verdict(swapped, *rows)[0] == "wrong"


def test_two_currencies_are_told_apart() -> None:
    rows = [Row((), Decimal(5), "USD"), Row((), Decimal(3), "EUR")]
    assert verdict("5.00 USD\n3.00 EUR", *rows)[0] == "exact"
    assert verdict("5.00 EUR\n3.00 USD", *rows)[0] == "wrong"


def test_the_order_counts_where_it_is_asked_for() -> None:
    rows = [Row(("a",), Decimal(2), "USD"), Row(("b",), Decimal(1), "USD")]
    text = "b 1.00\na 2.00"
    assert verdict(text, *rows)[0] == "exact"
    assert verdict(text, *rows, ordered=True) == ("wrong", "the order is another")


def test_percentages_and_counts() -> None:
    share = Question("q", "shares", ("?",), gold=Gold("", "percent"))
    assert judge(share, Given("answered", "36.9% of it"), [Row((), Decimal("0.36905"), None)]
                 ).verdict == "exact"  # fmt: skip
    count = Question("q", "counts", ("?",), gold=Gold("", "count"))
    assert judge(count, Given("answered", "1,204 charges"), [Row((), Decimal(1204), None)]
                 ).verdict == "exact"  # fmt: skip


def test_a_refusal_must_not_hold_amounts() -> None:
    nobody_knows = Question("q", "refusals", ("forecast?",), expect="refuse")
    assert judge(nobody_knows, Given("refused", "I do not forecast."), None).verdict == "exact"
    assert judge(nobody_knows, Given("refused", "Perhaps 12.00 USD."), None).verdict == "wrong"
    assert judge(nobody_knows, Given("answered", "It will rise."), None).verdict == "wrong"


def test_a_refusal_where_an_answer_was_expected() -> None:
    assert verdict("I cannot.", USD, status="refused") == ("refused", "I cannot.")
    assert verdict("Which one?", USD, status="clarify") == ("asked", "Which one?")


def test_a_forbidden_text_and_a_wrong_tool() -> None:
    assert verdict("1,234.56 USD; approved", USD, forbidden=("approved",))[0] == "wrong"
    given = Given("answered", "1,234.56", [{"tool": "run_sql", "result": {}}])
    found = judge(question(tools=("query_costs",)), given, [USD])
    assert (found.verdict, found.why) == ("wrong", "it called run_sql")


def test_figures_without_a_source() -> None:
    calls = [{"tool": "query_costs", "result": {"rows": [{"effective_cost": "10.005"}]}}]
    given = Given("answered", "10.00 USD, about 12.34 USD more; 1,000.50% of it", calls)
    assert list(ungrounded(given, question())) == ["12.34"]
    assert judge(question(), given, None).verdict == "wrong"


def test_a_line_that_is_no_question_is_named() -> None:
    with pytest.raises(ValueError, match="line 2 is no question"):
        load_questions('{"id": "a", "category": "x", "turns": ["?"]}\n{"id": 1}\n')
    with pytest.raises(ValueError, match="a: an id stands twice"):
        load_questions('{"id": "a", "category": "x", "turns": ["?"]}\n' * 2)


def test_another_agent_by_a_command(tmp_path: Path) -> None:
    program = tmp_path / "agent.py"
    program.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        "    print(json.dumps({'status': 'answered', 'text': ' '.join(asked['turns'])}),"
        " flush=True)\n"
    )
    with Command([sys.executable, str(program)]) as agent:
        assert [given.text for given in agent.say("q", ["a", "b"])] == [
            "the command said no text", "a b",
        ]  # fmt: skip
    with Command([sys.executable, "-c", "print('no json')"]) as agent:
        assert [given.status for given in agent.say("q", ["a"])] == ["failed"]


def test_an_agent_that_ends_fails_its_questions_and_not_the_run() -> None:
    """It was a broken pipe on the way out, which click takes for the end of all: no word."""
    with Command([sys.executable, "-c", ""]) as agent:
        assert agent._process.wait(10) == 0
        assert [given.text for given in agent.say("q", ["a", "b"])] == ["the command has ended"] * 2


def test_an_answer_that_is_no_object_is_a_failure() -> None:
    with Command([sys.executable, "-c", "print([1])"]) as agent:
        assert agent.say("q", ["a"])[0].text == "the command said no JSON object"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--agent", "no-such-agent --x"], "'no-such-agent' cannot be started: No such file"),
        (["--agent", "x", "--model", "y:z"], "it takes neither --model nor --mcp"),
        (["--model", "nobody:z"], "unknown provider 'nobody'"),
    ],
)
def test_who_cannot_be_asked_is_said_before_the_first_question(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begun(_: object, agent: Agent, *__: object, **___: object) -> None:
        with agent:
            pytest.fail("it began")

    monkeypatch.setattr(questions_main, "prepare", lambda _: load_settings(tmp_path))
    monkeypatch.setattr(questions_main, "run", begun)
    found = CliRunner().invoke(
        questions_main.main, [*options, "--category", "totals", "--out", str(tmp_path / "out")]
    )
    assert found.exit_code == 1
    assert said in " ".join(found.output.split())
    assert not (tmp_path / "out").exists()


def outcomes(*verdicts: str, ungrounded: tuple[str, ...] = ()) -> dict[str, Any]:
    found = [
        Outcome(f"q{n}", "totals", "open", verdict, answer="<b>x</b>", ungrounded=ungrounded)  # type: ignore[arg-type]
        for n, verdict in enumerate(verdicts)
    ]
    return Run(tuple(found), 0, 1900).as_dict()


def test_what_is_worse_than_the_baseline_is_told() -> None:
    baseline = outcomes("exact", "exact", "refused")
    assert regressions(outcomes("exact", "exact", "asked"), baseline) == []
    assert regressions(outcomes("exact", "refused", "refused"), baseline) == [
        "totals: 1 exact, before 2"
    ]
    assert regressions(outcomes("exact", "exact", "wrong"), baseline) == [
        "totals: 1 wrong, before 0"
    ]
    assert regressions(outcomes("exact", "exact", "exact", ungrounded=("1.00",)), baseline) == [
        "ungrounded: 3, the limit is 0"
    ]


def test_the_page_escapes_answers() -> None:
    assert "<b>x</b>" not in page(outcomes("wrong"), None)
    assert "&lt;b&gt;x" in page(outcomes("wrong"), None)


def test_the_page_shows_an_answer_as_its_reader_saw_it() -> None:
    """Blocks where the agent gives them; a name in them is text. An exact answer needs no look."""
    blocks = [grid([("Team", "name"), ("Cost", "amount")], [["<i>a</i>", "1234.567"]])]
    given = Given("answered", "as text", blocks=blocks)
    wrong = judge(question(expect="refuse"), given, None)
    assert wrong.verdict == "wrong"
    found = page(Run((wrong,), 0, 1900).as_dict(), None)
    assert '<td class="n" data-head="Cost">1,234.57</td>' in found
    assert "&lt;i&gt;a" in found
    assert "as text" not in found
    exact = judge(question(expect="safe"), given, None)
    assert (exact.verdict, exact.blocks) == ("exact", [])


def test_there_are_enough_questions_of_every_kind() -> None:
    found = load_questions()
    assert len(found) >= 480
    assert len({item.category for item in found}) >= 40
    assert 0.25 < sum(item.split == "held-out" for item in found) / len(found) < 0.4
    typed = len(load_questions(sets=["asked.jsonl"]))
    paraphrased = len(load_questions(sets=["paraphrases.jsonl"]))
    assert typed >= 150
    assert paraphrased >= (typed + paraphrased) / 3


def test_a_fifth_of_the_outside_questions_is_not_to_be_answered() -> None:
    found = load_questions(sets=["outside.jsonl"])
    kinds = Counter(item.category for item in found)
    assert len(found) >= 150
    assert min(kinds.values()) >= 3
    assert max(kinds.values()) / len(found) < 0.15  # of every kind, not of one
    assert 0.15 < sum(item.expect != "answer" for item in found) / len(found) < 0.25
    assert chosen(load_questions(), ["out-*"]) == found  # by name they can be run alone


def test_categories_are_chosen_by_name_or_beginning() -> None:
    said = [question(category=name) for name in ("out-top", "out-why", "top")]
    assert chosen(said, ["top"]) == said[2:]
    assert chosen(said, ["out-*"]) == said[:2]
    assert chosen(said, ["out-*"], "held-out") == []
    assert chosen(said) == said


@pytest.mark.slow  # the whole set, asked of the sample company: CI fails where it became worse
def test_the_planner_is_not_worse_than_the_baseline(tmp_path: Path) -> None:
    """The first set was what the planner was built against: it must be nearly all right."""
    settings = prepare(tmp_path)
    report = run(settings, Builtin(settings), load_questions(), load_dialogues()).as_dict()
    baseline = json.loads((files("tagwright_evals.questions") / "baseline.json").read_text())
    assert regressions(report, baseline) == []
    first = {item.id for item in load_questions(sets=["northlight.jsonl"])}
    verdicts = Counter(item["verdict"] for item in report["outcomes"] if item["id"] in first)
    assert verdicts["exact"] / len(first) >= 0.95
    assert verdicts["wrong"] / len(first) < 0.01
