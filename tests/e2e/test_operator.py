# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator drives a node with the `isolde` command line and asks what its image changes."""
import gzip
import hashlib
import json
import os
import subprocess
import unittest
import urllib.request

from harness import BIN, Stack, make_iso, wait_until


class Operator(Stack):
    bmcs = 2

    def isolde(self, *arguments, succeed=True):
        done = subprocess.run([f"{BIN}/isolde", "--endpoint", self.api, *arguments], capture_output=True,
                              text=True, timeout=120)
        self.assertEqual(done.returncode, 0 if succeed else 1, done.stdout + done.stderr)
        return done.stdout if succeed else done.stderr

    def test_describes_the_image_of_a_deployed_node(self):
        self.available("one")
        refused = self.isolde("media", "describe", "one", succeed=False)
        self.assertIn("has no deployment", refused)
        self.isolde("node", "deploy", "one", "--iso", f"{self.upstream.url}/good.iso", "--append", "isolde.node=one", "--wait")
        described = self.isolde("media", "describe", "one")
        self.assertIn(f"plan {self.deployment('one')['plan_digest']}", described)
        self.assertIn("/isolinux/txt.cfg", described)
        manifest = json.loads(self.isolde("--json", "media", "describe", "one"))
        self.assertEqual(manifest["base"]["digest"], self.deployment("one")["image"]["digest"])

    def test_deploys_with_every_edit_that_media_plan_has(self):
        self.available("two", bmc=1)
        self.upstream.files["good-drivers.iso"] = make_iso(f"{self.work}/drivers.iso", "--fake-kernel", "--volume", "DRIVERS")
        preseed = f"{self.work}/preseed.cfg"
        with open(preseed, "w") as answers:
            answers.write("d-i passwd/root-password password hunter2\n")
        edits = ["--preseed", preseed, "--replace", "vga=791", "--append", "isolde.node=two", "--mkdir", "/isolde",
                 "--symlink", "../preseed.cfg=/isolde/answers", "--delete", "/pool/README.txt", "--file", f"{preseed}=/plain.cfg"]
        self.isolde("node", "deploy", "two", "--iso", f"{self.upstream.url}/good.iso", *edits,
                    "--medium", f"drivers={self.upstream.url}/good-drivers.iso", "--wait")
        drivers = next(slot["Image"] for slot in self.slots(1) if slot["Inserted"] and slot["Image"].endswith("/drivers.img"))
        with urllib.request.urlopen(drivers, timeout=20) as answer:
            self.assertEqual(answer.read(), self.upstream.files["good-drivers.iso"])
        described = self.isolde("media", "describe", "two")
        self.assertIn("add  /isolde\n", described)
        deployment = self.deployment("two")
        self.assertEqual(deployment["fields"]["presets"], [{"kind": "preseed", "content_base64": "******"}])
        plan = self.call("GET", "/isolde/v1/nodes/two/plan")
        self.assertIn("preset preseed for debian-installer", plan["presets"][0])
        self.assertIn("/isolde/answers", {change["path"] for change in plan["files"]})
        self.assertIn("vga=791", plan["entries"][0]["after"])
        self.assertIn("priority=critical", plan["entries"][0]["after"])
        self.assertNotIn("hunter2", self.conductor.output())
        refused = self.isolde("node", "deploy", "two", "--iso", f"{self.upstream.url}/good.iso", "--kickstart", preseed,
                              "--wait", succeed=False)
        self.assertIn("does not fit this image, which has debian-installer", refused)


