"""Small rollups of ``charges`` by what questions ask for together.

Several small cubes beat one wide one, which keeps nearly every row (a cube of all dimensions kept
96 % of 10M charges). Each holds the exact sums of the four costs and the number of charges.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from tagwright.metrics.definitions import AI_DIMENSIONS, MONEY_COLUMNS
from tagwright.metrics.model import Cube
from tagwright.taxonomy.fold import quoted

if TYPE_CHECKING:
    import duckdb

    from tagwright.taxonomy import Taxonomy

__all__ = ["PRESENT", "build_cubes", "cubes", "presence_bit"]

PRESENT = "x_present"
"""BIGINT: bit i is set where the i-th key of the taxonomy has a value."""

# In every cube, so that the rows of one partition can be replaced alone.
_PARTITION = ("x_source", "BillingAccountId", "BillingAccountName", "BillingPeriodStart")
_SERVICE = ("ServiceProviderName", "ServiceCategory", "ServiceName")
_ACCOUNT = ("SubAccountId", "SubAccountName")
_KIND = ("ChargeCategory", "x_taggable", "x_tagged", "BillingCurrency")


def presence_bit(taxonomy: Taxonomy, key: str) -> int:
    """The bit of :data:`PRESENT` that says whether ``key`` has a value."""
    return 1 << list(taxonomy.keys).index(key)


def build_cubes(con: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Every rollup of the ``charges`` in use, where there is none yet."""
    for cube in cubes(taxonomy):
        con.execute(f'CREATE TABLE "{cube.name}" AS {cube.sql}')


@lru_cache(maxsize=8)
def cubes(taxonomy: Taxonomy) -> tuple[Cube, ...]:
    """The rollups of a taxonomy, the ones expected to be small first; made once for each."""
    keys = list(taxonomy.keys.values())
    plain = [key for key in keys if key.layer != "unit"]
    # A unit key (a customer) has many values; beside it stand only the keys it is asked with.
    units = [key for key in keys if key.layer == "unit" or key.required]
    return (
        _cube(taxonomy, "rollup_coverage", "day", (*_SERVICE, *_ACCOUNT, *_KIND, PRESENT)),
        _cube(
            taxonomy,
            "rollup_organisation",
            "day",
            (
                *_SERVICE,
                "ServiceSubcategory",
                "HostProviderName",
                "InvoiceIssuerName",
                *_ACCOUNT,
                "RegionId",
                "RegionName",
                *_KIND,
                "ChargeClass",
                "ChargeFrequency",
                "PricingCategory",
            ),
        ),
        _cube(
            taxonomy,
            "rollup_taxonomy",
            "day",
            (*_SERVICE, *_KIND, *(c for k in plain for c in (k.column, k.method_column))),
        ),
        _cube(
            taxonomy,
            "rollup_unit",
            "day",
            (*_SERVICE, *_KIND, *(c for k in units for c in (k.column, k.method_column))),
        ),
        _cube(
            taxonomy,
            "rollup_ai",
            "day",
            (*_SERVICE, *_ACCOUNT, *_KIND, *(item.column for item in AI_DIMENSIONS)),
        ),
        _cube(
            taxonomy,
            "rollup_resource",
            "month",
            (
                "ResourceId",
                "ResourceName",
                "ResourceType",
                "x_instance_type",
                *_SERVICE,
                *_ACCOUNT,
                "RegionId",
                "RegionName",
                *_KIND,
                PRESENT,
            ),
        ),
    )


def _cube(
    taxonomy: Taxonomy, name: str, grain: Literal["day", "month"], columns: tuple[str, ...]
) -> Cube:
    dimensions = (*_PARTITION, *columns)
    day = 'CAST("ChargePeriodStart" AS DATE)'
    time = day if grain == "day" else f"CAST(date_trunc('month', {day}) AS DATE)"
    outputs = [f'{time} AS "x_{grain}"']
    outputs += [
        f"{_presence(taxonomy)} AS {quoted(PRESENT)}" if column == PRESENT else quoted(column)
        for column in dimensions
    ]
    groups = ", ".join(str(number) for number in range(1, len(outputs) + 1))
    outputs += [f"SUM({quoted(column)}) AS {quoted(column)}" for column in MONEY_COLUMNS]
    outputs.append('COUNT(*) AS "x_charges"')
    return Cube(
        name=name,
        columns=(f"x_{grain}", *dimensions, *MONEY_COLUMNS, "x_charges"),
        sql=f"SELECT {', '.join(outputs)} FROM charges GROUP BY {groups}",
        grain=grain,
        dimensions=frozenset(dimensions),
    )


def _presence(taxonomy: Taxonomy) -> str:
    bits = [
        f"CASE WHEN {quoted(key.column)} IS NOT NULL THEN {presence_bit(taxonomy, name)} ELSE 0 END"
        for name, key in taxonomy.keys.items()
    ]
    return f"CAST({' + '.join(bits)} AS BIGINT)"
