#!/usr/bin/env python3
"""Holds a poll's processor time and memory against Benchmarks/thresholds.json.

    Benchmarks/check_poll.py RESULTS.json

RESULTS.json is what a comparison with other pollers wrote: a list of {"size", "tool", "phase", "cpu", "rss"}, with a figure a
round in the last two; phases are cold, warm and "1%". Each threshold names a phase and a size, what it is held against, the
most that is accepted today, and the bar that is aimed at: a ratio above "most" ends non-zero, one above "bar" is said.
"""
import json
import os
import statistics
import sys

OURS = "Durbeen"
PEERS = {
    "curl": "C limit: curl multi, fetch only, gzip",
    "pipeline": "C pipeline: curl multi + libxml2 SAX + SQLite, gzip",
    "aiohttp": "aiohttp + fastfeedparser + sqlite3",
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as results:
        rows = {(one["tool"], one["phase"], one["size"]): one for one in json.load(results)}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "thresholds.json"), encoding="utf-8") as kept:
        thresholds = json.load(kept)["poll"]
    is_kept, measured = True, 0
    for name, threshold in thresholds.items():
        figure, phase, size, against = name.split()
        peer = (OURS, against, int(size)) if against == "warm" else (PEERS[against], phase, int(size))
        ours = rows.get((OURS, phase, int(size)))
        if ours is None or peer not in rows:
            print(f"{name}: not measured")
            continue
        measured += 1
        ratio = statistics.median(ours[figure]) / statistics.median(rows[peer][figure])
        is_kept = is_kept and ratio <= threshold["most"]
        verdict = "met" if ratio <= threshold["bar"] else f"above the bar of {threshold['bar']}"
        print(f"{name}: {ratio:.2f} x, {verdict}{'' if ratio <= threshold['most'] else ' - WORSE THAN BEFORE'}")
    if measured == 0:
        print(f"nothing measured: no line of {sys.argv[1]} is one that thresholds.json names")
    return 0 if is_kept and measured else 1


if __name__ == "__main__":
    sys.exit(main())
