#!/usr/bin/env python3
"""350 hostile feeds beside 500 good ones (R4 to R6, R19), and each hostile one alone.

Usage: hostile_run.py DURBEEN HOSTILE_FEEDS [--good 500] [--hostile 350] [--large 300]      exit code 1 if a promise was broken

First `durbeen run` polls them all together: every good entry must be there within 15 seconds, memory must stay below 256 MiB, and
when all is over no descriptor is open but those of connections that are kept. Then it polls the hostile ones alone and all at once:
no request may outlive its deadline by more than a second. Then it polls feeds of almost 8 MiB, all at once: memory must stay
below 256 MiB. Last `durbeen once` meets each trick by itself: none may cost more than
a second of processor time. Prints one JSON line of figures.
"""
import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

TIMEOUT = 20
# Connections that are kept open for another request.
KEPT = 64
CONFIGURATION = """
[state]
folder = "state"
[fetch]
contact = "mailto:test@example.org"
allow_addresses = ["127.0.0.0/8"]
host_spacing = "0s"
host_budget = 0
host_connections = 64
floor = "24h"
min_floor = "1s"
concurrency = {concurrency}
timeout = "{timeout}s"
{feeds}
[watchlists]
files = ["*.watch"]
[[profile]]
name = "reader"
zone = "UTC"
[files]
folder = "digests"
[log]
level = "info"
"""


def configure(folder, urls, timeout, concurrency):
    feeds = "".join(f'[[feeds.feed]]\nurl = "{url}"\n' for url in urls)
    with open(f"{folder}/durbeen.toml", "w") as file:
        file.write(CONFIGURATION.format(feeds=feeds, timeout=timeout, concurrency=concurrency))
    with open(f"{folder}/a.watch", "w") as file:
        file.write('[watch "Talks"]\ntopic = diplomacy\nthreshold = 1\n+1 talks\n')
    return ["--config", f"{folder}/durbeen.toml"]


def status(pid, key):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key + ":"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def together(durbeen, urls, good, concurrency):
    """Polls feeds by the daemon, and watches it until each has been checked."""
    with tempfile.TemporaryDirectory(prefix="durbeen-hostile-") as folder:
        config = configure(folder, urls, TIMEOUT, concurrency)
        daemon = subprocess.Popen([durbeen, "run"] + config, stderr=subprocess.PIPE, text=True, env=os.environ | {"LIBDISPATCH_LOG": "NO"})
        ready = last = last_good = 0
        before = None
        seen, arrived, peak = set(), 0, 0
        for line in daemon.stderr:
            now = time.monotonic()
            if " feeds=" in line and "ready" in line:
                ready = now
                before = before or descriptors(daemon.pid)
            if "check" not in line or "feed=" not in line:
                continue
            peak = max(peak, descriptors(daemon.pid))
            url = line.split("feed=")[1].split()[0]
            seen.add(url)
            last = now
            if url in good and "outcome=updated" in line:
                arrived, last_good = arrived + 1, now
            if len(seen) == len(urls):
                break
        if len(seen) < len(urls):
            sys.exit(f"the daemon ended after {len(seen)} feeds with {daemon.wait()}")
        time.sleep(3)
        after = descriptors(daemon.pid)
        figures = {
            "checked": len(seen), "good_arrived": arrived, "good_seconds": round(last_good - ready, 2),
            "all_seconds": round(last - ready, 2), "peak_rss_mib": round(status(daemon.pid, "VmHWM") / 1024, 1),
            "descriptors_before": before, "descriptors_peak": peak, "descriptors_after": after,
        }
        daemon.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        daemon.stderr.read()
        figures["exit"] = daemon.wait()
        figures["stop_seconds"] = round(time.monotonic() - begin, 2)
        figures["cpu_seconds"] = round(sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]), 2)
    return figures


def alone(durbeen, url):
    """Processor seconds of one poll of one feed, start of the program included."""
    with tempfile.TemporaryDirectory(prefix="durbeen-hostile-") as folder:
        config = configure(folder, [url], 2, 8)
        before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
        code = subprocess.run([durbeen, "once", "--all"] + config, capture_output=True).returncode
        return code, sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("durbeen")
    arguments.add_argument("hostile_feeds")
    arguments.add_argument("--good", type=int, default=500)
    arguments.add_argument("--hostile", type=int, default=350)
    arguments.add_argument("--large", type=int, default=300)
    options = arguments.parse_args()
    server = subprocess.Popen(
        [options.hostile_feeds, str(options.good), str(options.hostile), str(options.large)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        urls = []
        for line in server.stdout:
            if not line.strip():
                break
            urls.append(line.strip())
        good = set(urls[:options.good])
        hostile, large = urls[options.good:len(urls) - options.large], urls[len(urls) - options.large:]
        figures = together(options.durbeen, urls[:options.good] + hostile, good, 256)
        at_once = together(options.durbeen, hostile, good, options.hostile + 1)
        mass = together(options.durbeen, large, good, 256)
        tricks = {url.rsplit("/", 1)[1]: url for url in hostile}
        runs = {name: alone(options.durbeen, url) for name, url in tricks.items()}
    finally:
        server.stdin.close()
        server.wait(20)
    worst = max(runs, key=lambda name: runs[name][1])
    figures |= {"large_peak_rss_mib": mass["peak_rss_mib"], "large_seconds": mass["all_seconds"],
                "hostile_seconds": at_once["all_seconds"], "tricks": len(runs), "dearest_trick": worst, "dearest_cpu_seconds": round(runs[worst][1], 2)}
    print(json.dumps(figures))
    broken = [text for holds, text in [
        (figures["checked"] == options.good + options.hostile, "R4: not every feed was checked"),
        (figures["good_arrived"] == options.good, "R4: not every good feed arrived"),
        (figures["good_seconds"] <= 15, "R4: a good feed took more than 15 s"),
        (figures["peak_rss_mib"] <= 256, "R5: more than 256 MiB"),
        (figures["large_peak_rss_mib"] <= 256, "R5: more than 256 MiB with large feeds"),
        # A second for all of them to begin.
        (figures["hostile_seconds"] <= TIMEOUT + 1 + 1, "R6: a request outlived its deadline"),
        (figures["dearest_cpu_seconds"] <= 1, "R6: a feed cost more than 1 s of processor time"),
        (figures["descriptors_after"] <= figures["descriptors_before"] + KEPT, "R19: descriptors stay open"),
        (figures["exit"] == 0, "R20: the daemon did not end well"),
        (all(code in (0, 1) for code, _ in runs.values()), "S6: a trick ended the program"),
    ] if not holds]
    for text in broken:
        print(text, file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
