"""``map_workloads``: what one workload is, and that no charge is lost between them."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from effort import examples
from sample_home import charge, sample, tool_result
from tagwright.api import UnknownNameError
from tagwright.ingest import ingest
from tagwright.money import decimal_text
from tagwright.workloads import group_tags
from tagwright.workloads.identity import stem
from tagwright.workloads.telemetry import same_model
from usage_files import lines

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

ACCOUNT = "111122223333"
PROFILE = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile"
GENERATIVE = {"ServiceCategory": "AI and Machine Learning", "ServiceSubcategory": "Generative AI"}


def bedrock(cost: str = "1", day: str = "2026-09-01", **more: Any) -> dict[str, Any]:
    """Tokens of Claude on Bedrock, on demand."""
    columns = {
        "ServiceName": "Amazon Bedrock", "SkuMeter": "USE1-Claude4.5Sonnet-input-tokens",
        "SubAccountId": ACCOUNT, "SubAccountName": "prod", **GENERATIVE,
        "ConsumedQuantity": "1000", "ConsumedUnit": "Tokens",
    }  # fmt: skip
    return charge(cost, day, **columns | more)


def machine(name: str, cost: str = "1", day: str = "2026-09-01", **more: Any) -> dict[str, Any]:
    """A day of a p4d: an accelerator for certain. ``name`` is its id unless it has a name."""
    columns = {
        "ServiceName": "Amazon Elastic Compute Cloud", "SkuMeter": "BoxUsage:p4d.24xlarge",
        "SubAccountId": ACCOUNT, "SubAccountName": "prod", "ConsumedQuantity": "24",
        "ConsumedUnit": "Hours", "ResourceName": "",
        "ResourceId": f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{name}",
    }  # fmt: skip
    return charge(cost, day, **columns | more)


def sagemaker(resource: str, meter: str, cost: str = "1", day: str = "2026-09-01",
              **more: Any) -> dict[str, Any]:  # fmt: skip
    """A charge of SageMaker for ``endpoint/x``, ``training-job/x``, …"""
    columns = {
        "ServiceName": "Amazon SageMaker AI", "SkuMeter": meter, "SubAccountId": ACCOUNT,
        "SubAccountName": "prod", "ConsumedQuantity": "24", "ConsumedUnit": "Hours",
        "ResourceId": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{resource}",
    }  # fmt: skip
    return charge(cost, day, **columns | more)


def found(home: Path, rows: list[dict[str, Any]], **arguments: Any) -> list[dict[str, Any]]:
    """Rows of the tool over these charges."""
    return tool_result(sample(home, rows), "map_workloads", arguments).rows


def cells(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


@pytest.mark.parametrize(
    ("name", "machines", "endpoint"),
    [
        ("recs-embed-03", "recs-embed", "recs-embed-03"),
        ("Recs-Train-2026-10-03", "recs-train", "recs-train"),
        ("nightly-20261003-0215-recs", "nightly-recs", "nightly-recs"),
        ("llm-2026-10-14-09-12-33-123", "llm", "llm"),
        ("tune-1790000000", "tune", "tune"),
        ("worker-7d9f8b6c5-x2x4q", "worker", "worker"),
        ("gpu-0f1e2d3c4b5a", "gpu", "gpu"),
        ("job-7c9e6679-7425-40de-944b-e07fc1f90ae7", "job", "job"),
        ("llama-3-70b", "llama-3-70b", "llama-3-70b"),
        ("llama-3", "llama", "llama-3"),
        ("20261003", "20261003", "20261003"),
        ("42", "42", "42"),
        ("facade", "facade", "facade"),
    ],
)
def test_what_members_of_a_group_differ_by_is_cut_off(
    name: str, machines: str, endpoint: str
) -> None:
    """Two endpoints may differ by a number alone; machines and jobs are counted by it."""
    with duckdb.connect() as con:
        for numbers, wanted in ((True, machines), (False, endpoint)):
            assert con.execute(f"SELECT {stem('$1', numbers=numbers)}", [name]).fetchall() == [
                (wanted,)
            ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Claude4.5Sonnet", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("Claude Sonnet 4.5 (Amazon Bedrock Edition)", "anthropic.claude-sonnet-4-5", True),
        ("gpt-5", "gpt-5-2025-08-07", True),
        ("gpt-5", "gpt-5-mini", False),
        ("gpt-4.1", "gpt-41", False),
        ("claude-3-5-sonnet-20240620-v1:0", "claude-3-5-sonnet-20241022-v2:0", False),
        ("gemini 2.5 flash", "gemini-2.5-flash", True),
        ("gemini 2.5 flash", "gemini-2.5-flash-lite", False),
    ],
)
def test_one_model_under_many_names(one: str, other: str, *, same: bool) -> None:
    assert (same_model(one) == same_model(other)) is same


def test_tags_that_name_a_group() -> None:
    """The node group comes before the auto-scaling group, which EKS calls ``eks-gpu-1c2d…``."""
    raw = ["Name", "team", "aws:autoscaling:groupName", "aws_eks_nodegroup_name", "username",
           "eks:nodegroup-name"]  # fmt: skip
    assert group_tags(raw) == ["eks:nodegroup-name", "aws:autoscaling:groupName", "Name"]


# --- what one workload is -------------------------------------------------------------------------


def test_an_auto_scaling_group_is_one_workload(home: Path) -> None:
    """Its instances come and go; their ids name nothing."""
    group = {"aws:autoscaling:groupName": "ranker-gpu", "team": "search"}
    rows = found(
        home,
        [machine("i-0aaa11112222", "3", Tags=group), machine("i-0bbb11112222", "4", Tags=group)],
    )
    assert cells(rows, "workload", "effective_cost", "team", "form", "certainty") == [
        ("ranker-gpu (2 machines)", "7.00", "search", "machines", "ai")
    ]


def test_machines_with_names_of_one_stem_are_one_workload(home: Path) -> None:
    """Tagged and untagged ones alike, as long as the tags agree; what lacks them is said."""
    rows = found(
        home,
        [
            machine("i-0aaa11112222", "3", ResourceName="train-01", Tags={"team": "ml"}),
            machine("i-0bbb11112222", "4", ResourceName="train-02"),
            machine("i-0ccc11112222", "5", ResourceName="other"),
        ],
    )
    assert cells(rows, "workload", "effective_cost", "team", "missing") == [
        ("train (2 machines)", "7.00", "ml", "no product, no model, team in part"),
        ("other", "5.00", None, "no team, no product, no model, untagged"),
    ]


def test_one_name_in_two_products_is_two_workloads(home: Path) -> None:
    """``gpu-1`` of recs and ``gpu-2`` of search; ``gpu-3`` may be either's."""
    rows = found(
        home,
        [
            machine("i-1", "5", ResourceName="gpu-1", Tags={"product": "recs"}),
            machine("i-2", "3", ResourceName="gpu-2", Tags={"product": "search"}),
            machine("i-3", "1", ResourceName="gpu-3"),
        ],
    )
    assert cells(rows, "workload", "product", "effective_cost") == [
        ("gpu-1", "recs", "5.00"),
        ("gpu-2", "search", "3.00"),
        ("gpu-3", None, "1.00"),
    ]


