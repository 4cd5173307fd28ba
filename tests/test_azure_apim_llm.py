"""API Management's log of LLM calls: the table and the diagnostic settings' form of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from usage_files import SECRET, claims, example, leaks, lines, load, rejects, usage

ONE: dict[str, Any] = {
    "CorrelationId": "c1",
    "TimeGenerated": "2026-11-01T10:00:00Z",
    "DeploymentName": "prod",
    "ModelName": "gpt-4o",
    "PromptTokens": 100,
    "CompletionTokens": 50,
    "TotalTokens": 150,
    "SequenceNumber": 0,
}
TOKENS = "input_uncached_tokens, cache_read_tokens, output_tokens"


def diagnostic(correlation: str, **properties: Any) -> dict[str, Any]:
    return {
        "time": "2026-11-01T10:00:00.123Z",
        "category": "GatewayLlmLogs",
        "operationName": "Microsoft.ApiManagement/GatewayLlmLogs",
        "resourceId": "/SUBSCRIPTIONS/S/PROVIDERS/MICROSOFT.APIMANAGEMENT/SERVICE/GW",
        "location": "West Europe",
        "correlationId": correlation,
        "properties": properties,
    }


def test_the_example_which_says_no_time(shared: Path, home: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "l.jsonl", example(shared, "azure.ApiManagementGatewayLlmLog"))
    assert claims(path) == ["azure_apim_llm"]
    [file] = load(home, path)
    assert "The first entry has no time: none is read." in file.notes
    assert usage(
        home,
        f"{TOKENS}, gen_ai_provider_name, gen_ai_operation_name, gen_ai_request_model, "
        'gen_ai_response_model, "RegionId", requests, "ChargePeriodStart"',
    ) == [(100, None, 50, "azure.ai.openai", "chat", "gpt4o-prod", "gpt-4o", "eastus", 1, None)]


def test_of_a_call_in_several_entries_the_one_with_counts(home: Path, tmp_path: Path) -> None:
    part = {"CorrelationId": "c1", "TimeGenerated": ONE["TimeGenerated"], "SequenceNumber": 1}
    zeros = dict.fromkeys(("PromptTokens", "CompletionTokens", "TotalTokens"), 0)
    probe = {**part, **zeros, "DeploymentName": "", "ModelName": "", "SequenceNumber": 2}
    path = lines(tmp_path / "l.jsonl", part, ONE, probe)
    assert claims(path) == ["azure_apim_llm"]
    [file] = load(home, path)
    assert (usage(home, TOKENS), file.rejected) == ([(100, None, 50)], 0)


@pytest.mark.parametrize("form", ["lines", "array", "records"])
def test_diagnostic_settings(form: str, home: Path, tmp_path: Path) -> None:
    call = diagnostic(
        "c1", modelName="gpt-4o", deploymentName="prod", promptTokens=100, completionTokens=50,
        totalTokens=150, promptCachedTokens=64, operationName="ChatCompletions_Create",
    )  # fmt: skip
    body = diagnostic("c1", sequenceNumber=1)
    path = tmp_path / "l.json"
    if form == "lines":
        lines(path, body, call)
    else:
        path.write_text(
            json.dumps({"records": [body, call]} if form == "records" else [body, call])
        )
    assert claims(path) == ["azure_apim_llm"]
    load(home, path)
    assert usage(
        home,
        f'{TOKENS}, gen_ai_request_model, gen_ai_operation_name, "RegionId", '
        'CAST("ChargePeriodStart" AS VARCHAR)',
    ) == [(36, 64, 50, "prod", "chat", "West Europe", "2026-11-01 10:00:00.123")]


def test_a_model_of_another_maker(home: Path, tmp_path: Path) -> None:
    call = diagnostic(
        "c1", modelName="claude-opus-4-5", promptTokens=26, completionTokens=4, totalTokens=30,
        promptCachedTokens=48854,
    )  # fmt: skip
    load(home, lines(tmp_path / "l.jsonl", call))
    assert usage(home, f"{TOKENS}, gen_ai_provider_name") == [(26, 48854, 4, "unknown")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Embeddings_Create", "embeddings"),
        ("Completions_Create", "text_completion"),
        ("Microsoft.ApiManagement/GatewayLlmLogs", None),
        ("speech", "speech"),
    ],
)
def test_operations(name: str, expected: str | None, home: Path, tmp_path: Path) -> None:
    load(home, lines(tmp_path / "l.jsonl", {**ONE, "OperationName": name}))
    assert usage(home, "gen_ai_operation_name") == [(expected,)]


def test_a_file_of_message_parts_only_is_no_fault(home: Path, tmp_path: Path) -> None:
    part = {"CorrelationId": "c1", "TimeGenerated": ONE["TimeGenerated"], "SequenceNumber": 1}
    [file] = load(home, lines(tmp_path / "l.jsonl", part))
    assert (file.usage, file.rejected) == (0, 0)


def test_content_reaches_no_file(home: Path, tmp_path: Path) -> None:
    content = {"RequestMessages": [SECRET], "ResponseMessages": SECRET, "New": SECRET}
    bad = {**ONE, **content, "CorrelationId": "c2", "PromptTokens": -1}
    cut = json.dumps({**ONE, **content})[:-3]
    inner = diagnostic("c3", promptTokens=1, requestMessages=SECRET, responseMessages=[SECRET])
    [file] = load(home, lines(tmp_path / "l.jsonl", {**ONE, **content}, bad, cut, inner))
    assert (file.usage, file.rejected, leaks(home)) == (2, 2, [])


def test_faults_are_named_and_the_rest_is_loaded(home: Path, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "l.jsonl",
        {**ONE, "CorrelationId": "good", "Unknown": {"extra": 1}},
        json.dumps(ONE)[:50],
        {**ONE, "PromptTokens": -50, "TotalTokens": 0},
        {**ONE, "TimeGenerated": None},
        {**ONE, "TotalTokens": 151},
        {**ONE, "CompletionTokens": "few"},
    )
    [file] = load(home, path)
    assert file.usage == 1
    assert rejects(file) == [
        (2, "", "not a whole JSON document"),
        (3, "input_tokens", "input_tokens: negative"),
        (4, "ChargePeriodStart", "ChargePeriodStart: missing"),
        (5, "TotalTokens", "TotalTokens: not the sum of its parts"),
        (6, "output_tokens", "output_tokens: not a whole number"),
    ]
