"""Who would read an answer: in a channel it is said aloud only where every reader may see it.

A channel is read by its members. A public one can be read by everybody of the workspace, now and
later, of whom nobody can say that all may: with the setting ``public_channels = "workspace"``
nothing is said aloud there. Members are looked up when a question is answered and kept for a few
minutes, or until somebody joins or leaves. Who is nobody in people.yaml, a guest over Slack Connect
among them, may see nothing, so where one of them is, the answer goes to the person who asked alone;
and so it does where somebody may neither ask nor approve (who approves is shown the figures of what
they decide on). Other apps' bots are no persons and are passed over.

Sources: https://docs.slack.dev/reference/methods/conversations.info ,
https://docs.slack.dev/reference/methods/conversations.members ,
https://docs.slack.dev/reference/methods/users.info .
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tagwright.alerts import needed
from tagwright.people import by_slack, load_people, may, scope_of
from tagwright_agent.slack.calls import LaterError, fault_of

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

    from tagwright.config import Settings
    from tagwright.people import Principal, Scope
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["AUDIENCE", "Audience"]

_FRESH = 300.0
_PAGE, _PAGES = 200, 10


@dataclass(frozen=True)
class _Readers:
    """Members of a channel that is read by them alone; else ``why`` nobody can say who reads."""

    members: tuple[str, ...] = ()
    why: str = ""


_PUBLIC = _Readers(why="this channel is public, so everybody of the workspace can read it")
_UNKNOWN = _Readers(why="who is in this channel cannot be looked up")


@dataclass
class _Kept:
    """What was looked up, with when."""

    readers: dict[tuple[str, str, str], tuple[float, _Readers]] = field(default_factory=dict)
    bots: dict[tuple[str, str], bool] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)
    """So often somebody joined or left, by channel: while it is looked up, who reads may change."""


class Audience:
    """Looks up who reads; one for a process, safe under threads."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._lock = threading.Lock()

    def kept_from(
        self, settings: Settings, client: WebClient, arrival: Arrival, who: Principal,
        team: str | None = None,
    ) -> str:  # fmt: skip
        """Why an answer for this person is not said aloud there; empty where it may be.

        A scope is what counts: who asks and sees a part gets that part's answer aloud only where
        everybody may see at least that part; what is of the charges of ``team`` alone, where
        everybody may see those.

        Raises:
            LaterError: Slack wants to be asked later.
        """
        return self.kept_back(settings, client, arrival, needed(load_people(settings), who, team))

    def kept_back(
        self, settings: Settings, client: WebClient, arrival: Arrival, mine: Scope | None
    ) -> str:
        """The same of an answer that was made of what that scope lets see."""
        if arrival.direct:
            return ""
        readers = self._readers(settings, client, arrival)
        if readers.why:
            return readers.why
        people = load_people(settings)
        others = 0
        for member in readers.members:
            if member in {arrival.app, arrival.user}:
                continue
            teams = tuple(dict.fromkeys((arrival.team, *arrival.teams)))
            person = by_slack(settings, teams, member)
            if not person.person:
                others += not self._is_bot(client, arrival.team, member)
                continue
            theirs = scope_of(people, person)
            partly = theirs is not None and (mine is None or not theirs.covers(mine))
            others += partly or all(may(people, person, right) for right in ("ask", "approve"))
        if not others:
            return ""
        people_here = "1 member" if others == 1 else f"{others} members"
        return f"{people_here} of this channel may not see it"

    def forget(self, channel: str) -> None:
        """Somebody joined or left it: its readers are looked up anew, by whatever workspace."""
        with self._lock:
            self._kept.changes[channel] += 1
            for place in [it for it in self._kept.readers if it[2] == channel]:
                del self._kept.readers[place]

    def _readers(self, settings: Settings, client: WebClient, arrival: Arrival) -> _Readers:
        place = (str(settings.home), arrival.team, arrival.channel)
        with self._lock:
            at, found = self._kept.readers.get(place, (0.0, _UNKNOWN))
            changes = self._kept.changes[arrival.channel]
        if found is not _UNKNOWN and time.monotonic() - at < _FRESH:
            return found
        found = _looked_up(client, arrival.channel, settings.slack.public_channels == "members")
        with self._lock:
            if changes == self._kept.changes[arrival.channel]:
                self._kept.readers[place] = (time.monotonic(), found)
        return found

    def _is_bot(self, client: WebClient, team: str, member: str) -> bool:
        from slack_sdk.errors import SlackApiError

        with self._lock:
            known = self._kept.bots.get((team, member))
        if known is not None:
            return known
        try:
            user = client.users_info(user=member).get("user") or {}
        except SlackApiError as error:
            _wait_for(error)
            return False
        except OSError:
            return False
        bot = bool(user.get("is_bot")) or member == "USLACKBOT"
        with self._lock:
            self._kept.bots[team, member] = bot
        return bot


AUDIENCE = Audience()
"""Of this process: what is looked up is kept for all its workers."""


def _looked_up(client: WebClient, channel: str, members_alone: bool) -> _Readers:  # noqa: FBT001
    """Who reads there.

    Args:
        client: For the workspace.
        channel: Its id.
        members_alone: Also of a public channel only its members count.
    """
    from slack_sdk.errors import SlackApiError

    found: list[str] = []
    cursor = ""
    try:
        if not (members_alone or _is_private(client, channel)):
            return _PUBLIC
        for _ in range(_PAGES):
            reply = client.conversations_members(
                channel=channel, limit=_PAGE, cursor=cursor or None
            )
            found += [str(member) for member in reply.get("members") or []]
            cursor = (reply.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return _Readers(tuple(found))
    except SlackApiError as error:
        _wait_for(error)
        return _UNKNOWN
    except OSError:
        return _UNKNOWN
    return _UNKNOWN  # too many to be sure of


def _wait_for(error: SlackApiError) -> None:
    """Who reads is not unknown where Slack only wants to be asked later.

    Raises:
        LaterError: It does.
    """
    fault = fault_of(error)
    if isinstance(fault, LaterError) and fault.paced:
        raise fault from None


def _is_private(client: WebClient, channel: str) -> bool:
    """A private channel or a group's direct messages; what Slack does not call so is public."""
    kind = client.conversations_info(channel=channel).get("channel") or {}
    return bool(kind.get("is_private") or kind.get("is_mpim"))
