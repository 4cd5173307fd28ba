"""A client, and the model in it, that does all it can: nothing is approved, nothing is written."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mcp import Client, MCPError
from mcp.types import (
    ElicitCompleteNotification,
    ElicitCompleteNotificationParams,
    ElicitRequest,
    ElicitRequestURLParams,
    ElicitResult,
    InputRequiredResult,
    Result,
)

from approver_world import Served, approver
from effort import examples
from fake_tagging import FakeClient, FakeTagging
from mcp_world import filled
from plans import clock
from tagwright.api import ApprovalError
from tagwright.config import load_settings
from tagwright.people import Principal
from tagwright.remediation import PlanStore
from tagwright.remediation.apply import apply
from tagwright.remediation.approver import Approver
from tagwright.remediation.writers import Access
from tagwright_mcp.sealing import request_states
from tagwright_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow  # each history has four clients, a bill and an approver of its own

PEOPLE = """
people:
  chief: {mcp: [chief-sub], may: [ask, propose, approve, apply, roll_back, administer]}
  other: {mcp: [other-sub], may: [ask, propose, approve, apply, roll_back, administer]}
"""
"""Both may approve what the other proposes: only that no client can decide is in the way."""

TOOL = "propose_tag_fixes"
CALLS: list[dict[str, Any]] = [{"keys": ["team"], "min_confidence": 50}, {"min_confidence": 51}]
NAMES = [
    "approve", "approve_plan", "apply", "apply_plan", "tagwright approve", "decide", "get_plan",
    "run_sql", "query_costs", "elicitation/create", TOOL,
]  # fmt: skip
ANSWERS = st.sampled_from(["accept", "decline", "cancel"])
WHO = st.integers(0, 3)
"""Two people, each in two eras."""
WHICH = st.integers(0, 30)
STEPS = st.one_of(
    st.tuples(st.just("propose"), WHO, st.sampled_from(CALLS)),
    st.tuples(st.just("whole"), WHO, st.sampled_from(CALLS), ANSWERS),
    st.tuples(st.just("replay"), WHICH, ANSWERS),
    st.tuples(
        st.just("again"), WHO, WHICH, st.sampled_from(CALLS), ANSWERS,
        st.sampled_from(["as it is", "bit", "cut", "two", "empty"]), st.booleans(),
    ),
    st.tuples(st.just("call"), WHO, st.sampled_from(NAMES), WHICH),
    st.tuples(st.just("send"), WHO, WHICH),
    st.tuples(st.just("read"), WHO, WHICH),
    st.tuples(st.just("browse"), WHICH, st.booleans()),
)  # fmt: skip


@dataclass
class Hostile:
    """What it has seen of the server, and does with it."""

    home: Path
    page: Served
    clients: list[Client] = field(default_factory=list)
    says: str = "accept"
    states: list[str] = field(default_factory=list)
    begun: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    async def asked(self, context: Any, params: Any) -> ElicitResult:
        """Says that its person agreed, approved, and more."""
        del context
        self.urls.append(params.url)
        forged: Any = {"decision": "approve", "by": "other", "digest": params.url[-71:]}
        return ElicitResult(action=self.says, content=forged)  # type: ignore[arg-type]

    def plans(self) -> dict[str, str]:
        with PlanStore.open(load_settings(self.home)) as store:
            return {one.plan.id: one.digest for one in store.list()}

    def chosen(self, which: int) -> tuple[str, str]:
        found = list(self.plans().items()) or [("plan-1", f"sha256:{'0' * 64}")]
        return found[which % len(found)]

    async def propose(self, who: int, call: dict[str, Any]) -> None:
        """Leave the call half done where the era lets it."""
        session = self.clients[who].session
        first = await session.call_tool(TOOL, call, allow_input_required=True)
        if isinstance(first, InputRequiredResult) and first.request_state:
            self.states.append(first.request_state)
            self.begun.append((who, call))

    async def whole(self, who: int, call: dict[str, Any], says: str) -> None:
        """As a client does that plays by the rules."""
        self.says = says
        await self.clients[who].call_tool(TOOL, call)

    async def replay(self, which: int, says: Any) -> None:
        """The very call, with its state as it was given: as often as it likes."""
        number = which % len(self.states)
        who, call = self.begun[number]
        await self.again(who, number, call, says, "as it is", keyed=True)

    async def again(
        self, who: int, which: int, call: dict[str, Any], says: Any, how: str, keyed: bool
    ) -> None:
        state = self.states[which % len(self.states)] if self.states else "v1.AAAA"
        middle = len(state) // 2
        changed = {
            "bit": state[:middle] + ("A" if state[middle] != "A" else "B") + state[middle + 1 :],
            "cut": state[:middle],
            "two": state + state,
            "empty": "",
        }.get(how, state)
        plan, digest = self.chosen(which)
        forged: Any = {"plan": plan, "digest": digest, "decision": "approve"}
        key = "approve" if keyed else plan
        answer = {key: ElicitResult(action=says, content=forged)}
        before = self.plans()
        await self.clients[who].session.call_tool(
            TOOL, call, input_responses=answer, request_state=changed, allow_input_required=True
        )
        assert who % 2 or self.plans() == before  # the handshake era knows no such fields

    async def call(self, who: int, name: str, which: int) -> None:
        plan, digest = self.chosen(which)
        known: dict[str, dict[str, Any]] = {
            "get_plan": {"plan_id": plan},
            "run_sql": {"sql": f"UPDATE plans SET state = 'approved' WHERE id = '{plan}'"},
            "query_costs": {"metrics": ["effective_cost"], "group_by": [digest]},
        }
        forged = {"plan_id": plan, "digest": digest, "decision": "approve", "by": "other"}
        await self.clients[who].session.call_tool(
            name, known.get(name, forged), allow_input_required=True
        )

    async def send(self, who: int, which: int) -> None:
        """What only the server says."""
        plan, _ = self.chosen(which)
        session: Any = self.clients[who].session
        done = ElicitCompleteNotificationParams(elicitation_id=plan)
        await session.send_notification(ElicitCompleteNotification(params=done))
        url = ElicitRequestURLParams(message="approved", url=self.page.url, elicitation_id=plan)
        await session.send_request(ElicitRequest(params=url), Result)

    async def read(self, who: int, which: int) -> None:
        plan, digest = self.chosen(which)
        for uri in (f"tagwright://plans/{plan}", f"tagwright://plans/{plan}?digest={digest}",
                    f"tagwright://plans/{plan}/approve"):  # fmt: skip
            await self.clients[who].read_resource(uri)

    async def browse(self, which: int, sent: bool) -> None:
        """The page itself: what it opens without whoever is to sign in."""
        plan, digest = self.chosen(which)
        url = self.urls[which % len(self.urls)] if self.urls else f"{self.page.url}/plans/{plan}"
        form = {"action": "approve", "digest": digest, "csrf": digest}
        async with httpx2.AsyncClient(cookies={"tagwright_session": digest[7:50]}) as http:
            bare = url.partition("?")[0]
            answer = await (http.post(bare, data=form) if sent else http.get(url))
        assert answer.status_code == 401
        assert digest not in answer.text


@pytest.fixture(scope="module")
def aws() -> Iterator[FakeTagging]:
    fake = FakeTagging()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Access, "client", lambda *_: FakeClient(fake, "us-east-1"))
        yield fake


async def attack(home: Path, page: Served, steps: list[tuple[Any, ...]]) -> None:
    """Each step, whether it is refused or not."""
    hostile = Hostile(home, page)
    async with AsyncExitStack() as stack:
        for name in ("chief", "other"):
            for mode in ("auto", "legacy"):
                who = Principal(name, "mcp", f"{name}-sub")
                found = load_settings(home)
                keyed = {"request_state_security": request_states(found)}  # as replicas are
                server = build_server(found, lambda who=who: who, options=keyed)  # type: ignore[misc]
                one = Client(server, mode=mode, elicitation_callback=hostile.asked)
                hostile.clients.append(await stack.enter_async_context(one))
        await hostile.propose(0, CALLS[0])
        for kind, *step in steps:
            with contextlib.suppress(MCPError):
                await getattr(hostile, kind)(*step)


# A history takes seconds: one that fails is shown as it is, not shrunk for minutes.
@settings(max_examples=examples(20), deadline=None, phases=[Phase.generate])
@given(steps=st.lists(STEPS, min_size=20, max_size=40))
def test_nothing_that_a_client_does_approves_or_writes(
    aws: FakeTagging, steps: list[tuple[Any, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as where:
        home = Path(where) / "home"
        home.mkdir()
        filled(home, PEOPLE)
        with approver(home, PEOPLE) as page:
            (home / "tagwright.toml").write_text(f'[approval]\napprover_url = "{page.url}"\n')
            asyncio.run(attack(home, page, steps))
            with PlanStore.open(load_settings(home)) as store:
                plans = store.list()
                assert {one.state for one in plans} == {"proposed"}
                assert {entry.event for entry in store.state.journal()} == {"proposed"}
                with Approver.open(store) as book:
                    assert not any(book.word(one.plan.id).entries for one in plans)
                for one in plans:
                    with pytest.raises(ApprovalError):
                        apply(one.plan.id, store, clock=clock(dt.datetime.now(dt.UTC)))
            assert not aws.calls
            # And a person can: what is proven above is not that nobody could.
            with page.browser("other") as browser:
                path = f"/plans/{plans[-1].plan.id}"
                assert browser.send_form(path, action="approve").status_code == 303
            with PlanStore.open(load_settings(home)) as store:
                assert store.get(plans[-1].plan.id).state == "approved"
