"""Which token a workspace has, and that one which is not installed has none.

A bot token is sealed before it is kept in the state store, with a key that is made of the app's
client secret: who reads the store, or a copy of it, reads no token, and no key is there to lose.

Sources: https://docs.slack.dev/authentication/installing-with-oauth ,
https://docs.slack.dev/reference/methods/auth.test and
https://docs.slack.dev/reference/methods/auth.teams.list .
"""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import TYPE_CHECKING

from tagwright.errors import ConfigError
from tagwright.state import installations_of, open_state
from tagwright_agent.slack.app import web_client
from tagwright_agent.slack.calls import LaterError, NeverError, fault_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.fernet import Fernet
    from slack_sdk import WebClient

    from tagwright.config import Settings
    from tagwright.state import Installation
    from tagwright_agent.slack.tokens import Tokens

__all__ = ["NotInstalledError", "Workspaces", "seal", "sealer", "unsealed"]

_FRESH = 300.0


class NotInstalledError(NeverError):
    """The app has no token for that workspace."""

    def __init__(self, team: str) -> None:
        super().__init__(f"the app is not installed in {team or 'a workspace without an id'}")
        self.team = team


def sealer(secret: str, use: str) -> Fernet:
    """What seals and opens, with a key of its own for each use.

    Args:
        secret: The app's client secret.
        use: What for.
    """
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = f"tagwright slack {use}".encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def seal(secret: str, workspace: str, token: str) -> str:
    """The token of that workspace, so that only who has the client secret can read it."""
    said = json.dumps({"workspace": workspace, "token": token})
    return sealer(secret, "token").encrypt(said.encode()).decode()


def unsealed(secret: str, item: Installation) -> str:
    """The token of an installation.

    Raises:
        ConfigError: Another client secret sealed it, or it is another workspace's.
    """
    from cryptography.fernet import InvalidToken

    try:
        said = json.loads(sealer(secret, "token").decrypt(item.sealed.encode()))
    except InvalidToken:
        said = {}
    if said.get("workspace") != item.id:
        raise ConfigError(
            f"The token of workspace {item.id} cannot be opened with this SLACK_CLIENT_SECRET.",
            hint="Install the app there again, over /slack/install.",
        )
    return str(said["token"])


class Workspaces:
    """A client for a workspace by its id; one for a process, safe under threads.

    Args:
        settings: Where installations are kept.
        tokens: Of the environment.
    """

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self.settings = settings
        self.tokens = tokens
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, frozenset[str]]] = {}

    def __call__(self, team: str) -> WebClient:
        """A client with the token of that workspace, or of the organisation it is one of.

        Raises:
            NotInstalledError: There is none.
            ConfigError: It is there and cannot be opened.
            LaterError: Slack must be asked whose a token is, and cannot be.
            NeverError: Slack refuses the token.
        """
        return web_client(self.settings, self._token(team))

    def _token(self, team: str) -> str:
        secret = self.tokens.client_secret
        installed = {one.id: one for one in self._installed()} if secret else {}
        if team in installed:
            return unsealed(secret, installed[team])
        faults: list[Exception] = []
        for one in installed.values():
            if one.id.startswith("E"):  # installed for a whole organisation
                try:
                    token = unsealed(secret, one)
                    if team in self._of(one.id + one.sealed, token, _granted):
                        return token
                except (ConfigError, LaterError, NeverError) as error:
                    faults.append(error)  # of others, perhaps: they do not stop this one
        if self.tokens.bot and team in self._of("", self.tokens.bot, _own):
            return self.tokens.bot
        if faults:
            raise faults[0]
        raise NotInstalledError(team)

    def _installed(self) -> list[Installation]:
        state = open_state(self.settings)
        try:
            return installations_of(state)
        finally:
            state.close()

    def _of(
        self, key: str, token: str, ask: Callable[[WebClient], frozenset[str]]
    ) -> frozenset[str]:
        """The workspaces that a token is for, asked of Slack every few minutes."""
        from slack_sdk.errors import SlackApiError

        with self._lock:
            at, found = self._kept.get(key, (0.0, None))
        if found is not None and time.monotonic() - at < _FRESH:
            return found
        try:
            found = ask(web_client(self.settings, token))
        except SlackApiError as error:
            raise fault_of(error) from None
        except OSError as error:
            raise LaterError(type(error).__name__, 5) from None
        with self._lock:
            self._kept[key] = (time.monotonic(), found)
        return found


def _own(client: WebClient) -> frozenset[str]:
    """The token's own workspace; all of the organisation, where it is installed for that."""
    reply = client.auth_test()
    ids = {str(reply.get("team_id") or "")}
    if reply.get("is_enterprise_install"):
        ids |= _granted(client) | {str(reply.get("enterprise_id") or "")}
    return frozenset(ids - {""})


def _granted(client: WebClient) -> frozenset[str]:
    """The workspaces that an organisation's app is granted."""
    found: set[str] = set()
    cursor = ""
    while True:
        reply = client.auth_teams_list(limit=1000, cursor=cursor or None)
        found |= {str(team["id"]) for team in reply.get("teams") or []}
        cursor = (reply.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return frozenset(found)
