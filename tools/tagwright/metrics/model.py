"""A question about costs as data, and what it compiles to."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tagwright.errors import MisuseError
from tagwright.results import Period
from tagwright.text import clean

__all__ = [
    "RATE_PLACES", "Compiled", "Conversion", "Cube", "Dimension", "Filter", "FilterOp", "Having",
    "Metric", "Query", "Spell",
]  # fmt: skip

RATE_PLACES = 10
"""Most decimals of an exchange rate."""

_PRODUCT_PLACES = 22
"""Of an amount times a rate: leaves 16 digits before the point of DuckDB's 38."""

FilterOp = Literal["in", "not_in", "contains", "is_null", "not_null"]
"""``in``, ``not_in`` and ``contains`` ignore case; ``not_in`` keeps rows that have no value."""


class Filter(BaseModel):
    """A condition on one dimension.

    Attributes:
        dimension: Name or synonym, a taxonomy key, or ``tag:<key>``.
        op: See :data:`FilterOp`. A value that occurs exactly as written is matched exactly;
            otherwise case is ignored. ``contains`` holds where any of the values is contained.
        values: At least one for ``in``, ``not_in`` and ``contains``; none for the other two.
        exact: Whether ``in`` and ``not_in`` mean the values exactly as written, known to occur:
            spares the statement the search for other spellings, which reads the table again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dimension: str = Field(min_length=1, max_length=300)
    op: FilterOp = "in"
    values: tuple[str, ...] = Field(default=(), max_length=1000)
    exact: bool = False

    @model_validator(mode="after")
    def _values_fit_op(self) -> Filter:
        needs = self.op in ("in", "not_in", "contains")
        if needs and not self.values:
            raise ValueError(f"{self.op} needs at least one value")
        if not needs and self.values:
            raise ValueError(f"{self.op} takes no values")
        return self


class Having(BaseModel):
    """What a figure must be: within bounds that themselves count or do not.

    Attributes:
        low: The lower bound; None for none.
        low_counts: Whether a figure equal to it is in.
        high: The upper bound; None for none.
        high_counts: Whether a figure equal to it is in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: Decimal | None = None
    low_counts: bool = True
    high: Decimal | None = None
    high_counts: bool = True

    @classmethod
    def parse(cls, text: str) -> Having:
        """From ``>1000``, ``>=1000``, ``<50``, ``<=50`` or ``100..500`` (both count).

        Raises:
            MisuseError: It is none of these.

        >>> Having.parse("> 1,000").low, Having.parse("1..2").high_counts
        (Decimal('1000'), True)
        """
        match = _HAVING.fullmatch(text.replace(",", "").replace("_", ""))
        if match is None:
            raise MisuseError(
                f"having {clean(text[:40])!r} is no threshold.",
                hint="For example >1000, >=1000, <50, <=50, 100..500.",
            )
        if match["from"]:
            return cls(low=Decimal(match["from"]), high=Decimal(match["to"]))
        counts, bound = match["op"].endswith("="), Decimal(match["bound"])
        if match["op"].startswith(">"):
            return cls(low=bound, low_counts=counts)
        return cls(high=bound, high_counts=counts)

    def holds(self, figure: Decimal | int | None) -> bool:
        """Whether a figure is so; one that is not known is not."""
        if figure is None:
            return False
        above = self.low is None or figure > self.low or (self.low_counts and figure == self.low)
        below = (
            self.high is None or figure < self.high or (self.high_counts and figure == self.high)
        )
        return above and below

    def tests(self) -> list[tuple[str, Decimal]]:
        """The comparisons that must hold: operator and bound."""
        found = []
        if self.low is not None:
            found.append((">=" if self.low_counts else ">", self.low))
        if self.high is not None:
            found.append(("<=" if self.high_counts else "<", self.high))
        return found


_HAVING = re.compile(
    r"\s*(?:(?P<op>[<>]=?)\s*(?P<bound>-?\d{1,15}(?:\.\d{1,12})?)"
    r"|(?P<from>-?\d{1,15}(?:\.\d{1,12})?)\s*\.\.\s*(?P<to>-?\d{1,15}(?:\.\d{1,12})?))\s*"
)


class Spell(BaseModel):
    """Days on which one exchange rate is used.

    Attributes:
        currency: What is converted, e.g. ``EUR``.
        start: First day, UTC.
        end: The day after the last.
        rate: What one unit is in the other currency; at most :data:`RATE_PLACES` decimals.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str
    start: dt.date
    end: dt.date
    rate: Decimal


class Conversion(BaseModel):
    """How the charges of a question become one currency.

    Attributes:
        to: Code of that currency.
        spells: Of every currency, its own among them, and every day that the question has charges
            of: a charge outside them would be in no figure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str
    spells: tuple[Spell, ...]

    @property
    def rate_places(self) -> int:
        """Decimals that its rates have."""
        return max(len(f"{spell.rate.normalize():f}".partition(".")[2]) for spell in self.spells)

    @property
    def amount_places(self) -> int:
        """Decimals of an amount that are converted; a finer one is rounded to them first."""
        return _PRODUCT_PLACES - self.rate_places


