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
    sql_let,
    sql_matches,
    sql_trim,
)
from tagwright.taxonomy.keys import Promotion
from tagwright.taxonomy.model import Matcher

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from tagwright.taxonomy.keys import Key
    from tagwright.taxonomy.model import AliasSpec, VirtualTagSpec
    from tagwright.taxonomy.taxonomy import Taxonomy

__all__ = ["TAGGABLE_SQL", "TAGGED_SQL", "TAG_KEYS_SQL", "promotions"]

TAG_KEYS_SQL = 'SELECT DISTINCT unnest(map_keys("Tags")) FROM {table}'
"""Gives the raw tag names that :func:`promotions` needs; ``{table}`` is yours to fill."""

TAGGABLE_SQL = (
    """COALESCE("ChargeCategory", '') NOT IN ('Tax', 'Credit', 'Adjustment', 'Purchase') AND ("""
    """COALESCE(cardinality("Tags"), 0) > 0 OR (COALESCE("ResourceId", '') <> '' AND NOT """
    """regexp_matches("ResourceId", '^arn:[^:]*:bedrock:[^:]*::')))"""
)
"""Whether somebody could have tagged what was charged; never NULL.

Not taxable categories and purchases, nor charges without a resource, nor those whose resource is
the provider's own (a Bedrock foundation model: its ARN names no account), unless they carry tags.
"""

TAGGED_SQL = (
    """len(list_filter(COALESCE(map_keys("Tags"), []), lambda w: """
    f"""NOT regexp_matches({sql_trim("w")}, '^(resourcetags/)?aws:', 'i'))) > 0"""
)
"""Whether it carries any tag that somebody gave it, be its value empty; never NULL.

AWS alone sets tags whose names begin with ``aws:``.
"""

_UPPER = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_METHODS = {"t": "tag", "a": "alias", "v": "virtual", "i": "invalid"}
_RENAMED = "CASE WHEN r = n THEN 't' || r ELSE 'a' || r END"
_START = '"ChargePeriodStart"'


def promotions(taxonomy: Taxonomy, tag_keys: Iterable[str]) -> list[Promotion]:
    """Columns for ingest: per key its value and method, ``x_tagged`` and ``x_taggable``.

    Args:
        taxonomy: The taxonomy.
        tag_keys: Every distinct raw tag name that occurs in the charges (see
            :data:`TAG_KEYS_SQL`). Looking up known names is some 30 times faster than folding
            every name of every row; a name that is not given is not seen.
    """
    raw_names = sorted(set(tag_keys))
    columns: list[Promotion] = []
    for key in taxonomy.keys.values():
        value, method = _KeySql(taxonomy, key, raw_names).columns()
        columns.append(Promotion(key.column, "VARCHAR", value))
        columns.append(Promotion(key.method_column, "VARCHAR", method))
    columns.append(Promotion("x_tagged", "BOOLEAN", TAGGED_SQL))
    columns.append(Promotion("x_taggable", "BOOLEAN", TAGGABLE_SQL))
    return columns


class _KeySql:
    """The expressions of one key over the raw tag names of one bill.

    Value and method come out of one text, a letter for the method before the value, so that a
    tag is read and folded once for both columns: ``trecs``, ``arecs``, ``vrecs``, ``i``.
    """

    def __init__(self, taxonomy: Taxonomy, key: Key, raw_names: list[str]) -> None:
        self.taxonomy = taxonomy
        self.key = key
        self.raw_names = raw_names
        self.own = [candidate.raw for candidate in taxonomy.candidates(key.name, raw_names)]
        self.aliases = [alias for alias in taxonomy.spec.aliases if key.name in alias.means]
        self.meanings = [key.normalise(alias.means[key.name]) or "" for alias in self.aliases]

    def columns(self) -> tuple[str, str]:
        """The value and the method."""
        parts = [self.candidate(raw) for raw in self.own]
        others = [raw for raw in self.raw_names if raw not in set(self.own)]
        firsts = [
            sql_let("v", sql_fold(_tag(raw)), first)
            for raw in others
            if (first := self._first_alias(raw, "v")) is not None
        ]
        if firsts:
            parts.append(f"'a' || ([{_literals(self.meanings)}])[{_least(firsts)}]")
        if (virtual := self.virtual()) is not None:
            parts.append(f"'v' || {virtual}")
        if self.own:
            given = " OR ".join(f"{sql_trim(_tag(raw))} <> ''" for raw in self.own)
            parts.append(f"CASE WHEN {given} THEN 'i' END")
        if not parts:
            return "NULL", "NULL"
        coded = _coalesce(parts)
        methods = f"([{_literals(_METHODS.values())}])"
        method = f"{methods}[list_position([{_literals(_METHODS)}], left({coded}, 1))]"
        return f"NULLIF(substr({coded}, 2), '')", method

    def candidate(self, raw: str) -> str:
        """Method letter and value of one tag of this key; NULL where its value is not valid."""
        if (first := self._first_alias(raw, "lower(w)")) is None:
            body = f"'t' || {self.normalised('w')}"
        else:
            renamed = f"([{_literals(self.meanings)}])[{first}]"
            body = sql_let(
                "n",
                self.normalised("w"),
                f"COALESCE({sql_let('r', renamed, _RENAMED)}, 't' || n)",
            )
        return sql_let("w", sql_trim(_tag(raw)), f"CASE WHEN w <> '' THEN {body} END")

    def normalised(self, trimmed: str) -> str:
        """SQL twin of :meth:`Key.normalise` over a trimmed text that is not empty."""
        key = self.key
        cased = {"keep": trimmed, "lower": "f"}.get(
            key.case, f"translate({trimmed}, '{_UPPER[0]}', '{_UPPER[1]}')"
        )
        tests = []
        if key.placeholders:
            known = f"list_position([{_literals(sorted(key.placeholders))}], f)"
            tests.append(f"COALESCE({known}, 0) = 0")
        if not key.open:
            fits = " OR ".join(sql_matches(pattern, "f") for pattern in key.patterns)
            tests.append(f"({fits})" if fits else "FALSE")
        body = f"CASE WHEN {' AND '.join(tests)} THEN {cased} END" if tests else cased
        if key.spellings:
            body = f"COALESCE({_lookup('f', dict(key.spellings))}, {body})"
        return sql_let("f", f"lower({trimmed})", body)

    def _first_alias(self, raw: str, folded: str) -> str | None:
        """The 1-based number of the first live alias that a tag fits; None where none can.

        Args:
            raw: Name of the tag.
            folded: Expression of its folded value.
        """
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
        return _least(parts) if parts else None

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
            fits = " OR ".join(sql_matches(pattern, "v") for pattern in patterns)
            any_of = [sql_let("v", sql_fold(source), fits) for source in sources]
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


def _least(parts: list[str]) -> str:
    """The smallest that is not NULL (DuckDB's LEAST passes over NULL)."""
    return parts[0] if len(parts) == 1 else f"LEAST({', '.join(parts)})"


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
