"""Who may see a part of the data: what is shown, kept and refused."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given
from hypothesis import settings as effort_of
from hypothesis import strategies as st
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from effort import examples
from fake_tagging import ACCOUNT
from plans import NOW as PLANS_NOW
from plans import arn, change, plan_of, plan_store
from sample_home import NOW, charge
from scope_world import ALL, ANN, REGISTRY, ROWS, TEAMS, ask, billed, filled, people
from tagwright.config import Settings
from tagwright.context import ToolContext, open_context
from tagwright.errors import (
    AccessError,
    ConfigError,
    SnapshotError,
    UnknownNameError,
)
from tagwright.people import Principal, Scope
from tagwright.receipts import replay, run_tool

if TYPE_CHECKING:
    pass


TEAM = """
version: 1
keys:
  team: {layer: business, required: true, tag_names: [team],
         values: {tm-search: [srch], tm-ads: [], tm-elsewhere: []}, open: true}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A bill of search (10), ads (30) and nobody (8 of a platform), and search's telemetry."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "taxonomy.yaml").write_text(TEAM)
    rows = [
        charge("10.00", "2026-09-01", ResourceId="i-1", Tags={"team": "tm-search"}),
        charge("30.00", "2026-09-02", ResourceId="i-2", Tags={"team": "tm-ads"}),
        charge("8.00", "2026-09-03", ServiceName="Platform", SubAccountName="Hidden"),
    ]
    found = filled(home, rows)
    people(home, {"team": ["srch"]})
    return found


def test_the_sums_of_a_part_and_two_people_by_turns(settings: Settings) -> None:
    for who, total in [(ANN, "10.00"), (ALL, "48.00"), (ANN, "10.00"), (ALL, "48.00")]:
        assert ask(settings, who, "query_costs")["totals"] == [
            {"currency": "USD", "effective_cost": total}
        ]
        sql = {"sql": "SELECT SUM(EffectiveCost) AS s FROM charges"}
        assert [float(row["s"]) for row in ask(settings, who, "run_sql", **sql)["rows"]] == [
            float(total)
        ]


def test_sql_reaches_no_table_of_others(settings: Settings) -> None:
    for table in ("whole.charges", "charges", "rollup_organisation", "files", "rejects"):
        said = ask(settings, ANN, "run_sql", sql=f"SELECT * FROM {table}")
        assert not any(text in json.dumps(said) for text in ("tm-ads", "i-2", "Platform", "Hidden"))


def test_the_file_of_a_part_is_made_once_for_its_owner_alone(settings: Settings) -> None:
    ask(settings, ANN, "query_costs")
    folder = settings.home / "warehouse" / "scopes"
    [file] = folder.glob("*.duckdb")
    made = file.stat()
    assert (folder.stat().st_mode & 0o777, made.st_mode & 0o777) == (0o700, 0o600)
    assert b"tm-ads" not in file.read_bytes()
    ask(settings, ANN, "describe_data")
    assert file.stat().st_mtime_ns == made.st_mtime_ns
    file.write_bytes(b"")  # cut: it is made again
    assert ask(settings, ANN, "query_costs")["totals"][0]["effective_cost"] == "10.00"
    assert [one.name for one in folder.glob("building-*")] == []


def test_few_files_are_kept_and_none_of_a_snapshot_that_is_gone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagwright.warehouse.part._KEPT", 2)
    folder = settings.home / "warehouse" / "scopes"
    (folder).mkdir()
    (folder / "gone+0123456789abcdef.duckdb").write_bytes(b"old")
    (folder / "building-0.duckdb").write_bytes(b"of one that was killed")
    for team in ("tm-search", "tm-ads", "tm-elsewhere"):
        people(settings.home, {"team": [team]})
        ask(settings, ANN, "describe_data", catalogue=True)
    assert len(list(folder.glob("*.duckdb"))) == len(list(folder.glob("*.values.json"))) == 2
    assert not [*folder.glob("gone*"), *folder.glob("building*")]


