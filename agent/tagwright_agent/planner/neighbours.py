"""What is said where a question cannot be planned: what of it was understood, and what can be asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.periods import resolve
from tagwright.text import clean
from tagwright_agent.planner.alike import near
from tagwright_agent.planner.beginnings import beginnings
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.question import Question, Unclear, cannot, unsure
from tagwright_agent.planner.reasons import FORECAST, WHEN, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagwright_agent.planner.frame import Found
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["greeting", "neighbours", "not_understood", "partial_of"]

_UNDERSTOOD = ("metric", "share", "average", "count", "limit", "order", "group", "filter",
               "threshold", "period", "comparison", "trend", "coverage", "unit", "why",
               "allocation", "workload", "owner", "data", "plan", "fix")  # fmt: skip
_MOST = 3
_GROUPS = ("team", "service_name", "service_provider_name")


def greeting(view: CatalogueView) -> Unclear:
    """Nothing was asked yet."""
    return unsure("What do you want to know about your costs?", questions=tuple(beginnings(view)))


def neighbours(
    partial: Question | None, view: CatalogueView, answers: Callable[[str], bool]
) -> tuple[str, ...]:
    """Up to three questions near what was understood, each of which is answered when asked."""
    found: list[str] = []
    if partial is not None:
        frame = frames()[partial.frame]
        partial = partial.but(unknown=())
        scope = partial.scope
        if scope.period and not view.anchor.reaches(resolve(scope.period, view.anchor)):
            partial = partial.within(period="", compare_to="")
            scope = partial.scope
        tries = [frame.words(partial)]
        free = [name for name in _GROUPS if name in view.dimensions and scope.on(name) is None]
        tries += [frame.words(partial.within(groups=(n,))) for n in free if not scope.groups]
        if not scope.period and _is_of_times(partial):
            tries.append(f"{frame.words(partial)} last month")
        tries = [text[:1].upper() + text[1:] for text in tries]
        found = [text for text in dict.fromkeys(tries) if len(text) < 200 and answers(text)]
    return tuple([*found, *beginnings(view)][:_MOST] if found else beginnings(view))


def _is_of_times(partial: Question) -> bool:
    """Whether a period makes it another question: of "list plans" it would make savings plans."""
    words = frames()[partial.frame].words
    return words(partial.within(period="all")) != words(partial)


def not_understood(
    found: Found, view: CatalogueView, answers: Callable[[str], bool], text: str
) -> Unclear:
    """Words that no grammar, name or value explains: never left out, because they may matter."""
    words = [token.text for token in found.left]
    if _foreign(words, text):
        return cannot("I understand questions in English only.", questions=tuple(beginnings(view)))
    said = ", ".join(repr(clean(word[:60])) for word in words[:5])
    partial = partial_of(found)
    understood = _understood(found, text) if partial is not None else ""
    if why := reason(found.rest):
        if why == FORECAST and partial is not None:
            partial = partial.within(period="", compare_to="").but(unknown=(WHEN,))
        return cannot(
            f"{why}{understood}", partial=partial, questions=neighbours(partial, view, answers)
        )
    close = near(view, words[0])[:4] if len(words) == 1 else []
    if len(words) == 1 and (names := _names_like(view, words[0])):
        close = names
    if close:
        return unsure(
            f"I do not know {said} here. Do you mean {' or '.join(map(repr, close))}?",
            {"yes": _instead(text, words[0], close[0])} if len(close) == 1 else {},
            partial=partial,
        )
    return cannot(
        f"I cannot answer this: {said} {'are' if words[1:] else 'is'} nothing I know in this data.{understood}",
        partial=partial,
        questions=neighbours(partial, view, answers),
    )


def _instead(text: str, word: str, meant: str) -> str:
    """The text with the word that was meant, for who says yes."""
    return re.sub(rf"(?i)(?<!\w){re.escape(word)}(?!\w)", lambda _: meant, text)


_MANY = 3
_FEW = 2
_NEVER_ENGLISH = frozenset(
    "wie viel wieviel haben wir kosten ausgegeben letzten monat cuanto gastamos hemos gastado pasado "
    "combien avons nous depense mois dernier quanto abbiamo speso spesa scorso mese gastei gastamos "
    "hoeveel hebben uitgegeven vorige maand ile wydalismy".split()
)
"""Ways to ask what was spent: one of these beside another unknown word is no English."""
_OFTEN_FOREIGN = frozenset(
    "ich wie viel haben wir und der die das el los las por cuanto que le les des combien nous quanto "
    "il per het een hoeveel".split()
)


def _foreign(words: Sequence[str], text: str) -> bool:
    """Whether a question seems to be in another language than English."""
    if any(char.isalpha() and not char.isascii() for word in words for char in word):
        return True
    said = set(re.findall(r"[^\W\d_]+", text.lower()))
    unknown = {word.lower() for word in words}
    if len(words) >= _FEW and unknown & _NEVER_ENGLISH:
        return True
    return len(words) >= _MANY and len(said & _OFTEN_FOREIGN) > 1


def partial_of(found: Found) -> Question | None:
    """What was understood, if that is anything to ask about."""
    said = any(label.kind in _UNDERSTOOD for label in found.labels)
    if not said or not found.questions:
        return None
    return found.questions[0].but(unknown=tuple(token.text[:60] for token in found.left[:5]))


def _understood(found: Found, text: str) -> str:
    parts = sorted(label for label in found.labels if label.kind in _UNDERSTOOD)
    words = list(dict.fromkeys(clean(text[p.start : p.end]).strip() for p in parts))
    words = [word for word in words if word]
    return f" I did understand: {', '.join(map(repr, words[:6]))}." if words else ""


def _names_like(view: CatalogueView, word: str) -> list[str]:
    """Dimensions that are spelled much like the word: asked back, for words may be names."""
    from rapidfuzz.distance import OSA

    text = word.lower()
    return [
        name
        for name in view.names
        if " " not in name
        and name.rstrip("s") != text.rstrip("s")
        and name[:1] == text[:1]
        and OSA.distance(text, name) == 1
    ][:3]
