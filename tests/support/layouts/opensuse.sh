# SPDX-License-Identifier: GPL-3.0-or-later
#
# openSUSE and SLES: isolinux with the hard disk as its default, GRUB on EFI with the commands in variables, the same
# configuration in the tree and in the EFI image /boot/x86_64/efi, a signed list /CHECKSUMS, genisoimage and isohybrid,
# and a tag of tagmedia in the volume descriptor. The vendor's isolinux is patched to begin in /boot/x86_64/loader;
# Debian's begins in /isolinux, which leads there.

opensuse_isolinux() {
    put_isolinux boot/x86_64/loader
    cat >"$tree/boot/x86_64/loader/isolinux.cfg" <<'END'
serial 0 115200
default harddisk

# hard disk
label harddisk
  localboot 1

# install
label linux
  kernel linux
  append initrd=initrd splash=silent showopts

# rescue
label rescue
  kernel linux
  append initrd=initrd splash=silent rescue=1 showopts

# mediacheck
label mediachk
  kernel linux
  append initrd=initrd splash=silent mediacheck=1 showopts

# memory test
label memtest
  kernel memtest

display     message
implicit    1
prompt      1
timeout     600
END
    echo 'Boot Options: linux, rescue, mediachk' >"$tree/boot/x86_64/loader/message"
    mkdir "$tree/isolinux"
    cp $syslinux/ldlinux.c32 "$tree/isolinux/"
    cat >"$tree/isolinux/isolinux.cfg" <<'END'
default loader
prompt 0
label loader
  config /boot/x86_64/loader/isolinux.cfg /boot/x86_64/loader
END
}

opensuse_grub() {
    serial_grub
    cat <<END
set default=1
set timeout=60
set linux=linux
set initrd=initrd
search --no-floppy --set=root -l '$1'

menuentry 'Boot from Hard Disk' --class opensuse --class gnu-linux --class gnu --class os {
  exit
}
menuentry 'Installation' --class opensuse --class gnu-linux --class gnu --class os {
  set gfxpayload=keep
  echo 'Loading kernel ...'
  \$linux /boot/x86_64/loader/linux splash=silent
  echo 'Loading initial ramdisk ...'
  \$initrd /boot/x86_64/loader/initrd
}
submenu 'More ...' {
  menuentry 'Rescue System' --class opensuse --class gnu-linux --class gnu --class os {
    set gfxpayload=keep
    \$linux /boot/x86_64/loader/linux splash=silent rescue=1
    \$initrd /boot/x86_64/loader/initrd
  }
}
END
}

# tag_medium IMAGE: MD5 of the image with an application area of blanks, put into that area.
tag_medium() {
    local area=$((16 * 2048 + 883)) sum
    printf '%512s' '' | dd of="$1" bs=1 seek=$area conv=notrunc status=none
    sum=$(md5sum "$1" | cut -d' ' -f1)
    printf 'md5sum=%s;pad=0;check=1' "$sum" | dd of="$1" bs=1 seek=$area conv=notrunc status=none
}

build_opensuse() {
    local label=${volume:-Isolde-Leap-15.6-DVD-x86_64}
    put_kernel boot/x86_64/loader/linux boot/x86_64/loader/initrd
    opensuse_isolinux
    put_efi_loaders "$tree/EFI/BOOT"
    opensuse_grub "$label" >"$tree/EFI/BOOT/grub.cfg"
    mkdir -p "$work/esp/EFI"
    cp -a "$tree/EFI/BOOT" "$work/esp/EFI/BOOT"
    make_efi_image "$tree/boot/x86_64/efi" 9216 "$work/esp"
    put_filler
    (cd "$tree" && find boot EFI -type f -print0 | sort -z | xargs -0 sha256sum) >"$work/CHECKSUMS"
    mv "$work/CHECKSUMS" "$tree/CHECKSUMS"
    echo 'a signature stands here' >"$tree/CHECKSUMS.asc"
    settle_dates
    quietly genisoimage -R -J -f -pad -joliet-long -V "$label" -A "Isolde-Leap-15.6#1" -o "$output" \
        -b boot/x86_64/loader/isolinux.bin -c boot/x86_64/loader/boot.catalog -hide boot/x86_64/loader/boot.catalog \
        -hide-joliet boot/x86_64/loader/boot.catalog -no-emul-boot -boot-load-size 4 -boot-info-table \
        -eltorito-alt-boot -e boot/x86_64/efi -no-emul-boot "$tree"
    isohybrid --uefi --id 1229737798 "$output"
    tag_medium "$output"
}
