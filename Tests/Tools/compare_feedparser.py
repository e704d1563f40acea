#!/usr/bin/env python3
"""Compares what `durbeen parse` reads with what Python's feedparser reads, over a folder of captured feeds.

    python3 -m pip install feedparser
    Tests/Tools/compare_feedparser.py --durbeen .build/release/durbeen FOLDER

For every document: the number of entries, against feedparser's and, where the folder has a MANIFEST.tsv, against its
column `items`; and for every entry title, link and dates. Differences that are listed with their reason in
`explained.tsv` beside this script count as agreement; all others are printed. Ends non-zero if more than 1 % of the
documents differ in their number of entries, or more than 1 % of the entries in a title, a link or a date.
"""
import argparse
import calendar
import csv
import datetime
import html
import json
import os
import re
import subprocess
import sys
import unicodedata

import feedparser


def plain(markup):
    """A title as words: tags gone, references decoded, white space squashed."""
    text = re.sub(r"<[a-zA-Z/!][^>]*>", " ", markup or "")
    text = unicodedata.normalize("NFC", html.unescape(html.unescape(text)))
    return "".join(c for c in text if not c.isspace())


def address(url):
    """A link without what readers may write in two ways: escapes, a final slash, the case of the host."""
    url = html.unescape((url or "").strip())
    try:
        from urllib.parse import unquote, urlsplit
        parts = urlsplit(url)
        return (parts.netloc.lower(), unquote(parts.path).rstrip("/"), unquote(parts.query), unquote(parts.fragment))
    except ValueError:
        return url


def moment(parsed):
    return calendar.timegm(parsed) if parsed else None


def our_moment(text):
    if not text:
        return None
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() // 1)


def manifest(folder):
    path = os.path.join(folder, "MANIFEST.tsv")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8", newline="") as lines:
        return {row["file"]: int(row["items"]) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
                if row.get("items", "").isdigit()}


def explanations(path):
    """{(document or *, field): reason}"""
    found = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    document, field, reason = line.rstrip("\n").split("\t", 2)
                    found[document, field] = reason
    return found


def ours(durbeen, paths):
    command = [durbeen, "parse", "--format", "jsonl"] + paths
    output = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout
    return [json.loads(line) for line in output.splitlines()]


def compare(mine, theirs):
    """Names of the fields in which two entries differ."""
    fields = []
    if plain(mine.get("title")) != plain(theirs.get("title")):
        fields.append("title")
    if address(mine.get("link")) != address(theirs.get("link")):
        fields.append("link")
    for key, other in (("published", "published_parsed"), ("updated", "updated_parsed")):
        # feedparser answers for a missing date with the other one.
        if other in theirs.keys() or mine.get(key):
            if our_moment(mine.get(key)) != moment(dict.get(theirs, other)):
                fields.append(key)
    return fields


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--durbeen", default=".build/release/durbeen", help="the program")
    options.add_argument("--show", type=int, default=40, help="how many differences to print of each kind")
    options.add_argument("folder")
    chosen = options.parse_args()
    names = sorted(n for n in os.listdir(chosen.folder) if not n.endswith((".tsv", ".md")))
    names = [n for n in names if os.path.isfile(os.path.join(chosen.folder, n))]
    paths = [os.path.join(chosen.folder, n) for n in names]
    items = manifest(chosen.folder)
    explained = explanations(os.path.join(os.path.dirname(os.path.abspath(__file__)), "explained.tsv"))

    def is_explained(name, field):
        return (name, field) in explained or (name, "*") in explained

    counts = {"documents": 0, "entries": 0, "manifest": 0, "count": 0, "title": 0, "link": 0, "published": 0, "updated": 0}
    shown = {}
    by_document = {}
    for name, path, feed in zip(names, paths, ours(chosen.durbeen, paths)):
        counts["documents"] += 1
        mine = feed["entries"]
        if name in items and items[name] != len(mine) and not is_explained(name, "manifest"):
            counts["manifest"] += 1
            print(f"{name}\tmanifest\t{items[name]} items there, {len(mine)} here")
        if name.endswith(".json"):
            continue
        with open(path, "rb") as document:
            theirs = feedparser.parse(document.read(), sanitize_html=False, resolve_relative_uris=False).entries
        if len(mine) != len(theirs):
            if not is_explained(name, "count"):
                counts["count"] += 1
                print(f"{name}\tcount\t{len(theirs)} entries there, {len(mine)} here")
            continue
        for one, other in zip(mine, theirs):
            counts["entries"] += 1
            for field in compare(one, other):
                if is_explained(name, field):
                    continue
                counts[field] += 1
                by_document[name, field] = by_document.get((name, field), 0) + 1
                shown[field] = shown.get(field, 0) + 1
                if by_document[name, field] == 1 and shown[field] <= chosen.show * 50:
                    key = field + "_parsed"
                    there = dict.get(other, key) and datetime.datetime(*dict.get(other, key)[:6]) or other.get(field)
                    print(f"{name}\t{field}\tthere {str(there)[:120]!r}, here {str(one.get(field))[:120]!r}")
    print(json.dumps(counts))
    documents, entries = counts["documents"], max(1, counts["entries"])
    is_fine = max(counts["manifest"], counts["count"]) * 100 <= documents
    is_fine = is_fine and all(counts[f] * 100 <= entries for f in ("title", "link", "published", "updated"))
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
