"""The report of a reconciliation: the page, the CSV, the receipt, and the sample company's."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from sample_home import context
from tagwright.config import load_settings
from tagwright.ingest import ingest
from tagwright.money import decimal_text
from tagwright.receipts import replay
from tagwright.registry import load_registry
from tagwright.reports.reconciliation import Reconciliation, cells_csv, page, prepare
from tagwright_agent.cli import main
from tagwright_evals.company import Company, write_company
from unit_files import billed, bucket, call, load_both

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings


def prepared(settings: Settings, period: str = "2026-09") -> Reconciliation:
    with context(settings) as ctx:
        return prepare(ctx, load_registry(), ctx.period(period))


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, Settings]:
    """The sample company's last month, bills and telemetry."""
    where = tmp_path_factory.mktemp("company")
    company = write_company(where / "files")
    settings = load_settings(where / "home")
    files = [path for path in (*company.paths, *company.telemetry) if "2026-10" in path.name]
    report = ingest(settings, files)
    assert not report.failed
    assert not report.rejected
    return company, settings


@pytest.mark.slow  # a month of the sample company is written and ingested
def test_the_retry_loop_is_what_telemetry_does_not_explain(
    october: tuple[Company, Settings],
) -> None:
    """The gateway counts an answer once; the bill, every time it was generated."""
    company, settings = october
    found = prepared(settings, "2026-10").found
    odd = [
        cell
        for cell in found.cells
        if cell.provider == "aws" and "sonnet" in str(cell.model) and cell.status != "matched"
    ]
    assert [cell.day for cell in odd] == [dt.date(2026, 10, day) for day in range(14, 21)]
    assert {(cell.direction, cell.reason) for cell in odd} == {("Output", "part-of-requests")}
    assert sum((cell.billed or 0) - (cell.priced or 0) for cell in odd) == company.spike.cost


@pytest.mark.slow  # a month of the sample company is written and ingested
def test_the_sample_company_by_provider(october: tuple[Company, Settings]) -> None:
    found = prepared(october[1], "2026-10").found
    shares = {
        row["provider"]: (row["explained"] > 0, row["residual"] > 0, row["unmetered"] > 0)
        for row in found.by("provider")
    }
    assert shares == {
        "openai": (True, False, False),  # its own report
        "anthropic": (True, False, True),  # a workspace nobody asked for
        "aws": (True, True, True),  # the loop; machines that are rented
        "aws.sagemaker": (False, False, False),  # tokens without a price, on such a machine
        "azure": (False, False, True),
        "google": (False, False, True),
        "mistral": (False, False, True),
    }


@pytest.mark.slow  # a month of the sample company is written and ingested
def test_the_receipt_runs_again(october: tuple[Company, Settings]) -> None:
    item = prepared(october[1], "2026-10")
    assert replay(item.receipt, october[1]).status == "same"
    assert item.sound
    assert len(item.checks) == 2  # USD and EUR


