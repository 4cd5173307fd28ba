"""What cannot be in a plan, and the words that say why."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_tagging import ACCOUNT
from plans import change, plan_of
from tagwright.remediation.limits import fault_of_item, fault_of_plan, fault_of_tag


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("aws:search", "s that begin with aws: are AWS's own"),
        ("AWS:search", "s that begin with aws: are AWS's own"),
        (" ads", "begins or ends with a blank"),
        ("ads ", "begins or ends with a blank"),
        (" ", "begins or ends with a blank"),
        ("a\u200bds", r"holds '\u200b', which AWS does not allow"),  # zero-width
        ("a\u202eds", r"holds '\u202e', which AWS does not allow"),  # right to left from here
        ("a\ufe0fds", r"holds '\ufe0f', which AWS does not allow"),  # variation selector
        ("a\U000e0041ds", r"holds '\U000e0041', which AWS does not allow"),  # tag character
        ("a\tds", r"holds '\t', which AWS does not allow"),
        ("a\xa0ds", r"holds '\xa0', which nobody would see for what it is"),  # no-break blank
        ("a\u3000ds", r"holds '\u3000', which nobody would see for what it is"),
        ("a\u3164ds", r"holds '\u3164', which nobody would see for what it is"),  # Hangul filler
        ("\u212bngstrom", "is not in Unicode's normal form"),  # the sign, not the letter
        ("\uf900", "is not in Unicode's normal form"),  # a compatibility ideograph
    ],
)
def test_a_key_or_value_that_aws_refuses_or_nobody_sees(text: str, words: str) -> None:
    assert words in fault_of_tag(text, "ads")
    assert words in fault_of_tag("team", text)


@pytest.mark.parametrize(
    "text", ["ads", "Data Science", "a/b:c=d+e-f@g_h.i", "équipe", "検索", "7"]
)
def test_what_is_fine(text: str) -> None:
    assert fault_of_tag(text, text) == ""


def test_an_empty_value_is_one() -> None:
    assert fault_of_tag("team", "") == ""
    assert "0 characters" in fault_of_tag("", "ads")


@given(st.text(min_size=1, max_size=20))
def test_what_is_let_in_shows_as_it_is(text: str) -> None:
    if fault_of_tag(text, text) == "":
        assert text == text.strip() == unicodedata.normalize("NFC", text)
        assert not {unicodedata.category(char)[0] for char in text} & {"C", "M"}


def arn_in(partition: str, region: str, service: str = "ec2") -> str:
    return f"arn:{partition}:{service}:{region}:{ACCOUNT}:instance/i-1"


@pytest.mark.parametrize(
    ("partition", "region", "words"),
    [
        ("aws", "us-east-1", ""),
        ("aws-cn", "cn-north-1", ""),
        ("aws-us-gov", "us-gov-west-1", ""),
        ("aws-eusc", "eusc-de-east-1", ""),
        ("aws", "cn-north-1", "is of partition aws, and cn-north-1 of aws-cn"),
        ("aws", "us-gov-west-1", "is of partition aws, and us-gov-west-1 of aws-us-gov"),
        ("aws-cn", "us-east-1", "is of partition aws-cn, and us-east-1 of aws"),
        ("aws-us-gov", "eu-west-1", "is of partition aws-us-gov, and eu-west-1 of aws"),
        ("aws-xx", "us-east-1", "is of partition aws-xx"),
        ("aws", "moon-east-1", "'moon-east-1' is not an AWS region"),
        ("aws", "us-east-1a", "'us-east-1a' is not an AWS region"),
        ("aws", "", "'' is not an AWS region"),
    ],
)
def test_an_arn_is_of_its_region_s_partition(partition: str, region: str, words: str) -> None:
    fault = fault_of_item(change(1, arn=arn_in(partition, region), region=region))
    assert (words in fault) if words else fault == ""


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/search",
        f"arn:aws:eks:us-east-1:{ACCOUNT}:nodegroup/search/gpu/8ec0a5b4",
        f"arn:aws:es:us-east-1:{ACCOUNT}:domain/logs",
        f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/abc123",
        f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent/ABCDEFGHIJ",
        f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/search/api",
        "arn:aws:s3:::a-bucket",
    ],
)
def test_resources_of_every_writer_are_let_in(arn: str) -> None:
    assert fault_of_item(change(1, arn=arn)) == ""


def test_a_plan_has_at_most_fifty_tags_for_a_resource() -> None:
    fifty = [change(1, key=f"k{n}") for n in range(50)]
    assert fault_of_plan(plan_of(*fifty, change(2))) == ""
    assert "more than 50 tags for" in fault_of_plan(plan_of(*fifty, change(1, key="one-more")))


def test_a_plan_that_is_no_rollback_undoes_nothing() -> None:
    assert "names plan-0 as what it undoes" in fault_of_plan(plan_of(change(1), parent_id="plan-0"))
