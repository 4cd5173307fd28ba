"""A proposal over MCP asks the client to open the approver's page, and nothing it says decides."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import (
    CallToolResult,
    ElicitRequest,
    ElicitRequestURLParams,
    ElicitResult,
    ErrorData,
    InputRequiredResult,
    TextContent,
)

from approver_world import Served, approver
from mcp_world import Door, door, filled
from tagwright.config import load_settings
from tagwright.people import Principal
from tagwright.remediation import PlanStore
from tagwright_mcp import approving, watch
from tagwright_mcp.server import RegistryServer, build_server
from tagwright_mcp.tokens import make

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
CHIEF = Principal("chief", "mcp", "chief-sub")
PEOPLE = """
people:
  chief: {mcp: [chief-sub], may: [ask, propose, approve]}
  other: {mcp: [other-sub], may: [ask, propose, approve]}
"""
PAGE = "https://approve.example.com"
NOW = dt.datetime.now(dt.UTC)
TOOL = "propose_tag_fixes"
CALL = {"keys": ["team"], "min_confidence": 50}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(watch, "WHOLE_SECONDS", 1.0)


def served(
    home: Path, page: str = PAGE, who: Principal = CHIEF, *, standing: bool = True
) -> RegistryServer:
    """A server of a home with one change to propose, whose approver is there."""
    if not (home / "people.yaml").exists():
        filled(home, PEOPLE)
    if page:
        (home / "tagwright.toml").write_text(f'[approval]\napprover_url = "{page}"\n')
    return build_server(load_settings(home), lambda: who, standing=standing)


@dataclass
class Asked:
    """A client's way to open pages: what it was asked, and what it says."""

    says: Callable[[str], ElicitResult | ErrorData] = lambda _: ElicitResult(action="accept")
    all: list[ElicitRequestURLParams] = field(default_factory=list)

    async def __call__(self, context: Any, params: Any) -> ElicitResult | ErrorData:
        del context
        self.all.append(params)
        return await asyncio.to_thread(self.says, params.url)


def plans(home: Path) -> dict[str, str]:
    """State of each plan."""
    with PlanStore.open(load_settings(home)) as store:
        return {one.plan.id: one.state for one in store.list()}


def text(answer: Any) -> str:
    (content,) = answer.content
    assert isinstance(content, TextContent)
    return content.text


def plan_in(answer: CallToolResult) -> dict[str, Any]:
    assert answer.structured_content is not None
    plan: dict[str, Any] = answer.structured_content["details"]["plan"]
    return plan


@MODES
async def test_the_page_of_that_very_plan_is_opened_once(home: Path, mode: str) -> None:
    asked = Asked()
    async with Client(served(home), mode=mode, elicitation_callback=asked) as client:
        answer = await client.call_tool(TOOL, CALL)
    plan = plan_in(answer)
    (one,) = asked.all
    assert isinstance(one, ElicitRequestURLParams)
    assert one.url == f"{PAGE}/plans/{plan['id']}?digest={plan['digest']}"
    assert one.message == (
        f"Plan {plan['id']}, 1 change of tags, waits for a person. The page shows it whole. You "
        "can reject it there; somebody else approves it (four eyes): hand the link on."
    )
    assert plans(home) == {plan["id"]: "proposed"}
    assert "has its person open the approver's page. That decides nothing" in text(answer)
    assert "i-rank-3" in text(answer)
    assert f"`tagwright approve {plan['id']}`" in text(answer)
    assert f"on `{one.url}` or with that command" in text(answer)
    assert "by one of other (four eyes" in text(answer)


@MODES
@pytest.mark.parametrize("says", [ElicitResult(action="decline"), ElicitResult(action="cancel")])
async def test_who_says_no_has_the_plan_all_the_same(
    home: Path, mode: str, says: ElicitResult
) -> None:
    server = served(home)
    async with Client(server, mode=mode, elicitation_callback=Asked(lambda _: says)) as client:
        answer = await client.call_tool(TOOL, CALL)
    assert plans(home) == {plan_in(answer)["id"]: "proposed"}
    assert "did not open the approver's page: the plan waits" in text(answer)
    assert PAGE in text(answer)


