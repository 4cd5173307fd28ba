"""Priced against invoiced: what is explained, what is not, and why; to the last decimal."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from effort import examples
from sample_home import context
from tagwright.ingest import log
from tagwright.reconcile import REASONS
from unit_files import MODEL, billed, bucket, call, cells, load_both, reconciled

if TYPE_CHECKING:
    from tagwright.reconcile import Reconciled

MILLION = 1_000_000


def one(found: Reconciled) -> tuple[Any, ...]:
    """Status and reason of the one cell that there is."""
    [cell] = found.cells
    return cell.status, cell.reason


# --- the band --------------------------------------------------------------------------------


BAND = [("2.375", "matched"), ("2.3749", "residual"), ("2.50", "matched"), ("2.625", "matched"),
 ("2.6250001", "residual"), ("0", "residual"), ("-1", "residual")]  # fmt: skip


def test_the_band_holds_its_ends(home: Path) -> None:
    """A million input tokens are priced at 2.50; each of these costs is of a day of its own."""
    days = [f"2026-09-{day:02}" for day, _ in enumerate(BAND, start=1)]
    charges = [billed(cost, day) for day, (cost, _) in zip(days, BAND, strict=True)]
    found = reconciled(load_both(home, charges, [call(day) for day in days]))
    assert [
        (str(cell.day), cell.status) for cell in sorted(found.cells, key=lambda cell: cell.day)
    ] == [(day, status) for day, (_, status) in zip(days, BAND, strict=True)]


def test_a_band_of_ones_own(home: Path) -> None:
    (home / "tagwright.toml").write_text("[reconciliation]\nlow = 0.5\nhigh = 1.5\n")
    assert one(reconciled(load_both(home, [billed("1.25")], [call()]))) == ("matched", "")


def test_each_direction_day_and_model_by_itself(home: Path) -> None:
    found = reconciled(
        load_both(
            home,
            [
                billed("2.50"),
                billed("10", meter="output"),
                billed("1.25", "2026-09-02"),
                billed("3", "2026-09-02", model="gpt-4.1"),
            ],
            [
                call(tokens_out=MILLION),
                call("2026-09-02", 250_000),
                call("2026-09-02", 250_000),
                call("2026-09-03", MILLION, model="gpt-99"),
            ],
        )
    )
    assert cells(found) == [
        (1, "Input", "standard", "matched", "2.5", "2.5", ""),
        (1, "Output", "standard", "matched", "10", "10", ""),
        (2, "Input", "standard", "unmetered", "3", None, "name"),
        (2, "Input", "standard", "matched", "1.25", "1.25", ""),
        (3, "Input", "standard", "unbilled", None, None, "name"),
    ]
    assert found.as_dict()["names_not_met"] == [
        {"provider": "openai", "billed": ["gpt-4.1"], "telemetry": ["gpt-99"]}
    ]


def test_cached_input_is_input(home: Path) -> None:
    """600,000 at 2.50 and 400,000 at 1.25 a million; the bill has a line for each."""
    found = reconciled(
        load_both(
            home,
            [billed("1.50"), billed("0.50", meter="cached input")],
            [call(**{"gen_ai.usage.cache_read.input_tokens": 400_000})],
        )
    )
    assert cells(found) == [(1, "Input", "standard", "matched", "2", "2", "")]


# --- reasons ---------------------------------------------------------------------------------


def credit(cost: str, **more: Any) -> dict[str, Any]:
    return billed(cost, ChargeCategory="Credit", **more)


@pytest.mark.parametrize(
    ("charges", "calls", "expected"),
    [
        ([billed("2.50"), credit("-1")], [call()], ("residual", "credits")),
        ([credit("-1")], [], ("unmetered", "credit")),
        ([billed("0", tokens=MILLION)], [call()], ("residual", "free-tier")),
        ([billed("1.00", tokens=MILLION)], [call(model=MODEL, service_tier="standard")],
         ("residual", "other-price")),
        ([billed("5", tokens=2 * MILLION)], [call()], ("residual", "part-of-requests")),
        ([billed("1.25", tokens=MILLION // 2)], [call()], ("residual", "more-than-billed")),
        ([billed("9")], [call()], ("residual", "unexplained")),
        ([billed("2.50")], [call(), call(**{"error.type": "timeout"})], ("residual", "retries")),
        ([billed("2.50", model=None, meter="storage")], [], ("unmetered", "no-telemetry")),
        ([billed("2.50", model="o9-magic", tokens=MILLION)], [call(model="o9-magic")],
         ("residual", "not-priced")),
        ([billed("2.50", BillingCurrency="EUR")], [call()], None),
    ],
)  # fmt: skip
def test_reasons_of_one_cell(
    home: Path,
    charges: list[dict[str, Any]],
    calls: list[dict[str, Any]],
    expected: tuple[str, str] | None,
) -> None:
    found = reconciled(load_both(home, charges, calls))
    if expected is None:
        assert {(c.currency, c.status, c.reason) for c in found.cells} == {
            ("EUR", "unmetered", "currency"),
            ("USD", "unbilled", "currency"),
        }
    else:
        assert one(found) == expected


def test_some_requests_without_a_price(home: Path) -> None:
    """A search is on the invoice alone; the bill has the tokens of both."""
    calls = [bucket(), bucket(batch=True, project="proj-2")]
    charges = [billed("3.75", tokens=2 * MILLION, model=None, meter="input tokens")]
    found = reconciled(load_both(home, charges, pages=calls))
    status = {(cell.tier, cell.status, cell.reason) for cell in found.cells}
    assert status == {
        ("standard", "residual", "batch"),
        ("batch", "unbilled", "batch"),
    }


def test_midnight(home: Path) -> None:
    """Requests of 23:59 are billed on the next day."""
    charges = [billed("2.50", "2026-09-02"), billed("5", "2026-09-03"), billed("7", "2026-09-04")]
    calls = [call("2026-09-02T23:59:59Z", 2 * MILLION), call("2026-09-03"), call("2026-09-05")]
    assert [row[0::6] for row in cells(reconciled(load_both(home, charges, calls)))] == [
        (2, "utc-boundary"),
        (3, "utc-boundary"),
        (4, "no-telemetry"),
        (5, "other-cell"),
    ]


def test_a_batch_that_telemetry_does_not_know_of(home: Path) -> None:
    """Half of the tokens went through a batch at half the price."""
    for known in (True, False):
        tokens = MILLION // 2 if known else None
        charges = [
            billed("1.25", tokens=tokens),
            billed("0.625", meter="batch input", tokens=tokens),
        ]
        found = reconciled(load_both(home / str(known), charges, [call()]))
        assert [row[2:] for row in cells(found)] == [
            ("batch", "unmetered", "0.625", None, "batch"),
            ("standard", "residual", "1.25", "2.5", "batch"),
        ]


def test_another_tier(home: Path) -> None:
    charges = [billed("5", meter="priority input", tokens=MILLION)]
    found = reconciled(load_both(home, charges, [call()]))
    assert {(cell.tier, cell.reason) for cell in found.cells} == {
        ("priority", "tier"),
        ("standard", "tier"),
    }


def test_a_cache_kept_for_an_hour(home: Path) -> None:
    """Sonnet 4.5: writes cost 3.75 a million for five minutes, 6.00 for an hour."""
    name = "claude-sonnet-4-5-20250929"
    details = {
        "ModelId": name,
        "TokenDirection": "Input",
        "TokenCacheAction": "Write",
        "x_CacheDuration": "1h",
    }
    charge = billed(
        "0.60",
        meter="Cache Write Input Tokens",
        ServiceProviderName="Anthropic",
        SkuPriceDetails=details,
    )
    written = {"gen_ai.usage.cache_creation.input_tokens": 100_000}
    request = call(tokens_in=100_000, model=name, provider="anthropic", **written)
    assert one(reconciled(load_both(home, [charge], [request]))) == ("residual", "cache-ttl")


def test_a_price_that_changed_on_the_bill(home: Path) -> None:
    charges = [
        billed(cost, f"2026-09-0{day}", tokens=MILLION)
        for day, cost in enumerate(["2.50", "2.50", "2", "2"], 1)
    ]
    calls = [call(f"2026-09-0{day}") for day in range(1, 5)]
    found = reconciled(load_both(home, charges, calls))
    assert [cell.reason for cell in found.cells] == ["", "", "price-older", "price-older"]
    assert found.cells[-1].detail == "since 2026-09-03, factor 0.800000"


def test_what_is_rented_is_not_sold_by_token(home: Path) -> None:
    endpoint = billed(
        "4",
        ServiceProviderName="AWS",
        ServiceName="Amazon SageMaker",
        SkuMeter="USE1-Host:ml.g5.2xlarge",
    )
    gpu = {**endpoint, "ServiceName": "AmazonEC2", "SkuMeter": "BoxUsage:g5.xlarge"}
    tax = {**endpoint, "ChargeCategory": "Tax", "BilledCost": "9"}
    found = reconciled(load_both(home, [endpoint, gpu, tax]))
    assert one(found) == ("unmetered", "not-sold-by-token")
    assert found.candidates == {"USD": Decimal(4)}


# --- grains and views ------------------------------------------------------------------------


def test_two_views_of_the_same_requests_are_never_added(home: Path) -> None:
    """OpenAI's report has all requests, the gateway's log a part of them, by customer."""
    charges = [billed("5")]
    calls, pages = [call()], [bucket(tokens_in=2 * MILLION)]
    found = reconciled(load_both(home, charges, calls, pages))
    assert cells(found) == [(1, "Input", "standard", "matched", "5", "5", "")]
    [view] = found.ground.views
    assert (view.sources, view.left_out) == (("openai_usage",), {"tagwright_usage": MILLION})


def test_the_view_of_ones_own_choice(home: Path) -> None:
    (home / "tagwright.toml").write_text('[reconciliation]\ntelemetry = ["tagwright_usage"]\n')
    settings = load_both(home, [billed("2.50")], [call()], [bucket(tokens_in=2 * MILLION)])
    assert one(reconciled(settings)) == ("matched", "")


def test_by_account_where_both_sides_say_it(home: Path) -> None:
    charges = [billed("2.50", SubAccountId="proj-1"), billed("5", SubAccountId="proj-2")]
    pages = [bucket(), bucket(tokens_in=2 * MILLION, project="proj-2"), bucket(project=None)]
    found = reconciled(load_both(home, charges, [call()], pages))
    assert {(c.account, c.status) for c in found.cells} == {
        ("proj-1", "matched"),
        ("proj-2", "matched"),
        (None, "unbilled"),
    }
    # The log names no project: it is a view of all of them, and of none by itself.
    assert {view.left_out["tagwright_usage"] for view in found.ground.views} == {MILLION}


def test_a_bill_that_says_less_is_compared_with_less(home: Path) -> None:
    """No model, no direction, one line for the whole month."""
    charge = billed("15", model=None, meter="usage", ChargePeriodEnd="2026-10-01T00:00:00Z")
    calls = [call(tokens_out=MILLION), call("2026-09-20", MILLION)]
    settings = load_both(home, [charge], calls)
    assert cells(reconciled(settings)) == [(1, None, "standard", "matched", "15", "15", "")]
    part = reconciled(settings, "2026-09-01/2026-09-15")
    assert (part.cells, [row[2] for row in part.left_out]) == ((), [Decimal(15)])
    assert "billed by the month" in part.ground.left_out[0].reason


# --- complete days ---------------------------------------------------------------------------


def loaded_on(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """Files are loaded on that day."""
    moment = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    clock = SimpleNamespace(now=lambda _zone: moment)
    monkeypatch.setattr(log, "dt", SimpleNamespace(datetime=clock, UTC=dt.UTC))


@pytest.mark.parametrize(
    ("loaded", "invoice", "days"),
    [
        ("2026-09-12", "", [1, 4, 7]),
        ("2026-10-02", "", [1, 4, 7]),
        ("2026-10-04", "", [1, 4, 7, 9, 10]),
        ("2026-09-12", "INV", [1, 4, 7, 9, 10]),
    ],
)
def test_only_days_with_a_complete_bill(
    home: Path, monkeypatch: pytest.MonkeyPatch, loaded: str, invoice: str, days: list[int]
) -> None:
    """The last charge is of the 10th; a day is complete three days before it, or when closed."""
    loaded_on(monkeypatch, loaded)
    every = [1, 4, 7, 9, 10]
    charges = [billed("2.50", f"2026-09-{day:02}", InvoiceId=invoice) for day in every]
    calls = [call(f"2026-09-{day:02}") for day in every]
    found = reconciled(load_both(home, charges, calls))
    assert [cell.day.day for cell in found.cells if cell.billed] == days
    left = Decimal("2.50") * (len(every) - len(days))
    assert found.totals()[0]["left_out"] == left
    assert found.totals()[0]["billed_ai"] == Decimal("12.50")
    if left:
        [item] = found.ground.left_out
        assert (item.start, item.end) == (dt.date(2026, 9, 8), dt.date(2026, 10, 1))
        why = "2026-09 of Acme (org-1) is not closed, and its last charge (2026-09-10)"
        assert why in item.reason


# --- the sum ---------------------------------------------------------------------------------

AMOUNT = st.decimals("-3", "30", places=11)
DAYS = st.integers(1, 6).map(lambda day: f"2026-09-0{day}")
MODELS = st.sampled_from([MODEL, "gpt-4o-mini", "gpt-99", None])
CHARGE = st.builds(
    billed,
    AMOUNT.map(lambda amount: f"{amount:f}"),
    DAYS,
    st.sampled_from(["input", "output", "cached input", "batch input", "web search"]),
    model=MODELS,
    tokens=st.sampled_from([None, 0, 1_000_000]),
    ServiceProviderName=st.sampled_from(["OpenAI", "AWS", "Anthropic"]),
    SubAccountId=st.sampled_from(["", "proj-1", "proj-2"]),
    InvoiceId=st.sampled_from(["INV", "INV", ""]),
    BillingCurrency=st.sampled_from(["USD", "USD", "EUR"]),
    ChargeCategory=st.sampled_from(["Usage", "Usage", "Credit", "Tax"]),
    ServiceName=st.sampled_from(["OpenAI API", "Amazon Bedrock", "Amazon SageMaker", "Amazon S3"]),
)
CALL = st.builds(
    call,
    DAYS,
    st.integers(0, 5_000_000),
    st.integers(0, 10),
    model=st.sampled_from([MODEL, "gpt-4o-mini", "gpt-99"]),
    provider=st.sampled_from(["openai", "anthropic", "aws.bedrock"]),
)
PAGE = st.builds(
    bucket, DAYS, st.integers(0, 5_000_000), project=st.sampled_from([None, "proj-1", "proj-2"])
)


# Each example is a bill loaded, and then reconciled: few of them, and no search for a smaller one.
@pytest.mark.slow
@hypothesis_settings(
    max_examples=examples(8), deadline=None, phases=(Phase.explicit, Phase.generate)
)
@given(
    charges=st.lists(CHARGE, min_size=1, max_size=25),
    calls=st.lists(CALL, max_size=10),
    pages=st.lists(PAGE, max_size=5),
)
def test_every_billed_amount_is_in_one_part(
    charges: list[dict[str, Any]], calls: list[dict[str, Any]], pages: list[dict[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as where:
        settings = load_both(Path(where) / "home", charges, calls, pages)
        found = reconciled(settings)
        with context(settings) as ctx:
            whole = dict(
                ctx.query(
                    'SELECT "BillingCurrency", SUM("BilledCost") FROM charges '
                    "WHERE x_ai_certainty = 'ai' GROUP BY 1"
                ).rows
            )
            usage = ctx.query("SELECT COALESCE(SUM(priced_cost), 0) FROM usage").rows[0][0]
    totals = {row["currency"]: row for row in found.totals() if row["currency"] in whole}
    assert {name: row["billed_ai"] for name, row in totals.items()} == whole
    for row in totals.values():
        assert row["explained"] + row["residual"] + row["unmetered"] == row["billed"]
    for lines in (found.by("provider", "model"), found.by("day", "status", "reason")):
        for name, row in totals.items():
            billed_there = [line["billed"] for line in lines if line["currency"] == name]
            assert sum(amount or 0 for amount in billed_there) == row["billed"]
    priced = found.priced
    assert priced.compared + priced.other_views + priced.left_out == priced.total
    assert priced.total == usage
    assert priced.compared == sum(cell.priced or 0 for cell in found.cells)
    for cell in found.cells:
        assert (cell.reason == "") == (cell.status == "matched")
        assert cell.reason in {"", *REASONS}
