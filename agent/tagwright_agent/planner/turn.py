"""How a message begins: chatter, a word that goes on from the last question, a correction."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tagwright_agent.planner.phrases import CHATTER, FRESH, rx
from tagwright_agent.planner.reading import Reading

__all__ = ["Opening", "opening"]

_GOES_ON = rx(r"and|or|what about|how about|what of|only|same(?: thing| again| question)?(?: for| with)?|the same(?: thing| again| question)?(?: for| with)?|"
    r"(?:(?:could|can|would) (?:we|you|i|you please) )?(?:please )?(?:limit|restrict|filter|narrow)(?: (?:that|it|this|those|them))?(?: down)?(?: to| by| on)?|"
    r"with(?=\W)|includ(?:e|ing)(?=\W)|(?:add|put|bring)(?= (?!up|it|them|together)\w)|(?:(?:could|can) you )?(?:please )?keep(?: just| only)?|(?:actually )?make (?:it|that)(?: just)?|plus|also|can i see|(?:actually )?show me(?= (?:\w+|\d+)\W*$)|how does (?:that|it|this)(?= (?:compare|differ))")  # fmt: skip
_MAYBE = rx(r"say|but|then|now|just|so|again|ok(?:ay)?|in that case|could i (?:also )?have|can you show")  # fmt: skip
"""Go on only where the message has no head of its own."""
_CORRECTS = rx(r"no(?:pe)?(?! (?:team|tax|tag|product|owner|value|credits?|purchases?|cost|environment|support|charge))|nah|sorr?y(?! to)|oops|argh|wait|leave that|"
    r"wrong (?:month|period|one|team|metric)|correction|(?:that|it|this) (?:should|ought to) be|should be|"
    r"(?:i am so sorry )?i (?:meant?|ment|wanted)(?= )|i (?:actually|really) want(?:ed)?(?= )|ment|meant|rather")  # fmt: skip
_FRESH = rx(FRESH)
_INSTEAD = rx(r"instead(?: of (?:that|it|this)|(?! of))|rather(?! than)")
_ALSO = rx(r"(?:and |plus )?also|add|put in|and(?: also)? (?:by|split by)|and each(?: of (?:them|those|these))?(?: split)? by|plus")  # fmt: skip
_BACK_IN = rx(r"(?<=\w )back(?: in)?(?=\W*$)")
_BACK = rx(r"back to|again|coming back")
_CONTENT = rx(r"(?<!\w )(?:(?:ok(?:ay)?|fine|alright|all right|well|so)\W+){1,2}(?:then|just|only|instead|at least)|(?:then|instead|at least)(?=\W*$)",
    "then|just|only|instead|at least")  # fmt: skip
_MEAN = rx(r"i (?:actually |really )?(?:mean|meant|ment|wanted)|i ment")


@dataclass
class Opening:
    """How a message begins.

    Attributes:
        lower: The message in lower case, with possessives taken apart as in a reading.
        taken: Spans that say nothing more.
        goes_on: It goes on from the question before, whatever else it says.
        maybe: It does unless it asks for something of its own.
        corrects: It puts the one before right.
        instead: Its groups replace the earlier ones.
        also: Its groups come on top.
        fresh: It says that it is about something else.
        back: It goes back to an earlier question.
        content: Who says it has seen that more was not answered, and asks for less.
    """

    lower: str = ""
    taken: list[tuple[int, int]] = field(default_factory=list)
    goes_on: bool = False
    maybe: bool = False
    corrects: bool = False
    instead: bool = False
    also: bool = False
    back: bool = False
    content: bool = False
    fresh: bool = False


def opening(text: str) -> Opening:
    """Take the first words of a message that are no part of a question."""
    reading = Reading(text)
    lower = reading.lower
    found = Opening(lower=lower)
    at = 0
    while True:
        rest = lower[at:]
        skip = len(rest) - len(rest.lstrip(" ,;:.!-?"))
        at += skip
        matched = False
        for pattern, name in ((_CORRECTS, "corrects"), (_GOES_ON, "goes_on"), (_MAYBE, "maybe")):
            match = pattern.match(lower, at)
            if match and (match.end() < len(lower.rstrip(" .?!")) or name != "maybe"):
                setattr(found, name, True)
                if _ALSO.match(lower, at):
                    found.also = True
                found.taken.append((at, match.end()))
                at = match.end()
                matched = True
                break
        if matched:
            continue
        match = CHATTER.match(lower, at)
        if match and match.end() > at and match.end() < len(lower):
            found.taken.append((at, match.end()))
            at = match.end()
            continue
        break
    found.also = found.also or bool(re.search(r"\b(?:by|per) \w+ (?:too|as well)\W*$", lower))
    found.fresh = bool(_FRESH.search(lower))
    found.instead = bool(re.search(r"^\W*rather\b", lower))
    found.content = bool(_CONTENT.search(lower))
    found.back = bool(_BACK.search(lower))
    for pattern, name in ((_INSTEAD, "instead"), (_MEAN, "corrects"), (_BACK_IN, "goes_on")):
        if match := pattern.search(lower, at):
            setattr(found, name, True)
            found.taken.append(match.span())
    return found
