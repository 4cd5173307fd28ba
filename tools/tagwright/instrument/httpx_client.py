"""Event hooks for any httpx (or httpx2) client: for those who call the APIs without an SDK.

The answer's body is seen as the application reads it, whether at once or piece by piece; it is
never read for us. A call that gets no answer at all is not seen: httpx has no hook for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.instrument.call import INSIDE, Call, Log
from tagwright.instrument.hosts import host_of, provider_of
from tagwright.instrument.httpx_body import Body
from tagwright.instrument.quiet import error_type, quietly

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

__all__ = ["httpx_async_hooks", "httpx_hooks"]

# By the end of the path: hosts put version, project and deployment before it.
_PATHS = {
    "/chat/completions": "chat",
    "/completions": "text_completion",
    "/embeddings": "embeddings",
    "/responses": "chat",
    "/messages": "chat",
}
_KEY = "tagwright.call"


def httpx_hooks(log: Log, *, provider: str | None = None) -> dict[str, list[Any]]:
    """For ``httpx.Client(event_hooks=httpx_hooks(log))``.

    Hosts that are known are logged always; of others, what is posted to a path like OpenAI's or
    Anthropic's and answered with a usage like theirs. ``provider`` says who answers there, else
    the host is the name.
    """

    def request(request: Any) -> None:
        quietly(None, _begin, log, provider, request)

    def response(response: Any) -> None:
        quietly(None, _answered, response, _tap)

    return {"request": [request], "response": [response]}


def httpx_async_hooks(log: Log, *, provider: str | None = None) -> dict[str, list[Any]]:
    """For ``httpx.AsyncClient(event_hooks=httpx_async_hooks(log))``; as :func:`httpx_hooks`."""

    async def request(request: Any) -> None:
        quietly(None, _begin, log, provider, request)

    async def response(response: Any) -> None:
        quietly(None, _answered, response, _tap_async)

    return {"request": [request], "response": [response]}


def _begin(log: Log, provider: str | None, request: Any) -> None:
    path = request.url.path.rstrip("/")
    operation = next((kind for end, kind in _PATHS.items() if path.endswith(end)), None)
    host = host_of(request.url)
    if operation is None or host is None or request.method != "POST" or INSIDE.get():
        return
    known = provider_of(host)
    call = Call(log, provider or known or host, operation)
    request.extensions[_KEY] = (call, known is not None, path.endswith("/messages"))


def _answered(response: Any, tap: Callable[[Any, Body], None]) -> None:
    found = response.request.extensions.pop(_KEY, None)
    if found is None or response.has_redirect_location:
        return
    call, known, anthropic = found
    body = Body(response, call, known=known, anthropic=anthropic)
    if response.status_code >= 400:
        body.end(error=str(response.status_code))
        return
    try:
        content = response.content
    except Exception:  # noqa: BLE001 - not read yet, which is the rule
        tap(response, body)
    else:
        body.feed(content)
        body.end(whole=True)


# The methods are replaced on the one response, and given back when its body has ended. A close
# while the body is being read says nothing: httpx itself closes before it hands out the last piece.


def _tap(response: Any, body: Body) -> None:
    iterate, close = response.iter_bytes, response.close

    def iter_bytes(*args: Any, **named: Any) -> Iterator[bytes]:
        body.reading = True
        try:
            for chunk in iterate(*args, **named):
                quietly(None, body.feed, chunk)
                yield chunk
        except BaseException as error:
            _ended(response, body, error)
            raise
        _ended(response, body, None, whole=True)

    def closed() -> None:
        if not body.reading:
            _ended(response, body, None)
        close()

    response.iter_bytes = iter_bytes
    response.close = closed


def _tap_async(response: Any, body: Body) -> None:
    iterate, close = response.aiter_bytes, response.aclose

    async def aiter_bytes(*args: Any, **named: Any) -> AsyncIterator[bytes]:
        body.reading = True
        try:
            async for chunk in iterate(*args, **named):
                quietly(None, body.feed, chunk)
                yield chunk
        except BaseException as error:
            _ended(response, body, error)
            raise
        _ended(response, body, None, whole=True)

    async def closed() -> None:
        if not body.reading:
            _ended(response, body, None)
        await close()

    response.aiter_bytes = aiter_bytes
    response.aclose = closed


def _ended(response: Any, body: Body, error: BaseException | None, *, whole: bool = False) -> None:
    left = error is None or isinstance(error, GeneratorExit)  # the reader stopped reading
    kind = None if error is None or left else error_type(error)
    quietly(None, body.end, whole=whole, error=kind)
    for name in ("iter_bytes", "close", "aiter_bytes", "aclose"):
        quietly(None, vars(response).pop, name, None)
