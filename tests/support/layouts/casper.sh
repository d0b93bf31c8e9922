# SPDX-License-Identifier: GPL-3.0-or-later
#
# Ubuntu's desktop up to 20.04: casper, isolinux that includes a file without a known suffix, GRUB on EFI, EFI image in the
# tree, and md5sum.txt with the checksum of every file.

casper_isolinux() {
    put_isolinux isolinux
    printf 'serial 0 115200\npath \ninclude menu.cfg\ndefault menu.c32\nprompt 0\ntimeout 50\n' >"$tree/isolinux/isolinux.cfg"
    printf 'menu title Boot\ninclude txt.entries\n' >"$tree/isolinux/menu.cfg"
    cat >"$tree/isolinux/txt.entries" <<'END'
default live
label live
  menu label ^Try without installing
  kernel /casper/vmlinuz
  append  file=/cdrom/preseed/ubuntu.seed initrd=/casper/initrd quiet splash ---
label live-nomodeset
  menu label ^Try without installing (safe graphics)
  kernel /casper/vmlinuz
  append  file=/cdrom/preseed/ubuntu.seed initrd=/casper/initrd quiet splash nomodeset ---
label hd
  menu label ^Boot from first hard disk
  localboot 0x80
END
}

casper_grub() {
    mkdir -p "$tree/boot/grub"
    {
        serial_grub
        cat <<'END'
set timeout=5

menuentry "Ubuntu" {
	set gfxpayload=keep
	linux	/casper/vmlinuz  file=/cdrom/preseed/ubuntu.seed quiet splash ---
	initrd	/casper/initrd
}
menuentry "OEM install (for manufacturers)" {
	set gfxpayload=keep
	linux	/casper/vmlinuz  file=/cdrom/preseed/ubuntu.seed only-ubiquity oem-config/enable=true quiet splash ---
	initrd	/casper/initrd
}
END
    } >"$tree/boot/grub/grub.cfg"
}

build_casper() {
    put_kernel casper/vmlinuz casper/initrd
    random_bytes 300000 3 >"$tree/casper/filesystem.squashfs"
    mkdir "$tree/.disk"
    echo 'Isolde test desktop, after Ubuntu 20.04 LTS' >"$tree/.disk/info"
    casper_isolinux
    casper_grub
    put_redirecting_efi_image boot/grub/efi.img
    put_filler
    (cd "$tree" && find . -type f ! -path './isolinux/*' -print0 | sort -z | xargs -0 md5sum) >"$work/md5sum.txt"
    mv "$work/md5sum.txt" "$tree/md5sum.txt"
    settle_dates
    pack_isohybrid "${volume:-Isolde 20.04 LTS amd64}" boot/grub/efi.img
}
