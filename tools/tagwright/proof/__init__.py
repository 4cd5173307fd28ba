"""Proof: keys, each role's own signed book, and what anchors a journal outside its database."""

from tagwright.proof.anchor import Anchor
from tagwright.proof.book import Book, Signed, signed_of
from tagwright.proof.keys import ROLES, Keys, Role, Signer, Verifier

__all__ = [
    "ROLES",
    "Anchor",
    "Book",
    "Keys",
    "Role",
    "Signed",
    "Signer",
    "Verifier",
    "signed_of",
]
