"""The approver's word on a plan: what its book says of it, asked for when it is needed.

The applier believes the word, not the state store: there, whoever can write could take a
withdrawal away or put an old approval back. Over the wire the answer is signed together with a
number that the applier made up for this one question, so that an old answer is worth nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tagwright.errors import ApprovalError, ProviderError
from tagwright.proof.book import check
from tagwright.state import Entry
from tagwright.text import shorten

if TYPE_CHECKING:
    from tagwright.proof import Signer, Verifier

__all__ = ["DECISIONS", "Word", "fetch_word"]

DECISIONS = ("approved", "rejected")

_KIND = "word"
_WAIT = 10.0
_MOST = 4_000_000


@dataclass(frozen=True)
class Word:
    """What the approver's book says of one plan.

    Attributes:
        plan_id: Of which.
        entries: In the book's order.
    """

    plan_id: str
    entries: tuple[Entry, ...]

    def verified(self, approver: Verifier) -> Word:
        """The same, once every entry is the approver's own and of that plan.

        Raises:
            ApprovalError: One is not.
        """
        for entry in self.entries:
            if fault := check(entry, approver):
                raise ApprovalError(
                    f"The approval of plan {self.plan_id} is worth nothing: {fault}."
                )
            if entry.plan_id != self.plan_id:
                raise ApprovalError(f"The approver spoke of plan {entry.plan_id}.")
        return self

    @property
    def decision(self) -> Entry | None:
        """The decision; None where nobody took one."""
        return next((entry for entry in self.entries if entry.event in DECISIONS), None)

    @property
    def withdrawal(self) -> Entry | None:
        """What took an approval back; None where nothing did."""
        return next((entry for entry in self.entries if entry.event == "withdrawn"), None)

    def answer(self, challenge: str, signer: Signer) -> dict[str, Any]:
        """The answer to one question, as JSON, with its signature."""
        word = {
            "plan": self.plan_id, "challenge": challenge,
            "entries": [asdict(entry) for entry in self.entries],
        }  # fmt: skip
        return {"word": word, "signature": signer.sign(_KIND, _canonical(word))}


def fetch_word(url: str, plan_id: str, approver: Verifier) -> Word:
    """Ask an approver that serves elsewhere.

    Args:
        url: ``scheme://host:port``.
        plan_id: Of which plan.
        approver: Its public key, as this home has it.

    Raises:
        ProviderError: It cannot be reached.
        ApprovalError: What came is not its answer to this question.
    """
    challenge = secrets.token_hex(16)
    answer = _get(f"{url}/word/{plan_id}", challenge)
    word, signature = answer.get("word"), answer.get("signature")
    if not isinstance(word, dict) or not isinstance(signature, str):
        raise ApprovalError(f"{url} does not answer as an approver does.")
    if not approver.holds(_KIND, _canonical(word), signature):
        raise ApprovalError(
            f"What {url} says is not signed by the approver whose key is here.",
            hint="Compare the fingerprints: tagwright doctor, on both sides.",
        )
    if word.get("challenge") != challenge or word.get("plan") != plan_id:
        raise ApprovalError(f"{url} answered another question than was asked: an old answer?")
    try:
        entries = tuple(Entry(**entry) for entry in word["entries"])
    except (KeyError, TypeError):
        raise ApprovalError(f"{url} does not answer as an approver does.") from None
    return Word(plan_id, entries)


def _get(url: str, challenge: str) -> dict[str, Any]:
    import httpx2

    try:
        with httpx2.Client(timeout=_WAIT, follow_redirects=False) as client:
            reply = client.get(url, params={"challenge": challenge})
            found = reply.json() if reply.status_code == 200 and len(reply.content) < _MOST else {}
    except (httpx2.HTTPError, ValueError) as error:
        raise ProviderError(
            f"The approver at {shorten(url, 80)} cannot be reached ({type(error).__name__}): "
            "without its word nothing is written.",
            hint="Is `tagwright approver` running, and approval.approver_url right?",
        ) from None
    return found if isinstance(found, dict) else {}


def _canonical(word: dict[str, Any]) -> bytes:
    import rfc8785

    return rfc8785.dumps(word)
