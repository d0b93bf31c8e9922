#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boots the ISOs that Debian ships in packages, each as it is but for what was put into it. What such a program shows on its
screen or says on the serial port tells that it runs. Prints the table as Markdown; exit code 1 when a boot fails."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import boot_guest
from boot_matrix import BIOS, CONTENT, FIRMWARE_NAMES, MEDIUM_NAMES, UEFI
from harness import BIN, wait_until

SECONDS = 240
TEXT_MEMORY, TEXT_BYTES = 0xB8000, 80 * 25 * 2
MEMTEST_BLUE = b"\x00\x00\xaa"
RESCUE_MENU = """set timeout=1
menuentry 'put in by isolde' {
    linux /isolde/vmlinuz console=ttyS0,115200 LATE_TIMER isolde.rescue=1
    initrd /isolde/initrd.gz
}
""".replace("LATE_TIMER", boot_guest.LATE_TIMER)
IPXE = "/usr/lib/ipxe/ipxe.iso"
MEMTEST = "/usr/lib/memtest86+/memtest86+x64.iso"
RESCUE = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"


class Machine:
    """A guest with the image as its medium, until `with` ends."""

    def __init__(self, image, firmware, medium, directory):
        self.directory = directory
        self.console_file = os.path.join(directory, "console")
        control = os.path.join(directory, "qmp")
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg", "-m", "512", "-display", "none", "-net", "none", "-no-reboot",
             "-serial", f"file:{self.console_file}", "-qmp", f"unix:{control},server=on,wait=off",
             *boot_guest.firmware_options(firmware, directory), *boot_guest.medium_options(medium, image)])
        wait_until(lambda: os.path.exists(control), 30, "QEMU's control socket")
        self.control = socket.socket(socket.AF_UNIX)
        self.control.connect(control)
        self.answers = self.control.makefile("r")
        self.answers.readline()
        self.command("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.answers.close()
        self.control.close()

    def command(self, name, **arguments):
        self.control.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        for line in self.answers:
            answer = json.loads(line)
            if "event" not in answer:
                return answer
        raise RuntimeError(f"QEMU ended at {name}")

    def console(self):
        with open(self.console_file, "rb") as file:
            return file.read().decode(errors="replace")

    def screen_text(self):
        """What a BIOS program shows: every other byte of the text mode's memory is a character."""
        path = os.path.join(self.directory, "text")
        self.command("pmemsave", val=TEXT_MEMORY, size=TEXT_BYTES, filename=path)
        with open(path, "rb") as file:
            return file.read()[::2].decode("cp437")

    def blue_part(self):
        """Share of the picture that has memtest86+'s background."""
        path = os.path.join(self.directory, "picture")
        self.command("screendump", filename=path)
        with open(path, "rb") as file:
            pixels = re.match(rb"P6\n\d+ \d+\n255\n(.*)", file.read(), re.S)[1]
        return pixels.count(MEMTEST_BLUE) * len(MEMTEST_BLUE) / len(pixels)


def probed_text(machine):
    return CONTENT in machine.screen_text()


# Image, what is put in besides a file, firmware and media, what is waited for, and how the table says it.
ROWS = [
    (IPXE, [word for argument in ["echo", *CONTENT.split()] for word in ("--append", argument)], BIOS, ("cd", "usb"), probed_text, "the arguments, which iPXE runs as its script"),
    (IPXE, [], UEFI, ("cd",), lambda machine: "iPXE" in machine.console(), "iPXE"),
    (MEMTEST, [], BIOS, ("cd", "usb"), lambda machine: "Memtest86+ v" in machine.screen_text(), "memtest86+"),
    (MEMTEST, [], UEFI, ("cd", "usb"), lambda machine: machine.blue_part() > 0.5, "memtest86+"),
    (RESCUE, ["menu"], BIOS, ("cd", "usb"), lambda machine: re.search(r"MATRIX cmdline .*isolde\.rescue=1", machine.console()),
     "GRUB's menu, kernel and initrd, all put in"),
]


def compose(base, options, directory, initrd):
    probe, menu, composed = (os.path.join(directory, name) for name in ("probe.txt", "grub.cfg", "composed.iso"))
    with open(probe, "w", encoding="ascii") as file:
        file.write(CONTENT + "\n")
    with open(menu, "w", encoding="ascii") as file:
        file.write(RESCUE_MENU)
    if options == ["menu"]:
        options = ["--file", f"{menu}=/boot/grub/grub.cfg", "--file", f"{boot_guest.INSTALLER_KERNEL}=/isolde/vmlinuz",
                   "--file", f"{initrd}=/isolde/initrd.gz"]
    subprocess.run([f"{BIN}/isolde", "media", "compose", base, "--file", f"{probe}=/isolde.txt", "--output", composed, *options],
                   check=True, stdout=subprocess.DEVNULL)
    return composed


def boot_row(base, options, firmware, medium, shown, words, initrd):
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="isolde-debian-isos.") as directory:
        image = compose(base, options, directory, initrd)
        with Machine(image, firmware, medium, directory) as machine:
            try:
                wait_until(lambda: shown(machine), SECONDS, words)
                seen = words
            except AssertionError as fault:
                seen = f"FAILED: {fault}"
    cells = [os.path.basename(base), FIRMWARE_NAMES[firmware], MEDIUM_NAMES[medium], seen, f"{time.monotonic() - started:.0f} s"]
    print("| " + " | ".join(cells) + " |", flush=True)
    return seen == words


def main():
    print("| image | firmware | medium | seen | time |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="isolde-initrd.") as directory:
        initrd = boot_guest.make_initrd(directory, None)
        good = [boot_row(base, options, firmware, medium, shown, words, initrd)
                for base, options, firmware, media, shown, words in ROWS for medium in media]
    print(f"\n{sum(good)} of {len(good)} boots as asked")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
