"""What people really hand in, through the verbs: a clear message, an honest status."""

from __future__ import annotations

import gzip
import json
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


def not_gzip(folder: Path) -> Path:
    (folder / "bad.csv.gz").write_text(text_of(folder))
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
    (folder / "bad.csv").write_bytes(text_of(folder).encode("utf-16"))
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
        (not_gzip, "GZIP"),
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
    told = capsys.readouterr().err
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
