"""How often, and after what waits, a call to a cloud is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenacity import (
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_exponential_jitter,
)

from tagwright.remediation.writers import PassingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TRIES", "pauses", "tries", "until"]

TRIES = 6
_FIRST, _LONGEST = 0.5, 20.0


def tries(sleep: Callable[[float], None]) -> Retrying:
    """Six tries at most of a call that changes nothing, while its fault is a passing one.

    Args:
        sleep: Waits so many seconds: 0.5 and doubling, with up to a second of jitter, 20 at most.
    """
    return Retrying(
        stop=stop_after_attempt(TRIES),
        wait=_wait(),
        retry=retry_if_exception_type(PassingError),
        sleep=sleep,
        reraise=True,
    )


def until(done: Callable[[], bool], sleep: Callable[[float], None]) -> bool:
    """Call ``done`` six times at most, until it is; whether it came to be. Its errors go up."""
    again = Retrying(
        stop=stop_after_attempt(TRIES),
        wait=_wait(),
        retry=retry_if_result(lambda came: not came),
        retry_error_callback=lambda _: False,
        sleep=sleep,
    )
    return bool(again(done))


def _wait() -> wait_exponential_jitter:
    return wait_exponential_jitter(multiplier=_FIRST, max=_LONGEST)


def pauses(most: int) -> Iterator[float]:
    """Waits between looks at the same thing, in seconds: 0.5 and doubling."""
    for number in range(most):
        yield min(_FIRST * 2**number, _LONGEST)
