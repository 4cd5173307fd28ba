"""Names, origins, sizes and headers: refused before anything else looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from approver_world import Served, approver
from plans import change
from tagwright.config import load_settings
from tagwright_agent.approver.app import application
from tagwright_agent.approver.guard import Guard
from uvicorn_thread import serving


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    with approver(home) as found:
        yield found


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8700", "", "localhost:x"]
)
def test_a_stranger_s_name_is_not_served(served: Served, host: str) -> None:
    for path in ("/", "/word/plan-1", "/style.css"):
        assert served.browser("alice").get(path, headers={"Host": host}).status_code == 421


def test_names_of_ours_are_served(served: Served) -> None:
    for host in ("localhost", "LOCALHOST:9", "[::1]", "[::1]:8700"):
        assert served.browser().get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "https://127.0.0.1"},
     {"Origin": "http://127.0.0.1:1"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(served: Served, headers: dict[str, str]) -> None:
    plan = served.propose(change(1))
    alice = served.browser("alice")
    csrf = alice.get("/plans/plan-1").text.partition('name="csrf" value="')[2].partition('"')[0]
    fields = {"action": "approve", "digest": plan.digest, "csrf": csrf}
    assert alice.post_form("/plans/plan-1", fields, **headers).status_code == 403
    without = alice.post("/plans/plan-1", data=fields)
    assert without.status_code == 303  # a client that sends no Origin, with the session's token


async def test_behind_a_proxy_the_page_s_own_address_is_the_origin() -> None:
    async def inner(scope: object, receive: object, send: object) -> None:
        raise NotImplementedError

    guard = Guard(inner, ["127.0.0.1"], "https://approve.example.com")
    assert guard.hosts == {"127.0.0.1", "approve.example.com"}


def test_a_body_that_no_form_of_ours_has(served: Served) -> None:
    alice = served.browser("alice")
    large = alice.post_form("/plans/plan-1", {"reason": "x" * 20_000})
    assert (large.status_code, "more than a form" in large.text) == (400, True)
    odd = alice.post("/plans/plan-1", content=b"\xff\xfe")
    assert (odd.status_code, "no form of ours" in odd.text) == (400, True)
    many = alice.post("/plans/plan-1", content=b"a=1&" * 50)
    assert many.status_code == 400


def test_every_answer_forbids_scripts_frames_and_caches(served: Served) -> None:
    alice = served.browser("alice")
    for path, host in (("/", None), ("/none", None), ("/word/x", None), ("/", "evil.example")):
        headers = alice.get(path, headers={"Host": host} if host else {}).headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
    assert alice.get("/style.css").headers["content-type"].startswith("text/css")


def test_a_further_name_is_served_where_it_was_allowed(home: Path) -> None:
    app = application(load_settings(home), ["127.0.0.1", "approver"])
    with serving(app) as url:
        import httpx2

        assert httpx2.get(f"{url}/healthz", headers={"Host": "approver:8700"}).status_code == 200