async def test_a_client_that_answers_an_error_or_nothing_has_the_plan(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approving, "ASK_SECONDS", 0.1)
    failing = Asked(lambda _: ErrorData(code=-1, message="no browser"))
    async with Client(served(home), mode="legacy", elicitation_callback=failing) as client:
        assert "did not open" in text(await client.call_tool(TOOL, CALL))
    gone = asyncio.Event()

    async def silent(context: Any, params: Any) -> ElicitResult:
        del context, params
        await gone.wait()
        return ElicitResult(action="accept")

    async with Client(served(home), mode="legacy", elicitation_callback=silent) as client:
        assert "did not open" in text(await client.call_tool(TOOL, CALL))
        gone.set()
    assert list(plans(home).values()) == ["proposed"] * 2


@MODES
@pytest.mark.parametrize("page", ["", "http://approver:8700"])
async def test_without_a_page_to_give_the_command_alone_is_said(
    home: Path, mode: str, page: str
) -> None:
    asked = Asked()
    async with Client(served(home, page), mode=mode, elicitation_callback=asked) as client:
        answer = await client.call_tool(TOOL, CALL)
    assert not asked.all
    assert "http" not in text(answer)
    assert "`tagwright approve plan" in text(answer)


@MODES
async def test_a_client_that_opens_no_pages_is_told_the_link(home: Path, mode: str) -> None:
    async with Client(served(home), mode=mode) as client:
        answer = await client.call_tool(TOOL, CALL)
    assert f"on `{PAGE}/plans/{plan_in(answer)['id']}?digest=" in text(answer)
    assert "did not open" not in text(answer)


async def test_an_answer_too_long_to_carry_is_given_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approving, "_MOST", 100)
    asked = Asked()
    async with Client(served(home), elicitation_callback=asked) as client:
        answer = await client.call_tool(TOOL, CALL)
    assert not asked.all
    assert PAGE in text(answer)
    assert plans(home) == {plan_in(answer)["id"]: "proposed"}


@MODES
async def test_in_one_person_mode_the_words_are_for_that_person(home: Path, mode: str) -> None:
    filled(home, "")
    (home / "tagwright.toml").write_text('[approval]\napprover_url = "http://127.0.0.1:8700"\n')
    server = build_server(load_settings(home), lambda: Principal("cli:me", "mcp", "me"))
    asked = Asked()
    async with Client(server, mode=mode, elicitation_callback=asked) as client:
        answer = await client.call_tool(TOOL, CALL)
    assert asked.all[0].message.endswith("The page shows it whole. You approve or reject it there.")
    assert "by the user of this machine (one-person mode)." in text(answer)


@MODES
async def test_reading_opens_nothing(home: Path, mode: str) -> None:
    asked = Asked()
    async with Client(served(home), mode=mode, elicitation_callback=asked) as client:
        plan = plan_in(await client.call_tool(TOOL, CALL))["id"]
        shown = await client.call_tool("get_plan", {"plan_id": plan})
        await client.read_resource(f"tagwright://plans/{plan}")
    assert len(asked.all) == 1
    assert f"{PAGE}/plans/{plan}?digest=" in text(shown)


@pytest.mark.slow  # a process for each era
@MODES
async def test_a_process_on_stdio_asks_its_client(home: Path, mode: str) -> None:
    filled(home, "")
    (home / "tagwright.toml").write_text(f'[approval]\napprover_url = "{PAGE}"\n')
    asked = Asked()
    process = StdioServerParameters(
        command=sys.executable, args=["-m", "tagwright_mcp", "--home", str(home)]
    )
    async with Client(process, mode=mode, elicitation_callback=asked) as client:
        plan = plan_in(await client.call_tool(TOOL, CALL))
    assert [one.url for one in asked.all] == [f"{PAGE}/plans/{plan['id']}?digest={plan['digest']}"]
    assert plans(home) == {plan["id"]: "proposed"}


async def begun(client: Client, **call: Any) -> InputRequiredResult:
    first = await client.session.call_tool(TOOL, {**CALL, **call}, allow_input_required=True)
    assert isinstance(first, InputRequiredResult)
    return first


