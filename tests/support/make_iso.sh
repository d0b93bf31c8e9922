#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Builds a bootable test ISO that has the layout of a distribution's installer, from Debian packages only. The same
# options give the same bytes (the fedora layout excepted: isohybrid draws GUIDs at random).
#
#   make_iso.sh [--layout debian|ubuntu|fedora] [--size MIB] [--fake-kernel] [--volume LABEL] OUTPUT.iso
#
#   debian   isolinux and signed GRUB, EFI image inside the ISO tree, isohybrid MBR with overlapping GPT and APM
#   ubuntu   GRUB on BIOS and EFI, -partition_offset 16 (twin trees), EFI system partition appended (also: --twin)
#   fedora   genisoimage -T -J, isohybrid --uefi, isomd5 tag, GRUB configuration in the tree and in the EFI image
#
# Both loaders show their menus on the first serial port. The kernel arguments name no console: that is left to whoever
# edits the image. --size adds files of pseudo-random bytes below /pool until about MIB mebibytes; --fake-kernel takes
# small stand-ins for kernel and initrd, for tests that read the image without booting it.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1700000000

layout=debian size=0 fake_kernel=no volume='' output=''
readonly installer=/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64
readonly isolinux=/usr/lib/ISOLINUX syslinux=/usr/lib/syslinux/modules/bios grub_bios=/usr/lib/grub/i386-pc
readonly shim=/usr/lib/shim/shimx64.efi.signed grub_efi=/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed

die() { echo "make_iso.sh: $*" >&2; exit 1; }

parse_options() {
    while [ $# -gt 0 ]; do
        case $1 in
            --layout) layout=$2; shift ;;
            --twin) layout=ubuntu ;;
            --size) size=$2; shift ;;
            --volume) volume=$2; shift ;;
            --fake-kernel) fake_kernel=yes ;;
            -*) die "unknown option $1" ;;
            *) output=$1 ;;
        esac
        shift
    done
    [ -n "$output" ] || die "no output file given"
    case $layout in debian | ubuntu | fedora) ;; *) die "unknown layout $layout" ;; esac
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
        cp "$installer/initrd.gz" "$tree/$2"
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

# ---- debian ----

debian_isolinux() {
    put_isolinux isolinux
    cat >"$tree/isolinux/isolinux.cfg" <<'END'
serial 0 115200
path 
include menu.cfg
default menu.c32
prompt 0
timeout 0
END
    cat >"$tree/isolinux/menu.cfg" <<'END'
menu hshift 7
menu width 61

menu title Isolde test installer (BIOS)
include txt.cfg
menu begin advanced
    menu label ^Advanced options
	label mainmenu
		menu label ^Back..
		menu exit
	include adtxt.cfg
menu end
label help
	menu label ^Help
	text help
   Shows this text; there is nothing to append here.
	endtext
	config prompt.cfg
END
    printf 'prompt 1\ndisplay f1.txt\ntimeout 0\ninclude menu.cfg\n' >"$tree/isolinux/prompt.cfg"
    echo 'Press ENTER to install.' >"$tree/isolinux/f1.txt"
    cat >"$tree/isolinux/txt.cfg" <<'END'
label install
	menu label ^Install
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/initrd.gz --- quiet 
END
    cat >"$tree/isolinux/adtxt.cfg" <<'END'
label expert
	menu label E^xpert install
	kernel /install.amd/vmlinuz
	append priority=low vga=788 initrd=/install.amd/initrd.gz --- 
label rescue
	menu label ^Rescue mode
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/initrd.gz rescue/enable=true --- quiet 
label auto
	menu label ^Automated install
	kernel /install.amd/vmlinuz
	append auto=true priority=critical vga=788 initrd=/install.amd/initrd.gz --- quiet 
END
}

debian_grub() {
    mkdir -p "$tree/boot/grub/x86_64-efi"
    {
        serial_grub
        cat <<'END'
set menu_color_normal=cyan/blue
set theme=/boot/grub/theme/1

menuentry --hotkey=i 'Install' {
    set background_color=black
    linux    /install.amd/vmlinuz vga=788 --- quiet 
    initrd   /install.amd/initrd.gz
}
submenu --hotkey=a 'Advanced options ...' {
    menuentry '... Expert install' {
        set background_color=black
        linux    /install.amd/vmlinuz priority=low \
                 vga=788 --- 
        initrd   /install.amd/initrd.gz
    }
    menuentry '... Rescue mode' {
        set background_color=black
        linux    /install.amd/vmlinuz vga=788 rescue/enable=true --- quiet 
        initrd   /install.amd/initrd.gz
    }
    menuentry '... Automated install' {
        linux    /install.amd/vmlinuz auto=true priority=critical vga=788 --- quiet  # hands free
        initrd   /install.amd/initrd.gz
    }
}
END
    } >"$tree/boot/grub/grub.cfg"
    echo 'source /boot/grub/grub.cfg' >"$tree/boot/grub/x86_64-efi/grub.cfg"
}

debian_efi_image() {
    put_efi_loaders "$work/esp/EFI/boot"
    mkdir -p "$work/esp/EFI/debian" "$work/esp/boot/grub"
    cat >"$work/esp/boot/grub/grub.cfg" <<'END'
search --file --set=root /.disk/info
set prefix=($root)/boot/grub
configfile ($root)/boot/grub/grub.cfg
END
    cp "$work/esp/boot/grub/grub.cfg" "$work/esp/EFI/debian/grub.cfg"
    make_efi_image "$tree/boot/grub/efi.img" 9216 "$work/esp"
}

