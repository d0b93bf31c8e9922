# SPDX-License-Identifier: GPL-3.0-or-later
#
# RHEL 9, Fedora up to 36: genisoimage -T -J, isohybrid --uefi, isomd5 tag, checksums in .treeinfo, GRUB configuration in the tree and in the EFI
# image.

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
    {
        printf '[checksums]\n'
        for file in images/efiboot.img images/pxeboot/initrd.img images/pxeboot/vmlinuz; do
            printf '%s = sha256:%s\n' "$file" "$(sha256sum <"$tree/$file" | cut -d' ' -f1)"
        done
        printf '\n[general]\nfamily = Isolde\nversion = 9.4\n'
    } >"$tree/.treeinfo"
    settle_dates
    quietly genisoimage -r -T -J -V "$label" -o "$output" -b isolinux/isolinux.bin -c isolinux/boot.cat \
        -no-emul-boot -boot-load-size 4 -boot-info-table \
        -eltorito-alt-boot -e images/efiboot.img -no-emul-boot "$tree"
    isohybrid --uefi --id 1229737797 "$output"
    implantisomd5 --force "$output" >/dev/null
}
