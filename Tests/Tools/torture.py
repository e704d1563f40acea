#!/usr/bin/env python3
"""Kills durbeen at random moments, beside a mail server that fails at random stages, and then looks for what was lost or repeated.

Usage: torture.py DURBEEN [KILLS] [SEED]        exit code 1 if anything was

Until it was killed 200 times, or KILLS, each cycle publishes entries in feeds on this machine, starts `durbeen once --force --digest now` with mail to three readers and to one that the server refuses, a
Maildir and files, and kills it after a random time; about every eighth run may end. Then the server is well again, and runs follow
until the outbox is empty. Checked: every entry is in an accepted message of each reader, in the Maildir and in a file, once, and
in none of the refused one, which is suspended; messages with one Message-ID are the same byte for byte; nothing counts as delivered
that is not there; the store is sound (R1, R2, R22, M-07).
"""
import collections
import email
import email.policy
import glob
import hashlib
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

READERS = ["one@example.org", "two@example.org", "three@example.org"]
# Its server wants nothing for it, ever; the others must not suffer from that.
REFUSED = "refused@example.org"


class Feeds:
    """Three feeds that only grow, as the newest 60 entries each."""

    def __init__(self):
        self.items = [[] for _ in range(3)]
        feeds = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = feeds.document(int(self.path.strip("/") or 0)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                try:
                    self.end_headers()
                    self.wfile.write(body)
                except ConnectionError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, chance):
        """Words differ, so that no two entries are one story."""
        number = sum(map(len, self.items))
        words = " ".join("".join(chance.choices("abcdefghijklmnoprstuvwz", k=8)) for _ in range(6))
        self.items[number % 3].append((number, f"Reko Diq {words}"))

    def document(self, feed):
        items = "".join(
            f"<item><guid>{number}</guid><title>{title}</title><link>https://h{feed}.example/e{number}x</link>"
            f"<description>Pakistan and the United States: {title}.</description></item>"
            for number, title in self.items[feed][-60:])
        return f'<rss version="2.0"><channel><title>Feed {feed}</title>{items}</channel></rss>'

    @property
    def links(self):
        return {f"https://h{feed}.example/e{number}x" for feed, items in enumerate(self.items) for number, _ in items}


class Mail:
    """An SMTP server that breaks off, puts off and falls silent where chance will have it, until it is told to behave."""

    STAGES = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot"]

    def __init__(self, chance):
        self.chance, self.behaves, self.lock = chance, False, threading.Lock()
        self.taken, self.refusals = [], 0
        mail = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 30

            def handle(self):
                try:
                    mail.session(self.rfile, self.wfile)
                except (OSError, ConnectionError):
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def mood(self):
        """What goes wrong in this transaction: a stage and how, or nothing."""
        with self.lock:
            if self.behaves or self.chance.random() < 0.45:
                return None, None
            return self.chance.choice(self.STAGES), self.chance.choice(["drop", "later", "slow", "drop after taking"])

    def session(self, lines, out):
        def say(code, text):
            out.write(f"{code} {text}\r\n".encode())
            out.flush()

        def wrong(stage):
            if stage != bad:
                return False
            if how == "slow":
                time.sleep(self.chance.uniform(0, 0.4))
                return False
            if how == "later":
                say(451, "later")
                return "said"
            raise ConnectionError

        bad, how = self.mood()
        if wrong("greeting") == "said":
            return
        say(220, "torture ESMTP")
        recipient = None
        while True:
            line = lines.readline()
            if not line:
                return
            verb = line[:4].upper().decode(errors="replace")
            if verb == "QUIT":
                return say(221, "bye")
            if verb in ("EHLO", "HELO"):
                if not wrong("EHLO"):
                    say(250, "torture")
            elif verb == "MAIL":
                if not wrong("MAIL"):
                    say(250, "fine")
            elif verb == "RCPT":
                recipient = re.search(rb"<(.*?)>", line).group(1).decode()
                if recipient == REFUSED:
                    with self.lock:
                        self.refusals += 1
                    say(550, "no such user")
                elif not wrong("RCPT"):
                    say(250, "fine")
            elif verb == "DATA":
                if wrong("DATA"):
                    continue
                say(354, "go on")
                message = b""
                while True:
                    line = lines.readline()
                    if not line:
                        return
                    if line == b".\r\n":
                        break
                    message += line[1:] if line.startswith(b".") else line
                takes = bad != "dot" or how in ("slow", "drop after taking")
                if takes:
                    with self.lock:
                        self.taken.append((recipient, message))
                if bad == "dot" and how == "drop after taking":
                    raise ConnectionError
                if not wrong("dot"):
                    say(250, "taken")
                bad, how = self.mood()
            else:
                say(250, "fine")


