"""The Bolt app: it verifies what comes, stores it, and acknowledges; nothing is answered here.

Bolt's App acknowledges an event before its listener has run, so that one whose process is killed
there is lost. Here it is stored before: ``before_authorize`` runs after the signature was verified
and before Slack is asked for anything, so that a Slack that is down loses nothing either.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from tagwright.errors import TagwrightError
from tagwright_agent.slack.arrivals import arrival_of, membership_of
from tagwright_agent.slack.audience import AUDIENCE
from tagwright_agent.slack.inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slack_bolt import App, BoltRequest, BoltResponse
    from slack_bolt.oauth import OAuthFlow
    from slack_sdk import WebClient
    from starlette.applications import Starlette
    from starlette.routing import Route

    from tagwright.config import Settings
    from tagwright_agent.slack.tokens import Tokens

__all__ = ["asgi", "bolt_app", "web_client"]

_LARGEST = 1_000_000
"""Bytes of a request; Slack's own are far smaller."""


def web_client(settings: Settings, token: str) -> WebClient:
    """A client of the Web API that leaves alone what Slack says it calls too often."""
    from tagwright_agent.slack.pace import PacedClient

    return PacedClient(token=token, base_url=settings.slack.api_url, timeout=20, retry_handlers=[])


def bolt_app(
    settings: Settings, tokens: Tokens, wake: Callable[[], None],
    flow: OAuthFlow | None = None, *, socket: bool = False,
) -> App:  # fmt: skip
    """The app.

    Args:
        settings: Where the queue is.
        tokens: Of Slack.
        wake: Called when something was stored.
        flow: Of an installation, where there may be several.
        socket: Requests come over Socket Mode, whose connection is authenticated instead.
    """
    from slack_bolt import App, BoltResponse

    logger = logging.getLogger("tagwright.slack")
    inbox = Inbox(settings)

    def stored(req: BoltRequest, next: Callable[[], Any]) -> BoltResponse | None:  # noqa: A002  bolt's names
        if req.body.get("type") == "url_verification":
            found: BoltResponse | None = next()  # bolt's own middleware answers it
            return found
        if channel := membership_of(req.body):
            AUDIENCE.forget(channel)
        if (arrival := arrival_of(req.body)) is not None:
            try:
                new = inbox.store(arrival, dt.datetime.now(dt.UTC))
            except TagwrightError as error:
                logger.warning("Not stored, so Slack sends it again: %s", error)
                return BoltResponse(status=503, body="")
            if new:
                wake()
            if arrival.kind == "command":
                return BoltResponse(status=200, body={"response_type": "ephemeral", "text": "…"})
        return BoltResponse(status=200, body="")

    return App(
        name="tagwright",
        logger=logger,
        client=web_client(settings, tokens.bot),
        oauth_flow=flow,
        signing_secret=tokens.signing_secret or "socket-mode-has-none",
        token_verification_enabled=False,
        request_verification_enabled=not socket,
        before_authorize=stored,
        process_before_response=True,
    )


def asgi(app: App, more: Sequence[Route] = ()) -> Starlette:
    """``POST /slack/events`` for events, commands and interactivity; ``GET /healthz``; more."""
    from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request  # noqa: TC002  starlette reads the annotations
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def events(request: Request) -> Response:
        if int(request.headers.get("content-length") or 0) > _LARGEST:
            return PlainTextResponse("too large", 413)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST:
                return PlainTextResponse("too large", 413)
        try:
            bolt = to_bolt_request(request, body)
        except (AttributeError, TypeError, ValueError):  # bolt reads it before it verifies it
            return PlainTextResponse("no request of Slack's", 400)
        return to_starlette_response(await run_in_threadpool(app.dispatch, bolt))

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/slack/events", events, methods=["POST"]),
            Route("/healthz", health, methods=["GET"]),
            *more,
        ]
    )
