# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures `isolde media compose --overlay` beside an xorriso repack that makes the same changes."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PAIRS = int(os.environ.get("ISOLDE_BENCH_PAIRS", "5"))
SIZE_MIB = int(os.environ.get("ISOLDE_BENCH_MIB", "2048"))
BIN = os.environ["ISOLDE_BIN_DIR"].rstrip("/")
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ARGUMENT = "console=ttyS0,115200"
CONFIGURATIONS = ["/boot/grub/grub.cfg", "/isolinux/txt.cfg", "/isolinux/adtxt.cfg", "/isolinux/isolinux.cfg"]

# The targets are those of composing, which is what the conductor does for each node. The program's own start (loading
# shared libraries takes longer than composing) is in the table, and as a ratio below it.
MIN_SPEEDUP = 500
MIN_FEWER_BYTES = 10_000
MAX_COMPOSE_MS = 5.0
MAX_DELTA_BYTES = 64 * 1024
MAX_RSS_KIB = 16 * 1024


def run(command):
    """Wall time in ms and peak resident memory in KiB of a command that must succeed."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = (time.perf_counter() - begin) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with {process.returncode}")
    return elapsed, usage.ru_maxrss


def size_of(path):
    """Bytes in a file, or in all files of a directory."""
    if os.path.isdir(path):
        return sum(os.path.getsize(os.path.join(path, name)) for name in os.listdir(path))
    return os.path.getsize(path)


def extract_edited(iso, work):
    """The configurations with the argument in them: what a repack puts in."""
    edited = []
    for path in CONFIGURATIONS:
        target = os.path.join(work, path.replace("/", "_"))
        subprocess.run(["xorriso", "-osirrox", "on", "-indev", iso, "-extract", path, target], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.chmod(target, 0o644)
        with open(target, encoding="utf-8") as file:
            text = file.read()
        with open(target, "w", encoding="utf-8") as file:
            file.write(text.replace(" --- ", f" {ARGUMENT} --- "))
        edited += ["-map", target, path]
    return edited


def measure(iso, work):
    """Pairs of (isolde, xorriso): each a list of (ms, KiB, bytes written)."""
    preseed = os.path.join(work, "preseed.cfg")
    with open(preseed, "w", encoding="utf-8") as file:
        file.write("# injected\n")
    edited = extract_edited(iso, work)
    overlay, repacked = os.path.join(work, "overlay"), os.path.join(work, "repacked.iso")
    compose = [f"{BIN}/isolde", "media", "compose", iso, "--append", ARGUMENT, "--file", f"{preseed}=/preseed.cfg",
               "--overlay", overlay]
    repack = ["xorriso", "-indev", iso, "-outdev", repacked, "-boot_image", "any", "replay", *edited,
              "-map", preseed, "/preseed.cfg"]
    ours, theirs = [], []
    for _ in range(PAIRS):
        os.sync()  # what the last repack left to write is not this run's
        run(compose)  # warm: the base's directories are in the page cache, as they are for every node but the first
        shutil.rmtree(overlay)
        ours.append((*run(compose), size_of(overlay)))
        if os.path.exists(repacked):
            os.remove(repacked)
        theirs.append((*run(repack), size_of(repacked)))
    return ours, theirs


def medians(rows):
    return [statistics.median(column) for column in zip(*rows)]


def print_table(ours, theirs, inside):
    print(f"| {SIZE_MIB} MiB ISO, arguments and one file | wall, median of {PAIRS} | bytes written | peak RSS |")
    print("|---|---|---|---|")
    for name, row in (("isolde media compose --overlay", ours), ("xorriso repack", theirs)):
        print(f"| {name} | {row[0]:.1f} ms | {row[2]:,.0f} | {row[1] / 1024:.1f} MiB |")
    print(f"| in the process, warm (median, p95 of 200) | {inside['median_us'] / 1000:.2f} ms, "
          f"{inside['p95_us'] / 1000:.2f} ms | {inside['delta_bytes']:,} in memory | "
          f"{inside['peak_rss_kib'] / 1024:.1f} MiB |")


def check(name, value, limit, at_least):
    met = value >= limit if at_least else value <= limit
    print(f"{'ok    ' if met else 'MISSED'} {name}: {value:,.1f} ({'at least' if at_least else 'at most'} {limit:,})")
    return met


def main():
    with tempfile.TemporaryDirectory(prefix="isolde-bench-") as work:
        iso = os.path.join(work, "base.iso")
        subprocess.run([f"{SOURCE}/tests/support/make_iso.sh", "--layout", "debian", "--size", str(SIZE_MIB), iso],
                       check=True)
        pairs = measure(iso, work)
        inside = json.loads(subprocess.run([f"{os.path.dirname(BIN)}/bench/bench_composer", iso], check=True,
                                           capture_output=True, text=True).stdout)
        of_program = statistics.median(xorriso[0] / isolde[0] for isolde, xorriso in zip(*pairs))
    ours, theirs = medians(pairs[0]), medians(pairs[1])
    print_table(ours, theirs, inside)
    print(f"The whole program, process start included, is {of_program:,.0f} times faster than a repack "
          "(median of the pairs).")
    met = [
        check("times faster than a repack", theirs[0] / (inside["median_us"] / 1000), MIN_SPEEDUP, True),
        check("times fewer bytes written", theirs[2] / ours[2], MIN_FEWER_BYTES, True),
        check("ms to compose in the process", inside["median_us"] / 1000, MAX_COMPOSE_MS, False),
        check("bytes of delta", inside["delta_bytes"], MAX_DELTA_BYTES, False),
        check("KiB peak resident memory of the composer", inside["peak_rss_kib"], MAX_RSS_KIB, False),
        check("KiB peak resident memory of the program", ours[1], MAX_RSS_KIB, False),
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
