"""The verbs ``tools`` and ``tool``, and every result as a table of at most 80 columns."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from effort import examples
from sample_home import charge, many, sample
from tagwright.money import decimal_text, ratio_text
from tagwright.render.result import result_blocks
from tagwright.render.terminal import print_blocks
from tagwright.results import Period, ToolResult
from tagwright.text import clean
from tagwright_agent.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def shown(result: ToolResult, *, width: int = 80, details: bool = False) -> str:
    stream = io.StringIO()
    out = Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
    print_blocks(out, result_blocks(result, details=details))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def test_tools_as_table_and_json(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert main(["tools"]) == 0
    out = capsys.readouterr().out
    assert "query_costs        read     What was charged, as tagged" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert main(["tools", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    effects = {found["name"]: found["effect"] for found in document["tools"]}
    assert effects["propose_tag_fixes"] == "propose"
    assert all(found["input_schema"]["type"] == "object" for found in document["tools"])
    assert list(home.iterdir()) == []


def test_tool_as_json_is_the_result(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    sample(home, [charge("1.25"), charge("2", ServiceName="S3")])
    assert main(["tool", "query_costs", '{"group_by": ["service"]}', "--json"]) == 0
    result = ToolResult.model_validate(json.loads(capsys.readouterr().out))
    assert result.rows[0] == {
        "service_name": "S3", "currency": "USD", "effective_cost": "2.00", "share": "0.615385",
    }  # fmt: skip
    assert result.receipt is not None


def test_arguments_from_stdin(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample(home, [charge("1.25")])
    monkeypatch.setattr("sys.stdin", io.StringIO('{"metric": "billed_cost"}'))
    assert main(["tool", "query_costs", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"][0]["billed_cost"] == "1.25"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["query_cost"], "Did you mean query_costs"),
        (["query_costs", "{"], "not JSON at character 2"),
        (["query_costs", "[1]"], "must be one JSON object"),
        (["query_costs", "[", "--json"], "not JSON"),
        (["query_costs", "[" * 200_000], "too deeply"),
        (["query_costs", '{"metric": "smiles"}'], "Unknown metric 'smiles'"),
        (["query_costs", '{"nope": 1}'], "'nope'"),
    ],
)
def test_misuse_is_status_2_and_clear(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    sample(home, [charge("1")])
    assert main(["tool", *arguments]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    if "--json" in arguments:
        assert "error" in json.loads(captured.out)


def test_no_data_yet_is_status_1(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert main(["tool", "query_costs"]) == 1
    assert "ingest" in capsys.readouterr().err


def test_a_writing_tool_is_refused(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tagwright import registry
    from tagwright.api import ToolContext, tool

    ran = []

    @tool(effect="write")
    def wipe(ctx: ToolContext) -> ToolResult:
        """Wipes."""
        ran.append(1)
        return ToolResult()

    found = registry.Registry()
    found.add(wipe)
    monkeypatch.setattr(registry, "load_registry", lambda: found)
    assert main(["tool", "wipe"]) == 2
    assert "writes" in capsys.readouterr().err
    assert ran == []


def test_the_whole_table(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """Three resources of which two are shown; ids and figures are whole."""
    rows = [
        charge("1234567.891", ResourceId=f"arn:aws:ec2:us-east-1:123456789012:i-0{'a' * 49}"),
        charge("0.004", ResourceId=""),
        charge("-2", ResourceId="i-2"),
    ]  # fmt: skip
    sample(home, rows)
    arguments = {"group_by": ["resource_id", "service"], "limit": 2, "period": "2026-09"}
    assert main(["tool", "query_costs", json.dumps(arguments)]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    arn = rows[0]["ResourceId"]
    assert lines[:-1] == [
        "Period: 2026-09 (2026-09-01 to 2026-09-30)   Currency: USD",
        "",
        "                                                Service        Effective",
        "Resource id                                     name                cost   Share",
        arn,
        "                                                Amazon EC2  1,234,567.89  100.0%",
        "(no value)                                      Amazon EC2         <0.01    0.0%",
        "                                                            ────────────  ──────",
        "Total                                                       1,234,565.90",
        "",
        "2 of 3 rows are shown.",
        "",
        "Run rate: currency USD, run rate 37,036,976.85, known days 1, period days 30",
        "",
        "Note: Data ends 2026-09-01: 2026-09 is not complete.",
        "",
    ]
    assert lines[-1].startswith("Receipt: rcp_")
    assert all(len(line) <= 80 for line in lines if line != arn)


SEPTEMBER = Period(start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 1), label="2026-09")


def test_totals_stand_under_a_rule_and_unit_and_period_above() -> None:
    result = ToolResult(
        rows=[
            {"service_name": "EC2", "currency": "USD", "effective_cost": "7.50", "share": "0.75"},
            {"service_name": None, "currency": "USD", "effective_cost": "2.50", "share": "0.25"},
        ],
        totals=[{"currency": "USD", "effective_cost": "10.00"}],
        period=SEPTEMBER,
        row_count=2,
    )
    assert shown(result).splitlines() == [
        "Period: 2026-09 (2026-09-01 to 2026-09-30)   Currency: USD",
        "",
        "Service name  Effective cost  Share",
        "EC2                     7.50  75.0%",
        "(no value)              2.50  25.0%",
        "              ──────────────  ─────",
        "Total                  10.00",
    ]


def test_each_currency_has_its_own_total() -> None:
    rows = [{"team": t, "currency": c, "effective_cost": "1.00"}
            for t in ("a", "b") for c in ("EUR", "USD")]  # fmt: skip
    totals = [{"currency": c, "effective_cost": "2.00"} for c in ("EUR", "USD")]
    text = shown(ToolResult.model_validate({"rows": rows, "totals": totals, "row_count": 4}))
    assert [line.split() for line in text.splitlines()[-2:]] == [
        ["Total", "EUR", "2.00"],
        ["Total", "USD", "2.00"],
    ]


def test_all_totals_or_none() -> None:
    """With one of two rows shown, the other currency's total would read as the total of both."""
    result = ToolResult(
        rows=[{"currency": "USD", "effective_cost": "10.00"}],
        totals=[
            {"currency": "EUR", "effective_cost": "5.00"},
            {"currency": "USD", "effective_cost": "10.00"},
        ],
        row_count=2,
    )
    told = shown(result)
    assert "EUR" in told
    assert told.count("USD") == 2


