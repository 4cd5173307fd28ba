"""The colours, as those see them who lack a kind of cone (Machado, Oliveira, Fernandes, 2009)."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import dist

import pytest

from tagwright.render.palette import INK, LESS, MORE, PAGE, SERIES, SOFT

VISION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def seen(colour: str, vision: str) -> list[float]:
    """In CIE L*a*b* (D65), where 2.3 is a difference that is just noticed."""
    own = linear(colour)
    red, green, blue = (
        min(max(sum(a * b for a, b in zip(row, own, strict=True)), 0), 1) for row in VISION[vision]
    )
    white = (0.95047, 1.0, 1.08883)
    xyz = (
        0.4124 * red + 0.3576 * green + 0.1805 * blue,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        0.0193 * red + 0.1192 * green + 0.9505 * blue,
    )
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (value / top for value, top in zip(xyz, white, strict=True))
    )
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


@pytest.mark.parametrize("vision", VISION)
def test_series_are_told_apart_and_neighbours_clearly(vision: str) -> None:
    looks = {colour: seen(colour, vision) for colour in SERIES}
    assert min(dist(looks[a], looks[b]) for a, b in combinations(SERIES, 2)) > 15
    assert min(dist(looks[a], looks[b]) for a, b in pairwise(SERIES)) > 17


@pytest.mark.parametrize("vision", VISION)
def test_more_and_less_are_told_apart(vision: str) -> None:
    assert dist(seen(MORE, vision), seen(LESS, vision)) > 40


@pytest.mark.parametrize("colour", [INK, SOFT])
def test_text_has_the_contrast_that_wcag_asks_for(colour: str) -> None:
    def light(of: str) -> float:
        red, green, blue = linear(of)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05

    assert light(PAGE) / light(colour) > 4.5
