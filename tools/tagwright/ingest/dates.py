"""Dates as providers write them: ISO 8601 with or without zone, epoch times, and one US style.

FOCUS asks for ISO 8601 in UTC. The FOCUS sample of 1.0 leaves the zone out (read as UTC). The
specification's own SaaS examples (1.2, ``specification/data/saas_examples``) hold ``5/1/25``: such
a file is read as month/day/year only where every date in it can be, and every billing period then
starts on the first of a month. Otherwise the dates are ambiguous and their rows are rejected.

An epoch time is a number of seconds, milliseconds, microseconds or nanoseconds since 1970. From
1990 to 2100 the four do not overlap, nor do days written as ``20260901``: its size says which it
is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "COUNTS",
    "IMPLAUSIBLE",
    "ISO",
    "LOGGED",
    "PERIODS",
    "Style",
    "implausible",
    "style_aggregates",
    "style_from",
]

_ISO = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?"
    r" ?(Z|z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_NUMBER = r"[0-9]+(\.[0-9]*)?([eE][+]?[0-9]{1,2})?"
_FIRST, _LAST = 631_152_000, 4_133_980_800  # 1990, 2101

COUNTS = 4
"""Of :func:`style_aggregates`."""

_SLASHED = r"[0-9]{1,2}/[0-9]{1,2}/([0-9]{2}|[0-9]{4})"


_MIDNIGHT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(:00(\.0+)?)? ?[+-][0-9]{2}(:?[0-9]{2})?$"

PERIODS = frozenset({"BillingPeriodStart", "BillingPeriodEnd"})
"""Whole days by definition: a midnight written with an offset means that day, as does ``Z``."""

IMPLAUSIBLE = "not a date between 1990 and 2100"


def implausible(moment: str) -> str:
    """Whether a TIMESTAMP is no day of a bill (a placeholder such as 9999-12-31)."""
    return f"year({moment}) NOT BETWEEN 1990 AND 2100"


@dataclass(frozen=True)
class Style:
    """How a file writes its dates.

    Attributes:
        us: Whether month/day/year is read beside ISO 8601.
        words: What is said of a date that cannot be read.
        epoch: Whether numbers are read as times since 1970.
    """

    us: bool
    words: str
    epoch: bool = False

    def sql(self, text: str, *, period: bool = False) -> str:
        """A naive UTC TIMESTAMP of the text; NULL where it cannot be read.

        With ``period`` a midnight with an offset is the midnight of the day it names: else one
        export with offsets and one without would put the same month into two partitions.

        A cast to TIMESTAMP ignores an offset without a word, so the way is by TIMESTAMPTZ (the
        session's time zone must be UTC, for texts without one).
        """
        if period:
            text = f"regexp_replace({text}, '{_MIDNIGHT}', '\\1')"
        iso = (
            f"CASE WHEN regexp_full_match({text}, '{_ISO}') "
            f"THEN timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ)) END"
        )
        ways = [iso, *([_us(text)] if self.us else ()), *([_epoch(text)] if self.epoch else ())]
        return f"COALESCE({', '.join(ways)})" if len(ways) > 1 else iso


def _epoch(text: str) -> str:
    """A number of seconds, or of thousandths, millionths or billionths; exact to a microsecond."""
    number = f"CASE WHEN regexp_full_match({text}, '{_NUMBER}') "
    number += f"THEN TRY_CAST({text} AS DECIMAL(28, 6)) END"
    whens = "".join(
        f"WHEN _number >= {_FIRST * scale} AND _number < {_LAST * scale} THEN {micros} "
        for scale, micros in (
            (1, "CAST(trunc(_number * 1000000) AS BIGINT)"),
            (1_000, "CAST(trunc(_number * 1000) AS BIGINT)"),
            (1_000_000, "CAST(trunc(_number) AS BIGINT)"),
            (1_000_000_000, "CAST(trunc(_number) AS BIGINT) // 1000"),
        )
    )
    return f"make_timestamp(list_transform([{number}], lambda _number: CASE {whens}END)[1])"


def _us(text: str) -> str:
    return f"try_strptime({text}, ['%m/%d/%y', '%m/%d/%Y'])"


ISO = Style(us=False, words="not an ISO 8601 date and time")
LOGGED = replace(ISO, epoch=True)
"""Of telemetry, whose files are not looked through for their style."""

_AMBIGUOUS = Style(us=False, words="day and month cannot be told apart: write ISO 8601")
_US = Style(us=True, words="not a date and time")


def style_aggregates(texts: Sequence[str], period_start: str) -> list[str]:
    """Aggregates for :func:`style_from`: dates slashed, unreadable, odd starts, and no dates."""
    slashed = [f"regexp_full_match({text}, '{_SLASHED}')" for text in texts]
    unreadable = [
        f"({test} AND {_us(text)} IS NULL)" for test, text in zip(slashed, texts, strict=True)
    ]
    # A date has a dash or a slash; the regex is only for what has none.
    numbers = [f"(NOT contains({text}, '-') AND NOT contains({text}, '/'))" for text in texts]
    odd = f"regexp_full_match({period_start}, '{_SLASHED}') AND day({_us(period_start)}) <> 1"
    return [
        f"count(*) FILTER ({' OR '.join(slashed)})",
        f"count(*) FILTER ({' OR '.join(unreadable)})",
        f"count(*) FILTER ({odd})",
        f"count(*) FILTER ({' OR '.join(numbers)})",
    ]


def style_from(counts: Sequence[Any]) -> tuple[Style, str]:
    """The style, and a note for the file where it is not plain ISO."""
    slashed, unreadable, odd, numbers = (int(count) for count in counts)
    if not slashed:
        return replace(ISO, epoch=numbers > 0), ""
    if unreadable or odd:
        return replace(_AMBIGUOUS, epoch=numbers > 0), (
            "Dates with slashes may be day/month or month/day here: their rows are rejected."
        )
    return replace(_US, epoch=numbers > 0), (
        "Dates with slashes are read as month/day/year: as such every billing period starts on "
        "the first of a month."
    )
