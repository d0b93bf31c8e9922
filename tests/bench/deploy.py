# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys many nodes at once and measures from the 202 of each to its InsertMedia on the wire, by the emulator's clock."""
import argparse
import concurrent.futures
import datetime
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import harness  # noqa: E402

NODES = 50
TARGETS = {"last InsertMedia (s)": 1.0, "CPU per node (ms)": 10.0, "peak RSS (MiB)": 48.0}


class Bench(harness.Stack):
    bmcs = NODES + 1
    emulator_options = ["--host", "none", "--latency", "20"]
    settings = ["deploy.active_when=powered-on", "images.budget=6GiB", "power.sync_interval=1h", "log.level=warning"]
    size = 2048

    def runTest(self):
        pass

    @classmethod
    def setUpClass(cls):
        original = harness.make_iso
        harness.make_iso = lambda path, *options: original(path, "--size", str(cls.size))
        try:
            super().setUpClass()
        finally:
            harness.make_iso = original


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_rss_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def reset_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w") as control:
        control.write("5")


class Polling:
    """What this client's own looks at its nodes cost the conductor: they are no part of a deployment."""

    def __init__(self, bench):
        self.bench = bench
        self.looks = 0

    def reach_active(self, number):
        def arrived():
            self.looks += 1
            node = self.bench.node(f"node-{number}")
            if node["last_error"]:
                raise AssertionError(f"node-{number} is {node['provision_state']}: {node['last_error']}")
            return node["provision_state"] == "active" and node["reservation"] is None
        harness.wait_until(arrived, 120, f"'active' of node-{number}")

    def cpu_seconds(self, pid):
        """The same looks again, at nodes at rest."""
        begun = cpu_seconds(pid)
        for look in range(self.looks):
            self.bench.node(f"node-{look % NODES + 1}")
        return cpu_seconds(pid) - begun


def insert_time(bench, number, since):
    """Epoch seconds of the node's first InsertMedia after `since`."""
    times = (datetime.datetime.fromisoformat(entry["time"]).timestamp() for entry in bench.bmc_requests(number)
             if "InsertMedia" in entry["path"] and entry["method"] == "POST")
    return min(time for time in times if time >= since)


def one_round(bench, pool):
    pid = bench.conductor.process.pid
    reset_peak(pid)
    cpu = cpu_seconds(pid)

    def deploy(number):
        bench.deploy(f"node-{number}", ramdisk_kernel_arguments=[f"isolde.node=node-{number}", "console=ttyS0"])
        return time.time()

    begun = time.time()
    polling = Polling(bench)
    accepted = list(pool.map(deploy, range(1, NODES + 1)))
    for number in range(1, NODES + 1):
        polling.reach_active(number)
    active = time.time() - begun
    used = cpu_seconds(pid) - cpu
    polled = polling.cpu_seconds(pid)
    inserts = [insert_time(bench, number, begun) for number in range(1, NODES + 1)]
    lags = [insert - answer for insert, answer in zip(inserts, accepted)]
    urls = {slot["Image"] for number in range(1, NODES + 1) for slot in bench.slots(number) if slot["Inserted"]}
    assert len(urls) == NODES, "each node must have an image of its own"
    result = {"first InsertMedia (s)": min(inserts) - begun, "median InsertMedia (s)": statistics.median(inserts) - begun,
              "last InsertMedia (s)": max(inserts) - begun, "202 to InsertMedia, median (s)": statistics.median(lags),
              "all active (s)": active, "CPU per node (ms)": used / NODES * 1000,
              "of it, this client's polling (ms)": polled / NODES * 1000, "peak RSS (MiB)": peak_rss_mib(pid)}
    list(pool.map(lambda number: bench.verb(f"node-{number}", "deleted", "available", 120), range(1, NODES + 1)))
    return result


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--size", type=int, default=2048, help="of the ISO, MiB")
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    Bench.size = chosen.size
    Bench.setUpClass()
    bench = Bench()
    try:
        bench.ready()
        with concurrent.futures.ThreadPoolExecutor(NODES) as pool:
            list(pool.map(lambda number: bench.available(f"node-{number}", number), range(NODES + 1)))
            bench.deploy("node-0")
            bench.reach("node-0", "active", 300)
            rounds = [one_round(bench, pool) for _ in range(chosen.rounds)]
    finally:
        Bench.doClassCleanups()
    missed = 0
    print(f"{NODES} nodes at once, warm {chosen.size} MiB ISO, BMCs that answer in 20 ms; median of {chosen.rounds} rounds")
    for name in rounds[0]:
        value = statistics.median(result[name] for result in rounds)
        target = TARGETS.get(name)
        verdict = "" if target is None else f"  target <= {target:g}: {'held' if value <= target else 'MISSED'}"
        missed += target is not None and value > target
        print(f"  {name:36} {value:9.3f}{verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
