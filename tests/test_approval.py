"""The approval inside a conversation: whom it makes sense to ask, and what counts as a decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from plans import NOW, change, decide, plan_of, plan_store
from tagwright.config import Settings, load_settings
from tagwright.people import Principal, parse_people
from tagwright.render.markdown import markdown
from tagwright.render.proposal import proposal_block
from tagwright_agent.approval import Decision, may_ask, proposal_of

ANN = Principal("ann", "chat", "ann")
LETS_ANN = "people: {ann: {cli: [ann], slack: [T1/U1], may: [approve]}, bob: {may: [propose]}}"


def stored(home: Path, people: str, *, by: str = "bob") -> tuple[Settings, Any]:
    """A plan of Bob's in a home with those people; it expires long after today."""
    plan = plan_of(change(1), by=by, expires_at=NOW.replace(year=NOW.year + 50))
    with plan_store(home) as store:
        store.save(plan, NOW)
    (home / "people.yaml").write_text(people)
    return load_settings(home), {"id": plan.id, "digest": plan.digest}


def test_the_one_who_may_is_asked(home: Path) -> None:
    settings, plan = stored(home, LETS_ANN)
    assert may_ask(settings, ANN, plan)


def test_who_may_not_is_not_asked(home: Path) -> None:
    settings, plan = stored(home, LETS_ANN.replace("approve", "ask"))
    assert not may_ask(settings, ANN, plan)


def test_who_asked_for_it_is_not_asked_through_another_channel(home: Path) -> None:
    settings, plan = stored(home, LETS_ANN, by="ann")
    assert not may_ask(settings, ANN, plan)


def test_a_plan_of_another_digest_or_no_plan_is_not_asked_about(home: Path) -> None:
    settings, plan = stored(home, LETS_ANN)
    assert not may_ask(settings, ANN, {**plan, "digest": "sha256:0"})
    assert not may_ask(settings, ANN, {**plan, "id": "plan-unknown"})


def test_a_decided_plan_is_not_asked_about_again(home: Path) -> None:
    settings, plan = stored(home, LETS_ANN)
    with plan_store(home, parse_people(LETS_ANN)) as store:
        decide(store, store.get(plan["id"]).plan, ANN, "reject")
    assert not may_ask(settings, ANN, plan)


@pytest.mark.parametrize(
    "said",
    [
        {"type": "yes", "digest": "sha256:1"},
        {"type": "approve", "by": "chat:ann", "digest": "sha256:1"},  # only the door says who
        {"type": "approve"},
        {"type": "approve", "digest": "sha256:1", "force": True},
    ],
)
def test_what_is_no_decision(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Decision.model_validate(said)


@pytest.mark.parametrize("details", [{}, {"plan": None}, {"plan": {"id": "p"}}, {"plan": "plan-1"}])
def test_what_is_no_proposal(details: dict[str, Any]) -> None:
    assert proposal_of(details) is None


def test_the_way_to_approve_cannot_be_forged_by_an_id() -> None:
    said = markdown([proposal_block({"id": "plan-1\nrm -rf /\x1b[2K", "digest": "sha256:1"})])
    assert len(said.splitlines()) == 3
    assert "tagwright approve plan-1\\u000arm -rf /\\u001b[2K" in said
    assert "\x1b" not in said