def configuration(folder, feeds, mail):
    text = f"""
[state]
folder = "state"
[fetch]
contact = "mailto:torture@example.org"
allow_addresses = ["127.0.0.0/8"]
host_spacing = "0s"
host_connections = 8
host_budget = 0
min_floor = "1s"
[[feeds.feed]]
url = "http://127.0.0.1:{feeds.port}/0"
[[feeds.feed]]
url = "http://127.0.0.1:{feeds.port}/1"
[[feeds.feed]]
url = "http://127.0.0.1:{feeds.port}/2"
[watchlists]
files = ["*.watch"]
[[profile]]
name = "all"
first_fill = "all"
sinks = ["mail", "maildir", "files"]
to = {json.dumps(READERS + [REFUSED])}
[mail]
host = "127.0.0.1"
port = {mail.port}
tls = "none"
from = "durbeen@example.org"
rate = 0
# What 200 kills take counts as a day's mail many times over; what the cap holds back would look lost.
daily_cap = 0
[maildir]
folder = "Maildir"
[files]
folder = "digests"
formats = ["json", "html", "atom"]
"""
    with open(os.path.join(folder, "durbeen.toml"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(folder, "a.watch"), "w", encoding="utf-8") as file:
        file.write('[watch "Minerals"]\ntopic = critical-minerals\nthreshold = 4\n+5 "Reko Diq"\n')


def links_in(message):
    text = email.message_from_bytes(message, policy=email.policy.default).get_body(("plain",)).get_content()
    return re.findall(r"https://h\d\.example/e\d+x", text)


def check_copies(name, wanted, messages, wrong):
    """`messages` maps what tells them apart to the links in each."""
    count = collections.Counter(link for links in messages.values() for link in set(links))
    wrong += [f"{name}: lost {link}" for link in sorted(wanted - set(count))]
    wrong += [f"{name}: {link} is in {number} of them" for link, number in sorted(count.items()) if number > 1]


def check(folder, feeds, mail, killed):
    wrong = []
    for reader in READERS:
        by_id = collections.defaultdict(set)
        for recipient, message in mail.taken:
            if recipient == reader:
                by_id[email.message_from_bytes(message)["Message-ID"]].add(message)
        wrong += [f"{reader}: {key} has {len(all_)} versions" for key, all_ in by_id.items() if len(all_) > 1]
        check_copies(reader, feeds.links, {key: links_in(next(iter(all_))) for key, all_ in by_id.items()}, wrong)
    if any(recipient == REFUSED for recipient, _ in mail.taken):
        wrong.append("a message was taken for the one that is refused")
    for reader in READERS + [REFUSED]:
        boxes = {}
        for path in glob.glob(folder + "/Maildir/new/*"):
            with open(path, "rb") as file:
                message = file.read()
            if f"To: <{reader}>".encode() in message:
                boxes[path] = links_in(message)
        check_copies(f"Maildir of {reader}", feeds.links, boxes, wrong)
    editions = {}
    for path in glob.glob(folder + "/digests/all/2*/*/*.json"):
        with open(path, encoding="utf-8") as file:
            editions[path] = set(re.findall(r"https://h\d\.example/e\d+x", file.read()))
    check_copies("files", feeds.links, editions, wrong)
    with sqlite3.connect(folder + "/state/durbeen.sqlite") as store:
        wrong += [f"store: {row[0]}" for row in store.execute("PRAGMA integrity_check") if row[0] != "ok"]
        theirs = "sink = 'mail' AND recipient = '" + REFUSED + "'"
        left = store.execute(f"SELECT count(*) FROM deliveries WHERE state <> 'accepted' AND NOT ({theirs})").fetchone()[0]
        if left:
            wrong.append(f"{left} deliveries are not accepted")
        left = store.execute(f"SELECT count(*) FROM deliveries WHERE state <> 'failed' AND {theirs}").fetchone()[0]
        if left:
            wrong.append(f"{left} deliveries to the one that is refused did not fail")
        known = store.execute("SELECT coalesce(sum(count), 0) FROM refusals WHERE recipient = ?", (REFUSED,)).fetchone()[0]
        told = store.execute(f"SELECT count(*) FROM deliveries WHERE {theirs}").fetchone()[0]
        # A refusal is asked for again only where a kill kept it from being written down: with all of its group, which are at
        # most those that wait (decision 18).
        if not 1 <= known <= mail.refusals <= known + killed * told:
            wrong.append(f"{mail.refusals} refusals, of which {known} are known, and {killed} kills")
        accepted = store.execute("SELECT count(*) FROM deliveries WHERE state = 'accepted' AND sink = 'mail'").fetchone()[0]
    sent = {(to, hashlib.sha256(message).digest()) for to, message in mail.taken}
    if accepted > len(sent):
        wrong.append(f"{accepted} mails count as delivered, {len(sent)} arrived")
    return wrong, len(editions), len(mail.taken) - len(sent)


def main(program, kills=200, seed=None):
    seed = int(seed) if seed is not None else random.SystemRandom().randrange(1 << 30)
    chance = random.Random(seed)
    feeds, mail = Feeds(), Mail(random.Random(seed + 1))
    folder = tempfile.mkdtemp(prefix="durbeen-torture-")
    configuration(folder, feeds, mail)
    command = [os.path.abspath(program), "once", "--force", "--digest", "now", "--config", folder + "/durbeen.toml"]
    environment = dict(os.environ, LIBDISPATCH_LOG="NO", SWIFT_BACKTRACE="enable=no")
    cycles, killed, took, codes = 0, 0, 1.0, collections.Counter()
    while killed < int(kills):
        cycles += 1
        for _ in range(chance.randrange(1, 4)):
            feeds.publish(chance)
        began = time.monotonic()
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        try:
            run.wait(60 if chance.random() < 0.125 else chance.uniform(0, took))
            # A run that ended by itself shows how long the next ones take.
            took = 0.5 * took + 0.5 * 1.2 * (time.monotonic() - began)
            codes[run.returncode] += 1
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.wait()
            killed += 1
            took = min(10, took * 1.02)
    mail.behaves = True
    for _ in range(4):
        codes[subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, timeout=120, check=False).returncode] += 1
    wrong, editions, repeats = check(folder, feeds, mail, killed)
    print("\n".join(wrong[:40]))
    print(f"seed {seed}: {cycles} cycles, {killed} killed, other exits {dict(codes)}; {len(feeds.links)} entries in {editions} editions, "
          f"{len(mail.taken)} mails taken, {repeats} of them again the same; {len(wrong)} faults")
    if wrong:
        print(f"left for a look: {folder}")
        sys.exit(1)
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if any(code not in (0,) for code in codes) else 0)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
