"""Pages of a long result, followed by a client as the text says: every row once, in one order."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters

from sample_home import charge, sample
from tagwright.people import Principal
from tagwright.plugins import is_ours, points
from tagwright_mcp.server import build_server

if TYPE_CHECKING:
    from mcp.types import CallToolResult

    from tagwright.config import Settings

SERVICES = [f"Service {n:02}" for n in range(47)]


@pytest.fixture
def settings(home: Path) -> Settings:
    """47 services of one cost on September 1: only their names order them. Each has a resource."""
    rows = [
        charge("1.25", "2026-09-01", ServiceName=name, ResourceId=f"arn:aws:s3:::{name[-2:]}")
        for name in SERVICES
    ]
    return sample(home, rows)


async def paged(client: Client, name: str, arguments: dict[str, Any]) -> list[CallToolResult]:
    """The answers, each asked for as the text before says."""
    found, offset = [], 0
    while True:
        answer = await client.call_tool(name, {**arguments, "offset": offset})
        assert not answer.is_error
        found.append(answer)
        content = answer.structured_content
        assert content is not None
        assert content["offset"] == offset
        more = re.search(r"; more with offset=(\d+)\.", answer.content[0].text.splitlines()[0])
        if more is None:
            return found
        assert int(more[1]) > offset
        offset = int(more[1])


@pytest.mark.slow  # starts a Python process that loads the MCP library
async def test_every_row_once_over_stdio(settings: Settings) -> None:
    """47 rows, 20 a page: 20, 20 and 7."""
    target = StdioServerParameters(
        command=sys.executable, args=["-m", "tagwright_mcp", "--home", str(settings.home)]
    )
    async with Client(target) as client:
        pages = await paged(client, "query_costs", {"group_by": ["service_name"]})
    contents = [page.structured_content or {} for page in pages]
    assert [len(content["rows"]) for content in contents] == [20, 20, 7]
    assert {content["row_count"] for content in contents} == {47}
    total = {"currency": "USD", "effective_cost": "58.75", "average": "1.25", "values": 47}
    assert {json.dumps(content["totals"]) for content in contents} == {json.dumps([total])}
    assert [row["service_name"] for content in contents for row in content["rows"]] == SERVICES
    texts = [page.content[0].text for page in pages]
    assert texts[0].startswith("Rows 1 to 20 of 47; more with offset=20.")
    assert texts[2].startswith("Rows 41 to 47 of 47.")
    shown = [re.findall(r"^\| (Service \d\d)", text, re.MULTILINE) for text in texts]
    assert [name for page in shown for name in page] == SERVICES
    assert len(texts[0]) / 4 <= 400  # tokens of a page, at four characters each


@pytest.mark.parametrize(
    ("name", "arguments", "rows"),
    [
        ("query_costs", {"group_by": ["service_name"], "compare_to": "2026-08"}, 47),
        ("query_costs", {"group_by": ["day", "service_name"]}, 47),
        ("describe_data", {"dimension": "service_name"}, 47),
        ("describe_data", {"dimension": "service_name", "search": "service 1"}, 10),
        ("tag_coverage", {"group_by": ["service_name"], "keys": ["team"]}, 47),
        ("run_sql", {"sql": 'SELECT "ServiceName" FROM charges ORDER BY 1'}, 47),
        ("allocate_costs", {"dimension": "team"}, 1),
    ],
)
async def test_every_tool_pages(
    settings: Settings, name: str, arguments: dict[str, Any], rows: int
) -> None:
    server = build_server(settings, lambda: Principal("alice", "mcp"))
    async with Client(server) as client:
        pages = await paged(client, name, {**arguments, "limit": 9})
        whole = await client.call_tool(name, {**arguments, "limit": 1000})
    found = [row for page in pages for row in (page.structured_content or {})["rows"]]
    assert len(pages) == -(-rows // 9)
    assert found == (whole.structured_content or {})["rows"]
    assert len(found) == rows


async def test_a_page_past_the_end_is_empty_and_says_so(settings: Settings) -> None:
    server = build_server(settings, lambda: Principal("alice", "mcp"))
    async with Client(server) as client:
        arguments = {"group_by": ["service_name"], "offset": 900}
        answer = await client.call_tool("query_costs", arguments)
        wrong = await client.call_tool("query_costs", {"offset": -1})
    assert answer.content[0].text.startswith("No row after 900 of 47.")
    assert wrong.is_error


async def test_statements_without_order_say_that_pages_may_overlap(settings: Settings) -> None:
    server = build_server(settings, lambda: Principal("alice", "mcp"))
    async with Client(server) as client:
        loose = await client.call_tool("run_sql", {"sql": 'SELECT "ServiceName" FROM charges'})
    assert "Without ORDER BY the next page may repeat or miss rows." in loose.content[0].text


def test_arguments_mean_the_same_everywhere() -> None:
    """One description of each, but where a limit counts another thing."""
    said: dict[str, set[str]] = {}
    tools = [point.load() for point in points("tagwright.tools") if is_ours(point)]
    for tool in tools:
        for name, schema in tool.input_schema["properties"].items():
            plain = {key: value for key, value in schema.items() if key != "default"}
            said.setdefault(name, set()).add(json.dumps(plain, sort_keys=True))
    for name in ("period", "metric", "filters", "offset", "compare_to"):
        assert len(said[name]) == 1, name
    assert said["metric"] == said["cost_basis"]
    reads = {tool.name for tool in tools if tool.effect == "read"}
    assert {t.name for t in tools if "offset" in t.input_schema["properties"]} == reads
