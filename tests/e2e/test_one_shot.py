# SPDX-License-Identifier: GPL-3.0-or-later
"""How a one-shot medium is given back: after a restart that leaves it alone; and what is told when it is loaded again while
the BMC does not let go of it."""
import datetime
import time
import unittest

from harness import Stack, request, wait_until

AUTHORIZATION = {"Authorization": "Basic YWRtaW46cGFzc3dvcmQ="}
SYSTEM = "/redfish/v1/Systems/1"


def pause_until(when):
    """LastResetTime has to move on by more than BMCs are wrong about it."""
    wait_until(lambda: time.time() > when, 20, "a pause between two boots")


class OneShot(Stack):
    settings = ["deploy.boot_timeout=6s"]

    def restart_host(self):
        request("POST", f"{self.bmc[0]}{SYSTEM}/Actions/ComputerSystem.Reset", {"ResetType": "ForceRestart"}, AUTHORIZATION)

    def last_reset(self):
        return datetime.datetime.fromisoformat(self.redfish(SYSTEM)["LastResetTime"]).timestamp()

    def events(self, name):
        return [entry["event_type"] for entry in self.call("GET", f"/v1/nodes/{name}/history?detail=true")["history"]]

    def told(self, name, event, seconds=30):
        wait_until(lambda: event in self.events(name), seconds, f"'{event}' in the history of {name}")

    def released(self, name):
        wait_until(lambda: self.deployment(name)["state"] == "released", 60, f"the release of {name}")
        return self.deployment(name)["evidence"]["released_by"]

    def forget(self, name):
        self.clear_faults()
        self.call("PUT", f"/v1/nodes/{name}/maintenance", {"reason": "the test is over"})
        self.call("DELETE", f"/v1/nodes/{name}")

    def booted_node(self, name, **fields):
        self.available(name)
        self.addCleanup(self.forget, name)
        self.deploy(name, one_shot=True, **fields)
        self.reach(name, "active")
        self.told(name, "deploy.booted")

    def test_a_restart_without_the_medium_releases_it(self):
        self.booted_node("restarts")
        pause_until(self.last_reset() + 12)
        self.assertTrue(any(slot["Inserted"] for slot in self.slots()))
        self.restart_host()
        self.told("restarts", "host.restarted")
        self.assertEqual(self.released("restarts"), "host restarted")
        self.assert_nothing_left("restarts")
        self.assertEqual(self.node("restarts")["provision_state"], "active")

    def test_a_boot_from_a_released_medium_is_told_and_the_eject_goes_on(self):
        self.set_faults([{"id": method, "method": method, "path": path, "action": "status", "status": 500}
                         for method, path in (("POST", "*EjectMedia"), ("PATCH", "*/VirtualMedia/*"))])
        self.booted_node("loops", one_shot_release="boot")
        wait_until(lambda: "failed" in self.deployment("loops")["journal"][-1]["outcome"], 30, "an eject that fails")
        self.assertNotIn("boot.loop", self.events("loops"))
        request("PATCH", f"{self.bmc[0]}{SYSTEM}", {"Boot": {"BootSourceOverrideEnabled": "Once",
                                                             "BootSourceOverrideTarget": "Cd"}}, AUTHORIZATION)
        self.restart_host()
        self.told("loops", "boot.loop", 60)
        self.clear_faults()
        self.assertEqual(self.released("loops"), "boot")
        self.assertEqual(self.events("loops").count("boot.loop"), 1)
        self.assert_nothing_left("loops")


if __name__ == "__main__":
    unittest.main(verbosity=2)
