"""One bill from two sources is refused, and the way out leaves exactly one of them."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from focus_files import write_cur, write_focus
from tagwright.api import UnknownNameError
from tagwright.config import load_settings
from tagwright.ingest import IngestReport, ingest
from tagwright.ingest.scopes import keyed
from tagwright.warehouse import open_warehouse
from tagwright_agent.cli import main


def focus(path: Path, *rows: dict[str, Any]) -> Path:
    own = {"BillingAccountId": "arn:aws:organizations::123456789012:account"}
    return write_focus(path, [{**own, **row} for row in rows or ({},)])


def invoice(path: Path, vendor: str, account: str, month: str = "2026-09") -> Path:
    path.write_text(
        "vendor,account,invoice_id,period_start,period_end,description,product,amount,currency\n"
        f"{vendor},{account},I-1,{month}-01,{month}-28,API,API,12.00,USD\n"
    )
    return path


def openai_costs(path: Path, organization: str | None) -> Path:
    start = int(dt.datetime(2026, 9, 3, tzinfo=dt.UTC).timestamp())
    result = {
        "object": "organization.costs.result",
        "amount": {"value": 5.5, "currency": "usd"},
        "line_item": "gpt-4o, input",
        "organization_id": organization,
    }
    bucket = {
        "object": "bucket", "start_time": start, "end_time": start + 86_400, "results": [result],
    }  # fmt: skip
    path.write_text(json.dumps({"object": "page", "data": [bucket]}))
    return path


def openai_usage(path: Path) -> Path:
    start = int(dt.datetime(2026, 9, 3, tzinfo=dt.UTC).timestamp())
    result = {
        "object": "organization.usage.completions.result", "input_tokens": 10, "output_tokens": 2,
        "num_model_requests": 1, "model": "gpt-4o-2024-08-06",
    }  # fmt: skip
    bucket = {
        "object": "bucket", "start_time": start, "end_time": start + 86_400, "results": [result],
    }  # fmt: skip
    path.write_text(json.dumps({"object": "page", "data": [bucket]}))
    return path


def run(home: Path, *paths: Path, instead_of: str | None = None) -> IngestReport:
    return ingest(load_settings(home), paths, instead_of=instead_of)


def held(home: Path) -> dict[str, Decimal]:
    sql = 'SELECT x_source, sum("BilledCost") FROM charges GROUP BY 1'
    with open_warehouse(load_settings(home)).open() as snapshot:
        return dict(snapshot.query(sql).rows)


def rolled(home: Path) -> Decimal:
    with open_warehouse(load_settings(home)).open() as snapshot:
        [(name, *_), *_] = snapshot.query(
            "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'rollup%' ORDER BY 1"
        ).rows
        [(total,)] = snapshot.query(f'SELECT sum("BilledCost") FROM "{name}"').rows
    assert isinstance(total, Decimal)
    return total


def test_a_month_as_cur_and_as_focus_is_refused_and_both_are_named(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(home, write_cur(tmp_path / "cur.csv"))
    bill = focus(tmp_path / "focus.csv")
    report = run(home, bill)
    assert report.failed
    assert report.snapshot == first.snapshot
    assert report.files[0].error == (
        f"{bill}: is the same bill from another source: focus here, aws_cur (charges that are "
        "there), for billing account arn:aws:organizations::123456789012:account (123456789012 "
        "there), 2026-09. Both would count it twice; nothing of this file was taken. Leave it, or "
        "give --instead-of aws_cur to have this one in its place."
    )
    assert held(home) == {"aws_cur": Decimal(7)}
    assert main(["ingest", str(bill)]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "--instead-of aws_cur" in told
    assert "nothing has changed" in told


def test_in_one_run_the_first_one_stays_and_other_files_go_on(tmp_path: Path, home: Path) -> None:
    august = {"BillingPeriodStart": "2026-08-01", "ChargePeriodStart": "2026-08-31"}
    report = run(
        home,
        write_cur(tmp_path / "a.csv"),
        focus(tmp_path / "b.csv", {}, {**august, "BilledCost": "9"}),
        focus(tmp_path / "c.csv", {**august, "BilledCost": "3"}),
    )
    assert [bool(file.error) for file in report.files] == [False, True, False]
    assert "aws_cur (a.csv)" in str(report.files[1].error)
    assert (report.files[1].charges, report.files[1].totals) == (0, [])
    assert held(home) == {"aws_cur": Decimal(7), "focus": Decimal(3)}


def test_instead_of_drops_those_scopes_and_no_others(tmp_path: Path, home: Path) -> None:
    august = {
        "bill/BillingPeriodStartDate": "2026-08-01T00:00:00Z",
        "bill/BillingPeriodEndDate": "2026-09-01T00:00:00Z",
        "lineItem/UsageStartDate": "2026-08-03T00:00:00Z",
        "lineItem/UnblendedCost": "40.00",
    }
    other = {"bill/PayerAccountId": "999999999999", "lineItem/UnblendedCost": "500.00"}
    run(home, write_cur(tmp_path / "cur.csv", {}, august, other))
    report = run(home, focus(tmp_path / "focus.csv"), instead_of="aws_cur")
    assert not report.failed
    assert held(home) == {"aws_cur": Decimal(540), "focus": Decimal(1)}
    assert rolled(home) == Decimal(541)
    [dropped] = report.replaced
    assert dropped.as_dict() == {
        "billing_account": "123456789012",
        "billing_period": "2026-09-01",
        "before": [{"currency": "USD", "charges": 1, "billed": "7.00", "effective": "7.00"}],
        "after": [],
        "instead_of": "aws_cur",
    }
    # What gave way does not come back by itself.
    assert run(home, write_cur(tmp_path / "again.csv")).failed
    assert held(home)["focus"] == Decimal(1)


def test_instead_of_in_one_run_whatever_the_order(tmp_path: Path, home: Path) -> None:
    report = run(
        home, write_cur(tmp_path / "a.csv"), focus(tmp_path / "b.csv"), instead_of="aws_cur"
    )
    assert [bool(file.error) for file in report.files] == [True, False]
    assert held(home) == {"focus": Decimal(1)}


def test_instead_of_says_what_went(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", str(write_cur(tmp_path / "cur.csv"))]) == 0
    assert main(["ingest", str(focus(tmp_path / "f.csv")), "--instead-of", "aws_cur"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Dropped aws_cur's 123456789012, billing period 2026-09-01: billed 7.00 USD" in told
    assert main(["ingest", str(tmp_path / "f.csv"), "--instead-of", "aws_kur"]) == 2
    assert "aws_cur" in capsys.readouterr().err


def test_instead_of_a_name_nobody_has(tmp_path: Path, home: Path) -> None:
    with pytest.raises(UnknownNameError, match="aws_kur"):
        run(home, focus(tmp_path / "f.csv"), instead_of="aws_kur")


RESELLER = {"InvoiceIssuerName": "Crayon Group AS"}
SELLER = {"InvoiceIssuerName": "Datadog Inc", "BilledCost": "5"}


@pytest.mark.parametrize(
    "rows",
    [
        [RESELLER],
        [{**RESELLER, "ServiceProviderName": "Amazon Web Services"}],
        [{"ServiceProviderName": "Datadog", "InvoiceIssuerName": "AWS"}],
        [{**SELLER, "ServiceProviderName": "Datadog"}, {}],
    ],
)
def test_whoever_issued_it_the_month_of_an_account_is_one_bill(
    rows: list[dict[str, str]], tmp_path: Path, home: Path
) -> None:
    run(home, focus(tmp_path / "focus.csv", *rows))
    bill = write_cur(tmp_path / "cur.csv")
    assert "is the same bill" in str(run(home, bill).files[0].error)
    assert list(held(home)) == ["focus"]
    assert not run(home, bill, instead_of="focus").failed
    assert held(home) == {"aws_cur": Decimal(7)}


def test_a_part_that_only_sellers_issued_goes_with_the_rest_of_its_bill(
    tmp_path: Path, home: Path
) -> None:
    run(home, write_cur(tmp_path / "cur.csv"))
    third = {**SELLER, "ServiceProviderName": "Datadog"}
    paths = focus(tmp_path / "a.csv", third), focus(tmp_path / "b.csv")
    assert [bool(file.error) for file in run(home, *paths).files] == [True, True]
    assert held(home) == {"aws_cur": Decimal(7)}


def test_a_seller_alone_and_the_cur_of_its_account_are_one_bill(tmp_path: Path, home: Path) -> None:
    """The account is AWS's, whoever sells: what comes second is refused, in either order."""
    seller = {**SELLER, "ServiceProviderName": "Datadog"}
    bills = focus(tmp_path / "focus.csv", seller), write_cur(tmp_path / "cur.csv")
    for number, (first, second) in enumerate((bills, bills[::-1])):
        there = home / str(number)
        assert not run(there, first).failed
        assert "is the same bill" in str(run(there, second).files[0].error)


