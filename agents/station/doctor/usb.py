"""Phones on cables of a Linux machine: may this user open them, and do they show adb at all?"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.phone.errors import AdbServerUnavailable
from agents.phone.server import Adb
from agents.phone.wire import Refused
from agents.station.doctor.check import Check, attention, broken, well
from agents.station.doctor.place import Place
from agents.station.doctor.processes import user_name
from agents.station.unit import UDEV_FILE, UDEV_GROUP, UDEV_RULE
from fleet.contracts.words import _, say

ADB_INTERFACE: Final = (
    "ff",
    "42",
    "01",
)  # class, subclass and protocol of the interface that adb uses
STILL_IMAGE: Final = "06"  # MTP and PTP: what a phone shows to hand over its pictures
HELD: Final = "usbfs"  # the driver of an interface that a program has claimed

# Numbers that makers of phones use for nothing but phones.
PHONES_ALONE: Final = frozenset(
    {
        "0fce",  # Sony
        "1bbb",  # TCL, Alcatel
        "1ebf",  # Coolpad
        "22b8",  # Motorola
        "22d9",  # OPPO, realme, OnePlus
        "2717",  # Xiaomi
        "29a9",  # Smartisan
        "2a45",  # Meizu
        "2a70",  # OnePlus
        "2d95",  # vivo
        "2e04",  # Nokia (HMD)
        "339b",  # HONOR
    }
)
# These make modems, disks, docks, keys or chips as well: what offers pictures is a phone.
AMONG_OTHERS: Final = frozenset(
    {
        "04e8",  # Samsung
        "05c6",  # Qualcomm
        "0b05",  # ASUS
        "0bb4",  # HTC
        "0e8d",  # MediaTek
        "1004",  # LG
        "109b",  # Hisense
        "12d1",  # Huawei
        "1782",  # Unisoc
        "17ef",  # Lenovo
        "18d1",  # Google
        "19d2",  # ZTE, nubia
        "201e",  # Haier
    }
)

USB = _("USB")
NO_PHONE = _("No phone with USB debugging is on a cable.")
ALL_OPEN = _("{count} phones with USB debugging are on cables, and {user} may open them.")
NOT_OPEN = _("{user} may not open {title} ({node}).")
NO_NODE = _("{title} has no {node}: this machine, or its container, hides the phones.")
HAND_IN = _("Give the container /dev/bus/usb, or load the devices anew: sudo udevadm trigger")
JOIN = _("sudo usermod -aG {group} {user}, and log in again, or restart the service.")
WRITE_RULE = _(
    "Write into {file}: {rule} — then sudo udevadm control --reload; sudo udevadm trigger; and "
    "sudo usermod -aG {group} {user}."
)
NO_ADB = _("{title} is on a cable ({name}) and shows no USB debugging.")
SWITCH_ON = _(
    "On the phone: developer options, USB debugging; where it only charges, choose files."
)
ELSEWHERE = _("{title} is held by another program: our adb server does not see it.")
END_IT = _("End phone assistants and other adb servers on this machine.")


@dataclass(frozen=True)
class UsbDevice:
    """`name` is the way to its port, such as 1-4.2; interfaces are class, subclass, protocol."""

    name: str
    vendor: str
    title: str
    serial: str
    node: Path
    interfaces: tuple[tuple[str, str, str], ...]
    is_held: bool

    @property
    def has_adb(self) -> bool:
        return ADB_INTERFACE in self.interfaces

    @property
    def is_phone(self) -> bool:
        offers_pictures = any(one[0] == STILL_IMAGE for one in self.interfaces)
        among = self.vendor in AMONG_OTHERS and offers_pictures
        return self.has_adb or self.vendor in PHONES_ALONE or among


def cables(place: Place) -> Iterator[Check]:
    """Look at every phone on a cable; where there is no sysfs, nothing can be said."""
    folder = place.root / "sys/bus/usb/devices"
    if not folder.is_dir():
        return
    found = [one for one in devices(place.root) if one.is_phone]
    closed = [check for one in found if one.has_adb for check in _closed(place, one)]
    yield from closed
    yield from (_without_adb(one) for one in found if not one.has_adb)
    with_adb = [one for one in found if one.has_adb]
    if not closed:
        text = ALL_OPEN if with_adb else NO_PHONE
        yield well(say(USB), say(text, count=len(with_adb), user=_user()))
        yield from _held_elsewhere(place, with_adb)


def devices(root: Path) -> Iterator[UsbDevice]:
    folder = root / "sys/bus/usb/devices"
    for device in sorted(folder.iterdir()):
        if ":" not in device.name and (device / "idVendor").is_file():
            yield _device(root, device, sorted(folder.glob(f"{device.name}:*")))


def _device(root: Path, device: Path, interfaces: list[Path]) -> UsbDevice:
    bus, number = (int(_text(device / name) or 0) for name in ("busnum", "devnum"))
    maker, product = _text(device / "manufacturer"), _text(device / "product")
    numbers = f"{_text(device / 'idVendor')}:{_text(device / 'idProduct')}"
    adb = [one for one in interfaces if _kind(one) == ADB_INTERFACE]
    return UsbDevice(
        name=device.name,
        vendor=_text(device / "idVendor").lower(),
        title=" ".join(filter(None, (maker, product))) or numbers,
        serial=_text(device / "serial"),
        node=root / f"dev/bus/usb/{bus:03d}/{number:03d}",
        interfaces=tuple(map(_kind, interfaces)),
        is_held=any(_driver(one) == HELD for one in adb),
    )


def _kind(interface: Path) -> tuple[str, str, str]:
    names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
    kind, sub, protocol = (_text(interface / name).lower() for name in names)
    return kind, sub, protocol


def _driver(interface: Path) -> str:
    with suppress(OSError):
        return (interface / "driver").readlink().name
    return ""


def _text(path: Path) -> str:
    """Return a value as the phone or the kernel says it, printable and on one line."""
    with suppress(OSError):
        text = path.read_text(errors="replace")
        return "".join(filter(str.isprintable, " ".join(text.split())))
    return ""


def _closed(place: Place, one: UsbDevice) -> Iterator[Check]:
    node = Path("/") / one.node.relative_to(place.root)
    if not one.node.exists():
        yield broken(say(USB), say(NO_NODE, title=one.title, node=node), say(HAND_IN))
    elif not os.access(one.node, os.R_OK | os.W_OK):
        sentence = say(NOT_OPEN, user=_user(), title=one.title, node=node)
        yield broken(say(USB), sentence, _way_in(one.node))


def _way_in(node: Path) -> str:
    """Name the group where the phone has one already, or the rule that gives it one."""
    import grp  # noqa: PLC0415 — not on Windows

    gid = node.stat().st_gid
    if gid:
        with suppress(KeyError):
            return say(JOIN, group=grp.getgrgid(gid).gr_name, user=_user())
    words = {"file": UDEV_FILE, "rule": UDEV_RULE, "group": UDEV_GROUP}
    return say(WRITE_RULE, user=_user(), **words)


def _without_adb(one: UsbDevice) -> Check:
    return attention(say(USB), say(NO_ADB, title=one.title, name=one.name), say(SWITCH_ON))


def _held_elsewhere(place: Place, found: list[UsbDevice]) -> Iterator[Check]:
    """Name phones that some program has claimed and that our adb servers do not list."""
    seen = [name for adb in place.servers for name in _seen(adb)]
    for one in found:
        # A name may have its server's address behind the serial number.
        if one.is_held and not any(name.startswith(one.serial) for name in seen):
            yield attention(say(USB), say(ELSEWHERE, title=one.title), say(END_IT))


def _seen(adb: Adb) -> Iterator[str]:
    with suppress(AdbServerUnavailable, Refused):
        yield from (one.serial for one in adb.devices())


def _user() -> str:
    return user_name(os.getuid())
