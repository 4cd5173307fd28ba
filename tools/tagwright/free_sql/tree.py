"""The allow-list: one SELECT over known tables and known functions, judged on DuckDB's own tree.

The tree is what ``json_serialize_sql`` gives, of DuckDB 1.5 or 2.0. Every object in it is looked
at; a kind, a function, a type or a table that is not listed is refused, so that what a later
DuckDB adds is refused too until somebody has thought about it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagwright.free_sql.functions import (
    EXPRESSIONS,
    FUNCTIONS,
    JOINS,
    MODIFIERS,
    QUERIES,
    RELATIONS,
    SQL_VALUES,
    TYPES,
    WINDOWS,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["MAX_DEPTH", "MAX_NODES", "RefusedError", "check", "fold"]

MAX_DEPTH = 800
"""Objects and lists inside each other: about 200 terms of one sum."""

MAX_NODES = 20_000
"""Objects in a statement's tree."""

_ALLOWED = QUERIES | RELATIONS | MODIFIERS | EXPRESSIONS
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOO_DEEP = "The statement is nested too deeply."
_UPPER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class RefusedError(Exception):
    """The statement is not allowed; the message says why."""


def fold(name: str) -> str:
    """The name in lower case as DuckDB folds it: ASCII letters alone.

    A Kelvin sign would become a ``k`` by ``str.lower``, and two names would be taken for one.
    """
    return name.translate(_UPPER)


def check(
    tree: Mapping[str, Any], tables: Collection[str], others: Collection[str]
) -> frozenset[str]:
    """Which of ``tables`` the statement reads.

    Args:
        tree: What ``json_serialize_sql`` gave.
        tables: Names that may be read, folded.
        others: Every other name that the database knows; no CTE may take one of them.

    Raises:
        RefusedError: It is no single SELECT, or names something that is not allowed.
    """
    if tree.get("error") is not False:
        raise RefusedError(_said(tree))
    statements = tree.get("statements")
    if not isinstance(statements, list) or len(statements) != 1:
        raise RefusedError("Send one SELECT statement at a time.")
    walk = _Walk(frozenset(tables), frozenset(others))
    try:
        walk.statement(statements[0], frozenset(), 0)
    except RecursionError:
        raise RefusedError(_TOO_DEEP) from None
    return frozenset(walk.read)


def _said(tree: Mapping[str, Any]) -> str:
    if tree.get("error_type") == "parser":
        message = str(tree.get("error_message"))
        if "depth" in message:
            return _TOO_DEEP
        return f"That is not valid SQL: {message}"
    return "Only one SELECT statement is allowed (WITH may stand before it)."


