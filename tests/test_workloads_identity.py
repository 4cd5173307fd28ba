"""What one workload is: names, tags, accounts, models, and who calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sample_home import charge, sample, tool_result
from tagwright.workloads import group_tags
from tagwright.workloads.identity import stem
from workload_rows import ACCOUNT, GENERATIVE, PROFILE, bedrock, cells, found, machine, sagemaker

if TYPE_CHECKING:
    from pathlib import Path


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


def test_tags_that_name_a_group() -> None:
    """The node group comes before the auto-scaling group, which EKS calls ``eks-gpu-1c2d…``."""
    raw = ["Name", "team", "aws:autoscaling:groupName", "aws_eks_nodegroup_name", "username",
           "eks:nodegroup-name"]  # fmt: skip
    assert group_tags(raw) == ["eks:nodegroup-name", "aws:autoscaling:groupName", "Name"]


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
