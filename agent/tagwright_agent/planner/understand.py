"""A message in its conversation: cut into questions, each read with the one before as context."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.lazy import lazy
from tagwright.text import clean
from tagwright_agent.planner.fit import alone, answers, best
from tagwright_agent.planner.follow import follows, means_before
from tagwright_agent.planner.frame import Hearing
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.kept import EACH, dropped
from tagwright_agent.planner.merge import merged
from tagwright_agent.planner.neighbours import greeting, neighbours, not_understood, partial_of
from tagwright_agent.planner.of_time import at_each_time, at_time_of
from tagwright_agent.planner.onward import onward
from tagwright_agent.planner.open_question import (
    NO,
    YES,
    Settled,
    is_time,
    says_more,
    settled,
    stands_alone,
)
from tagwright_agent.planner.parts import parts_of, states
from tagwright_agent.planner.pointed import named_before, pointed, timed, widened
from tagwright_agent.planner.question import Question, Scope, Unclear, cannot, unsure
from tagwright_agent.planner.reading import Reading, normal
from tagwright_agent.planner.reasons import forbidden
from tagwright_agent.planner.spelled import spelled_out
from tagwright_agent.planner.spelling import corrected
from tagwright_agent.planner.together import together
from tagwright_agent.planner.turn import Opening, opening
from tagwright_agent.planner.unanswered import asked_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.frame import Found
    from tagwright_agent.planner.view import CatalogueView

    Known = tuple[CatalogueView, Sequence[Question], Sequence[Question]]
    """What can be named, what the last turn asked, and what was asked before, the newest first."""

__all__ = ["MAX_QUESTIONS", "understand"]

MAX_QUESTIONS = 4
_ABOUT_THINGS = ("costs", "units", "changes")
_IT = lazy(
    r"\b(?:it|its|they|them|those|these|"
    r"that(?! (?:is|was|are|were|has|have|had|we|costs?|did|goes|comes|can|do|does|belongs?)\b))\b"
)
_ANOTHER_TIME = lazy(
    r"\b(?:never ?mind|overall|in general|generally|all[- ]time|ever|so far|to date|all (?:the|our) data)\b"
)
"""With these words a question is of the time it says, or of all the data."""
_ADDS_MEASURE = lazy(
    r"\W*(?:and |also |please )*(?:add|plus|include|put in) (?:the )?(?:list|billed|effective|contracted)\b"
)
_TIMED = ("costs", "units", "coverage", "allocation", "changes", "owners")
_BRIEF = 8
MAX_CHARS = 2000
MAX_WORDS = 150
_ADDS = lazy(
    r"\W*(?:and )?(?:only |just )?(?:in|for|during|by|per|without|excluding)\b", re.IGNORECASE
)
_ALONE = lazy(r"^\W*[\w-]+ (?:only|alone)\W*$", re.IGNORECASE)
_SQL = lazy(
    r"\b(?:(?:drop|truncate|alter|create) (?:table|view|schema)|insert into|select .*\bfrom\b.*;|delete from|union select)",
    re.IGNORECASE,
)


def understand(
    text: str,
    view: CatalogueView,
    *,
    before: Sequence[Question] = (),
    history: Sequence[Question] = (),
    asked: dict[str, Any] | None = None,
    lapsed: bool = False,
) -> list[Question]:
    """The questions of a message.

    Args:
        text: The message.
        view: The names there are.
        before: What the last turn asked, answered or not.
        history: What was asked before that, the newest first.
        asked: What this planner asked back: ``{"question", "ask"}``, and what settles it.
        lapsed: The last message was not answered, and nothing of it is kept.

    Raises:
        Unclear: Any of them cannot be planned; nothing is answered by halves.
    """
    answer = settled(text, asked, view)
    adds = bool(
        asked
        and not answer
        and asked.get("dimensions")
        and len(text.split()) <= _BRIEF
        and (_ADDS.match(text) or _ALONE.match(text) or is_time(text, view))
    )
    if asked and adds:
        question = str(asked["question"])  # "prod only" is no question of its own
        text = f"{question.rstrip('?!. ') if _ALONE.match(text) else question} {text}"
    whole = normal(text, view.values)
    if len(whole) > MAX_CHARS or whole.count(" ") >= MAX_WORDS:  # before anything reads it
        raise unsure(f"Please ask in at most {MAX_WORDS} words.", dict(asked or {}))
    yes = bool(asked and not answer and YES.fullmatch(text))
    meant = bool(asked and asked.get("meant"))  # what stands is what we asked whether it is meant
    if meant and yes and before:
        return list(before)
    if meant and NO.fullmatch(text):
        raise unsure("Then please say it in other words.")
    if asked and not (answer or adds or yes or meant):  # what was asked back is still not said
        if asked.get("ask") and (says_more(text, asked) or not stands_alone(text, view)):
            raise unsure(f"Still open: {asked['ask']}", dict(asked))
    if asked and yes:
        if not asked.get("yes"):
            raise unsure("Which of them: please say its name.", dict(asked))
        text = str(asked["yes"])
    try:
        found = _questions(text, (view, before, history), answer)
        unknown = before[0].unknown if before else ()
        if (lapsed or unknown) and not answer:
            alone = _by_itself(text, view) if before else found
            if again := asked_again(found, alone, text, view, unknown):
                raise again
    except Unclear as unclear:
        if (lapsed or asked) and not (answer or adds or yes or meant) and _says_little(unclear):
            if asked and asked.get("ask") and unclear.status == "clarify":
                raise unsure(f"Still open: {asked['ask']}", dict(asked)) from None
            unclear.partial = None  # the message before it was not answered either
        if answer and unclear.choice:  # a second name of the same question
            unclear.choice.update(question=answer.question, pinned=answer.pinned)
        elif unclear.choice:
            unclear.choice.setdefault("question", text)
        if unclear.status == "refused" and not unclear.questions:
            near = neighbours(unclear.partial, view, lambda text: answers(text, view))
            unclear.questions = near
        raise
    return found


def _says_little(unclear: Unclear) -> bool:
    """Whether what was not clear names nothing of its own: "this year", "each of them"."""
    part, own = unclear.partial, unclear.choice.keys() & {"value", "wrote", "meant"}
    return not own and (part is None or not (part.scope.filters or part.unknown))


def _by_itself(text: str, view: CatalogueView) -> list[Question]:
    """What a message would ask with nothing before it; nothing where it asks nothing."""
    try:
        return _questions(text, (view, (), ()), None)
    except Unclear:
        return []


def _questions(text: str, known: Known, answer: Settled | None) -> list[Question]:
    view, before, history = known
    pinned, when = (answer.pinned, answer.period) if answer else ({}, "")
    text = normal(answer.question if answer else text, view.values)
    if _SQL.search(text):
        raise cannot("I take questions in words, not SQL, and I change nothing.")
    if why := forbidden(text.lower()):
        raise cannot(why, partial=_understood(text, view))
    parts = parts_of(text)
    if not parts:
        raise greeting(view)
    # Thanks and greetings beside a question ask nothing.
    asking = [part for part in parts if len(parts) == 1 or not _is_talk(part, view)]
    kept = asking or parts[-1:]
    if len(kept) > MAX_QUESTIONS:
        raise unsure(f"Please ask at most {MAX_QUESTIONS} questions at once.")
    found: list[Question] = []
    context = list(before)
    if any(_FORGET.fullmatch(part) for part in parts[:-1]):
        context, history = [], []
    for part in kept:
        try:
            understood = _one(part, (view, context, history), pinned, single=len(kept) == 1)
        except Unclear as unclear:
            spoken = _spoken_of(unclear) if states(part) else []
            if part is kept[-1] or not spoken:
                raise
            context = spoken
            continue
        if len(found) == len(understood) == 1 and not found[0].scope.period:
            later = understood[0]
            if later.within(period="", notes=()) == found[0].within(notes=()):
                found.clear()  # "What does a request cost? October please."
        if found and _REFINES.match(part):  # "where does it go? top two services"
            found.clear()
        found += [question for question in understood if question not in found]
        context = [q for q in understood if q.frame != "talk"] or context
    found = _same_period(found, text)
    found = [question for at, question in enumerate(found) if question not in found[:at]]
    return [question.within(period=when) for question in found] if when else found


def _spoken_of(unclear: Unclear) -> list[Question]:
    """What "they" and "it" are after "I have a review with Hooli tomorrow."."""
    part = unclear.partial
    if part is None or len([v for f in part.scope.filters for v in f.values]) != 1:
        return []
    return [part.but(unknown=(), scope=Scope(filters=part.scope.filters))]


_FORGET = lazy(r"\W*(?:(?:ok(?:ay)?|no|oh|well),? )?(?:(?:please )?(?:forget|scrap|ignore|drop) (?:that|it|all that|this)|never ?mind(?: that)?|start (?:over|again))\W*", re.IGNORECASE)  # fmt: skip
_REFINES = lazy(r"\W*(?:the )?(?:top|bottom|first) (?:\d+|two|three|four|five|ten)\b", re.IGNORECASE)  # fmt: skip


def _understood(text: str, view: CatalogueView) -> Question | None:
    """What of a text is a question, whatever else it asks for."""
    begins = opening(text)
    try:
        return partial_of(best(text, begins, view, {}, goes_on=False))
    except Unclear as unclear:
        return unclear.partial


def _same_period(found: list[Question], text: str) -> list[Question]:
    """In one sentence a period that one of its questions says is meant of all."""
    said = {question.scope.period for question in found} - {""}
    if len(found) == 1 or len(said) != 1 or re.search(r"[?;!.]\s", text):
        return found
    return [
        question if question.scope.period else question.within(period=min(said))
        for question in found
    ]


def _is_talk(part: str, view: CatalogueView) -> bool:
    talk = frames()["talk"].read(Hearing(Reading(part), view))
    return talk is not None


def _one(part: str, known: Known, pinned: dict[str, str], *, single: bool) -> list[Question]:
    view, before, history = known
    part, meant = spelled_out(part, view), ""
    if before:
        part, meant = named_before(timed(part, before, view), before, history, view)
        if wide := widened(part, before, view):
            return wide
        done, before, part = pointed(part, before, history)
        if done:
            return done
    written = onward(part, before)
    text = corrected(written, view)
    told = tuple(
        f"{clean(wrote.strip('?!.,;:'))} = {read.strip('?!.,;:')}"
        for wrote, read in zip(written.split(), text.split(), strict=False)
        if wrote != read and len(written.split()) == len(text.split())
    )
    before, history = ([q.but(rows=()) for q in asked] for asked in (before, history))
    wants_receipt = _RECEIPT.search(text)
    if wants_receipt:
        text = _RECEIPT.sub(" ", text).strip()
        if not text:
            answered = [question for question in before if not question.unknown]
            if stood := answered or [question for question in history if not question.unknown][:1]:
                return [question.but(receipt=True) for question in stood]
            raise unsure("The receipt of which figure: ask for it first.")
    done, before, text = together(text, before, history, view)
    if done:
        return done
    known = (view, before, history)
    try:
        questions = _asked_in(text, known, pinned, single=single)
    except Unclear as unclear:
        chosen = _chosen_before(unclear, [*before, *history] if opening(text).back else before)
        if not chosen:
            still = (
                before and unclear.partial and before[0].unknown == unclear.partial.unknown != ()
            )
            if before and not still and (opening(text).goes_on or _IT.search(text.lower())):
                unclear.partial = None  # a part of a follow-up does not stand by itself
            raise
        questions = _asked_in(text, known, {**pinned, **chosen}, single=single)
    if meant and not all(_names(question, meant) for question in questions):
        raise unsure("Which one do you mean: please say its name.")
    return [
        question.but(receipt=wants_receipt is not None or question.receipt).within(
            notes=(*question.scope.notes, *told)
        )
        for question in questions
    ]


def _names(question: Question, name: str) -> bool:
    """Whether a name of a bill was read as a name: one called "all" is no "all"."""
    named = [*question.scope.filters, getattr(question, "focus", None)]
    return any(item is not None and name in item.values for item in named)


_RECEIPT = lazy(r"(?:(?:can|could) (?:you|i|we) )?(?:please )?(?:show|give|see)?(?: me)?\s*\b(?:the |its |a )?receipts?\b(?: (?:for|of)(?: (?:the|that|it|this))*)?|"
    r"(?:(?:please )?(?:show|tell|explain)(?: me)? )?how(?=.*\b(?:calculated|computed|derived|worked out)\b)|"
    r"(?:(?:was|were|is|are) )?(?:calculated|computed|derived|worked out)\b", re.IGNORECASE)  # fmt: skip


def _chosen_before(unclear: Unclear, before: Sequence[Question]) -> dict[str, str]:
    """Which dimension an ambiguous name is of, where what stands has rows or names of one of them."""
    kinds = unclear.choice.get("dimensions") or ()
    shown = {name for question in before for name in question.scope.groups}
    shown |= {f.dimension for question in before for f in question.scope.filters if f.op == "in"}
    chosen = [name for name in kinds if name in shown]
    return {str(unclear.choice["value"]): str(chosen[0])} if len(chosen) == 1 else {}


def _asked_in(text: str, known: Known, pinned: dict[str, str], *, single: bool) -> list[Question]:
    view, before, history = known
    begins = opening(text)
    found = best(text, begins, view, pinned, goes_on=bool(before))
    going_on = bool(before) and follows(found, begins, before)
    if found.left:
        unclear = not_understood(found, view, lambda text: answers(text, view), text)
        if going_on:  # what stands is the question before, with what of this one was understood
            unclear.partial = _so_far(found, begins, known)
            if begins.corrects and unclear.partial is None and unclear.status == "refused":
                # What stood is not what was meant: the next message says it otherwise.
                words = " ".join(token.text[:60] for token in found.left[:5])
                unclear.partial = before[0].but(unknown=(f"meant {words}",))
        raise unclear
    if found.frame.name == "talk":
        return list(found.questions)
    if going_on:
        if found.frame.name == "changes" and len({q.scope.metrics for q in before}) > 1:
            raise unsure("Why which of these measures changed: please say it.")
        asked = []
        if _ADDS_MEASURE.match(begins.lower) and found.questions[0].scope.metrics:
            asked = list(before)  # "add list cost" stands beside what was asked
            before = before[:1]
        for old in before:
            for new in found.questions:
                one = merged(old, new, found, begins, view, history)
                one = _of_many(one, found) if new.scope.groups else one.but(many=old.many)
                if lost := dropped(one, old, new, found, view, single=len(before) == 1):
                    raise unsure(lost, partial=old)
                asked += at_each_time(one, view)
        if found.said.having and any(question.frame != "costs" for question in asked):
            raise cannot("I find rows by their amount only where I am asked for costs.")
        silent = all(label.kind in ("opening", "lead", "tail") for label in found.labels)
        if silent and not begins.back and asked == list(before):
            raise unsure("What of that shall I tell otherwise?")
        return [question for at, question in enumerate(asked) if question not in asked[:at]]
    scope = found.questions[0].scope
    bare = not (before or scope.filters) and found.frame.name in _ABOUT_THINGS
    bare = bare and single
    openings = [begins.lower[start:end] for start, end in begins.taken]
    speaks = begins.goes_on and any(map(_IT.search, openings))  # "how does that compare"
    speaks = speaks or (_speaks_of_nothing(found, begins) and means_before(found, begins.lower))
    if bare and speaks:
        raise unsure("What do you mean: please say its name.", partial=partial_of(found))
    if (
        EACH.search(begins.lower)
        and not (scope.groups or scope.filters)
        and found.frame.name in _TIMED
    ):
        raise unsure("Each of what: services, teams, accounts?", partial=partial_of(found))
    standing = [_of_many(alone(question, found, view), found) for question in found.questions]
    spoken = found.said.same_period or not (begins.fresh or _ANOTHER_TIME.search(begins.lower))
    if before and spoken and all(q.frame in _TIMED and not q.scope.period for q in standing):
        # A conversation about October goes on about October (decision 0055).
        return [at_time_of(before[0].scope, question, view) for question in standing]
    return standing


def _speaks_of_nothing(found: Found, begins: Opening) -> bool:
    """Whether "they" stands before all that they could be: "what do they cost by model?"."""
    match = _IT.search(begins.lower)
    if match is None or match.group() in ("it", "its", "that"):  # rows are no "it"
        return match is not None
    named = [label.start for label in found.labels if label.kind in ("group", "workload")]
    return match.start() < min(named, default=len(begins.lower))


def _of_many(question: Question, found: Found) -> Question:
    """Whether "they" are all of its rows: of "which services cost most", not of "which service"."""
    ranked = question.scope.order or question.scope.limit
    return question.but(many=bool(found.said.many and ranked))


def _so_far(found: Found, begins: Opening, known: Known) -> Question | None:
    """The question before as far as a refused message changed it; None where it did not."""
    view, before, history = known
    part = partial_of(found)
    if part is None or not (part.scope.filters or part.scope.groups or part.scope.metrics):
        return None
    try:
        merge = merged(before[0], part.but(unknown=()), found, begins, view, history)
    except Unclear:
        return None
    # In "sans EC2" the word may turn the filter around: it stands with its name.
    named = {value.start: value.said or value.values[0] for value in found.said.values}
    words = tuple(f"{token.text} {named.get(token.end + 1, '')}".strip() for token in found.left)
    return merge.but(unknown=words)
