"""What is in a phone's system besides the packages: folders, links, names and tools."""

from typing import Final

# Counted up when the way of laying out changes, so that a new root is built.
VERSION: Final = "2"

FOLDERS: Final = (
    *("apex", "data", "dev", "mnt", "proc", "storage", "sys", "vendor"),
    *("system/bin", "system/etc", "system/lib64"),
)
LINKS: Final = {
    "bin": "system/bin",
    "lib": "usr/lib",
    "lib64": "usr/lib64",
    "sdcard": "storage/self/primary",
    "system/xbin": "bin",
    "tmp": "data/local/tmp",
}
SHELL: Final = "usr/lib/klibc/bin/mksh"
TOYBOX: Final = "usr/bin/toybox"
BORINGSSL: Final = "usr/bin/bssl-tool"
# Needed to build the root or to run another system, never by a phone.
NEEDLESS: Final = ("etc/skel", "usr/share", "usr/lib/systemd", "usr/lib/modules-load.d")

USERS: Final = {"root": 0, "system": 1000, "media_rw": 1023, "shell": 2000}

# Android's numbers (android_filesystem_config.h).
GROUPS: Final = {
    "root": 0,
    "system": 1000,
    "input": 1004,
    "log": 1007,
    "adb": 1011,
    "sdcard_rw": 1015,
    "media_rw": 1023,
    "sdcard_r": 1028,
    "ext_data_rw": 1078,
    "ext_obb_rw": 1079,
    "shell": 2000,
    "net_bt_admin": 3001,
    "net_bt": 3002,
    "inet": 3003,
    "net_bw_stats": 3006,
    "readproc": 3009,
    "uhid": 3011,
}

# The tools of phones that Debian's toybox (0.8.9) has too; phones have a few more.
TOOLS: Final = """
acpi base64 basename blkid blockdev cal cat chattr chgrp chmod chown chroot chrt cksum clear cmp
comm cp cpio cut date devmem df dirname dmesg dos2unix du echo egrep env expand fallocate false
fgrep file find flock fmt free fsync getconf grep groups head help hostname hwclock id ifconfig
inotifyd insmod install ionice iorenice iotop kill killall ln logname losetup ls lsattr lsmod
lspci lsusb makedevs md5sum microcom mkdir mkfifo mknod mktemp modinfo mount mountpoint mv
nbd-client nc netcat netstat nice nl nohup nproc nsenter od partprobe paste patch pgrep pidof
pkill pmap printenv printf prlimit ps pwd pwdx readelf readlink realpath renice rev rfkill rm
rmdir rmmod sed seq setsid sha1sum sha224sum sha384sum sha512sum sleep sort split stat
strings swapoff swapon sync sysctl tac tail tar taskset tee test time timeout top touch true
truncate tty tunctl uclampset ulimit umount uname uniq unix2dos unlink unshare uptime usleep
uudecode uuencode uuidgen vconfig vmstat watch wc which whoami xargs xxd yes zcat
"""

# A phone's toybox hashes with BoringSSL, as fast as its processor can; Debian's is built without
# it and takes ten times as long. What BoringSSL's own tool does not say in toybox's words is left
# to toybox.
SHA256SUM: Final = """\
#!/system/bin/sh
[ $# -gt 0 ] || exec /system/bin/toybox sha256sum
said=$(/system/bin/bssl sha256sum "$@" 2>/dev/null && echo .) ||
exec /system/bin/toybox sha256sum "$@"
print -rn -- "${said%.}"
"""
