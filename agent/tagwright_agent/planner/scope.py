"""What the planner does not do, and the words that ask for it: refused with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright_agent.planner.lexicon import rx

if TYPE_CHECKING:
    import re

__all__ = ["OUT_FIRST", "OUT_OF_SCOPE"]

OUT_OF_SCOPE: tuple[tuple[re.Pattern[str], str], ...] = (
    (rx(r"forecast(?:s|ed|ing)?|predict(?:s|ed|ion|ions)?|project(?:ed|ion|ions)|expected (?:to )?(?:spend|cost)|(?<!you )will(?! you)|run(?:ning)? out|expir(?:e|es|ing)|going to (?:spend|cost|be)|next (?:week|month|quarter|year)|run[- ]?rate|end of (?:the )?(?:month|quarter|year) estimate"), "I look at what was charged; I do not forecast."),
    (rx(r"anomal(?:y|ies|ous)|unusual|abnormal|outliers?|suspicious|exceptions?"), "I do not watch for anomalies; I can explain a change between two periods."),
    (rx(r"budgets?|alerts?|notif(?:y|ications?)|thresholds?|schedules?|subscribe|remind"), "I have no budgets or alerts."),
    (rx(r"idle|unused (?!commit)|waste|wasted|wasting|right-?siz(?:e|ing)|over-?provisioned|under-?utili[sz]ed|utili[sz](?:ation|ed|ing)|zombie|orphan(?:ed)?|unattached|stale|cpu|memory usage|optimi[sz](?:e|ation|ations|ing)|save|savings?(?! plans?)|reduce|cut|cheaper|switch(?:ing)?|migrat(?:e|ing|ion)|downsiz(?:e|es|ing)|efficien(?:t|cy)|benchmark|recommend(?:ation|ations|ed)?|advis(?:e|or|ory)|should (?:we|i)|what if|simulate|scenario|score|maturity|commitment coverage|plan coverage|ri coverage|ri/sp|reservation coverage"), "I do not look for waste or savings; I show where money went."),
    (rx(r"delete|terminate|stop|shut ?down|resize|restart|launch|deploy|buy|purchase (?:a|an|more)|approve|apply|roll ?back|execute|merge|commit"), "I change nothing; a person approves a plan and `tagwright apply` writes it."),
    (rx(r"send|e-?mail|slack|post|export|dashboard|powerpoint|pdf|spreadsheet|excel|csv|jira|ticket|issue|connect(?:or)?|configure|set ?up|import|install|upload|github|pull request|pr"), "I answer questions; I do not send, export or configure."),
    (rx(r"per (?:token|inference|request|call|query|image|user|1k|thousand|million|million tokens|1m tokens|customer acquired|transaction)|unit (?:costs?|economics)|tokens?|latency|throughput|requests?"), "Of tokens and requests I know unit costs, by model, feature, customer or time."),
    (rx(r"reconcil(?:e|iation)|invoice (?:number|pdf)"), "I do not compare bills with invoices or telemetry yet; I show charges as they were billed."),
    (rx(r"weather|recipe|joke|poem|song|news|stocks?|football|movie|capital of|translate|who are you|your name|write (?:a|an|me|code|some)|meaning of life|carbon|emissions?|co2|sustainab\w+|kubernetes (?:pods?|namespaces?)|namespaces?|pods?|password|secret|api key|system prompt|ignore (?:all |previous |your )"), "That is nothing a bill can answer."),
)  # fmt: skip

OUT_FIRST: tuple[tuple[re.Pattern[str], str], ...] = (
    (rx(r"(?:commitments?|ri|sp|ri/sp|savings plans?|reservations?|reserved (?:instances?|capacity)) (?:discount )?(?:coverage|utili[sz]ation)"), "I know coverage of tags, not of commitments."),
    (rx(r"(?:make|build|create|generate|write|prepare|export|share|schedule) (?:\w+ ){0,5}(?:reports?|dashboards?|summary|digest|file)|^(?:please |can you |could you )?(?:export|send|e-?mail|post|share (?!of)|publish|import|upload|download|pin|save)"), "I answer questions; I do not send, export or configure."),
    (rx(r"(?:over|above|exceed(?:s|ing|ed)?|under|below|at least|at most|(?:more|less|greater|fewer) than) (?:[$€£]|usd |eur )?\d[\d,.]*[km]?(?! ?(?:days?|weeks?|months?|quarters?|years?|services|teams|accounts|resources)\b)"), "I cannot filter by an amount yet; ask for the top ones instead."),
    (rx(r"median|percentiles?|p\d\d"), "I know averages by day, week or month, and no medians."),
    (rx(r"resource groups?|business units?|departments?|divisions?|organi[sz]ational units?|ous?"), "The data has no such grouping."),
    (rx(r"(?:drop|truncate|alter|create) (?:tables?|views?|schemas?)|insert into|update (?:\w+ )?set|select \* from"), "I take questions in words, not SQL, and I change nothing."),
)  # fmt: skip
"""Phrases refused before names are linked, because one of their words is also a name."""
