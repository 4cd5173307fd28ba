"""Pieces of our own SQL as trees, parsed once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["named", "tree"]


def named(name: str) -> exp.Expr:
    """A column of that name."""
    from sqlglot import exp

    return exp.column(name, quoted=True)


@lru_cache(maxsize=256)
def _parsed(template: str) -> exp.Expr:
    from sqlglot import parse_one

    return parse_one(template, dialect="duckdb")


def tree(template: str, **holes: exp.Expr) -> exp.Expr:
    """A piece of our own SQL as a tree, its unquoted names replaced by the given trees."""
    from sqlglot import exp

    def fill(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name in holes and not node.this.args.get("quoted"):
            return holes[node.name].copy()
        return node

    return _parsed(template).copy().transform(fill, copy=False)
