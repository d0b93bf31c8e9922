# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of the conductor at every journal point of a deployment, then a restart: the deployment goes on, the host is
reset at most once, and no file is left that no record names."""
import signal
import unittest
import urllib.request

from harness import Stack, wait_until

STEPS = ["admit", "acquire", "compose", "publish", "power-off", "eject-old", "insert", "verify", "boot-once", "power-on",
         "see-boot"]
TAKE_DOWN = ["take-down-power-off", "take-down-eject", "take-down-override", "take-down-revoke", "take-down-drop"]


class Kill(Stack):
    conductor_program = "../tests/conductor_with_stops"

    def restart_until_killed(self, point):
        self.conductor.stop()
        type(self).start_conductor({"ISOLDE_STOP_AT": point})
        self.ready()

    def resets(self):
        return sum(1 for entry in self.bmc_requests() if entry["method"] == "POST" and "ComputerSystem.Reset" in entry["path"]
                   and '"On"' in entry["body"])

    def killed_at(self, point, act):
        self.restart_until_killed(point)
        act()
        code = wait_until(lambda: self.conductor.process.poll(), 60, f"the kill at {point}")
        self.assertEqual(code, -signal.SIGKILL, point)
        type(self).start_conductor()
        self.ready()

    def test_at_every_point(self):
        self.available("one")
        points = [f"deploy/{step}/{moment}" for step in STEPS for moment in ("begin", "end")]
        points.insert(points.index("deploy/power-on/end"), "deploy/power-on/intent")
        for point in points:
            with self.subTest(point=point):
                before = self.resets()
                self.killed_at(point, lambda: self.deploy("one", ramdisk_kernel_arguments=["console=ttyS0"],
                                                           configdrive={"user_data": "#cloud-config"}))
                self.reach("one", "active")
                self.assertLessEqual(self.resets() - before, 1)
                self.assertEqual(self.inserted_files(), ["boot.iso", "config.img"])
                self.assert_no_stray_files(self.call("GET", "/isolde/v1/images"))
                self.verb("one", "deleted", "available")
                self.assert_nothing_left("one")
        for point in [f"undeploy/{step}/{moment}" for step in TAKE_DOWN for moment in ("begin", "end")]:
            with self.subTest(point=point):
                self.deploy("one")
                self.reach("one", "active")
                self.killed_at(point, lambda: self.call("PUT", "/v1/nodes/one/states/provision", {"target": "deleted"}))
                self.reach("one", "available")
                self.assert_nothing_left("one")

    def inserted_files(self):
        """The media of ours that the BMC shows, each still served."""
        urls = [slot["Image"] for slot in self.slots() if slot["Inserted"]]
        for url in urls:
            self.assertIn(f":{self.media_port}/m/", url)
            urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=20).close()
        return sorted(url.rsplit("/", 1)[1] for url in urls)


if __name__ == "__main__":
    unittest.main(verbosity=2)
