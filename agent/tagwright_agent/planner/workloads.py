"""Questions for the catalogue of AI workloads: the words that ask for it, and which of its rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright_agent.planner.lexicon import rx

if TYPE_CHECKING:
    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.slots import Slots

__all__ = ["lacking", "take_workloads"]

_AI = r"(?:ai|ml|ai[ /]ml|machine learning|artificial intelligence)"
_OUR = r"(?:(?:all|the|our|my|of) )*"
_WORK = r"(?P<work>training|inference|serving|fine[- ]?tuning|embeddings?|data[- ]prep(?:aration)?)"
_FORMS = r"(?P<form>workload|endpoint|job|pipeline|api|model|vector (?:store|database|index))e?s?"
_KNOWN = (
    rx(rf"map(?: out)? {_OUR}(?:{_AI} )?(?P<form>workload)s?"),
    rx(rf"(?:catalog(?:ue)?|inventory|register|map) of {_OUR}(?:{_AI} )?(?:{_WORK} )?{_FORMS}"),
    rx(r"(?P<form>workload|endpoint|model) (?:catalog(?:ue)?|inventory|map)"),
    rx(rf"{_AI} (?:catalog(?:ue)?|inventory)"),
    rx(rf"{_AI} (?:{_WORK} )?(?P<form>workload|endpoint|job|pipeline)s?"),
    rx(rf"{_WORK} (?P<form>workload|endpoint|job|pipeline)s"),
    rx(r"(?P<form>workload)s"),
)
_LISTED = (
    rx(r"(?P<form>model)s?(?: that are| which are)?(?: running)? in prod(?:uction)?"),
    rx(r"(?P<form>endpoint)s(?= (?:do|are|have|has|were|run))"),
)
"""Only where a list is asked for: "list our models in production"."""
_FORM = {"vector database": "vector store", "vector index": "vector store"}
_TYPES = {
    "serving": "inference", "embeddings": "embedding", "data-preparation": "data-prep",
    "finetuning": "fine-tuning",
}  # fmt: skip

_NOT = rx(
    r"how much|total|trends?|over time|why|coverage|(?:by|per|each|every)(?: \w+){0,2} workloads?|"
    r"workload[- ]types?|compare|compared|share|percent(?:age)?|explain"
)
"""With these words it is a question of cost or tags, not of what there is."""
_GROUPED = re.compile(r"\b(?:by|per) ")
_LISTING = re.compile(r"\s*(?:please )?(?:list|show|what|which|give|name|how many|do we)\b")

_SHOW = (
    (
        rx(
            r"(?:brand[- ]?)?new(?:ly added| ones)?|newly (?:created|started)|(?:first )?appeared|"
            r"(?:were |was |got )?(?:added|started|launched)"
        ),
        "new",
    ),
    (
        rx(r"(?:without|with no|no|missing|lack(?:s|ing)?|have no|has no)(?: an?| any)? owners?"),
        "no_team",
    ),
    (
        rx(
            r"(?:are |is )?untagged|not tagged|"
            r"(?:without|with no|no|missing|have no|has no)(?: any)? tags?"
        ),
        "untagged",
    ),
    (rx(r"candidates?(?: for ai)?|(?:may|might|could) (?:not )?be ai"), "candidates"),
)
_SINCE = rx(
    r"(?:since|than|compared (?:to|with)|against|vs\.?|versus) (?:the )?(?:last|previous|prior) month"
)
_LACKS = {
    "team": "no_team",
    "product": "no_product",
    "x_ai_model_id": "no_model",
    "model-id": "no_model",
}


def take_workloads(reading: Reading, slots: Slots) -> bool:
    """Whether the catalogue is asked for; marks the words that say so, and notes which rows."""
    if reading.search(_NOT):
        return False
    listing = _LISTING.match(reading.mask) and not _GROUPED.search(reading.mask)
    patterns = [*_KNOWN, *(_LISTED if listing else ())]
    found = [match for pattern in patterns for match in reading.consume_all(pattern)]
    if not found:
        return False
    for match in found:
        said = match.groupdict()
        _narrow(slots, said.get("form") or "", said.get("work") or "")
        if "prod" in match.group():
            slots.notes.append(f"{match.group()} = models that were charged")
    for pattern, show in _SHOW:
        if reading.consume_all(pattern):
            slots.show = show
    if slots.show == "new":
        reading.consume_all(_SINCE)  # new is always against the month before
    return True


def _narrow(slots: Slots, form: str, work: str) -> None:
    if form == "model":
        slots.filters.append({"dimension": "x_ai_model_id", "op": "not_null", "values": []})
    elif form and form != "workload":
        slots.form = _FORM.get(form, form)
    if work:
        work = re.sub(r"[ -]+", "-", work)
        slots.work = _TYPES.get(work, work)


def lacking(slots: Slots) -> None:
    """Turn "without team" into the rows that lack it: of one workload some charges may have one."""
    for item in list(slots.filters):
        if not slots.show and item["op"] == "is_null" and item["dimension"] in _LACKS:
            slots.show = _LACKS[item["dimension"]]
            slots.filters.remove(item)
