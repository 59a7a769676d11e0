"""A phone's file system, put together in a mount namespace of its own."""

import os
from typing import Final

from agents.handset.inside import linux
from agents.handset.inside.config import Config

DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")

# statvfs flags of a mount that a user namespace may not drop when it mounts it once more.
_KEPT: Final = (
    (os.ST_NOSUID, linux.MS_NOSUID),
    (os.ST_NODEV, linux.MS_NODEV),
    (os.ST_NOEXEC, linux.MS_NOEXEC),
)


def enter_view(config: Config) -> None:
    """Mount the phone's file system and make it this process's root."""
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    _bind_read_only(config.root, config.mount_point)
    _mount_devices(f"{config.mount_point}/dev", config.sockets)
    linux.mount("proc", f"{config.mount_point}/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV)
    _bind(config.apex, f"{config.mount_point}/apex")
    _bind(config.data, f"{config.mount_point}/data")
    _bind(config.storage, f"{config.mount_point}/storage")
    _bind(config.shared_storage, f"{config.mount_point}/storage/emulated/0")
    os.chroot(config.mount_point)
    os.chdir("/")


def _bind(source: str, target: str) -> None:
    linux.mount(source, target, flags=linux.MS_BIND)


def _bind_read_only(source: str, target: str) -> None:
    _bind(source, target)
    present = os.statvfs(target).f_flag
    kept = sum(flag for seen, flag in _KEPT if present & seen)
    flags = linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | kept
    linux.mount("none", target, flags=flags)


def _mount_devices(folder: str, sockets: str) -> None:
    linux.mount("tmpfs", folder, "tmpfs", linux.MS_NOSUID, "mode=755,size=1m")
    for name in DEVICES:
        with open(f"{folder}/{name}", "x"):  # noqa: PTH123 — start-up is quicker without pathlib
            pass
        _bind(f"/dev/{name}", f"{folder}/{name}")
    _mount_terminals(folder)
    os.mkdir(f"{folder}/socket")  # noqa: PTH102
    _bind(sockets, f"{folder}/socket")
    os.symlink("/proc/self/fd", f"{folder}/fd")  # noqa: PTH211


def _mount_terminals(folder: str) -> None:
    os.mkdir(f"{folder}/pts")  # noqa: PTH102
    options = "newinstance,ptmxmode=0666,mode=0620"
    linux.mount("devpts", f"{folder}/pts", "devpts", linux.MS_NOSUID | linux.MS_NOEXEC, options)
    os.symlink("pts/ptmx", f"{folder}/ptmx")  # noqa: PTH211
