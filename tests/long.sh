# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Sourced by ./dev: the long run. Each part is run, whatever became of those before it, and leaves its output in
# build/long/PART.log; a table at the end says how each ended, how long it took and what failed.

long_parts=(default headers tidy properties stories boots asan tsan fuzz)

part_default() {
    build release
    run_tests release -LE long
}

# Every header compiles by itself.
part_headers() {
    build release
    cmake --build build/release --target all_verify_interface_header_sets
}

# The warnings of clang, and the checks of .clang-tidy.
part_tidy() {
    cmake --preset tidy >/dev/null
    run-clang-tidy -quiet -p build/tidy -j "$(nproc)" "^$PWD/(?!build/)"
}

# Composing against random trees and plans, at full length.
part_properties() {
    build release
    run_tests release --verbose -L long -R properties
}

# What mostly waits, and whatever else is long and has no part of its own.
part_stories() {
    build release
    run_tests release -L long -E 'properties|boot_'
}

# Every layout under every firmware from every medium; the log has the tables.
part_boots() {
    build release
    run_tests release --verbose -L long -R boot_
}

part_asan() { sanitized asan; }
part_tsan() { sanitized tsan; }
part_fuzz() { fuzz all 60; }

sanitized() {
    build "$1"
    run_tests "$1" -L 'unit|contract|integration|story'
}

# failed_in LOG: the tests and fuzz targets that it says failed, and the files that clang-tidy complains of.
failed_in() {
    sed -n -e 's/\x1b\[[0-9;]*m//g' -e 's/^\t *[0-9]* - \([^ ]*\) (.*/\1/p' -e 's/^fuzzing \([^ ]*\) failed.*/\1/p' \
        -e "s|^$PWD/\([^:]*\):[0-9:]* error: .*|\1|p" "$1" | sort -u | tr '\n' ' '
}

# run_part NAME: writes its row of the table; never fails.
run_part() {
    local begin=$SECONDS log=build/long/$1.log code=0 result=ok
    say "long run: $1"
    set +e
    (set -e; "part_$1") 2>&1 | tee "$log"
    code=${PIPESTATUS[0]}
    set -e
    if [ "$code" -ne 0 ]; then
        result=FAILED
    fi
    printf '%-12s %-8s %4d min %2d s  %s\n' "$1" $result $(((SECONDS - begin) / 60)) $(((SECONDS - begin) % 60)) \
        "$([ $result = ok ] || failed_in "$log")" >>build/long/summary
}

# long_run [PART…]: all of them unless told; `sanitizers` stands for asan and tsan. 1 when one failed.
long_run() {
    local part parts=("$@")
    [ $# -gt 0 ] || parts=("${long_parts[@]}")
    read -ra parts <<<"${parts[*]/#sanitizers/asan tsan}"
    for part in "${parts[@]}"; do
        if [[ " ${long_parts[*]} " != *" $part "* ]]; then
            echo "no part $part of the long run; there are: ${long_parts[*]} sanitizers" >&2
            return 2
        fi
    done
    need "${long_packages[@]}"
    mkdir -p build/long
    : >build/long/summary
    for part in "${parts[@]}"; do
        run_part "$part"
    done
    say "long run, outputs in build/long"
    cat build/long/summary
    ! grep -q FAILED build/long/summary
}
