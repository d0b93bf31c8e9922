# SPDX-License-Identifier: GPL-3.0-or-later
"""Two nodes get images of their own from one base. Each image is fetched whole from the address that its BMC was given, and
independent readers of ISO 9660 read all of it: what no plan names is byte for byte the base's, in every directory tree."""
import hashlib
import os
import re
import subprocess
import unittest
import urllib.request

from harness import Stack, make_iso

NODES = ("bios", "uefi")
CONFIGURATIONS = {"boot/grub/grub.cfg", "isolinux/adtxt.cfg", "isolinux/isolinux.cfg", "isolinux/prompt.cfg", "isolinux/txt.cfg"}
INITRD = "install.amd/initrd.gz"
ADDED = "site.txt"


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def files_below(folder):
    """Path → SHA-256; of links, where they lead."""
    found = {}
    for place, folders, names in os.walk(folder):
        for name in names + [name for name in folders if os.path.islink(os.path.join(place, name))]:
            path = os.path.join(place, name)
            if os.path.islink(path):
                found[os.path.relpath(path, folder)] = "-> " + os.readlink(path)
                continue
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def by_xorriso(image, folder):
    output_of("xorriso", "-osirrox", "on:auto_chmod_on", "-indev", image, "-extract", "/", folder)
    return files_below(folder)


def by_bsdtar(image, folder):
    output_of("bsdtar", "-x", "-f", image, "-C", folder)
    return files_below(folder)


def by_isoinfo(tree):
    entry = re.compile(r"^([-dl]).{9}\s.*\[\s*\d+ \d\d\]\s+(.+?) ?$")

    def read(image, _):
        found, place = {}, ""
        for line in output_of("isoinfo", tree, "-l", "-i", image).decode().splitlines():
            if line.startswith("Directory listing of "):
                place = line.removeprefix("Directory listing of ").strip()
            row = entry.match(line)
            if not row or row[1] == "d":
                continue
            if row[1] == "l":
                name, target = row[2].split(" -> ")
                found[f"{place}{name}".lstrip("/")] = "-> " + target
                continue
            path = place + row[2]
            found[path.lstrip("/")] = sha256(output_of("isoinfo", tree, "-x", path, "-i", image))
        return found
    return read


READERS = {"xorriso": by_xorriso, "bsdtar": by_bsdtar, "isoinfo -R": by_isoinfo("-R"), "isoinfo -J": by_isoinfo("-J")}


class Readers(Stack):
    bmcs = 2
    emulator_options = ["--host", "none"]
    settings = ["deploy.active_when=powered-on"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.base = f"{cls.work}/installer.iso"
        cls.upstream.files["installer.iso"] = make_iso(cls.base)

    def deploy_image(self, number, node):
        self.available(node, number)
        self.deploy(node, f"{self.upstream.url}/installer.iso", kernel_remove_params=["quiet"],
                    ramdisk_kernel_arguments=["console=ttyS0,115200", f"isolde.node={node}"],
                    inject_files=[{"path": "/preseed.cfg", "target": "initrd", "content": f"# answers of {node}\n"},
                                  {"path": f"/{ADDED}", "target": "iso", "content": f"site of {node}\n"}])
        self.reach(node, "active")
        url = next(slot["Image"] for slot in self.slots(number) if slot["Inserted"])
        image = f"{self.work}/{node}.iso"
        urllib.request.urlretrieve(url, image)
        return image

    def read(self, reader, image):
        folder = self.folder_of(reader, image)
        os.mkdir(folder)
        return READERS[reader](image, folder)

    def folder_of(self, reader, image):
        return f"{image}.{reader.replace(' ', '')}"

    def extracted(self, image, path):
        with open(os.path.join(self.folder_of("xorriso", image), path), "rb") as file:
            return file.read()

    def test_every_reader_sees_what_was_asked_for_and_nothing_else(self):
        images = {node: self.deploy_image(number, node) for number, node in enumerate(NODES)}
        for reader in READERS:
            base = self.read(reader, self.base)
            self.assertGreater(len(base), 20, reader)
            for node, image in images.items():
                with self.subTest(reader=reader, node=node):
                    files = self.read(reader, image)
                    self.assertEqual(files.pop(ADDED), sha256(f"site of {node}\n".encode()))
                    self.assertEqual(set(files), set(base))
                    self.assertEqual({path for path in files if files[path] != base[path]}, CONFIGURATIONS | {INITRD})
        for node, image in images.items():
            with self.subTest(node=node):
                self.assert_arguments(node, image)
                self.assert_initrd(node, image)

    def assert_arguments(self, node, image):
        """Each entry of the base has one vga=788, and most have a quiet."""
        texts = "\n".join(self.extracted(image, path).decode() for path in CONFIGURATIONS)
        self.assertGreater(texts.count("vga=788"), 6)
        self.assertEqual(texts.count(f"isolde.node={node}"), texts.count("vga=788"), texts)
        self.assertNotRegex(texts, r"\bquiet\b")

    def assert_initrd(self, node, image):
        """The base's, whole, and behind it an archive that cpio reads."""
        base, composed = self.extracted(self.base, INITRD), self.extracted(image, INITRD)
        self.assertTrue(composed.startswith(base))
        archive = composed[len(base):].lstrip(b"\0")
        listed = subprocess.run(["cpio", "--quiet", "-i", "--to-stdout", "preseed.cfg"], input=archive, check=True,
                                stdout=subprocess.PIPE).stdout
        self.assertEqual(listed.decode(), f"# answers of {node}\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
