"""Showback pages: the figures of the charges, sums that say when they fail, text made harmless."""

from __future__ import annotations

import datetime as dt
import doctest
import importlib
import itertools
import json
import math
import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sample_home import NOW, charge, context, many, sample
from tagwright.allocation import AllocatedLine, Allocation, allocate, parse_rules
from tagwright.errors import MisuseError, UnknownNameError
from tagwright.receipts import replay
from tagwright.registry import load_registry
from tagwright.reports.pages import render
from tagwright.reports.showback import Showback, write_showback
from tagwright.reports.showback_data import page_file
from tagwright.reports.showback_model import KINDS, Check, Tagged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.config import Settings
    from tagwright.context import ToolContext
    from tagwright.results import Period


def tagged(ctx: ToolContext, period: Period) -> Allocation:
    return allocate(ctx, parse_rules("{}"), dimension="team", period=period)


def showback(
    configuration: Settings,
    folder: Path,
    *,
    period: str = "2026-09",
    allocator: Callable[[ToolContext, Period], Any] = tagged,
    now: dt.datetime = NOW,
) -> Showback:
    with context(configuration, now=now) as ctx:
        return write_showback(
            ctx, load_registry(), ctx.period(period), folder,
            dimension="team", cost_basis="effective_cost", allocator=allocator,
        )  # fmt: skip


