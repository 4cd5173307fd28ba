"""What the approver answers: its word to the applier, and the page to people."""

from __future__ import annotations

import contextlib
import datetime as dt
import hmac
import re
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tagwright.errors import (
    AccessError,
    ApprovalError,
    BusyError,
    MisuseError,
    ProviderError,
    TagwrightError,
    UnknownNameError,
)
from tagwright.people import by_link, by_token, may, require, seen_by
from tagwright.remediation import PlanStore
from tagwright.remediation.approver import Approver, why_not, why_not_reject
from tagwright_agent.approver.guard import Guard, read_form
from tagwright_agent.approver.pages import Choices, list_page, notice, plan_page, style
from tagwright_agent.approver.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from tagwright.config import Settings
    from tagwright.people import Door, Principal
    from tagwright.people.plans import Plans
    from tagwright.remediation import StoredPlan
    from tagwright_agent.approver.login import Login
    from tagwright_agent.approver.sessions import Link, Session

__all__ = ["application"]

_COOKIE = "tagwright_session"
_SECONDS = 8 * 3600
_LISTED = 500
_CHALLENGE = re.compile(r"[0-9a-fA-F]{16,64}")
_PLAN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NEXT = re.compile(rf"/plans/{_PLAN.pattern}(\?digest={_DIGEST.pattern})?")
_SAYS = {
    "approve": "approved", "reject": "rejected", "withdraw": "withdrawn",
    "roll_back": "rollback_ordered",
}  # fmt: skip
_STATUS = {
    UnknownNameError: 404, MisuseError: 400, AccessError: 403, ApprovalError: 409,
    BusyError: 503, ProviderError: 502,
}  # fmt: skip


def application(
    settings: Settings,
    hosts: Collection[str],
    *,
    link: Link | None = None,
    login: Login | None = None,
    sessions: Sessions | None = None,
) -> ASGIApp:
    """The approver of a home.

    Args:
        settings: Of the home that has the approver's key.
        hosts: Names in Host headers that are answered, without port.
        link: How one person signs in.
        login: How people sign in by OIDC.
        sessions: Who is signed in already; default nobody.
    """
    page = _Page(settings, link, login, sessions or Sessions())
    routes = [
        Route("/", page.plans),
        Route("/plans/{plan_id}", page.plan, methods=["GET"]),
        Route("/plans/{plan_id}", page.decide, methods=["POST"]),
        Route("/sign-out", page.sign_out, methods=["POST"]),
        Route("/word/{plan_id}", page.word),
        Route("/style.css", _style),
        Route("/healthz", _health),
    ]
    middleware = []
    if link is not None:
        routes.append(Route("/link/{token}", page.by_link))
    if login is not None:
        from starlette.middleware.sessions import (
            SessionMiddleware,
        )  # needs the extra, as login does

        routes += [Route("/sign-in", page.sign_in), Route("/signed-in", page.signed_in)]
        # Only the way to the issuer and back. It must survive the issuer's redirect: lax.
        middleware.append(
            Middleware(
                SessionMiddleware,
                secret_key=secrets.token_urlsafe(32),
                session_cookie="tagwright_login",
                max_age=600,
                same_site="lax",
                https_only=page.secure,
            )
        )
    handlers: Any = {TagwrightError: _said, 404: _not_there, Exception: _broken}
    return Guard(
        Starlette(routes=routes, middleware=middleware, exception_handlers=handlers),
        hosts,
        page.page_url,
    )


