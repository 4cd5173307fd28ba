"""Static tokens, each made for one person: ``<home>/mcp_tokens.yaml`` holds what they hash to."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from tagwright.errors import ConfigError, MisuseError, UnknownNameError
from tagwright.people import load_people, os_user
from tagwright.text import clean
from tagwright.yaml_files import checked, file_text, mapping_of, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagwright.config import Settings

__all__ = ["PREFIX", "StaticToken", "find", "load_tokens", "make", "revoke", "tokens_path"]

PREFIX = "tw_"
"""How each begins: scanners of repositories know it by that, and it is no OAuth issuer's."""


class StaticToken(BaseModel):
    """What is kept of a token: never the token.

    Attributes:
        person: Whose it is: an id of ``people.yaml``, or ``cli:USER`` of one-person mode.
        sha256: Of the token. It has 256 random bits, so that nobody finds them from the hash.
        may: What it is for, of what its person may.
        made: When.
        expires: From when on it opens nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    person: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    may: tuple[Literal["ask", "propose"], ...] = Field(min_length=1)
    made: AwareDatetime
    expires: AwareDatetime


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens: dict[Annotated[str, Field(pattern=r"^[a-z0-9]{1,32}$")], StaticToken]


def tokens_path(settings: Settings) -> Path:
    """The file, which need not be there. No setting moves it: an environment could then too."""
    return settings.home / "mcp_tokens.yaml"


def load_tokens(settings: Settings) -> dict[str, StaticToken]:
    """The tokens by id, read anew; none where there is no file.

    Raises:
        ConfigError: It is no file of ours, or others than its owner may read or write it: who
            writes it makes themselves a token.
    """
    path = tokens_path(settings)
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return {}
    if not stat.S_ISREG(mode) or stat.S_IMODE(mode) & 0o077:
        raise ConfigError(
            f"{path} can be read or written by others, or is no plain file.",
            hint=f"chmod 600 {path}, and revoke the tokens that you did not make.",
        )
    document = mapping_of(read_yaml(file_text(path, "File"), str(path)), str(path), "'tokens'")
    return checked(_File, document, str(path), _where).tokens


def find(settings: Settings, token: str, now: dt.datetime) -> tuple[str, StaticToken] | None:
    """Id and entry of a token that still opens; None of any other.

    Every hash is compared in constant time, so that time tells nothing of them.

    Raises:
        ConfigError: As for :func:`load_tokens`.
    """
    given = _hash(token)
    same = [
        (name, one)
        for name, one in load_tokens(settings).items()
        if hmac.compare_digest(one.sha256, given)
    ]
    return same[0] if same and now < same[0][1].expires else None


def make(
    settings: Settings, person: str, *, read_only: bool, days: int, now: dt.datetime
) -> tuple[str, str]:
    """Make a token: its id, and the token itself, which nobody can tell again.

    Args:
        settings: Where the files are.
        person: Whose, by id in ``people.yaml``; empty in one-person mode, of who runs this.
        read_only: It asks, and proposes nothing.
        days: How long it opens.
        now: Aware.

    Raises:
        UnknownNameError: Nobody has that id.
        MisuseError: There is a ``people.yaml`` and nobody was named, or the other way round.
        ConfigError: A file is wrong.
    """
    people = load_people(settings)
    if people.one_person != (not person):
        raise MisuseError(
            f"There is no {people.source}: a token is yours."
            if person
            else "Whose is the token? Name the person, by their id in people.yaml.",
            hint="Leave the person out." if person else "`tagwright people check` lists them.",
        )
    if person and person not in people.all:
        from tagwright.registry import nearest

        raise UnknownNameError("person", person, nearest(person, list(people.all)))
    token, name = PREFIX + secrets.token_urlsafe(32), secrets.token_hex(4)
    with _changing(settings) as tokens:
        tokens[name] = StaticToken(
            person=person or f"cli:{os_user()}",
            sha256=_hash(token),
            may=("ask",) if read_only else ("ask", "propose"),
            made=now.replace(microsecond=0),
            expires=now.replace(microsecond=0) + dt.timedelta(days=days),
        )
    return name, token


def revoke(settings: Settings, name: str) -> StaticToken:
    """Forget a token, by its id; it opens nothing from the next request on.

    Raises:
        UnknownNameError: There is none of that id.
        ConfigError: A file is wrong.
    """
    with _changing(settings) as tokens:
        if name not in tokens:
            raise UnknownNameError("token", name, sorted(tokens)[:5])
        return tokens.pop(name)


@contextmanager
def _changing(settings: Settings) -> Iterator[dict[str, StaticToken]]:
    """The tokens, written back where nothing was raised; two that change them wait in line."""
    import yaml
    from filelock import FileLock

    from tagwright.files import replace_file

    path = tokens_path(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), mode=0o600):
            tokens = load_tokens(settings)
            yield tokens
            plain = {name: one.model_dump(mode="json") for name, one in tokens.items()}
            replace_file(path, yaml.safe_dump({"tokens": plain}).encode(), mode=0o600)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({error.strerror or type(error).__name__})."
        ) from None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _where(place: tuple[int | str, ...], _: object) -> str:
    return clean(".".join(str(part) for part in place))
