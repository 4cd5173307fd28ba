"""Signing in by OIDC, against an authorization server on loopback; and all that is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from approver_world import PEOPLE, Browser, Served, approver
from oidc_issuer import CLIENT, SECRET, Issuer
from plans import change
from tagwright.config import Oidc, load_settings
from tagwright.errors import ConfigError
from tagwright.remediation import PlanStore
from tagwright_agent.approver.login import SECRET_VARIABLE, Login, configured_secret
from uvicorn_thread import serving


@dataclass
class Company:
    served: Served
    issuer: Issuer

    def browser(self) -> Browser:
        return self.served.browser()

    def to_issuer(self, browser: Browser, path: str = "/") -> str:
        """Press "Sign in": where the issuer sends the browser back to, with code and state."""
        sent = browser.get("/sign-in", params={"next": path})
        assert sent.status_code == 302, sent.text
        return httpx2.get(sent.headers["location"]).headers["location"]

    def sign_in(self, path: str = "/") -> tuple[Browser, httpx2.Response]:
        browser = self.browser()
        return browser, browser.get(self.to_issuer(browser, path))


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    issuer = Issuer()
    with serving(issuer.app()) as url:
        issuer.url = url
        login = Login(Oidc(issuer=url, client_id=CLIENT), SECRET)
        with approver(home, login=login) as served:
            yield Company(served, issuer)


def refused(answer: httpx2.Response, why: str, status: int = 403) -> None:
    assert answer.status_code == status, answer.text
    assert why in unescape(answer.text)
    assert "tagwright_session" not in answer.headers.get("set-cookie", "")
    assert "Traceback" not in answer.text
    assert SECRET not in answer.text


def test_a_person_signs_in_comes_back_to_the_plan_and_approves(company: Company) -> None:
    plan = company.served.propose(change(1))
    waiting = company.browser().get("/plans/plan-1")
    assert waiting.status_code == 401
    assert 'href="/sign-in?next=/plans/plan-1"' in waiting.text
    meant = f"/plans/plan-1?digest={plan.digest}"
    assert f'href="/sign-in?next={quote(meant)}"' in company.browser().get(meant).text
    assert f'content="0;url={meant}"' in company.sign_in(meant)[1].text
    company.issuer.asked.clear()
    browser, came = company.sign_in("/plans/plan-1")
    assert came.status_code == 200
    assert 'content="0;url=/plans/plan-1"' in came.text
    assert "HttpOnly" in came.headers["set-cookie"]
    (asked,) = company.issuer.asked
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["nonce"]) >= 16
    assert asked["redirect_uri"] == f"{company.served.url}/signed-in"
    assert browser.send_form("/plans/plan-1", action="approve").status_code == 303
    with PlanStore.open(load_settings(company.served.home)) as store:
        decision = store.get("plan-1").decision
        entry = store.state.journal("plan-1")[-1]
    assert decision is not None
    assert (decision.by, decision.channel) == ("alice", "page")
    assert entry.body["proven"] == "alice-sub"


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/plans/../x", "/word/p"]
)
def test_after_signing_in_nobody_is_sent_elsewhere(company: Company, path: str) -> None:
    _, came = company.sign_in(path)
    assert 'content="0;url=/"' in came.text


def test_a_verified_address_is_a_person_too(company: Company) -> None:
    company.issuer.claims = {"sub": "0099", "email": "Bob@Example.com", "email_verified": True}
    browser, came = company.sign_in()
    assert came.status_code == 200
    assert "Bob@Example.com" in browser.get("/").text


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"sub": "0099", "email": "bob@example.com", "email_verified": False},
         "0099 (bob@example.com) is nobody in people.yaml, and the issuer has not verified"),
        ({"sub": "0099", "email": "bob@example.com"}, "the issuer has not verified that address"),
        ({"sub": "0099", "email": "bob@example.com", "email_verified": "true"}, "has not verified"),
        ({"sub": "0099"}, "0099 is nobody in people.yaml"),
        ({"sub": "alice"}, "alice is nobody in people.yaml"),
        ({"sub": "alice-sub", "email": "bob@example.com", "email_verified": True},
         "is nobody in people.yaml"),
        ({"sub": ["alice-sub"]}, "The sign-in was refused: invalid_claim"),
    ],
)  # fmt: skip
def test_who_is_nobody_is_not_signed_in(company: Company, claims: dict[str, Any], why: str) -> None:
    company.issuer.claims = claims
    refused(company.sign_in()[1], why)


@pytest.mark.parametrize(
    ("twist", "why"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": ["another-client"], "azp": CLIENT}, "aud"),
        ({"aud": None}, "aud"),
        ({"iss": "http://127.0.0.1:1"}, "iss"),
        ({"iss": None}, "iss"),
        ({"exp": int(time.time()) - 3600}, "expired"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
        ({"nbf": int(time.time()) + 3600}, "not yet valid"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in(
    company: Company, twist: dict[str, Any], why: str
) -> None:
    def lie(claims: dict[str, Any]) -> None:
        claims.update(twist)
        for name in [name for name, value in claims.items() if value is None]:
            del claims[name]

    company.issuer.twist = lie
    answer = company.sign_in()[1]
    refused(answer, "The sign-in was refused")
    assert why in unescape(answer.text)


@pytest.mark.parametrize("sign", ["none", "HS256", "stranger"])
def test_a_token_that_the_issuer_did_not_sign(company: Company, sign: str) -> None:
    """Even where the issuer's own metadata says that it signs with none, or with a secret."""
    company.issuer.sign = sign
    refused(company.sign_in()[1], "The sign-in was refused")