def test_nameless_machines_are_their_familys_by_product(home: Path) -> None:
    rows = found(
        home,
        [
            machine("i-0aaa11112222", "5", Tags={"product": "recs"}),
            machine("i-0bbb11112222", "6", Tags={"product": "recs"}),
            machine("i-0ccc11112222", "1"),
        ],
    )
    assert cells(rows, "workload", "product", "effective_cost") == [
        ("p4d machines in prod", "recs", "11.00"),
        ("p4d machines in prod", None, "1.00"),
    ]


def test_a_model_in_an_account_belongs_to_each_who_calls_it(home: Path) -> None:
    """A foundation model has no name of ours; a profile does. Regions and tokens are no matter."""
    model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5"
    rows = found(
        home,
        [
            bedrock("8", ResourceId=model, Tags={"product": "search"}),
            bedrock("4", SkuMeter="EUC1-Claude4.5Sonnet-output-tokens", Tags={"product": "search"}),
            bedrock("2", ResourceId=model),
            bedrock("1", ResourceId=f"{PROFILE}/nl7", ResourceName="answers"),
            bedrock("1", SubAccountId="444455556666", SubAccountName="dev"),
        ],
    )
    assert cells(rows, "workload", "product", "effective_cost", "form", "type", "model") == [
        ("Claude4.5Sonnet in prod", "search", "12.00", "api", "inference", "Claude4.5Sonnet"),
        ("Claude4.5Sonnet in prod", None, "2.00", "api", "inference", "Claude4.5Sonnet"),
        ("Claude4.5Sonnet in dev", None, "1.00", "api", "inference", "Claude4.5Sonnet"),
        ("answers", None, "1.00", "api", "inference", "Claude4.5Sonnet"),
    ]


