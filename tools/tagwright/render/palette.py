"""The colours of every picture: told apart with any colour vision, the same as on the reports.

Okabe and Ito, "Color Universal Design" (2008), https://jfly.uni-koeln.de/color/ ; in the order in
which neighbours differ most also in lightness, so that they are told apart in grey too. Their grey
is ours, darker: a lighter one is the pink, for who has no green cones (``test_render_palette.py``).
"""

from __future__ import annotations

__all__ = ["INK", "LESS", "LINE", "MORE", "ONE", "PAGE", "SERIES", "SOFT"]

ONE = "#0072b2"
"""Of a chart with one series."""
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#5b6570")
MORE = "#d55e00"
"""What makes a bill higher."""
LESS = "#0072b2"
INK = "#16202b"
SOFT = "#526070"
LINE = "#d9dfe6"
PAGE = "#ffffff"
