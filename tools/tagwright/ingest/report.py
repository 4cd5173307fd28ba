"""What an ingest says of itself: per file, per currency, per replaced partition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagwright.money import decimal_text

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["CurrencyTotal", "FileReport", "IngestReport", "Nearest", "Replaced"]


@dataclass(frozen=True)
class CurrencyTotal:
    """Sums over the accepted charges of one currency, exact.

    Attributes:
        currency: Billing currency.
        charges: How many.
        billed: Sum of BilledCost.
        effective: Sum of EffectiveCost.
    """

    currency: str
    charges: int
    billed: Decimal
    effective: Decimal

    def as_dict(self) -> dict[str, Any]:
        """JSON; money as decimal strings."""
        return {
            "currency": self.currency,
            "charges": self.charges,
            "billed": decimal_text(self.billed),
            "effective": decimal_text(self.effective),
        }


@dataclass(frozen=True)
class Nearest:
    """The format that a file comes nearest to.

    Attributes:
        source: Its name.
        missing: Columns that it needs and the file lacks, at most 5.
        strange: Columns of the file that it does not know, at most 5, those most like a missing one
            first.
    """

    source: str
    missing: tuple[str, ...]
    strange: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON of it."""
        return {
            "source": self.source,
            "missing": list(self.missing),
            "strange": list(self.strange),
        }


@dataclass
class FileReport:
    """One file of an ingest.

    Attributes:
        path: As found.
        source: Name of the format; empty where it was not recognised.
        version: E.g. ``"FOCUS 1.2"``.
        charges: Accepted charges.
        usage: Accepted usage rows.
        kubernetes: Accepted rows of Kubernetes usage.
        rejected: Rows kept out (see the table ``rejects``).
        totals: Per currency.
        notes: What to know about how it was read.
        error: Why the file as a whole was not read; None when it was.
        skipped: Why it was passed over without being a failure (a stranger in a folder, a
            duplicate); None otherwise.
        examples: The first few rejects, for the report.
        nearest: Of a file that no source reads, or that lacks columns of the one that would, the
            format that it comes nearest to.
    """

    path: str
    source: str = ""
    version: str = ""
    charges: int = 0
    usage: int = 0
    kubernetes: int = 0
    rejected: int = 0
    totals: list[CurrencyTotal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str | None = None
    skipped: str | None = None
    examples: list[dict[str, Any]] = field(default_factory=list)
    nearest: Nearest | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON of the file."""
        return {
            "path": self.path,
            "source": self.source,
            "version": self.version,
            "charges": self.charges,
            "usage": self.usage,
            "kubernetes": self.kubernetes,
            "rejected": self.rejected,
            "totals": [total.as_dict() for total in self.totals],
            "notes": self.notes,
            "error": self.error,
            "skipped": self.skipped,
            "rejects": self.examples,
            "nearest": self.nearest and self.nearest.as_dict(),
        }


@dataclass(frozen=True)
class Replaced:
    """A partition that was there before and was replaced whole.

    Attributes:
        billing_account: BillingAccountId.
        billing_period: First day of the billing period, ISO.
        before: Totals that were there.
        after: Totals that are there now.
        source: The source whose charges were dropped for another's (``--instead-of``); else empty.
    """

    billing_account: str
    billing_period: str
    before: list[CurrencyTotal]
    after: list[CurrencyTotal]
    source: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON of the replacement."""
        return {
            "billing_account": self.billing_account,
            "billing_period": self.billing_period,
            "before": [total.as_dict() for total in self.before],
            "after": [total.as_dict() for total in self.after],
            "instead_of": self.source or None,
        }


@dataclass
class IngestReport:
    """What the verb ``ingest`` answers.

    Attributes:
        snapshot: Id of the snapshot that is current afterwards; None where there is none.
        unchanged: Nothing new came, so nothing was published.
        files: In the order they were read.
        replaced: Partitions that were there before.
        warnings: Faults that are no file's (a plugin that did not load).
    """

    snapshot: str | None = None
    unchanged: bool = False
    files: list[FileReport] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def charges(self) -> int:
        """Accepted charges over all files."""
        return sum(file.charges for file in self.files)

    @property
    def usage(self) -> int:
        """Accepted usage rows over all files."""
        return sum(file.usage for file in self.files)

    @property
    def kubernetes(self) -> int:
        """Accepted rows of Kubernetes usage over all files."""
        return sum(file.kubernetes for file in self.files)

    @property
    def rejected(self) -> int:
        """Rejected rows over all files."""
        return sum(file.rejected for file in self.files)

    @property
    def taken(self) -> bool:
        """Whether anything of these files is in the snapshot, since now or since before."""
        read = [file for file in self.files if file.source and not file.error]
        return any(file.charges or file.usage or file.kubernetes for file in read)

    @property
    def failed(self) -> bool:
        """Whether a file that should have been read was not, or gave nothing, or none was."""
        read = [file for file in self.files if file.source]
        return (
            not read
            or any(file.error for file in self.files)
            or any(not (file.charges or file.usage or file.kubernetes) for file in read)
        )

    def as_dict(self) -> dict[str, Any]:
        """The one JSON document of ``tagwright ingest --json``."""
        return {
            "snapshot": self.snapshot,
            "unchanged": self.unchanged,
            "charges": self.charges,
            "usage": self.usage,
            "kubernetes": self.kubernetes,
            "rejected": self.rejected,
            "files": [file.as_dict() for file in self.files],
            "replaced": [item.as_dict() for item in self.replaced],
            "warnings": self.warnings,
        }
