"""What a press on a plan's button does, and what a form that was sent does.

Who pressed is the team and user of the request that Slack signed; the button says only which plan
was shown. The decision is taken by :class:`tagwright.remediation.approver.Approver`, as everywhere:
people.yaml, four eyes and the digest are judged there, and its book takes one decision a plan.
What a press comes to is seen in the plan's message; who may not is told so alone.

Sources: https://docs.slack.dev/reference/methods/views.open and
https://docs.slack.dev/reference/views/modal-views .
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tagwright.blocks import sentence
from tagwright.errors import AccessError, ApprovalError, MisuseError
from tagwright.people import require, seen_by
from tagwright.remediation import PlanStore
from tagwright.remediation.approver import Approver, why_not_reject
from tagwright.remediation.edit import edit
from tagwright.remediation.rows import short, too_late
from tagwright.text import shorten
from tagwright_agent.slack.calls import LaterError, fault_of
from tagwright_agent.slack.plan_message import (
    APPROVE,
    DETAILS,
    EDIT,
    REJECT,
    ROLL_BACK,
    details,
    short_names,
)
from tagwright_agent.slack.plans import hasten
from tagwright_agent.slack.say import to_one

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from slack_sdk import WebClient

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright.remediation import StoredPlan
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["EDIT_FORM", "REJECT_FORM", "pressed"]

REJECT_FORM, EDIT_FORM = "tagwright_plan_reject_form", "tagwright_plan_edit_form"
REASON = "reason"

_EDITABLE = 50
_LABEL = 150
_VALUE = 256
"""Characters of a tag's value, by AWS."""


def pressed(
    settings: Settings, client: WebClient, arrival: Arrival, who: Principal, now: dt.datetime
) -> list[dict[str, Any]]:
    """Do what was pressed or sent; the messages for that person alone, none where it shows itself.

    Args:
        settings: Where the data is.
        client: For the workspace.
        arrival: Of kind ``action``.
        who: Pressed.
        now: Aware UTC.

    Raises:
        TagwrightError: They may not, or it cannot be done: told to them.
        LaterError: Slack cannot be reached.
        NeverError: Slack refuses for good.
    """
    does = _DOES.get(str(arrival.action.get("id")))
    if does is None:  # a link, or a button of somebody else's
        return []
    plan_id, _, digest = str(arrival.action.get("value")).partition(" ")
    with PlanStore.open(settings) as store:
        said = does(_Press(store, client, arrival, who, plan_id, digest, now))
        hasten(store.state, plan_id, now)
    return to_one(said)