build_debian() {
    put_kernel install.amd/vmlinuz install.amd/initrd.gz
    mkdir "$tree/.disk"
    echo 'Isolde test installer, after Debian GNU/Linux 12 amd64 NETINST' >"$tree/.disk/info"
    debian_isolinux
    debian_grub
    debian_efi_image
    put_efi_loaders "$tree/EFI/boot"
    ln -s . "$tree/debian"
    put_filler
    settle_dates
    quietly xorriso -as mkisofs -r -V "${volume:-Isolde 12 amd64 n}" -o "$output" -J -joliet-long -cache-inodes \
        -isohybrid-mbr $isolinux/isohdpfx.bin -b isolinux/isolinux.bin -c isolinux/boot.cat \
        -boot-load-size 4 -boot-info-table -no-emul-boot \
        -eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot -isohybrid-gpt-basdat -isohybrid-apm-hfsplus "$tree"
}

# ---- ubuntu ----

ubuntu_grub() {
    mkdir -p "$tree/boot/grub/i386-pc"
    grub-mkimage -O i386-pc-eltorito -d $grub_bios -p /boot/grub -o "$tree/boot/grub/i386-pc/eltorito.img" \
        biosdisk iso9660 part_msdos part_gpt normal configfile search search_label search_fs_uuid search_fs_file linux echo \
        serial terminal test
    {
        serial_grub
        cat <<'END'
set timeout=30

loadfont unicode

menuentry "Try or Install Server" {
	set gfxpayload=keep
	linux	/casper/vmlinuz  ---
	initrd	/casper/initrd
}
menuentry "Server with the HWE kernel" {
	set gfxpayload=keep
	linux	/casper/hwe-vmlinuz  ---
	initrd	/casper/hwe-initrd
}
grub_platform
if [ "$grub_platform" = "efi" ]; then
menuentry 'Boot from next volume' {
	exit 1
}
menuentry 'UEFI Firmware Settings' {
	fwsetup
}
fi
END
    } >"$tree/boot/grub/grub.cfg"
    printf 'serial --unit=0 --speed=115200\nsource /boot/grub/grub.cfg\n' >"$tree/boot/grub/loopback.cfg"
}

build_ubuntu() {
    put_kernel casper/vmlinuz casper/initrd
    ln "$tree/casper/vmlinuz" "$tree/casper/hwe-vmlinuz"
    ln "$tree/casper/initrd" "$tree/casper/hwe-initrd"
    mkdir "$tree/.disk"
    echo 'Isolde test server, after Ubuntu-Server 24.04 amd64' >"$tree/.disk/info"
    ubuntu_grub
    put_efi_loaders "$work/esp/EFI/boot"
    put_efi_loaders "$tree/EFI/boot"
    make_efi_image "$work/esp.img" 5080 "$work/esp"
    put_filler
    settle_dates
    quietly xorriso -as mkisofs -r -V "${volume:-Isolde-Server 24.04}" -o "$output" -J -joliet-long -cache-inodes \
        --grub2-mbr $grub_bios/boot_hybrid.img --protective-msdos-label -partition_cyl_align off -partition_offset 16 \
        --mbr-force-bootable -append_partition 2 28732ac11ff8d211ba4b00a0c93ec93b "$work/esp.img" -appended_part_as_gpt \
        -iso_mbr_part_type a2a0d0ebe5b9334487c068b6b72699c7 -c /boot.catalog \
        -b boot/grub/i386-pc/eltorito.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
        -eltorito-alt-boot -e --interval:appended_partition_2::: -no-emul-boot "$tree"
}

# ---- fedora ----

fedora_isolinux() {
    put_isolinux isolinux
    cat >"$tree/isolinux/isolinux.cfg" <<END
serial 0 115200
default menu.c32
timeout 600

menu title Isolde test media
label linux
  menu label ^Install
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=$1 quiet
label check
  menu label Test this ^media & install
  menu default
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=$1 rd.live.check quiet
label local
  menu label Boot from ^local drive
  localboot 0xffff
END
    ln "$tree/images/pxeboot/vmlinuz" "$tree/isolinux/vmlinuz"
    ln "$tree/images/pxeboot/initrd.img" "$tree/isolinux/initrd.img"
}

fedora_grub() {
    {
        serial_grub
        cat <<END
set default="1"
set timeout=60
search --no-floppy --set=root -l '$1'

menuentry 'Install' --class fedora --class gnu-linux --class os {
	linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=$1 quiet
	initrd /images/pxeboot/initrd.img
}
menuentry 'Test this media & install' --class fedora --class gnu-linux --class os {
	linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=$1 rd.live.check quiet
	initrd /images/pxeboot/initrd.img
}
END
    } >"$tree/EFI/BOOT/grub.cfg"
    cp "$tree/EFI/BOOT/grub.cfg" "$tree/EFI/BOOT/BOOT.conf"
}

build_fedora() {
    local label=${volume:-Isolde-9-4-0-BaseOS-x86_64}
    put_kernel images/pxeboot/vmlinuz images/pxeboot/initrd.img
    put_efi_loaders "$tree/EFI/BOOT"
    fedora_isolinux "$label"
    fedora_grub "$label"
    mkdir -p "$work/esp/EFI"
    cp -a "$tree/EFI/BOOT" "$work/esp/EFI/BOOT"
    make_efi_image "$tree/images/efiboot.img" 9216 "$work/esp"
    put_filler
    settle_dates
    quietly genisoimage -r -T -J -V "$label" -o "$output" -b isolinux/isolinux.bin -c isolinux/boot.cat \
        -no-emul-boot -boot-load-size 4 -boot-info-table \
        -eltorito-alt-boot -e images/efiboot.img -no-emul-boot "$tree"
    isohybrid --uefi --id 1229737797 "$output"
    implantisomd5 --force "$output" >/dev/null
}

parse_options "$@"
work=$(mktemp -d "${TMPDIR:-/tmp}/make_iso.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir "$tree"
rm -f "$output"
"build_$layout"