def test_what_only_others_have_reads_as_unknown_and_is_not_suggested(settings: Settings) -> None:
    for name in ("tm-ads", "tm-adz", "tm-elsewhere", "nothing like it"):
        found = ask(settings, ANN, "query_costs", filters=[{"dimension": "team", "values": [name]}])
        assert (found["type"], found["message"]) == ("UnknownNameError", f"Unknown team {name!r}.")
        assert "tm-ads" not in found["hint"]
        assert "elsewhere" not in found["hint"]
    catalogue = ask(settings, ANN, "describe_data", catalogue=True)["details"]["catalogue"]
    assert [key["values"] for key in catalogue["taxonomy"]] == [["tm-search"]]


def test_who_sees_by_an_unknown_name_sees_nothing_and_the_others_go_on(settings: Settings) -> None:
    people(settings.home, {"taem": ["tm-search"]})
    with open_context(settings, ANN) as ctx, pytest.raises(ConfigError, match="'taem'"):
        ctx.snapshot  # noqa: B018
    assert ask(settings, ALL, "query_costs")["totals"][0]["effective_cost"] == "48.00"
    people(settings.home, {"team": ["nobody-has-this"]})
    assert ask(settings, ANN, "query_costs")["totals"] == []


def test_whose_rows_are_is_not_known_after_the_taxonomy_changed(settings: Settings) -> None:
    (settings.home / "taxonomy.yaml").write_text(TEAM.replace("[srch]", "[srch, find]"))
    with (
        open_context(settings, ANN) as ctx,
        pytest.raises(SnapshotError, match="tagwright refresh"),
    ):
        ctx.snapshot  # noqa: B018


def test_an_edit_of_people_holds_from_the_next_call(settings: Settings) -> None:
    assert ask(settings, ANN, "query_costs")["totals"][0]["effective_cost"] == "10.00"
    people(settings.home, {"team": ["tm-search"]}, {"service_name": ["Platform"]})
    assert ask(settings, ANN, "query_costs")["totals"][0]["effective_cost"] == "18.00"


# --- receipts -------------------------------------------------------------------------------------


def test_a_receipt_is_found_by_who_sees_all_that_it_was_asked_of(settings: Settings) -> None:
    hers = ask(settings, ANN, "query_costs")["receipt"]
    theirs = ask(settings, ALL, "query_costs")["receipt"]
    assert hers != theirs
    assert replay(hers, settings, principal=ANN).status == "same"
    assert replay(hers, settings, principal=ALL).status == "same"
    assert replay(theirs, settings, principal=ALL).status == "same"
    with pytest.raises(UnknownNameError) as refused:
        replay(theirs, settings, principal=ANN)
    with pytest.raises(UnknownNameError) as unknown:
        replay("rcp_0000000000000000", settings, principal=ANN)
    assert str(refused.value) == str(unknown.value).replace("rcp_0000000000000000", theirs)
    people(settings.home, {"team": ["tm-ads"]})
    with pytest.raises(UnknownNameError):
        replay(hers, settings, principal=ANN)


@pytest.mark.parametrize(
    ("mine", "other", "covers"),
    [
        ([{"team": ["a", "b"]}], [{"team": ["a"]}], True),
        ([{"team": ["a"]}], [{"team": ["a", "b"]}], False),
        ([{"team": ["a"]}], [{"team": ["a"], "region_id": ["x"]}], True),
        ([{"team": ["a"], "region_id": ["x"]}], [{"team": ["a"]}], False),
        ([{"team": ["a"]}, {"team": ["b"]}], [{"team": ["b"]}], True),
        ([{"team": ["a"]}], [{"region_id": ["x"]}], False),
    ],
)
def test_which_scope_covers_which(mine: Any, other: Any, *, covers: bool) -> None:
    assert Scope.of(mine).covers(Scope.of(other)) is covers


# --- allocation -----------------------------------------------------------------------------------

RULES = """
rules:
  - {id: part-of-tm-ads-too, match: [{dimension: service_name, values: [Platform]}],
     to: [team], by: direct}
"""


