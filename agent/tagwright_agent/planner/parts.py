"""A message cut into what it asks: its sentences, and the questions in a row."""

from __future__ import annotations

import re

from tagwright.lazy import lazy

__all__ = ["parts_of", "states"]

_ASKING = r"(?:what|how|why|which|who|show|list(?! (?:costs?|prices?))|explain|compare|give)\b"
_SENTENCES = lazy(
    r"(?<=[?!;])\s+|(?<=\w)(?<!\bvs)\.\s+(?=[A-Z])|"
    r"(?<=\w{3})\.\s+(?=(?:and|what|how|who|which|why|can|show|also)\b)",
    re.IGNORECASE,
)
_CUT = lazy(rf"[,;]?\s+(?:and|then)(?: also)?\s+(?={_ASKING})", re.IGNORECASE)
_STATES = lazy(r"\W*(?:(?:hi|hello|hey)\W+)?(?:i|we|i'm|i've|we're|we've|my|our|there(?:'s| is| are))\b(?!.*\b(?:what|how|why|which|who|show|give|list|tell|see|know)\b).*", re.IGNORECASE)  # fmt: skip
_DASH = lazy(r"\s+[-\u2013\u2014]+\s+(?=(?:what|how|why|which|who|show)\b)", re.IGNORECASE)
_WORD = lazy(r"\w")
_WH = lazy(r"\W*(?:what|how|which|who)\b", re.IGNORECASE)
_NEXT_WH = lazy(r",\s+(?=(?:what|how (?:much|many)|which|who)\b)", re.IGNORECASE, needs=(",",))


def parts_of(text: str) -> list[str]:
    """The questions of a message, and what else it says, in order.

    >>> parts_of("What did EC2 cost in May, how much did we save?")
    ['What did EC2 cost in May', 'how much did we save?']
    """
    sentences = [one for one in _SENTENCES.split(text) if one]
    if sentences and len(said := _DASH.split(sentences[0], 1)) > 1 and states(said[0]):
        sentences[:1] = said
    cuts = [cut for sentence in sentences for cut in _CUT.split(sentence)]
    return [part for cut in cuts for part in _listed(cut) if _WORD.search(part)]


def states(part: str) -> bool:
    """Whether it tells what the questions after it are about, and asks nothing.

    >>> states("I have a review with Hooli tomorrow."), states("I want to know our spend")
    (True, False)
    """
    return bool(_STATES.fullmatch(part))


def _listed(part: str) -> list[str]:
    """Questions in a row: "what was the cost in May, how much did we save"."""
    return _NEXT_WH.split(part) if _WH.match(part) else [part]
