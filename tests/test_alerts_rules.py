"""What alerts.yaml may say, and what is said of what it may not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tagwright.alerts import load_alerts, parse_alerts
from tagwright.alerts.rules import SpendJump
from tagwright.config import load_settings
from tagwright.errors import ConfigError

WHOLE = """
alerts:
  - kind: spend_jump
    as: dana
    owners: {search: T0001/C0456}
    channel: T0001/C0123
    amount: 12.30
  - {kind: coverage_drop, as: dana, channel: T0001/C0123, keys: [team], points: 3}
  - {kind: untagged_ai, as: dana, channel: T0001/C0123, days: 14}
new_a_day: 5
"""


def test_what_is_left_out_is_the_default() -> None:
    found = parse_alerts(WHOLE)
    jump, _, fresh = found.alerts
    assert isinstance(jump, SpendJump)
    assert (jump.by, jump.percent, jump.amount) == (
        ("team", "service_name"), Decimal(50), Decimal("12.3"),
    )  # fmt: skip
    assert (found.new_a_day, fresh.kind, fresh.person) == (5, "untagged_ai", "dana")


def test_an_owners_channel_and_that_of_all() -> None:
    jump = parse_alerts(WHOLE).alerts[0]
    assert [jump.channel_for(it) for it in ("search", "ads", None)] == [
        "T0001/C0456", "T0001/C0123", "T0001/C0123",
    ]  # fmt: skip
    alone = parse_alerts(
        "alerts: [{kind: spend_jump, as: dana, owners: {search: T0001/C0456}}]"
    ).alerts[0]
    assert alone.channel_for("ads") is None


RULE = "kind: spend_jump, as: dana, channel: T0001/C0123"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alerts: []", "alerts.yaml: alerts: Tuple should have at least 1 item"),
        (f"alerts: [{{{RULE}, procent: 3}}]",
         "alerts.yaml: rule 1 (spend_jump): there is no field 'procent'. Did you mean percent?"),
        (f"alerts: [{{{RULE}, percent: -1}}]", "rule 1 (spend_jump): percent: "),
        (f"alerts: [{{{RULE}, amount: a lot}}]", "rule 1 (spend_jump): amount: "),
        (f"alerts: [{{{RULE}, metric: list_cost}}]", "rule 1 (spend_jump): metric: "),
        (f"alerts: [{{{RULE}}}, {{kind: spend, as: a}}]", "rule 2 (spend): "),
        ("alerts: [{kind: spend_jump, as: dana}]",
         "rule 1 (spend_jump): it says nowhere to tell it."),
        ("alerts: [{kind: spend_jump, as: dana, channel: general}]",
         "rule 1 (spend_jump): channel: 'general' is no TEAM/CHANNEL of Slack"),
        ("alerts: [{kind: spend_jump, channel: T1/C1}]", "rule 1 (spend_jump): as: Field required"),
        (f"alerts: [{{{RULE}}}]\nnew_a_dya: 3", "there is no field 'new_a_dya'"),
        ("- a", "the top level must be a mapping with 'alerts'"),
        ("alerts:\n  - as: a\n    as: b", "alerts.yaml: line 3: 'as' stands twice."),
    ],
)  # fmt: skip
def test_what_it_may_not_say(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_alerts(text)
    assert said in str(caught.value)


def test_no_file_is_no_rule_but_a_link_to_nothing_is_a_fault(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert load_alerts(settings) is None
    (tmp_path / "alerts.yaml").symlink_to(tmp_path / "gone")
    with pytest.raises(ConfigError, match="links to a file that is not there"):
        load_alerts(settings)
