"""One bill, one source: two formats of the same bill would count it twice.

A scope is a vendor, which of its accounts, and the month. Formats spell all three differently, so
they are made alike for the comparison, and only for it. A vendor is who provides or who bills: a
reseller's invoice for an account of AWS is AWS's bill of that account. What a source has of one
account and month is one bill, whoever each line names (the Marketplace's sellers are on AWS's), and
all that the one has there gives way to the other. An account's number is its vendor's own, so two
sources that share one clash, also where a file holds only a seller's lines; accounts that may be
two vendors' (``1001``, ``acme``) clash if the sources share a name. Telemetry is no bill and has no
scope here: a request log beside the bill is what reconciliation needs.

An account may not say which it is: cost reports of APIs without an organization have the vendor's
own name there, and in an invoice typed in by hand it is a word of the typist's. Such an account is
any account of its vendor, and clashes with, and displaces, the lines of that vendor alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.ingest import schema
from tagwright.ingest.prove import SUMS
from tagwright.sources.head import sql_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import duckdb

    from tagwright.ingest.read import Loaded

__all__ = ["Clash", "displace", "find_clashes", "keyed", "words_of"]

_VENDORS = {
    "aws": "amazon|aws",
    "microsoft": "microsoft|azure",
    "google": "google|gcp",
    "oracle": "oracle|oci",
    "openai": "openai",
    "anthropic": "anthropic",
    "mistral": "mistral",
    "cohere": "cohere",
}
_LEGAL = r"\s+(inc|llc|ltd|limited|gmbh|pbc|corp|corporation|co|sarl|bv|sas?|ag|plc|pty)$"
_ANY = ("default", "main", "unknown", "none", "na", "account")
_DIGITS = 6
"""From so many on, nobody else's account has the same number by chance."""
_SHOWN = 3
_THERE = 0
"""Number of what is there already; files have theirs from 1 on."""


@dataclass(frozen=True)
class Clash:
    """Charges of one scope, held by another source.

    Attributes:
        source: The other one.
        where: What of it holds them: ``charges that are there``, or the name of a file.
        account: BillingAccountId as the new file spells it.
        other: BillingAccountId as the other source spells it.
        month: First day of the month.
    """

    source: str
    where: str
    account: str
    other: str
    month: dt.date


def keyed(relation: str) -> str:
    """A SELECT of a relation with FOCUS columns, and each row's scope beside them.

    ``issuer`` and ``provider`` are vendors; ``seller`` is the one whose account it is where the
    account does not say: the issuer if it is a vendor known here, else (a reseller) the provider.
    ``account`` is empty where it may be any; ``sole`` is whether nobody else has one like it;
    ``month`` is the first day of it.

    What is used more than once is named in a SELECT of its own: DuckDB takes long to plan what is
    long.
    """
    issuer, provider = '"InvoiceIssuerName"', '"ServiceProviderName"'
    given = 'lower("BillingAccountId")'
    spelt = (
        f"SELECT *, {_words(issuer, provider)} AS _issuer, "
        f"{_words(provider, issuer)} AS _provider, "
        # ARNs hold twelve digits, which a spreadsheet may have stripped of their first zeros; Azure
        # and Google write the account as the last part of a path.
        f"regexp_extract({given}, '^arn:.*:([0-9]{{12}})(:|$)', 1) AS _arn, "
        f"regexp_extract({given}, '([^/]*)/?$', 1) AS _last, "
        # What was typed in by hand may be the account of another vendor, for which this one bills.
        f"COALESCE(starts_with({given}, lower({issuer}) || '/'), false) AS _typed FROM {relation}"
    )
    letters = "regexp_replace(_last, '[^\\p{L}\\p{N}]', '', 'g')"
    alike = (
        f"SELECT *, {_vendor('_issuer')} AS issuer, {_vendor('_provider')} AS provider, "
        f"ltrim(COALESCE(NULLIF(_arn, ''), {letters}), '0') AS _key FROM ({spelt})"
    )
    known = ", ".join(map(sql_text, _VENDORS))
    anyone = ", ".join(map(sql_text, _ANY))
    vague = f"_key IN ({anyone}, issuer, provider) OR _typed AND NOT regexp_matches(_last, '[0-9]')"
    digits = "length(regexp_replace(_key, '[^0-9]', '', 'g'))"
    return (
        "SELECT * EXCLUDE (_issuer, _provider, _arn, _last, _typed, _key), "
        f"CASE WHEN issuer IN ({known}) THEN issuer ELSE provider END AS seller, "
        f"CASE WHEN {vague} THEN '' ELSE _key END AS account, "
        f"COALESCE({digits} >= {_DIGITS}, false) AND NOT _typed AS sole, "
        # Twelve hours: midnight of the first somewhere is still the last of the month in UTC.
        "CAST(date_trunc('month', \"BillingPeriodStart\" + INTERVAL 12 HOUR) AS DATE) AS month "
        f"FROM ({alike})"
    )


