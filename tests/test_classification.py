"""What is AI on a bill: every family of usage types, seen and unseen; nothing that is not."""

from __future__ import annotations

import csv
import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from botocore.loaders import Loader
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from focus_files import write_focus
from tagwright.classification import INPUTS, OUTPUTS, load_rules
from tagwright.classification.model import RuleFile
from tagwright.classification.rules import parse
from tagwright.config import load_settings
from tagwright.errors import ConfigError
from tagwright.ingest import ingest
from tagwright.warehouse import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def classified(**row: str | None) -> dict[str, str]:
    """What is given, by the names without ``x_ai_``; what is null is left out."""
    return told([row])[0]


def told(rows: Sequence[Mapping[str, str | None]]) -> list[dict[str, str]]:
    return [
        {name.removeprefix("x_ai_"): text for name, text in found.items() if text is not None}
        for found in load_rules().classify(rows)
    ]


def aws(meter: str, service: str = "Amazon Bedrock", **more: str) -> dict[str, str]:
    names = {"ServiceProviderName": "AWS", "ServiceName": service, "SkuMeter": meter}
    return {**names, "ChargeCategory": "Usage", **more}


def row(**columns: str) -> dict[str, str]:
    return columns


_KINDS = {
    "input": ("Input", "Uncached"),
    "output": ("Output", None),
    "cache_read": ("Input", "Read"),
    "cache_write": ("Input", "Write"),
    "rerank": (None, None),
    "provisioned": (None, None),
}


def test_every_usage_type_of_the_corpus(shared: Path) -> None:
    path = shared / "reference" / "bedrock_usage_type_corpus.csv"
    with path.open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) >= 15
    named = "Claude Sonnet 4.5 (Amazon Bedrock Edition)"
    charges = [aws(row["usage_type"], "Amazon Bedrock" if row["model"] else named) for row in rows]
    for row, found in zip(rows, told(charges), strict=True):
        given_ = (
            found.get("model_id"),
            (found.get("token_direction"), found.get("cache_action")),
            found["service_tier"],
            found["route"],
        )
        assert given_ == (
            row["model"] or "Claude Sonnet 4.5",
            _KINDS[row["kind"]],
            row["tier"].replace("_", "-"),
            row["route"],
        ), row["usage_type"]
        assert found["certainty"] == "ai"
        assert found["kind"] == (
            "provisioned-model" if row["kind"] == "provisioned" else "model-api"
        )


