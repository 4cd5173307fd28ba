"""What is said in a Slack of the sample company, from one question to a plan that is rolled back.

Nothing is made up here: the bolt app and the workers are the product's, the bills are those of
``tagwright demo``, the plan is applied to its sandbox AWS. Slack is the fake of the tests, which
refuses what Slack's documents say is refused.
"""

from __future__ import annotations

import contextlib
import copy
import csv
import datetime as dt
import gzip
import importlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tagwright.config import load_settings
from tagwright.errors import MisuseError
from tagwright.ingest import ingest
from tagwright.people import load_people
from tagwright.remediation import PlanStore
from tagwright.remediation.apply import apply
from tagwright.remediation.undo import rollback
from tagwright_agent.slack.app import asgi, bolt_app
from tagwright_agent.slack.tokens import Tokens
from tagwright_evals.company import write_company
from tagwright_evals.company.estate import resources
from tagwright_evals.sandbox import acting_as, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright_evals.sandbox import Sandbox

__all__ = ["NAMES", "Picture", "Said", "pictures"]

_TESTS = Path(__file__).parents[3] / "tests"
NAMES = {"U1": "Lee", "U2": "Dana", "U4": "Mo"}
"""Who is who in the sample company's Slack."""
_PEOPLE = """\
people:
  lee: {slack: [T0001/U1], may: [ask, propose]}
  dana: {slack: [T0001/U2], may: [ask, propose, approve, roll_back]}
  mo: {slack: [T0001/U4], may: [ask], sees: {team: [search]}}
"""
_ALERTS = """\
alerts:
  - {kind: spend_jump, as: dana, channel: T0001/C2}
new_a_day: 1
"""


@dataclass(frozen=True)
class Said:
    """One message, or one view.

    Attributes:
        who: The user's id; empty for the app.
        text: Of a person.
        blocks: Of the app, as they were posted.
        private: Only one person sees it.
        image: A file that was sent, as PNG.
        view: A form or the home tab, whole.
    """

    who: str = ""
    text: str = ""
    blocks: tuple[dict[str, Any], ...] = ()
    private: bool = False
    image: bytes = b""
    view: dict[str, Any] | None = None


@dataclass(frozen=True)
class Picture:
    """What stands in one picture, under a name for its file."""

    name: str
    said: tuple[Said, ...]
    kind: Literal["thread", "home", "form"] = "thread"


def pictures(where: Path) -> Iterator[Picture]:
    """All of them, in the order in which they come about.

    Args:
        where: An empty directory, for the sample company and its home.

    Raises:
        MisuseError: This is no checkout: the fake Slack stands beside the tests.
        TagwrightError: Something that was asked or done did not work.
    """
    if not (_TESTS / "fake_slack.py").is_file():
        raise MisuseError(f"{_TESTS} has no fake Slack.", hint="Run it in a checkout.")
    sys.path.insert(0, str(_TESTS))
    try:
        fake: Any = importlib.import_module("fake_slack")
        world: Any = importlib.import_module("slack_world")
        loop: Any = importlib.import_module("uvicorn_thread")
    finally:
        sys.path.remove(str(_TESTS))
    company = write_company(where / "company")
    home = where / "home"
    company.furnish(home)
    (home / "people.yaml").write_text(_PEOPLE)
    ingest(load_settings(home), [*company.paths, *company.telemetry])
    with contextlib.ExitStack() as stack:
        aws = stack.enter_context(sandbox(resources()))
        slack = stack.enter_context(fake.fake_slack())
        stack.enter_context(_environment(TAGWRIGHT_SLACK__API_URL=slack.url))
        slack.channels["C2"] = ["UAPP", "U1", "U2"]
        slack.bots.add("UAPP")
        settings = load_settings(home)
        app = asgi(bolt_app(settings, Tokens(fake.TOKEN, fake.SECRET), lambda: None))
        url = stack.enter_context(loop.serving(app))
        made = world.World(settings, slack, f"{url}/slack/events")
        yield from _Scenes(made, fake, aws).all()
        # Of the last days nothing is known yet, so that the jump goes on when it is told.
        later = where / "later"
        company.furnish(later)
        (later / "people.yaml").write_text(_PEOPLE)
        (later / "alerts.yaml").write_text(_ALERTS)
        settings = load_settings(later)
        bills = [_until(path, where) for path in company.paths if path.name.startswith("aws")]
        ingest(settings, bills)
        app = asgi(bolt_app(settings, Tokens(fake.TOKEN, fake.SECRET), lambda: None))
        url = stack.enter_context(loop.serving(app))
        told = world.World(settings, slack, f"{url}/slack/events")
        yield from _Scenes(told, fake, aws).alerts()


