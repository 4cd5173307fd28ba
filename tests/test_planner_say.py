"""Answers in words: what is printed stands in the result, and text from the bill stays text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from planner_told import AUGUST, told
from planner_told import result as result_of
from sample_home import charge, context, sample
from tagwright.receipts import run_tool
from tagwright.registry import load_registry
from tagwright.results import ToolResult
from tagwright_agent.answer.check import check
from tagwright_agent.answer.facts import Evidence
from tagwright_agent.answer.prose import canonical
from tagwright_agent.planner import CatalogueView
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.frames.changes import Changes
from tagwright_agent.planner.frames.costs import costs
from tagwright_agent.planner.frames.coverage import Coverage
from tagwright_agent.planner.frames.data import Data
from tagwright_agent.planner.frames.workloads import Workloads
from tagwright_agent.planner.question import Filter, Question, Scope
from tagwright_agent.planner.understand import understand


def call_of(question: Question) -> tuple[str, dict[str, Any]]:
    frame = frames()[question.frame]
    return frame.tool, frame.call(question)


def test_total() -> None:
    """The first sentence: metric, filters, dates, figure, currency."""
    search = costs(Scope(filters=(Filter(dimension="team", values=("search",)),)))
    result = result_of(totals=[{"currency": "USD", "effective_cost": "1234.567"}])
    assert told(search, "query_costs", result) == (
        "Effective cost for team search, September 2026: 1,234.57 USD."
    )


def test_two_currencies_are_never_added() -> None:
    """1 USD and 2 EUR are 1 USD and 2 EUR."""
    totals = [
        {"currency": "EUR", "effective_cost": "2.00"},
        {"currency": "USD", "effective_cost": "1.00"},
    ]
    assert told(costs(Scope()), "query_costs", result_of(totals=totals)) == (
        "Effective cost, September 2026: 2.00 EUR and 1.00 USD."
    )


def test_groups_have_shares_and_a_total() -> None:
    """30 + 10 = 40; no team is shown as no value."""
    rows = [
        {"team": "search", "currency": "USD", "effective_cost": "30.00", "share": "0.750000"},
        {"team": None, "currency": "USD", "effective_cost": "10.00", "share": "0.250000"},
    ]
    result = result_of(
        rows=rows, totals=[{"currency": "USD", "effective_cost": "40.00"}], row_count=2
    )
    assert told(costs(Scope(groups=("team",))), "query_costs", result) == (
        "Effective cost, September 2026: 40.00 USD. "
        "Largest: search with 30.00 USD (75.0% of it).\n\n"
        "| team | Effective cost (USD) | Share |\n"
        "| --- | ---: | ---: |\n"
        "| search | 30.00 | 75.0% |\n"
        "| (no value) | 10.00 | 25.0% |\n"
        "| Total | 40.00 |  |"
    )


@pytest.mark.parametrize(("groups", "shown"), [(20, 20), (21, 10)])
def test_at_most_ten_groups_are_shown_and_that_is_said(groups: int, shown: int) -> None:
    """So many rows of 1; up to twenty are shown whole: ten more lines beat a rest in the dark."""
    rows = [
        {"team": f"t{n}", "currency": "USD", "effective_cost": "1.00", "share": "0.06"}
        for n in range(groups)
    ]
    total = f"{groups}.00"
    result = result_of(
        rows=rows, totals=[{"currency": "USD", "effective_cost": total}], row_count=groups
    )
    text = told(costs(Scope(groups=("team",))), "query_costs", result)
    assert f"| t{shown - 1} |" in text
    assert (f"| t{shown} |" in text) is False
    assert (f"{shown} of {groups} rows are shown." in text) is (shown < groups)


def test_comparison_says_both_figures() -> None:
    """120 after 100 is +20, +20 %."""
    total = {
        "currency": "USD",
        "billed_cost": "120.00",
        "previous_billed_cost": "100.00",
        "change": "20.00",
        "change_ratio": "0.200000",
    }
    result = result_of(totals=[total], details={"compared_to": AUGUST})
    question = costs(Scope(metrics=("billed_cost",), compare_to="previous_period"))
    assert told(question, "query_costs", result) == (
        "Billed cost, September 2026: 120.00 USD (+20.00 USD, +20.0%), "
        "against 100.00 USD in August 2026."
    )


@pytest.mark.parametrize(
    ("way", "shown", "hidden"), [("up", "EC2", "S3"), ("down", "S3", "EC2"), ("", "EC2", "Nothing")]
)
def test_what_fell_is_told_apart_from_what_rose(way: Any, shown: str, hidden: str) -> None:
    rows = [
        {"dimension": "service_name", "value": name, "currency": "USD", "before": before,
         "after": after, "change": change}
        for name, before, after, change in (("EC2", "5", "9", "4"), ("S3", "3", "2", "-1"))
    ]  # fmt: skip
    total = {"currency": "USD", "before": "8", "after": "11", "change": "3"}
    scope = Scope(groups=("service_name",), period="2026-09")
    said = result_of(rows=rows, totals=[total], details={"compared_to": AUGUST})
    text = told(Changes(scope=scope, way=way), "explain_change", said)
    assert shown in text
    assert hidden not in text
    rising = said.model_copy(update={"rows": rows[:1]})
    text = told(Changes(scope=scope, way="down"), "explain_change", rising)
    assert "No service fell." in text


def test_share_of_one_name() -> None:
    """30 of 40."""
    rows = [
        {"team": "search", "currency": "USD", "effective_cost": "30.00", "share": "0.750000"},
        {"team": "data", "currency": "USD", "effective_cost": "10.00", "share": "0.250000"},
    ]
    question = costs(Scope(), show="share", focus=Filter(dimension="team", values=("search",)))
    result = result_of(rows=rows, totals=[{"currency": "USD", "effective_cost": "40.00"}])
    assert told(question, "query_costs", result) == (
        "search: 75.0% of effective cost, September 2026: 30.00 USD of 40.00 USD."
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a|b", r"a\|b"),
        ("[x](http://evil)", r"\[x\](http://evil)"),
        ("a\u202eb", r"a\\u202eb"),
        ("<b>`c`*", r"\<b\>\`c\`\*"),
    ],
)
def test_text_from_the_bill_is_escaped(value: str, shown: str) -> None:
    """A service's name may be anything."""
    rows = [{"service_name": value, "currency": "USD", "effective_cost": "1.00", "share": "1"}]
    result = result_of(
        rows=rows, totals=[{"currency": "USD", "effective_cost": "1.00"}], row_count=1
    )
    assert f"| {shown} |" in told(costs(Scope(groups=("service_name",))), "query_costs", result)