@pytest.mark.parametrize(
    ("meter", "expected"),
    [
        ("APN1-Claude9.1Haiku-output-tokens-batch",
         {"model_id": "Claude9.1Haiku", "model_developer": "Anthropic", "service_tier": "batch",
          "token_direction": "Output"}),
        ("EUC1-Nova7Micro-cache-write-input-token-count",
         {"model_id": "Nova7Micro", "model_developer": "Amazon", "cache_action": "Write"}),
        ("USW2-openai.gpt-oss-300b-mantle-output-tokens-flex",
         {"model_id": "openai.gpt-oss-300b", "model_developer": "OpenAI", "service_tier": "flex",
          "route": "regional"}),
        ("USE1-TitanEmbeddingV3-Text-input-tokens",
         {"model_id": "TitanEmbeddingV3", "workload_type": "embedding", "model_family": "Titan"}),
        ("USE1-Llama9-8B-Customization-Training",
         {"model_id": "Llama9-8B", "workload_type": "fine-tuning"}),
    ],
)  # fmt: skip
def test_usage_types_nobody_has_seen(meter: str, expected: dict[str, str]) -> None:
    [found] = told([aws(meter)])
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("charge", "kind", "more"),
    [
        (aws("USE1-Host:ml.g5.2xlarge", "Amazon SageMaker"), "endpoint",
         {"workload_type": "inference", "instance_family": "g5"}),
        (aws("USE1-Train:ml.p4d.24xlarge", "AmazonSageMaker"), "training",
         {"workload_type": "training", "instance_family": "p4d"}),
        (aws("USE1-Processing:ml.m5.xlarge", "Amazon SageMaker"), "pipeline",
         {"workload_type": "data-prep"}),
        (aws("USE1-Studio:KernelGateway-ml.t3.medium", "Amazon SageMaker"), "ml-platform", {}),
        (aws("BoxUsage:p5.48xlarge", "Amazon Elastic Compute Cloud"), "accelerator",
         {"certainty": "ai", "instance_family": "p5"}),
        (aws("USW2-SpotUsage:g5.12xlarge", "AmazonEC2"), "accelerator",
         {"certainty": "candidate", "instance_family": "g5"}),
        (aws("p4d.24xlarge Hours", "Amazon Elastic Compute Cloud", ResourceType="Instance"),
         "accelerator", {"certainty": "ai", "instance_family": "p4d"}),
        (aws("compute", "AmazonEC2", ResourceType="trn1.32xlarge"), "accelerator",
         {"certainty": "ai", "instance_family": "trn1"}),
        (aws("USE1-EKS-EC2-Accelerator-Hours", "AmazonEKS"), "accelerator",
         {"certainty": "candidate"}),
        (aws("USE1-DetectSentiment", "Amazon Comprehend"), "ai-service", {}),
        (aws("USE1-SearchOCU", "Amazon OpenSearch Service"), "vector-search",
         {"certainty": "candidate"}),
        (row(ServiceProviderName="Microsoft", ServiceName="Azure OpenAI",
                    SkuMeter="gpt 4o 0513 Input global Tokens"), "model-api",
         {"model_id": "gpt 4o 0513", "token_direction": "Input", "route": "global",
          "model_developer": "OpenAI"}),
        (row(ServiceProviderName="Microsoft", ServiceName="Azure OpenAI",
                    SkuMeter="gpt 4.1 cached Inp glbl Tokens"), "model-api",
         {"model_id": "gpt 4.1", "cache_action": "Read"}),
        (row(ServiceProviderName="Microsoft", ServiceName="Virtual Machines",
                    SkuMeter="NC24ads A100 v4"), "accelerator", {"certainty": "ai"}),
        (row(ServiceProviderName="Google Cloud", ServiceName="Vertex AI",
                    SkuMeter="Gemini 2.5 Flash GA Text Input - Predictions"), "model-api",
         {"model_id": "Gemini 2.5 Flash", "token_direction": "Input"}),
        (row(ServiceProviderName="Google Cloud", ServiceName="Compute Engine",
                    ChargeDescription="Nvidia Tesla A100 GPU running in Americas"), "accelerator",
         {"certainty": "candidate"}),
        (row(ServiceProviderName="Google Cloud", ServiceName="Compute Engine",
                    SkuMeter="TPU v5e running in Iowa"), "accelerator", {"certainty": "ai"}),
        (row(ServiceProviderName="OpenAI", ServiceName="OpenAI API",
                    SkuMeter="gpt-4o-2024-08-06, cached input"), "model-api",
         {"model_id": "gpt-4o-2024-08-06", "cache_action": "Read"}),
        (row(ServiceProviderName="Anthropic", ServiceName="Claude API",
                    ChargeDescription="Claude Sonnet 4.5 Usage - Input Tokens",
                    SkuMeter="Output Tokens"), "model-api",
         {"model_id": "Claude Sonnet 4.5", "token_direction": "Output",
          "model_developer": "Anthropic"}),
        (row(ServiceProviderName="Pinecone", ServiceName="Serverless"), "vector-search", {}),
        (row(ServiceProviderName="Somebody", ServiceCategory="AI and Machine Learning",
                    ServiceSubcategory="Generative AI"), "model-api", {"rule": "focus.generative"}),
        (row(ServiceProviderName="Somebody",
                    SkuPriceDetails='{"GpuCount": 4}'), "accelerator", {"certainty": "candidate"}),
    ],
    ids=lambda value: value.get("SkuMeter", "") if isinstance(value, dict) else "",
)  # fmt: skip
def test_kinds(charge: dict[str, str], kind: str, more: dict[str, str]) -> None:
    [found] = told([charge])
    assert (found["kind"], {name: found.get(name) for name in more}) == (kind, more)


@pytest.mark.parametrize(
    "row",
    [
        {"ServiceName": "Amazon EC2", "SkuMeter": "BoxUsage:m5.large"},
        {"ServiceName": "Amazon EC2", "SkuMeter": "BoxUsage:vt1.3xlarge"},
        {"ServiceName": "Amazon EC2", "SkuMeter": "BoxUsage:f2.6xlarge"},
        {"ServiceName": "Amazon EC2", "SkuMeter": "EBS:VolumeUsage.gp3"},
        {"ServiceName": "Amazon Simple Storage Service", "SkuMeter": "TimedStorage-ByteHrs"},
        {"ServiceName": "Amazon RDS", "SkuMeter": "InstanceUsage:db.g5.large"},
        {"ServiceName": "Amazon RDS", "SkuMeter": "db.g5.large Hours"},
        {"ServiceName": "AWSGlue", "SkuMeter": "USE1-ETL-DPU-Hour"},
        {"ServiceName": "Amazon OpenSearch Service", "SkuMeter": "ESInstance:m5"},
        {"ServiceName": "Amazon Bedrock", "SkuMeter": "x-input-tokens", "ChargeCategory": "Tax"},
        {"ServiceProviderName": "Microsoft", "ServiceName": "Virtual Machines",
         "SkuMeter": "D4s v5"},
        {"ServiceProviderName": "Google Cloud", "ServiceName": "Compute Engine",
         "SkuMeter": "N2 Instance Core running in Iowa"},
        {"ServiceProviderName": None, "ServiceName": None},
        {},
    ],
    ids=lambda row: row.get("SkuMeter") or "nothing",
)  # fmt: skip
def test_what_is_no_ai(row: dict[str, str | None]) -> None:
    assert classified(**{"ServiceProviderName": "AWS", **row}) == {}


