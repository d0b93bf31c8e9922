# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest boots from the virtual CD and reads its config drive from the USB stick beside it."""
import json
import re
import tempfile
import unittest
import urllib.request

import boot_guest
from harness import Stack, make_iso, wait_until

INIT = r"""#!/bin/busybox sh
bb=/bin/busybox
$bb mount -t proc none /proc; $bb mount -t sysfs none /sys; $bb mount -t devtmpfs none /dev
exec >/dev/ttyS0 2>/dev/null
for round in 1 2 3 4 5; do for module in /modules/*.ko; do $bb insmod $module; done; done
latest=/mnt/openstack/latest
for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    for device in sr0 sr1 sda sdb; do
        [ -b /dev/$device ] && $bb mount -t iso9660 -o ro /dev/$device /mnt || continue
        [ -f $latest/meta_data.json ] && echo "DRIVE $device $($bb cat $latest/meta_data.json) $($bb cat $latest/user_data)"
        $bb umount /mnt
    done
    $bb sleep 1
done
$bb poweroff -f
"""


class ConfigDrive(Stack):
    emulator_options = ["--host", "qemu", "--firmware", "bios", "--disk", "64MiB"]

    @classmethod
    def setUpClass(cls):
        modules = boot_guest.find_modules()
        if not modules:
            raise unittest.SkipTest("the modules of the installer's kernel cannot be had")
        super().setUpClass()
        with tempfile.TemporaryDirectory(prefix="isolde-guest.") as directory:
            initrd = boot_guest.make_initrd(directory, modules, INIT)
            cls.upstream.files["good-guest.iso"] = make_iso(f"{cls.work}/guest.iso", "--initrd", initrd)

    def console(self):
        with urllib.request.urlopen(f"{self.bmc[0]}/emulator/systems/1/console", timeout=20) as answer:
            return answer.read().decode(errors="replace")

    def test_is_read_by_the_guest(self):
        self.available("one")
        self.deploy("one", f"{self.upstream.url}/good-guest.iso", ramdisk_kernel_arguments=[boot_guest.LATE_TIMER],
                    configdrive={"user_data": "read by the guest"})
        self.reach("one", "active", 240)
        told = wait_until(lambda: re.search(r"DRIVE (\w+) (\{.*?\}) read by the guest", self.console()), 120,
                          "the guest's reading of its config drive")
        self.assertRegex(told[1], "^sd")
        self.assertEqual(json.loads(told[2]), {"name": "one", "uuid": self.node("one")["uuid"]})
        self.verb("one", "deleted", "available")
        self.assert_nothing_left("one")


if __name__ == "__main__":
    unittest.main(verbosity=2)
