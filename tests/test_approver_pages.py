"""What stands on the pages: everything, in full, and nothing that acts."""

from __future__ import annotations

import re
from html import unescape

import pytest

from plans import ALICE, NOW, arn, change, plan_of
from tagwright.remediation.rows import ItemState, StoredPlan
from tagwright.remediation.word import Word
from tagwright_agent.approver.pages import Choices, list_page, notice, plan_page, style

HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m\u200b\"'&{{7*7}}"
SHOWN = "<script>alert(1)</script>\\u202e\\u001b[31m\\u200b\"'&{{7*7}}"


def stored(*items: object, state: str = "proposed", **more: object) -> StoredPlan:
    plan = plan_of(*items, **more)  # type: ignore[arg-type]
    return StoredPlan(plan, state, plan.digest, None, [ItemState("pending")] * len(items))


def page(found: StoredPlan, why_not: str = "", *, reject: bool = True) -> str:
    choices = Choices(why_not, reject, withdraw=False)
    return plan_page(found, Word(found.plan.id, ()), choices, ALICE, csrf="token")


def words(text: str) -> str:
    """What a reader reads."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def test_every_change_stands_there_in_full() -> None:
    long = "v" * 256
    far = f"arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/{'ab' * 200}"
    items = [
        change(n, before="old-" + str(n), after=f"new-{n}", evidence=(f"because {n}",),
               confidence=50 + n)
        for n in range(1, 21)
    ]  # fmt: skip
    items += [change(21, before="", after=long), change(22, before=None, arn=far)]
    found = stored(
        *items,
        reason="Tag what has no team.",
        expected={
            "names": {arn(1): "indexer"},
            "account_names": {"123456789012": "acme-prod"},
            "coverage": [
                {"key": "team", "currency": "USD", "before": "0.5", "after": "0.75", "gained": "9"}
            ],
        },
    )
    text = page(found)
    said = words(text)
    for n in range(1, 21):
        assert f"{n}. team before old-{n} after new-{n} Why ( {50 + n} % sure)" in said.replace(
            f"({50 + n}%", f"( {50 + n} %"
        )
        assert f"because {n}" in said
        assert arn(n) in said
    assert f"before empty after {long}" in said
    assert far in said
    assert "before absent" in said
    assert "indexer (instance/i-0001)" in said
    assert "In account acme-prod (123456789012)" in said
    assert "Coverage of team (USD): 50.0 % now, 75.0 % after" in said
    assert "22 changes to 22 resources" in said
    assert "220.00 USD (effective cost)" in said
    assert "Asked for by mallory , 2026-11-23 12:00 UTC" in said
    assert "Expires 2026-11-26 12:00 UTC" in said
    assert said.count(found.digest) == 2
    assert text.count(f'name="digest" value="{found.digest}"') == 1
    assert text.count("Approve exactly this plan") == 1


def test_a_value_that_says_absent_is_not_an_absent_one() -> None:
    text = page(stored(change(1, before=None, after="absent"), change(2, before="", after="empty")))
    assert "<dd><em>absent</em></dd>" in text
    assert '<dd><bdi class="value">absent</bdi></dd>' in text
    assert '<dd><bdi class="value">empty</bdi></dd>' in text


def test_blanks_at_the_ends_of_a_value_are_kept() -> None:
    assert '<bdi class="value"> ads  x </bdi>' in page(stored(change(1, before=" ads  x ")))
    assert re.search(r"\.value \{[^}]*white-space: pre-wrap", style())


@pytest.mark.parametrize(
    "item",
    [change(1, key=HOSTILE), change(1, before=HOSTILE), change(1, after=HOSTILE),
     change(1, evidence=(HOSTILE,)), change(1, arn=f"arn:aws:s3:::{HOSTILE}"),
     change(1, region=HOSTILE), change(1, account=HOSTILE), change(1, currency=HOSTILE)],
)  # fmt: skip
def test_hostile_text_of_a_change_is_text(item: object) -> None:
    harmless(page(stored(item)))


@pytest.mark.parametrize(
    "more",
    [{"reason": HOSTILE}, {"by": HOSTILE}, {"plan_id": HOSTILE}, {"parent_id": HOSTILE},
     {"expected": {"names": {arn(1): HOSTILE}}},
     {"expected": {"account_names": {"123456789012": HOSTILE}}},
     {"expected": {"coverage": [{"key": HOSTILE, "currency": "USD", "before": "0", "after": "1",
                                 "gained": "1"}]}}],
)  # fmt: skip
def test_hostile_text_of_a_plan_is_text(more: dict[str, object]) -> None:
    found = stored(change(1), **more)
    harmless(page(found, why_not=HOSTILE, reject=False))
    if "reason" in more or "by" in more or "plan_id" in more:
        harmless(list_page([found], ALICE, csrf="token"))


def test_hostile_text_elsewhere_is_text() -> None:
    found = stored(change(1), state="superseded")
    word, choices = Word("plan-1", ()), Choices("", reject=False, withdraw=False)
    more = {"replaced_by": HOSTILE, "fault": HOSTILE}
    harmless(plan_page(found, word, choices, ALICE, csrf="token", **more))
    harmless(notice(HOSTILE, [HOSTILE], link=("/", HOSTILE)))


def harmless(text: str) -> None:
    """It is read as it is, what hides made visible; no element, no template and no control of it.

    In an address it is percent-encoded.
    """
    assert SHOWN in unescape(text)
    assert "<script" not in text
    assert not set(text) & set("\u202e\x1b\u200b")
    for value in re.findall(r'(?:href|value|content)="([^"]*)"', text):
        assert "<" not in value


def test_no_script_style_or_foreign_thing_is_in_a_page() -> None:
    for text in (page(stored(change(1))), list_page([stored(change(1))], ALICE, csrf="t")):
        assert not re.search(r"<script|<style|\son\w+=|\sstyle=|javascript:|https?://", text)
        assert '<link rel="stylesheet" href="/style.css">' in text
    assert not re.search(r"url\(|@import|https?://", style())


def test_what_became_of_each_change_stands_there() -> None:
    plan = plan_of(change(1), change(2))
    states = [ItemState("applied"), ItemState("drift", "somebody set ops")]
    found = StoredPlan(plan, "partly_applied", plan.digest, None, states)
    said = words(page(found))
    assert "partly applied" in said
    assert "drift before absent after ads somebody set ops" in said
    assert "Your decision" not in said


def test_plans_are_listed_by_what_is_to_be_done() -> None:
    found = [
        stored(change(1), plan_id=f"plan-{state}", state=state)
        for state in (
            "proposed",
            "approved",
            "applying",
            "failed",
            "applied",
            "rejected",
            "expired",
        )
    ]
    said = words(list_page(found, ALICE, csrf="t"))
    waiting, _, rest = said.partition("Waiting for a decision")[2].partition("Approved")
    live, _, over = rest.partition("Recently closed")
    assert "plan-proposed" in waiting
    assert all(f"plan-{it}" in live for it in ("approved", "applying", "failed"))
    assert all(f"plan-{it}" in over for it in ("applied", "rejected", "expired"))
    empty = words(list_page([], ALICE, csrf="t"))
    assert "Nothing waits for a decision that you may see." in empty
    assert f"{NOW:%Y}" in said
