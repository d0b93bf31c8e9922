# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator drives a node with the `isolde` command line and asks what its image changes."""
import json
import subprocess
import unittest

from harness import BIN, Stack


class Operator(Stack):
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
