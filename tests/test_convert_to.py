"""Money in one currency: every figure against the same sum by hand, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from effort import examples
from sample_home import charge, context, many, sample, tool_result
from tagwright.api import MisuseError
from tagwright.blocks import summed
from tagwright.errors import ConfigError
from tagwright.money import EXACT
from tagwright.receipts import replay
from tagwright.render.result import result_blocks

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright.results import ToolResult

RATES = """
rates:
  - {from: EUR, to: USD, rate: "1.2", since: 2026-09-02, source: "ECB, 2 September"}
  - {from: EUR, to: USD, rate: "1.1", since: 2026-08-01, source: "ECB, August"}
  - {from: USD, to: GBP, rate: "0.8", since: 2026-01-01, source: "our bank"}
"""
ROWS = [
    charge("10", "2026-09-01", BillingCurrency="EUR", ServiceName="S3"),  # 11
    charge("10", "2026-09-02", BillingCurrency="EUR", ServiceName="EC2", ListCost="20",
           ChargePeriodStart="2026-09-02T23:00:00Z", ConsumedQuantity="4",
           ConsumedUnit="Hours"),  # 12
    charge("0.000000000001", "2026-09-03", BillingCurrency="EUR", ServiceName="EC2"),
    charge("5", "2026-09-02", BillingCurrency="USD", ServiceName="EC2", ListCost="10",
           ResourceId="i-1"),  # 5
    charge("100", "2026-08-05", BillingCurrency="EUR", ServiceName="EC2"),  # 110
    charge("7", "2026-07-01", BillingCurrency="EUR", ServiceName="EC2"),  # before the first rate
    charge("3", "2026-09-01", BillingCurrency="GBP", ServiceName="Old"),  # no rate at all
]  # fmt: skip
NO_POUNDS = {"dimension": "billing_currency", "op": "not_in", "values": ["GBP"]}


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = sample(tmp_path_factory.mktemp("rates"), ROWS)
    (found.home / "rates.yaml").write_text(RATES)
    return found


def entry(rate: str) -> str:
    return f'rates: [{{from: EUR, to: USD, rate: "{rate}", since: 2026-01-01, source: x}}]'


def ask(home: Settings, **arguments: Any) -> ToolResult:
    given = {"period": "2026-09", "convert_to": "USD", "filters": [NO_POUNDS], **arguments}
    return tool_result(home, "query_costs", given)


def test_each_charge_at_the_rate_of_its_own_day(bills: Settings) -> None:
    result = ask(bills, group_by=["service_name"])
    assert [(row["service_name"], row["effective_cost"]) for row in result.rows] == [
        ("EC2", "17.0000000000012"),
        ("S3", "11.00"),
    ]
    assert result.totals == [
        {
            "currency": "USD",
            "effective_cost": "28.0000000000012",
            "average": "14.00",
            "values": 2,
        }
    ]
    assert result.currency == "USD"
    assert result.rows[0]["share"] == "0.607143"
    assert result.details["rates"] == [
        {"pair": "EUR>USD", "rate": "1.1", "since": "2026-08-01", "source": "ECB, August"},
        {"pair": "EUR>USD", "rate": "1.2", "since": "2026-09-02", "source": "ECB, 2 September"},
    ]
    assert (
        "Converted to USD, each charge at the rate of the UTC day that its period starts: EUR>USD "
        "1.1 since 2026-08-01 (ECB, August), 1.2 since 2026-09-02 (ECB, 2 September)."
    ) in result.notes


def test_a_rate_that_is_not_used_is_not_told(bills: Settings) -> None:
    [rate] = ask(bills, period="2026-09-02/2026-09-04").details["rates"]
    assert rate["rate"] == "1.2"


@pytest.mark.parametrize(
    ("arguments", "key", "figures"),
    [
        ({"group_by": ["day"]}, "day",
         {"2026-09-01": "11", "2026-09-02": "17", "2026-09-03": "0.0000000000012"}),
        ({"group_by": ["month"], "period": "2026-08-01/2026-10-01"}, "month",
         {"2026-08": "110", "2026-09": "28.0000000000012"}),
        # What was billed stays what is grouped by.
        ({"group_by": ["billing_currency"]}, "billing_currency",
         {"EUR": "23.0000000000012", "USD": "5"}),
        # The rollup of resources is by month, which no rate is of.
        ({"group_by": ["resource_id"]}, "resource_id", {"i-1": "5", None: "23.0000000000012"}),
        ({"group_by": ["service_name"], "having": ">16"}, "service_name",
         {"EC2": "17.0000000000012"}),
        ({"group_by": ["service_name"], "filters": [
            {"dimension": "billing_currency", "values": ["EUR"]}]}, "service_name",
         {"EC2": "12.0000000000012", "S3": "11"}),
    ],
)  # fmt: skip
def test_groups_filters_and_thresholds(
    bills: Settings, arguments: dict[str, Any], key: str, figures: dict[str, str]
) -> None:
    result = ask(bills, **arguments)
    found = {row[key]: Decimal(str(row["effective_cost"])) for row in result.rows}
    assert found == {name: Decimal(value) for name, value in figures.items()}
    assert {row["currency"] for row in result.rows} == {"USD"}


def test_two_periods_each_at_their_own_rates(bills: Settings) -> None:
    [total] = ask(bills, compare_to="2026-08").totals
    assert Decimal(str(total["effective_cost"])) == Decimal("28.0000000000012")
    assert Decimal(str(total["previous_effective_cost"])) == 110
    assert Decimal(str(total["change"])) == Decimal("-81.9999999999988")


def test_a_ratio_is_of_converted_sums(bills: Settings) -> None:
    """12 + 5 saved of 24 + 10 + what is at its list price: 11, 0.0000000000012."""
    [total] = ask(bills, metric="effective_savings_rate").totals
    assert Decimal(str(total["savings"])) == 17
    assert total["effective_savings_rate"] == "0.377778"
    [price] = ask(bills, metric="unit_price", group_by=["consumed_unit"], filters=[
        {"dimension": "consumed_unit", "values": ["Hours"]}]).rows  # fmt: skip
    assert (price["currency"], price["unit_price"]) == ("USD", "3.00")


def test_a_change_is_unknown_where_any_bill_of_the_one_currency_is(tmp_path: Path) -> None:
    """AWS bills USD in both months, Azure EUR not in August: in USD all of it is unknown."""
    home = sample(tmp_path / "home", [
        charge("1", "2026-07-01", BillingCurrency="EUR", ServiceProviderName="Azure"),
        *(charge("1", f"2026-0{month}-01", BillingCurrency="USD") for month in (7, 8, 9)),
        charge("1", "2026-09-01", BillingCurrency="EUR", ServiceProviderName="Azure"),
    ])  # fmt: skip
    (home.home / "rates.yaml").write_text(entry("1.1"))
    arguments = {"period": "2026-09", "compare_to": "2026-08"}
    apart = {row["currency"]: row["change"] for row in
             tool_result(home, "query_costs", arguments).totals}  # fmt: skip
    assert apart == {"EUR": None, "USD": "0.00"}
    [total] = tool_result(home, "query_costs", {**arguments, "convert_to": "USD"}).totals
    assert (total["effective_cost"], total["change"]) == ("2.10", None)


GOLD = """
SELECT "ServiceName", SUM("BilledCost" * CASE
    WHEN "BillingCurrency" = 'USD' THEN 1
    WHEN "ChargePeriodStart" < TIMESTAMP '2026-08-15' THEN 1.0842
    ELSE 1.0917 END) FROM charges GROUP BY 1
