"""No two sources claim the same file: each shared example against all of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from tagwright.sources import load_sources
from tagwright.sources.head import read_head
from usage_files import claims, lines

if TYPE_CHECKING:
    from pathlib import Path

OURS = {
    "bedrock.ModelInvocationLog": "bedrock_logs",
    "openai.usage.completions": "openai_usage",
    "openai.costs": "openai_costs",
    "otel.otlp_json": "otlp",
    "langfuse.observation_v2": "langfuse",
    "helicone.request": "helicone",
    "cohere.response_meta": "cohere_log",
    "azure.ApiManagementGatewayLlmLog": "azure_apim_llm",
}


def test_each_example_has_one_source(shared: Path, tmp_path: Path) -> None:
    text = (shared / "reference" / "record_examples.jsonl").read_text()
    examples = {one["source"]: one["record"] for one in map(json.loads, text.splitlines())}
    for name, record in examples.items():
        found = claims(lines(tmp_path / "one.jsonl", record))
        assert len(found) <= 1, name
        assert name not in OURS or found == [OURS[name]]
    assert examples.keys() >= OURS.keys()


def test_strangers_have_none(tmp_path: Path) -> None:
    strangers: tuple[dict[str, object], ...] = (
        {"data": [{"id": "1", "type": "GENERATION"}]},
        {"data": []},
        {"usage": {"input_tokens": 1}},
        {"records": [{"category": "GatewayLogs", "correlationId": "c"}]},
        {"resourceLogs": []},
        {"resourceSpans": "text"},
        {"request_id": "r", "provider": "OPENAI"},
    )
    for record in strangers:
        assert claims(lines(tmp_path / "one.jsonl", record)) == [], record


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("native/aws_cur_sample.csv", "aws_cur"),
        ("native/azure_ea_sample.csv", "azure_cost"),
        ("native/oci_cost_sample.csv", "oci_cost"),
        ("focus_sample.csv", "focus"),
        ("generated_focus13/focus_1_3_cost_and_usage_aws.csv", "focus"),
        ("focus12_saas/simple_saas_agreements_a1.csv", "focus"),
    ],
)
def test_each_bill_has_one_source(name: str, source: str, shared: Path) -> None:
    with duckdb.connect() as con:
        head = read_head(con, shared / "data" / name)
    assert [key for key, one in load_sources()[0].items() if one.recognise(head)] == [source]