def _words(name: str, other: str) -> str:
    return f"regexp_replace(lower(COALESCE({name}, {other}, '')), '[^\\p{{L}}\\p{{N}} ]', '', 'g')"


def _vendor(words: str) -> str:
    whens = " ".join(
        f"WHEN regexp_matches({words}, '\\b({names})\\b') THEN '{key}'"
        for key, names in _VENDORS.items()
    )
    return f"CASE {whens} ELSE replace(regexp_replace({words}, '{_LEGAL}', ''), ' ', '') END"


_SAME = (
    "a.x_source <> b.x_source AND a.month IS NOT DISTINCT FROM b.month "
    "AND CASE WHEN a.account = '' OR b.account = '' "
    "THEN list_has_any([a.issuer, a.seller], [b.issuer, b.seller]) "
    "ELSE a.account = b.account "
    "AND (a.sole AND b.sole OR list_has_any(a.names, b.names)) END"
)
"""``names``: all issuers and providers that the source has for that account and month."""


def _bills(relation: str, label: str, number: int) -> str:
    """What tells scopes apart: the few combinations of it that the charges of a relation have."""
    names = '"InvoiceIssuerName", "ServiceProviderName", "BillingAccountId", "BillingPeriodStart"'
    return (
        f"SELECT DISTINCT x_source, {names}, {number} AS number, {sql_text(label)} AS x_where "
        f"FROM {relation}"
    )


def _scopes(bills: Sequence[str]) -> str:
    """The distinct scopes of :func:`_bills`, by source, with a spelling of the account."""
    union = " UNION ALL ".join(bills)
    return (
        'SELECT x_source, number, x_where, "BillingAccountId" AS spelt, issuer, provider, seller, '
        f"account, sole, month FROM ({keyed(f'({union})')})"
    )


def _named(scopes: str) -> str:
    """The scopes, each with all names that its source has for that account and month."""
    names = (
        "SELECT x_source, account, month, list_distinct(flatten(list([issuer, provider]))) AS names"
        f" FROM ({scopes}) GROUP BY ALL"
    )
    return (
        f"SELECT s.*, n.names FROM ({scopes}) AS s JOIN ({names}) AS n "
        "ON s.x_source = n.x_source AND s.account IS NOT DISTINCT FROM n.account "
        "AND s.month IS NOT DISTINCT FROM n.month"
    )


