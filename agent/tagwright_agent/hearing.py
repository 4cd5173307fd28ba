"""Listening to a model: piece by piece, so that one that says something is not taken for dead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message

from tagwright.errors import ProviderError, TagwrightError
from tagwright_agent import steps
from tagwright_agent.sound import whole_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.messages import AnyMessage

__all__ = ["hear"]

_LONGEST = 10
"""So many times the wait is the longest that one answer may take, whatever is still coming."""


async def hear(
    speaker: Any, messages: Sequence[AnyMessage], wait: float, watch: Callable[[str], None]
) -> AIMessage:
    """What a model says to these messages.

    Args:
        speaker: A chat model, with its tools bound.
        messages: What it is sent.
        wait: Seconds without a word after which it is given up.
        watch: Is told how far it has come; never its words, which nobody has checked.

    Raises:
        ProviderError: It failed, or said nothing for ``wait`` seconds; then without a cause, so
            that it is not asked again: the person has waited once.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + wait * _LONGEST
    patience = asyncio.timeout(wait)
    heard: Any = None
    try:
        async with patience:
            async for piece in speaker.astream(list(messages)):
                heard = piece if heard is None else heard + piece
                patience.reschedule(min(loop.time() + wait, end))
                if heard.text:
                    watch(f"writes, {len(heard.text):,} characters so far")
    except TagwrightError:
        raise
    except TimeoutError as error:
        if not patience.expired():  # its own connection's
            raise steps.model_failed(error) from error
        said = "did not end" if heard is not None and loop.time() >= end else "did not answer"
        seconds = wait * _LONGEST if said == "did not end" else wait
        raise ProviderError(
            f"The model {said} within {seconds:g} seconds.",
            hint="Wait longer with the setting model_wait (TAGWRIGHT_MODEL_WAIT).",
        ) from None
    except (Exception, SystemExit) as error:
        # A provider's SystemExit is its failure, not the end of the conversation.
        raise steps.model_failed(error) from error
    if heard is None:
        raise ProviderError("The model said nothing.")
    if isinstance(heard, AIMessageChunk):
        whole = message_chunk_to_message(heard)
        assert isinstance(whole, AIMessage)  # noqa: S101  of an AIMessageChunk
        return whole.model_copy(update=whole_calls(heard))
    return heard if isinstance(heard, AIMessage) else AIMessage(heard.text)
