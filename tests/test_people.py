"""``people.yaml``: what it may say, who is who, and what a person's groups add."""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.config import load_settings
from tagwright.errors import AccessError, ConfigError
from tagwright.people import (
    Principal,
    Right,
    at_terminal,
    by_link,
    by_static_token,
    by_token,
    load_people,
    may,
    os_user,
    over_http,
    parse_people,
    require,
)
from tagwright.people.check import named_values, oddities
from tagwright.people.model import RIGHTS

FILE = """
people:
  search-lead:
    cli: [lead]
    slack: [T0001/U0007]
    mcp: [lead@example.com]
    sees: {team: [search, discovery]}
    may: [ask, propose]
  finops-1:
    slack: [T0001/U0009]
    may: [ask, propose, approve]
    approves: {accounts: ["300000000202"], teams: [search], environments: [staging],
               effective_cost: 50000 USD, resources: 200}
groups: {finops: {members: [finops-1], may: [ask, propose, approve, roll_back]}}
"""


def test_one_person_over_all_channels_and_nobody_else() -> None:
    people = parse_people(FILE)
    for channel, proven in (
        ("cli", "lead"), ("slack", "T0001/U0007"), ("mcp", "lead@example.com"),
        ("mcp", "Lead@Example.com"),
    ):  # fmt: skip
        person = people.of(channel, proven)
        assert person is not None
        assert person.id == "search-lead"
    for channel, proven in (
        ("cli", "LEAD"), ("cli", "search-lead"), ("cli", ""), ("cli", "lead@example.com"),
        ("mcp", "lead"), ("slack", "U0007"), ("slack", "T0002/U0007"),
    ):  # fmt: skip
        assert people.of(channel, proven) is None


def test_a_group_adds_rights_and_takes_no_limit_away() -> None:
    """The group states no limits of approval: being in it must not make any plan approvable."""
    person = parse_people(FILE).all["finops-1"]
    assert person.may == {"ask", "propose", "approve", "roll_back"}
    (limits,) = person.approves
    assert limits.effective_cost is not None
    assert limits.effective_cost.amount == Decimal(50000)
    assert limits.as_dict() == {
        "accounts": ["300000000202"], "teams": ["search"], "environments": ["staging"],
        "effective_cost": "50000 USD", "resources": 200,
    }  # fmt: skip


RIGHT_SETS = st.lists(st.sampled_from(RIGHTS), unique=True)
SEES = st.none() | st.dictionaries(
    st.sampled_from(["team", "product"]), st.lists(st.sampled_from("abc"), min_size=1), min_size=1
)
STATED = st.tuples(RIGHT_SETS, SEES, st.booleans())


