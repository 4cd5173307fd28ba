"""What a taxonomy file may say, what it means, and how faults in it are reported."""

from __future__ import annotations

import datetime as dt

import pytest

from tagwright.config import load_settings
from tagwright.errors import ConfigError, UnknownNameError
from tagwright.taxonomy import (
    Resolution,
    default_text,
    load_taxonomy,
    parse_taxonomy,
    resolve,
)

RECS = """
keys:
  team: {layer: business, required: true}
  product: {layer: business, tag_names: [app, application], values: [recs, search, "beta-*"]}
  cost-center: {layer: business, case: upper}
  environment: {layer: workload, values: {production: [prod, live]}, open: true}
aliases:
  - any_of: ["project:recommendation-engine", "product:recs", "cost-center:CC-4421"]
    means: {product: recs, team: discovery}
    owner: dana@example.com
    from: 2026-03-01
    to: 2026-07-01
  - any_of: ["product:recommendations"]
    means: {product: recs}
  - any_of: [{tag: "aws:cloudformation:stack-name", value: "search-*"}]
    means: {product: search}
virtual_tags:
  - when: {ServiceName: "Amazon Redshift", SubAccountId: ["111", "222"]}
    means: {team: data}
  - when: {ResourceId: "arn:aws:s3:::lake-*"}
    means: {team: lake}
"""
TAXONOMY = parse_taxonomy(RECS)
MAY = dt.date(2026, 5, 1)

CASES = [
    # key, tags, row, value, method
    ("team", {"Team": " Ads "}, {}, "ads", "tag"),
    ("team", {"TEAM": "ads", "user:team": "x"}, {}, "ads", "tag"),
    ("team", {"user_team": "ads"}, {}, "ads", "tag"),
    ("team", {"te-am": "ads"}, {}, "ads", "tag"),
    ("team", {"accountTag/team": "far", "Team": "near"}, {}, "near", "tag"),
    ("team", {"accountTag/team": "far", "Team": "n/a"}, {}, "far", "tag"),
    ("team", {"aws:team": "ads"}, {}, None, None),
    ("team", {"team": ""}, {}, None, None),
    ("team", {"team": None}, {}, None, None),
    ("team", {"team": "Unknown"}, {}, None, "invalid"),
    # the order of tag_names decides, then the name
    ("product", {"application": "recs", "app": "search"}, {}, "search", "tag"),
    ("product", {"App": "search", "APP": "recs"}, {}, "recs", "tag"),
    ("product", {"app": "nonsense", "application": "recs"}, {}, "recs", "tag"),
    ("product", {"app": "nonsense"}, {}, None, "invalid"),
    ("product", {"app": "Beta-7"}, {}, "beta-7", "tag"),
    ("cost-center", {"CostCenter": "cc-9"}, {}, "CC-9", "tag"),
    ("environment", {"environment": "LIVE"}, {}, "production", "tag"),
    ("environment", {"environment": "Perf"}, {}, "perf", "tag"),
    # aliases across keys
    ("product", {"Project": "Recommendation-Engine"}, {}, "recs", "alias"),
    ("product", {"cost_center": "cc-4421"}, {}, "recs", "alias"),
    ("product", {"cost_center": "cc-4421", "app": "search"}, {}, "search", "tag"),
    ("product", {"cost_center": "cc-4421", "app": "nonsense"}, {}, "recs", "alias"),
    ("product", {"app": "recs"}, {}, "recs", "tag"),
    ("team", {"app": "recs"}, {}, "discovery", "alias"),
    ("team", {"app": "recs", "team": "ads"}, {}, "ads", "tag"),
    ("product", {"product": "Recommendations"}, {}, "recs", "alias"),
    ("product", {"aws:cloudformation:stack-name": "search-blue"}, {}, "search", "alias"),
    # virtual tags
    ("team", {}, {"ServiceName": "amazon redshift", "SubAccountId": "222"}, "data", "virtual"),
    ("team", {}, {"ServiceName": "Amazon Redshift", "SubAccountId": "333"}, None, None),
    ("team", {}, {"ServiceName": "Amazon Redshift"}, None, None),
    ("team", {"team": "tbd"}, {"ResourceId": "arn:aws:s3:::lake-1"}, "lake", "virtual"),
    ("team", {"app": "recs"}, {"ResourceId": "arn:aws:s3:::lake-1"}, "discovery", "alias"),
]


