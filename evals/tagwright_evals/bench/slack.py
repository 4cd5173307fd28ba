"""``tagwright slack --http`` under load: how soon it acknowledges, and how soon it answers.

A real process on a small home, a Slack of loopback in another, and events signed as Slack signs
them, at a fixed rate whether answers come or not: what waits is counted from when it was due. Of
ten events two are questions, two the messages that these also are, two sent again, four what people
say to each other in a thread. A bare endpoint that verifies and says 200 takes the same at the same
rate, right before: the ratio to it says what storing costs.
"""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tagwright_evals.bench.serving import resident, serving, small_home
from tagwright_evals.bench.slack_sides import APP, SECRET, USER, signed

__all__ = ["Load", "load"]

RATE = 50
_SENDERS = 24
_BARE_SECONDS = 10
_WARM = 10
_PATIENCE = 900.0


@dataclass(frozen=True)
class Load:
    """What came of it; times in seconds, memory in MiB.

    Attributes:
        events: How many were sent.
        p50: Median time to the acknowledgement.
        p99: Of 99 of 100 events.
        most: Of the slowest.
        bare_p50: Median of the bare endpoint.
        bare_p99: Of 99 of 100 events there.
        errors: Events that were not acknowledged with 200, by what came instead.
        questions: How many of the events were to be answered.
        worked_off: From the last event to the last answer.
        first_words: Median from a question to the first words of its answer, warm, one at a time.
        first_words_most: Of the slowest.
        memory_before: Resident, before the load.
        memory_after: Resident, once all is answered.
    """

    events: int
    p50: float
    p99: float
    most: float
    bare_p50: float
    bare_p99: float
    errors: dict[str, int]
    questions: int
    worked_off: float
    first_words: float
    first_words_most: float
    memory_before: float
    memory_after: float

    def line(self) -> str:
        """For a terminal of 80 columns."""
        gap = " " * 24
        return (
            f"{'slack: acknowledgement':<24} p50 {_ms(self.p50)}, p99 {_ms(self.p99)} (hoped: "
            f"< 500 ms), most {_ms(self.most)}\n"
            f"{gap} {self.events:,} events at {RATE}/s, errors: {self.errors or 'none'}\n"
            f"{gap} {self.p50 / self.bare_p50:.1f}x the p50, {self.p99 / self.bare_p99:.1f}x the "
            f"p99 of a bare endpoint ({_ms(self.bare_p50)}, {_ms(self.bare_p99)})\n"
            f"{'slack: queue':<24} {self.questions} questions, worked off {self.worked_off:.0f} s "
            f"after the last event\n"
            f"{gap} {self.memory_before:.0f} MiB before, {self.memory_after:.0f} MiB after\n"
            f"{'slack: first words':<24} p50 {_ms(self.first_words)}, most "
            f"{_ms(self.first_words_most)} (hoped: < 1000 ms), warm, one at a time"
        )

    def as_dict(self) -> dict[str, object]:
        """As JSON."""
        return {"name": "slack", **asdict(self)}


def load(seconds: int) -> Load:
    """Send events for so many seconds, and wait until all is answered."""
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        home = Path(temporary)
        _asked_home(home)
        api = stack.enter_context(serving(["-m", "tagwright_evals.bench.slack_sides", "api"]))[1]
        bare = stack.enter_context(serving(["-m", "tagwright_evals.bench.slack_sides", "bare"]))[1]
        pid, ours = stack.enter_context(serving(
            ["-c", "from tagwright_agent.cli import main; main()", "slack", "--http",
             "127.0.0.1:0", "--home", str(home)],
            SLACK_BOT_TOKEN=f"xoxb-{APP}", SLACK_SIGNING_SECRET=SECRET,
            TAGWRIGHT_SLACK__API_URL=api,
        ))  # fmt: skip
        words = [_first_words(ours, api, number) for number in range(2 * _WARM)]
        beside, _ = _send(bare, RATE * _BARE_SECONDS)
        before = resident(pid)
        took, errors = _send(ours, RATE * seconds)
        last = time.time()
        questions = {_ts(n) for n in range(RATE * seconds) if n % 10 in {0, 5}}
        said = _answers(api, questions)
        return Load(
            RATE * seconds, _part(took, 50), _part(took, 99), took[-1], _part(beside, 50),
            _part(beside, 99), dict(errors), len(questions),
            max(0.0, max(said[ts] for ts in questions) - last), statistics.median(words[_WARM:]),
            max(words[_WARM:]), before, resident(pid),
        )  # fmt: skip


