"""The tokens of Slack: in the environment alone, and never in a log, an error or a repr."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from tagwright.errors import ConfigError

__all__ = ["Tokens", "tokens_of"]

_NAMES = {
    "bot": ("SLACK_BOT_TOKEN", "xoxb-"),
    "signing_secret": ("SLACK_SIGNING_SECRET", ""),
    "app": ("SLACK_APP_TOKEN", "xapp-"),
    "client_id": ("SLACK_CLIENT_ID", ""),
    "client_secret": ("SLACK_CLIENT_SECRET", ""),
}


@dataclass(frozen=True)
class Tokens:
    """What the environment holds.

    Attributes:
        bot: For the Web API, of one workspace.
        signing_secret: That Slack's requests over HTTP are signed with.
        app: For Socket Mode.
        client_id: With ``client_secret``: the app can be installed in several workspaces.
        client_secret: What their tokens are sealed with as well.
    """

    bot: str = field(repr=False, default="")
    signing_secret: str = field(repr=False, default="")
    app: str = field(repr=False, default="")
    client_id: str = ""
    client_secret: str = field(repr=False, default="")


def tokens_of(*needed: str) -> Tokens:
    """The tokens, of which the named ones must be there.

    ``bot`` need not, where the app can be installed in several workspaces.

    Raises:
        ConfigError: One is not, or is of another kind, or of a pair one is missing; says which
            variable.
    """
    found: dict[str, str] = {}
    several = bool(os.environ.get("SLACK_CLIENT_SECRET", "").strip())
    for name, (variable, begins) in _NAMES.items():
        value = os.environ.get(variable, "").strip()
        if not value and name in needed and not (name == "bot" and several):
            raise ConfigError(
                f"{variable} is not set.", hint="docs/slack.md says where Slack shows it."
            )
        if value and not value.startswith(begins):
            raise ConfigError(
                f"{variable} is of another kind: it begins with {begins}.",
                hint="docs/slack.md says which is which.",
            )
        found[name] = value
    if bool(found["client_id"]) != bool(found["client_secret"]):
        raise ConfigError(
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET go together, and one of them is not set.",
            hint="docs/slack.md says where Slack shows them.",
        )
    return Tokens(**found)
