"""Anthropic's client: cached tokens are added to the input, streams in both of their forms."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from instrument_fakes import (
    EVENTS,
    MESSAGE,
    MESSAGE_TOKENS,
    Messages,
    Rows,
    Snapshots,
    Stream,
    shape,
    tokens,
)
from tagwright.instrument import instrument_anthropic


def test_anthropic_input_gets_its_cached_tokens() -> None:
    rows = Rows()
    client = SimpleNamespace(messages=Messages(lambda _: shape(MESSAGE)))
    instrument_anthropic(client, rows)
    client.messages.create(model="claude-sonnet-4-5", messages=[], max_tokens=10)
    [row] = rows
    assert tokens(row) == MESSAGE_TOKENS
    assert row["gen_ai.provider.name"] == "anthropic"
    assert row["gen_ai.request.model"] == "claude-sonnet-4-5"
    assert row["service_tier"] == "standard"
    assert row["tagwright.cache_creation_1h.input_tokens"] == 1000
    assert row["tagwright.web_search_requests"] == 3
    assert row["tagwright.inference_geo"] == "us"


def test_anthropic_for_a_cloud() -> None:
    rows = Rows()

    class AnthropicBedrock:
        messages = Messages(lambda _: shape(MESSAGE))

    client = AnthropicBedrock()
    instrument_anthropic(client, rows)
    client.messages.create(model="us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert rows[0]["gen_ai.provider.name"] == "aws.bedrock"


def test_anthropic_events() -> None:
    rows = Rows()
    client = SimpleNamespace(messages=Messages(lambda _: Stream(EVENTS)))
    instrument_anthropic(client, rows)
    list(client.messages.create(model="claude", stream=True))
    with client.messages.create(model="claude", stream=True) as events:
        next(events)
    assert tokens(rows[0]) == MESSAGE_TOKENS
    # What was counted when it began is no output count.
    assert tokens(rows[1]) == {**MESSAGE_TOKENS, "output_tokens": None}
    assert rows[1]["tagwright.usage_unknown"] == "stream_not_read_to_end"


class Overloaded(Exception):  # noqa: N818
    __module__ = "anthropic"


async def test_anthropic_stream_helper() -> None:
    rows = Rows()
    begun = {**MESSAGE, "stop_reason": None}
    made: list[Any] = [
        Snapshots([begun, MESSAGE]), Snapshots([begun, MESSAGE]), Snapshots([begun]),
        Snapshots([]), Snapshots([]), Overloaded("SECRET"),
    ]  # fmt: skip
    answers = iter(made)
    client = SimpleNamespace(messages=Messages(lambda _: next(answers)))
    instrument_anthropic(client, rows)
    with client.messages.stream(model="claude") as stream:
        assert stream is made[0]
        assert len(list(stream)) == 2
    async with client.messages.stream(model="claude") as stream:
        assert len([event async for event in stream]) == 2
    with client.messages.stream(model="claude") as stream:
        list(stream)
    with pytest.raises(KeyError), client.messages.stream(model="claude"):
        raise KeyError("the application's own")
    with pytest.raises(Overloaded), client.messages.stream(model="claude"):
        raise Overloaded("SECRET")
    with pytest.raises(Overloaded), client.messages.stream(model="claude"):
        pass
    assert [tokens(row)["output_tokens"] for row in rows] == [500, 500, None, None, None, None]
    assert [row.get("error.type") for row in rows] == [
        None, None, None, None, "anthropic.Overloaded", "anthropic.Overloaded",
    ]  # fmt: skip
    assert rows[2]["tagwright.usage_unknown"] == "stream_not_read_to_end"
