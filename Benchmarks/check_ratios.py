#!/usr/bin/env python3
"""Holds measured rates against Benchmarks/thresholds.json.

    Benchmarks/check_ratios.py RESULTS.json NAME

RESULTS.json is what a comparison wrote in interleaved rounds: {driver: [{"MBps": rate, ...} for each round]}, one of the
drivers being "durbeen". NAME picks the thresholds, such as parse-mixed. A ratio is taken round by round, so that a machine
that drifts does not count, and its median must reach the threshold. Ends non-zero if one does not.
"""
import json
import os
import statistics
import sys


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as results:
        rates = {driver: [one["MBps"] for one in rounds] for driver, rounds in json.load(results).items()}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "thresholds.json"), encoding="utf-8") as kept:
        thresholds = json.load(kept)[sys.argv[2]]
    is_kept = True
    for driver, least in thresholds.items():
        if driver not in rates:
            print(f"{driver}: not measured")
            continue
        ratio = statistics.median(a / b for a, b in zip(rates["durbeen"], rates[driver]))
        is_kept = is_kept and ratio >= least
        print(f"{driver}: {ratio:.2f} x, at least {least} wanted{'' if ratio >= least else ' - MISSED'}")
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
