"""The keys of the approver and of the applier: ed25519, one file each, for their owner alone.

    <home>/keys/approver.key   signs decisions; only where decisions are taken
    <home>/keys/applier.key    signs what was written; only where it is written
    <home>/keys/*.pub          what the others verify with

In one home both are made when they are first needed. Where the two have users or containers of
their own, each has a home with its own key and the other's ``.pub`` (docs/approvals.md).

A signature is over ``tagwright KIND 1``, a zero byte and the content, so that one thing signed is
never taken for another.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Literal, get_args

from tagwright.errors import ApprovalError, TagwrightError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

    from tagwright.config import Settings

__all__ = ["ROLES", "Keys", "Role", "Signer", "Verifier"]

Role = Literal["approver", "applier"]
ROLES: tuple[Role, ...] = get_args(Role)


class Verifier:
    """The public key of a role."""

    def __init__(self, role: Role, key: Ed25519PublicKey) -> None:
        self.role = role
        self._key = key

    def holds(self, kind: str, content: bytes, signature: str | None) -> bool:
        """Whether this key signed that content as that kind of thing."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(bytes.fromhex(signature or ""), _framed(kind, content))
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def fingerprint(self) -> str:
        """What people compare: the first sixteen hex digits of sha256 over the raw key."""
        import hashlib

        return hashlib.sha256(self._key.public_bytes_raw()).hexdigest()[:16]


class Signer:
    """The private key of a role; it never leaves this object."""

    def __init__(self, role: Role, key: Ed25519PrivateKey) -> None:
        self.role = role
        self._key = key

    def sign(self, kind: str, content: bytes) -> str:
        """The signature, hex."""
        return self._key.sign(_framed(kind, content)).hex()

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.role, self._key.public_key())


def _framed(kind: str, content: bytes) -> bytes:
    return f"tagwright {kind} 1".encode() + b"\0" + content


class Keys:
    """The folder of the keys of one home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, settings: Settings) -> Keys:
        """Those of a home."""
        return cls(settings.home / "keys")

    def has(self, role: Role) -> bool:
        """Whether this home can sign as that role: its key is here."""
        return self._key(role).exists()

    def knows(self, role: Role) -> bool:
        """Whether this home has the key of that role, private or public."""
        return self.has(role) or self._pub(role).exists()

    def signer(self, role: Role) -> Signer:
        """The private key; made where this home has nothing of that role yet.

        Raises:
            ApprovalError: Others can read the file, it is no key, or it is gone while its public
                half or its book is here.
            TagwrightError: The folder cannot be written.
        """
        path = self._key(role)
        if not path.exists():
            self._may_make(role)
            if not path.exists():
                self._make(role)
        return Signer(role, _private(path))

    def verifier(self, role: Role) -> Verifier | None:
        """The public key; None where this home has none of that role.

        Raises:
            ApprovalError: The file is no public key, or is not the half of the private one.
        """
        if self.has(role):
            return self.signer(role).verifier
        path = self._pub(role)
        if not path.exists():
            return None
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            key = load_pem_public_key(path.read_bytes())
        except (ValueError, OSError):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise ApprovalError(f"{path} is no ed25519 public key.", hint=_MEND)
        return Verifier(role, key)

    def book(self, role: Role) -> Path:
        """The file of the role's own record."""
        return self.folder / f"{role}.sqlite3"

    def _key(self, role: Role) -> Path:
        return self.folder / f"{role}.key"

    def _pub(self, role: Role) -> Path:
        return self.folder / f"{role}.pub"

    def _may_make(self, role: Role) -> None:
        """Refuse where there was a key; where another makes it now, it is there before the rest."""
        was, public = self.book(role).exists(), self._pub(role).exists()
        if self._key(role).exists():
            return
        if was:
            raise ApprovalError(
                f"The {role}'s key is lost: {self._key(role)} is not there, its book is.",
                hint="Restore it from a backup; without one, see docs/approvals.md, 'A lost key'.",
            )
        if public:
            raise ApprovalError(
                f"This home is not the {role}'s: {self._pub(role)} is here, its key is elsewhere.",
                hint="Do it where that key is (docs/approvals.md).",
            )

    def _make(self, role: Role) -> None:
        """Make the pair; where two processes do, the first one's stays."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
            PublicFormat,
        )

        from tagwright.files import replace_file

        key = Ed25519PrivateKey.generate()
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        draft = self.folder / f".{role}.{os.getpid()}.{os.urandom(4).hex()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_file(draft, secret, mode=0o600)
            try:
                os.link(draft, self._key(role))  # fails where it is there, unlike a rename
            except FileExistsError:
                key = _private(self._key(role))
            finally:
                draft.unlink()
            public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            replace_file(self._pub(role), public)
        except OSError as error:
            raise TagwrightError(
                f"{self.folder} cannot be written ({error.strerror or type(error).__name__}).",
                hint="Only its owner may; see docs/approvals.md.",
            ) from None


_MEND = "Restore it from a backup (docs/approvals.md)."


def _private(path: Path) -> Ed25519PrivateKey:
    """Read a private key that only its owner can read."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = path.lstat()
        content = path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ApprovalError(f"{path} cannot be read ({why}).", hint=_MEND) from None
    others = stat.S_IMODE(found.st_mode) & 0o077
    if not stat.S_ISREG(found.st_mode) or others:
        raise ApprovalError(
            f"{path} can be read or written by others: whoever did may have signed with it.",
            hint=f"chmod 600 {path}; if others use this machine, replace the key "
            "(docs/approvals.md).",
        )
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ApprovalError(f"{path} is no ed25519 private key.", hint=_MEND)
    return key
