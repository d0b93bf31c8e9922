#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Composing a 2 GiB ISO beside repacking it with xorriso, by turns, in one run; prints a table, fails when a target is
# missed. ISOLDE_BENCH_PAIRS (5), ISOLDE_BENCH_MIB (2048): how often, and the size of the ISO.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
exec /usr/bin/python3 compose.py "$@"
