"""When two spellings are the same: tag names, values and patterns, in Python and in SQL.

Each rule stands here twice, as a Python function and as a DuckDB expression; tests prove that
both give the same for every code point.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "SPACES",
    "Pattern",
    "fold_name",
    "fold_value",
    "literal",
    "quoted",
    "sql_fold",
    "sql_let",
    "sql_matches",
    "sql_trim",
    "strip_prefix",
    "trim",
]

SPACES = " \t\n\r\x0b\x0c\u00a0\u200b\u3000\ufeff"
"""What is cut from both ends of tag names and values (people paste them from spreadsheets)."""

PREFIXES = (
    ("", 0),
    ("user:", 0),
    ("user_", 0),
    ("resourcetags/user:", 0),
    ("iamprincipal/", 1),
    ("userattribute/", 2),
    ("accounttag/", 3),
)
"""Prefixes that exports put before a tag's own name, with how far from the resource it was set.

CUR 2.0 writes ``user_team`` or ``user:team`` for a resource's tag, and ``iamPrincipal/``,
``userAttribute/`` and ``accountTag/`` for the tags of the principal, the user and the account.
``aws:`` and other providers' prefixes stay part of the name: such tags are not the user's.
"""


def trim(value: str) -> str:
    """``value`` without :data:`SPACES` at its ends."""
    return value.strip(SPACES)


def _lower(value: str) -> str:
    """Simple lower case, one code point for one, as DuckDB's ``lower`` does.

    ``str.lower`` would make two characters of U+0130 and look at the neighbours of a sigma.
    """
    if value.isascii():
        return value.lower()
    return "".join("i" if char == "\u0130" else char.lower() for char in value)


def fold_value(value: str) -> str:
    """The form under which two values are the same: trimmed, simple lower case."""
    return _lower(trim(value))


def fold_name(name: str) -> str:
    """The form under which two tag names are the same: also without ``-``, ``_`` and spaces.

    >>> fold_name(" Cost_Center "), fold_name("cost-center")
    ('costcenter', 'costcenter')
    """
    return fold_value(name).replace("-", "").replace("_", "").replace(" ", "")


def strip_prefix(name: str) -> list[tuple[str, int]]:
    """Readings of a raw tag name as (folded name, distance from the resource), whole name first.

    >>> strip_prefix("accountTag/Team")
    [('accounttag/team', 0), ('team', 3)]
    """
    lowered = fold_value(name)
    return [
        (fold_name(lowered[len(prefix) :]), distance)
        for prefix, distance in PREFIXES
        if lowered.startswith(prefix)
    ]


class Pattern(NamedTuple):
    """A folded value that may hold one ``*``: ``prefix * suffix``, or exact."""

    prefix: str
    suffix: str
    exact: bool

    @classmethod
    def of(cls, text: str) -> Pattern:
        """Read a pattern; the text is folded like values are.

        Raises:
            ValueError: It holds more than one ``*``, or nothing.
        """
        folded = fold_value(text)
        if not folded:
            raise ValueError("a value must not be empty")
        if folded.count("*") > 1:
            raise ValueError(f"{text!r} holds more than one *")
        prefix, star, suffix = folded.partition("*")
        return cls(prefix, suffix, not star)

    def matches(self, folded: str) -> bool:
        """Whether a value, already folded, fits; an empty one never does."""
        if self.exact:
            return folded == self.prefix
        return (
            folded != ""
            and len(folded) >= len(self.prefix) + len(self.suffix)
            and folded.startswith(self.prefix)
            and folded.endswith(self.suffix)
        )


def literal(text: str) -> str:
    """``text`` as a SQL string literal (DuckDB has no backslash escapes in plain literals)."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """``name`` as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def sql_let(name: str, expression: str, body: str) -> str:
    """``body`` with ``name`` standing for the value of ``expression``, which is computed once.

    DuckDB computes a repeated part of a CASE again each time; a lambda's argument is not.
    """
    return f"list_transform([{expression}], lambda {name}: {body})[1]"


def sql_trim(expression: str) -> str:
    """SQL twin of :func:`trim`.

    Most values begin and end with a visible ASCII character; the slow trim is for the rest.
    """
    test = "x[1] BETWEEN '!' AND '~' AND x[-1] BETWEEN '!' AND '~'"
    return sql_let("x", expression, f"CASE WHEN {test} THEN x ELSE trim(x, {literal(SPACES)}) END")


def sql_fold(expression: str) -> str:
    """SQL twin of :func:`fold_value`."""
    return f"lower({sql_trim(expression)})"


def sql_matches(pattern: Pattern, folded: str) -> str:
    """SQL twin of :meth:`Pattern.matches` over an expression that is already folded.

    FALSE, and not NULL, where the expression is NULL.
    """
    if pattern.exact:
        return f"COALESCE({folded} = {literal(pattern.prefix)}, FALSE)"
    tests = [f"length({folded}) >= {max(1, len(pattern.prefix) + len(pattern.suffix))}"]
    if pattern.prefix:
        tests.append(f"starts_with({folded}, {literal(pattern.prefix)})")
    if pattern.suffix:
        tests.append(f"ends_with({folded}, {literal(pattern.suffix)})")
    return f"COALESCE({' AND '.join(tests)}, FALSE)"