def find_clashes(
    con: duckdb.DuckDBPyConnection, read: Sequence[Loaded], instead_of: str | None, *, fresh: bool
) -> dict[int, list[Clash]]:
    """Files of bills that another source has given already, by number, and what each clashes with.

    What is there comes first, then the files in order; those of ``instead_of`` come last, and what
    is there of it does not count.
    """
    bills = [loaded for loaded in read if loaded.staged.table == "charges"]
    there: list[str] = []
    if not fresh:
        there = [
            source
            for (source,) in con.execute("SELECT DISTINCT x_source FROM charges").fetchall()
            if source != instead_of
        ]
    if len({loaded.source.name for loaded in bills}.union(there)) < 2:
        return {}
    parts = [
        _bills(
            f"typed_{loaded.number} WHERE x_faults IS NULL", loaded.head.path.name, loaded.number
        )
        for loaded in bills
    ]
    if there:
        among = ", ".join(map(sql_text, there))
        kept = f"charges WHERE x_source IN ({among})"
        parts.append(_bills(kept, "charges that are there", _THERE))
    con.execute(f"CREATE OR REPLACE TEMP TABLE scopes AS {_scopes(parts)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE named AS {_named('FROM scopes')}")
    taken = [_THERE]
    found: dict[int, list[Clash]] = {}
    for loaded in sorted(bills, key=lambda item: item.source.name == instead_of):
        rows = con.execute(
            "SELECT DISTINCT b.x_source, b.x_where, a.spelt, b.spelt, a.month FROM named AS a, "
            f"named AS b WHERE a.number = {loaded.number} "
            f"AND b.number IN ({', '.join(map(str, taken))}) AND {_SAME} ORDER BY ALL"
        ).fetchall()
        if rows:
            found[loaded.number] = [Clash(*row) for row in rows]
        else:
            taken.append(loaded.number)
    return found


def words_of(path: str, source: str, clashes: Sequence[Clash]) -> str:
    """What is said of a file that was refused, and the way out."""
    others = sorted({clash.source for clash in clashes})
    scopes = dict.fromkeys(
        f"billing account {clash.account}"
        + (f" ({clash.other} there)" if clash.other != clash.account else "")
        + f", {clash.month:%Y-%m}"
        for clash in clashes
    )
    shown = "; ".join(list(scopes)[:_SHOWN])
    more = f"; and {len(scopes) - _SHOWN} more" if len(scopes) > _SHOWN else ""
    held = " and ".join(f"{source} ({', '.join(_places(clashes, source))})" for source in others)
    return (
        f"{path}: is the same bill from another source: {source} here, {held}, for {shown}{more}. "
        "Both would count it twice; nothing of this file was taken. "
        f"Leave it, or give --instead-of {others[0]} to have this one in its place."
    )


def _places(clashes: Sequence[Clash], source: str) -> list[str]:
    return sorted({clash.where for clash in clashes if clash.source == source})


def displace(con: duckdb.DuckDBPyConnection, source: str) -> list[tuple[object, ...]]:
    """Drop the charges of ``source`` that are the same bills as the accepted ``incoming`` ones.

    Returns:
        A row for each of its partitions that lost some: account, billing period, and the currency,
        charges and four sums that went.
    """
    own = _scopes([_bills("incoming WHERE x_faults IS NULL", "", _THERE)])
    con.execute(f"CREATE OR REPLACE TEMP TABLE own AS {_named(own)}")
    columns = (*schema.PARTITION, "InvoiceIssuerName", "ServiceProviderName")
    names = ", ".join(f'"{name}"' for name in columns)
    held = f"(SELECT DISTINCT {names} FROM charges WHERE x_source = {sql_text(source)})"
    con.execute(f"CREATE OR REPLACE TEMP TABLE held AS {keyed(held)}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE theirs AS SELECT * FROM ({_named('FROM held')}) AS b "
        f"WHERE EXISTS (SELECT 1 FROM own AS a WHERE {_SAME})"
    )
    same = " AND ".join(f'c."{name}" IS NOT DISTINCT FROM t."{name}"' for name in columns)
    gone = con.execute(
        f'SELECT c."BillingAccountId", c."BillingPeriodStart", {SUMS.removeprefix("SELECT ")} '
        f"FROM charges AS c JOIN theirs AS t ON {same} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    con.execute(f"DELETE FROM charges AS c USING theirs AS t WHERE {same}")
    return gone
