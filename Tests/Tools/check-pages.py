#!/usr/bin/env python3
"""Opens a folder of digests in headless Chromium, as a reader would from a disk, and says what is wrong.

Usage: check-pages.py FOLDER [--axe AXE.MIN.JS] [--search WORD]     exit code 1 if something is

Every page: no message on the console, every link within the folder leads to a file, under 100 KB if it is an edition. Each
profile's search page: finds WORD (default: a word of the newest story's title), through its own script and policy. With --axe
(axe.min.js, for example from PyPI's axe-selenium-python) the accessibility of every sort of page, light at 1280 px and dark at 390,
by all of axe's rules; the script is put into a copy of the page, since the pages themselves let none run.
"""
import argparse
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

CHROMIUM = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
            "--v=0"]


def opened(address, profile, dark=False, width=1280):
    """The page's DOM after its scripts ran, and what was said on the console."""
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else ["--blink-settings=preferredColorScheme=1"]
    run = subprocess.run(CHROMIUM + scheme + [f"--window-size={width},900", f"--user-data-dir={profile}",
                                              "--virtual-time-budget=20000", "--dump-dom", address],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
    console = [line for line in run.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    return run.stdout.decode(errors="replace"), console


def pages(folder):
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.endswith(".html") and not os.path.islink(path):
                yield path


def dead_links(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for target in re.findall(r'<a href="([^"]*)"', text):
        target = html.unescape(target)
        if re.match(r"https?://", target):
            continue
        file = os.path.join(os.path.dirname(path), urllib.parse.unquote(target.split("#")[0]))
        if ":" in target.split("/")[0] or not os.path.isfile(file):
            yield target


def axe_faults(path, axe, profile, dark, width):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    text = re.sub(r"<script src=[^>]*></script>", "", text)
    run = f'<script src="file://{os.path.abspath(axe)}"></script>' + """<script>
        axe.run(document).then(function (result) {
          document.body.setAttribute("data-axe", JSON.stringify(result.violations.map(function (one) {
            return one.id + ": " + one.nodes.length + " x " + one.nodes[0].html.slice(0, 90);
          })));
        });</script></body>"""
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8", delete=False) as copy:
        copy.write(text.replace("</body>", run))
    try:
        dom, _ = opened("file://" + copy.name, profile, dark, width)
    finally:
        os.unlink(copy.name)
    found = re.search(r'data-axe="([^"]*)"', dom)
    return json.loads(html.unescape(found.group(1))) if found else ["axe did not run"]


def search_faults(folder, word, profile):
    page = os.path.join(folder, "search.html")
    if word is None:
        months = sorted(name for name in os.listdir(os.path.join(folder, "search")) if name.endswith(".js"))
        with open(os.path.join(folder, "search", months[-1]), encoding="utf-8") as data:
            rows = json.loads(data.read().split(",\n", 1)[1].rsplit(");", 1)[0])
        word = max(re.findall(r"\w+", rows[0][1]), key=len)
    dom, console = opened("file://" + os.path.abspath(page) + "?q=" + urllib.parse.quote(word), profile)
    if console:
        return [f"console: {console[0]}"]
    items = re.search(r'<ul id="found">(.*?)</ul>', dom, re.S).group(1)
    print(f"{page}: \"{word}\": {re.search(r'id=.state.[^>]*>([^<]*)', dom).group(1)}")
    if word.lower() not in html.unescape(items).lower():
        return [f"the search does not find {word}"]
    missing = [target for target in re.findall(r'<a href="(\d[^"]*)"', items)
               if not os.path.isfile(os.path.join(folder, target))]
    return [f"a search result leads nowhere: {target}" for target in missing]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--axe")
    parser.add_argument("--search")
    options = parser.parse_args()
    axe = options.axe
    profile = tempfile.mkdtemp(prefix="check-pages-")
    wrong, seen, count = [], set(), 0
    try:
        for path in pages(options.folder):
            count += 1
            wrong += [f"{path}: dead link {target}" for target in dead_links(path)]
            is_edition = re.search(r"/\d{4}/\d\d/[^/]*\.html$", path) is not None
            if is_edition and os.path.getsize(path) > 100_000:
                wrong.append(f"{path}: {os.path.getsize(path)} bytes")
            sort = re.sub(r"[^/]*$", "", path) + ("index" if path.endswith("index.html") else
                                                  "search" if path.endswith("search.html") else "page")
            if sort in seen:
                continue
            seen.add(sort)
            _, console = opened("file://" + os.path.abspath(path), profile)
            wrong += [f"{path}: console: {line}" for line in console]
            if axe:
                for dark, width in ((False, 1280), (True, 390)):
                    wrong += [f"{path} ({'dark' if dark else 'light'}, {width} px): {fault}"
                              for fault in axe_faults(path, axe, profile, dark, width)]
        for place, _, names in os.walk(options.folder):
            if "search.html" in names:
                wrong += [f"{place}: {fault}" for fault in search_faults(place, options.search, profile)]
    finally:
        shutil.rmtree(profile, ignore_errors=True)
    print("\n".join(wrong))
    print(f"{count} pages, {len(seen)} opened, {len(wrong)} faults")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
