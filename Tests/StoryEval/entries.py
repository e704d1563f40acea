#!/usr/bin/env python3
"""Makes the entries that story-eval reads, from feed documents and labelled entries.

Usage: entries.py DURBEEN DOCUMENTS LABELLED.jsonl > entries.jsonl

DURBEEN is the program, DOCUMENTS a folder with a MANIFEST.tsv in which the documents to take are marked kind=news, government or
think-tank, or with a star. An entry of a document is named by the first 12 digits of a SHA-256 over the feed's title, the entry's
link and its title, each ended by a line feed; a labelled one by its own id. Only entries with a title and a date are written, of
the labelled ones those in English.
"""
import hashlib
import json
import os
import subprocess
import sys
from html.parser import HTMLParser

MARKS = ("kind=news", "kind=government", "kind=think-tank", "★")
BLOCKS = {"p", "br", "div", "li", "tr", "td", "h1", "h2", "h3", "h4", "ul", "ol", "table", "img", "blockquote"}


class Text(HTMLParser):
    """The words of markup, without those of scripts and style sheets."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style")
        if tag in BLOCKS:
            self.parts.append(" ")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style") and self.hidden > 0
        if tag in BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def plain(construct):
    """The text of a summary or content as `durbeen parse` prints it: an object with type and text, or a list of them."""
    if isinstance(construct, list):
        construct = construct[0] if construct else None
    if not construct:
        return ""
    text = construct["text"]
    if construct.get("type") != "text/plain" or "<" in text:
        reader = Text()
        reader.feed(text)
        reader.close()
        text = "".join(reader.parts)
    return " ".join(text.split())


def documents(folder):
    with open(os.path.join(folder, "MANIFEST.tsv"), encoding="utf-8") as manifest:
        next(manifest)
        return [os.path.join(folder, line.split("\t")[0]) for line in manifest if any(mark in line for mark in MARKS)]


def parsed(durbeen, path):
    """The feed of each document that is one; what is none has a line with an error and no entries."""
    out = subprocess.run([durbeen, "parse", "--format", "jsonl", *path], stdout=subprocess.PIPE, check=False).stdout
    return [json.loads(line) for line in out.decode().splitlines()]


def main(durbeen, folder, labelled):
    seen = set()
    paths = documents(folder)
    feeds = parsed(durbeen, paths)
    if len(feeds) != len(paths):
        sys.exit(f"{durbeen} parse printed {len(feeds)} lines for {len(paths)} documents")
    for path, feed in zip(paths, feeds):
        name = feed.get("title") or ""
        for entry in feed.get("entries", []):
            title, link = entry.get("title") or "", entry.get("link") or ""
            date = (entry.get("published") or entry.get("updated") or "")[:10]
            key = hashlib.sha256(f"{name}\n{link}\n{title}\n".encode()).hexdigest()[:12]
            if not title or not date or key in seen:
                continue
            seen.add(key)
            text = plain(entry.get("summary")) or plain(entry.get("content"))
            print(json.dumps({"id": key, "title": title, "text": text[:1500], "date": date,
                              "feed": name or os.path.basename(path)}))
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
