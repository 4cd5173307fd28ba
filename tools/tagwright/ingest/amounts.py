"""Amounts as people and spreadsheets write them: ``$10,000.00``, ``(12.30)``, ``1.234,56 €``.

Only what can mean one number is read. ``1,234`` may be a thousand or one and a bit, so it is
rejected, and so is ``12,50``: whoever writes that also writes ``1,234`` somewhere. In a file that
has a comma before decimals ``1.234`` is as unsure, and rejected too. What is read is
the decimal that the text says, digit by digit: the text is taken apart and put together again, and
no number is computed.

A file whose numbers are all plain never comes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.head import sql_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.focus import Column

__all__ = [
    "AMBIGUOUS",
    "CONTRADICTED",
    "ambiguous",
    "commas",
    "contradicted",
    "currency_of",
    "plain",
]

AMBIGUOUS = "its comma or points may part thousands or decimals: write 1234.56"
CONTRADICTED = "its currency sign contradicts the currency of the row"

_SIGNS: dict[str, tuple[str, ...]] = {
    "US$": ("USD",),
    "A$": ("AUD",),
    "C$": ("CAD",),
    "NZ$": ("NZD",),
    "HK$": ("HKD",),
    "S$": ("SGD",),
    "R$": ("BRL",),
    "$": (
        "USD", "ARS", "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "CLP", "COP", "FJD", "GYD",
        "HKD", "JMD", "KYD", "LRD", "MXN", "NAD", "NZD", "SBD", "SGD", "SRD", "TTD", "TWD", "UYU",
        "XCD",
    ),
    "€": ("EUR",),
    "£": ("GBP", "EGP", "FKP", "GIP", "SHP"),
    "¥": ("JPY", "CNY"),
    "₹": ("INR",),
    "₩": ("KRW",),
}  # fmt: skip
_SIGN = "(?:" + "|".join(sign.replace("$", r"\$") for sign in _SIGNS) + "|[A-Z]{3})"
_SPACE = "[ \\x{00A0}\\x{202F}]*"
_DRESSED = f"([+-]?){_SPACE}({_SIGN}?){_SPACE}([+-]?)([0-9.,]+){_SPACE}({_SIGN}?)"
_WHOLE = "[1-9][0-9]{0,2}"
_POINT = rf"(?:{_WHOLE}(?:,[0-9]{{3}})+\.[0-9]+|{_WHOLE}(?:,[0-9]{{3}}){{2,}})"
"""Commas part thousands: a point follows, or another comma came before."""
_COMMA = rf"(?:{_WHOLE}(?:\.[0-9]{{3}})+,[0-9]{{2}}|{_WHOLE}(?:\.[0-9]{{3}}){{2,}})"
"""Points part thousands: a comma and two digits end it, or another point came before."""
_BARE = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_UNSURE = r"[0-9]+,[0-9]+"
_UNSURE_POINT = rf"{_WHOLE}\.[0-9]{{3}}"


def _inner(text: str) -> str:
    """The text without the brackets of accountants."""
    return f"CASE WHEN {text} LIKE '(%)' THEN {text}[2:-2] ELSE {text} END"


def _part(text: str, number: int) -> str:
    """A group of the dressed amount; empty where the text is none."""
    return (
        f"CASE WHEN regexp_full_match({_inner(text)}, {sql_text(_DRESSED)}) "
        f"THEN regexp_extract({_inner(text)}, {sql_text(f'^{_DRESSED}$')}, {number}) ELSE '' END"
    )


def commas(texts: Sequence[str]) -> str:
    """Aggregate: whether commas stand before decimals in any of the texts, so far as is told."""

    def some(pattern: str) -> str:
        return " OR ".join(f"bool_or(regexp_full_match({_part(t, 4)}, '{pattern}'))" for t in texts)

    return f"COALESCE({some(_COMMA)} OR (({some(_UNSURE)}) AND NOT ({some(_POINT)})), false)"


def plain(text: str, *, commas: bool) -> str:
    """The amount as a plain number's text; the text itself where it is no such amount.

    Args:
        text: Expression of a trimmed text.
        commas: Whether the file has commas before decimals.
    """
    digits = "_parts[4]"
    number = (
        f"CASE WHEN regexp_full_match({digits}, '{_BARE}') THEN {digits} "
        f"WHEN regexp_full_match({digits}, '{_POINT}') THEN replace({digits}, ',', '') "
        f"WHEN regexp_full_match({digits}, '{_COMMA}') "
        f"THEN replace(replace({digits}, '.', ''), ',', '.') END"
    )
    negative = f"({text} LIKE '(%)')"
    signs = "(_parts[1] || _parts[3])"
    # Two signs, or a sign inside brackets, say nothing certain; two currencies neither.
    one = (
        f"length({signs}) + CAST({negative} AS INTEGER) <= 1 AND (_parts[2] = '' OR _parts[5] = '')"
    )
    minus = f"CASE WHEN {negative} OR {signs} = '-' THEN '-' ELSE '' END"
    parts = ", ".join(_part(text, group) for group in range(1, 6))
    whole = f"CASE WHEN {one} THEN {minus} || ({number}) END"
    read = f"COALESCE(list_transform([[{parts}]], lambda _parts: {whole})[1], {text})"
    # What is unsure stays no number.
    return f"CASE WHEN {ambiguous(text, commas=True)} THEN '?' ELSE {read} END" if commas else read


def ambiguous(text: str, *, commas: bool) -> str:
    """Whether the text is an amount that may mean two numbers."""
    unsure = f"{_UNSURE}|{_UNSURE_POINT}" if commas else _UNSURE
    return f"regexp_full_match({_part(text, 4)}, '{unsure}')"


def contradicted(text: str, currency: str) -> str:
    """Whether the text has a currency sign, and the charge another currency.

    Args:
        text: Expression of a trimmed text.
        currency: Expression of the currency's code.
    """
    sign = f"({_part(text, 2)} || {_part(text, 5)})"
    known = ", ".join(
        f"{sql_text(name)}: [{', '.join(map(sql_text, codes))}]" for name, codes in _SIGNS.items()
    )
    return (
        f"{sign} <> '' AND NOT list_contains(COALESCE(MAP {{{known}}}[{sign}], [{sign}]), "
        f"{currency})"
    )


def currency_of(column: Column) -> str | None:
    """The FOCUS column that says which currency the column is in; None of what is no money."""
    if column.kind not in ("money", "price"):
        return None
    return "PricingCurrency" if column.name.startswith("PricingCurrency") else "BillingCurrency"
