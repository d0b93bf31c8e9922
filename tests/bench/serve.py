# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the media server beside nginx, by turns, on one machine and in one run."""

import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

PAIRS = int(os.environ.get("ISOLDE_BENCH_PAIRS", "7"))
SECONDS = int(os.environ.get("ISOLDE_BENCH_SECONDS", "2"))
SIZE_MIB = int(os.environ.get("ISOLDE_BENCH_MIB", "1024"))
BUILD = os.path.dirname(os.environ["ISOLDE_BIN_DIR"].rstrip("/"))
BLOCK = 65536
IDLE = 1000
IDLE_TARGET_KIB = 16
# Title, bytes between patches, whether targets apply. Real images have some dozens of patches in all; where each single
# range crosses one, the two more system calls show.
IMAGES = [("a patch of 2 KiB in each MiB", 1 << 20, True),
          ("a patch of 2 KiB in each 64 KiB (worst case, no target)", BLOCK, False)]

WRK = """
local blocks = %d
function init() math.randomseed(os.time()) end
function request()
    local first = math.random(0, blocks - 1) * 65536
    return wrk.format("GET", nil, {["Range"] = string.format("bytes=%%d-%%d", first, first + 65535)})
end
function done(summary, latency)
    print(string.format('JSON {"requests": %%d, "seconds": %%f, "errors": %%d, "p50": %%f, "p99": %%f}', summary.requests,
        summary.duration / 1e6, summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.status + summary.errors.timeout, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""

NGINX = """
daemon off; worker_processes 2; pid {work}/nginx.pid; error_log {work}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; sendfile on; tcp_nopush off; keepalive_requests 100000000; keepalive_timeout 600s;
    open_file_cache max=64;
    client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
    server {{ listen 127.0.0.1:{port} reuseport backlog=4096; root {work}/copies; }}
}}
"""


class Server:
    """A running server: its process with its children, and the URL of the image."""

    def __init__(self, name, process, url):
        self.name, self.process, self.url = name, process, url

    def pids(self):
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(children) as file:
            return [self.process.pid] + [int(pid) for pid in file.read().split()]

    def cpu_seconds(self):
        ticks = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def rss_kib(self):
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/status") as file:
                total += int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))
        return total


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(url):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=5).status == 200
    except OSError:
        return False


def wait_until_answered(url):
    end = time.monotonic() + 20
    while not answers(url):
        if time.monotonic() > end:
            raise SystemExit(f"{url} does not answer")
        time.sleep(0.05)


def make_base(path):
    piece = random.Random(1).randbytes(1 << 20)
    with open(path, "wb") as file:
        for number in range(SIZE_MIB):
            file.write(number.to_bytes(8, "big") + piece[8:])


def start_isolde(work, base, stride):
    copy = f"{work}/copies/{stride}.iso"
    process = subprocess.Popen([f"{BUILD}/bench/bench_media_server", base, str(stride), copy],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ready = process.stdout.readline().split()
    if not ready:
        raise SystemExit("the media server did not start")
    return Server("isolde", process, ready[1])


def start_nginx(work):
    port = free_port()
    with open(f"{work}/nginx.conf", "w") as file:
        file.write(NGINX.format(work=work, port=port))
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", work, "-e", f"{work}/error.log", "-c", f"{work}/nginx.conf"])
    return process, port


def get_range(url, first, length):
    request = urllib.request.Request(url, headers={"Range": f"bytes={first}-{first + length - 1}"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.status, response.read()


def check_same_bytes(one, other):
    chance = random.Random(2)
    for _ in range(200):
        first, length = chance.randrange((SIZE_MIB << 20) - 300000), chance.randrange(1, 300000)
        if get_range(one.url, first, length) != get_range(other.url, first, length):
            raise SystemExit(f"{length} bytes from {first} differ between {one.url} and {other.url}")


def measure(server, script, connections):
    before = server.cpu_seconds()
    output = subprocess.run(["wrk", "-t2", f"-c{connections}", f"-d{SECONDS}s", "--latency", "--timeout", "30s", "-s",
                             script, server.url], check=True, capture_output=True, text=True).stdout
    result = json.loads(re.search(r"JSON (.*)", output).group(1))
    if result["errors"]:
        raise SystemExit(f"{server.name}: {result['errors']} failed requests with {connections} connections")
    result["rate"] = result["requests"] / result["seconds"]
    result["cpu"] = (server.cpu_seconds() - before) / result["requests"] * 1e6
    return result


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def compare(script, isolde, nginx, connections):
    """One row: medians, and the medians of the ratios of each pair."""
    ours, theirs = [], []
    for number in range(PAIRS):
        order = [(isolde, ours), (nginx, theirs)]
        for server, runs in order if number % 2 == 0 else reversed(order):
            runs.append(measure(server, script, connections))
    rates = statistics.median(a["rate"] / b["rate"] for a, b in zip(ours, theirs))
    costs = statistics.median(a["cpu"] / b["cpu"] for a, b in zip(ours, theirs))
    print(f"{connections:11d} | {median(ours, 'rate'):8.0f} {median(theirs, 'rate'):8.0f} {rates:6.2f} |"
          f" {median(ours, 'cpu'):7.1f} {median(theirs, 'cpu'):7.1f} {costs:6.2f} |"
          f" {median(ours, 'p50'):6.2f} {median(ours, 'p99'):7.2f} | {median(theirs, 'p50'):6.2f} {median(theirs, 'p99'):7.2f}",
          flush=True)
    return rates >= 1.0, costs <= 1.0


def idle_kib(server):
    """Resident memory for each of many connections that have read one range and then wait."""
    host, port, path = re.match(r"http://([\d.]+):(\d+)(/.*)", server.url).groups()
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nRange: bytes=0-511\r\n\r\n".encode()
    before = server.rss_kib()
    waiting = []
    for _ in range(IDLE):
        connection = socket.create_connection((host, int(port)))
        connection.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got or len(got) < got.index(b"\r\n\r\n") + 4 + 512:
            got += connection.recv(4096)
        waiting.append(connection)
    used = server.rss_kib() - before
    for connection in waiting:
        connection.close()
    return used / IDLE


def run(work):
    missed = []
    os.makedirs(f"{work}/copies")
    base, script = f"{work}/base", f"{work}/ranges.lua"
    make_base(base)
    with open(script, "w") as file:
        file.write(WRK % (SIZE_MIB * 16))
    nginx_process, port = start_nginx(work)
    try:
        for title, stride, judged in IMAGES:
            isolde = start_isolde(work, base, stride)
            nginx = Server("nginx", nginx_process, f"http://127.0.0.1:{port}/{stride}.iso")
            try:
                wait_until_answered(nginx.url)
                check_same_bytes(isolde, nginx)
                idle = [(server.name, idle_kib(server)) for server in (isolde, nginx)]
                print(f"\n64 KiB random ranges, {title}; medians of {PAIRS} pairs of {SECONDS} s\n"
                      "            |        requests/s        |   server CPU µs/request  |  isolde p50/p99 | nginx p50/p99 ms\n"
                      "connections |   isolde    nginx  ratio |  isolde   nginx  ratio  |")
                for connections in (16, 256, 1000):
                    fast, cheap = compare(script, isolde, nginx, connections)
                    missed += [] if fast or not judged else [f"requests/s at {connections} connections, {title}"]
                    missed += [] if cheap or not judged else [f"CPU per request at {connections} connections, {title}"]
                for name, kib in idle:
                    print(f"{name}: {kib:.1f} KiB of memory per idle connection")
                missed += [] if idle[0][1] <= IDLE_TARGET_KIB else ["memory per idle connection"]
            finally:
                isolde.process.stdin.close()
                isolde.process.wait(timeout=30)
    finally:
        nginx_process.terminate()
        nginx_process.wait(timeout=30)
    return missed


def main():
    with tempfile.TemporaryDirectory(prefix="isolde-serve-") as work:
        os.chmod(work, 0o755)  # nginx's workers are another user's
        missed = run(work)
    for target in missed:
        print(f"missed: {target}")
    sys.exit(1 if missed else 0)


main()