ROWS = [
    charge("30.00", "2026-09-01", ServiceName="Amazon EC2", ProviderName="AWS",
           Tags={"team": "search"}, ResourceId="i-0aa11bb22cc33"),
    charge("10.00", "2026-09-02", ServiceName="Amazon S3", ProviderName="AWS",
           ResourceId="bucket-77ee88"),
    charge("20.00", "2026-08-03", ServiceName="Amazon EC2", ProviderName="AWS",
           Tags={"team": "search"}, ResourceId="i-0aa11bb22cc33"),
]  # fmt: skip
QUESTIONS = [
    "What did we spend in September?",
    "cost by service in September",
    "compare September with August",
    "Why did cost go up in September?",
    "cost by team and month",
    "what share of cost is EC2 in September?",
    "team coverage in September",
    "untagged resources",
    "tag coverage by service",
    "how much of our cost is untagged?",
    "what tags do I have?",
    "how many services do we have",
    "which services are there",
    "what data do you have?",
    "billed cost by service in September vs August",
    "top 1 service in September",
    "cost without team in September",
    "list plans",
]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs a tool over ROWS, each call with a context of its own."""
    home = sample(tmp_path_factory.mktemp("home"), ROWS)
    registry = load_registry()

    def call(tool: str, arguments: dict[str, Any]) -> ToolResult:
        with context(home) as ctx:
            return run_tool(registry, tool, arguments, ctx)

    return call


@pytest.fixture(scope="module")
def view(company: Any) -> CatalogueView:
    """Its catalogue."""
    described = company("describe_data", {"catalogue": True})
    return CatalogueView.from_catalogue(described.details["catalogue"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_passes_the_check_of_figures(
    company: Any, view: CatalogueView, question: str
) -> None:
    """From words to words with the real tools: not one figure is without a source."""
    for understood in understand(question, view):
        tool, arguments = call_of(understood)
        result = company(tool, arguments)
        text = told(understood, tool, result)
        found = check(
            text,
            [Evidence(result, arguments)],
            questions=[question],
            labels=frozenset(view.dimensions),
            vocabulary=frozenset([*view.tools, *view.dimensions]),
        )
        assert not found.ungrounded, text
        assert found.text == canonical(text)  # nothing is taken out


def test_figures_of_the_sample(company: Any, view: CatalogueView) -> None:
    """30 + 10 in September against 20 in August."""
    [question] = understand("Why did cost go up in September?", view)
    tool, arguments = call_of(question)
    text = told(question, tool, company(tool, arguments))
    assert text.startswith(
        "Effective cost, September 2026: 40.00 USD (+20.00 USD, +100.0%), "
        "against 20.00 USD in August 2026."
    )


@settings(deadline=None, max_examples=examples(60))
@given(
    names=st.lists(st.text(max_size=40), min_size=1, max_size=4, unique=True),
    cost=st.decimals(-(10**9), 10**9, places=4, allow_nan=False),
)
def test_any_names_keep_the_table_a_table(names: list[str], cost: Decimal) -> None:
    """Each line of the table has the same number of unescaped bars, whatever the names hold."""
    rows = [
        {"team": name, "currency": "USD", "effective_cost": str(cost), "share": None}
        for name in names
    ]
    result = result_of(
        rows=rows,
        totals=[{"currency": "USD", "effective_cost": str(cost)}],
        row_count=len(rows),
    )
    text = told(costs(Scope(groups=("team",))), "query_costs", result)
    lines = [line for line in text.split("\n") if line.startswith("|")]
    bars = {line.replace(r"\\", "").replace(r"\|", "").count("|") for line in lines}
    assert bars == {3}
    assert len(lines) == 2 + len(rows) + (1 if len(rows) > 1 else 0)


WORKLOADS: dict[str, Any] = {
    "team": None, "product": None, "model": None, "scales": "always on", "certainty": "ai",
    "new": False, "missing": "no team", "currency": "USD",
}  # fmt: skip


def test_workloads_by_currency_with_candidates_apart() -> None:
    """Two currencies are two tables; a column that no row fills is left out; new ones say so."""
    rows = [
        WORKLOADS | {"workload": "rank|er", "effective_cost": "5.00", "new": True, "team": "ml"},
        WORKLOADS | {"workload": "mistral in eu", "effective_cost": "3.00", "currency": "EUR"},
        WORKLOADS | {"workload": "gpu-1", "effective_cost": "9.00", "certainty": "candidate"},
    ]
    result = result_of(
        rows=rows,
        row_count=3,
        totals=[
            {"currency": "EUR", "workloads": 1, "effective_cost": "3.00",
             "unnamed_effective_cost": "0.00", "ai_effective_cost": "3.00"},
            {"currency": "USD", "workloads": 2, "effective_cost": "5.00",
             "unnamed_effective_cost": "-1.00", "ai_effective_cost": "4.00",
             "candidate_effective_cost": "9.00"},
        ],
        details={"show": "all", "counts": {"certain": 2, "candidates": 1, "new": 1}},
    )  # fmt: skip
    text = told(Workloads(), "map_workloads", result)
    assert text == (
        "2 AI workloads and 1 that may be AI, September 2026: effective cost 5.00 USD; 9.00 USD of "
        "candidates; 3.00 EUR. With -1.00 USD that no workload names, such as credits and fees, "
        "AI cost 4.00 USD in all.\n\n"
        "| Workload | Team | Scales | New | Effective cost (USD) |\n"
        "| --- | --- | --- | --- | ---: |\n"
        "| rank\\|er | ml | always on | new | 5.00 |\n\n"
        "| Workload | Scales | Effective cost (EUR) |\n| --- | --- | ---: |\n"
        "| mistral in eu | always on | 3.00 |\n\n"
        "Candidates, such as GPUs that may draw pictures:\n\n"
        "| Workload | Scales | Effective cost (USD) |\n| --- | --- | ---: |\n"
        "| gpu-1 | always on | 9.00 |"
    )
    assert check(text, [result]).ungrounded == ()


@pytest.mark.parametrize(
    ("question", "show", "said"),
    [
        (Workloads(), "new", "No new AI workloads, September 2026."),
        (Workloads(form="job", work="training"), "no_team",
         "No training jobs without a team, September 2026."),
        (Workloads(form="endpoint"), "untagged", "No untagged endpoints, September 2026."),
    ],
)  # fmt: skip
def test_no_workload(question: Question, show: str, said: str) -> None:
    assert told(question, "map_workloads", result_of(details={"show": show})) == said


def test_a_long_catalogue_is_cut_and_says_so() -> None:
    """15 of 20 are shown, and the check counts the rows of the table."""
    rows = [
        WORKLOADS | {"workload": f"rank-{n}", "effective_cost": f"{90 - n}.00"} for n in range(20)
    ]
    totals: list[dict[str, Any]] = [
        {"currency": "USD", "workloads": 20, "effective_cost": "1610.00"}
    ]
    counts = {"certain": 20, "candidates": 0, "new": 0}
    result = result_of(rows=rows, row_count=20, totals=totals, details={"counts": counts})
    text = told(Workloads(), "map_workloads", result)
    assert "15 of 20 rows are shown, the most expensive first." in text
    assert check(text, [result]).ungrounded == ()


def test_coverage_tells_every_part(company: Any, view: CatalogueView) -> None:
    """No tags, a missing key, a wrong value, and what cannot be tagged: four amounts."""
    total = {
        "key": "team", "currency": "USD", "covered": "1.00", "invalid": "2.00", "missing": "3.00",
        "untagged": "4.00", "taggable": "10.00", "coverage": "0.100000", "untaggable": "5.00",
    }  # fmt: skip
    result = result_of(rows=[total], totals=[total], details={"keys": ["team"]}, row_count=1)
    assert told(Coverage(keys=("team",)), "tag_coverage", result).endswith(
        "has a valid team: 1.00 USD of 10.00 USD; 4.00 USD has no tags at all; 3.00 USD has tags "
        "but no team; 2.00 USD has a value that is not valid. Beside it 5.00 USD cannot be tagged."
    )


def test_raw_tags_are_listed_with_what_they_mean(company: Any, view: CatalogueView) -> None:
    [question] = understand("what tags do I have?", view)
    tool, arguments = call_of(question)
    text = told(question, tool, company(tool, arguments))
    assert "| team | team | search | " in text


def test_a_share_of_empty_values_is_told_where_there_are_any() -> None:
    row = {"tag": "k", "currency": "USD", "coverage": "0.500000", "empty_ratio": "0.250000",
           "resources": 2, "values": 1, "examples": "a", "key": None}  # fmt: skip
    tags = Data(about="values", dimension="tags")
    some = result_of(rows=[row], details={"dimension": "tags"}, row_count=1)
    text = told(tags, "describe_data", some)
    assert "| Tag | Key | For example | Coverage | Empty | Resources | Values |" in text
    assert "| k | (none) | a | 50.0% | 25.0% | 2 | 1 |" in text
    none = result_of(
        rows=[{**row, "empty_ratio": "0.000000"}], details={"dimension": "tags"}, row_count=1
    )
    assert "Empty" not in told(tags, "describe_data", none)


def test_the_difference_of_two_is_the_tools_figure() -> None:
    two = [("search", "67937.07"), ("discovery", "16942.48")]
    result = result_of(
        rows=[{"team": name, "currency": "USD", "effective_cost": cost} for name, cost in two],
        totals=[{"currency": "USD", "effective_cost": "84879.55"}],
        details={"gap": [{"currency": "USD", "effective_cost": "50994.59"}]},
    )
    question = costs(Scope(groups=("team",)), show="gap")
    assert told(question, "query_costs", result).startswith(
        "Effective cost, September 2026: search with 67,937.07 USD, discovery with 16,942.48 USD, "
        "a difference of 50,994.59 USD."
    )
    alone = result_of(rows=result.rows[:1], totals=result.totals)
    assert "only one of the two has a figure" in told(question, "query_costs", alone)
