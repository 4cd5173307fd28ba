"""Compiled statements are kept in the home: the same text, never another code's or taxonomy's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sample_home import charge, sample
from tagwright.metrics import Catalogue, Filter, Query, compile_query, statements
from tagwright.metrics import compile as compile_module
from tagwright.metrics.statements import FILE, Statements
from tagwright.taxonomy import default_text, parse_taxonomy

CATALOGUE = Catalogue(parse_taxonomy(default_text()))
MADE = ("SELECT 1", ("one",))


def never() -> tuple[str, tuple[str, ...]]:
    raise AssertionError("it was kept")


def kept(home: Path) -> Statements:
    """What another process would find."""
    found = Statements()
    found.keep_in(home)
    return found


def test_what_one_process_made_the_next_reads(home: Path) -> None:
    first = kept(home)
    assert first.get("rows", CATALOGUE, ("charges", 20), lambda: MADE) == MADE
    first.save()
    again = Catalogue(parse_taxonomy(default_text()))
    assert kept(home).get("rows", again, ("charges", 20), never) == MADE


@pytest.mark.parametrize(
    ("kind", "taxonomy", "shape"),
    [
        ("count", default_text(), ("charges", 20)),
        ("rows", default_text(), ("charges", 21)),
        ("rows", "keys: {team: {layer: business}}", ("charges", 20)),
    ],
)
def test_another_question_or_taxonomy_has_its_own(
    home: Path, kind: str, taxonomy: str, shape: tuple[str, int]
) -> None:
    first = kept(home)
    first.get("rows", CATALOGUE, ("charges", 20), lambda: MADE)
    first.save()
    other = Catalogue(parse_taxonomy(taxonomy))
    assert kept(home).get(kind, other, shape, lambda: ("SELECT 2", ())) == ("SELECT 2", ())


def test_another_codes_statements_are_not_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept(home)
    first.get("rows", CATALOGUE, ("charges", 20), lambda: MADE)
    first.save()
    monkeypatch.setattr(statements, "_code", lambda: "another")
    assert kept(home).get("rows", CATALOGUE, ("charges", 20), lambda: ("new", ())) == ("new", ())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"code": "x"}', '{"made": 3}'])
def test_a_damaged_file_is_as_good_as_none(home: Path, text: str) -> None:
    (home / FILE).write_text(text)
    found = kept(home)
    assert found.get("rows", CATALOGUE, (), lambda: MADE) == MADE
    found.save()
    assert json.loads((home / FILE).read_text())["made"]


@pytest.mark.parametrize("entry", [None, 3, "SELECT", ["SELECT"], ["SELECT", [1]], [1, []]])
def test_an_entry_that_is_none_of_ours_is_compiled_anew(home: Path, entry: object) -> None:
    first = kept(home)
    first.get("rows", CATALOGUE, (), lambda: MADE)
    first.save()
    document = json.loads((home / FILE).read_text())
    document["made"] = dict.fromkeys(document["made"], entry)
    (home / FILE).write_text(json.dumps(document))
    assert kept(home).get("rows", CATALOGUE, (), lambda: ("new", ())) == ("new", ())


def test_a_home_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    found = kept(tmp_path / "gone")
    assert found.get("rows", CATALOGUE, (), lambda: MADE) == MADE
    found.save()
    assert not (tmp_path / "gone").exists()


def test_the_compiler_is_not_even_imported(home: Path) -> None:
    """The second of two processes that ask the same."""
    settings = sample(home, [charge("1")])
    code = (
        "import sys; from tagwright_agent.cli import main; "
        "main(['tool', 'query_costs', '{\"group_by\": \"service\"}', '--home', sys.argv[1]])"
    )
    first = subprocess.run(
        [sys.executable, "-c", code, str(settings.home)], capture_output=True, check=True
    )
    made = json.loads((home / FILE).read_text())["made"].values()
    loaded = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint('sqlglot' in sys.modules)", str(settings.home)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert loaded.stdout == f"{first.stdout.decode()}False\n"
    assert made


QUERIES = [
    Query(metrics=(metric,), group_by=groups, filters=filters, limit=limit)
    for metric in ("effective_cost", "charge_count", "resource_count")
    for groups in ((), ("service_name",), ("month", "team"), ("tag:Owner",), ("tag:owner",))
    for filters in (
        (),
        (Filter(dimension="team", values=("a",)),),
        (Filter(dimension="team", op="is_null"),),
    )
    for limit in (None, 5)
]


def test_what_is_kept_is_to_the_letter_what_is_compiled(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No two questions share a key that mean different statements."""
    fresh = []
    for query in QUERIES:
        monkeypatch.setattr(compile_module, "STATEMENTS", Statements())
        fresh.append(compile_query(query, CATALOGUE))
    writing = kept(home)
    monkeypatch.setattr(compile_module, "STATEMENTS", writing)
    assert [compile_query(query, CATALOGUE) for query in QUERIES] == fresh
    writing.save()
    reading = kept(home)
    monkeypatch.setattr(compile_module, "STATEMENTS", reading)
    monkeypatch.setattr(compile_module._Compiler, "_rows", never)
    again = Catalogue(parse_taxonomy(default_text()))
    assert [compile_query(query, again) for query in QUERIES] == fresh
