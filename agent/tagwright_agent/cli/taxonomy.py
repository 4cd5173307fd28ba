"""``tagwright taxonomy``: what the tags mean, what they could mean, and a first file of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from rich.console import Console

    from tagwright.blocks import Table
    from tagwright.config import Settings
    from tagwright.errors import MisuseError
    from tagwright.suggestions import Coverage, Proposal, Suggestion
    from tagwright.taxonomy import Key, Taxonomy
    from tagwright.warehouse import SnapshotInfo

__all__ = ["taxonomy"]

_SHOWN = 20
_VALUES = 6
_HANG = 2


@click.group("taxonomy")
def taxonomy() -> None:
    """What the tags mean: keys, names, values; what the bill suggests."""


@taxonomy.command("show")
@common_options
def show(as_json: bool, home: Path | None) -> int:
    """Print the keys, their tag names, values and aliases, and what each covers."""
    from tagwright.context import open_context
    from tagwright.errors import SnapshotError
    from tagwright.suggestions import measure

    with open_context(settings_for(home)) as ctx:
        found = ctx.taxonomy
        try:
            [covered] = measure(ctx, [found])
        except SnapshotError as error:
            covered, why = None, str(error)
    if as_json:
        coverage = _coverage_json(covered) if covered else None
        document = found.spec.model_dump(mode="json", by_alias=True)
        emit_json({"source": found.source, "taxonomy": document, "coverage": coverage})
        return 0
    from tagwright.render.terminal import print_blocks

    out = console()
    out.print(f"Taxonomy of {found.source}.", soft_wrap=True)
    print_blocks(out, [_keys(found, covered)])
    for name, key in found.keys.items():
        _wrapped(out, f"{name}: tags {_listed(key.tag_names)}; values {_values(key)}.", 0)
    for alias in found.spec.aliases:
        any_of = _listed([f"{matcher.tag}:{matcher.value}" for matcher in alias.any_of])
        means = _listed([f"{name}:{value}" for name, value in alias.means.items()])
        _wrapped(out, f"Alias: {any_of} means {means}.", 0)
    if covered is None:
        _wrapped(out, f"Coverage is not known: {why}", 0)
    return 0


@taxonomy.command("suggest")
@common_options
def suggest(as_json: bool, home: Path | None) -> int:
    """Propose names, spellings and aliases from the tags of the bill; writes nothing."""
    found = _suggestion(home)
    if as_json:
        emit_json(_suggestion_json(found))
    else:
        _show(found)
        console().print(
            "\ntagwright taxonomy init writes what is certain, the rest as comments.",
            soft_wrap=True,
        )
    return 0


@taxonomy.command("init")
@click.option("--force", is_flag=True, help="Over a file that is there; it is kept beside.")
@click.option("--dry-run", is_flag=True, help="Print the file; write nothing.")
@common_options
def init(force: bool, dry_run: bool, as_json: bool, home: Path | None) -> int:
    """Write the suggestion as the home's taxonomy and refresh the charges."""
    from tagwright.suggestions import taxonomy_text, write_taxonomy
    from tagwright.taxonomy import taxonomy_path

    settings = settings_for(home)
    path = taxonomy_path(settings)
    if path.exists() and not (force or dry_run):  # before anything slow
        raise _there_already(settings, path)
    found = _suggestion(home, anew=force or not path.exists())
    text = taxonomy_text(found)
    said: dict[str, Any] = {**_suggestion_json(found), "file": str(path), "text": text}
    if dry_run:
        if as_json:
            emit_json({**said, "written": False})
        else:
            click.echo(text, nl=False)
        return 0
    kept = write_taxonomy(path, text, force=force)
    info = _refreshed(settings, path, kept)
    if as_json:
        old = str(kept) if kept else None
        emit_json({**said, "written": True, "kept": old, "snapshot": info.id})
        return 0
    out = console()
    _show(found)
    out.print(f"\nWritten: {path}", soft_wrap=True)
    if kept:
        out.print(f"The old one: {kept}", soft_wrap=True)
    out.print(f"{info.charges:,} charges carry it now (snapshot {info.id}).", soft_wrap=True)
    return 0


