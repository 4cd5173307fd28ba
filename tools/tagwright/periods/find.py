"""Periods written in a sentence: single ones by :mod:`patterns`, then joined and opened.

The longest match at the leftmost place wins. People's ends are inclusive ("from March to May"
holds May), ours are exclusive; the conversion is in this package and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.periods.model import Anchor, add_months, span, week_start
from tagwright.periods.patterns import PATTERNS, word_pattern
from tagwright.periods.readings import CURRENT, PAST, after_data

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagwright.results import Period

    Reader = Callable[[re.Match[str], Anchor], Period | None]
    Match = tuple[re.Match[str], Reader]

__all__ = ["Found", "find"]

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """A period in a sentence.

    Attributes:
        start: Index of its first character.
        end: Index behind its last.
        period: What it means.
        text: How it was written.
        readings: The two days that a numeric date such as ``03/04/2026`` may be; else empty.
        asked: What the calendar calls so, where the data does not reach it and ``period`` is the
            last one that it does reach; else None.
    """

    start: int
    end: int
    period: Period
    text: str
    readings: tuple[dt.date, ...] = ()
    asked: Period | None = None


_WEEK_OF = word_pattern(
    r"(?:the\s+)?week\s+(?:of|starting|beginning)\s+(?:on\s+)?(?P<rest>[\w\s,-]{3,40})",
    "week",
)
_SLASHED = word_pattern(r"(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<year>\d{4})", "/", ".")
_JOINED = lazy(
    r"\s*(?:to|until|till|through|thru|and|\u2013|-|up\s+to)\s*(?:the\s+)?", re.IGNORECASE
)
_FROM = lazy(r"(?P<word>from|between)\s+(?:the\s+)?$", re.IGNORECASE, needs=("from", "between"))
_SINCE = lazy(
    r"(?P<word>since|after|before|until|up\s+to|starting|from|beginning)\s+(?:the\s+)?(?:start\s+of\s+)?$",
    re.IGNORECASE,
    needs=("since", "after", "before", "until", "up", "starting", "from", "beginning"),
)


def find(sentence: str, anchor: Anchor) -> list[Found]:
    """Every period in the sentence, in order, not overlapping.

    "all" and "may" are common words: they count only where they stand alone as the whole text
    ("all") or not before a verb ("may" with a year, a day, or after in, for, of, since …).
    """
    single = _joined(_single(sentence, anchor), sentence, anchor)
    return [item for item in single if item.period.start < item.period.end]


def _single(sentence: str, anchor: Anchor) -> list[Found]:
    matches = [
        (match, reader)
        for pattern, reader in PATTERNS
        for match in pattern.finditer(sentence)
        if _plausible(match, sentence)
    ]
    weeks = (_week_of(match, anchor) for match in _WEEK_OF.finditer(sentence))
    candidates = [found for found in weeks if found is not None]
    past = _relative_to(matches, anchor)
    for match, reader in matches:
        asked = period = _read(match, reader, past if reader in PAST else anchor)
        if reader in PAST and (match["data"] or _lags(matches, past)):
            period = _read(match, reader, after_data(match, anchor))
        if period is not None:
            there = None if asked == period or match.groupdict().get("data") else asked
            candidates.append(Found(match.start(), match.end(), period, match.group(), asked=there))
    candidates += [item for match in _SLASHED.finditer(sentence) if (item := _slashed(match))]
    chosen: list[Found] = []
    for item in sorted(candidates, key=lambda found: (found.start, -found.end)):
        if not chosen or item.start >= chosen[-1].end:
            chosen.append(item)
    return chosen


def _read(match: re.Match[str], reader: Reader, anchor: Anchor) -> Period | None:
    try:
        return reader(match, anchor)
    except (ValueError, OverflowError):
        return None  # a day outside the calendar (year 0, year 10000)


def _relative_to(matches: Sequence[Match], anchor: Anchor) -> Anchor:
    """What "last" is relative to: the calendar, unless the sentence names what is current too."""
    if any(reader in CURRENT for _, reader in matches):
        return anchor
    return replace(anchor, as_of=anchor.as_of or anchor.today)


def _lags(matches: Sequence[Match], anchor: Anchor) -> bool:
    """Whether the data ends before anything that "last" means here.

    All such words of a sentence are then read from where the data ends, so that two of them stay a
    comparison. Where the sentence also names what is current, each keeps its own place.
    """
    if any(reader in CURRENT for _, reader in matches) or anchor.data_end is None:
        return False
    found = [_read(match, reader, anchor) for match, reader in matches if reader in PAST]
    starts = [period.start for period in found if period is not None]
    return bool(starts) and max(starts) >= anchor.data_end


def _plausible(match: re.Match[str], sentence: str) -> bool:
    word = match.group().casefold()
    alone = match.group().strip() == sentence.strip(" ?.!")
    if word in ("all", "overall", "ever", "to date", "so far"):
        return alone or word in ("to date", "so far")
    if word in ("may", "march"):
        before = sentence[: match.start()].rstrip().rsplit(None, 1)
        return alone or (
            bool(before)
            and before[-1].casefold().strip(",")
            in {
                "in", "for", "of", "since", "during", "until", "vs", "versus", "to", "and",
                "from", "between", "against", "last", "this", "before", "after", "with", "by",
                "than", "through", "or", "on", "\u2013", "-",
            }
        ) or (match.group()[:1].isupper() and match.start() > 0)  # fmt: skip
    return True


def _week_of(match: re.Match[str], anchor: Anchor) -> Found | None:
    """The week that holds the day that follows; what comes after the day is not of it."""
    inner = find(match["rest"], anchor)
    if not inner or inner[0].start or inner[0].period.end - inner[0].period.start != _DAY:
        return None
    start = week_start(inner[0].period.start)
    end = match.start("rest") + inner[0].end
    return Found(
        match.start(), end, span(start, start + 7 * _DAY), match.string[match.start() : end]
    )


def _slashed(match: re.Match[str]) -> Found | None:
    first, second, year = int(match["a"]), int(match["b"]), int(match["year"])
    days = []
    for month, day in ((first, second), (second, first)):
        try:
            days.append(dt.date(year, month, day))
        except ValueError:
            continue
    if not days:
        return None
    readings = tuple(dict.fromkeys(days))
    period = span(days[0], days[0] + _DAY)
    both = readings if len(readings) > 1 else ()
    return Found(match.start(), match.end(), period, match.group(), both)


def _joined(items: list[Found], sentence: str, anchor: Anchor) -> list[Found]:
    """Two periods with "from … to" or "between … and" are one; "since" opens an end."""
    out: list[Found] = []
    index = 0
    while index < len(items):
        item = items[index]
        before = sentence[: item.start]
        following = items[index + 1] if index + 1 < len(items) else None
        opened = _FROM.search(before)
        if following is not None and _joint(sentence, item, following, opened):
            start, end = _carry_year(item, following)
            if start < end:
                left = opened.start() if opened else item.start
                text = sentence[left : following.end]
                out.append(Found(left, following.end, span(start, end), text))
                index += 2
                continue
        since = _SINCE.search(before)
        if since and (widened := _open_ended(item, since, sentence, anchor)):
            item = widened
        out.append(item)
        index += 1
    return out


def _joint(sentence: str, first: Found, second: Found, opened: re.Match[str] | None) -> bool:
    between = sentence[first.end : second.start]
    if not _JOINED.fullmatch(between):
        return False
    word = between.strip().casefold()
    if word.startswith("and"):
        return opened is not None and opened["word"].casefold() == "between"
    return True


def _carry_year(first: Found, second: Found) -> tuple[dt.date, dt.date]:
    """Start and end; "March to May 2025" lends its year to March.

    A year that is written is never changed, and two days of one month are not a year apart.
    """
    start, end = first.period.start, second.period.end
    written = re.search(r"(?:19|20)\d\d", second.text)
    if re.search(r"(?:19|20)\d\d|last|this", first.text):
        return start, end
    if written:
        start = _with_year(start, int(written.group()))
        if start > second.period.start:
            start = _with_year(start, start.year - 1)
    elif start >= end and start.month != second.period.start.month:
        start = add_months(start, -12)
    return start, end


def _with_year(day: dt.date, year: int) -> dt.date:
    return add_months(day, 12 * (year - day.year))


def _open_ended(item: Found, since: re.Match[str], sentence: str, anchor: Anchor) -> Found | None:
    word = " ".join(since["word"].casefold().split())
    start = since.start()
    if word in ("since", "starting", "from", "beginning"):
        period = span(item.period.start, max(anchor.reference, item.period.end))
    elif word == "after":
        if item.period.end >= anchor.reference:
            return None
        period = span(item.period.end, anchor.reference)
    else:
        first = anchor.data_start
        end = item.period.start if word == "before" else item.period.end
        if first is None or first >= end:
            return None
        period = span(first, end)
    return Found(start, item.end, period, sentence[start : item.end])
