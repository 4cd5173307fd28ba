"""Text from bills, tags, logs and models made harmless to show.

Such text is data: it may hold terminal escapes, bidirectional overrides or invisible characters.
``clean`` is for anything shown to a person or a model; what is stored stays as it came.
"""

from __future__ import annotations

import unicodedata

__all__ = ["clean", "counted", "internal_fault", "shorten", "spreadsheet_text"]

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def clean(value: str) -> str:
    r"""Control, format (bidi, zero-width), surrogate and separator characters as ``\uXXXX``.

    >>> print(clean("a\x1b[31mb\u202ec\nd"))
    a\u001b[31mb\u202ec\u000ad
    """
    if value.isascii() and value.isprintable():
        return value
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in _HIDDEN else char for char in value
    )


def shorten(value: str, width: int) -> str:
    """``clean(value)`` cut in the middle to at most ``width`` characters.

    The middle goes, because ARNs and SKUs differ at both ends.

    >>> shorten("arn:aws:ec2:us-east-1:123456789012:instance/i-0abc", 24)
    'arn:aws:ec2…tance/i-0abc'
    """
    text = clean(value)
    if len(text) <= width:
        return text
    if width <= 1:
        return text[:width]
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> counted(1, "charge"), counted(1200, "charge")
    ('1 charge', '1,200 charges')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def internal_fault(error: BaseException) -> str:
    """What is said of a fault of ours: kind and place, not its text, which may hold secrets."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_globals.get('__name__')}:{frame.tb_lineno}" if frame else "unknown"
    return f"This is a fault in Tagwright: {type(error).__name__} at {place}."


def spreadsheet_text(text: str) -> str:
    """Text that a spreadsheet does not take for a formula (OWASP, CSV injection).

    >>> spreadsheet_text("=1+1"), spreadsheet_text("team")
    ("'=1+1", 'team')
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
