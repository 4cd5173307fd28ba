"""Receipts: one id per question and snapshot, the same figures again, or what changed exactly."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_home import NOW, charge, context, load, sample, tool_result
from tagwright.api import DataError, ToolContext, ToolResult, UnknownNameError, tool
from tagwright.receipts import MAX_CHARACTERS, MAX_ROWS, receipt_id, replay, run_tool
from tagwright.receipts.packing import packed, unpacked
from tagwright.receipts.replay import differences
from tagwright.registry import Registry
from tagwright.state import open_state
from tagwright.text import clean
from tagwright.warehouse import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

BY_SERVICE = {"group_by": ["service"], "period": "last_month"}


def stored(settings: Settings, name: str) -> dict[str, Any]:
    state = open_state(settings)
    try:
        found = state.load_receipt(name)
    finally:
        state.close()
    assert found is not None
    return found


def receipt_of(result: ToolResult) -> str:
    assert result.receipt is not None
    return result.receipt


def registry(*tools: Any) -> Registry:
    found = Registry()
    for each in tools:
        found.add(each)
    return found


def test_a_receipt_holds_what_was_asked_and_answered(home: Path) -> None:
    settings = sample(home, [charge("1.25"), charge("2", ServiceName="S3")])
    result = tool_result(settings, "query_costs", BY_SERVICE)
    receipt = stored(settings, receipt_of(result))
    assert receipt["tool"] == "query_costs"
    assert receipt["arguments"]["period"] == "2026-09-01/2026-10-01"
    assert receipt["arguments"]["group_by"] == ["service"]
    assert receipt["result"]["rows"] == result.rows
    total = {"currency": "USD", "effective_cost": "3.25", "average": "1.625", "values": 2}
    assert receipt["result"]["totals"] == [total]
    assert receipt["created_at"] == "2026-10-02T12:00:00+00:00"
    assert receipt["queries"]
    assert all(len(query["sha256"]) == 64 for query in receipt["queries"])
    assert receipt_id(receipt) == receipt["id"]


def test_the_same_question_on_the_same_snapshot_has_one_id(home: Path) -> None:
    settings = sample(home, [charge("1.25")])
    first = tool_result(settings, "query_costs", BY_SERVICE)
    later = tool_result(settings, "query_costs", BY_SERVICE, now=NOW + dt.timedelta(days=3))
    spelled = {"group_by": ["service"], "period": "2026-09"}
    assert first.receipt == later.receipt == tool_result(settings, "query_costs", spelled).receipt
    # The first one stays: a receipt says when the figure was first given.
    assert stored(settings, receipt_of(first))["created_at"].startswith("2026-10-02T12:00")
    other = tool_result(settings, "query_costs", {**BY_SERVICE, "metric": "billed_cost"})
    assert other.receipt != first.receipt
    load(home, [charge("1.25", "2026-08-01")], name="august.csv")
    assert tool_result(settings, "query_costs", BY_SERVICE).receipt != first.receipt


def test_replay_on_the_same_snapshot(home: Path) -> None:
    settings = sample(home, [charge("1.25", Tags={"team": "ads"})])
    for name, arguments in {
        "query_costs": BY_SERVICE,
        "describe_data": {},
        "tag_coverage": {"group_by": ["resource_id"]},
        "explain_change": {"period": "2026-09"},
        "map_workloads": {},
    }.items():
        receipt = receipt_of(tool_result(settings, name, arguments))
        load(home, [charge("9", "2026-08-01", ResourceId=name)], name=f"{name}.csv")
        found = replay(receipt, settings)
        assert (found.status, found.statements_differ) == ("same", []), (name, found.message)
        assert found.statements > 0


def test_replay_after_the_snapshot_is_gone_says_what_changed(home: Path) -> None:
    """September is restated: EC2 1.25 becomes 1.5, S3 goes, Glue comes."""
    (home / "tagwright.toml").write_text("keep_snapshots = 1\n")
    settings = sample(home, [charge("1.25"), charge("2", ServiceName="S3")])
    receipt = receipt_of(tool_result(settings, "query_costs", BY_SERVICE))
    load(home, [charge("1.5"), charge("3", ServiceName="Glue")])
    found = replay(receipt, settings)
    assert found.status == "changed"
    assert "is no longer kept" in found.message
    assert [(d.where, d.name, d.before, d.after) for d in found.totals] == [
        ({"currency": "USD"}, "effective_cost", "3.25", "4.50"),
        ({"currency": "USD"}, "average", "1.625", "2.25"),
    ]
    rows = {(d.where["service_name"], d.name): (d.before, d.after) for d in found.rows}
    assert rows["Amazon EC2", "effective_cost"] == ("1.25", "1.50")
    assert rows["S3", "effective_cost"] == ("2.00", None)
    assert rows["Glue", "effective_cost"] == (None, "3.00")


def test_replay_after_the_snapshot_is_gone_with_the_same_figures(home: Path) -> None:
    """A name with a hidden character is shown cleaned, then and now."""
    (home / "tagwright.toml").write_text("keep_snapshots = 1\n")
    settings = sample(home, [charge("1.25", ServiceName="S\u202e3")])
    receipt = receipt_of(tool_result(settings, "query_costs", BY_SERVICE))
    load(home, [charge("9", "2026-08-01")], name="august.csv")
    found = replay(receipt, settings)
    assert (found.status, found.rows) == ("same", [])
    assert "is no longer kept" in found.message


def test_an_altered_receipt_is_found_out(home: Path) -> None:
    from sqlalchemy import text

    settings = sample(home, [charge("1.25")])
    receipt = receipt_of(tool_result(settings, "query_costs", BY_SERVICE))
    state = open_state(settings)
    body = json.dumps(stored(settings, receipt)).replace('"1.25"', '"9.99"')
    with state.engine.begin() as con:
        con.execute(text("UPDATE receipts SET body = :b"), {"b": body})
    state.close()
    assert replay(receipt, settings).status == "altered"


@pytest.mark.parametrize("body", ["{not json", "[]", '{"tool": "query_costs"}'])
def test_a_damaged_receipt_says_so(body: str, home: Path) -> None:
    from sqlalchemy import text

    settings = sample(home, [charge("1.25")])
    receipt = receipt_of(tool_result(settings, "query_costs", BY_SERVICE))
    state = open_state(settings)
    with state.engine.begin() as con:
        con.execute(text("UPDATE receipts SET body = :b"), {"b": body})
    state.close()
    with pytest.raises(DataError, match="damaged"):
        replay(receipt, settings)


def test_an_unknown_receipt(home: Path) -> None:
    settings = sample(home, [charge("1")])
    with pytest.raises(UnknownNameError):
        replay("rcp_0000000000000000", settings)


def test_a_tool_that_asked_nothing_has_no_receipt(home: Path) -> None:
    @tool
    def idle(ctx: ToolContext) -> ToolResult:
        """Asks nothing."""
        return ToolResult(notes=["idle"])

    settings = sample(home, [charge("1")])
    assert tool_result(settings, "idle", registry=registry(idle)).receipt is None


def test_two_tools_in_one_context_have_receipts_of_their_own(home: Path) -> None:
    from tagwright.registry import load_registry

    settings = sample(home, [charge("1")])
    with context(settings) as ctx:
        tools = load_registry()
        first = run_tool(tools, "query_costs", {"period": "2026-09"}, ctx)
        run_tool(tools, "describe_data", {}, ctx)
        again = run_tool(tools, "query_costs", {"period": "2026-09"}, ctx)
    assert first.receipt == again.receipt


def test_results_are_capped_and_harmless(home: Path) -> None:
    """Escapes, bidi overrides and too many rows of a careless tool do not get out."""
    evil = "a\x1b[31m\u202eb"

    @tool
    def careless(ctx: ToolContext, *, wide: int = 0) -> ToolResult:
        """Careless."""
        ctx.query("SELECT 1")
        row = {evil: evil, "cost": "1.00", "wide": "x" * wide}
        return ToolResult(rows=[row] * (MAX_ROWS + 5), notes=[evil], details={"d": [{evil: evil}]})

    settings = sample(home, [charge("1")])
    result = tool_result(settings, "careless", registry=registry(careless))
    assert (len(result.rows), result.row_count) == (MAX_ROWS, MAX_ROWS + 5)
    assert "Only 1000 of 1005 rows are kept" in result.notes[-1]
    shown = json.dumps(result.model_dump(mode="json"), ensure_ascii=False)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert result.details["d"] == [{clean(evil): clean(evil)}]
    result = tool_result(settings, "careless", {"wide": 5000}, registry=registry(careless))
    assert 0 < len(json.dumps(result.rows, ensure_ascii=False)) <= MAX_CHARACTERS * 1.01


def test_a_proposing_tool_is_not_run_again(home: Path) -> None:
    runs = []

    @tool(effect="propose")
    def propose(ctx: ToolContext) -> ToolResult:
        """Proposes."""
        runs.append(1)
        ctx.query('SELECT SUM("EffectiveCost") FROM charges')
        return ToolResult()

    (home / "tagwright.toml").write_text("keep_snapshots = 1\n")
    settings = sample(home, [charge("1")])
    tools = registry(propose)
    receipt = receipt_of(tool_result(settings, "propose", registry=tools))
    load(home, [charge("2")])
    found = replay(receipt, settings, registry=tools)
    assert (found.status, found.statements_differ, runs) == ("changed", [1], [1])


PARAMS = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.dates(), st.datetimes(),
        st.decimals(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@given(PARAMS)
def test_a_parameter_comes_back_as_it_was(value: Any) -> None:
    back = unpacked(json.loads(json.dumps(packed(value))))
    assert back == value
    assert type(back) is type(value)


def test_a_float_is_no_parameter() -> None:
    with pytest.raises(TypeError):
        packed(0.1)


ROWS = st.lists(
    st.fixed_dictionaries(
        {"service_name": st.sampled_from([None, "a", "b", "c"]),
         "cost": st.decimals(-9, 9, places=2).map(str)},
    ),
    max_size=4, unique_by=lambda row: row["service_name"],
)  # fmt: skip


@given(before=ROWS, after=ROWS)
def test_differences_are_those_and_no_others(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    old = {row["service_name"]: row["cost"] for row in before}
    new = {row["service_name"]: row["cost"] for row in after}
    expected = {
        (name, old.get(name), new.get(name))
        for name in {*old, *new}
        if old.get(name) != new.get(name)
    }
    found = {(d.where.get("service_name"), d.before, d.after) for d in differences(before, after)}
    assert found == expected


def test_rows_that_say_the_same_of_themselves_are_told_apart_by_order() -> None:
    row = {"name": "x", "cost": "1.00"}
    (found,) = differences([row, row], [row, {**row, "cost": "2.00"}])
    assert (found.before, found.after) == ("1.00", "2.00")
    assert Decimal(str(found.after)) == 2


# --- names of accounts ------------------------------------------------------------------------

ACCOUNTS = [
    charge("3", ResourceId="a", SubAccountId="111", SubAccountName="shop-prod"),
    charge("2", ResourceId="b", SubAccountId="222", SubAccountName=""),
    charge("1", "2026-08-01", ResourceId="c", SubAccountId="333", SubAccountName="shop-old"),
]
BOTH = {"sub_account_id": {"111": "shop-prod", "333": "shop-old"}}


@pytest.mark.parametrize(
    ("name", "arguments", "names"),
    [
        ("query_costs", {"group_by": ["account"]}, BOTH),
        (
            "query_costs",
            {"group_by": ["account"], "limit": 1},
            {"sub_account_id": {"111": "shop-prod"}},
        ),
        ("query_costs", {"group_by": ["payer"]}, {"billing_account_id": {"acct": "Acme"}}),
        ("query_costs", {"group_by": ["account", "sub_account_name"]}, None),  # it stands there
        ("query_costs", {}, None),
        ("tag_coverage", {"keys": ["team"], "group_by": ["account"]}, BOTH),
        ("describe_data", {"dimension": "account"}, BOTH),
        ("explain_change", {"period": "2026-09", "by": ["account"]}, BOTH),
        ("explain_change", {"period": "2026-09", "by": ["service"]}, None),
    ],
)
def test_a_result_says_what_its_accounts_are_called(
    home: Path, name: str, arguments: dict[str, Any], names: dict[str, Any] | None
) -> None:
    taxonomy = "keys:\n  team: {layer: business, required: true, values: [a]}\n"
    result = tool_result(sample(home, ACCOUNTS, taxonomy=taxonomy), name, arguments)
    assert result.details.get("names") == names
    values = {value for row in result.rows for value in row.values()}
    assert not names or not values & {"shop-prod", "shop-old", "Acme"}  # rows have the ids


def test_a_renamed_account_leaves_the_receipt_as_it_is(home: Path, tmp_path: Path) -> None:
    asked = {"group_by": ["account"]}
    settings = [
        sample(where, [charge("3", SubAccountId="111", SubAccountName=name)])
        for where, name in ((home, "one"), (tmp_path / "b", "two"))
    ]
    results = [tool_result(item, "query_costs", asked) for item in settings]
    assert [item.details["names"]["sub_account_id"]["111"] for item in results] == ["one", "two"]
    kept = [
        stored(item, receipt_of(result)) for item, result in zip(settings, results, strict=True)
    ]
    assert kept[0]["queries"] == kept[1]["queries"]
    assert kept[0]["result"] == kept[1]["result"]


def test_no_name_is_looked_for_where_no_account_is_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = sample(home, ACCOUNTS)
    asked: list[str] = []
    real = Snapshot.query

    def query(self: Snapshot, sql: str, *more: Any, **options: Any) -> Any:
        asked.append(sql)
        return real(self, sql, *more, **options)

    monkeypatch.setattr(Snapshot, "query", query)
    tool_result(settings, "query_costs", BY_SERVICE)
    assert not [sql for sql in asked if "SubAccountName" in sql]
    tool_result(settings, "query_costs", {"group_by": ["account"]})
    assert len([sql for sql in asked if "SubAccountName" in sql]) == 1
    tool_result(settings, "query_costs", {"group_by": ["account"]})
    assert len([sql for sql in asked if "SubAccountName" in sql]) == 1  # a snapshot never changes


def test_names_that_a_tool_gives_itself_stand(home: Path) -> None:
    @tool
    def customers(ctx: ToolContext) -> ToolResult:
        """Says what a customer is called, and its account otherwise than the bill."""
        ctx.query("SELECT 1")
        names = {"customer": {"c1": "Ann"}}
        rows = [{"customer": "c1", "sub_account_id": "111"}]
        return ToolResult(rows=rows, details={"names": names})

    with context(sample(home, ACCOUNTS)) as ctx:
        result = run_tool(registry(customers), "customers", {}, ctx)
    assert result.details["names"] == {"customer": {"c1": "Ann"}}