def test_a_stolen_code_or_state_is_worth_nothing(company: Company) -> None:
    victim, thief = company.browser(), company.browser()
    back = company.to_issuer(victim)
    company.to_issuer(thief)  # the thief began one of their own
    refused(thief.get(back), "The sign-in was refused")
    other = httpx2.URL(back).params["code"]
    mine = httpx2.URL(company.to_issuer(thief))
    swapped = mine.copy_set_param("code", other)
    refused(thief.get(swapped), "invalid_grant")  # PKCE: the code was not made for this browser
    refused(company.browser().get("/signed-in"), "The sign-in was refused")
    refused(company.browser().get("/signed-in?code=x&state=y"), "The sign-in was refused")


def test_a_way_back_is_taken_once(company: Company) -> None:
    browser = company.browser()
    back = company.to_issuer(browser)
    assert browser.get(back).status_code == 200
    refused(browser.get(back), "The sign-in was refused")


def test_what_the_issuer_says_no_with_is_text(company: Company) -> None:
    company.issuer.refuse = "access_denied"
    answer = company.sign_in()[1]
    refused(answer, "access_denied: <b>no</b>")
    assert "<b>no</b>" not in answer.text


def test_an_issuer_that_is_another_or_away(company: Company, home: Path) -> None:
    company.issuer.metadata = {"issuer": "https://evil.example"}
    answer = company.browser().get("/sign-in")
    refused(answer, "says that it is https://evil.example", 502)
    with serving(Issuer().app()) as url:
        pass
    login = Login(Oidc(issuer=url, client_id=CLIENT), SECRET)
    with approver(home, login=login) as served:
        refused(served.browser().get("/sign-in"), "cannot be reached", 502)


@pytest.mark.parametrize("metadata", [{"jwks_uri": None}, {"token_endpoint": None}])
def test_an_issuer_that_publishes_half_of_itself(
    company: Company, metadata: dict[str, Any]
) -> None:
    company.issuer.metadata = metadata
    answer = company.sign_in()[1]
    assert answer.status_code in {403, 502}
    assert "Traceback" not in answer.text


def test_a_session_ends_with_the_person(company: Company) -> None:
    browser, _ = company.sign_in()
    assert browser.get("/").status_code == 200
    (company.served.home / "people.yaml").write_text(PEOPLE.replace("alice-sub", "other"))
    assert browser.get("/").status_code == 403


def test_behind_a_proxy_the_registered_address_is_the_page_s_own(home: Path) -> None:
    """The proxy ends TLS: browsers know https://approve.example.com, the approver plain HTTP."""
    issuer, page = Issuer(), "https://approve.example.com"
    with serving(issuer.app()) as url:
        issuer.url = url
        login = Login(Oidc(issuer=url, client_id=CLIENT, page_url=page), SECRET)
        with approver(home, login=login) as served:
            plan = served.propose(change(1))
            proxied = {"Host": "approve.example.com"}
            browser = served.browser()
            sent = browser.get("/sign-in", headers=proxied)
            assert "; secure" in sent.headers["set-cookie"].lower()
            back = httpx2.get(sent.headers["location"]).headers["location"]
            assert back.startswith(f"{page}/signed-in?code=")
            login_cookie = sent.headers["set-cookie"].partition(";")[0]
            came = browser.get(
                back.replace(page, served.url), headers={**proxied, "Cookie": login_cookie}
            )
            assert "; Secure" in came.headers["set-cookie"]
            cookie = {"Cookie": came.headers["set-cookie"].partition(";")[0], **proxied}
            shown = browser.get("/plans/plan-1", headers=cookie).text
            csrf = shown.partition('name="csrf" value="')[2].partition('"')[0]
            form = {"csrf": csrf, "digest": plan.digest, "action": "approve"}
            for origin, status in (("https://evil.example", 403), (page, 303)):
                found = browser.post_form("/plans/plan-1", form, **cookie, Origin=origin)
                assert found.status_code == status


def test_the_secret_is_in_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    with pytest.raises(ConfigError, match=SECRET_VARIABLE):
        configured_secret()
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    assert configured_secret() == SECRET


@pytest.mark.parametrize(
    "wrong",
    [{"issuer": "http://issuer.example"}, {"issuer": "ftp://x"}, {"client_id": ""},
     {"scopes": ["email"]}, {"secret": "x"}, {"page_url": "https://x/path"}],
)  # fmt: skip
def test_settings_that_cannot_be_meant(home: Path, wrong: dict[str, Any]) -> None:
    right = {"issuer": "https://issuer.example", "client_id": "c"}
    assert load_settings(home, approval={"oidc": right}).approval.oidc is not None
    with pytest.raises(ConfigError, match=r"approval\.oidc"):
        load_settings(home, approval={"oidc": {**right, **wrong}})
