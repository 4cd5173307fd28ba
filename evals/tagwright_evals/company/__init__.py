"""Northlight: an invented company whose AI bill has every trouble the real ones have.

Deterministic and download-free: the same files, byte for byte, on every machine (a test pins their
hashes). Nothing of it is real; prices are of the order of public ones. docs/sample-company.md.
"""

from tagwright_evals.company.resources import ACCOUNT, RESOURCES, Resource
from tagwright_evals.company.write import Company, write_company

__all__ = ["ACCOUNT", "RESOURCES", "Company", "Resource", "write_company"]
