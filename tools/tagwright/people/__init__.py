"""People: one person over all channels, what they see, may do and approve."""

from tagwright.people.doors import (
    Door,
    at_terminal,
    by_link,
    by_rule,
    by_slack,
    by_static_token,
    by_token,
    os_user,
    over_http,
)
from tagwright.people.load import load_people, parse_people, people_path
from tagwright.people.model import Limits, Right
from tagwright.people.people import ONE_PERSON, People, Person, may, require
from tagwright.people.plans import SeenPlans, seen_by
from tagwright.people.principal import Principal
from tagwright.people.scope import Scope, scope_of

__all__ = [
    "ONE_PERSON",
    "Door",
    "Limits",
    "People",
    "Person",
    "Principal",
    "Right",
    "Scope",
    "SeenPlans",
    "at_terminal",
    "by_link",
    "by_rule",
    "by_slack",
    "by_static_token",
    "by_token",
    "load_people",
    "may",
    "os_user",
    "over_http",
    "parse_people",
    "people_path",
    "require",
    "scope_of",
    "seen_by",
]
