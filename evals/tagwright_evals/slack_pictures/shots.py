"""Photographs of HTML, with the Chromium of this machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from tagwright.errors import ProviderError

__all__ = ["browser", "shot"]

_SCALE = 1.5
_TALL = 6000
_COLOURS = 20
_PATIENCE = 120
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", f"--force-device-scale-factor={_SCALE}",
)  # fmt: skip


def browser() -> str:
    """Where Chromium is.

    Raises:
        ProviderError: It is nowhere.
    """
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise ProviderError(
        "There is no Chromium on this machine to draw the pictures with.",
        hint="Debian: apt-get install chromium fonts-liberation.",
    )


def shot(program: str, document: str, width: int, target: Path) -> None:
    """Photograph a document, cut to its content, with few colours.

    Args:
        program: Of :func:`browser`.
        document: HTML; nothing of it is fetched.
        width: Of the content, in CSS pixels.
        target: The PNG.

    Raises:
        ProviderError: Chromium drew nothing.
    """
    with tempfile.TemporaryDirectory() as directory:
        source, drawn = Path(directory) / "page.html", Path(directory) / "page.png"
        source.write_text(document, encoding="utf-8")
        # A window is 500 pixels wide at least; the document itself is as wide as it shall be.
        done = subprocess.run(  # noqa: S603  a program of this machine, no words of others
            [program, *_FLAGS, f"--user-data-dir={directory}/profile",
             f"--window-size={max(width, 500)},{_TALL}", f"--screenshot={drawn}", source.as_uri()],
            capture_output=True, text=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
        if not drawn.is_file():
            last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
            raise ProviderError(f"{program} drew nothing (status {done.returncode}): {last[0]}")
        with Image.open(drawn) as opened:
            whole = opened.convert("RGB")
    white = Image.new("RGB", whole.size, "white")
    box = ImageChops.difference(whole, white).getbbox() or (0, 0, 1, 1)
    cut = whole.crop((0, 0, int(width * _SCALE), int(box[3] + 12 * _SCALE)))
    few = cut.quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(target, optimize=True)
