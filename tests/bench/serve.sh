#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# 64 KiB random ranges of a composed image beside nginx on the same bytes as a file; prints tables, fails when a target
# is missed. ISOLDE_BENCH_PAIRS (7), ISOLDE_BENCH_SECONDS (2): how often and how long each server is measured.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
exec /usr/bin/python3 serve.py "$@"
