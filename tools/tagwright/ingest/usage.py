"""Usage rows: what an input count with cached tokens means, and what proves them written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.ingest.kinds import Kind
from tagwright.ingest.pricing import PRICED
from tagwright.usage import COLUMNS, IDENTITY, INPUT_TOKENS, TOKENS

if TYPE_CHECKING:
    from tagwright.ingest.read import Loaded

__all__ = ["USAGE"]

_CACHED = " + ".join(f'COALESCE("{name}", 0)' for name in TOKENS[1:4])
_UNCACHED = f'COALESCE("input_uncached_tokens", {INPUT_TOKENS} - ({_CACHED}))'


def _raw(loaded: Loaded) -> tuple[str, ...]:
    """Requests, input and output tokens."""

    def number(name: str) -> str:
        return f"CAST({loaded.text(name)} AS DECIMAL(38, 6))"

    # A request may say what it read from a cache and not what it read in all.
    parts = " + ".join(f"COALESCE({number(name)}, 0)" for name in TOKENS[:4])
    return tuple(
        f"CAST(COALESCE(sum({value}), 0) AS HUGEINT)"
        for value in (
            number("requests"),
            f"COALESCE({number(INPUT_TOKENS)}, {parts})",
            number("output_tokens"),
        )
    )


USAGE = Kind(
    name="usage",
    table="usage",
    columns=COLUMNS,
    identity=IDENTITY,
    stored=(
        'COALESCE(sum("requests"), 0)',
        " + ".join(f'COALESCE(sum("{name}"), 0)' for name in TOKENS[:4]),
        'COALESCE(sum("output_tokens"), 0)',
    ),
    raw=_raw,
    staged=(INPUT_TOKENS,),
    values={"input_uncached_tokens": _UNCACHED},
    checks={
        INPUT_TOKENS: (
            (f"t_{INPUT_TOKENS} IS NOT NULL AND {INPUT_TOKENS} IS NULL", "not a whole number"),
            (f"{INPUT_TOKENS} < 0", "negative"),
            (f"{_UNCACHED} < 0", "fewer than the cached ones among them"),
            (
                f'{INPUT_TOKENS} <> "input_uncached_tokens" + {_CACHED}',
                "not the sum of their parts",
            ),
        ),
        "output_tokens": (
            ('"reasoning_output_tokens" > "output_tokens"', "fewer than those of reasoning"),
        ),
    },
    extra=PRICED,
)
"""Rows of the table ``usage``."""
