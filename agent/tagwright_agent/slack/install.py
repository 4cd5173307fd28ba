"""Installing the app in another workspace: Slack's OAuth, for workspaces that the settings name.

The way is bolt's: a state that the browser holds as a cookie too, the code given for a token. What
is ours is where the token goes, and who may.

Sources: https://docs.slack.dev/authentication/installing-with-oauth ,
https://docs.slack.dev/reference/methods/oauth.v2.access ,
https://docs.slack.dev/reference/events/app_uninstalled and
https://docs.slack.dev/reference/events/tokens_revoked .
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from typing import TYPE_CHECKING, Any

from tagwright.errors import ConfigError, TagwrightError
from tagwright.state import (
    Installation,
    append,
    drop_installation,
    keep_installation,
    open_state,
)
from tagwright.text import clean, internal_fault
from tagwright_agent.slack.app import web_client
from tagwright_agent.slack.manifest import SCOPES
from tagwright_agent.slack.workspaces import seal, sealer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_bolt import BoltResponse
    from slack_bolt.oauth import OAuthFlow
    from slack_bolt.oauth.callback_options import FailureArgs, SuccessArgs
    from slack_sdk.oauth.installation_store import Installation as Granted
    from starlette.routing import Route

    from tagwright.config import Settings
    from tagwright.state import State
    from tagwright_agent.slack.arrivals import Arrival
    from tagwright_agent.slack.tokens import Tokens

__all__ = ["oauth_flow", "removed", "routes"]

_LOG = logging.getLogger("tagwright.slack")
_MINUTES = 10
"""That a begun installation may take."""
_WORDS = {
    "access_denied": "It was not allowed in Slack, so nothing was installed.",
    "invalid_browser": "This browser did not begin it. Open /slack/install, over https, and "
    "finish there.",
    "invalid_state": f"It took longer than {_MINUTES} minutes. Open /slack/install again.",
    "missing_code": "Slack gave no code. Open /slack/install again.",
    "invalid_code": "Slack does not take the code it gave. Open /slack/install again.",
}


class _Store:
    """Bolt's installation store, as far as bolt uses it here: it saves."""

    def __init__(self, settings: Settings, secret: str) -> None:
        self.settings = settings
        self.secret = secret

    def save(self, granted: Granted) -> None:
        """Keep it, its token sealed.

        Raises:
            BoltError: The workspace is not one of the settings', or the store cannot be written;
                the token is forgotten then.
        """
        from slack_bolt.error import BoltError

        try:
            self._save(granted, dt.datetime.now(dt.UTC))
        except TagwrightError as error:
            raise BoltError(str(error)) from None

    def _save(self, granted: Granted, now: dt.datetime) -> None:
        workspace, name = workspace_of(granted)
        by = clean(str(granted.user_id or ""))[:64]
        state = open_state(self.settings)
        try:
            if workspace not in self.settings.slack.workspaces:
                body = {"workspace": workspace, "by": by, "why": "not in slack.workspaces"}
                state.transact(lambda con: append(con, "slack_refused", None, body, now))
                raise ConfigError(
                    f"{name} ({workspace}) is not among slack.workspaces, so its token was not "
                    "kept.",
                    hint="Whoever runs Tagwright adds the id to tagwright.toml; then restart it, "
                    "and open /slack/install again.",
                )
            sealed = seal(self.secret, workspace, str(granted.bot_token))
            keep_installation(state, Installation(workspace, name, sealed, by, now))
        finally:
            state.close()


class _States:
    """Bolt's store of states, without a store: a state is sealed, and says when it was made.

    It is good once by Slack's code, which is; the browser's cookie goes with the answer.
    """

    def __init__(self, secret: str) -> None:
        self._sealer = sealer(secret, "state")

    def issue(self, *_: Any, **__: Any) -> str:
        """A new one, of characters that a cookie takes as they are."""
        return self._sealer.encrypt(secrets.token_bytes(16)).decode().rstrip("=")

    def consume(self, state: str) -> bool:
        """Whether it is one of ours, and fresh."""
        from cryptography.fernet import InvalidToken

        try:
            self._sealer.decrypt(state + "=" * (-len(state) % 4), ttl=_MINUTES * 60)
        except InvalidToken:
            return False
        return True


