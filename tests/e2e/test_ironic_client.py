# SPDX-License-Identifier: GPL-3.0-or-later
"""The unmodified `openstack baremetal` client of Debian 12 drives a node from enrolment to undeploy."""
import json
import os
import subprocess
import unittest
import urllib.request

from harness import Stack


class IronicClient(Stack):
    def openstack(self, *arguments, succeed=True):
        environment = {**os.environ, "OS_AUTH_TYPE": "none", "OS_ENDPOINT": self.api, "HOME": self.work, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(["/usr/bin/openstack", "baremetal", *arguments], env=environment, capture_output=True,
                              text=True, timeout=120)
        if succeed:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        else:
            self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stdout if succeed else done.stderr

    def shown(self, *fields):
        return json.loads(self.openstack("node", "show", "one", "-f", "json", "--fields", *fields))

    def assert_config_drive_is_served(self, user_data):
        urls = [slot["Image"] for slot in self.slots() if slot["Inserted"] and slot["Image"].endswith("/config.img")]
        self.assertEqual(len(urls), 1)
        path = f"{self.work}/drive.iso"
        urllib.request.urlretrieve(urls[0], path)
        listed = subprocess.run(["xorriso", "-indev", path, "-find", "/", "-type", "f"], capture_output=True, text=True, check=True)
        self.assertIn("Volume id    : 'config-2'", listed.stderr)
        self.assertIn("'/openstack/latest/meta_data.json'", listed.stdout)
        with open(path, "rb") as drive:
            self.assertIn(user_data, drive.read())
        self.assertEqual(self.shown("instance_info")["instance_info"]["configdrive"], "******")
        self.assertEqual(self.deployment("one")["fields"]["configdrive"], "******")
        self.assertNotIn("hunter2", self.conductor.output())
        with open(f"{self.work}/state/isolde.db", "rb") as database:
            self.assertNotIn(b"hunter2", database.read())

    def test_creates_deploys_and_undeploys_a_node(self):
        self.assertIn("redfish", self.openstack("driver", "list"))
        self.assertIn("ramdisk", self.openstack("driver", "show", "redfish"))
        self.assertIn("test", self.openstack("conductor", "list"))
        self.openstack("node", "create", "--driver", "redfish", "--name", "one", "--deploy-interface", "ramdisk",
                       "--boot-interface", "redfish-virtual-media", "--resource-class", "baremetal",
                       "--driver-info", f"redfish_address={self.bmc[0]}", "--driver-info", "redfish_username=admin",
                       "--driver-info", "redfish_password=password", "--extra", "site=lab")
        self.assertIn("enroll", self.openstack("node", "list"))
        self.assertEqual(self.shown("driver_info")["driver_info"]["redfish_password"], "******")
        duplicate = self.openstack("node", "create", "--driver", "nonesuch", succeed=False)
        self.assertIn("No valid host was found", duplicate)
        self.openstack("port", "create", "52:54:00:00:00:01", "--node", self.node("one")["uuid"])
        self.assertIn("52:54:00:00:00:01", self.openstack("port", "list"))
        self.openstack("node", "manage", "one", "--wait", "60")
        self.openstack("node", "provide", "one", "--wait", "60")
        self.openstack("node", "set", "one", "--instance-info", f"boot_iso={self.upstream.url}/good.iso",
                       "--instance-info", "ramdisk_kernel_arguments=console=ttyS0 isolde.node=one")
        self.assertIn("| deploy     | True", self.openstack("node", "validate", "one"))
        drive = {"meta_data": {"hostname": "one"}, "user_data": "#cloud-config\n# hunter2\n"}
        self.openstack("node", "deploy", "one", "--config-drive", json.dumps(drive), "--wait", "120")
        self.assert_config_drive_is_served(b"# hunter2")
        node = self.shown("provision_state", "power_state", "target_provision_state", "last_error")
        self.assertEqual(node, {"provision_state": "active", "power_state": "power on", "target_provision_state": None,
                                "last_error": None})
        self.assertIn("cdrom", self.openstack("node", "boot", "device", "show", "one", "--supported"))
        self.openstack("node", "maintenance", "set", "one", "--reason", "looking")
        self.assertTrue(self.shown("maintenance")["maintenance"])
        self.openstack("node", "maintenance", "unset", "one")
        refused = self.openstack("node", "delete", "one", succeed=False)
        self.assertIn("Can not delete node", refused)
        self.openstack("node", "undeploy", "one", "--wait", "120")
        self.assertEqual(self.shown("provision_state", "instance_info"), {"provision_state": "available", "instance_info": {}})
        self.assert_nothing_left("one")
        self.openstack("node", "history", "list", "one")
        self.openstack("node", "unset", "one", "--extra", "site")
        self.openstack("node", "delete", "one")
        self.assertEqual(self.call("GET", "/v1/nodes")["nodes"], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
