"""Who sees a part of the data is answered as if nothing else were there."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, given
from hypothesis import settings as effort_of
from hypothesis import strategies as st

from effort import examples
from scope_world import (
    ANN,
    MARKED,
    ROWS,
    SEES,
    TEAMS,
    ask,
    billed,
    called,
    filled,
    in_bill,
    in_usage,
    people,
)
from tagwright.people import Principal

if TYPE_CHECKING:
    from collections.abc import Iterable


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("query_costs", {}),
    ("query_costs", {"group_by": ["team"], "metric": "billed_cost"}),
    ("query_costs", {"group_by": ["service_name", "month"]}),
    ("query_costs", {"group_by": ["resource_id"], "limit": 50}),
    ("query_costs", {"group_by": ["tag:owner"], "period": "2026-09"}),
    *(
        ("query_costs", {"filters": [{"dimension": "team", "values": [team]}]})
        for team in (*TEAMS, "tm-serch")
    ),
    ("query_costs", {"filters": [{"dimension": "account", "values": ["nm-ac-200"]}]}),
    ("describe_data", {}),
    ("describe_data", {"catalogue": True}),
    ("describe_data", {"dimension": "tags", "limit": 100}),
    ("describe_data", {"dimension": "team", "search": "tm-lab"}),
    ("describe_data", {"dimension": "region_id", "limit": 100}),
    ("explain_change", {"period": "2026-09", "compare_to": "2026-08"}),
    ("tag_coverage", {"keys": ["team"], "group_by": ["service_name"]}),
    ("tag_coverage", {"keys": ["team"], "part": "untagged"}),
    ("map_workloads", {"period": "all"}),
    ("unit_costs", {}),
    ("unit_costs", {"group_by": ["team"]}),
    ("unit_costs", {"group_by": ["model"], "filters": [{"dimension": "model", "values": ["md"]}]}),
    ("run_sql", {"sql": "SELECT ResourceId, EffectiveCost FROM charges ORDER BY ALL"}),
    ("run_sql", {"sql": "SELECT count(*) AS n FROM usage"}),
    ("run_sql", {"sql": "SELECT * FROM rollup_organisation WHERE md5(x_day::VARCHAR) = ''"}),
    ("propose_tag_fixes", {}),
    ("get_plan", {}),
]  # fmt: skip
_UNLIKE = {"receipt", "snapshot", "published_at", "types"}
"""Of another home's file, or of when it was made; a decimal's type has the digits of the bill."""


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        # What a taxonomy lists beside what the data has is shown to who sees everything.
        keys = value.keys() - _UNLIKE - ({"values"} if "layer" in value else set())
        return {key: plain(value[key]) for key in keys}
    return [plain(one) for one in value] if isinstance(value, list) else value


def texts(rows: Iterable[dict[str, Any]]) -> set[str]:
    """Every text that a row alone has."""
    found: set[str] = set()
    for row in rows:
        for text in json.dumps(row).replace('\\"', '"').split('"'):
            if text[:2] in MARKED and text[2:3] == "-":
                found.add(text)
    return found


# Each example ingests twice; that a smaller one fails as well is not worth minutes.
@effort_of(max_examples=examples(30), phases=(Phase.generate,))
@given(ROWS, SEES, st.sets(st.sampled_from(range(len(QUESTIONS))), min_size=4, max_size=6))
def test_every_tool_answers_as_if_only_their_rows_were_there(
    rows: list[dict[str, Any]], sees: list[dict[str, list[str]]], asked: set[int]
) -> None:
    usage = [called(row, number) for number, row in enumerate(rows)]
    charges = [billed(row) for row in rows]
    mine = [one for one, row in zip(charges, rows, strict=True) if in_bill(row, sees)]
    used = [one for one, row in zip(usage, rows, strict=True) if in_usage(row, sees)]
    foreign = texts([*charges, *usage]) - texts([*mine, *used])
    foreign |= {row["team"] for row in rows if row["team"]} - {
        row["team"] for row in rows if in_bill(row, sees) or in_usage(row, sees)
    }
    with tempfile.TemporaryDirectory() as folder:
        whole = filled(Path(folder) / "whole", charges, usage)
        people(whole.home, *sees)
        alone = filled(Path(folder) / "alone", mine, used) if mine or used else None
        for tool, arguments in (QUESTIONS[number] for number in sorted(asked)):
            told = ask(whole, ANN, tool, **arguments)
            said, given_ = json.dumps(told), json.dumps(arguments)
            assert not [text for text in foreign if text in said and text not in given_], told
            if alone is not None:
                expected = ask(alone, Principal("cli:x", "cli", "x"), tool, **arguments)
                assert plain(told) == plain(expected), (tool, arguments)
