# SPDX-License-Identifier: GPL-3.0-or-later
#
# live-build: isolinux with its entries in live.cfg, GRUB with a sourced config.cfg, kernel and initrd in /live, EFI image
# in the tree that leads to the configuration in the tree.

live_isolinux() {
    put_isolinux isolinux
    printf 'serial 0 115200\ninclude menu.cfg\ndefault menu.c32\nprompt 0\ntimeout 0\n' >"$tree/isolinux/isolinux.cfg"
    printf 'menu hshift 0\nmenu width 82\n\nmenu title Boot menu\ninclude live.cfg\n' >"$tree/isolinux/menu.cfg"
    cat >"$tree/isolinux/live.cfg" <<'END'
label live-amd64
	menu label ^Live system (amd64)
	menu default
	linux /live/vmlinuz
	initrd /live/initrd.img
	append boot=live components quiet splash findiso=${iso_path}

label live-amd64-failsafe
	menu label ^Live system (amd64 fail-safe mode)
	linux /live/vmlinuz
	initrd /live/initrd.img
	append boot=live components memtest noapic noapm nodma nomce nosmp nosplash vga=788
END
}

live_grub() {
    mkdir -p "$tree/boot/grub"
    {
        serial_grub
        printf 'set default=0\ninsmod play\nset color_normal=light-gray/black\n'
    } >"$tree/boot/grub/config.cfg"
    cat >"$tree/boot/grub/grub.cfg" <<'END'
source /boot/grub/config.cfg

# Live boot
menuentry "Live system (amd64)" --hotkey=l {
	linux	/live/vmlinuz boot=live components quiet splash findiso=${iso_path} 
	initrd	/live/initrd.img
}
menuentry "Live system (amd64 fail-safe mode)" {
	linux	/live/vmlinuz boot=live components memtest noapic noapm nodma nomce nosmp nosplash vga=788
	initrd	/live/initrd.img
}
# You can add more entries like this
# menuentry "Alternate live boot" {
# linux /alternate/vmlinuz boot=live
# }
END
}

build_live() {
    put_kernel live/vmlinuz live/initrd.img
    random_bytes 300000 3 >"$tree/live/filesystem.squashfs"
    mkdir "$tree/.disk"
    echo 'Isolde test live system, after Debian GNU/Linux 12 live' >"$tree/.disk/info"
    live_isolinux
    live_grub
    put_redirecting_efi_image boot/grub/efi.img
    put_filler
    settle_dates
    pack_isohybrid "${volume:-d-live 12 st amd64}" boot/grub/efi.img
}
