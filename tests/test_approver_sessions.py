"""Sessions end; a link is good once and for ten minutes."""

from __future__ import annotations

from tagwright.people import Principal
from tagwright_agent.approver.sessions import Link, Sessions


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_after_eight_hours_or_when_it_is_ended() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    first, second = (sessions.start(lambda: Principal("a", "page")) for _ in range(2))
    assert sessions.of(first) is not None
    assert sessions.of(first) is not sessions.of(second)
    assert sessions.of("") is None
    assert sessions.of("\udcff") is None
    sessions.end(second)
    assert sessions.of(second) is None
    clock.now += 8 * 3600 - 1
    assert sessions.of(first) is not None
    clock.now += 1
    assert sessions.of(first) is None


def test_each_session_has_a_token_of_its_own_for_its_forms() -> None:
    sessions = Sessions()
    found = [sessions.of(sessions.start(lambda: Principal("a", "page"))) for _ in range(20)]
    assert len({one.csrf for one in found if one}) == 20


def test_a_link_is_taken_once_and_in_time() -> None:
    clock = Clock()
    link, late = Link(clock), Link(clock)
    assert len(link.token) >= 43  # 256 bits
    assert not link.take("")
    assert not link.take(link.token + "x")
    assert not link.take("\udcff")
    assert link.take(link.token)
    assert not link.take(link.token)
    clock.now += 600
    assert not late.take(late.token)
