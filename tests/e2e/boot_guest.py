# SPDX-License-Identifier: GPL-3.0-or-later
"""The guest of the boot matrix: an initrd that says what it was booted with, and the virtual machine that boots it.

The kernel is that of Debian's installer; its initrd has no driver for CDs, so the modules are taken from Debian's package of
the same kernel. Where that cannot be had, the medium's own files are not looked at, and the table says so.
"""
import glob
import os
import re
import shutil
import subprocess
import threading

INSTALLER_KERNEL = "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/linux"
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "isolde")
FIRMWARE = "/usr/share/OVMF"
# Kernel argument: where the machine is busy, the emulated timer is late, which the kernel takes for a broken one and panics.
LATE_TIMER = "no_timer_check"
# By the medium's bus, and what these need; init loads them in as many rounds as their dependencies ask for.
MODULES = """cdrom sr_mod libata libahci ahci scsi_common scsi_mod sd_mod t10-pi crc-t10dif crct10dif_common crct10dif_generic
    crc64 crc64-rocksoft crc64_rocksoft_generic usb-common usbcore xhci-hcd xhci-pci usb-storage isofs""".split()
INIT = r"""#!/bin/busybox sh
bb=/bin/busybox
$bb mount -t proc none /proc; $bb mount -t sysfs none /sys; $bb mount -t devtmpfs none /dev
exec >/dev/ttyS0 2>/dev/null
say() { echo "MATRIX $1 $2"; }
say cmdline "$($bb cat /proc/cmdline)"
say initrd "$($bb cat /isolde-probe.txt)"
[ -f /config.ign ] && say ignition "$($bb cat /config.ign)"
for round in 1 2 3 4 5; do for module in /modules/*.ko; do $bb insmod $module; done; done
look() {
    for device in sr0 sda sda1; do
        [ -b /dev/$device ] && $bb mount -t iso9660 -o ro /dev/$device /mnt || continue
        say $device "$($bb find /mnt -name probe.txt -exec $bb cat {} +)"
        found=$device
        $bb umount /mnt
    done
}
[ -d /modules ] && for second in 1 2 3 4 5 6 7 8 9 10; do look; [ -n "$found" ] && break; $bb sleep 1; done
say done
$bb sleep 1
$bb poweroff -f
"""


def kernel_release():
    with open(INSTALLER_KERNEL, "rb") as kernel:
        head = kernel.read(65536)
    start = int.from_bytes(head[0x20E:0x210], "little") + 0x200
    return head[start:head.index(b"\0", start)].split()[0].decode()


def find_modules():
    """Directory of the modules, or None."""
    release = kernel_release()
    directory = os.path.join(CACHE, f"modules-{release}")
    if not os.path.isdir(directory):
        os.makedirs(CACHE, exist_ok=True)
        subprocess.run(["apt-get", "download", "-qq", f"linux-image-{release}"], cwd=CACHE, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for package in glob.glob(os.path.join(CACHE, f"linux-image-{release}_*.deb")):
            unpack_modules(package, directory)
            os.remove(package)
    return directory if os.path.isdir(directory) else None


def unpack_modules(package, directory):
    whole = directory + ".new"
    shutil.rmtree(whole, ignore_errors=True)
    os.makedirs(whole + "/flat")
    archive = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    wanted = [f"*/{name}.ko" for name in MODULES]
    subprocess.run(["tar", "-x", "-C", whole, "--wildcards", *wanted], stdin=archive.stdout, check=True)
    archive.wait()
    for path in glob.glob(whole + "/lib/**/*.ko", recursive=True):
        shutil.move(path, whole + "/flat")
    os.rename(whole + "/flat", directory)
    shutil.rmtree(whole)


def make_initrd(directory, modules, script=INIT):
    """Path of the gzip-compressed archive."""
    root = os.path.join(directory, "root")
    for name in ("bin", "proc", "sys", "dev", "mnt"):
        os.makedirs(os.path.join(root, name))
    shutil.copy("/bin/busybox", root + "/bin/busybox")
    with open(root + "/init", "w", encoding="ascii") as init:
        init.write(script)
    os.chmod(root + "/init", 0o755)
    if modules:
        shutil.copytree(modules, root + "/modules")
    path = os.path.join(directory, "initrd.gz")
    subprocess.run(f"cd {root} && find . | sort | cpio -o -H newc --quiet --owner=0:0 | gzip -n >{path}", shell=True, check=True)
    return path


def firmware_options(firmware, directory):
    if firmware == "bios":
        return ["-machine", "q35"]
    secure = firmware == "secure-boot"
    code = "OVMF_CODE_4M.secboot.fd" if secure else "OVMF_CODE_4M.fd"
    variables = os.path.join(directory, "variables.fd")
    shutil.copy(os.path.join(FIRMWARE, "OVMF_VARS_4M.ms.fd" if secure else "OVMF_VARS_4M.fd"), variables)
    return ["-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on",
            "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={FIRMWARE}/{code}",
            "-drive", f"if=pflash,format=raw,unit=1,file={variables}"]


def medium_options(medium, image):
    drive = f"if=none,id=medium,format=raw,readonly=on,file={image}"
    if medium == "cd":
        return ["-drive", drive + ",media=cdrom", "-device", "ide-cd,drive=medium,bus=ide.0,bootindex=0"]
    return ["-device", "qemu-xhci", "-drive", drive, "-device", "usb-storage,drive=medium,removable=on,bootindex=0"]


def boot(image, firmware, medium, directory, seconds):
    """What the guest said, by name; "console" is all of it."""
    console = run([*firmware_options(firmware, directory), *medium_options(medium, image)], seconds)
    said = {name: text for name, text in re.findall(r"MATRIX (\w+) ([^\r\n]*)", console)}
    said["console"] = console
    return said


def run(options, seconds):
    """The console of a machine with these options, until its init is done."""
    command = ["qemu-system-x86_64", "-accel", "tcg", "-m", "512", "-display", "none", "-net", "none", "-no-reboot",
               "-serial", "stdio", "-monitor", "none", *options]
    guest = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    timer = threading.Timer(seconds, guest.kill)
    timer.start()
    lines = []
    try:
        for line in guest.stdout:
            lines.append(line.decode(errors="replace"))
            if "MATRIX done" in lines[-1] or "Kernel panic" in lines[-1]:
                break
    finally:
        timer.cancel()
        guest.kill()
        guest.wait()
        guest.stdout.close()
    return "".join(lines)