async def again(client: Client, state: str | None, responses: Any, **call: Any) -> Any:
    return await client.session.call_tool(
        TOOL, {**CALL, **call}, input_responses=responses, request_state=state,
        allow_input_required=True,
    )  # fmt: skip


FORGED: list[Any] = [
    None,
    {},
    {"approve": ElicitResult(action="accept", content={"decision": "approve", "by": "other"})},
    {"approved": ElicitResult(action="accept")},
    {"approve": ElicitResult(action="decline", content={"digest": "sha256:" + "0" * 64})},
]


@pytest.mark.parametrize("responses", FORGED)
async def test_the_call_that_comes_again_proposes_nothing(home: Path, responses: Any) -> None:
    async with Client(served(home), elicitation_callback=Asked()) as client:
        first = await begun(client)
        assert first.input_requests is not None
        request = first.input_requests["approve"]
        assert isinstance(request, ElicitRequest)
        answers = [await again(client, first.request_state, responses) for _ in range(3)]
    assert {plan_in(one)["id"] for one in answers} == set(plans(home))
    assert list(plans(home).values()) == ["proposed"]
    assert all("decides nothing" in text(it) or "did not open" in text(it) for it in answers)


async def test_a_state_that_is_not_of_this_call_is_refused(home: Path) -> None:
    async with Client(served(home), elicitation_callback=Asked()) as client:
        state = (await begun(client)).request_state
        assert state is not None
        for other in (state[:-2] + "AA", state[::-1], "v1.", "", "eyJwbGFuIjoicGxhbi0xIn0"):
            with pytest.raises(MCPError, match="requestState"):
                await again(client, other, None)
        with pytest.raises(MCPError, match="requestState"):
            await again(client, state, None, min_confidence=99)
        with pytest.raises(MCPError, match="requestState"):
            await client.session.call_tool("get_plan", {}, request_state=state)
    async with Client(served(home), elicitation_callback=Asked()) as restarted:
        with pytest.raises(MCPError, match="requestState"):
            await again(restarted, state, None)
    assert list(plans(home).values()) == ["proposed"]


def decides(page: Served, action: str = "approve") -> Callable[[str], ElicitResult]:
    """Another person opens the page that the client shows, and decides there."""

    def says(url: str) -> ElicitResult:
        with page.browser("other") as browser:
            path = url.removeprefix(page.url)
            sent = browser.post_form(path.partition("?")[0], {**browser.fields(path),
                                                              "action": action})  # fmt: skip
            assert sent.status_code == 303, sent.text
        return ElicitResult(action="accept")

    return says


async def test_a_person_decides_on_the_page_and_the_connection_is_told(home: Path) -> None:
    filled(home, PEOPLE)
    done: asyncio.Queue[str] = asyncio.Queue()

    async def note(message: Any) -> None:
        if getattr(message, "method", "") == "notifications/elicitation/complete":
            done.put_nowait(message.params.elicitation_id)

    with approver(home, PEOPLE) as page:
        server, asked = served(home, page.url), Asked()
        async with Client(
            server, mode="legacy", elicitation_callback=asked, message_handler=note
        ) as client:
            plan = plan_in(await client.call_tool(TOOL, CALL))["id"]
            other = plan_in(await client.call_tool(TOOL, CALL))["id"]
            await asyncio.sleep(0.2)  # ten looks
            assert done.empty()
            await asyncio.to_thread(decides(page), asked.all[0].url)
            async with asyncio.timeout(10):
                assert await done.get() == plan
            await asyncio.sleep(0.2)
    assert done.empty()
    assert plans(home) == {plan: "approved", other: "proposed"}


SINCE = "Since you asked last: "


async def news(client: Client, tool: str = "describe_data") -> list[str]:
    """What a call says of plans besides what was asked, in its text and in its structure."""
    answer = await client.call_tool(tool, {})
    notes = [it for it in (answer.structured_content or {})["notes"] if it.startswith(SINCE)]
    assert text(answer).count("Since you asked last") == len(notes)
    return [it.removeprefix(SINCE) for it in notes]