@pytest.mark.parametrize(("key", "tags", "row", "value", "method"), CASES)
def test_precedence(key, tags, row, value, method):
    assert resolve(TAXONOMY, key, tags, MAY, row)[:2] == (value, method)


@pytest.mark.parametrize(
    ("on", "value"),
    [
        (dt.date(2026, 2, 28), None),
        (dt.date(2026, 3, 1), "recs"),
        (dt.datetime(2026, 6, 30, 23, 59, tzinfo=dt.UTC), "recs"),
        (dt.date(2026, 7, 1), None),
        # 1 July 01:00 in Berlin is still June in UTC
        (dt.datetime(2026, 7, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2))), "recs"),
        (None, None),
    ],
)
def test_an_alias_holds_from_its_first_day_to_the_day_before_its_end(on, value):
    assert resolve(TAXONOMY, "product", {"cost-center": "CC-4421"}, on).value == value


def test_a_resolution_says_which_tag_decided():
    assert resolve(TAXONOMY, "team", {"app": " RECS "}, MAY) == Resolution(
        "discovery", "alias", "app", " RECS "
    )
    assert resolve(TAXONOMY, "product", {"app": "junk"}, MAY) == Resolution(
        None, "invalid", "app", "junk"
    )


def test_keys_are_found_by_any_of_their_names():
    assert TAXONOMY.key("Cost Center").column == "x_cost_center"
    assert TAXONOMY.key("application").name == "product"
    with pytest.raises(UnknownNameError) as failure:
        TAXONOMY.key("produkt")
    assert failure.value.nearest == ("product",)