def _there_already(settings: Settings, path: Path) -> MisuseError:
    """What is to be done about a file that is there: mend it, apply it, or write another."""
    from tagwright.errors import ConfigError, MisuseError
    from tagwright.taxonomy import load_taxonomy
    from tagwright.warehouse import open_warehouse

    force = "use --force: the old one is then kept beside it"
    try:
        digest = load_taxonomy(settings).digest
    except ConfigError as error:
        return MisuseError(
            f"{path} is there already and cannot be used; nothing was written. {error}",
            hint=f"Mend it, or {force}, and the new one starts from the shipped taxonomy.",
        )
    current = open_warehouse(settings).current()
    if current is not None and current.taxonomy_digest != digest:
        return MisuseError(
            f"{path} is there already, and the charges do not carry it yet; nothing was written.",
            hint=f"Run `tagwright refresh` to apply it. To write another, {force}.",
        )
    return MisuseError(
        f"{path} is there already; nothing was written.", hint=f"Edit it, or {force}."
    )


def _refreshed(settings: Settings, path: Path, kept: Path | None) -> SnapshotInfo:
    """The snapshot that carries the new file.

    Raises:
        TagwrightError: As of ``refresh``; says that the file stands and what is left to do.
    """
    from tagwright.builtin.describe_data import keep_names
    from tagwright.errors import TagwrightError
    from tagwright.ingest import refresh

    try:
        info = refresh(settings)
    except TagwrightError as error:
        old = f" (the old one is {kept})" if kept else ""
        error.message = (
            f"{path} was written{old}, but the charges do not carry it yet: {error.message}"
        )
        error.hint = f"{error.hint} Then run `tagwright refresh`.".strip()
        raise
    keep_names(settings)
    return info


def _suggestion(home: Path | None, *, anew: bool = False) -> Suggestion:
    """What is proposed.

    Args:
        home: Of the data.
        anew: Start from the shipped taxonomy where the file cannot be used.

    Raises:
        ConfigError: That file cannot be used, and not ``anew``.
    """
    from tagwright.context import open_context
    from tagwright.errors import ConfigError
    from tagwright.suggestions import suggest as run
    from tagwright.taxonomy import default_text, parse_taxonomy

    with open_context(settings_for(home)) as ctx:
        try:
            base = ctx.taxonomy
        except ConfigError as error:
            if not anew:
                way = "`tagwright taxonomy init --force` keeps it beside and starts anew."
                error.hint = f"{error.hint} Mend it, or start again: {way}".strip()
                raise
            base = parse_taxonomy(default_text(), "the default taxonomy")
        return run(ctx, base)


def _show(found: Suggestion) -> None:
    from tagwright.render.terminal import print_blocks
    from tagwright.text import counted

    out = console()
    certain = [proposal for proposal in found.proposals if proposal.certain]
    unsure = [proposal for proposal in found.proposals if not proposal.certain]
    if not found.proposals:
        out.print("Nothing to propose: the tags of the bill say no more than is known.")
    for title, proposals in (("Proposed", certain), ("Not certain, for you to judge", unsure)):
        if proposals:
            out.print(f"{title}:", style="bold")
        for proposal in proposals[:_SHOWN]:
            gain = _gain(proposal, found)
            _wrapped(out, f"{proposal.says}{f' {gain}' if gain else ''}", 2)
            _wrapped(out, proposal.evidence, 4, style="dim")
        if len(proposals) > _SHOWN:
            out.print(f"  … and {counted(len(proposals) - _SHOWN, 'more', 'more')} (--json)")
    for name in found.left_out:
        _wrapped(
            out, f"Not proposed: the tag {name} holds characters that no taxonomy may hold.", 0
        )
    out.print("\nCoverage of the effective cost that could be tagged, before and after:")
    print_blocks(out, [_before_after(found)])


