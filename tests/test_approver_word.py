"""The approver's word over HTTP, asked for by the applier's own code; two homes, one store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from approver_world import Served, approver
from fake_tagging import fake_tagging
from plans import ALICE, arn, change
from tagwright.config import load_settings
from tagwright.errors import ApprovalError, ProviderError
from tagwright.people import os_user
from tagwright.proof import Keys
from tagwright.remediation import PlanStore
from tagwright.remediation.approver import Approver
from tagwright.remediation.word import fetch_word
from tagwright_agent.cli import main
from uvicorn_thread import serving


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    with approver(home) as found:
        yield found


def decide(served: Served, plan: Any, what: str = "approve") -> None:
    with PlanStore.open(load_settings(served.home)) as store, Approver.open(store) as one:
        if what == "withdraw":
            one.withdraw(plan.id, ALICE)
        else:
            one.decide(plan.id, plan.digest, ALICE, "approve")


def key_of(home: Path) -> Any:
    verifier = Keys.of(load_settings(home)).signer("approver").verifier
    assert verifier is not None
    return verifier


def test_what_was_decided_and_withdrawn_is_answered(served: Served) -> None:
    plan, key = served.propose(change(1)), key_of(served.home)
    assert fetch_word(served.url, plan.id, key).verified(key).decision is None
    decide(served, plan)
    word = fetch_word(served.url, plan.id, key).verified(key)
    assert word.decision is not None
    assert (word.decision.event, word.decision.body["by"]) == ("approved", "alice")
    assert word.withdrawal is None
    decide(served, plan, "withdraw")
    assert fetch_word(served.url, plan.id, key).verified(key).withdrawal is not None


def test_an_old_answer_is_worth_nothing(served: Served) -> None:
    """A proxy keeps the answer of before the withdrawal, and repeats it."""
    plan, key = served.propose(change(1)), key_of(served.home)
    decide(served, plan)
    kept = httpx2.get(f"{served.url}/word/{plan.id}", params={"challenge": "ab" * 16}).json()
    decide(served, plan, "withdraw")
    old = Starlette(routes=[Route("/word/{plan_id}", lambda _: JSONResponse(kept))])
    with serving(old) as url, pytest.raises(ApprovalError, match="an old answer"):
        fetch_word(url, plan.id, key)
    forged = {**kept, "word": {**kept["word"], "entries": []}}
    false = Starlette(routes=[Route("/word/{plan_id}", lambda _: JSONResponse(forged))])
    with serving(false) as url, pytest.raises(ApprovalError, match="not signed by the approver"):
        fetch_word(url, plan.id, key)


def test_an_approver_of_another_key_is_not_believed(served: Served, tmp_path: Path) -> None:
    plan, other = served.propose(change(1)), tmp_path / "other"
    other.mkdir()
    with pytest.raises(ApprovalError, match="not signed by the approver whose key is here"):
        fetch_word(served.url, plan.id, key_of(other))


def test_an_approver_that_is_away_is_said(served: Served) -> None:
    with serving(Starlette()) as url:
        pass
    with pytest.raises(ProviderError, match="cannot be reached"):
        fetch_word(url, "plan-1", key_of(served.home))


@pytest.mark.parametrize(
    "question",
    ["plan-1", "plan-1?challenge=", "plan-1?challenge=abc", f"plan-1?challenge={'a' * 65}",
     f"plan-1?challenge={'z' * 32}", f"%00?challenge={'a' * 32}",
     f"{'p' * 101}?challenge={'a' * 32}"],
)  # fmt: skip
def test_what_is_no_question_is_refused(served: Served, question: str) -> None:
    answer = httpx2.get(f"{served.url}/word/{question}")
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "MisuseError"


def test_a_book_that_was_changed_says_nothing(served: Served) -> None:
    plan, key = served.propose(change(1)), key_of(served.home)
    decide(served, plan)
    with PlanStore.open(load_settings(served.home)) as store, Approver.open(store) as one:

        def damage(con: Any) -> None:
            con.exec_driver_sql("DROP TRIGGER journal_no_update")
            con.exec_driver_sql("UPDATE journal SET body = replace(body, 'alice', 'x')")

        one.book.write(damage)
    answer = httpx2.get(f"{served.url}/word/{plan.id}", params={"challenge": "ab" * 16})
    assert answer.status_code == 409
    assert "does not verify" in answer.json()["error"]["message"]
    with pytest.raises(ApprovalError, match="does not answer as an approver does"):
        fetch_word(served.url, plan.id, key)


def test_two_homes_one_store(
    tmp_path: Path, aws_env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The applier's home has approver.pub alone; what it writes, the approver's book allows."""
    aws_env.setenv("TAGWRIGHT_STATE_URL", f"sqlite:///{tmp_path / 'shared.sqlite3'}")
    homes = {name: tmp_path / name for name in ("approver", "applier")}
    people = f"people:\n  alice: {{cli: [alice], may: [approve]}}\n  ops: {{cli: ['{os_user()}'], may: [apply]}}\n"  # noqa: E501
    for where in homes.values():
        (where / "keys").mkdir(parents=True)
        (where / "people.yaml").write_text(people + "  mallory: {may: [ask, propose]}\n")
    with fake_tagging() as fake, approver(homes["approver"], people="") as served:
        aws_env.setenv("AWS_ENDPOINT_URL", fake.url)
        fake.tags = {arn(1): {"Name": "one"}, arn(2): {"Name": "two"}}
        key_of(homes["approver"])  # it makes its key
        shutil.copy(homes["approver"] / "keys" / "approver.pub", homes["applier"] / "keys")
        (homes["applier"] / "tagwright.toml").write_text(
            f'[approval]\napprover_url = "{served.url}"\n'
        )
        first = served.propose(change(1))
        second = served.propose(change(2), plan_id="plan-2")

        def applied(plan_id: str) -> tuple[int, str]:
            status = main(["apply", plan_id, "--home", str(homes["applier"])])
            captured = capsys.readouterr()
            return status, captured.out + captured.err

        status, said = applied(first.id)
        assert (status, fake.writes) == (1, []), said
        for plan in (first, second):
            sent = served.browser("alice").send_form(f"/plans/{plan.id}", action="approve")
            assert sent.status_code == 303
        status, said = applied(first.id)
        assert (status, fake.writes) == (0, [(arn(1), "team", "ads")]), said
        taken = served.browser("alice").send_form(f"/plans/{second.id}", action="withdraw")
        assert taken.status_code == 303
        # Whoever can write the shared store puts the old state back.
        with PlanStore.open(load_settings(homes["applier"])) as store:
            store.write(lambda con: con.exec_driver_sql("UPDATE plans SET state = 'approved'"))
        status, said = applied(second.id)
        assert (status, len(fake.writes)) == (1, 1)
        assert "withdrawn by alice" in said
    assert not (homes["applier"] / "keys" / "approver.key").exists()
    status, said = applied(second.id)
    assert (status, len(fake.writes)) == (1, 1)
    assert "cannot be reached" in said
