"""Patterns that are compiled when a text first could match: one question needs few of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["lazy"]


class _Lazy:
    """A pattern of which texts that lack all it needs are known not to match."""

    __slots__ = ("_compiled", "flags", "needs", "pattern")

    def __init__(self, pattern: str, flags: int, needs: Sequence[str]) -> None:
        self.pattern = pattern
        self.flags = flags
        self.needs = needs
        self._compiled: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole(), name)

    def search(self, text: str, *at: int) -> re.Match[str] | None:
        return self._whole().search(text, *at) if self._may(text) else None

    def match(self, text: str, *at: int) -> re.Match[str] | None:
        return self._whole().match(text, *at) if self._may(text) else None

    def fullmatch(self, text: str, *at: int) -> re.Match[str] | None:
        return self._whole().fullmatch(text, *at) if self._may(text) else None

    def finditer(self, text: str, *at: int) -> Iterator[re.Match[str]]:
        return self._whole().finditer(text, *at) if self._may(text) else iter(())

    def _whole(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self.pattern, self.flags)
        return self._compiled

    def _may(self, text: str) -> bool:
        # Beyond ASCII a letter has more than two cases: there the pattern itself must tell.
        if not self.needs or not text.isascii():
            return True
        lower = text.lower()
        return any(need in lower for need in self.needs)


def lazy(pattern: str, flags: int = 0, *, needs: Sequence[str] = ()) -> re.Pattern[str]:
    """Like :func:`re.compile`, but not before it is used.

    Args:
        pattern: As for :mod:`re`.
        flags: As for :mod:`re`.
        needs: In lower case; every text that matches holds one of them. Empty: nothing is known.
    """
    return cast("re.Pattern[str]", _Lazy(pattern, flags, needs))
