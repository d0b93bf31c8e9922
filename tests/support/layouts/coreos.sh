# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fedora CoreOS live: genisoimage -R -J, isohybrid --uefi, areas for kernel arguments in isolinux.cfg and grub.cfg that
# /coreos/kargs.json lists, an empty /images/ignition.img behind the real initrd, EFI image that leads to the tree's
# configuration.

readonly coreos_area=1139 # as in the original: the default arguments and 1024 bytes more

# coreos_arguments LABEL: an area as it stands in a configuration, and the comment that ends it.
coreos_arguments() {
    local arguments="mitigations=auto,nosmt coreos.liveiso=$1 ignition.firstboot ignition.platform.id=metal"
    printf '%s\n' "$arguments"
    printf '%*s' $((coreos_area - ${#arguments} - 1)) '' | tr ' ' '#'
    printf '# COREOS_KARG_EMBED_AREA\n'
}

coreos_isolinux() {
    put_isolinux isolinux
    {
        cat <<'END'
serial 0
default menu.c32
# timeout in units of 1/10s. 50 == 5 seconds
timeout 50

menu title Fedora CoreOS

label linux
  menu label ^Fedora CoreOS (Live)
  menu default
  kernel /images/pxeboot/vmlinuz
END
        printf '  append initrd=/images/pxeboot/initrd.img,/images/ignition.img '
        coreos_arguments "$1"
        printf '\nmenu separator\n\nmenu end\n'
    } >"$tree/isolinux/isolinux.cfg"
}

coreos_grub() {
    mkdir -p "$tree/EFI/fedora"
    {
        serial_grub
        printf 'set default="0"\nset timeout=5\n\n'
        printf "menuentry 'Fedora CoreOS (Live)' --class fedora --class gnu-linux --class gnu --class os {\n"
        printf '\tlinux /images/pxeboot/vmlinuz '
        coreos_arguments "$1"
        printf '\tinitrd /images/pxeboot/initrd.img /images/ignition.img\n}\n'
    } >"$tree/EFI/fedora/grub.cfg"
    # Debian's GRUB looks beside itself: in the FAT, and where it was started from a CD at the same path of the tree.
    put_efi_loaders "$work/esp/EFI/BOOT"
    printf 'search --file --set=root /coreos/kargs.json\nset prefix=($root)/EFI/fedora\nconfigfile $prefix/grub.cfg\n' \
        >"$work/esp/EFI/BOOT/grub.cfg"
    mkdir "$tree/EFI/BOOT"
    cp "$work/esp/EFI/BOOT/grub.cfg" "$tree/EFI/BOOT/"
    make_efi_image "$tree/images/efiboot.img" 9216 "$work/esp"
}

# coreos_offset FILE: where the arguments begin, in bytes.
coreos_offset() { grep -abo 'mitigations=' "$tree/$1" | head -n1 | cut -d: -f1; }

coreos_info() {
    mkdir -p "$tree/coreos"
    cat >"$tree/coreos/kargs.json" <<END
{
    "default": "mitigations=auto,nosmt coreos.liveiso=$1 ignition.firstboot ignition.platform.id=metal",
    "files": [
        {
            "path": "EFI/fedora/grub.cfg",
            "offset": $(coreos_offset EFI/fedora/grub.cfg)
        },
        {
            "path": "isolinux/isolinux.cfg",
            "offset": $(coreos_offset isolinux/isolinux.cfg)
        }
    ],
    "size": $coreos_area
}
END
    printf '{\n    "file": "images/ignition.img"\n}\n' >"$tree/coreos/igninfo.json"
    printf '{\n    "installer-config": true,\n    "live-initrd-network": true\n}\n' >"$tree/coreos/features.json"
}

build_coreos() {
    local label=${volume:-fedora-coreos-41.20250105.3.0}
    put_kernel images/pxeboot/vmlinuz images/pxeboot/initrd.img
    head -c 262144 /dev/zero >"$tree/images/ignition.img"
    random_bytes 300000 3 >"$tree/images/pxeboot/rootfs.img"
    coreos_isolinux "$label"
    coreos_grub "$label"
    coreos_info "$label"
    put_filler
    settle_dates
    quietly genisoimage -R -J -joliet-long -V "$label" -o "$output" -b isolinux/isolinux.bin -c isolinux/boot.cat \
        -no-emul-boot -boot-load-size 4 -boot-info-table \
        -eltorito-alt-boot -e images/efiboot.img -no-emul-boot "$tree"
    isohybrid --uefi --id 1229737797 "$output"
}
