"""Charts as PNG and SVG, for Slack and for files: Vega-Lite, drawn by vl-convert.

Neither a browser nor a network is used. The libraries are an extra (``charts``): large, and not
needed to answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.errors import ConfigError
from tagwright.extras import how_to_install

if TYPE_CHECKING:
    from tagwright.blocks import Chart

__all__ = ["png", "svg"]

_SCALE = 1.5
"""1,200 pixels wide: what Slack shows sharply on a laptop and a phone."""
_NOWHERE: list[str] = []
"""The addresses that a picture may load something from."""


def png(chart: Chart) -> bytes:
    """The chart as a PNG image, 1,200 pixels wide.

    Raises:
        ConfigError: altair or vl-convert is not installed.
    """
    return bytes(
        _converter().vegalite_to_png(_spec(chart), scale=_SCALE, allowed_base_urls=_NOWHERE)
    )


def svg(chart: Chart) -> str:
    """The chart as an SVG document, 800 units wide, without scripts or links.

    Raises:
        ConfigError: altair or vl-convert is not installed.
    """
    return str(_converter().vegalite_to_svg(_spec(chart), allowed_base_urls=_NOWHERE))


def _converter() -> Any:
    try:
        import altair as alt  # noqa: F401  the specification is made with it
        import vl_convert
    except ImportError:
        raise ConfigError(
            "Pictures need altair and vl-convert, which are not both installed.",
            hint=how_to_install("charts"),
        ) from None
    return vl_convert


def _spec(chart: Chart) -> dict[str, Any]:
    from tagwright.render.vega import vega_lite

    return vega_lite(chart)
