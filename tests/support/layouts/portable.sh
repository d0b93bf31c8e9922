# SPDX-License-Identifier: GPL-3.0-or-later
#
# isolinux and signed GRUB, with all boot files at paths that bare ISO 9660 can hold, packed into any kind of directory
# tree: --kind rock-ridge-joliet, iso1999, joliet, bare, relocated, zisofs, large-file or udf-bridge.

portable_isolinux() {
    put_isolinux isolinux
    cat >"$tree/isolinux/isolinux.cfg" <<'END'
serial 0 115200
default menu.c32
timeout 50
label live
  menu label ^Boot
  kernel /boot/vmlinuz
  append initrd=/boot/initrd.gz quiet
END
}

portable_grub() {
    mkdir -p "$tree/boot/grub"
    {
        serial_grub
        printf 'set timeout=5\nmenuentry "Boot" {\n\tlinux /boot/vmlinuz quiet\n\tinitrd /boot/initrd.gz\n}\n'
    } >"$tree/boot/grub/grub.cfg"
}

readonly deep=d1/d2/d3/d4/d5/d6/d7/d8/d9

# What only some kinds of tree can hold.
portable_content() {
    case $kind in
        relocated) mkdir -p "$tree/$deep" && echo 'far down' >"$tree/$deep/file.txt" ;;
        zisofs) mkdir "$tree/pool" && seq 100000 >"$tree/pool/numbers" ;;
        large-file) mkdir "$tree/pool" && truncate -s 4300M "$tree/pool/large.img" ;;
    esac
}

# with_genisoimage OPTION…
with_genisoimage() {
    quietly genisoimage "$@" -V "${volume:-ISOLDE}" -o "$output" -b isolinux/isolinux.bin -c isolinux/boot.cat \
        -no-emul-boot -boot-load-size 4 -boot-info-table -eltorito-alt-boot -e boot/efi.img -no-emul-boot "$tree"
    isohybrid --uefi --id 1229737797 "$output"
}

# The loaders read no zisofs: what they want stays as it is.
pack_zisofs() {
    quietly xorriso -outdev "$output" -volid "${volume:-ISOLDE}" -map "$tree" / -set_filter_r --zisofs /pool -- \
        -boot_image isolinux dir=/isolinux -boot_image isolinux system_area=$isolinux/isohdpfx.bin \
        -boot_image any next -boot_image any efi_path=/boot/efi.img \
        -boot_image isolinux partition_entry=gpt_basdat
}

build_portable() {
    put_kernel boot/vmlinuz boot/initrd.gz
    echo 'Isolde test image' >"$tree/isolde.id"
    portable_isolinux
    portable_grub
    portable_content
    put_redirecting_efi_image boot/efi.img /isolde.id
    [ $size = 0 ] && [ $files = 0 ] || put_filler
    settle_dates
    case $kind in
        rock-ridge-joliet) pack_isohybrid "${volume:-ISOLDE}" boot/efi.img ;;
        iso1999) with_genisoimage -iso-level 4 ;;
        joliet) with_genisoimage -J ;;
        bare) with_genisoimage ;;
        relocated) with_genisoimage -r ;;
        zisofs) pack_zisofs ;;
        large-file) pack_isohybrid "${volume:-ISOLDE}" boot/efi.img -iso-level 3 ;;
        udf-bridge) with_genisoimage -udf -r -J ;;
        *) die "unknown kind of tree $kind" ;;
    esac
}