def _wrapped(out: Console, text: str, indent: int, *, style: str = "") -> None:
    """Text on as many lines as it needs; those after the first stand two further in."""
    from rich.text import Text

    room = out.width - indent - _HANG
    first, *rest = Text(text).wrap(out, room + _HANG, overflow="fold")
    out.print(f"{' ' * indent}{first.plain.rstrip()}", style=style)
    if not rest:
        return
    for line in Text(text[len(first.plain) :].lstrip()).wrap(out, room, overflow="fold"):
        out.print(f"{' ' * (indent + _HANG)}{line.plain.rstrip()}", style=style)


def _gain(proposal: Proposal, found: Suggestion) -> str:
    """``+54 % covered (1,234.00 USD)``, of the currency that gains most of its own."""
    from tagwright.money import display_text

    told = [
        f"{'+' if amount > 0 else '-'}{_percent(abs(amount), found.before_coverage.taggable[c])} "
        f"covered ({display_text(abs(amount))} {c})"
        for c, amount in proposal.gain.items()
        if amount
    ]
    return f"{'; '.join(told)}." if told else ""


def _before_after(found: Suggestion) -> Table:
    from tagwright.blocks import grid, money
    from tagwright.money import ratio_text

    before, after = found.before_coverage, found.after_coverage
    return grid(
        [("Key", "text"), ("Before", "ratio"), ("After", "ratio"), ("Of", "amount")],
        [
            [
                "all required" if name == "all" else name,
                "" if was is None else ratio_text(was, whole),
                ratio_text(covered[currency], whole),
                money(whole, currency),
            ]
            for currency, whole in after.taggable.items()
            for name, covered in after.covered.items()
            for was in (before.covered.get(name, {}).get(currency),)
        ],
    )


def _keys(found: Taxonomy, covered: Coverage | None) -> Table:
    from tagwright.blocks import grid

    rows = []
    for name, key in found.keys.items():
        said = covered.covered[name] if covered else {}
        shares = [f"{_percent(v, covered.taggable[c])} {c}" for c, v in said.items() if covered]
        required = "required" if key.required else ""
        rows.append(
            [name, key.layer, required, "open" if key.open else "closed", ", ".join(shares)]
        )
    heads = ("Key", "Layer", "", "Values", "Covered")
    return grid([(head, "text") for head in heads], rows)


def _values(key: Key) -> str:
    if not key.values:
        return "any"
    shown = _listed(key.values[:_VALUES])
    more = len(key.values) - _VALUES
    return shown + (f" and {more} more" if more > 0 else "") + (", or any" if key.open else "")


def _listed(texts: Any) -> str:
    from tagwright.text import shorten

    return ", ".join(shorten(text, 60) for text in texts)


def _amount(value: Decimal) -> str:
    from tagwright.money import display_text

    return display_text(value)


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{part / whole * 100:.1f} %" if whole else "no cost"


def _suggestion_json(found: Suggestion) -> dict[str, Any]:
    return {
        "source": found.base.source,
        "proposals": [
            {
                "kind": item.kind,
                "key": item.key,
                "says": item.says,
                "evidence": item.evidence,
                "certain": item.certain,
                "gain": _exact(item.gain),
                "change": item.change,
            }
            for item in found.proposals
        ],
        "left_out": list(found.left_out),
        "before": _coverage_json(found.before_coverage),
        "after": _coverage_json(found.after_coverage),
    }


def _coverage_json(found: Coverage) -> dict[str, Any]:
    return {
        "taggable": _exact(found.taggable),
        "covered": {name: _exact(amounts) for name, amounts in found.covered.items()},
    }


def _exact(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    from tagwright.money import decimal_text

    return {currency: decimal_text(amount) for currency, amount in amounts.items()}
