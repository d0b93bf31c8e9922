# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests that boot from a kernel and a ramdisk given by URL, with arguments, a file in the ramdisk and a config drive: in a slot
of its own, or in the boot image where the BMC has one slot."""
import base64
import gzip
import json
import re
import subprocess
import tempfile
import unittest
import urllib.request

import boot_guest
from harness import BIN, Stack, wait_until

INIT = r"""#!/bin/busybox sh
bb=/bin/busybox
$bb mount -t proc none /proc; $bb mount -t sysfs none /sys; $bb mount -t devtmpfs none /dev
exec >/dev/ttyS0 2>/dev/null
echo "CMDLINE $($bb cat /proc/cmdline)"
echo "INJECTED $($bb cat /isolde/injected.txt)"
for round in 1 2 3 4 5; do for module in /modules/*.ko; do $bb insmod $module; done; done
latest=/mnt/openstack/latest
label_of() { $bb dd if=/dev/$1 bs=1 skip=32808 count=32 | $bb tr -d ' '; }
while $bb sleep 1; do
    for device in sr0 sr1 sda sdb; do
        [ -b /dev/$device ] && $bb mount -t iso9660 -o ro /dev/$device /mnt || continue
        [ -f $latest/meta_data.json ] &&
            echo "DRIVE $device $(label_of $device) $($bb cat $latest/meta_data.json) $($bb cat $latest/user_data)"
        $bb umount /mnt
    done
done
"""
USER_DATA = "read by the guest"
BOOT_SECONDS = 240


class KernelStack(Stack):
    """BMC 0 has a BIOS host, BMC 1 a UEFI host."""
    bmcs = 2
    emulator_options = ["--host", "qemu", "--firmware", "bios,uefi", "--disk", "0"]

    @classmethod
    def setUpClass(cls):
        modules = boot_guest.find_modules()
        if not modules:
            raise unittest.SkipTest("the modules of the installer's kernel cannot be had")
        super().setUpClass()
        with tempfile.TemporaryDirectory(prefix="isolde-guest.") as directory:
            with open(boot_guest.make_initrd(directory, modules, INIT), "rb") as initrd:
                cls.upstream.files["good-initrd"] = initrd.read()
        with open(boot_guest.INSTALLER_KERNEL, "rb") as kernel:
            cls.upstream.files["good-vmlinuz"] = kernel.read()

    def console(self, bmc):
        with urllib.request.urlopen(f"{self.bmc[bmc]}/emulator/systems/1/console", timeout=20) as answer:
            return answer.read().decode(errors="replace").replace("\r", "")

    def told(self, bmc, pattern):
        return wait_until(lambda: re.search(pattern, self.console(bmc)), 120, f"'{pattern}' on the guest's console")

    def deploy_kernel(self, name, **fields):
        self.call("POST", "/isolde/v1/deployments", {
            "node": name, "kernel": f"{self.upstream.url}/good-vmlinuz", "ramdisk": f"{self.upstream.url}/good-initrd",
            "ramdisk_kernel_arguments": f"console=ttyS0,115200 {boot_guest.LATE_TIMER} isolde.node={name}",
            "inject_files": [{"path": "/isolde/injected.txt", "content": f"for {name}\n", "target": "initrd"}], **fields})

    def boots(self, name, bmc, drive, **fields):
        """The whole way of one node: `drive` says where the guest finds its config drive."""
        self.available(name, bmc)
        self.deploy_kernel(name, **fields)
        self.reach(name, "active", BOOT_SECONDS)
        words = self.told(bmc, r"CMDLINE (.*)\n")[1].split()
        self.assertEqual(words.count(f"isolde.node={name}"), 1, words)
        self.told(bmc, rf"INJECTED for {name}\n")
        told = self.told(bmc, r"DRIVE (\w+) (\S+) (\{.*?\}) " + USER_DATA + r"\n")
        self.assertRegex(told[1], drive)
        self.assertEqual(told[2], "config-2")
        self.assert_booted(name)
        for medium in self.deployment(name)["second_media"]:
            self.assertGreater(medium["bytes_read"], 0)
        self.verb(name, "deleted", "available")
        self.assert_nothing_left(name, bmc)
        return json.loads(told[3])

    def assert_booted(self, name):
        evidence = wait_until(lambda: self.deployment(name)["evidence"] if self.deployment(name)["evidence"]["booted"] else None,
                              30, f"the evidence of {name}'s boot")
        self.assertTrue(evidence["loader"], evidence)
        self.assertEqual((evidence["kernel_percent"], evidence["initrd_percent"]), (100, 100), evidence)


class TwoSlots(KernelStack):
    """The config drive is a USB stick, made of its parts."""

    def boots_with_parts(self, name, bmc):
        self.assertEqual(self.boots(name, bmc, "^sd", configdrive={"user_data": USER_DATA}),
                         {"name": name, "uuid": self.node(name)["uuid"]})

    def test_a_bios_guest(self):
        self.boots_with_parts("bios", 0)

    def test_a_uefi_guest(self):
        self.boots_with_parts("uefi", 1)


class OneSlot(KernelStack):
    """The config drive is in the boot image; it comes by URL, packed as Ironic packs it, and so does the file."""
    emulator_options = [*KernelStack.emulator_options, "--profile", "generic-one-slot"]

    def setUp(self):
        super().setUp()
        for part, text in (("meta", '{"uuid": "u1"}'), ("user", USER_DATA)):
            with open(f"{self.work}/{part}", "w", encoding="ascii") as file:
                file.write(text)
        subprocess.run([f"{BIN}/isolde", "media", "build", "config-drive", "--meta-data", f"{self.work}/meta", "--user-data",
                        f"{self.work}/user", "-o", f"{self.work}/drive.iso"], check=True, stdout=subprocess.DEVNULL)
        with open(f"{self.work}/drive.iso", "rb") as drive:
            self.upstream.files["good-drive"] = base64.encodebytes(gzip.compress(drive.read()))

    def boots_with_urls(self, name, bmc):
        self.upstream.files["good-file"] = f"for {name}\n".encode()
        file = {"path": "/isolde/injected.txt", "target": "initrd", "url": f"{self.upstream.url}/good-file"}
        self.assertEqual(self.boots(name, bmc, "^sr", configdrive=f"{self.upstream.url}/good-drive", inject_files=[file]),
                         {"uuid": "u1"})

    def test_a_bios_guest(self):
        self.boots_with_urls("bios", 0)

    def test_a_uefi_guest(self):
        self.boots_with_urls("uefi", 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
