"""A plan as a message: what it would do, what came of it, and the buttons for it.

The message is made anew from the stored plan each time, so that it is right whoever decided or
applied, and where. It shows the first changes; Details shows all of them, to the last character.

Sources: https://docs.slack.dev/reference/block-kit/blocks/actions-block and
https://docs.slack.dev/reference/block-kit/block-elements/button-element .
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tagwright.blocks import Cell, grid, joined, money, sentence
from tagwright.money import display_text
from tagwright.people import ONE_PERSON
from tagwright.proof import Keys
from tagwright.remediation.asking import page_url
from tagwright.render.slack import slack_messages
from tagwright.render.wording import moment_text
from tagwright.text import clean, counted, shorten
from tagwright_agent.plan_text import called, coverage, in_accounts, whole
from tagwright_agent.slack.receipts import receipt_buttons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, Part, Sentence, Table
    from tagwright.config import Settings
    from tagwright.remediation import Plan, StoredPlan
    from tagwright.state import Entry

__all__ = ["APPROVE", "DETAILS", "EDIT", "REJECT", "ROLL_BACK", "details", "hidden_plan",
           "plan_message", "short_names", "value_of"]  # fmt: skip

APPROVE, REJECT, EDIT = "tagwright_plan_approve", "tagwright_plan_reject", "tagwright_plan_edit"
DETAILS, ROLL_BACK = "tagwright_plan_details", "tagwright_plan_roll_back"
_PAGE = "tagwright_plan_page"

_ROWS = 10
_EVIDENCE = 3
_CELL = 100
_LINE = 200
_PUT_BACK = "What the plan wrote is put back, where nobody changed it since."
_WORDS = {
    "proposed": "waits for a decision", "applying": "is being applied", "applied": "is applied",
    "partly_applied": "is applied in part", "approved": "is approved", "rejected": "is rejected",
    "expired": "is expired", "superseded": "was edited", "rolled_back": "is rolled back",
    "withdrawn": "is withdrawn", "failed": "could not be applied",
    "partly_undone": "is rolled back in part",
}  # fmt: skip
"""A plan's state, where nothing else is said of it."""
_HOLDS = ("applied", "already")
_WRITTEN = ("applying", "applied", "partly_applied", "failed", "partly_undone", "withdrawn")
"""States in which something of ours may stand at the resources."""


