#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The whole product on real programs: a Debian installer ISO, nginx, the conductor, emulated BMCs with QEMU hosts.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
bin=${ISOLDE_BIN_DIR:-$PWD/build/release/bin}
keep=no
[ "${1:-}" = --keep ] && keep=yes
work=$(mktemp -d "${TMPDIR:-/tmp}/isolde-demo.XXXXXX")
chmod 755 "$work"  # nginx reads as another user
started=$SECONDS
bmc_count=2
source tests/support/servers.sh

clean_up() {
    local code=$?
    if [ $code -ne 0 ]; then
        echo "--- the conductor's last words" >&2
        tail -n 20 "$work/conductor.log" >&2 2>/dev/null || true
        tail -n 5 "$work/emulator.log" >&2 2>/dev/null || true
    fi
    stop_children
    rm -rf "$work"
    exit $code
}
trap clean_up EXIT
trap 'exit 130' INT TERM

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    printf '\033[2m$ %s\033[0m\n' "${*/#$bin\//}"
    "$@"
}
fail() {
    echo "demo: $*" >&2
    exit 1
}
isolde() { "$bin/isolde" "$@"; }
console_of() { curl -s "${bmc_urls[$1]}/emulator/systems/1/console"; }
# Whole, before it is searched: a reader that stops early would fail the pipeline.
keep_console() { console_of "$1" | tr -d '\r' >"$work/console-$1"; }
console_has() { keep_console "$1" && grep -aq "$2" "$work/console-$1"; }
deployment() { isolde --json node evidence "$1"; }
boot_complete() { deployment "$1" | jq -e '.evidence | .booted != null and .loader and .kernel_percent == 100 and .initrd_percent == 100'; }
released() { deployment "$1" | jq -e '.state == "released"'; }
override_consumed() { curl -s -u admin:password "${bmc_urls[$1]}/redfish/v1/Systems/1" | jq -e '.Boot.BootSourceOverrideEnabled == "Disabled"'; }
slots_empty() { for slot in CD1 USB1; do curl -s -u admin:password "${bmc_urls[$1]}/redfish/v1/Systems/1/VirtualMedia/$slot" | jq -e '.Inserted == false' || return 1; done; }

step "1. The upstream: a boot ISO in the layout of Debian's netinst, served by nginx"
mkdir -p "$work/www"
tests/support/make_iso.sh "$work/www/debian.iso"
upstream=$(free_port)
start_nginx "$work/www" "$upstream" "limit_rate 16m;"  # slow enough that the download can be watched
iso=http://127.0.0.1:$upstream/debian.iso
checksum=sha256:$(sha256sum "$work/www/debian.iso" | cut -d' ' -f1)
ls -lh "$work/www/debian.iso" | awk '{print $5, $9}'
"$bin/isolde" media inspect "$work/www/debian.iso"

step "2. The conductor with its defaults, and two BMCs whose hosts are QEMU: one SeaBIOS, one OVMF"
start_emulator --bmcs 2 --host qemu --firmware bios,uefi --state-dir "$work/hosts"
start_conductor images.budget=2GiB conductor.name=demo
echo "conductor $endpoint"
echo "BMC of the BIOS node ${bmc_urls[0]}, of the UEFI node ${bmc_urls[1]}"

step "3. Two nodes, each with arguments, a preseed and a file of its own"
for node in bios uefi; do
    cat >"$work/preseed-$node.cfg" <<PRESEED
d-i debian-installer/locale string C
d-i preseed/early_command string echo "PRESEED_OF_${node^^} ran: \$(cat /proc/cmdline)" > /dev/ttyS0
PRESEED
    echo "site configuration of $node" >"$work/site-$node.txt"
done
export ISOLDE_BMC_PASSWORD=password
run "$bin/isolde" node create bios --bmc "${bmc_urls[0]}" --user admin
run "$bin/isolde" node create uefi --bmc "${bmc_urls[1]}" --user admin
for node in bios uefi; do
    run "$bin/isolde" node manage $node --wait
    run "$bin/isolde" node provide $node --wait
done
run "$bin/isolde" node list