def test_another_vendor_of_an_equal_account_is_another_bill(tmp_path: Path, home: Path) -> None:
    run(home, write_cur(tmp_path / "cur.csv", {"bill/PayerAccountId": "1001"}, {}))
    other = {"ServiceProviderName": "Datadog", "InvoiceIssuerName": "Crayon Group AS"}
    assert not run(home, focus(tmp_path / "f.csv", {**other, "BillingAccountId": "1001"})).failed
    # By hand the account may be any: Datadog's own invoice, under AWS's number.
    assert not run(home, invoice(tmp_path / "i.csv", "Datadog", "123456789012")).failed


def test_an_invoice_that_says_no_account_displaces_the_lines_of_its_vendor_alone(
    tmp_path: Path, home: Path
) -> None:
    run(home, focus(tmp_path / "focus.csv", {"BilledCost": "100"}, SELLER))
    report = run(home, invoice(tmp_path / "i.csv", "Datadog", "default"), instead_of="focus")
    assert not report.failed
    assert held(home) == {"focus": Decimal(100), "simple_invoice": Decimal(12)}


def test_an_invoice_that_says_no_account_is_of_its_vendor(tmp_path: Path, home: Path) -> None:
    """AWS's is the reseller's; what AWS bills for Anthropic's models is not on Anthropic's bill."""
    bedrock = {"ServiceProviderName": "Anthropic", "InvoiceIssuerName": "AWS"}
    run(home, focus(tmp_path / "focus.csv", RESELLER, bedrock))
    assert run(home, invoice(tmp_path / "i.csv", "AWS", "default")).failed
    assert not run(home, invoice(tmp_path / "i.csv", "Anthropic", "default")).failed


