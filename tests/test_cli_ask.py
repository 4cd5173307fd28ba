"""`tagwright ask`: what is printed, what is JSON, and the exit status."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from charts import chart, series
from sample_home import charge, load
from scripted import ROWS
from tagwright_agent.cli import main
from tagwright_agent.cli.ask import _write_charts
from tagwright_agent.cli.output import spell_what_cannot_be_written
from tagwright_agent.session import Answer


@pytest.fixture
def filled(home: Path) -> Path:
    load(home, ROWS)
    return home


def test_an_answer_has_figure_table_and_receipt_in_80_columns(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["ask", "billed cost by service in 2026-09"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[0].rstrip()
        == "Billed cost, September 2026: 313.34 USD. Largest: Amazon EC2 with 200.00 USD"
    )
    assert "Amazon EC2             200.00  63.8%" in [line.rstrip() for line in lines]
    assert lines[-2].startswith("Receipt: rcp_")
    assert max(map(len, lines)) <= 80


def test_json_holds_the_exact_figures(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "total billed cost in 2026-09", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "answered"
    assert document["calls"][0]["result"]["totals"] == [
        {"currency": "USD", "billed_cost": "313.335"}
    ]


def test_the_real_sample_gives_what_an_independent_sum_gives(
    shared: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import csv

    export = shared / "data" / "focus_sample.csv"
    expected: dict[str, Decimal] = {}
    with export.open(newline="", encoding="utf-8") as text:
        for row in csv.DictReader(text):
            name = row["ProviderName"]
            expected[name] = expected.get(name, Decimal(0)) + Decimal(row["BilledCost"])
    assert main(["ingest", str(export)]) == 0
    capsys.readouterr()
    assert main(["ask", "total billed cost by provider", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)["calls"][0]["result"]
    found = {row["service_provider_name"]: Decimal(row["billed_cost"]) for row in result["rows"]}
    assert found == expected
    assert Decimal(result["totals"][0]["billed_cost"]) == sum(expected.values())


@pytest.mark.parametrize(
    ("question", "status", "said"),
    [
        ("", 2, "The question is empty."),
        ("   \t ", 2, "The question is empty."),
        ("cost " * 2000, 2, "9,999 characters; the limit is 4,000"),
        ("what is the weather in Paris?", 1, "nothing a bill can answer"),
        ("cost of the zebra team", 1, "'zebra' is nothing I know in this data"),
        ("'; DROP TABLE charges; --", 1, "You can ask for example"),
    ],
)
def test_what_cannot_be_answered_says_so_and_is_no_success(
    question: str, status: int, said: str, filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", question]) == status
    shown = capsys.readouterr()
    assert said in " ".join((shown.out + shown.err).split())
    assert "Traceback" not in shown.err


def test_the_question_from_stdin(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"total billed cost in 2026-09")))
    assert main(["ask", "-"]) == 0
    assert "313.34 USD" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"co\xfft")))
    assert main(["ask", "-"]) == 2
    assert "not UTF-8" in capsys.readouterr().err


def test_a_thread_goes_on(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "billed cost of Amazon EC2 in 2026-09", "--thread", "t1"]) == 0
    begun = capsys.readouterr()
    assert begun.err == (
        "tagwright: There is no conversation t1 yet; a new one begins under that id.\n"
    )
    assert main(["ask", "and in 2026-08?", "--thread", "t1"]) == 0
    assert "120.00 USD" in capsys.readouterr().out
    assert main(["ask", "and in 2026-08?", "--thread", "no/../such thread"]) == 2


def test_sql_that_a_model_wrote_is_shown_under_the_answer() -> None:
    from rich.console import Console

    from tagwright.blocks import sentence
    from tagwright_agent.cli.answer_view import print_answer

    out = Console(file=io.StringIO(), width=80)
    call = {"tool": "run_sql", "arguments": {}, "receipt": "rcp_1"}
    call["result"] = {"details": {"sql": "SELECT 1,\n  [2], '\u202e'"}}
    blocks = [sentence("One.")]
    print_answer(out, Answer("answered", "One.", blocks, calls=[call, {**call}]))
    lines = out.file.getvalue().splitlines()
    assert lines[:5] == ["One.", "", "SQL:", "  SELECT 1,", "    [2], '\\u202e'"]
    assert lines.count("SQL:") == 1


def test_a_chart_is_drawn_where_it_is_asked_for(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["ask", "--chart", "billed cost by service in 2026-09"]) == 0
    lines = capsys.readouterr().out.splitlines()
    title = lines.index("Billed cost by service, September 2026 (USD)")
    assert lines[title + 1].startswith("Amazon EC2 ")
    assert lines[title + 1].endswith(" 200.00")
    assert "█" in lines[title + 1]


def test_what_is_piped_has_no_chart_unless_it_is_asked_for(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "billed cost per day in 2026-09"]) == 0
    assert "█" not in capsys.readouterr().out


def test_a_chart_file_is_a_picture(filled: Path, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="the charts extra is not installed")
    for name, begin in (("september", b"\x89PNG"), ("a.svg", b"<svg "), ("b.SVG", b"<svg ")):
        image = tmp_path / name
        assert main(["ask", "billed cost by service in 2026-09", "--chart-file", str(image)]) == 0
        written = image if image.suffix else image.with_suffix(".png")
        assert written.read_bytes().startswith(begin)


@pytest.mark.parametrize("name", ["out.pdf", "out.png.exe", "b.jpeg"])
def test_a_chart_file_of_another_kind_is_refused_before_the_question(
    name: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "cost by team", "--chart-file", str(tmp_path / name)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "a picture is written as .png or .svg, not as" in said
    assert "--chart-file" in said
    assert not (tmp_path / name).exists()


def test_a_currency_of_a_bill_is_no_path(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="the charts extra is not installed")
    drawn = [
        chart("ranked", ("a", "b"), series("", (Decimal(2), Decimal(1))), unit=unit)
        for unit in ("USD", "EUR", "../../x")
    ]
    _write_charts(Answer("answered", "", drawn), tmp_path / "cost.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "cost-3.svg", "cost-EUR.svg", "cost.svg",
    ]  # fmt: skip


def test_no_chart_file_is_written_for_one_figure(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = tmp_path / "total.png"
    assert main(["ask", "total billed cost in 2026-09", "--chart-file", str(image)]) == 2
    assert "no figures to draw" in capsys.readouterr().err
    assert not image.exists()


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_terminal_without_the_letters_of_a_name_is_told_them(
    home: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, options: list[str]
) -> None:
    load(
        home,
        [charge("1.00", "2026-09-05", ServiceName=name) for name in ("\u6570 \U0001f469", "b")],
    )
    screen = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(screen, encoding, write_through=True))
    spell_what_cannot_be_written()
    assert main(["ask", "cost by service", *options]) == 0
    said = screen.getvalue().decode(encoding)
    assert "\\u6570 \\ud83d\\udc69" in said
    if options:
        rows = json.loads(said)["calls"][0]["result"]["rows"]
        assert {row["service_name"] for row in rows} == {"\u6570 \U0001f469", "b"}
    else:
        assert "u2500" not in said