def _asked_home(home: Path) -> None:
    small_home(home)
    people = f"people:\n  lee: {{slack: [T0001/{USER}], may: [ask]}}\n"
    (home / "people.yaml").write_text(people, encoding="utf-8")


def _ts(number: int) -> str:
    return f"1700{number // 1_000_000:06d}.{number % 1_000_000:06d}"


def _event(number: int) -> bytes:
    """The event of that number; five make one question with its twin and a retry."""
    kind, first = number % 5, number - number % 5
    event: dict[str, Any] = {"user": USER, "channel": "C1", "ts": _ts(first)}
    if kind in {3, 4}:
        event |= {"type": "message", "text": "we had lunch", "ts": _ts(number), "thread_ts": "1.1"}
    else:
        what = "app_mention" if kind != 1 else "message"
        event |= {"type": what, "text": f"<@{APP}> total cost by service in 2026-09"}
    body = {
        "type": "event_callback", "team_id": "T0001", "api_app_id": "A1", "event": event,
        "event_id": f"Ev{first if kind == 2 else number}", "event_time": 1,
        "authorizations": [{"team_id": "T0001", "user_id": APP, "is_bot": True}],
    }  # fmt: skip
    return json.dumps(body).encode()


class _Link:
    """One kept connection to an endpoint."""

    def __init__(self, url: str) -> None:
        self.place = urllib.parse.urlsplit(url)
        self.con = http.client.HTTPConnection(self.place.netloc, timeout=30)

    def post(self, body: bytes) -> str:
        """The status, or what went wrong."""
        at = int(time.time())
        headers = {
            "Content-Type": "application/json", "X-Slack-Request-Timestamp": str(at),
            "X-Slack-Signature": signed(body, at),
        }  # fmt: skip
        try:
            self.con.request("POST", self.place.path, body, headers)
            reply = self.con.getresponse()
            reply.read()
        except (OSError, http.client.HTTPException) as error:
            self.con.close()
            return type(error).__name__
        return str(reply.status)


def _send(url: str, count: int) -> tuple[list[float], Counter[str]]:
    """Send so many at the rate; the times to their acknowledgements, sorted, and the errors."""
    began, numbers = time.perf_counter() + 0.2, iter(range(count))
    took: list[float] = []
    errors = Counter[str]()
    lock = threading.Lock()

    def sender() -> None:
        link = _Link(url)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            due = began + number / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            status = link.post(_event(number))
            seconds = time.perf_counter() - due
            with lock:
                took.append(seconds)
                if status != "200":
                    errors[status] += 1

    threads = [threading.Thread(target=sender) for _ in range(_SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(took), errors


def _first_words(url: str, api: str, number: int) -> float:
    """Seconds from one question to the first words of its answer."""
    ts = f"1600{number:06d}.000000"
    body = _event(0).replace(_ts(0).encode(), ts.encode())
    began = time.time()
    if (status := _Link(url).post(body)) != "200":
        raise SystemExit(f"A question was not acknowledged: {status}.")
    return _answers(api, {ts})[ts] - began


def _answers(api: str, wanted: set[str]) -> dict[str, float]:
    """When each of these threads got its first words, once all have."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with urllib.request.urlopen(api, timeout=30) as reply:  # noqa: S310  of loopback
            found: dict[str, float] = json.load(reply)
        if wanted <= found.keys():
            return found
        time.sleep(0.02 if len(wanted) == 1 else 1.0)
    raise SystemExit(f"{len(wanted - found.keys())} questions were not answered.")


def _part(took: list[float], percent: int) -> float:
    return took[min(len(took) - 1, len(took) * percent // 100)]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
