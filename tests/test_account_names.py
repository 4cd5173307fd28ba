"""What accounts are called: the newest name a bill gives an id, and only of the ids asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from sample_home import charge, context, sample
from tagwright.metrics.account_names import account_names, account_text

ROWS = [
    charge(day="2026-08-01", SubAccountId="111", SubAccountName="old"),
    charge(day="2026-08-02", SubAccountId="111", SubAccountName="new"),
    charge(day="2026-08-03", SubAccountId="111", SubAccountName=""),
    charge(day="2026-08-01", SubAccountId="222", SubAccountName="222"),
    charge(day="2026-08-01", SubAccountId="333", SubAccountName="  "),
    charge(day="2026-08-01", SubAccountId="444", SubAccountName="b"),
    charge(day="2026-08-01", SubAccountId="444", SubAccountName="a"),
    charge(BillingAccountId="999", BillingAccountName="Acme"),
]


@pytest.mark.parametrize(
    ("dimension", "ids", "names"),
    [
        ("sub_account_id", ["111"], {"111": "new"}),  # of its last day with a name
        ("sub_account_id", ["222", "333", "nobody", "'; --"], {}),  # nothing that tells more
        ("sub_account_id", ["444", "111"], {"111": "new", "444": "b"}),  # of one day: always one
        ("sub_account_id", [], {}),
        ("billing_account_id", ["999", "111"], {"999": "Acme"}),
    ],
)
def test_the_newest_name_of_each(
    home: Path, dimension: str, ids: list[str], names: dict[str, str]
) -> None:
    with context(sample(home, ROWS)) as ctx:
        assert account_names(ctx.snapshot, dimension, iter(ids)) == names
        assert ctx.queries == []  # no receipt changes with what an account is called


def test_what_is_no_account_has_no_such_names(home: Path) -> None:
    with context(sample(home, ROWS)) as ctx, pytest.raises(KeyError):
        account_names(ctx.snapshot, "region_id", ["us-east-1"])


def test_an_account_as_people_read_it_is_harmless() -> None:
    assert account_text("1", {"1": "a\nb"}) == r"a\u000ab (1)"
    assert account_text("\u202e1", {}) == r"\u202e1"
