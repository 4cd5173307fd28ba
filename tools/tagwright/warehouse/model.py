"""What readers hold: which snapshot, and the rows of an answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["FORMAT", "SnapshotInfo", "Table"]

FORMAT = 7
"""Of the tables that this version writes; 2 brought usage rows and the classification of AI, 3
Kubernetes usage, 4 its total_cost, 5 the price of each kind of token, 6 x_tagged and the reading of
a file, 7 x_instance_type."""


class Table(NamedTuple):
    """The result of a query.

    Attributes:
        columns: Names, in order.
        rows: One tuple a row; money as ``Decimal``, times as naive UTC ``datetime``.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class SnapshotInfo:
    """What the pointer says of a published snapshot.

    Attributes:
        id: Unique, sorts by time of publishing.
        path: The DuckDB file.
        bytes: Its size; a file of another size is not opened.
        sha256: Of the whole file.
        published_at: Aware UTC.
        charges: Rows of ``charges``.
        usage: Rows of ``usage``.
        kubernetes: Rows of ``kubernetes_usage``.
        rules_digest: Of the rules that classified AI.
        prices: Version of the prices that its usage rows were given; empty where it has none.
        format: Of its tables; an older one is brought up to date by ``tagwright refresh``.
        data_start: First UTC day with a charge, inclusive; None without charges.
        data_end: Day after the last day with a charge, exclusive.
        currencies: Billing currencies, sorted.
        taxonomy_digest: Of the taxonomy that the promoted columns were made with.
    """

    id: str
    path: Path
    bytes: int
    sha256: str
    published_at: dt.datetime
    charges: int
    data_start: dt.date | None
    data_end: dt.date | None
    currencies: tuple[str, ...]
    taxonomy_digest: str
    usage: int = 0
    kubernetes: int = 0
    rules_digest: str = ""
    prices: str = ""
    format: int = FORMAT

    def as_dict(self) -> dict[str, Any]:
        """JSON of the pointer; the path is the file's name alone, so that a home can be moved."""
        return {
            "id": self.id,
            "file": self.path.name,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "published_at": self.published_at.isoformat(),
            "charges": self.charges,
            "usage": self.usage,
            "kubernetes": self.kubernetes,
            "data_start": self.data_start and self.data_start.isoformat(),
            "data_end": self.data_end and self.data_end.isoformat(),
            "currencies": list(self.currencies),
            "taxonomy_digest": self.taxonomy_digest,
            "rules_digest": self.rules_digest,
            "prices": self.prices,
            "format": self.format,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any], folder: Path) -> SnapshotInfo:
        """The inverse of :meth:`as_dict`.

        Raises:
            KeyError, TypeError, ValueError: The document is not one.
        """
        day = dt.date.fromisoformat
        name = Path(str(data["file"])).name  # never a path out of the folder
        return cls(
            id=str(data["id"]),
            path=folder / name,
            bytes=int(data["bytes"]),
            sha256=str(data["sha256"]),
            published_at=dt.datetime.fromisoformat(data["published_at"]),
            charges=int(data["charges"]),
            data_start=day(data["data_start"]) if data["data_start"] else None,
            data_end=day(data["data_end"]) if data["data_end"] else None,
            currencies=tuple(data["currencies"]),
            taxonomy_digest=str(data["taxonomy_digest"]),
            usage=int(data.get("usage", 0)),
            kubernetes=int(data.get("kubernetes", 0)),
            rules_digest=str(data.get("rules_digest", "")),
            prices=str(data.get("prices", "")),
            format=int(data.get("format", 1)),
        )
