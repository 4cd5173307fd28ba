"""Conditions in CEL, for Kubernetes' ValidatingAdmissionPolicy and Google's custom constraints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["has_label", "one_of", "quote", "says_something"]


def quote(text: str) -> str:
    """``text`` as a string of CEL (its escapes are JSON's, but for surrogates, which are none)."""
    return json.dumps(text, ensure_ascii=False)


def has_label(labels: str, name: str) -> str:
    """Whether the map holds the label; the map itself may be absent."""
    return f"has({labels}) && {quote(name)} in {labels}"


def one_of(value: str, values: Sequence[str]) -> str:
    """Whether the value is one of those listed; a ``*`` makes a pattern."""
    exact = [quote(text) for text in values if "*" not in text]
    tests = [f"{value} in [{', '.join(exact)}]"] if exact else []
    for text in values:
        if "*" not in text:
            continue
        prefix, _, suffix = text.partition("*")
        ends = [f"{value}.startsWith({quote(prefix)})"] if prefix else []
        ends += [f"{value}.endsWith({quote(suffix)})"] if suffix else []
        # The ends must not overlap: 'a*a' is not fitted by 'a'.
        ends.append(f"size({value}) >= {max(1, len(prefix) + len(suffix))}")
        tests.append(f"({' && '.join(ends)})")
    return " || ".join(tests)


def says_something(value: str, words: Sequence[str]) -> str:
    """Whether the value is neither empty nor one of the words that say nothing."""
    return f"!({value} in [{', '.join(quote(word) for word in ('', *words))}])"
