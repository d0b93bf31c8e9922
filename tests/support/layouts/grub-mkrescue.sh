# SPDX-License-Identifier: GPL-3.0-or-later
#
# What grub-mkrescue makes of one directory: GRUB for BIOS and EFI with all of its modules, HFS+ with an Apple partition
# map beside MBR and GPT, the medium found by its UUID. Its bytes differ from run to run.

build_grub_mkrescue() {
    put_kernel boot/vmlinuz boot/initrd.img
    mkdir -p "$tree/boot/grub"
    {
        serial_grub
        cat <<'END'
set timeout=10
set default=0
set kernel=/boot/vmlinuz

menuentry "Rescue system" { set gfxpayload=text; linux ${kernel} ro quiet; initrd /boot/initrd.img; }
menuentry "Rescue system, verbose" {
	linux ${kernel} ro \
	      debug
	initrd /boot/initrd.img
}
END
    } >"$tree/boot/grub/grub.cfg"
    put_filler
    settle_dates
    quietly grub-mkrescue -o "$output" "$tree" -- -volid "${volume:-ISOLDE_RESCUE}"
}