@pytest.mark.parametrize(
    ("vendor", "account", "organization", "refused"),
    [
        ("OpenAI", "default", "org-1a2b", True),
        ("OpenAI, L.L.C.", "our team", "org-1a2b", True),
        ("OpenAI", "org-1a2b", "org-1a2b", True),
        ("OpenAI", "org-1a2b", None, True),
        ("OpenAI", "org-77", "org-1a2b", False),
        ("Anthropic", "default", "org-1a2b", False),
    ],
)
def test_an_invoice_by_hand_beside_a_cost_report(
    vendor: str, account: str, organization: str | None, refused: bool, tmp_path: Path, home: Path
) -> None:
    run(home, openai_costs(tmp_path / "costs.json", organization))
    vendor = f'"{vendor}"'
    report = run(home, invoice(tmp_path / "invoice.csv", vendor, account))
    assert bool(report.files[0].error) is refused, report.as_dict()
    assert len(held(home)) == (1 if refused else 2)


def test_an_invoice_of_another_month_is_another_bill(tmp_path: Path, home: Path) -> None:
    run(home, openai_costs(tmp_path / "costs.json", None))
    report = run(home, invoice(tmp_path / "i.csv", "OpenAI", "default", "2026-08"))
    assert not report.failed


def test_usage_beside_a_bill_is_no_second_bill(tmp_path: Path, home: Path) -> None:
    costs = openai_costs(tmp_path / "costs.json", None)
    report = run(home, costs, openai_usage(tmp_path / "usage.json"))
    assert (report.failed, report.charges, report.usage) == (False, 1, 1), report.as_dict()


