"""What came from Slack, as something to do: one key for one thing, whatever way it came.

Sources: https://docs.slack.dev/apis/events-api/ , https://docs.slack.dev/reference/events/message ,
https://docs.slack.dev/interactivity/implementing-slash-commands ,
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload .
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Arrival", "arrival_of", "membership_of"]

Kind = Literal["question", "command", "home", "prompts", "action", "gone"]

_PLAIN = {None, "", "file_share", "thread_broadcast"}
"""Subtypes of messages that a person wrote; edits, joins and the like are not answered."""
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
_TO_OTHERS = re.compile(r"\s*(?:<@[A-Z0-9]+(?:\|[^>]*)?>.*|(?::[a-z0-9_+'-]+:\s*)+)", re.DOTALL)
"""Of a reply in a thread that does not name the app: it begins with somebody else's name, or is
emoji alone."""
_MOST = 40_000


@dataclass(frozen=True)
class Arrival:
    """One thing to do.

    Attributes:
        key: The same for the same thing: a mention that also comes as a message, a retry.
        kind: What it is.
        team: Workspace that the app was installed in.
        app: The app's own user there; empty where Slack does not say.
        teams: The person's own workspace and organisation, for who they are.
        user: The person's id.
        channel: Where; empty where there is none (the home tab).
        ts: Of the message; empty where there is none.
        thread_ts: Of the thread it is in; its own where it begins one, in a channel. Empty in a
            direct message without a thread: there the answer stands below it.
        text: What was written, in lines, the mention of the app taken out.
        addressed: Written to the app: a mention, a direct message, a command.
        direct: In a direct message.
        files: It came with files.
        action: Of a button: its id, value and the trigger that opens a form. Of a form that was
            sent: its id, the value it was opened with, and ``fields``, what stands in each.
            ``private``: of a button that one person alone sees. ``at``: when it was pressed,
            seconds, by Slack. Of ``gone``: ``why`` and ``at``.
        response_url: Where a command is answered, and the message of a button replaced.
        scheduled: When it is asked again, in words; empty where a person has just written it.
    """

    key: str
    kind: Kind
    team: str
    teams: tuple[str, ...]
    user: str
    channel: str = ""
    app: str = ""
    ts: str = ""
    thread_ts: str = ""
    text: str = ""
    addressed: bool = False
    direct: bool = False
    files: bool = False
    action: dict[str, Any] = field(default_factory=dict)
    response_url: str = ""
    scheduled: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for the queue."""
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Arrival:
        """The inverse of :meth:`as_dict`."""
        return cls(**{**said, "teams": tuple(said["teams"])})

    @property
    def thread(self) -> str:
        """The conversation's id: of the thread; else of the channel, or of who gives commands.

        What is scheduled goes on from nothing that was said before.
        """
        if self.kind == "command":
            return f"slack:{self.team}:{self.user}"
        if self.scheduled:
            return f"slack:{self.team}:{self.key}"
        return f"slack:{self.team}:{self.channel}:{self.thread_ts or 'main'}"

    @property
    def line(self) -> str | None:
        """What is answered one after the other: questions of one conversation; else None."""
        return self.thread[:128] if self.kind in {"question", "command"} else None


def arrival_of(body: Mapping[str, Any]) -> Arrival | None:
    """What a request says there is to do; None where nothing is.

    Args:
        body: Of a request whose signature holds, as bolt parses it.
    """
    if body.get("type") == "event_callback":
        return _of_event(body, body.get("event") or {})
    if body.get("type") == "block_actions":
        return _of_action(body)
    if body.get("type") == "view_submission":
        return _of_view(body)
    if body.get("command"):
        return _of_command(body)
    return None


def membership_of(body: Mapping[str, Any]) -> str:
    """The channel that somebody joined or left, as a request says; empty where it says no such."""
    event = body.get("event") or {}
    joined = {"member_joined_channel", "member_left_channel"}
    return str(event.get("channel") or "") if event.get("type") in joined else ""


def _of_event(body: Mapping[str, Any], event: Mapping[str, Any]) -> Arrival | None:
    kind = event.get("type")
    if kind in {"app_mention", "message"}:
        return _of_message(body, event)
    team = _installed(body)
    user = str(event.get("user") or "")
    if kind == "app_home_opened" and user:
        tab: Kind = "home" if event.get("tab") == "home" else "prompts"
        minute = int(body.get("event_time") or 0) // 60  # who goes to and fro sees it made once
        return Arrival(
            f"{tab}/{team}/{user}/{minute}",
            tab,
            team,
            _teams(body, event),
            user,
            str(event.get("channel") or ""),
            direct=True,
        )
    if kind == "app_uninstalled" or (
        kind == "tokens_revoked" and (event.get("tokens") or {}).get("bot")
    ):
        whole = (body.get("authorizations") or [{}])[0].get("is_enterprise_install")
        gone = str(
            (body.get("enterprise_id") if whole else team) or body.get("enterprise_id") or ""
        )
        return Arrival(
            f"event/{body.get('event_id') or ''}", "gone", gone, (gone,), user,
            action={"why": str(kind), "at": int(body.get("event_time") or 0)},
        )  # fmt: skip
    return None


