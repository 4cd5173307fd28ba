"""Connectors fetch bills and telemetry into local files for ``ingest``. They only read."""

from tagwright.connectors.model import Clock, Connector, Fetched, Job, Section
from tagwright.connectors.run import check, fetch, load_connectors, mark_ingested

__all__ = [
    "Clock",
    "Connector",
    "Fetched",
    "Job",
    "Section",
    "check",
    "fetch",
    "load_connectors",
    "mark_ingested",
]