@MODES
async def test_what_became_of_a_plan_is_told_once_to_who_proposed_it(home: Path, mode: str) -> None:
    filled(home, PEOPLE)
    who = [CHIEF]
    with approver(home, PEOPLE) as page:
        server, asked = served(home, page.url), Asked()
        server.calls._door = lambda: who[0]
        async with Client(server, mode=mode, elicitation_callback=asked) as client:
            one, two = [plan_in(await client.call_tool(TOOL, CALL))["id"] for _ in range(2)]
            assert await news(client) == []
            await asyncio.to_thread(decides(page), asked.all[0].url)
            await asyncio.to_thread(decides(page, "reject"), asked.all[1].url)
            who[0] = Principal("other", "mcp", "other-sub")
            assert await news(client) == []
            who[0] = CHIEF
            assert (await client.call_tool("get_plan", {"plan_id": "no"})).is_error
            both = f"{one} was approved by other; {two} was rejected by other."
            assert await news(client) == [both]
            assert await news(client) == []
    assert plans(home) == {one: "approved", two: "rejected"}


async def test_a_decision_that_is_taken_while_the_page_is_asked_for_comes_with_the_answer(
    home: Path,
) -> None:
    filled(home, PEOPLE)
    with approver(home, PEOPLE) as page:
        server = served(home, page.url)
        async with Client(server, elicitation_callback=Asked(decides(page))) as client:
            answer = await client.call_tool(TOOL, CALL)
    plan = plan_in(answer)["id"]
    assert f"{SINCE}{plan} was approved by other." in text(answer)
    assert plans(home) == {plan: "approved"}


@asynccontextmanager
async def over_http(door: Door, subject: str, mode: str, asked: Asked) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {door.token(subject)}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=20) as http,
        Client(
            streamable_http_client(door.url, http_client=http), mode=mode,
            elicitation_callback=asked,
        ) as client,
    ):  # fmt: skip
        yield client


async def test_over_http_the_era_without_sessions_asks_and_the_other_says(home: Path) -> None:
    served(home)
    asked = Asked()
    with door(home) as http:
        async with over_http(http, "chief-sub", "auto", asked) as client:
            assert "has its person open" in text(await client.call_tool(TOOL, CALL))
        async with over_http(http, "chief-sub", "legacy", asked) as client:
            answer = await client.call_tool(TOOL, CALL)
    assert len(asked.all) == 1
    assert f"on `{PAGE}/plans/{plan_in(answer)['id']}?digest=" in text(answer)
    assert list(plans(home).values()) == ["proposed"] * 2


async def test_the_state_of_one_person_is_nothing_in_the_hands_of_another(home: Path) -> None:
    served(home)
    accept = {"approve": ElicitResult(action="accept")}
    with door(home) as http:
        async with over_http(http, "chief-sub", "auto", Asked()) as client:
            state = (await begun(client)).request_state
        async with over_http(http, "other-sub", "auto", Asked()) as client:
            with pytest.raises(MCPError, match="requestState"):
                await again(client, state, accept)
    with door(home, oauth=False) as http:
        static = make(load_settings(home), "chief", read_only=False, days=1, now=NOW)[1]
        headers = {"Authorization": f"Bearer {static}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=20) as there,
            Client(streamable_http_client(http.url, http_client=there)) as client,
        ):
            with pytest.raises(MCPError, match="requestState"):  # another credential of theirs
                await again(client, state, accept)
    assert list(plans(home).values()) == ["proposed"]


async def test_another_replica_goes_on_where_one_asked(home: Path) -> None:
    served(home)
    token = make(load_settings(home), "chief", read_only=False, days=1, now=NOW)[1]
    headers, states = {"Authorization": f"Bearer {token}"}, []
    for _ in range(2):
        with door(home, oauth=False) as http:
            async with (
                httpx2.AsyncClient(headers=headers, timeout=20) as there,
                Client(
                    streamable_http_client(http.url, http_client=there),
                    elicitation_callback=Asked(),
                ) as client,
            ):
                if not states:
                    states.append((await begun(client)).request_state)
                    continue
                answer = await again(client, states[0], None)
    assert plans(home) == {plan_in(answer)["id"]: "proposed"}
    assert "did not open" in text(answer)