class _Parsed(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(path: str) -> _Parsed:
    return _Parsed(Path(path).read_text(encoding="utf-8"))


ROWS = [
    charge("10", "2026-08-10", Tags={"team": "search"}),
    charge("25.50", "2026-09-10", Tags={"team": "search", "product": "recs"}),
    charge("4", "2026-09-11", Tags={"team": "ads"}, ServiceName="Amazon S3", ResourceId="b-1"),
    charge("3", "2026-09-12", ResourceId="i-1"),
    charge("-1", "2026-09-12", ChargeCategory="Credit", Tags={"team": "ads"}),
    charge("7", "2026-09-12", BillingCurrency="JPY", Tags={"team": "ads"}),
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Showback]:
    """The pages of :data:`ROWS`."""
    configuration = sample(tmp_path_factory.mktemp("home"), ROWS)
    return configuration, showback(configuration, tmp_path_factory.mktemp("pages"))


def test_the_whole_and_each_team(shown: tuple[Settings, Showback]) -> None:
    _, found = shown
    assert [Path(name).name for name in found.files] == [
        "index.html", "team-search.html", "team-ads.html",
    ]  # fmt: skip
    whole, search, ads = found.pages
    assert "Amounts are in JPY, USD; they are not added up." in whole.notes
    assert not [note for note in search.notes if "Amounts are in" in note]
    usd = whole.blocks[0]
    assert (usd.currency, usd.amount, usd.before) == ("USD", Decimal("31.50"), Decimal(10))
    assert [(name, str(amount)) for name, amount in usd.months] == [
        ("Aug 2026", "10.00"), ("Sep 2026", "31.50"),
    ]  # fmt: skip
    teams = {row.name: row.amount for row in usd.listings[0].rows}
    assert teams == {"search": Decimal("25.50"), "ads": Decimal(3), "No team": Decimal(3)}
    assert {row.kind: row.amount for row in usd.kinds.rows} == {
        "direct": Decimal("29.50"), "unallocated": Decimal(3), "credit": Decimal(-1),
    }  # fmt: skip
    assert search.blocks[0].amount == Decimal("25.50")
    assert {block.currency: block.amount for block in ads.blocks} == {
        "USD": Decimal(3), "JPY": Decimal(7),
    }  # fmt: skip
    assert (
        "Team search cost 25.50 USD in September 2026: 15.50 USD more"
        in search.blocks[0].summary[0]
    )
    assert "3.00 USD (9.5%) has no owner yet." in usd.summary
    assert usd.actions[-1].startswith("Find an owner for 3.00 USD")
    assert usd.coverage["team"] == Tagged(
        covered=Decimal("29.50"), invalid=Decimal(0), missing=Decimal(0),
        untagged=Decimal("3.00"), taggable=Decimal("32.50"),
    )  # fmt: skip
    assert usd.untaggable == Decimal("-1.00")


def test_a_page_needs_nothing_else(shown: tuple[Settings, Showback]) -> None:
    _, found = shown
    folder = Path(found.files[0]).parent
    for name, page in zip(found.files, found.pages, strict=True):
        html = parsed(name)
        assert {tag for tag, _ in html.tags} & {
            "script",
            "link",
            "img",
            "iframe",
            "object",
        } == set()
        links = [attrs["href"] for tag, attrs in html.tags if tag == "a"]
        assert all(link and (folder / link).is_file() for link in links)
        assert "url(" not in Path(name).read_text()
        assert html.text.count("Yes, to the last decimal.") == len(page.blocks)
        for receipt in page.receipts.values():
            assert receipt in html.text
    assert "31.50 USD" in parsed(found.files[0]).text


def test_every_receipt_runs_again(home: Path, tmp_path: Path) -> None:
    configuration = sample(home, ROWS)
    receipts = {
        r for page in showback(configuration, tmp_path).pages for r in page.receipts.values()
    }
    assert len(receipts) > 8
    assert {replay(receipt, configuration).status for receipt in receipts} == {"same"}


@pytest.mark.slow  # three months, two currencies, seven pages with ten questions each
def test_every_table_of_many_charges_adds_up(home: Path, tmp_path: Path) -> None:
    configuration = sample(home, many(400))
    found = showback(configuration, tmp_path)
    assert found.sound
    with context(configuration) as ctx:
        truth = dict(
            ctx.snapshot.query(
                'SELECT "BillingCurrency", sum("EffectiveCost") FROM charges WHERE '
                "\"ChargePeriodStart\" >= '2026-09-01' GROUP BY 1"
            ).rows
        )
    assert {block.currency: block.amount for block in found.pages[0].blocks} == truth
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for page in found.pages[1:]:
        for block in page.blocks:
            sums[block.currency] += block.amount
    for block in found.pages[0].blocks:
        nobody = [row.amount for row in block.listings[0].rows if row.name == "No team"]
        assert sums[block.currency] + sum(nobody) == block.amount
        for listing in (block.kinds, *block.listings):
            assert sum(row.amount for row in listing.rows) == block.amount, listing.title


def test_a_sum_that_fails_is_said_loudly(home: Path, tmp_path: Path) -> None:
    """An allocation that loses a cent: every page says so, and the report is not sound."""

    def leaky(ctx: ToolContext, period: Period) -> Allocation:
        found = tagged(ctx, period)
        lines = sorted(found.lines, key=lambda line: line.currency != "USD")
        first = replace(lines[0], amount=lines[0].amount - Decimal("0.01"))
        return replace(found, lines=(first, *lines[1:]))

    found = showback(sample(home, ROWS), tmp_path, allocator=leaky)
    assert not found.sound
    for name in found.files:
        assert "DO NOT USE THIS PAGE: it does not add up." in parsed(name).text
        assert "-0.01" in parsed(name).text
    assert found.as_dict()["sound"] is False


def test_a_currency_that_is_lost_is_said(home: Path, tmp_path: Path) -> None:
    def forgetful(ctx: ToolContext, period: Period) -> Allocation:
        found = tagged(ctx, period)
        return replace(found, lines=tuple(line for line in found.lines if line.currency == "USD"))

    found = showback(sample(home, ROWS), tmp_path, allocator=forgetful)
    assert [block.currency for block in found.pages[0].blocks] == ["USD", "JPY"]
    assert not found.sound
    assert "0.00 JPY is shown, 7.00 JPY is charged" in parsed(found.files[0]).text


def test_a_table_that_fails_is_said_too(shown: tuple[Settings, Showback]) -> None:
    page = shown[1].pages[0]
    wrong = Check("“By moon phase”, row by row", Decimal("1.5"), Decimal(2))
    block = replace(page.blocks[0], checks=(*page.blocks[0].checks, wrong))
    text = _Parsed(render(replace(page, blocks=(block,)), "index.html")).text
    assert "DO NOT USE THIS PAGE" in text
    assert "“By moon phase”, row by row: 1.50 USD is shown, 2.00 USD is charged" in text


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "</style><svg onload=x>"]


def test_text_from_bills_is_text(home: Path, tmp_path: Path) -> None:
    """Markup in every place that a page shows, a name of 300 characters, and hidden characters."""
    rows = [
        charge(
            "5", day, Tags={"team": text, "product": text}, ServiceName=text, ResourceId=text,
            ServiceProviderName=text,
        )
        for text in [*HOSTILE, "c" * 300, "evil\u202egpj.exe"]
        for day in ("2026-08-10", "2026-09-10")
    ]  # fmt: skip
    found = showback(sample(home, rows), tmp_path)
    assert len(found.files) == 6
    for name in found.files:
        html = parsed(name)
        assert {tag for tag, _ in html.tags} & {"script", "img", "object", "iframe"} == set()
        assert not [attrs for _, attrs in html.tags if any(key.startswith("on") for key in attrs)]
        assert "\u202e" not in html.text
        assert re.fullmatch(r"[a-z0-9.-]{1,80}", Path(name).name)
    text = parsed(found.files[0]).text
    assert all(name in text for name in HOSTILE)
    assert "c" * 100 not in text
    assert "evil\\u202egpj.exe" in text