class _Press:
    """One press: whose, on what; the methods do what its name says."""

    def __init__(  # noqa: PLR0917  what a press consists of
        self, store: PlanStore, client: WebClient, arrival: Arrival, who: Principal, plan_id: str,
        digest: str, now: dt.datetime,
    ) -> None:  # fmt: skip
        self.store = store
        self.client = client
        self.arrival = arrival
        self.who = who
        self.plan_id = plan_id
        self.digest = digest
        self.now = now

    def approve(self) -> list[Block]:
        """Approve; of somebody who is nobody, the approver says and notes that they may not."""
        if self.who.person:
            self._seen()
        self._decide("approve")
        return []

    def ask_reason(self) -> list[Block]:
        """Open the form that asks why it is rejected."""
        found = self._shown()
        if why := why_not_reject(self.store, found.plan, self.who):
            raise ApprovalError(f"Plan {self.plan_id} cannot be rejected by you: {why}.")
        if found.state != "proposed":
            raise ApprovalError(too_late(found))
        field = {
            "type": "plain_text_input", "action_id": REASON, "multiline": True, "max_length": 500,
        }  # fmt: skip
        label = _plain("Why (everybody who sees the plan reads it)")
        block = {
            "type": "input", "block_id": REASON, "optional": True, "label": label, "element": field,
        }  # fmt: skip
        return self._open(REJECT_FORM, "Reject the plan", "Reject", [block])

    def reject(self) -> list[Block]:
        """The form came back."""
        self._person()
        self._seen()
        reason = " ".join(str(self.arrival.action.get("fields", {}).get(REASON) or "").split())
        self._decide("reject", reason)
        return []

    def ask_values(self) -> list[Block]:
        """Open the form with a field for each change."""
        self._may_edit()
        found = self._shown()
        if found.state != "proposed":
            raise ApprovalError(too_late(found))
        plan = found.plan
        if len(plan.items) > _EDITABLE:
            raise MisuseError(
                f"Plan {plan.id} has {len(plan.items)} changes; a form of Slack's has room for "
                f"{_EDITABLE}.",
                hint=f"tagwright plan edit {plan.id} --drop N --set N=VALUE",
            )
        intro = ("Who edits a plan asks for it, so somebody else approves it. "
                 "Empty a field to leave that change out.")  # fmt: skip
        blocks: list[dict[str, Any]] = [{"type": "section", "text": _plain(intro)}]
        names = short_names(plan)
        for number, item in enumerate(plan.items, 1):
            label = shorten(f"{number}. {names[item.arn]}: {item.key}", _LABEL)
            field = {
                "type": "plain_text_input", "action_id": f"change-{number}", "max_length": _VALUE,
                **({"initial_value": item.after} if item.after else {}),
            }  # fmt: skip
            blocks.append(
                {"type": "input", "block_id": f"change-{number}", "optional": True,
                 "label": _plain(label), "element": field}
            )  # fmt: skip
        return self._open(EDIT_FORM, "Edit the plan", "Propose this instead", blocks)

    def edit(self) -> list[Block]:
        """The form came back: another plan, whose message comes below the old one's."""
        self._may_edit()
        try:
            found = self._shown()
            drop, values = _edits(found, self.arrival.action.get("fields") or {})
            edit(self.store, self.plan_id, self.who, drop=drop, values=values, now=self.now)
        except ApprovalError:
            last = self.store.state.journal(self.plan_id)[-1:]
            ours = [it for it in last if it.event == "superseded"]
            if not ours or ours[0].body.get("by") != self.who.id:
                raise
        return []

    def details(self) -> list[Block]:
        """The whole plan, for them alone."""
        self._person()
        return details(self._seen())

    def roll_back(self) -> list[Block]:
        """Sign the order; an applier carries it out."""
        self._person()
        self._shown()
        with Approver.open(self.store) as approver:
            ordered = [it for it in approver.word(self.plan_id).entries
                       if it.event == "rollback_ordered"]  # fmt: skip
            if ordered:
                if ordered[-1].body.get("by") == self.who.id:
                    return []
                raise ApprovalError(
                    f"Rolling plan {self.plan_id} back was ordered by {ordered[-1].body.get('by')} "
                    "already.",
                    hint=f"By hand: tagwright rollback {self.plan_id}.",
                )
            approver.order_rollback(self.plan_id, self.who, "", self.now)
        return []

    # --- inside ------------------------------------------------------------------------------

    def _decide(self, decision: Any, reason: str = "") -> None:
        done = {"approve": "approved", "reject": "rejected"}[decision]
        with Approver.open(self.store) as approver:
            try:
                approver.decide(self.plan_id, self.digest, self.who, decision, reason, self.now)
            except ApprovalError:  # pressed twice, or done by a worker that died after it
                if not approver.has_said(self.plan_id, self.who, done, self.digest):
                    raise

    def _person(self) -> None:
        """Without a file anybody may reject and edit: at a terminal, not over Slack."""
        if not self.who.person:
            raise AccessError(
                f"{self.who.proven} is nobody in people.yaml, so plans are neither shown to you "
                "nor decided by you.",
                hint="Whoever runs Tagwright adds you there under `slack`.",
            )

    def _may_edit(self) -> None:
        self._person()
        require(self.store.people, self.who, "propose")

    def _seen(self) -> StoredPlan:
        """The plan, if they may see it."""
        plans = seen_by(self.who, self.store, self.store.people, self.store.settings)
        found: StoredPlan = plans.get(self.plan_id, self.now)
        return found

    def _shown(self) -> StoredPlan:
        """The plan, if it is the one that the button stood under."""
        self._person()
        found = self._seen()
        if found.digest != self.digest or not found.intact:
            raise ApprovalError(
                f"Plan {self.plan_id} is not the one that was shown (its digest is "
                f"{short(found.digest)}, not {short(self.digest)})."
            )
        return found

    def _open(self, form: str, title: str, send: str, blocks: list[dict[str, Any]]) -> list[Block]:
        from slack_sdk.errors import SlackApiError

        back = {"value": self.arrival.action["value"], "channel": self.arrival.channel,
                "thread_ts": self.arrival.thread_ts}  # fmt: skip
        view = {
            "type": "modal", "callback_id": form, "title": _plain(title), "submit": _plain(send),
            "close": _plain("Cancel"), "private_metadata": json.dumps(back), "blocks": blocks,
        }  # fmt: skip
        try:
            self.client.views_open(trigger_id=str(self.arrival.action["trigger"]), view=view)
        except SlackApiError as error:
            if error.response.get("error") in {"expired_trigger_id", "exchanged_trigger_id"}:
                return [sentence("The form could not be opened in time: press again.")]
            raise fault_of(error) from None
        except OSError as error:
            raise LaterError(type(error).__name__, 2) from None
        return []


def _edits(found: StoredPlan, fields: dict[str, Any]) -> tuple[list[int], dict[int, str]]:
    """Numbers of changes to leave out, and new values by number."""
    drop, values = [], {}
    for number, item in enumerate(found.plan.items, 1):
        if (name := f"change-{number}") not in fields:
            continue  # a form says what it does not know of nothing
        value = str(fields[name] or "")
        if not value and item.after:
            drop.append(number)
        elif value != (item.after or ""):
            values[number] = value
    return drop, values


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


_DOES: dict[str, Callable[[_Press], list[Block]]] = {
    APPROVE: _Press.approve,
    REJECT: _Press.ask_reason,
    REJECT_FORM: _Press.reject,
    EDIT: _Press.ask_values,
    EDIT_FORM: _Press.edit,
    DETAILS: _Press.details,
    ROLL_BACK: _Press.roll_back,
}
