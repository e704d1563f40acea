#!/usr/bin/env python3
"""Holds delivery by mail against Benchmarks/thresholds.json; exit code 1 if a figure is missed.

    Benchmarks/check_deliver.py PEER [--rounds N] [--messages N] [--bench PROGRAM]

PEER is a bare libcurl loop, called as PEER smtp://127.0.0.1:PORT N reuse: N messages over one connection, then one line of
JSON with msg_s and cpu_us_per_msg, as durbeen-bench prints. Both send to the same server in turn; ratios are taken round by
round, and their median counts.
"""
import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))


class Sink(asyncio.Protocol):
    """A mail server that takes everything and keeps nothing (RFC 5321)."""

    def connection_made(self, transport):
        self.transport, self.buffer, self.in_message = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data):
        self.buffer += data
        while True:
            end = b"\r\n.\r\n" if self.in_message else b"\r\n"
            line, found, rest = self.buffer.partition(end)
            if not found:
                return
            self.buffer = rest
            command = b"" if self.in_message else line[:4].upper()
            self.in_message = command == b"DATA"
            replies = {b"EHLO": b"250-sink\r\n250 8BITMIME\r\n", b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}
            self.transport.write(replies.get(command, b"250 ok\r\n"))
            if command == b"QUIT":
                self.transport.close()


def serve():
    """The port of a sink that runs on a thread of its own until the program ends."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(Sink, "127.0.0.1", 0))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return server.sockets[0].getsockname()[1]


def run(*command):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--bench", default=os.path.join(HERE, "../.build/release/durbeen-bench"))
    options = parser.parse_args()
    with open(os.path.join(HERE, "thresholds.json"), encoding="utf-8") as kept:
        thresholds = json.load(kept)
    port, count, missed = serve(), str(options.messages), False
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        frozen = run(options.bench, "freeze", os.path.join(folder, "freeze"))["cpu_s"]
        for number in range(options.rounds):
            theirs = run(options.peer, f"smtp://127.0.0.1:{port}", count, "reuse")
            ours = run(options.bench, "deliver", str(port), count, os.path.join(folder, str(number)))
            if ours["bad"] or theirs["bad"]:
                sys.exit(f"messages were lost: {ours} {theirs}")
            rounds.append((ours, theirs))
    for key, is_least in (("msg_s", True), ("cpu_us_per_msg", False)):
        ratio = statistics.median(ours[key] / theirs[key] for ours, theirs in rounds)
        limit = thresholds["deliver"][key]
        ok = ratio >= limit if is_least else ratio <= limit
        missed |= not ok
        print(f"{key}: {ratio:.2f} x, {'at least' if is_least else 'at most'} {limit}{'' if ok else ' - MISSED'}")
    limit = thresholds["freeze"]["cpu_s"]
    missed |= frozen > limit
    print(f"500 stories for 200 readers: {frozen:.2f} s of CPU, at most {limit}{' - MISSED' if frozen > limit else ''}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