def workspace_of(granted: Granted) -> tuple[str, str]:
    """Id and name of what it is installed in: the organisation's, where it is for all of that.

    Raises:
        ConfigError: Slack says no workspace, or gave no bot token.
    """
    whole = bool(granted.is_enterprise_install)
    found = clean(str((granted.enterprise_id if whole else granted.team_id) or ""))
    name = clean(str((granted.enterprise_name if whole else granted.team_name) or found))
    if not found or not granted.bot_token:
        raise ConfigError("Slack names no workspace or gave no bot token.")
    return found, name


def oauth_flow(settings: Settings, tokens: Tokens) -> OAuthFlow | None:
    """Bolt's flow of an installation; None where the app is for one workspace alone."""
    if not tokens.client_secret:
        return None
    from slack_bolt.oauth import OAuthFlow
    from slack_bolt.oauth.callback_options import CallbackOptions
    from slack_bolt.oauth.oauth_settings import OAuthSettings

    store: Any = _Store(settings, tokens.client_secret)
    states: Any = _States(tokens.client_secret)
    made = OAuthSettings(
        client_id=tokens.client_id,
        client_secret=tokens.client_secret,
        scopes=list(SCOPES),
        user_scopes=[],
        install_page_rendering_enabled=False,
        callback_options=CallbackOptions(success=_installed, failure=_refused),
        installation_store=store,
        state_store=states,
        state_expiration_seconds=_MINUTES * 60,
        logger=_LOG,
    )
    return OAuthFlow(client=web_client(settings, ""), logger=_LOG, settings=made)


def routes(flow: OAuthFlow) -> list[Route]:
    """``GET /slack/install`` and ``GET /slack/oauth_redirect``."""
    from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request  # noqa: TC002  starlette reads the annotations
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def install(request: Request) -> Response:
        return to_starlette_response(flow.handle_installation(to_bolt_request(request, b"")))

    async def redirect(request: Request) -> Response:
        bolt = to_bolt_request(request, b"")
        try:
            return to_starlette_response(await run_in_threadpool(flow.handle_callback, bolt))
        except OSError as error:
            text = f"Slack cannot be reached ({type(error).__name__}). Open /slack/install again."
            return PlainTextResponse(text, 502)
        except Exception as error:  # noqa: BLE001  nobody gets a traceback, which may hold a code
            _LOG.error("Installing: %s", internal_fault(error))
            return PlainTextResponse(internal_fault(error), 500)

    return [
        Route("/slack/install", install, methods=["GET"]),
        Route("/slack/oauth_redirect", redirect, methods=["GET"]),
    ]


def removed(state: State, arrival: Arrival, now: dt.datetime) -> None:
    """The app went from a workspace, or its token was revoked: forget it, and end its jobs.

    Raises:
        TagwrightError: The state store cannot be written.
    """
    at = dt.datetime.fromtimestamp(float(arrival.action["at"]), dt.UTC)
    if not drop_installation(state, arrival.team, str(arrival.action["why"]), at, now):
        _LOG.info("%s was installed anew since: kept.", arrival.team)


def _installed(args: SuccessArgs) -> BoltResponse:
    workspace, name = workspace_of(args.installation)
    return _page(
        args.settings.state_utils.build_set_cookie_for_deletion(), 200,
        f"Tagwright is installed in {name} ({workspace}). Who asks there is told what is "
        "shown to whom; people.yaml says who is who.",
    )  # fmt: skip


def _refused(args: FailureArgs) -> BoltResponse:
    status, text = args.suggested_status_code, _WORDS.get(args.reason, "")
    if args.error is not None:
        status, text = 403, str(args.error)
    if not text:
        text = f"Slack says {clean(args.reason)[:60]}. Open /slack/install again."
    return _page(args.settings.state_utils.build_set_cookie_for_deletion(), status, text)


def _page(cookie: str, status: int, text: str) -> BoltResponse:
    from slack_bolt import BoltResponse

    headers: dict[str, str | Sequence[str]] = {
        "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Set-Cookie": cookie,
    }  # fmt: skip
    return BoltResponse(status=status, headers=headers, body=f"{text}\n")
