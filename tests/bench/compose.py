# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures `isolde media compose --overlay` beside two ways to write a changed copy: an xorriso repack that makes the same
changes, and the commands that mkksiso runs (lorax is not in Debian: list, extract, `xorriso -update`, implantisomd5)."""

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
MKKSISO_CONFIGURATIONS = ["/boot/grub/grub.cfg", "/isolinux/isolinux.cfg"]  # of those that it knows
IMAGES = {
    "27 MB": ["--fake-kernel", "--size", "21"],
    f"{SIZE_MIB} MiB": ["--size", str(SIZE_MIB)],
    "20,000 files": ["--fake-kernel", "--files", "20000"],
}
LARGE = f"{SIZE_MIB} MiB"

# The targets are those of composing, which is what the conductor does for each node. The program's own start is in the
# table, and as a ratio below it.
MIN_SPEEDUP = 500
MIN_FEWER_BYTES = 10_000
MAX_COMPOSE_MS = 5.0
MAX_THOUSAND_MS = 2000
MAX_DELTA_BYTES = 64 * 1024
MAX_RSS_KIB = 16 * 1024


def run(*commands):
    """Wall time in ms of commands that must succeed, one after the other."""
    begin = time.perf_counter()
    for command in commands:
        process = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)} failed with {process.returncode}")
    return (time.perf_counter() - begin) * 1000


def run_measured(*commands):
    """Wall time in ms, that of time(1) included, and peak resident memory in KiB. What the kernel tells of a child of this
    program starts at this program's own size, so a small one has to ask."""
    with tempfile.NamedTemporaryFile("r") as peaks:
        elapsed = run(*(["/usr/bin/time", "--format", "%M", "--append", "--output", peaks.name, *command]
                        for command in commands))
        return elapsed, max(map(int, peaks.read().split()))


def size_of(path):
    """Bytes in a file, or in all files of a directory."""
    if os.path.isdir(path):
        return sum(os.path.getsize(os.path.join(path, name)) for name in os.listdir(path))
    return os.path.getsize(path)


def edited_copy(iso, path, work):
    """A file of the image with the argument in its entries: what a copy puts in."""
    target = os.path.join(work, path.replace("/", "_"))
    if not os.path.exists(target):
        run(["xorriso", "-osirrox", "on", "-indev", iso, "-extract", path, target])
        os.chmod(target, 0o644)
        with open(target, encoding="utf-8") as file:
            text = file.read()
        with open(target, "w", encoding="utf-8") as file:
            file.write(text.replace(" --- ", f" {ARGUMENT} --- "))
    return target


def repack_commands(iso, out, added, work):
    changes = [word for path in CONFIGURATIONS for word in ("-map", edited_copy(iso, path, work), path)]
    return [["xorriso", "-indev", iso, "-outdev", out, "-boot_image", "any", "replay", *changes,
             "-map", added, "/preseed.cfg"]]


def mkksiso_commands(iso, out, added, work):
    """Its own editing of the extracted files is not counted."""
    extract = [word for path in MKKSISO_CONFIGURATIONS
               for word in ("-extract", path, os.path.join(work, "mkksiso" + path.replace("/", "_")))]
    changes = [word for path in MKKSISO_CONFIGURATIONS for word in ("-update", edited_copy(iso, path, work), path)]
    return [["xorriso", "-indev", iso, "-pkt_output", "on", "-find"],
            ["xorriso", "-osirrox", "on", "-indev", iso, *extract],
            ["xorriso", "-indev", iso, "-outdev", out, "-boot_image", "any", "replay", *changes,
             "-map", added, "preseed.cfg"],
            ["implantisomd5", out]]


def measure_copy(commands, out):
    """(ms, KiB, bytes written)"""
    if os.path.exists(out):
        os.remove(out)
    os.sync()  # what the last copy left to write is not this run's
    return (*run_measured(*commands), size_of(out))