FAULTS = [
    # YAML, what the message must name
    ("keys: {team: {layer: business, requird: true}}", "keys.team.requird"),
    ("keys: {team: {layer: money}}", "keys.team.layer"),
    ("keys: {}", "keys"),
    ("[]", "top level"),
    ("", "top level"),
    ("keys: {Team: {layer: business}}", "keys.Team"),
    ("keys: {team: {layer: business, values: [4421]}}", "4421 is not text"),
    ("keys: {team: {layer: business, open: false}}", "needs values"),
    ("keys: {team: {layer: business, values: {a: [x], b: [X]}}}", "spelling of both"),
    ('keys: {team: {layer: business, values: ["a*b*"]}}', "more than one"),
    ("keys: {team: {layer: business}, team: {layer: business}}", "'team' stands twice"),
    (
        ("keys: {team: {layer: business, tag_names: [app]}, "
        "product: {layer: business, tag_names: [App]}}"),
        "also belongs to key 'team'",
    ),
    ("keys: {team: {layer: business}}\naliases: [{any_of: [x], means: {team: a}}]", "tag:value"),
    ("keys: {team: {layer: business}}\naliases: [{any_of: ['a:b'], means: {x: a}}]", "means.x"),
    (
        ("keys: {team: {layer: business, values: [ads]}}\n"
        "aliases: [{any_of: ['a:b'], means: {team: nope}}]"),
        "'nope' is not a valid value",
    ),
    (
        ("keys: {team: {layer: business}}\naliases: [{any_of: ['a:b'], means: {team: a}, "
        "from: 2026-02-01, to: 2026-02-01}]"),
        "not before",
    ),
    (
        ("keys: {team: {layer: business}}\n"
        "virtual_tags: [{when: {BilledCost: x}, means: {team: a}}]"),
        "BilledCost",
    ),
    ('keys: {team: {layer: business, tag_names: ["a\\u202eb"]}}', "invisible"),
    ("keys: [unclosed", "line 1"),
    ("keys: !!python/object:os.system {}", "not valid YAML"),
    ("1: 2", "must be text"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names"), FAULTS)
def test_a_fault_names_the_file_and_the_field(text, names, tmp_path):
    path = tmp_path / "taxonomy.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as failure:
        load_taxonomy(load_settings(tmp_path))
    assert str(path) in failure.value.message
    assert names in failure.value.message
    assert "\u202e" not in str(failure.value)


def test_a_number_is_answered_with_quotes():
    with pytest.raises(ConfigError) as failure:
        parse_taxonomy(
            "keys: {cc: {layer: business}}\naliases: [{any_of: ['a:b'], means: {cc: 4421}}]"
        )
    assert "aliases.0.means.cc" in failure.value.message
    assert failure.value.hint == "Put quotes around 4421."


def test_where_a_taxonomy_comes_from(tmp_path):
    assert load_taxonomy(load_settings(tmp_path)).source == "the default taxonomy"
    (tmp_path / "taxonomy.yaml").write_text("keys: {team: {layer: business}}")
    assert list(load_taxonomy(load_settings(tmp_path)).keys) == ["team"]
    (tmp_path / "other.yaml").write_text("keys: {squad: {layer: business}}")
    other = load_settings(tmp_path, taxonomy="other.yaml")
    assert list(load_taxonomy(other).keys) == ["squad"]
    with pytest.raises(ConfigError, match=r"missing\.yaml"):
        load_taxonomy(load_settings(tmp_path, taxonomy="missing.yaml"))
    (tmp_path / "taxonomy.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_taxonomy(load_settings(tmp_path))


def test_the_default_taxonomy_reads_common_spellings():
    taxonomy = parse_taxonomy(default_text())
    assert taxonomy.required == ("team", "product", "cost-center", "environment")
    tags = {
        "user:Application": "BrightLensMatrix", "Environment": "PRD", "CostCenter": "cc-1",
        "team_name": "ML", "WorkloadType": "Fine Tuning", "Owner": "eva",
    }  # fmt: skip
    found = {name: resolve(taxonomy, name, tags).value for name in taxonomy.keys}
    assert {name: value for name, value in found.items() if value} == {
        "product": "brightlensmatrix",
        "environment": "production",
        "cost-center": "CC-1",
        "team": "ml",
        "workload-type": "fine-tuning",
    }


def test_the_digest_changes_with_the_meaning_only():
    same = "\n# a comment\n" + RECS
    assert parse_taxonomy(same).digest == TAXONOMY.digest
    for old, new in [("live", "alive"), ("2026-07-01", "2026-08-01"), ("lake-*", "lakes-*")]:
        assert parse_taxonomy(RECS.replace(old, new)).digest != TAXONOMY.digest


def test_one_text_is_parsed_once_and_an_edit_is_seen_at_once(tmp_path):
    path = tmp_path / "taxonomy.yaml"
    path.write_text("keys: {team: {layer: business}}")
    first = load_taxonomy(load_settings(tmp_path))
    assert load_taxonomy(load_settings(tmp_path)) is first
    path.write_text("keys: {team: {layer: business}, squad: {layer")  # half-written
    for _ in range(2):
        with pytest.raises(ConfigError, match="line 1: not valid YAML"):
            load_taxonomy(load_settings(tmp_path))
    path.write_text("keys: {squad: {layer: business}}")
    assert list(load_taxonomy(load_settings(tmp_path)).keys) == ["squad"]
    path.write_text("keys: {team: {layer: business}}")
    assert load_taxonomy(load_settings(tmp_path)) is first


@pytest.mark.parametrize("name", ["now", "share", "currency", "day"])
def test_a_key_that_results_have_a_column_of_is_refused(name: str) -> None:
    """Its values would be overwritten by the share, or compared as amounts."""
    with pytest.raises(ConfigError, match=f"results have a column '{name}' already"):
        parse_taxonomy(f"keys:\n  {name}: {{layer: business}}\n")


def test_what_else_a_value_is_called_and_when() -> None:
    """Spellings, and what the tags of an alias say; a value of its own key is that key's."""
    taxonomy = parse_taxonomy(
        """
        version: 1
        keys:
          product: {layer: business, values: {recs: [recommendations], search: []}}
          cost-center: {layer: business, case: upper, values: [CC-4421]}
        aliases:
          - any_of: ["project:recommendation-engine", "cost-center:CC-4421", "app:rec*"]
            means: {product: recs}
          - {any_of: ["project:finder"], means: {product: search}, from: 2026-11-01}
        """
    )
    october, november = (dt.datetime(2026, month, 5, tzinfo=dt.UTC) for month in (10, 11))
    product = taxonomy.keys["product"]
    recs = {"recommendations": "recs", "recommendation-engine": "recs"}
    assert taxonomy.called(product, october) == recs
    assert taxonomy.called(product, november) == {**recs, "finder": "search"}
    assert taxonomy.called(taxonomy.keys["cost-center"], october) == {}