def test_an_openai_project_and_model_whatever_the_key(home: Path) -> None:
    def tokens(cost: str, meter: str, key: str) -> dict[str, Any]:
        return charge(cost, ServiceProviderName="OpenAI", ServiceName="OpenAI API", SkuMeter=meter,
                      SubAccountId="proj_1", ResourceId=key, **GENERATIVE)  # fmt: skip

    rows = found(
        home,
        [
            tokens("3", "gpt-5, input", "key_a"),
            tokens("2", "gpt-5, output", "key_b"),
            tokens("1", "gpt-5-mini, input", "key_a"),
        ],
    )
    assert cells(rows, "workload", "effective_cost", "scales", "evidence") == [
        ("gpt-5 in proj_1", "5.00", "per token", "charged by token"),
        ("gpt-5-mini in proj_1", "1.00", "per token", "charged by token"),
    ]


def test_endpoints_and_jobs_of_sagemaker(home: Path) -> None:
    """Runs of one job differ by their date; two endpoints differ by a number."""
    rows = found(
        home,
        [
            sagemaker("endpoint/rank-1", "USE1-Host:ml.g5.xlarge", "9"),
            sagemaker("endpoint/rank-2", "USE1-Host:ml.g5.xlarge", "8"),
            sagemaker("training-job/recs-2026-09-01-03-00-00", "USE1-Train:ml.p4d.24xlarge", "2"),
            sagemaker("training-job/recs-2026-09-08-03-00-00", "USE1-Train:ml.p4d.24xlarge", "3",
                      "2026-09-08"),
            sagemaker("processing-job/clean-7", "USE1-Processing:ml.m5.xlarge", "1"),
        ],
    )  # fmt: skip
    assert cells(rows, "workload", "form", "type", "effective_cost") == [
        ("rank-1", "endpoint", "inference", "9.00"),
        ("rank-2", "endpoint", "inference", "8.00"),
        ("recs (2 runs)", "job", "training", "5.00"),
        ("clean-7", "job", "data-prep", "1.00"),
    ]


def test_what_the_taxonomy_calls_ai_stands_apart(home: Path) -> None:
    """No rule knows a job of Batch; its tag does. It is not among what is AI for certain."""
    glue = charge("7", ServiceName="AWS Batch", ResourceName="embed-docs", SubAccountId=ACCOUNT,
                  ResourceId=f"arn:aws:glue:us-east-1:{ACCOUNT}:job/embed-docs",
                  Tags={"workload-type": "embeddings"})  # fmt: skip
    result = tool_result(sample(home, [glue, bedrock("5")]), "map_workloads")
    assert cells(result.rows, "workload", "certainty", "type", "known_from") == [
        ("Claude4.5Sonnet in prod", "ai", "inference", "rule aws.bedrock.model"),
        ("embed-docs", "tagged", "embedding", "workload-type tag"),
    ]  # fmt: skip
    assert result.totals == [
        {
            "currency": "USD",
            "workloads": 2,
            "effective_cost": "5.00",
            "unnamed_effective_cost": "0.00",
            "ai_effective_cost": "5.00",
            "tagged_effective_cost": "7.00",
        }
    ]


