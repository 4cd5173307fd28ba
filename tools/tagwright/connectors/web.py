"""JSON over HTTP with patience: what passes is asked again, what does not is said in words.

The key is sent to the configured host alone (redirects are not followed) and is in no message.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from tagwright.errors import ProviderError
from tagwright.sources.json_head import LINE_LIMIT
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from tagwright.connectors.model import Clock

__all__ = ["Api", "Page", "RefusedError", "base_url", "key_from"]

TRIES = 6
FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0
PATIENCE = 300.0
"""Seconds; who asks for a longer pause is asked another day."""

_PASSING = {408, 425, 429}


class RefusedError(ProviderError):
    """The request itself was refused (a 4xx that is not about the key or the pace)."""


@dataclass(frozen=True)
class Page:
    """One answer.

    Attributes:
        line: Its text as it came, on one line.
        document: What it says.
        headers: The answer's headers, names in lower case.
    """

    line: str
    document: Mapping[str, Any]
    headers: Mapping[str, str]


def base_url(value: str, *, needs_tls: bool) -> str:
    """A base URL that a key may be sent to; a validator of settings.

    Raises:
        ValueError: It is none; never repeats it, for it may hold a password.
    """
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not an http(s) URL")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a user, password, query or fragment has no place in it")
    if needs_tls and parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("a key is sent over https only (http is for this machine)")
    return value.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def key_from(variable: str, who: str) -> str:
    """The key in an environment variable.

    Raises:
        ProviderError: There is none, or it cannot be a key.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ProviderError(
            f"There is no key for {who}: {variable} is not set.",
            hint=f"Set {variable} to an admin key that may read usage and costs.",
        )
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ProviderError(
            f"What is in {variable} cannot be a key: it holds a blank, or is not ASCII.",
            hint=f"Set {variable} anew.",
        )
    return key


class Api:
    """One vendor's API; a context manager.

    Args:
        base: Its base URL.
        who: Its name for people.
        clock: For waiting.
        headers: Sent with each request.
        variable: The environment variable that ``key`` came from; empty where there is none.
        key: To keep out of messages.
    """

    def __init__(
        self,
        base: str,
        who: str,
        clock: Clock,
        *,
        headers: Mapping[str, str] | None = None,
        variable: str = "",
        key: str = "",
    ) -> None:
        import httpx2

        self._base, self._who, self._clock = base, who, clock
        self._variable, self._key = variable, key
        self._client = httpx2.Client(
            headers={"user-agent": "tagwright", "accept": "application/json", **(headers or {})},
            timeout=httpx2.Timeout(10, read=120),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(
        self,
        path: str,
        parameters: Sequence[tuple[str, str]] = (),
        *,
        fault: Callable[[Mapping[str, Any]], str] = lambda _: "",
    ) -> Page:
        """One page; a cut answer, 429 and 5xx are asked again, with growing pauses.

        Args:
            path: Below the base URL.
            parameters: Of the query, in order; a name may come again.
            fault: What is wrong with the document, in words, where it is not what was asked for;
                it is then asked again, too.

        Raises:
            RefusedError: The request was refused.
            ProviderError: The key was, or there is no whole answer after all tries.
        """
        why = ""
        for attempt in range(TRIES):
            outcome = self._once(path, parameters, fault)
            if isinstance(outcome, Page):
                return outcome
            why = outcome.why
            if attempt + 1 < TRIES:
                backoff = min(FIRST_WAIT * 2**attempt, LONGEST_WAIT)
                self._clock.sleep(backoff if outcome.seconds is None else outcome.seconds)
        raise ProviderError(
            f"{self._who} gave no whole answer to {path} in {TRIES} tries ({why}).",
            hint="What was fetched is kept. Run the same again later.",
        )

    def _once(
        self,
        path: str,
        parameters: Sequence[tuple[str, str]],
        fault: Callable[[Mapping[str, Any]], str],
    ) -> Page | _Pause:
        import httpx2

        try:
            with self._client.stream(
                "GET", f"{self._base}{path}", params=list(parameters)
            ) as reply:
                content = b""
                for chunk in reply.iter_bytes():
                    content += chunk
                    if len(content) > LINE_LIMIT:
                        raise ProviderError(
                            f"{self._who}: a page of {path} is longer than "
                            f"{LINE_LIMIT >> 20} MiB, which ingest does not read.",
                            hint="Set days_per_page to a smaller number.",
                        )
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            return _Pause(type(error).__name__)
        status = reply.status_code
        if status in _PASSING or status >= 500:
            return _Pause(f"HTTP {status}", self._retry_after(reply.headers.get("retry-after")))
        if status != 200:
            raise self._refused(status, path, content)
        return _page(content, reply.headers, fault)

    def _retry_after(self, value: str | None) -> float | None:
        """Seconds to wait, as RFC 9110 has it: a number of them, or a date.

        Raises:
            ProviderError: They are too many.
        """
        if not value:
            return None
        try:
            seconds = float(value)
        except ValueError:
            try:
                until = parsedate_to_datetime(value)
            except ValueError:
                return None
            zoned = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
            seconds = (zoned - self._clock.now()).total_seconds()
        if not seconds <= PATIENCE:
            raise ProviderError(
                f"{self._who} asks for a pause of {shorten(value, 40)} (seconds or date).",
                hint="What was fetched is kept. Run the same again later.",
            )
        return max(seconds, 0.0)

    def _refused(self, status: int, path: str, content: bytes) -> ProviderError:
        if status in {401, 403} and self._variable:
            what = (
                "does not accept the key: it is wrong, expired or revoked"
                if status == 401
                else f"does not let this key read {path}: it needs an admin key"
            )
            return ProviderError(
                f"{self._who} {what} (HTTP {status}).",
                hint=f"Set {self._variable} to an admin key that may read usage and costs.",
            )
        said = self._said(content)
        return RefusedError(
            f"{self._who} refused {path} (HTTP {status}){': ' if said else ''}{said}.",
            hint="Check the connector's settings, base_url first.",
        )

    def _said(self, content: bytes) -> str:
        """The answer's own words, where it has some, without the key."""
        try:
            document = json.loads(content)
            error = document.get("error", document)
            said = error.get("message", "") if isinstance(error, dict) else error
        except (ValueError, AttributeError, RecursionError):
            return ""
        text = str(said or "")
        return shorten(text.replace(self._key, "…") if self._key else text, 160).rstrip(".")


@dataclass(frozen=True)
class _Pause:
    """No answer yet.

    Attributes:
        why: In words.
        seconds: How long the other side asks to wait; None where it does not say.
    """

    why: str
    seconds: float | None = None


def _page(
    content: bytes, headers: Mapping[str, str], fault: Callable[[Mapping[str, Any]], str]
) -> Page | _Pause:
    """The answer as a page, where it is a whole one."""
    try:
        # A newline in JSON is white space between tokens, never inside a string.
        line = content.decode("utf-8-sig").replace("\r", " ").replace("\n", " ").strip()
        document = json.loads(line)
    except (ValueError, RecursionError):
        return _Pause("the answer is not whole JSON")
    if not isinstance(document, dict):
        return _Pause("the answer is no JSON object")
    if wrong := fault(document):
        return _Pause(wrong)
    return Page(line, document, {name.lower(): value for name, value in headers.items()})
