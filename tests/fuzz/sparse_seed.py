#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a seed of an image: what tests/fuzz/sparse_input.h reads.

    sparse_seed.py IMAGE SEED [BYTE]

Runs of up to 31 blocks that are not zeros, each with its block number and length; only the first 256 blocks count. BYTE, a number,
goes before all: the choice of a plan in the corpus of `compose`.
"""
import sys

BLOCK, BLOCKS, LONGEST = 2048, 256, 31


def runs(image):
    start = None
    for block in range(BLOCKS + 1):
        used = block < BLOCKS and any(image[block * BLOCK:(block + 1) * BLOCK])
        if start is not None and (not used or block - start == LONGEST):
            yield start, image[start * BLOCK:block * BLOCK].rstrip(b"\0")
            start = None
        if used and start is None:
            start = block


def main():
    with open(sys.argv[1], "rb") as file:
        image = file.read(BLOCK * BLOCKS)
    with open(sys.argv[2], "wb") as seed:
        if len(sys.argv) > 3:
            seed.write(bytes([int(sys.argv[3])]))
        for block, content in runs(image):
            seed.write(block.to_bytes(2, "little") + len(content).to_bytes(2, "little") + content)


if __name__ == "__main__":
    main()
