"""The patterns of single periods: an interval grammar over words and numbers.

No library gives billing intervals (dateparser reads points in time); see docs/decisions/0008.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.periods.readings import (
    MONTHS,
    NTH,
    NUMBERS,
    all_of_it,
    before_last,
    day_ago,
    day_of_month,
    edge_of_month,
    fiscal_quarter,
    fiscal_year,
    half_month,
    half_year,
    iso_day,
    iso_interval,
    last_count,
    last_unit,
    month_of_year,
    named_month,
    next_unit,
    nth_week,
    quarter_of,
    third_of_month,
    this_unit,
    to_date,
    units_ago,
    week_number,
    whole_year,
    year_month,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.periods.model import Anchor
    from tagwright.results import Period

__all__ = ["PATTERNS", "word_pattern"]

_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(NUMBERS)}|a|couple of)"
_MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SHORT_YEAR = r"'?(?P<year>(?:19|20)\d\d|\d\d)"
_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_ISO_DAY = r"\d{4}-\d{2}-\d{2}"
_OF = r"(?:\s+of)?(?:\s*,)?\s+"
_DATA = r"(?P<data>\s+(?:of|with|in)\s+(?:the\s+)?data)?"
_WHOLE = r"(?:full|whole|complete|calendar|billing)\s+"
_FISCAL = r"(?P<fiscal>fiscal\s+)"
_THE = r"(?:the\s+)?"
_MONTH_OF = rf"(?:{_THE}month\s+of\s+)?"

_DATED = ("-0", "-1", "/0", "/1")
_QUARTER = ("q1", "q2", "q3", "q4")
_FY = ("fy", "fiscal")
_NAMED = tuple(dict.fromkeys(name[:3] for name in MONTHS))
_BACK = ("last", "past", "previous", "prior")


def word_pattern(pattern: str, *needs: str) -> re.Pattern[str]:
    """The pattern between word boundaries that know dots, dashes and slashes.

    ``needs`` as for :func:`tagwright.lazy.lazy`.
    """
    return lazy(rf"(?<![\w/.-]){pattern}(?![\w/]|[.-]\w)", re.IGNORECASE, needs=needs)


PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Anchor], Period | None]], ...] = (
    (word_pattern(rf"(?P<first>{_ISO_DAY})\s?/\s?(?P<second>{_ISO_DAY})", "/"), iso_interval),
    (word_pattern(rf"(?P<iso>{_ISO_DAY})", "-"), iso_day),
    (
        word_pattern(rf"{_YEAR}[-/](?P<month_number>0[1-9]|1[0-2])", *_DATED),
        year_month,
    ),
    (word_pattern(rf"(?P<month_number>0?[1-9]|1[0-2])/{_YEAR}", "/"), year_month),
    (word_pattern(rf"{_YEAR}[-\s]?Q(?P<quarter>[1-4])", *_QUARTER), quarter_of),
    (
        word_pattern(rf"Q(?P<quarter>[1-4])(?:{_OF}|\s*-\s*|\s*/\s*|\s*){_SHORT_YEAR}", *_QUARTER),
        quarter_of,
    ),
    (word_pattern(r"Q(?P<quarter>[1-4])", *_QUARTER), quarter_of),
    (
        word_pattern(
            rf"{_THE}(?P<quarter>{'|'.join(NTH)})\s+quarter(?:{_OF}{_SHORT_YEAR})?", "quarter"
        ),
        quarter_of,
    ),
    (word_pattern(rf"H(?P<half>[12])(?:{_OF}{_SHORT_YEAR})?", "h1", "h2"), half_year),
    (word_pattern(rf"{_YEAR}-W(?P<week>\d{{1,2}})", "-w"), week_number),
    (
        word_pattern(
            rf"(?:calendar\s+)?week\s+(?:number\s+)?(?P<week>\d{{1,2}})(?:{_OF}{_YEAR})?", "week"
        ),
        week_number,
    ),
    (
        word_pattern(
            rf"(?:FY\s?|fiscal\s+year\s+){_SHORT_YEAR}[\s-]*Q(?P<quarter>[1-4])", *_QUARTER
        ),
        fiscal_quarter,
    ),
    (
        word_pattern(
            rf"(?:fiscal\s+|F)Q(?P<quarter>[1-4])(?:(?:{_OF}|\s*)(?:FY\s?|fiscal\s+year\s+)?{_SHORT_YEAR})?",
            *_QUARTER,
        ),
        fiscal_quarter,
    ),
    (
        word_pattern(
            rf"Q(?P<quarter>[1-4])(?:{_OF}|\s*)(?:FY\s?|fiscal\s+year\s+){_SHORT_YEAR}", *_QUARTER
        ),
        fiscal_quarter,
    ),
    (word_pattern(rf"(?:FY\s?|fiscal\s+year\s+){_SHORT_YEAR}", *_FY), fiscal_year),
    (
        word_pattern(
            rf"{_THE}(?P<nth>second|third|fourth)\s+week\s+(?:of|in)\s+{_MONTH}(?:{_OF}{_YEAR})?",
            "week",
        ),
        nth_week,
    ),
    (
        word_pattern(
            rf"{_THE}(?P<half>first|second)\s+half\s+of\s+{_MONTH}(?:{_OF}{_YEAR})?", "half"
        ),
        half_month,
    ),
    (
        word_pattern(
            rf"{_THE}(?P<side>first|last)\s+(?:(?P<count>\d{{1,2}}|{'|'.join(NUMBERS)})\s+)?"
            rf"(?P<unit>day|week)s?\s+(?:of|in)\s+{_MONTH}(?:{_OF}{_YEAR})?",
            "day",
            "week",
        ),
        edge_of_month,
    ),
    (
        word_pattern(
            # "since mid October" has a day in mind, and not ten.
            rf"(?<!since )(?<!until )(?<!till )(?<!from )(?<!by )(?<!to )(?<!through )(?<!the )"
            rf"(?P<third>early|mid|late|{_THE}(?:middle|beginning)\s+of)(?:\s+|-){_MONTH}(?:{_OF}{_YEAR})?",
            "early",
            "mid",
            "late",
            "beginning",
        ),
        third_of_month,
    ),
    # 14 October 2026, Oct 14th, October 14 to 20
    (
        word_pattern(
            rf"{_MONTH}\s+{_ORDINAL}\s*(?:-|\u2013|to)\s*(?P<last_day>\d{{1,2}})(?:st|nd|rd|th)?"
            rf"(?:{_OF}{_YEAR})?",
            *_NAMED,
        ),
        day_of_month,
    ),
    (
        word_pattern(
            rf"between\s+{_THE}{_MONTH}\s+{_ORDINAL}\s+and\s+{_THE}(?P<last_day>\d{{1,2}})(?:st|nd|rd|th)?"
            rf"(?:{_OF}{_YEAR})?",
            "between",
        ),
        day_of_month,
    ),
    (word_pattern(rf"{_MONTH}\s+{_ORDINAL}(?:{_OF}{_YEAR})?", *_NAMED), day_of_month),
    # 14 to 20 October, the 19th till the 21st of October
    (
        word_pattern(
            rf"(?:from\s+|between\s+)?{_THE}{_ORDINAL}\s*(?:-|\u2013|to|till|til|until|through|and)\s*{_THE}"
            rf"(?P<last_day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:{_OF}{_YEAR})?",
            *_NAMED,
        ),
        day_of_month,
    ),
    (
        word_pattern(rf"{_THE}{_ORDINAL}\s+(?:of\s+)?{_MONTH}(?:{_OF}{_YEAR})?", *_NAMED),
        day_of_month,
    ),
    (
        word_pattern(
            rf"{_MONTH_OF}{_MONTH}(?:{_OF}|\s*-\s*|\s*/\s*|\s?)'?(?P<year>(?:19|20)\d\d)", *_NAMED
        ),
        named_month,
    ),
    (
        word_pattern(
            rf"{_MONTH_OF}{_MONTH}\s+(?:of\s+)?(?P<which>last|this|previous)\s+year", *_NAMED
        ),
        month_of_year,
    ),
    (word_pattern(rf"{_MONTH}\s?'(?P<year>\d\d)", *_NAMED), named_month),
    (word_pattern(rf"{_MONTH_OF}{_MONTH}", *_NAMED), named_month),
    (word_pattern(rf"{_THE}{_UNIT}\s+before\s+last{_DATA}", "before"), before_last),
    (word_pattern(rf"{_COUNT}\s+{_UNIT}s?\s+ago", "ago"), units_ago),
    (
        word_pattern(
            rf"{_THE}(?P<word>today|yesterday|day\s+before\s+yesterday)", "today", "yesterday"
        ),
        day_ago,
    ),
    (
        word_pattern(
            rf"(?:{_THE}(?:last|past|previous|trailing|prior)\s+){_COUNT}\s+(?:{_WHOLE})?"
            rf"{_UNIT}s?{_DATA}",
            *_BACK,
            "trailing",
        ),
        last_count,
    ),
    (
        word_pattern(
            rf"{_COUNT}\s+{_UNIT}s?(?:(?P<data>\s+(?:worth\s+)?of\s+data)|(?=\s+of\s+history))",
            "of",
        ),
        last_count,
    ),
    (
        word_pattern(
            rf"{_THE}(?:this|current)\s+(?:{_WHOLE}|{_FISCAL})?{_UNIT}(?:'s)?", "this", "current"
        ),
        this_unit,
    ),
    (
        word_pattern(
            rf"{_THE}(?:next|coming)\s+(?:{_WHOLE}|{_FISCAL})?{_UNIT}(?:'s)?", "next", "coming"
        ),
        next_unit,
    ),
    (
        word_pattern(
            rf"{_THE}(?:last|past|previous|prior|preceding|latest)\s+"
            rf"(?:{_WHOLE}|{_FISCAL})?{_UNIT}(?:'s)?{_DATA}",
            *_BACK,
            "preceding",
            "latest",
        ),
        last_unit,
    ),
    (word_pattern(rf"{_THE}(?P<fiscal>fiscal\s+)?{_UNIT}[\s-]+to[\s-]+date", "date"), to_date),
    (
        word_pattern(
            rf"since\s+{_THE}(?:start|beginning)\s+of\s+(?:the\s+|this\s+)?(?P<fiscal>fiscal\s+)?{_UNIT}",
            "since",
        ),
        to_date,
    ),
    (word_pattern(r"(?P<short>[mqyw])td", "td"), to_date),
    (
        word_pattern(
            r"(?:all\s+time|all|ever|overall|to\s+date|so\s+far|entire\s+period|whole\s+period|all\s+periods?)",
            "all",
            "ever",
            "date",
            "far",
            "period",
        ),
        all_of_it,
    ),
    (word_pattern(rf"(?:in\s+)?{_THE}(?:year\s+)?{_YEAR}", "19", "20"), whole_year),
)
