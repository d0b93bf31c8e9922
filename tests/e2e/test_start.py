# SPDX-License-Identifier: GPL-3.0-or-later
"""How a conductor starts: ports that it is given, that it chooses, that it cannot have; what it tells of itself."""
import re
import socket
import subprocess
import unittest
import urllib.request

from harness import BIN, Program, Stack, wait_until


class ChosenMediaPort(Stack):
    """The later of two settings holds: the harness gives a port and a public URL, which are taken back here."""
    settings = ["media.listen=127.0.0.1:0", "media.public_url="]

    def test_bmcs_are_told_the_port_that_was_bound(self):
        port = re.search(r"^ready api=\d+ media=(\d+)$", self.conductor.output(), re.M).group(1)
        self.available("one")
        self.deploy("one")
        self.reach("one", "active", 120)
        images = [slot["Image"] for slot in self.slots() if slot["Inserted"]]
        self.assertEqual([image.split("/m/")[0] for image in images], [f"http://127.0.0.1:{port}"])

    def test_both_servers_are_in_the_metrics(self):
        def counted(server):
            with urllib.request.urlopen(self.api + "/metrics", timeout=10) as answer:
                found = re.search(rf'^isolde_http_requests_total{{server="{server}"}} (\d+)', answer.read().decode(), re.M)
            return found and int(found.group(1))
        self.assertIsNotNone(counted("media"))
        self.assertGreater(counted("api"), 0)


class Version(unittest.TestCase):
    def test_every_program_tells_it(self):
        for program in ("isolde", "isolde-conductor", "isolde-emulator"):
            said = subprocess.run([f"{BIN}/{program}", "--version"], capture_output=True, text=True, check=True).stdout
            self.assertRegex(said, rf"^{program} \d+\.\d+\.\d+\n$")


class TakenApiPort(Stack):
    def test_the_start_fails_by_name_and_in_order(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            second = Program([f"{BIN}/isolde-conductor", "--set", f"conductor.state_dir={self.work}/second",
                              "--set", f"api.listen={address}", "--set", "media.listen=127.0.0.1:0",
                              "--set", "images.min_free=16MiB"], f"{self.work}/second.log")
            self.addCleanup(second.stop)
            wait_until(lambda: not second.running(), 20, "the end of the start")
        self.assertEqual(second.process.returncode, 1, second.output())
        self.assertIn("api.listen", second.output())


if __name__ == "__main__":
    unittest.main(verbosity=2)
