"""Exchange rates: a YAML file of the user's, dated, with their source.

    rates:
      - {from: EUR, to: USD, rate: "1.0842", since: 2026-09-01, source: "ECB reference rate"}
      - {from: EUR, to: USD, rate: "1.0917", since: 2026-10-01, source: "ECB reference rate"}

``since`` is the first day, UTC, that a rate holds; it holds until the next one of the same pair.
``rate`` is what one unit of ``from`` is in ``to``, a decimal in quotes. Only the pairs that are
given are used: none is turned round, and none is made of two others.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from tagwright.errors import ConfigError
from tagwright.metrics import RATE_PLACES, Conversion, Spell
from tagwright.text import clean, shorten
from tagwright.yaml_files import checked, file_text, mapping_of, read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from tagwright.config import Settings

__all__ = ["Rate", "Rates", "load_rates"]

_RATE = re.compile(rf"\d{{1,9}}(\.\d{{1,{RATE_PLACES}}})?")


def _decimal(value: object) -> Decimal:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} must be a decimal in quotes: a float is not exact")  # noqa: TRY004  pydantic wants ValueError
    if not _RATE.fullmatch(value) or not Decimal(value):
        raise ValueError(
            f"{shorten(value, 40)!r} is not a decimal > 0 with at most {RATE_PLACES} decimals"
        )
    return Decimal(value)


def _code(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise ValueError(f"{shorten(str(value), 40)!r} is no code of three capitals, such as EUR")
    return value


def _day(value: object) -> object:
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise ValueError(f"{shorten(str(value), 40)!r} is no day, such as 2026-09-30")  # noqa: TRY004
    return value


Code = Annotated[str, BeforeValidator(_code)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Rate(BaseModel):
    """One rate; see the module.

    Attributes:
        currency: ``from``: as the bills write it; some have their own (``credits``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=40)] = Field(
        alias="from"
    )
    to: Code
    rate: Annotated[Decimal, BeforeValidator(_decimal)]
    since: Annotated[dt.date, BeforeValidator(_day)]
    source: Text

    @model_validator(mode="after")
    def _of_two(self) -> Rate:
        if self.currency == self.to:
            raise ValueError(f"from and to are both {self.to}")
        return self

    @property
    def pair(self) -> str:
        """``EUR>USD``."""
        return f"{self.currency}>{self.to}"

    def as_dict(self) -> dict[str, str]:
        """As a result's details have it."""
        return {
            "pair": self.pair,
            "rate": f"{self.rate:f}",
            "since": str(self.since),
            "source": clean(self.source),
        }


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True)
class Rates:
    """What the file says.

    Attributes:
        path: The file, which need not be there.
        pairs: ``EUR>USD`` to its rates, by the day that they hold from.
    """

    path: Path
    pairs: Mapping[str, tuple[Rate, ...]]

    def conversion(
        self, to: str, days: Mapping[str, Collection[dt.date]]
    ) -> tuple[Conversion, list[Rate]]:
        """How charges of those currencies and days become ``to``, and the rates for it.

        Raises:
            ConfigError: There is no rate for a currency and day; names file, pair and day.
        """
        spells: list[Spell] = []
        used: list[Rate] = []
        missing: dict[str, dt.date] = {}
        for code in sorted(days):
            if code == to:
                spells.append(_spell(code, days[code], Decimal(1)))
                continue
            known = self.pairs.get(f"{code}>{to}", ())
            starts = [rate.since for rate in known]
            if not known or min(days[code]) < starts[0]:
                missing[code] = min(days[code])
                continue
            held: dict[int, list[dt.date]] = {}
            for day in sorted(days[code]):
                held.setdefault(bisect_right(starts, day) - 1, []).append(day)
            for place, of in held.items():
                spells.append(_spell(code, of, known[place].rate))
                used.append(known[place])
        if missing:
            raise self._no_rate(to, missing)
        return Conversion(to=to, spells=tuple(spells)), used

    def _no_rate(self, to: str, missing: Mapping[str, dt.date]) -> ConfigError:
        lacks, turned = [], []
        for code, day in missing.items():
            known = self.pairs.get(f"{code}>{to}")
            since = f" (the first is of {known[0].since})" if known else ""
            lacks.append(f"{clean(code)}>{to} for {day}{since}")
            turned += [f"{to}>{code}"] if f"{to}>{code}" in self.pairs else []
        there = f"in {self.path}" if self.path.exists() else f"and no file {self.path}"
        code, day = next(iter(missing.items()))
        add = f'- {{from: {clean(code)}, to: {to}, rate: "...", since: {day}, source: "..."}}'
        return ConfigError(
            f"There is no rate {' and '.join(lacks)} {there}.",
            hint=f"Add to the list `rates:` of that file: {add}"
            + (f" ({', '.join(turned)} is not turned round)" if turned else "")
            + "; or ask without convert_to.",
        )


def _spell(code: str, days: Collection[dt.date], rate: Decimal) -> Spell:
    return Spell(currency=code, start=min(days), end=max(days) + dt.timedelta(days=1), rate=rate)


def load_rates(settings: Settings) -> Rates:
    """The rates of ``settings.rates``, else of ``<home>/rates.yaml``, else none.

    Raises:
        ConfigError: The file is missing, not YAML, or an entry is malformed or stands twice; the
            message names file, entry and field.
    """
    path = settings.own_file("rates", "rates.yaml")
    if path is None:
        return Rates(settings.home / "rates.yaml", {})
    source = str(path)
    document = read_yaml(file_text(path, "Rates"), source) or {}
    found = checked(_File, mapping_of(document, source, "'rates'"), source, _where)
    seen: dict[tuple[str, dt.date], int] = {}
    for number, rate in enumerate(found.rates, 1):
        before = seen.setdefault((rate.pair, rate.since), number)
        if before != number:
            raise ConfigError(
                f"{path}: rates entry {number} ({rate.pair}): since: {rate.since} is also that of "
                f"entry {before}."
            )
    pairs: dict[str, tuple[Rate, ...]] = {}
    for rate in sorted(found.rates, key=lambda rate: (rate.pair, rate.since)):
        pairs[rate.pair] = (*pairs.get(rate.pair, ()), rate)
    return Rates(path, pairs)


def _where(loc: tuple[int | str, ...], document: dict[str, Any]) -> str:
    """Entry and field of a fault; entries are counted from 1 and called by their pair."""
    parts = [clean(str(part)) for part in loc]
    if loc[:1] == ("rates",) and len(loc) > 1 and isinstance(loc[1], int):
        entry = document["rates"][loc[1]]
        given = entry if isinstance(entry, dict) else {}
        pair = ">".join(shorten(str(given.get(side, "?")), 20) for side in ("from", "to"))
        return f"rates entry {loc[1] + 1} ({clean(pair)}): {'.'.join(parts[2:])}".rstrip(": ")
    return ".".join(parts) or "top level"
