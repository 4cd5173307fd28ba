"""Types of machines, as the columns of a bill tell them."""

from __future__ import annotations

import duckdb
import pytest

from tagwright.classification.machines import INSTANCE_TYPE_SQL


@pytest.mark.parametrize(
    ("meter", "resource_type", "details", "expected"),
    [
        ("USE1-BoxUsage:g5.12xlarge", None, None, "g5.12xlarge"),
        ("BoxUsage:u-12tb1.metal", None, None, "u-12tb1.metal"),
        ("EUC1-InstanceUsage:db.r6g.large", None, None, "db.r6g.large"),
        ("USE1-Host:ml.g5.2xlarge", None, None, "ml.g5.2xlarge"),
        ("USE1-BoxUsage:m7i.metal-24xl", None, None, "m7i.metal-24xl"),
        ("m6i.2xlarge Hours", "Instance", None, "m6i.2xlarge"),
        ("compute", "trn1.32xlarge", None, "trn1.32xlarge"),
        ("D8 v5/D8s v5", "Standard_D8s_v5", None, "Standard_D8s_v5"),
        ("D8 v5/D8s v5", "microsoft.compute/virtualmachines", None, None),
        ("Hours", "Instance", '{"InstanceType": "x9.big"}', "x9.big"),
        ("Hours", "m6i.large", '{"instance_type": " p5.48xlarge "}', "p5.48xlarge"),
        ("m6i.large Hours", "Instance", '{"InstanceType": ""}', "m6i.large"),
        ("m6i.large Hours", "Instance", "[" * 3000, "m6i.large"),
        ("m6i.large Hours", "Instance", '["InstanceType"]', "m6i.large"),
        ("Input Tokens", "Inference Profile", '{"ModelId": "claude-3.5"}', None),
        ("USE1-Claude3.5Sonnet-input-tokens", None, None, None),
        ("gpt 4.1 Inp glbl Tokens", "Azure OpenAI", None, None),
        (None, None, None, None),
    ],
)  # fmt: skip
def test_the_type_of_a_machine(
    meter: str | None, resource_type: str | None, details: str | None, expected: str | None
) -> None:
    row = duckdb.execute(
        f'SELECT {INSTANCE_TYPE_SQL} FROM (SELECT ?::VARCHAR AS "SkuMeter", '
        '?::VARCHAR AS "ResourceType", ?::VARCHAR AS "SkuPriceDetails")',
        [meter, resource_type, details],
    ).fetchone()
    assert row == (expected,)
