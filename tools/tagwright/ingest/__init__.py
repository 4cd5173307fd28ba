"""From billing exports to a published snapshot."""

from tagwright.ingest.report import CurrencyTotal, FileReport, IngestReport, Replaced
from tagwright.ingest.run import ingest, refresh

__all__ = ["CurrencyTotal", "FileReport", "IngestReport", "Replaced", "ingest", "refresh"]