def test_what_a_focus_export_says_wins_over_names(shared: Path) -> None:
    charges = []
    for path in sorted((shared / "data" / "focus15_draft_ai").glob("*.csv")):
        with path.open(newline="") as text:
            charges += [
                {name: line.get(name) or None for name in INPUTS}
                for line in csv.DictReader(text)
                if "TokenDirection" in line["SkuPriceDetails"]
            ]
    assert len(charges) > 5
    for charge, found in zip(charges, told(charges), strict=True):
        details = json.loads(charge["SkuPriceDetails"] or "")
        for key, output in (
            ("ModelId", "model_id"),
            ("ModelDeveloper", "model_developer"),
            ("ModelFamily", "model_family"),
            ("TokenDirection", "token_direction"),
            ("TokenCacheAction", "cache_action"),
        ):
            if key in details:
                assert found[output] == details[key]


def test_the_families_are_those_that_botocore_knows() -> None:
    """A new accelerated family of EC2 fails here: say in instances.yaml what it is for."""
    loaded = Loader().load_service_model("ec2", "service-2")
    names = loaded["shapes"]["InstanceType"]["enum"]
    families = {str(name).split(".")[0] for name in names}
    pattern = re.compile(r"(p\d|g\d|gr\d|trn|inf\d|dl\d|vt\d|f\d)")
    accelerated = {family for family in families if pattern.match(family)}
    text = (resources.files("tagwright.classification") / "data/instances.yaml").read_text()
    known = {family for group in yaml.safe_load(text).values() for family in group}
    assert accelerated - known == set()
    assert len(accelerated) > 20


WORDS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.sampled_from(
        ["AWS", "OpenAI", "Amazon Bedrock", "BoxUsage:g5.xlarge", "{", '{"ModelId": 3}', "\\", "'"]
    ),
)


@settings(max_examples=examples(8), deadline=None)
@given(
    rows=st.lists(st.fixed_dictionaries(dict.fromkeys(INPUTS, WORDS)), max_size=12, unique_by=str)
)
def test_any_row_gets_one_rule_or_nothing(rows: list[dict[str, Any]]) -> None:
    found = load_rules().classify(rows)
    assert load_rules().classify(rows[::-1]) == found[::-1]
    for outputs in found:
        assert list(outputs) == [name for name, _ in OUTPUTS]
        if outputs["x_ai_rule"] is None:
            assert set(outputs.values()) == {None}
        else:
            assert outputs["x_ai_rule"] in load_rules().ids
            assert outputs["x_ai_certainty"] in ("ai", "candidate")
            assert outputs["x_ai_kind"]


def test_each_combination_is_classified_once() -> None:
    rules = load_rules()
    columns = ", ".join(f'CAST(NULL AS VARCHAR) AS "{name}"' for name in INPUTS[1:])
    with duckdb.connect() as con:
        con.execute(
            f"CREATE TABLE t AS SELECT 'Usage' AS \"{INPUTS[0]}\", {columns} FROM range(50)"
        )
        rules.create_table(con, "classes", "t")
        assert len(con.execute("FROM classes").fetchall()) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules: [{id: a, when: {meter: '('}, kind: model-api}]", "rules.0.when.meter"),
        ("rules: [{id: a, when: {color: x}, kind: model-api}]", "rules.0.when.color"),
        ("rules: [{id: a, when: {meter: x}, kind: magic}]", "rules.0.kind"),
        ("rules: [{id: a, when: {}, kind: model-api}]", "rules.0.when"),
        ("rules: [", "not YAML"),
    ],
)
def test_a_bad_rule_is_named(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml: ") as caught:
        parse("x.yaml", text, RuleFile)
    assert words in str(caught.value)


def test_steps_of_pipelines_are_ai_where_the_taxonomy_says_so(home: Path, tmp_path: Path) -> None:
    """A Glue job with a workload type is AI by its tag; one without, and a bucket with, are not."""
    rows = [
        {"ServiceName": "AWS Glue", "Tags": {"workload-type": "data-prep"}},
        {"ServiceName": "Amazon Elastic MapReduce", "Tags": {"workload-type": "embedding"}},
        {"ServiceName": "AWS Glue"},
        {"ServiceName": "Amazon Simple Storage Service", "Tags": {"workload-type": "training"}},
        {"ServiceName": "AWS Glue", "Tags": {"workload-type": "training"}, "ChargeCategory": "Tax"},
    ]
    ingest(load_settings(home), [write_focus(tmp_path / "bill.csv", rows)])
    with open_warehouse(load_settings(home)).open() as snapshot:
        found = snapshot.query(
            "SELECT x_ai_kind, x_ai_certainty, x_ai_rule, x_ai_workload_type FROM charges "
            "ORDER BY x_record"
        ).rows
    by_tag = ("pipeline", "ai", "taxonomy.workload-type")
    nothing = (None, None, None, None)
    assert found == [(*by_tag, "data-prep"), (*by_tag, "embedding"), nothing, nothing, nothing]
