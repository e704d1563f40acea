#!/usr/bin/env python3
"""Holds the figures of matching against Benchmarks/thresholds.json; exit code 1 if one is missed. Under `worst` the limits
are upper ones: milliseconds an entry with 5,000 watches, seconds to load them.
`worst` and `verdict` need nothing but a file of entries as JSON lines. With --folder (docs.txt and q_N.tsv) and --peer,
a driver called as DRIVER MODE FOLDER Q MAXDOCS that prints the same JSON, speed is a ratio to that peer in the same run:
the median of three."""
import argparse, glob, json, os, statistics, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIMITS = json.load(open(os.path.join(HERE, "thresholds.json")))


def run(*words):
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--bench", default=os.path.join(HERE, "../.build/release/durbeen-bench"))
parser.add_argument("--entries", help="JSON lines with title and text")
parser.add_argument("--folder", help="the stored queries and documents")
parser.add_argument("--peer", help="the peer's driver; its mode is hslit")
options = parser.parse_args()
missed = []


def hold(name, value, limit, is_good):
    print(f"{'ok  ' if is_good else 'MISS'} {name}: {value:.3g} (limit {limit:.3g})")
    if not is_good:
        missed.append(name)


worst = run(options.bench, "worst", "5000")
limits = LIMITS["worst"]
for name in ("plain_2000_words", "load_s"):
    hold("worst " + name, worst[name], limits[name], worst[name] <= limits[name])
dearest = max(value for name, value in worst.items() if name not in ("mode", "watches", "load_s"))
hold("worst any entry, ms", dearest, limits["any"], dearest <= limits["any"])

if options.entries:
    files = sorted(glob.glob(os.path.join(HERE, "../config/watchlists/*.watch")))
    files += glob.glob(os.path.join(HERE, "../config/*.model"))
    rate = run(options.bench, "verdict", options.entries, "1", *files)["entries_s"]
    least = LIMITS["verdict"]["entries_s"]
    hold("verdict entries/s", rate, least, rate >= least)

if options.folder and options.peer:
    rates = {}
    for queries in ("100", "1000", "10000"):
        least = LIMITS["match-" + queries]["hslit"]
        ratios = []
        for _ in range(3):
            ours = run(options.bench, "match", options.folder, queries, "20000")
            peer = run(options.peer, "hslit", options.folder, queries, "20000")
            if ours["matches"] != peer["matches"]:
                sys.exit(f"Q={queries}: {ours['matches']} matches, the peer has {peer['matches']}")
            ratios.append(ours["docs_s"] / peer["docs_s"])
            rates.setdefault(queries, []).append(ours["docs_s"])
        ratio = statistics.median(ratios)
        hold(f"match Q={queries}, ratio to hslit", ratio, least, ratio >= least)
    growth = statistics.median(rates["10000"]) / statistics.median(rates["100"])
    least = LIMITS["match-10000"]["durbeen-100"]
    hold("match Q=10000 over Q=100", growth, least, growth >= least)

sys.exit(1 if missed else 0)
