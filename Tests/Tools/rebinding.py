#!/usr/bin/env python3
"""Names whose addresses change between two questions, or that lead inside from the start (S1, S2), and name servers that keep
silent (R4, R6, R20).

Usage: rebinding.py DURBEEN      as root; apt-get install iproute2; exit code 1 if a promise was broken

Makes a network and a mount namespace of its own, in which 8.8.4.4 is a public server with a feed, 127.0.0.1 and some private
addresses are servers that nobody may reach, and a scripted name server says which is whose. Nothing outside is touched. Each
case is polled by `durbeen once`; no connection may ever arrive inside, and the feed is read wherever an address of it is public.
Then names that nobody answers for stand beside a feed that is well: it must not wait for them, nor must the end of the program.
"""
import json
import os
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time

PUBLIC = "8.8.4.4"
INSIDE = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "192.168.0.1"]
INSIDE6 = ["::1", "fd00::1"]
FEED = b"""<rss version="2.0"><channel><title>Public</title>
<item><guid>1</guid><title>Talks in Islamabad</title><link>http://site.example/1</link></item></channel></rss>"""

# name: what each question for its address is answered, the last answer repeating; and whether the feed is read the first time,
# and once more.
CASES = {
    "honest.test": ([[PUBLIC]], True, True),
    "inside.test": ([["127.0.0.1"]], False, False),
    "rebound.test": ([[PUBLIC], ["127.0.0.1"]], True, False),
    "metadata.test": ([[PUBLIC], ["169.254.169.254"]], True, False),
    "private.test": ([[PUBLIC], ["10.1.2.3"]], True, False),
    "carrier.test": ([[PUBLIC], ["100.64.0.1"]], True, False),
    "six.test": ([[PUBLIC], ["::1"]], True, False),
    "local6.test": ([[PUBLIC], ["fd00::1"]], True, False),
    "mapped.test": ([[PUBLIC], ["::ffff:127.0.0.1"]], True, False),
    "nat64.test": ([[PUBLIC], ["64:ff9b::7f00:1"]], True, False),
    # The first address refuses, the second must not be tried in its place.
    "mixed.test": ([["8.8.4.5", "192.168.0.1"]], False, False),
    # An address inside beside one that is public: the public one may be used.
    "both.test": ([["::1", PUBLIC]], True, True),
}


