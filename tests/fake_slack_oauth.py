"""``oauth.v2.access`` of Slack: a code, good once, and the app's secret for a workspace's token."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_slack import FakeSlack

__all__ = ["CLIENT", "CLIENT_SECRET", "Grant", "access"]

CLIENT, CLIENT_SECRET = "11.22", "a-client-secret"


@dataclass
class Grant:
    """What whoever installs has allowed.

    Attributes:
        workspace: That it is for; its token, team and organisation are what is given.
        user: Who allowed it.
    """

    workspace: FakeSlack
    user: str = "U1"


def access(slack: FakeSlack, body: dict[str, Any], authorization: str) -> dict[str, Any]:
    """The answer to a code; the secret comes as HTTP Basic, as the SDK sends it."""
    said = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
    if authorization != f"Basic {said}":
        return {"ok": False, "error": "bad_client_secret"}
    grant = slack.grants.pop(str(body.get("code")), None)
    if grant is None:
        return {"ok": False, "error": "invalid_code"}
    new = grant.workspace
    slack.others[new.token] = new
    whole = bool(new.enterprise)
    return {
        "ok": True, "app_id": "A1", "access_token": new.token, "token_type": "bot",
        "scope": new.scopes, "bot_user_id": "UAPP", "authed_user": {"id": grant.user},
        "team": None if whole else {"id": new.team, "name": "Brightside"},
        "enterprise": {"id": new.enterprise, "name": "Northlight Group"} if whole else None,
        "is_enterprise_install": whole,
    }  # fmt: skip