def plan_message(
    settings: Settings, found: StoredPlan, journal: Sequence[Entry], undo: StoredPlan | None = None,
    *, receipts: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """The one message of a plan: ``text``, ``blocks`` and how Slack shall treat the text.

    Args:
        settings: Of this home: whether decisions are taken here, or on the approver's page.
        found: The plan as it is now.
        journal: Its entries in the state store, in order.
        undo: The plan that is undoing it just now.
        receipts: Of what it was proposed from.
    """
    blocks = [
        *_summary(found.plan),
        *_state(found, journal, undo),
        _table(found),
        *_evidence(found.plan),
    ]
    (message,) = slack_messages(blocks)  # all of it is bounded, so that it can be updated as one
    made = [*_buttons(settings, found, journal), *receipt_buttons(receipts)]
    return {**message, "blocks": [*message["blocks"], {"type": "actions", "elements": made}]}


def hidden_plan(found: StoredPlan) -> dict[str, Any]:
    """The message where somebody reads along who may not see the plan: no figure, no name."""
    words = _WORDS.get(found.state, found.state.replace("_", " "))
    (message,) = slack_messages([
        sentence("Plan ", _code(found.plan.id), f" {words}. Somebody here may not see what it "
                 "changes. Who may: ", _code(f"tagwright plan show {found.plan.id}"), ".")
    ])  # fmt: skip
    return message


def details(found: StoredPlan) -> list[Block]:
    """The whole plan: every change with both values in full and its evidence."""
    plan = found.plan
    said: list[Block] = [
        sentence("Plan ", _code(plan.id), f" whole, {counted(len(plan.items), 'change')}. ",
                 f"Digest {plan.digest}."),
        *(sentence(line) for line in (plan.reason, in_accounts(plan), *coverage(plan)) if line),
    ]  # fmt: skip
    for number, (item, done) in enumerate(zip(plan.items, found.items, strict=True), 1):
        said.append(
            sentence(
                f"{called(plan, item.arn)}, {item.arn}: tag ", _code(item.key), " from ",
                _code(whole(item.before)), " to ", _code(whole(item.after)),
                f"; sure to {item.confidence} %; {_result(done.state, done.detail)}",
                bullet=f"{number}.",
            )
        )  # fmt: skip
        said += [sentence(line, bullet="-") for line in item.evidence]
    return said


def value_of(found: StoredPlan) -> str:
    """What a button carries: which plan, as it was shown. Who pressed, only Slack says."""
    return f"{found.plan.id} {found.digest}"


# --- what it says ----------------------------------------------------------------------------


def _summary(plan: Plan) -> list[Block]:
    resources = len({item.arn for item in plan.items})
    worth = joined([money(amount, unit) for unit, amount in sorted(plan.amounts().items())])
    lines: list[Sentence] = [
        sentence(
            "Plan ", _code(plan.id), f": {counted(len(plan.items), 'change')} of tags on "
            f"{counted(resources, 'resource')}",
            *([" with ", worth, " of effective cost"] if worth else []),
            f", asked for by {_name(plan.proposed_by)}.",
        )
    ]  # fmt: skip
    about = " ".join(text for text in (plan.reason, f"{in_accounts(plan)}.") if text)
    texts = [about, *_coverage(plan)]
    lines += [sentence(shorten(clean(text), _LINE * 2)) for text in texts]
    if plan.one_person:
        lines.append(sentence(ONE_PERSON))
    return list(lines)


def _coverage(plan: Plan) -> list[str]:
    """What it does to the coverage of its keys, a line a currency."""
    said: dict[str, list[str]] = {}
    for line in plan.expected.get("coverage", []):
        if Decimal(line["gained"]):
            now, then = (
                "none" if ratio is None else f"{display_text(Decimal(ratio) * 100, places=1)}%"
                for ratio in (line["before"], line["after"])
            )
            said.setdefault(line["currency"], []).append(f"{clean(line['key'])} {now} to {then}")
    return [f"Coverage ({unit}): {', '.join(lines)}." for unit, lines in sorted(said.items())]


def _state(
    found: StoredPlan, journal: Sequence[Entry], undo: StoredPlan | None
) -> list[Block]:  # fmt: skip
    """How far it has come, and who decided."""
    lines = [sentence(*_said(found, journal))]
    if undo is not None:
        total = len(undo.items)
        through = total - undo.counts().get("pending", 0)
        of = f"{through} of {counted(total, 'change')} through"
        lines.append(sentence(f"It is being rolled back: {of}."))
    elif (order := _last(journal, "rollback_ordered")) and found.state != "rolled_back":
        by = f"{_by(order)} at {moment_text(order.moment)}"
        lines.append(
            sentence(
                f"Rolling back was ordered by {by}. Where an applier runs, it does it; else: ",
                _code(f"tagwright rollback {found.plan.id}"),
            )
        )
    return list(lines)


def _said(found: StoredPlan, journal: Sequence[Entry]) -> list[Part]:
    plan, state = found.plan, found.state
    if state == "proposed":
        if not found.intact:
            return ["It was changed after it was stored, so it cannot be approved."]
        return [f"Waits for a decision until {moment_text(plan.expires_at)}."]
    if state == "expired":
        return [f"Expired at {moment_text(plan.expires_at)}; propose it again."]
    if state == "superseded":
        edited = _last(journal, "superseded")
        new = str(edited.body.get("plan", "")) if edited else ""
        return [f"Edited by {_by(edited)}: plan ", _code(new or "?"), " took its place."]
    decision = found.decision
    by = f"{_name(decision.by)} at {moment_text(decision.at)}" if decision else "somebody"
    if state == "rejected":
        return [f"Rejected by {by}{_because(decision.reason if decision else '')}."]
    return [f"Approved by {by}. {_come(found, journal)}"]


def _come(found: StoredPlan, journal: Sequence[Entry]) -> str:
    """What came of the approval."""
    counts, total = found.counts(), len(found.items)
    through = total - counts.get("pending", 0)
    holds = sum(counts.get(name, 0) for name in _HOLDS)
    of = f"of {counted(total, 'change')}"
    taken = _last(journal, "withdrawn")
    why = _because(str(taken.body.get("reason", ""))) if taken else ""
    known = {
        "approved": "It waits to be applied.",
        "applying": f"It is being applied: {through} {of} through.",
        "applied": f"Applied, and read back: {holds} {of} in place.",
        "partly_applied": f"Applied in part: {holds} {of} in place.",
        "failed": f"Nothing came of applying it: {holds} {of} in place.",
        "withdrawn": f"The approval was withdrawn by {_by(taken)}{why}.",
        "rolled_back": "Rolled back: what it wrote is put back.",
        "partly_undone": f"Rolled back in part: {counts.get('undone', 0)} {of} put back.",
    }
    return known.get(found.state) or f"It is {found.state.replace('_', ' ')}."


def _table(found: StoredPlan) -> Table:
    """The changes; once it is being applied, those that are not in place come first."""
    plan = found.plan
    pairs = list(zip(plan.items, found.items, strict=True))
    begun = any(done.state != "pending" for _, done in pairs)
    if begun:
        pairs.sort(key=lambda pair: pair[1].state in {*_HOLDS, "undone"})
    names = short_names(plan)
    rows = []
    for item, done in pairs[:_ROWS]:
        # What a phone has room for comes first.
        result = [_result(done.state, done.detail)] if begun else []
        row = [names[item.arn], item.key, *result, whole(item.after), whole(item.before)]
        rows.append([_cut(text) for text in row])
    columns = ["Resource", "Tag", *(["Result"] if begun else []), "Becomes"]
    columns.append("Before" if begun else "Now")
    return grid([(title, "text") for title in columns], rows, row_count=len(pairs))


def short_names(plan: Plan) -> dict[str, str]:
    """What to call each resource: its name alone where no other of the plan has it."""
    known = {arn: clean(str(name)) for arn, name in plan.expected.get("names", {}).items()}
    arns = {item.arn for item in plan.items}
    often = Counter(known.get(arn, "") for arn in arns)
    return {
        arn: name if (name := known.get(arn, "")) and often[name] == 1 else called(plan, arn)
        for arn in arns
    }


def _evidence(plan: Plan) -> list[Block]:
    """What speaks for the first changes, each line once."""
    names = short_names(plan)
    said: dict[str, str] = {}
    for item in plan.items[:_ROWS]:
        for line in item.evidence:
            said.setdefault(line, f"{names[item.arn]}, {item.key}: {line}")
    lines = list(said.values())[:_EVIDENCE]
    return [sentence(shorten(clean(line), _LINE), bullet="-") for line in lines]


def _result(state: str, detail: str) -> str:
    named = {"already": "in place already", "applied": "in place", "pending": "not yet",
             "undone": "put back", "drift": "changed since"}  # fmt: skip
    known = state == "applied" and detail == "read back"  # what "in place" means
    return f"{named.get(state, state)}{f': {clean(detail)}' if detail and not known else ''}"


def _because(reason: str) -> str:
    return f": {shorten(clean(reason), _LINE)}" if reason else ""


def _last(journal: Sequence[Entry], event: str) -> Entry | None:
    return next((entry for entry in reversed(journal) if entry.event == event), None)


def _by(entry: Entry | None) -> str:
    return _name(str(entry.body.get("by") or "")) if entry else "somebody"


def _code(text: str) -> Cell:
    return Cell(value=text, kind="code")


def _name(text: str) -> str:
    return shorten(clean(text), _CELL)


def _cut(text: str) -> str:
    return shorten(clean(text), _CELL)


# --- buttons ---------------------------------------------------------------------------------


def _buttons(
    settings: Settings, found: StoredPlan, journal: Sequence[Entry]
) -> list[dict[str, Any]]:
    value, keys = value_of(found), Keys.of(settings)
    here = keys.has("approver") or not keys.knows("approver")
    made = []
    if found.state == "proposed" and found.intact:
        if here:
            made += [
                _button("Approve", APPROVE, value, style="primary", sure=_cut_short(found.plan)),
                _button("Reject", REJECT, value, style="danger"),
            ]
        else:
            made += _page(settings, found)
        made.append(_button("Edit", EDIT, value))
    made.append(_button("Details", DETAILS, value))
    if (
        here and found.plan.kind == "tag" and found.state in _WRITTEN
        and any(done.attempts for done in found.items)
        and _last(journal, "rollback_ordered") is None
    ):  # fmt: skip
        made.append(_button("Roll back", ROLL_BACK, value, style="danger", sure=_PUT_BACK))
    return made


def _cut_short(plan: Plan) -> str:
    """What to know before approving a plan that the message does not show whole; else empty."""
    texts = (text for item in plan.items for text in (item.key, item.before, item.after))
    if len(plan.items) > _ROWS:
        return f"The message shows {_ROWS} of {len(plan.items)} changes; Details shows them all."
    if any(len(text or "") > _CELL for text in texts):
        return "The message cuts long values; Details shows them whole."
    return ""


def _page(settings: Settings, found: StoredPlan) -> list[dict[str, Any]]:
    """A link to where it is decided, where this home does not decide."""
    url = page_url(settings.approval, found.plan.id, found.digest)
    if url is None:
        return []
    return [{**_button("Decide", _PAGE, value_of(found), style="primary"), "url": url}]


def _button(
    label: str, action: str, value: str, *, style: Literal["", "primary", "danger"] = "",
    sure: str = "",
) -> dict[str, Any]:  # fmt: skip
    made: dict[str, Any] = {
        "type": "button", "text": _plain(label), "action_id": action, "value": value,
    }  # fmt: skip
    if style:
        made["style"] = style
    if sure:
        made["confirm"] = {
            "title": _plain(f"{label}?"), "text": _plain(sure),
            "confirm": _plain(label), "deny": _plain("Cancel"),
        }  # fmt: skip
    return made


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
