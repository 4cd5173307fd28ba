"""Subscriptions of both eras: who is told of what, and that nobody hears of what is not theirs."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, MCPError
from mcp.types import PromptReference, TextResourceContents

from plans import arn, change, plan_of, plan_store
from sample_home import charge, load, sample
from scope_world import ALL, ANN, filled, people
from tagwright.config import Settings
from tagwright.people import Principal
from tagwright_mcp import watch
from tagwright_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mcp.client.subscriptions import Subscription

NOW = dt.datetime.now(dt.UTC)
"""Plans here must be alive now: the server asks the clock."""

TEAMS = """
version: 1
keys:
  team: {layer: business, required: true, tag_names: [team], open: true}
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.02)


@pytest.fixture
def settings(home: Path) -> Settings:
    return sample(home, [charge()])


def proposed(settings: Settings, name: str, team: str = "") -> None:
    """Store a plan; of a team where one is named."""
    scopes = {"scopes": {arn(1): {"team": team}}} if team else {}
    plan = plan_of(
        change(1, after=team or "ads"),
        plan_id=name,
        by="all",
        created_at=NOW,
        expires_at=NOW + dt.timedelta(hours=9),
        expected=scopes,
    )
    with plan_store(settings.home) as store:
        store.save(plan, NOW)


def superseded(settings: Settings, name: str) -> None:
    """Move the state of a plan."""
    plan = plan_of(
        change(2), plan_id=f"{name}-2", by="all", created_at=NOW,
        expires_at=NOW + dt.timedelta(hours=9),
    )  # fmt: skip
    with plan_store(settings.home) as store:
        store.supersede(name, plan, NOW)


async def heard(subscription: Subscription, count: int) -> list[str]:
    """The next events, as ``Kind uri``."""
    found: list[str] = []
    async with asyncio.timeout(10):
        async for event in subscription:
            found.append(f"{type(event).__name__} {getattr(event, 'uri', '')}".strip())
            if len(found) == count:
                return found
    raise AssertionError(found)


async def test_a_plan_that_moves_is_told_to_who_subscribed(settings: Settings) -> None:
    proposed(settings, "pln-1")
    proposed(settings, "pln-3")
    server = build_server(settings, lambda: Principal("all", "cli"))
    async with Client(server) as client:
        uri = "tagwright://plans/pln-1"
        async with client.listen(resource_subscriptions=[uri]) as subscription:
            superseded(settings, "pln-3")  # nobody asked for that one
            superseded(settings, "pln-1")
            assert await heard(subscription, 1) == [f"ResourceUpdated {uri}"]
        content = (await client.read_resource(uri)).contents[0]
        assert isinstance(content, TextResourceContents)
        assert json.loads(content.text)["details"]["plan"]["state"] == "superseded"


async def test_a_new_snapshot_is_told_and_new_dimensions_change_the_lists(
    settings: Settings,
) -> None:
    server = build_server(settings, lambda: Principal("all", "cli"))
    uri = "tagwright://catalogue"
    async with (
        Client(server) as client,
        client.listen(
            tools_list_changed=True, resources_list_changed=True, resource_subscriptions=[uri]
        ) as subscription,
    ):
        load(settings.home, [charge("2.00")])
        assert await heard(subscription, 1) == [f"ResourceUpdated {uri}"]
        (settings.home / "taxonomy.yaml").write_text(
            "version: 1\nkeys:\n  squad: {layer: business, tag_names: [squad], open: true}\n"
        )
        load(settings.home, [charge("3.00", Tags={"squad": "a"})])
        assert await heard(subscription, 3) == [
            f"ResourceUpdated {uri}",
            "ToolsListChanged",
            "ResourcesListChanged",
        ]


@contextlib.contextmanager
def divided(tmp_path: Path) -> Iterator[Settings]:
    """ann sees search's charges, all sees everything."""
    home = tmp_path / "parted"
    home.mkdir()
    (home / "taxonomy.yaml").write_text(TEAMS)
    rows = [
        charge(ResourceId=arn(1), Tags={"team": "tm-search"}),
        charge("30.00", ResourceId=arn(2), Tags={"team": "tm-ads"}),
    ]
    yield filled(home, rows)
    people(home, {"team": ["tm-search"]})


async def test_what_is_not_theirs_does_not_exist_for_them(tmp_path: Path) -> None:
    with divided(tmp_path) as settings:
        proposed(settings, "pln-ads", "tm-ads")
        proposed(settings, "pln-search", "tm-search")
    everything, part = (build_server(settings, lambda who=who: who) for who in (ALL, ANN))
    uris = [f"tagwright://plans/{name}" for name in ("pln-ads", "pln-search", "pln-none")]

    async def complete(client: Client, argument: str) -> list[str]:
        prompt = PromptReference(name="monthly_review")
        found = await client.complete(prompt, {"name": argument, "value": ""})
        return sorted(found.completion.values)

    async with Client(everything) as all_of_it, Client(part) as hers:
        assert await complete(all_of_it, "team") == ["tm-ads", "tm-search"]
        assert await complete(hers, "team") == ["tm-search"]
        assert await complete(all_of_it, "plan_id") == ["pln-ads", "pln-search"]
        assert await complete(hers, "plan_id") == ["pln-search"]
        async with (
            all_of_it.listen(resource_subscriptions=uris) as all_hear,
            hers.listen(resource_subscriptions=uris) as she_hears,
        ):
            superseded(settings, "pln-ads")
            assert await heard(all_hear, 1) == [f"ResourceUpdated {uris[0]}"]
            superseded(settings, "pln-search")
            assert await heard(she_hears, 1) == [f"ResourceUpdated {uris[1]}"]


