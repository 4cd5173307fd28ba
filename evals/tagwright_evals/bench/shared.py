"""Usage rows to divide shared charges by: a home of any size, made by DuckDB in minutes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from tagwright.config import Settings

__all__ = ["BARE", "DIMENSION", "PERIOD", "write_home"]

PERIOD = "2026-10"
DIMENSION = "customer"

BARE = f"""SELECT COUNT(*), SUM(a), SUM(b), SUM(c), SUM(d), SUM(e) FROM (
    SELECT CAST("ChargePeriodStart" AS DATE) AS g1, x_{DIMENSION} AS g2,
        SUM(input_uncached_tokens) AS a, SUM(cache_read_tokens) AS b, SUM(cache_write_tokens) AS c,
        SUM(cache_write_1h_tokens) AS d, SUM(output_tokens) AS e
    FROM usage GROUP BY ALL)"""
"""Its groups stay in the engine: to fetch them would take longer than to make them."""

RULES = """rules:
  - id: gateway
    match: [{dimension: service_name, values: [Shared gateway]}]
    by: tokens
    to: [team, customer]
"""

_CHARGE = {
    **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), "0.1234567891"),
    "BillingAccountId": "1",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-10-01T00:00:00Z",
    "ChargePeriodEnd": "2026-10-01T01:00:00Z",
    "ServiceProviderName": "AWS",
    "InvoiceIssuerName": "AWS",
    "ServiceName": "Shared gateway",
    "ServiceCategory": "Compute",
}
_REQUEST = (
    '{"schema": "tagwright.usage/1", "row_id": "r", "start_time": "2026-10-01T00:00:00Z", '
    '"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o", '
    '"gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 1}\n'
)


def write_home(home: Path, charges: int, usage: int) -> Settings:
    """A home with that many hourly charges of one shared gateway in a month, and its requests.

    One charge and one request come in by the front door; DuckDB multiplies them in a new snapshot.
    """
    import csv

    import duckdb as engine

    from tagwright.config import load_settings
    from tagwright.ingest import ingest
    from tagwright.warehouse import open_warehouse
    from tagwright.warehouse.publish import building

    home.mkdir(parents=True, exist_ok=True)
    (home / "allocation.yaml").write_text(RULES, encoding="utf-8")
    bill, log = home / "bill.csv", home / "log.jsonl"
    with bill.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, _CHARGE)
        writer.writeheader()
        writer.writerow(_CHARGE)
    log.write_text(_REQUEST, encoding="utf-8")
    settings = load_settings(home)
    ingest(settings, [bill, log])
    warehouse = open_warehouse(settings)
    with building(warehouse) as build, engine.connect() as con:
        if build.base is None:
            raise SystemExit("The charge was not ingested.")
        build.copy_base()
        con.execute(f"ATTACH '{build.path}' AS snap")
        con.execute("USE snap")
        _multiply_charges(con, charges)
        _multiply_usage(con, usage)
        con.execute("CHECKPOINT snap")
        con.execute("USE memory")
        con.execute("DETACH snap")
        build.publish(replace(build.base, charges=charges, usage=usage))
    return settings


def _multiply_charges(con: duckdb.DuckDBPyConnection, rows: int) -> None:
    hour = f"TIMESTAMP '2026-10-01' + to_hours(CAST(r * 744 // {rows} AS INTEGER))"
    con.execute("CREATE TEMP TABLE one AS SELECT * FROM charges")
    con.execute("DELETE FROM charges")
    con.execute(
        f"INSERT INTO charges SELECT one.* REPLACE (r AS x_record, {hour} AS "
        f'"ChargePeriodStart", {hour} + INTERVAL 1 HOUR AS "ChargePeriodEnd", '
        '"EffectiveCost" * (1 + r % 9973) AS "EffectiveCost", '
        "'i-' || r % 997 AS \"ResourceId\") "
        f"FROM one, range({rows}) AS n(r)"
    )


def _multiply_usage(con: duckdb.DuckDBPyConnection, rows: int) -> None:
    moment = f"TIMESTAMP '2026-10-01' + to_microseconds(r * {31 * 86_400_000_000 // rows})"
    con.execute("CREATE TEMP TABLE row AS SELECT * FROM usage")
    con.execute("DELETE FROM usage")
    con.execute(
        f"INSERT INTO usage SELECT row.* REPLACE (r AS x_record, {moment} AS "
        '"ChargePeriodStart", CAST(500 + hash(r) % 4000 AS BIGINT) AS input_uncached_tokens, '
        "CAST(hash(r, 5) % 500 AS BIGINT) AS cache_read_tokens, "
        "CAST(50 + hash(r, 1) % 400 AS BIGINT) AS output_tokens, "
        "'team-' || hash(r, 2) % 25 AS x_team, 'customer-' || hash(r, 4) % 5000 AS x_customer) "
        f"FROM row, range({rows}) AS n(r)"
    )
