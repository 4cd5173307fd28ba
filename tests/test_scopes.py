"""Who may see a part of the data: it is as if nothing else were there."""

from __future__ import annotations

import datetime as dt
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
from focus_files import write_focus
from plans import NOW as PLANS_NOW
from plans import arn, change, plan_of, plan_store
from sample_home import NOW, charge
from tagwright.config import Settings, load_settings
from tagwright.context import ToolContext, open_context
from tagwright.errors import (
    AccessError,
    ConfigError,
    SnapshotError,
    TagwrightError,
    UnknownNameError,
)
from tagwright.ingest import ingest
from tagwright.people import Principal, Scope
from tagwright.receipts import replay, run_tool
from tagwright.registry import load_registry
from usage_files import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALL = Principal("all", "cli", "all")
ANN = Principal("ann", "cli", "ann")
REGISTRY = load_registry()


def people(home: Path, *sees: Mapping[str, Iterable[str]]) -> None:
    """ann, who sees that (each by a group), and all, who sees everything."""
    groups = {
        f"g{number}": {"members": ["ann"], "sees": {key: list(v) for key, v in one.items()}}
        for number, one in enumerate(sees)
    }
    who = {name: {"cli": [name], "may": ["ask", "propose"]} for name in ("ann", "all")}
    (home / "people.yaml").write_text(json.dumps({"people": who, "groups": groups}))


def filled(
    home: Path, charges: list[dict[str, Any]], usage: list[dict[str, Any]] | None = None
) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    files = []
    if charges:
        files.append(write_focus(home.parent / f"{home.name}.csv", charges))
    if usage:
        files.append(lines(home.parent / f"{home.name}.jsonl", *usage))
    settings = load_settings(home)
    report = ingest(settings, files)
    assert not [file for file in report.files if file.error or file.rejected]
    return settings


def ask(settings: Settings, who: Principal, tool: str, **arguments: Any) -> Any:
    """A tool's result as JSON, or its error's."""
    with open_context(settings, who, now=NOW) as ctx:
        try:
            return run_tool(REGISTRY, tool, arguments, ctx).model_dump(mode="json")
        except TagwrightError as error:
            return error.as_dict()


# --- as if nothing else were there ----------------------------------------------------------------

TEAMS = ("tm-search", "tm-ads", "tm-labs")
ACCOUNTS = ("ac-100", "ac-200")
SERVICES = ("sv-compute", "sv-store", "sv-train")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "team": st.sampled_from((*TEAMS, "")),
            "account": st.sampled_from(ACCOUNTS),
            "service": st.sampled_from(SERVICES),
            "currency": st.sampled_from(["USD", "USD", "EUR"]),
            "cost": st.integers(-999, 99999),
            "day": st.integers(0, 61),
            "mark": st.sampled_from(["one", "two"]),
        }
    ),
    min_size=1,
    max_size=14,
)
SEES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "team": st.lists(st.sampled_from(TEAMS), min_size=1, max_size=2, unique=True),
            "sub_account_id": st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=1),
            "Service Name": st.lists(st.sampled_from(SERVICES), min_size=1, max_size=2),
        },
    ).filter(bool),
    min_size=1,
    max_size=2,
)
MARKED = ("rs", "nm", "tg", "tv", "ds", "rg", "md")
"""What each row's own texts begin with: they are looked for in what another is told."""


def billed(row: dict[str, Any]) -> dict[str, Any]:
    own = f"{row['mark']}-{row['team'] or 'nobody'}-{row['account']}-{row['service']}"
    tags = {"team": row["team"]} if row["team"] else {}
    return charge(
        f"{row['cost'] / 100:.2f}",
        (dt.date(2026, 8, 1) + dt.timedelta(days=row["day"])).isoformat(),
        BillingCurrency=row["currency"],
        SubAccountId=row["account"],
        SubAccountName=f"nm-{row['account']}",
        ServiceName=row["service"],
        ResourceId=f"rs-{own}",
        ChargeDescription=f"ds-{own}",
        RegionId=f"rg-{own}",
        Tags={**tags, f"tg-{own}": f"tv-{own}", "owner": f"tv-{own}"},
    )


def called(row: dict[str, Any], number: int) -> dict[str, Any]:
    """A request of the row's team; telemetry names no account and no service here."""
    day = dt.date(2026, 8, 1) + dt.timedelta(days=row["day"])
    return {
        "schema": "tagwright.usage/1",
        "row_id": f"r{number}",
        "start_time": f"{day}T10:00:00Z",
        "gen_ai.provider.name": "openai",
        "gen_ai.response.model": f"md-{row['mark']}-{row['team'] or 'nobody'}",
        "gen_ai.usage.input_tokens": abs(row["cost"]),
        "gen_ai.usage.output_tokens": 1,
        **({"tags": {"team": row["team"]}} if row["team"] else {}),
    }


def in_bill(row: dict[str, Any], sees: list[dict[str, list[str]]]) -> bool:
    fields = {"team": "team", "sub_account_id": "account", "Service Name": "service"}
    return any(all(row[fields[key]] in values for key, values in one.items()) for one in sees)


def in_usage(row: dict[str, Any], sees: list[dict[str, list[str]]]) -> bool:
    # The account is a column of usage, which these rows leave empty; the service is none.
    return any(one.keys() == {"team"} and row["team"] in one["team"] for one in sees)


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
            {key: value for key, value in row.items() if key != "share"}
            for row in told["rows"]
            if row["target"] in teams
        ]

    # Also a team's that has no charge of its own, but by the rule.
    assert lines_of(hers) == lines_of(everything)
    assert len(lines_of(hers)) == len(hers["rows"])
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