def test_a_tag_that_looks_like_an_amount_stays_as_it_is() -> None:
    """Version 1.50 is not the number 1.5, and account 111122223333 has no thousands."""
    result = ToolResult(
        rows=[
            {"tag:version": "1.50", "sub_account_id": "111122223333", "currency": "USD",
             "effective_cost": "1000.00"},
        ],
        totals=[{"currency": "USD", "effective_cost": "1000.00"}],
        row_count=1,
    )  # fmt: skip
    text = shown(result)
    assert text.splitlines()[2].split() == [
        "tag:version", "Sub", "account", "id", "Effective", "cost",
    ]  # fmt: skip
    assert text.splitlines()[3].split() == ["1.50", "111122223333", "1,000.00"]


def test_small_amounts_get_the_places_they_need() -> None:
    rows = [{"model": "a", "cost_per_token": "0.00000250"}, {"model": "b", "cost_per_token": "0"}]
    result = ToolResult.model_validate(
        {"rows": [{**r, "cost_per_token": decimal_text(Decimal(r["cost_per_token"]))}
                  for r in rows], "row_count": 2}
    )  # fmt: skip
    assert "0.00000250" in shown(result)


def test_escapes_in_a_bill_do_not_reach_the_terminal() -> None:
    rows: list[dict[str, Any]] = [{"name": "a\x1b[31m\u202e[bold]", "cost": "1.00"}]
    text = shown(ToolResult(rows=rows, notes=["\x1b]0;title\x07"], row_count=1))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]" in text


def test_a_page_beyond_the_end_says_that_there_are_rows_before_it() -> None:
    assert shown(ToolResult(row_count=3, offset=100)) == "No rows after the first 3."


def test_what_is_empty_says_so() -> None:
    assert shown(ToolResult(notes=["Nothing."])) == "No rows.\n\nNote: Nothing."


NAMES = st.one_of(
    st.none(), st.text(max_size=12), st.just("arn:aws:ec2:us-east-1:1:instance/" + "i" * 60)
)
AMOUNTS = st.decimals(Decimal(-(10**15)), Decimal(10**15), places=8)


@pytest.mark.slow  # 150 tables are drawn
@hypothesis_settings(max_examples=examples(150), deadline=None)
@given(
    names=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=5),
    amounts=st.lists(st.lists(AMOUNTS, min_size=5, max_size=5), min_size=5, max_size=5),
    figures=st.integers(1, 5),
    currencies=st.lists(st.sampled_from(["USD", "EUR"]), min_size=5, max_size=5),
)
def test_no_line_is_wider_than_80_and_no_figure_is_cut(
    names: list[tuple[str | None, str | None]],
    amounts: list[list[Decimal]],
    figures: int,
    currencies: list[str],
) -> None:
    labels = ["effective_cost", "previous_effective_cost", "change", "taggable", "covered"]
    rows: list[dict[str, Any]] = [
        {
            "resource_id": name,
            "service_name": other,
            "currency": currency,
            **{k: decimal_text(v) for k, v in zip(labels[:figures], line, strict=False)},
            "share": ratio_text(line[0], amounts[0][0]),
        }
        for (name, other), line, currency in zip(names, amounts, currencies, strict=False)
    ]
    total = {k: v for k, v in rows[0].items() if k in (*labels, "currency")}
    text = shown(ToolResult(rows=rows, totals=[total], row_count=len(rows)))
    ids = {clean(name) for pair in names for name in pair if name}  # whole, on a line of their own
    assert all(cell_len(line) <= 80 for line in text.splitlines() if line not in ids)
    for line in amounts[: len(rows)]:
        for amount in line[:figures]:
            if abs(amount) >= 1:
                assert f"{amount:,.2f}" in text


@pytest.mark.slow  # every tool is run and drawn
def test_every_built_in_tool_fits_80_columns(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    sample(home, many(120))
    for name, arguments in [
        ("describe_data", {}),
        ("describe_data", {"dimension": "resource"}),
        ("query_costs", {"group_by": ["service", "region", "team"], "compare_to": "2026-08",
                         "period": "2026-09"}),
        ("query_costs", {"group_by": ["week"]}),
        ("explain_change", {"period": "2026-09"}),
        ("tag_coverage", {}),
        ("tag_coverage", {"group_by": ["resource_id", "service"]}),
        ("tag_coverage", {"basis": "resources"}),
        ("map_workloads", {}),
        ("price_launch", {"sku": "sku-a", "tags": {"team": "nobody"}}),
        ("price_launch", {"sku": "openai/gpt-4o", "requests": 10, "input_tokens": 10}),
        ("get_plan", {}),
    ]:  # fmt: skip
        assert main(["tool", name, json.dumps(arguments), "--home", str(home)]) == 0
        out = capsys.readouterr().out
        assert all(cell_len(line) <= 80 for line in out.splitlines()), out
