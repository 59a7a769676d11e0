"""`workfleet agent doctor`: everything a station needs, looked at without changing any of it."""

from collections.abc import Iterator
from functools import partial

from agents.station.doctor import exchange, folder, keys, machine, offline, programs, servers, usb
from agents.station.doctor.check import Check, Look, State, looked
from agents.station.doctor.place import Place
from fleet.contracts.words import say

__all__ = ["Check", "Place", "State", "examine"]


def examine(place: Place) -> Iterator[Check]:
    """Look at one part after the other; whatever is wrong with one, the next is looked at."""
    for part, look in _looks(place):
        yield from looked(say(part), look)


def _looks(place: Place) -> Iterator[tuple[str, Look]]:
    yield programs.ADB, partial(programs.shipped, place)
    for adb in place.servers:
        yield servers.SERVER, partial(servers.server, place, adb)
    yield servers.SERVER, partial(servers.rivals, place)
    yield programs.OTHER_ADB, partial(programs.others, place)
    yield keys.KEYS, partial(keys.key, place)
    yield usb.USB, partial(usb.cables, place)
    for adb in place.servers:
        yield servers.PHONES, partial(servers.phones, place, adb)
    yield folder.FOLDER, partial(folder.folder, place)
    if (station := place.station) is not None:
        yield folder.REPORTS, partial(folder.reports, station)
        yield exchange.SERVER, partial(exchange.server, station)
        yield exchange.CLOCK, partial(exchange.clock, station, place.now)
        yield offline.OFFLINE, partial(offline.offline, station)
    yield machine.DISK, partial(machine.disk, place)
    yield machine.FILES, partial(machine.files, place)
    yield machine.AGENT, partial(machine.agent, place)
