"""``python -m tagwright_evals.bench``: the table, and ``--json FILE``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tagwright_evals.bench.mcp_load import Clients, clients
from tagwright_evals.bench.measures import Result, machine, run
from tagwright_evals.bench.slack import Load, load
from tagwright_evals.bench.start import Start, starts

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tagwright_evals.bench", description=__doc__)
    parser.add_argument("--charges", type=int, default=1_000_000, help="charges to ingest")
    parser.add_argument("--usage", type=int, default=1_000_000, help="usage rows to ingest")
    parser.add_argument("--requests", type=int, default=3_000_000, help="requests to allocate by")
    parser.add_argument("--warm", type=int, default=1_000_000, help="charges that tools ask about")
    parser.add_argument(
        "--only",
        choices=("ingest", "usage", "allocate", "warm", "starts", "slack", "mcp"),
        help="one measure",
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of each side; the median counts"
    )
    parser.add_argument(
        "--starts", type=int, default=7, help="runs of each start; the least counts, 0 for none"
    )
    parser.add_argument(
        "--slack", type=int, default=60, help="seconds of events to the Slack app, 0 for none"
    )
    parser.add_argument(
        "--mcp", type=int, default=120, help="seconds of 50 clients of the MCP server, 0 for none"
    )
    parser.add_argument("--json", type=Path, help="file to write the results to")
    parser.add_argument("--work", type=Path, help="directory for the data (default: temporary)")
    args = parser.parse_args()
    measures = {
        "ingest": args.charges,
        "usage": args.usage,
        "allocate": args.requests,
        "warm": args.warm,
        "starts": args.starts,
        "slack": args.slack,
        "mcp": args.mcp,
    }
    sizes = {name: size for name, size in measures.items() if args.only in (None, name)}
    results: list[Result | Start | Load | Clients] = []
    if sizes.keys() - {"starts", "slack", "mcp"}:
        results += run(
            sizes.get("ingest", 0),
            sizes.get("usage", 0),
            args.repeat,
            args.work,
            requests=sizes.get("allocate", 0),
            warm=sizes.get("warm", 0),
        )
    if sizes.get("starts"):
        results += starts(args.starts)
    if sizes.get("slack"):
        results.append(load(args.slack))
    if sizes.get("mcp"):
        results.append(clients(args.mcp))
    print(machine())
    for result in results:
        print(result.line())
    if args.json:
        document = {"machine": machine(), "measures": [result.as_dict() for result in results]}
        args.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
