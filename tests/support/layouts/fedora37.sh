# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fedora from 37, RHEL from 10: GRUB on BIOS and EFI with a configuration for each, -partition_offset 16 (twin trees), EFI
# system partition appended with a configuration of its own, isomd5 tag; installers find their medium by its label.

fedora37_grub() {
    serial_grub
    cat <<END
set default="1"

function load_video {
  insmod all_video
}

load_video
set gfxpayload=keep
insmod part_gpt
insmod ext2

set timeout=60
search --no-floppy --set=root -l '$1'

menuentry 'Install' --class fedora --class gnu-linux --class gnu --class os {
	linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=$1 quiet
	initrd /images/pxeboot/initrd.img
}
menuentry 'Test this media & install' --class fedora --class gnu-linux --class gnu --class os {
	linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=$1 rd.live.check quiet
	initrd /images/pxeboot/initrd.img
}
submenu 'Troubleshooting -->' {
	menuentry 'Install in basic graphics mode' --class fedora --class gnu-linux --class gnu --class os {
		linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=$1 nomodeset quiet
		initrd /images/pxeboot/initrd.img
	}
	menuentry 'Boot first drive' --class fedora --class gnu-linux --class gnu --class os {
		chainloader (hd0)+1
	}
}
END
}

build_fedora37() {
    local label=${volume:-Isolde-dvd-x86_64-40}
    put_kernel images/pxeboot/vmlinuz images/pxeboot/initrd.img
    mkdir -p "$tree/boot/grub2" "$work/esp/EFI"
    put_efi_loaders "$tree/EFI/BOOT"
    fedora37_grub "$label" >"$tree/boot/grub2/grub.cfg"
    cp "$tree/boot/grub2/grub.cfg" "$tree/EFI/BOOT/grub.cfg"
    cp -a "$tree/EFI/BOOT" "$work/esp/EFI/BOOT"
    make_efi_image "$work/efiboot.img" 9216 "$work/esp"
    put_grub_eltorito images/eltorito.img /boot/grub2
    put_filler
    settle_dates
    quietly xorriso -as mkisofs -R -J -V "$label" -o "$output" --grub2-mbr $grub_bios/boot_hybrid.img -partition_offset 16 \
        -appended_part_as_gpt -append_partition 2 28732ac11ff8d211ba4b00a0c93ec93b "$work/efiboot.img" \
        -iso_mbr_part_type a2a0d0ebe5b9334487c068b6b72699c7 -c boot.cat --boot-catalog-hide \
        -b images/eltorito.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
        -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot "$tree"
    implantisomd5 --force "$output" >/dev/null
}