class Query(BaseModel):
    """One question: figures, by groups, of some charges.

    Attributes:
        metrics: Names or synonyms of metrics, in the order of the result's columns.
        group_by: Dimensions (or synonyms), taxonomy keys, ``tag:<key>`` and times.
        filters: All of them must hold.
        period: Charges whose ``ChargePeriodStart`` is in [start, end); None for all.
        order_by: A metric or one of ``group_by``. None: by time where the groups hold a time
            (ascending), then by the first metric.
        descending: Direction of ``order_by`` (or of the first metric).
        limit: At most so many rows; None for all.
        having: Only rows whose first metric is so.
        conversion: How money becomes one currency; None: each stays in its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: tuple[str, ...] = Field(default=("effective_cost",), min_length=1)
    group_by: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    period: Period | None = None
    order_by: str | None = None
    descending: bool = True
    limit: int | None = Field(default=None, ge=1)
    having: Having | None = None
    conversion: Conversion | None = None


class Compiled(NamedTuple):
    """A statement ready to run.

    Attributes:
        sql: DuckDB SQL with numbered placeholders (``$1``); values are never in it.
        params: Values of the placeholders, in order.
        table: The table it reads: ``charges`` or a rollup.
        columns: Names of the result's columns: the groups (canonical dimension names), then
            ``currency`` where a metric is money and ``consumed_unit`` where one is a quantity,
            then the metrics.
    """

    sql: str
    params: list[Any]
    table: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Metric:
    """One figure, defined once.

    Attributes:
        name: snake_case of the FOCUS column, e.g. ``billed_cost``.
        sql: Restricted SQL over ``charges`` (SUM, COUNT, COUNT DISTINCT), so that the same text
            compiles to Spark.
        rollup_sql: The same over a rollup; None where no rollup can give it.
        unit: ``currency``, ``count``, ``ratio``, ``price`` (currency per ConsumedUnit), or
            the column that holds the unit (``ConsumedUnit``).
        column: The FOCUS column it is made of; empty for a count of charges.
        description: One sentence for people and models.
        synonyms: Other names people use.
        of: Of a ratio, the two metrics it is the quotient of; it has no SQL of its own, because
            a quotient of sums is not a sum of quotients.
    """

    name: str
    sql: str
    rollup_sql: str | None
    unit: str
    column: str
    description: str
    synonyms: tuple[str, ...] = ()
    of: tuple[str, str] | None = None

    @property
    def is_money(self) -> bool:
        """Whether it is an amount, which never stands without its currency."""
        return self.unit == "currency"

    @property
    def adds_up(self) -> bool:
        """Whether the figures of the groups add up to that of the whole: not so distinct ones."""
        return "DISTINCT" not in self.sql


@dataclass(frozen=True)
class Dimension:
    """One thing to group or filter by, defined once.

    Attributes:
        name: snake_case of the FOCUS column, the taxonomy key, ``tag:<key>`` or a time.
        column: The column it is read from; ``Tags`` for a raw tag.
        kind: ``text``, ``flag`` (shown as ``true``/``false``), ``tag`` or ``time``.
        description: One sentence for people and models.
        synonyms: Other names people use.
        tag: The raw tag key where ``kind`` is ``tag``.
        grain: ``day``, ``week``, ``month``, ``quarter`` or ``year`` where ``kind`` is ``time``.
        key: The taxonomy key this belongs to, or empty.
    """

    name: str
    column: str
    kind: Literal["text", "flag", "tag", "time"]
    description: str
    synonyms: tuple[str, ...] = ()
    tag: str = ""
    grain: str = ""
    key: str = ""


@dataclass(frozen=True)
class Cube:
    """A rollup of ``charges`` that ingest builds and the compiler reads.

    Attributes:
        name: Table name, e.g. ``rollup_organisation``.
        columns: Its columns, in order: ``grain`` first, then dimensions, then measures.
        sql: A SELECT over ``charges`` that gives those columns. It is additive over partitions:
            every rollup holds ``x_source``, ``BillingAccountId`` and ``BillingPeriodStart``, so
            the rows of one partition can be replaced alone.
        grain: ``day`` (column ``x_day`` DATE) or ``month`` (column ``x_month`` DATE).
        dimensions: The columns that can be grouped or filtered by.
    """

    name: str
    columns: tuple[str, ...]
    sql: str
    grain: Literal["day", "month"]
    dimensions: frozenset[str]