def test_candidates_come_last_and_are_never_silently_cut(home: Path) -> None:
    """A g5 may draw pictures; it costs more than all the rest."""
    g5 = machine("i-1", "90", ResourceName="render", SkuMeter="BoxUsage:g5.xlarge")
    settings = sample(home, [g5, bedrock("5")])
    result = tool_result(settings, "map_workloads", {"limit": 1})
    assert cells(result.rows, "certainty", "effective_cost") == [("ai", "5.00")]
    assert result.row_count == 2
    assert "Not shown are candidates for 90.00 USD: ask with show 'candidates'." in result.notes
    assert result.totals[0]["candidate_effective_cost"] == "90.00"
    only = tool_result(settings, "map_workloads", {"show": "candidates"})
    assert cells(only.rows, "workload") == [("render",)]
    assert only.totals == [
        {
            "currency": "USD",
            "workloads": 1,
            "effective_cost": "0.00",
            "candidate_effective_cost": "90.00",
        }
    ]


def test_credits_and_fees_that_name_nothing_are_counted_apart(home: Path) -> None:
    """A credit for all of Bedrock or a commitment is no workload's; a profile's credit is its."""
    rows = [
        bedrock("10", ResourceId=f"{PROFILE}/a", ResourceName="answers"),
        bedrock("-3", ResourceId=f"{PROFILE}/a", ResourceName="answers", ChargeCategory="Credit"),
        bedrock("-4", SkuMeter="", ChargeCategory="Credit", ConsumedQuantity="", ConsumedUnit=""),
        bedrock(
            "6",
            ChargeCategory="Purchase",
            ResourceId="plan",
            CommitmentDiscountId="plan",
            ResourceName="Commitment",
        ),
        charge("9", ServiceName="Amazon Bedrock", ChargeCategory="Tax"),
        charge("100", ServiceName="Amazon S3"),
    ]
    result = tool_result(sample(home, rows), "map_workloads")
    assert cells(result.rows, "workload", "effective_cost") == [("answers", "7.00")]
    assert result.totals == [
        {
            "currency": "USD",
            "workloads": 1,
            "effective_cost": "7.00",
            "unnamed_effective_cost": "2.00",
            "ai_effective_cost": "9.00",
        }
    ]


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


# --- how it scales --------------------------------------------------------------------------------


def month(**more: Any) -> list[dict[str, Any]]:
    """Something on every day of September, so that the data covers it."""
    return [charge("1", f"2026-09-{day:02d}", ServiceName="Amazon S3", **more)
            for day in range(1, 31)]  # fmt: skip


def scales(home: Path, rows: list[dict[str, Any]]) -> str:
    [row] = found(home, [*month(), *rows])
    return f"{row['scales']} ({row['evidence']})"


def test_always_on_is_every_day_all_day(home: Path) -> None:
    rows = [machine("i-1", "1", f"2026-09-{day:02d}", ResourceName="a") for day in range(1, 31)]
    rows[0]["ConsumedQuantity"] = "9.5"  # it was started in the afternoon
    assert scales(home, rows) == "always on (705.5 h on 30 of 30 days)"


