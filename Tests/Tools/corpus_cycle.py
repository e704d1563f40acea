#!/usr/bin/env python3
"""Polls a whole folder of captured feeds, twice, through the real program, and checks what must hold.

    Tests/Tools/corpus_cycle.py FOLDER [--programs .build/release] [--keep DIR] [--max-rss MIB]

The folder's documents are served by sample-feeds on loopback and polled by one `durbeen once --all --digest now`, with
the shipped watchlists. Checked: the program ends with 0; no document is lost without a line that says why; peak memory; in
each capture whose line in MANIFEST.tsv carries a star, every item whose title names both Pakistan and the United States
is in the digest; the same run again is told "not modified" by every feed, and a third, which fetches every document anew, knows
every entry again. Prints one JSON line of figures.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

# Names that a title can hardly use for anything else; deliberately fewer than the watchlists know.
PAKISTAN = re.compile(r"\b(Pakistan\w*|Islamabad|Pak-US|US-Pak)\b|پاکستان")
UNITED_STATES = re.compile(r"\b(United States|American?s?|US|USA|Washington|Pentagon|White House|Trump|Biden|Pak-US|US-Pak)\b"
                           r"|U\.S\.|امریک")


def run(arguments, log):
    """Runs a program to its end: exit code, output, peak memory in MiB, processor seconds, wall seconds."""
    began = time.monotonic()
    with open(log, "w+b") as output, open(log + ".err", "wb") as errors:
        child = subprocess.Popen(arguments, stdout=output, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode()
    return child.returncode, text, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime, time.monotonic() - began


def configuration(place, watchlists, port, names):
    lines = [
        '[state]', f'folder = "{place}/state"',
        '[fetch]', 'contact = "mailto:test@example.org"', 'allow_addresses = ["127.0.0.0/8"]', 'host_spacing = "0s"',
        'host_budget = 0', 'host_connections = 8', 'min_floor = "1s"',
        '[watchlists]', f'files = ["{watchlists}/*.watch"]', f'relevance_model = "{watchlists}/../relevance.model"',
        # The pages that the captures point at are other people's.
        'second_look = []',
        '[[profile]]', 'name = "corpus"', 'zone = "UTC"', 'first_fill = "all"',
        '[files]', f'folder = "{place}/digests"', 'formats = ["html", "json", "markdown", "text"]', 'site = false',
    ]
    for name in names:
        lines += ['[[feeds.feed]]', f'url = "http://127.0.0.1:{port}/{urllib.parse.quote(name)}"', f'title = "{name}"']
    with open(f"{place}/durbeen.toml", "w") as file:
        file.write("\n".join(lines) + "\n")
    return f"{place}/durbeen.toml"


def starred(folder):
    names = set()
    with open(f"{folder}/MANIFEST.tsv", encoding="utf-8") as manifest:
        for line in manifest:
            fields = line.rstrip("\n").split("\t")
            if fields[-1].startswith("★"):
                names.add(fields[0])
    return names


def titles_naming_both(programs, folder, names):
    found = {}
    for name in sorted(names):
        parsed = subprocess.run([f"{programs}/durbeen", "parse", f"{folder}/{name}"], stdout=subprocess.PIPE, check=True)
        for entry in json.loads(parsed.stdout)["entries"]:
            title = entry.get("title") or ""
            if PAKISTAN.search(title) and UNITED_STATES.search(title):
                found.setdefault(title, name)
    return found


def digest_titles(place):
    """Every title that the JSON editions mention, wherever in the document it stands."""
    titles = set()

    def walk(value):
        if isinstance(value, dict):
            if isinstance(value.get("title"), str):
                titles.add(value["title"])
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    for folder, _, files in os.walk(f"{place}/digests"):
        for name in files:
            if name.endswith(".json"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    walk(json.load(file))
    return titles


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--programs", default=".build/release")
    parser.add_argument("--watchlists", default="config/watchlists")
    parser.add_argument("--keep", help="a folder to work in, kept afterwards")
    parser.add_argument("--max-rss", type=float, default=200, help="MiB")
    options = parser.parse_args()
    place = os.path.abspath(options.keep or tempfile.mkdtemp(prefix="corpus-cycle-"))
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    names = sorted(n for n in os.listdir(options.folder) if not n.endswith((".tsv", ".md")))
    server = subprocess.Popen(
        [f"{options.programs}/sample-feeds", options.folder, "--port-file", f"{place}/port"], stdout=subprocess.DEVNULL)
    wrong = []
    try:
        while not os.path.exists(f"{place}/port"):
            time.sleep(0.05)
        port = int(open(f"{place}/port").read())
        config = configuration(place, os.path.abspath(options.watchlists), port, names)
        command = [f"{options.programs}/durbeen", "once", "--digest", "now", "--config", config, "--json"]
        code, first, rss, cpu, wall = run(command + ["--all"], f"{place}/first")
        again, second, warm_rss, warm_cpu, warm_wall = run(command + ["--force"], f"{place}/second")
        full, third, _, full_cpu, _ = run(command + ["--force", "--full", "--yes"], f"{place}/third")
        status = json.loads(subprocess.run(
            [f"{options.programs}/durbeen", "status", "--json", "--config", config], stdout=subprocess.PIPE).stdout)
    finally:
        server.terminate()
        server.wait()
    cold, warm, anew = json.loads(first), json.loads(second), json.loads(third)
    if code != 0 or again != 0 or full != 0:
        wrong.append(f"exit codes {code}, {again} and {full}")
    if rss > options.max_rss:
        wrong.append(f"peak memory {rss:.0f} MiB, at most {options.max_rss:.0f} allowed")
    if warm["unchanged"] != cold["updated"] or warm["new"]:
        wrong.append(f"the second run: {warm['unchanged']} feeds unchanged, {warm['new']} entries new")
    if anew["checked"] != len(names) or anew["new"]:
        wrong.append(f"the third run: {anew['checked']} feeds read, {anew['new']} entries new")
    titles = digest_titles(place)
    wanted = titles_naming_both(options.programs, options.folder, starred(options.folder))
    missing = {title: name for title, name in wanted.items() if title not in titles}
    for title, name in missing.items():
        wrong.append(f"not in the digest: {title!r} of {name}")
    print(json.dumps({
        "feeds": len(names), "cold": cold, "warm": warm, "anew": anew, "peak_rss_mib": round(rss, 1), "warm_rss_mib": round(warm_rss, 1),
        "cold_cpu_s": round(cpu, 2), "warm_cpu_s": round(warm_cpu, 2), "anew_cpu_s": round(full_cpu, 2), "cold_wall_s": round(wall, 2),
        "warm_wall_s": round(warm_wall, 2), "titles_naming_both": len(wanted), "missing": len(missing)},
        ensure_ascii=False))
    for line in wrong:
        print(f"corpus_cycle: {line}", file=sys.stderr)
    if not options.keep:
        shutil.rmtree(place)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