class _Page:
    """The routes. Those that read or write the store are plain functions: each in a thread."""

    def __init__(
        self, settings: Settings, link: Link | None, login: Login | None, sessions: Sessions
    ) -> None:
        self.settings = settings
        self.link = link
        self.login = login
        self.page_url = login.oidc.page_url if login else None
        self.secure = (self.page_url or "").startswith("https:")
        self.sessions = sessions

    # --- the applier's question ----------------------------------------------------------------

    def word(self, request: Request) -> Response:
        """The signed answer to one question.

        Public on purpose: it says who decided what when, and no more; it is signed, and bound to
        the challenge, so that the applier need not trust the network, nor hold a password of ours.
        """
        plan_id, challenge = request.path_params["plan_id"], request.query_params.get("challenge")
        if not _PLAN.fullmatch(plan_id) or not _CHALLENGE.fullmatch(challenge or ""):
            raise MisuseError("Ask /word/PLAN?challenge=HEX, of 16 to 64 hexadecimal digits.")
        with PlanStore.open(self.settings) as store, Approver.open(store) as approver:
            answer = approver.word(plan_id).answer(challenge or "", approver.book.signer)
        return JSONResponse(answer)

    # --- looking and deciding ------------------------------------------------------------------

    def plans(self, request: Request) -> Response:
        """Plans that wait, are approved, or were decided."""
        session = self._session(request)
        if session is None:
            return self._sign_in_page(request)
        with self._open(session) as (who, plans, _):
            found = plans.list(limit=_LISTED, now=_now())
        return HTMLResponse(list_page(found, who, csrf=session.csrf))

    def plan(self, request: Request) -> Response:
        """The whole plan; one that a link does not mean is not shown for it."""
        session = self._session(request)
        if session is None:
            return self._sign_in_page(request)
        with self._open(session) as (who, plans, approver):
            found = plans.get(request.path_params["plan_id"], _now())
            if request.query_params.get("digest", found.digest) != found.digest:
                raise ApprovalError(
                    f"The link means another plan than the one stored as {found.plan.id}.",
                    hint="Nothing was decided by this: ask who gave you the link.",
                )
            return self._shown(found, who, approver, session)

    async def decide(self, request: Request) -> Response:
        """Approve, reject or withdraw what was shown, or have it rolled back."""
        form = await read_form(request)
        return await run_in_threadpool(self._decide, request, form)

    def _decide(self, request: Request, form: dict[str, str]) -> Response:
        session = self._session(request)
        if session is None:
            return self._sign_in_page(request)
        _check_csrf(session, form)
        plan_id, action = request.path_params["plan_id"], form.get("action", "")
        reason = " ".join(form.get("reason", "").split())
        with self._open(session) as (who, plans, approver):
            plans.get(plan_id)
            try:
                if action == "withdraw":
                    approver.withdraw(plan_id, who, reason)
                elif action == "roll_back":
                    approver.order_rollback(plan_id, who, reason)
                elif action in {"approve", "reject"}:
                    decision: Any = action
                    approver.decide(plan_id, form.get("digest", ""), who, decision, reason)
                else:
                    raise MisuseError("A plan is approved, rejected, withdrawn, or rolled back.")
            except ApprovalError as error:
                if not approver.has_said(plan_id, who, _SAYS[action], form.get("digest", "")):
                    found = plans.get(plan_id, _now())
                    fault = f"Nothing was decided by this. {error.message}"
                    return self._shown(found, who, approver, session, fault)
        return RedirectResponse(f"/plans/{quote(plan_id)}", status_code=303)

    @contextlib.contextmanager
    def _open(self, session: Session) -> Iterator[tuple[Principal, Plans, Approver]]:
        """Who asks, what they may see, and what takes their decision; people.yaml as it is now.

        Raises:
            AccessError: They may neither ask nor approve.
        """
        who = session.door()
        with PlanStore.open(self.settings) as store, Approver.open(store) as approver:
            if may(store.people, who, "approve"):
                require(store.people, who, "ask")
            yield who, seen_by(who, store, store.people, self.settings), approver

    def _shown(
        self,
        found: StoredPlan,
        who: Principal,
        approver: Approver,
        session: Session,
        fault: str = "",
    ) -> Response:
        store, plan_id = approver.store, found.plan.id
        waits = found.state == "proposed"
        choices = Choices(
            why_not(store, found, who, _now()),
            waits and not why_not_reject(store, found.plan, who),
            approver.may_withdraw(found, who),
            approver.may_order_rollback(found, who),
        )
        replaced = [it for it in store.state.journal(plan_id) if it.event == "superseded"]
        page = plan_page(
            found, approver.word(plan_id), choices, who, csrf=session.csrf, fault=fault,
            replaced_by=str(replaced[-1].body.get("plan", "")) if replaced else "",
        )  # fmt: skip
        return HTMLResponse(page, 409 if fault else 200)

    # --- signing in ----------------------------------------------------------------------------

    def by_link(self, request: Request) -> Response:
        """The one-time link: whoever opens it first is the user of this process."""
        if request.method != "GET":  # what only looks whether a link is alive uses none up
            return Response(status_code=405)
        assert self.link is not None  # noqa: S101  there is no such route without
        if not self.link.take(request.path_params["token"]):
            raise AccessError(
                "This link was used, is over ten minutes old, or is another one.",
                hint="Start `tagwright approver` again for a new one.",
            )
        return self._signed_in(partial(by_link, self.settings), "/")

    async def sign_in(self, request: Request) -> Response:
        """To the issuer."""
        assert self.login is not None  # noqa: S101  there is no such route without
        path = request.query_params.get("next", "/")
        request.session["next"] = path if _NEXT.fullmatch(path) else "/"
        base = self.page_url or f"http://{request.headers['host']}"
        return await self.login.begin(request, f"{base}/signed-in")

    async def signed_in(self, request: Request) -> Response:
        """Back from the issuer."""
        assert self.login is not None  # noqa: S101  there is no such route without
        proven = await self.login.finish(request)
        door = partial(
            by_token, self.settings, subject=proven.subject, email=proven.email,
            email_verified=proven.email_verified,
        )  # fmt: skip
        if not (await run_in_threadpool(door)).person:
            called = f"{proven.subject} ({proven.email})" if proven.email else proven.subject
            doubt = proven.email and not proven.email_verified
            raise AccessError(
                f"{called} is nobody in people.yaml"
                f"{', and the issuer has not verified that address' if doubt else ''}.",
                hint="The subject or the verified address belongs under `mcp` of one person.",
            )
        back = str(request.session.pop("next", "/"))
        return self._signed_in(door, back)

    def _signed_in(self, door: Door, path: str) -> Response:
        # A page and no redirect: a strict cookie does not go along with a request that another
        # site's began, as the issuer's redirect did.
        response = HTMLResponse(
            notice("Signed in", [], link=(path, "Go on"), onward=path), status_code=200
        )
        response.set_cookie(
            _COOKIE, self.sessions.start(door), max_age=_SECONDS, path="/", httponly=True,
            samesite="strict", secure=self.secure,
        )  # fmt: skip
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        form, session = await read_form(request), self._session(request)
        if session is not None:
            _check_csrf(session, form)
            self.sessions.end(request.cookies[_COOKIE])
        response = RedirectResponse("/", status_code=303)
        response.delete_cookie(_COOKIE)
        return response

    def _session(self, request: Request) -> Session | None:
        return self.sessions.of(request.cookies.get(_COOKIE, ""))

    def _sign_in_page(self, request: Request) -> Response:
        path, digest = request.url.path, request.query_params.get("digest", "")
        if _DIGEST.fullmatch(digest):
            path += f"?digest={digest}"
        if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
            # Whoever follows a link of another site may well be signed in: see _signed_in.
            return HTMLResponse(notice("One moment", [], link=(path, "Go on"), onward=path))
        if self.login is not None:
            page = notice(
                "Sign in",
                ["Plans are shown to, and decided by, people of people.yaml."],
                link=(f"/sign-in?next={quote(path)}", "Sign in"),
            )
        else:
            page = notice(
                "Sign in",
                [
                    "Open the link that the terminal of tagwright approver shows: it works once.",
                    "It is good for ten minutes; for a new one, start tagwright approver again.",
                ],
            )
        return HTMLResponse(page, 401)


