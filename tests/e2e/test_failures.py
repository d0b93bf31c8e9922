# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that goes wrong leaves `deploy failed` with a last_error that names the thing and the way out, nothing on the
disk and nothing in a slot; deploying again after the cause is gone works."""
import base64
import gzip
import os
import subprocess
import tempfile
import unittest

from harness import ApiError, Stack, wait_until

MIB = 1 << 20


class Stories(Stack):
    """What all failures have in common: a node of its own for each, which is forgotten at the end."""

    def setUp(self):
        super().setUp()
        self.name = self.id().rsplit(".", 1)[-1].replace("_", "-")[:60]
        self.available(self.name)
        self.addCleanup(self.forget)

    def forget(self):
        self.upstream.heal = False
        self.clear_faults()
        self.call("PUT", f"/v1/nodes/{self.name}/maintenance", {"reason": "the test is over"})
        self.call("DELETE", f"/v1/nodes/{self.name}")

    def fails(self, pattern, *more, url=None, seconds=90, **fields):
        self.deploy(self.name, url, **fields)
        return self.failed(pattern, *more, seconds=seconds)

    def failed(self, *patterns, seconds=90):
        node = self.reach(self.name, "deploy failed", seconds)
        for wanted in patterns:
            self.assertRegex(node["last_error"], wanted)
        return node

    def works_again(self, url=None, **fields):
        self.deploy(self.name, url, **fields)
        node = self.reach(self.name, "active")
        self.assertIsNone(node["last_error"])
        self.verb(self.name, "deleted", "available")
        self.assert_nothing_left(self.name)


class Failures(Stories):
    settings = ["fetch.stall_timeout=2s", "deploy.boot_timeout=4s", "redfish.request_timeout=5s",
                "images.budget=64MiB", "images.max_image=48MiB"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        memtest = next((path for path in ("/boot/memtest86+x64.iso", "/usr/lib/memtest86+/memtest86+x64.iso")
                        if os.path.exists(path)), None)
        files = cls.upstream.files
        files.update({"dies.iso": cls.iso, "stalls.iso": cls.iso, "missing.iso": cls.iso,
                      "page.iso": b"<html>not an image</html>" * 4000, "large.iso": cls.iso + bytes(56 * MIB)})
        if memtest:
            with open(memtest, "rb") as image:
                files["memtest.iso"] = image.read()

    def upstream_fails(self, name, pattern):
        url = f"{self.upstream.url}/{name}"
        self.fails(pattern, url=url)
        self.assert_nothing_left(self.name, resumable=True)
        self.upstream.heal = True
        self.works_again(url)

    def test_upstream_404(self):
        self.upstream_fails("missing.iso", "404.*missing.iso|missing.iso.*404")

    def test_upstream_dies_in_mid_body(self):
        self.upstream_fails("dies.iso", "dies.iso")

    def test_upstream_stalls(self):
        self.upstream_fails("stalls.iso", "stalls.iso")

    def test_upstream_refuses(self):
        self.fails("127.0.0.1:9[^0-9]", url="http://127.0.0.1:9/good.iso")
        self.assert_nothing_left(self.name)
        self.works_again()

    def test_wrong_checksum(self):
        self.fails("sha256:" + "0" * 64, boot_iso_checksum="sha256:" + "0" * 64)
        self.assert_nothing_left(self.name)
        self.works_again()

    def test_not_an_iso(self):
        self.fails("(?i)not an ISO", url=f"{self.upstream.url}/page.iso")
        self.assert_nothing_left(self.name)
        self.works_again()

    def test_larger_than_max_image(self):
        self.fails("(?i)max_image|larger", url=f"{self.upstream.url}/large.iso")
        self.assert_nothing_left(self.name)
        self.works_again()

    def test_an_argument_that_no_entry_takes(self):
        if "memtest.iso" not in self.upstream.files:
            self.fail("the memtest86+ package's ISO was not found; ./dev test installs it")
        self.fails("(?i)no boot entry|no entry|takes", url=f"{self.upstream.url}/memtest.iso",
                   ramdisk_kernel_arguments=["console=ttyS0"])
        self.assert_nothing_left(self.name)
        self.works_again()

    def test_a_config_drive_that_cannot_be_had(self):
        drive = f"{self.upstream.url}/good-drive"
        self.fails(r"^acquire|config drive", "good-drive answers 404", configdrive=drive)
        self.upstream.files["good-drive"] = b"<html>secret of the sign-in page</html>"
        node = self.fails("the config drive: .*holds neither an ISO 9660 image nor a FAT", configdrive=drive)
        self.assertNotIn("secret", node["last_error"])
        self.upstream.files["good-drive"] = bytes(33 * MIB)
        self.fails("the config drive: fetching .*/good-drive: .*32", configdrive=drive)
        self.assertEqual(self.bmc_requests()[-1]["method"], "GET", "no BMC is touched")
        self.upstream.files["good-drive"] = base64.encodebytes(gzip.compress(self.iso[:1 << 20]))
        self.works_again(configdrive=drive)

    def test_a_file_that_is_too_large(self):
        self.upstream.files["good-file"] = bytes(MIB + 1)
        file = {"path": "/answers", "url": f"{self.upstream.url}/good-file"}
        self.fails("the file /answers: fetching .*/good-file: .*1", inject_files=[file])
        self.upstream.files["good-file"] = b"the answers"
        self.works_again(inject_files=[file])

    def test_bmc_unreachable(self):
        self.set_faults([{"id": "gone", "path": "/redfish/*", "action": "reset"}])
        self.deploy(self.name)
        node = self.reach(self.name, "deploy failed", 90)
        self.assertIn(self.bmc[0].split("//")[1], node["last_error"])
        self.clear_faults()
        self.works_again()

    def test_wrong_password(self):
        self.call("PATCH", f"/v1/nodes/{self.name}",
                  [{"op": "add", "path": "/driver_info/redfish_password", "value": "mistaken"}])
        node = self.fails("(?i)credential|password|401|user")
        self.assertNotIn("mistaken", node["last_error"])
        self.call("PATCH", f"/v1/nodes/{self.name}",
                  [{"op": "add", "path": "/driver_info/redfish_password", "value": "password"}])
        self.works_again()

    def test_no_cd_slot(self):
        self.set_faults([{"id": "no-slots", "method": "GET", "path": "*/VirtualMedia", "action": "override",
                          "json": {"Members": [], "Members@odata.count": 0}},
                         {"id": "slots-gone", "method": "GET", "path": "*/VirtualMedia/*", "action": "status",
                          "status": 404}])
        self.fails("(?i)slot|virtual media")
        self.clear_faults()
        self.works_again()

    def test_insert_answered_500(self):
        self.set_faults([{"id": "insert", "method": "POST", "path": "*InsertMedia", "action": "status", "status": 500}])
        self.fails("(?i)insert", seconds=120)
        self.clear_faults()
        self.assert_nothing_left(self.name)
        self.works_again()

    def test_inserted_but_never_read(self):
        self.set_faults([{"id": "blind", "method": "HOST", "action": "ignore"}])
        self.fails("nothing of the image was read", "127.0.0.1")
        self.clear_faults()
        self.assert_nothing_left(self.name)
        self.works_again()

    def test_undeploy_with_an_unreachable_bmc(self):
        self.deploy(self.name)
        self.reach(self.name, "active")
        self.set_faults([{"id": "gone", "path": "/redfish/*", "action": "reset"}])
        self.call("PUT", f"/v1/nodes/{self.name}/states/provision", {"target": "deleted"})
        node = self.reach(self.name, "error", 120)
        self.assertIn("powering the host off", node["last_error"])
        self.clear_faults()
        self.verb(self.name, "deleted", "available")
        self.assert_nothing_left(self.name)

    def test_forgotten_in_maintenance_makes_no_bmc_request_and_a_later_enrolment_cleans(self):
        self.deploy(self.name)
        self.reach(self.name, "active")
        self.call("PUT", f"/v1/nodes/{self.name}/maintenance", {"reason": "gone"})
        before = len(self.bmc_requests())
        self.call("DELETE", f"/v1/nodes/{self.name}")
        self.assertEqual(len(self.bmc_requests()), before)
        self.assertTrue(any(slot["Inserted"] for slot in self.slots()))
        self.available(self.name)
        self.assert_nothing_left(self.name)

    def test_validate_tells_before_anything_happens(self):
        self.call("PATCH", f"/v1/nodes/{self.name}",
                  [{"op": "add", "path": "/instance_info/boot_iso", "value": f"{self.upstream.url}/missing.iso"}])
        rows = self.call("GET", f"/v1/nodes/{self.name}/validate")
        self.assertTrue(rows["power"]["result"], rows)
        self.assertTrue(rows["boot"]["result"], rows)
        self.assertFalse(rows["deploy"]["result"], rows)
        self.assertIn("404", rows["deploy"]["reason"])

    def test_fields_that_cannot_be_done_are_refused_at_once(self):
        for fields, wanted in (({"configdrive": "ftp://x/y"}, "configdrive"), ({"boot_iso_checksum": "md5:1"}, "checksum"),
                               ({"no_such_field": 1}, "no_such_field"), ({"boot_iso": "nfs://a/b.iso"}, "nfs")):
            with self.assertRaises(ApiError, msg=str(fields)) as refused:
                self.call("POST", "/isolde/v1/deployments",
                          {"node": self.name, "boot_iso": f"{self.upstream.url}/good.iso", **fields})
            self.assertIn(wanted, refused.exception.text)
        self.assertEqual(self.node(self.name)["provision_state"], "available")


class NoRoom(Stories):
    """A state directory on a disk of 64 MiB, which others fill; the image has 16."""
    settings = ["images.budget=24MiB", "images.max_image=48MiB", "images.min_free=8MiB"]

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.mkdtemp(prefix="isolde-disk.")
        cls.addClassCleanup(os.rmdir, scratch)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", scratch], stderr=subprocess.PIPE)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"a small tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
        cls.addClassCleanup(subprocess.run, ["umount", "-l", scratch], check=True)
        cls.disk = scratch
        super().setUpClass()
        cls.upstream.files.update({"beyond-the-budget.iso": cls.iso + bytes(12 * MIB), "pauses.iso": cls.iso,
                                   "pauses-unannounced.iso": cls.iso, "endless-unannounced.iso": cls.iso + bytes(64 * MIB)})

    @classmethod
    def start_conductor(cls, environment=None, program=None):
        if not os.path.islink(f"{cls.work}/state"):
            os.symlink(cls.disk, f"{cls.work}/state")
        super().start_conductor(environment, program)

    def setUp(self):
        super().setUp()
        for image in self.call("GET", "/isolde/v1/images")["images"]:
            self.call("DELETE", f"/isolde/v1/images/{image['digest']}")

    def fill_disk(self, leave):
        """Others take what is free, all but `leave` bytes."""
        free = os.statvfs(self.disk)
        with open(f"{self.disk}/others", "wb") as hog:
            os.posix_fallocate(hog.fileno(), 0, free.f_bavail * free.f_frsize - leave)
        self.addCleanup(self.make_room)

    def make_room(self):
        if os.path.exists(f"{self.disk}/others"):
            os.remove(f"{self.disk}/others")

    def test_larger_than_the_budget(self):
        self.fails(r"28\.0 MiB is more than \[images\] budget = 24\.0 MiB", "beyond-the-budget.iso",
                   url=f"{self.upstream.url}/beyond-the-budget.iso")
        self.assert_nothing_left(self.name)
        self.works_again()

    def test_an_endless_body_ends_at_the_budget(self):
        self.fails(r"\[images\] budget = 24\.0 MiB", "endless-unannounced.iso", url=f"{self.upstream.url}/endless-unannounced.iso")
        self.assert_nothing_left(self.name)
        self.works_again()

    def test_larger_than_what_is_free(self):
        self.fill_disk(20 * MIB)
        self.fails(r"16\.0 MiB cannot be stored", r"\[images\] min_free = 8.00 MiB")
        self.assert_nothing_left(self.name)
        self.make_room()
        self.works_again()

    def disk_fills_up(self, name):
        """In mid-download, and so full that the outcomes of steps cannot be written either."""
        self.conductor.stop()  # its write-ahead log begins anew, and has to grow
        self.start_conductor()
        self.ready()
        self.upstream.go_on.clear()
        self.deploy(self.name, f"{self.upstream.url}/{name}")
        wait_until(lambda: any(row["received"] >= 7 * MIB for row in self.call("GET", "/isolde/v1/images")["downloads"]),
                   20, "the first half of the download")
        self.fill_disk(0)
        failures = len(self.conductor.output())
        wait_until(lambda: "COMMIT: the disk is full" in self.conductor.output()[failures:], 20, "a write to the full disk")
        self.upstream.go_on.set()
        self.failed("the disk is full", f"{self.work}/state/images", seconds=30)
        self.assert_nothing_left(self.name)
        self.make_room()
        self.works_again()

    def test_the_disk_fills_up_in_mid_download(self):
        self.disk_fills_up("pauses.iso")

    def test_the_disk_fills_up_in_mid_download_of_unannounced_length(self):
        self.disk_fills_up("pauses-unannounced.iso")


if __name__ == "__main__":
    unittest.main(verbosity=2)
