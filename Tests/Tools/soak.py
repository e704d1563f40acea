#!/usr/bin/env python3
"""Months in minutes: runs `durbeen run` over many feeds that are due every few seconds, and looks at what grows.

Usage: soak.py DURBEEN [--feeds 2000] [--every 20] [--seconds 600]      exit code 1 if anything was wrong

The feeds are served on loopback by this script. Now and then one of them publishes; one in thirty misbehaves: answers 500, cuts its
body, stalls, changes every guid, or sends a page where a feed was. The configuration is reloaded every twenty seconds. Once the
run is half over, memory, descriptors and threads must stay what they are (R5, R19, R24); the write-ahead log must stay under 16 MiB; the
watchdog must be fed in time throughout; SIGTERM must end the program within five seconds with 0 (R20); and every entry that a
well-behaved feed showed must be in the store, once. Prints one JSON line of figures.
"""
import argparse
import asyncio
import email.utils
import json
import os
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HOSTS = 50
SHOWN = 10
WATCHDOG_SECONDS = 6
MISCHIEF = ["error", "cut", "stall", "guids", "page"]


class Feed:
    """Shows its newest ten entries; every thirtieth feed misbehaves, each in its own way."""

    def __init__(self, number):
        self.number = number
        self.kind = MISCHIEF[number // 30 % len(MISCHIEF)] if number % 30 == 29 else "good"
        self.entries = SHOWN
        self.asked = 0

    def document(self):
        spice = self.asked if self.kind == "guids" else 0
        items = "".join(
            f"<item><guid isPermaLink='false'>{self.number}-{entry}-{spice}</guid>"
            f"<title>Notice {entry} of office {self.number}</title><link>https://office{self.number}.example/{entry}</link>"
            f"<description>{'Pakistan and the United States. ' if entry % 50 == 0 else ''}What office {self.number} has to say in its notice {entry}, "
            f"at some length, so that there is text to keep: {'word ' * 60}</description></item>"
            for entry in range(self.entries, self.entries - SHOWN, -1))
        return f"<rss version='2.0'><channel><title>Office {self.number}</title>{items}</channel></rss>".encode()


class Server:
    def __init__(self, count):
        self.feeds = [Feed(number) for number in range(count)]
        self.requests = self.unchanged = 0

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                feed = self.feeds[int(head.split(b" ", 2)[1].strip(b"/"))]
                feed.asked += 1
                if not await self.answer(feed, head, writer):
                    return
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # gone, or the run is over
        finally:
            writer.close()

    async def answer(self, feed, head, writer):
        """Whether the connection may serve another request."""
        if feed.kind == "good" and feed.asked > 1 and (feed.number + feed.asked) % 40 == 0:
            feed.entries += 1
        tag = f'"{feed.entries}"'.encode()
        if feed.kind == "error":
            writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
        elif feed.kind == "page":
            page = b"<!DOCTYPE html><html><body>We have moved.</body></html>"
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page) + page)
        elif feed.kind == "good" and b"if-none-match: " + tag in head.lower():
            self.unchanged += 1
            writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n")
        else:
            body = feed.document()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: " + tag
                         + b"\r\nLast-Modified: " + email.utils.formatdate(usegmt=True).encode()
                         + b"\r\nContent-Length: %d\r\n\r\n" % len(body))
            if feed.kind == "cut":
                writer.write(body[:len(body) // 2])
                return False
            if feed.kind == "stall":
                writer.write(body[:100])
                await writer.drain()
                await asyncio.sleep(3)
                return False
            writer.write(body)
        return True


class Watchdog(asyncio.DatagramProtocol):
    """systemd's side of sd_notify: remembers how long it ever had to wait."""

    def __init__(self):
        self.ready = self.last = None
        self.longest = 0.0
        self.reloads = 0

    def datagram_received(self, data, _):
        now = time.monotonic()
        words = data.decode().split("\n")
        if "READY=1" in words and self.ready is None:
            self.ready = self.last = now
        if "RELOADING=1" in words:
            self.reloads += 1
        if "WATCHDOG=1" in words and self.last is not None:
            self.longest = max(self.longest, now - self.last)
            self.last = now


def configuration(place, options, port):
    watchlists = os.path.abspath(options.watchlists)
    lines = [
        "[state]", f'folder = "{place}/state"',
        "[fetch]", 'contact = "mailto:test@example.org"', 'allow_addresses = ["127.0.0.0/8"]', 'host_spacing = "0s"',
        "host_budget = 0", "host_connections = 8", 'min_floor = "1s"', f'floor = "{options.every}s"', 'timeout = "10s"',
        "[watchlists]", f'files = ["{watchlists}/*.watch"]', f'relevance_model = "{watchlists}/../relevance.model"',
        "second_look = []",
        "[[profile]]", 'name = "soak"', 'zone = "UTC"',
        "[files]", f'folder = "{place}/digests"', 'formats = ["json"]', "site = false",
    ]
    for number in range(options.feeds):
        host = f"127.0.1.{number % HOSTS + 1}"
        lines += ["[[feeds.feed]]", f'url = "http://{host}:{port}/{number}"', f'title = "Office {number}"']
    with open(f"{place}/durbeen.toml", "w") as file:
        file.write("\n".join(lines) + "\n")
    return f"{place}/durbeen.toml"


def sample(pid, place):
    status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status") if ":" in line)
    log = f"{place}/state/durbeen.sqlite-wal"
    return {
        "rss": int(status["VmRSS"].split()[0]) / 1024, "threads": int(status["Threads"]),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "log": os.path.getsize(log) / 1048576 if os.path.exists(log) else 0,
    }


async def watch(child, place, options, watchdog):
    samples = []
    began = reloaded = time.monotonic()
    while time.monotonic() - began < options.seconds and child.poll() is None:
        await asyncio.sleep(1)
        try:
            samples.append((time.monotonic() - began, sample(child.pid, place)))
        except (FileNotFoundError, KeyError):
            break  # it has ended
        if watchdog.ready and time.monotonic() - reloaded > 20:
            child.send_signal(signal.SIGHUP)
            reloaded = time.monotonic()
    return samples


async def end(child):
    """Seconds until it was gone after SIGTERM."""
    began = time.monotonic()
    if child.poll() is None:
        child.terminate()
    while child.poll() is None and time.monotonic() - began < 15:
        await asyncio.sleep(0.02)
    if child.poll() is None:
        child.kill()
        child.wait()
    return time.monotonic() - began


def missing_and_repeated(place, server):
    """Of the entries that well-behaved feeds showed when they were last asked."""
    files = [name for name in os.listdir(f"{place}/state") if name.endswith(".sqlite")]
    store = sqlite3.connect(f"file:{place}/state/{files[0]}?mode=ro", uri=True)
    stored = {}
    for url, count in store.execute("SELECT url, count(*) FROM entries GROUP BY url"):
        stored[url] = count
    missing = repeated = 0
    for feed in server.feeds:
        if feed.kind not in ("good", "guids"):
            continue
        for entry in range(1, feed.entries + 1):
            count = stored.get(f"https://office{feed.number}.example/{entry}", 0)
            missing += count == 0
            repeated += count > 1
    return missing, repeated


def verdict(samples, figures, options):
    wrong = []
    half = [each for at, each in samples if at >= options.seconds / 2]
    early, late = half[:len(half) // 4], half[-(len(half) // 4):]
    if not early or not late:
        return ["the program ended before the run was over"]
    for name, slack in (("rss", 1.05), ("threads", 1.0), ("descriptors", 1.05)):
        before, after = (statistics.median(each[name] for each in part) for part in (early, late))
        figures[name] = [round(before, 1), round(after, 1)]
        if after > before * slack + (0 if name == "rss" else 2):
            wrong.append(f"{name} grew from {before:.1f} to {after:.1f}")
    figures["peak_rss"] = round(max(each["rss"] for _, each in samples), 1)
    figures["log_mib"] = round(max(each["log"] for _, each in samples), 1)
    if figures["log_mib"] > 16:
        wrong.append(f"the write-ahead log reached {figures['log_mib']} MiB")
    if figures["watchdog_s"] > WATCHDOG_SECONDS:
        wrong.append(f"the watchdog waited {figures['watchdog_s']} s of {WATCHDOG_SECONDS}")
    if figures["polls"] < options.feeds * options.seconds / options.every / 2:
        wrong.append(f"only {figures['polls']} polls: the run says nothing")
    for name in ("missing", "repeated"):
        if figures[name]:
            wrong.append(f"{figures[name]} entries {name}")
    if figures["exit"] != 0 or figures["end_s"] > 5:
        wrong.append(f"SIGTERM: exit code {figures['exit']} after {figures['end_s']} s")
    return wrong


async def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("durbeen")
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--every", type=int, default=20, help="seconds between two checks of a feed")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--watchlists", default="config/watchlists")
    parser.add_argument("--keep", help="a folder to work in, kept afterwards")
    options = parser.parse_args()
    place = os.path.abspath(options.keep or tempfile.mkdtemp(prefix="soak-"))
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    server = Server(options.feeds)
    listener = await asyncio.start_server(server.serve, "0.0.0.0", 0, backlog=4096)
    watchdog = Watchdog()
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.bind(f"{place}/notify")
    bell.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: watchdog, sock=bell)
    config = configuration(place, options, listener.sockets[0].getsockname()[1])
    environment = dict(os.environ, NOTIFY_SOCKET=f"{place}/notify", WATCHDOG_USEC=str(WATCHDOG_SECONDS * 1_000_000))
    with open(f"{place}/log", "wb") as log:
        child = subprocess.Popen([options.durbeen, "run", "--config", config], stdout=log, stderr=log, env=environment)
    try:
        samples = await watch(child, place, options, watchdog)
        early_exit = child.poll()
        ended = await end(child)
    finally:
        if child.poll() is None:
            child.kill()
        transport.close()
        listener.close()
    if early_exit is not None:
        print(f"soak: durbeen ended with {early_exit}; its log is {place}/log", file=sys.stderr)
        return 1
    missing, repeated = missing_and_repeated(place, server)
    figures = {
        "feeds": options.feeds, "polls": server.requests, "not_modified": server.unchanged, "reloads": watchdog.reloads,
        "watchdog_s": round(watchdog.longest, 2), "missing": missing, "repeated": repeated,
        "exit": child.returncode, "end_s": round(ended, 2)}
    wrong = verdict(samples, figures, options)
    print(json.dumps(figures))
    for line in wrong:
        print(f"soak: {line}", file=sys.stderr)
    if wrong:
        print(f"soak: the log is {place}/log", file=sys.stderr)
    elif not options.keep:
        shutil.rmtree(place)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
