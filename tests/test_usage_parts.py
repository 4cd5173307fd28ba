"""Input tokens and the parts that are said of them: what contradicts is kept out, not the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from usage_files import lines, load, rejects, usage

if TYPE_CHECKING:
    from pathlib import Path


def page(**tokens: Any) -> dict[str, Any]:
    result = {"object": "organization.usage.completions.result", "model": "m", **tokens}
    times = {"start_time": 1793491200, "end_time": 1793577600}
    return {"data": [{"object": "bucket", **times, "results": [result]}]}


@pytest.mark.parametrize(
    ("tokens", "why"),
    [
        ({"input_uncached_tokens": 60, "input_cached_tokens": 41}, "not the sum of their parts"),
        ({"input_cached_tokens": 101}, "fewer than the cached ones among them"),
        ({"input_tokens": 1.5}, "not a whole number"),
    ],
)
def test_what_contradicts(tokens: dict[str, Any], why: str, home: Path, tmp_path: Path) -> None:
    good = page(input_tokens=100, input_uncached_tokens=60, input_cached_tokens=40)
    bad = page(**{"input_tokens": 100, **tokens})
    [file] = load(home, lines(tmp_path / "pages.jsonl", good, bad))
    assert rejects(file) == [(2, "input_tokens", f"input_tokens: {why}")]
    assert usage(home, "input_uncached_tokens, cache_read_tokens") == [(60, 40)]


def test_cached_tokens_alone(home: Path, tmp_path: Path) -> None:
    load(home, lines(tmp_path / "pages.jsonl", page(input_cached_tokens=40)))
    assert usage(home, "input_uncached_tokens, cache_read_tokens") == [(None, 40)]
