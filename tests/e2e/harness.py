# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the real programs on free loopback ports and talks to them. Standard library only."""
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

SOURCE = os.environ.get("ISOLDE_SOURCE_DIR", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BIN = os.environ.get("ISOLDE_BIN_DIR", os.path.join(SOURCE, "build/release/bin"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(check, seconds, what):
    """Polls an observable until it is true; its last value is returned."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


class ApiError(Exception):
    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


def fault_text(body):
    try:
        inner = json.loads(json.loads(body)["error_message"])
        return inner.get("faultstring") or inner.get("description")
    except (ValueError, KeyError, TypeError):
        return body


def request(method, url, body=None, headers=None, timeout=60):
    data = None if body is None else json.dumps(body).encode()
    call = urllib.request.Request(url, data=data, method=method, headers=dict(headers or {}))
    if data is not None:
        call.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(call, timeout=timeout) as answer:
            text = answer.read().decode()
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        raise ApiError(error.code, fault_text(error.read().decode())) from None


class Program:
    """A child process whose output goes to a file; stopped with the test."""

    def __init__(self, arguments, log, environment=None):
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(arguments, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(environment or {})})

    def output(self):
        with open(self.log, errors="replace") as text:
            return text.read()

    def running(self):
        return self.process.poll() is None

    def stop(self):
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def kill(self):
        self.process.kill()
        return self.process.wait()


class Upstream(http.server.ThreadingHTTPServer):
    """Serves ISOs under names that say how it goes wrong: /missing.iso, /dies.iso, /stalls.iso, /good.iso; /pauses.iso goes
    on after its half when `go_on` is set; a name that ends in -unannounced tells no length."""
    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), UpstreamHandler)
        self.files = files
        self.heal = False
        self.gets = []
        self.go_on = threading.Event()
        self.release = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A client that goes away is part of the stories."""

    def close(self):
        self.go_on.set()
        self.release.set()
        self.shutdown()
        self.server_close()


class UpstreamHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.server.gets.append(self.path)
        self.answer(True)

    def answer(self, with_body):
        name = self.path.lstrip("/")
        content = self.server.files.get(name)
        trouble = None if self.server.heal else name.split(".")[0].split("-")[0]
        if content is None or trouble == "missing":
            self.send_error(404)
            return
        etag = f'"{len(content)}"'
        if trouble == "good" and self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.send_header("ETag", etag)
            self.end_headers()
            return
        begin = 0
        ranged = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
        if ranged:
            begin = int(ranged.group(1))
        self.send_response(206 if begin else 200)
        if "unannounced" in name:
            self.close_connection = True
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(content) - begin))
        self.send_header("ETag", etag)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if with_body:
            self.send_body(content, begin, trouble)

    def send_body(self, content, begin, trouble):
        if trouble not in ("dies", "stalls", "pauses"):
            self.wfile.write(content[begin:])
            return
        half = max(begin, len(content) // 2)
        self.wfile.write(content[begin:half])
        self.wfile.flush()
        if trouble == "pauses":
            self.server.go_on.wait(60)
            self.wfile.write(content[half:])
            return
        if trouble == "stalls":
            self.server.release.wait(120)
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def make_iso(path, *options):
    subprocess.run([f"{SOURCE}/tests/support/make_iso.sh", *options, path], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)
    with open(path, "rb") as image:
        return image.read()


class Stack(unittest.TestCase):
    """Conductor, emulator and upstream for each test class; one scratch directory, removed at the end."""
    bmcs = 1
    emulator_options = ["--host", "reader"]
    settings = []
    conductor_program = "isolde-conductor"

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="isolde-e2e.")
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        cls.iso = make_iso(f"{cls.work}/base.iso", "--fake-kernel")
        cls.upstream = Upstream({"good.iso": cls.iso})
        cls.addClassCleanup(cls.upstream.close)
        cls.api_port, cls.media_port = free_port(), free_port()
        cls.api = f"http://127.0.0.1:{cls.api_port}"
        cls.start_emulator()
        cls.start_conductor()
        cls.addClassCleanup(lambda: cls.stop_cleanly(cls.conductor))

    @classmethod
    def start_emulator(cls):
        cls.emulator = Program([f"{BIN}/isolde-emulator", "--listen", "127.0.0.1:0", "--bmcs", str(cls.bmcs),
                                *cls.emulator_options], f"{cls.work}/emulator.log")
        cls.addClassCleanup(cls.stop_cleanly, cls.emulator)
        wait_until(lambda: cls.emulator.output().count("ready ") >= cls.bmcs, 20, "the emulator's start")
        cls.bmc = re.findall(r"^ready \d+ (\S+)", cls.emulator.output(), re.M)

    @classmethod
    def stop_cleanly(cls, program):
        """SIGTERM drains and ends with 0; sanitizers end a program that leaks or races with another code."""
        code = program.stop()
        if code != 0:
            raise AssertionError(f"{program.log} ended with {code}:\n{program.output()[-8000:]}")

    @classmethod
    def start_conductor(cls, environment=None, program=None):
        settings = [f"conductor.state_dir={cls.work}/state", f"api.listen=127.0.0.1:{cls.api_port}",
                    f"media.listen=127.0.0.1:{cls.media_port}", f"media.public_url=http://127.0.0.1:{cls.media_port}",
                    'fetch.allow_addresses=["127.0.0.0/8"]', "images.min_free=16MiB", "conductor.name=test", *cls.settings]
        arguments = [program or f"{BIN}/{cls.conductor_program}"]
        for setting in settings:
            arguments += ["--set", setting]
        cls.conductor = Program(arguments, f"{cls.work}/conductor.log", environment)

    def setUp(self):
        self.addCleanup(self.show_log_of_failure)
        self.ready()

    def show_log_of_failure(self):
        outcome = getattr(self._outcome, "result", None)
        problems = (outcome.failures + outcome.errors) if outcome else []
        if any(test is self for test, _ in problems):
            print("--- conductor.log\n" + "\n".join(self.conductor.output().splitlines()[-40:]))

    def ready(self):
        def healthy():
            if not self.conductor.running():
                raise AssertionError("the conductor ended:\n" + self.conductor.output()[-4000:])
            try:
                urllib.request.urlopen(self.api + "/healthz", timeout=5).close()
                return True
            except OSError:
                return False
        wait_until(healthy, 20, "the conductor's start")

    # --- the API, as a client

    def call(self, method, path, body=None):
        return request(method, self.api + path, body, {"X-OpenStack-Ironic-API-Version": "1.110"})

    def create_node(self, name, bmc=0, **info):
        driver_info = {"redfish_address": self.bmc[bmc], "redfish_username": "admin", "redfish_password": "password", **info}
        return self.call("POST", "/v1/nodes", {"driver": "redfish", "name": name, "driver_info": driver_info})

    def node(self, name):
        return self.call("GET", f"/v1/nodes/{name}")

    def verb(self, name, target, wanted, seconds=60):
        self.call("PUT", f"/v1/nodes/{name}/states/provision", {"target": target})
        return self.reach(name, wanted, seconds)

    def reach(self, name, wanted, seconds=60):
        def arrived():
            node = self.node(name)
            state = node["provision_state"]
            if state == wanted and node["reservation"] is None:
                return node
            if state != wanted and state in ("error", "deploy failed", "enroll") and node["reservation"] is None:
                raise AssertionError(f"{name} is {state}, not {wanted}: {node['last_error']}")
            return None
        return wait_until(arrived, seconds, f"'{wanted}' of {name}")

    def available(self, name, bmc=0, **info):
        self.create_node(name, bmc, **info)
        self.verb(name, "manage", "manageable")
        return self.verb(name, "provide", "available")

    def deploy(self, name, url=None, **fields):
        return self.call("POST", "/isolde/v1/deployments",
                         {"node": name, "boot_iso": url or f"{self.upstream.url}/good.iso", **fields})

    def deployment(self, name):
        return self.call("GET", f"/isolde/v1/nodes/{name}/deployment")

    # --- the BMC, as an onlooker

    def redfish(self, path, bmc=0):
        token = "Basic YWRtaW46cGFzc3dvcmQ="
        return request("GET", self.bmc[bmc] + path, headers={"Authorization": token})

    def slots(self, bmc=0):
        members = self.redfish("/redfish/v1/Systems/1/VirtualMedia", bmc)["Members"]
        return [self.redfish(member["@odata.id"], bmc) for member in members]

    def bmc_requests(self, bmc=0, since=0):
        """Every Redfish request with a number above `since`: number, time, method, path, body, status."""
        return request("GET", f"{self.bmc[bmc]}/emulator/requests?since={since}")["requests"]

    def set_faults(self, faults, bmc=0):
        request("POST", self.bmc[bmc] + "/emulator/faults", faults)

    def clear_faults(self, bmc=0):
        request("DELETE", self.bmc[bmc] + "/emulator/faults")

    def assert_nothing_left(self, name, bmc=0, resumable=False):
        """No medium of ours in a slot, no lease, no file that no record names. `resumable`: a download that may be gone on
        with is kept, within the budget, and taken up by the next request for it."""
        for slot in self.slots(bmc):
            self.assertFalse(slot["Inserted"], slot)
        images = self.call("GET", "/isolde/v1/images")
        for image in images["images"]:
            self.assertEqual(image["leases"], [])
        self.assertEqual(images["downloads"], [])
        self.assert_no_stray_files(images, resumable)

    def assert_no_stray_files(self, images, resumable=False):
        known = {image["digest"].split(":")[1] for image in images["images"]}
        found = set()
        for folder, _, names in os.walk(f"{self.work}/state/images"):
            found.update(name for name in names if "sqlite" not in name and name != "lock" and not (resumable and name.endswith(".part")))
        self.assertTrue(all(any(digest in name for digest in known) for name in found), (found, known))
