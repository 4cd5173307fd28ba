"""The ways to write tags in a cloud, each behind a guard that knows what a person approved.

Whoever wants to write opens a :class:`Door`; it is made of an :class:`Approval` and refuses what
the approved plan does not hold, whichever API is behind it.
"""

from tagwright.remediation.writers.access import Access, own_credentials
from tagwright.remediation.writers.choose import calls_of, writer_name
from tagwright.remediation.writers.door import Door, Window
from tagwright.remediation.writers.protocol import PassingError, Reply, Writer

__all__ = [
    "Access",
    "Door",
    "PassingError",
    "Reply",
    "Window",
    "Writer",
    "calls_of",
    "own_credentials",
    "writer_name",
]
