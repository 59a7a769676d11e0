"""What happens to phones in the register."""

from dataclasses import dataclass

from fleet.audit.events import Event
from fleet.devices.lifecycle import Move


@dataclass(frozen=True, kw_only=True)
class DeviceAdded(Event):
    name = "device.added"
    serial: str


@dataclass(frozen=True, kw_only=True)
class DeviceDiscovered(Event):
    """A phone nobody had registered was plugged in."""

    name = "device.discovered"
    serial: str


@dataclass(frozen=True, kw_only=True)
class DeviceMoved(Event):
    """A phone went to repair, was lost, found, retired or put back into stock."""

    name = "device.moved"
    move: Move
    state: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeviceBuildChanged(Event):
    name = "device.build_changed"
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class DeviceCorrected(Event):
    """What the register says of it was corrected; the trail's changes say what."""

    name = "device.corrected"