def test_always_on_since(home: Path) -> None:
    rows = [machine("i-1", "1", f"2026-09-{day:02d}", ResourceName="a") for day in range(11, 31)]
    assert scales(home, rows) == "always on (480 h on 20 of 30 days, since 2026-09-11)"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [machine("i-1", "1", f"2026-09-{d:02d}", ResourceName="a") for d in (1, 2, 9)],
            "in bursts (72 h on 3 of 30 days)",
        ),
        (
            [
                machine("i-1", "1", f"2026-09-{d:02d}", ResourceName="a", ConsumedQuantity="10")
                for d in range(1, 31)
            ],
            "in bursts (300 h on 30 of 30 days)",
        ),
        (
            [
                machine(f"i-{n}", "1", f"2026-09-{d:02d}", ResourceName=f"a-{n}")
                for d in range(1, 31)
                for n in range(3 if d == 7 else 1)
            ],
            "in bursts (768 h on 30 of 30 days, 1 to 3 resources a day)",
        ),
        ([bedrock("2", ConsumedQuantity="1200"), bedrock("1", ConsumedQuantity="34.5")],
         "per token (1,234.5 Tokens)"),
        ([bedrock("2", SkuMeter="USE1-Claude4.5Sonnet-batch-input-tokens")],
         "batch (100% of its cost is at batch prices)"),
        ([machine("i-1", "3", ResourceName="a", PricingCategory="Committed"),
          machine("i-1", "1", ResourceName="a")],
         "reserved (75% of its cost is at committed or provisioned prices)"),
        ([charge("1", ServiceName="Amazon Textract", ConsumedQuantity="7", ConsumedUnit="Pages")],
         "per Pages (7 Pages)"),
        ([charge("1", ServiceName="Amazon Kendra", ConsumedQuantity="7", ConsumedUnit="API Calls")],
         "per request (7 API Calls)"),
        ([charge("1", ServiceName="Amazon Kendra")], "unknown (the bill gives no quantity)"),
    ],
)  # fmt: skip
def test_how_it_scales_is_read_from_the_charges(
    home: Path, rows: list[dict[str, Any]], said: str
) -> None:
    assert scales(home, rows) == said


def test_a_few_days_of_data_do_not_tell_what_is_always_on(home: Path) -> None:
    [row] = found(home, [machine("i-1", ResourceName="a")])
    assert (row["scales"], row["evidence"]) == ("unknown", "24 h on 1 of 1 days")


# --- what is new, what is missing -----------------------------------------------------------------


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


# --- telemetry ------------------------------------------------------------------------------------


def log(request: str, **more: Any) -> dict[str, Any]:
    """A Bedrock invocation of 100 + 10 tokens."""
    return {
        "schemaType": "ModelInvocationLog", "timestamp": "2026-09-01T10:00:03Z",
        "operation": "Converse", "requestId": request, "accountId": ACCOUNT,
        "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "input": {"inputTokenCount": 100}, "output": {"outputTokenCount": 10}, **more,
    }  # fmt: skip


def told(home: Path, charges: list[dict[str, Any]], *logs: dict[str, Any]) -> Any:
    settings = sample(home, charges)
    ingest(settings, [lines(home / "log.jsonl", *logs)])
    return tool_result(settings, "map_workloads")


def test_usage_stands_beside_the_bill_and_adds_no_money(home: Path) -> None:
    """By account and model; what names another account, or another month, fits nothing."""
    result = told(
        home,
        [bedrock("5"), bedrock("1", "2026-08-01")],
        log("1", requestMetadata={"team": "search"}),
        log("2", requestMetadata={"team": "search"}),
        log("3", accountId="999999999999"),
        log("4", timestamp="2026-08-01T00:00:00Z"),
    )
    assert cells(
        result.rows, "workload", "effective_cost", "requests", "tokens", "team", "known_from"
    ) == [
        ("Claude4.5Sonnet in prod", "5.00", 2, 220, "search",
         "rule aws.bedrock.model; team telemetry"),
    ]  # fmt: skip
    assert result.totals[0]["ai_effective_cost"] == "5.00"
    assert "1 usage rows fit no workload on the bill." in result.notes


def test_a_profile_is_known_by_its_resource(home: Path) -> None:
    """Two workloads call the model; the ARN of the profile says which."""
    profile = f"{PROFILE}/nl7"
    result = told(
        home,
        [bedrock("5", ResourceId=profile, ResourceName="answers"), bedrock("4")],
        log("1", modelId=profile),
        log("2"),
        log("3"),
    )
    assert cells(result.rows, "workload", "requests") == [
        ("answers", 1),
        ("Claude4.5Sonnet in prod", None),
    ]
    assert "2 usage rows fit several workloads." in result.notes


def test_owners_of_one_model_are_told_apart_by_their_tags(home: Path) -> None:
    result = told(
        home,
        [bedrock("5", Tags={"team": "a"}), bedrock("4", Tags={"team": "b"})],
        log("1", requestMetadata={"team": "b"}),
    )
    assert cells(result.rows, "team", "requests") == [("a", None), ("b", 1)]