@given(own=STATED, groups=st.lists(st.tuples(STATED, st.booleans()), max_size=3))
def test_rights_are_the_union_of_ones_own_and_those_of_ones_groups(
    own: Any, groups: list[Any]
) -> None:
    def rights(stated: Any, count: int) -> dict[str, Any]:
        granted, sees, limited = stated
        return {
            "may": granted,
            **({"sees": sees} if sees else {}),
            **({"approves": {"resources": count}} if limited else {}),
        }

    document = {
        "people": {"ann": rights(own, 1), "bob": {}},
        "groups": {
            f"g{n}": {**rights(stated, n + 2), "members": ["ann"] if member else ["bob"]}
            for n, (stated, member) in enumerate(groups)
        },
    }
    ann = parse_people(json.dumps(document)).all["ann"]
    hers = [own, *(stated for stated, member in groups if member)]
    assert ann.may == {right for granted, _, _ in hers for right in granted}
    assert [dict(one) for one in ann.sees] == [
        {key: tuple(values) for key, values in sees.items()} for _, sees, _ in hers if sees
    ]
    assert len(ann.approves) == sum(limited for _, _, limited in hers)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("people: {a: {cli: [x]}, b: {cli: [x]}}",
         "people.b.cli: 'x' is a already: one id is one person."),
        ("people: {a: {mcp: [x@y.z]}, b: {mcp: [X@Y.Z]}}", "people.b.mcp: 'X@Y.Z' is a already"),
        ("people: {a: {slack: [T1/U1]}, b: {slack: [T1/U1]}}", "people.b.slack: 'T1/U1' is a"),
        ("people: {a: {}}\ngroups: {g: {members: [b]}}", "groups.g.members: 'b' is nobody"),
        ("people: {'a:b': {}}", "'a:b' is no id"),
        ("people: {a: {cli: [1000]}}", "people.a.cli.0: 1000 must be text: put quotes around it."),
        ("people: {a: {cli: ['x ']}}", "'x ' has blanks or characters that cannot be seen"),
        ('people: {a: {cli: ["x\\u200b"]}}', "characters that cannot be seen"),
        ("people: {a: {slack: [U0007]}}", "'U0007' is no TEAM/USER of Slack, as T0001/U0007."),
        ("people: {a: {may: [everything]}}", "people.a.may.0: Input should be 'ask', 'propose'"),
        ("people: {a: {approves: {effective_cost: 50000}}}",
         "people.a.approves.effective_cost: '50000' is no amount with its currency, as 50000 USD."),
        ("people: {a: {approves: {effective_cost: -1 USD}}}", "'-1 USD' is no amount"),
        ("people: {a: {approves: {resources: 0}}}", "people.a.approves.resources: "),
        ("people: {a: {approves: {resources: true}}}", "people.a.approves.resources: "),
        ("people: {a: {approves: {}}}", "people.a.approves: limits nothing"),
        ("people: {a: {sees: {team: []}}}", "people.a.sees.team: "),
        ("people: {a: {approve: {teams: [x]}}}",
         "people.a: there is no field 'approve'. Did you mean approves?"),
        ("people: {a: {approves: {team: [x]}}}", "people.a.approves: there is no field 'team'."),
        ("groups: {}", "people: Field required."),
        ("people: {}", "people: "),
        ("[]", "the top level must be a mapping with 'people'."),
        ("people: {a: {}, a: {}}", "'a' stands twice."),
        ("people: {a: {", "not valid YAML"),
        ("", "the top level must be a mapping with 'people'."),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_person_and_field(text: str, said: str, home: Path) -> None:
    (home / "people.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_people(load_settings(home))
    assert str(home / "people.yaml") in str(caught.value)
    assert said in str(caught.value)


def test_an_edit_holds_at_once_and_no_link_to_nothing_is_one_person_mode(home: Path) -> None:
    settings = load_settings(home)
    assert load_people(settings).one_person
    file = home / "people.yaml"
    file.write_text("people: {ann: {}}")
    assert [*load_people(settings).all] == ["ann"]
    file.write_text("people: {bob: {}}")
    assert [*load_people(settings).all] == ["bob"]
    file.unlink()
    file.symlink_to(home / "gone.yaml")
    with pytest.raises(ConfigError, match="links to a file that is not there"):
        load_people(settings)


def test_without_the_file_the_user_of_this_process_may_everything(home: Path) -> None:
    settings = load_settings(home)
    people, me = load_people(settings), os_user()
    person = people.of("cli", me)
    assert person is not None
    assert (person.id, person.may, person.sees) == (f"cli:{me}", frozenset(RIGHTS), ())
    assert at_terminal(settings) == Principal(f"cli:{me}", "cli", me, me)
    assert people.of("slack", "T1/U1") is None
    assert people.of("mcp", "me@example.com") is None


def test_no_variable_says_who_you_are(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = at_terminal(load_settings(home))
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "dana")
    assert at_terminal(load_settings(home)) == before
    assert before.proven != "dana"


def test_a_user_without_a_name_is_a_number(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_001)
    (home / "people.yaml").write_text("people: {job: {cli: ['#2000000001'], may: [ask]}}")
    assert at_terminal(load_settings(home)).person == "job"


def test_the_same_person_through_each_door_of_this_process(home: Path) -> None:
    (home / "people.yaml").write_text(f"people: {{ann: {{cli: ['{os_user()}'], may: [ask]}}}}")
    settings = load_settings(home)
    doors = [at_terminal(settings, channel) for channel in ("cli", "chat", "mcp")]
    assert {one.person for one in doors} == {"ann"}
    assert [one.channel for one in doors] == ["cli", "chat", "mcp"]


def test_at_the_approver_s_page_a_link_or_a_token_proves(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, me = load_settings(home), os_user()
    assert by_link(settings) == Principal(f"cli:{me}", "page", me, me)
    token = {"subject": "7", "email": "ann@example.com"}
    nobody = by_token(settings, **token, email_verified=True)
    assert (nobody.person, nobody.id) == ("", "page:7")  # one-person mode: the link alone
    (home / "people.yaml").write_text(
        f"people: {{ann: {{cli: ['{me}'], mcp: [ann@example.com]}}, bob: {{mcp: ['8']}}}}"
    )
    assert by_link(settings) == Principal("ann", "page", me, me)
    assert by_token(settings, **token, email_verified=True) == Principal(
        "ann", "page", "7", "ann@example.com"
    )
    assert by_token(settings, **token).person == ""
    assert by_token(settings, subject="8").person == "bob"
    access = by_token(settings, subject="8", through=frozenset({"ask"}))
    assert access == Principal("bob", "mcp", "8", "8", frozenset({"ask"}))
    # A token that is two people's is nobody's.
    both = by_token(settings, subject="8", email="ann@example.com", email_verified=True)
    assert both.person == ""
    monkeypatch.setattr("tagwright.people.doors.os_user", lambda: "eve")
    assert by_link(settings).id == "page:eve"


def test_nobody_is_made_but_at_the_doors() -> None:
    """A search of the source: no other module of ours makes a Principal."""
    root = Path(__file__).resolve().parents[1]
    made = {
        path.relative_to(root).as_posix()
        for room in ("tools", "agent", "mcp_server", "evals")
        for path in (root / room).rglob("*.py")
        if re.search(r"\bPrincipal\(", path.read_text(encoding="utf-8"))
    }
    assert made == {"tools/tagwright/people/doors.py"}


@pytest.mark.parametrize(
    ("who", "right", "why"),
    [
        (Principal("bob", "cli", "bob"), "ask", ""),
        (Principal("bob", "cli", "bob"), "approve", "bob may not approve a plan"),
        (Principal("", "cli", "eve"), "ask",
         "the operating system's user 'eve' is nobody in people.yaml"),
        (Principal("", "mcp"), "ask",
         "nobody is proven over mcp here: who asks is nobody in people.yaml"),
        (Principal("cli:bob", "cli", "bob"), "ask", "'bob' is nobody in people.yaml"),
        (Principal("ann", "cli", "ann"), "ask", ""),
        (Principal("ann", "mcp", "7", "7", frozenset({"ask"})), "ask", ""),
        (Principal("", "mcp", "7", "7", frozenset({"ask"})), "ask", "7 is nobody in people.yaml"),
        (Principal("ann", "cli", "ann"), "propose", ""),
        (Principal("ann", "cli", "ann"), "apply", ""),
    ],
)  # fmt: skip
def test_what_each_may(who: Principal, right: Any, why: str) -> None:
    people = parse_people(
        "people: {bob: {cli: [bob], may: [ask]},"
        " ann: {sees: {team: [search]}, may: [ask, propose, apply]}}"
    )
    assert why in may(people, who, right)
    if why:
        with pytest.raises(AccessError, match=r"people\.yaml"):
            require(people, who, right)
    else:
        require(people, who, right)
        assert may(people, who, right) == ""


def test_a_token_narrows_what_its_person_may_and_gives_nothing(home: Path) -> None:
    reading: frozenset[Right] = frozenset({"ask"})
    everything: frozenset[Right] = frozenset({"ask", "propose"})
    people = parse_people("people: {ann: {may: [ask, propose, approve]}, bob: {may: [ask]}}")
    refused: tuple[Right, ...] = ("propose", "approve")
    for each in (people, load_people(load_settings(home))):  # in one-person mode too
        for right in refused:
            why = may(each, Principal("ann", "mcp", "7", "", reading), right)
            assert why.startswith("the token of ann is not for that: it may not ")
    assert may(people, Principal("ann", "mcp", "7", "", everything), "propose") == ""
    assert may(people, Principal("bob", "mcp", "7", "", everything), "propose") == (
        "bob may not propose a plan"
    )
    with pytest.raises(AccessError, match="The token of ann is not for that"):
        require(people, Principal("ann", "mcp", "7", "", reading), "propose")


def test_an_access_token_is_nobody_s_without_the_file(home: Path) -> None:
    with pytest.raises(AccessError, match="no token is anybody's"):
        by_token(load_settings(home), subject="7", through=frozenset({"ask"}))
    with pytest.raises(AccessError, match="is of ann, who is nobody"):
        by_static_token(load_settings(home), "ann", "t1", frozenset({"ask"}))


def test_over_http_nobody_is_proven_and_in_one_person_mode_they_may_ask(home: Path) -> None:
    who, people = over_http(), load_people(load_settings(home))
    assert (who.person, who.proven, who.id) == ("", "", "mcp:nobody")
    require(people, who, "ask")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (FILE, [
            ("doubt", "finops-1", "ask, propose, approve of their own and by the group finops"),
            ("doubt", "finops-1", "Only finops-1 may approve"),
        ]),
        ("people: {a: {cli: [a], may: [ask], approves: {resources: 1}}}", [
            ("fault", "a", "limits of approval and may not approve"), ("doubt", "people", "Nobody"),
        ]),
        ("people: {a: {may: [propose, approve]}, b: {cli: [b], may: [approve]}}", [
            ("doubt", "a", "No channel proves them"), ("fault", "a", "may propose and not ask"),
        ]),
        (("people: {a: {cli: [a]}, b: {cli: [b], may: [approve]}}\n"
          "groups: {g: {members: [a]}}"), [
            ("doubt", "a", "may do nothing"), ("doubt", "g", "gives nothing"),
        ]),
        (("people: {a: {cli: [a], may: [approve], approves: {resources: 1}},"
          " b: {cli: [b], may: [approve]}}\n"
          "groups: {g: {members: [a], approves: {teams: [x]}}}"), [
            ("doubt", "a", "approves is stated for them and for the group g"),
        ]),
        ("people: {a: {cli: [a], may: [ask, propose]}, b: {cli: [b], may: [approve]}}", []),
    ],
)  # fmt: skip
def test_what_is_odd(text: str, found: list[tuple[str, str, str]]) -> None:
    said = oddities(parse_people(text))
    assert [(one.level, one.about) for one in said] == [(level, who) for level, who, _ in found]
    for one, (_, _, words) in zip(said, found, strict=True):
        assert words in one.text


def test_the_names_that_data_should_have() -> None:
    assert named_values(parse_people(FILE)) == [
        ("search-lead", "team", "search"), ("search-lead", "team", "discovery"),
        ("finops-1", "sub_account_id", "300000000202"), ("finops-1", "team", "search"),
        ("finops-1", "environment", "staging"),
    ]  # fmt: skip
