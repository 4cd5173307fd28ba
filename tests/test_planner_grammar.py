"""Questions made of the grammar's own words: an answer, a question back or a refusal comes out."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from planner_view import VIEW
from tagwright.registry import load_registry
from tagwright_agent.planner import phrases
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.question import Question, Unclear
from tagwright_agent.planner.understand import understand

REGISTRY = load_registry()
VIEWS = {"bill": VIEW, "all": replace(VIEW, usage=1000, rates=("EUR>USD",))}
"""A bill alone; and one with telemetry and rates beside it."""


def _patterns() -> list[re.Pattern[str]]:
    """Every pattern of the phrases, wherever it stands in its tables, and what opens the frames."""
    found = [frame.opens for frame in frames().values() if frame.opens is not None]
    waiting: list[object] = [getattr(phrases, name) for name in phrases.__all__]
    while waiting:
        item = waiting.pop()
        if hasattr(item, "pattern"):
            found.append(item)
        elif isinstance(item, tuple | list):
            waiting += item
    return found


def _words(pattern: re.Pattern[str]) -> st.SearchStrategy[str]:
    """A text that holds what the pattern finds."""
    found = st.from_regex(re.compile(pattern.pattern, re.IGNORECASE | re.ASCII))
    return found.map(lambda text: " ".join(text.split()))


_NAMES = sorted(
    {value for dimension in VIEW.dimensions.values() for value in dimension.values}
    | set(VIEW.dimensions)
    | {word for dimension in VIEW.dimensions.values() for word in dimension.synonyms}
    | {word for metric, synonyms in VIEW.metrics for word in (metric, *synonyms)}
)
_PERIODS = (
    "last month", "october", "q3 2026", "since july", "2026-09", "week 41", "ytd", "yesterday",
    "the month before", "vs august",
)  # fmt: skip
_OTHERS = ("over $500", "between 10 and 2k", "in euros", "tag:Owner", "plan-20261123-ab12cd34ef")
_FOUND = [_words(pattern) for pattern in _patterns()]
_SENTENCE = st.lists(
    st.one_of(
        st.sampled_from(_FOUND).flatmap(lambda words: words),
        st.sampled_from(sorted({*phrases.NUMBERS, *phrases.CLOSED, *phrases.COMMON})),
        st.sampled_from(_NAMES),
        st.sampled_from(_NAMES).map(lambda name: f"{name}s"),
        st.sampled_from(_PERIODS),
        st.sampled_from(_OTHERS),
        st.integers(0, 2000).map(str),
    ),
    min_size=1,
    max_size=7,
).map(" ".join)  # fmt: skip


def planned(text: str, before: list[Question], view: str = "bill") -> list[Question]:
    """What the text means; every call that comes of it is one that its tool takes."""
    unclear = None
    try:
        found = understand(text, VIEWS[view], before=before)
    except Unclear as said:
        found, unclear = [], said
    assert (unclear is None) == bool(found)
    if unclear is not None:
        assert unclear.status in ("clarify", "refused")
        assert unclear.text.strip()
        found = [unclear.partial] if unclear.partial is not None else []
    for question in found:
        frame = frames()[question.frame]
        assert isinstance(question, frame.question)
        assert frame.question.model_validate(question.model_dump(mode="json")) == question
        if frame.tool and unclear is None:
            REGISTRY.get(frame.tool).validate(frame.call(question))
    return found


@settings(deadline=None, max_examples=examples(300))
@given(_SENTENCE, _SENTENCE, st.sampled_from(sorted(VIEWS)))
def test_only_an_answer_a_question_back_or_a_refusal_comes_out(
    first: str, second: str, view: str
) -> None:
    planned(second, planned(first, [], view), view)


def test_what_crashed_once() -> None:
    """Superlatives with numbers in words and before "most"."""
    for text in ("biggest five services", "largest 3 accounts", "the most expensive 5 teams"):
        [question] = planned(text, [])
        assert question.scope.limit == (3 if "3" in text else 5), text
