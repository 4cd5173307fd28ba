"""Run the approver until a signal."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tagwright.errors import ConfigError
from tagwright.people import load_people
from tagwright.text import clean
from tagwright_agent.approver.app import application
from tagwright_agent.approver.login import Login, configured_secret
from tagwright_agent.approver.sessions import Link
from tagwright_mcp.address import host_names, is_loopback, parse_address
from tagwright_mcp.listener import listen, log_to_stderr, resolve, run, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagwright.config import Settings
    from tagwright_mcp.address import Address

__all__ = ["serve"]


def serve(
    settings: Settings,
    address_text: str,
    *,
    names: Sequence[str] = (),
    listening: Callable[[str, str | None], None],
) -> None:
    """Serve the approver's word and page.

    Args:
        settings: Of the home that has the approver's key, or gets one now.
        address_text: ``HOST:PORT``; port 0 takes a free one.
        names: Further host names under which browsers and the applier reach it.
        listening: Told the URL, and the path of the one-time link where one person signs in by it.

    Raises:
        MisuseError: The address or a name is malformed.
        ConfigError: Others could reach it and nobody could be told from another, OIDC is set up by
            half, or the address is not one of this machine.
        ApprovalError: The approver's key is elsewhere, lost, or can be read by others.
        BusyError: The port is taken.
    """
    import anyio

    from tagwright.remediation import PlanStore
    from tagwright.remediation.approver import Approver

    log_to_stderr()
    address = parse_address(address_text)
    resolved, hosts = resolve(address), host_names(address, names)
    login = _login(settings, address, outside=not is_loopback(resolved.host))
    with PlanStore.open(settings) as store, Approver.open(store):
        pass  # what would fail at the first request is said now
    listener = listen(resolved)
    try:
        link = None if login else Link()
        app = application(settings, hosts, link=link, login=login)
        url = login.oidc.page_url if login and login.oidc.page_url else url_of(listener)

        def ready() -> None:
            listening(url, f"{url}/link/{link.token}" if link else None)

        with contextlib.suppress(KeyboardInterrupt):  # how a server is ended by hand
            anyio.run(run, app, listener, ready)
    finally:
        listener.close()


def _login(settings: Settings, address: Address, *, outside: bool) -> Login | None:
    """How people sign in; None for the link at the terminal."""
    oidc = settings.approval.oidc
    if oidc is None:
        if outside:
            raise ConfigError(
                f"{clean(address.host)} can be reached from other machines, and the link at the "
                "terminal proves one person only.",
                hint="Set approval.oidc (docs/approvals.md), or listen on 127.0.0.1.",
            )
        return None
    if load_people(settings).one_person:
        raise ConfigError(
            "approval.oidc is set, and there is no people.yaml: nobody could sign in.",
            hint="Write the file (docs/people.md), or take approval.oidc away.",
        )
    if outside and not (oidc.page_url or "").startswith("https:"):
        raise ConfigError(
            f"{clean(address.host)} can be reached from other machines, and approval.oidc.page_url "
            "is no https address.",
            hint="Put a proxy that does TLS before it, and its address there.",
        )
    return Login(oidc, configured_secret())
