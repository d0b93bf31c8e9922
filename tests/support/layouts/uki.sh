# SPDX-License-Identifier: GPL-3.0-or-later
#
# An ISO that firmware boots straight into a unified kernel image in an appended EFI system partition, as image-based
# systems ship them: no loader, no configuration. UEFI only.

# section NAME FILE ADDRESS: options of objcopy.
section() { echo "--add-section .$1=$2 --change-section-vma .$1=$3"; }

build_uki() {
    put_kernel boot/vmlinuz boot/initrd.img
    mkdir -p "$work/esp/EFI/BOOT" "$tree/EFI/Linux"
    printf 'ID=isolde-test\nPRETTY_NAME="Isolde test"\n' >"$work/os-release"
    printf 'console=ttyS0,115200 ro' >"$work/cmdline"
    # shellcheck disable=SC2046
    objcopy $(section osrel "$work/os-release" 0x20000) $(section cmdline "$work/cmdline" 0x30000) \
        $(section linux "$tree/boot/vmlinuz" 0x2000000) $(section initrd "$tree/boot/initrd.img" 0x4000000) \
        /usr/lib/systemd/boot/efi/linuxx64.efi.stub "$work/esp/EFI/BOOT/BOOTX64.EFI"
    cp "$work/esp/EFI/BOOT/BOOTX64.EFI" "$tree/EFI/Linux/isolde.efi"
    make_efi_image "$work/efiboot.img" $(($(du -sk "$work/esp" | cut -f1) + 2048)) "$work/esp"
    settle_dates
    quietly xorriso -as mkisofs -r -J -joliet-long -V "${volume:-ISOLDE_UKI}" -o "$output" \
        -append_partition 2 28732ac11ff8d211ba4b00a0c93ec93b "$work/efiboot.img" -appended_part_as_gpt \
        -e --interval:appended_partition_2:all:: -no-emul-boot "$tree"
}
