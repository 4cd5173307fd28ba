"""One name for what a bill and what telemetry call a provider and a model.

A bill says ``Claude4.6Sonnet`` or ``gpt 4o 0513``, a log ``us.anthropic.claude-sonnet-4-6-v1:0`` or
``gpt-4o-2024-05-13``. They meet where, without region, maker, version and separators, the same
words and numbers are left, and the dates in them do not contradict each other. Nothing is guessed:
a name that may be two models of the bill meets neither, and the user's alias decides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tagwright.prices.names import identify, known_provider

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["Meeting", "fingerprint", "meet", "vendor"]

_VENDORS = {
    "amazon web services": "aws",
    "google cloud": "google",
    "google cloud platform": "google",
    "gcp": "google",
    "microsoft": "azure",
    "microsoft azure": "azure",
}
"""Who bills, as FOCUS exports name them (ServiceProviderName), where telemetry says otherwise."""

_MAKERS = re.compile(
    r"^(?:[a-z]{2,6}(?:-gov)?\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|"
    r"mistral|moonshot|moonshotai|nvidia|openai|qwen|stability|writer|zai)\."
)
_REVISION = re.compile(r"-v\d+(?::\d+[a-z]*)*$|:\d+[a-z]*$|[@-]latest$|[@-]default$")
_DATE = re.compile(r"(?<![0-9a-z.])(?:(20\d\d)[-.]?(\d\d)[-.]?(\d\d)|(\d{4}))(?![0-9a-z])")
_PATCH = re.compile(r"(?<![0-9.])0\d\d(?![0-9])")
_PART = re.compile(r"[a-z]+|\d+(?:\.\d+)*(?:[bkm](?![a-z]))?")


class _Print(NamedTuple):
    """What is left of a name: its words, its numbers in order, and its date's digits."""

    words: tuple[str, ...]
    numbers: str
    date: str


class Meeting(NamedTuple):
    """Names of one provider on both sides.

    Attributes:
        models: Telemetry's name to the bill's.
        not_billed: Telemetry's names without one on the bill.
        not_seen: The bill's names without telemetry.
        ambiguous: Telemetry's name to those of the bill that it may be.
    """

    models: Mapping[str, str]
    not_billed: tuple[str, ...]
    not_seen: tuple[str, ...]
    ambiguous: Mapping[str, tuple[str, ...]]


def vendor(name: str | None) -> str:
    """A bill's ServiceProviderName as :func:`identify` calls the provider.

    >>> vendor("Amazon Web Services"), vendor("Mistral AI"), vendor("OpenAI"), vendor(None)
    ('aws', 'mistral', 'openai', '')
    """
    given = (name or "").strip().casefold()
    found = _VENDORS.get(given)
    for spelling in (given, given.replace(" ", "_"), given.replace(" ", "")):
        found = found or known_provider(spelling)
    return found or identify(given, "")[0]


def fingerprint(name: str) -> _Print:
    """What is left of a model's name.

    >>> fingerprint("Claude4.6Sonnet")
    _Print(words=('claude', 'sonnet'), numbers='46', date='')
    >>> fingerprint("us.anthropic.claude-sonnet-4-6-20250514-v1:0")
    _Print(words=('claude', 'sonnet'), numbers='46', date='20250514')
    >>> fingerprint("gpt 4o 0513"), fingerprint("gpt-35-turbo").numbers
    (_Print(words=('gpt', 'o'), numbers='4', date='0513'), '35')
    >>> fingerprint("llama3-1-8b-instruct"), fingerprint("claude-opus-4-0").numbers
    (_Print(words=('llama',), numbers='31 8b', date=''), '4')
    """
    text = _REVISION.sub("", _MAKERS.sub("", name.strip().casefold()))
    text = re.sub(r"[\s_/]+", "-", text)
    dates = ["".join(part or "" for part in found.groups()) for found in _DATE.finditer(text)]
    text = _PATCH.sub("", _DATE.sub("", text))
    words: list[str] = []
    numbers: list[str] = []
    for part in _PART.findall(text):
        if part[0].isalpha():
            words.append(part)
        elif part[-1].isalpha():
            numbers.append(f" {part}")
        else:
            numbers.append(re.sub(r"(\.0)+$", "", part).replace(".", ""))
    if len(numbers) == 2 and numbers[1] == "0":
        del numbers[1]
    if "gpt" not in words:  # of OpenAI's alone it is another model
        words = [word for word in words if word != "instruct"]
    return _Print(tuple(sorted(words)), "".join(numbers).strip(), dates[0] if dates else "")


def meet(telemetry: Iterable[str], billed: Collection[str]) -> Meeting:
    """Which of the bill's models each of telemetry's is: the same name, else the only one like it.

    Args:
        telemetry: Names of one provider, identified.
        billed: The same of the bill.
    """
    likes: dict[tuple[tuple[str, ...], str], list[tuple[str, str]]] = {}
    for name in sorted(billed):
        found = fingerprint(name)
        likes.setdefault(found[:2], []).append((name, found.date))
    models: dict[str, str] = {}
    ambiguous: dict[str, tuple[str, ...]] = {}
    alone: list[str] = []
    for name in sorted(set(telemetry)):
        found = fingerprint(name)
        near = [other for other, date in likes.get(found[:2], ()) if _agree(found.date, date)]
        if name in billed or len(near) == 1:
            models[name] = name if name in billed else near[0]
        else:
            alone.append(name)
            if near:
                ambiguous[name] = tuple(near)
    seen = set(models.values())
    return Meeting(
        models, tuple(alone), tuple(n for n in sorted(billed) if n not in seen), ambiguous
    )


def _agree(one: str, other: str) -> bool:
    """Whether two dates may be the same: one is not told, or is the end of the other."""
    return one.endswith(other) or other.endswith(one)
