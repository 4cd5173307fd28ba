"""``python -m tagwright_evals.bench``: the table, and ``--json FILE``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tagwright_evals.bench.measures import Result, machine, run
from tagwright_evals.bench.start import Start, starts

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tagwright_evals.bench", description=__doc__)
    parser.add_argument("--charges", type=int, default=1_000_000, help="charges to ingest")
    parser.add_argument("--usage", type=int, default=1_000_000, help="usage rows to ingest")
    parser.add_argument("--requests", type=int, default=3_000_000, help="requests to allocate by")
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of each side; the median counts"
    )
    parser.add_argument(
        "--starts", type=int, default=7, help="runs of each start; the least counts, 0 for none"
    )
    parser.add_argument("--only-starts", action="store_true", help="nothing but the starts")
    parser.add_argument("--json", type=Path, help="file to write the results to")
    parser.add_argument("--work", type=Path, help="directory for the data (default: temporary)")
    args = parser.parse_args()
    results: list[Result | Start] = []
    if not args.only_starts:
        results += run(args.charges, args.usage, args.repeat, args.work, args.requests)
    if args.starts:
        results += starts(args.starts)
    print(machine())
    for result in results:
        print(result.line())
    if args.json:
        document = {"machine": machine(), "measures": [result.as_dict() for result in results]}
        args.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