def measure(iso, work):
    """Rows of (isolde, repack, mkksiso), each a list of (ms, KiB, bytes written) with one item a round."""
    added, overlay, out = (os.path.join(work, name) for name in ("preseed.cfg", "overlay", "copy.iso"))
    with open(added, "w", encoding="utf-8") as file:
        file.write("# injected\n")
    compose = [f"{BIN}/isolde", "media", "compose", iso, "--append", ARGUMENT, "--file", f"{added}=/preseed.cfg",
               "--overlay", overlay]
    repack, mkksiso = (make(iso, out, added, work) for make in (repack_commands, mkksiso_commands))
    rounds = []
    for _ in range(PAIRS):
        # Warm: the base's directories are in the page cache, as they are for every node but the first.
        _, memory = run_measured(compose)
        shutil.rmtree(overlay)
        ours = (run(compose), memory, size_of(overlay))
        shutil.rmtree(overlay)
        rounds.append((ours, measure_copy(repack, out), measure_copy(mkksiso, out)))
    return list(zip(*rounds))


def medians(rows):
    return [statistics.median(column) for column in zip(*rows)]


def print_row(image, name, row):
    print(f"| {image} | {name} | {row[0]:.1f} ms | {row[2]:,.0f} | {row[1] / 1024:.1f} MiB |")


def print_rows(image, rows, inside):
    for name, row in zip(("isolde media compose --overlay", "xorriso repack", "mkksiso's commands"), rows):
        print_row(image, name, medians(row))
    print(f"| {image} | in the process (p95 {inside['p95_us'] / 1000:.2f} ms) | {inside['median_us'] / 1000:.2f} ms | "
          f"{inside['delta_bytes']:,} in memory | {inside['peak_rss_kib'] / 1024:.1f} MiB |")
    print(f"| {image} | 1,000 plans in one process, all kept (CPU {inside['cpu_ms']:,.0f} ms) | "
          f"{inside['total_ms']:,.0f} ms | 0 | {inside['rss_per_image_bytes'] / 1024:.1f} KiB each |", flush=True)


def check(name, value, limit, at_least=False):
    met = value >= limit if at_least else value <= limit
    print(f"{'ok    ' if met else 'MISSED'} {name}: {value:,.1f} ({'at least' if at_least else 'at most'} {limit:,})")
    return met


def check_image(image, rows, inside):
    ours, repack, _ = (medians(row) for row in rows)
    ratio = statistics.median(theirs[0] / isolde[0] for isolde, theirs in zip(rows[0], rows[1]))
    print(f"\n{image}: the whole program, its start included, is {ratio:,.0f} times faster than a repack, "
          f"{medians(rows[2])[0] / ours[0]:,.0f} times faster than mkksiso's commands.")
    met = [
        check("ms to compose in the process", inside["median_us"] / 1000, MAX_COMPOSE_MS),
        check("ms to compose 1,000 plans", inside["total_ms"], MAX_THOUSAND_MS),
        check("bytes of delta", inside["delta_bytes"], MAX_DELTA_BYTES),
        check("KiB peak resident memory of the composer", inside["peak_rss_kib"], MAX_RSS_KIB),
        check("KiB peak resident memory of the program", ours[1], MAX_RSS_KIB),
    ]
    if image == LARGE:
        met += [check("times faster than a repack", repack[0] / (inside["median_us"] / 1000), MIN_SPEEDUP, True),
                check("times fewer bytes written", repack[2] / ours[2], MIN_FEWER_BYTES, True)]
    return all(met)


def measure_image(options):
    with tempfile.TemporaryDirectory(prefix="isolde-bench-") as work:
        iso = os.path.join(work, "base.iso")
        subprocess.run([f"{SOURCE}/tests/support/make_iso.sh", "--layout", "debian", *options, iso], check=True)
        rows = measure(iso, work)
        inside = json.loads(subprocess.run([f"{os.path.dirname(BIN)}/bench/bench_composer", iso], check=True,
                                           capture_output=True, text=True).stdout)
    return rows, inside


def main():
    print(f"| arguments and one file into | by | wall, median of {PAIRS} | bytes written | peak RSS |")
    print("|---|---|---|---|---|")
    measured = {}
    for image, options in IMAGES.items():
        measured[image] = measure_image(options)
        print_rows(image, *measured[image])
    met = [check_image(image, *results) for image, results in measured.items()]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