def test_shares_are_of_everything_and_only_lines_of_the_scope_are_shown(
    settings: Settings,
) -> None:
    (settings.home / "allocation.yaml").write_text(RULES)
    everything = ask(settings, ALL, "allocate_costs", dimension="team")
    hers = ask(settings, ANN, "allocate_costs", dimension="team")
    amounts = [
        (row["target"], row["method"], row["effective_cost"]) for row in everything["rows"]
        if row["target"] == "tm-search"
    ]  # fmt: skip
    assert amounts == [("tm-search", "tags", "10.00"), ("tm-search", "direct", "2.00")]
    assert [
        (row["target"], row["method"], row["effective_cost"]) for row in hers["rows"]
    ] == amounts
    assert hers["totals"] == [{"currency": "USD", "effective_cost": "12.00"}]
    said = json.dumps(hers)
    assert said.count("tm-ads") == said.count("part-of-tm-ads-too") == 2  # its line's rule
    found = replay(hers["receipt"], settings, principal=ANN)
    assert found.status == "same", found.message
    [query] = [one for one in found.receipt["queries"] if one.get("whole")]
    assert (query["params"], query["rows"]) == ([], 2)
    (settings.home / "allocation.yaml").write_text("rules: []")
    assert replay(hers["receipt"], settings, principal=ANN).status == "changed"