def _of_message(body: Mapping[str, Any], event: Mapping[str, Any]) -> Arrival | None:
    user, text = str(event.get("user") or ""), str(event.get("text") or "")[:_MOST]
    if not user or event.get("bot_id") or event.get("subtype") not in _PLAIN:
        return None
    channel, ts = str(event.get("channel") or ""), str(event.get("ts") or "")
    app = _app_user(body)
    direct = event.get("channel_type") == "im"
    addressed = direct or event.get("type") == "app_mention" or app in _MENTION.findall(text)
    if not channel or not ts:
        return None
    if not addressed and (not event.get("thread_ts") or _TO_OTHERS.fullmatch(text)):
        return None
    team = _installed(body)
    return Arrival(
        f"message/{team}/{channel}/{ts}", "question", team, _teams(body, event), user, channel, app,
        ts, str(event.get("thread_ts") or ("" if direct else ts)), _without(text, app), addressed,
        direct, files=bool(event.get("files")),
    )  # fmt: skip


def _of_command(body: Mapping[str, Any]) -> Arrival | None:
    team, user = str(body.get("team_id") or ""), str(body.get("user_id") or "")
    if not team or not user:
        return None
    return Arrival(
        f"command/{body.get('trigger_id') or ''}", "command", team,
        _known(team, team, body.get("enterprise_id")), user, str(body.get("channel_id") or ""),
        text=str(body.get("text") or "")[:_MOST], addressed=True,
        response_url=str(body.get("response_url") or ""),
    )  # fmt: skip


def _of_action(body: Mapping[str, Any]) -> Arrival | None:
    user = body.get("user") or {}
    actions = body.get("actions") or []
    if not actions or not user.get("id"):
        return None
    first, message = actions[0], body.get("message") or {}
    container = body.get("container") or {}  # of what one person sees there is no message
    channel = str((body.get("channel") or {}).get("id") or "")
    chosen = first.get("selected_option") or {}
    where = message.get("team") or (body.get("team") or {}).get("id") or user.get("team_id")
    installed = str(where or "")  # a message of ours says whose it is, also over Slack Connect
    enterprise = (body.get("enterprise") or {}).get("id")
    return Arrival(
        f"action/{body.get('trigger_id') or first.get('action_ts') or ''}", "action", installed,
        _known(user.get("team_id"), installed, enterprise), str(user["id"]),
        channel, ts=str(message.get("ts") or ""),
        thread_ts=str(
            message.get("thread_ts") or container.get("thread_ts") or message.get("ts") or ""
        ),
        app=str(message.get("user") or ""), direct=channel.startswith("D"),
        action={
            "id": str(first.get("action_id") or ""),
            "value": str(first.get("value") or chosen.get("value") or ""),
            "trigger": str(body.get("trigger_id") or ""),
            "private": bool(container.get("is_ephemeral")),
            "at": str(first.get("action_ts") or ""),
        },
        response_url=str(body.get("response_url") or ""),
    )  # fmt: skip


def _of_view(body: Mapping[str, Any]) -> Arrival | None:
    """A form that was sent; it says where it was opened, for Slack does not."""
    user, view = body.get("user") or {}, body.get("view") or {}
    where = view.get("app_installed_team_id") or (body.get("team") or {}).get("id")
    team = str(where or user.get("team_id") or "")
    try:
        opened = json.loads(view.get("private_metadata") or "")
    except ValueError:
        return None  # no form of ours
    if not user.get("id") or not view.get("id") or not isinstance(opened, dict):
        return None
    blocks = (view.get("state") or {}).get("values") or {}
    fields = {name: field.get("value") for held in blocks.values() for name, field in held.items()}
    enterprise = (body.get("enterprise") or {}).get("id")
    return Arrival(
        key=f"view/{view['id']}", kind="action", team=team,
        teams=_known(user.get("team_id"), team, enterprise), user=str(user["id"]),
        channel=str(opened.get("channel") or ""), thread_ts=str(opened.get("thread_ts") or ""),
        action={
            "id": str(view.get("callback_id") or ""), "value": str(opened.get("value") or ""),
            "fields": fields,
        },
    )  # fmt: skip


def _teams(body: Mapping[str, Any], event: Mapping[str, Any]) -> tuple[str, ...]:
    """The person's own: of a guest over Slack Connect, not the workspace where they wrote."""
    own = event.get("user_team") or event.get("source_team") or event.get("team")
    return _known(own, body.get("team_id"), body.get("enterprise_id"))


def _known(own: Any, installed: Any, enterprise: Any) -> tuple[str, ...]:
    """The person's workspace, and its organisation where that is the one of the request.

    The request names the organisation that the app is in. Of somebody of another workspace it does
    not say whether theirs belongs to it, and over Slack Connect it does not.
    """
    teams = [own or installed, *([enterprise] if not own or own == installed else [])]
    return tuple(dict.fromkeys(str(team) for team in teams if team))


def _installed(body: Mapping[str, Any]) -> str:
    """The workspace that the event came by: of a shared channel, not the one it happened in."""
    granted = body.get("authorizations") or [{}]
    return str(granted[0].get("team_id") or body.get("team_id") or "")


def _app_user(body: Mapping[str, Any]) -> str:
    """The app's own user in that workspace, as Slack says with each event."""
    granted = body.get("authorizations") or [{}]
    return str(granted[0].get("user_id") or "")


def _without(text: str, app: str) -> str:
    """The words without the mention of the app; other mentions stay, as ids."""
    if app:
        text = re.sub(rf"<@{re.escape(app)}(?:\|[^>]*)?>", " ", text)
    else:  # an app_mention begins with it
        text = re.sub(r"^\s*<@[A-Z0-9]+(?:\|[^>]*)?>", " ", text)
    lines = (" ".join(line.split()) for line in _unescaped(text).splitlines())
    return "\n".join(line for line in lines if line)


def _unescaped(text: str) -> str:
    """What the person typed: links as their text, Slack's three escapes undone."""
    text = re.sub(r"<(?:mailto:|https?://)[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<((?:https?://|mailto:)[^>]*)>", r"\1", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
