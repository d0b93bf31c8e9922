# SPDX-License-Identifier: GPL-3.0-or-later
#
# GRUB on BIOS and EFI, -partition_offset 16 (twin trees), EFI system partition appended.

ubuntu_grub() {
    put_grub_eltorito boot/grub/i386-pc/eltorito.img /boot/grub
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
