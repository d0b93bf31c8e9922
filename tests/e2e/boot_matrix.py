#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boots composed images of every layout, under every firmware, from a CD and from a USB stick.

    boot_matrix.py [--some | --all | LAYOUT…]

Each guest has to show in /proc/cmdline exactly the arguments that were asked for and none that was removed, and to find the
file that was put into its initrd and the one that was put onto its medium. Unless told: a diagonal of five boots. Prints the table as Markdown; exit code 1 when a boot fails.
"""
import os
import subprocess
import sys
import tempfile
import time

import boot_guest
from harness import BIN, SOURCE

BIOS, UEFI, SECURE = "bios", "uefi", "secure-boot"
FIRMWARE_NAMES = {BIOS: "SeaBIOS", UEFI: "OVMF", SECURE: "OVMF, Secure Boot enforced"}
MEDIUM_NAMES = {"cd": "CD", "usb": "USB stick"}
SECONDS = 600

PORTABLE = ["--layout", "portable", "--kind"]
# signed: shim and Debian's signed GRUB boot it. raw: no GRUB reads its entries, so that quotes and backslashes pass.
# ignition: a configuration is put into the area for it as well.
# initrd_in_efi: an initrd lies in the EFI partition, so no file is put into initrds. options: of make_iso.sh, for a layout that
# is not one of its own. folder: where the file goes that the guest looks for on its medium.
LAYOUTS = {
    "debian": {"imitates": "Debian 12 netinst", "signed": True},
    "ubuntu": {"imitates": "Ubuntu Server from 22.04", "signed": True},
    "fedora": {"imitates": "RHEL 9, Fedora up to 36", "signed": True},
    "fedora37": {"imitates": "RHEL 10, Fedora from 37", "signed": True},
    "opensuse": {"imitates": "openSUSE Leap, SLES", "signed": True},
    "arch": {"imitates": "Arch Linux", "signed": False, "raw": True, "initrd_in_efi": True},
    "coreos": {"imitates": "Fedora CoreOS live", "signed": True, "ignition": True},
    "alpine": {"imitates": "Alpine", "signed": False},
    "live": {"imitates": "Debian live", "signed": True},
    "casper": {"imitates": "Ubuntu desktop up to 20.04", "signed": True},
    "grub-mkrescue": {"imitates": "any ISO made by grub-mkrescue", "signed": False},
    "iso1999": {"imitates": "ISO 9660:1999 (genisoimage -iso-level 4)", "signed": True, "options": PORTABLE + ["iso1999"]},
    "joliet": {"imitates": "Joliet without Rock Ridge", "signed": True, "options": PORTABLE + ["joliet"]},
    "bare": {"imitates": "ISO 9660 alone", "signed": True, "options": PORTABLE + ["bare"]},
    "relocated": {"imitates": "Rock Ridge, directories relocated", "signed": True, "options": PORTABLE + ["relocated"],
                  "folder": "/d1/d2/d3/d4/d5/d6/d7/d8/d9"},
    "zisofs": {"imitates": "files compressed by zisofs", "signed": True, "options": PORTABLE + ["zisofs"], "folder": "/pool"},
    "large-file": {"imitates": "a file of 4.2 GiB in two extents", "signed": True, "options": PORTABLE + ["large-file"]},
    "many-files": {"imitates": "20,000 files", "signed": True,
                   "options": PORTABLE + ["rock-ridge-joliet", "--files", "20000"], "folder": "/pool/small/7/140/data"},
    "udf-bridge": {"imitates": "a UDF bridge", "signed": True, "options": PORTABLE + ["udf-bridge"]},
}
DIAGONAL = [("debian", BIOS, "cd"), ("debian", SECURE, "usb"), ("alpine", UEFI, "cd"), ("casper", BIOS, "usb"),
            ("bare", UEFI, "cd")]

ARGUMENTS = ["console=ttyS0,115200", boot_guest.LATE_TIMER, "ds=nocloud;s=/x/", "isolde.blank=a b",
             "isolde.shell=$x{y}&z|#<>*~!()", "isolde.last=1"]
RAW_ARGUMENTS = ["isolde.quotes=it's\\n"]
REMOVED = "quiet"
CONTENT = "put in by isolde"


def every_boot(names):
    for name in names:
        for firmware in (BIOS, UEFI, SECURE):
            if firmware != SECURE or LAYOUTS[name]["signed"]:
                yield from ((name, firmware, medium) for medium in ("cd", "usb"))


def arguments_of(name):
    return ARGUMENTS + (RAW_ARGUMENTS if LAYOUTS[name].get("raw") else [])


def has_initrd_file(name):
    return not LAYOUTS[name].get("initrd_in_efi")


def compose(name, directory, initrd):
    base, composed, probe = (os.path.join(directory, part) for part in (f"{name}.iso", f"{name}-composed.iso", "probe.txt"))
    with open(probe, "w", encoding="ascii") as file:
        file.write(CONTENT + "\n")
    options = LAYOUTS[name].get("options", ["--layout", name])
    subprocess.run([f"{SOURCE}/tests/support/make_iso.sh", *options, "--initrd", initrd, base], check=True)
    folder = LAYOUTS[name].get("folder", "/isolde")
    command = [f"{BIN}/isolde", "media", "compose", base, "--remove", REMOVED, "--output", composed,
               "--file", f"{probe}={folder}/probe.txt"]
    if has_initrd_file(name):
        command += ["--initrd-file", f"{probe}=/isolde-probe.txt"]
    if LAYOUTS[name].get("ignition"):
        command += ["--ignition", probe]
    for argument in arguments_of(name):
        command += ["--append", argument]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    os.remove(base)
    return composed


def words_of(line):
    """As the kernel splits it: double quotes group and are taken away."""
    words, word, quoted = [], "", False
    for character in line + " ":
        if character == '"':
            quoted = not quoted
        elif character == " " and not quoted:
            words += [word] if word else []
            word = ""
        else:
            word += character
    return words


def faults_of(name, medium, said, modules):
    if "cmdline" not in said:
        return ["the guest did not start; it said: " + said["console"][-400:].replace("\n", " ")]
    words = words_of(said["cmdline"])
    faults = [f"{argument} is not in /proc/cmdline" for argument in arguments_of(name) if words.count(argument) != 1]
    if REMOVED in words:
        faults.append(f"{REMOVED} was not removed")
    if has_initrd_file(name) and said.get("initrd") != CONTENT:
        faults.append("the file is not in the initrd")
    if LAYOUTS[name].get("ignition") and said.get("ignition") != CONTENT:
        faults.append("the Ignition configuration is not in the initrd")
    device = "sr0" if medium == "cd" else "sda"
    if modules and said.get(device) != CONTENT:
        faults.append(f"the file is not on {device}")
    return faults


def boot_row(row, image, modules):
    name, firmware, medium = row
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        said = boot_guest.boot(image, firmware, medium, directory, SECONDS)
    faults = faults_of(name, medium, said, modules)
    places = [place for place in ("sr0", "sda", "sda1") if said.get(place) == CONTENT]
    seen = "arguments" + (", initrd file" if has_initrd_file(name) else "")
    seen += ", Ignition configuration" if said.get("ignition") == CONTENT else ""
    seen += ", ISO file by " + " and ".join(places) if places else ""
    cells = [name, FIRMWARE_NAMES[firmware], MEDIUM_NAMES[medium], "FAILED: " + "; ".join(faults) if faults else seen,
             f"{time.monotonic() - started:.0f} s"]
    print("| " + " | ".join(cells) + " |", flush=True)
    return not faults


def main():
    names = [name for name in sys.argv[1:] if not name.startswith("--")]
    rows = list(every_boot(names or LAYOUTS)) if names or "--all" in sys.argv else DIAGONAL
    modules = boot_guest.find_modules()
    print("| layout | firmware | medium | seen by the guest | time |\n|---|---|---|---|---|", flush=True)
    good = 0
    with tempfile.TemporaryDirectory(prefix="isolde-matrix.") as directory:
        initrd = boot_guest.make_initrd(directory, modules)
        image, image_of = None, None
        for row in rows:
            if image_of != row[0]:
                if image:
                    os.remove(image)
                image, image_of = compose(row[0], directory, initrd), row[0]
            good += boot_row(row, image, modules)
    print(f"\n{good} of {len(rows)} boots as asked" + ("" if modules else "; no kernel modules for the medium's own files"))
    return 0 if good == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
