#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Builds a bootable test ISO that has the layout of a distribution's installer, from Debian packages only. The same
# options give the same bytes, except where isohybrid or grub-mkrescue draw identifiers at random.
#
#   make_iso.sh [--layout NAME] [--kind TREE] [--size MIB] [--files COUNT] [--fake-kernel | --initrd FILE]
#               [--volume LABEL] OUTPUT.iso
#
# Each layout is a file below layouts/, which says what it imitates and defines build_NAME (with _ for -): it fills $tree
# and writes $output by means of what stands here. --twin is the ubuntu layout. The default is debian. --kind says which
# directory trees the portable layout is written with.
#
# Both loaders show their menus on the first serial port. The kernel arguments name no console: that is left to whoever
# edits the image. --initrd takes a file as the initrd instead of the installer's. --size adds files of pseudo-random
# bytes below /pool until about MIB mebibytes, --files COUNT small ones in many directories; --fake-kernel takes small
# stand-ins for kernel and initrd, for tests that read the image without booting it.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1700000000

layout=debian kind=rock-ridge-joliet size=0 files=0 fake_kernel=no initrd='' volume='' output=''
readonly layouts=$(dirname "$(readlink -f "$0")")/layouts
readonly installer=/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64
readonly isolinux=/usr/lib/ISOLINUX syslinux=/usr/lib/syslinux/modules/bios grub_bios=/usr/lib/grub/i386-pc
readonly shim=/usr/lib/shim/shimx64.efi.signed grub_efi=/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed
readonly grub_efi_modules=/usr/lib/grub/x86_64-efi systemd_boot=/usr/lib/systemd/boot/efi/systemd-bootx64.efi

die() { echo "make_iso.sh: $*" >&2; exit 1; }

parse_options() {
    while [ $# -gt 0 ]; do
        case $1 in
            --layout) layout=$2; shift ;;
            --kind) kind=$2; shift ;;
            --twin) layout=ubuntu ;;
            --size) size=$2; shift ;;
            --files) files=$2; shift ;;
            --initrd) initrd=$2; shift ;;
            --volume) volume=$2; shift ;;
            --fake-kernel) fake_kernel=yes ;;
            -*) die "unknown option $1" ;;
            *) output=$1 ;;
        esac
        shift
    done
    [ -n "$output" ] || die "no output file given"
    [ -f "$layouts/$layout.sh" ] || die "unknown layout $layout"
}

# random_bytes COUNT SEED: fast, repeatable and incompressible.
random_bytes() {
    head -c "$1" /dev/zero | openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$2")" -iv "$(printf '%032x' 1)"
}

# put_kernel KERNEL INITRD: paths below the tree.
put_kernel() {
    mkdir -p "$tree/$(dirname "$1")" "$tree/$(dirname "$2")"
    if [ $fake_kernel = yes ]; then
        random_bytes 300000 1 >"$tree/$1"
        mkdir "$work/initrd"
        random_bytes 900000 2 >"$work/initrd/payload"
        touch -d "@$SOURCE_DATE_EPOCH" "$work/initrd/payload"
        (cd "$work/initrd" && echo payload | cpio --quiet -o -H newc --reproducible --owner=0:0 | gzip -n) >"$tree/$2"
    else
        cp "$installer/linux" "$tree/$1"
        cp "${initrd:-$installer/initrd.gz}" "$tree/$2"
    fi
}

# put_filler: files of at most 512 MiB below /pool.
put_filler() {
    local left=$((size - $(du -sm "$tree" | cut -f1))) index=0 part
    mkdir -p "$tree/pool/main"
    echo 'A package pool, of a kind.' >"$tree/pool/README.txt"
    while [ "$left" -gt 0 ]; do
        part=$((left > 512 ? 512 : left))
        random_bytes $((part * 1048576)) $((100 + index)) >"$tree/pool/main/part-$index.deb"
        left=$((left - part))
        index=$((index + 1))
    done
    put_small_files
}

# put_small_files: a hundred in a directory, the directories in three levels.
put_small_files() {
    local number directory
    for ((number = 0; number < files; number++)); do
        if ((number % 100 == 0)); then
            directory=$tree/pool/small/$((number / 2000))/$((number / 100))/data
            mkdir -p "$directory"
        fi
        echo "small file $number" >"$directory/package-$number.deb"
    done
}

# put_isolinux DIRECTORY: the loader, without its configuration.
put_isolinux() {
    mkdir -p "$tree/$1"
    cp $isolinux/isolinux.bin $syslinux/{ldlinux,libcom32,libutil,menu}.c32 "$tree/$1/"
}

put_efi_loaders() {
    mkdir -p "$1"
    cp $shim "$1/bootx64.efi"
    cp $grub_efi "$1/grubx64.efi"
}

# make_efi_image IMAGE KIB SOURCE: a FAT that holds what is below SOURCE.
make_efi_image() {
    mkdir -p "$(dirname "$1")"
    find "$3" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
    mkfs.vfat -C --invariant -i 49534f4c "$1" "$2" >/dev/null
    mcopy -s -m -i "$1" "$3"/* ::
}

# put_redirecting_efi_image PATH [MARK]: loaders in the tree, and again in a FAT whose configuration leads to the tree's,
# which is known by the file MARK.
put_redirecting_efi_image() {
    put_efi_loaders "$tree/EFI/boot"
    put_efi_loaders "$work/esp/EFI/boot"
    mkdir -p "$work/esp/boot/grub"
    printf 'search --file --set=root %s\nset prefix=($root)/boot/grub\nconfigfile ($root)/boot/grub/grub.cfg\n' \
        "${2:-/.disk/info}" >"$work/esp/boot/grub/grub.cfg"
    make_efi_image "$tree/$1" 9216 "$work/esp"
}

# put_grub_eltorito PATH PREFIX: GRUB's image for BIOS, with its configuration below PREFIX.
put_grub_eltorito() {
    mkdir -p "$tree/$(dirname "$1")"
    grub-mkimage -O i386-pc-eltorito -d $grub_bios -p "$2" -o "$tree/$1" \
        biosdisk iso9660 part_msdos part_gpt normal configfile search search_label search_fs_uuid search_fs_file linux echo \
        serial terminal test
}

# pack_isohybrid LABEL EFI_IMAGE [OPTION…]: isolinux from /isolinux, hybrid MBR with overlapping GPT.
pack_isohybrid() {
    quietly xorriso -as mkisofs -r -V "$1" -o "$output" "${@:3}" -J -joliet-long -cache-inodes \
        -isohybrid-mbr $isolinux/isohdpfx.bin -b isolinux/isolinux.bin -c isolinux/boot.cat \
        -boot-load-size 4 -boot-info-table -no-emul-boot \
        -eltorito-alt-boot -e "$2" -no-emul-boot -isohybrid-gpt-basdat "$tree"
}

# quietly COMMAND…: its output only when it fails.
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "$1 failed"; }; }

settle_dates() { find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }

serial_grub() {
    cat <<'END'
serial --unit=0 --speed=115200
terminal_input serial console
terminal_output serial console
END
}

parse_options "$@"
work=$(mktemp -d "${TMPDIR:-/tmp}/make_iso.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir "$tree"
rm -f "$output"
. "$layouts/$layout.sh"
"build_${layout//-/_}"
