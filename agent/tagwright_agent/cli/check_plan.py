"""``tagwright check-plan FILE…``: tags of what a plan would start, before it starts."""

from __future__ import annotations

import datetime as dt
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagwright_agent.cli.output import common_options, console, emit_json, key_values, settings_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from tagwright.policies import Report

__all__ = ["check_plan", "plan_text"]

_TYPES_SHOWN = 5
_STYLES = {"error": "red", "note": "yellow"}


@click.command("check-plan")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--taxonomy",
    "taxonomy_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The taxonomy's file (default: as configured).",
)
@click.option("--key", "keys", multiple=True, metavar="KEY", help="Default: the required keys.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="sarif: 2.1.0; github: annotations of a workflow.",
)
@click.option("--strict", is_flag=True, help="Other spellings fail the check too.")
@click.option("--include-free", is_flag=True, help="Also what never costs: roles, subnets, ...")
@click.option(
    "--stack-tag", multiple=True, metavar="NAME=VALUE", help="Tag of the CloudFormation stack."
)
@click.option(
    "--parameter",
    multiple=True,
    metavar="NAME=VALUE",
    help="Parameter of the CloudFormation stack.",
)
@common_options
def check_plan(  # noqa: PLR0917  click hands over what the options say
    files: tuple[str, ...],
    taxonomy_file: Path | None,
    keys: tuple[str, ...],
    form: str,
    strict: bool,
    include_free: bool,
    stack_tag: tuple[str, ...],
    parameter: tuple[str, ...],
    as_json: bool,
    home: Path | None,
) -> int:
    """Judge the tags of Terraform plans, CloudFormation templates and Pulumi previews.

    FILE is the output of `terraform show -json PLAN` or `pulumi preview --json`, or a template;
    - is standard input. Exit status 0: nothing to mend, 1: something, 2: no such plan.
    """
    from tagwright.policies import Report, check_file
    from tagwright.taxonomy import load_taxonomy

    taxonomy = load_taxonomy(settings_for(home, taxonomy_file))
    wanted = taxonomy.wanted(keys)
    report = Report()
    for name in files:
        report.add(
            check_file(
                "stdin" if name == "-" else name,
                plan_text(name),
                taxonomy,
                keys=wanted,
                on=dt.datetime.now(dt.UTC).date(),
                stack_tags=key_values(stack_tag, "--stack-tag"),
                parameters=key_values(parameter, "--parameter"),
                free_too=include_free,
            )
        )
    failing = report.failing(strict=strict)
    _emit("json" if as_json else form, report, strict=strict)
    return 1 if failing else 0


def plan_text(name: str) -> str:
    """The text of a plan's file, or of standard input (``-``), as any tool wrote it.

    Raises:
        MisuseError: It cannot be read, or is not text.
    """
    from tagwright.errors import MisuseError
    from tagwright.text import clean

    try:
        data: bytes = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such file"
        raise MisuseError(f"{clean(name)}: {reason}.") from None
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):  # what PowerShell's > writes
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MisuseError(
            f"{clean(name)}: it is not text.",
            hint="A Terraform plan file is binary: give `terraform show -json PLAN`.",
        ) from None


def _emit(form: str, report: Report, *, strict: bool) -> None:
    from tagwright import __version__
    from tagwright.policies.formats import github_lines, sarif

    if form == "json":
        emit_json(_document(report, strict=strict))
    elif form == "sarif":
        emit_json(sarif(report, __version__))
    elif form == "github":
        for line in github_lines(report):
            click.echo(line)
    else:
        _show(console(), report, strict=strict)


def _document(report: Report, *, strict: bool) -> dict[str, object]:
    failing = report.failing(strict=strict)
    return {
        "status": "findings" if failing else "clean",
        "files": [{"path": name, "kind": kind} for name, kind in report.files],
        "resources": {
            "judged": report.checked,
            "failing": len({(item.file, item.address) for item in failing}),
            "never_cost": report.free,
            "without_tags": sum(report.without_tags.values()),
        },
        "findings": [item.as_dict() for item in report.findings],
        "notes": report.notes,
    }


def _show(out: Console, report: Report, *, strict: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from tagwright.text import clean

    for (file, address, action), items in groupby(
        report.findings, key=lambda item: (item.file, item.address, item.action)
    ):
        place = f"{clean(file)}: " if len(report.files) > 1 else ""
        out.print(Text(f"{place}{clean(address)} ({action})", style="bold", overflow="fold"))
        for item in items:
            line = Text.assemble((item.kind, _STYLES[item.level]), f"  {item.message}")
            line.overflow = "fold"
            out.print(Padding(line, (0, 0, 0, 2), expand=False))
    if report.findings:
        out.print("")
    out.print(_summary(report, strict=strict))
    for note in (*_left_out(report.free, report.without_tags), *report.notes):
        out.print(note, overflow="fold")


def _summary(report: Report, *, strict: bool) -> str:
    failing = report.failing(strict=strict)
    resources = len({(item.file, item.address) for item in failing})
    judged = f"{report.checked:,} resource{'' if report.checked == 1 else 's'} judged"
    other = len(report.findings) - len(failing)
    notes = f"; {other:,} to know" if other else ""
    if not failing:
        return f"{judged}: nothing to mend{notes}."
    return f"{judged}: {len(failing):,} to mend in {resources:,}{notes}."


def _left_out(free: int, types: Mapping[str, int]) -> list[str]:
    from tagwright.text import shorten

    lines = []
    if free:
        lines.append(f"Left out: {free:,} that never cost (--include-free judges them too).")
    if types:
        named = sorted(types, key=lambda kind: (-types[kind], kind))
        shown = ", ".join(shorten(kind, 40) for kind in named[:_TYPES_SHOWN])
        more = f" and {len(named) - _TYPES_SHOWN} more types" if len(named) > _TYPES_SHOWN else ""
        lines.append(f"Take no tags: {sum(types.values()):,} ({shown}{more}).")
    return lines
