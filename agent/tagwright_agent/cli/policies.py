"""``tagwright policies --format FORMAT``: the taxonomy as rules that a cloud enforces by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagwright_agent.cli.output import common_options, emit_json, key_values, settings_for

if TYPE_CHECKING:
    from tagwright.policies.request import Document, Generated

__all__ = ["policies"]

_ONLY = {
    "--enforce-for": "aws-tag-policy",
    "--exempt": "aws-scp",
    "--default": "experiment-defaults",
}
"""Options that one format alone listens to."""

_FORMATS = (
    "aws-tag-policy", "aws-scp", "azure-policy", "gcp-org-policy", "gcp-label-checks", "kyverno",
    "validating-admission-policy", "cloud-custodian", "experiment-defaults", "aws-iam-applier",
    "aws-iam-reader",
)  # fmt: skip


@click.command("policies")
@click.option("--format", "form", required=True, type=click.Choice(_FORMATS))
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write the files to."
)
@click.option(
    "--taxonomy",
    "taxonomy_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The taxonomy's file (default: as configured).",
)
@click.option("--key", "keys", multiple=True, metavar="KEY", help="Default: the required keys.")
@click.option("--enforce", is_flag=True, help="Refuse, where the format can; else only report.")
@click.option(
    "--enforce-for", multiple=True, metavar="SERVICE:TYPE", help="aws-tag-policy: refuse there."
)
@click.option("--exempt", multiple=True, metavar="ARN", help="aws-scp: principals let through.")
@click.option(
    "--default",
    "defaults",
    multiple=True,
    metavar="KEY=VALUE",
    help="experiment-defaults: default environment=experiment, team=ml-research.",
)
@click.option("--refine-days", type=click.IntRange(1, 365), default=14, show_default=True)
@common_options
def policies(  # noqa: PLR0917  click hands over what the options say
    form: str,
    out: Path | None,
    taxonomy_file: Path | None,
    keys: tuple[str, ...],
    enforce: bool,
    enforce_for: tuple[str, ...],
    exempt: tuple[str, ...],
    defaults: tuple[str, ...],
    refine_days: int,
    as_json: bool,
    home: Path | None,
) -> int:
    """Write the taxonomy as policies of a cloud, or the roles that Tagwright needs.

    Without --out the files are printed. Nothing is sent to any cloud.
    """
    from tagwright.policies.generate import EXPERIMENT_DEFAULTS, generate
    from tagwright.policies.request import Request
    from tagwright.taxonomy import load_taxonomy

    _refuse_unheard(form, {"--enforce-for": enforce_for, "--exempt": exempt, "--default": defaults})
    taxonomy = load_taxonomy(settings_for(home, taxonomy_file))
    request = Request(
        taxonomy=taxonomy,
        keys=taxonomy.wanted(keys),
        enforce=enforce,
        enforce_for=enforce_for,
        exempt=exempt,
        defaults=key_values(defaults, "--default") or EXPERIMENT_DEFAULTS,
        refine_days=refine_days,
    )
    made = generate(form, request)
    if out is not None:
        _write(out, made)
    if as_json:
        emit_json(
            {
                "format": form,
                "files": [
                    {"path": document.path, "content": document.content}
                    for document in made.documents
                ],
                "written_to": str(out) if out else None,
                "notes": made.notes,
            }
        )
        return 0
    if out is None:
        _print(made.documents)
    else:
        for document in made.documents:
            click.echo(str(out / document.path))
    for note in made.notes:
        click.echo(f"note: {note}", err=True)
    return 0


def _refuse_unheard(form: str, given: dict[str, tuple[str, ...]]) -> None:
    """Who exempts somebody must not believe it where the format knows no exemption."""
    from tagwright.errors import MisuseError

    for option, values in given.items():
        if values and form != _ONLY[option]:
            raise MisuseError(
                f"{option} is for --format {_ONLY[option]}; {form} knows no such thing."
            )


def _write(out: Path, made: Generated) -> None:
    from tagwright.errors import MisuseError
    from tagwright.files import replace_file

    try:
        for document in made.documents:
            replace_file(out / document.path, document.text().encode())
    except OSError as error:
        raise MisuseError(f"{out}: {error.strerror}.") from None


def _print(documents: list[Document]) -> None:
    """One file as it is; several each under its name."""
    for number, document in enumerate(documents):
        if len(documents) > 1:
            click.echo(f"{chr(10) if number else ''}==> {document.path} <==")
        click.echo(document.text(), nl=False)
