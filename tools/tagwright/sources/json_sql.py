"""SQL over documents: values, lists and maps out of JSON, tags as one JSON object.

A number comes out as DuckDB's JSON reader writes it: of more than 17 significant digits the
nearest double. No vendor here sends more, those that send money as numbers send doubles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.sources.head import sql_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "NO_TEXT",
    "bound",
    "by_name",
    "entries",
    "epoch",
    "first",
    "items",
    "labels",
    "moment",
    "nested",
    "number",
    "renamed",
    "simple_entries",
    "tags_object",
    "value",
]

NO_TEXT = "CAST(NULL AS VARCHAR)"

_TAG_LENGTH = 256
"""Characters of the longest tag value of any cloud; a longer text is something else."""


def _path(keys: tuple[str, ...]) -> str:
    return sql_text("$" + "".join(f'."{key}"' for key in keys))


def value(document: str, *keys: str) -> str:
    """The text of a value inside a document; NULL where it is absent or null."""
    return f"json_extract_string({document}, {_path(keys)})"


def nested(document: str, *keys: str) -> str:
    """A document inside a document, also where it was stored as text."""
    path = _path(keys)
    return (
        f"CASE json_type({document}, {path}) WHEN 'VARCHAR' "
        f"THEN TRY_CAST(json_extract_string({document}, {path}) AS JSON) "
        f"ELSE json_extract({document}, {path}) END"
    )


def items(document: str, *keys: str) -> str:
    """A list inside a document, as ``JSON[]``; NULL where there is none."""
    return (
        f"CASE WHEN json_type({document}, {_path(keys)}) = 'ARRAY' "
        f"THEN json_extract({document}, {_path(keys)[:-1]}[*]') END"
    )


def first(*expressions: str) -> str:
    """The first that is not NULL."""
    return f"COALESCE({', '.join(expressions)})"


def epoch(text: str, *, per_second: int = 1) -> str:
    """ISO 8601 text of a number of seconds (or ``per_second`` times as many) since 1970."""
    micros = (
        f"CAST({text} AS BIGINT) * {1_000_000 // per_second}"
        if per_second <= 1_000_000
        else f"CAST({text} AS BIGINT) // {per_second // 1_000_000}"
    )
    return f"strftime(TRY(make_timestamp({micros})), '%Y-%m-%dT%H:%M:%S.%fZ')"


def moment(text: str, *, per_second: int = 1) -> str:
    """:func:`epoch` where the text is such a number, else the text, for others to judge."""
    return first(epoch(text, per_second=per_second), text)


def number(text: str) -> str:
    """A number as a decimal; NULL where it is none."""
    return f"TRY_CAST({text} AS DECIMAL(38, 6))"


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Another word for the words in ``names`` (matched in lower case), else the text itself."""
    whens = " ".join(f"WHEN {sql_text(old)} THEN {sql_text(new)}" for old, new in names.items())
    return f"CASE lower({text}) {whens} ELSE {text} END"


def entries(document: str, *, strip: str = "") -> str:
    """A JSON object, or a MAP, as a list of key and text; keys without the regex ``strip``."""
    found = f"TRY_CAST(TRY_CAST({document} AS JSON) AS MAP(VARCHAR, VARCHAR))"
    key = f"regexp_replace(e.key, {sql_text(strip)}, '')" if strip else "e.key"
    return (
        f"list_transform(COALESCE(map_entries({found}), []), lambda e: "
        f"{{'key': {key}, 'value': NULLIF(TRIM(e.value), '')}})"
    )


def simple_entries(document: str) -> str:
    """A JSON object's texts, numbers and flags as a list of key and text; no long texts."""
    found = f"TRY_CAST({document} AS MAP(VARCHAR, JSON))"
    return (
        "list_transform(list_filter("
        f"COALESCE(map_entries({found}), []), lambda e: json_type(e.value) NOT IN "
        f"('OBJECT', 'ARRAY', 'NULL') AND length(e.value->>'$') <= {_TAG_LENGTH}), "
        "lambda e: {'key': e.key, 'value': NULLIF(TRIM(e.value->>'$'), '')})"
    )


def labels(texts: str) -> str:
    """A list of ``key:value`` texts, as ``JSON[]``, as a list of key and text; no others."""
    return (
        f"list_transform(list_filter(list_transform(COALESCE({texts}, []), lambda e: e->>'$'), "
        f"lambda e: regexp_matches(e, '^[^:]+:[^/]') AND length(e) <= {_TAG_LENGTH}), "
        "lambda e: {'key': TRIM(split_part(e, ':', 1)), "
        "'value': NULLIF(TRIM(substr(e, strpos(e, ':') + 1)), '')})"
    )


def by_name(pairs: str) -> str:
    """A list of objects with ``key`` and ``value``, as ``JSON[]``, as a list of key and text."""
    return (
        f"list_transform(COALESCE({pairs}, []), lambda e: {{'key': e->>'$.key', "
        "'value': NULLIF(TRIM(e->>'$.value'), '')})"
    )


def bound(expression: str, name: str, body: str) -> str:
    """``body``, in which ``name`` stands for an expression that is computed once a row."""
    return f"list_transform([{expression}], lambda {name}: {body})[1]"


def tags_object(*lists: str) -> str:
    """Lists of key and text as the text of one JSON object; of a key the first value counts."""
    pairs = f"list_concat({', '.join(lists)})" if len(lists) > 1 else lists[0]
    known = f"list_filter({pairs}, lambda e: e.key IS NOT NULL AND e.value IS NOT NULL)"
    once = "list_filter(_known, lambda e, i: list_position(_keys, e.key) = i)"
    text = f"CAST(to_json(map_from_entries({once})) AS VARCHAR)"
    keys = "list_transform(_known, lambda k: k.key)"
    return bound(known, "_known", bound(keys, "_keys", text))