step "4. What would change, before anything happens"
# no_timer_check: on a busy machine the emulated timer is late, and Linux takes it for a broken one.
common=(--remove quiet --append console=ttyS0,115200 --append no_timer_check --append auto=true --append priority=critical)
run "$bin/isolde" media plan "$work/www/debian.iso" "${common[@]}" --append isolde.node=bios \
    --file "$work/site-bios.txt=/site.txt" --initrd-file "$work/preseed-bios.cfg=/preseed.cfg"

step "5. Deploy both: one download, two images, two boots"
boot_started=$SECONDS
isolde node set bios --set "/instance_info/boot_iso=$iso" --set "/instance_info/boot_iso_checksum=$checksum" >/dev/null
run "$bin/isolde" node validate bios
run "$bin/isolde" node deploy bios --iso "$iso" --checksum "$checksum" "${common[@]}" --append isolde.node=bios \
    --file "$work/site-bios.txt=/site.txt" --initrd-file "$work/preseed-bios.cfg=/preseed.cfg" \
    --one-shot --one-shot-release boot --wait
run "$bin/isolde" node deploy uefi --iso "$iso" --checksum "$checksum" "${common[@]}" --append isolde.node=uefi \
    --file "$work/site-uefi.txt=/site.txt" --initrd-file "$work/preseed-uefi.cfg=/preseed.cfg" --wait
for i in 0 1; do
    node=$([ $i = 0 ] && echo bios || echo uefi)
    wait_for 150 "the preseed of $node on its console" console_has $i "PRESEED_OF_${node^^} ran"
    wait_for 30 "the evidence of $node's boot" boot_complete $node
    echo
    echo "from $node's serial console:"
    keep_console $i
    grep -a -m1 -o 'Command line: .*' "$work/console-$i" || fail "no kernel command line on the console of $node"
    grep -a -m1 -o "PRESEED_OF_${node^^} ran: .*" "$work/console-$i"
    grep -aq "isolde.node=$node" "$work/console-$i" || fail "the argument of $node is not on its console"
    wait_for 10 "the boot override of $node to be consumed" override_consumed $i
    echo "boot override of $node: consumed"
done
echo "both booted $((SECONDS - boot_started)) s after the first deploy"

step "6. The evidence from our side, and what it costs"
run "$bin/isolde" node evidence uefi
run "$bin/isolde" image list
run "$bin/isolde" image budget
for node in bios uefi; do
    isolde --json node show $node | jq -r --arg node $node '.driver_internal_info.composed | "delta of \($node): \(.delta_bytes / 1024 | floor) KiB in memory, image \(.image_bytes / 1048576 | floor) MiB"'
done
echo "images on disk: $(find "$work/state/images/blobs" -type f | wc -l) for both nodes"

step "7. The one-shot node gives its medium back by itself"
wait_for 60 "the release of the one-shot medium" released bios
wait_for 10 "the empty slots of bios" slots_empty 0
deployment bios | jq -r '.evidence | "released by: \(.released_by)"'
isolde --json node show bios | jq -e '.provision_state == "active"' >/dev/null || fail "bios is not active"
echo "bios: active, slots empty"

step "8. Undeploy the other: powered off, ejected, revoked; the base stays"
run "$bin/isolde" node undeploy uefi --wait
slots_empty 1 >/dev/null || fail "the medium of uefi is still inserted"
curl -s -u admin:password "${bmc_urls[1]}/redfish/v1/Systems/1" | jq -e '.PowerState == "Off"' >/dev/null || fail "uefi is still on"
isolde --json image list | jq -e '.images | length == 1 and .[0].leases == []' >/dev/null || fail "the base is gone or still leased"
run "$bin/isolde" node list
run "$bin/isolde" image list

step "done in $((SECONDS - started)) s"
if [ $keep = yes ]; then
    cat <<TEXT

It keeps running. In another shell:
  export ISOLDE_ENDPOINT=$endpoint PATH=$bin:\$PATH
  isolde node list
  isolde node deploy uefi --iso $iso --append console=ttyS0 --wait
  curl -s ${bmc_urls[1]}/emulator/systems/1/console | tail
  OS_AUTH_TYPE=none OS_ENDPOINT=$endpoint openstack baremetal node list
Press Enter to stop.
TEXT
    read -r _
fi
