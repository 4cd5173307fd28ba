"""Without each check its attack is noticed; with all of them no attack succeeds.

facts.md, "Approval": every write approved by digest, four eyes, allow-list again at apply, expiry,
drift, intent journaled before the call, at most once, never guess, reported = real, exact rollback,
hash-chained audit. The attacks are in approval_attacks.py and approval_forgeries.py, the
code without a check in approval_mutants.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import approval_attacks as attacks
import approval_forgeries as forgeries
import approval_mutants as mutants
from approval_world import World
from plans import arn, change

Attack = Callable[[World], None]
Mutation = Callable[[pytest.MonkeyPatch], None]


def attacked(home: Path, attack: Attack, mutate: Mutation) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        mutate(patch)
        home.mkdir()
        world = World(home, patch)
        try:
            attack(world)
        finally:
            world.close()
        return world.violations


@pytest.mark.parametrize("attack", [*attacks.ATTACKS, *forgeries.FORGERIES])
def test_no_attack_succeeds(attack: Attack, tmp_path: Path) -> None:
    assert attacked(tmp_path / "home", attack, lambda _: None) == []


PAIRS: tuple[tuple[Mutation, Attack], ...] = (
    (mutants.no_approval, attacks.unapproved),
    (mutants.no_approval, attacks.too_late),
    (mutants.no_approval, attacks.edited_in_the_database),
    (mutants.no_approval, attacks.withdrawn_since),
    (mutants.no_withdrawal, attacks.withdrawal_taken_out),
    (mutants.the_store_is_believed, attacks.forged_decision),
    (mutants.the_store_is_believed, attacks.rejected_and_flipped),
    (mutants.the_store_is_believed, attacks.withdrawal_taken_out),
    (mutants.no_own_record, attacks.replayed),
    (mutants.no_own_record, attacks.applied_again_after_rollback),
    (mutants.no_audit, attacks.journal_cut),
    (mutants.no_decision, attacks.unapproved),
    (mutants.no_policy, attacks.own_plan),
    (mutants.no_policy, attacks.stranger),
    (mutants.no_policy_at_apply, attacks.banned_since),
    (mutants.no_digest, attacks.wrong_digest),
    (mutants.no_drift_check, attacks.changed_meanwhile),
    (mutants.no_drift_check, attacks.rollback_over_others),
    (mutants.one_look_alone, attacks.lost_reply),
    (mutants.one_look_alone, attacks.theirs_in_the_backoff),
    (mutants.no_verification, attacks.accepted_and_not_done),
    (mutants.no_account_check, attacks.other_account),
    (mutants.no_intent, attacks.lost_reply),
    (mutants.no_expiry, attacks.too_late),
    (mutants.no_expiry, attacks.runs_out_between_calls),
    (mutants.asked_once, attacks.withdrawn_between_calls),
    (mutants.asked_once, attacks.banned_between_calls),
    (mutants.no_digest_when_applying, attacks.edited_in_the_database),
    (mutants.unfenced("intent"), attacks.displaced),
    (mutants.unfenced("outcome"), attacks.displaced_with_an_old_look),
    (mutants.no_look_at_the_lease, attacks.stalled_after_the_intent),
    (mutants.no_shared_lease, attacks.undone_between_calls),
    (mutants.one_look_after_an_unsure_call, attacks.lost_and_late),
    (mutants.no_right_to_undo, attacks.undone_by_a_stranger),
    (mutants.no_guard_at_the_door, attacks.another_change_than_planned),
    (mutants.no_four_eyes, attacks.own_plan),
    (mutants.without("accounts"), attacks.beyond_accounts),
    (mutants.without("teams"), attacks.beyond_teams),
    (mutants.without("environments"), attacks.beyond_environments),
    (mutants.without("effective_cost"), attacks.beyond_money),
    (mutants.without("resources"), attacks.beyond_resources),
    (mutants.no_bill, attacks.understated_money),
    (mutants.no_bill, attacks.understated_teams),
    (mutants.no_anchor, forgeries.journal_end_cut),
    (mutants.no_chain, forgeries.journal_edited),
    (mutants.no_signatures_in_the_journal, forgeries.journal_forged),
    (mutants.an_older_book_will_do, forgeries.older_book),
    (mutants.no_signature, forgeries.word_of_another_key),
    (mutants.any_key_will_do, forgeries.word_of_another_role),
    (mutants.no_challenge, forgeries.old_word),
    (mutants.any_clock, forgeries.approved_in_the_future),
    (mutants.many_decisions, forgeries.two_at_once),
)


@pytest.mark.parametrize(
    ("mutate", "attack"), PAIRS, ids=[f"{m.__name__}-{a.__name__}" for m, a in PAIRS]
)
def test_without_a_check_its_attack_is_noticed(
    mutate: Mutation, attack: Attack, tmp_path: Path
) -> None:
    assert attacked(tmp_path / "home", attack, mutate) != []


@pytest.mark.parametrize("kill_at", range(1, 9))
def test_killed_at_any_call_it_ends_well(
    kill_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    world = World(tmp_path / "home", monkeypatch)
    plan = world.propose(change(1), change(2, before="old"))
    world.drift(arn(2), "team", "old")
    world.approve(plan, "alice")
    world.apply(plan, kill_at=kill_at)
    world.apply(plan)
    assert world.aws.tags == {arn(1): {"team": "ads"}, arn(2): {"team": "ads"}}
    world.rollback(plan, kill_at=kill_at)
    world.rollback(plan)
    assert world.aws.tags == {arn(1): {}, arn(2): {"team": "old"}}
    world.close()
    assert world.violations == []
