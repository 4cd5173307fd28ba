"""A message in its conversation: cut into questions, each read with the one before as context."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright import periods
from tagwright.lazy import lazy
from tagwright.text import clean
from tagwright_agent.planner.fit import alone, answers, best
from tagwright_agent.planner.follow import follows, means_before
from tagwright_agent.planner.frame import Hearing
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.frames.coverage import at_each_time
from tagwright_agent.planner.merge import merged
from tagwright_agent.planner.neighbours import greeting, neighbours, not_understood, partial_of
from tagwright_agent.planner.onward import onward
from tagwright_agent.planner.pointed import pointed, timed, widened
from tagwright_agent.planner.question import Question, Unclear, cannot, unsure
from tagwright_agent.planner.reading import Reading, normal
from tagwright_agent.planner.reasons import forbidden
from tagwright_agent.planner.spelling import corrected
from tagwright_agent.planner.times import period_text, unit_of
from tagwright_agent.planner.together import together
from tagwright_agent.planner.turn import Opening, opening
from tagwright_agent.planner.view import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.frame import Found
    from tagwright_agent.planner.question import Scope
    from tagwright_agent.planner.view import CatalogueView

    Known = tuple[CatalogueView, Sequence[Question], Sequence[Question]]
    """What can be named, what the last turn asked, and what was asked before, the newest first."""

__all__ = ["MAX_QUESTIONS", "understand"]

MAX_QUESTIONS = 4
_ABOUT_THINGS = ("costs", "units", "changes")
_IT = lazy(r"\b(?:it|its|they|them|that (?:team|service|account|product))\b")
_ANOTHER_TIME = lazy(
    r"\b(?:never ?mind|overall|in general|generally|all[- ]time|ever|so far|to date|all (?:the|our) data)\b"
)
"""With these words a question is of the time it says, or of all the data."""
_TIMED = ("costs", "units", "coverage", "allocation", "changes", "owners")
_BRIEF = 8
MAX_CHARS = 2000
MAX_WORDS = 150
_ADDS = lazy(
    r"\W*(?:and )?(?:only |just )?(?:in|for|during|by|per|without|excluding)\b", re.IGNORECASE
)
_SQL = lazy(
    r"\b(?:(?:drop|truncate|alter|create) (?:table|view|schema)|insert into|select .*\bfrom\b.*;|delete from|union select)",
    re.IGNORECASE,
)
_ASKING = r"(?:what|how|why|which|who|show|list(?! (?:costs?|prices?))|explain|compare|give)\b"
_SENTENCES = lazy(
    r"(?<=[?!;])\s+|(?<=\w)(?<!\bvs)\.\s+(?=[A-Z])|"
    r"(?<=\w{3})\.\s+(?=(?:and|what|how|who|which|why|can|show|also)\b)",
    re.IGNORECASE,
)
_CUT = lazy(rf"[,;]?\s+(?:and|then)(?: also)?\s+(?={_ASKING})", re.IGNORECASE)


def understand(
    text: str,
    view: CatalogueView,
    *,
    before: Sequence[Question] = (),
    history: Sequence[Question] = (),
    asked: dict[str, Any] | None = None,
) -> list[Question]:
    """The questions of a message.

    Args:
        text: The message.
        view: The names there are.
        before: What the last turn asked, answered or not.
        history: What was asked before that, the newest first.
        asked: What this planner asked back: ``{"question", "value", "dimensions"}``.

    Raises:
        Unclear: Any of them cannot be planned; nothing is answered by halves.
    """
    adds = (
        bool(asked and asked.get("dimensions"))
        and len(text.split()) <= _BRIEF
        and _ADDS.match(text)
    )
    if asked and adds and not _settled(text, asked):  # what was asked back is still not said
        text = f"{asked['question']} {text}"
    try:
        return _questions(text, (view, before, history), asked)
    except Unclear as unclear:
        if adds and unclear.choice:
            unclear.choice["question"] = text
        if unclear.status == "refused" and not unclear.questions:
            near = neighbours(unclear.partial, view, lambda text: answers(text, view))
            unclear.questions = near
        raise


def _questions(text: str, known: Known, asked: dict[str, Any] | None) -> list[Question]:
    view, before, history = known
    pinned: dict[str, str] = {}
    when = ""
    if asked and _YES.fullmatch(text):
        if not asked.get("yes"):
            choice = {name: value for name, value in asked.items() if name != "question"}
            raise unsure("Which of them: please say its name.", choice)
        text = str(asked["yes"])
    if asked and (settled := _settled(text, asked)):
        said = periods.find(text, view.anchor)
        when = period_text(said[0].period) if len(said) == 1 else ""
        text, pinned = str(asked["question"]), settled
    text = normal(text, view.values)
    if len(text) > MAX_CHARS or text.count(" ") >= MAX_WORDS:
        raise unsure(f"Please ask in at most {MAX_WORDS} words.")
    if _SQL.search(text):
        raise cannot("I take questions in words, not SQL, and I change nothing.")
    if why := forbidden(text.lower()):
        raise cannot(why, partial=_understood(text, view))
    cuts = [cut for sentence in _SENTENCES.split(text) if sentence for cut in _CUT.split(sentence)]
    parts = [part for cut in cuts for part in _listed(cut) if _WORD.search(part)]
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
        understood = _one(part, (view, context, history), pinned, single=len(kept) == 1)
        if len(found) == len(understood) == 1 and not found[0].scope.period:
            later = understood[0]
            if later.within(period="", notes=()) == found[0].within(notes=()):
                found.clear()  # "What does a request cost? October please."
        if found and _REFINES.match(part):  # "where does it go? top two services"
            found.clear()
        found += [question for question in understood if question not in found]
        context = [q for q in understood if q.frame != "talk"] or context
    found = _same_period(found, text)
    return [q if q.scope.period or not when else q.within(period=when) for q in found]


_YES = lazy(r"\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|right|correct|exactly|please do|do (?:that|it)|go ahead)"
    r"(?:,? (?:please|exactly|that|do (?:that|it)|that one|of course|i do))*\W*", re.IGNORECASE)  # fmt: skip
_FORGET = lazy(r"\W*(?:(?:ok(?:ay)?|no|oh|well),? )?(?:(?:please )?(?:forget|scrap|ignore|drop) (?:that|it|all that|this)|never ?mind(?: that)?|start (?:over|again))\W*", re.IGNORECASE)  # fmt: skip
_WORD = lazy(r"\w")
_WH = lazy(r"\W*(?:what|how|which|who)\b", re.IGNORECASE)
_NEXT_WH = lazy(r",\s+(?=(?:what|how (?:much|many)|which|who)\b)", re.IGNORECASE, needs=(",",))


def _listed(part: str) -> list[str]:
    """Questions in a row: "what was the cost in May, how much did we save"."""
    return _NEXT_WH.split(part) if _WH.match(part) else [part]


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
    part = _spelled_out(part, view)
    if before:
        part = timed(part, before, view)
        if wide := widened(part, before, view):
            return wide
        done, before, part = pointed(part, before, history)
        if done:
            return done
    written = onward(part, before)
    text = corrected(written, view)
    before, history = ([q.but(rows=()) for q in asked] for asked in (before, history))
    wants_receipt = _RECEIPT.search(text)
    if wants_receipt:
        text = _RECEIPT.sub(" ", text).strip()
        if not text:
            if before:
                return [question.but(receipt=True) for question in before]
            raise unsure("The receipt of which figure: ask for it first.")
    done, before, text = together(text, before, history, view)
    if done:
        return done
    known = (view, before, history)
    try:
        questions = _asked_in(text, known, pinned, single=single)
    except Unclear as unclear:
        chosen = _chosen_before(unclear, before)
        if not chosen:
            still = (
                before and unclear.partial and before[0].unknown == unclear.partial.unknown != ()
            )
            if before and not still and (opening(text).goes_on or _IT.search(text.lower())):
                unclear.partial = None  # a part of a follow-up does not stand by itself
            raise
        questions = _asked_in(text, known, {**pinned, **chosen}, single=single)
    told = tuple(
        f"{clean(wrote.strip('?!.,;:'))} = {meant.strip('?!.,;:')}"
        for wrote, meant in zip(written.split(), text.split(), strict=False)
        if wrote != meant and len(written.split()) == len(text.split())
    )
    return [
        question.but(receipt=wants_receipt is not None or question.receipt).within(
            notes=(*question.scope.notes, *told)
        )
        for question in questions
    ]


_RECEIPT = lazy(r"(?:(?:can|could) (?:you|i|we) )?(?:please )?(?:show|give|see)?(?: me)?\s*\b(?:the |its |a )?receipts?\b(?: (?:for|of)(?: (?:the|that|it|this))*)?|"
    r"(?:(?:please )?(?:show|tell|explain)(?: me)? )?how(?=.*\b(?:calculated|computed|derived|worked out)\b)|"
    r"(?:(?:was|were|is|are) )?(?:calculated|computed|derived|worked out)\b", re.IGNORECASE)  # fmt: skip
_JOINED = lazy(r"\bper-([a-z]\w+)|\b([a-z]\w+)-(?:level|wise)\b", re.IGNORECASE)
_KIND_OF = lazy(r"\b(types?|kinds?|categor(?:y|ies)) of (?:our |the )?(\w+)", re.IGNORECASE, needs=(" of ",))  # fmt: skip
"""A dimension said the long way: "types of charges"."""
_ON_DEMAND = lazy(r"\b(?:reservations?|reserved)( (?:vs\.?|versus|and|or|against|compared (?:to|with)) )(?=on[- ]demand)", re.IGNORECASE, needs=("demand",))  # fmt: skip
_KEY_VALUE = lazy(r"(?<![\w:./])([a-z][\w-]*):([\w.-]*\w)(?![\w:/])", re.IGNORECASE, needs=(":",))
_DIRECTIONS = lazy(r"\binput (?:vs\.?|versus|and|or|against) output(?: tokens?)? (costs?|spend|spending)\b", re.IGNORECASE, needs=("output",))  # fmt: skip
_PURPOSE = lazy(
    r"(?:^i need (?:the |some )?(?:numbers|figures))?\s*\bfor (?:the|our|my|a) (?:(?:board|monthly|quarterly|weekly|month[- ]end|finance|team) )?"
    r"(?:manager|boss|c[eft]o|vp|director|auditors?|board|leadership|close|books|meeting|review|report|deck|presentation)"
    r"(?:\s*:|(?=\s*(?:[?.!,;]|$|(?:in|for|by|on|last|this|of)\b)))",
    re.IGNORECASE,
    needs=("for ",),
)
"""Whom a figure is for is nothing that it is of."""
_NON = lazy(r"\bnon[- ](?=\w)", re.IGNORECASE)


def _chosen_before(unclear: Unclear, before: Sequence[Question]) -> dict[str, str]:
    """Which dimension an ambiguous name is of, where what stands has rows or names of one of them."""
    kinds = unclear.choice.get("dimensions") or ()
    shown = {name for question in before for name in question.scope.groups}
    shown |= {f.dimension for question in before for f in question.scope.filters if f.op == "in"}
    chosen = [name for name in kinds if name in shown]
    return {str(unclear.choice["value"]): str(chosen[0])} if len(chosen) == 1 else {}


def _spelled_out(text: str, view: CatalogueView) -> str:
    """What is joined or turned round, in the order that the frames read: "team-level" is by team.

    So are "types of charges", "product:assistant", "non-prod", and whom a figure is for goes.
    """

    def apart(match: re.Match[str]) -> str:
        name = (match[1] or match[2]).casefold()
        return f"by {name}" if name in view.names else match.group()

    def valued(match: re.Match[str]) -> str:
        known = fold(match[1]) in view.names and fold(match[2]) in view.values
        return f"{match[1]}={match[2]}" if known else match.group()

    def kind(match: re.Match[str]) -> str:
        name = f"{match[2].removesuffix('s')} {match[1]}".casefold()
        return name if name in view.names else match.group()

    text = _NON.sub("not ", _KIND_OF.sub(kind, _JOINED.sub(apart, text)))
    text = _PURPOSE.sub(" ", text)
    text = _ON_DEMAND.sub(r"committed\1", text)
    text = _DIRECTIONS.sub(r"\1 by token direction", text)
    return _KEY_VALUE.sub(valued, text)


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
        asked = [
            one
            for old in before
            for new in found.questions
            for one in at_each_time(merged(old, new, found, begins, view, history), view)
        ]
        if found.said.having and any(question.frame != "costs" for question in asked):
            raise cannot("I find rows by their amount only where I am asked for costs.")
        silent = all(label.kind in ("opening", "lead", "tail") for label in found.labels)
        if silent and not begins.back and asked == list(before):
            raise unsure("What of that shall I tell otherwise?")
        return [question for at, question in enumerate(asked) if question not in asked[:at]]
    scope = found.questions[0].scope
    bare = not (before or scope.filters) and found.frame.name in _ABOUT_THINGS
    bare = bare and (not scope.groups or (found.frame.name == "costs" and " it" in begins.lower))
    bare = bare and single
    if bare and _IT.search(begins.lower) and means_before(found, begins.lower):
        raise unsure("What do you mean: please say its name.", partial=partial_of(found))
    standing = [alone(question, found, view) for question in found.questions]
    spoken = found.said.same_period or not (begins.fresh or _ANOTHER_TIME.search(begins.lower))
    if before and spoken and all(q.frame in _TIMED and not q.scope.period for q in standing):
        # A conversation about October goes on about October (decision 0055).
        return [_at_time_of(before[0].scope, question, view) for question in standing]
    return standing


def _at_time_of(was: Scope, question: Question, view: CatalogueView) -> Question:
    """The question of the time that is spoken of, and against what, where it asks for a change."""
    if not was.period:
        return question
    if question.frame != "changes":
        return question.within(period=was.period)
    if was.compare_to:
        return question.within(period=was.period, compare_to=was.compare_to)
    # What changed in three months is asked against their months, not the three before.
    return (
        question.within(period=was.period)
        if unit_of(periods.resolve(was.period, view.anchor))
        else question
    )


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


def _settled(text: str, asked: dict[str, Any]) -> dict[str, str]:
    """The dimension that an answer to our question chose, by value; empty where it chose none."""
    words = fold(text).split()
    if len(words) > _BRIEF:
        return {}
    kinds = list(asked.get("dimensions") or ())
    chosen = [
        name
        for name in kinds
        if all(part in words or f"{part}s" in words for part in _spoken(str(name)))
    ]
    if kinds and not chosen and (nth := _EITHER.fullmatch(text)):
        chosen = kinds[:1] if nth["first"] else kinds[1:2]
    return {str(asked["value"]): str(chosen[0])} if len(chosen) == 1 else {}


_EITHER = lazy(r"\W*(?:the )?(?:(?P<first>first|former)|second|latter)(?: one)?(?:,? please)?\W*", re.IGNORECASE)  # fmt: skip


def _spoken(dimension: str) -> list[str]:
    """The words by which a person names a dimension.

    >>> _spoken("sub_account_name"), _spoken("cost-center")
    (['account'], ['cost', 'center'])
    """
    drop = {"name", "id", "sub", "service"} if dimension != "service_name" else {"name"}
    return [part for part in fold(dimension).split() if part not in drop]
