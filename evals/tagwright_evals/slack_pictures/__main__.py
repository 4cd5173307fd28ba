"""``python -m tagwright_evals.slack_pictures``: make the pictures of docs/slack.md again."""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from tagwright.errors import TagwrightError
from tagwright_evals.slack_pictures.page import page
from tagwright_evals.slack_pictures.scenes import pictures
from tagwright_evals.slack_pictures.shots import browser, shot

WIDTHS = {"desktop": 720, "phone": 390}
SHOWN = (
    "answer-desktop", "why-desktop", "plan-desktop", "plan-partly-phone",
    "alert-acknowledged-desktop", "home-desktop",
)  # fmt: skip
"""Those of the documents, as ``name-width``."""


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="Directory for the PNG files.")  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Also those that no document shows.")
@click.option("--only", multiple=True, help="A picture by its name; may be repeated.")
def main(*, out: Path, every: bool, only: tuple[str, ...]) -> None:
    """Have a sample company use Tagwright in Slack, and photograph what they see."""
    try:
        program = browser()
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as where, ThreadPoolExecutor(2) as pool:
            made = []
            for picture in pictures(Path(where)):
                for wide, width in WIDTHS.items():
                    name = f"{picture.name}-{wide}"
                    if every or picture.name in only or name in SHOWN:
                        target = out / f"slack-{name}.png"
                        made.append(pool.submit(shot, program, page(picture, width), width, target))
                        click.echo(target)
            for one in made:
                one.result()
    except TagwrightError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