@effort_of(max_examples=examples(15), phases=(Phase.generate,))
@given(ROWS, st.sets(st.sampled_from(TEAMS), min_size=1, max_size=2))
def test_allocated_lines_are_those_of_everybody_as_far_as_they_are_theirs(
    rows: list[dict[str, Any]], teams: set[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = filled(Path(folder) / "home", [billed(row) for row in rows])
        people(settings.home, {"team": teams})
        (settings.home / "allocation.yaml").write_text(
            "rules: [{id: r, match: [{dimension: team, op: is_null}], to: [team], by: even, "
            f"targets: [{', '.join(TEAMS)}]}}]"
        )
        asked = {"dimension": "team", "period": "2026-08-01/2026-10-02", "limit": 200}
        everything = ask(settings, ALL, "allocate_costs", **asked)
        hers = ask(settings, ANN, "allocate_costs", **asked)

    def lines_of(told: Any) -> list[dict[str, Any]]:
        return [
            {key: value for key, value in row.items() if key not in ("share", "kind_share")}
            for row in told["rows"]
            if row["target"] in teams
        ]

    # Also a team's that has no charge of its own, but by the rule.
    assert lines_of(hers) == lines_of(everything)
    assert len(lines_of(hers)) == len(hers["rows"])
    assert not any("kind_share" in row for row in hers["rows"])  # of all, which she does not see
    for other in set(TEAMS) - teams:
        assert other not in json.dumps(hers)


@pytest.mark.parametrize(
    "sees", [{"service_name": ["Platform"]}, {"team": ["tm-search"], "service_name": ["X"]}]
)
def test_a_scope_that_is_of_more_than_the_target_shows_no_target(
    settings: Settings, sees: dict[str, list[str]]
) -> None:
    people(settings.home, sees)
    found = ask(settings, ANN, "allocate_costs", dimension="team")
    assert (found["rows"], found["totals"]) == ([], [])


def test_what_is_made_of_all_charges_is_refused_to_who_sees_a_part(settings: Settings) -> None:
    from tagwright.allocation import charge_lines, explain, load_rules
    from tagwright.reports.showback import make_pages

    rules = load_rules(settings)

    def nothing(ctx: ToolContext, period: Any) -> Any:
        raise AssertionError(ctx, period)

    with open_context(settings, ANN, now=NOW) as ctx:
        period = ctx.period("2026-09")
        for made in (
            lambda: explain(ctx, rules, dimension="team", period=period),
            lambda: charge_lines(ctx, rules, dimension="team", period=period),
            lambda: make_pages(
                ctx, REGISTRY, period,
                dimension="team", cost_basis="effective_cost", allocator=nothing,
            ),
        ):  # fmt: skip
            with pytest.raises(AccessError, match="made of all charges"):
                made()


def test_faults_of_rules_that_name_others_are_told_to_who_sees_everything(
    settings: Settings,
) -> None:
    fault = RULES.replace(
        "dimension: service_name, values: [Platform]", "dimension: tm-ads-x, values: [y]"
    )
    (settings.home / "allocation.yaml").write_text(fault)
    assert "tm-ads-x" in json.dumps(ask(settings, ALL, "allocate_costs", dimension="team"))
    said = ask(settings, ANN, "allocate_costs", dimension="team")
    assert (said["type"], said["message"]) == (
        "ConfigError", "The allocation rules do not fit the data.",
    )  # fmt: skip
    (settings.home / "allocation.yaml").write_text("rules: [{id: tm-ads-y, by: nothing}]")
    assert "tm-ads-y" in json.dumps(ask(settings, ALL, "allocate_costs", dimension="team"))
    assert said == ask(settings, ANN, "allocate_costs", dimension="team")


# --- plans, conversations, resources --------------------------------------------------------------


def test_plans_are_seen_where_all_of_their_resources_are_in_the_scope(settings: Settings) -> None:
    def scopes(**teams: str) -> dict[str, Any]:
        return {"expected": {"scopes": {arn(int(n[1:])): {"team": t} for n, t in teams.items()}}}

    mine = change(1, "env", None, "x")
    plans = [
        plan_of(mine, plan_id="pln-mine", by="all", **scopes(n1="tm-search")),
        plan_of(mine, change(2, "env"), plan_id="pln-both", by="all",
                **scopes(n1="tm-search", n2="tm-ads")),
        plan_of(mine, plan_id="pln-unsaid", by="all"),
        plan_of(change(3), plan_id="pln-asked", by="ann"),
    ]  # fmt: skip
    with plan_store(settings.home) as store:
        for plan in plans:
            store.save(plan, PLANS_NOW)

    def listed(who: Principal) -> set[str]:
        with open_context(settings, who, now=PLANS_NOW) as ctx:
            found = run_tool(REGISTRY, "get_plan", {}, ctx)
        assert found.row_count == len(found.rows)
        return {str(row["plan"]) for row in found.rows}

    assert listed(ALL) == {"pln-mine", "pln-both", "pln-unsaid", "pln-asked"}
    assert listed(ANN) == {"pln-mine", "pln-asked"}
    said = ask(settings, ANN, "get_plan", plan_id="pln-bothh")
    assert (said["type"], "pln-both" in said["hint"]) == ("UnknownNameError", False)
    people(settings.home, {"sub_account_id": [ACCOUNT], "region_id": ["us-east-1"]})
    assert listed(ANN) == {"pln-mine", "pln-both", "pln-unsaid", "pln-asked"}
    people(settings.home, {"sub_account_id": [ACCOUNT], "region_id": ["eu-west-1"]})
    assert listed(ANN) == {"pln-asked"}


def test_the_same_at_the_terminal_where_the_journal_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tagwright_agent.cli import main

    with plan_store(settings.home) as store:
        store.save(plan_of(change(1), plan_id="pln-theirs", by="all"), PLANS_NOW)
    monkeypatch.setattr("tagwright.people.doors.os_user", lambda: "ann")
    for verb, status in [("plans", 0), ("plan show pln-theirs", 2), ("apply pln-theirs", 1),
                         ("journal", 1)]:  # fmt: skip
        assert main([*verb.split(), "--home", str(settings.home), "--json"]) == status, verb
        said = capsys.readouterr()
        assert "i-0001" not in said.out + said.err, verb


def test_a_conversation_of_everything_is_no_conversation_of_a_part(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tagwright_agent.session import Session

    def user(name: str) -> None:
        monkeypatch.setattr("tagwright.people.doors.os_user", lambda: name)

    user("all")
    with Session(settings, "talk") as session:
        assert "48.00" in session.ask("total cost in september 2026").answer
        user("ann")  # the same process, another person: nothing kept answers her
        assert "10.00" in session.ask("total cost in september 2026").answer
        assert "tm-ads" not in session.ask("cost of team tm-adz in september 2026").answer
    assert Session(settings, "talk").thread != "talk"
    assert not Session(settings, "talk").begun()
    named = Session(settings, "talk").thread
    assert Session(settings, named).thread == named


async def test_resources_of_a_server_keep_to_it(settings: Settings) -> None:
    from tagwright_mcp.calls import Calls
    from tagwright_mcp.resources import Resources

    theirs = ask(settings, ALL, "query_costs")["receipt"]
    hers = ask(settings, ANN, "query_costs")["receipt"]
    resources = Resources(Calls(REGISTRY, settings, lambda: ANN))
    assert "tm-elsewhere" not in await resources.taxonomy()
    assert json.loads(await resources.receipt(hers))["id"] == hers
    with pytest.raises(ResourceNotFoundError):
        await resources.receipt(theirs)
