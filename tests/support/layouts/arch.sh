# SPDX-License-Identifier: GPL-3.0-or-later
#
# archiso: syslinux on BIOS by way of several menus, systemd-boot on EFI. Its entries, kernel and initrd are in the ISO
# tree and again inside an appended EFI system partition of at least 40 MiB. The medium is found by the UUID that is its
# modification date.

readonly arch_uuid=2026-01-15-10-20-30-00 arch_date=2026011510203000

arch_syslinux() {
    put_isolinux boot/syslinux
    cp $syslinux/whichsys.c32 "$tree/boot/syslinux/"
    cat >"$tree/boot/syslinux/syslinux.cfg" <<'END'
DEFAULT select

LABEL select
COM32 whichsys.c32
APPEND -pxe- pxe -sys- sys -iso- sys

LABEL pxe
CONFIG archiso_pxe.cfg

LABEL sys
CONFIG archiso_sys.cfg
END
    cat >"$tree/boot/syslinux/archiso_sys.cfg" <<'END'
INCLUDE archiso_head.cfg

DEFAULT arch
TIMEOUT 150

INCLUDE archiso_sys-linux.cfg

INCLUDE archiso_tail.cfg
END
    printf 'INCLUDE archiso_head.cfg\nINCLUDE archiso_tail.cfg\n' >"$tree/boot/syslinux/archiso_pxe.cfg"
    printf 'SERIAL 0 115200\nUI menu.c32\nMENU TITLE Isolde test live\nMENU MARGIN 4\n' >"$tree/boot/syslinux/archiso_head.cfg"
    cat >"$tree/boot/syslinux/archiso_sys-linux.cfg" <<END
LABEL arch
TEXT HELP
Boot the live medium on BIOS.
APPEND is no directive here.
ENDTEXT
MENU LABEL Arch live (x86_64, ^BIOS)
LINUX /arch/boot/x86_64/vmlinuz-linux
INITRD /arch/boot/x86_64/initramfs-linux.img
APPEND archisobasedir=arch archisosearchuuid=$arch_uuid

LABEL archspeech
MENU LABEL Arch live with ^speech
LINUX /arch/boot/x86_64/vmlinuz-linux
INITRD /arch/boot/x86_64/initramfs-linux.img
APPEND archisobasedir=arch archisosearchuuid=$arch_uuid accessibility=on
END
    cat >"$tree/boot/syslinux/archiso_tail.cfg" <<'END'
LABEL existing
TEXT HELP
Boot what is on the disk.
ENDTEXT
MENU LABEL Boot existing OS
COM32 chain.c32
APPEND hd0 0

LABEL reboot
MENU LABEL Reboot
COM32 reboot.c32
END
}

arch_systemd_boot() {
    mkdir -p "$tree/loader/entries" "$tree/EFI/BOOT"
    cp "$systemd_boot" "$tree/EFI/BOOT/BOOTx64.EFI"
    printf 'timeout 15\ndefault 01-archiso-linux.conf\n' >"$tree/loader/loader.conf"
    local name title extra
    while IFS=: read -r name title extra; do
        cat >"$tree/loader/entries/$name.conf" <<END
title    $title
sort-key $name
linux    /arch/boot/x86_64/vmlinuz-linux
initrd   /arch/boot/x86_64/initramfs-linux.img
options  archisobasedir=arch archisosearchuuid=$arch_uuid$extra
END
    done <<'END'
01-archiso-linux:Arch live (x86_64, UEFI):
02-archiso-speech-linux:Arch live with speech: accessibility=on
END
    printf 'title    Memtest86+\nsort-key 03\nefi      /boot/memtest86+/memtest.efi\n' \
        >"$tree/loader/entries/03-archiso-memtest86+x64.conf"
}

build_arch() {
    put_kernel arch/boot/x86_64/vmlinuz-linux arch/boot/x86_64/initramfs-linux.img
    arch_syslinux
    arch_systemd_boot
    mkdir -p "$work/esp/arch/boot"
    cp -a "$tree/EFI" "$tree/loader" "$work/esp/"
    cp -a "$tree/arch/boot/x86_64" "$work/esp/arch/boot/"
    local needed=$(($(du -sk "$work/esp" | cut -f1) + 8192))
    make_efi_image "$work/efiboot.img" $((needed > 40960 ? needed : 40960)) "$work/esp"
    put_filler
    settle_dates
    quietly xorriso -as mkisofs -no-pad -iso-level 3 -full-iso9660-filenames -J -joliet-long -r \
        -V "${volume:-ARCH_202601}" -o "$output" --modification-date=$arch_date -partition_offset 16 \
        -b boot/syslinux/isolinux.bin -c boot/syslinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
        -isohybrid-mbr $isolinux/isohdpfx.bin --mbr-force-bootable \
        -append_partition 2 28732ac11ff8d211ba4b00a0c93ec93b "$work/efiboot.img" -appended_part_as_gpt \
        -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot "$tree"
}
