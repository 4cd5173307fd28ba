"""Who may approve which plan: by person over channels, by limits, and in one-person mode."""

from __future__ import annotations

from typing import Any

import pytest

from fake_tagging import ACCOUNT
from plans import change, plan_of
from tagwright.people import People, parse_people
from tagwright.remediation.policy import refusal

ALONE = People("people.yaml")


@pytest.mark.parametrize(
    ("by", "proposer", "why"),
    [
        ("dana", "lee", ""),
        ("lee", "lee", "lee asked for this plan and so cannot approve it (four eyes)"),
        # A plan of before there was a file names the system's user, whose person is known now.
        ("lee", "cli:lee-os", "lee asked for this plan"),
        ("cli:lee-os", "lee", "lee asked for this plan"),
        ("dana", "cli:lee-os", ""),
        # Who was nobody proven may have been anybody, the approver too.
        ("dana", "mcp:nobody", "who asked for this plan (mcp:nobody) is nobody in people.yaml"),
        ("dana", "cli:stranger", "who asked for this plan (cli:stranger) is nobody"),
        ("dana", "left-the-company", ""),
        ("eve", "lee", "eve is nobody in people.yaml"),
        ("cli:eve", "lee", "cli:eve is nobody in people.yaml"),
        ("kim", "lee", "kim may not approve plans"),
        ("Dana", "lee", "Dana is nobody in people.yaml"),
    ],
)
def test_four_eyes_are_two_people(by: str, proposer: str, why: str) -> None:
    people = parse_people(
        "people: {dana: {cli: [dana], may: [approve]}, lee: {cli: [lee-os], may: [approve]},"
        " kim: {may: [ask]}}"
    )
    said = refusal(people, plan_of(change(1), by=proposer), by)
    assert (why in said) if why else (said == "")


@pytest.mark.parametrize(
    ("by", "proposer", "allowed"),
    [
        ("cli:root", "cli:root", True), ("cli:root", "mcp:nobody", True),
        ("mcp:nobody", "cli:root", False), ("slack:T1/U1", "cli:root", False),
        ("dana", "cli:root", False),  # of a file that is gone
    ],
)  # fmt: skip
def test_without_the_file_the_user_at_a_terminal_approves(
    by: str, proposer: str, allowed: bool
) -> None:
    assert (refusal(ALONE, plan_of(change(1), by=proposer), by) == "") is allowed


def scopes(**teams: str) -> dict[str, Any]:
    return {change(int(name[1:])).arn: {"team": team} for name, team in teams.items()}


OTHER = "arn:aws:ec2:us-east-1:210987654321:instance/i-9"


@pytest.mark.parametrize(
    ("approves", "items", "known", "why"),
    [
        (f'accounts: ["{ACCOUNT}"]', [change(1)], {}, ""),
        (f'accounts: ["{ACCOUNT}"]', [change(1), change(9, arn=OTHER, account="210987654321")], {},
         f"it touches account 210987654321, they approve {ACCOUNT}"),
        # The team a resource would get counts as the one it has.
        ("teams: [ads]", [change(1, dimension="team", after="ads")], {}, ""),
        ("teams: [ads]", [change(1, dimension="team", after="search")], {},
         "it touches team search, they approve ads"),
        ("teams: [ads]", [change(1, dimension="team", after="ads")], scopes(i1="search"),
         "it touches team search, they approve ads"),
        ("teams: [ads, search]", [change(1, dimension="team", after="ads")], scopes(i1="search"),
         ""),
        ("teams: [ads]", [change(1, key="stage", dimension="environment", after="dev")], {},
         "the team of 1 of its resources is not known"),
        ("teams: [ads]", [change(1, key="stage", dimension="environment", after="dev"),
                          change(2, key="stage", dimension="environment", after="dev")],
         scopes(i1="ads"), "the team of 1 of its resources is not known"),
        ("environments: [dev]", [change(1, key="stage", dimension="environment", after="dev")], {},
         ""),
        ("environments: [dev]", [change(1, key="stage", dimension="environment", after="prod")],
         {}, "it touches environment prod, they approve dev"),
        ("resources: 1", [change(1), change(1, key="product")], {}, ""),
        ("resources: 1", [change(1), change(2)], {}, "it touches 2 resources, they approve 1"),
        ("effective_cost: 20 USD", [change(1), change(2)], {}, ""),
        ("effective_cost: 19.99 USD", [change(1), change(2)], {},
         "its resources cost 20.00 USD (effective cost), they approve 19.99 USD"),
        # Each resource counts once, however many of its tags change.
        ("effective_cost: 10 USD", [change(1), change(1, key="product")], {}, ""),
        ("effective_cost: 10 USD", [change(1, currency="EUR")], {},
         "its resources are billed in EUR, so 10 USD cannot be checked"),
        ("effective_cost: 10 USD", [change(1, effective_cost="1"), change(2, currency="")], {},
         "what its resources cost is not known, so 10 USD cannot be checked"),
    ],
)  # fmt: skip
def test_a_plan_must_fit_what_they_approve(
    approves: str, items: list[Any], known: dict[str, Any], why: str
) -> None:
    people = parse_people(f"people: {{dana: {{may: [approve], approves: {{{approves}}}}}}}")
    plan = plan_of(*items, expected={"scopes": known})
    said = refusal(people, plan, "dana")
    assert (why in said) if why else (said == "")


def test_of_several_limits_one_must_hold_the_whole_plan() -> None:
    """Ads in one and a hundred resources in another do not make a hundred resources of ads."""
    people = parse_people(
        """
        people: {dana: {may: [approve], approves: {teams: [ads], resources: 1}}}
        groups: {g: {members: [dana], approves: {teams: [search], resources: 9}}}
        """
    )

    def plan(team: str, count: int) -> Any:
        return plan_of(*(change(n, dimension="team", after=team) for n in range(count)))

    assert refusal(people, plan("ads", 1), "dana") == ""
    assert refusal(people, plan("search", 9), "dana") == ""
    assert refusal(people, plan("ads", 2), "dana") == (
        "it goes over what dana approves: it touches 2 resources, they approve 1; "
        "else it touches team ads, they approve search"
    )
