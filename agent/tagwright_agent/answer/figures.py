"""Figures written in a text: amounts, percentages, multiples, counts, number words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

from tagwright.money import EXACT

__all__ = ["Figure", "find_figures", "printed_as"]

SYMBOLS = {
    "$": "USD", "US$": "USD", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "S$": "SGD", "€": "EUR",
    "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS",
}  # fmt: skip
WORDS = {
    "dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "pounds": "GBP",
    "yen": "JPY", "rupees": "INR", "yuan": "CNY",
}  # fmt: skip
CODES = frozenset(
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW "
    "KWD MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD "
    "UYU VND ZAR".split()
)
_SCALES = {
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "mm": 6, "million": 6, "b": 9, "bn": 9, "billion": 9,
    "t": 12, "trillion": 12,
}  # fmt: skip

_FIGURE = re.compile(
    r"""
    (?<!\d[.,])(?<![\w$€£¥₹])
    (?P<sign>[-\u2212+](?=[\d$€£¥₹A-Z.]))?
    (?P<before>(?:US|A|C|HK|S)\$|[$€£¥₹₩₽₺₪]|[A-Z]{3}(?=[\s\u00a0\d-]))?[\s\u00a0]?
    (?P<sign2>[-\u2212+](?=[\d.]))?
    (?P<number>\d{1,3}(?:[,'\u00a0\u202f]\d{3})+(?:\.\d+)?(?![\d])|\d+(?:\.\d+)?|\.\d+)
    (?P<exponent>[eE][+-]?\d+)?
    (?:[\s\u00a0-]?(?P<scale>thousand|million|billion|trillion|mn|mm|bn|[kKmMbBT])(?![\w]))?
    (?:
        [\s\u00a0]?(?P<percent>%|percent\b|per\ cent\b|percentage\ points?\b|pp\b)
      | [\s\u00a0]?(?P<times>[x\u00d7](?!\w)|times\b)
      | -(?P<fold>fold)\b
      | [\s\u00a0]?(?P<after>[A-Z]{3}\b|[€£¥₹]|dollars?\b|euros?\b|pounds\b|yen\b|rupees\b|yuan\b)
    )?
    """,
    re.VERBOSE,
)


_MINUS = re.compile(r"\b(?:minus|negative)\s+$", re.IGNORECASE)
_OPERAND = re.compile(r"(?:[\d%)]|\d\s?[A-Z]{3})\s*$")


@dataclass(frozen=True)
class Figure:
    """A figure as printed.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last.
        kind: ``money``, ``percent``, ``times`` or ``number``.
        mantissa: The printed digits, with their sign.
        places: Decimals printed.
        scale: Power of ten of ``k``, ``M`` and the like; 0 where there is none.
        currency: ISO code; None where none is printed.
        text: As printed.
        signed: Whether a sign is printed.
        loose: Whether it is a word ("doubled") that stands for a rounded multiple.
    """

    start: int
    end: int
    kind: str
    mantissa: Decimal
    places: int
    scale: int
    currency: str | None
    text: str
    signed: bool = False
    loose: bool = False

    @property
    def value(self) -> Decimal:
        """The printed amount in full; a percentage stays in percent."""
        return self.mantissa.scaleb(self.scale, EXACT)


def find_figures(text: str) -> list[Figure]:
    """Every figure in ``text``, in order. Digits glued to letters (``EC2``) are not figures."""
    found = []
    for match in _FIGURE.finditer(text):
        before, after = match["before"], match["after"]
        code = SYMBOLS.get(before or "") or (before if before in CODES else None)
        if after:
            code = (
                code
                or SYMBOLS.get(after)
                or WORDS.get(after)
                or (after if after in CODES else None)
            )
        start, end = match.start(), match.end()
        if before and before not in SYMBOLS and before not in CODES:
            start = match.start("number")  # "EKS 12" is the word EKS and the number 12
        if after and after not in CODES and after not in SYMBOLS and after not in WORDS:
            end = match.start("after")
        tail = text[end : end + 1]
        if tail and (tail.isalpha() or tail.isdigit() or tail == "_") and not match["after"]:
            continue
        digits = re.sub(r"[,'\u00a0\u202f]", "", match["number"])
        mantissa = Decimal(digits + (match["exponent"] or ""))
        sign = match["sign"] or match["sign2"]
        if sign in {"-", "\u2212"} and start <= match.start("number"):
            mantissa = -mantissa
        signed = bool(sign)
        word = None if signed else _MINUS.search(text, 0, start)
        if word and not _OPERAND.search(text, 0, word.start()):  # else it is an operator
            mantissa, signed = -mantissa, True
        kind = "number"
        if match["percent"]:
            kind = "percent"
        elif match["times"] or match["fold"]:
            kind = "times"
        elif code:
            kind = "money"
        found.append(
            Figure(
                start=start,
                end=end,
                kind=kind,
                mantissa=mantissa,
                places=len(digits.partition(".")[2]),
                scale=_SCALES[match["scale"].casefold()] if match["scale"] else 0,
                currency=code,
                text=text[start:end].strip(),
                signed=signed,
            )
        )
    return sorted([*found, *_in_words(text)], key=lambda figure: figure.start)


def printed_as(value: Decimal, figure: Figure) -> bool:
    """Whether ``value`` (a percentage in percent) is ``figure`` rounded as printed.

    Half-even and half-up are both accepted: people and programs use either.
    """
    with localcontext(EXACT):
        scaled = value.scaleb(-figure.scale)
        if figure.loose:
            return abs(scaled - figure.mantissa) <= figure.mantissa / 20
        unit = Decimal(1).scaleb(-figure.places)
        return figure.mantissa in (
            scaled.quantize(unit, ROUND_HALF_EVEN),
            scaled.quantize(unit, ROUND_HALF_UP),
        )


_UNITS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), 2
    )
}
_BIG = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_WORD = "|".join([*_UNITS, *_TENS, *_BIG])
_NOUN = (
    "services?|accounts?|teams?|providers?|resources?|products?|regions?|charges?|models?|rows?|"
    "customers?|keys?|instances?|plans?|requests?|days|months"
)
_SPELLED = re.compile(
    rf"\b(?P<words>(?:a\ (?=hundred|thousand|million|billion))?(?:{_WORD})(?:(?:[\s-]+(?:and\s+)?)(?:{_WORD}))*)"
    rf"(?:\s+(?P<unit>percent|per\ cent|dollars?|euros?|pounds|yen)\b|\s+(?P<times>times)\b"
    rf"|(?=\s+(?P<noun>{_NOUN})\b))?",
    re.IGNORECASE,
)
_MULTIPLES = re.compile(r"\b(doubled|twice|tripled|trebled|quadrupled|halved)\b", re.IGNORECASE)
_MULTIPLE = {
    "doubled": "2", "twice": "2", "tripled": "3", "trebled": "3", "quadrupled": "4",
    "halved": "0.5",
}  # fmt: skip
_FRACTIONS = re.compile(
    r"(?<!\w)(?P<bound>(?:more|less|fewer) than |over |under |above |below |at (?:least|most) )?"
    r"(?:a |one )?(?P<part>half|thirds?|quarter|(?:two |three )(?:thirds|quarters)) of "
    r"(?:the |our |your |its |all |total ){1,2}(?:\w+ )?(?:costs?|spend(?:ing)?|bill|charges|total)\b",
    re.IGNORECASE,
)
_FRACTION = {
    "half": "50", "third": "33.3", "quarter": "25", "two thirds": "66.7", "three quarters": "75",
}  # fmt: skip


def _in_words(text: str) -> list[Figure]:
    """Figures without a digit: "twelve thousand dollars", "seven services", "doubled".

    "More than half of the cost" is none: it says no figure.
    """
    found = []
    for match in _FRACTIONS.finditer(text):
        if not match["bound"] and (part := _FRACTION.get(match["part"].casefold())):
            found.append(
                Figure(
                    match.start("part"), match.end("part"), "percent", Decimal(part), 1, 0, None,
                    match["part"], loose=True,
                )
            )  # fmt: skip
    for match in _SPELLED.finditer(text):
        words = re.split(r"[\s-]+", match["words"].casefold())
        big = any(word in _BIG for word in words)
        if not (big or match["unit"] or match["times"] or match["noun"]):
            continue
        total = current = 0
        for word in words:
            if word in _BIG:
                current = max(current, 1) * _BIG[word]
                if _BIG[word] > 100:
                    total, current = total + current, 0
            else:
                current += _UNITS.get(word, 0) + _TENS.get(word, 0)
        unit = (match["unit"] or "").casefold()
        kind = "percent" if unit.startswith("per") else "times" if match["times"] else "number"
        code = WORDS.get(unit)
        found.append(
            Figure(
                match.start(), match.end(), "money" if code else kind, Decimal(total + current), 0,
                0, code, match.group().strip(),
            )
        )  # fmt: skip
    for match in _MULTIPLES.finditer(text):
        value = Decimal(_MULTIPLE[match.group().casefold()])
        found.append(
            Figure(
                match.start(), match.end(), "times", value, 1, 0, None, match.group(), loose=True
            )
        )
    return found
