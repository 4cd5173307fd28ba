"""The taxonomy as SQL expressions: no Python per row, equal to ``resolve`` for every row.

A row's tags are looked up by the raw names that occur in the data (a map lookup is some 30 times
faster than folding every name of every row), values by ``list_position`` over constant lists (a
CASE with a branch per value is some 50 times slower).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from tagwright.taxonomy.fold import (
    Pattern,
    fold_value,
    literal,
    quoted,
    sql_fold,
    sql_matches,
    sql_trim,
)
from tagwright.taxonomy.model import Matcher
from tagwright.taxonomy.taxonomy import Promotion

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from tagwright.taxonomy.model import AliasSpec, VirtualTagSpec
    from tagwright.taxonomy.taxonomy import Key, Taxonomy

__all__ = ["TAGGABLE_SQL", "TAG_KEYS_SQL", "promotions"]

TAG_KEYS_SQL = 'SELECT DISTINCT unnest(map_keys("Tags")) FROM {table}'
"""Gives the raw tag names that :meth:`Taxonomy.promotions` needs; ``{table}`` is yours to fill."""

TAGGABLE_SQL = (
    """COALESCE("ChargeCategory", '') NOT IN ('Tax', 'Credit', 'Adjustment', 'Purchase') AND ("""
    """COALESCE(cardinality("Tags"), 0) > 0 OR (COALESCE("ResourceId", '') <> '' AND NOT """
    """regexp_matches("ResourceId", '^arn:[^:]*:bedrock:[^:]*::')))"""
)
"""Whether somebody could have tagged what was charged; never NULL.

