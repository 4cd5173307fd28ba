"""While an answer is being made it is seen to be: as a stream with its steps, or as a status.

Nothing is shown of an answer that is ready at once. A stream stands where the answer may be said
aloud, in a thread (Slack streams into nothing else); otherwise there is a status below the
question, which Slack takes away by itself after two minutes. Both show our own words for the
steps, never what a model wrote: that is checked before anybody reads it.

That a stream is begun is noted in the job before, and which message it is after, so that whoever
takes the job next finds it: by its ts, or by the mark that its first step carries. The stream is
ended by :mod:`tagwright_agent.slack.deliver`.

Sources: https://docs.slack.dev/reference/methods/chat.startStream ,
https://docs.slack.dev/reference/methods/chat.appendStream and
https://docs.slack.dev/reference/methods/assistant.threads.setStatus .
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from tagwright.errors import BusyError, TagwrightError
from tagwright.state import jobs, open_state
from tagwright.text import clean, internal_fault, shorten
from tagwright_agent.slack.calls import LaterError, NeverError, fault_of
from tagwright_agent.slack.stream_end import begun, mark_of, withdraw

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from types import TracebackType

    from slack_sdk import WebClient

    from tagwright.config import Settings
    from tagwright.state import State
    from tagwright.state.jobs import Job
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["AFTER", "PACE", "Showing"]

_LOG = logging.getLogger("tagwright.slack")

AFTER = 0.5
"""Seconds that an answer may take before anything is shown."""
PACE = 1.0
"""Seconds between two calls that show steps: Slack takes about a hundred a minute."""
_BEAT = 15.0
_STEPS = 40
_TITLE = 200


@dataclass
class _Step:
    """What is being done; ``sent`` is the state that Slack was told last."""

    id: str
    title: str
    status: Literal["in_progress", "complete"] = "in_progress"
    sent: tuple[str, str] = ("", "")

    def chunk(self) -> dict[str, Any]:
        return {"type": "task_update", "id": self.id, "title": self.title, "status": self.status}


class Showing:
    """An answer in the making; shown by a thread of its own, which says also that we are alive.

    Attributes:
        job: As it is now: its body says which stream was begun.
    """

    def __init__(
        self, settings: Settings, client: WebClient, job: Job, arrival: Arrival,
        now: Callable[[], dt.datetime],
    ) -> None:  # fmt: skip
        """Prepare; nothing is shown before :meth:`begin`.

        Args:
            settings: Where the queue is.
            client: For the workspace.
            job: What is being answered.
            arrival: The same, as it came.
            now: Tells the time.
        """
        self.job = job
        self._settings = settings
        self._client = client
        self._arrival = arrival
        self._now = now
        self._kept: Callable[[], str] = str
        self._known: str | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._steps = [_Step(mark_of(arrival), "Reads the question")]
        self._status = ""
        self._thread: threading.Thread | None = None

    def begin(self, kept_from: Callable[[], str]) -> None:
        """Have it shown if it takes long.

        Args:
            kept_from: Why the answer is not said aloud there; empty where it may be. Asked once,
                and only when it matters.
        """
        self._kept = kept_from
        self._thread = threading.Thread(target=self._run, name="slack-showing", daemon=True)
        self._thread.start()

    def kept_from(self) -> str:
        """What ``kept_from`` said; the same for what is shown and for what is said."""
        with self._lock:
            if self._known is None:
                self._known = self._kept()
            return self._known

    def watch(self, what: str) -> None:
        """A step, as :meth:`Session.ask` tells it; safe from any thread."""
        kind, _, rest = what.partition(" ")
        title = f"Looks it up: {rest}" if kind == "calls" else f"The model {what}"
        self._step(shorten(clean(title), _TITLE), together=kind == "calls", anew=kind != "writes,")

    def question(self, number: int, among: int) -> None:
        """Which of several questions comes now."""
        if among > 1:
            self._step(f"Question {number} of {among}", together=False, anew=True)

    def _step(self, title: str, *, together: bool, anew: bool) -> None:
        """Note a step; ``together`` goes on beside its like, what is not ``anew`` may repeat."""
        with self._lock:
            last = self._steps[-1]
            if not anew and last.title.split(",")[0] == title.split(",", maxsplit=1)[0]:
                last.title = title
                return
            if not (together and last.title.startswith("Looks it up")):
                for step in self._steps:
                    step.status = "complete"
            if len(self._steps) < _STEPS:
                self._steps.append(_Step(f"{self._steps[0].id}-{len(self._steps)}", title))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """End the showing; where there is no answer, take the stream's message away."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        if isinstance(error, Exception) and "stream" in self.job.body:
            self._take_back()

    # --- its thread ------------------------------------------------------------------------

    def _run(self) -> None:
        if self._over.wait(AFTER):
            return
        try:
            state = open_state(self._settings)
            try:
                self._show(state)
            finally:
                state.close()
        except (TagwrightError, LaterError, NeverError) as error:  # it is answered without
            _LOG.info("%s is not shown in the making: %s", self._arrival.key, error)
        except Exception as error:  # noqa: BLE001  the answer does not depend on it
            _LOG.error("%s: %s", self._arrival.key, internal_fault(error))

    def _show(self, state: State) -> None:
        ts = self._stream(state)
        alive, beaten = True, time.monotonic()
        while not self._over.wait(PACE):
            if time.monotonic() - beaten > _BEAT:
                jobs.beat(state, self.job, self._now())
                beaten = time.monotonic()
            if alive:
                alive = self._append(ts) if ts else self._tell()
        if self._status:
            self._set_status("")

    def _stream(self, state: State) -> str:
        """The ts of the stream, which may have been begun by a process that died; or none."""
        arrival = self._arrival
        if "stream" in self.job.body:
            found = str(self.job.body["stream"]) or begun(self._client, arrival)
            if found:
                self._note(state, found)
                return found
        if not arrival.thread_ts or self.kept_from() or not (ts := self._start(state)):
            self._tell()
            return ""
        return ts

    def _start(self, state: State) -> str:
        from slack_sdk.errors import SlackApiError

        arrival = self._arrival
        self._note(state, "")
        try:
            reply = self._client.chat_startStream(
                channel=arrival.channel, thread_ts=arrival.thread_ts,
                recipient_team_id=arrival.teams[0], recipient_user_id=arrival.user,
                task_display_mode="plan", chunks=self._changed(),
            )  # fmt: skip
        except SlackApiError as error:
            if isinstance(fault_of(error), NeverError):  # else it may stand there
                self._note(state, None)
            return ""
        except OSError:
            return ""
        ts = str(reply["ts"])
        try:
            self._note(state, ts)
        except BusyError:  # who took the job over has not seen it
            withdraw(self._client, arrival, ts)
            raise
        return ts

    def _note(self, state: State, ts: str | None) -> None:
        body = {key: value for key, value in self.job.body.items() if key != "stream"}
        if "came" not in body:
            body = {"came": body}
        if ts is not None:
            body["stream"] = ts
        if body != self.job.body:
            self.job = jobs.keep(state, self.job, body, self._now())

    def _changed(self) -> list[dict[str, Any]]:
        """The steps that Slack was not told of as they are now."""
        with self._lock:
            found = [step for step in self._steps if step.sent != (step.title, step.status)]
            for step in found:
                step.sent = (step.title, step.status)
            return [step.chunk() for step in found]

    def _append(self, ts: str) -> bool:
        """Tell what changed; False where the stream takes no more."""
        from slack_sdk.errors import SlackApiError

        if not (chunks := self._changed()):
            return True
        try:
            self._client.chat_appendStream(channel=self._arrival.channel, ts=ts, chunks=chunks)
        except (SlackApiError, OSError) as error:
            _LOG.info("The stream of %s is over: %s", self._arrival.key, type(error).__name__)
            return False
        return True

    def _tell(self) -> bool:
        """Show the step of now as a status; False where that cannot be."""
        with self._lock:
            title = self._steps[-1].title
        status = f"is at it: {title[:1].lower()}{title[1:]}"
        return status == self._status or self._set_status(status)

    def _set_status(self, status: str) -> bool:
        from slack_sdk.errors import SlackApiError

        try:
            self._client.assistant_threads_setStatus(
                channel_id=self._arrival.channel,
                thread_ts=self._arrival.thread_ts or self._arrival.ts, status=status,
            )  # fmt: skip
        except (SlackApiError, OSError) as error:
            _LOG.info("No status of %s is shown: %s", self._arrival.key, type(error).__name__)
            return False
        self._status = status
        return True

    def _take_back(self) -> None:
        """No answer came of it: whoever tries again begins anew. Else it is found by its ts."""
        try:
            withdraw(self._client, self._arrival, str(self.job.body["stream"]))
            state = open_state(self._settings)
            try:
                self._note(state, None)
            finally:
                state.close()
        except (TagwrightError, LaterError, NeverError) as error:
            _LOG.info("The stream of %s stands: %s", self._arrival.key, error)
