"""What people really hand in, through the verbs: a clear message, an honest status."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

from focus_files import write_focus
from sample_home import charge, load
from tagwright.config import load_settings
from tagwright.warehouse import open_warehouse
from tagwright_agent.cli import main

GOOD = [charge("10.00", "2026-09-01"), charge("5.50", "2026-09-02")]


def good(folder: Path, name: str = "good.csv") -> Path:
    return write_focus(folder / name, GOOD)


def text_of(folder: Path) -> str:
    return good(folder, "text.csv").read_text()


def empty(folder: Path) -> Path:
    (folder / "bad.csv").write_bytes(b"")
    return folder / "bad.csv"


def header_only(folder: Path) -> Path:
    (folder / "bad.csv").write_text(text_of(folder).splitlines()[0] + "\n")
    return folder / "bad.csv"


def truncated(folder: Path) -> Path:
    whole = gzip.compress((text_of(folder) * 50).encode())
    (folder / "bad.csv.gz").write_bytes(whole[: len(whole) // 2])
    return folder / "bad.csv.gz"


def semicolons(folder: Path) -> Path:
    (folder / "bad.csv").write_text(text_of(folder).replace(",", ";"))
    return folder / "bad.csv"


def no_billed_cost(folder: Path) -> Path:
    lines = [line.split(",") for line in text_of(folder).splitlines()]
    at = lines[0].index("BilledCost")
    lines = [[*line[:at], *line[at + 1 :]] for line in lines]
    (folder / "bad.csv").write_text("\n".join(",".join(line) for line in lines) + "\n")
    return folder / "bad.csv"


def latin(folder: Path) -> Path:
    text = text_of(folder).splitlines()
    text[1] = text[1].replace("Amazon", "Amazón")
    (folder / "bad.csv").write_bytes("\n".join(text).replace("EC2", "EC2ü").encode("latin-1"))
    return folder / "bad.csv"


def utf16(folder: Path) -> Path:
    (folder / "bad.csv").write_bytes(text_of(folder).encode("utf-16")[:-1])
    return folder / "bad.csv"


def not_parquet(folder: Path) -> Path:
    (folder / "bad.parquet").write_bytes(b"PAR1 is not enough")
    return folder / "bad.parquet"


def picture(folder: Path) -> Path:
    (folder / "bad.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 40)
    return folder / "bad.csv"


def stranger(folder: Path) -> Path:
    (folder / "bad.csv").write_text("name,age\nann,40\n")
    return folder / "bad.csv"


def nothing(folder: Path) -> Path:
    return folder / "not-there.csv"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (empty, "empty"),
        (header_only, "no rows"),
        (truncated, "truncated"),
        (no_billed_cost, "BilledCost"),
        (utf16, "UTF-16"),
        (not_parquet, "Parquet"),
        (picture, "bad.csv"),
        (stranger, "bad.csv"),
        (nothing, "not-there.csv"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_file_that_is_no_bill(
    make: Callable[[Path], Path],
    said: str,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is published, and what was there before is still there."""
    load(home, GOOD)
    before = open_warehouse(load_settings(home)).current()
    status = main(["ingest", str(make(tmp_path))])
    shown = capsys.readouterr()
    told = " ".join((shown.out + shown.err).split())
    assert status != 0, told
    assert said in told
    assert "Traceback" not in told
    assert open_warehouse(load_settings(home)).current() == before