def _until(bill: Path, where: Path) -> Path:
    """The bill as it was on the sixth day of the jump."""
    text = gzip.decompress(bill.read_bytes()).decode()
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    place = head.index("ChargePeriodStart")
    target = where / bill.name.removesuffix(".gz")
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *(row for row in rows if row[place] < "2026-10-20")])
    return target


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Scenes:
    """One Slack, in which things happen one after the other."""

    def __init__(self, world: Any, fake: Any, aws: Sandbox) -> None:
        self.world = world
        self.fake = fake
        self.aws = aws
        self.count = 100
        self.heard: set[int] = set()

    def all(self) -> Iterator[Picture]:
        """The pictures."""
        yield from self.answers()
        yield from self.private()
        yield from self.plans()

    # --- scenes --------------------------------------------------------------------------------

    def answers(self) -> Iterator[Picture]:
        """Questions, follow-ups, what is refused and what is asked back."""
        thread, said = self.ask("what did we spend last month by team?")
        yield Picture("answer", said)
        yield Picture("follow-up", self.ask("only search", thread)[1])
        yield Picture("follow-up-month", self.ask("and in September?", thread)[1])
        thread, said = self.ask("cost by resource in October")
        yield Picture("long", said)
        self.world.presses_under(self.standing()[-1], "Next")
        self.world.work()
        yield Picture("long-next", (self.of_app(self.standing()[-1]),))
        self.world.presses_under(self.standing()[-1], "Show receipt")
        self.world.work()
        yield Picture("receipt", self.whispers())
        yield Picture("why", self.ask("why did AWS costs rise in October?")[1])
        yield Picture("compared", self.ask("compare October with September by provider")[1])
        yield Picture("trend", self.ask("monthly cost by provider")[1])
        yield Picture("coverage", self.ask("tag coverage on AWS in October")[1])
        yield Picture("models", self.ask("cost per request by model in October")[1])
        yield Picture("refusal", self.ask("what will we spend next year?")[1])
        yield Picture("refusal-other", self.ask("how many people work in search?")[1])
        yield Picture("question-back", self.ask("cost of search")[1])

    def private(self) -> Iterator[Picture]:
        """Where one of the channel may not see it."""
        self.world.slack.channels["C3"] = ["UAPP", "U1", "U4"]
        _, said = self.ask("total cost in October by team", channel="C3")
        yield Picture("private", said)
        _, said = self.ask("total cost in October by team", user="U9", channel="C3")
        yield Picture("stranger", said)

    def plans(self) -> Iterator[Picture]:
        """Proposed, edited, approved, applied, rolled back; and one of which a part was moved."""
        thread, said = self.ask("propose tag fixes for account northlight-ml")
        self.follow()
        plan = self.standing()[-1]
        yield Picture("plan-answer", said)
        yield Picture("plan", (self.of_app(plan),))
        yield from self.views()
        self.press(plan, "Edit", user="U2")
        yield Picture("form", (Said(view=self.world.slack.views[-1]),), "form")
        self.press(plan, "Reject", user="U2")
        yield Picture("form-reject", (Said(view=self.world.slack.views[-1]),), "form")
        self.press(plan, "Approve", user="U1")
        yield Picture("plan-not-you", self.whispers())
        self.press(plan, "Details", user="U2")
        yield Picture("plan-details", self.whispers())
        self.press(plan, "Approve", user="U2")
        yield Picture("plan-approved", (self.of_app(plan),))
        self.apply(plan)
        yield Picture("plan-applied", (self.of_app(plan),))
        self.roll_back(plan)
        yield Picture("plan-rolled-back", (self.of_app(plan),))
        self.ask("propose tag fixes for account northlight-ml", thread)
        self.follow()
        other = self.standing()[-1]
        self.press(other, "Approve", user="U2")
        self.somebody_tags(other)
        self.apply(other)
        yield Picture("plan-partly", (self.of_app(other),))

    def alerts(self) -> Iterator[Picture]:
        """A jump, and what was said to it."""
        self.later(minutes=3)
        told = self.world.slack.messages["C2"]
        yield Picture("alert", tuple(map(self.of_app, told)))
        button = next(it for block in told[0]["blocks"] if block["type"] == "actions"
                      for it in block["elements"])  # fmt: skip
        self.world.sends_action(told[0], button, user="U1")
        self.world.work()
        self.later(minutes=3)
        yield Picture("alert-acknowledged", tuple(map(self.of_app, told)))

    def views(self) -> Iterator[Picture]:
        """The home tab of somebody who decides, and of somebody who sees a part."""
        for user, name in (("U2", "home"), ("U4", "home-part")):
            event = self.fake.message("", user=user, channel="D1", kind="app_home_opened",
                                      event_id=f"home-{user}", tab="home")  # fmt: skip
            self.fake.post(self.world.url, event)
            self.world.work()
            yield Picture(name, (Said(view=self.world.slack.homes[user]),), "home")

    # --- what people do ------------------------------------------------------------------------

    def ask(
        self, text: str, thread: str = "", *, user: str = "U1", channel: str = "C1"
    ) -> tuple[str, tuple[Said, ...]]:
        """Its thread; the question and all that is said to it."""
        self.count += 1
        ts = f"{self.count}.000001"
        more = {"thread_ts": thread} if thread else {}
        before = len(self.world.slack.messages.get(channel, []))
        self.whispers()
        event = self.fake.message(f"<@{self.fake.APP}> {text}", user=user, channel=channel, ts=ts,
                                  event_id=f"Ev{ts}", **more)  # fmt: skip
        self.fake.post(self.world.url, event)
        self.world.work()
        aloud = self.world.slack.messages.get(channel, [])[before:]
        question = Said(user, f"@Tagwright {text}")
        return thread or ts, (
            question, *map(self.of_app, aloud), *self.whispers(),
        )  # fmt: skip

    def press(self, said: dict[str, Any], label: str, *, user: str) -> None:
        """Press a button of a message, and let the message follow."""
        nth = self.standing().index(said)
        self.world.presses(label, user=user, nth=nth)
        self.world.work()
        self.follow()

    def follow(self) -> None:
        """The plans' messages are brought up to date."""
        self.later(seconds=20)

    def later(self, **much: float) -> None:
        """So much time passes, and what is due is done."""
        self.world.later += dt.timedelta(**much)
        self.world.work()

    def apply(self, said: dict[str, Any]) -> None:
        """The applier does its work."""
        with self.store() as store:
            plan = store.get(self.plan_of(said))
            with acting_as(self.aws, plan.plan.items[0].account):
                apply(plan.plan.id, store)
        self.follow()

    def roll_back(self, said: dict[str, Any]) -> None:
        """Ordered with the button, and done by the applier."""
        with self.store() as store:
            plan = store.get(self.plan_of(said))
            with acting_as(self.aws, plan.plan.items[0].account):
                rollback(plan.plan.id, store, "dana")
        self.follow()

    def somebody_tags(self, said: dict[str, Any]) -> None:
        """Somebody changes a resource of the plan by hand, after it was approved."""
        with self.store() as store:
            item = store.get(self.plan_of(said)).plan.items[0]
        self.aws.tag(item.account, item.region, item.arn, {item.key: "by-hand"})

    @contextlib.contextmanager
    def store(self) -> Iterator[PlanStore]:
        """The plans, as the applier has them."""
        with PlanStore.open(self.world.settings) as store:
            store.people = load_people(self.world.settings)
            yield store

    # --- what stands there ---------------------------------------------------------------------

    def standing(self) -> list[dict[str, Any]]:
        """The messages of the channel."""
        found: list[dict[str, Any]] = self.world.slack.messages["C1"]
        return found

    def whispers(self) -> tuple[Said, ...]:
        """What was said to one person alone since that was last asked for."""
        heard = [*self.world.slack.ephemeral, *self.world.slack.responses]
        new = [it for it in heard if id(it) not in self.heard]
        self.heard |= {id(it) for it in new}
        return tuple(self.of_app(it, private=True) for it in new)

    def of_app(self, message: dict[str, Any], *, private: bool = False) -> Said:
        """As it stands now: it may change later."""
        files = message.get("files") or []
        image = self.world.slack.files[files[0]["id"]]["content"] if files else b""
        blocks = tuple(copy.deepcopy(message.get("blocks") or []))
        return Said(blocks=blocks, private=private, image=image)

    def plan_of(self, said: dict[str, Any]) -> str:
        """The id of the plan that a message shows."""
        value = next(it["value"] for block in said["blocks"] if block["type"] == "actions"
                     for it in block["elements"])  # fmt: skip
        return str(value).split(" ", 1)[0]
