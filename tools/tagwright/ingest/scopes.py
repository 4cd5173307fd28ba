"""One bill, one source: two formats of the same bill would count it twice.

A scope is who bills, which of its accounts, and the month. Formats spell all three differently, so
they are made alike for the comparison, and only for it. Telemetry is no bill and has no scope here:
a request log beside the bill is what reconciliation needs.

An account may not say which it is: cost reports of APIs without an organization have the vendor's
own name there, and in an invoice typed in by hand it is a word of the typist's. Such an account is
any account of its vendor.
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

__all__ = ["Clash", "displace", "find_clashes", "keys", "words_of"]

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
_SHOWN = 3


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


def keys(alias: str) -> dict[str, str]:
    """Expressions of a charge's scope over a relation with FOCUS columns: issuer, account, month.

    The account is empty where it may be any.
    """
    given = f'lower({alias}."BillingAccountId")'
    issuer = f'COALESCE({alias}."InvoiceIssuerName", {alias}."ServiceProviderName")'
    words = f"regexp_replace(lower({issuer}), '[^\\p{{L}}\\p{{N}} ]', '', 'g')"
    whens = " ".join(
        f"WHEN regexp_matches({words}, '\\b({names})\\b') THEN '{key}'"
        for key, names in _VENDORS.items()
    )
    plain = f"replace(regexp_replace({words}, '{_LEGAL}', ''), ' ', '')"
    vendor = f"CASE {whens} ELSE {plain} END"
    # ARNs hold twelve digits, which a spreadsheet may have stripped of their first zeros; Azure and
    # Google write the account as the last part of a path.
    arn = f"regexp_extract({given}, '^arn:.*:([0-9]{{12}})(:|$)', 1)"
    last = f"regexp_extract({given}, '([^/]*)/?$', 1)"
    letters = f"regexp_replace({last}, '[^\\p{{L}}\\p{{N}}]', '', 'g')"
    key = f"ltrim(COALESCE(NULLIF({arn}, ''), {letters}), '0')"
    typed = (
        f"starts_with({given}, lower({alias}.\"InvoiceIssuerName\") || '/') "
        f"AND NOT regexp_matches({last}, '[0-9]')"
    )
    anyone = ", ".join(map(sql_text, _ANY))
    vague = f"({key}) IN ({anyone}, ({vendor})) OR COALESCE({typed}, false)"
    return {
        "issuer": vendor,
        "account": f"CASE WHEN {vague} THEN '' ELSE {key} END",
        # Twelve hours: midnight of the first somewhere is still the last of the month in UTC.
        "month": f"CAST(date_trunc('month', {alias}.\"BillingPeriodStart\" + INTERVAL 12 HOUR) "
        "AS DATE)",
    }


_SAME = (
    "a.issuer IS NOT DISTINCT FROM b.issuer AND a.month IS NOT DISTINCT FROM b.month "
    "AND (a.account IS NOT DISTINCT FROM b.account OR a.account = '' OR b.account = '')"
)


def _scopes(relation: str, label: str) -> str:
    """The distinct scopes of a relation's charges, by source, with a spelling of the account."""
    made = ", ".join(f"{sql} AS {name}" for name, sql in keys("s").items())
    # What tells scopes apart is made once of each of the few combinations that a bill has.
    names = '"InvoiceIssuerName", "ServiceProviderName", "BillingAccountId", "BillingPeriodStart"'
    return (
        f'SELECT x_source, {label} AS x_where, "BillingAccountId" AS spelt, {made} FROM '
        f"(SELECT DISTINCT x_source, {names} FROM {relation}) AS s"
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
    con.execute(
        "CREATE OR REPLACE TEMP TABLE taken (x_source VARCHAR, x_where VARCHAR, spelt VARCHAR, "
        "issuer VARCHAR, account VARCHAR, month DATE)"
    )
    if there:
        con.execute(
            f"INSERT INTO taken {_scopes('charges', sql_text('charges that are there'))} "
            f"WHERE s.x_source IS DISTINCT FROM {sql_text(instead_of or '')}"
        )
    found: dict[int, list[Clash]] = {}
    for loaded in sorted(bills, key=lambda item: item.source.name == instead_of):
        accepted = f"(SELECT * FROM typed_{loaded.number} WHERE x_faults IS NULL)"
        own = _scopes(accepted, sql_text(loaded.head.path.name))
        con.execute(f"CREATE OR REPLACE TEMP TABLE own AS {own}")
        rows = con.execute(
            "SELECT DISTINCT b.x_source, b.x_where, a.spelt, b.spelt, a.month FROM own AS a, "
            f"taken AS b WHERE a.x_source <> b.x_source AND {_SAME} ORDER BY ALL"
        ).fetchall()
        if rows:
            found[loaded.number] = [Clash(*row) for row in rows]
        else:
            con.execute("INSERT INTO taken SELECT * FROM own")
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
    """Drop the charges of ``source`` in the scopes of the accepted ``incoming`` ones.

    Returns:
        A row for each of its partitions that lost some: account, billing period, and the currency,
        charges and four sums that went.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE own AS "
        + _scopes("(SELECT * FROM incoming WHERE x_faults IS NULL)", "''")
    )
    columns = (*schema.PARTITION, "InvoiceIssuerName", "ServiceProviderName")
    names = ", ".join(f's."{name}"' for name in columns)
    made = ", ".join(f"{sql} AS {name}" for name, sql in keys("s").items())
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE theirs AS SELECT * FROM (SELECT {names}, {made} FROM "
        f"charges AS s WHERE x_source = {sql_text(source)} GROUP BY ALL) AS b WHERE EXISTS "
        f"(SELECT 1 FROM own AS a WHERE a.x_source <> b.x_source AND {_SAME})"
    )
    same = " AND ".join(f'c."{name}" IS NOT DISTINCT FROM t."{name}"' for name in columns)
    gone = con.execute(
        f'SELECT c."BillingAccountId", c."BillingPeriodStart", {SUMS.removeprefix("SELECT ")} '
        f"FROM charges AS c JOIN theirs AS t ON {same} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    con.execute(f"DELETE FROM charges AS c USING theirs AS t WHERE {same}")
    return gone
