"""Bedrock model invocation logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usage_files import example, lines, query, read_one

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"


def test_the_documented_record(shared: Path, home: Path, tmp_path: Path) -> None:
    """3,000 new tokens beside 6,000 read from the cache and 1,000 written: none is subtracted."""
    record = example(shared, "bedrock.ModelInvocationLog")
    read_one(home, lines(tmp_path / "l.json.gz", record), source="bedrock_logs", usage=1)
    assert query(
        home,
        "SELECT input_uncached_tokens, cache_read_tokens, cache_write_tokens, output_tokens, "
        'gen_ai_operation_name, gen_ai_request_model, "ResourceId", "SubAccountId", '
        "x_product, x_feature, x_customer FROM usage",
    ) == [
        (3000, 6000, 1000, 500, "chat", PROFILE, PROFILE, "123456789012", "recs", "rerank", "c42")
    ]


def test_an_embedding_and_a_failed_request(home: Path, tmp_path: Path) -> None:
    log = {
        "schemaType": "ModelInvocationLog",
        "timestamp": "2026-11-01T10:00:03Z",
        "operation": "InvokeModel",
        "modelId": "amazon.titan-embed-text-v2:0",
    }
    path = lines(
        tmp_path / "l.jsonl",
        {**log, "requestId": "1", "input": {"inputTokenCount": 7}},
        {**log, "requestId": "2", "errorCode": "ThrottlingException"},
    )
    read_one(home, path, source="bedrock_logs", usage=2)
    assert query(
        home,
        "SELECT input_uncached_tokens, output_tokens, error_type, requests, "
        '"ResourceId" FROM usage ORDER BY x_record',
    ) == [(7, None, None, 1, None), (None, None, "ThrottlingException", 1, None)]
