#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the areas of a CoreOS live image by its rules, from the extracted tree.

    read_coreos_areas.py TREE

Prints "arguments: …", "default: …" and "ignition: …". Exit code 1 when areas differ, are not ended and padded as they must be,
or do not stand before their mark.
"""
import json
import os
import subprocess
import sys


def content(tree, path):
    with open(os.path.join(tree, path), "rb") as file:
        return file.read()


def arguments(tree, info):
    found = set()
    for place in info["files"]:
        text = content(tree, place["path"])
        area = text[place["offset"]:place["offset"] + info["size"]]
        if len(area) != info["size"] or not text[place["offset"] + info["size"]:].startswith(b"# COREOS_KARG_EMBED_AREA\n"):
            sys.exit(f"{place['path']}: no area of {info['size']} bytes before the mark")
        line, end, padding = area.partition(b"\n")
        if not end or padding.strip(b"#"):
            sys.exit(f"{place['path']}: the area is not one line and its padding")
        if b"\n" not in text[:place["offset"]] or not text[:place["offset"]].endswith(b" "):
            sys.exit(f"{place['path']}: the area does not stand behind a blank")
        found.add(line.decode())
    if len(found) != 1:
        sys.exit(f"the areas differ: {sorted(found)}")
    return found.pop()


def ignition(tree):
    info = json.loads(content(tree, "coreos/igninfo.json"))
    area = content(tree, info["file"])[info.get("offset", 0):]
    area = area[:info.get("length", len(area))]
    if not area.strip(b"\0"):
        return ""
    return subprocess.run(["cpio", "--quiet", "-i", "--to-stdout", "config.ign"], input=area, check=True,
                          stdout=subprocess.PIPE).stdout.decode()


def main():
    tree = sys.argv[1]
    info = json.loads(content(tree, "coreos/kargs.json"))
    print("arguments: " + arguments(tree, info))
    print("default: " + info["default"])
    print("ignition: " + ignition(tree))


if __name__ == "__main__":
    main()
