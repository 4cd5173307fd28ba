"""Questions for tag fixes: a plan is stored for a person to approve (``propose_tag_fixes``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Note, Source, sentence, tabled
from tagwright.lazy import lazy
from tagwright.render.proposal import proposal_block
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.frames.plans import CHANGE
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import rx
from tagwright_agent.planner.question import Question
from tagwright_agent.planner.said import Said
from tagwright_agent.planner.words import group_words, scope_from, scope_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.blocks import Block
    from tagwright.results import ToolResult

__all__ = ["FRAME", "Fixes"]

_ROWS = 10
_QUESTIONS = 5
_PROPOSE = rx(
    r"(?:propose|suggest|plan|create|make|prepare|draft|recommend|give)(?: me| us)? (?:[\w-]+ ){0,4}?"
    r"(?:tag(?:s|ging)?)(?: (?:fix(?:es)?|changes?|corrections?|plan|remediation|for))?|"
    r"(?:fix|repair|correct|remediate|clean up|close|fill)(?: \w+){0,4}? (?:tags?|tagging|tag gaps?)|"
    r"(?:tag|tagging) (?:fix(?:es)?|remediation|corrections?)|fix (?:the |our |my )?(?:untagged|gaps?)(?: \w+)?|"
    r"tag (?:the |our |my |these |those |all )?(?:untagged|missing)(?: \w+)?|propose (?:tags|fixes)",
    "tag|fix",
)
_A_PLAN = rx(
    r"(?:create|make|prepare|draft|write|store|open) (?:(?:me|us|a|the) )*plan (?:to|for|that)"
)
_VERB = lazy(r"(?:[a-z]+(?: up)?(?: (?:me|us|the|our|my|all|some|a))*)(?= |$)")
_WORDS = rx(
    r"(?:do|would|can|could) you (?:suggest|propose|recommend|make)|plan|boxes|machines|servers|nodes|\(?(?:just )?propose\)?|untagged|missing|wrong|invalid|tags?|fix(?:es)?|values?|resources?|instances?|buckets?|without(?= tags?)"
)


class Fixes(Question):
    """Tag fixes to propose.

    Attributes:
        keys: Taxonomy keys; empty for those that are required.
    """

    frame: str = "fixes"
    keys: tuple[str, ...] = ()


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    match = reading.search(_PROPOSE)
    if match is None:
        return None
    # Names of keys inside ("suggest team tags") stay to be read.
    verb = _VERB.match(match.group())
    reading.consume(_A_PLAN, "fix")
    if verb is not None:
        reading.take(match.start(), match.start() + verb.end(), "fix")
    said = listen(reading, hearing.view, hearing.pinned, Said(keyed=True))
    reading.consume_all(_WORDS, "fix")
    scope = said.scope()
    keys = tuple(dict.fromkeys([*said.keys, *(n for n in said.nulls if n in hearing.view.keys)]))
    filters = tuple(item for item in scope.filters if item.op != "is_null")
    groups = tuple(name for name in scope.groups if name != "resource_id")
    scope = scope.but(groups=groups, filters=filters, metrics=())
    return [Fixes(scope=scope, keys=keys)], said


def _call(question: Fixes) -> dict[str, Any]:
    scope = question.scope
    wanted = {
        "filters": scope.filter_arguments(),
        "period": scope.period,
        "keys": list(question.keys),
        "limit": min(scope.limit, 500),
    }
    return {name: value for name, value in wanted.items() if value}


def _say(question: Fixes, result: ToolResult) -> list[Block]:
    """A stored plan that waits for a person, or why there is none."""
    del question
    asked = _questions(result.details.get("questions"))
    if not result.details.get("plan"):
        return [sentence("No plan was stored."), *asked]
    changes = tabled(
        Source(result).rows[:_ROWS],
        [*CHANGE, ("Sure (%)", "count", "confidence")],
        row_count=result.row_count,
        what="changes",
    )
    return [proposal_block(result.details["plan"]), changes, *asked]


def _questions(value: object) -> list[Note]:
    """What a person should answer, whether it comes as texts or as objects."""
    texts = []
    for item in value if isinstance(value, (list, tuple)) else ():
        if isinstance(item, dict):
            texts.append(str(item.get("question") or item.get("text") or ""))
        else:
            texts.append(str(item))
    return [Note(text=text, kind="question") for text in texts if text][:_QUESTIONS]


def _words(question: Fixes) -> str:
    keys = " and ".join(group_words(key) for key in question.keys)
    head = f"propose {keys} tag fixes" if keys else "propose tag fixes"
    return scope_words(question.scope.but(groups=(), limit=0), head)


def _back(arguments: Mapping[str, Any]) -> Question:
    keys = arguments.get("keys") or ()
    keys = (keys,) if isinstance(keys, str) else tuple(map(str, keys))
    return Fixes(scope=scope_from(arguments), keys=keys)


FRAME = Frame("fixes", "propose_tag_fixes", Fixes, _PROPOSE, _read, _call, _say, _words, _back)
