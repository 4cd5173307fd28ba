"""``map_workloads``: no charge is lost between workloads; what is new, and what one lacks."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from effort import examples
from sample_home import charge, sample, tool_result
from tagwright.api import UnknownNameError
from tagwright.money import decimal_text
from workload_rows import ACCOUNT, PROFILE, bedrock, cells, found, machine, sagemaker

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

_NAMES = ["", "gpu-1", "gpu-2", "recs-2026-09-01", "render"]
_TAGS: list[dict[str, str]] = [
    {}, {"team": "a"}, {"team": "b", "product": "x"}, {"product": "y"}, {"Name": "n-1"},
    {"workload-type": "training"}, {"aws:autoscaling:groupName": "asg"},
]  # fmt: skip
_METERS = [
    ("Amazon Bedrock", "USE1-Claude4.5Sonnet-input-tokens", "ai"),
    ("Amazon Bedrock", "", "ai"),
    ("Amazon SageMaker AI", "USE1-Host:ml.g5.xlarge", "ai"),
    ("Amazon SageMaker AI", "USE1-Train:ml.p4d.24xlarge", "ai"),
    ("Amazon EC2", "BoxUsage:p4d.24xlarge", "ai"),
    ("Amazon EC2", "BoxUsage:g5.xlarge", "candidate"),
    ("Amazon Textract", "Pages", "ai"),
    ("Amazon S3", "TimedStorage", ""),
]


def many_charges(count: int) -> list[dict[str, Any]]:
    """Charges of August and September of all kinds, the same each time; and what each is."""
    draw = random.Random(3)  # noqa: S311  nothing secret
    rows = []
    for _ in range(count):
        service, meter, certainty = draw.choice(_METERS)
        tags = draw.choice(_TAGS)
        if not certainty and "workload-type" in tags:
            certainty = "tagged"
        row = charge(
            format(Decimal(draw.randint(-(10**12), 10**13)).scaleb(-11), "f"),
            f"2026-{draw.choice(['08', '09'])}-{draw.randint(1, 30):02d}",
            ServiceName=service,
            SkuMeter=meter,
            SubAccountId=draw.choice(["", ACCOUNT]),
            BillingCurrency=draw.choice(["USD", "EUR"]),
            ChargeCategory=draw.choice(["Usage", "Usage", "Credit", "Purchase"]),
            ResourceId=draw.choice(["", "i-0aaa11112222", f"{PROFILE}/p"]),
            ResourceName=draw.choice(_NAMES),
            ConsumedQuantity="2",
            ConsumedUnit=draw.choice(["Hours", "Tokens", "GB"]),
            Tags=tags,
        )
        rows.append({**row, "certainty": certainty})
    return rows


MANY = many_charges(700)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    rows = [{k: v for k, v in row.items() if k != "certainty"} for row in MANY]
    return sample(tmp_path_factory.mktemp("books"), rows)


@pytest.mark.slow  # 30 questions
@hypothesis_settings(max_examples=examples(30), deadline=None)
@given(
    days=st.lists(st.integers(1, 30), min_size=2, max_size=2, unique=True).map(sorted),
    month=st.sampled_from(["08", "09"]),
    services=st.lists(st.sampled_from([name for name, _, _ in _METERS]), max_size=3, unique=True),
)
def test_no_charge_is_lost_and_none_counts_twice(
    books: Settings, days: list[int], month: str, services: list[str]
) -> None:
    """Workloads and what none names are all AI charges, currency by currency, to the last digit."""
    start, end = (f"2026-{month}-{day:02d}" for day in days)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in MANY:
        inside = start <= row["ChargePeriodStart"][:10] < end
        if row["certainty"] and inside and (not services or row["ServiceName"] in services):
            sums[row["BillingCurrency"], row["certainty"]] += Decimal(row["EffectiveCost"])
    filters = [{"dimension": "service_name", "values": services}] if services else []
    asked = {"period": f"{start}/{end}", "filters": filters, "limit": 1000}
    result = tool_result(books, "map_workloads", asked)
    assert result.row_count == len(result.rows)
    assert {currency for currency, _ in sums} == {total["currency"] for total in result.totals}
    for total in result.totals:
        currency = str(total["currency"])
        rows = [row for row in result.rows if row["currency"] == currency]
        named = sum(
            (Decimal(str(r["effective_cost"])) for r in rows if r["certainty"] == "ai"), Decimal(0)
        )
        everything = named + Decimal(str(total["unnamed_effective_cost"]))
        assert total["effective_cost"] == decimal_text(named)
        assert total["ai_effective_cost"] == decimal_text(everything)
        assert everything == sums.get((currency, "ai"), 0)
        for part in ("tagged", "candidate"):
            said = Decimal(str(total.get(f"{part}_effective_cost", "0")))
            assert said == sums.get((currency, part), 0)


def test_the_whole_is_what_query_costs_says(books: Settings) -> None:
    """Two tools, one figure; and the same answer twice."""
    result = tool_result(books, "map_workloads", {"period": "2026-09"})
    asked = {"period": "2026-09", "filters": [{"dimension": "x_ai_certainty", "values": "ai"}]}
    assert {row["currency"]: row["ai_effective_cost"] for row in result.totals} == {
        row["currency"]: row["effective_cost"]
        for row in tool_result(books, "query_costs", asked).totals
    }
    assert len(result.totals) == 2
    assert tool_result(books, "map_workloads", {"period": "2026-09"}) == result


def test_new_is_what_the_month_before_did_not_charge(home: Path) -> None:
    """A new run of a known job is nothing new, nor is a tag; a model in another account is."""
    rows = [
        sagemaker("training-job/recs-20260801", "Train:ml.p4d.24xlarge", "1", "2026-08-01"),
        sagemaker("training-job/recs-20260901", "Train:ml.p4d.24xlarge", "4",
                  Tags={"team": "ml"}),
        bedrock("1", "2026-08-02"), bedrock("3", Tags={"product": "search"}),
        bedrock("2", SubAccountId="444455556666", SubAccountName="dev"),
        sagemaker("endpoint/old", "Host:ml.g5.xlarge", "1", "2026-08-05"),
    ]  # fmt: skip
    settings = sample(home, rows)
    result = tool_result(settings, "map_workloads")
    assert result.period is not None
    assert result.period.label == "2026-09"
    assert cells(result.rows, "workload", "new") == [
        ("recs-20260901", False),
        ("Claude4.5Sonnet in prod", False),
        ("Claude4.5Sonnet in dev", True),
    ]
    assert "1 workload has charges in 2026-08 and none in 2026-09." in result.notes
    only = tool_result(settings, "map_workloads", {"show": "new"})
    assert cells(only.rows, "workload") == [("Claude4.5Sonnet in dev",)]
    assert only.totals == [{"currency": "USD", "workloads": 1, "effective_cost": "2.00"}]


def test_nothing_can_be_called_new_in_the_first_month(home: Path) -> None:
    result = tool_result(sample(home, [bedrock()]), "map_workloads")
    assert cells(result.rows, "new") == [(None,)]
    assert "The data begins 2026-09-01: what is new since 2026-08 cannot be told." in result.notes


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("no_team", ["bare", "half"]),
        ("no_product", ["bare"]),
        ("no_model", ["bare", "half", "full"]),
        ("untagged", ["bare"]),
    ],
)
def test_only_what_lacks_something(home: Path, show: str, names: list[str]) -> None:
    rows = found(
        home,
        [
            machine("i-1", "3", ResourceName="bare"),
            machine("i-2", "2", ResourceName="half", Tags={"product": "recs"}),
            machine("i-3", "1", ResourceName="full", Tags={"product": "recs", "team": "ml"}),
        ],
        show=show,
    )
    assert [row["workload"] for row in rows] == names


def test_filters_are_on_charges(home: Path) -> None:
    settings = sample(home, [bedrock("1", Tags={"team": "ml"}), bedrock("2", Tags={"team": "b"})])
    asked = {"filters": [{"dimension": "team", "values": "ml"}]}
    assert cells(tool_result(settings, "map_workloads", asked).rows, "team") == [("ml",)]
    with pytest.raises(UnknownNameError):
        tool_result(
            settings, "map_workloads", {"filters": [{"dimension": "team", "values": "zebra"}]}
        )


def test_no_ai_is_no_row_and_no_fault(home: Path) -> None:
    result = tool_result(sample(home, [charge("5", ServiceName="Amazon S3")]), "map_workloads")
    assert (result.rows, result.totals, result.row_count) == ([], [], 0)


def test_hostile_names_stay_text(home: Path) -> None:
    """A name with quotes, a bidi mark and a tag that looks like a parameter."""
    name = "x'; DROP TABLE charges; --\u202e"
    rows = found(
        home, [machine("i-1", "3", ResourceName=name, Tags={"$1": "a", 'Name"$2': "b", "Name": ""})]
    )
    assert cells(rows, "workload") == [("x'; DROP TABLE charges; --\\u202e",)]
