"""Questions made of the grammar's own words: an answer, a question back or a refusal comes out."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from planner_view import VIEW
from tagwright.registry import load_registry
from tagwright_agent.planner import lexicon
from tagwright_agent.planner.calls import call_of
from tagwright_agent.planner.dialogue import read
from tagwright_agent.planner.slots import Slots, Unclear

REGISTRY = load_registry()


def _patterns() -> list[re.Pattern[str]]:
    """Every pattern of the lexicon, wherever it stands in its tables."""
    found: list[re.Pattern[str]] = []
    waiting: list[object] = [getattr(lexicon, name) for name in lexicon.__all__]
    while waiting:
        item = waiting.pop()
        if isinstance(item, re.Pattern):
            found.append(item)
        elif isinstance(item, tuple | list):
            waiting += item
    return found


def _words(pattern: re.Pattern[str]) -> st.SearchStrategy[str]:
    """What the pattern matches, without its borders of words."""
    inner = pattern.pattern.removeprefix(r"(?<![\w-])").removesuffix(r"(?![\w-])")
    return st.from_regex(re.compile(inner, re.IGNORECASE | re.ASCII), fullmatch=True)


_NAMES = sorted(
    {value for dimension in VIEW.dimensions.values() for value in dimension.values}
    | set(VIEW.dimensions)
    | {word for dimension in VIEW.dimensions.values() for word in dimension.synonyms}
)
_PERIODS = (
    "last month",
    "october",
    "q3 2026",
    "since july",
    "2026-09",
    "week 41",
    "ytd",
    "yesterday",
)
_SENTENCE = st.lists(
    st.one_of(
        *map(_words, _patterns()),
        st.sampled_from(sorted(lexicon.NUMBERS)),
        st.sampled_from(sorted(lexicon.STOP)),
        st.sampled_from(_NAMES),
        st.sampled_from(_NAMES).map(lambda name: f"{name}s"),
        st.sampled_from(_PERIODS),
        st.integers(0, 2000).map(str),
    ),
    min_size=1,
    max_size=7,
).map(" ".join)


def planned(question: str, before: list[Slots]) -> list[Slots]:
    """What the question means; every call that comes of it is one that its tool takes."""
    unclear = None
    try:
        found = read(question, VIEW, before=before)
    except Unclear as said:
        found, unclear = [], said
    assert (unclear is None) == bool(found)
    if unclear is not None:
        assert unclear.status in ("clarify", "refused")
        assert unclear.text.strip()
    for slots in found:
        name, arguments = call_of(slots)
        REGISTRY.get(name).validate(arguments)
    return found


@settings(deadline=None, max_examples=examples(300))
@given(_SENTENCE, _SENTENCE)
def test_only_an_answer_a_question_back_or_a_refusal_comes_out(first: str, second: str) -> None:
    planned(second, planned(first, []))


def test_what_crashed_once() -> None:
    """Superlatives with numbers in words and before "most"."""
    for question in ("biggest five services", "largest 3 accounts", "the most expensive 5 teams"):
        [slots] = planned(question, [])
        assert slots.limit == (3 if "3" in question else 5), question