@pytest.mark.parametrize("name", ["advice", "currencies", "pages", "rounding"])
def test_examples_of_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"tagwright.reports.{name}")).failed == 0


def test_files_of_names_that_look_alike_differ() -> None:
    names = ["search", "Search", "search!", "../search", "", "ü", "s" * 300, "s" * 301]
    files = [page_file("cost-center", name) for name in names]
    assert len(set(files)) == len(names)
    assert files[0] == "cost-center-search.html"
    assert all(re.fullmatch(r"[a-z0-9-]+\.html", name) for name in files)


def test_what_is_missing_is_said(home: Path, tmp_path: Path) -> None:
    configuration = sample(home, [charge("5", "2026-09-10", Tags={"team": "ads"})])
    notes = showback(configuration, tmp_path).pages[0].notes
    assert notes[0] == "There is no data for 2026-08: nothing to compare with."
    assert "Data ends 2026-09-10: 2026-09 is not complete." in notes
    early = showback(configuration, tmp_path, now=dt.datetime(2026, 9, 20, tzinfo=dt.UTC))
    assert "2026-09 is not over: these figures will grow." in early.pages[0].notes
    assert early.pages[0].blocks[0].before is None
    with pytest.raises(MisuseError, match="no charges in 2025-01"):
        showback(configuration, tmp_path, period="2025-01")


def test_an_unknown_dimension_is_answered_with_the_nearest(home: Path, tmp_path: Path) -> None:
    with context(sample(home, ROWS)) as ctx, pytest.raises(UnknownNameError) as raised:
        write_showback(
            ctx, load_registry(), ctx.period("2026-09"), tmp_path,
            dimension="teem", cost_basis="effective_cost", allocator=tagged,
        )  # fmt: skip
    assert "team" in raised.value.nearest


def test_every_kind_of_allocated_cost_has_its_place(home: Path, tmp_path: Path) -> None:
    """Shares, idle and overhead, as the rules of an allocation give them."""

    def ruled(ctx: ToolContext, period: Period) -> Allocation:
        whole = sum((line.amount for line in tagged(ctx, period).lines), Decimal(0))
        line = AllocatedLine(
            "ads", "direct", "r", "tag", "USD", period.start, "AWS", "Amazon EC2", Decimal(1), 1
        )
        kinds = ["shared", "idle", "overhead", "commitment", "support", "tax"]
        parts = [replace(line, kind=kind) for kind in kinds]
        rest = replace(line, target=None, kind="unallocated", amount=whole - 6)
        return replace(tagged(ctx, period), lines=(*parts, rest))

    rows = [row for row in ROWS if "BillingCurrency" not in row]
    found = showback(sample(home, rows), tmp_path, allocator=ruled)
    assert found.sound
    assert {row.kind for row in found.pages[1].blocks[0].kinds.rows} == {
        "shared", "idle", "overhead", "commitment", "support", "tax",
    }  # fmt: skip
    html = Path(found.files[1]).read_text()
    assert html.count('class="k-idle"') == 2  # in the bar of all, and in its own
    assert any(text.startswith("Scale down") for text in found.pages[0].blocks[0].actions)


def test_json_has_exact_text_for_every_amount(home: Path, tmp_path: Path) -> None:
    rows = [charge("0.00000000001", "2026-09-10", Tags={"team": "ads"})]
    document = json.loads(json.dumps(showback(sample(home, rows), tmp_path).as_dict()))
    assert document["pages"][0]["blocks"][0]["amount"] == "0.00000000001"
    assert document["pages"][0]["blocks"][0]["checks"][0]["holds"] is True


# Machado, Oliveira and Fernandes (2009): severity 1.0, linear RGB.
_SIGHT = {
    "typical": ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip


def _lab(colour: str, sight: str) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of ``#rrggbb`` as seen."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    seen = [
        min(max(sum(a * b for a, b in zip(row, linear, strict=True)), 0), 1)
        for row in _SIGHT[sight]
    ]
    x = (0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.9505
    y = 0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]
    z = (0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("sight", _SIGHT)
@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_kinds_can_be_told_apart_whatever_one_sees(sight: str, scheme: int) -> None:
    """No two of the nine are nearer than 15 in CIE L*a*b* (2.3 is just noticeable)."""
    style = resources.files("tagwright.reports").joinpath("templates", "style.css").read_text()
    light, dark, printed = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    own = dict(re.findall(r"--(\w+): (#\w{6});", light))
    own |= dict(re.findall(r"--(\w+): (#\w{6});", ("", dark, printed)[scheme]))
    for one, other in itertools.combinations(KINDS, 2):
        assert math.dist(_lab(own[one], sight), _lab(own[other], sight)) >= 15, (one, other)