def name_server(script):
    """Answers for every name of `script` by turns; TTL 0. One turn is a pair of questions, for A and for AAAA."""
    asked = {}
    lock = threading.Lock()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            packet, sock = self.request
            labels, at = [], 12
            while packet[at]:
                labels.append(packet[at + 1 : at + 1 + packet[at]].decode())
                at += packet[at] + 1
            kind = struct.unpack("!H", packet[at + 1 : at + 3])[0]
            name = ".".join(labels).lower()
            if name.startswith("silent"):
                return
            answers = []
            if name in script and kind in (1, 28):
                with lock:
                    turn = asked.setdefault((name, kind), 0)
                    asked[(name, kind)] += 1
                addresses = script[name][min(turn, len(script[name]) - 1)]
                answers = [a for a in addresses if (":" in a) == (kind == 28)]
            reply = packet[:2] + b"\x81\x80" + packet[4:6] + struct.pack("!H", len(answers)) + b"\0\0\0\0"
            reply += packet[12 : at + 5]
            for address in answers:
                data = socket.inet_pton(socket.AF_INET6 if kind == 28 else socket.AF_INET, address)
                reply += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(data)) + data
            sock.sendto(reply, self.client_address)

    server = socketserver.ThreadingUDPServer(("127.0.0.53", 53), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def web_server(address, arrived, answer):
    """Counts who comes; with `answer`, gives the feed and hangs up."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, 80))
    listener.listen(64)

    def serve():
        while True:
            connection, _ = listener.accept()
            arrived.append(address)
            if answer:
                connection.recv(65536)
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(FEED)}\r\n"
                connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + FEED)
            connection.close()

    threading.Thread(target=serve, daemon=True).start()


def configure(folder, name, urls, allowed=()):
    """The words that name a configuration of these feeds."""
    os.makedirs(f"{folder}/{name}", exist_ok=True)
    feeds = "".join(f'[[feeds.feed]]\nurl = "{url}"\n' for url in urls)
    with open(f"{folder}/{name}/a.watch", "w") as file:
        file.write('[watch "Talks"]\ntopic = diplomacy\nthreshold = 1\n+1 talks\n')
    with open(f"{folder}/{name}/durbeen.toml", "w") as file:
        file.write(
            f"""[state]\nfolder = "state"\n[fetch]\ncontact = "mailto:test@example.org"\ntimeout = "10s"
connect_timeout = "2s"\nallow_addresses = {json.dumps(list(allowed))}\n{feeds}
[watchlists]\nfiles = ["a.watch"]\n[[profile]]\nname = "reader"\nzone = "UTC"\n[files]\nfolder = "digests"\n"""
        )
    return ["--config", f"{folder}/{name}/durbeen.toml"]


def poll(durbeen, folder, name, allowed=()):
    """What `durbeen once` says after asking the feed at `name`."""
    words = [durbeen, "once", "--force", *configure(folder, name, [f"http://{name}/feed"], allowed)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def silence(durbeen, folder, public):
    """How long a feed that is well waits beside twenty whose name servers keep silent, and how long the end takes after that."""
    urls = [f"http://silent{number}.test/feed" for number in range(20)] + [f"http://{PUBLIC}/feed"]
    before = len(public)
    begin = time.monotonic()
    # The resolver would try for a minute.
    patient = os.environ | {"RES_OPTIONS": "timeout:20 attempts:3"}
    daemon = subprocess.Popen(
        [durbeen, "run", *configure(folder, "silence", urls)], env=patient, stderr=subprocess.PIPE, text=True)
    guard = threading.Timer(60, daemon.kill)
    guard.start()
    # Past the time that connecting may take: the transfers are given up, their look-ups are still under way.
    failed = 0
    well = None
    for line in daemon.stderr:
        failed += "silent" in line and "failed" in line
        if well is None and PUBLIC in line and "updated" in line:
            well = time.monotonic() - begin
        if failed == 20 and well is not None:
            break
    gave_up = time.monotonic() - begin
    daemon.send_signal(signal.SIGTERM)
    begin = time.monotonic()
    daemon.stderr.read()
    code = daemon.wait()
    guard.cancel()
    return {"well_seconds": round(well or -1, 2), "gave_up_seconds": round(gave_up, 2),
            "stop_seconds": round(time.monotonic() - begin, 2), "exit": code, "asked": len(public) - before}


def main():
    durbeen = os.path.abspath(sys.argv[1])
    if "DURBEEN_IN_NAMESPACE" not in os.environ:
        os.environ["DURBEEN_IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, os.path.abspath(sys.argv[0]), durbeen])
    folder = tempfile.mkdtemp(prefix="durbeen-rebinding.")
    run = lambda *words: subprocess.run(words, check=True)
    run("ip", "link", "set", "lo", "up")
    for address in [PUBLIC, "8.8.4.5"] + INSIDE[1:]:
        run("ip", "address", "add", f"{address}/32", "dev", "lo")
    run("ip", "address", "add", "fd00::1/128", "dev", "lo", "nodad")
    with open(f"{folder}/resolv.conf", "w") as file:
        file.write("nameserver 127.0.0.53\noptions timeout:1 attempts:1\n")
    run("mount", "--bind", f"{folder}/resolv.conf", "/etc/resolv.conf")
    name_server({name: answers for name, (answers, _, _) in CASES.items()})
    inside, public = [], []
    for address in INSIDE + INSIDE6:
        web_server(address, inside, answer=False)
    web_server(PUBLIC, public, answer=True)
    os.environ["LIBDISPATCH_LOG"] = "NO"
    broken = []
    for name, (_, *expected) in CASES.items():
        for turn, is_read in enumerate(expected):
            before = len(public)
            said = poll(durbeen, folder, name)
            if (len(public) > before) != is_read:
                broken.append(f"{name}, poll {turn + 1}: expected {'a request' if is_read else 'none'}\n{said}")
            elif not is_read and "address" not in said:
                broken.append(f"{name}, poll {turn + 1}: refused without a word of the address\n{said}")
    for address in inside:
        broken.append(f"a connection reached {address}")
    reached = len(inside)
    # Were it not for the rule, the servers inside would have been reached.
    poll(durbeen, folder, "inside.test", allowed=["127.0.0.0/8"])
    if len(inside) == reached:
        broken.append("inside.test, its address allowed: no connection arrived, so that nothing was shown")
    quiet = silence(durbeen, folder, public)
    for holds, text in [
        (0 <= quiet["well_seconds"] <= 5, "R4: a feed that is well waited for silent name servers"),
        (quiet["gave_up_seconds"] <= 10, "R6: silent name servers held feeds beyond the time for connecting"),
        (quiet["stop_seconds"] <= 5 and quiet["exit"] == 0, "R20: the end waited for silent name servers"),
    ]:
        if not holds:
            broken.append(f"{text}: {quiet}")
    for line in broken:
        print("rebinding:", line, file=sys.stderr)
    print(json.dumps({"cases": len(CASES), "public_connections": len(public), "inside_connections": reached, **quiet}))
    subprocess.run(["umount", "/etc/resolv.conf"])
    subprocess.run(["rm", "-rf", folder])
    sys.exit(1 if broken else 0)


main()
