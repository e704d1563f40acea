#!/usr/bin/env python3
"""Makes the entries that story-eval reads, from feed documents and labelled entries.

Usage: entries.py DURBEEN DOCUMENTS LABELLED.jsonl > entries.jsonl

DURBEEN is the program, DOCUMENTS a folder with a MANIFEST.tsv in which the documents to take are marked kind=news. An entry of a
document is named by the first 12 digits of a SHA-256 over the feed's title, the entry's link and its title, each ended by a line
feed; a labelled one by its own id. Only entries with a title or text and a date are written, English ones alone.
"""
import hashlib
import json
import os
import subprocess
import sys


def documents(folder):
    with open(os.path.join(folder, "MANIFEST.tsv"), encoding="utf-8") as manifest:
        return [os.path.join(folder, line.split("\t")[0]) for line in manifest if "kind=news" in line]


def main(durbeen, folder, labelled):
    out = subprocess.run([durbeen, "parse", "--format", "jsonl", *documents(folder)], stdout=subprocess.PIPE,
                         check=False).stdout.decode()
    seen = set()
    for line in out.splitlines():
        feed = json.loads(line)
        name = feed.get("title") or ""
        for entry in feed.get("entries", []):
            title, link = entry.get("title") or "", entry.get("link") or ""
            date = (entry.get("published") or entry.get("updated") or "")[:10]
            summary, content = entry.get("summary") or "", entry.get("content_text") or entry.get("text") or ""
            key = hashlib.sha256(f"{name}\n{link}\n{title}\n".encode()).hexdigest()[:12]
            if not title or not date or key in seen:
                continue
            seen.add(key)
            text = summary if isinstance(summary, str) else ""
            print(json.dumps({"id": key, "title": title, "text": (text or content)[:1500], "date": date, "feed": name}))
    with open(labelled, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["lang"] == "en" and entry.get("date"):
                print(json.dumps({"id": entry["id"], "title": entry["title"], "text": entry["text"][:1500],
                                  "date": entry["date"][:10], "feed": entry["source"]}))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
