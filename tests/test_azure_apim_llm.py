"""Azure API Management's LLM log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usage_files import SECRET, example, lines, query, read_one, secret_kept

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (
    "gen_ai_request_model, gen_ai_response_model, input_uncached_tokens, output_tokens, "
    '"ChargePeriodStart"::VARCHAR'
)


def test_the_documented_record_says_no_time(shared: Path, home: Path, tmp_path: Path) -> None:
    record = example(shared, "azure.ApiManagementGatewayLlmLog")
    file = read_one(home, lines(tmp_path / "a.json", record), source="azure_apim_llm", usage=1)
    assert "The log says no times: its requests belong to no period." in file.notes
    assert query(home, f"SELECT {COLUMNS} FROM usage") == [("gpt4o-prod", "gpt-4o", 100, 50, None)]


def test_records_of_a_diagnostic_setting(home: Path, tmp_path: Path) -> None:
    def record(**properties: Any) -> dict[str, Any]:
        names = {"correlationId": "c", "deploymentName": "d", "modelName": "gpt-4o"}
        return {
            "time": "2026-11-01T10:00:00Z",
            "category": "GatewayLlmLogs",
            "properties": {**names, "promptTokens": None, "completionTokens": None, **properties},
        }

    counted = record(promptTokens=8, completionTokens=2, totalTokens=10)
    path = lines(
        tmp_path / "a.json",
        counted,
        record(requestMessages=SECRET),
        {**counted, "time": "2026-11-01T10:00:05Z"},
    )
    read_one(home, path, source="azure_apim_llm", usage=1)
    assert query(home, f"SELECT {COLUMNS} FROM usage") == [
        ("d", "gpt-4o", 8, 2, "2026-11-01 10:00:05")
    ]
    assert secret_kept(home) == []
