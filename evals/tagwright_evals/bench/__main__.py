"""``python -m tagwright_evals.bench``: the table, and ``--json FILE``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tagwright_evals.bench.measures import machine, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tagwright_evals.bench", description=__doc__)
    parser.add_argument("--charges", type=int, default=1_000_000, help="charges to ingest")
    parser.add_argument("--usage", type=int, default=1_000_000, help="usage rows to ingest")
    parser.add_argument("--requests", type=int, default=3_000_000, help="requests to allocate by")
    parser.add_argument("--warm", type=int, default=1_000_000, help="charges that tools ask about")
    parser.add_argument(
        "--only", choices=("ingest", "usage", "allocate", "warm"), help="one measure"
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of each side; the median counts"
    )
    parser.add_argument("--json", type=Path, help="file to write the results to")
    parser.add_argument("--work", type=Path, help="directory for the data (default: temporary)")
    args = parser.parse_args()
    sizes = {
        "ingest": args.charges, "usage": args.usage, "allocate": args.requests, "warm": args.warm
    }  # fmt: skip
    if args.only:
        sizes = {name: size if name == args.only else 0 for name, size in sizes.items()}
    results = run(
        sizes["ingest"],
        sizes["usage"],
        args.repeat,
        args.work,
        requests=sizes["allocate"],
        warm=sizes["warm"],
    )
    print(machine())
    for result in results:
        print(result.line())
    if args.json:
        document = {"machine": machine(), "measures": [result.as_dict() for result in results]}
        args.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
