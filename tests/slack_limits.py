"""What Slack takes, by its documents, and what a reader may see of a message."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest


def texts_of(made: object) -> list[str]:
    """Every text that a reader may see, whatever it stands in."""
    if isinstance(made, dict):
        own = [v for n, v in made.items() if isinstance(v, str) and n not in ("type", "style")]
        return own + [text for v in made.values() if not isinstance(v, str) for text in texts_of(v)]
    return [text for item in made for text in texts_of(item)] if isinstance(made, list) else []


def assert_slack_takes(message: dict[str, Any]) -> None:
    """What Slack's documents say of a message, the smaller of each pair of limits."""
    json.dumps(message, allow_nan=False)
    assert 1 <= len(message["text"]) <= 4000
    assert 1 <= len(message["blocks"]) <= 50
    cells = drawings = 0
    for block in message["blocks"]:
        match block["type"]:
            case "rich_text":
                assert sum(map(len, texts_of(block))) <= 3000
                assert all(text for text in texts_of(block))
                assert kinds(block) <= {
                    "rich_text", "rich_text_section", "rich_text_list", "text",
                }  # fmt: skip
            case "context":
                assert len(block["elements"]) <= 10
                for element in block["elements"]:
                    assert element["type"] == "plain_text"
                    assert element["emoji"] is False
                    assert 1 <= len(element["text"]) <= 3000
            case "data_table":
                rows = block["rows"]
                assert 2 <= len(rows) <= 101
                assert {len(row) for row in rows} == {len(rows[0])}
                assert 1 <= len(rows[0]) <= 20
                assert 1 <= block["page_size"] <= 100
                assert block["caption"]
                assert kinds(rows) <= {"raw_text", "raw_number"}
                assert kinds(rows[0]) == {"raw_text"}
                assert all(cell["text"] for row in rows for cell in row)
                cells += sum(len(cell["text"]) for row in rows for cell in row)
            case "data_visualization":
                drawings += 1
                assert 1 <= len(block["title"]) <= 50
                drawn = block["chart"]
                categories = drawn["axis_config"]["categories"]
                assert drawn["type"] in ("bar", "line")
                assert 1 <= len(drawn["series"]) <= 6
                assert 1 <= len(categories) <= 20
                names = [line["name"] for line in drawn["series"]]
                for name in (*names, *categories):
                    assert 1 <= len(name) <= 20
                assert len({*names}) == len(names)
                assert len({*categories}) == len(categories)
                for line in drawn["series"]:
                    assert [point["label"] for point in line["data"]] == categories
                    assert all(type(point["value"]) is float for point in line["data"])
            case other:
                pytest.fail(f"an unknown block: {other}")
    assert cells <= 10_000
    assert drawings <= 2


def kinds(made: object) -> set[str]:
    if isinstance(made, dict):
        return {made["type"]}.union(*(kinds(v) for v in made.values() if isinstance(v, list)))
    return set().union(*map(kinds, made)) if isinstance(made, list) else set()


def assert_text_is_plain(message: dict[str, Any]) -> None:
    """No mention, no link, no emphasis and no emoji can be read in it."""
    assert message["parse"] == "none"
    assert message["link_names"] is message["unfurl_links"] is message["unfurl_media"] is False
    text = message["text"]
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", text)
    assert text.count("```") % 2 == 0
    for place, part in enumerate(text.split("```")):
        if place % 2 == 0:
            outside = re.sub(r"`[^`\n]+`", "x", part)
            assert not re.search(r"[*~`]|:[^\s:]+:|(?m:^&gt;)|(?<!\w)_|_(?!\w)", outside)
