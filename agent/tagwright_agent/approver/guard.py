"""What holds for every request: the names it may come by, whose form it is, the headers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from tagwright.errors import MisuseError

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard", "read_form"]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it browsers send "Origin: null" with our own forms, which is refused.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MOST = 16_384


class Guard:
    """Refuses strangers' names and forms before anything else looks at the request.

    Args:
        app: What is guarded.
        hosts: Names in Host that are answered, without port.
        page_url: Where browsers reach the page through a proxy; None without one.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], page_url: str | None = None) -> None:
        self.app = app
        self.hosts = {name.lower() for name in hosts}
        self.page_url = page_url
        if page_url is not None:
            self.hosts.add(_name(urlsplit(page_url).netloc))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        refused = self._refusal(scope["method"], Headers(scope=scope))
        await (refused or self.app)(scope, receive, answered)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "")
        if _name(host) not in self.hosts:
            return PlainTextResponse("This name is not served here.", 421)
        if method in {"GET", "HEAD"}:
            return None
        origin, own = headers.get("origin"), {f"http://{host.lower()}", self.page_url}
        foreign = headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
        if foreign or (origin is not None and origin.lower() not in own):
            return PlainTextResponse("This form is of another site.", 403)
        return None


def _name(authority: str) -> str:
    """A Host header without its port."""
    head, colon, port = authority.lower().rpartition(":")
    return head if colon and port.isdecimal() else authority.lower()


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, each once.

    Raises:
        MisuseError: It is longer than any of ours, or no form.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST:
            raise MisuseError("That is more than a form of ours says.", hint="Shorten the reason.")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise MisuseError("That is no form of ours.") from None
    return {name: values[-1] for name, values in fields.items()}