def _check_csrf(session: Session, form: dict[str, str]) -> None:
    if not hmac.compare_digest(form.get("csrf", "").encode(), session.csrf.encode()):
        raise AccessError(
            "This form is of another session.", hint="Load the page again, and look again."
        )


def _said(request: Request, error: Exception) -> Response:
    """An error that says what to do."""
    assert isinstance(error, TagwrightError)  # noqa: S101  registered for those
    status = next((it for kind, it in _STATUS.items() if isinstance(error, kind)), 500)
    if request.url.path.startswith("/word/"):
        return JSONResponse({"error": error.as_dict()}, status)
    lines = [line for line in (error.message, error.hint) if line]
    return HTMLResponse(notice("That did not work", lines, link=("/", "All plans")), status)


def _not_there(_: Request, __: Exception) -> Response:
    return HTMLResponse(notice("There is no such page", [], link=("/", "All plans")), 404)


def _broken(_: Request, error: Exception) -> Response:
    """A fault of ours: its kind, not its text, which may hold secrets; the log has its place."""
    line = f"This is a fault in Tagwright: {type(error).__name__}. Nothing was decided by this."
    return HTMLResponse(notice("That did not work", [line], link=("/", "All plans")), 500)


async def _style(_: Request) -> Response:
    return Response(style(), media_type="text/css")


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
