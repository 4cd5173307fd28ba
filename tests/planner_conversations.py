"""Conversations: each question goes on from the one before; read as planner_questions is."""

from __future__ import annotations

from typing import Any

from planner_questions import AWS, AZURE, EC2, S3, C, E, Q, W

__all__ = ["SEQUENCES"]

SEQUENCES: list[list[tuple[str, tuple[str, dict[str, Any]]]]] = [
    [
        ("which AI workloads do we have in October?", W(period="2026-10")),
        ("and in September?", W(period="2026-09")),
        ("only AWS", W(period="2026-09", filters=[AWS])),
        ("which AI workloads have no team?", W(show="no_team")),
        ("What did we spend in October?", Q(period="2026-10")),
    ],
    [
        ("What did we spend on EC2 in October?", Q(filters=[EC2], period="2026-10")),
        ("and in September?", Q(filters=[EC2], period="2026-09")),
        ("by region", Q(filters=[EC2], period="2026-09", group_by=["region_id"])),
        ("by account instead", Q(filters=[EC2], period="2026-09", group_by=["sub_account_id"])),
        ("what about S3?", Q(filters=[S3], period="2026-09", group_by=["sub_account_id"])),
        ("why?", E(filters=[S3], period="2026-09", by=["sub_account_id"])),
    ],
    [
        ("cost by service last month", Q(group_by=["service_name"], period="2026-10")),
        ("only AWS", Q(group_by=["service_name"], period="2026-10", filters=[AWS])),
        ("and by team", Q(group_by=["service_name", "team"], period="2026-10", filters=[AWS])),
        ("billed", Q(group_by=["service_name", "team"], period="2026-10", filters=[AWS],
                     metric="billed_cost")),
        ("How fresh is the data?", ("describe_data", {})),
        ("total cost in Q3", Q(period="2026-Q3")),
    ],
    [
        ("spend by team", Q(group_by=["team"])),
        ("top 3", Q(group_by=["team"], limit=8)),
        ("vs last month", Q(group_by=["team"], limit=8, period="2026-11", compare_to="2026-10")),
    ],
    [
        ("tag coverage", C()),
        ("by service", C(group_by=["service_name"])),
        ("only Azure", C(group_by=["service_name"], filters=[AZURE])),
        ("last month?", C(group_by=["service_name"], filters=[AZURE], period="2026-10")),
    ],
]  # fmt: skip
