"""Tagwright: whose money it was. What plugins build on is :mod:`tagwright.api`.

Every other module is internal and may change.
"""

__version__ = "0.1.0"
