"""What asks for nothing: thanks, greetings, help. No tool is called, and no figure is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tagwright.blocks import Suggestions, sentence
from tagwright.lazy import lazy
from tagwright.metrics.definitions import METRICS
from tagwright_agent.planner.beginnings import kinds
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.phrases import rx
from tagwright_agent.planner.question import Question
from tagwright_agent.planner.said import Said
from tagwright_agent.planner.view import fold
from tagwright_agent.planner.wording import metric_text

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from tagwright.blocks import Block
    from tagwright.results import ToolResult

__all__ = ["FRAME", "Talk"]

_THANKS = lazy(
    r"(?:\W*\b(?:ok(?:ay)?|k|so|ah|oh|well|no|nope|nah|yes|yep|great|perfect|cool|nice|super|lovely|fine|good|"
    r"thanks?|thank you|thnaks|tahnks|thx|ta|cheers|bye|goodbye|done|got it|that'?s? (?:is )?(?:all|it|great|enough|a lot)|that helps|"
    r"you are (?:great|the best|awesome)|very much|so much|splendid|brilliant|wonderful|excellent|sweet|a star|you'?re|that ties out|ties out|for your (?:patience|time)|all i needed|i needed|bye bye|tahnk you|a (?:lot|million|bunch)|for now|for today|i see|the rest|for (?:that|the help|your help)|"
    r"never ?mind(?: that| it| the rest)?|nvm|forget (?:it|about it|that|i asked)|stop|cancel|enough(?: for (?:now|today))?|(?:skip|drop) (?:it|that)|leave it|that(?:'?ll| will) do|all right|alright|no worries|lol|haha|wow|hmm*|that is (?:all|a lot|much|great|fine|enough)|"
    r"i have (?:what|all) i need|all good|see you|have a (?:nice|good) (?:day|evening)|helpful|awesome|not (?:now|yet)|maybe later|later|and|i'm|i am|good to know|"
    r"interesting|too much|(?:that|it) is (?:a lot|much|expensive|crazy)))+\W*"
)
_NEVER = rx(
    r"never ?mind|nvm|forget (?:it|about it|that|i asked)|nah|stop|cancel|(?:skip|drop) (?:it|that)|leave it"
)
_HELLO = lazy(
    r"\W*(?:hi|hello|hey|hiya|(?:good )?(?:morning|evening|afternoon)|good day)(?: there| all| team| everyone| folks| guys)?\W*"
)
_HELP = lazy(
    r"(?:\W*(?:hi|hello|hey)(?: there)?\W+)?(?:i'?m |i am )new here\W*|"
    r"(?:\W*(?:hi|hello|hey)(?: there)?\W+)?(?:what|how) can you (?:do|help(?: (?:me|us))?(?: with)?)\W*|"
    r".*\bwhat (?:(?:kind|sort)s? of )?(?:questions |things )?(?:can|should|may) i (?:ask|type)(?: you)?(?: here)?(?: about .*)?\W*|.*\bwhat am i supposed to .*|(?:i'?m |i am )?new here\W*|"
    r".*\bwhat you can (?:do|answer|tell me)\W*|\W*(?:help(?: me)?|what (?:(?:kind|sort|type)s? of )?(?:questions? |things? )?(?:can|could|do|will) you (?:answer|do|tell me|handle|understand|know)(?: about .*)?|what (?:can|could|may|should) (?:i|we|you) (?:ask|do|answer)(?: you| me| for| here| about .*)?|"
    r"what can you do(?: .*)?|how (?:can|do|should) (?:i|we) use (?:this|you|it|tagwright)|"
    r"(?:give|show) (?:me )?(?:an |some )?examples?(?: questions?)?(?: of (?:a )?questions?)?|how do i ask(?: for .*)?|"
    r"what (?:questions|things) can i ask|how does this work|examples?)\W*"
)
_MEANS = lazy(
    r"\W*what (?:does|do|is meant by) (?:the |an? )?(.+?)(?: mean)?\W*|.*\b(?:explain|tell me|know|understand|define) what (?:the |an? )?(.+?) (?:means?|is)\W*|\W*(?:explain|define) (?:the )?(.+?)\W*"
)


class Talk(Question):
    """What was said beside questions.

    Attributes:
        about: ``thanks``, ``nothing`` (never mind), ``hello``, ``help`` or ``meaning``.
        questions: Of help: what can be asked here.
        metric: Of a meaning: of which measure.
    """

    frame: str = "talk"
    about: Literal["thanks", "nothing", "hello", "help", "meaning"] = "thanks"
    questions: tuple[str, ...] = ()
    metric: str = ""


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    if (match := _MEANS.fullmatch(reading.lower)) and (metric := _metric(match, hearing)):
        reading.take(0, len(reading.text), "talk")
        return [Talk(about="meaning", metric=metric)], Said()
    for pattern, about in ((_HELLO, "hello"), (_HELP, "help"), (_THANKS, "thanks")):
        if pattern.fullmatch(reading.lower):
            nothing = about == "thanks" and reading.search(_NEVER)
            reading.take(0, len(reading.text), "talk")
            asked = tuple(kinds(hearing.view)) if about in ("hello", "help") else ()
            return [Talk(about="nothing" if nothing else about, questions=asked)], Said()  # type: ignore[arg-type]  # from the table
    return None


def _metric(match: re.Match[str], hearing: Hearing) -> str:
    """The measure whose meaning is asked for; empty where none is called so."""
    said = fold(next(filter(None, match.groups())))
    return next(
        (name for name, called in hearing.view.metrics if said in map(fold, (name, *called))), ""
    )


def _say(question: Talk, result: ToolResult) -> list[Block]:
    del result
    if question.about == "thanks":
        return [sentence("You are welcome.")]
    if question.about == "nothing":
        return [sentence("All right. Ask whenever you like.")]
    if question.about == "meaning":
        metric = next(item for item in METRICS if item.name == question.metric)
        return [sentence(f"{metric_text(metric.name)}: {metric.description}")]
    intro = "You can ask for example:"
    text = "I answer questions about what was charged, whose it is, and how well it is tagged."
    hello = "Hello. " if question.about == "hello" else ""
    return [sentence(f"{hello}{text}"), Suggestions(intro=intro, questions=question.questions)]


def _words(question: Talk) -> str:
    if question.about == "meaning":
        return f"what does {question.metric.replace('_', ' ')} mean"
    return {"thanks": "thanks", "nothing": "never mind", "hello": "hello", "help": "help"}[
        question.about
    ]


def _call(question: Talk) -> dict[str, Any]:
    del question
    return {}


FRAME = Frame("talk", "", Talk, None, _read, _call, _say, _words)
