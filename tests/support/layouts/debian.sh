# SPDX-License-Identifier: GPL-3.0-or-later
#
# isolinux and signed GRUB, EFI image inside the ISO tree, isohybrid MBR with overlapping GPT and APM.

debian_isolinux() {
    put_isolinux isolinux
    cat >"$tree/isolinux/isolinux.cfg" <<'END'
serial 0 115200
path 
include menu.cfg
default menu.c32
prompt 0
timeout 0
END
    cat >"$tree/isolinux/menu.cfg" <<'END'
menu hshift 7
menu width 61

menu title Isolde test installer (BIOS)
include txt.cfg
menu begin advanced
    menu label ^Advanced options
	label mainmenu
		menu label ^Back..
		menu exit
	include adtxt.cfg
menu end
label help
	menu label ^Help
	text help
   Shows this text; there is nothing to append here.
	endtext
	config prompt.cfg
END
    printf 'prompt 1\ndisplay f1.txt\ntimeout 0\ninclude menu.cfg\n' >"$tree/isolinux/prompt.cfg"
    echo 'Press ENTER to install.' >"$tree/isolinux/f1.txt"
    cat >"$tree/isolinux/txt.cfg" <<'END'
label install
	menu label ^Install
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/initrd.gz --- quiet 
END
    cat >"$tree/isolinux/adtxt.cfg" <<'END'
label expert
	menu label E^xpert install
	kernel /install.amd/vmlinuz
	append priority=low vga=788 initrd=/install.amd/initrd.gz --- 
label rescue
	menu label ^Rescue mode
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/initrd.gz rescue/enable=true --- quiet 
label auto
	menu label ^Automated install
	kernel /install.amd/vmlinuz
	append auto=true priority=critical vga=788 initrd=/install.amd/initrd.gz --- quiet 
END
}

debian_grub() {
    mkdir -p "$tree/boot/grub/x86_64-efi"
    {
        serial_grub
        cat <<'END'
set menu_color_normal=cyan/blue
set theme=/boot/grub/theme/1

menuentry --hotkey=i 'Install' {
    set background_color=black
    linux    /install.amd/vmlinuz vga=788 --- quiet 
    initrd   /install.amd/initrd.gz
}
submenu --hotkey=a 'Advanced options ...' {
    menuentry '... Expert install' {
        set background_color=black
        linux    /install.amd/vmlinuz priority=low \
                 vga=788 --- 
        initrd   /install.amd/initrd.gz
    }
    menuentry '... Rescue mode' {
        set background_color=black
        linux    /install.amd/vmlinuz vga=788 rescue/enable=true --- quiet 
        initrd   /install.amd/initrd.gz
    }
    menuentry '... Automated install' {
        linux    /install.amd/vmlinuz auto=true priority=critical vga=788 --- quiet  # hands free
        initrd   /install.amd/initrd.gz
    }
}
END
    } >"$tree/boot/grub/grub.cfg"
    echo 'source /boot/grub/grub.cfg' >"$tree/boot/grub/x86_64-efi/grub.cfg"
}

debian_efi_image() {
    put_efi_loaders "$work/esp/EFI/boot"
    mkdir -p "$work/esp/EFI/debian" "$work/esp/boot/grub"
    cat >"$work/esp/boot/grub/grub.cfg" <<'END'
search --file --set=root /.disk/info
set prefix=($root)/boot/grub
configfile ($root)/boot/grub/grub.cfg
END
    cp "$work/esp/boot/grub/grub.cfg" "$work/esp/EFI/debian/grub.cfg"
    make_efi_image "$tree/boot/grub/efi.img" 9216 "$work/esp"
}

build_debian() {
    put_kernel install.amd/vmlinuz install.amd/initrd.gz
    mkdir "$tree/.disk"
    echo 'Isolde test installer, after Debian GNU/Linux 12 amd64 NETINST' >"$tree/.disk/info"
    debian_isolinux
    debian_grub
    debian_efi_image
    put_efi_loaders "$tree/EFI/boot"
    ln -s . "$tree/debian"
    put_filler
    settle_dates
    quietly xorriso -as mkisofs -r -V "${volume:-Isolde 12 amd64 n}" -o "$output" -J -joliet-long -cache-inodes \
        -isohybrid-mbr $isolinux/isohdpfx.bin -b isolinux/isolinux.bin -c isolinux/boot.cat \
        -boot-load-size 4 -boot-info-table -no-emul-boot \
        -eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot -isohybrid-gpt-basdat -isohybrid-apm-hfsplus "$tree"
}