class OneSlot(Stack):
    """Where the BMC has no second slot, a config drive is merged, or refused before anything is touched."""
    emulator_options = ["--host", "reader", "--profile", "generic-one-slot"]
    drive = {"user_data": "#cloud-config\n# hunter2\n", "network_data": {"links": []}}

    def test_merges_a_config_drive_where_it_will_be_found(self):
        self.upstream.files["good-labelled.iso"] = make_iso(f"{self.work}/labelled.iso", "--fake-kernel", "--volume", "config-2")
        self.available("merged")
        self.deploy("merged", f"{self.upstream.url}/good-labelled.iso", configdrive=self.drive)
        self.reach("merged", "active")
        path = f"{self.work}/composed.iso"
        urllib.request.urlretrieve(self.slots()[0]["Image"], path)
        read = subprocess.run(["isoinfo", "-R", "-i", path, "-x", "/openstack/latest/user_data"], capture_output=True, text=True)
        self.assertEqual(read.stdout, self.drive["user_data"])
        self.assertNotIn("hunter2", self.conductor.output())
        self.verb("merged", "deleted", "available")
        self.assert_nothing_left("merged")
        self.call("DELETE", "/v1/nodes/merged")

    def test_boots_a_kernel_and_a_ramdisk_with_a_config_drive(self):
        kernel, ramdisk = bytearray(os.urandom(3_000_000)), gzip.compress(os.urandom(5_000_000))
        kernel[0:2], kernel[0x202:0x206] = b"MZ", b"HdrS"
        self.upstream.files.update({"good-vmlinuz": bytes(kernel), "good-initrd": ramdisk})
        self.available("kernel")
        fields = {"kernel": f"{self.upstream.url}/good-vmlinuz", "ramdisk": f"{self.upstream.url}/good-initrd",
                  "ramdisk_checksum": "sha256:" + hashlib.sha256(ramdisk).hexdigest(), "ramdisk_kernel_arguments": "isolde.node=kernel"}
        self.call("POST", "/isolde/v1/deployments", {"node": "kernel", "configdrive": self.drive, **fields})
        self.reach("kernel", "active")
        evidence = wait_until(lambda: self.deployment("kernel")["evidence"]["booted"] and self.deployment("kernel")["evidence"], 20,
                              "evidence of the boot")
        self.assertEqual((evidence["kernel_percent"], evidence["initrd_percent"]), (100, 100))
        with urllib.request.urlopen(f"{self.bmc[0]}/emulator/systems/1/console", timeout=20) as console:
            self.assertIn("isolde.node=kernel", console.read().decode())
        image, path = self.slots()[0]["Image"], f"{self.work}/kernel.iso"
        tag = urllib.request.urlretrieve(image, path)[1]["ETag"]
        for name, content in (("/boot/vmlinuz", bytes(kernel)), ("/boot/initrd", ramdisk),
                              ("/openstack/latest/user_data", self.drive["user_data"].encode())):
            read = subprocess.run(["isoinfo", "-R", "-i", path, "-x", name], capture_output=True)
            self.assertEqual(read.stdout, content, name)
        self.conductor.kill()
        self.start_conductor()
        self.ready()
        with urllib.request.urlopen(image, timeout=20) as again, open(path, "rb") as before:
            self.assertEqual(again.headers["ETag"], tag)
            self.assertEqual(again.read(), before.read())
        self.verb("kernel", "deleted", "available")
        self.assert_nothing_left("kernel")
        self.call("DELETE", "/v1/nodes/kernel")

    def test_refuses_a_config_drive_that_nobody_would_find(self):
        self.available("refused")
        before = self.bmc_requests()[-1]["number"]
        self.deploy("refused", configdrive=self.drive)
        self.reach("refused", "deploy failed")
        self.assertIn("cannot be merged into the boot image", self.node("refused")["last_error"])
        self.deploy("refused", configdrive=self.drive, configdrive_options={"delivery": "slot"})
        self.reach("refused", "deploy failed")
        self.assertIn("needs a slot of its own", self.node("refused")["last_error"])
        self.assertEqual({request["method"] for request in self.bmc_requests(since=before)}, {"GET"})
        self.call("PUT", "/v1/nodes/refused/maintenance", {"reason": "the test is over"})
        self.call("DELETE", "/v1/nodes/refused")


if __name__ == "__main__":
    unittest.main(verbosity=2)
