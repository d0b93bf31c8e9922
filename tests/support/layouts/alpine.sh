# SPDX-License-Identifier: GPL-3.0-or-later
#
# Alpine: syslinux.cfg without a menu, a GRUB whose built-in configuration leads to /boot/grub/grub.cfg, an EFI image that
# holds this program only, kernel modules in a file of the tree (modloop).

alpine_grub() {
    mkdir -p "$tree/efi/boot" "$tree/boot/grub"
    printf 'search --no-floppy --set=root --label "%s"\nset prefix=($root)/boot/grub\n' "$1" >"$work/early.cfg"
    grub-mkimage -O x86_64-efi -d $grub_efi_modules -p /boot/grub -c "$work/early.cfg" -o "$tree/efi/boot/bootx64.efi" \
        all_video disk part_gpt part_msdos linux normal configfile search search_label efi_gop fat iso9660 cat echo ls \
        test true help gzio serial terminal
    {
        serial_grub
        cat <<'END'
set timeout=1

menuentry "Linux lts" {
	linux	/boot/vmlinuz-lts modules=loop,squashfs,sd-mod,usb-storage quiet 
	initrd	/boot/initramfs-lts
}
END
    } >"$tree/boot/grub/grub.cfg"
}

build_alpine() {
    local label=${volume:-alpine-std 3.20.3 x86_64}
    put_kernel boot/vmlinuz-lts boot/initramfs-lts
    random_bytes 200000 3 >"$tree/boot/modloop-lts"
    put_isolinux boot/syslinux
    cat >"$tree/boot/syslinux/syslinux.cfg" <<'END'
SERIAL 0 115200
TIMEOUT 20
PROMPT 1
DEFAULT lts

LABEL lts
	MENU LABEL Linux lts
	KERNEL /boot/vmlinuz-lts
	INITRD /boot/initramfs-lts
	FDTDIR /boot/dtbs-lts
	APPEND modules=loop,squashfs,sd-mod,usb-storage quiet
END
    alpine_grub "$label"
    mkdir -p "$work/esp"
    cp -a "$tree/efi" "$work/esp/"
    make_efi_image "$tree/boot/grub/efi.img" 1440 "$work/esp"
    mkdir -p "$tree/apks/x86_64"
    echo "$label" >"$tree/.alpine-release"
    put_filler
    settle_dates
    quietly xorriso -as mkisofs -o "$output" -full-iso9660-filenames -J -r -sysid LINUX -V "$label" \
        -isohybrid-mbr $isolinux/isohdpfx.bin -b boot/syslinux/isolinux.bin -c boot/syslinux/boot.cat \
        -no-emul-boot -boot-load-size 4 -boot-info-table \
        -eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot -isohybrid-gpt-basdat "$tree"
}
