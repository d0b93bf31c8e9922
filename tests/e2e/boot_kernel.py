#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boots images that `isolde media build boot` made of a kernel and a ramdisk.

    boot_kernel.py [--some | --all]

The guest has to show the arguments in /proc/cmdline, and to find the file put into its ramdisk and the one put onto its
medium. Unless told: from a CD by BIOS and by UEFI. Prints a table as Markdown; exit code 1 when a boot fails.
"""
import os
import subprocess
import sys
import tempfile
import time

import boot_guest
from boot_matrix import BIOS, CONTENT, FIRMWARE_NAMES, MEDIUM_NAMES, SECONDS, SECURE, UEFI, words_of
from harness import BIN

SOME = [(BIOS, "cd"), (UEFI, "cd")]
ALL = [(firmware, medium) for firmware in (BIOS, UEFI, SECURE) for medium in ("cd", "usb")]
ARGUMENTS = ["console=ttyS0,115200", boot_guest.LATE_TIMER, "isolde.blank=a b", "isolde.shell=$x{y}&z|#"]


def build(directory, modules):
    initrd, image, probe = boot_guest.make_initrd(directory, modules), directory + "/boot.iso", directory + "/probe.txt"
    with open(probe, "w", encoding="ascii") as file:
        file.write(CONTENT + "\n")
    command = [f"{BIN}/isolde", "media", "build", "boot", "--kernel", boot_guest.INSTALLER_KERNEL, "--ramdisk", initrd,
               "--file", f"{probe}=/isolde/probe.txt", "--initrd-file", f"{probe}=/isolde-probe.txt", "-o", image]
    for argument in ARGUMENTS:
        command += ["--append", argument]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return image


def faults_of(medium, said, modules):
    if "cmdline" not in said:
        return ["the guest did not start; it said: " + said["console"][-400:].replace("\n", " ")]
    words = words_of(said["cmdline"])
    faults = [f"{argument} is not in /proc/cmdline" for argument in ARGUMENTS if words.count(argument) != 1]
    if said.get("initrd") != CONTENT:
        faults.append("the file is not in the ramdisk")
    device = "sr0" if medium == "cd" else "sda"
    if modules and said.get(device) != CONTENT:
        faults.append(f"the file is not on {device}")
    return faults


def boot_row(firmware, medium, image, modules):
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        said = boot_guest.boot(image, firmware, medium, directory, SECONDS)
    faults = faults_of(medium, said, modules)
    result = "FAILED: " + "; ".join(faults) if faults else "as asked"
    print(f"| {FIRMWARE_NAMES[firmware]} | {MEDIUM_NAMES[medium]} | {result} | {time.monotonic() - started:.0f} s |", flush=True)
    return not faults


def main():
    modules = boot_guest.find_modules()
    print("| firmware | medium | seen by the guest | time |\n|---|---|---|---|", flush=True)
    rows = ALL if "--all" in sys.argv else SOME
    with tempfile.TemporaryDirectory(prefix="isolde-kernel.") as directory:
        image = build(directory, modules)
        good = [boot_row(firmware, medium, image, modules) for firmware, medium in rows]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
