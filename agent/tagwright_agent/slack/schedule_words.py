"""When a question is to be answered again and again, in words: ``every Monday at 9: …``.

Times are those of the person's own clock (their time zone as Slack knows it), kept through summer
time: nine stays nine. What the question itself says of time is another matter, and in UTC as ever.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

Unit = Literal["day", "weekday", "week", "month"]

__all__ = ["Rule", "Unit", "example_for", "scheduled_words", "zone_of"]

_DAYS = [name.lower() for name in calendar.day_name]
_DAY = "|".join(f"{name}s?|{name[:3]}" for name in _DAYS)
_ORDINAL = r"(?P<date>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)"
_OF = r"of (?:the|each|every) month"
_WHEN = (
    # "on Monday" is one Monday, "on Mondays" is each.
    rf"(?:every |each |on (?=\w+s\b|the \w+ (?:day )?{_OF}))"
    rf"(?P<name>day|morning|work ?days?|weekdays?|week|month|{_DAY}|"
    rf"(?:the )?(?:{_ORDINAL}(?: (?:day )?{_OF})?|first(?: day)? {_OF}))|"
    r"(?P<adverb>daily|weekly|monthly)"
)
_AT = (
    r"(?:,? at (?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))? ?(?P<half>[ap]\.?m\.?)?"
    r"(?: o'?clock)?)"
)
_FLAGS = re.IGNORECASE | re.DOTALL
_BREAK = r"\s*(?P<sep>:(?!\d)|[,\u2013\u2014]|-\s)\s*"
_FIRST = re.compile(rf"(?:{_WHEN}){_AT}?{_BREAK}(?P<what>.+)", _FLAGS)
_LAST = re.compile(rf"(?P<what>.+?),?\s+(?:{_WHEN}){_AT}", _FLAGS)
_NINE = 9
_OFTEN = (
    r"(?:every|each) (?:[\w-]+ ){0,3}?(?:hour|day|morning|noon|evening|night|week|weekend|month|"
    rf"quarter|year|work ?day|{_DAY}|\d+(?:st|nd|rd|th))s?\b|"
    r"(?:hourly|daily|(?:bi-?)?weekly|fortnightly|(?:bi-?)?monthly|quarterly|yearly|annually|"
    r"(?:once|twice) an? \w+)(?=\s*:|,? (?:at|on)\b)|"
    rf"on (?:{_DAY}),? at\b|(?:{'|'.join(_DAYS)})s,? at\b"
)
_LEAD = r"(?:please,? |(?:can|could) you,? (?:please,? )?|at \d{1,2}\S*(?: [ap]\.?m\.?)?,? )?"
_LIKE = (
    re.compile(rf"{_LEAD}(?:{_OFTEN})[^?\n]{{0,80}}?:(?:\s+(?P<what>.+))?", _FLAGS),
    re.compile(
        r"(?P<what>[^?\n]*?),?\s*\b(?:every|each) [^?\n:]{1,60},? at "
        r"(?:noon|midnight|\d{1,2}\S*(?: ?[ap]\.?m\.?)?)[.!]?",
        _FLAGS,
    ),
)
"""Words that stand before a colon, or end with a time of day, as those of a schedule do."""


@dataclass(frozen=True)
class Rule:
    """When.

    Attributes:
        unit: ``day``, ``weekday`` (Monday to Friday), ``week`` or ``month``.
        day: Of a week 0 for Monday to 6; of a month 1 to 31, its last day where it is shorter.
        hour: 0 to 23, by the clock of ``zone``.
        minute: 0 to 59.
        zone: IANA name.
    """

    unit: Unit
    day: int
    hour: int
    minute: int
    zone: str = "UTC"

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Rule:
        """The inverse of :meth:`as_dict`."""
        return cls(**said)

    @property
    def words(self) -> str:
        """As it is told back.

        >>> Rule("week", 0, 9, 0, "Europe/Berlin").words
        'every Monday at 09:00 (Europe/Berlin)'
        """
        when = {
            "day": "every day", "weekday": "Monday to Friday",
            "week": f"every {calendar.day_name[self.day % 7]}",
            "month": f"on day {self.day} of every month",
        }[self.unit]  # fmt: skip
        return f"{when} at {self.hour:02}:{self.minute:02} ({self.zone})"

    def after(self, moment: dt.datetime) -> dt.datetime:
        """The first time after a moment, aware UTC."""
        zone = zone_of(self.zone)
        day = moment.astimezone(zone).date()
        while True:
            if self._falls_on(day):
                clock = dt.time(self.hour, self.minute)
                # An hour that summer time leaves out is read as an hour later.
                due = dt.datetime.combine(day, clock, zone).astimezone(dt.UTC)
                if due > moment:
                    return due
            day += dt.timedelta(days=1)

    def _falls_on(self, day: dt.date) -> bool:
        if self.unit == "week":
            return day.weekday() == self.day
        if self.unit == "month":
            return day.day == min(self.day, calendar.monthrange(day.year, day.month)[1])
        return self.unit == "day" or day.weekday() < _DAYS.index("saturday")


def scheduled_words(text: str, zone: str = "UTC") -> tuple[Rule, str] | None:
    """When, and what is asked then; None where the words are no schedule.

    A colon, comma or dash stands between them, or a time of day at the end: ``cost every day in
    October`` is a question.

    >>> scheduled_words("every Monday at 9: cost by team, last week")[1]
    'cost by team, last week'
    """
    text = text.strip()
    found = _FIRST.fullmatch(text) or _LAST.fullmatch(text.rstrip(".!"))
    if found is None:
        return None
    named = found.groupdict()
    if named.get("sep") not in {None, ":"} and named["hour"] is None:
        return None  # "every day, what did we spend": nobody knows
    hour, minute = int(named["hour"] or _NINE), int(named["minute"] or 0)
    half = (named["half"] or "").replace(".", "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + 12 * (half == "pm") if half else hour
    if hour > 23 or minute > 59:
        return None
    what = found["what"].strip()
    unit, day = _unit(named)
    return (Rule(unit, day, hour, minute, zone), what) if what else None


def example_for(text: str) -> str | None:
    """A schedule that is understood, for words like one that are not; None for other words.

    >>> example_for("every second Tuesday at noon: cost by team")
    'every Tuesday at 9: cost by team'
    >>> example_for("cost every day in October") is None
    True
    """
    text = " ".join(text.split())
    if scheduled_words(text) is not None:
        return None
    found = next((like for form in _LIKE if (like := form.fullmatch(text))), None)
    if found is None:
        return None
    named = re.search(rf"\b(?:{'|'.join(_DAYS)})", text, re.IGNORECASE)
    day = named[0].capitalize() if named else "Monday"
    made = f"every {day} at {_NINE}: {found['what'] or ''}"
    return made if scheduled_words(made) else f"every {day} at {_NINE}: cost by team, last week"


def _unit(
    named: Mapping[str, str | None],
) -> tuple[Unit, int]:
    name = (named["name"] or named["adverb"] or "").lower()
    name = name.removeprefix("the ").removesuffix("s")
    if named["date"]:
        return "month", int(named["date"])
    if name.startswith("first") or name in {"month", "monthly"}:
        return "month", 1
    if name in {"day", "morning", "daily"}:
        return "day", 0
    if name in {"weekday", "workday", "work day"}:
        return "weekday", 0
    if name in {"week", "weekly"}:
        return "week", 0
    return "week", next(number for number, full in enumerate(_DAYS) if full[:3] == name[:3])


def zone_of(name: str) -> dt.tzinfo:
    """The time zone of that name; UTC where the system does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC
