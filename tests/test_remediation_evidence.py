"""What a bill says of an untagged resource: each sign, conflicts, and silence."""

from __future__ import annotations

from typing import Any

import pytest

from tagwright.remediation.evidence import Neighbourhood, Resource, physical_tag, suggest
from tagwright.taxonomy import Taxonomy
from tagwright.taxonomy.model import TaxonomySpec

TAXONOMY = Taxonomy(
    TaxonomySpec.model_validate(
        {
            "keys": {
                "team": {
                    "layer": "business",
                    "values": ["discovery", "assistants", "platform"],
                    "tag_names": ["squad"],
                },
                "product": {"layer": "business", "values": ["recs", "search", "web-search"]},
                "environment": {
                    "layer": "workload",
                    "values": {"production": ["prod"], "test": []},
                },
            }
        }
    )
)
TEAM, PRODUCT, ENVIRONMENT = (TAXONOMY.keys[name] for name in ("team", "product", "environment"))


def resource(name: str, **more: Any) -> Resource:
    return Resource(
        **{
            "arn": f"arn:aws:ec2:us-east-1:111122223333:instance/{name}",
            "name": name,
            "account": "111122223333",
            "region": "us-east-1",
            "service": "EC2",
            "tags": {},
            "values": {},
            **more,
        }
    )


def around(*tagged: Resource) -> Neighbourhood:
    return Neighbourhood(TAXONOMY, tagged)


@pytest.mark.parametrize(
    ("lacking", "tagged", "key", "value", "evidence"),
    [
        (
            resource("gpu-7", earlier={"team": "platform"}),
            [],
            TEAM,
            "platform",
            "it had team platform before",
        ),
        (
            resource("x", written={"team": "discovry"}),
            [],
            TEAM,
            "discovery",
            "team is written 'discovry', most like 'discovery'",
        ),
        (
            resource("recs-trainer-3"),
            [],
            PRODUCT,
            "recs",
            "its name 'recs-trainer-3' holds 'recs'",
        ),
        (
            resource("api-prod-1"),
            [],
            ENVIRONMENT,
            "production",
            "its name 'api-prod-1' holds 'prod'",
        ),
        (
            resource("node-9"),
            [
                resource("node-1", values={"team": "platform"}),
                resource("node-2", values={"team": "platform"}),
            ],
            TEAM,
            "platform",
            "2 of 2 called node have it",
        ),
        (
            resource("q", account="9", values={"product": "recs"}),
            [
                resource("a", values={"product": "recs", "team": "discovery"}),
                resource("b", values={"product": "recs", "team": "discovery"}),
            ],
            TEAM,
            "discovery",
            "2 of 2 resources of product recs have it",
        ),
        (
            resource("q"),
            [resource(f"{letter}x", values={"team": "assistants"}) for letter in "abcd"],
            TEAM,
            "assistants",
            "4 of 4 tagged resources of account 111122223333 have it",
        ),
    ],
)
def test_signs(
    lacking: Resource, tagged: list[Resource], key: Any, value: str, evidence: str
) -> None:
    found = suggest(key, lacking, around(*tagged))
    assert found
    assert found.value == value
    assert evidence in found.evidence
    assert 50 <= found.confidence <= 97


def test_signs_add_up_and_rivals_take_away() -> None:
    siblings = [resource(f"recs-{n}", values={"product": "recs"}) for n in (1, 2)]
    name_only = suggest(PRODUCT, resource("recs-box"), around())
    both = suggest(PRODUCT, resource("recs-3"), around(*siblings))
    rival = suggest(PRODUCT, resource("recs-3", earlier={"product": "search"}), around(*siblings))
    assert name_only
    assert both
    assert rival
    assert name_only.confidence < both.confidence
    assert rival.confidence < 70
    assert any(line.startswith("against: ") for line in rival.evidence)


def test_the_longer_word_is_meant() -> None:
    found = suggest(PRODUCT, resource("web-search-2"), around())
    assert found
    assert found.value == "web-search"


@pytest.mark.parametrize(
    ("lacking", "tagged"),
    [
        (resource("i-0abc"), []),
        (resource("x", written={"team": "zzzzzz"}), []),
        # Half of the account is no sign.
        (
            resource("q"),
            [
                resource(f"t{n}x", values={"team": t})
                for n, t in enumerate(["platform", "discovery"] * 3)
            ],
        ),
        (resource("searching"), []),
    ],
)
def test_without_a_sign_nothing_is_said(lacking: Resource, tagged: list[Resource]) -> None:
    assert suggest(TEAM, lacking, around(*tagged)) is None


@pytest.mark.parametrize(
    ("tags", "common", "written"),
    [
        ({"Squad": "oops"}, ["team"], ("Squad", "oops")),
        ({"user:Team": ""}, [], ("Team", "")),
        ({"accountTag/team": "x"}, ["user:TEAM"], ("TEAM", None)),
        ({}, [], ("team", None)),
    ],
)
def test_which_tag_is_written(
    tags: dict[str, str], common: list[str], written: tuple[str, str | None]
) -> None:
    assert physical_tag(TEAM, resource("x", tags=tags), TAXONOMY, common) == written