"""


def test_against_a_statement_of_another_hand(tmp_path: Path) -> None:
    """300 charges of three months in two currencies."""
    home = sample(tmp_path / "home", many(300))
    (home.home / "rates.yaml").write_text(
        "rates:\n"
        '  - {from: EUR, to: USD, rate: "1.0842", since: 2026-07-01, source: a}\n'
        '  - {from: EUR, to: USD, rate: "1.0917", since: 2026-08-15, source: b}\n'
    )
    with context(home) as ctx:
        gold = dict(ctx.snapshot.query(GOLD).rows)
    result = tool_result(home, "query_costs", {
        "metric": "billed_cost", "group_by": ["service_name"], "convert_to": "USD",
    })  # fmt: skip
    assert {row["service_name"]: Decimal(str(row["billed_cost"])) for row in result.rows} == gold
    assert Decimal(str(result.totals[0]["billed_cost"])) == sum(gold.values())


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return sample(tmp_path_factory.mktemp("books"), many(300))


@given(
    group=st.sampled_from(["service_name", "day", "team", "tag:Owner", "resource_id", "x_tagged"]),
    metric=st.sampled_from(["effective_cost", "list_cost", "negotiated_savings"]),
    to=st.sampled_from(["USD", "EUR", "JPY"]),
    rates=st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=91),
            st.decimals(min_value="0.0000000001", max_value=99999, places=10),
        ),
        unique_by=lambda pair: pair[0],
        max_size=6,
    ),
    first=st.decimals(min_value="0.0000000001", max_value=99999, places=10),
)
@hypothesis_settings(max_examples=examples(40))
def test_converted_groups_add_up_to_the_converted_total(
    books: Settings,
    group: str,
    metric: str,
    to: str,
    rates: list[tuple[int, Decimal]],
    first: Decimal,
) -> None:
    """To the last decimal; the total is that of all days, each in its currency times its rate."""
    start = dt.date(2026, 7, 1)
    dated = {start: first} | {start + dt.timedelta(days=n): rate for n, rate in rates}
    lines = [
        f'  - {{from: {code}, to: {to}, rate: "{rate:f}", since: {day}, source: s}}'
        for code in {"USD", "EUR"} - {to}
        for day, rate in dated.items()
    ]
    (books.home / "rates.yaml").write_text("\n".join(["rates:", *lines]))
    asked = {"metric": metric, "limit": 1000}
    result = tool_result(books, "query_costs", {**asked, "group_by": [group], "convert_to": to})
    apart = tool_result(books, "query_costs", {**asked, "group_by": ["day"]})
    whole = Decimal(0)
    for row in apart.rows:
        day = dt.date.fromisoformat(str(row["day"]))
        rate = dated[max(since for since in dated if since <= day)]
        amount = Decimal(str(row[metric] or 0))
        product = EXACT.multiply(amount, Decimal(1) if row["currency"] == to else rate)
        whole = EXACT.add(whole, product)
    [total] = result.totals
    assert Decimal(str(total[metric])) == whole
    assert summed(Decimal(str(row[metric] or 0)) for row in result.rows) == whole


def test_a_receipt_gives_the_same_after_the_file_changed(tmp_path: Path) -> None:
    home = sample(tmp_path / "home", ROWS)
    (home.home / "rates.yaml").write_text(RATES)
    receipt = str(ask(home, group_by=["service_name"]).receipt)
    (home.home / "rates.yaml").write_text(RATES.replace('"1.2"', '"9"'))
    assert replay(receipt, home).status == "same"
    other = ask(home, group_by=["service_name"])
    assert other.receipt != receipt
    assert Decimal(str(other.rows[0]["effective_cost"])) == Decimal("95.000000000009")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ({"filters": []}, "There is no rate GBP>USD for 2026-09-01 in {file}.",
         ('Add to the list `rates:` of that file: - {{from: GBP, to: USD, rate: "...", '
         'since: 2026-09-01, source: "..."}} (USD>GBP is not turned round); '
         "or ask without convert_to.")),
        ({"period": "2026-07"},
         "There is no rate EUR>USD for 2026-07-01 (the first is of 2026-08-01) in {file}.",
         ('Add to the list `rates:` of that file: - {{from: EUR, to: USD, rate: "...", '
         'since: 2026-07-01, source: "..."}}; or ask without convert_to.')),
        # Neither turned round nor made of two others.
        ({"convert_to": "EUR"}, "There is no rate USD>EUR for 2026-09-02 in {file}.",
         ('Add to the list `rates:` of that file: - {{from: USD, to: EUR, rate: "...", '
         'since: 2026-09-02, source: "..."}} (EUR>USD is not turned round); '
         "or ask without convert_to.")),
        ({"convert_to": "GBP"}, "There is no rate EUR>GBP for 2026-09-01 in {file}.",
         ('Add to the list `rates:` of that file: - {{from: EUR, to: GBP, rate: "...", '
         'since: 2026-09-01, source: "..."}}; or ask without convert_to.')),
        # The rates of the period that is compared with are missing as well.
        ({"compare_to": "2026-07"},
         "There is no rate EUR>USD for 2026-07-01 (the first is of 2026-08-01) in {file}.",
         ('Add to the list `rates:` of that file: - {{from: EUR, to: USD, rate: "...", '
         'since: 2026-07-01, source: "..."}}; or ask without convert_to.')),
        # So is that of a ratio.
        ({"metric": "effective_savings_rate", "convert_to": "CHF"},
         "There is no rate EUR>CHF for 2026-09-01 and USD>CHF for 2026-09-02 in {file}.",
         ('Add to the list `rates:` of that file: - {{from: EUR, to: CHF, rate: "...", '
         'since: 2026-09-01, source: "..."}}; or ask without convert_to.')),
    ],
)  # fmt: skip
def test_no_figure_where_a_charge_has_no_rate(
    bills: Settings, arguments: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        ask(bills, **arguments)
    assert caught.value.message == message.format(file=bills.home / "rates.yaml")
    assert caught.value.hint == hint.format()


def test_without_a_file_there_is_no_conversion(books: Settings) -> None:
    path = books.home / "rates.yaml"
    path.unlink(missing_ok=True)
    with pytest.raises(ConfigError) as caught:
        tool_result(books, "query_costs", {"convert_to": "USD", "period": "2026-09"})
    message = caught.value.message
    assert message.startswith("There is no rate EUR>USD for 2026-09-0")
    assert message.endswith(f" and no file {path}.")


def test_what_is_billed_in_that_currency_needs_no_rate(bills: Settings) -> None:
    only = [{"dimension": "billing_currency", "values": ["GBP"]}]
    result = ask(bills, filters=only, convert_to="gbp")
    assert result.totals == [{"currency": "GBP", "effective_cost": "3.00"}]
    assert "All of it is billed in GBP: nothing was converted." in result.notes
    assert "rates" not in result.details


def test_a_currency_of_a_provider_s_own_is_called_as_it_is_billed(tmp_path: Path) -> None:
    home = sample(tmp_path / "home", [charge("50", "2026-09-01", BillingCurrency="credits")])
    (home.home / "rates.yaml").write_text(entry("0.02").replace("EUR", "credits"))
    result = tool_result(home, "query_costs", {"convert_to": "USD"})
    assert result.totals == [{"currency": "USD", "effective_cost": "1.00"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"convert_to": "dollars"}, "convert_to 'dollars' is no currency code. For example USD."),
        ({"metric": "charge_count"}, "charge_count is no money, so there is nothing to convert."),
    ],
)
def test_a_call_that_is_wrong(bills: Settings, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(MisuseError) as caught:
        ask(bills, **arguments)
    assert str(caught.value).startswith(said)


def test_a_note_names_twelve_rates_of_a_pair_and_the_details_all(books: Settings) -> None:
    days = [dt.date(2026, 7, 1) + dt.timedelta(days=n * 5) for n in range(18)]
    lines = [f'- {{from: EUR, to: USD, rate: "1.1", since: {day}, source: s}}' for day in days]
    (books.home / "rates.yaml").write_text("\n".join(["rates:", *lines]))
    result = tool_result(books, "query_costs", {"convert_to": "USD"})
    used = len(result.details["rates"])
    assert 12 < used <= 18
    [note] = [note for note in result.notes if note.startswith("Converted")]
    assert note.count("1.1 since") == 12
    last = result.details["rates"][-1]["since"]
    assert note.endswith(f", {used - 12} more until that of {last}, all in details.rates.")


def test_the_catalogue_says_what_can_be_converted(tmp_path: Path) -> None:
    home = sample(tmp_path / "home", ROWS)
    path = home.home / "rates.yaml"

    def told() -> tuple[Any, list[str]]:
        result = tool_result(home, "describe_data", {"catalogue": True})
        return result.details["catalogue"]["rates"], [n for n in result.notes if "rates" in n]

    assert told() == ([], [])
    path.write_text(RATES)
    assert told() == (["EUR>USD", "USD>GBP"], [])
    path.write_text("- EUR")
    assert told() == ([], [f"{path}: the top level must be a mapping with 'rates'."])


def test_amounts_that_are_too_fine_are_rounded_once_and_that_is_told(tmp_path: Path) -> None:
    """24 decimals beside a rate of 4 leave 18; groups still add up to the total."""
    rows = [
        charge("12345678.123456789012345678901234", "2026-09-01", BillingCurrency="EUR",
               ServiceName="A"),
        charge("0.000000000000000001499999", "2026-09-01", BillingCurrency="EUR", ServiceName="B"),
    ]  # fmt: skip
    home = sample(tmp_path / "home", rows)
    (home.home / "rates.yaml").write_text(entry("1.0842"))
    result = tool_result(home, "query_costs", {"convert_to": "USD", "group_by": ["service_name"]})
    whole = EXACT.multiply(Decimal("12345678.123456789012345679"), Decimal("1.0842"))
    assert {row["service_name"]: Decimal(str(row["effective_cost"])) for row in result.rows} == {
        "A": whole,
        "B": Decimal("0.0000000000000000010842"),
    }
    figures = [Decimal(str(row["effective_cost"])) for row in result.rows]
    assert Decimal(str(result.totals[0]["effective_cost"])) == summed(figures)
    told = "Amounts have up to 24 decimals; they are rounded to 18 to be converted."
    assert told in result.notes


def test_what_may_be_ai_beside_it_stays_in_its_own_currency(tmp_path: Path) -> None:
    """It is not in the figure, and of a day that no rate was looked up for."""
    tokens = {"ServiceName": "Amazon Bedrock", "SkuMeter": "USE1-Claude4Sonnet-input-tokens"}
    home = sample(tmp_path / "home", [
        charge("5", "2026-09-01", BillingCurrency="EUR", **tokens),
        charge("70.25", "2025-09-01", BillingCurrency="EUR", SkuMeter="BoxUsage:g5.xlarge"),
    ])  # fmt: skip
    (home.home / "rates.yaml").write_text(entry("1.1"))
    certain = [{"dimension": "x_ai_certainty", "values": ["ai"]}]
    result = tool_result(home, "query_costs", {"filters": certain, "convert_to": "USD"})
    assert result.totals == [{"currency": "USD", "effective_cost": "5.50"}]
    beside = "Not in it: candidates for AI, such as GPUs that may draw pictures, 70.25 EUR."
    assert beside in result.notes


def test_a_threshold_has_no_more_digits_than_a_converted_figure(bills: Settings) -> None:
    assert ask(bills, group_by=["service_name"], having=">999999999999999").rows == []
    with pytest.raises(MisuseError, match="is no threshold"):
        ask(bills, group_by=["service_name"], having=">9999999999999999")


def test_a_terminal_shows_a_rate_as_it_was_given(bills: Settings) -> None:
    """Rounded to cents it would be another rate than the one beside it in the note."""
    (bills.home / "rates.yaml").write_text(entry("1.0842123"))
    shown = repr(result_blocks(ask(bills), details=True))
    assert "rate 1.0842123, since 2026-01-01" in shown
    (bills.home / "rates.yaml").write_text(RATES)
