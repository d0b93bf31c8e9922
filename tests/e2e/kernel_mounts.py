#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Composed images of every kind of tree, mounted by Linux: one guest with six CD drives lists every file with its checksum,
as each kind of tree shows it, and the lists have to be those of the files that were put in."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

import boot_guest
from harness import BIN

SECONDS = 600
SKIPPED = 77
# What makes the image, which kinds of tree show whole names, and which cut them to what ISO 9660 allows.
IMAGES = {
    "rock-ridge-joliet": ("xorriso -as mkisofs -r -J -o {base} {tree}", ["rock", "joliet"], ["plain"]),
    "twin": ("xorriso -as mkisofs -r -J -partition_offset 16 -o {base} {tree}", ["rock", "joliet"], ["plain"]),
    "compressed": ("xorriso -outdev {base} -map {tree} / -set_filter_r --zisofs / --", ["rock"], []),
    "relocated": ("genisoimage -r -o {base} {tree}", ["rock"], []),
    "joliet": ("genisoimage -J -o {base} {tree}", ["rock", "joliet"], ["plain"]),
    "plain": ("genisoimage -o {base} {tree}", [], ["rock", "joliet", "plain"]),
}
WITHOUT_DEPTH = ["joliet", "plain"]  # genisoimage needs Rock Ridge for more than eight levels
OPTIONS = {"rock": "ro", "joliet": "ro,norock", "plain": "ro,norock,nojoliet"}  # the kernel takes Joliet where "rock" finds none
INIT = r"""#!/bin/busybox sh
bb=/bin/busybox
$bb mount -t proc none /proc; $bb mount -t sysfs none /sys; $bb mount -t devtmpfs none /dev
exec >/dev/ttyS0 2>/dev/null
for round in 1 2 3 4 5; do for module in /modules/*.ko; do $bb insmod $module; done; done
for second in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/sr5 ] && break; $bb sleep 1; done
list() {
    $bb mount -t iso9660 -o $3 $1 /mnt || return
    $bb find /mnt -type f -exec $bb md5sum {} + >/list
    name=$($bb cat /mnt/id.txt)
    while read -r line; do echo "FILE $name $2 $line"; done </list
    $bb umount /mnt
}
for device in /dev/sr*; do
LISTS
done
echo "MATRIX done"
$bb sleep 1
$bb poweroff -f
""".replace("LISTS", "\n".join(f"    list $device {tree} {options}" for tree, options in OPTIONS.items()))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def make_tree(root, name):
    write(f"{root}/id.txt", name)
    write(f"{root}/etc/old.cfg", "old\n" * 100)
    write(f"{root}/etc/numbers", "\n".join(map(str, range(20000))))
    for number in range(40):
        write(f"{root}/full/file-number-{number}.txt", f"file {number}\n")
    depth = "" if name in WITHOUT_DEPTH else "/d6/d7/d8/d9"
    write(f"{root}/d1/d2/d3/d4/d5{depth}/deep.txt", "deep\n")


def make_changes(root, name):
    """What is put in, as a tree."""
    depth = "" if name in WITHOUT_DEPTH else "/d6/d7/d8/d9"
    write(f"{root}/etc/old.cfg", "new\n")
    write(f"{root}/seed/user-data", "#cloud-config\n")
    write(f"{root}/d1/d2/d3/d4/d5{depth}/more.txt", "more\n")
    for number in range(30):
        write(f"{root}/full/added-{number}.txt", f"added {number}\n")


def checksums(root):
    sums = {}
    for directory, _, names in os.walk(root):
        for name in names:
            with open(os.path.join(directory, name), "rb") as file:
                sums[os.path.join(directory, name)[len(root):]] = hashlib.md5(file.read()).hexdigest()
    return sums


def compose(work, name):
    """The composed image, and the checksums that it has to show."""
    tree, changes, wanted = (os.path.join(work, f"{name}-{part}") for part in ("tree", "changes", "wanted"))
    make_tree(tree, name)
    make_changes(changes, name)
    shutil.copytree(tree, wanted)
    shutil.copytree(changes, wanted, dirs_exist_ok=True)
    base, image = os.path.join(work, f"{name}-base.iso"), os.path.join(work, f"{name}.iso")
    subprocess.run(IMAGES[name][0].format(base=base, tree=tree).split(), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    files = [word for path in checksums(changes) for word in ("--file", f"{changes}{path}={path}")]
    subprocess.run([f"{BIN}/isolde", "media", "compose", base, *files, "--output", image], check=True,
                   stdout=subprocess.DEVNULL)
    return image, checksums(wanted)


def drives(images):
    options = ["-machine", "q35"]
    for port, image in enumerate(images):
        options += ["-drive", f"if=none,id=cd{port},format=raw,readonly=on,media=cdrom,file={image}",
                    "-device", f"ide-cd,drive=cd{port},bus=ide.{port}"]
    return options


def faults_of(name, shown, wanted):
    """Where names are cut, the contents have to be all there."""
    _, whole, cut = IMAGES[name]
    faults = []
    for tree in whole:
        sums = shown.get((name, tree), {})
        faults += [f"{name}, mounted for {tree}: {path} is {sums.get(path)}, not {wanted.get(path)}"
                   for path in sorted(sums.keys() | wanted.keys()) if sums.get(path) != wanted.get(path)]
    return faults + [f"{name}, mounted for {tree}: the contents differ" for tree in cut
                     if sorted(shown.get((name, tree), {}).values()) != sorted(wanted.values())]


def main():
    modules = boot_guest.find_modules()
    if modules is None:
        print("skipped: the modules of the installer's kernel cannot be had")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="isolde-mounts-") as work:
        composed = {name: compose(work, name) for name in IMAGES}
        initrd = boot_guest.make_initrd(work, modules, INIT)
        console = boot_guest.run([*drives(image for image, _ in composed.values()), "-kernel", boot_guest.INSTALLER_KERNEL,
                                  "-initrd", initrd, "-append", f"console=ttyS0 quiet {boot_guest.LATE_TIMER}"], SECONDS)
        shown = {}
        for name, tree, digest, path in re.findall(r"FILE (\S+) (\S+) ([0-9a-f]{32})  /mnt(\S+)", console):
            shown.setdefault((name, tree), {})[path] = digest
        faults = [fault for name, (_, wanted) in composed.items() for fault in faults_of(name, shown, wanted)]
    print("\n".join(faults) or f"{len(shown)} mounts show {sum(map(len, shown.values()))} files as they were put in")
    if faults:
        print(console[-2000:])
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
