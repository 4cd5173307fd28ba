"""Questions for the catalogue of AI workloads: what runs, whose, and what it lacks (``map_workloads``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.lazy import lazy
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.frames.workloads_say import Workloads, say
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import any_of, rx
from tagwright_agent.planner.question import Filter, Question
from tagwright_agent.planner.said import Said
from tagwright_agent.planner.times import period_after, unit_of
from tagwright_agent.planner.words import scope_from, scope_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


__all__ = ["FRAME", "Workloads"]

_AI = r"(?:ai|ml|ai[ /]ml|machine learning|artificial intelligence)"
_OUR = r"(?:(?:all|the|our|my|of) )*"
_WORK = r"(?P<work>training|inference|serving|fine[- ]?tuning|embeddings?|data[- ]prep(?:aration)?)"
_FORMS = r"(?P<form>workload|endpoint|job|pipeline|api|model|vector (?:store|database|index))e?s?"
_RUN = "workload|endpoint|job|pipeline"
_KNOWN = (
    rx(rf"map(?: out)? {_OUR}(?:{_AI} )?(?P<form>workload)s?", "workload"),
    rx(rf"(?:catalog(?:ue)?|inventory|register|map) of {_OUR}(?:{_AI} )?(?:{_WORK} )?{_FORMS}", "catalog|inventory|register|map"),
    rx(r"(?P<form>workload|endpoint|model) (?:catalog(?:ue)?|inventory|map)", "catalog|inventory|map"),
    rx(rf"{_AI} (?:catalog(?:ue)?|inventory)", "catalog|inventory"),
    rx(rf"{_AI} (?:{_WORK} )?(?P<form>workload|endpoint|job|pipeline)s?", _RUN),
    rx(rf"{_WORK} (?P<form>workload|endpoint|job|pipeline)s", _RUN),
    rx(r"(?P<form>workload)s", "workload"),
    lazy(r"^\W*(?:(?:our|the|all|ai) )*(?P<form>model)s(?: that are| which are)?(?: running)? in prod(?:uction)?(?=\W*$)"),
)  # fmt: skip
_LISTED = (
    rx(r"(?P<form>model)s?(?: that are| which are)?(?: running)? in prod(?:uction)?", "model"),
    rx(r"(?P<form>endpoint)s(?= (?:do|are|have|has|were|run))", "endpoint"),
)
"""Only where a list is asked for: "list our models in production"."""
_FORM = {"vector database": "vector store", "vector index": "vector store"}
_TYPES = {
    "serving": "inference", "embeddings": "embedding", "data-preparation": "data-prep",
    "finetuning": "fine-tuning",
}  # fmt: skip

_NOT = rx(
    r"how much|total|trends?|over time|why|coverage|(?:by|per|each|every)(?: \w+){0,2} workloads?|"
    r"(?<!without a )workload[- ]types?|compare|compared|share|percent(?:age)?|explain"
)
"""With these words it is a question of cost or tags, not of what there is."""
_GROUPED = lazy(r"\b(?:by|per) ")
_LISTING = lazy(r"(?:please )?(?:list|show|what|which|give|name|how many|do we)\b")

_SHOW = (
    (rx(r"(?:brand[- ]?)?new(?:ly added| ones)?|newly (?:created|started)|(?:first )?appeared|"
        r"(?:were |was |got |did we )?(?:add(?:ed)?|start(?:ed)?|launch(?:ed)?)"), "new"),
    (rx(r"(?:without|with no|no|missing|lack(?:s|ing)?|have no|has no)(?: an?| any)? owners?|(?:that )?nobody owns|owned by nobody"), "no_team"),
    (rx(r"(?:are |is )?untagged|not tagged|"
        r"(?:without|with no|no|missing|have no|has no)(?: any)? tags?"), "untagged"),
    (rx(r"candidates?(?: for ai)?|(?:may|might|could) (?:not )?be ai"), "candidates"),
)  # fmt: skip
_SINCE = rx(
    r"(?:since|than|compared (?:to|with)|against|vs\.?|versus) (?:the )?(?:last|previous|prior) month"
)
_ABSENT = rx(r"(?:that )?(?:we )?(?:did not|didn't) (?:have|use|exist)(?= in)")
_HAVE = rx(
    r"(?:a |the )?list of|with(?= \|+ their)|belongs? to(?! no)|running(?: here)?|do (?:we|you|i) have|are there|have we got|exist"
)
_MOST = 100
_SAID_FORMS = ("endpoint", "job", "pipeline")
_LACKS = {"team": "no_team", "product": "no_product", "x_ai_model_id": "no_model",
          "model-id": "no_model"}  # fmt: skip


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    if reading.search(_NOT):
        return None
    listing = reading.starts(_LISTING) and not _GROUPED.search(reading.mask)
    patterns = [*_KNOWN, *(_LISTED if listing else ())]
    found = [match for pattern in patterns for match in reading.consume_all(pattern, "workload")]
    if not found:
        return None
    own: dict[str, Any] = {}
    filters: list[Filter] = []
    said = Said()
    for match in found:
        named = match.groupdict()
        form, work = named.get("form") or "", named.get("work") or ""
        if form == "model":
            filters.append(Filter(dimension="x_ai_model_id", op="not_null"))
        elif form and form != "workload":
            own["form"] = _FORM.get(form, form)
        if work:
            work = re.sub(r"[ -]+", "-", work)
            own["work"] = _TYPES.get(work, work)
        if "prod" in match.group():
            said.notes.append(f"{match.group()} = models that were charged")
    for pattern, show in _SHOW:
        if reading.consume_all(pattern, "workload"):
            own["show"] = show
    absent = bool(reading.consume_all(_ABSENT, "workload"))
    if absent:
        own["show"] = "new"
    if own.get("show") == "new":
        reading.consume_all(_SINCE, "workload")  # new is always against the month before
    reading.consume_all(_HAVE, "workload")
    said = listen(reading, hearing.view, hearing.pinned, said)
    scope = said.scope()
    # Its rows are workloads, with their team, product and model beside.
    left = list(scope.filters)
    for item in scope.filters:
        if "show" not in own and item.op == "is_null" and item.dimension in _LACKS:
            own["show"] = _LACKS[item.dimension]
            left.remove(item)
    scope = scope.but(groups=(), compare_to="", filters=(*filters, *left), metrics=(), order="")
    if absent and said.periods:  # what was not there in September is new in October
        scope = scope.but(period=period_after(said.periods[0]))
    if any(_is_now(hearing, span) for span in said.periods):
        scope = scope.but(period="", notes=(*scope.notes, "this month = the last month with data"))
    return [Workloads(scope=scope, **own)], said


def _is_now(hearing: Hearing, span: Any) -> bool:
    """Whether it is this month, of which there is no data yet."""
    end, today = hearing.view.anchor.data_end, hearing.view.anchor.today
    return bool(
        end is not None and end <= span.start <= today < span.end and unit_of(span) == "month"
    )


def _call(question: Workloads) -> dict[str, Any]:
    scope = question.scope
    wanted = {
        "filters": scope.filter_arguments(),
        "period": scope.period,
        "show": question.show,
        "form": question.form,
        "type": question.work,
        # Candidates come last: all are fetched, so that the answer can show them apart.
        "limit": max(scope.limit, _MOST),
    }
    return {name: value for name, value in wanted.items() if value}


def _words(question: Workloads) -> str:
    shown = {"new": "new ", "untagged": "untagged "}.get(question.show, "")
    form = question.form if question.form in _SAID_FORMS else ""
    work = question.work if question.work in ("training", "inference", "fine-tuning") else ""
    head = f"which {shown}AI {work} {form or 'workload'}s".replace("  ", " ")
    lacks = {"no_team": " without a team", "no_product": " without a product"}
    scope = question.scope.but(limit=0)
    return scope_words(scope, head + lacks.get(question.show, ""))


def _back(arguments: Mapping[str, Any]) -> Question:
    own = {"show": "show", "form": "form", "type": "work"}
    given: dict[str, Any] = {
        target: str(arguments[name]) for name, target in own.items() if arguments.get(name)
    }
    return Workloads(scope=scope_from(arguments), **given)


_OPENS = any_of(*_KNOWN, *_LISTED)
FRAME = Frame("workloads", "map_workloads", Workloads, _OPENS, _read, _call, say, _words, _back)
