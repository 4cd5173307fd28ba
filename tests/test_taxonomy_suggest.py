"""What the tags of a bill could mean: proposals with their evidence, and what each is worth."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sample_home import charge, context, sample, tool_result
from tagwright.errors import MisuseError
from tagwright.ingest import refresh
from tagwright.suggestions import measure, suggest, taxonomy_text, write_taxonomy
from tagwright.suggestions.names import bare_name, head, is_own
from tagwright.taxonomy import default_text, parse_document, parse_taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tagwright.suggestions import Proposal, Suggestion

HOSTILE = {
    "a: b": "- x", "- x": "#c", "{": "}", "bad\nname": "x\ny", "🦄": "<b>", "<b>": "'\"",
    "&a": "*a", "!!python/object": "%", "nel\u0085name": "line\u2028end", "key": "a: b\n- c",
}  # fmt: skip


def found(home: Path, rows: Iterable[dict[str, Any]], taxonomy: str | None = None) -> Suggestion:
    with context(sample(home, rows, taxonomy=taxonomy)) as ctx:
        return suggest(ctx)


def tagged(*tags: dict[str, str], cost: str = "1") -> list[dict[str, Any]]:
    """A charge of its own resource for each set of tags."""
    return [charge(cost, ResourceId=f"i-{n}", Tags=own) for n, own in enumerate(tags)]


def of(suggestion: Suggestion, kind: str, key: str | None = None) -> list[Proposal]:
    return [item for item in suggestion.proposals if item.kind == kind and key in (None, item.key)]


def test_a_tag_whose_values_begin_with_the_key_covers_at_once(home: Path) -> None:
    """``owner: team-…`` on 54 of 100 is team; a person among them stays a person."""
    rows = tagged(
        *[{"owner": f"team-{name}"} for name in ("search", "ads", "ml") * 18],
        *[{"owner": "dana@example.com"}] * 6,
        *[{"note": "x"}] * 40,
    )
    result = found(home, rows)
    [proposal] = of(result, "prefix")
    assert (proposal.key, proposal.certain) == ("team", True)
    assert "“owner: team-…” looks like team." in proposal.says
    assert "3 of its 4 values say “team”, 90 % of its cost" in proposal.evidence
    assert proposal.gain == {"USD": Decimal(54)}
    assert result.before_coverage.covered["team"] == {"USD": Decimal(0)}
    assert result.after_coverage.covered["team"] == {"USD": Decimal(54)}
    assert {alias.means["team"] for alias in result.after.spec.aliases} == {"search", "ads", "ml"}


def test_where_all_values_say_so_the_tag_is_the_keys_own(home: Path) -> None:
    """So a new team of next month counts too; ``squad`` is a word for team."""
    rows = tagged(*[{"crew": f"squad_{name}"} for name in ("search", "ads") * 3], {"team": "ads"})
    result = found(home, rows)
    [proposal] = of(result, "prefix")
    assert proposal.change == {
        "keys": {
            "team": {
                "tag_names": ["crew"],
                "values": {"search": ["squad_search"], "ads": ["squad_ads"]},
                "open": True,
            }
        }
    }
    key = result.after.keys["team"]
    assert key.normalise("squad_ADS") == "ads"
    assert key.normalise("squad_new") == "squad_new"


@pytest.mark.parametrize(
    ("raw", "values", "key", "certain"),
    [
        ("costCentr", ["cc-1", "cc-2"], "cost-center", True),
        ("BillingTeamName", ["x", "y"], "team", True),
        ("enviroment", ["prod", "dev"], "environment", True),
        ("user:CostCentre ", ["cc-1"], None, None),  # known already
        ("tema", ["x", "y"], None, None),  # too short to be sure, and nothing else says so
        ("aws:team-x", ["x", "y"], None, None),  # a provider's
        ("colour", ["red", "blue"], None, None),
    ],
)
def test_names(
    home: Path, raw: str, values: list[str], key: str | None, certain: bool | None
) -> None:
    result = found(home, tagged(*[{raw: value} for value in values]))
    proposals = of(result, "tag name")
    assert [(p.key, p.certain) for p in proposals] == ([(key, certain)] if key else [])
    if key:
        assert result.after.key_of_tag(raw) is not None
        assert proposals[0].gain == {"USD": Decimal(len(values))}


def test_common_words_that_an_own_taxonomy_does_not_list(home: Path) -> None:
    taxonomy = "version: 1\nkeys:\n  team: {layer: business, required: true}\n"
    result = found(home, tagged({"squad": "ads"}, {"Team": "ml"}), taxonomy)
    [proposal] = of(result, "tag name")
    assert (proposal.key, proposal.certain, proposal.gain) == ("team", True, {"USD": Decimal(1)})
    assert "another word" in proposal.evidence


def test_a_tag_with_the_values_of_a_key_is_that_key(home: Path) -> None:
    names = ("search", "ads", "ml")
    rows = tagged(*[{"team": n} for n in names], *[{"who-runs": n} for n in names])
    [proposal] = of(found(home, rows), "tag name")
    assert (proposal.key, proposal.certain) == ("team", True)
    assert "100 % of its cost has values of team (“ads”, “ml”, “search”)" in proposal.evidence


def test_one_shared_value_says_little(home: Path) -> None:
    """Half of them another name: nothing is proposed, and two of two only for a person to judge."""
    rows = tagged({"team": "ads"}, {"who": "ads"}, {"who": "blue"})
    assert of(found(home, rows), "tag name") == []
    rows = tagged({"team": "ads"}, {"team": "ml"}, {"who": "ads"}, {"who": "ml"})
    [proposal] = of(found(home / "2", rows), "tag name")
    assert proposal.certain is False


def test_spellings_of_one_value(home: Path) -> None:
    """Separators and known short forms are certain; a slip is for a person; numbers differ."""
    rows = tagged(
        *[{"team": "data-platform"}] * 12, {"team": "Data_Platform"}, {"team": "data-platfrom"},
        *[{"team": "squad-1"}] * 9, {"team": "squad-2"},
    )  # fmt: skip
    result = found(home, rows)
    said = {(p.certain, str(p.change["keys"]["team"]["values"])) for p in of(result, "spelling")}
    assert said == {
        (True, "{'data-platform': ['data_platform']}"),
        (False, "{'data-platform': ['data-platfrom']}"),
    }
    assert result.after.keys["team"].normalise("data_platform") == "data-platform"
    assert result.after.keys["team"].normalise("another") == "another"


def test_short_forms_that_an_own_taxonomy_does_not_list(home: Path) -> None:
    taxonomy = "version: 1\nkeys:\n  environment: {layer: workload, tag_names: [env]}\n"
    rows = tagged(*[{"env": "production"}] * 3, {"env": "PRD"}, {"env": "prod"})
    result = found(home, rows, taxonomy)
    assert {result.after.keys["environment"].normalise(v) for v in ("PRD", "prod")} == {
        "production"
    }


def companions_of(*, slips: int = 0, resources: int = 6) -> list[dict[str, Any]]:
    names = {"recommendation-engine": "recs", "rank": "search"}
    rows = [
        charge("10", ResourceId=f"{project}-{n}", Tags={"proj": project, "product": product})
        for project, product in names.items()
        for n in range(resources)
    ]
    rows += [
        charge(
            "1", ResourceId=f"slip-{n}", Tags={"proj": "recommendation-engine", "product": "search"}
        )
        for n in range(slips)
    ]
    return [*rows, charge("7", ResourceId="alone", Tags={"proj": "recommendation-engine"})]


def test_values_that_always_go_together(home: Path) -> None:
    """``proj:recommendation-engine`` stands beside ``product:recs``, always, on six resources."""
    result = found(home, companions_of())
    [proposal] = of(result, "alias")
    assert (proposal.key, proposal.certain, proposal.gain) == (
        "product", True, {"USD": Decimal(7)},
    )  # fmt: skip
    assert "“proj:recommendation-engine” is “product:recs”" in proposal.says
    assert "100 % of the cost that has both, 6 resources" in proposal.evidence


def test_nearly_always_or_on_few_is_not_certain(home: Path) -> None:
    for number, rows in enumerate([companions_of(slips=2), companions_of(resources=3)]):
        result = found(home / str(number), rows)
        assert [p.certain for p in of(result, "alias")] == [False]
        assert result.after.spec.aliases == ()
    assert of(found(home / "none", companions_of(slips=40)), "alias") == []


def test_a_closed_list_only_where_nothing_is_lost_by_it(home: Path) -> None:
    """Environments are closed at once, teams by a person; 4 % of odd values are said."""
    rows = tagged(*[{"env": "prod", "team": "ads"}] * 48, *[{"env": "dev", "team": "ml"}] * 48)
    result = found(home, rows)
    assert [(p.key, p.certain) for p in of(result, "values")] == [
        ("environment", True), ("team", False),
    ]  # fmt: skip
    assert result.after.keys["environment"].open is False
    odd = [*rows, *tagged(*[{"env": f"odd-{n}", "team": "ads"} for n in range(4)])]
    result = found(home / "odd", odd)
    [proposal] = of(result, "values", "environment")
    assert (proposal.certain, proposal.gain) == (False, {"USD": Decimal(-4)})
    assert "4 other values would be invalid" in proposal.evidence


@pytest.mark.parametrize(
    "odd",
    [
        "prodution",  # beside production, which dominates
        "stagng",  # staging is common, though nobody here uses it
    ],
)
def test_a_slip_never_becomes_a_valid_value_for_certain(home: Path, odd: str) -> None:
    rows = tagged(*[{"env": "production"}] * 5, *[{"env": "dev"}] * 5, {"env": odd}, {"env": odd})
    result = found(home, rows)
    [proposal] = of(result, "values", "environment")
    assert proposal.certain is False
    assert f"“{odd}” may be a slip for “" in proposal.evidence
    key = result.after.keys["environment"]
    assert (key.open, odd in key.values) == (True, False)


def test_a_value_that_no_taxonomy_can_hold_hides_no_proposal(home: Path) -> None:
    """``*`` would be a pattern, ``null`` says nothing, a line end cannot be written: all stay."""
    odd = ["team-*", "team-null", "team-a\nb: c", "#hash", "yes"]
    rows = tagged(
        *[{"owner": f"team-{name}"} for name in ("search", "ads", "ml") * 8],
        *[{"owner": value} for value in odd],
    )
    result = found(home, rows)
    [proposal] = of(result, "prefix")
    assert (proposal.certain, proposal.gain) == (True, {"USD": Decimal(24)})
    assert {alias.means["team"] for alias in result.after.spec.aliases} == {"search", "ads", "ml"}
    assert of(result, "key") == []
    only = tagged(*[{"owner": f"team-{name}"} for name in ("search", "*", "ml")])
    [proposal] = of(found(home / "only", only), "prefix")
    assert proposal.gain == {"USD": Decimal(2)}


def test_required_keys_that_nobody_has_are_said(home: Path) -> None:
    result = found(home, tagged({"team": "ads", "product": "x", "env": "prod", "tier": "gold"},
                                {"team": "ml", "tier": "free"}))  # fmt: skip
    assert [(p.key, p.certain) for p in of(result, "unused")] == [("cost-center", False)]
    assert [(p.key, p.certain) for p in of(result, "key")] == [("tier", False)]
    assert result.after.required == result.base.required


def test_what_is_said_to_be_covered_is_what_refresh_covers(home: Path) -> None:
    """Two currencies, an own taxonomy with a dated alias and a virtual tag."""
    taxonomy = (
        "version: 1\nkeys:\n  team: {layer: business, required: true}\n"
        "aliases:\n  - {any_of: ['old:x'], means: {team: ads}, from: 2026-09-05}\n"
        "virtual_tags:\n  - {when: {ServiceName: Amazon S3}, means: {team: storage}}\n"
    )
    rows = [
        charge("3", "2026-09-01", Tags={"old": "x"}),
        charge("5", "2026-09-07", Tags={"old": "x"}),
        charge("7", ServiceName="Amazon S3", ResourceId="s3"),
        charge("11", Tags={"crew": "team-ads"}),
        charge("13", Tags={"crew": "team-ml"}, BillingCurrency="EUR"),
        charge("17", ResourceId="bare"),
        charge("19"),
    ]
    settings = sample(home, rows, taxonomy=taxonomy)
    with context(settings) as ctx:
        result = suggest(ctx)
    assert result.before_coverage.covered["team"] == {"EUR": Decimal(0), "USD": Decimal(12)}
    assert result.after_coverage.covered["team"] == {"EUR": Decimal(13), "USD": Decimal(23)}
    write_taxonomy(home / "taxonomy.yaml", taxonomy_text(result), force=True)
    assert (home / "taxonomy.yaml.old").read_text() == taxonomy
    refresh(settings)
    told = tool_result(settings, "tag_coverage", {"keys": ["team"]})
    assert {row["currency"]: row["covered"] for row in told.rows} == {
        "EUR": "13.00",
        "USD": "23.00",
    }
    with context(settings) as ctx:
        [again] = measure(ctx, [ctx.taxonomy])
    assert again == result.after_coverage


def test_hostile_tags_never_break_the_file(home: Path) -> None:
    """Each hostile name with team values, each hostile text as a value of team and of owner."""
    rows = tagged(
        *[{name: team} for name in HOSTILE for team in ("ads", "ml", "search")],
        *[{"team": team} for team in ("ads", "ml", "search")],
        *[{"team": value} for value in HOSTILE.values()],
        *[{"owner": f"team-{text}"} for text in [*HOSTILE, *HOSTILE.values()]],
    )
    result = found(home, rows)
    text = taxonomy_text(result)
    assert parse_taxonomy(text).digest == result.after.digest
    assert result.left_out == ("bad\\u000aname", "nel\\u0085name")
    # Comments taken out, nothing is different; taken in, each is YAML of its own.
    plain = "".join(line for line in text.splitlines(keepends=True) if line[:1] != "#")
    assert yaml.safe_load(plain) == yaml.safe_load(text)
    for proposal in result.proposals:
        assert "\n" not in proposal.says
        assert "\n" not in proposal.evidence


def test_a_file_that_is_there_stays(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    path = home / "taxonomy.yaml"
    assert write_taxonomy(path, "one", force=False) is None
    with pytest.raises(MisuseError, match="is there already"):
        write_taxonomy(path, "two", force=False)
    assert path.read_text() == "one"
    assert write_taxonomy(path, "two", force=True) == home / "taxonomy.yaml.old"
    assert path.read_text() == "two"
    assert (home / "taxonomy.yaml.old").read_text() == "one"
    assert write_taxonomy(path, "three", force=True) == home / "taxonomy.yaml.old.2"
    assert {p.name: p.read_text() for p in home.iterdir()} == {
        "taxonomy.yaml": "three", "taxonomy.yaml.old": "one", "taxonomy.yaml.old.2": "two",
    }  # fmt: skip


def test_nothing_to_say(home: Path) -> None:
    result = found(home, [charge("1", ResourceId="i-1")])
    assert [p for p in result.proposals if p.certain] == []
    assert result.document == yaml.safe_load(default_text()) or (
        parse_document(result.document).digest == parse_taxonomy(default_text()).digest
    )


def test_names_of_tags() -> None:
    assert bare_name("resourceTags/user:Team ") == "Team"
    assert bare_name("accountTag/cost_center") == "cost_center"
    assert [is_own(name) for name in ("user:team", "aws:team", "k8s.io/team", "")] == [
        True, False, False, False,
    ]  # fmt: skip
    assert head("owner_team_id") == ["ownerteam", "team"]
