"""The doors: the only places where a :class:`Principal` is made, of what is proven there.

No door takes a name from whoever comes through it. What proves a person:

    terminal, chat, MCP over stdio   the user that this process runs as, by uid
    Slack                            the team and user of a request that Slack signed
    MCP over HTTP                    an access token that the OAuth issuer signed for this server,
                                     or a static token that was made for a person
    alerts                           the home's alerts.yaml, whose writer sets every setting
    the approver's page              a one-time link that the process's own terminal was told: its
                                     user; else an ID token that the OIDC issuer signed
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from tagwright.errors import AccessError
from tagwright.people.load import load_people
from tagwright.people.principal import Principal

if TYPE_CHECKING:
    from tagwright.config import Settings
    from tagwright.people.model import Right

__all__ = ["Door", "at_terminal", "by_link", "by_rule", "by_slack", "by_static_token", "by_token",
           "os_user", "over_http"]  # fmt: skip

Door = Callable[[], Principal]
"""Who asks now; called for each request, so that an edit of people.yaml holds from the next on."""


def os_user() -> str:
    """The name of the user that this process runs as; ``#1000`` where the system has none for it.

    By uid: ``$USER`` and ``$LOGNAME`` are whatever somebody set.
    """
    import pwd

    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user may have no name
        return f"#{uid}"


def at_terminal(settings: Settings, channel: Literal["cli", "chat", "mcp"] = "cli") -> Principal:
    """The person whose process this is.

    Args:
        settings: Where ``people.yaml`` is.
        channel: ``cli``; ``chat`` for a conversation; ``mcp`` for a server on stdio, whose client
            started it as itself.

    Raises:
        ConfigError: ``people.yaml`` is wrong.
    """
    user = os_user()
    person = load_people(settings).of("cli", user)
    return Principal(person.id if person else "", channel, user, user)


def by_slack(settings: Settings, teams: Sequence[str], user: str) -> Principal:
    """Who wrote or pressed in Slack, as its signed request says.

    Args:
        settings: Where ``people.yaml`` is.
        teams: The user's own workspace, and the organisation on Enterprise Grid; of a guest over
            Slack Connect it is their home, not the workspace where they were seen.
        user: The user's id.

    Raises:
        ConfigError: ``people.yaml`` is wrong.
    """
    people = load_people(settings)
    for team in teams:
        if (person := people.of("slack", f"{team}/{user}")) is not None:
            return Principal(person.id, "slack", f"{team}/{user}")
    return Principal("", "slack", f"{teams[0] if teams else '?'}/{user}")


def over_http() -> Principal:
    """Nobody: who comes without a token, which a loopback address alone lets in, is not proven."""
    return Principal("", "mcp")


def by_link(settings: Settings) -> Principal:
    """Who opened the one-time link: the user of the process that told it at its terminal.

    Raises:
        ConfigError: ``people.yaml`` is wrong.
    """
    user = os_user()
    person = load_people(settings).of("cli", user)
    return Principal(person.id if person else "", "page", user, user)


def by_rule(settings: Settings, person: str) -> Principal:
    """Whom ``alerts.yaml`` names: their scope is asked in, and nobody is there.

    Raises:
        ConfigError: ``people.yaml`` is wrong.
    """
    known = person if person in load_people(settings).all else ""
    return Principal(known, "alerts", person)


def by_token(
    settings: Settings,
    *,
    subject: str,
    email: str = "",
    email_verified: bool = False,
    through: frozenset[Right] | None = None,
) -> Principal:
    """The person of a token whose signature, issuer, audience and time were verified.

    Nobody in one-person mode, where the address is not verified and the subject is not known, and
    where the subject is one person's and the address another's.

    Args:
        settings: Where ``people.yaml`` is.
        subject: The token's ``sub``.
        email: Its ``email``.
        email_verified: Whether the issuer says that it is theirs.
        through: What the scopes of an access token let through, over MCP; None for an ID token,
            at the approver's page.

    Raises:
        ConfigError: ``people.yaml`` is wrong.
        AccessError: It is an access token, and there is no ``people.yaml``: one-person mode, which
            asks nobody who they are, must not open to everybody whom the issuer knows.
    """
    people = load_people(settings)
    if through is not None and people.one_person:
        raise AccessError(
            f"{people.source} is not there, so that no token is anybody's.",
            hint="Say there who each subject is; see docs/people.md.",
        )
    address = email if email_verified else ""
    found = {person.id for it in (subject, address) if (person := people.of("mcp", it))}
    channel = "page" if through is None else "mcp"
    only = found.pop() if len(found) == 1 else ""
    return Principal(only, channel, subject, address or subject, through)


def by_static_token(
    settings: Settings, person: str, token: str, through: frozenset[Right]
) -> Principal:
    """The person that a static token was made for, while there is such a person.

    Args:
        settings: Where ``people.yaml`` is.
        person: Their id, or ``cli:USER`` of a token that was made in one-person mode.
        token: The token's id, which is no secret.
        through: What the token is for.

    Raises:
        ConfigError: ``people.yaml`` is wrong.
        AccessError: There is no such person any more.
    """
    people = load_people(settings)
    if (known := people.named(person)) is None:
        raise AccessError(
            f"The token {token} is of {person}, who is nobody in {people.source}.",
            hint="`tagwright mcp token list` says whose each is.",
        )
    return Principal(known.id, "mcp", f"token:{token}", known.id, through)