def test_a_wrong_type_in_one_row_costs_that_row(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [*GOOD, charge("9", "2026-09-03", BilledCost="ten dollars")]
    assert main(["ingest", str(write_focus(tmp_path / "bill.csv", rows)), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["charges"], report["rejected"]) == (2, 1)
    [reject] = report["files"][0]["rejects"]
    assert reject == {"line": 4, "column": "BilledCost", "reason": "BilledCost: not an amount"}


def test_negative_and_huge_amounts_are_money(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    amounts = ["-99999999999999.99", "123456789012345678.123456789", "1E+3", "0.0000000000001"]
    rows = [charge(amount, f"2026-09-0{n}") for n, amount in enumerate(amounts, 1)]
    assert main(["ingest", str(write_focus(tmp_path / "bill.csv", rows))]) == 0
    assert main(["ask", "total billed cost", "--json"]) == 0
    out = capsys.readouterr().out
    document = json.loads(out[out.index('{\n  "status"') :])
    [total] = document["calls"][0]["result"]["totals"]
    with localcontext(prec=60):
        assert Decimal(total["billed_cost"]) == sum(map(Decimal, amounts))


def test_the_same_file_twice_counts_once(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = good(tmp_path)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(bill.read_bytes())
    assert main(["ingest", str(bill), str(copy), str(bill)]) == 0
    assert main(["ingest", str(bill)]) == 0
    capsys.readouterr()
    assert main(["ask", "total billed cost"]) == 0
    assert "15.50 USD" in capsys.readouterr().out


def test_a_folder_with_a_strangers_file(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    good(folder)
    stranger(folder)
    (folder / "notes.txt").write_text("mine")
    assert main(["ingest", str(folder)]) == 0
    told = capsys.readouterr()
    assert "bad.csv" in told.out + told.err
    assert main(["ask", "total billed cost"]) == 0
    assert "15.50 USD" in capsys.readouterr().out


def test_what_a_file_is_counts_and_not_what_it_is_called(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plain.csv.gz").write_text(text_of(tmp_path))
    (tmp_path / "packed.csv").write_bytes(gzip.compress(text_of(tmp_path).encode()))
    for name in ("plain.csv.gz", "packed.csv"):
        assert main(["ingest", str(tmp_path / name), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["files"][0]["charges"] == 2


def test_a_name_is_never_a_pattern_and_a_folder_never_a_column(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """DuckDB alone would read bill1.csv for bill[1].csv, and BilledCost from the folder's name."""
    folder = tmp_path / "BilledCost=77"
    folder.mkdir()
    write_focus(tmp_path / "bill1.csv", [charge("999.00")])
    write_focus(tmp_path / "bill[1].csv", [charge("1.00")])
    write_focus(folder / "x*.csv", [charge("2.00", "2026-08-01")])
    write_focus(folder / "xy.csv", [charge("999.00", "2026-08-01")])
    assert main(["ingest", str(tmp_path / "bill[1].csv"), str(folder / "x*.csv"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [file["totals"][0]["billed"] for file in report["files"]] == ["1.00", "2.00"]


def test_two_readers_must_agree_on_what_was_lost(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of two broken rows is lost by DuckDB, the other one by Python's reader."""
    text = text_of(tmp_path).splitlines()
    first, second = (line.replace("Amazon EC2", name) for line, name in
                     zip(text[1:3], (' "a,b"', '"a"b"'), strict=True))  # fmt: skip
    (tmp_path / "bad.csv").write_text("\n".join([text[0], first, second, text[1]]) + "\n")
    assert main(["ingest", str(tmp_path / "bad.csv")]) == 1
    assert "its quoting is broken" in " ".join(capsys.readouterr().err.split())


def test_a_damaged_part_of_a_period_does_not_shrink_it(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    write_focus(folder / "p1.csv", [charge("100.00")])
    part = write_focus(folder / "p2.csv.gz", [charge("200.00", "2026-09-02")])
    assert main(["ingest", str(folder)]) == 0
    part.write_bytes(part.read_bytes()[:-20])
    write_focus(folder / "p1.csv", [charge("101.00")])
    assert main(["ingest", str(folder)]) == 1
    assert "Nothing was changed" in " ".join(capsys.readouterr().err.split())
    assert main(["ask", "total billed cost"]) == 0
    assert "300.00 USD" in capsys.readouterr().out


def test_the_same_month_with_an_offset_is_the_same_month(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", str(write_focus(tmp_path / "a.csv", [charge("100.00")]))]) == 0
    row = charge("110.00", BillingPeriodStart="2026-09-01T00:00:00+02:00",
                 BillingPeriodEnd="2026-10-01T00:00:00+02:00")  # fmt: skip
    assert main(["ingest", str(write_focus(tmp_path / "b.csv", [row]))]) == 0
    capsys.readouterr()
    assert main(["ask", "total billed cost"]) == 0
    assert "110.00 USD" in capsys.readouterr().out


def test_decimals_that_are_there_are_never_rounded_by_a_later_file(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = charge("0.12345678901234567891")
    assert main(["ingest", str(write_focus(tmp_path / "a.csv", [fine]))]) == 0
    huge = charge("90000000000000000000", "2026-08-01")
    assert main(["ingest", str(write_focus(tmp_path / "b.csv", [huge]))]) == 1
    assert "38 digits" in capsys.readouterr().err
    capsys.readouterr()
    assert main(["tool", "query_costs", '{"metric": "billed_cost"}', "--json"]) == 0
    totals = json.loads(capsys.readouterr().out)["totals"]
    assert totals == [{"currency": "USD", "billed_cost": "0.12345678901234567891"}]


def test_placeholders_for_never_are_no_dates(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [charge("5.00"), charge("1.00", ChargePeriodStart="9999-12-31T00:00:00Z")]
    assert main(["ingest", str(write_focus(tmp_path / "a.csv", rows)), "--json"]) == 0
    [reject] = json.loads(capsys.readouterr().out)["files"][0]["rejects"]
    assert reject["reason"] == "ChargePeriodStart: not a date between 1990 and 2100"


def test_rejects_of_one_export_outlive_another_of_its_name(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, day, bad in (("d1", "2026-09-01", "x"), ("d2", "2026-08-01", "1")):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        write_focus(Path("export.csv"), [charge("5.00", day), charge(bad, day)])
        assert main(["ingest", "export.csv"]) == 0
    capsys.readouterr()
    with open_warehouse(load_settings(home)).open() as snapshot:
        assert snapshot.query("SELECT count(*), sum(rejected) FROM files").rows == [(2, 1)]
        assert snapshot.query("SELECT count(*) FROM rejects").rows == [(1,)]


def trailing_comma(folder: Path) -> Path:
    (folder / "bad.csv").write_text(text_of(folder).replace("\n", ",\n"))
    return folder / "bad.csv"


def test_a_column_without_a_name_is_left_out(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", str(trailing_comma(tmp_path)), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["charges"] == 2


def test_a_pipe_is_not_waited_for(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert main(["ingest", str(tmp_path / "pipe.csv")]) == 1
    assert "Save it to a file first" in " ".join(capsys.readouterr().out.split())


def test_suffixes_in_capitals_and_folders_in_a_glob(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in" / "2026").mkdir(parents=True)
    write_focus(tmp_path / "in" / "A.CSV", [charge("1.00")])
    write_focus(tmp_path / "in" / "2026" / "b.csv", [charge("2.00")])
    assert main(["ingest", str(tmp_path / "in" / "*"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["charges"] == 2


def test_latin_1_is_not_guessed_at(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["ingest", str(latin(tmp_path))])
    told = capsys.readouterr()
    assert status != 0
    assert "UTF-8" in told.out + told.err


@pytest.mark.parametrize(
    "verb", [["ask", "total cost"], ["chat"], ["plans"], ["tool", "describe_data"]]
)
def test_no_data_yet(verb: list[str], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if verb == ["plans"]:
        assert main(verb) == 0
        assert "no plans" in capsys.readouterr().out.casefold()
        return
    if verb == ["chat"]:
        return  # it has questions to be asked first: test_cli_chat
    assert main(verb) != 0
    assert "no data yet" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["cut", "garbage", "gone"])
def test_a_snapshot_that_is_missing_or_corrupt(
    damage: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(home, GOOD)
    current = open_warehouse(load_settings(home)).current()
    assert current is not None
    file = Path(current.path)
    file.chmod(0o600)
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[: len(whole) // 3] if damage == "cut" else b"garbage" * 1000)
    assert main(["ask", "total billed cost"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "snapshot" in told.casefold()
    assert "remove the directory 'warehouse' in the home directory" in told
    assert "Traceback" not in told
    # An ingest does not publish half of what was there as if it were all.
    assert main(["ingest", str(good(tmp_path))]) == 1
    # The way out that it names works.
    shutil.rmtree(home / "warehouse")
    assert main(["ingest", str(good(tmp_path))]) == 0
    assert main(["ask", "total billed cost"]) == 0
    assert "15.50 USD" in capsys.readouterr().out


@pytest.mark.parametrize("home", ["/proc/nowhere", "/sys/kernel", "/dev/null"])
@pytest.mark.parametrize("arguments", [["ingest", "BILL"], ["ask", "total cost"], ["plans"]])
def test_a_home_that_cannot_be_written(
    arguments: list[str], home: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Places that not even root can write to."""
    if not Path(home).parent.is_dir():
        pytest.skip(f"no {home} on this system")
    bill = good(tmp_path)
    given = [str(bill) if word == "BILL" else word for word in arguments]
    assert main([*given, "--home", home]) != 0
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert home in told or "no data yet" in told


def test_another_delimiter_is_read_as_what_it_is(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Spreadsheets write semicolons; a decimal comma is never guessed to be a point."""
    assert main(["ingest", str(semicolons(tmp_path))]) == 0
    assert main(["ask", "total billed cost"]) == 0
    assert "15.50 USD" in capsys.readouterr().out
    commas = tmp_path / "commas.csv"
    commas.write_text(semicolons(tmp_path).read_text().replace("10.00", "10,00", 1))
    assert main(["ingest", str(commas), "--json"]) == 0
    [reject] = json.loads(capsys.readouterr().out)["files"][0]["rejects"]
    assert (reject["line"], reject["column"]) == (2, "BilledCost")