Not taxable categories and purchases, nor charges without a resource, nor those whose resource is
the provider's own (a Bedrock foundation model: its ARN names no account), unless they carry tags.
"""

_UPPER = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_START = '"ChargePeriodStart"'


def promotions(taxonomy: Taxonomy, tag_keys: Iterable[str]) -> list[Promotion]:
    """See :meth:`tagwright.taxonomy.Taxonomy.promotions`."""
    raw_names = sorted(set(tag_keys))
    columns: list[Promotion] = []
    for key in taxonomy.keys.values():
        value, method = _KeySql(taxonomy, key, raw_names).columns()
        columns.append(Promotion(key.column, "VARCHAR", value))
        columns.append(Promotion(key.method_column, "VARCHAR", method))
    columns.append(Promotion("x_taggable", "BOOLEAN", TAGGABLE_SQL))
    return columns


class _KeySql:
    """The expressions of one key over the raw tag names of one bill."""

    def __init__(self, taxonomy: Taxonomy, key: Key, raw_names: list[str]) -> None:
        self.taxonomy = taxonomy
        self.key = key
        self.raw_names = raw_names
        self.own = [candidate.raw for candidate in taxonomy.candidates(key.name, raw_names)]
        self.aliases = [alias for alias in taxonomy.spec.aliases if key.name in alias.means]
        self.meanings = [key.normalise(alias.means[key.name]) or "" for alias in self.aliases]

    def columns(self) -> tuple[str, str]:
        """The value and the method."""
        values: list[str] = []
        methods: list[str] = []
        for raw in self.own:
            written = self.normalised(_tag(raw))
            renamed = self.alias_of([raw])
            if renamed is None:
                values.append(written)
                methods.append(f"CASE WHEN {written} IS NOT NULL THEN 'tag' END")
                continue
            values += [renamed, written]
            methods.append(
                f"CASE WHEN COALESCE({renamed} = {written}, {renamed} IS NULL "
                f"AND {written} IS NOT NULL) THEN 'tag' "
                f"WHEN {renamed} IS NOT NULL THEN 'alias' END"
            )
        others = [raw for raw in self.raw_names if raw not in set(self.own)]
        if (found := self.alias_of(others)) is not None:
            values.append(found)
            methods.append(f"CASE WHEN {found} IS NOT NULL THEN 'alias' END")
        if (virtual := self.virtual()) is not None:
            values.append(virtual)
            methods.append(f"CASE WHEN {virtual} IS NOT NULL THEN 'virtual' END")
        if self.own:
            given = " OR ".join(f"{sql_trim(_tag(raw))} IS NOT NULL" for raw in self.own)
            methods.append(f"CASE WHEN {given} THEN 'invalid' END")
        return _coalesce(values), _coalesce(methods)

    def normalised(self, raw: str) -> str:
        """SQL twin of :meth:`Key.normalise` over an expression."""
        key, folded = self.key, sql_fold(raw)
        listed = _lookup(folded, dict(key.spellings)) if key.spellings else None
        cased = {"keep": sql_trim(raw), "lower": folded}.get(
            key.case, f"translate({sql_trim(raw)}, '{_UPPER[0]}', '{_UPPER[1]}')"
        )
        tests = []
        if key.placeholders:
            tests.append(f"{folded} NOT IN ({_literals(sorted(key.placeholders))})")
        if not key.open:
            fits = " OR ".join(sql_matches(pattern, folded) for pattern in key.patterns)
            tests.append(f"({fits})" if fits else "FALSE")
        other = f"CASE WHEN {' AND '.join(tests)} THEN {cased} END" if tests else cased
        return other if listed is None else f"COALESCE({listed}, {other})"

    def alias_of(self, raw_names: list[str]) -> str | None:
        """The meaning of the first live alias that one of those tags fits; None where none can."""
        firsts = [first for raw in raw_names if (first := self._first_alias(raw)) is not None]
        if not firsts:
            return None
        first = firsts[0] if len(firsts) == 1 else f"LEAST({', '.join(firsts)})"
        return f"([{_literals(self.meanings)}])[{first}]"

    def _first_alias(self, raw: str) -> str | None:
        """The 1-based number of the first live alias that the tag ``raw`` fits."""
        folded = sql_fold(_tag(raw))
        fits: dict[str, dict[str, int]] = {}
        branches: list[tuple[str, str, int]] = []
        for number, alias in enumerate(self.aliases, 1):
            when = _live(alias)
            for pattern in self._patterns(alias, raw):
                if pattern.exact:
                    fits.setdefault(when, {}).setdefault(pattern.prefix, number)
                else:
                    branches.append((when, sql_matches(pattern, folded), number))
        parts = [_guarded(when, _lookup(folded, numbers)) for when, numbers in fits.items()]
        if branches:
            cases = " ".join(
                f"WHEN {f'{when} AND ' if when else ''}{test} THEN {number}"
                for when, test, number in branches
            )
            parts.append(f"CASE {cases} END")
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else f"LEAST({', '.join(parts)})"

    def _patterns(self, alias: AliasSpec, raw: str) -> list[Pattern]:
        return [
            pattern
            for matcher in alias.any_of
            if self.taxonomy.fits_name(matcher, raw)
            for pattern in self.taxonomy.matcher_values(matcher)
        ]

    def virtual(self) -> str | None:
        """The value that the first live virtual tag gives; None where no rule speaks of the key."""
        rules = [rule for rule in self.taxonomy.spec.virtual_tags if self.key.name in rule.means]
        parts: list[str] = []
        # Runs of rules over one column (an account's team, say) become one lookup.
        for column, run in groupby(rules, _simple_column):
            if column is None:
                cases = [f"WHEN {self._when(rule)} THEN {self._meaning(rule)}" for rule in run]
                parts.append(f"CASE {' '.join(cases)} END")
            else:
                table: dict[str, str] = {}
                for rule in run:
                    for text in rule.when[column]:
                        meaning = self.key.normalise(rule.means[self.key.name]) or ""
                        table.setdefault(fold_value(text), meaning)
                parts.append(_lookup(sql_fold(quoted(column)), table))
        return _coalesce(parts) if parts else None

    def _meaning(self, rule: VirtualTagSpec) -> str:
        return literal(self.key.normalise(rule.means[self.key.name]) or "")

    def _when(self, rule: VirtualTagSpec) -> str:
        tests = [test] if (test := _live(rule)) else []
        for column, texts in rule.when.items():
            patterns = [Pattern.of(text) for text in texts]
            if column.startswith("tag:"):
                name = Matcher(tag=column[4:], value="*")
                names = [raw for raw in self.raw_names if self.taxonomy.fits_name(name, raw)]
                sources = [_tag(raw) for raw in names]
            else:
                sources = [quoted(column)]
            any_of = [sql_matches(p, sql_fold(source)) for source in sources for p in patterns]
            tests.append(f"({' OR '.join(any_of)})" if any_of else "FALSE")
        return " AND ".join(tests)


def _simple_column(rule: VirtualTagSpec) -> str | None:
    """The column of a rule without dates that only compares one column with whole values."""
    columns = list(rule.when)
    simple = (
        len(columns) == 1
        and not columns[0].startswith("tag:")
        and rule.start is None
        and rule.end is None
        and all(Pattern.of(text).exact for text in rule.when[columns[0]])
    )
    return columns[0] if simple else None


def _tag(raw: str) -> str:
    return f'"Tags"[{literal(raw)}]'


def _literals(texts: Iterable[str]) -> str:
    return ", ".join(literal(text) for text in texts)


def _coalesce(parts: list[str]) -> str:
    if not parts:
        return "CAST(NULL AS VARCHAR)"
    return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"


def _lookup(folded: str, table: dict[str, str] | dict[str, int]) -> str:
    """What a constant table holds for an expression; NULL where it holds nothing."""
    answers = ", ".join(literal(v) if isinstance(v, str) else str(v) for v in table.values())
    return f"([{answers}])[list_position([{_literals(table)}], {folded})]"


def _live(rule: AliasSpec | VirtualTagSpec) -> str:
    """A condition on ChargePeriodStart; empty where the rule has no dates. Never NULL."""
    tests = []
    if rule.start is not None:
        tests.append(f"{_START} >= {_timestamp(rule.start)}")
    if rule.end is not None:
        tests.append(f"{_START} < {_timestamp(rule.end)}")
    return f"COALESCE({' AND '.join(tests)}, FALSE)" if tests else ""


def _timestamp(day: dt.date) -> str:
    return f"TIMESTAMP '{day.isoformat()} 00:00:00'"


def _guarded(when: str, expression: str) -> str:
    return f"CASE WHEN {when} THEN {expression} END" if when else expression