class Texts(HTMLParser):
    """Tags, and the texts between them."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name in ("src", "onclick", "onerror")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.slow  # a month of the sample company is written and ingested
def test_the_page_needs_nothing_else_and_says_the_sums(
    october: tuple[Company, Settings],
) -> None:
    item = prepared(october[1], "2026-10")
    seen = Texts(page(item))
    assert not seen.tags & {"script", "link", "img", "iframe"}
    assert "Yes, to the last decimal" in seen.text
    assert "DO NOT USE" not in seen.text
    for row in item.found.totals():
        assert decimal_text(row["billed_ai"]) in seen.text


def test_names_from_a_bill_are_text(home: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    item = prepared(load_both(home, [billed("2.50", model=name)], [call(model=name)]))
    assert "<img" not in page(item)
    assert "&lt;img" in page(item)


def test_an_account_has_its_name_where_people_read_and_its_id_in_the_csv(home: Path) -> None:
    charges = [billed("9", SubAccountId="proj-1", SubAccountName="<b>shop</b>")]
    item = prepared(load_both(home, charges, [], [bucket(project="proj-1")]))
    assert any("of account <b>shop</b> (proj-1): telemetry of" in note for note in item.notes)
    assert "&lt;b&gt;shop&lt;/b&gt; (proj-1)" in page(item)
    assert "<b>shop" not in page(item)
    [row] = csv.DictReader(io.StringIO(cells_csv(item.found)))
    assert row["account"] == "proj-1"


def test_a_formula_in_a_name_is_not_run_by_a_spreadsheet(home: Path) -> None:
    item = prepared(load_both(home, [billed("-2.50", SubAccountId="=1+1")], [],
                              [bucket(project="=1+1")]))  # fmt: skip
    [row] = csv.DictReader(io.StringIO(cells_csv(item.found)))
    assert (row["account"], row["billed"]) == ("'=1+1", "-2.50")


@pytest.mark.slow  # a month of the sample company is written and ingested
def test_the_csv_adds_up_to_the_bill(october: tuple[Company, Settings]) -> None:
    item = prepared(october[1], "2026-10")
    rows = list(csv.DictReader(io.StringIO(cells_csv(item.found))))
    for total in item.found.totals():
        own = [row for row in rows if row["currency"] == total["currency"]]
        assert sum(Decimal(row["billed"]) for row in own if row["billed"]) == total["billed"]


def test_a_page_that_does_not_add_up_says_so(home: Path) -> None:
    item = prepared(load_both(home, [billed("2.50")], [call()]))
    [check] = item.checks
    wrong = Reconciliation(
        item.found, item.receipt, (type(check)(check.what, Decimal(1), Decimal(2), "USD", ""),)
    )
    assert not wrong.sound
    assert "DO NOT USE THIS PAGE" in page(wrong)


def test_without_any_ai(home: Path) -> None:
    plain = billed("9", model=None, meter="BoxUsage", ServiceProviderName="AWS",
                   ServiceName="Amazon S3", ServiceCategory="Storage")  # fmt: skip
    item = prepared(load_both(home, [plain]))
    assert item.checks == ()
    assert "No AI charge and no usage is known" in page(item)


@pytest.mark.parametrize(
    "charges",
    [
        [],
        [billed("1", "2026-08-01", BillingPeriodStart="2026-08-01", BillingPeriodEnd="2026-09-01")],
        [billed("2.50", BillingCurrency="EUR")],
    ],
)
def test_a_bill_that_is_missing_is_not_one_of_nothing(
    charges: list[dict[str, Any]], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None at all (which ended as an unknown value), none of the month, none in dollars."""
    item = prepared(load_both(home, charges, [call()]))
    assert item.sound
    assert {check.currency for check in item.checks} <= {"EUR"}
    assert [(row["billed_ai"], row["billed"]) for row in item.found.totals()][-1] == (None, None)
    text = " ".join(Texts(page(item)).text.split())
    assert "No AI charge in USD is known for this period" in text
    assert "0.00 USD" not in text
    assert main(["reconcile", "--period", "2026-09"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "No AI charge in USD is known for this period; telemetry without a bill" in said
    assert "Billed for AI: 0.00" not in said
    assert main(["reconcile", "--period", "2026-09", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["totals"][-1]["billed_ai"] is None
    assert document["by_model"][-1]["billed"] is None


def test_a_month_that_is_not_whole_is_left_out_and_told_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Billed by the month: a half of it has nothing to compare, and no table of nothing."""
    month = billed("5", ChargePeriodEnd="2026-10-01")
    load_both(home, [month], [call()])
    half = ["reconcile", "--period", "2026-09-01/2026-09-15"]
    assert main(half) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Billed for AI: 5.00 USD, of which 5.00 on days that are not compared yet." in said
    assert "Provider, model" not in said
    assert main([*half, "--json"]) == 0
    [total] = json.loads(capsys.readouterr().out)["totals"]
    assert (total["billed_ai"], total["left_out"], total["billed"]) == ("5.00", "5.00", "0.00")


def test_a_page_and_cells_in_one_file_are_refused(home: Path, tmp_path: Path) -> None:
    load_both(home, [billed("5")], [call()])
    path = str(tmp_path / "october")
    assert main(["reconcile", "--period", "2026-09", "--html", path, "--csv", path]) == 2
    assert not (tmp_path / "october").exists()


def test_a_bill_of_credits_alone_has_no_negative_nothing(home: Path) -> None:
    [total] = prepared(load_both(home, [billed("-2.50")], [call()])).as_dict()["totals"]
    assert (total["billed"], total["explained_share"]) == ("-2.50", "0.000000")


def test_the_command(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """500,000 tokens are billed at 2.50 a million, telemetry saw half of them."""
    monkeypatch.setenv("COLUMNS", "80")
    load_both(home, [billed("2.50", tokens=1_000_000)], [call(tokens_in=500_000)])
    html, cells = tmp_path / "r.html", tmp_path / "r.csv"
    given = ["reconcile", "--period", "2026-09", "--html", str(html), "--csv", str(cells)]
    assert main(given) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert "Billed for AI: 2.50 USD, of which 0.00 on days that are not compared yet." in lines
    assert "Parts 2.50 = charged 2.50 USD." in lines
    assert any(line.split()[-3:] == ["2.50", "1.25", "2.000"] for line in lines)
    assert max(len(line) for line in lines if str(tmp_path) not in line) <= 80
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert cells.read_text(encoding="utf-8").startswith("provider,account,day")
    assert main([*given[:3], "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["totals"][0]["residual"] == "2.50"
    assert document["telemetry_priced"]["total"] == "1.25"
    assert document["by_reason"][0]["reason"] == "part-of-requests"
