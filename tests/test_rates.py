"""``rates.yaml``: what it may say, and how its faults are named."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tagwright.config import load_settings
from tagwright.errors import ConfigError
from tagwright.metrics import Spell
from tagwright.rates import load_rates

if TYPE_CHECKING:
    from pathlib import Path

LINE = '{{from: {a}, to: {b}, rate: {rate}, since: {since}, source: "{source}"}}'


def entry(
    a: str = "EUR",
    b: str = "USD",
    rate: str = '"1.1"',
    since: str = "2026-09-01",
    source: str = "x",
) -> str:
    return "rates: [" + LINE.format(a=a, b=b, rate=rate, since=since, source=source) + "]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (entry(rate="1.1"), ("rates entry 1 (EUR>USD): rate: 1.1 must be a decimal in quotes: "
         "a float is not exact.")),
        (entry(rate='"0.0"'), ("rates entry 1 (EUR>USD): rate: '0.0' is not a decimal > 0 with at "
         "most 10 decimals.")),
        (entry(rate='"-1"'), ("rates entry 1 (EUR>USD): rate: '-1' is not a decimal > 0 with at "
         "most 10 decimals.")),
        (entry(rate='"1.12345678901"'), ("rates entry 1 (EUR>USD): rate: '1.12345678901' is not a "
         "decimal > 0 with at most 10 decimals.")),
        (entry(a='""'), "rates entry 1 (>USD): from: String should have at least 1 character."),
        # YAML reads it as false.
        (entry(a="NO"), "rates entry 1 (False>USD): from: Input should be a valid string."),
        (entry(b="usd"), ("rates entry 1 (EUR>usd): to: 'usd' is no code of three capitals, "
         "such as EUR.")),
        (entry(b="EUR"), "rates entry 1 (EUR>EUR): from and to are both EUR."),
        (entry(since="0"), "rates entry 1 (EUR>USD): since: '0' is no day, such as 2026-09-30."),
        (entry(source=" "), ("rates entry 1 (EUR>USD): source: String should have at least 1 "
         "character.")),
        (entry().replace("since", "from_day"), "rates entry 1 (EUR>USD): since: Field required."),
        # YAML reads it as true.
        (entry().replace("since", "on"), ("line 1: the name True must be text. Put quotes around "
         "it.")),
        (entry().replace("]", ", ") + entry().removeprefix("rates: ["), ("rates entry 2 (EUR>USD): "
         "since: 2026-09-01 is also that of entry 1.")),
        ("- EUR", "the top level must be a mapping with 'rates'."),
        ("rate: []", "rate: Extra inputs are not permitted."),
        ("rates: [", ("line 1: not valid YAML: expected the node content, but found "
         "'<stream end>'.")),
    ],
)  # fmt: skip
def test_a_fault_of_the_file_names_entry_and_field(home: Path, text: str, said: str) -> None:
    path = home / "rates.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_rates(load_settings(home))
    assert str(caught.value) == f"{path}: {said}"


def test_the_setting_names_another_file(tmp_path: Path) -> None:
    (tmp_path / "fx.yaml").write_text(entry())
    settings = load_settings(tmp_path, rates="fx.yaml")
    assert list(load_rates(settings).pairs) == ["EUR>USD"]
    with pytest.raises(ConfigError, match=r"none\.yaml: no such file"):
        load_rates(load_settings(tmp_path, rates="none.yaml"))


def test_a_rate_holds_until_the_next_one_of_its_pair(home: Path) -> None:
    """Whatever their order in the file; a spell is of the days that there are."""
    (home / "rates.yaml").write_text(
        "rates:\n"
        '  - {from: EUR, to: USD, rate: "1.2", since: 2026-09-10, source: b}\n'
        '  - {from: EUR, to: USD, rate: "1.1", since: 2026-09-01, source: a}\n'
        '  - {from: EUR, to: USD, rate: "1.3", since: 2026-12-01, source: c}\n'
    )
    days = {"EUR": [dt.date(2026, 9, day) for day in (1, 9, 10, 30)], "USD": [dt.date(2026, 9, 5)]}
    found, used = load_rates(load_settings(home)).conversion("USD", days)
    assert found.spells == tuple(
        Spell(currency=code, start=dt.date(2026, 9, start), end=end, rate=Decimal(rate))
        for code, start, end, rate in [
            ("EUR", 1, dt.date(2026, 9, 10), "1.1"),
            ("EUR", 10, dt.date(2026, 10, 1), "1.2"),
            ("USD", 5, dt.date(2026, 9, 6), "1"),
        ]
    )
    assert [rate.source for rate in used] == ["a", "b"]


def test_no_file_has_no_rates(home: Path) -> None:
    found = load_rates(load_settings(home))
    assert (found.path, found.pairs) == (home / "rates.yaml", {})
