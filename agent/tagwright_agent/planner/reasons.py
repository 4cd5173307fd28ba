"""What the planner does not do, and words that ask for it: the reason why a question is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright_agent.planner.phrases import rx

if TYPE_CHECKING:
    import re

__all__ = ["FORECAST", "WHEN", "forbidden", "off_topic", "reason"]

FORECAST = "I look at what was charged; I do not forecast."
WHEN = "which time"
"""What is missing of a question of the future: a period that is over."""

_SENDS = "I answer questions; I do not send, export or configure."
_READS = "I change nothing; a person approves a plan and `tagwright apply` writes it."
_NOTHING = "That is nothing a bill can answer."

_RECONCILES = (
    "I do not compare bills with invoices or telemetry yet; I show charges as they were billed."
)
_REASONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (rx(r"namespaces?|pods?|kubernetes (?:pods?|namespaces?)|helm|deployments?|clusters?(?= )|clusters?"), "What runs inside a Kubernetes cluster is no line of a bill. Usage from OpenCost or Kubecost divides a cluster's cost by an allocation rule (docs/kubernetes.md): ask for the allocated cost by team."),
    (rx(r"forecast(?:s|ed|ing)?|predict(?:s|ed|ion|ions)?|project(?:ed|ion|ions)|expected (?:to )?(?:spend|cost)|(?<!you )will(?! you)|run(?:ning)? out|expir(?:e|es|ing)|going to (?:spend|cost|be)|next (?:week|month|quarter|year)|end of (?:the )?(?:month|quarter|year) estimate"), FORECAST),
    (rx(r"anomal(?:y|ies|ous)|unusual|abnormal|outliers?|suspicious|exceptions?"), "I do not watch for anomalies; I can explain a change between two periods."),
    (rx(r"budgets?|alerts?|notif(?:y|ications?)|thresholds?|schedules?|subscribe|remind"), 'There are no budgets. Alerts stand in alerts.yaml (docs/alerts.md); what is asked again and again is scheduled in Slack, with a colon: "every Monday at 9: cost by team".'),
    (rx(r"idle|unused (?!commit)|waste|wasted|wasting|right-?siz(?:e|ing)|over-?provisioned|under-?utili[sz]ed|utili[sz](?:ation|ed|ing)|zombie|orphan(?:ed)?|unattached|stale|cpu|memory usage|optimi[sz](?:e|ation|ations|ing)|save|reduce|cut|cheaper|switch(?:ing)?|migrat(?:e|ing|ion)|downsiz(?:e|es|ing)|efficien(?:t|cy)|benchmark|recommend(?:ation|ations|ed)?|advis(?:e|or|ory)|should (?:we|i)|what if|simulate|scenario|score|maturity"), "I do not look for waste or savings; I show where money went."),
    (rx(r"delete|terminate|stop|turn(?:ing|ed)? off|shut ?down|resize|restart|launch|deploy|buy|purchase (?:a|an|more)|approve|apply|roll ?back|execute|merge|commit"), _READS),
    (rx(r"send|e-?mail|slack|post|export|dashboard|powerpoint|pdf|spreadsheet|excel|csv|jira|ticket|issue|connect(?:or)?|configure|set ?up|import|install|upload|github|pull request|pr"), _SENDS),
    (rx(r"reconcil(?:e|iation)|invoice (?:number|pdf)"), _RECONCILES),
    (rx(r"weather|recipe|joke|poem|song|news|stocks?|football|movie|capital of|translate|who are you|your name|write (?:a|an|me|code|some)|meaning of life|carbon|emissions?|co2|sustainab\w+|password|secret|api key|system prompt|ignore (?:all |previous |your )"), _NOTHING),
    (rx(r"(?:make|build|create|generate|write|prepare|export|share|schedule) (?:\w+ ){0,5}(?:reports?|dashboards?|summary|digest|file)|^(?:please |can you |could you )?(?:export|send|e-?mail|post|share (?!of)|publish|import|upload|download|pin|save)"), _SENDS),
    (rx(r"(?:week ?(?:end|day)|business day|working day|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?"), "I tell days by their date, not by the day of the week: ask for the cost by day."),
    (rx(r"(?:by|per|each|every|which) hours?|hourly|hour by hour|time of day"), "The shortest time that I tell is a day."),
    (rx(r"pareto|80/20"), "I do not cut rows off at a part of the whole: ask for the cost by service, each row has its share."),
    (rx(r"median|percentiles?|p\d\d"), "I know averages by day, week or month, and no medians."),
    (rx(r"resource groups?|business units?|departments?|divisions?|organi[sz]ational units?|ous?"), "The data has no such grouping."),
    (rx(r"(?:drop|truncate|alter|create) (?:tables?|views?|schemas?)|insert into|update (?:\w+ )?set|select (?:\*|\w+\()?"), "I take questions in words, not SQL, and I change nothing."),
    (rx(r"industry|competitors?|other companies|benchmarks?"), "I know this company's bills alone."),
    (rx(r"profits?|sales"), "I know what was charged, and revenue only by customer."),
)  # fmt: skip


def off_topic(text: str) -> bool:
    """Whether a message asks for nothing of the data: what was spoken of before it still stands."""
    why = forbidden(text.lower()) or reason(text.lower())
    return why in (_NOTHING, _SENDS, _READS, FORECAST)


def reason(text: str) -> str:
    """Why a question that was not understood cannot be answered here; empty where that is unknown.

    Args:
        text: In lower case.
    """
    return next((why for pattern, why in _REASONS if pattern.search(text)), "")


_ORDERS = rx(
    r"(?:make|build|create|generate|write|prepare|export|share|schedule) (?:\w+[- ]){0,5}(?:reports?|dashboards?|digest|files?)|"
    r"(?:export|send|e-?mail|post|publish|upload|download) (?:me |us |this|it|the|a|an)"
)
_WOULD_HAVE = rx(
    r"would(?! (?:you|it be|that be))(?: [\w.:/-]+){1,6} have (?:cost|been|paid|spent)|"
    r"(?:costs?|price|take) (?:of |to |for )*(?:mov(?:e|ing)|migrat(?:e|ing)|switch(?:ing)?)(?! the needle)|"
    r"would have (?:cost|been|paid|spent)|would (?:[\w-]+ ){1,6}be (?:cheaper|dearer|better|(?:more|less) expensive)|what would .* (?:cost|pay|spend) (?:instead|on|with(?! \d)|if)"
)
_WOULD_CHANGE = rx(
    r"(?:what|how much) would (?:it|that|this|they|the plan) (?:change|do|fix|save|bring)"
)
_WITHOUT_DISCOUNT = rx(r"list|on[- ]demand|undiscounted|retail|public|discounts?")
_WHY_USE = rx(
    r"why (?:do|does|did|are|is|was|were)(?: [\w-]+){1,3} (?:us(?:e|ing)|need(?:ing)?|have|having|run(?:ning)?|pay(?:ing)?)"
    r"(?!.*\b(?:more|less|so (?:much|many)|that (?:much|many)|higher|lower|up|down)\b)"
)
_EACH_CHARGE = rx(
    r"(?:list|show|give)(?: me| us)? (?:all|every|each|single|individual|the raw)(?: of)?(?: the| our)?(?: single| individual| raw)? (?:charges?|line items?|rows?)(?=[ ?.!]*$)"
)
_QUANTITY = rx(
    r"how much (?:storage|data|memory|disk|bandwidth|traffic)(?: space)? (?:do(?:es)?|did|are|is|have|has)(?: [\w-]+){1,4} (?:us(?:e|ed|ing)|stor(?:e|ed|ing)|have|transfer(?:red)?)"
)
_CHANGES = rx(
    r"tag (?:everything|all|these|those|them|it|the)(?: [\w-]+){0,5} (?:with|as) [\w-]+(?= ?[=:])|"
    r"(?:can|could|should|would|please) (?:you |we |i )?(?:please )?(?:buy|purchase|delete|terminate|stop|resize|approve|apply|cancel|shut down)"
)
_NOT_BILLED = rx(
    r"how (?:good|accurate|fast|smart|reliable|clever|helpful) (?:is|are) (?:its|their|the|our|his) (?:answers?|responses?|outputs?|replies|translations?|summar(?:y|ies)|results?)|"
    r"latenc(?:y|ies)|uptime|downtime|response times?|error rates?|is (?!our |the |tagging |coverage |it |that |this )[\w.-]+ (?:better|smarter|faster|more accurate) than"
)
_WHO_DID = rx(
    r"who (?:tagged|created|launched|started|changed|deleted|deployed|provisioned|turned (?:it |that )?(?:on|off)|set (?:it|that|this) up|made the change)"
)
_RUNS = rx(
    r"(?:is|are) (?:it|they|this|that|these|those|[\w.-]+) (?:still|currently|even) (?:running|used|in use|active|alive|needed|on)"
)
_PAPERS = (
    r"(?:usage|telemetry|invoices?|invoiced|bills?|billed|charged|reports?|metering|logs?|records?)"
)
_MATCHES = rx(
    rf"(?:do(?:es)?|did|is|are|was|were) (?:[\w'-]+ ){{0,3}}{_PAPERS}(?: [\w'-]+){{0,5}} (?:match(?:es|ing)?|agrees?|tall(?:y|ies)|squares?|lines? up|ties? (?:out|up)|corresponds?|consistent|in line)"
    rf"(?: with| to)?(?: [\w'-]+){{0,4}} {_PAPERS}"
)
_TOO_MUCH = rx(
    r"(?:pay(?:ing)?|spend(?:ing)?|costs?|costing) (?:us )?too much|too (?:high|expensive)|over-?pay(?:ing)?"
)


_FORBIDDEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (_WOULD_CHANGE, "A plan says what it would change before anybody approves it: ask me to list plans."),
    (_WHY_USE, "A bill tells what changed and by how much, not why something is used."),
    (_TOO_MUCH, "I tell what is charged and what changed, not whether that is too much."),
    (_NOT_BILLED, _NOTHING),
    (_WHO_DID, "A bill does not say who did something, only whose tag a charge carries."),
    (_MATCHES, _RECONCILES),
    (_RUNS, "A bill tells what was charged, not what runs now: ask for its cost by day."),
    (_CHANGES, _READS),
    (_EACH_CHARGE, "I tell sums of charges, not each charge: ask for them by service, resource or day."),
    (_QUANTITY, "Ask for a quantity by its unit (how many GB of S3), or for what it costs."),
    (_ORDERS, _SENDS),
)  # fmt: skip
"""Asked for whatever else is understood of the question; the first that is found."""


def forbidden(text: str) -> str:
    """Why something is asked to be done that is never done here; empty where nothing is.

    Args:
        text: In lower case.
    """
    if _WOULD_HAVE.search(text) and not _WITHOUT_DISCOUNT.search(text):
        return "I tell what was charged, not what would have been."
    return next((why for pattern, why in _FORBIDDEN if pattern.search(text)), "")