def test_two_files_of_one_source_are_parts_of_one_bill(tmp_path: Path, home: Path) -> None:
    report = run(home, focus(tmp_path / "1.csv"), focus(tmp_path / "2.csv", {"BilledCost": "2"}))
    assert not report.failed
    assert held(home) == {"focus": Decimal(3)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("AWS", "123456789012"), ("Amazon Web Services, Inc.", "arn:aws:iam::123456789012:root")),
        (("AWS", "001234567890"), ("Amazon", "1234567890")),
        (
            ("Microsoft", "/providers/Microsoft.Billing/billingAccounts/9f-1:2_2019-05-31"),
            ("Microsoft Corporation", "9F-1:2_2019-05-31"),
        ),
        (("Google Cloud", "billingAccounts/01AB-CD"), ("Google LLC", "01ab-cd")),
        (("Snowflake Inc.", "XY1"), ("snowflake", "xy1")),
    ],
)
def test_spellings_of_one_account(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert scope(*one) == scope(*other)


def scope(issuer: str, account: str, start: str = "2026-09-01") -> tuple[object, ...]:
    charge = (
        "(SELECT ? AS InvoiceIssuerName, NULL::VARCHAR AS ServiceProviderName, "
        "? AS BillingAccountId, CAST(? AS TIMESTAMP) AS BillingPeriodStart)"
    )
    [row] = duckdb.execute(
        f"SELECT issuer, provider, seller, account, month FROM ({keyed(charge)})",
        [issuer, account, start],
    ).fetchall()
    return row


def test_accounts_and_months_that_differ() -> None:
    assert scope("AWS", "123456789012") != scope("AWS", "123456789013")
    assert scope("AWS", "1", "2026-09-01") != scope("AWS", "1", "2026-10-01")
    assert scope("AWS", "1", "2026-08-31T22:00:00") == scope("AWS", "1", "2026-09-01")
    assert scope("Laws & Sons", "1") != scope("AWS", "1")


SCOPES = st.lists(
    st.tuples(st.sampled_from(["111111111111", "222222222222"]), st.integers(6, 8)),
    unique=True,
    min_size=1,
    max_size=6,
)


LINES = st.lists(
    st.sampled_from([("Datadog Inc", "AWS"), ("Datadog Inc", "Datadog"), ("Crayon Group AS", "AWS"),
                     ("AWS", "Datadog"), ("AWS", "AWS")]),
    max_size=3,
)  # fmt: skip
"""Issuer and provider of the lines of one scope, beside the one of AWS that each has."""


@given(ours=SCOPES, theirs=SCOPES, lines=LINES, ours_is_focus=st.booleans(), instead=st.booleans())
@settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip  each example publishes two snapshots
def test_no_scope_counts_twice_however_two_sources_share_them(
    tmp_path_factory: pytest.TempPathFactory,
    ours: list[tuple[str, int]],
    theirs: list[tuple[str, int]],
    lines: list[tuple[str, str]],
    ours_is_focus: bool,
    instead: bool,
) -> None:
    """Each source has its own sum in every scope, so that what is held tells whose it is."""
    home = tmp_path_factory.mktemp("scopes")
    first, second = ("focus", "aws_cur") if ours_is_focus else ("aws_cur", "focus")
    scopes = {first: ours, second: theirs}
    rows = [
        {
            "bill/PayerAccountId": account,
            "bill/BillingPeriodStartDate": f"2026-0{month}-01T00:00:00Z",
            "bill/BillingPeriodEndDate": f"2026-0{month + 1}-01T00:00:00Z",
            "lineItem/UsageStartDate": f"2026-0{month}-03T00:00:00Z",
            "lineItem/UnblendedCost": "1",
        }
        for account, month in scopes["aws_cur"]
    ]
    charges = [
        {
            "BillingAccountId": f"arn:aws:x::{account}:y",
            "BillingPeriodStart": f"2026-0{month}-01",
            "BillingPeriodEnd": f"2026-0{month + 1}-01",
            "InvoiceIssuerName": issuer,
            "ServiceProviderName": provider,
            "BilledCost": "100",
        }
        for account, month in scopes["focus"]
        for issuer, provider in [*lines, ("Reseller", "AWS")]
    ]
    bills = {
        "aws_cur": write_cur(home / "cur.csv", *rows),
        "focus": write_focus(home / "focus.csv", charges),
    }
    worth = {"aws_cur": 1, "focus": 100 * (len(lines) + 1)}
    assert not run(home, bills[first]).failed
    shared = set(ours) & set(theirs)
    report = run(home, bills[second], instead_of=first if instead else None)
    assert report.failed is (bool(shared) and not instead)
    left = {
        first: worth[first] * (len(ours) if report.failed else len(set(ours) - shared)),
        second: 0 if report.failed else worth[second] * len(theirs),
    }
    assert held(home) == {name: amount for name, amount in left.items() if amount}
    assert rolled(home) == sum(left.values())


@pytest.mark.slow  # it reads every bill of the shared data
def test_the_shared_data_has_no_bill_twice(shared: Path, home: Path) -> None:
    report = run(home, shared / "data")
    assert [file.path for file in report.files if "is the same bill" in str(file.error)] == []
    assert len(held(home)) >= 3
