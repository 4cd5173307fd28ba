"""Questions of what something would cost a month before it is started (``price_launch``)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Note, Source, sentence
from tagwright.lazy import lazy
from tagwright.prices.names import known_provider
from tagwright.render.result import result_blocks
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.phrases import NUMBERS, rx
from tagwright_agent.planner.question import Question
from tagwright_agent.planner.reading import Reading
from tagwright_agent.planner.said import Said
from tagwright_agent.planner.wording import metric_text, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, Part
    from tagwright.results import ToolResult

__all__ = ["FRAME", "Prices", "priced_again"]

_MACHINE = rx(
    r"(?:(?:ml|db|cache|dc2|ra3)\.)?[a-z][a-z0-9]*\d[a-z0-9-]*\.(?:nano|micro|small|medium|metal|(?:\d+x?)?x?large)|"
    r"standard_[a-z]+\d+[a-z\d]*(?:_v\d)?|[acegmnt]\d[a-z]?-(?:standard|highmem|highcpu|highgpu|megagpu)-\d+g?"
)
"""Machine types as AWS, Azure and Google spell them: what no question of charges says."""
_NAMED_MODEL = rx(r"[a-z][a-z-]*/[a-z][\w.:-]*\d[\w.:-]*")
_MODEL = rx(rf"{_NAMED_MODEL.pattern}|[a-z][a-z-]*-[\w.:-]*\d[\w.:-]*")
_ASKS = rx(
    r"(?:what|how much) (?:would|will|does|do|is|are)|would|will|prices?|pricing|quote|estimate|to (?:run|launch|start|add)|"
    rf"costs? of (?:an?|\d+|{'|'.join(NUMBERS)})|"
    r"launch(?:ing|ed)?"
)
_OURS = rx(r"(?:our|my)(?! (?:\w+ )?pric)|these|those|all|did|we (?:use|used|have|had)")
"""What is there already is asked of the bill."""
_BILLED = rx(r"(?:our|my)(?! (?:\w+ )?pric)|did|we (?:use|used|have|had)")
_WORDS = rx(
    r"(?:what|how much) (?:would|will|does|do|is|are)|would|will|prices?|pricing|quote|estimate|(?:it |they )?costs?(?: (?:us|of))?|"
    r"(?:to )?(?:run(?:ning)?|launch(?:ing|ed)?|start(?:ing|ed)?|spin(?:ning)? up|buy(?:ing)?|(?:we )?pay(?: for)?|add(?:ing|ed)?)|"
    r"machines?|instances?|endpoints?|servers?|nodes?|gpus?|vms?|each|(?:per|a) million tokens?|"
    r"(?:a|per|each|every|for (?:a|one|the)) month|monthly|month|hourly"
)
_AMOUNT = rf"\d[\d,]*(?:\.\d+)? ?(?:k|m|thousand|million)?|(?:{'|'.join(NUMBERS)}|an?)(?: (?:thousand|million))?"
_HOURS = (
    "hours",
    rx(
        rf"(?:for |at )?(?P<n>{_AMOUNT}) (?P<unit>hour|day|week)s?(?: (?:a|per|each|every) month| each)?"
    ),
)
_USES = tuple(
    (name, rx(rf"(?:with |and |of |at |for )?(?P<n>{_AMOUNT}) {words}"))
    for name, words in (
        ("requests", r"(?:api |model )?(?:requests?|calls?)"),
        ("cached_tokens", r"cached(?: input)?(?: tokens?)?"),
        ("input_tokens", r"(?:input|prompt)(?: tokens?)?|tokens? (?:in|of input)"),
        ("output_tokens", r"output(?: tokens?)?|tokens? (?:out|of output)"),
    )
)
_COUNT = rx(rf"(?P<n>{_AMOUNT}) (?:x )?(?=\|)")
_REGION = rx(r"(?:in )?(?P<region>[a-z]{2}(?:-gov)?-[a-z]+-\d|[a-z]+-[a-z]+\d)")
_NAME = lazy(r"[a-z][\w-]*")
_OF_THEM = rx(
    rf"(?P<n>{_AMOUNT}) (?:x |of )(?:them|those|these|it|that)|(?P<m>\d{{1,4}}|{'|'.join(NUMBERS)})(?=\W*$)"
)
_MANY = rx(
    r"(?P<n>(?:\d[\d,]*(?:\.\d+)?|an?|one) ?(?:k|m|thousand|million))(?=\W*(?:a month|per month|monthly)?\W*$)"
)
"""So many alone are requests: nobody sends a million tokens with each."""
_A_MONTH = rx(r"(?:for )?(?:a|one|the|per|each)(?: whole| full)? month|monthly", "month")
_AGAIN = rx(r"and|or|what about|how about|(?:what )?if (?:we|i) \w+|what if|make (?:it|that|them)|it'?s|(?:it|that|there) (?:is|are|was|were)|same|but|with|instead|only|for|in|of them|them|it|those|that")  # fmt: skip
_COSTS = ("effective_cost", "contracted_cost", "list_cost")
_HOURS_OF = {"day": 24, "week": 168}
_SIZES = {"thousand": 1_000, "k": 1_000, "million": 1_000_000, "m": 1_000_000}


class Prices(Question):
    """What a launch would cost a month.

    Attributes:
        sku: Machine type or model, as it was written.
        use: The tool's other arguments that were said.
    """

    frame: str = "prices"
    sku: str = ""
    use: dict[str, Any] = {}  # noqa: RUF012  pydantic copies it


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    asks = reading.search(_ASKS)
    if "price_launch" not in hearing.view.tools or not asks or reading.search(_OURS):
        return None
    machine = reading.search(_MACHINE)
    use: dict[str, Any] = {}
    for name, pattern in (_HOURS,) if machine else _USES:
        if match := reading.consume(pattern, "price"):
            use[name] = _amount(match["n"]) * _HOURS_OF.get(match.groupdict().get("unit", ""), 1)
    tokens = {"requests", "input_tokens"} <= use.keys() or {
        "requests",
        "output_tokens",
    } <= use.keys()
    found = machine or reading.search(_MODEL if tokens else _NAMED_MODEL)
    if found is None:
        return None
    reading.take(*found.span(), "price")
    if match := reading.consume(_REGION, "price"):
        use["region"] = match["region"]
    if machine and (match := reading.consume(_COUNT, "price")) and _amount(match["n"]) > 1:
        use["count"] = _amount(match["n"])
    reading.consume_all(_WORDS, "price")
    return [Prices(sku=reading.text[found.start() : found.end()], use=use)], Said()


def priced_again(old: Prices, text: str) -> str:
    """The whole question that "and three of them" or "for 200 hours" asks; empty where it does not.

    Args:
        old: The launch that was spoken of.
        text: The message, normalised.
    """
    reading = Reading(text)
    if reading.search(_BILLED):
        return ""
    use, new = dict(old.use), old.sku
    models = _MACHINE.fullmatch(old.sku.lower()) is None
    if found := reading.search(_MACHINE) or reading.search(_MODEL if models else _NAMED_MODEL):
        if reading.search(_ASKS):
            return ""  # that is a whole question
        reading.take(*found.span(), "price")
        new = reading.text[found.start() : found.end()]
        whose, named, _ = old.sku.partition("/")
        if named and "/" not in new and models:
            new = f"{whose}/{new}"  # "with gpt-4o-mini?" is of the same provider
    elif models:
        sellers = [m for m in _NAME.finditer(reading.mask) if known_provider(m.group())]
        if len(sellers) == 1:  # "openai" where it was asked whose model it is
            reading.take(*sellers[0].span(), "price")
            new = f"{sellers[0].group()}/{old.sku.rpartition('/')[2]}"
    if match := reading.consume(_REGION, "price"):
        use["region"] = match["region"]
    machine = _MACHINE.fullmatch(new.lower()) is not None
    for name, pattern in (_HOURS,) if machine else _USES:
        if match := reading.consume(pattern, "price"):
            use[name] = _amount(match["n"]) * _HOURS_OF.get(match.groupdict().get("unit", ""), 1)
    doubts = reading.lower.startswith(("is ", "are ", "was ", "were "))  # "is that 5 million?"
    counts = not machine and "requests" in old.use and not doubts
    if counts and (match := reading.consume(_MANY, "price")):
        use["requests"] = _amount(match["n"])
    if machine and reading.consume(_A_MONTH, "price"):
        use.pop("hours", None)
    if machine and (match := reading.consume(_OF_THEM, "price")):
        use["count"] = _amount(match["n"] or match["m"])
    elif machine and (match := reading.consume(_COUNT, "price")):
        use["count"] = _amount(match["n"])
    if use.get("count") == 1:
        del use["count"]
    said = reading.has("price")
    reading.consume_all(_WORDS, "price")
    reading.consume_all(_AGAIN, "price")
    return _words(old.but(sku=new, use=use)) if said and not reading.left() else ""


def _amount(said: str) -> int:
    """A number in digits, in words, or with a unit of size.

    >>> _amount("1,200"), _amount("2.5k"), _amount("three"), _amount("a million")
    (1200, 2500, 3, 1000000)
    """
    first, size = re.fullmatch(r"([\d.,]+|[a-z]+) ?([a-z]*)", said).groups()  # type: ignore[union-attr]
    known = {"a": 1, "an": 1, **NUMBERS}
    amount = Decimal(known[first]) if first in known else Decimal(first.replace(",", ""))
    return int(amount * _SIZES.get(size, 1))


def _call(question: Prices) -> dict[str, Any]:
    return {"sku": question.sku, **question.use}


def _say(question: Prices, result: ToolResult) -> list[Block]:
    if not result.rows:  # the notes say what is not known, and what is
        return [sentence("No price is known for that."), *(Note(text=n) for n in result.notes)]
    first: list[Part] = []
    for line in Source(result).totals:
        many = f"{question.use['count']} " if "count" in question.use else ""
        first += [f"{' ' if first else ''}A month of {many}", named(question.sku), ": "]
        known = [name for name in _COSTS if line.get(name) is not None]
        for name in known:
            first += [f"{metric_text(name).lower()} ", line.amount(name), ", "]
        first[-1] = "." if known else "no price."
    said = [sentence(first)] if first else []
    return [*said, *result_blocks(result, details=True)]


def _words(question: Prices) -> str:
    use = dict(question.use)
    many, hours, region = use.pop("count", ""), use.pop("hours", ""), use.pop("region", "")
    said = [f"price of {many} {question.sku}" if many else f"price of {question.sku}"]
    said += [f"with {value} {name.replace('_', ' ')}" for name, value in use.items()]
    said += [f"for {hours} hours"] if hours else []
    return " ".join([*said, *([f"in {region}"] if region else [])])


FRAME = Frame("prices", "price_launch", Prices, lazy(r"\d"), _read, _call, _say, _words)