class _Walk:
    """One pass over the tree.

    A scope is the set of CTE names that can be seen where a table is named: those of statements
    around it, and those defined before it beside it; never its own.
    """

    def __init__(self, tables: frozenset[str], others: frozenset[str]) -> None:
        self.tables = tables
        self.others = others
        self.read: set[str] = set()
        self.nodes = 0

    def statement(self, node: Mapping[str, Any], scope: frozenset[str], depth: int) -> None:
        self.query(node["node"], scope, depth + 1)

    def query(self, node: Mapping[str, Any], scope: frozenset[str], depth: int) -> None:
        self._count(depth)
        kind = node.get("type")
        if kind not in QUERIES:
            raise RefusedError(f"Only SELECT is allowed ({_shown(kind)} is not).")
        _check_sample(node)
        for entry in (node.get("cte_map") or {}).get("map") or ():
            scope = self._cte(entry, scope, depth + 1)
        rest = {key: value for key, value in node.items() if key != "cte_map"}
        if kind == "RECURSIVE_CTE_NODE":
            self.query(rest.pop("left"), scope, depth + 1)
            self.query(rest.pop("right"), scope | {self._new_name(node["cte_name"])}, depth + 1)
        self._inside(rest, scope, depth)

    def _cte(self, entry: Mapping[str, Any], scope: frozenset[str], depth: int) -> frozenset[str]:
        """The scope behind a CTE."""
        name, value = self._new_name(entry["key"]), entry["value"]
        body = value["query_node"] if "query_node" in value else value["query"]["node"]
        if body.get("type") == "RECURSIVE_CTE_NODE" and fold(body["cte_name"]) != name:
            raise RefusedError("A recursive CTE must have one name.")
        self.query(body, scope, depth)
        for key, inner in value.items():
            if key not in {"query_node", "query"}:
                self._any(inner, scope, depth)
        return scope | {name}

    def _new_name(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise RefusedError("Name a CTE with letters, digits and _ alone.")
        folded = fold(name)
        if folded in self.others:
            raise RefusedError(f"{_shown(name)} cannot be the name of a CTE; choose another.")
        return folded

    def _any(self, node: Any, scope: frozenset[str], depth: int) -> None:
        if isinstance(node, list):
            for item in node:
                self._any(item, scope, depth + 1)
        elif isinstance(node, dict):
            self._object(node, scope, depth + 1)

    def _inside(self, node: Mapping[str, Any], scope: frozenset[str], depth: int) -> None:
        for value in node.values():
            self._any(value, scope, depth)

    def _object(self, node: dict[str, Any], scope: frozenset[str], depth: int) -> None:
        self._count(depth)
        if "node" in node:
            self.statement(node, scope, depth)
            return
        kind = node.get("type")
        _check_sample(node)
        if kind is None:  # a part of its parent: a branch of CASE, an argument, a pair
            self._inside(node, scope, depth)
        elif kind in QUERIES:
            self.query(node, scope, depth)
        elif kind not in _ALLOWED:
            raise RefusedError(f"{_shown(kind)} is not allowed here.{_INSTEAD.get(kind, '')}")
        else:
            self._part(kind, node, scope, depth)

    def _part(self, kind: str, node: dict[str, Any], scope: frozenset[str], depth: int) -> None:
        if kind == "BASE_TABLE":
            self._table(node, scope)
        elif kind == "VALUE_CONSTANT":
            return  # its value is data
        elif kind == "COLUMN_REF":
            _check_column(node)
        elif kind == "ORDER_MODIFIER":
            rest = [order for order in node["orders"] if not _is_all(order.get("expression"))]
            self._any(rest, scope, depth)
            return
        elif kind == "STAR" and (node.get("columns") or node.get("expr")):
            raise RefusedError("COLUMNS(…) is not allowed; name the columns.")
        elif kind == "JOIN" and node.get("ref_type") not in JOINS:
            raise RefusedError(f"A {_shown(node.get('ref_type'))} join is not allowed.")
        elif kind == "OPERATOR_CAST":
            _check_types([node.pop("type_expr", None), node.pop("cast_type", None)])
        elif kind == "FUNCTION":
            _check_function(node, FUNCTIONS)
        elif kind.startswith("WINDOW_"):
            _check_function(node, FUNCTIONS | WINDOWS)
        self._inside(node, scope, depth)

    def _table(self, node: Mapping[str, Any], scope: frozenset[str]) -> None:
        name = node["table_name"]
        path = (node.get("qualified_name") or {}).get("path", [name])
        if node.get("schema_name") or node.get("catalog_name") or path != [name]:
            raise RefusedError("Name a table by its name alone, without a schema.")
        if node.get("at_clause"):
            raise RefusedError("AT is not allowed.")
        folded = fold(name)
        if folded in scope:
            return
        if folded not in self.tables:
            known = ", ".join(sorted(self.tables)) or "none"
            raise RefusedError(f"There is no table {_shown(name)}. Tables: {known}.")
        self.read.add(folded)

    def _count(self, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise RefusedError(_TOO_DEEP)
        if self.nodes > MAX_NODES:
            raise RefusedError("The statement is too large.")


_INSTEAD = {
    "TABLE_FUNCTION": " Table functions are refused; unnest(…) may stand in the SELECT list.",
    "SHOW_REF": " To list a table's columns: SELECT * FROM charges LIMIT 0.",
    "VALUE_PARAMETER": " Write the value.",
    "PIVOT": " Use SUM(…) FILTER (WHERE …).",
}


def _check_sample(node: Mapping[str, Any]) -> None:
    if node.get("sample"):
        raise RefusedError("Samples are not allowed: their figures cannot be reproduced.")


def _is_all(node: Any) -> bool:
    """``ORDER BY ALL``: the tree has it as ``COLUMNS(*)`` with nothing in it."""
    return (
        isinstance(node, dict)
        and node.get("type") == "STAR"
        and not any(
            node.get(name)
            for name in (
                "expr", "relation_name", "exclude_list", "replace_list", "rename_list",
                "qualified_exclude_list",
            )
        )
    )  # fmt: skip


def _check_column(node: Mapping[str, Any]) -> None:
    names = node["column_names"]
    if len(names) == 1 and fold(names[0]) in SQL_VALUES:
        raise RefusedError(
            f"{_shown(names[0])} is not allowed: it could not be reproduced. Write the value."
        )


def _check_function(node: Mapping[str, Any], allowed: Collection[str]) -> None:
    name = node["function_name"]
    path = (node.get("qualified_name") or {}).get("path", [name])
    # 1.5 writes extract(…) and the like as functions of the schema main.
    plain = not node.get("catalog") and node.get("schema") in {"", "main", None}
    if not plain or path not in ([name], ["main", name]):
        raise RefusedError(f"Name the function {_shown(name)} without a schema.")
    if fold(name) not in allowed:
        raise RefusedError(f"The function {_shown(name)} is not allowed.")
    if node.get("export_state"):
        raise RefusedError("EXPORT_STATE is not allowed.")


def _check_types(node: Any) -> None:
    """Every type's name in what a cast leads to."""
    if isinstance(node, list):
        for item in node:
            _check_types(item)
    elif isinstance(node, dict):
        if node.get("class") == "CONSTANT":  # the digits of a decimal
            return
        for key, value in node.items():
            if key in {"id", "type_name"} and fold(str(value)) not in TYPES | {"struct"}:
                raise RefusedError(f"The type {_shown(value)} is not allowed.")
            if key in {"schema", "catalog"} and value:
                raise RefusedError("Name a type without a schema.")
            _check_types(value)


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