async def test_the_handshake_era_is_told_on_its_standing_connection(settings: Settings) -> None:
    proposed(settings, "pln-1")
    told: list[str] = []
    more = asyncio.Event()

    async def note(message: Any) -> None:
        params = getattr(message, "params", None)
        told.append(f"{getattr(message, 'method', '')} {getattr(params, 'uri', '')}".strip())
        more.set()

    async def wait_for(text: str) -> None:
        async with asyncio.timeout(10):
            while text not in told:
                more.clear()
                await more.wait()

    server = build_server(settings, lambda: Principal("all", "cli"))
    uri = "tagwright://plans/pln-1"
    async with Client(server, mode="legacy", message_handler=note) as client:
        can = client.server_capabilities
        assert can is not None
        assert can.tools is not None
        assert can.tools.list_changed
        assert can.resources is not None
        assert can.resources.subscribe
        await client.session.subscribe_resource(uri)
        superseded(settings, "pln-1")
        await wait_for(f"notifications/resources/updated {uri}")
        await client.session.unsubscribe_resource(uri)
        told.clear()
        superseded(settings, "pln-1-2")
        (settings.home / "taxonomy.yaml").write_text(
            "version: 1\nkeys:\n  squad: {layer: business, tag_names: [squad], open: true}\n"
        )
        load(settings.home, [charge("3.00", Tags={"squad": "a"})])
        await wait_for("notifications/tools/list_changed")
        assert not [text for text in told if "resources/updated" in text]


async def test_nothing_is_opened_for_who_did_not_subscribe(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    async def look(calls: object) -> None:
        looks.append(calls)

    monkeypatch.setattr(watch, "_look", look)
    for mode in ("legacy", "auto"):
        async with Client(build_server(settings, lambda: ALL), mode=mode) as client:
            await client.list_tools()
            await asyncio.sleep(0.2)
    assert looks == []


async def test_subscriptions_have_a_bound(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST", 2)
    server = build_server(settings, lambda: ALL)
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(Client(server))
        for _ in range(2):
            await stack.enter_async_context(client.listen(tools_list_changed=True))
        with pytest.raises(MCPError, match="2 subscriptions are open"):
            await stack.enter_async_context(client.listen(tools_list_changed=True))


async def test_looking_is_no_change(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening the state store touches its files no more than reading them does."""
    proposed(settings, "pln-1")
    looks, look = [], watch._look

    async def counted(calls: Any) -> Any:
        looks.append(1)
        return await look(calls)

    monkeypatch.setattr(watch, "_look", counted)
    async with (
        Client(build_server(settings, lambda: ALL)) as client,
        client.listen(resource_subscriptions=["tagwright://plans/pln-1"]),
    ):
        await asyncio.sleep(0.6)
    assert len(looks) <= 2


async def test_nobody_takes_all_subscriptions(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_OF_ONE", 2)
    (settings.home / "people.yaml").write_text("people: {all: {may: [ask]}, ann: {may: [ask]}}")
    who = ALL
    server = build_server(settings, lambda: who)
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(Client(server))
        first = contextlib.AsyncExitStack()
        await first.enter_async_context(client.listen(tools_list_changed=True))
        await stack.enter_async_context(client.listen(tools_list_changed=True))
        with pytest.raises(MCPError, match="2 subscriptions of yours"):
            await stack.enter_async_context(client.listen(tools_list_changed=True))
        who = ANN
        await stack.enter_async_context(client.listen(tools_list_changed=True))
        who = ALL
        await first.aclose()
        await stack.enter_async_context(client.listen(tools_list_changed=True))


async def test_who_may_not_ask_is_refused_a_subscription(settings: Settings) -> None:
    (settings.home / "people.yaml").write_text("people: {ann: {may: [ask]}}")
    async with Client(build_server(settings, lambda: ALL)) as client:
        with pytest.raises(MCPError, match="is nobody in"):
            async with client.listen(tools_list_changed=True):
                pass


async def test_a_subscription_ends_with_the_right_to_ask(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a token expires in the middle of it; nothing has to change for that."""
    monkeypatch.setattr(watch, "WHOLE_SECONDS", 0.1)
    async with (
        Client(build_server(settings, lambda: ALL)) as client,
        client.listen(tools_list_changed=True) as subscription,
    ):
        (settings.home / "people.yaml").write_text("people: {ann: {may: [ask]}}")
        async with asyncio.timeout(5):
            assert [event async for event in subscription] == []
