"""Charts that Slack cannot draw, as pictures below an answer, where the extra is installed.

What they show stands in the answer as text and table: a picture that cannot be sent takes nothing
away. An answer for one person's eyes has none: a file cannot be shown to one person in a channel.
"""

from __future__ import annotations

import logging
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Chart, dumped, loaded
from tagwright.errors import TagwrightError
from tagwright.render.picture import png
from tagwright.render.slack_data import undrawn
from tagwright.text import clean, shorten
from tagwright_agent.slack.upload import Place, upload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slack_sdk import WebClient

    from tagwright.blocks import Block
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["drawn_below", "pictures_of", "send_pictures"]

_LOG = logging.getLogger("tagwright.slack")
_MOST = 3
_TITLE = 200


def pictures_of(blocks: Iterable[Block], turn: int) -> list[dict[str, Any]]:
    """The first charts of a turn's answer that Slack cannot draw, as JSON: ``name``, ``chart``."""
    charts = [block for block in blocks if isinstance(block, Chart)]
    below = drawn_below(charts)
    return [
        {"name": f"tagwright-{chart.receipt or 'chart'}-{turn}-{number}.png",
         "chart": dumped([chart])}
        for number, chart in enumerate(charts, 1)
        if chart in below
    ]  # fmt: skip


def drawn_below(blocks: Iterable[Block]) -> list[Chart]:
    """Those charts of an answer said aloud that stand below it as pictures."""
    if not (find_spec("altair") and find_spec("vl_convert")):
        return []
    charts = (block for block in blocks if isinstance(block, Chart))
    return [chart for chart in charts if undrawn(chart) and chart.labels][:_MOST]


def send_pictures(client: WebClient, arrival: Arrival, say: Iterable[dict[str, Any]]) -> None:
    """Send the pictures of what was said, each once.

    Args:
        client: For the workspace.
        arrival: What was answered.
        say: The messages, the last with ``pictures``.

    Raises:
        LaterError: Slack cannot be reached.
        NeverError: Slack refuses for good.
    """
    place = Place(arrival.channel, arrival.thread_ts, oldest=arrival.ts)
    for picture in (it for one in say if not one["private"] for it in one.get("pictures") or ()):
        [chart] = loaded(picture["chart"])
        if not isinstance(chart, Chart):
            continue
        title = shorten(clean(chart.title), _TITLE)
        try:
            upload(client, place, picture["name"], title, partial(png, chart))
        except TagwrightError as error:  # the table says the same
            _LOG.warning("A picture is not sent: %s", error)
            return
